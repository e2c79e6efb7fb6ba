/**
 * What a firewall endpoint does with a packet: the stateless engine first and, for what that forwards, the stateful one
 * with what it remembers of the packet's flow.
 *
 * Each endpoint knows its own flows: where routes lead the two directions of one through different endpoints, or past them,
 * the second sees a connection that it has not seen opened, and drops it (developer guide, asymmetric routing; StatefulEngineOptions,
 * StreamExceptionPolicy).
 */
import { TCP, UDP } from '../net/protocol.ts';
import { ACK, RST, SYN } from '../wire/tcp.ts';
import { NO_CONNECTION } from './connection-table.ts';
import type { ConnectionHolder, ConnectionTracker } from './connection-tracking.ts';
import type { Firewall, FlowPosition } from './firewall.ts';
import type { Interface } from './interface.ts';
import type { Packet } from './packet.ts';
import type { Passage } from './passage.ts';
import { resetSender } from './tcp-reset.ts';
import type { DropDeclaration } from './verdict.ts';

const BLOCKED_BY_RULE = 'FIREWALL_RULES_RESTRICTION';

/** Why a firewall does not let a packet pass. */
export const firewallDrops = {
  'firewall-stateless': {
    when: 'a stateless rule of the firewall, or its policy’s default action, drops it',
    code: BLOCKED_BY_RULE,
  },
  'firewall-stateful': {
    when: 'a stateful rule of the firewall, or its policy’s default action, drops it',
    code: BLOCKED_BY_RULE,
  },
  'firewall-rejected': {
    when: 'a stateful rule of the firewall rejects it; its sender gets a reset',
    code: BLOCKED_BY_RULE,
  },
  'firewall-fragment': {
    when: 'it is a fragment of another protocol than UDP, or one of a datagram whose first fragment the firewall has not passed',
  },
  'firewall-midstream': {
    when: 'it belongs to a TCP connection that the firewall has not seen opened, or one that was idle for too long',
  },
  'firewall-full': { when: 'the firewall has to remember the flow, and there is no room for one more' },
} as const satisfies Record<string, DropDeclaration>;

export type FirewallObjection = keyof typeof firewallDrops;

/** UDP and other timeouts of the stateful engine are not documented: those of security groups are taken (unconfirmed). */
const UDP_TIMEOUT_MS = 30_000;
const UDP_STREAM_TIMEOUT_MS = 180_000;

/** Flows of an endpoint, as the tracker knows their owner. */
export function holderOfFlows({ index }: Interface, { row }: Firewall): ConnectionHolder {
  const timeouts = {
    tcpEstablishedTimeoutMs: row.stateful.tcpIdleTimeoutMs,
    udpTimeoutMs: UDP_TIMEOUT_MS,
    udpStreamTimeoutMs: UDP_STREAM_TIMEOUT_MS,
  };
  return { index, row: { timeouts, owner: { id: row.id } } };
}

/** Why the firewall behind the endpoint does not let a packet pass, if so. */
export function firewallObjection(
  packet: Packet,
  passage: Passage,
  firewall: Firewall,
  endpoint: Interface,
): FirewallObjection | undefined {
  if (passage.gates) {
    const { source, destination, sourcePort, destinationPort } = packet;
    passage.gates.push({ kind: 'firewall', firewall, endpoint, source, destination, sourcePort, destinationPort });
    return undefined;
  }
  if (packet.isFragment && packet.protocol !== UDP) return 'firewall-fragment';
  const ruling = firewall.stateless(packet);
  passage.decider = ruling;
  if (firewall.looksAtFlags) passage.isJudgedAlone = true;
  if (ruling.action !== 'forward') return ruling.action === 'drop' ? 'firewall-stateless' : undefined;
  return statefulObjection({ packet, passage, firewall, holder: holderOfFlows(endpoint, firewall) });
}

interface Inspection {
  readonly packet: Packet;
  readonly passage: Passage;
  readonly firewall: Firewall;
  readonly holder: ConnectionHolder;
}

/** A flow that the firewall knows, in the table of what has happened or in that of what a question takes for granted. */
interface KnownFlow {
  readonly tracker: ConnectionTracker;
  readonly slot: number;
  readonly side: FlowPosition['side'];
}

function statefulObjection(inspection: Inspection): FirewallObjection | undefined {
  const { packet, passage } = inspection;
  if (packet.isLaterFragment) return laterFragmentObjection(inspection);
  const flow = knownFlow(inspection);
  if (flow) return objectionInFlow(inspection, flow);
  // What belongs to no flow that the firewall knows is asked about packet by packet.
  passage.isJudgedAlone = true;
  if (isAboutPassedFlow(inspection)) return undefined;
  const isMidstream = packet.protocol === TCP && (packet.tcpFlags & (SYN | ACK | RST)) !== SYN;
  const { midstream } = inspection.firewall.row.stateful;
  if (isMidstream && midstream !== 'continue') {
    passage.decider = inspection.firewall.unknownConnection;
    if (midstream === 'reject') resetSender(packet, passage);
    return 'firewall-midstream';
  }
  const objection = ask(inspection, { side: 'to-server', isEstablished: false });
  if (objection === 'passed' || objection === undefined) {
    return isMidstream ? undefined : remember(inspection, objection === 'passed');
  }
  // Nothing is remembered of a flow whose first packet is dropped: the next one is asked again (unconfirmed).
  return objection;
}

