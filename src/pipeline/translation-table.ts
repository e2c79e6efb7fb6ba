/**
 * Translations of NAT gateways, in typed arrays: each is found from inside (client, its port, destination) and from
 * outside (gateway's address, its port, destination), has a bound, an expiry and a stable slot.
 *
 * A gateway's address has room for so many flows to one destination (address, port, protocol): 55,000 on AWS. As with
 * tracked connections, a slot's generation rises whenever what the flow cache remembers of it may not hold any more.
 */
import type { Ipv4 } from '../net/address.ts';
import { DestinationCounts } from './destination-counts.ts';
import type { KernelRecords } from './kernel-records.ts';
import { hashWords, INDEX_KEY_WORDS, KeyIndex } from './key-index.ts';

/** Limits of a table. */
export interface TranslationLimits {
  /** Translations in all. */
  readonly total: number;
  /** Translations of one gateway's address to one destination (user guide, nat-gateway-basics). */
  readonly perDestination: number;
}

/** AWS's limit; some 90 MB when every translation is in use. */
export const DEFAULT_TRANSLATION_LIMITS: TranslationLimits = { total: 1 << 20, perDestination: 55_000 };

/** A flow as a gateway sees it from inside. Ports are 16 bits; ICMP queries have their identifier as `insidePort`. */
export interface InsideFlow {
  /** Number of the gateway (`Interface.index`). */
  readonly owner: number;
  readonly protocol: number;
  readonly inside: Ipv4;
  readonly insidePort: number;
  readonly remote: Ipv4;
  readonly remotePort: number;
}

/** Where a flow goes on to, where that is not where it was sent: from whom, to whom, over what. */
export type OnwardFlow = Pick<InsideFlow, 'owner' | 'protocol' | 'remote' | 'remotePort'>;

/**
 * Added to the protocol, on the inside, of a client that speaks IPv6: `inside` is then the index of its interface and, in
 * the lower bits, which of that one's addresses it has.
 */
export const IPV6_CLIENT = 0x80;
export const CLIENT_POSITION_BITS = 6;
/** Numbers from 0xc0 on are callers' own. */
export const isIpv6Client = (kind: number): boolean => (kind & 0xc0) === IPV6_CLIENT;

/** No slot. */
export const NO_TRANSLATION = -1;
const FIRST_PORT = 1024;
const PORTS = 0x1_0000 - FIRST_PORT;
const INITIAL_SLOTS = 1024;
/** Slots that each new translation looks at for expired ones. */
const SWEEP_STEP = 4;
/** Least time between two searches of the whole table for expired translations, when there is no room. */
const FULL_SWEEP_INTERVAL_MS = 1000;

/** Translations, and how many of them each destination has. Times are milliseconds. */
export class TranslationTable {
  private capacity = INITIAL_SLOTS;
  private readonly fromInside = new KeyIndex(INITIAL_SLOTS);
  private readonly fromOutside = new KeyIndex(INITIAL_SLOTS);
  private states = new Uint8Array(INITIAL_SLOTS);
  private generations = new Int32Array(INITIAL_SLOTS);
  private timeoutsMs = new Float64Array(INITIAL_SLOTS);
  private expiriesMs = new Float64Array(INITIAL_SLOTS);
  /** The destination that a slot is counted for, -1 for fragments, which use no port. */
  private destinations = new Int32Array(INITIAL_SLOTS);
  private readonly counts = new DestinationCounts();
  private readonly free: number[] = [];
  private used = 0;
  private hand = 0;
  private live = 0;
  private sweptAtMs = Number.NEGATIVE_INFINITY;
  private readonly insideKey = new Int32Array(INDEX_KEY_WORDS);
  private readonly outsideKey = new Int32Array(INDEX_KEY_WORDS);
  private readonly countKey = new Int32Array(INDEX_KEY_WORDS);
  /** What `choose` has chosen. */
  chosenAddress = 0 as Ipv4;
  chosenPort = 0;
  /** What the flow switch knows, where there is one. */
  private kernel: KernelRecords | undefined;

  constructor(private readonly limits: TranslationLimits) {}

