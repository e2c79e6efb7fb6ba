/**
 * What security groups remember of a flow: the key under which both directions find it, its state, its timeout.
 *
 * AWS's user guide (security-group-connection-tracking) gives the timers of established TCP, UDP and other protocols.
 * Those of TCP before and after, and of ICMP, are not documented: unconfirmed.
 */
import type { IpAddress, Ipv4, Ipv6 } from '../net/address.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../net/protocol.ts';
import type { TrackingTimeoutsRow } from '../tables/tables.ts';
import { readUint16 } from '../wire/big-endian.ts';
import { ICMP_HEADER_LENGTH, icmpRequestOf, isIcmpError, isIcmpRequest } from '../wire/icmp.ts';
import { IPV4_HEADER_LENGTH, IPV4_PROTOCOL, ipv4Destination, ipv4HeaderLength, ipv4Source } from '../wire/ipv4.ts';
import { IPV6_DESTINATION, IPV6_HEADER_LENGTH, IPV6_SOURCE, ipv6UpperLayer, readIpv6 } from '../wire/ipv6.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';
import { type ConnectionTable, KEY_WORDS, NO_CONNECTION } from './connection-table.ts';
import type { Packet } from './packet.ts';

const TCP_OPENING_TIMEOUT_MS = 60_000;
const TCP_CLOSING_TIMEOUT_MS = 10_000;
const ICMP_TIMEOUT_MS = 30_000;
const OTHER_PROTOCOL_TIMEOUT_MS = 600_000;
/** How long later fragments are let through after the first one (RFC 1122 section 3.3.2: reassembly, 60 s at least). */
const FRAGMENT_TIMEOUT_MS = 60_000;

/** States; the bits above STAGE_BITS say who opened the connection and who has closed it. */
const OPENING = 1;
const ESTABLISHED = 2;
/** UDP with more than one request and response. */
const STREAM = 3;
const CLOSING = 4;
const STAGE_BITS = 7;
const OPENED_OUTBOUND = 0x08;
const CLOSED_OUTBOUND = 0x10;
const CLOSED_INBOUND = 0x20;
/** What a firewall has decided about the whole flow. */
const PASSED = 0x40;
const BLOCKED = 0x80;

/** Kinds of keys beside protocol numbers. */
const FRAGMENTS = 0x100;
const INBOUND_REQUEST = 0x200;
const IPV6_KEY = 0x400;

/** Whose connections they are: an interface, as far as tracking looks at it. */
export interface ConnectionHolder {
  /** A small number, unique among the holders of one table. */
  readonly index: number;
  readonly row: { readonly timeouts: TrackingTimeoutsRow; readonly owner: { readonly id: string } };
}

/** Finds, opens and advances the connections of interfaces. `outbound` says which way a packet crosses the interface. */
export class ConnectionTracker {
  private readonly key = new Int32Array(KEY_WORDS);

  constructor(readonly table: ConnectionTable) {}

  /** The connection that this packet belongs to, NO_CONNECTION if there is none. Changes nothing. */
  find(holder: ConnectionHolder, packet: Packet, outbound: boolean, nowMs: number): number {
    this.setKey(holder, packet, outbound);
    return this.table.find(this.key, nowMs);
  }

  /** Opens a connection with this packet; NO_CONNECTION when the table is full. */
  open(holder: ConnectionHolder, packet: Packet, outbound: boolean, nowMs: number): number {
    this.setKey(holder, packet, outbound);
    const midStream = packet.protocol === TCP && (packet.tcpFlags & SYN) === 0;
    const state = (midStream ? ESTABLISHED : OPENING) | (outbound ? OPENED_OUTBOUND : 0);
    return this.table.insert(this.key, state, timeoutMs(holder, packet.protocol, state), nowMs, holder.row.owner.id);
  }

  /** Takes note of a further packet of the connection. */
  advance(slot: number, holder: ConnectionHolder, packet: Packet, outbound: boolean, nowMs: number): void {
    if (packet.protocol === TCP && (packet.tcpFlags & RST) !== 0) {
      this.table.remove(slot);
      return;
    }
    const state = nextState(this.table.state(slot), packet, outbound);
    this.table.setState(slot, state, timeoutMs(holder, packet.protocol, state));
    this.table.touch(slot, nowMs);
  }

  /** True when a packet with SYN alone asks for a new connection where there is one already that is open or closing. */
  isReopened(slot: number, packet: Packet): boolean {
    const opens = packet.protocol === TCP && (packet.tcpFlags & (SYN | ACK | RST)) === SYN;
    return opens && (this.table.state(slot) & STAGE_BITS) !== OPENING;
  }

  /** True once both sides were heard. */
  isAnswered(slot: number): boolean {
    return (this.table.state(slot) & STAGE_BITS) !== OPENING;
  }

