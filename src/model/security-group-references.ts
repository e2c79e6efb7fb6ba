/**
 * How rules refer to other groups: in the same VPC, across an active peering connection in the same Region, or across a
 * transit gateway that supports it, as its attachments of both VPCs do (transit gateway guide, tgw-sg-updates; an egress rule
 * with such a reference matches nothing).
 */
import {
  isId,
  type SecurityGroupId,
  type TransitGatewayId,
  type VpcId,
  type VpcPeeringConnectionId,
} from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { peeringState } from './peering-state.ts';
import { SecurityGroup, type SecurityGroupRule } from './resources/security-group.ts';
import { TransitGateway, TransitGatewayAttachment } from './resources/transit-gateway.ts';
import { type PeeringSide, type PeeringState, VpcPeeringConnection } from './resources/vpc-peering-connection.ts';
import { securityGroupNamed } from './security-group-lifecycle.ts';
import { isUsableIn } from './security-group-vpcs.ts';
import type { Transaction } from './transaction.ts';
import { isVpcAttachment, type VpcAttachment } from './transit-gateway-attachments.ts';
import { ownerOf } from './transit-gateway-lifecycle.ts';

/** A group as API_UserIdGroupPair names it. The rest of that structure has no effect in a request. */
export interface RequestedGroup {
  readonly GroupId?: string | undefined;
  /** Only of groups of the default VPC. */
  readonly GroupName?: string | undefined;
  readonly UserId?: string | undefined;
}

type Reference = Pick<SecurityGroupRule, 'peer' | 'peerOwnerId'>;

/**
 * The group that a new rule of `group` may refer to.
 * @throws Fault MissingParameter, InvalidGroupId.Malformed, InvalidGroup.NotFound (unknown, or in a VPC that no active
 *   peering connection of this Region, nor a transit gateway, leads to), VPCIdNotSpecified
 */
export function findReferencedGroup(tx: Transaction, group: SecurityGroup, requested: RequestedGroup): Reference {
  const owner = requested.UserId ?? tx.account;
  if (owner === tx.account) {
    const found = ownGroup(tx, requested);
    if (!share(tx, group, found) && !isReached(tx, group.vpcId, { vpcId: found.vpcId, account: tx.account })) {
      // The sentence is unconfirmed.
      throw new Fault('InvalidGroup.NotFound', 'You have specified two resources that belong to different networks.');
    }
    return reference(found.id, undefined);
  }
  const id = groupId(requested.GroupId);
  const vpcId = tx.in({ account: owner, region: tx.region }).find(SecurityGroup, id)?.vpcId;
  if (vpcId === undefined || !isReached(tx, group.vpcId, { vpcId, account: owner }))
    throw new Fault('InvalidGroup.NotFound', { id });
  return reference(id, owner);
}

/** The group that a rule to be revoked refers to: it need not exist any more. @throws Fault as above, but for existence */
export function nameReferencedGroup(tx: Transaction, requested: RequestedGroup): Reference {
  if (requested.GroupId === undefined) return reference(ownGroup(tx, requested).id, undefined);
  const { UserId: owner } = requested;
  return reference(groupId(requested.GroupId), owner === tx.account ? undefined : owner);
}

/** Where a rule's group is, for those who show the rule. */
export interface ReferencedGroup {
  readonly vpcId: VpcId;
  /** Where the group is in another VPC: the connection that leads or led there. */
  readonly peering: { readonly id: VpcPeeringConnectionId; readonly state: PeeringState } | undefined;
  /** Where a transit gateway leads there and lets groups be named. */
  readonly transitGatewayId: TransitGatewayId | undefined;
}

/** Where the group is that a rule refers to; undefined for one that is gone, whose rules are stale. */
export function whereReferencedGroupIs(
  tx: Transaction,
  group: SecurityGroup,
  id: SecurityGroupId,
  peerOwnerId: string | undefined,
): ReferencedGroup | undefined {
  const scope = peerOwnerId === undefined ? tx : tx.in({ account: peerOwnerId, region: tx.region });
  const vpcId = scope.find(SecurityGroup, id)?.vpcId;
  if (vpcId === undefined) return undefined;
  if (vpcId === group.vpcId) return { vpcId, peering: undefined, transitGatewayId: undefined };
  const account = peerOwnerId ?? tx.account;
  const transitGatewayId = transitReferences(tx, group.vpcId).find(
    (there) => there.vpcId === vpcId && there.account === account,
  )?.transitGatewayId;
  return { vpcId, peering: newestPeering(tx, group.vpcId, vpcId), transitGatewayId };
}

function ownGroup(tx: Transaction, { GroupId: id, GroupName: name }: RequestedGroup): SecurityGroup {
  if (id !== undefined) return tx.get(SecurityGroup, id);
  if (name !== undefined) return securityGroupNamed(tx, name);
  throw new Fault('MissingParameter', { parameter: 'groupId' });
}

function groupId(text: string | undefined): SecurityGroupId {
  if (text === undefined) throw new Fault('MissingParameter', { parameter: 'groupId' });
  if (!isId('sg', text)) throw new Fault('InvalidGroupId.Malformed', { id: text });
  return text;
}

const reference = (id: SecurityGroupId, peerOwnerId: string | undefined): Reference => ({
  peer: { kind: 'security-group', id },
  peerOwnerId,
});

