/** The state of a peering connection at a time, and who may still see it. */
import type { VpcPeeringConnectionId } from '../net/identifiers.ts';
import type { PeeringState, VpcPeeringConnection } from './resources/vpc-peering-connection.ts';

/** The state now: a request that nobody accepted within seven days has expired. */
export const peeringState = (connection: VpcPeeringConnection, nowMs: number): PeeringState =>
  hasExpired(connection, nowMs) ? 'expired' : connection.state;

/** What goes with the state. The sentences besides those of pending, active and failed ones are unconfirmed. */
export const peeringStateMessage = (connection: VpcPeeringConnection, nowMs: number): string =>
  hasExpired(connection, nowMs) ? 'Expired' : connection.stateMessage;

const hasExpired = (connection: VpcPeeringConnection, nowMs: number): boolean =>
  connection.state === 'pending-acceptance' && nowMs >= connection.expiresAtMs;

/** Whether Describe still shows it here: connections that have ended are shown for hours or days. */
export const isShown = (connection: VpcPeeringConnection, nowMs: number): boolean => {
  const until = hasExpired(connection, nowMs) ? connection.expiresAtMs + SHOWN_EXPIRED_MS : connection.shownUntilMs;
  return until === undefined || nowMs < until;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Both sides see an expired request for two days (VPC peering guide, life cycle). */
const SHOWN_EXPIRED_MS = 2 * DAY_MS;
/** The requester sees a failed request for two hours; nobody else sees it. */
export const SHOWN_FAILED_MS = 2 * HOUR_MS;
/** The side that deleted sees it for two hours, the other for two days. */
export const SHOWN_TO_DELETER_MS = 2 * HOUR_MS;
/** The side that did not delete. */
export const SHOWN_TO_OTHER_MS = 2 * DAY_MS;

/** Seven days to accept a request. */
export const ACCEPTANCE_PERIOD_MS = 7 * DAY_MS;

/** States in which a connection stands between its VPCs, so that no second one may. */
export const isStanding = (state: PeeringState): boolean =>
  state === 'initiating-request' || state === 'pending-acceptance' || state === 'provisioning' || state === 'active';

/** Whether routes may name a connection in this state (VPC peering guide: from pending-acceptance on). */
export const mayBeRouteTarget = isStanding;

/** For messages: "Invalid state transition for pcx-…, attempted to transition from failed to deleting". */
export const transitionSentence = (id: VpcPeeringConnectionId, from: PeeringState, to: PeeringState): string =>
  `Invalid state transition for ${id}, attempted to transition from ${from} to ${to}`;
