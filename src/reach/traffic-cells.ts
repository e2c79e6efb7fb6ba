/**
 * The traffic of one IP version cut into cells: protocol with destination ports or ICMP type and code, such that no rule
 * tells two packets of one cell apart. Each cell has a packet that stands for it, to be put before the rules themselves.
 */
import type { IpAddress } from '../net/address.ts';
import { ICMP, ICMPV6, protocolName, TCP, UDP } from '../net/protocol.ts';
import { Packet } from '../pipeline/packet.ts';
import type { TrafficMatch } from '../tables/tables.ts';
import { ICMP_ECHO_REPLY, ICMP_ECHO_REQUEST, ICMPV6_ECHO_REPLY, ICMPV6_ECHO_REQUEST } from '../wire/icmp.ts';

export type IpVersion = 4 | 6;

/** A range of numbers, both ends included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** One cell. */
export type TrafficCell =
  | { readonly kind: 'ports'; readonly protocol: typeof TCP | typeof UDP; readonly ports: Range }
  | { readonly kind: 'icmp'; readonly protocol: number; readonly types: Range; readonly codes: Range }
  | { readonly kind: 'protocol'; readonly protocol: number }
  /** All protocols that no rule names; `protocol` is one of them. */
  | { readonly kind: 'others'; readonly protocol: number };

/**
 * What may take a way of its own beside its addresses: NAT gateways translate TCP, UDP and echo requests alone, neighbour
 * discovery never leaves the link.
 */
export type TrafficKind = 'tcp' | 'udp' | 'echo' | 'icmp' | 'discovery' | 'other';

/** Ports from which clients ask: those that no program needs a privilege for. */
export const CLIENT_PORTS: Range = { from: 1024, to: 65535 };
/** Neighbour discovery (RFC 4861): router solicitation to redirect. */
const DISCOVERY_TYPES: Range = { from: 133, to: 137 };
const MAX_PORT = 65535;
const MAX_OCTET = 255;
/** For experiments (RFC 3692): no rule is likely to name it. */
const UNNAMED_PROTOCOL = 253;

/** The cells that some rules make of one IP version's traffic. */
export class TrafficCells {
  readonly cells: readonly TrafficCell[];
  readonly kinds: readonly TrafficKind[];
  readonly #packets: readonly Packet[];
  readonly #examples = new Map<TrafficKind, TrafficCell>();
  /** The cell of the answer to an echo request. */
  readonly echoReply: number;

