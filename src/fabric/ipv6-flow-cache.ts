/**
 * The flow cache's other half: what the stages decided about flows of TCP or UDP over IPv6.
 *
 * It works as that of IPv4 does (flow-cache.ts) and is a table of its own, so that neither family pays for the other's
 * width: addresses are four times as long, and there is neither a header checksum to be verified nor an address to
 * be rewritten, because no flow between guests or with the internet is translated. What was translated all the same
 * (services) is not remembered.
 */
import { TCP, UDP } from '../net/protocol.ts';
import { type ConnectionTable, NO_CONNECTION } from '../pipeline/connection-table.ts';
import { readInt32, readUint16, writeUint32 } from '../wire/big-endian.ts';
import { ETHER_TYPE, ETHER_TYPE_IPV6, ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { IPV6_HEADER_LENGTH, IPV6_NEXT_HEADER, IPV6_PAYLOAD_LENGTH, IPV6_SOURCE } from '../wire/ipv6.ts';
import { FIN, RST, SYN, TCP_FLAGS, TCP_HEADER_LENGTH } from '../wire/tcp.ts';
import { UDP_HEADER_LENGTH } from '../wire/udp.ts';
import { checkOffload, isPlain, VIRTIO_NET_HEADER_LENGTH, wirePacketLength } from '../wire/virtio-net-header.ts';
import type { FlowDecision } from './flow-cache.ts';
import { type FlowCounts, NO_ACCOUNT } from './flow-counts.ts';
import type { FlowOffload } from './flow-offload.ts';
import * as slots from './flow-slots.ts';

/** Words of an entry. The first thirteen are what a frame must show: both addresses, ports, port and protocol, MACs. */
const KEY_ADDRESSES = 0;
const ADDRESS_WORDS = 8;
const KEY_PORTS = 8;
/** Port number + 1 in the upper 24 bits, protocol in the lower 8: 0 in an empty entry. */
const KEY_PORT = 9;
const KEY_MACS = 10;
const KEY_LENGTH = 13;
const EPOCH = 13;
const OUT_PORT = 14;
const MTU = 15;
const NEW_MACS = 16;
const SENT = 19;
const SENT_GENERATION = 20;
const RECEIVED = 21;
const RECEIVED_GENERATION = 22;
/** Under which packets and bytes are counted. */
const ACCOUNT = 23;
/** Under which limits of rates it falls. */
const TERMS = 24;
/** A power of two, so that an entry never touches more cache lines than it needs. */
const ENTRY_WORDS = 32;

const WINDOW = 8;
const INITIAL_ENTRIES = 1024;
/** Flags that change a connection's state. */
const STATE_CHANGING = SYN | FIN | RST;
const NETWORK = VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
const TRANSPORT = NETWORK + IPV6_HEADER_LENGTH;

/** Flows over IPv6 and what to do with their frames. Offsets are of the virtio header before a frame. */
export class Ipv6FlowCache {
  private capacity: number;
  private entries: Int32Array;
  private occupied = 0;
  /** Key of the frame that was looked up last; `KEY_PORT` is 0 when it was not one for the cache. */
  private readonly key = new Int32Array(KEY_LENGTH);
  /** The entry by which that frame was forwarded, or that was written for it; -1 for none. */
  private last = -1;

  /** `maxEntries`: a power of two, or 0 for a cache that never remembers. */
  constructor(
    private readonly connections: ConnectionTable,
    private readonly counts: FlowCounts,
    private readonly maxEntries: number,
  ) {
    this.capacity = Math.min(INITIAL_ENTRIES, Math.max(WINDOW, maxEntries));
    this.entries = new Int32Array(this.capacity * ENTRY_WORDS);
  }

  /** Rewrites the frame and returns the port that it goes to, or -1, and the frame is as it was. */
  forward(port: number, bytes: Uint8Array, at: number, length: number, epoch: number, nowMs: number): number {
    this.key[KEY_PORT] = 0;
    this.last = -1;
    if (!isCacheable(bytes, at, length)) return -1;
    this.readKey(port, bytes, at);
    const entry = this.find();
    if (entry < 0 || this.entries[entry + EPOCH] !== epoch) return -1;
    if (!this.passes(entry, bytes, at, length) || !this.touchConnections(entry, nowMs)) return -1;
    for (let word = 0; word < 3; word++) {
      writeUint32(bytes, at + VIRTIO_NET_HEADER_LENGTH + 4 * word, this.entries[entry + NEW_MACS + word] ?? 0);
    }
    this.count(entry, bytes, at);
    this.last = entry;
    return this.entries[entry + OUT_PORT] ?? -1;
  }

  /** The terms of the flow whose frame was forwarded last. */
  get terms(): number {
    return this.entries[this.last + TERMS] ?? 0;
  }

  /** Remembers what became of the frame that was looked up last and now lies at `at`, unless it is another packet now. */
  remember(bytes: Uint8Array, at: number, decision: FlowDecision): void {
    if (this.key[KEY_PORT] === 0 || this.maxEntries === 0 || !this.isSamePacket(bytes, at)) return;
    if (this.occupied * 2 > this.capacity && this.capacity < this.maxEntries) this.grow();
    const { entries, connections } = this;
    const entry = this.place(decision.epoch);
    if (entries[entry + KEY_PORT] === 0) this.occupied += 1;
    entries.set(this.key, entry);
    entries[entry + EPOCH] = decision.epoch;
    entries[entry + OUT_PORT] = decision.outPort;
    entries[entry + MTU] = decision.mtuBytes;
    for (let word = 0; word < 3; word++) {
      entries[entry + NEW_MACS + word] = readInt32(bytes, at + VIRTIO_NET_HEADER_LENGTH + 4 * word);
    }
    entries[entry + ACCOUNT] = decision.account;
    entries[entry + TERMS] = decision.terms;
    entries[entry + SENT] = decision.sentConnection;
    entries[entry + SENT_GENERATION] = generationOf(connections, decision.sentConnection);
    entries[entry + RECEIVED] = decision.receivedConnection;
    entries[entry + RECEIVED_GENERATION] = generationOf(connections, decision.receivedConnection);
    this.last = entry;
  }

  /** As `FlowCache.offload`: nothing but MACs is rewritten. */
  offload(to: FlowOffload, nowMs: number): void {
    const { entries, last } = this;
    this.last = -1;
    if (last < 0) return;
    const port = ((entries[last + KEY_PORT] ?? 0) >>> 8) - 1;
    const outPort = entries[last + OUT_PORT] ?? -1;
    if (!to.serves(port, outPort)) return;
    const { flow } = to;
    flow.key[slots.KEY_PROTOCOL] = (6 << 8) | ((entries[last + KEY_PORT] ?? 0) & 0xff);
    flow.shows(slots.KEY_PORTS, entries[last + KEY_PORTS] ?? 0);
    // Source and destination lie one behind the other in both.
    for (let word = 0; word < ADDRESS_WORDS; word++)
      flow.shows(slots.KEY_SOURCE + word, entries[last + KEY_ADDRESSES + word] ?? 0);
    for (let word = 0; word < 3; word++) {
      flow.shows(slots.KEY_MACS + word, entries[last + KEY_MACS + word] ?? 0);
      flow.writes(slots.SLOT_MACS + word, entries[last + NEW_MACS + word] ?? 0);
    }
    flow.slot[slots.SLOT_REWRITES] = 0;
    flow.slot[slots.SLOT_MTU] = entries[last + MTU] ?? 0;
    flow.slot[slots.SLOT_HOPS] = 0;
    flow.binds(slots.SLOT_SENT, entries[last + SENT] ?? NO_CONNECTION, entries[last + SENT_GENERATION] ?? 0);
    flow.binds(
      slots.SLOT_RECEIVED,
      entries[last + RECEIVED] ?? NO_CONNECTION,
      entries[last + RECEIVED_GENERATION] ?? 0,
    );
    flow.binds(slots.SLOT_TRANSLATION, -1, 0);
    flow.account = entries[last + ACCOUNT] ?? NO_ACCOUNT;
    to.install(port, outPort, nowMs);
  }

  private readKey(port: number, bytes: Uint8Array, at: number): void {
    const { key } = this;
    for (let word = 0; word < ADDRESS_WORDS; word++) {
      key[KEY_ADDRESSES + word] = readInt32(bytes, at + NETWORK + IPV6_SOURCE + 4 * word);
    }
    key[KEY_PORTS] = readInt32(bytes, at + TRANSPORT);
    key[KEY_PORT] = ((port + 1) << 8) | (bytes[at + NETWORK + IPV6_NEXT_HEADER] ?? 0);
    for (let word = 0; word < 3; word++) {
      key[KEY_MACS + word] = readInt32(bytes, at + VIRTIO_NET_HEADER_LENGTH + 4 * word);
    }
  }

  /** True when addresses, ports and version of the frame are still those that were looked up. */
  private isSamePacket(bytes: Uint8Array, at: number): boolean {
    if (readUint16(bytes, at + VIRTIO_NET_HEADER_LENGTH + ETHER_TYPE) !== ETHER_TYPE_IPV6) return false;
    for (let word = 0; word < ADDRESS_WORDS; word++) {
      if (this.key[KEY_ADDRESSES + word] !== readInt32(bytes, at + NETWORK + IPV6_SOURCE + 4 * word)) return false;
    }
    return this.key[KEY_PORTS] === readInt32(bytes, at + TRANSPORT);
  }

  /** Where the entry with the present key begins, or -1. */
  private find(): number {
    const { entries, capacity } = this;
    const home = this.home();
    for (let step = 0; step < WINDOW; step++) {
      const entry = ((home + step) & (capacity - 1)) * ENTRY_WORDS;
      if (entries[entry + KEY_PORT] === 0) return -1;
      if (this.isAt(entry)) return entry;
    }
    return -1;
  }

  private isAt(entry: number): boolean {
    const { key, entries } = this;
    for (let word = 0; word < KEY_LENGTH; word++) if (entries[entry + word] !== key[word]) return false;
    return true;
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
    let hash = Math.imul((key[KEY_PORTS] ?? 0) ^ Math.imul(key[KEY_PORT] ?? 0, 0xc2b2ae35), 0x85ebca6b);
    for (let word = 0; word < ADDRESS_WORDS; word++) {
      hash = Math.imul(hash ^ (hash >>> 15) ^ (key[KEY_ADDRESSES + word] ?? 0), 0x9e3779b1);
    }
    return (hash ^ (hash >>> 13)) & (this.capacity - 1);
  }

  /** Offload header and size, as the stages would judge them. */
  private passes(entry: number, bytes: Uint8Array, at: number, length: number): boolean {
    const mtu = this.entries[entry + MTU] ?? 0;
    const packetLength = IPV6_HEADER_LENGTH + readUint16(bytes, at + NETWORK + IPV6_PAYLOAD_LENGTH);
    if (isPlain(bytes, at)) return packetLength <= mtu;
    const protocol = bytes[at + NETWORK + IPV6_NEXT_HEADER] ?? 0;
    const transport = ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH;
    if (!checkOffload(bytes, at, 6, protocol, transport, length - VIRTIO_NET_HEADER_LENGTH)) return false;
    return wirePacketLength(bytes, at, at + NETWORK, at + TRANSPORT, protocol, packetLength) <= mtu;
  }

  private count(entry: number, bytes: Uint8Array, at: number): void {
    const account = this.entries[entry + ACCOUNT] ?? NO_ACCOUNT;
    const length = IPV6_HEADER_LENGTH + readUint16(bytes, at + NETWORK + IPV6_PAYLOAD_LENGTH);
    if (isPlain(bytes, at)) {
      this.counts.add(account, 1, length);
      return;
    }
    const protocol = bytes[at + NETWORK + IPV6_NEXT_HEADER] ?? 0;
    this.counts.addSegments(account, bytes, at, at + NETWORK, at + TRANSPORT, protocol, length);
  }

  /** False when a connection has changed or expired meanwhile. */
  private touchConnections(entry: number, nowMs: number): boolean {
    const { entries, connections } = this;
    const sent = entries[entry + SENT] ?? NO_CONNECTION;
    if (sent !== NO_CONNECTION && !connections.touchIfSame(sent, entries[entry + SENT_GENERATION] ?? 0, nowMs))
      return false;
    const received = entries[entry + RECEIVED] ?? NO_CONNECTION;
    return (
      received === NO_CONNECTION || connections.touchIfSame(received, entries[entry + RECEIVED_GENERATION] ?? 0, nowMs)
    );
  }

  /** Starts anew with twice the room: it is a cache, what is forgotten is found out again. */
  private grow(): void {
    this.capacity *= 2;
    this.entries = new Int32Array(this.capacity * ENTRY_WORDS);
    this.occupied = 0;
  }
}

const generationOf = (connections: ConnectionTable, slot: number): number =>
  slot === NO_CONNECTION ? 0 : connections.generation(slot);

/** IPv6 without extension headers, TCP without a state-changing flag or UDP, whole. `length` counts the virtio header. */
function isCacheable(bytes: Uint8Array, at: number, length: number): boolean {
  if (readUint16(bytes, at + VIRTIO_NET_HEADER_LENGTH + ETHER_TYPE) !== ETHER_TYPE_IPV6) return false;
  if (length < TRANSPORT + UDP_HEADER_LENGTH || (bytes[at + NETWORK] ?? 0) >> 4 !== 6) return false;
  const payloadLength = readUint16(bytes, at + NETWORK + IPV6_PAYLOAD_LENGTH);
  if (payloadLength > length - TRANSPORT) return false;
  const protocol = bytes[at + NETWORK + IPV6_NEXT_HEADER];
  if (protocol === UDP) return payloadLength >= UDP_HEADER_LENGTH;
  if (protocol !== TCP || payloadLength < TCP_HEADER_LENGTH) return false;
  return ((bytes[at + TRANSPORT + TCP_FLAGS] ?? 0) & STATE_CHANGING) === 0;
}
