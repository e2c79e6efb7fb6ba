/** The row of a Gateway Load Balancer: its nodes with the appliances of its listener's target group. */
import { forwardedGroupOf } from '../model/gateway-load-balancer-services.ts';
import { targetGroupAttribute } from '../model/load-balancing-attributes.ts';
import { LoadBalancer } from '../model/resources/load-balancer.ts';
import { TargetGroup } from '../model/resources/target-group.ts';
import { isCrossZone, placedTargets } from '../model/target-health.ts';
import type { Transaction } from '../model/transaction.ts';
import type { FlowStickiness, GatewayLoadBalancerRow } from '../tables/gateway-load-balancer-row.ts';

/** Undefined for a load balancer of another type, and for one without a listener: that forwards to nothing. */
export function gatewayLoadBalancerRow(tx: Transaction, arn: string): GatewayLoadBalancerRow | undefined {
  const balancer = tx.find(LoadBalancer, arn);
  const group = balancer?.type === 'gateway' ? tx.find(TargetGroup, forwardedGroupOf(tx, balancer) ?? '') : undefined;
  if (!balancer || !group) return undefined;
  const crossesZones = isCrossZone(balancer, group);
  const targets = placedTargets(tx, group);
  return {
    kind: 'gateway-load-balancer',
    id: balancer.id,
    nodes: balancer.nodes.map(({ zone, networkInterfaceId }) => ({
      zone,
      interfaceId: networkInterfaceId,
      targets: targets
        .filter((one) => crossesZones || one.zone === undefined || one.zone === zone)
        .flatMap(({ address }) => address ?? []),
    })),
    stickiness: stickinessOf(group),
    rebalances: targetGroupAttribute(group, 'target_failover.on_unhealthy') === 'rebalance',
    carriesIpv6: balancer.ipAddressType === 'dualstack',
  };
}

function stickinessOf(group: TargetGroup): FlowStickiness {
  if (targetGroupAttribute(group, 'stickiness.enabled') !== 'true') return 'five-tuple';
  return targetGroupAttribute(group, 'stickiness.type') === 'source_ip_dest_ip' ? 'two-tuple' : 'three-tuple';
}
