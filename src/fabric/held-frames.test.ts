import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldFrames } from './held-frames.ts';

/** A frame whose first byte says which it is. */
const frame = (mark: number, length = 64): Uint8Array => new Uint8Array(length).fill(mark);

function released(held: HeldFrames, nowMs: number): readonly { readonly port: number; readonly mark: number }[] {
  const all: { port: number; mark: number }[] = [];
  held.release(nowMs, (port, bytes, offset, length) => {
    assert.ok(bytes.subarray(offset, offset + length).every((byte) => byte === bytes[offset]));
    all.push({ port, mark: bytes[offset] ?? 0 });
  });
  return all;
}

test('frames leave when they are due, in the order of their times, and those of one time as they came', () => {
  const held = new HeldFrames();
  const times = [30, 10, 20, 10, 20, 10];
  for (const [index, dueMs] of times.entries()) held.hold(dueMs, 1, frame(index), 0, 64);
  assert.equal(held.nextDueMs, 10);
  assert.deepEqual(
    released(held, 10).map(({ mark }) => mark),
    [1, 3, 5],
  );
  assert.equal(held.nextDueMs, 20);
  assert.deepEqual(
    released(held, 100).map(({ mark }) => mark),
    [2, 4, 0],
  );
  assert.equal(held.nextDueMs, Number.POSITIVE_INFINITY);
});

test('small frames and frames of 64 KiB wait side by side and come out as they went in', () => {
  const held = new HeldFrames();
  const lengths = [64, 65_547, 2048, 2049, 1514];
  for (const [index, length] of lengths.entries()) held.hold(index, 1, frame(index, length), 0, length);
  const out: number[] = [];
  held.release(10, (_port, bytes, offset, length) => {
    assert.deepEqual(bytes.subarray(offset, offset + length), frame(out.length, length));
    out.push(length);
  });
  assert.deepEqual(out, lengths);
});

test('a frame is copied from its place in the buffer, which is used again', () => {
  const held = new HeldFrames();
  const buffer = new Uint8Array(100).fill(9);
  buffer.fill(7, 20, 84);
  held.hold(1, 1, buffer, 20, 64);
  buffer.fill(0);
  assert.deepEqual(released(held, 1), [{ port: 1, mark: 7 }]);
});

test('what was to go to a port that is gone never leaves', () => {
  const held = new HeldFrames();
  held.hold(1, 1, frame(1), 0, 64);
  held.hold(2, 2, frame(2), 0, 64);
  held.forget(1);
  assert.deepEqual(released(held, 5), [{ port: 2, mark: 2 }]);
});

test('there is room for a thousand large frames and no more, and room again when they have left', () => {
  const held = new HeldFrames();
  const large = frame(1, 3000);
  for (let count = 0; count < 1024; count++) assert.ok(held.hold(count, 1, large, 0, large.length));
  assert.equal(held.hold(5000, 1, large, 0, large.length), false);
  assert.ok(held.hold(5000, 1, frame(2), 0, 64), 'small ones have their own room');
  assert.equal(released(held, 2000).length, 1024);
  assert.ok(held.hold(5000, 1, large, 0, large.length));
});

test('ten thousand frames at random times leave in order', () => {
  const held = new HeldFrames();
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed % 1000;
  };
  const due: number[] = [];
  for (let count = 0; count < 10_000; count++) {
    const dueMs = random();
    due.push(dueMs);
    held.hold(dueMs, dueMs, frame(1), 0, 64);
  }
  assert.deepEqual(
    released(held, 1000).map(({ port }) => port),
    due.sort((one, other) => one - other),
  );
});
