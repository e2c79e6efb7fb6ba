/**
 * Hands flows to the flow switch in the kernel, which forwards their further frames without this process.
 *
 * The fabric decides about a flow's first frames with the whole pipeline; what the flow cache remembers of it is what the
 * switch needs. From then on the fabric sees of the flow what changes something: SYN, FIN, RST, fragments, what is too
 * large, and everything after the decision has ceased to hold. Decisions cease as they do for the flow cache: the
 * network's epoch is another, or a connection is in another generation. Both are words that the switch compares, so
 * nothing has to be taken out before an update is confirmed; stale slots are given back by and by.
 *
 * Counts come back when somebody asks for them, and before a slot is given to another flow.
 */
import { type ConnectionTable, NO_CONNECTION } from '../pipeline/connection-table.ts';
import { KernelRecords } from '../pipeline/kernel-records.ts';
import type { Network } from '../pipeline/network.ts';
import type { TranslationTable } from '../pipeline/translation-table.ts';
import type { OffloadCounters } from '../tables/data-plane.ts';
import { type FlowCounts, NO_ACCOUNT } from './flow-counts.ts';
import {
  FLOW_KEY_WORDS,
  FlowEntry,
  KEY_IFINDEX,
  readCounter,
  SLOT_BYTES,
  SLOT_EPOCH,
  SLOT_IS_BEHIND,
  SLOT_LIMIT_GENERATIONS,
  SLOT_LIMITS,
  SLOT_OUT_IFINDEX,
  SLOT_PACKETS,
  SLOT_RECEIVED,
  SLOT_SENT,
  SLOT_TRANSLATION,
  SLOT_USED,
  SLOT_WORDS,
} from './flow-slots.ts';
import { areLoansSame } from './loans.ts';
import { RecentSlots } from './recent-slots.ts';
import { SlowPaths } from './slow-paths.ts';

/** Memory that the switch shares, and the one table of its that is not memory: which flow has which slot. */
export interface FlowSwitchMemory {
  /** One word: the network's epoch. */
  readonly epoch: Int32Array;
  readonly slots: Int32Array;
  /** RECORD_WORDS for each connection and translation. */
  readonly connections: Int32Array;
  readonly translations: Int32Array;
  /** LOAN_WORDS for each bucket that limits flows (loans.ts). */
  readonly loans: Int32Array;
  /** SLOW_PATH_WORDS for each way from a representor to the fabric (slow-paths.ts). */
  readonly slowPaths: Int32Array;
  /** The key that `add` and `remove` are about: FLOW_KEY_WORDS. */
  readonly key: Int32Array;
  /** What the kernel's clock (CLOCK_MONOTONIC) shows when the fabric's shows `nowMs`, in milliseconds. */
  kernelMs(nowMs: number): number;
  /** Gives the flow with `key` a slot: that one, or the one that it has already. -1 when the table is full. */
  add(slot: number): number;
  /** Takes the flow with `key` out. */
  remove(): void;
}

/** Who limits flows. */
export interface Lender {
  /** Writes into the flow of the frame that was emitted last what limits it; false where it cannot go without the fabric. */
  lend(flow: FlowEntry): boolean;
}

/** Slots that each installation looks at for stale ones. */
const SWEEP_STEP = 4;
/** A flow that the switch has not seen for so long is given back; the flow cache still knows it. */
const IDLE_MS = 60_000;
/** A slot is not used again before every processor must have left it. */
const REST_MS = 50;
/** Most flows that one sweep takes out: each is a system call. */
const MAX_REMOVALS = 1024;
const NONE = -1;

