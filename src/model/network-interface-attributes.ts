/** What ModifyNetworkInterfaceAttribute changes, one attribute a call. */
import { checkEnaQueues } from './ena-queues.ts';
import { Fault } from './fault.ts';
import { instanceOfInterface, interfacesOfInstance } from './instance-interfaces.ts';
import { refuseUnlessStopped } from './instance-options.ts';
import { instanceTypeNamed } from './instance-type-table.ts';
import { requesterManaged } from './network-interface-faults.ts';
import { groupsFor } from './network-interface-groups.ts';
import { releaseAutoAssigned, renewAutoAssigned } from './public-addresses.ts';
import { type Attachment, type ConnectionTracking, NetworkInterface } from './resources/network-interface.ts';
import type { Transaction } from './transaction.ts';

/** An attribute with its new value. */
export type InterfaceChange =
  | { readonly kind: 'description'; readonly value: string }
  | { readonly kind: 'source-dest-check'; readonly value: boolean }
  | { readonly kind: 'groups'; readonly ids: readonly string[] }
  | { readonly kind: 'delete-on-termination'; readonly attachmentId: string; readonly value: boolean }
  | { readonly kind: 'attachment-options'; readonly value: Partial<Pick<Attachment, 'enaSrd' | 'enaQueueCount'>> }
  | { readonly kind: 'primary-ipv6'; readonly value: boolean }
  | { readonly kind: 'connection-tracking'; readonly value: ConnectionTracking }
  | { readonly kind: 'associate-public-ip-address'; readonly value: boolean };

/** Makes the change. @throws Fault AuthFailure for a service's interface, and those of the attribute */
export function changeInterface(tx: Transaction, one: NetworkInterface, change: InterfaceChange): void {
  if (one.requesterManaged) throw requesterManaged();
  switch (change.kind) {
    case 'description':
      tx.update(NetworkInterface, one.id, { description: change.value });
      break;
    case 'source-dest-check':
      tx.update(NetworkInterface, one.id, { sourceDestCheck: change.value });
      break;
    case 'groups':
      setGroups(tx, one, change.ids);
      break;
    case 'delete-on-termination':
      setDeleteOnTermination(tx, one, change.attachmentId, change.value);
      break;
    case 'attachment-options':
      setAttachmentOptions(tx, one, change.value);
      break;
    case 'primary-ipv6':
      setPrimaryIpv6(tx, one, change.value);
      break;
    case 'connection-tracking':
      tx.update(NetworkInterface, one.id, { connectionTracking: change.value });
      break;
    case 'associate-public-ip-address':
      setAssociatePublicIpAddress(tx, one, change.value);
      break;
  }
}

/** Replaces all groups. */
function setGroups(tx: Transaction, one: NetworkInterface, ids: readonly string[]): void {
  if (ids.length === 0 || ids.every((id) => id === '')) {
    const message = 'Value () for parameter groupId is invalid. The value cannot be empty';
    throw new Fault('InvalidParameterValue', message);
  }
  const subnet = { id: one.subnetId, vpcId: one.vpcId };
  const securityGroupIds = groupsFor(tx, subnet, ids, 'ModifyNetworkInterfaceAttribute');
  tx.update(NetworkInterface, one.id, { securityGroupIds });
}

function setDeleteOnTermination(tx: Transaction, one: NetworkInterface, attachmentId: string, value: boolean): void {
  const { attachment } = one;
  if (attachment?.id !== attachmentId) throw new Fault('InvalidAttachmentID.NotFound', { id: attachmentId });
  tx.update(NetworkInterface, one.id, { attachment: { ...attachment, deleteOnTermination: value } });
}

/** ENA Express and queues belong to the attachment and end with it. The sentence is unconfirmed. */
function setAttachmentOptions(tx: Transaction, one: NetworkInterface, value: Partial<Attachment>): void {
  const { attachment } = one;
  if (!attachment) throw new Fault('IncorrectState', `The network interface '${one.id}' is not attached.`);
  if ('enaQueueCount' in value) checkQueues(tx, one, value.enaQueueCount);
  tx.update(NetworkInterface, one.id, { attachment: { ...attachment, ...value } });
}

/** Queues are changed only while the instance is stopped, and all of its interfaces share what its type has. */
function checkQueues(tx: Transaction, one: NetworkInterface, enaQueueCount: number | undefined): void {
  const instance = instanceOfInterface(tx, one);
  if (!instance) return;
  refuseUnlessStopped(instance.row);
  const attachments = interfacesOfInstance(instance.owner, instance.row.id).flatMap(({ row: { id, attachment } }) =>
    attachment ? [id === one.id ? { ...attachment, enaQueueCount } : attachment] : [],
  );
  checkEnaQueues(instanceTypeNamed(instance.row.instanceType), attachments);
}

/** It can be switched off only while nothing is attached. The sentences are unconfirmed. */
function setPrimaryIpv6(tx: Transaction, one: NetworkInterface, value: boolean): void {
  if (value && one.ipv6Addresses.length === 0) {
    const message = `The network interface '${one.id}' has no IPv6 address.`;
    throw new Fault('InvalidParameterCombination', message);
  }
  if (!value && one.primaryIpv6 && one.attachment) {
    const message = `The primary IPv6 address of '${one.id}' cannot be disabled while it is attached.`;
    throw new Fault('OperationNotPermitted', message);
  }
  tx.update(NetworkInterface, one.id, { primaryIpv6: value });
}

/** Settable on any interface, effective on the primary one of an instance. */
function setAssociatePublicIpAddress(tx: Transaction, one: NetworkInterface, value: boolean): void {
  const updated = tx.update(NetworkInterface, one.id, { associatePublicIpAddress: value });
  if (value) renewAutoAssigned(tx, updated);
  else releaseAutoAssigned(tx, updated);
}
