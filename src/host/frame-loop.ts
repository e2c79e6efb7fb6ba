/**
 * The loop that reads frames from many ports, one buffer at a time, in a thread of its own.
 *
 * A port is a small integer with a descriptor that reads and writes whole frames (a TAP device). Frames are read in
 * bounded batches, so that one busy port cannot starve the others, into one buffer that is handed on in place: nothing
 * is allocated or copied per frame. The thread sleeps in epoll_wait and is woken by frames, by `wakeFrameLoop` from
 * any thread, or by the idle timeout; while it sleeps, no JavaScript runs in it, so messages are to be fetched in
 * `onWake` with `receiveMessageOnPort` (node:worker_threads).
 */
import {
  checked,
  close,
  EAGAIN,
  EINTR,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_DATA_WORD,
  EPOLL_EVENT_WORDS,
  EPOLLIN,
  epollControl,
  epollCreate,
  epollWait,
  eventFd,
  FrameBuffer,
  read,
  write,
} from './system-calls.ts';
import { WakeTimer } from './wake-timer.ts';

/** What the loop tells its owner. All are called in the loop's thread and must not block. */
export interface FrameLoopHandlers {
  /**
   * A frame was read: `buffer.bytes[0 .. lengthBytes)`, a virtio_net_hdr and the Ethernet frame. The buffer may be
   * changed in place and sent on; it is used again after the call.
   */
  onFrame(portNumber: number, buffer: FrameBuffer, lengthBytes: number): void;
  /** The thread woke up and is about to read frames: time for messages and table updates. `nowMs` is the loop's clock. */
  onWake(nowMs: number): void;
  /** No frame waits at the port any more. */
  onDrained(portNumber: number): void;
  /** Every port had its turn: time for what frames left behind. */
  onIdle(): void;
  /** A port's descriptor failed (its device was deleted from inside the guest); the port has been removed. */
  onPortLost(portNumber: number, errorNumber: number): void;
}

/** Limits of a frame loop. */
export interface FrameLoopOptions {
  /** Frames read from one port before the next port has its turn. */
  readonly batchFrames: number;
  /** Longest sleep in milliseconds. Not more than some 100: a thread that sleeps cannot be terminated. */
  readonly idleTimeoutMs: number;
  /** When the owner wants to be woken, in milliseconds of the clock, if earlier; asked before each sleep. */
  readonly wakeAtMs?: () => number;
  /** Whether it wants that to a fraction of a millisecond, for a system call more per sleep. */
  readonly wakesExactly?: () => boolean;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
}

/** Room for the longest frame: virtio_net_hdr, Ethernet header with a tag, 65,535 bytes of packet. */
export const LONGEST_FRAME_BYTES = 12 + 18 + 65_535;
const MAXIMUM_EVENTS = 64;
/** Epoll data of the descriptor that wakes the loop; port numbers stay below. */
const WAKE = 0xffff_ffff;
/** Epoll data of the timer. */
const TIMER = 0xffff_fffe;

/** Wakes a sleeping loop from any thread of the process. Cheap enough to call after every message. */
export function wakeFrameLoop(wakeFd: number): void {
  wakeValue ??= oneAsUint64();
  const written = write(wakeFd, wakeValue.address, 8);
  // EAGAIN: the counter is full, so the loop is awake or about to be.
  if (written < 0 && written !== -EAGAIN) checked('wake the frame loop', written);
}
let wakeValue: FrameBuffer | undefined;
const oneAsUint64 = (): FrameBuffer => {
  const buffer = new FrameBuffer(8);
  buffer.view.setUint32(0, 1, true);
  return buffer;
};

/** The loop. `run` returns after `stop`; ports can be added and removed at any time in the loop's thread. */
export class FrameLoop {
  /** Descriptor for `wakeFrameLoop`; valid until `run` has returned. */
  readonly wakeFd: number;
  /** Error number of the last `send` that returned false. */
  lastSendError = 0;

  readonly #handlers: FrameLoopHandlers;
  readonly #options: FrameLoopOptions;
  readonly #epollFd: number;
  readonly #buffer = new FrameBuffer(LONGEST_FRAME_BYTES);
  readonly #copy = new FrameBuffer(LONGEST_FRAME_BYTES);
  readonly #events = new FrameBuffer(MAXIMUM_EVENTS * EPOLL_EVENT_WORDS * 4);
  readonly #eventWords = new Uint32Array(this.#events.bytes.buffer);
  readonly #event = new FrameBuffer(EPOLL_EVENT_WORDS * 4);
  readonly #wakeCount = new FrameBuffer(8);
  /** Descriptor of each port number, -1 where there is none. */
  #descriptors = new Int32Array(64).fill(-1);
  #running = false;
  /** Made when it is needed first. */
  #timer: WakeTimer | undefined;

  constructor(handlers: FrameLoopHandlers, options: FrameLoopOptions) {
    this.#handlers = handlers;
    this.#options = options;
    this.#epollFd = checked('epoll_create1', epollCreate());
    this.wakeFd = checked('eventfd', eventFd());
    this.#watch(this.wakeFd, WAKE);
  }