/** The fabric's side of one flow switch. */
export class FlowOffload {
  /** To be filled before `install`, all but KEY_IFINDEX and SLOT_OUT_IFINDEX. */
  readonly flow = new FlowEntry();
  /** Whether something limits that flow, as the lender says in detail. */
  isLimited = false;
  private readonly capacity: number;
  private readonly connectionRecords: KernelRecords;
  private readonly translationRecords: KernelRecords;
  private readonly slowPaths: SlowPaths;
  private readonly recent = new RecentSlots();
  /** By port: the number of its representor, 0 where it has none or its frames are all for the fabric. */
  private readonly representors: number[] = [];
  private watched: ReadonlySet<number> = new Set();
  /** By slot: its flow's key, account, what of its counters has been read, and when it was given back (or given out). */
  private readonly keys: Int32Array;
  private readonly accounts: Int32Array;
  private readonly readPackets: Float64Array;
  private readonly readBytes: Float64Array;
  private readonly changedMs: Float64Array;
  private readonly isTaken: Uint8Array;
  /** Slots that have been given back, oldest first. */
  private readonly resting: number[] = [];
  private restingHead = 0;
  private used = 0;
  private hand = 0;
  private taken = 0;
  private packets = 0;
  private bytes = 0;

  constructor(
    private readonly memory: FlowSwitchMemory,
    private readonly network: Network,
    private readonly connections: ConnectionTable,
    private readonly translations: TranslationTable,
    private readonly counts: FlowCounts,
    private readonly lender: Lender,
  ) {
    this.capacity = memory.slots.length / SLOT_WORDS;
    this.keys = new Int32Array(this.capacity * FLOW_KEY_WORDS);
    this.accounts = new Int32Array(this.capacity);
    this.readPackets = new Float64Array(this.capacity);
    this.readBytes = new Float64Array(this.capacity);
    this.changedMs = new Float64Array(this.capacity);
    this.isTaken = new Uint8Array(this.capacity);
    this.connectionRecords = new KernelRecords(memory.connections, memory.kernelMs);
    this.translationRecords = new KernelRecords(memory.translations, memory.kernelMs);
    this.slowPaths = new SlowPaths(memory.slowPaths);
    network.shareEpoch(memory.epoch);
    connections.share(this.connectionRecords);
    translations.share(this.translationRecords);
  }

  /** Says which representor a port's function has; undefined where the port is none of a function's any more. */
  setRepresentor(port: number, ifindex: number | undefined): void {
    this.representors[port] = ifindex ?? 0;
  }

  /** Of these ports every frame passes the fabric. Holds for flows handed over from now on: the caller begins a new epoch. */
  watch(ports: ReadonlySet<number>): void {
    this.watched = ports;
  }

  /** True when flows from one port to the other can be handed over. */
  serves(port: number, outPort: number): boolean {
    if ((this.representors[port] ?? 0) === 0 || (this.representors[outPort] ?? 0) === 0) return false;
    return this.watched.size === 0 || !(this.watched.has(port) || this.watched.has(outPort));
  }

  /** Hands `flow` over, from one port to another that it `serves`. It may be there already. */
  install(port: number, outPort: number, nowMs: number): void {
    this.sweep(SWEEP_STEP, nowMs);
    const { flow, memory } = this;
    flow.key[KEY_IFINDEX] = this.representors[port] ?? 0;
    if (!this.isLimited) flow.isUnlimited();
    else if (!this.lender.lend(flow)) return;
    if (!this.isKnown(flow) || this.isThere(flow)) return;
    const slot = this.freeSlot(nowMs);
    if (slot === NONE) return;
    this.write(slot, outPort, nowMs);
    memory.key.set(flow.key);
    const given = memory.add(slot);
    if (given !== NONE) this.recent.note(flow.key, given);
    if (given === slot) {
      this.take(slot, nowMs);
      return;
    }
    memory.slots[slot * SLOT_WORDS + SLOT_EPOCH] = 0;
    if (given !== NONE && !this.holds(given)) {
      this.credit(given);
      this.write(given, outPort, nowMs);
      this.accounts[given] = flow.account;
      this.changedMs[given] = nowMs;
    }
  }

