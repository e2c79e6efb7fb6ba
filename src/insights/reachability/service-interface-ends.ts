/**
 * Interfaces of services as ends of a path: of NAT gateways, interface endpoints, load balancers and attachments to transit
 * gateways. "This network interface does not allow inbound or outbound traffic unless the source or destination address
 * matches its private IP address" (Reachability Analyzer guide, ENI_ADDRESS_RESTRICTION): what only goes through it, as
 * through a NAT gateway, neither begins nor ends there.
 */
import { gatewayLoadBalancerRow } from '../../compile/gateway-load-balancer-row.ts';
import { interfaceRow } from '../../compile/interface-row.ts';
import type { AnalysisExplanation } from '../../model/reachability.ts';
import type { NetworkInterface } from '../../model/resources/network-interface.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatAddress, formatIpv4 } from '../../net/address.ts';
import type { Explanation, TraceStep } from '../../tables/data-plane.ts';
import { NOTHING_BEYOND } from './addresses-beyond.ts';
import type { Resources } from './analysis-components.ts';
import { refusalOfAppliance } from './gateway-balancers.ts';
import type { Ended } from './gateway-ends.ts';

/** @param which an endpoint's interface can be a destination only */
export function serviceInterfaceEnd(
  resources: Resources,
  { row, tx }: { readonly row: NetworkInterface; readonly tx: Transaction },
  which: 'source' | 'destination',
): Ended {
  const { id, vpcId, subnetId, ipv4Addresses, interfaceType } = row;
  const networkInterface = resources.component(id);
  const owner = interfaceRow(tx, row)?.owner;
  if (!owner) return { explanationCode: 'BAD_STATE', component: networkInterface, networkInterface };
  if (interfaceType === 'vpc_endpoint' && which === 'source') {
    const component = resources.component(owner.id);
    return { explanationCode: 'VPCE_INTRA_VPC_TRAFFIC', component, vpcEndpoint: component, networkInterface };
  }
  const ofGateway = gatewayLoadBalancerRow(tx, owner.id);
  const own: ReadonlySet<string> = new Set(ipv4Addresses.map(formatIpv4));
  const refusal = (direction: 'ingress' | 'egress', address: string): AnalysisExplanation => ({
    explanationCode: 'ENI_ADDRESS_RESTRICTION',
    direction,
    component: networkInterface,
    networkInterface,
    attachedTo: resources.component(owner.id),
    subnet: resources.component(subnetId),
    vpc: resources.component(vpcId),
    address,
  });
  const last = interfaceType === 'vpc_endpoint' ? 'security-group-in' : 'network-acl-in';
  const arrival = (explanation: Explanation): number => arrivalAt(explanation, id, last);
  return {
    kind: 'gateway',
    id,
    vpcId,
    origins: [{ kind: 'interface', id }],
    beyond: { ...NOTHING_BEYOND, addresses: ipv4Addresses },
    reached: (explanation) => {
      const index = arrival(explanation);
      const step = explanation.path[index];
      return step && own.has(destinationOf(step)) ? endedAt(explanation, id, index) : undefined;
    },
    refusesToSend: (request) => {
      const source = formatAddress(request.source);
      if (!own.has(source)) return refusal('egress', source);
      return refusalOfAppliance(ofGateway ? [ofGateway] : [], { ...request, nodeId: id });
    },
    refuses: (explanation) => {
      const step = explanation.path[arrival(explanation)];
      return step && !own.has(destinationOf(step)) ? refusal('ingress', destinationOf(step)) : undefined;
    },
  };
}

const destinationOf = ({ before }: TraceStep): string => before?.destination ?? '';

/** Where a packet got past what guards the interface, or -1. */
function arrivalAt({ path, verdict }: Explanation, id: string, last: string): number {
  const index = path.findIndex(({ stage, at }) => stage === last && at?.interfaceId === id);
  return index === path.length - 1 && verdict === 'dropped' ? -1 : index;
}

const endedAt = (explanation: Explanation, id: string, index: number): Explanation => ({
  ...explanation,
  verdict: 'delivered',
  reason: undefined,
  code: undefined,
  explanation: undefined,
  deliveredTo: id,
  deliveredAs: undefined,
  path: explanation.path.slice(0, index + 1),
});