  constructor(
    readonly version: IpVersion,
    matches: readonly TrafficMatch[],
  ) {
    const icmpProtocol = version === 4 ? ICMP : ICMPV6;
    this.cells = [
      ...portCells(TCP, matches),
      ...portCells(UDP, matches),
      ...icmpCells(icmpProtocol, matches),
      ...protocolCells(icmpProtocol, matches),
    ];
    this.kinds = this.cells.map(kindOf);
    for (const [index, kind] of this.kinds.entries()) {
      const cell = this.cells[index];
      if (cell && (kind === 'other' || !this.#examples.has(kind))) this.#examples.set(kind, cell);
    }
    this.#packets = this.cells.map((cell) => packetOf(cell, version));
    const reply = version === 4 ? ICMP_ECHO_REPLY : ICMPV6_ECHO_REPLY;
    this.echoReply = this.cells.findIndex(
      (cell) => cell.kind === 'icmp' && isIn(reply, cell.types) && isIn(0, cell.codes),
    );
  }

  /** The packet that stands for a cell, with these addresses. It is the same object each time. */
  packet(cell: number, source: IpAddress, destination: IpAddress): Packet {
    const packet = this.#packets[cell];
    if (!packet) throw new Error(`there is no cell ${cell}`);
    packet.source = source;
    packet.destination = destination;
    return packet;
  }

  /** The cell of a protocol's port. */
  atPort(protocol: number, port: number): number | undefined {
    const found = this.cells.findIndex(
      (cell) => cell.kind === 'ports' && cell.protocol === protocol && isIn(port, cell.ports),
    );
    return found < 0 ? undefined : found;
  }

  /** A cell of a kind that stands for the others; of other protocols one that no rule names. */
  ofKind(kind: TrafficKind): TrafficCell | undefined {
    return this.#examples.get(kind);
  }

  /** True for cells of ports that clients ask from, as far as the destination port of an answer goes. */
  isForClients(cell: number): boolean {
    const { [cell]: of } = this.cells;
    return of?.kind === 'ports' && of.ports.from >= CLIENT_PORTS.from;
  }
}

const isIn = (value: number, { from, to }: Range): boolean => value >= from && value <= to;

/** The ranges between these numbers, each of which begins one. */
function ranges(starts: Iterable<number>, last: number): readonly Range[] {
  const sorted = [...new Set([0, ...starts])].filter((start) => start <= last).sort((one, other) => one - other);
  return sorted.map((from, index) => ({ from, to: (sorted[index + 1] ?? last + 1) - 1 }));
}

function portCells(protocol: typeof TCP | typeof UDP, matches: readonly TrafficMatch[]): readonly TrafficCell[] {
  const starts = matches.flatMap((match) =>
    match.kind === 'ports' && match.protocol === protocol ? [match.ports.from, match.ports.to + 1] : [],
  );
  return ranges([...starts, CLIENT_PORTS.from], MAX_PORT).map((ports) => ({ kind: 'ports', protocol, ports }));
}

/** A rule that names a type of ICMP may name a code of it besides; -1 stands for any. */
function icmpCells(protocol: number, matches: readonly TrafficMatch[]): readonly TrafficCell[] {
  const named = matches.filter((match) => match.kind === 'icmp' && match.type >= 0);
  const special =
    protocol === ICMP
      ? [ICMP_ECHO_REPLY, ICMP_ECHO_REQUEST].flatMap(around)
      : [ICMPV6_ECHO_REQUEST, ICMPV6_ECHO_REPLY, DISCOVERY_TYPES.to].flatMap(around).concat(DISCOVERY_TYPES.from);
  const types = ranges(
    [...named.flatMap((match) => (match.kind === 'icmp' ? around(match.type) : [])), ...special],
    MAX_OCTET,
  );
  return types.flatMap((range) => {
    const codes = named.flatMap((match) =>
      match.kind === 'icmp' && match.type === range.from && match.code >= 0 ? around(match.code) : [],
    );
    return ranges(codes, MAX_OCTET).map((of) => ({ kind: 'icmp', protocol, types: range, codes: of }) as const);
  });
}

const around = (value: number): readonly number[] => [value, value + 1];

function protocolCells(icmpProtocol: number, matches: readonly TrafficMatch[]): readonly TrafficCell[] {
  const own = [TCP, UDP, icmpProtocol];
  const named = new Set(
    matches.flatMap((match) => (match.kind === 'all' || own.includes(match.protocol) ? [] : [match.protocol])),
  );
  let unnamed = UNNAMED_PROTOCOL;
  while (named.has(unnamed) && unnamed > 0) unnamed -= 1;
  const cells = [...named]
    .sort((one, other) => one - other)
    .map((protocol) => ({ kind: 'protocol', protocol }) as const);
  return [...cells, { kind: 'others', protocol: unnamed }];
}

function kindOf(cell: TrafficCell): TrafficKind {
  if (cell.kind === 'ports') return cell.protocol === TCP ? 'tcp' : 'udp';
  if (cell.kind !== 'icmp') return 'other';
  const isV4 = cell.protocol === ICMP;
  if (cell.types.from === (isV4 ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST)) return 'echo';
  return !isV4 && isIn(cell.types.from, DISCOVERY_TYPES) ? 'discovery' : 'icmp';
}

/** A first packet of a flow, as far as rules look at it. */
function packetOf(cell: TrafficCell, version: IpVersion): Packet {
  const packet = new Packet();
  packet.version = version;
  packet.protocol = cell.protocol;
  if (cell.kind === 'ports') packet.destinationPort = cell.ports.from;
  if (cell.kind === 'icmp') {
    packet.icmpType = cell.types.from;
    packet.icmpCode = cell.codes.from;
  }
  return packet;
}

/** "icmp", "tcp", "47": as EC2's rules name a protocol. */
export const cellProtocol = (cell: TrafficCell): string =>
  cell.kind === 'others' ? 'other' : protocolName(cell.protocol);
