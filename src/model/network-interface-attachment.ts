/** Attaching interfaces to instances and detaching them, at once for a stopped one and with its guest for a running one. */
import { type AttachmentId, isId } from '../net/identifiers.ts';
import { isPrimary } from './dns-names.ts';
import { checkEnaQueues } from './ena-queues.ts';
import { Fault } from './fault.ts';
import { failureUnder } from './hosts.ts';
import {
  bind,
  free,
  instanceOfInterface,
  interfaceAt,
  interfaceOfAttachment,
  interfacesOfInstance,
} from './instance-interfaces.ts';
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
import { equip } from './nic-equipment.ts';
import { nicChoice } from './nic-modes.ts';
import type { Owned } from './owned.ts';
import type { Instance } from './resources/instance.ts';
import { type Attachment, NetworkInterface } from './resources/network-interface.ts';
import type { Transaction } from './transaction.ts';
import { takeFunction } from './virtual-functions.ts';

/**
 * AttachNetworkInterface. The interface may be of another VPC, and of an account that permits it, not of another zone.
 * @returns the id of the attachment, which is gone with the detachment
 * @throws Fault InvalidNetworkInterface.InUse, IncorrectInstanceState (code unconfirmed), InvalidParameterCombination,
 *   InvalidParameterValue, AttachmentLimitExceeded, PrivateIpAddressLimitExceeded (code unconfirmed),
 *   InsufficientInstanceCapacity (unconfirmed); those of `equip`
 */
export function attach(
  tx: Transaction,
  { row: one, owner }: Owned<NetworkInterface>,
  instance: Instance,
  slot: AttachmentAsk,
): AttachmentId {
  if (one.requesterManaged) throw requesterManaged();
  if (one.attachment) throw new Fault('InvalidNetworkInterface.InUse', { id: one.id });
  refuseState(instance);
  if (one.zone !== instance.zone) throw otherZone();
  checkSlot(tx, instance, slot);
  checkRoom(tx, one, instance, slot);
  // A choice that makes no sense is refused now, whenever the guest starts.
  const { mode } = nicChoice(tx.environment.nicPolicy, instance, one);
  if (instance.state === 'running' && mode.kind !== 'passthrough') takeFunction(tx, instance, one.id);
  const isRunning = instance.state === 'running' && !failureUnder(tx, instance.id);
  const attachment = newAttachment(tx, instance, slot, isRunning ? 'attaching' : 'attached', false);
  bindTo(tx, { row: one, owner }, attachment);
  if (isRunning) {
    equip(tx, instance, { row: one, owner });
    tx.order({ kind: 'plug', instanceId: instance.id, interfaceId: one.id });
  }
  return attachment.id;
}

/** Where an interface shall sit, and the options of its attachment. */
export type AttachmentAsk = Slot & Pick<Attachment, 'enaSrd' | 'enaQueueCount'>;

/** Begins an attachment of an interface, of whatever account, to an instance of the account. */
export const bindTo = (tx: Transaction, { row, owner }: Owned<NetworkInterface>, attachment: Attachment): void =>
  void bind(owner, row.id, owner.account === tx.account ? attachment : { ...attachment, instanceOwnerId: tx.account });

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
  instanceOwnerId: undefined,
  deviceIndex: slot.deviceIndex,
  networkCardIndex: slot.networkCardIndex,
  status,
  attachedAtMs: tx.nowMs,
  deleteOnTermination,
  enaSrd: slot.enaSrd,
  enaQueueCount: slot.enaQueueCount,
  nic: undefined,
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
  const taken = slotsOf(interfacesOfInstance(tx, id)).some(
    (other) => other.deviceIndex === deviceIndex && other.networkCardIndex === networkCardIndex,
  );
  if (!taken) return;
  const message = `Instance '${id}' already has an interface attached at device index '${deviceIndex}'.`;
  throw new Fault('InvalidParameterValue', message);
}

function checkRoom(tx: Transaction, one: NetworkInterface, instance: Instance, slot: AttachmentAsk): void {
  const type = instanceTypeNamed(instance.instanceType);
  const attached = interfacesOfInstance(tx, instance.id);
  checkInterfaceRoom(type, [...slotsOf(attached), slot]);
  checkEnaQueues(type, [...attached.flatMap(({ row }) => row.attachment ?? []), slot]);
  checkAddressRoom(type, usageOf(one), 'AssignPrivateIpAddresses');
  if (!isEfa(one.interfaceType)) return;
  checkEfaRoom(type, [...slotsOf(attached.filter(({ row }) => isEfa(row.interfaceType))), slot]);
  // Documented; code and sentence are unconfirmed.
  if (instance.state !== 'stopped') {
    const message = 'An Elastic Fabric Adapter can only be attached to an instance in the stopped state.';
    throw new Fault('InvalidParameterCombination', message);
  }
}

