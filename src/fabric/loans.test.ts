import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { FlowEntry, OF_PACKETS, SLOT_LIMIT_GENERATIONS, SLOT_LIMITS, SLOT_WORDS } from './flow-slots.ts';
import { areLoansSame, LOAN_WORDS, Loans } from './loans.ts';
import { TokenBuckets } from './token-buckets.ts';

const LIMITS = { perSecond: 1000, depth: 100, longestWaitMs: 50 };
const RECORDS = 16;

/** A pool that lends to a switch, and what a switch does with the memory. */
class Subject {
  readonly pool = new TokenBuckets();
  readonly memory = new Int32Array(RECORDS * LOAN_WORDS);
  readonly flow = new FlowEntry();
  firstHeldMs = Number.POSITIVE_INFINITY;
  readonly loans = new Loans(this.memory, this.pool, () => this.firstHeldMs);

  /** Opens a bucket and lends it to the flow. */
  lent(limits = LIMITS): number {
    const bucket = this.pool.open(limits, 0);
    this.loans.lend(this.flow, 0, bucket, false);
    return bucket;
  }

  /** What may pass. */
  left(bucket: number): number {
    const at = (bucket + 1) * LOAN_WORDS;
    return ((this.memory[at] ?? 0) - (this.memory[at + 1] ?? 0)) | 0;
  }

  /** Passes without the fabric. */
  pass(bucket: number, tokens: number): void {
    const at = (bucket + 1) * LOAN_WORDS + 1;
    this.memory[at] = (this.memory[at] ?? 0) + tokens;
  }
}

test('what is in a bucket is lent, and what has passed is taken from it when the fabric looks', () => {
  const sub = new Subject();
  const bucket = sub.lent();
  equal(sub.left(bucket), 100);
  sub.pass(bucket, 70);
  equal(sub.left(bucket), 30);
  equal(sub.pool.waitMs(bucket, 40, 0), 10);
  sub.pool.take(bucket, 20);
  equal(sub.left(bucket), 10);
});

test('a renewal lends what has come into the bucket, never more than it is deep', () => {
  const sub = new Subject();
  const bucket = sub.lent();
  sub.pass(bucket, 100);
  sub.loans.renew(0);
  equal(sub.left(bucket), 0);
  sub.loans.renew(30);
  equal(sub.left(bucket), 30);
  sub.loans.renew(5000);
  equal(sub.left(bucket), 100);
});

test('what two processors took too much of is a debt', () => {
  const sub = new Subject();
  const bucket = sub.lent();
  sub.pass(bucket, 120);
  sub.loans.renew(10);
  ok(sub.left(bucket) <= 0);
  equal(sub.pool.waitMs(bucket, 10, 10), 30);
});

test('nothing is lent while a frame waits for the bucket, though it would have tokens, and others are lent', () => {
  const sub = new Subject();
  const [bucket, other] = [sub.lent(), sub.lent()];
  sub.loans.waits(bucket, 20);
  sub.firstHeldMs = 20;
  for (const of of [bucket, other]) sub.pool.take(of, 10);
  equal(sub.left(bucket), 0);
  equal(sub.left(other), 90);
  sub.firstHeldMs = 25;
  sub.loans.renew(21);
  equal(sub.left(bucket), 100);
});

test('renewals come often enough that half of what was lent is left at the rate at which it is used', () => {
  const sub = new Subject();
  const bucket = sub.lent();
  sub.loans.renew(0);
  equal(sub.loans.renewalMs, 100, 'nothing is used');
  sub.pass(bucket, 50);
  sub.loans.renew(100);
  equal(sub.loans.renewalMs, 150, 'half of what is there passes in 100 ms');
  sub.pass(bucket, 50);
  sub.loans.renew(150);
  equal(sub.loans.renewalMs, 175);
  sub.pass(bucket, 50);
  sub.loans.renew(151);
  equal(sub.loans.renewalMs, 153, 'no more often than each 2 ms');
});

test('what is used fast is renewed soon once a frame has come to the fabric', () => {
  const sub = new Subject();
  const bucket = sub.lent();
  sub.loans.renew(0);
  sub.loans.isWanted(1);
  equal(sub.loans.renewalMs, 100);
  sub.pass(bucket, 99);
  sub.pool.waitMs(bucket, 10, 5);
  sub.loans.isWanted(5);
  equal(sub.loans.renewalMs, 7);
});

test('counts run over', () => {
  const sub = new Subject();
  const bucket = sub.pool.open(LIMITS, 0);
  sub.memory.fill(2 ** 31 - 10);
  sub.loans.lend(sub.flow, 0, bucket, false);
  equal(sub.left(bucket), 100);
  sub.pass(bucket, 60);
  sub.loans.renew(0);
  equal(sub.left(bucket), 40);
});

test('a bucket with more than can be counted is lent in part', () => {
  const sub = new Subject();
  equal(sub.left(sub.lent({ ...LIMITS, depth: 1e12 })), 2 ** 30);
});

test('a flow names the loans that limit it, until one of their buckets is another’s', () => {
  const { pool, loans, flow, memory } = new Subject();
  const [bytes, packets] = [pool.open(LIMITS, 0), pool.open(LIMITS, 0)];
  equal(loans.lend(flow, 0, bytes, false) && loans.lend(flow, 1, packets, true), true);
  deepEqual([...flow.limits.subarray(0, 3)], [bytes + 1, (packets + 1) | OF_PACKETS, 0]);
  const slot = new Int32Array(SLOT_WORDS);
  slot.set(flow.limitWords, SLOT_LIMITS);
  slot[SLOT_LIMIT_GENERATIONS] = flow.limitGenerations;
  equal(areLoansSame(slot, 0, memory), true);
  pool.close(packets);
  equal(pool.open(LIMITS, 0), packets);
  equal(areLoansSame(slot, 0, memory), false);
});

test('nothing is left of a loan whose bucket is given back', () => {
  const sub = new Subject();
  const bucket = sub.lent();
  sub.pool.close(bucket);
  equal(sub.left(bucket), 0);
  sub.pool.open(LIMITS, 0);
  sub.loans.renew(10);
  equal(sub.left(bucket), 0, 'whose it is now has not been lent it');
});

test('a bucket for which there is no record is not lent', () => {
  const { pool, loans, flow } = new Subject();
  const buckets = Array.from({ length: RECORDS }, () => pool.open(LIMITS, 0));
  deepEqual(
    buckets.map((bucket) => loans.lend(flow, 0, bucket, false)),
    buckets.map((_, index) => index < RECORDS - 1),
  );
});