/** What the rules say; `passed` where a rule lets the whole flow pass. */
function ask(
  { packet, passage, firewall }: Inspection,
  position: FlowPosition,
): Exclude<FirewallObjection, 'firewall-midstream'> | 'passed' | undefined {
  const ruling = firewall.stateful(packet, position);
  passage.decider = ruling;
  switch (ruling.action) {
    case 'pass':
      return 'passed';
    case 'none':
      return undefined;
    case 'drop':
      return 'firewall-stateful';
    case 'reject':
      resetSender(packet, passage);
      return 'firewall-rejected';
  }
}

/** "If a packet within a flow matches a rule containing pass action, then Suricata doesn't scan the other packets in that flow." */
function objectionInFlow(inspection: Inspection, { tracker, slot, side }: KnownFlow): FirewallObjection | undefined {
  const { packet, passage, firewall, holder } = inspection;
  const { commits, nowMs } = passage;
  const wasAnswered = tracker.isAnswered(slot);
  const isEstablished = wasAnswered || (packet.protocol !== TCP && side === 'to-client');
  const before = tracker.decided(slot);
  const position = { side, isEstablished };
  if (before === 'blocked') return stillBlocked(inspection, position);
  const said = before === undefined ? ask(inspection, position) : 'passed';
  if (before === 'passed') passage.decider = firewall.decidedBefore;
  if (said !== 'passed' && said !== undefined) {
    if (commits) tracker.decide(slot, 'blocked');
    return said;
  }
  if (!commits) return undefined;
  if (said === 'passed') tracker.decide(slot, 'passed');
  tracker.advance(slot, holder, packet, side === 'to-server', nowMs);
  // What the next packet meets follows from the flow's state alone.
  passage.passedConnections.push(slot);
  return rememberFragments(inspection);
}

/** The rule that drops the packet is named where one still does. */
function stillBlocked({ packet, passage, firewall }: Inspection, position: FlowPosition): FirewallObjection {
  const ruling = firewall.stateful(packet, position);
  const isDropping = ruling.action === 'drop' || ruling.action === 'reject';
  passage.decider = isDropping ? ruling : firewall.decidedBefore;
  return 'firewall-stateful';
}

/** A packet with SYN alone opens a connection anew where the old one is over. */
function knownFlow(inspection: Inspection): KnownFlow | undefined {
  const { packet, passage, holder } = inspection;
  const { tracker, assumed, nowMs } = passage;
  for (const table of assumed ? [tracker, assumed] : [tracker])
    for (const side of ['to-server', 'to-client'] as const) {
      const slot = table.find(holder, packet, side === 'to-server', nowMs);
      if (slot !== NO_CONNECTION && !table.isReopened(slot, packet)) return { tracker: table, slot, side };
    }
  return undefined;
}

/** An ICMP error belongs to the flow of the packet that it is about. */
function isAboutPassedFlow({ packet, passage, holder, firewall }: Inspection): boolean {
  const { tracker, assumed, nowMs } = passage;
  const isAbout = (table: ConnectionTracker, outbound: boolean): boolean => {
    const slot = table.findRelated(holder, packet, outbound, nowMs);
    return slot !== NO_CONNECTION && table.decided(slot) === 'passed';
  };
  const found = [true, false].some((way) => isAbout(tracker, way) || (assumed !== undefined && isAbout(assumed, way)));
  if (found) passage.decider = firewall.decidedBefore;
  return found;
}

function remember(inspection: Inspection, isPassed: boolean): FirewallObjection | undefined {
  const { packet, passage, holder } = inspection;
  const tracker = passage.commits ? passage.tracker : passage.assumed;
  if (!tracker) return undefined;
  const slot = tracker.open(holder, packet, true, passage.nowMs);
  if (slot === NO_CONNECTION) return 'firewall-full';
  if (isPassed) tracker.decide(slot, 'passed');
  return rememberFragments(inspection);
}

/** Suricata puts datagrams together before it asks rules: what the first fragment met is what the others meet. */
function laterFragmentObjection({ packet, passage, holder }: Inspection): FirewallObjection | undefined {
  return passage.tracker.isKnownFragment(holder, packet, true, passage.nowMs) ? undefined : 'firewall-fragment';
}

function rememberFragments({ packet, passage, holder }: Inspection): FirewallObjection | undefined {
  if (!packet.isFirstFragment || !passage.commits) return undefined;
  return passage.tracker.rememberFragments(holder, packet, true, passage.nowMs) ? undefined : 'firewall-full';
}