const slotsOf = (interfaces: readonly Owned<NetworkInterface>[]): readonly Slot[] =>
  interfaces.flatMap(({ row }) => row.attachment ?? []);

/**
 * DetachNetworkInterface. A detachment that waits for its guest is ended by `force`. Where interface and instance are of
 * two accounts, both may detach (unconfirmed: AWS documents the attaching side's permission alone).
 * @throws Fault InvalidAttachmentID.NotFound, InvalidNetworkInterfaceAttachmentId.Malformed, OperationNotPermitted,
 *   IncorrectInstanceState (code unconfirmed)
 */
export function detach(tx: Transaction, attachmentId: string, force: boolean): void {
  const { row: one, owner } = attachedBy(tx, attachmentId);
  if (one.requesterManaged) throw serviceAttachment();
  if (isPrimary(one)) {
    const message = 'The network interface at device index 0 and networkCard index 0 cannot be detached.';
    throw new Fault('OperationNotPermitted', message);
  }
  const found = instanceOfInterface(owner, one);
  // A network may have been imported without it.
  if (!found) throw new Fault('InvalidInstanceID.NotFound', { id: one.attachment?.instanceId ?? '' });
  const { row: instance } = found;
  refuseState(instance);
  if (isEfa(one.interfaceType) && instance.state !== 'stopped') {
    const message = 'An Elastic Fabric Adapter can only be detached from an instance in the stopped state.';
    throw new Fault('OperationNotPermitted', message);
  }
  if (instance.state === 'stopped') free(owner, one);
  else startDetaching({ row: one, owner }, found, force);
}

function startDetaching({ row, owner }: Owned<NetworkInterface>, instance: Owned<Instance>, force: boolean): void {
  if (row.attachment?.status !== 'detaching') {
    instance.owner.order({ kind: 'unplug', instanceId: instance.row.id, interfaceId: row.id });
    setStatus(owner, row, 'detaching');
  } else if (force) free(owner, row);
}

/** The guest's part has come further. */
function setStatus(tx: Transaction, { id, attachment }: NetworkInterface, status: Attachment['status']): void {
  if (attachment) tx.update(NetworkInterface, id, { attachment: { ...attachment, status } });
}

/** Attachments that services made, such as a NAT gateway's. */
const serviceAttachment = (): Fault =>
  new Fault('OperationNotPermitted', "You are not allowed to manage 'ela-attach' attachments.");

/** The interface of an attachment id. @throws Fault as of `detach` */
export function attachedBy(tx: Transaction, attachmentId: string): Owned<NetworkInterface> {
  const found = interfaceOfAttachment(tx, attachmentId);
  if (found) return found;
  if (attachmentId.startsWith('ela-attach-')) throw serviceAttachment();
  if (!isId('eni-attach', attachmentId)) {
    throw new Fault('InvalidNetworkInterfaceAttachmentId.Malformed', { id: attachmentId });
  }
  throw new Fault('InvalidAttachmentID.NotFound', { id: attachmentId });
}

/** An order about an interface of an instance; the bond may have ended, or another have begun, since it was given. */
type InterfaceOrder = { readonly instanceId: Instance['id']; readonly interfaceId: NetworkInterface['id'] };

function bondOf(
  tx: Transaction,
  order: InterfaceOrder,
  status: Attachment['status'],
): Owned<NetworkInterface> | undefined {
  const found = interfaceAt(tx, order.instanceId, order.interfaceId);
  return found?.row.attachment?.status === status ? found : undefined;
}

/** The guest has the interface, or could not be given it: then it is free again. */
export function completePlug(tx: Transaction, order: InterfaceOrder, ok: boolean): void {
  const bond = bondOf(tx, order, 'attaching');
  if (!bond) return;
  if (ok) setStatus(bond.owner, bond.row, 'attached');
  else free(bond.owner, bond.row);
}

/** The guest gave the interface up. When it could not, the detachment waits, as on AWS, for `force` or a stop. */
export function completeUnplug(tx: Transaction, order: InterfaceOrder, ok: boolean): void {
  const bond = ok ? bondOf(tx, order, 'detaching') : undefined;
  if (bond) free(bond.owner, bond.row);
}

/** Once a guest has stopped or started, nothing is under way at its interfaces any more. */
export function settleAttachments(tx: Transaction, instanceId: Instance['id']): void {
  for (const { row } of interfacesOfInstance(tx, instanceId)) {
    completePlug(tx, { instanceId, interfaceId: row.id }, true);
    completeUnplug(tx, { instanceId, interfaceId: row.id }, true);
  }
}
