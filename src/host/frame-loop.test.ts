/** The loop's order and limits, on event counters: like a TAP they are read and written in one piece, of 8 bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameLoop, type FrameLoopHandlers, wakeFrameLoop } from './frame-loop.ts';
import { checked, close, EAGAIN, eventFd, FrameBuffer, read, write } from './system-calls.ts';

const linux = process.platform === 'linux' ? false : 'needs Linux';
const counter = (): number => checked('eventfd', eventFd());
const frame = new FrameBuffer(8);
frame.view.setUint32(0, 7, true);

function loopOf(handlers: Partial<FrameLoopHandlers>, batchFrames = 4): FrameLoop {
  const nothing = { onFrame: () => {}, onWake: () => {}, onDrained: () => {}, onIdle: () => {}, onPortLost: () => {} };
  return new FrameLoop({ ...nothing, ...handlers }, { batchFrames, idleTimeoutMs: 20, clock: () => 1234 });
}

test('when every frame of a port was read it is said so, and not while some wait for its next turn', {
  skip: linux,
}, () => {
  const [busy, end] = [counter(), counter()];
  const seen: string[] = [];
  const loop = loopOf({
    onFrame(port) {
      seen.push(`frame ${port}`);
      // A counter is empty once it was read: this one has something again.
      if (seen.length < 6) write(busy, frame.address, 8);
    },
    onDrained(port) {
      seen.push(`drained ${port}`);
      loop.stop();
    },
  });
  loop.addPort(1, busy);
  loop.addPort(2, end);
  write(busy, frame.address, 8);
  loop.run();
  assert.deepEqual(seen, [...Array(6).fill('frame 1'), 'drained 1']);
  for (const fd of [busy, end]) close(fd);
});

test('a frame is handed over with its port and sent on as it is', { skip: linux }, () => {
  const [from, to] = [counter(), counter()];
  const seen: number[] = [];
  const loop = loopOf({
    onFrame(port, buffer, length) {
      seen.push(port, length, buffer.view.getUint32(0, true));
      if (port === 200) assert.equal(loop.send(3, buffer, length), true);
      else loop.stop();
    },
  });
  loop.addPort(200, from);
  loop.addPort(3, to);
  write(from, frame.address, 8);
  loop.run();
  assert.deepEqual(seen, [200, 8, 7, 3, 8, 7]);
  for (const fd of [from, to]) close(fd);
});

test('a port that always has frames does not keep the others waiting longer than a batch', { skip: linux }, () => {
  const [busy, quiet] = [counter(), counter()];
  const order: number[] = [];
  const loop = loopOf({
    onFrame(port) {
      order.push(port);
      if (port === 0 && order.length < 50) write(busy, frame.address, 8);
      if (port === 1) loop.stop();
    },
  });
  loop.addPort(0, busy);
  loop.addPort(1, quiet);
  write(busy, frame.address, 8);
  write(quiet, frame.address, 8);
  loop.run();
  assert.ok(order.indexOf(1) <= 4, `${order}`);
  for (const fd of [busy, quiet]) close(fd);
});

test('idle time comes without frames, and tells the loop’s clock', { skip: linux }, () => {
  const loop = loopOf({
    onWake(nowMs) {
      assert.equal(nowMs, 1234);
      loop.stop();
    },
  });
  loop.run();
});

test('waking costs a loop no frame and never blocks', { skip: linux }, () => {
  let frames = 0;
  let idle = 0;
  const loop = loopOf({
    onFrame: () => {
      frames++;
    },
    onIdle: () => {
      if (++idle === 2) loop.stop();
    },
  });
  for (let times = 0; times < 1000; times++) wakeFrameLoop(loop.wakeFd);
  loop.run();
  assert.equal(frames, 0);
});

test('sending to a port that is gone or full is refused with its error', { skip: linux }, () => {
  const port = counter();
  const loop = loopOf({ onIdle: () => loop.stop() });
  assert.equal(loop.send(5, frame, 8), false);
  loop.addPort(5, port);
  const full = new FrameBuffer(8);
  full.bytes.fill(0xff);
  full.bytes[0] = 0xfe;
  assert.equal(loop.send(5, full, 8), true);
  assert.equal(loop.send(5, full, 8), false);
  assert.equal(loop.lastSendError, EAGAIN);
  assert.equal(loop.removePort(5), true);
  assert.equal(loop.removePort(5), false);
  assert.equal(loop.send(5, frame, 8), false);
  loop.run();
  close(port);
});

test('a removed port is not read any more, even within its batch', { skip: linux }, () => {
  const port = counter();
  let frames = 0;
  const loop = loopOf({
    onFrame() {
      frames++;
      write(port, frame.address, 8);
      loop.removePort(1);
    },
    onIdle: () => loop.stop(),
  });
  loop.addPort(1, port);
  write(port, frame.address, 8);
  loop.run();
  assert.equal(frames, 1);
  assert.equal(read(port, frame.address, 8), 8);
  close(port);
});

test('a port number is taken once, and must be a small integer', { skip: linux }, () => {
  const port = counter();
  const loop = loopOf({ onIdle: () => loop.stop() });
  loop.addPort(9, port);
  assert.throws(() => loop.addPort(9, port), /port 9 is already in the loop/);
  for (const wrong of [-1, 1.5, 2 ** 32]) assert.throws(() => loop.addPort(wrong, port), RangeError);
  loop.run();
  close(port);
});
