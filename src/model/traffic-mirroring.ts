/**
 * Traffic mirroring: making, changing and deleting targets, filters, rules and sessions.
 *
 * Quotas and rules are those of the mirroring guide; the sentences of its faults are unconfirmed.
 */
import { Fault } from './fault.ts';
import { quota } from './quotas.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import {
  TrafficMirrorFilter,
  TrafficMirrorFilterRule,
  TrafficMirrorSession,
  TrafficMirrorTarget,
} from './resources/traffic-mirror.ts';
import type { Transaction } from './transaction.ts';

const MAX_SESSION_NUMBER = 32_766;
const MAX_VIRTUAL_NETWORK_ID = 2 ** 24 - 1;
const MAX_RULE_NUMBER = 32_766;

/** @throws Fault InvalidNetworkInterfaceID.NotFound, InterfaceInUseByTrafficMirrorSession, InterfaceInUseByTrafficMirrorTarget, TrafficMirrorTargetLimitExceeded */
export function createTarget(tx: Transaction, spec: Omit<TrafficMirrorTarget, 'id'>): TrafficMirrorTarget {
  const { networkInterfaceId: id } = spec;
  if (tx.count(TrafficMirrorSession, 'networkInterfaceId', id) > 0) {
    throw new Fault('InterfaceInUseByTrafficMirrorSession', { id });
  }
  if (tx.count(TrafficMirrorTarget, 'networkInterfaceId', id) > 0) {
    throw new Fault('InterfaceInUseByTrafficMirrorTarget', { id });
  }
  if (tx.size(TrafficMirrorTarget) >= quota(tx, 'trafficMirrorTargetsPerRegion')) {
    throw new Fault('TrafficMirrorTargetLimitExceeded');
  }
  return tx.insert(TrafficMirrorTarget, spec);
}

/** @throws Fault TrafficMirrorTargetInUse */
export function deleteTarget(tx: Transaction, target: TrafficMirrorTarget): void {
  if (tx.count(TrafficMirrorSession, 'targetId', target.id) > 0) {
    throw new Fault('TrafficMirrorTargetInUse', { id: target.id });
  }
  tx.remove(TrafficMirrorTarget, target.id);
}

/** @throws Fault TrafficMirrorFilterLimitExceeded */
export function createFilter(tx: Transaction, spec: Omit<TrafficMirrorFilter, 'id'>): TrafficMirrorFilter {
  if (tx.size(TrafficMirrorFilter) >= quota(tx, 'trafficMirrorFiltersPerRegion')) {
    throw new Fault('TrafficMirrorFilterLimitExceeded');
  }
  return tx.insert(TrafficMirrorFilter, spec);
}

/** Its rules go with it. @throws Fault TrafficMirrorFilterInUse */
export function deleteFilter(tx: Transaction, { id }: TrafficMirrorFilter): void {
  if (tx.count(TrafficMirrorSession, 'filterId', id) > 0) throw new Fault('TrafficMirrorFilterInUse', { id });
  for (const rule of tx.by(TrafficMirrorFilterRule, 'filterId', id)) tx.remove(TrafficMirrorFilterRule, rule.id);
  tx.remove(TrafficMirrorFilter, id);
}

/** The rules of a filter in one direction, in ascending order of number. */
export const rulesOf = (
  tx: Transaction,
  filterId: TrafficMirrorFilter['id'],
  direction: TrafficMirrorFilterRule['direction'],
): readonly TrafficMirrorFilterRule[] =>
  tx
    .by(TrafficMirrorFilterRule, 'filterId', filterId)
    .filter((rule) => rule.direction === direction)
    .sort((one, other) => one.number - other.number);

/** @throws Fault those of `checkRule`, TrafficMirrorFilterRuleLimitExceeded */
export function createRule(tx: Transaction, spec: Omit<TrafficMirrorFilterRule, 'id'>): TrafficMirrorFilterRule {
  if (tx.count(TrafficMirrorFilterRule, 'filterId', spec.filterId) >= quota(tx, 'rulesPerTrafficMirrorFilter')) {
    throw new Fault('TrafficMirrorFilterRuleLimitExceeded');
  }
  checkRule(tx, spec, undefined);
  return tx.insert(TrafficMirrorFilterRule, spec);
}

/** @throws Fault those of `checkRule` */
export function changeRule(
  tx: Transaction,
  rule: TrafficMirrorFilterRule,
  change: Partial<TrafficMirrorFilterRule>,
): TrafficMirrorFilterRule {
  checkRule(tx, { ...rule, ...change }, rule.id);
  return tx.update(TrafficMirrorFilterRule, rule.id, change);
}