  /** The fabric has done with a frame of a port: it was sent on, or waits, or is no more. */
  handled(port: number): void {
    const representor = this.representors[port] ?? 0;
    if (representor !== 0) this.slowPaths.handled(representor);
  }

  /** No frame waits for the fabric at a port. */
  drained(port: number): void {
    const representor = this.representors[port] ?? 0;
    if (representor !== 0) this.slowPaths.drained(representor);
  }

  /** Takes every flow to and from a port out of the switch, before this returns. */
  evict(port: number): void {
    const ifindex = this.representors[port] ?? 0;
    if (ifindex === 0) return;
    for (let slot = 0; slot < this.used; slot++) {
      if (this.isTaken[slot] !== 1) continue;
      const isFrom = this.keys[slot * FLOW_KEY_WORDS + KEY_IFINDEX] === ifindex;
      if (isFrom || this.memory.slots[slot * SLOT_WORDS + SLOT_OUT_IFINDEX] === ifindex) this.silence(slot);
    }
  }

  /** Adds what flows have had since the last call to their accounts; true when there was something. */
  settle(): boolean {
    const before = this.packets;
    for (let slot = 0; slot < this.used; slot++) {
      if (this.isTaken[slot] !== 1) continue;
      this.credit(slot);
      // Its account may be another's before the slot is given back.
      if (!this.holds(slot)) this.accounts[slot] = NO_ACCOUNT;
    }
    return this.packets !== before;
  }

  /** Gives back what is stale or idle among the next slots. */
  sweep(slots: number, nowMs: number): void {
    let removals = 0;
    for (let step = Math.min(slots, this.used); step > 0 && removals < MAX_REMOVALS; step--) {
      this.hand = this.hand + 1 < this.used ? this.hand + 1 : 0;
      if (this.isTaken[this.hand] !== 1 || (this.holds(this.hand) && !this.isIdle(this.hand, nowMs))) continue;
      this.giveBack(this.hand, nowMs);
      removals += 1;
    }
  }

  counters(): OffloadCounters {
    this.settle();
    return { flows: this.taken, packets: this.packets, bytes: this.bytes };
  }

  /** The switch knows as many connections and translations as it has records for. */
  private isKnown({ slot }: FlowEntry): boolean {
    const most = this.connectionRecords.capacity;
    if ((slot[SLOT_SENT] ?? 0) >= most || (slot[SLOT_RECEIVED] ?? 0) >= most) return false;
    return (slot[SLOT_TRANSLATION] ?? 0) < this.translationRecords.capacity;
  }

  /** Fills a slot; the epoch, which makes it valid, comes last. */
  private write(slot: number, outPort: number, nowMs: number): void {
    const { flow, connections, memory } = this;
    const base = slot * SLOT_WORDS;
    flow.slot[SLOT_EPOCH] = 0;
    flow.slot[SLOT_OUT_IFINDEX] = this.representors[outPort] ?? 0;
    this.time(SLOT_SENT, connections, this.connectionRecords, nowMs);
    this.time(SLOT_RECEIVED, connections, this.connectionRecords, nowMs);
    this.time(SLOT_TRANSLATION, this.translations, this.translationRecords, nowMs);
    this.silence(slot);
    memory.slots.set(flow.slot, base);
    memory.slots.set(flow.limitWords, base + SLOT_LIMITS);
    memory.slots[base + SLOT_LIMIT_GENERATIONS] = flow.limitGenerations;
    memory.slots[base + SLOT_IS_BEHIND] = 1;
    Atomics.store(memory.slots, base + SLOT_EPOCH, this.network.epoch);
  }

  /** Tells the switch how long what the flow belongs to may be idle, and that it has just not been. */
  private time(at: number, table: ConnectionTable | TranslationTable, records: KernelRecords, nowMs: number): void {
    const { slot } = this.flow;
    const index = slot[at] ?? NO_CONNECTION;
    if (index < 0) return;
    slot[at + 2] = table.timeoutMs(index);
    records.touch(index, nowMs);
  }

