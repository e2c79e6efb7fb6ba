/**
 * What the firewalls on a lane let through, as sets of traffic: the firewalls themselves are asked about the packet that stands for
 * each cell and about its answer, from each client's port that their rules tell apart.
 */
import { ICMP, TCP } from '../net/protocol.ts';
import { ConnectionTable } from '../pipeline/connection-table.ts';
import { ConnectionTracker } from '../pipeline/connection-tracking.ts';
import { portBoundsOf } from '../pipeline/firewall.ts';
import { firewallObjection } from '../pipeline/firewall-flows.ts';
import type { FirewallGate } from '../pipeline/gates.ts';
import { Packet } from '../pipeline/packet.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { ICMP_ECHO_REPLY, ICMPV6_ECHO_REPLY } from '../wire/icmp.ts';
import { ACK, SYN } from '../wire/tcp.ts';
import { CLIENT_PORTS, type Range, type TrafficCell, type TrafficCells, type TrafficKind } from './traffic-cells.ts';
import type { SetId, TrafficSets } from './traffic-sets.ts';

/** What of a kind's cells passes the firewalls on the way there, and with its answer those on the way back. */
export interface FirewallSets {
  /** From some client's port, and from every one. */
  readonly arrives: { readonly fromSome: SetId; readonly fromAll: SetId };
  readonly isAnswered: { readonly fromSome: SetId; readonly fromAll: SetId };
  /** Cells of the ports from which something is answered. */
  readonly clientPorts: SetId;
}

/** The firewalls on the way of a kind of traffic, and on that of its answer. */
export interface FirewallsOnWay {
  readonly kind: TrafficKind;
  readonly there: readonly FirewallGate[];
  readonly back: readonly FirewallGate[];
  /** The port that the packet of the way was sent from: where a gate sees another, a NAT gateway has chosen one. */
  readonly sentFrom: number;
}

interface Space {
  readonly cells: TrafficCells;
  readonly sets: TrafficSets;
}

/** What becomes of one packet from one port, whatever port a NAT gateway chooses. */
interface Fate {
  arrivesPerhaps: boolean;
  arrivesSurely: boolean;
  isAnsweredPerhaps: boolean;
  isAnsweredSurely: boolean;
}

/** Asks the firewalls about every cell of a kind. */
export function firewallSets({ cells, sets }: Space, ofKind: SetId, way: FirewallsOnWay): FirewallSets {
  const asked = [...sets.cellsOf(ofKind)];
  const hasPorts = way.kind === 'tcp' || way.kind === 'udp';
  const intervals = hasPorts ? portIntervals([...way.there, ...way.back]) : [NO_PORT];
  // Those of clients come last; NAT gateways choose among them.
  const ofClients = hasPorts ? intervals.filter(({ from }) => from >= CLIENT_PORTS.from) : intervals;
  const fates = new Map(
    asked.map((cell) => [cell, intervals.map((ports) => fateOf(cells, cell, ports, ofClients, way))]),
  );
  const where = (quantifier: 'some' | 'every', holds: (fate: Fate) => boolean): SetId =>
    sets.where((cell) => fates.get(cell)?.slice(-ofClients.length)[quantifier](holds) ?? false);
  const isFrom = ({ from, to }: Range, cell: TrafficCell | undefined): boolean =>
    cell?.kind === 'ports' && cell.ports.from >= from && cell.ports.from <= to;
  return {
    arrives: {
      fromSome: where('some', ({ arrivesPerhaps }) => arrivesPerhaps),
      fromAll: where('every', ({ arrivesSurely }) => arrivesSurely),
    },
    isAnswered: {
      fromSome: where('some', ({ isAnsweredPerhaps }) => isAnsweredPerhaps),
      fromAll: where('every', ({ isAnsweredSurely }) => isAnsweredSurely),
    },
    clientPorts: sets.where((cell) =>
      intervals.some(
        (ports, index) =>
          sets.has(ofKind, cell) &&
          isFrom(ports, cells.cells[cell]) &&
          asked.some((one) => fates.get(one)?.[index]?.isAnsweredPerhaps),
      ),
    ),
  };
}