/** Whether two groups can be used in one VPC. That this is enough to refer to one another is unconfirmed. */
const share = (tx: Transaction, one: SecurityGroup, other: SecurityGroup): boolean =>
  isUsableIn(tx, one, other.vpcId) || isUsableIn(tx, other, one.vpcId);

/**
 * Whether a rule of the group speaks of nobody any more: the group that it refers to is gone, or lies in another VPC to
 * which no active connection and no transit gateway leads (VPC peering guide, stale security group rules).
 */
export function isStale(tx: Transaction, group: SecurityGroup, { peer, peerOwnerId }: SecurityGroupRule): boolean {
  if (peer.kind !== 'security-group' || peer.id === group.id) return false;
  const own = peerOwnerId === undefined ? tx.find(SecurityGroup, peer.id) : undefined;
  if (own && share(tx, group, own)) return false;
  const place = whereReferencedGroupIs(tx, group, peer.id, peerOwnerId);
  return place?.peering?.state !== 'active' && place?.transitGatewayId === undefined;
}

/** A VPC beyond an active peering connection, or a transit gateway, whose groups refer to a group of ours. */
export interface ReferenceFromPeer {
  readonly vpcId: VpcId;
  readonly peeringId: VpcPeeringConnectionId | undefined;
  readonly transitGatewayId: TransitGatewayId | undefined;
}

/** Where rules refer to this group from, beyond its VPC. */
export const referencesFromPeers = (tx: Transaction, group: SecurityGroup): readonly ReferenceFromPeer[] => [
  ...referencesOverPeerings(tx, group),
  ...transitReferences(tx, group.vpcId)
    .filter(({ account, vpcId }) => refersTo(tx, { account, region: tx.region, vpcId }, group.id))
    .map(({ vpcId, transitGatewayId }) => ({ vpcId, peeringId: undefined, transitGatewayId })),
];

const referencesOverPeerings = (tx: Transaction, group: SecurityGroup): readonly ReferenceFromPeer[] =>
  tx
    .by(VpcPeeringConnection, 'vpcId', group.vpcId)
    .filter((connection) => peeringState(connection, tx.nowMs) === 'active')
    .map((connection) => ({ side: otherSide(connection, group.vpcId), peeringId: connection.id }))
    .filter(({ side }) => refersTo(tx, side, group.id))
    .map(({ side, peeringId }) => ({ vpcId: side.vpcId, peeringId, transitGatewayId: undefined }));

const refersTo = (
  tx: Transaction,
  { account, region, vpcId }: Pick<PeeringSide, 'account' | 'region' | 'vpcId'>,
  id: SecurityGroupId,
): boolean =>
  tx
    .in({ account, region })
    .by(SecurityGroup, 'referencedGroupId', id)
    .some((other) => other.vpcId === vpcId);

/** Whether rules of a VPC may name groups of another one of this Region. */
const isReached = (tx: Transaction, from: VpcId, to: { readonly vpcId: VpcId; readonly account: string }): boolean =>
  [...activePeers(tx, from), ...transitReferences(tx, from)].some(
    ({ vpcId, account }) => vpcId === to.vpcId && account === to.account,
  );

/** A VPC behind a transit gateway at which groups may be named across. */
interface BehindTransitGateway {
  readonly vpcId: VpcId;
  readonly account: string;
  readonly transitGatewayId: TransitGatewayId;
}

/** The VPCs with which this one shares a transit gateway that supports references, where both attachments do. */
const transitReferences = (tx: Transaction, from: VpcId): readonly BehindTransitGateway[] =>
  tx.by(TransitGatewayAttachment, 'vpcId', from).flatMap((own) => {
    const { transitGatewayId, transitGatewayOwner } = own;
    const there = ownerOf(tx, transitGatewayOwner);
    if (!refers(own) || !there.find(TransitGateway, transitGatewayId)?.options.securityGroupReferencingSupport)
      return [];
    return there
      .by(TransitGatewayAttachment, 'transitGatewayId', transitGatewayId)
      .flatMap((other) =>
        refers(other) && other.id !== own.id
          ? [{ vpcId: other.resource.vpcId, account: other.resource.account, transitGatewayId }]
          : [],
      );
  });

const refers = (row: TransitGatewayAttachment): row is VpcAttachment =>
  isVpcAttachment(row) && row.state === 'available' && row.resource.securityGroupReferencingSupport;

/** The VPCs of this Region that an active peering connection leads to. */
const activePeers = (tx: Transaction, vpcId: VpcId): readonly PeeringSide[] =>
  tx
    .by(VpcPeeringConnection, 'vpcId', vpcId)
    .filter((connection) => peeringState(connection, tx.nowMs) === 'active')
    .map((connection) => otherSide(connection, vpcId))
    .filter((side) => side.region === tx.region);

const otherSide = ({ requester, accepter }: VpcPeeringConnection, vpcId: VpcId): PeeringSide =>
  requester.vpcId === vpcId ? accepter : requester;

function newestPeering(tx: Transaction, one: VpcId, other: VpcId): ReferencedGroup['peering'] {
  const connections = tx
    .by(VpcPeeringConnection, 'vpcId', one)
    .filter((connection) => otherSide(connection, one).vpcId === other)
    .map((connection) => ({ id: connection.id, state: peeringState(connection, tx.nowMs) }));
  return connections.find(({ state }) => state === 'active') ?? connections.at(-1);
}
