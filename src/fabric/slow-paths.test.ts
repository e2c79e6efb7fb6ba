import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { SLOW_PATH_WORDS, SlowPaths } from './slow-paths.ts';

const PATHS = 4;
const REPRESENTOR = 6;

/** One slow path, and the switch before it. */
class Subject {
  readonly memory = new Int32Array(PATHS * SLOW_PATH_WORDS);
  readonly paths = new SlowPaths(this.memory);
  private readonly at = (REPRESENTOR % PATHS) * SLOW_PATH_WORDS;

  send(frames: number): void {
    this.memory[this.at] = (this.memory[this.at] ?? 0) + frames;
  }

  handle(frames: number): void {
    for (let frame = 0; frame < frames; frame++) this.paths.handled(REPRESENTOR);
  }

  drain(times: number): void {
    for (let time = 0; time < times; time++) this.paths.drained(REPRESENTOR);
  }

  /** Frames that the switch takes for being on their way. */
  get onTheWay(): number {
    return (this.memory[this.at] ?? 0) - (this.memory[this.at + 1] ?? 0);
  }
}

test('a frame is on its way until the fabric has done with it', () => {
  const sub = new Subject();
  sub.send(3);
  sub.handle(2);
  equal(sub.onTheWay, 1);
  sub.handle(1);
  equal(sub.onTheWay, 0);
});

test('a slow path that was read empty again and again has lost what is missing', () => {
  const sub = new Subject();
  sub.send(10);
  sub.handle(7);
  sub.drain(10);
  equal(sub.onTheWay, 3);
  sub.drain(10);
  equal(sub.onTheWay, 0);
});

test('frames that are just being queued are not lost, though some always are when it is read empty', () => {
  const sub = new Subject();
  sub.send(5);
  for (let time = 0; time < 16; time++) {
    sub.send(time === 7 ? 1 : 3);
    sub.drain(1);
    sub.handle(time === 7 ? 1 : 3);
  }
  // Those that the least of these times shows.
  equal(sub.onTheWay, -1);
  sub.drain(1);
  equal(sub.onTheWay, 0);
});

test('frames that the fabric was given from elsewhere do not stay on its account', () => {
  const sub = new Subject();
  sub.handle(2);
  sub.drain(1);
  equal(sub.onTheWay, 0);
});

test('a time at which nothing is missing begins the count of times anew', () => {
  const sub = new Subject();
  for (let round = 0; round < 10; round++) {
    sub.send(1);
    sub.drain(10);
    sub.handle(1);
    sub.drain(1);
  }
  sub.send(1);
  sub.drain(10);
  equal(sub.onTheWay, 1);
});
