/**
 * Where frames leave the fabric for their ports: at once, or when the rates of their sender and their receiver let them.
 * While no interface has an allowance, this costs a comparison.
 */
import type { Drop } from '../pipeline/verdict.ts';
import type { AllowanceRow } from '../tables/tables.ts';
import { HeldFrames } from './held-frames.ts';
import { type Exceeded, rateDrops, Shaper } from './shaper.ts';

/** Told of frames that are too much: for their sender at this port, or for their receiver, into whose port they were on their way. */
export interface RefusedFrames {
  exceeded(drop: Drop, port: number): void;
  exceededInto(drop: Drop, port: number, buffer: Uint8Array, offset: number, length: number): void;
}

/** What the gate is handed. */
export interface RateGateOptions {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Gives a frame to a port; the buffer is used again afterwards. */
  deliver(port: number, buffer: Uint8Array, offset: number, length: number): void;
  readonly refused: RefusedFrames;
  /** Told when `release` is to be called next, whenever that changes; Infinity while no frame waits. */
  wakeAt(dueMs: number): void;
}

/** The shaper, and the frames that it holds back. */
export class RateGate {
  private readonly shaper = new Shaper();
  /** Made when the first frame has to wait. */
  private held: HeldFrames | undefined = undefined;
  private releaseMs = Number.POSITIVE_INFINITY;

  constructor(private readonly options: RateGateOptions) {}

  /** True while some interface has an allowance: only then are a frame's terms asked for. */
  get isActive(): boolean {
    return this.shaper.isActive;
  }

  /** When the first frame is due that waits, in milliseconds; Infinity while none does. */
  get nextReleaseMs(): number {
    return this.releaseMs;
  }

  /** What the interface at a port may do; undefined where nothing limits it. */
  allow(port: number, allowance: AllowanceRow | undefined): void {
    this.shaper.set(port, allowance, this.options.now());
  }

  /** Nothing stands behind this port any more, and nothing that waits may reach what comes there next. */
  forget(port: number): void {
    this.shaper.set(port, undefined, this.options.now());
    this.held?.forget(port);
  }

  /** Packets that exceeded an allowance at a port since its interface came. */
  exceededAt(port: number): Exceeded {
    return this.shaper.exceededAt(port);
  }

  /** Sends a frame from one port to another, under the terms that the stages have found (rate-terms.ts). */
  emit(from: number, to: number, terms: number, buffer: Uint8Array, offset: number, length: number): void {
    if (!this.shaper.isActive) {
      this.options.deliver(to, buffer, offset, length);
      return;
    }
    const nowMs = this.options.now();
    const waitMs = this.shaper.admit(from, to, terms, buffer, offset, length, nowMs);
    if (waitMs === 0) this.options.deliver(to, buffer, offset, length);
    else if (waitMs > 0) this.hold(nowMs + waitMs, from, to, buffer, offset, length);
    else if (!this.shaper.isDroppedAtReceiver) this.options.refused.exceeded(this.shaper.drop, from);
    else this.options.refused.exceededInto(this.shaper.drop, to, buffer, offset, length);
  }

  /** Sends the frames whose time has come. */
  release(): void {
    this.held?.release(this.options.now(), this.options.deliver);
    this.releaseMs = this.held?.nextDueMs ?? Number.POSITIVE_INFINITY;
    this.options.wakeAt(this.releaseMs);
  }

  private hold(dueMs: number, from: number, to: number, buffer: Uint8Array, offset: number, length: number): void {
    this.held ??= new HeldFrames();
    if (!this.held.hold(dueMs, to, buffer, offset, length)) {
      this.options.refused.exceeded(rateDrops['no-room'], from);
      return;
    }
    if (dueMs >= this.releaseMs) return;
    this.releaseMs = dueMs;
    this.options.wakeAt(dueMs);
  }
}