/** @throws Fault InvalidParameterValue, TrafficMirrorFilterRuleAlreadyExists */
function checkRule(tx: Transaction, rule: Omit<TrafficMirrorFilterRule, 'id'>, id: string | undefined): void {
  checkRange(rule.number, 1, MAX_RULE_NUMBER, 'ruleNumber');
  if (rule.protocol !== undefined) checkRange(rule.protocol, 0, 255, 'protocol');
  const hasPorts = rule.sourcePorts !== undefined || rule.destinationPorts !== undefined;
  if (hasPorts && rule.protocol !== 6 && rule.protocol !== 17) {
    throw new Fault('InvalidParameterCombination', 'Port ranges need the protocol 6 (TCP) or 17 (UDP).');
  }
  if (typeof rule.source.address !== typeof rule.destination.address) {
    throw new Fault('InvalidParameterCombination', 'Source and destination must be of one IP version.');
  }
  const twin = rulesOf(tx, rule.filterId, rule.direction).find(
    (other) => other.number === rule.number && other.id !== id,
  );
  if (twin) throw new Fault('TrafficMirrorFilterRuleAlreadyExists', { number: rule.number });
}

/** What a session is to be; a virtual network is chosen where none is named. */
export type SessionSpec = Omit<TrafficMirrorSession, 'id' | 'virtualNetworkId'> & {
  readonly virtualNetworkId: number | undefined;
};

/** @throws Fault those of `checkSession`, TrafficMirrorSessionsPerInterfaceLimitExceeded, TrafficMirrorSessionLimitExceeded */
export function createSession(tx: Transaction, spec: SessionSpec): TrafficMirrorSession {
  const virtualNetworkId = spec.virtualNetworkId ?? freeVirtualNetwork(tx);
  const session = { ...spec, virtualNetworkId };
  checkSession(tx, session, undefined);
  const perInterface = tx.count(TrafficMirrorSession, 'networkInterfaceId', spec.networkInterfaceId);
  if (perInterface >= quota(tx, 'trafficMirrorSessionsPerInterface')) {
    throw new Fault('TrafficMirrorSessionsPerInterfaceLimitExceeded');
  }
  if (tx.size(TrafficMirrorSession) >= quota(tx, 'trafficMirrorSessionsPerRegion')) {
    throw new Fault('TrafficMirrorSessionLimitExceeded');
  }
  return tx.insert(TrafficMirrorSession, session);
}

/** @throws Fault those of `checkSession` */
export function changeSession(
  tx: Transaction,
  session: TrafficMirrorSession,
  change: Partial<SessionSpec>,
): TrafficMirrorSession {
  const virtualNetworkId =
    'virtualNetworkId' in change ? (change.virtualNetworkId ?? freeVirtualNetwork(tx)) : session.virtualNetworkId;
  const changed = { ...change, virtualNetworkId };
  checkSession(tx, { ...session, ...changed }, session.id);
  return tx.update(TrafficMirrorSession, session.id, changed);
}

/** @throws Fault InvalidParameterValue, InterfaceInUseByTrafficMirrorTarget, TrafficMirrorSessionNumberInUse, UnsupportedOperation */
function checkSession(tx: Transaction, session: Omit<TrafficMirrorSession, 'id'>, id: string | undefined): void {
  const { networkInterfaceId, sessionNumber, virtualNetworkId, packetLengthBytes } = session;
  checkRange(sessionNumber, 1, MAX_SESSION_NUMBER, 'sessionNumber');
  checkRange(virtualNetworkId, 0, MAX_VIRTUAL_NETWORK_ID, 'virtualNetworkId');
  if (packetLengthBytes !== undefined) checkRange(packetLengthBytes, 1, Number.MAX_SAFE_INTEGER, 'packetLength');
  const source = tx.get(NetworkInterface, networkInterfaceId);
  if (source.requesterId !== undefined) {
    throw new Fault('UnsupportedOperation', `The interface ${source.id} of a service cannot be mirrored.`);
  }
  if (tx.count(TrafficMirrorTarget, 'networkInterfaceId', networkInterfaceId) > 0) {
    throw new Fault('InterfaceInUseByTrafficMirrorTarget', { id: networkInterfaceId });
  }
  const twin = tx
    .by(TrafficMirrorSession, 'networkInterfaceId', networkInterfaceId)
    .find((other) => other.sessionNumber === sessionNumber && other.id !== id);
  if (twin) throw new Fault('TrafficMirrorSessionNumberInUse', { number: sessionNumber });
}

function checkRange(value: number, least: number, most: number, parameter: string): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const reason = most === Number.MAX_SAFE_INTEGER ? '' : `Expecting a value between ${least} and ${most}.`;
  throw new Fault('InvalidParameterValue', { value, parameter, reason });
}

/** Random, and no other session's. */
function freeVirtualNetwork(tx: Transaction): number {
  const taken = new Set(tx.list(TrafficMirrorSession).map(({ virtualNetworkId }) => virtualNetworkId));
  for (;;) {
    const candidate = 1 + tx.random.integer(MAX_VIRTUAL_NETWORK_ID);
    if (!taken.has(candidate)) return candidate;
  }
}

/** An interface that goes takes its sessions with it. That AWS does so is unconfirmed. */
export function removeSessionsOf(tx: Transaction, networkInterfaceId: NetworkInterface['id']): void {
  for (const { id } of tx.by(TrafficMirrorSession, 'networkInterfaceId', networkInterfaceId))
    tx.remove(TrafficMirrorSession, id);
}