  /** As `ConnectionTable.share`. */
  share(kernel: KernelRecords): void {
    this.kernel = kernel;
    for (let slot = 0; slot < this.used; slot++) kernel.setGeneration(slot, this.generation(slot));
  }

  /** Translations in the table, expired ones that nobody has looked at included. */
  get size(): number {
    return this.live;
  }

  /** The translation of a flow, found from inside. */
  findInside(
    owner: number,
    protocol: number,
    inside: Ipv4,
    insidePort: number,
    remote: Ipv4,
    remotePort: number,
    nowMs: number,
  ): number {
    setKey(this.insideKey, owner, protocol, inside, remote, insidePort, remotePort);
    return this.alive(this.fromInside.find(this.insideKey), nowMs);
  }

  /** The translation of a flow, found from outside. */
  findOutside(
    owner: number,
    protocol: number,
    address: Ipv4,
    port: number,
    remote: Ipv4,
    remotePort: number,
    nowMs: number,
  ): number {
    setKey(this.outsideKey, owner, protocol, address, remote, port, remotePort);
    return this.alive(this.fromOutside.find(this.outsideKey), nowMs);
  }

  /** Chooses an address and a port for a new flow; false when every address has its fill of flows to the destination. */
  choose(flow: InsideFlow, addresses: readonly Ipv4[], nowMs: number): boolean {
    if (this.tryAddresses(flow, addresses)) return true;
    if (nowMs - this.sweptAtMs < FULL_SWEEP_INTERVAL_MS) return false;
    this.sweptAtMs = nowMs;
    this.sweep(this.used, nowMs);
    return this.tryAddresses(flow, addresses);
  }

  /** Lets a new flow keep the client's own address and port; false where another flow that keeps the same ones goes there. */
  keep(
    { inside, insidePort }: InsideFlow,
    { owner, protocol, remote, remotePort }: OnwardFlow,
    nowMs: number,
  ): boolean {
    setKey(this.outsideKey, owner, protocol, inside, remote, insidePort, remotePort);
    const slot = this.fromOutside.find(this.outsideKey);
    if (slot !== NO_TRANSLATION && this.isAlive(slot, nowMs)) return false;
    this.remove(slot);
    this.chosenAddress = inside;
    this.chosenPort = insidePort;
    return true;
  }

  /** Remembers the flow with the address and port that were chosen last; NO_TRANSLATION when the table is full. */
  open(flow: InsideFlow, timeoutMs: number, nowMs: number, onward: OnwardFlow = flow): number {
    const { inside, insidePort } = flow;
    const { owner, protocol, remote, remotePort } = onward;
    setKey(this.insideKey, flow.owner, flow.protocol, inside, flow.remote, insidePort, flow.remotePort);
    setKey(this.outsideKey, owner, protocol, this.chosenAddress, remote, this.chosenPort, remotePort);
    const slot = this.insert(timeoutMs, nowMs);
    if (slot === NO_TRANSLATION) return slot;
    setKey(this.countKey, owner, protocol, this.chosenAddress, remote, 0, remotePort);
    this.destinations[slot] = this.counts.increase(this.countKey);
    return slot;
  }

  /** Remembers the flow with what another table has chosen for it. */
  openAt(
    flow: InsideFlow,
    chosen: TranslationTable,
    timeoutMs: number,
    nowMs: number,
    onward: OnwardFlow = flow,
  ): number {
    this.chosenAddress = chosen.chosenAddress;
    this.chosenPort = chosen.chosenPort;
    return this.open(flow, timeoutMs, nowMs, onward);
  }

  /**
   * Remembers by its identification (as `insidePort`) a datagram whose first fragment has passed; later ones show no
   * port, and take none. `protocol` is a number of the caller's for each direction. False when the table is full.
   */
  openFragments(flow: InsideFlow, address: Ipv4, timeoutMs: number, nowMs: number): boolean {
    const { owner, protocol, inside, insidePort, remote, remotePort } = flow;
    setKey(this.insideKey, owner, protocol, inside, remote, insidePort, remotePort);
    setKey(this.outsideKey, owner, protocol, address, remote, insidePort, remotePort);
    const slot = this.insert(timeoutMs, nowMs);
    if (slot !== NO_TRANSLATION) this.destinations[slot] = NO_TRANSLATION;
    return slot !== NO_TRANSLATION;
  }

