import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBuckets } from './token-buckets.ts';

const LIMITS = { perSecond: 1000, depth: 100, longestWaitMs: 50 };

test('a full bucket lets as much pass at once as it is deep, and what exceeds it waits at its rate', () => {
  const buckets = new TokenBuckets();
  const bucket = buckets.open(LIMITS, 0);
  assert.equal(buckets.waitMs(bucket, 100, 0), 0);
  buckets.take(bucket, 100);
  assert.equal(buckets.waitMs(bucket, 10, 0), 10);
});

test('what waits is ahead of what comes later', () => {
  const buckets = new TokenBuckets();
  const bucket = buckets.open(LIMITS, 0);
  buckets.take(bucket, 120);
  assert.equal(buckets.waitMs(bucket, 10, 0), 30);
  assert.equal(buckets.waitMs(bucket, 10, 25), 5);
});

test('a bucket fills up at its rate and holds no more than it is deep', () => {
  const buckets = new TokenBuckets();
  const bucket = buckets.open(LIMITS, 0);
  buckets.take(bucket, 100);
  assert.equal(buckets.waitMs(bucket, 60, 40), 20);
  assert.equal(buckets.waitMs(bucket, 100, 1000), 0);
  assert.equal(buckets.waitMs(bucket, 101, 1000), 1);
});

test('what would wait too long is told from what may wait', () => {
  const buckets = new TokenBuckets();
  const bucket = buckets.open(LIMITS, 0);
  assert.equal(buckets.mayWait(bucket, 50), true);
  assert.equal(buckets.mayWait(bucket, 50.1), false);
});

test('other limits hold from now on, and tokens stay as far as they fit', () => {
  const buckets = new TokenBuckets();
  const bucket = buckets.open(LIMITS, 0);
  buckets.change(bucket, { ...LIMITS, depth: 30, perSecond: 2000 });
  assert.equal(buckets.waitMs(bucket, 30, 0), 0);
  assert.equal(buckets.waitMs(bucket, 50, 0), 10);
});

test('a bucket that was given back begins full, and a hundred of them do not disturb each other', () => {
  const buckets = new TokenBuckets();
  const first = buckets.open(LIMITS, 0);
  buckets.take(first, 100);
  const others = Array.from({ length: 100 }, () => buckets.open(LIMITS, 0));
  for (const bucket of others) assert.equal(buckets.waitMs(bucket, 100, 0), 0);
  assert.equal(buckets.waitMs(first, 10, 0), 10);
  buckets.close(first);
  assert.equal(buckets.waitMs(buckets.open(LIMITS, 0), 100, 0), 0);
});
