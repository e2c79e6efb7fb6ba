/** Attributes of network interfaces: describe one, modify one. */
import { Fault } from '../../model/fault.ts';
import { changeInterface, type InterfaceChange } from '../../model/network-interface-attributes.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import type { RequestOf } from '../operation.ts';
import { connectionTracking, enaSrd } from './address-parameters.ts';
import { describeAttachment, describeGroups } from './network-interface-rendering.ts';

const ATTRIBUTES = ['description', 'groupSet', 'sourceDestCheck', 'attachment', 'associatePublicIpAddress'] as const;

/** DescribeNetworkInterfaceAttribute: the interface's id and the one attribute. */
export const DescribeNetworkInterfaceAttribute = action('DescribeNetworkInterfaceAttribute', (request, tx) => {
  const attribute = choice(request.Attribute, ATTRIBUTES, 'attribute');
  // Which fault a request without an attribute gets is unconfirmed.
  if (!attribute) throw new Fault('MissingParameter', { parameter: 'attribute' });
  const row = tx.get(NetworkInterface, request.NetworkInterfaceId);
  const shown = { NetworkInterfaceId: row.id };
  switch (attribute) {
    case 'description':
      return { ...shown, Description: { Value: row.description } };
    case 'groupSet':
      return { ...shown, Groups: describeGroups(tx, row) };
    case 'sourceDestCheck':
      return { ...shown, SourceDestCheck: { Value: row.sourceDestCheck } };
    case 'attachment':
      return { ...shown, Attachment: describeAttachment(tx, row) };
    case 'associatePublicIpAddress':
      return { ...shown, AssociatePublicIpAddress: row.associatePublicIpAddress };
  }
});

/** ModifyNetworkInterfaceAttribute: one attribute a call. The sentences of none and of several are unconfirmed. */
export const ModifyNetworkInterfaceAttribute = action('ModifyNetworkInterfaceAttribute', (request, tx) => {
  const row = tx.get(NetworkInterface, request.NetworkInterfaceId);
  const [change, second] = changesOf(request);
  if (!change) throw new Fault('InvalidParameterCombination', 'No attributes specified.');
  if (second) throw new Fault('InvalidParameterCombination', 'Fields for multiple attribute types specified.');
  changeInterface(tx, row, change);
});

/** ResetNetworkInterfaceAttribute: the source/destination check is on again, whatever text the request gives for it. */
export const ResetNetworkInterfaceAttribute = action('ResetNetworkInterfaceAttribute', (request, tx) => {
  const row = tx.get(NetworkInterface, request.NetworkInterfaceId);
  if (request.SourceDestCheck === undefined) {
    throw new Fault('InvalidParameterCombination', 'No attributes specified.');
  }
  changeInterface(tx, row, { kind: 'source-dest-check', value: true });
});

type ModifyRequest = RequestOf<'ModifyNetworkInterfaceAttribute'>;

function changesOf(request: ModifyRequest): readonly InterfaceChange[] {
  const { Description, SourceDestCheck, Groups, EnablePrimaryIpv6, AssociatePublicIpAddress } = request;
  if (request.AssociatedSubnetIds !== undefined) {
    throw new Fault('UnsupportedOperation', 'localvpc does not associate subnets with interfaces.');
  }
  const changes: InterfaceChange[] = [];
  if (Description) changes.push({ kind: 'description', value: Description.Value ?? '' });
  if (SourceDestCheck?.Value !== undefined) changes.push({ kind: 'source-dest-check', value: SourceDestCheck.Value });
  if (Groups) changes.push({ kind: 'groups', ids: Groups });
  if (request.Attachment) changes.push(attachmentChange(request.Attachment));
  if (request.EnaSrdSpecification) {
    changes.push({ kind: 'attachment-options', value: { enaSrd: enaSrd(request.EnaSrdSpecification) } });
  }
  if (EnablePrimaryIpv6 !== undefined) changes.push({ kind: 'primary-ipv6', value: EnablePrimaryIpv6 });
  if (request.ConnectionTrackingSpecification) {
    const value = connectionTracking(request.ConnectionTrackingSpecification);
    changes.push({ kind: 'connection-tracking', value });
  }
  if (AssociatePublicIpAddress !== undefined) {
    changes.push({ kind: 'associate-public-ip-address', value: AssociatePublicIpAddress });
  }
  return changes;
}

function attachmentChange(attachment: NonNullable<ModifyRequest['Attachment']>): InterfaceChange {
  const { AttachmentId: attachmentId, DeleteOnTermination: value, EnaQueueCount, DefaultEnaQueueCount } = attachment;
  if (value !== undefined) {
    if (attachmentId === undefined) throw new Fault('MissingParameter', { parameter: 'attachmentId' });
    return { kind: 'delete-on-termination', attachmentId, value };
  }
  if (EnaQueueCount === undefined && !DefaultEnaQueueCount) {
    throw new Fault('MissingParameter', { parameter: 'deleteOnTermination' });
  }
  return { kind: 'attachment-options', value: { enaQueueCount: DefaultEnaQueueCount ? undefined : EnaQueueCount } };
}

export const networkInterfaceAttributeActions = [
  DescribeNetworkInterfaceAttribute,
  ModifyNetworkInterfaceAttribute,
  ResetNetworkInterfaceAttribute,
] as const;
