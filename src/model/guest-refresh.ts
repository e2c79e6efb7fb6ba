/** Tells the guest agent of a running instance that addresses of one of its interfaces changed. */
import type { InstanceId } from '../net/identifiers.ts';
import { instanceOfInterface } from './instance-interfaces.ts';
import type { NetworkInterface } from './resources/network-interface.ts';
import type { Transaction } from './transaction.ts';

/** One order an instance and call, however many of its addresses changed. */
export function refreshGuest(tx: Transaction, networkInterface: NetworkInterface): void {
  const instance = instanceOfInterface(tx, networkInterface);
  if (instance?.row.state !== 'running') return;
  const { id: instanceId } = instance.row;
  if (!isOrdered(tx, instanceId)) instance.owner.order({ kind: 'refresh', instanceId });
}

const isOrdered = (tx: Transaction, instanceId: InstanceId): boolean =>
  tx.orders().some(({ order }) => order.kind === 'refresh' && order.instanceId === instanceId);