const NO_PORT: Range = { from: 0, to: 0 };

/** Ranges within which every port that a packet is sent from fares alike: the firewalls' rules name no bound between them. */
function portIntervals(gates: readonly FirewallGate[]): readonly Range[] {
  const bounds = gates.flatMap(({ firewall }) => portBoundsOf(firewall.row));
  const starts = [...new Set([0, CLIENT_PORTS.from, ...bounds])].filter((bound) => bound <= CLIENT_PORTS.to);
  starts.sort((one, other) => one - other);
  return starts.map((from, index) => ({ from, to: (starts[index + 1] ?? CLIENT_PORTS.to + 1) - 1 }));
}

/** The pipeline in which firewalls are asked: nobody's, as they look at nothing but packets and flows. */
const { passage } = new Pipeline({ total: 1, perInstance: 1 }, { total: 1, perDestination: 1 });

function fateOf(cells: TrafficCells, cell: number, ports: Range, chosen: readonly Range[], way: FirewallsOnWay): Fate {
  const { there, back, sentFrom } = way;
  const fate = { arrivesPerhaps: false, arrivesSurely: true, isAnsweredPerhaps: false, isAnsweredSurely: true };
  const isTranslated =
    there.some(({ sourcePort }) => sourcePort !== sentFrom) ||
    back.some(({ destinationPort }) => destinationPort !== sentFrom);
  for (const other of isTranslated ? chosen : [ports]) {
    const flows = new ConnectionTracker(new ConnectionTable({ total: 16, perInstance: 16 }));
    const portAt = (seen: number): number => (seen === sentFrom ? ports.from : other.from);
    const arrives = there.every((gate) => passes(gate, questionAt(cells, cell, gate, portAt(gate.sourcePort)), flows));
    const isAnswered =
      arrives && back.every((gate) => passes(gate, answerAt(cells, cell, gate, portAt(gate.destinationPort)), flows));
    fate.arrivesPerhaps ||= arrives;
    fate.arrivesSurely &&= arrives;
    fate.isAnsweredPerhaps ||= isAnswered;
    fate.isAnsweredSurely &&= isAnswered;
  }
  return fate;
}

function passes({ firewall, endpoint }: FirewallGate, packet: Packet, flows: ConnectionTracker): boolean {
  passage.begin(packet, undefined, 0, false);
  passage.assumed = flows;
  return firewallObjection(packet, passage, firewall, endpoint) === undefined;
}

/** The first packet of a flow in a cell, as a firewall sees it. */
export function questionAt(cells: TrafficCells, cell: number, gate: FirewallGate, clientPort: number): Packet {
  const packet = packetAt(cells, cell, gate);
  const of = cells.cells[cell];
  packet.tcpFlags = packet.protocol === TCP ? SYN : 0;
  packet.sourcePort = of?.kind === 'ports' ? clientPort : 0;
  packet.destinationPort = of?.kind === 'ports' ? of.ports.from : 0;
  return packet;
}

function answerAt(cells: TrafficCells, cell: number, gate: FirewallGate, clientPort: number): Packet {
  const packet = packetAt(cells, cell, gate);
  const of = cells.cells[cell];
  packet.tcpFlags = packet.protocol === TCP ? SYN | ACK : 0;
  packet.sourcePort = of?.kind === 'ports' ? of.ports.from : 0;
  packet.destinationPort = of?.kind === 'ports' ? clientPort : 0;
  if (of?.kind === 'icmp') {
    packet.icmpType = packet.protocol === ICMP ? ICMP_ECHO_REPLY : ICMPV6_ECHO_REPLY;
    packet.icmpCode = 0;
  }
  return packet;
}

function packetAt({ cells, version }: TrafficCells, cell: number, { source, destination }: FirewallGate): Packet {
  const of = cells[cell];
  const packet = new Packet();
  packet.version = version;
  packet.source = source;
  packet.destination = destination;
  packet.protocol = of?.protocol ?? 0;
  if (of?.kind === 'icmp') {
    packet.icmpType = of.types.from;
    packet.icmpCode = of.codes.from;
    packet.icmpIdentifier = 1;
  }
  return packet;
}