  /** What is decided about the whole flow from now on. */
  decide(slot: number, verdict: 'passed' | 'blocked'): void {
    const state = this.table.state(slot) & ~(PASSED | BLOCKED);
    this.table.setState(slot, state | (verdict === 'passed' ? PASSED : BLOCKED), this.table.timeoutMs(slot));
  }

  /** What was decided about the whole flow, if something was. */
  decided(slot: number): 'passed' | 'blocked' | undefined {
    const state = this.table.state(slot);
    if ((state & PASSED) !== 0) return 'passed';
    return (state & BLOCKED) !== 0 ? 'blocked' : undefined;
  }

  /** True for a connection whose first packet left the interface. */
  isOpenedOutbound(slot: number): boolean {
    return (this.table.state(slot) & OPENED_OUTBOUND) !== 0;
  }

  /** True for an ICMP error about a packet of a tracked connection of this interface. Changes nothing. */
  isRelatedError(holder: ConnectionHolder, packet: Packet, outbound: boolean, nowMs: number): boolean {
    return this.findRelated(holder, packet, outbound, nowMs) !== NO_CONNECTION;
  }

  /** The connection that the packet is about which an ICMP error carries; NO_CONNECTION if there is none. Changes nothing. */
  findRelated(holder: ConnectionHolder, packet: Packet, outbound: boolean, nowMs: number): number {
    if (!packet.isIcmp || packet.isLaterFragment || !isIcmpError(packet.version, packet.icmpType)) return NO_CONNECTION;
    // The packet inside went the other way.
    return this.setEmbeddedKey(holder, packet, !outbound) ? this.table.find(this.key, nowMs) : NO_CONNECTION;
  }

  /** Remembers that a datagram's first fragment was let through; false when the table is full. */
  rememberFragments(holder: ConnectionHolder, packet: Packet, outbound: boolean, nowMs: number): boolean {
    this.setFragmentKey(holder, packet, outbound);
    return this.table.insert(this.key, OPENING, FRAGMENT_TIMEOUT_MS, nowMs, holder.row.owner.id) !== NO_CONNECTION;
  }

  /** True for a later fragment of a datagram whose first one was let through. */
  isKnownFragment(holder: ConnectionHolder, packet: Packet, outbound: boolean, nowMs: number): boolean {
    this.setFragmentKey(holder, packet, outbound);
    return this.table.find(this.key, nowMs) !== NO_CONNECTION;
  }

  private setKey(holder: ConnectionHolder, packet: Packet, outbound: boolean): void {
    const { protocol, sourcePort, destinationPort } = packet;
    if (packet.isIcmp) this.setIcmpKey(holder, packet, outbound);
    else {
      const ports = outbound ? (sourcePort << 16) | destinationPort : (destinationPort << 16) | sourcePort;
      this.setWords(holder, protocol, ports, packet.source, packet.destination, outbound);
    }
  }

  /** A reply finds its request's key; a request of the far side with the same identifier is another connection. */
  private setIcmpKey(holder: ConnectionHolder, packet: Packet, outbound: boolean): void {
    const request = icmpRequestOf(packet.version, packet.icmpType);
    const isInboundRequest = request === undefined ? !outbound : outbound;
    const kind = packet.protocol | (isInboundRequest ? INBOUND_REQUEST : 0);
    this.setWords(holder, kind, icmpWord(packet, request), packet.source, packet.destination, outbound);
  }

  private setFragmentKey(holder: ConnectionHolder, packet: Packet, outbound: boolean): void {
    const kind = packet.protocol | FRAGMENTS | (outbound ? 0 : INBOUND_REQUEST);
    this.setWords(holder, kind, packet.identification, packet.source, packet.destination, outbound);
  }

  private setWords(
    holder: ConnectionHolder,
    kind: number,
    ports: number,
    source: IpAddress,
    destination: IpAddress,
    outbound: boolean,
  ): void {
    const { key } = this;
    key[0] = holder.index;
    key[1] = typeof source === 'number' ? kind : kind | IPV6_KEY;
    key[2] = ports;
    setAddress(key, 3, outbound ? source : destination);
    setAddress(key, 7, outbound ? destination : source);
  }

  /** The key of the packet that an ICMP error carries; false when it is cut too short to tell. */
  private setEmbeddedKey(holder: ConnectionHolder, error: Packet, outbound: boolean): boolean {
    const at = error.transport + ICMP_HEADER_LENGTH;
    const available = error.transportLength - ICMP_HEADER_LENGTH;
    const embedded =
      error.version === 4 ? embeddedIpv4(error.bytes, at, available) : embeddedIpv6(error.bytes, at, available);
    if (!embedded) return false;
    const { protocol, transport, source, destination } = embedded;
    if (protocol === TCP || protocol === UDP) {
      const from = readUint16(error.bytes, transport);
      const to = readUint16(error.bytes, transport + 2);
      this.setWords(holder, protocol, outbound ? (from << 16) | to : (to << 16) | from, source, destination, outbound);
    } else if (protocol === ICMP || protocol === ICMPV6) {
      const type = error.bytes[transport] ?? 0;
      const request = icmpRequestOf(error.version, type);
      const isInboundRequest = request === undefined ? !outbound : outbound;
      const word = ((request ?? type) << 16) | readUint16(error.bytes, transport + 4);
      this.setWords(holder, protocol | (isInboundRequest ? INBOUND_REQUEST : 0), word, source, destination, outbound);
    } else this.setWords(holder, protocol, 0, source, destination, outbound);
    return true;
  }
}

