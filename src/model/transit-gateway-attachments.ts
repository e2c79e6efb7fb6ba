/** What is attached to a transit gateway: how attachments of both kinds are kept, associated by default, and end. */
import type { TransitGatewayRouteTableId, VpcId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { removeNetworkInterface } from './network-interface-creation.ts';
import { quota } from './quotas.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import {
  type AttachedTransitGateway,
  type AttachedVpc,
  type TransitGateway,
  TransitGatewayAttachment,
} from './resources/transit-gateway.ts';
import { cidrsOfVpc, Vpc } from './resources/vpc.ts';
import type { Transaction } from './transaction.ts';
import { isStanding, ownerOf } from './transit-gateway-lifecycle.ts';

/** An attachment of a VPC. */
export type VpcAttachment = TransitGatewayAttachment & { readonly resource: AttachedVpc };
/** An attachment of another transit gateway. */
export type PeeringAttachment = TransitGatewayAttachment & { readonly resource: AttachedTransitGateway };

/** Whether it is a VPC's. */
export const isVpcAttachment = (row: TransitGatewayAttachment): row is VpcAttachment => row.resource.kind === 'vpc';
/** Whether it is another gateway's. */
export const isPeeringAttachment = (row: TransitGatewayAttachment): row is PeeringAttachment =>
  row.resource.kind === 'peering';

/** An attachment that the caller is a side of. @throws Fault InvalidTransitGatewayAttachmentID.NotFound, .Malformed */
export function findAttachment(tx: Transaction, id: string | undefined): TransitGatewayAttachment {
  const attachment = tx.get(TransitGatewayAttachment, id);
  if (attachment.state === 'deleted') {
    throw new Fault('InvalidTransitGatewayAttachmentID.NotFound', { id: attachment.id });
  }
  return attachment;
}

/** The same, if it is a VPC's. @throws Fault InvalidTransitGatewayAttachmentID.NotFound */
export function findVpcAttachment(tx: Transaction, id: string | undefined): VpcAttachment {
  const attachment = findAttachment(tx, id);
  if (isVpcAttachment(attachment)) return attachment;
  throw new Fault('InvalidTransitGatewayAttachmentID.NotFound', { id: attachment.id });
}

/** @throws Fault TransitGatewayAttachmentLimitExceeded (code unconfirmed) */
export function refuseTooManyAttachments(owner: Transaction, gateway: TransitGateway): void {
  const standing = owner.by(TransitGatewayAttachment, 'transitGatewayId', gateway.id).filter(isStanding);
  if (standing.length >= quota(owner, 'attachmentsPerTransitGateway')) {
    throw new Fault('TransitGatewayAttachmentLimitExceeded');
  }
}

type Fields = Partial<Omit<TransitGatewayAttachment, 'id' | 'tags'>>;

/** Changes the row of each side; returns the caller's. */
export function updateAttachment(
  tx: Transaction,
  row: TransitGatewayAttachment,
  fields: Fields,
): TransitGatewayAttachment {
  for (const account of new Set([row.transitGatewayOwner, vpcOwnerOf(row)])) {
    ownerOf(tx, account).update(TransitGatewayAttachment, row.id, fields);
  }
  return tx.get(TransitGatewayAttachment, row.id);
}

const vpcOwnerOf = ({ resource, transitGatewayOwner }: TransitGatewayAttachment): string =>
  resource.kind === 'vpc' ? resource.account : transitGatewayOwner;

/** The default tables of a gateway, for an attachment that becomes available. Nothing propagates over a peering. */
export const defaultTables = ({ options }: TransitGateway, kind: 'vpc' | 'peering' | 'vpn'): Fields => ({
  associatedRouteTableId: options.associationDefaultRouteTableId,
  propagatedRouteTableIds: kind !== 'peering' ? present(options.propagationDefaultRouteTableId) : [],
});

const present = (id: TransitGatewayRouteTableId | undefined): readonly TransitGatewayRouteTableId[] =>
  id === undefined ? [] : [id];

/** Ends an attachment: its interfaces go, and with it its association and propagations. Routes to it lead nowhere. */
export function endAttachment(
  tx: Transaction,
  row: TransitGatewayAttachment,
  state: 'deleted' | 'rejected',
): TransitGatewayAttachment {
  if (row.resource.kind === 'vpc') removeInterfaces(ownerOf(tx, row.resource.account), row.resource);
  return updateAttachment(tx, row, {
    state,
    deletedAtMs: tx.nowMs,
    associatedRouteTableId: undefined,
    propagatedRouteTableIds: [],
  });
}

/** Takes the interfaces of an attachment away. */
export function removeInterfaces(owner: Transaction, { subnets }: Pick<AttachedVpc, 'subnets'>): void {
  for (const { networkInterfaceId } of subnets) {
    const networkInterface = networkInterfaceId && owner.find(NetworkInterface, networkInterfaceId);
    if (networkInterface) removeNetworkInterface(owner, networkInterface);
  }
}

/** Tells the attachments of a VPC its blocks as they are now. Call it whenever they change. */
export function refreshAttachedCidrs(tx: Transaction, vpcId: VpcId): void {
  const cidrs = cidrsOfVpc(tx.get(Vpc, vpcId));
  for (const row of tx.by(TransitGatewayAttachment, 'vpcId', vpcId)) {
    if (row.resource.kind !== 'vpc' || !isStanding(row)) continue;
    updateAttachment(tx, row, { resource: { ...row.resource, cidrs } });
  }
}

/** @throws Fault IncorrectState for an attachment in another state; the sentence is unconfirmed */
export function requireState(
  row: TransitGatewayAttachment,
  ...states: readonly TransitGatewayAttachment['state'][]
): void {
  if (states.includes(row.state)) return;
  throw new Fault('IncorrectState', `${row.id} is in invalid state`);
}
