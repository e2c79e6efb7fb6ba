/**
 * Loans: what the flow switch may let pass without the fabric, of flows whose rates are limited.
 *
 * What limits flows are the token buckets of the shaper, and there is no second notion of a limit. A bucket that limits a
 * flow in the switch has a record in memory that both share: how much has passed, which the switch counts up, and up to which
 * count it may, which is written here. What is in the bucket is what may pass. What has passed is taken from the bucket
 * whenever that is looked at: when a frame comes to the fabric that it limits, and now and then, when the record is
 * renewed with what has come into it meanwhile. So however flows go, the limits hold for all of them together.
 *
 * A frame for which too little is lent goes to the fabric, where it waits or is dropped as ever. While one waits for a bucket,
 * nothing of that is lent, and the switch sends all frames of the flow after it (slow-paths.ts).
 */
import { type FlowEntry, MOST_LIMITS, OF_PACKETS, SLOT_LIMIT_GENERATIONS, SLOT_LIMITS } from './flow-slots.ts';
import type { Borrower, TokenBuckets } from './token-buckets.ts';

/** Words of a record, as `struct loan` in host/flow-switch.c: up to which count, the count (both modulo 2^32), generation. */
const LIMIT = 0;
const USED = 1;
const GENERATION = 2;
export const LOAN_WORDS = 4;

/** Most that is lent at once, in bytes or packets: counts are compared as numbers of 31 bits. */
const MOST_LENT = 2 ** 30;
/** A bucket has what its rate lets pass in 5 ms at least (rate-account.ts): a stream just below it must not empty it between two renewals. */
const SHORTEST_RENEWAL_MS = 2;
/** As often as the fabric's loop wakes up anyway. */
const LONGEST_RENEWAL_MS = 100;
/** Which part of what was lent may be used, at the rate at which it was, until the renewal. */
const SHARE_USED = 0.5;

/** The records of one flow switch. That of a bucket has the bucket's number and one: 0 stands for no limit. */
export class Loans implements Borrower {
  /** When `renew` is to be called; Infinity while nothing is lent. */
  renewalMs = Number.POSITIVE_INFINITY;

  private readonly capacity: number;
  private readonly lent = new Set<number>();
  /** By record: the switch's count when it was read last, what has been used since the last renewal. */
  private readonly counted: Int32Array;
  private readonly used: Float64Array;
  /** When the last frame is due of those that wait for it. */
  private readonly waitUntilMs: Float64Array;
  /** 1 where a full bucket is lent: nothing will come into it. */
  private readonly isFull: Uint8Array;
  private renewedMs = 0;
  private isMoreWanted = false;

  constructor(
    private readonly memory: Int32Array,
    private readonly pool: TokenBuckets,
    private readonly firstHeldMs: () => number,
  ) {
    // Numbers of records are of 15 bits.
    this.capacity = Math.min(OF_PACKETS, memory.length / LOAN_WORDS);
    this.counted = new Int32Array(this.capacity);
    this.used = new Float64Array(this.capacity);
    this.waitUntilMs = new Float64Array(this.capacity);
    this.isFull = new Uint8Array(this.capacity);
    pool.lendTo(this);
  }

  /** Lends a bucket to a flow, as the limit with this number. False where there is no record for it. */
  lend(flow: FlowEntry, limit: number, bucket: number, isOfPackets: boolean): boolean {
    const record = bucket + 1;
    if (record >= this.capacity || limit >= MOST_LIMITS) return false;
    flow.limits[limit] = isOfPackets ? record | OF_PACKETS : record;
    flow.limitGenerations = (flow.limitGenerations + (this.memory[record * LOAN_WORDS + GENERATION] ?? 0)) | 0;
    if (this.lent.has(bucket)) return true;
    this.lent.add(bucket);
    this.counted[record] = Atomics.load(this.memory, record * LOAN_WORDS + USED);
    this.isMoreWanted = true;
    this.pool.tell(bucket);
    return true;
  }

