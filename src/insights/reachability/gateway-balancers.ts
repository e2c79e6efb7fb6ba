/** Gateway Load Balancers in an analysis: their nodes send to their appliances, in GENEVE alone. */
import { gatewayLoadBalancerRow } from '../../compile/gateway-load-balancer-row.ts';
import { interfaceRow } from '../../compile/interface-row.ts';
import type { AnalysisExplanation, AnalysisPathComponent } from '../../model/reachability.ts';
import { LoadBalancer } from '../../model/resources/load-balancer.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { VpcEndpoint } from '../../model/resources/vpc-endpoint.ts';
import type { VpcEndpointService } from '../../model/resources/vpc-endpoint-service.ts';
import { GENEVE_PORT } from '../../model/target-groups.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatAddress } from '../../net/address.ts';
import { protocolName, UDP } from '../../net/protocol.ts';
import type { Explanation, TraceRequest, TraceStep } from '../../tables/data-plane.ts';
import type { GatewayLoadBalancerRow } from '../../tables/gateway-load-balancer-row.ts';
import type { Resources } from './analysis-components.ts';

/** Those behind a service, in the transaction of its owner. */
export const gatewayBalancersOfService = (
  tx: Transaction,
  { gatewayLoadBalancerArns = [] }: VpcEndpointService,
): readonly GatewayLoadBalancerRow[] => gatewayLoadBalancerArns.flatMap((arn) => gatewayLoadBalancerRow(tx, arn) ?? []);

/** Where ports begin to be others than tunnels have, if there are tunnels. */
export const tunnelPortBounds = (resources: Resources): readonly number[] =>
  resources.all(LoadBalancer).some(({ type }) => type === 'gateway') ? [GENEVE_PORT, GENEVE_PORT + 1] : [];

type Headers = Pick<TraceRequest, 'protocol' | 'destinationPort'>;

/** Why a node sends no such packet; undefined where it does, and where the interface is no node of these. */
export function refusalOfAppliance(
  balancers: readonly GatewayLoadBalancerRow[],
  { nodeId, destination, ...headers }: Headers & Pick<TraceRequest, 'destination'> & { readonly nodeId: string },
): AnalysisExplanation | undefined {
  const balancer = balancers.find(({ nodes }) => nodes.some(({ interfaceId }) => interfaceId === nodeId));
  if (!balancer) return undefined;
  const isOwn = (node: GatewayLoadBalancerRow['nodes'][number]): boolean => node.interfaceId === nodeId;
  const serving = balancer.nodes.filter(({ targets }) => targets.some((target) => target === destination));
  if (serving.some(isOwn)) return refusalOfTunnel(balancer.id, headers);
  return {
    explanationCode: serving.length > 0 ? 'ELB_NOT_CROSSZONE' : 'TARGET_ADDRESS_RESTRICTION',
    loadBalancerArn: balancer.id,
    address: formatAddress(destination),
  };
}

function refusalOfTunnel(loadBalancerArn: string, { protocol, destinationPort }: Headers) {
  if (protocol !== UDP)
    return { explanationCode: 'GWLB_PROTOCOL_RESTRICTION', loadBalancerArn, protocols: [protocolName(UDP)] };
  if (destinationPort === GENEVE_PORT) return undefined;
  const portRanges = [{ from: GENEVE_PORT, to: GENEVE_PORT }];
  return { explanationCode: 'GWLB_DESTINATION_PORT_RESTRICTION', loadBalancerArn, portRanges };
}

/** Where a packet went through appliances one of which is its wanted end: what goes to that is in a tunnel. */
export function appliancesOnlyPassed(
  resources: Resources,
  { path }: Explanation,
  wanted: ReadonlySet<string> = new Set(),
): readonly AnalysisExplanation[] {
  const headers = path[0]?.before;
  const addresses = [...wanted].flatMap((id) => resources.find(NetworkInterface, id)?.row.ipv4Addresses ?? []);
  return path.flatMap(({ component }) => {
    const found = component?.kind === 'gateway-load-balancer' ? resources.find(LoadBalancer, component.id) : undefined;
    const nodes = found ? (gatewayLoadBalancerRow(found.tx, found.row.id)?.nodes ?? []) : [];
    const isWanted = nodes.some(({ targets }) => targets.some((target) => addresses.includes(target)));
    return (headers && found && isWanted && refusalOfTunnel(found.row.id, headers)) || [];
  });
}

/** What a path shows where a packet is handed to a load balancer (unconfirmed): the endpoint, and the load balancer itself. */
export function handedOverParts(
  resources: Resources,
  { at }: TraceStep,
): readonly Omit<AnalysisPathComponent, 'sequenceNumber'>[] {
  const found = at && resources.find(NetworkInterface, at.interfaceId);
  const owner = found && interfaceRow(found.tx, found.row)?.owner;
  const endpoint = owner && found.tx.find(VpcEndpoint, owner.id);
  if (owner?.kind !== 'gateway-load-balancer-endpoint' || !endpoint) return [];
  const { inspector } = owner;
  if (inspector.kind !== 'gateway-load-balancer' || inspector.loadBalancerArn === undefined) return [];
  const place = { subnet: resources.component(at.subnetId), vpc: resources.component(at.vpcId) };
  const named = resources.component(endpoint.id);
  return [
    { component: resources.component(at.interfaceId), attachedTo: named, ...place },
    { component: named, serviceName: endpoint.serviceName, ...place },
    { component: resources.component(inspector.loadBalancerArn) },
  ];
}