interface Embedded {
  readonly protocol: number;
  readonly transport: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** RFC 792: an error carries the header and at least eight bytes of what caused it. */
const EMBEDDED_TRANSPORT_LENGTH = 8;

function embeddedIpv4(bytes: Uint8Array, at: number, available: number): Embedded | undefined {
  if (available < IPV4_HEADER_LENGTH) return undefined;
  const headerLength = ipv4HeaderLength(bytes, at);
  if (headerLength < IPV4_HEADER_LENGTH || available < headerLength + EMBEDDED_TRANSPORT_LENGTH) return undefined;
  const source: Ipv4 = ipv4Source(bytes, at);
  const destination: Ipv4 = ipv4Destination(bytes, at);
  return { protocol: bytes[at + IPV4_PROTOCOL] ?? 0, transport: at + headerLength, source, destination };
}

function embeddedIpv6(bytes: Uint8Array, at: number, available: number): Embedded | undefined {
  if (available < IPV6_HEADER_LENGTH) return undefined;
  const upper = ipv6UpperLayer(bytes, at, available);
  if (!upper || available < upper.offset + EMBEDDED_TRANSPORT_LENGTH) return undefined;
  const source: Ipv6 = readIpv6(bytes, at + IPV6_SOURCE);
  const destination: Ipv6 = readIpv6(bytes, at + IPV6_DESTINATION);
  return { protocol: upper.protocol, transport: at + upper.offset, source, destination };
}

/** Type and identifier of requests and replies; type and code of the rest, which nothing answers. */
function icmpWord(packet: Packet, request: number | undefined): number {
  const asks = request !== undefined || isIcmpRequest(packet.version, packet.icmpType);
  return ((request ?? packet.icmpType) << 16) | (asks ? packet.icmpIdentifier : packet.icmpCode);
}

/** An address as the machine has it, little-endian; writing takes the lower 64 bits. */
const halves = new BigUint64Array(2);
const halfWords = new Int32Array(halves.buffer);

function setAddress(key: Int32Array, at: number, address: IpAddress): void {
  if (typeof address === 'number') {
    key[at] = address;
    key.fill(0, at + 1, at + 4);
    return;
  }
  halves[0] = address;
  halves[1] = address >> 64n;
  for (let word = 0; word < 4; word++) key[at + word] = halfWords[3 - word] ?? 0;
}

function nextState(state: number, packet: Packet, outbound: boolean): number {
  const isReply = outbound !== ((state & OPENED_OUTBOUND) !== 0);
  if (packet.protocol === TCP) return nextTcpState(state, packet.tcpFlags, isReply, outbound);
  const stage = state & STAGE_BITS;
  if (stage === OPENING && isReply) return withStage(state, ESTABLISHED);
  if (packet.protocol !== UDP) return state;
  return stage === ESTABLISHED && !isReply ? withStage(state, STREAM) : state;
}

function nextTcpState(state: number, flags: number, isReply: boolean, outbound: boolean): number {
  let next = state;
  if ((state & STAGE_BITS) === OPENING && isReply && (flags & ACK) !== 0) next = withStage(next, ESTABLISHED);
  if ((flags & FIN) !== 0) next |= outbound ? CLOSED_OUTBOUND : CLOSED_INBOUND;
  const bothClosed = CLOSED_OUTBOUND | CLOSED_INBOUND;
  return (next & bothClosed) === bothClosed ? withStage(next, CLOSING) : next;
}

const withStage = (state: number, stage: number): number => (state & ~STAGE_BITS) | stage;

function timeoutMs(holder: ConnectionHolder, protocol: number, state: number): number {
  const { timeouts } = holder.row;
  const stage = state & STAGE_BITS;
  switch (protocol) {
    case TCP:
      if (stage === OPENING) return TCP_OPENING_TIMEOUT_MS;
      return stage === CLOSING ? TCP_CLOSING_TIMEOUT_MS : timeouts.tcpEstablishedTimeoutMs;
    case UDP:
      return stage === STREAM ? timeouts.udpStreamTimeoutMs : timeouts.udpTimeoutMs;
    case ICMP:
    case ICMPV6:
      return ICMP_TIMEOUT_MS;
    default:
      return OTHER_PROTOCOL_TIMEOUT_MS;
  }
}
