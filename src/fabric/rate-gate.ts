/**
 * Where frames leave the fabric for their ports: at once, or when the rates of their sender and their receiver let them and
 * they have come the way between the two hosts. While no interface has an allowance or a place, this costs a comparison.
 *
 * With a flow switch the buckets are lent to it (loans.ts): what is below its rates leaves without coming here.
 */
import type { Drop } from '../pipeline/verdict.ts';
import type { PlaceRow } from '../tables/place-row.ts';
import type { AllowanceRow } from '../tables/tables.ts';
import { Distances } from './distances.ts';
import type { FlowEntry } from './flow-slots.ts';
import { HeldFrames } from './held-frames.ts';
import { type Exceeded, type Limited, rateDrops, Shaper } from './shaper.ts';

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
  /**
   * Told when `release` is to be called next, whenever that changes; Infinity while no frame waits and nothing is lent.
   * @param isExact whether frames wait for the way between hosts, for which a whole millisecond is too coarse
   */
  wakeAt(dueMs: number, isExact: boolean): void;
}

/** The shaper, and the frames that it holds back. */
export class RateGate {
  private readonly shaper = new Shaper();
  private readonly distances = new Distances();
  /** True while some frames may have to wait. */
  private mayHold = false;
  /** Made when the first frame has to wait. */
  private held: HeldFrames | undefined = undefined;
  /** When the first of them is due. */
  private heldMs = Number.POSITIVE_INFINITY;
  private releaseMs = Number.POSITIVE_INFINITY;
  /** Whether the frame that was emitted last took its time between two hosts. */
  private wasFar = false;

  constructor(private readonly options: RateGateOptions) {}

  /** True while some interface has an allowance or a place: only then are a frame's terms asked for. */
  get isActive(): boolean {
    return this.mayHold;
  }

  /** When `release` is to be called next, in milliseconds. */
  get nextReleaseMs(): number {
    return this.releaseMs;
  }

  /** Lends what there is to a flow switch from now on, through this memory. */
  lendTo(memory: Int32Array): void {
    this.shaper.lendTo(memory, () => this.heldMs);
  }

  /** What the interface at a port may do, undefined where nothing limits it; and where it is, undefined where that is next to everything. */
  allow(port: number, allowance: AllowanceRow | undefined, place: PlaceRow | undefined): void {
    this.shaper.set(port, allowance, this.options.now());
    this.distances.set(port, place);
    this.mayHold = this.shaper.isActive || this.distances.isActive;
  }

  /**
   * Nothing stands behind this port any more, and nothing that waits may reach what comes there next: it goes to the
   * successor's port, where there is one, with what has been used of the rates.
   */
  forget(port: number, successor?: number): void {
    if (successor !== undefined) {
      this.shaper.move(port, successor);
      this.held?.redirect(port, successor);
    }
    this.allow(port, undefined, undefined);
    this.held?.forget(port);
  }

  /** Forgets what instances have used of their rates that have none of these interfaces any more. */
  keepOnly(interfaces: Iterable<Limited>): void {
    this.shaper.keepOnly(interfaces);
  }

  /** Packets that exceeded an allowance at a port since its interface came. */
  exceededAt(port: number): Exceeded {
    return this.shaper.exceededAt(port);
  }

  /** Sends a frame from one port to another, under the terms that the stages have found (rate-terms.ts). */
  emit(from: number, to: number, terms: number, buffer: Uint8Array, offset: number, length: number): void {
    if (!this.mayHold) {
      this.options.deliver(to, buffer, offset, length);
      return;
    }
    this.wasFar = this.distances.isActive && this.distances.liesBetween(from, to);
    const nowMs = this.options.now();
    const rateMs = this.shaper.isActive ? this.shaper.admit(from, to, terms, buffer, offset, length, nowMs) : 0;
    if (rateMs < 0) {
      if (!this.shaper.isDroppedAtReceiver) this.options.refused.exceeded(this.shaper.drop, from);
      else this.options.refused.exceededInto(this.shaper.drop, to, buffer, offset, length);
      return;
    }
    const waitMs = rateMs + this.distances.delayMs(from, to);
    if (waitMs === 0) this.options.deliver(to, buffer, offset, length);
    else this.hold(nowMs + waitMs, from, to, buffer, offset, length);
  }

  /**
   * Writes into the flow of the limited frame that was just emitted what limits it.
   * @returns false where it cannot go without the fabric, which lets its frames take their time
   */
  lend(flow: FlowEntry): boolean {
    if (this.wasFar || !this.shaper.lend(flow, this.options.now())) return false;
    this.wake();
    return true;
  }

  /** Sends the frames whose time has come, and lends what has come into the buckets. */
  release(): void {
    const nowMs = this.options.now();
    this.held?.release(nowMs, this.options.deliver);
    this.heldMs = this.held?.nextDueMs ?? Number.POSITIVE_INFINITY;
    if (nowMs >= this.renewalMs) this.shaper.loans?.renew(nowMs);
    this.wake();
  }

  private get renewalMs(): number {
    return this.shaper.loans?.renewalMs ?? Number.POSITIVE_INFINITY;
  }

  private wake(): void {
    const dueMs = Math.min(this.heldMs, this.renewalMs);
    if (dueMs === this.releaseMs) return;
    this.releaseMs = dueMs;
    this.options.wakeAt(dueMs, this.distances.isActive);
  }

  private hold(dueMs: number, from: number, to: number, buffer: Uint8Array, offset: number, length: number): void {
    this.held ??= new HeldFrames();
    if (!this.held.hold(dueMs, to, buffer, offset, length)) {
      this.options.refused.exceeded(rateDrops['no-room'], from);
      return;
    }
    this.heldMs = Math.min(this.heldMs, dueMs);
    this.wake();
  }
}
