/**
 * What the load balancers of an endpoint service could not do for a packet.
 *
 * Of these a node sends to the targets of its zone (without cross-zone load balancing, which is ELB's default for Network
 * Load Balancers), at any port to the same of a target. Like AWS's the analysis does not consider whether a target is well
 * (Reachability Analyzer guide, considerations).
 */
import { type LoadBalancerTarget, targetsOf } from '../../model/load-balancers.ts';
import type { AnalysisExplanation } from '../../model/reachability.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { VpcEndpoint } from '../../model/resources/vpc-endpoint.ts';
import { type ServiceLoadBalancer, VpcEndpointService } from '../../model/resources/vpc-endpoint-service.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatIpv4, type IpAddress } from '../../net/address.ts';
import type { Explanation, TraceComponent } from '../../tables/data-plane.ts';
import type { Resources } from './analysis-components.ts';

/** The service of an endpoint by which a packet went, with the zone in which it did. */
interface Passed {
  readonly balancers: readonly ServiceLoadBalancer[];
  /** Of the service's owner. */
  readonly tx: Transaction;
  readonly zone: string;
}

/** The endpoint of somebody's service that a packet has come to; undefined where it went by none, or by one of AWS's. */
export function serviceEndpointOnWay(resources: Resources, { path }: Explanation): TraceComponent | undefined {
  const component = path.find(({ stage }) => stage === 'endpoint')?.component;
  return component && resources.find(VpcEndpoint, component.id)?.row.service ? component : undefined;
}

function passedBy(resources: Resources, explanation: Explanation): Passed | undefined {
  const index = explanation.path.findIndex(({ stage }) => stage === 'endpoint');
  const at = explanation.path[index - 1]?.at;
  const endpoint = resources.find(VpcEndpoint, explanation.path[index]?.component?.id ?? '');
  const service = endpoint?.row.service && resources.find(VpcEndpointService, endpoint.row.service.id);
  const zone = at && resources.find(NetworkInterface, at.interfaceId)?.row.zone;
  return service && zone ? { balancers: service.row.loadBalancers, tx: service.tx, zone } : undefined;
}

/** Targets in other zones, and load balancers that have none, for a packet that was lost at an endpoint or behind it. */
export function targetsThatDoNotHelp(resources: Resources, explanation: Explanation): readonly AnalysisExplanation[] {
  const passed = passedBy(resources, explanation);
  if (!passed || explanation.reason === 'endpoint/no-load-balancer') return [];
  const { balancers, tx, zone } = passed;
  return balancers
    .filter(({ nodes }) => nodes.some((node) => node.zone === zone))
    .flatMap((balancer): readonly AnalysisExplanation[] => {
      const targets = targetsOf(tx, balancer.name);
      if (targets.length === 0) return [{ explanationCode: 'ELBV2_LISTENER_HAS_NO_TG', loadBalancerArn: balancer.arn }];
      return targets
        .filter(({ networkInterface }) => networkInterface.zone !== zone)
        .map((target) => targetElsewhere(resources, balancer, target));
    });
}

function targetElsewhere(
  resources: Resources,
  { arn, nodes }: ServiceLoadBalancer,
  { networkInterface, address }: LoadBalancerTarget,
): AnalysisExplanation {
  const { zone, attachment } = networkInterface;
  const isEnabled = nodes.some((node) => node.zone === zone);
  return {
    explanationCode: isEnabled ? 'ELB_NOT_CROSSZONE' : 'ELB_INSTALLED_AZ_RESTRICTION',
    availabilityZones: [zone],
    loadBalancerArn: arn,
    loadBalancerTarget: {
      address: formatIpv4(address),
      availabilityZone: zone,
      instance: attachment && resources.component(attachment.instanceId),
    },
  };
}

/** Why a load balancer's node does not send to this address; undefined where it does. */
export function refusalOfTarget(
  resources: Resources,
  tx: Transaction,
  balancers: readonly ServiceLoadBalancer[],
  { nodeId, destination }: { readonly nodeId: string; readonly destination: IpAddress },
): AnalysisExplanation | undefined {
  const balancer = balancers.find(({ nodes }) => nodes.some((node) => node.networkInterfaceId === nodeId));
  const zone = balancer?.nodes.find((node) => node.networkInterfaceId === nodeId)?.zone;
  if (!balancer) return undefined;
  const target = targetsOf(tx, balancer.name).find(({ address }) => address === destination);
  if (target) return target.networkInterface.zone === zone ? undefined : targetElsewhere(resources, balancer, target);
  const address = typeof destination === 'number' ? formatIpv4(destination) : undefined;
  return { explanationCode: 'TARGET_ADDRESS_RESTRICTION', loadBalancerArn: balancer.arn, address };
}
