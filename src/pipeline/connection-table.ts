/**
 * Tracked connections of all interfaces, in typed arrays: a chained hash table with a bound, expiry and stable slots.
 *
 * A slot keeps its number while its connection lives, and its generation rises whenever the connection changes state,
 * ends, or the slot is used again. The flow cache remembers slot and generation, and so knows without a lookup
 * whether what it knew still holds.
 */

import type { KernelRecords } from './kernel-records.ts';

/** 32-bit words of a key: owner, kind and family, ports, local address, remote address. */
export const KEY_WORDS = 11;
const NONE = -1;
const FREE_OWNER = -1;
/** Slots that each insertion looks at for expired connections, so that the table never waits for a sweep. */
const SWEEP_STEP = 4;
const INITIAL_SLOTS = 1024;

/** Limits of a table. */
export interface ConnectionLimits {
  /** Connections in all. */
  readonly total: number;
  /** Connections of all interfaces of one instance, which AWS's allowance is for (ENA metric conntrack_allowance_exceeded). */
  readonly perInstance: number;
}

/** Tracked connections. A slot is a small integer, NO_CONNECTION for none. Times are milliseconds. */
export class ConnectionTable {
  private capacity = INITIAL_SLOTS;
  private keys = new Int32Array(INITIAL_SLOTS * KEY_WORDS);
  private next = new Int32Array(INITIAL_SLOTS);
  private heads = new Int32Array(INITIAL_SLOTS * 2).fill(NONE);
  private states = new Uint8Array(INITIAL_SLOTS);
  private generations = new Int32Array(INITIAL_SLOTS);
  private timeoutsMs = new Float64Array(INITIAL_SLOTS);
  private expiriesMs = new Float64Array(INITIAL_SLOTS);
  /** Whose allowance each slot's connection is of, and how many are of each. */
  private readonly holders: string[] = [];
  private readonly countByHolder = new Map<string, number>();
  private free = NONE;
  private used = 0;
  private hand = 0;
  private live = 0;
  /** What the flow switch knows, where there is one. */
  private kernel: KernelRecords | undefined;

  constructor(private readonly limits: ConnectionLimits) {}

  /** Tells the flow switch of every generation from now on, and believes what it says of packets. */
  share(kernel: KernelRecords): void {
    this.kernel = kernel;
    for (let slot = 0; slot < this.used; slot++) kernel.setGeneration(slot, this.generation(slot));
  }

  /** Connections in the table, expired ones that nobody has looked at included. */
  get size(): number {
    return this.live;
  }

  /** How many more connections of an instance there is room for. */
  roomOf(instance: string): number {
    return Math.min(this.limits.total - this.live, this.limits.perInstance - (this.countByHolder.get(instance) ?? 0));
  }

  /** The slot of this key's connection, if it has one that has not expired. */
  find(key: Int32Array, nowMs: number): number {
    for (let slot = this.heads[this.bucket(key, 0)] ?? NONE; slot !== NONE; slot = this.next[slot] ?? NONE) {
      if (this.hasKey(slot, key)) return this.isAlive(slot, nowMs) ? slot : NONE;
    }
    return NONE;
  }

  /**
   * A slot for this key's new connection, or NO_CONNECTION when there is no room. An expired one of the same key is reused.
   * @param instance id of whose allowance it counts against
   */
  insert(key: Int32Array, state: number, timeoutMs: number, nowMs: number, instance: string): number {
    const slot = this.slotOf(key);
    const taken = slot === NONE ? this.take(key, nowMs, instance) : slot;
    if (taken !== NONE) {
      this.setState(taken, state, timeoutMs);
      this.touch(taken, nowMs);
    }
    return taken;
  }

  /** What the connection's state is; the numbers are the caller's. */
  state(slot: number): number {
    return this.states[slot] ?? 0;
  }

  /** Changes state and timeout; the generation rises only if something changed. */
  setState(slot: number, state: number, timeoutMs: number): void {
    if (this.states[slot] === state && this.timeoutsMs[slot] === timeoutMs) return;
    this.states[slot] = state;
    this.timeoutsMs[slot] = timeoutMs;
    this.renew(slot);
  }

  /** How long the connection may be idle. */
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

  /** Touches the connection if it is still in this generation and has not expired; false otherwise. */
  touchIfSame(slot: number, generation: number, nowMs: number): boolean {
    if (this.generations[slot] !== generation || !this.isAlive(slot, nowMs)) return false;
    this.touch(slot, nowMs);
    return true;
  }

  /** Ends a connection. */
  remove(slot: number): void {
    const base = slot * KEY_WORDS;
    const bucket = this.bucket(this.keys, base);
    this.unchain(bucket, slot);
    this.uncount(this.holders[slot] ?? '');
    this.keys[base] = FREE_OWNER;
    this.states[slot] = 0;
    this.renew(slot);
    this.next[slot] = this.free;
    this.free = slot;
    this.live -= 1;
  }

