/** Attaching interfaces to instances and detaching them, at once for a stopped one and with its guest for a running one. */
import { type AttachmentId, isId } from '../net/identifiers.ts';
import { isPrimary } from './dns-names.ts';
import { Fault } from './fault.ts';
import { instanceTypeNamed } from './instance-type-table.ts';
import { requesterManaged } from './network-interface-faults.ts';
import {
  checkAddressRoom,
  checkEfaRoom,
  checkInterfaceRoom,
  isEfa,
  type Slot,
  usageOf,
} from './network-interface-limits.ts';
import { Instance } from './resources/instance.ts';
import { type Attachment, NetworkInterface } from './resources/network-interface.ts';
import type { Transaction } from './transaction.ts';

/**
 * AttachNetworkInterface. The interface may be of another VPC of the account, not of another zone.
 * @returns the id of the attachment, which is gone with the detachment
 * @throws Fault InvalidNetworkInterface.InUse, IncorrectInstanceState (code unconfirmed), InvalidParameterCombination,
 *   InvalidParameterValue, AttachmentLimitExceeded, PrivateIpAddressLimitExceeded (code unconfirmed)
 */
export function attach(tx: Transaction, one: NetworkInterface, instance: Instance, slot: AttachmentAsk): AttachmentId {
  if (one.requesterManaged) throw requesterManaged();
  if (one.attachment) throw new Fault('InvalidNetworkInterface.InUse', { id: one.id });
  refuseState(instance);
  if (one.zone !== instance.zone) throw otherZone();
  checkSlot(tx, instance, slot);
  checkRoom(tx, one, instance, slot);
  const isRunning = instance.state === 'running';
  const attachment = newAttachment(tx, instance, slot, isRunning ? 'attaching' : 'attached', false);
  tx.update(NetworkInterface, one.id, { attachment });
  if (isRunning) tx.order({ kind: 'plug', instanceId: instance.id, interfaceId: one.id });
  return attachment.id;
}

/** Where an interface shall sit, and the options of its attachment. */
export type AttachmentAsk = Slot & Pick<Attachment, 'enaSrd' | 'enaQueueCount'>;

/** A bond to an instance that begins now. */
export const newAttachment = (
  tx: Transaction,
  instance: Pick<Instance, 'id'>,
  slot: AttachmentAsk,
  status: Attachment['status'],
  deleteOnTermination: boolean,
): Attachment => ({
  id: tx.newId('eni-attach'),
  instanceId: instance.id,
  deviceIndex: slot.deviceIndex,
  networkCardIndex: slot.networkCardIndex,
  status,
  attachedAtMs: tx.nowMs,
  deleteOnTermination,
  enaSrd: slot.enaSrd,
  enaQueueCount: slot.enaQueueCount,
});

/** Interface and instance must be in one zone. */
export const otherZone = (): Fault =>
  new Fault(
    'InvalidParameterCombination',
    'You may not attach a network interface to an instance if they are not in the same availability zone',
  );

function refuseState({ id, state }: Instance): void {
  if (state === 'running' || state === 'stopped') return;
  throw new Fault('IncorrectInstanceState', `Instance '${id}' is not 'running' or 'stopped'.`);
}

/** An index is taken only on its own card. Its highest value is not documented; negative ones are refused. */
function checkSlot(tx: Transaction, { id }: Instance, { deviceIndex, networkCardIndex }: Slot): void {
  if (deviceIndex < 0)
    throw new Fault('InvalidParameterValue', { value: deviceIndex, parameter: 'deviceIndex', reason: '' });
  const taken = tx
    .by(NetworkInterface, 'instanceId', id)
    .some(({ attachment: other }) => other?.deviceIndex === deviceIndex && other.networkCardIndex === networkCardIndex);
  if (!taken) return;
  const message = `Instance '${id}' already has an interface attached at device index '${deviceIndex}'.`;
  throw new Fault('InvalidParameterValue', message);
}

function checkRoom(tx: Transaction, one: NetworkInterface, instance: Instance, slot: Slot): void {
  const type = instanceTypeNamed(instance.instanceType);
  const attached = tx.by(NetworkInterface, 'instanceId', instance.id);
  const slotsOf = (interfaces: readonly NetworkInterface[]): Slot[] =>
    interfaces.flatMap(({ attachment }) => attachment ?? []);
  checkInterfaceRoom(type, [...slotsOf(attached), slot]);
  checkAddressRoom(type, usageOf(one), 'AssignPrivateIpAddresses');
  if (!isEfa(one.interfaceType)) return;
  checkEfaRoom(type, [...slotsOf(attached.filter((other) => isEfa(other.interfaceType))), slot]);
  // Documented; code and sentence are unconfirmed.
  if (instance.state !== 'stopped') {
    const message = 'An Elastic Fabric Adapter can only be attached to an instance in the stopped state.';
    throw new Fault('InvalidParameterCombination', message);
  }
}