  /** Owner on the inside, and where the client has sent the flow to. */
  insideOwner(slot: number): number {
    return this.fromInside.word(slot, 0) >> 8;
  }
  /** Protocol of the client's flow, or what a caller has put in its place. */
  insideKind(slot: number): number {
    return this.fromInside.word(slot, 0) & 0xff;
  }
  insideRemote(slot: number): Ipv4 {
    return (this.fromInside.word(slot, 2) >>> 0) as Ipv4;
  }
  insideRemotePort(slot: number): number {
    return this.fromInside.word(slot, 3) & 0xffff;
  }
  /** Where the flow has gone on to. */
  outsideRemote(slot: number): Ipv4 {
    return (this.fromOutside.word(slot, 2) >>> 0) as Ipv4;
  }
  outsideRemotePort(slot: number): number {
    return this.fromOutside.word(slot, 3) & 0xffff;
  }
  /** Address of the client, and its port or identifier. */
  insideAddress(slot: number): Ipv4 {
    return (this.fromInside.word(slot, 1) >>> 0) as Ipv4;
  }
  insidePort(slot: number): number {
    return this.fromInside.word(slot, 3) >>> 16;
  }
  /** Address of the gateway, and the port or identifier there. */
  gatewayAddress(slot: number): Ipv4 {
    return (this.fromOutside.word(slot, 1) >>> 0) as Ipv4;
  }
  gatewayPort(slot: number): number {
    return this.fromOutside.word(slot, 3) >>> 16;
  }

  /** What the caller noted of the flow. */
  state(slot: number): number {
    return this.states[slot] ?? 0;
  }

  /** Changes state and timeout; the generation rises only if something changed. */
  setState(slot: number, state: number, timeoutMs: number): void {
    if (this.states[slot] === state && this.timeoutsMs[slot] === timeoutMs) return;
    this.states[slot] = state;
    this.timeoutsMs[slot] = timeoutMs;
    const generation = ((this.generations[slot] ?? 0) + 1) | 0;
    this.generations[slot] = generation;
    this.kernel?.setGeneration(slot, generation);
  }

  /** How long the flow may be idle. */
  timeoutMs(slot: number): number {
    return this.timeoutsMs[slot] ?? 0;
  }

  generation(slot: number): number {
    return this.generations[slot] ?? 0;
  }

  /** Starts the idle time anew. */
  touch(slot: number, nowMs: number): void {
    this.expiriesMs[slot] = nowMs + (this.timeoutsMs[slot] ?? 0);
  }

  /** Touches the translation if it is still in this generation and has not expired; false otherwise. */
  touchIfSame(slot: number, generation: number, nowMs: number): boolean {
    if (this.generations[slot] !== generation || !this.isAlive(slot, nowMs)) return false;
    this.touch(slot, nowMs);
    return true;
  }

  /** Forgets the translations of gateways that are gone, and of IPv6 clients that are. */
  removeOwners(owners: ReadonlySet<number>): void {
    if (owners.size === 0 || this.live === 0) return;
    for (let slot = 0; slot < this.used; slot++) {
      if (!this.fromInside.holds(slot)) continue;
      const outsideOwner = this.fromOutside.word(slot, 0) >> 8;
      const isGone = owners.has(this.insideOwner(slot)) || owners.has(outsideOwner);
      if (isGone || owners.has(this.clientIndex(slot))) this.remove(slot);
    }
  }

  /** Index of an IPv6 client's interface, -1 for a client that speaks IPv4. */
  private clientIndex(slot: number): number {
    return isIpv6Client(this.insideKind(slot)) ? this.insideAddress(slot) >>> CLIENT_POSITION_BITS : -1;
  }

  /** Frees expired translations among the next `slots` ones. */
  sweep(slots: number, nowMs: number): void {
    for (let step = Math.min(slots, this.used); step > 0; step--) {
      this.hand = this.hand + 1 < this.used ? this.hand + 1 : 0;
      if (this.fromInside.holds(this.hand) && !this.isAlive(this.hand, nowMs)) this.remove(this.hand);
    }
  }

