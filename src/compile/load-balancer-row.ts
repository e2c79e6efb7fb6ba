/** Rows of load balancers: their listeners with the targets that these lead to. */

import { targetsOf } from '../model/load-balancers.ts';
import { listenerAttribute, targetGroupAttribute } from '../model/load-balancing-attributes.ts';
import { ClassicLoadBalancer } from '../model/resources/classic-load-balancer.ts';
import { Listener } from '../model/resources/listener.ts';
import { LoadBalancer } from '../model/resources/load-balancer.ts';
import { TargetGroup } from '../model/resources/target-group.ts';
import { type ServiceLoadBalancer, VpcEndpointService } from '../model/resources/vpc-endpoint-service.ts';
import { isCrossZone, placedTargets } from '../model/target-health.ts';
import type { Transaction } from '../model/transaction.ts';
import { TCP, UDP } from '../net/protocol.ts';
import type { ListenerRow, LoadBalancerRow, TargetGroupRow } from '../tables/load-balancer-rows.ts';
import { classicLoadBalancerRow } from './classic-load-balancer-row.ts';

/** What listeners take by the name of their protocol. */
const PROTOCOLS = { TCP: [TCP], UDP: [UDP], TCP_UDP: [TCP, UDP] } as const;

/** A listener that says nothing of it closes idle TCP connections after so long. */
const DEFAULT_IDLE_TIMEOUT_MS = 350_000;

/** Row of a Network Load Balancer, or of one that only an imported service names. */
export function loadBalancerRow(tx: Transaction, arn: string): LoadBalancerRow | undefined {
  const balancer = tx.find(LoadBalancer, arn);
  if (!balancer) {
    const classic = tx.find(ClassicLoadBalancer, arn);
    if (classic) return classicLoadBalancerRow(tx, classic);
    const [service] = tx.by(VpcEndpointService, 'loadBalancerArn', arn);
    const named = service?.loadBalancers.find((one) => one.arn === arn);
    return named && rowOfNamed(tx, named);
  }
  if (balancer.type === 'gateway') return undefined;
  return {
    kind: 'load-balancer',
    id: balancer.id,
    type: balancer.type,
    nodes: balancer.nodes.map(({ zone, networkInterfaceId }) => ({ zone, interfaceId: networkInterfaceId })),
    filtersPrivateLink: balancer.filtersPrivateLink,
    listeners: tx.by(Listener, 'loadBalancerArn', balancer.id).map((listener) => listenerRow(tx, balancer, listener)),
  };
}

const listenerRow = (tx: Transaction, balancer: LoadBalancer, listener: Listener): ListenerRow => ({
  id: listener.id,
  protocols: listener.takes ? PROTOCOLS[listener.takes.protocol] : [],
  port: listener.takes?.port,
  idleTimeoutMs: 1000 * Number(listenerAttribute(listener, 'tcp.idle_timeout.seconds')),
  groups: listener.forwardsTo.flatMap(({ targetGroupArn, weight }) => {
    const group = tx.find(TargetGroup, targetGroupArn);
    return group ? [groupRow(tx, balancer, group, weight)] : [];
  }),
});

const groupRow = (tx: Transaction, balancer: LoadBalancer, group: TargetGroup, weight: number): TargetGroupRow => ({
  id: group.id,
  weight,
  keepsClients: targetGroupAttribute(group, 'preserve_client_ip.enabled') === 'true',
  isSticky: targetGroupAttribute(group, 'stickiness.enabled') === 'true',
  crossesZones: isCrossZone(balancer, group),
  targets: placedTargets(tx, group).flatMap(({ address, port, zone }) =>
    address === undefined ? [] : [{ address, port, zone }],
  ),
});

/** Every port, to the same one of a target. */
const rowOfNamed = (tx: Transaction, { arn, name, nodes }: ServiceLoadBalancer): LoadBalancerRow => ({
  kind: 'load-balancer',
  id: arn,
  type: 'network',
  nodes: nodes.map(({ zone, networkInterfaceId }) => ({ zone, interfaceId: networkInterfaceId })),
  filtersPrivateLink: false,
  listeners: [
    {
      id: undefined,
      protocols: PROTOCOLS.TCP_UDP,
      port: undefined,
      idleTimeoutMs: DEFAULT_IDLE_TIMEOUT_MS,
      groups: [
        {
          id: undefined,
          weight: 1,
          keepsClients: false,
          isSticky: false,
          crossesZones: false,
          targets: targetsOf(tx, name).map(({ address, networkInterface }) => ({
            address,
            port: undefined,
            zone: networkInterface.zone,
          })),
        },
      ],
    },
  ],
});