  /** Begins to read frames of a port. The descriptor is non-blocking and stays the caller's to close. */
  addPort(portNumber: number, fd: number): void {
    if (!Number.isInteger(portNumber) || portNumber < 0 || portNumber >= 2 ** 24)
      throw new RangeError(`not a port number: ${portNumber}`);
    if (portNumber >= this.#descriptors.length) this.#grow(portNumber);
    if (this.#descriptors[portNumber] !== -1) throw new Error(`port ${portNumber} is already in the loop`);
    this.#watch(fd, portNumber);
    this.#descriptors[portNumber] = fd;
  }

  /** Lets go of a port; its descriptor may be closed afterwards. True when it was there. */
  removePort(portNumber: number): boolean {
    const fd = this.#descriptors[portNumber] ?? -1;
    if (fd === -1) return false;
    this.#descriptors[portNumber] = -1;
    checked(
      `epoll_ctl (remove port ${portNumber})`,
      epollControl(this.#epollFd, EPOLL_CTL_DEL, fd, this.#event.address),
    );
    return true;
  }

  /** Gives a port another number; frames that wait at its descriptor come under that one. @throws Error where it is not there */
  renumber(portNumber: number, to: number): void {
    const fd = this.#descriptors[portNumber] ?? -1;
    if (!this.removePort(portNumber)) throw new Error(`port ${portNumber} is not in the loop`);
    this.addPort(to, fd);
  }

  /**
   * Writes `buffer.bytes[0 .. lengthBytes)`, a virtio_net_hdr and a frame, to a port. False when the port is unknown
   * or its device does not take the frame (full, down, gone, malformed offload header): the caller counts a drop.
   */
  send(portNumber: number, buffer: FrameBuffer, lengthBytes: number): boolean {
    const fd = this.#descriptors[portNumber] ?? -1;
    if (fd === -1) return false;
    const written = write(fd, buffer.address, lengthBytes);
    if (written === lengthBytes) return true;
    this.lastSendError = -written;
    return false;
  }

  /** As `send`, for a frame that stands elsewhere than in a FrameBuffer: an answer that the fabric made itself. */
  sendCopy(portNumber: number, bytes: Uint8Array, offset: number, lengthBytes: number): boolean {
    this.#copy.bytes.set(bytes.subarray(offset, offset + lengthBytes));
    return this.send(portNumber, this.#copy, lengthBytes);
  }

  /** Reads frames until `stop`, then frees the loop's own descriptors. Blocks the thread. */
  run(): void {
    this.#running = true;
    try {
      while (this.#running) {
        this.#round();
        this.#handlers.onIdle();
      }
    } finally {
      close(this.#epollFd);
      close(this.wakeFd);
      this.#timer?.close();
    }
  }

  /** Makes `run` return after the present round. */
  stop(): void {
    this.#running = false;
  }

  #round(): void {
    const count = epollWait(this.#epollFd, this.#events.address, MAXIMUM_EVENTS, this.#sleepMs());
    if (count < 0 && count !== -EINTR) checked('epoll_wait', count);
    this.#handlers.onWake(this.#options.clock());
    for (let index = 0; index < count; index++) {
      const data = this.#eventWords[index * EPOLL_EVENT_WORDS + EPOLL_DATA_WORD] ?? WAKE;
      if (data === WAKE) read(this.wakeFd, this.#wakeCount.address, 8);
      else if (data === TIMER) this.#timer?.clear();
      else this.#readBatch(data);
    }
  }

  /**
   * Whole milliseconds, as epoll_wait takes them: who wants to be woken earlier is woken late rather than in vain, unless
   * it is to be exact: then a timer is among what the loop waits for.
   */
  #sleepMs(): number {
    const { idleTimeoutMs, wakeAtMs, wakesExactly, clock } = this.#options;
    const dueMs = wakeAtMs?.() ?? Number.POSITIVE_INFINITY;
    if (dueMs === Number.POSITIVE_INFINITY) return idleTimeoutMs;
    const sleepMs = Math.max(0, dueMs - clock());
    if (sleepMs > 0 && wakesExactly?.()) {
      this.#timer ??= this.#newTimer();
      this.#timer.set(dueMs, sleepMs);
    }
    return Math.min(idleTimeoutMs, Math.ceil(sleepMs));
  }

  #newTimer(): WakeTimer {
    const timer = new WakeTimer();
    this.#watch(timer.fd, TIMER);
    return timer;
  }

  #readBatch(portNumber: number): void {
    const { address } = this.#buffer;
    for (let frame = 0; frame < this.#options.batchFrames; frame++) {
      const fd = this.#descriptors[portNumber] ?? -1;
      if (fd === -1) return;
      const length = read(fd, address, LONGEST_FRAME_BYTES);
      if (length > 0) this.#handlers.onFrame(portNumber, this.#buffer, length);
      else if (length === -EAGAIN) {
        this.#handlers.onDrained(portNumber);
        return;
      } else if (length !== -EINTR) this.#lose(portNumber, -length);
    }
  }

  #lose(portNumber: number, errorNumber: number): void {
    this.removePort(portNumber);
    this.#handlers.onPortLost(portNumber, errorNumber);
  }

  #watch(fd: number, data: number): void {
    const words = new Uint32Array(this.#event.bytes.buffer);
    words.fill(0);
    words[0] = EPOLLIN;
    words[EPOLL_DATA_WORD] = data;
    checked(`epoll_ctl (add descriptor ${fd})`, epollControl(this.#epollFd, EPOLL_CTL_ADD, fd, this.#event.address));
  }

  #grow(portNumber: number): void {
    const grown = new Int32Array(Math.max(portNumber + 1, this.#descriptors.length * 2)).fill(-1);
    grown.set(this.#descriptors);
    this.#descriptors = grown;
  }
}