  private tryAddresses(flow: InsideFlow, addresses: readonly Ipv4[]): boolean {
    const { owner, protocol, inside, insidePort, remote, remotePort } = flow;
    setKey(this.insideKey, owner, protocol, inside, remote, insidePort, remotePort);
    const hash = hashWords(this.insideKey, 0) >>> 0;
    for (let turn = 0; turn < addresses.length; turn++) {
      const address = addresses[(hash + turn) % addresses.length] ?? (0 as Ipv4);
      setKey(this.countKey, owner, protocol, address, remote, 0, remotePort);
      if (this.counts.count(this.countKey) < this.limits.perDestination) {
        this.chosenAddress = address;
        return this.findPort(flow, hash);
      }
    }
    return false;
  }

  /** The first free port from a place that the flow itself determines. */
  private findPort({ owner, protocol, remote, remotePort }: InsideFlow, hash: number): boolean {
    for (let step = 0; step < PORTS; step++) {
      const port = FIRST_PORT + ((hash + step) % PORTS);
      setKey(this.outsideKey, owner, protocol, this.chosenAddress, remote, port, remotePort);
      if (this.fromOutside.find(this.outsideKey) === NO_TRANSLATION) {
        this.chosenPort = port;
        return true;
      }
    }
    return false;
  }

  /** A slot with the keys that are set; a former flow with the same inside is over. */
  private insert(timeoutMs: number, nowMs: number): number {
    this.sweep(SWEEP_STEP, nowMs);
    this.remove(this.fromInside.find(this.insideKey));
    const slot = this.take();
    if (slot === NO_TRANSLATION) return slot;
    this.fromInside.add(slot, this.insideKey);
    this.fromOutside.add(slot, this.outsideKey);
    this.setState(slot, 0, timeoutMs);
    this.touch(slot, nowMs);
    return slot;
  }

  private alive(slot: number, nowMs: number): number {
    return slot !== NO_TRANSLATION && this.isAlive(slot, nowMs) ? slot : NO_TRANSLATION;
  }

  private isAlive(slot: number, nowMs: number): boolean {
    if ((this.expiriesMs[slot] ?? 0) > nowMs) return true;
    if (this.kernel === undefined) return false;
    const lastMs = nowMs - this.kernel.idleMs(slot, nowMs);
    if (lastMs + (this.timeoutsMs[slot] ?? 0) <= nowMs) return false;
    this.touch(slot, lastMs);
    return true;
  }

  private take(): number {
    if (this.live >= this.limits.total) return NO_TRANSLATION;
    this.live += 1;
    const free = this.free.pop();
    if (free !== undefined) return free;
    if (this.used === this.capacity) this.grow();
    return this.used++;
  }

  private remove(slot: number): void {
    if (slot === NO_TRANSLATION) return;
    this.fromInside.remove(slot);
    this.fromOutside.remove(slot);
    this.counts.decrease(this.destinations[slot] ?? NO_TRANSLATION);
    this.setState(slot, 0, 0);
    this.expiriesMs[slot] = 0;
    this.free.push(slot);
    this.live -= 1;
  }

  private grow(): void {
    this.capacity *= 2;
    const { capacity } = this;
    this.fromInside.grow(capacity);
    this.fromOutside.grow(capacity);
    this.states = grown(this.states, new Uint8Array(capacity));
    this.generations = grown(this.generations, new Int32Array(capacity));
    this.timeoutsMs = grown(this.timeoutsMs, new Float64Array(capacity));
    this.expiriesMs = grown(this.expiriesMs, new Float64Array(capacity));
    this.destinations = grown(this.destinations, new Int32Array(capacity));
  }
}

function setKey(
  key: Int32Array,
  owner: number,
  kind: number,
  near: Ipv4,
  remote: Ipv4,
  nearPort: number,
  remotePort: number,
): void {
  key[0] = (owner << 8) | kind;
  key[1] = near;
  key[2] = remote;
  key[3] = (nearPort << 16) | remotePort;
}

function grown<Words extends Int32Array | Uint8Array | Float64Array>(old: Words, bigger: Words): Words {
  bigger.set(old);
  return bigger;
}
