/** A timer whose descriptor becomes readable at a time, to some microseconds: for loops that wait for descriptors. */
import { checked, close, FrameBuffer, read, setTimer, timerFd } from './system-calls.ts';

/** Bytes of struct itimerspec: seconds and nanoseconds of the interval, then of the first time. */
const ITIMERSPEC_BYTES = 32;

/** One timer, for one time at once. */
export class WakeTimer {
  readonly fd: number = checked('timerfd_create', timerFd());
  readonly #spec = new FrameBuffer(ITIMERSPEC_BYTES);
  readonly #expirations = new FrameBuffer(8);
  #setFor = Number.POSITIVE_INFINITY;

  /** Rings in `inMs` milliseconds, and no more at the time before. @param dueMs the same as a time, to know a repetition by */
  set(dueMs: number, inMs: number): void {
    if (dueMs === this.#setFor) return;
    this.#setFor = dueMs;
    // A time of 0 would take the timer away.
    const nanoseconds = Math.max(1, Math.round(inMs * 1e6));
    this.#spec.view.setBigInt64(16, BigInt(Math.floor(nanoseconds / 1e9)), true);
    this.#spec.view.setBigInt64(24, BigInt(nanoseconds % 1e9), true);
    checked('timerfd_settime', setTimer(this.fd, this.#spec.address));
  }

  /** To be called when the descriptor is readable. */
  clear(): void {
    read(this.fd, this.#expirations.address, 8);
    this.#setFor = Number.POSITIVE_INFINITY;
  }

  close(): void {
    close(this.fd);
  }
}
