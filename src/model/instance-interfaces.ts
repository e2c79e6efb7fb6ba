/**
 * Which interfaces an instance has, and which instance an interface: the one place that knows that they may be of two
 * accounts (CreateNetworkInterfacePermission, INSTANCE-ATTACH).
 *
 * The attachment stands on the interface, in the scope of its owner. Where the instance is another account's, a
 * `BorrowedInterface` in that account's scope leads back to it.
 */
import type { InstanceId } from '../net/identifiers.ts';
import { releaseDevice } from './held-devices.ts';
import { inAccount, type Owned } from './owned.ts';
import { BorrowedInterface } from './resources/borrowed-interface.ts';
import { Instance } from './resources/instance.ts';
import { type Attachment, NetworkInterface } from './resources/network-interface.ts';
import type { Transaction } from './transaction.ts';
import { returnFunction } from './virtual-functions.ts';

/** The interfaces of an instance of the account: its own in order of insertion, then those of other accounts. */
export function interfacesOfInstance(tx: Transaction, instanceId: string): readonly Owned<NetworkInterface>[] {
  const own = tx.by(NetworkInterface, 'instanceId', instanceId).map((row) => ({ row, owner: tx }));
  if (tx.count(BorrowedInterface, 'instanceId', instanceId) === 0) return own;
  const borrowed = tx.by(BorrowedInterface, 'instanceId', instanceId);
  return [...own, ...borrowed.map((row) => lent(tx, row))];
}

function lent(tx: Transaction, { id, ownerId }: BorrowedInterface): Owned<NetworkInterface> {
  const owner = inAccount(tx, ownerId);
  return { row: owner.get(NetworkInterface, id), owner };
}

/** The instance that an interface of the account is attached to, if it is. */
export function instanceOfInterface(
  tx: Transaction,
  { attachment }: Pick<NetworkInterface, 'attachment'>,
): Owned<Instance> | undefined {
  if (!attachment) return undefined;
  const owner = inAccount(tx, instanceOwnerOf(tx, attachment));
  const row = owner.find(Instance, attachment.instanceId);
  return row && { row, owner };
}

/** Twelve digits: whose the instance is that an interface of the account is attached to. */
export const instanceOwnerOf = (tx: Transaction, { instanceOwnerId }: Attachment): string =>
  instanceOwnerId ?? tx.account;

/** The interface of an attachment, the account's own or one that an instance of the account borrows. */
export function interfaceOfAttachment(tx: Transaction, attachmentId: string): Owned<NetworkInterface> | undefined {
  const [own] = tx.by(NetworkInterface, 'attachmentId', attachmentId);
  if (own) return { row: own, owner: tx };
  const [borrowed] = tx.by(BorrowedInterface, 'attachmentId', attachmentId);
  return borrowed && lent(tx, borrowed);
}

/** Begins an attachment to an instance, of the interface's account or of the one that the attachment names. */
export function bind(tx: Transaction, id: NetworkInterface['id'], attachment: Attachment): NetworkInterface {
  const { instanceOwnerId: account, instanceId, id: attachmentId } = attachment;
  if (account !== undefined) {
    inAccount(tx, account).put(BorrowedInterface, { id, ownerId: tx.account, instanceId, attachmentId });
  }
  return tx.update(NetworkInterface, id, { attachment });
}

/** Ends an attachment: the interface is free. What the attachment alone held (a virtual function, primary IPv6 by 1.8) ends with it. */
export function free(tx: Transaction, { id, attachment }: NetworkInterface): NetworkInterface {
  const account = attachment?.instanceOwnerId;
  if (account !== undefined) inAccount(tx, account).remove(BorrowedInterface, id);
  releaseDevice(tx, id);
  if (attachment) returnFunction(tx, attachment.instanceId, id);
  return tx.update(NetworkInterface, id, { attachment: undefined });
}

/** An interface of an instance by its id, where it is attached to it. */
export const interfaceAt = (
  tx: Transaction,
  instanceId: InstanceId,
  interfaceId: string,
): Owned<NetworkInterface> | undefined =>
  interfacesOfInstance(tx, instanceId).find(({ row }) => row.id === interfaceId);
