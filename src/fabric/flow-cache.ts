/**
 * The flow cache: what the stages decided about a flow of TCP or UDP over IPv4, ready to be done again in a few
 * nanoseconds.
 *
 * One typed array, open addressing, a window of eight entries per flow. An entry holds for one epoch of the network
 * and while the connections that it belongs to are in the generation in which they were; anything else makes the
 * next packet go through the stages, which writes the entry anew. Packets that change a connection's state (SYN,
 * FIN, RST), fragments, options and everything else that is rare are never looked up.
 * An entry is 24 words, two or three cache lines.
 */
import { TCP, UDP } from '../net/protocol.ts';
import type { ConnectionTable } from '../pipeline/connection-table.ts';
import { NO_CONNECTION } from '../pipeline/connection-table.ts';
import { updateTransportChecksum } from '../pipeline/translation.ts';
import { NO_TRANSLATION, type TranslationTable } from '../pipeline/translation-table.ts';
import { readInt32, readUint16, writeUint32 } from '../wire/big-endian.ts';
import { fold, replacement, updateChecksum } from '../wire/checksum.ts';
import { ETHER_TYPE, ETHER_TYPE_IPV4, ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import {
  countIpv4Hop,
  IPV4_CHECKSUM,
  IPV4_DESTINATION,
  IPV4_HEADER_LENGTH,
  IPV4_PROTOCOL,
  IPV4_SOURCE,
  IPV4_TOTAL_LENGTH,
  IPV4_TTL,
} from '../wire/ipv4.ts';
import { FIN, RST, SYN, TCP_FLAGS, TCP_HEADER_LENGTH } from '../wire/tcp.ts';
import { UDP_HEADER_LENGTH } from '../wire/udp.ts';
import {
  checkOffload,
  isPlain,
  needsChecksum,
  VIRTIO_NET_HEADER_LENGTH,
  wirePacketLength,
} from '../wire/virtio-net-header.ts';
import { type FlowCounts, NO_ACCOUNT } from './flow-counts.ts';
import type { FlowOffload } from './flow-offload.ts';
import * as slots from './flow-slots.ts';

/** Words of an entry. The first seven are what a frame must show. */
const KEY_SOURCE = 0;
const KEY_DESTINATION = 1;
const KEY_PORTS = 2;
/** Port number + 1 in the upper 24 bits, protocol in the lower 8: 0 in an empty entry. */
const KEY_PORT = 3;
const KEY_MACS = 4;
const KEY_LENGTH = 7;
const EPOCH = 7;
const OUT_PORT = 8;
const NEW_SOURCE = 9;
const NEW_DESTINATION = 10;
const MTU = 11;
const NEW_MACS = 12;
const SENT = 15;
const SENT_GENERATION = 16;
const RECEIVED = 17;
const RECEIVED_GENERATION = 18;
const NEW_PORTS = 19;
const TRANSLATION = 20;
const TRANSLATION_GENERATION = 21;
/** Under which packets and bytes are counted. */
const ACCOUNT = 22;
/** Lowest bit: a hop is counted on the way, behind a NAT gateway. The rest: the terms of its rate. */
const HOPS_AND_TERMS = 23;
const ENTRY_WORDS = 24;

const WINDOW = 8;
const INITIAL_ENTRIES = 4096;
/** Flags that change a connection's state. */
const STATE_CHANGING = SYN | FIN | RST;
const NETWORK = VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
const TRANSPORT = NETWORK + IPV4_HEADER_LENGTH;

/** What is to be remembered about a flow, beside the rewritten frame itself. */
export interface FlowDecision {
  readonly epoch: number;
  readonly outPort: number;
  readonly mtuBytes: number;
  /** Connections at the sender and at the receiver, NO_CONNECTION where untracked. */
  readonly sentConnection: number;
  readonly receivedConnection: number;
  /** At endpoints and load balancers on the way, beside those two. */
  readonly passedConnections: readonly number[];
  /** The translation at a NAT gateway on the way, NO_TRANSLATION where there is none. */
  readonly translation: number;
  /** Under which its packets and bytes are counted, NO_ACCOUNT where nobody asks. */
  readonly account: number;
  /** How many hops were counted in the frame: one at most, by a NAT gateway. */
  readonly hops: number;
  /** Under which limits of rates it falls (rate-terms.ts). */
  readonly terms: number;
}

/** A connection as it was when an entry was written. */
interface PassedConnection {
  readonly connection: number;
  readonly generation: number;
}

const NONE_PASSED: readonly PassedConnection[] = [];

/** Flows and what to do with their frames. Frames lie in a buffer behind a virtio header; offsets are of that header. */
export class FlowCache {
  private capacity: number;
  private entries: Int32Array;
  private occupied = 0;
  /** Key of the frame that was looked up last; `KEY_PORT` is 0 when it was not one for the cache. */
  private readonly key = new Int32Array(KEY_LENGTH);
  /** The entry by which that frame was forwarded, or that was written for it; -1 for none. */
  private last = -1;
  /**
   * By entry, connections at endpoints and load balancers between the two that stand in it, with their generations. Apart, because
   * few flows have more than two, and every hit was dearer with entries of 26 words (the least of seven interleaved runs
   * went from 304 to 429 ns of CPU a frame; so it is as before).
   */
  private readonly passed = new Map<number, readonly PassedConnection[]>();

  /** `maxEntries`: a power of two, or 0 for a cache that never remembers. */
  constructor(
    private readonly connections: ConnectionTable,
    private readonly translations: TranslationTable,
    private readonly counts: FlowCounts,
    private readonly maxEntries: number,
  ) {
    this.capacity = Math.min(INITIAL_ENTRIES, Math.max(WINDOW, maxEntries));
    this.entries = new Int32Array(this.capacity * ENTRY_WORDS);
  }

  /**
   * Rewrites the frame and returns the port that it goes to, or -1 when the stages have to look at it; the frame is
   * then as it was.
   */
  forward(port: number, bytes: Uint8Array, at: number, length: number, epoch: number, nowMs: number): number {
    this.key[KEY_PORT] = 0;
    this.last = -1;
    if (!isCacheable(bytes, at, length)) return -1;
    this.readKey(port, bytes, at);
    const entry = this.find();
    if (entry < 0 || this.entries[entry + EPOCH] !== epoch) return -1;
    if (!this.passes(entry, bytes, at, length) || !this.touchConnections(entry, nowMs)) return -1;
    this.rewrite(entry, bytes, at);
    this.count(entry, bytes, at);
    this.last = entry;
    return this.entries[entry + OUT_PORT] ?? -1;
  }

  /** The terms of the flow whose frame was forwarded last. */
  get terms(): number {
    return (this.entries[this.last + HOPS_AND_TERMS] ?? 0) >> 1;
  }

  /** Remembers what became of the frame that was looked up last and that now lies rewritten at `at`. */
  remember(bytes: Uint8Array, at: number, decision: FlowDecision): void {
    if (this.key[KEY_PORT] === 0 || this.maxEntries === 0) return;
    if (this.occupied * 2 > this.capacity && this.capacity < this.maxEntries) this.grow();
    const { entries, connections, translations } = this;
    const entry = this.place(decision.epoch);
    if (entries[entry + KEY_PORT] === 0) this.occupied += 1;
    entries.set(this.key, entry);
    entries[entry + EPOCH] = decision.epoch;
    entries[entry + OUT_PORT] = decision.outPort;
    entries[entry + MTU] = decision.mtuBytes;
    entries[entry + NEW_SOURCE] = readInt32(bytes, at + NETWORK + IPV4_SOURCE);
    entries[entry + NEW_DESTINATION] = readInt32(bytes, at + NETWORK + IPV4_DESTINATION);
    entries[entry + NEW_PORTS] = readInt32(bytes, at + TRANSPORT);
    for (let word = 0; word < 3; word++) {
      entries[entry + NEW_MACS + word] = readInt32(bytes, at + VIRTIO_NET_HEADER_LENGTH + 4 * word);
    }
    entries[entry + SENT] = decision.sentConnection;
    entries[entry + SENT_GENERATION] = generationOf(connections, decision.sentConnection);
    entries[entry + RECEIVED] = decision.receivedConnection;
    entries[entry + RECEIVED_GENERATION] = generationOf(connections, decision.receivedConnection);
    const { passedConnections } = decision;
    if (passedConnections.length > 0) {
      const generation = (connection: number): number => connections.generation(connection);
      this.passed.set(
        entry,
        passedConnections.map((connection) => ({ connection, generation: generation(connection) })),
      );
    } else if (this.passed.size > 0) this.passed.delete(entry);
    entries[entry + ACCOUNT] = decision.account;
    entries[entry + HOPS_AND_TERMS] = decision.hops | (decision.terms << 1);
    const { translation } = decision;
    entries[entry + TRANSLATION] = translation;
    entries[entry + TRANSLATION_GENERATION] = translation < 0 ? 0 : translations.generation(translation);
    this.last = entry;
  }

  /** Hands the flow of the frame that was looked up last over to the flow switch, where it is remembered. */
  offload(to: FlowOffload, nowMs: number): void {
    const { entries, last } = this;
    this.last = -1;
    if (last < 0) return;
    const port = ((entries[last + KEY_PORT] ?? 0) >>> 8) - 1;
    const outPort = entries[last + OUT_PORT] ?? -1;
    // A slot has room for two connections.
    if (!to.serves(port, outPort) || this.passed.has(last)) return;
    const { flow } = to;
    flow.key.fill(0);
    flow.key[slots.KEY_PROTOCOL] = (4 << 8) | ((entries[last + KEY_PORT] ?? 0) & 0xff);
    flow.shows(slots.KEY_PORTS, entries[last + KEY_PORTS] ?? 0);
    flow.shows(slots.KEY_SOURCE, entries[last + KEY_SOURCE] ?? 0);
    flow.shows(slots.KEY_DESTINATION, entries[last + KEY_DESTINATION] ?? 0);
    for (let word = 0; word < 3; word++) {
      flow.shows(slots.KEY_MACS + word, entries[last + KEY_MACS + word] ?? 0);
      flow.writes(slots.SLOT_MACS + word, entries[last + NEW_MACS + word] ?? 0);
    }
    flow.writes(slots.SLOT_SOURCE, entries[last + NEW_SOURCE] ?? 0);
    flow.writes(slots.SLOT_DESTINATION, entries[last + NEW_DESTINATION] ?? 0);
    flow.writes(slots.SLOT_PORTS, entries[last + NEW_PORTS] ?? 0);
    flow.slot[slots.SLOT_REWRITES] =
      slots.REWRITES_ADDRESSES | (entries[last + TRANSLATION] === NO_TRANSLATION ? 0 : slots.REWRITES_PORTS);
    flow.slot[slots.SLOT_MTU] = entries[last + MTU] ?? 0;
    flow.slot[slots.SLOT_HOPS] = (entries[last + HOPS_AND_TERMS] ?? 0) & 1;
    flow.binds(slots.SLOT_SENT, entries[last + SENT] ?? NO_CONNECTION, entries[last + SENT_GENERATION] ?? 0);
    flow.binds(
      slots.SLOT_RECEIVED,
      entries[last + RECEIVED] ?? NO_CONNECTION,
      entries[last + RECEIVED_GENERATION] ?? 0,
    );
    flow.binds(
      slots.SLOT_TRANSLATION,
      entries[last + TRANSLATION] ?? NO_TRANSLATION,
      entries[last + TRANSLATION_GENERATION] ?? 0,
    );
    flow.account = entries[last + ACCOUNT] ?? NO_ACCOUNT;
    to.install(port, outPort, nowMs);
  }

  private readKey(port: number, bytes: Uint8Array, at: number): void {
    const { key } = this;
    key[KEY_SOURCE] = readInt32(bytes, at + NETWORK + IPV4_SOURCE);
    key[KEY_DESTINATION] = readInt32(bytes, at + NETWORK + IPV4_DESTINATION);
    key[KEY_PORTS] = readInt32(bytes, at + TRANSPORT);
    key[KEY_PORT] = ((port + 1) << 8) | (bytes[at + NETWORK + 9] ?? 0);
    key[KEY_MACS] = readInt32(bytes, at + VIRTIO_NET_HEADER_LENGTH);
    key[KEY_MACS + 1] = readInt32(bytes, at + VIRTIO_NET_HEADER_LENGTH + 4);
    key[KEY_MACS + 2] = readInt32(bytes, at + VIRTIO_NET_HEADER_LENGTH + 8);
  }

  /** Where the entry with the present key begins, or -1. */
  private find(): number {
    const { key, entries, capacity } = this;
    const home = this.home();
    for (let step = 0; step < WINDOW; step++) {
      const entry = ((home + step) & (capacity - 1)) * ENTRY_WORDS;
      if (entries[entry + KEY_PORT] === 0) return -1;
      if (
        entries[entry] === key[0] &&
        entries[entry + 1] === key[1] &&
        entries[entry + 2] === key[2] &&
        entries[entry + 3] === key[3] &&
        entries[entry + 4] === key[4] &&
        entries[entry + 5] === key[5] &&
        entries[entry + 6] === key[6]
      ) {
        return entry;
      }
    }
    return -1;
  }

  /** Where an entry for the present key may be written: its own, an empty or stale one, else the first of the window. */
  private place(epoch: number): number {
    const known = this.find();
    if (known >= 0) return known;
    const home = this.home();
    for (let step = 0; step < WINDOW; step++) {
      const entry = ((home + step) & (this.capacity - 1)) * ENTRY_WORDS;
      if (this.entries[entry + KEY_PORT] === 0 || this.entries[entry + EPOCH] !== epoch) return entry;
    }
    return home * ENTRY_WORDS;
  }

  private home(): number {
    const { key } = this;
    let hash = Math.imul((key[KEY_SOURCE] ?? 0) ^ Math.imul(key[KEY_PORTS] ?? 0, 0x85ebca6b), 0x9e3779b1);
    hash ^= hash >>> 15;
    hash = Math.imul(hash ^ (key[KEY_DESTINATION] ?? 0) ^ Math.imul(key[KEY_PORT] ?? 0, 0xc2b2ae35), 0x85ebca6b);
    return (hash ^ (hash >>> 13)) & (this.capacity - 1);
  }

  /** Header checksum, hops left, offload header and size, as the stages would judge them. */
  private passes(entry: number, bytes: Uint8Array, at: number, length: number): boolean {
    if (!headerChecksumHolds(bytes, at + NETWORK)) return false;
    const hops = (this.entries[entry + HOPS_AND_TERMS] ?? 0) & 1;
    if (hops > 0 && (bytes[at + NETWORK + IPV4_TTL] ?? 0) <= hops) return false;
    const mtu = this.entries[entry + MTU] ?? 0;
    if (isPlain(bytes, at)) return readUint16(bytes, at + NETWORK + 2) <= mtu;
    const protocol = bytes[at + NETWORK + 9] ?? 0;
    const transport = ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH;
    if (!checkOffload(bytes, at, 4, protocol, transport, length - VIRTIO_NET_HEADER_LENGTH)) return false;
    const packetLength = readUint16(bytes, at + NETWORK + 2);
    return wirePacketLength(bytes, at, at + NETWORK, at + TRANSPORT, protocol, packetLength) <= mtu;
  }

  /** False when a connection or translation has changed or expired meanwhile. */
  private touchConnections(entry: number, nowMs: number): boolean {
    const { entries, connections } = this;
    const sent = entries[entry + SENT] ?? NO_CONNECTION;
    if (sent !== NO_CONNECTION && !connections.touchIfSame(sent, entries[entry + SENT_GENERATION] ?? 0, nowMs))
      return false;
    const translation = entries[entry + TRANSLATION] ?? NO_TRANSLATION;
    if (
      translation !== NO_TRANSLATION &&
      !this.translations.touchIfSame(translation, entries[entry + TRANSLATION_GENERATION] ?? 0, nowMs)
    )
      return false;
    if (this.passed.size > 0 && !this.touchPassed(entry, nowMs)) return false;
    const received = entries[entry + RECEIVED] ?? NO_CONNECTION;
    return (
      received === NO_CONNECTION || connections.touchIfSame(received, entries[entry + RECEIVED_GENERATION] ?? 0, nowMs)
    );
  }

  private touchPassed(entry: number, nowMs: number): boolean {
    for (const { connection, generation } of this.passed.get(entry) ?? NONE_PASSED) {
      if (!this.connections.touchIfSame(connection, generation, nowMs)) return false;
    }
    return true;
  }

  private count(entry: number, bytes: Uint8Array, at: number): void {
    const account = this.entries[entry + ACCOUNT] ?? NO_ACCOUNT;
    const length = readUint16(bytes, at + NETWORK + IPV4_TOTAL_LENGTH);
    if (isPlain(bytes, at)) {
      this.counts.add(account, 1, length);
      return;
    }
    const protocol = bytes[at + NETWORK + IPV4_PROTOCOL] ?? 0;
    this.counts.addSegments(account, bytes, at, at + NETWORK, at + TRANSPORT, protocol, length);
  }

  private rewrite(entry: number, bytes: Uint8Array, at: number): void {
    const { entries } = this;
    writeUint32(bytes, at + VIRTIO_NET_HEADER_LENGTH, entries[entry + NEW_MACS] ?? 0);
    writeUint32(bytes, at + VIRTIO_NET_HEADER_LENGTH + 4, entries[entry + NEW_MACS + 1] ?? 0);
    writeUint32(bytes, at + VIRTIO_NET_HEADER_LENGTH + 8, entries[entry + NEW_MACS + 2] ?? 0);
    const oldSource = entries[entry + KEY_SOURCE] ?? 0;
    const newSource = entries[entry + NEW_SOURCE] ?? 0;
    if (oldSource !== newSource) replaceAddress(bytes, at, IPV4_SOURCE, oldSource, newSource);
    const oldDestination = entries[entry + KEY_DESTINATION] ?? 0;
    const newDestination = entries[entry + NEW_DESTINATION] ?? 0;
    if (oldDestination !== newDestination) replaceAddress(bytes, at, IPV4_DESTINATION, oldDestination, newDestination);
    if (((entries[entry + HOPS_AND_TERMS] ?? 0) & 1) > 0) countIpv4Hop(bytes, at + NETWORK);
    // Only NAT gateways and endpoints write other ports.
    if (entries[entry + TRANSLATION] === NO_TRANSLATION) return;
    replacePorts(bytes, at, entries[entry + KEY_PORTS] ?? 0, entries[entry + NEW_PORTS] ?? 0);
  }

  /** Starts anew with twice the room: it is a cache, what is forgotten is found out again. */
  private grow(): void {
    this.capacity *= 2;
    this.entries = new Int32Array(this.capacity * ENTRY_WORDS);
    this.occupied = 0;
    this.passed.clear();
  }
}

const generationOf = (connections: ConnectionTable, slot: number): number =>
  slot === NO_CONNECTION ? 0 : connections.generation(slot);

/** IPv4 without options, no fragment, TCP without a state-changing flag or UDP, whole. `length` counts the virtio header. */
function isCacheable(bytes: Uint8Array, at: number, length: number): boolean {
  if (length < TRANSPORT + UDP_HEADER_LENGTH) return false;
  if (readUint16(bytes, at + VIRTIO_NET_HEADER_LENGTH + ETHER_TYPE) !== ETHER_TYPE_IPV4) return false;
  // Version 4, header of 20 bytes; more-fragments flag and offset zero.
  if (bytes[at + NETWORK] !== 0x45 || (readUint16(bytes, at + NETWORK + 6) & 0x3fff) !== 0) return false;
  const packetLength = readUint16(bytes, at + NETWORK + 2);
  if (packetLength > length - NETWORK) return false;
  const protocol = bytes[at + NETWORK + 9];
  if (protocol === UDP) return packetLength >= IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH;
  if (protocol !== TCP || packetLength < IPV4_HEADER_LENGTH + TCP_HEADER_LENGTH) return false;
  return ((bytes[at + TRANSPORT + TCP_FLAGS] ?? 0) & STATE_CHANGING) === 0;
}

/** The checksum of a header without options. */
function headerChecksumHolds(bytes: Uint8Array, at: number): boolean {
  let sum = 0;
  for (let word = 0; word < IPV4_HEADER_LENGTH; word += 2) sum += readUint16(bytes, at + word);
  return fold(sum) === 0xffff;
}

function replaceAddress(bytes: Uint8Array, at: number, field: number, before: number, after: number): void {
  const difference = replacement(before, after);
  writeUint32(bytes, at + NETWORK + field, after);
  updateChecksum(bytes, at + NETWORK + IPV4_CHECKSUM, difference);
  const protocol = bytes[at + NETWORK + 9] ?? 0;
  updateTransportChecksum(bytes, at + TRANSPORT, protocol, difference, needsChecksum(bytes, at));
}

/** Ports are no part of the pseudo-header, which is all that a partial checksum holds. */
function replacePorts(bytes: Uint8Array, at: number, before: number, after: number): void {
  writeUint32(bytes, at + TRANSPORT, after);
  if (needsChecksum(bytes, at)) return;
  updateTransportChecksum(bytes, at + TRANSPORT, bytes[at + NETWORK + 9] ?? 0, replacement(before, after), false);
}