  /** A frame has come to the fabric of a flow in the switch: what is used fast is renewed soon. */
  isWanted(nowMs: number): void {
    if (!this.isMoreWanted) return;
    this.isMoreWanted = false;
    this.renewalMs = Math.min(this.renewalMs, nowMs + SHORTEST_RENEWAL_MS);
  }

  /** A frame waits for a bucket: nothing is lent of it until that is gone. */
  waits(bucket: number, dueMs: number): void {
    const record = bucket + 1;
    this.waitUntilMs[record] = Math.max(dueMs, this.waitUntilMs[record] ?? 0);
  }

  /** Lends what has come into the buckets. */
  renew(nowMs: number): void {
    let inMs = LONGEST_RENEWAL_MS;
    for (const bucket of this.lent) inMs = Math.min(inMs, this.renewBucket(bucket, nowMs));
    this.renewedMs = nowMs;
    this.renewalMs = nowMs + Math.max(SHORTEST_RENEWAL_MS, inMs);
    this.isMoreWanted = false;
  }

  takenFrom(bucket: number): number {
    if (!this.lent.has(bucket)) return 0;
    const record = bucket + 1;
    const count = Atomics.load(this.memory, record * LOAN_WORDS + USED);
    const taken = (count - (this.counted[record] ?? 0)) >>> 0;
    if (taken === 0) return 0;
    this.counted[record] = count;
    this.used[record] = (this.used[record] ?? 0) + taken;
    this.isMoreWanted = true;
    return taken;
  }

  left(bucket: number, tokens: number, depth: number): void {
    if (!this.lent.has(bucket)) return;
    const record = bucket + 1;
    const nothingWaits = (this.waitUntilMs[record] ?? 0) < this.firstHeldMs();
    const loan = nothingWaits ? Math.max(0, Math.min(MOST_LENT, Math.floor(tokens))) : 0;
    this.isFull[record] = nothingWaits && tokens >= depth ? 1 : 0;
    Atomics.store(this.memory, record * LOAN_WORDS + LIMIT, ((this.counted[record] ?? 0) + loan) | 0);
  }

  ended(bucket: number): void {
    if (!this.lent.delete(bucket)) return;
    const record = bucket + 1;
    const at = record * LOAN_WORDS;
    // Slots that name it hold no more.
    Atomics.add(this.memory, at + GENERATION, 1);
    Atomics.store(this.memory, at + LIMIT, Atomics.load(this.memory, at + USED));
    this.used[record] = 0;
    this.waitUntilMs[record] = 0;
  }

  /** @returns in how many milliseconds it is to be done again */
  private renewBucket(bucket: number, nowMs: number): number {
    const record = bucket + 1;
    const isUntouched = Atomics.load(this.memory, record * LOAN_WORDS + USED) === this.counted[record];
    // What nobody uses stays as it is, so that it can be seen for how long nobody has (flow-rates.ts).
    if (isUntouched && this.used[record] === 0 && this.isFull[record] === 1) return LONGEST_RENEWAL_MS;
    const tokens = Math.min(MOST_LENT, this.pool.tokens(bucket, nowMs));
    this.pool.tell(bucket);
    const used = this.used[record] ?? 0;
    this.used[record] = 0;
    if (used === 0 || tokens <= 0) return this.pool.fullInMs(bucket) * SHARE_USED;
    return ((tokens * (nowMs - this.renewedMs)) / used) * SHARE_USED;
  }
}

/** Whether the loans that a slot names are still of the buckets that they were of. */
export function areLoansSame(slots: Int32Array, base: number, loans: Int32Array): boolean {
  let generations = 0;
  for (let word = SLOT_LIMITS; word < SLOT_LIMIT_GENERATIONS; word++) {
    const pair = slots[base + word] ?? 0;
    if (pair === 0) break;
    generations += generationOf(loans, pair & 0xffff) + generationOf(loans, pair >>> 16);
  }
  return (generations | 0) === slots[base + SLOT_LIMIT_GENERATIONS];
}

const generationOf = (loans: Int32Array, name: number): number =>
  name === 0 ? 0 : (loans[(name & (OF_PACKETS - 1)) * LOAN_WORDS + GENERATION] ?? 0);
