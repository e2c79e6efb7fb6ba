/** Peering between two transit gateways: asked for by one owner, accepted by the other; a row on each side. */
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { findRegion } from './regions.ts';
import { type TransitGateway, TransitGatewayAttachment } from './resources/transit-gateway.ts';
import type { Transaction } from './transaction.ts';
import {
  defaultTables,
  endAttachment,
  findAttachment,
  isPeeringAttachment,
  type PeeringAttachment,
  refuseTooManyAttachments,
  requireState,
  updateAttachment,
} from './transit-gateway-attachments.ts';
import { isStanding, ownTransitGateway } from './transit-gateway-lifecycle.ts';

/** What CreateTransitGatewayPeeringAttachment says. */
export interface TransitGatewayPeeringSpec {
  readonly transitGatewayId: string | undefined;
  readonly peer: { readonly account: string; readonly region: string; readonly transitGatewayId: string };
  readonly tags: Tags;
}

/**
 * Asks the owner of another gateway for a peering.
 * @throws Fault InvalidTransitGatewayID.NotFound, InvalidParameterValue for an unknown Region,
 *   DuplicateTransitGatewayAttachment when the two are peered or asked already
 */
export function requestPeeringAttachment(tx: Transaction, spec: TransitGatewayPeeringSpec): PeeringAttachment {
  const gateway = ownTransitGateway(tx, spec.transitGatewayId);
  const { account, region, transitGatewayId } = spec.peer;
  if (!findRegion(region)) {
    throw new Fault('InvalidParameterValue', { value: region, parameter: 'peerRegion', reason: 'Invalid Region.' });
  }
  const isHere = account === tx.account && region === tx.region;
  const there = isHere ? tx : tx.in({ account, region });
  const peer = ownTransitGateway(there, transitGatewayId);
  // Code and sentence are unconfirmed.
  if (peer.id === gateway.id) throw new Fault('InvalidParameterValue', `${peer.id} cannot be peered with itself.`);
  refuseSecond(tx, gateway, peer);
  refuseTooManyAttachments(tx, gateway);
  refuseTooManyAttachments(there, peer);
  const id = tx.newId('tgw-attach');
  const accepterId = isHere ? tx.newId('tgw-attach') : id;
  const common = {
    state: 'pendingAcceptance',
    createdAtMs: tx.nowMs,
    deletedAtMs: undefined,
    associatedRouteTableId: undefined,
    propagatedRouteTableIds: [],
  } as const;
  there.put(TransitGatewayAttachment, {
    ...common,
    id: accepterId,
    transitGatewayId: peer.id,
    transitGatewayOwner: account,
    resource: {
      kind: 'peering',
      role: 'accepter',
      account: tx.account,
      region: tx.region,
      transitGatewayId: gateway.id,
      attachmentId: id,
    },
    tags: {},
  });
  tx.put(TransitGatewayAttachment, {
    ...common,
    id,
    transitGatewayId: gateway.id,
    transitGatewayOwner: tx.account,
    resource: {
      kind: 'peering',
      role: 'requester',
      account,
      region,
      transitGatewayId: peer.id,
      attachmentId: accepterId,
    },
    tags: spec.tags,
  });
  return findPeeringAttachment(tx, id);
}

function refuseSecond(tx: Transaction, gateway: TransitGateway, peer: TransitGateway): void {
  const isBetween = (one: TransitGatewayAttachment): boolean =>
    isStanding(one) && isPeeringAttachment(one) && one.resource.transitGatewayId === peer.id;
  if (!tx.by(TransitGatewayAttachment, 'transitGatewayId', gateway.id).some(isBetween)) return;
  const sentence = `${gateway.id} has a non-deleted Transit Gateway Peering Attachment with ${peer.id}.`;
  throw new Fault('DuplicateTransitGatewayAttachment', sentence);
}

/** A peering that the caller is a side of. @throws Fault InvalidTransitGatewayAttachmentID.NotFound */
export function findPeeringAttachment(tx: Transaction, id: string | undefined): PeeringAttachment {
  const attachment = findAttachment(tx, id);
  if (isPeeringAttachment(attachment)) return attachment;
  throw new Fault('InvalidTransitGatewayAttachmentID.NotFound', { id: attachment.id });
}

/** The row of the other side. */
export const otherSideOf = (tx: Transaction, { resource }: PeeringAttachment): PeeringAttachment =>
  findPeeringAttachment(thereOf(tx, resource), resource.attachmentId);

const thereOf = (tx: Transaction, { account, region }: PeeringAttachment['resource']): Transaction =>
  account === tx.account && region === tx.region ? tx : tx.in({ account, region });

/** The accepter's own row, where both sides are the caller's and the request is named. */
function accepterSide(tx: Transaction, row: PeeringAttachment): PeeringAttachment {
  if (row.resource.role === 'accepter') return row;
  const { account, region } = row.resource;
  if (account === tx.account && region === tx.region) return otherSideOf(tx, row);
  // Code and sentence are unconfirmed.
  throw new Fault('OperationNotPermitted', `${row.id} must be accepted or rejected by ${account} in ${region}.`);
}

/** Accepts a peering, as the owner of the gateway that was asked. @throws Fault IncorrectState, OperationNotPermitted */
export function acceptPeeringAttachment(tx: Transaction, named: PeeringAttachment): TransitGatewayAttachment {
  const row = accepterSide(tx, named);
  requireState(row, 'pendingAcceptance');
  const there = thereOf(tx, row.resource);
  for (const [side, own] of [
    [there, otherSideOf(tx, row)],
    [tx, row],
  ] as const) {
    const gateway = ownTransitGateway(side, own.transitGatewayId);
    updateAttachment(side, own, { state: 'available', ...defaultTables(gateway, 'peering') });
  }
  return tx.get(TransitGatewayAttachment, named.id);
}

/** Refuses a peering. @throws Fault IncorrectState, OperationNotPermitted */
export function rejectPeeringAttachment(tx: Transaction, named: PeeringAttachment): TransitGatewayAttachment {
  const row = accepterSide(tx, named);
  requireState(row, 'pendingAcceptance');
  endBoth(tx, row, 'rejected');
  return tx.get(TransitGatewayAttachment, named.id);
}

/** Deletes a peering, from either side. */
export function deletePeeringAttachment(tx: Transaction, row: PeeringAttachment): TransitGatewayAttachment {
  endBoth(tx, row, 'deleted');
  return tx.get(TransitGatewayAttachment, row.id);
}

function endBoth(tx: Transaction, row: PeeringAttachment, state: 'deleted' | 'rejected'): void {
  endAttachment(thereOf(tx, row.resource), otherSideOf(tx, row), state);
  endAttachment(tx, row, state);
}