  /** Ends every connection of these owners. */
  removeOwners(owners: ReadonlySet<number>): void {
    if (owners.size === 0) return;
    for (let slot = 0; slot < this.used; slot++) if (owners.has(this.keys[slot * KEY_WORDS] ?? 0)) this.remove(slot);
  }

  /** Frees expired connections among the next `slots` ones; call it now and then to give back what is idle. */
  sweep(slots: number, nowMs: number): void {
    for (let step = Math.min(slots, this.used); step > 0; step--) {
      this.hand = this.hand + 1 < this.used ? this.hand + 1 : 0;
      if (this.keys[this.hand * KEY_WORDS] !== FREE_OWNER && !this.isAlive(this.hand, nowMs)) this.remove(this.hand);
    }
  }

  private isAlive(slot: number, nowMs: number): boolean {
    if ((this.expiriesMs[slot] ?? 0) > nowMs) return true;
    if (this.kernel === undefined) return false;
    // The switch may have forwarded packets since.
    const lastMs = nowMs - this.kernel.idleMs(slot, nowMs);
    if (lastMs + (this.timeoutsMs[slot] ?? 0) <= nowMs) return false;
    this.touch(slot, lastMs);
    return true;
  }

  private renew(slot: number): void {
    const generation = ((this.generations[slot] ?? 0) + 1) | 0;
    this.generations[slot] = generation;
    this.kernel?.setGeneration(slot, generation);
  }

  private slotOf(key: Int32Array): number {
    let slot = this.heads[this.bucket(key, 0)] ?? NONE;
    while (slot !== NONE && !this.hasKey(slot, key)) slot = this.next[slot] ?? NONE;
    return slot;
  }

  private take(key: Int32Array, nowMs: number, instance: string): number {
    this.sweep(SWEEP_STEP, nowMs);
    if (!this.hasRoom(instance)) this.sweep(this.used, nowMs);
    if (!this.hasRoom(instance)) return NONE;
    const slot = this.freeSlot();
    this.keys.set(key, slot * KEY_WORDS);
    const bucket = this.bucket(key, 0);
    this.next[slot] = this.heads[bucket] ?? NONE;
    this.heads[bucket] = slot;
    this.holders[slot] = instance;
    this.countByHolder.set(instance, (this.countByHolder.get(instance) ?? 0) + 1);
    this.live += 1;
    return slot;
  }

  private uncount(instance: string): void {
    const left = (this.countByHolder.get(instance) ?? 1) - 1;
    if (left === 0) this.countByHolder.delete(instance);
    else this.countByHolder.set(instance, left);
  }

  private hasRoom(instance: string): boolean {
    return this.live < this.limits.total && (this.countByHolder.get(instance) ?? 0) < this.limits.perInstance;
  }

  private freeSlot(): number {
    if (this.free !== NONE) {
      const slot = this.free;
      this.free = this.next[slot] ?? NONE;
      return slot;
    }
    if (this.used === this.capacity) this.grow();
    return this.used++;
  }

  private unchain(bucket: number, slot: number): void {
    const after = this.next[slot] ?? NONE;
    let previous = this.heads[bucket] ?? NONE;
    if (previous === slot) {
      this.heads[bucket] = after;
      return;
    }
    while (this.next[previous] !== slot) previous = this.next[previous] ?? NONE;
    this.next[previous] = after;
  }

  private hasKey(slot: number, key: Int32Array): boolean {
    const base = slot * KEY_WORDS;
    for (let word = 0; word < KEY_WORDS; word++) if (this.keys[base + word] !== key[word]) return false;
    return true;
  }

  private bucket(words: Int32Array, base: number): number {
    let hash = 0;
    for (let word = 0; word < KEY_WORDS; word++) {
      hash = Math.imul(hash ^ (words[base + word] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash & (this.heads.length - 1);
  }

  private grow(): void {
    this.capacity *= 2;
    this.keys = grown(this.keys, new Int32Array(this.capacity * KEY_WORDS));
    this.next = grown(this.next, new Int32Array(this.capacity));
    this.states = grown(this.states, new Uint8Array(this.capacity));
    this.generations = grown(this.generations, new Int32Array(this.capacity));
    this.timeoutsMs = grown(this.timeoutsMs, new Float64Array(this.capacity));
    this.expiriesMs = grown(this.expiriesMs, new Float64Array(this.capacity));
    this.heads = new Int32Array(this.capacity * 2).fill(NONE);
    for (let slot = 0; slot < this.used; slot++) {
      const bucket = this.bucket(this.keys, slot * KEY_WORDS);
      this.next[slot] = this.heads[bucket] ?? NONE;
      this.heads[bucket] = slot;
    }
  }
}

/** No slot. */
export const NO_CONNECTION = NONE;

function grown<Words extends Int32Array | Uint8Array | Float64Array>(old: Words, bigger: Words): Words {
  bigger.set(old);
  return bigger;
}
