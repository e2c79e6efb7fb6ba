/**
 * What both security group stages do: let pass what belongs to a tracked flow, else what a rule admits, and track it.
 *
 * The two directions of one interface share this function because AWS's rule is one: a flow is untracked only if the
 * rule that admits it is open to everybody, so is the other direction on all ports, and it goes through nothing that
 * makes it tracked (user guide, security-group-connection-tracking).
 */
import { ICMP, TCP, UDP } from '../net/protocol.ts';
import { isIcmpRequest } from '../wire/icmp.ts';
import { ACK, RST, SYN } from '../wire/tcp.ts';
import { isTrackedAutomatically } from './automatic-tracking.ts';
import { NO_CONNECTION } from './connection-table.ts';
import type { Gate } from './gates.ts';
import type { Interface } from './interface.ts';
import type { Packet } from './packet.ts';
import type { Passage } from './passage.ts';
import { admittingRule, isOpenToAll, opensForReverse, type SecurityGroupRule } from './security-group.ts';
import type { Decider, DropDeclaration } from './verdict.ts';

/** Why groups do not let a packet pass. */
export type GroupObjection = 'no-rule' | 'tracking-full';

/** The drops of both group stages, with the word for their direction in their sentences. */
export const groupDrops = (direction: 'ingress' | 'egress') =>
  ({
    'no-rule': {
      when: `no ${direction} rule of the interface's groups matches, and the packet belongs to no tracked flow`,
      code: 'ENI_SG_RULES_MISMATCH',
    },
    'tracking-full': { when: 'the flow has to be tracked and there is no room for one more connection' },
  }) as const satisfies Record<GroupObjection, DropDeclaration>;

const TRACKED: Decider = {
  describe: () => ({ kind: 'connection-tracking', id: '', detail: 'the packet belongs to a tracked flow' }),
};

/** Asks the groups of `holder`, whose interface the packet crosses; `passage.peer` says who is on the far side. */
export function groupObjection(
  packet: Packet,
  passage: Passage,
  holder: Interface,
  outbound: boolean,
): GroupObjection | undefined {
  const { tracker, nowMs } = passage;
  if (isUnguarded(holder)) return undefined;
  if (packet.isLaterFragment && tracker.isKnownFragment(holder, packet, outbound, nowMs)) return tracked(passage);
  const slot = tracker.find(holder, packet, outbound, nowMs);
  if (slot !== NO_CONNECTION && !tracker.isReopened(slot, packet)) {
    if (passage.commits) tracker.advance(slot, holder, packet, outbound, nowMs);
    remember(passage, holder, slot, outbound);
    return rememberFragments(packet, passage, holder, outbound) ?? tracked(passage);
  }
  if (tracker.isRelatedError(holder, packet, outbound, nowMs)) return tracked(passage);
  if (isAssumed(packet, passage, holder, outbound)) return tracked(passage);
  if (passage.gates) return noteGate(passage.gates, packet, passage, holder, outbound);
  return askRules(packet, passage, holder, outbound);
}

/** A load balancer that was made without groups lets everything pass (NLB guide, load-balancer-security-groups). */
const isUnguarded = ({ groups, row }: Interface): boolean => groups.length === 0 && row.owner.kind === 'load-balancer';

function askRules(packet: Packet, passage: Passage, holder: Interface, outbound: boolean): GroupObjection | undefined {
  const direction = outbound ? 'egress' : 'ingress';
  const rule = admittingRule(holder.groups, direction, packet, passage.peer);
  if (!rule) return 'no-rule';
  passage.decider = rule;
  const tracker = passage.commits ? passage.tracker : passage.assumed;
  if (tracker && isTracked(packet, passage, holder, outbound, rule)) {
    const slot = tracker.open(holder, packet, outbound, passage.nowMs);
    if (slot === NO_CONNECTION) return 'tracking-full';
    if (passage.commits) remember(passage, holder, slot, outbound);
  }
  return rememberFragments(packet, passage, holder, outbound);
}

/** Takes for granted that a rule admits the packet. A flow that need not be tracked gets its answers by its rules, so it may be. */
function noteGate(
  gates: Gate[],
  packet: Packet,
  { assumed, nowMs, peer: { address, groups } }: Passage,
  holder: Interface,
  outbound: boolean,
): undefined {
  const direction = outbound ? 'egress' : 'ingress';
  gates.push({ kind: 'groups', holder, direction, peer: { address, groups }, destinationPort: packet.destinationPort });
  assumed?.open(holder, packet, outbound, nowMs);
}

/** True for a packet of a flow that an explanation takes for granted. */
function isAssumed(packet: Packet, { assumed, nowMs }: Passage, holder: Interface, outbound: boolean): boolean {
  if (!assumed) return false;
  const slot = assumed.find(holder, packet, outbound, nowMs);
  return (
    (slot !== NO_CONNECTION && !assumed.isReopened(slot, packet)) ||
    assumed.isRelatedError(holder, packet, outbound, nowMs)
  );
}

function tracked(passage: Passage): undefined {
  passage.decider = TRACKED;
}

function remember(passage: Passage, holder: Interface, slot: number, outbound: boolean): void {
  const { kind } = holder.row.owner;
  if (kind === 'vpc-endpoint' || kind === 'load-balancer') passage.passedConnections.push(slot);
  else if (outbound) passage.sentConnection = slot;
  else passage.receivedConnection = slot;
}

function rememberFragments(
  packet: Packet,
  passage: Passage,
  holder: Interface,
  outbound: boolean,
): GroupObjection | undefined {
  if (!packet.isFirstFragment || !passage.commits) return undefined;
  return passage.tracker.rememberFragments(holder, packet, outbound, passage.nowMs) ? undefined : 'tracking-full';
}

function isTracked(
  packet: Packet,
  passage: Passage,
  holder: Interface,
  outbound: boolean,
  rule: SecurityGroupRule,
): boolean {
  // A later fragment shows no ports: there is no flow to find again. Its first fragment has opened the connection.
  if (packet.hasPorts) {
    if (packet.isLaterFragment) return false;
    return !isUntracked(packet, holder, outbound, rule) || isTrackedAutomatically(packet, passage, holder, outbound);
  }
  // What is no request gets no answer that would have to be let in.
  if (packet.isIcmp) return !packet.isLaterFragment && isIcmpRequest(packet.version, packet.icmpType);
  return packet.protocol !== ICMP;
}

/**
 * Also an answer within an untracked flow is untracked: were it tracked, it would keep the flow alive after the rule
 * that admitted it is gone. Each packet is judged alone, so an answer is told by the open rule that admits its
 * reverse; only a packet with SYN alone is certainly none.
 */
function isUntracked(packet: Packet, holder: Interface, outbound: boolean, rule: SecurityGroupRule): boolean {
  if (!rule.isOpen || (packet.protocol !== TCP && packet.protocol !== UDP)) return false;
  const [direction, other] = outbound ? (['egress', 'ingress'] as const) : (['ingress', 'egress'] as const);
  if (isOpenToAll(holder.groups, other, packet)) return true;
  const certainlyFirst = packet.protocol === TCP && (packet.tcpFlags & (SYN | ACK | RST)) === SYN;
  if (certainlyFirst) return false;
  return isOpenToAll(holder.groups, direction, packet) && opensForReverse(holder.groups, other, packet);
}