  /** A slot that nobody reads; it stays free until `take`. */
  private freeSlot(nowMs: number): number {
    const oldest = this.resting[this.restingHead];
    if (oldest !== undefined && nowMs - (this.changedMs[oldest] ?? 0) >= REST_MS) return oldest;
    return this.used < this.capacity ? this.used : NONE;
  }

  private take(slot: number, nowMs: number): void {
    if (slot === this.used) this.used += 1;
    else this.restingHead += 1;
    if (this.restingHead > 4096 && this.restingHead * 2 > this.resting.length) {
      this.resting.splice(0, this.restingHead);
      this.restingHead = 0;
    }
    this.isTaken[slot] = 1;
    this.changedMs[slot] = nowMs;
    this.taken += 1;
    this.keys.set(this.flow.key, slot * FLOW_KEY_WORDS);
    this.accounts[slot] = this.flow.account;
  }

  private giveBack(slot: number, nowMs: number): void {
    this.silence(slot);
    const { memory } = this;
    const at = slot * FLOW_KEY_WORDS;
    memory.key.set(this.keys.subarray(at, at + FLOW_KEY_WORDS));
    memory.remove();
    this.credit(slot);
    this.isTaken[slot] = 0;
    this.taken -= 1;
    this.changedMs[slot] = nowMs;
    this.resting.push(slot);
  }

  /** Lets a slot's flow miss. */
  private silence(slot: number): void {
    Atomics.store(this.memory.slots, slot * SLOT_WORDS + SLOT_EPOCH, 0);
  }

  /** True for a flow that has a slot whose decision holds, as it has when its frames come here because they exceed a rate. */
  private isThere({ key }: FlowEntry): boolean {
    const slot = this.recent.find(key);
    if (slot === NONE || this.isTaken[slot] !== 1) return false;
    const at = slot * FLOW_KEY_WORDS;
    for (let word = 0; word < FLOW_KEY_WORDS; word++) if (this.keys[at + word] !== key[word]) return false;
    return this.holds(slot);
  }

  /** True while what stands in a slot is what the stages would decide. */
  private holds(slot: number): boolean {
    const { slots } = this.memory;
    const base = slot * SLOT_WORDS;
    return (
      slots[base + SLOT_EPOCH] === this.network.epoch &&
      isSame(slots, base + SLOT_SENT, this.connections) &&
      isSame(slots, base + SLOT_RECEIVED, this.connections) &&
      isSame(slots, base + SLOT_TRANSLATION, this.translations) &&
      areLoansSame(slots, base, this.memory.loans)
    );
  }

  private isIdle(slot: number, nowMs: number): boolean {
    const used = this.memory.slots[slot * SLOT_WORDS + SLOT_USED] ?? 0;
    const age = used === 0 ? Number.POSITIVE_INFINITY : (this.memory.kernelMs(nowMs) - used) | 0;
    return age > IDLE_MS && nowMs - (this.changedMs[slot] ?? 0) > IDLE_MS;
  }

  private credit(slot: number): void {
    const { slots } = this.memory;
    const base = slot * SLOT_WORDS;
    const packets = readCounter(slots, base + SLOT_PACKETS);
    const newPackets = packets - (this.readPackets[slot] ?? 0);
    if (newPackets === 0) return;
    const bytes = readCounter(slots, base + SLOT_BYTES);
    const newBytes = bytes - (this.readBytes[slot] ?? 0);
    this.readPackets[slot] = packets;
    this.readBytes[slot] = bytes;
    this.packets += newPackets;
    this.bytes += newBytes;
    const account = this.accounts[slot] ?? NO_ACCOUNT;
    if (account !== NO_ACCOUNT) this.counts.add(account, newPackets, newBytes);
  }
}

const isSame = (slots: Int32Array, at: number, table: ConnectionTable | TranslationTable): boolean => {
  const index = slots[at] ?? NO_CONNECTION;
  return index < 0 || table.generation(index) === slots[at + 1];
};