/**
 * DetachNetworkInterface. A detachment that waits for its guest is ended by `force`.
 * @throws Fault InvalidAttachmentID.NotFound, InvalidNetworkInterfaceAttachmentId.Malformed, OperationNotPermitted,
 *   IncorrectInstanceState (code unconfirmed)
 */
export function detach(tx: Transaction, attachmentId: string, force: boolean): void {
  const one = attachedBy(tx, attachmentId);
  const { attachment } = one;
  if (one.requesterManaged) throw serviceAttachment();
  if (isPrimary(one)) {
    const message = 'The network interface at device index 0 and networkCard index 0 cannot be detached.';
    throw new Fault('OperationNotPermitted', message);
  }
  const instance = tx.get(Instance, attachment.instanceId);
  refuseState(instance);
  if (isEfa(one.interfaceType) && instance.state !== 'stopped') {
    const message = 'An Elastic Fabric Adapter can only be detached from an instance in the stopped state.';
    throw new Fault('OperationNotPermitted', message);
  }
  if (instance.state === 'stopped') free(tx, one);
  else startDetaching(tx, one, attachment, force);
}

function startDetaching(tx: Transaction, one: NetworkInterface, attachment: Attachment, force: boolean): void {
  const isUnderWay = attachment.status === 'detaching';
  if (!isUnderWay) tx.order({ kind: 'unplug', instanceId: attachment.instanceId, interfaceId: one.id });
  else if (force) free(tx, one);
  if (!isUnderWay) tx.update(NetworkInterface, one.id, { attachment: { ...attachment, status: 'detaching' } });
}

/** Attachments that services made, such as a NAT gateway's. */
const serviceAttachment = (): Fault =>
  new Fault('OperationNotPermitted', "You are not allowed to manage 'ela-attach' attachments.");

/** The interface of an attachment id. @throws Fault as of `detach` */
export function attachedBy(
  tx: Transaction,
  attachmentId: string,
): NetworkInterface & { readonly attachment: Attachment } {
  const [one] = tx.by(NetworkInterface, 'attachmentId', attachmentId);
  if (one?.attachment) return { ...one, attachment: one.attachment };
  if (attachmentId.startsWith('ela-attach-')) throw serviceAttachment();
  if (!isId('eni-attach', attachmentId)) {
    throw new Fault('InvalidNetworkInterfaceAttachmentId.Malformed', { id: attachmentId });
  }
  throw new Fault('InvalidAttachmentID.NotFound', { id: attachmentId });
}

/** Ends an attachment: the interface is free. What the attachment alone held (primary IPv6, by 1.8) ends with it. */
export const free = (tx: Transaction, { id }: NetworkInterface): NetworkInterface =>
  tx.update(NetworkInterface, id, { attachment: undefined });

/** An order about an interface of an instance; the bond may have ended, or another have begun, since it was given. */
type InterfaceOrder = { readonly instanceId: Instance['id']; readonly interfaceId: NetworkInterface['id'] };

function bondOf(tx: Transaction, order: InterfaceOrder, status: Attachment['status']): Attachment | undefined {
  const attachment = tx.find(NetworkInterface, order.interfaceId)?.attachment;
  return attachment?.instanceId === order.instanceId && attachment.status === status ? attachment : undefined;
}

/** The guest has the interface, or could not be given it: then it is free again. */
export function completePlug(tx: Transaction, order: InterfaceOrder, ok: boolean): void {
  const attachment = bondOf(tx, order, 'attaching');
  if (!attachment) return;
  const bond = ok ? { ...attachment, status: 'attached' as const } : undefined;
  tx.update(NetworkInterface, order.interfaceId, { attachment: bond });
}

/** The guest gave the interface up. When it could not, the detachment waits, as on AWS, for `force` or a stop. */
export function completeUnplug(tx: Transaction, order: InterfaceOrder, ok: boolean): void {
  if (ok && bondOf(tx, order, 'detaching')) tx.update(NetworkInterface, order.interfaceId, { attachment: undefined });
}

/** Once a guest has stopped or started, nothing is under way at its interfaces any more. */
export function settleAttachments(tx: Transaction, instanceId: Instance['id']): void {
  for (const { id: interfaceId } of tx.by(NetworkInterface, 'instanceId', instanceId)) {
    completePlug(tx, { instanceId, interfaceId }, true);
    completeUnplug(tx, { instanceId, interfaceId }, true);
  }
}
