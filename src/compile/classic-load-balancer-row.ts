/** Rows of Classic Load Balancers: as those of others whose targets see the node, with one group of instances for each listener. */
import { placedInstance } from '../model/classic-instances.ts';
import type { ClassicListener, ClassicLoadBalancer } from '../model/resources/classic-load-balancer.ts';
import type { Transaction } from '../model/transaction.ts';
import { TCP } from '../net/protocol.ts';
import type { ListenerRow, LoadBalancerRow, TargetGroupRow } from '../tables/load-balancer-rows.ts';

export const classicLoadBalancerRow = (tx: Transaction, row: ClassicLoadBalancer): LoadBalancerRow => ({
  kind: 'load-balancer',
  id: row.id,
  type: 'classic',
  nodes: row.nodes.map(({ zone, networkInterfaceId }) => ({ zone, interfaceId: networkInterfaceId })),
  filtersPrivateLink: true,
  listeners: row.listeners.map((listener) => listenerRow(tx, row, listener)),
});

const listenerRow = (tx: Transaction, row: ClassicLoadBalancer, listener: ClassicListener): ListenerRow => ({
  id: undefined,
  protocols: [TCP],
  port: listener.loadBalancerPort,
  idleTimeoutMs: 1000 * row.attributes.idleTimeoutSeconds,
  groups: [instancesAt(tx, row, listener.instancePort)],
});

const instancesAt = (tx: Transaction, row: ClassicLoadBalancer, port: number): TargetGroupRow => ({
  id: undefined,
  weight: 1,
  keepsClients: false,
  isSticky: false,
  crossesZones: row.attributes.crossZone,
  zones: row.nodes.map(({ zone }) => zone),
  targets: row.instanceIds.flatMap((id) => {
    const placed = placedInstance(tx, id);
    return placed ? [{ address: placed.address, port, zone: placed.zone }] : [];
  }),
  draining: row.draining.flatMap(({ instanceId, untilMs }) => {
    const placed = placedInstance(tx, instanceId);
    return placed ? [{ address: placed.address, untilMs }] : [];
  }),
});
