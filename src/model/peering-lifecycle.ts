/** How peering connections come, are accepted and go. A connection is one row on each side, equal but for its tags. */
import { overlaps } from '../net/cidr.ts';
import type { VpcId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import {
  ACCEPTANCE_PERIOD_MS,
  isShown,
  isStanding,
  peeringState,
  SHOWN_FAILED_MS,
  SHOWN_TO_DELETER_MS,
  SHOWN_TO_OTHER_MS,
  transitionSentence,
} from './peering-state.ts';
import { quota } from './quotas.ts';
import { cidrsOfVpc, Vpc } from './resources/vpc.ts';
import { type PeeringSide, type PeeringState, VpcPeeringConnection } from './resources/vpc-peering-connection.ts';
import type { Scope } from './scope.ts';
import type { Transaction } from './transaction.ts';

/** What CreateVpcPeeringConnection asks for. */
export interface PeeringRequest {
  readonly vpc: Vpc;
  /** As the request has it; it need not be the id of anything. */
  readonly peerVpcId: VpcId;
  /** Where the peer VPC is said to be. */
  readonly peer: Scope;
  readonly tags: Tags;
}

const FAILED_MESSAGE = 'Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range';

/**
 * Asks for a connection. One that cannot be (no such VPC, overlapping blocks) fails by itself and stays with the
 * requester. Asking twice is answered with the connection that stands.
 * @throws Fault InvalidVpcID.NotFound for a missing VPC of the caller's own, OutstandingVpcPeeringConnectionLimitExceeded
 */
export function requestPeering(tx: Transaction, { vpc, peerVpcId, peer, tags }: PeeringRequest): VpcPeeringConnection {
  forgetOldConnections(tx);
  const isOwn = peer.account === tx.account && peer.region === tx.region;
  const there = tx.in(peer);
  const peerVpc = isOwn ? tx.get(Vpc, peerVpcId) : there.find(Vpc, peerVpcId);
  const standing = standingRequest(tx, vpc.id, peerVpcId);
  if (standing) return standing;
  if (outstandingRequests(tx) >= quota(tx, 'outstandingPeeringConnections')) {
    throw new Fault('OutstandingVpcPeeringConnectionLimitExceeded');
  }
  const requester = sideOf(tx, vpc);
  const accepter = peerVpc ? sideOf(there, peerVpc) : { ...sideOf(there, vpc), vpcId: peerVpcId, cidrs: [] };
  const failed = !peerVpc || sharesAddresses(requester, accepter);
  const row = tx.insert(VpcPeeringConnection, {
    requester,
    accepter,
    state: failed ? 'failed' : 'pending-acceptance',
    stateMessage: failed ? FAILED_MESSAGE : `Pending Acceptance by ${peer.account}`,
    expiresAtMs: tx.nowMs + ACCEPTANCE_PERIOD_MS,
    shownUntilMs: failed ? tx.nowMs + SHOWN_FAILED_MS : undefined,
    tags,
  });
  if (!failed && !isOwn) there.put(VpcPeeringConnection, { ...row, tags: {} });
  return row;
}

/**
 * Accepts a request, as the owner of the accepter VPC in its Region.
 * @throws Fault OperationNotPermitted, InvalidStateTransition, VpcPeeringConnectionAlreadyExists when the VPCs have an
 *   active one, ActiveVpcPeeringConnectionPerVpcLimitExceeded, InvalidVpcID.NotFound when the VPC is gone
 */
export function acceptPeering(tx: Transaction, connection: VpcPeeringConnection): VpcPeeringConnection {
  checkAccepter(tx, connection, 'accept');
  const state = peeringState(connection, tx.nowMs);
  if (state !== 'pending-acceptance') {
    throw new Fault('InvalidStateTransition', transitionSentence(connection.id, state, 'provisioning'));
  }
  const { requester, accepter } = connection;
  // AWS names the connection that is to be accepted, not the one that stands.
  if (isPeeredWith(tx, accepter, requester))
    throw new Fault('VpcPeeringConnectionAlreadyExists', { id: connection.id });
  for (const side of [requester, accepter]) refuseTooMany(tx.in(scopeOf(side)), side.vpcId);
  tx.get(Vpc, accepter.vpcId);
  return setOnBothSides(tx, connection, () =>
    // Blocks that came since the request may overlap now; that the connection then fails is unconfirmed.
    sharesAddresses(requester, accepter)
      ? { state: 'failed', stateMessage: FAILED_MESSAGE, shownUntilMs: tx.nowMs + SHOWN_FAILED_MS }
      : { state: 'active', stateMessage: 'Active' },
  );
}

/**
 * Deletes a connection: an active one from either side, a request by its requester (VPC peering guide, life cycle).
 * @throws Fault InvalidStateTransition
 */
export function deletePeering(tx: Transaction, connection: VpcPeeringConnection): void {
  const state = peeringState(connection, tx.nowMs);
  const mayDelete = state === 'active' || (state === 'pending-acceptance' && isSide(tx.scope, connection.requester));
  if (!mayDelete) throw new Fault('InvalidStateTransition', transitionSentence(connection.id, state, 'deleting'));
  end(tx, connection);
}

/**
 * Refuses a request, as the owner of the accepter VPC in its Region. Both sides see it rejected, the requester for two
 * days and the accepter for two hours (VPC peering guide, life cycle).
 * @throws Fault OperationNotPermitted, InvalidStateTransition
 */
export function rejectPeering(tx: Transaction, connection: VpcPeeringConnection): void {
  checkAccepter(tx, connection, 'reject');
  const state = peeringState(connection, tx.nowMs);
  if (state !== 'pending-acceptance') {
    throw new Fault('InvalidStateTransition', transitionSentence(connection.id, state, 'rejected'));
  }
  setOnBothSides(tx, connection, (there) => ({
    state: 'rejected',
    stateMessage: `Rejected by ${tx.account}`,
    shownUntilMs: tx.nowMs + (isSide(there.scope, connection.accepter) ? SHOWN_TO_DELETER_MS : SHOWN_TO_OTHER_MS),
  }));
}

/** Options of a connection that a request changes: undefined for a side that it does not speak of. */
export interface PeeringOptionsChange {
  readonly requester: boolean | undefined;
  readonly accepter: boolean | undefined;
}

/**
 * Sets whether the other side's public names resolve to private addresses for a VPC, of the caller's own side or sides.
 * @throws Fault OperationNotPermitted for the other account's or Region's side, InvalidStateTransition for a connection
 *   that is not active (code unconfirmed), InvalidVpcPeeringConnectionState.DnsHostnamesDisabled
 */
export function setPeeringOptions(
  tx: Transaction,
  connection: VpcPeeringConnection,
  change: PeeringOptionsChange,
): VpcPeeringConnection {
  const { id, requester, accepter } = connection;
  const state = peeringState(connection, tx.nowMs);
  if (state !== 'active') {
    throw new Fault('InvalidStateTransition', `VPC peering connection ${id} is not active but ${state}.`);
  }
  const changed = (side: PeeringSide, allow: boolean | undefined): PeeringSide => {
    if (allow === undefined) return side;
    if (!isSide(tx.scope, side)) {
      const sentence = `User (${tx.account}) cannot modify options of the other side of peering ${id}`;
      throw new Fault('OperationNotPermitted', sentence);
    }
    if (allow) requireDns(tx, connection);
    return { ...side, allowDnsResolutionFromRemoteVpc: allow };
  };
  const sides = { requester: changed(requester, change.requester), accepter: changed(accepter, change.accepter) };
  return setOnBothSides(tx, connection, () => sides);
}

/** Both VPCs must have DNS support and host names. The sentence is unconfirmed. */
function requireDns(tx: Transaction, { requester, accepter }: VpcPeeringConnection): void {
  for (const side of [requester, accepter]) {
    const vpc = tx.in(scopeOf(side)).find(Vpc, side.vpcId);
    if (vpc?.enableDnsSupport && vpc.enableDnsHostnames) continue;
    throw new Fault(
      'InvalidVpcPeeringConnectionState.DnsHostnamesDisabled',
      `DNS support and DNS hostnames must be enabled in ${side.vpcId}.`,
    );
  }
}

/** The connection of this id that this side is still shown. @throws Fault InvalidVpcPeeringConnectionID.NotFound, .Malformed */
export function findPeering(tx: Transaction, id: string | undefined): VpcPeeringConnection {
  const connection = tx.get(VpcPeeringConnection, id);
  if (isShown(connection, tx.nowMs)) return connection;
  throw new Fault('InvalidVpcPeeringConnectionID.NotFound', { id: connection.id });
}

/** Tells the connections of a VPC its blocks as they are now. Call it whenever they change. */
export function refreshPeeringCidrs(tx: Transaction, vpcId: VpcId): void {
  const cidrs = cidrsOfVpc(tx.get(Vpc, vpcId));
  for (const connection of tx.by(VpcPeeringConnection, 'vpcId', vpcId)) {
    if (!isStanding(peeringState(connection, tx.nowMs))) continue;
    const refreshed = (side: PeeringSide): PeeringSide => (side.vpcId === vpcId ? { ...side, cidrs } : side);
    const { requester, accepter } = connection;
    setOnBothSides(tx, connection, () => ({ requester: refreshed(requester), accepter: refreshed(accepter) }));
  }
}

function forgetOldConnections(tx: Transaction): void {
  for (const old of tx.list(VpcPeeringConnection, (one) => !isShown(one, tx.nowMs))) {
    tx.remove(VpcPeeringConnection, old.id);
  }
}

/** Sides that are the same VPC share all addresses, so that a VPC's connection with itself fails. */
const sharesAddresses = (one: PeeringSide, other: PeeringSide): boolean =>
  one.cidrs.some((cidr) => other.cidrs.some((taken) => overlaps(cidr, taken)));

const sideOf = (tx: Transaction, vpc: Vpc): PeeringSide => ({
  account: tx.account,
  region: tx.region,
  vpcId: vpc.id,
  cidrs: cidrsOfVpc(vpc),
  allowDnsResolutionFromRemoteVpc: false,
});

/** Where a side's row is. */
export const scopeOf = ({ account, region }: PeeringSide): Scope => ({ account, region });

const isSide = (scope: Scope, side: PeeringSide): boolean =>
  side.account === scope.account && side.region === scope.region;

/** A request in the other direction is another request: it stands until one of the two is accepted. */
const standingRequest = (tx: Transaction, vpcId: VpcId, peerVpcId: VpcId): VpcPeeringConnection | undefined =>
  tx
    .by(VpcPeeringConnection, 'vpcId', vpcId)
    .find(
      (one) =>
        one.requester.vpcId === vpcId && one.accepter.vpcId === peerVpcId && isStanding(peeringState(one, tx.nowMs)),
    );

const isPeeredWith = (tx: Transaction, one: PeeringSide, other: PeeringSide): boolean =>
  tx
    .by(VpcPeeringConnection, 'vpcId', one.vpcId)
    .some(
      (connection) =>
        [connection.requester.vpcId, connection.accepter.vpcId].includes(other.vpcId) &&
        peeringState(connection, tx.nowMs) === 'active',
    );

const outstandingRequests = (tx: Transaction): number =>
  tx.list(
    VpcPeeringConnection,
    (one) => isSide(tx.scope, one.requester) && peeringState(one, tx.nowMs) === 'pending-acceptance',
  ).length;

function refuseTooMany(tx: Transaction, vpcId: VpcId): void {
  const active = tx.by(VpcPeeringConnection, 'vpcId', vpcId).filter((one) => peeringState(one, tx.nowMs) === 'active');
  if (active.length >= quota(tx, 'activePeeringConnectionsPerVpc')) {
    throw new Fault('ActiveVpcPeeringConnectionPerVpcLimitExceeded');
  }
}

/** The sentences are known of accepting. */
function checkAccepter(tx: Transaction, { id, accepter }: VpcPeeringConnection, what: 'accept' | 'reject'): void {
  if (accepter.account !== tx.account) {
    throw new Fault('OperationNotPermitted', `User (${tx.account}) cannot ${what} peering ${id}`);
  }
  if (accepter.region === tx.region) return;
  throw new Fault(
    'OperationNotPermitted',
    `Incorrect region (${tx.region}) specified for this request. VPC peering connection ${id} must be ${what}ed in region ${accepter.region}`,
  );
}

function end(tx: Transaction, connection: VpcPeeringConnection): void {
  const state: PeeringState = 'deleted';
  setOnBothSides(tx, connection, (there) => ({
    state,
    stateMessage: `Deleted by ${tx.account}`,
    shownUntilMs: tx.nowMs + (there.scope === tx.scope ? SHOWN_TO_DELETER_MS : SHOWN_TO_OTHER_MS),
  }));
}

/** Changes the row of each side; returns the caller's. */
function setOnBothSides(
  tx: Transaction,
  { id, requester, accepter }: VpcPeeringConnection,
  fields: (there: Transaction) => Partial<Omit<VpcPeeringConnection, 'id'>>,
): VpcPeeringConnection {
  for (const side of [requester, accepter]) {
    if (isSide(tx.scope, side)) continue;
    const there = tx.in(scopeOf(side));
    if (there.find(VpcPeeringConnection, id)) there.update(VpcPeeringConnection, id, fields(there));
  }
  return tx.update(VpcPeeringConnection, id, fields(tx));
}
