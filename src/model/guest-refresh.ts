/** Tells the guest agent of a running instance that addresses of one of its interfaces changed. */
import type { InstanceId } from '../net/identifiers.ts';
import { Instance } from './resources/instance.ts';
import type { NetworkInterface } from './resources/network-interface.ts';
import type { Transaction } from './transaction.ts';

/** One order an instance and call, however many of its addresses changed. */
export function refreshGuest(tx: Transaction, { attachment }: NetworkInterface): void {
  if (!attachment || tx.find(Instance, attachment.instanceId)?.state !== 'running') return;
  if (!isOrdered(tx, attachment.instanceId)) tx.order({ kind: 'refresh', instanceId: attachment.instanceId });
}

const isOrdered = (tx: Transaction, instanceId: InstanceId): boolean =>
  tx.orders().some(({ order }) => order.kind === 'refresh' && order.instanceId === instanceId);
