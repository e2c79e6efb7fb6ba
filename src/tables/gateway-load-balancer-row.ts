/** Gateway Load Balancers as the fabric needs them: their nodes, and the appliances that each sends to. */
import type { Ipv4 } from '../net/address.ts';
import type { LoadBalancerArn, NetworkInterfaceId } from '../net/identifiers.ts';

/** What makes packets one flow: addresses, protocol and ports, without ports, or addresses alone. */
export type FlowStickiness = 'five-tuple' | 'three-tuple' | 'two-tuple';

/** A node: its interface in a zone, and the addresses in its VPC that it sends to, those of other zones among them if it may. */
export interface GatewayLoadBalancerNodeRow {
  readonly zone: string;
  readonly interfaceId: NetworkInterfaceId;
  readonly targets: readonly Ipv4[];
}

/** A Gateway Load Balancer whose listener forwards to a target group. */
export interface GatewayLoadBalancerRow {
  readonly kind: 'gateway-load-balancer';
  readonly id: LoadBalancerArn;
  readonly nodes: readonly GatewayLoadBalancerNodeRow[];
  readonly stickiness: FlowStickiness;
  /** Whether flows move on to another target when theirs is lost (target failover); else they are lost with it. */
  readonly rebalances: boolean;
  readonly carriesIpv6: boolean;
}
