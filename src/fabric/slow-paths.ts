/**
 * Slow paths: on which of them frames are on their way from the flow switch to the fabric.
 *
 * A frame of a limited flow that exceeds what is lent goes to the fabric, and those after it must not overtake it when more
 * is lent. So the switch counts the frames that it sends on each slow path, the fabric those that it has done with, and while
 * the counts differ, a flow of which a frame went by the slow path goes on by it. What waits in the fabric then keeps its
 * bucket from being lent (loans.ts).
 *
 * A count may go astray: a TAP device whose queue is full drops frames that the switch has counted, and what is injected at a port
 * was never sent. Whenever the fabric has read a slow path empty, the counts should agree but for a frame that is just
 * being queued; a difference that stays through many such times is no frame.
 */

/** Words of a record, as `struct slow_path` in host/flow-switch.c. */
const SENT = 0;
const HANDLED = 1;
export const SLOW_PATH_WORDS = 2;

/** Times at which a slow path was empty before what is still missing is taken for lost. */
const ENOUGH_TIMES = 16;

/** The slow paths of one flow switch, by the numbers of representors. */
export class SlowPaths {
  private readonly mask: number;
  /** By record: how often it was empty while frames were missing, and how few of them were. */
  private readonly times: Uint8Array;
  private readonly fewest: Int32Array;

  constructor(private readonly memory: Int32Array) {
    const paths = memory.length / SLOW_PATH_WORDS;
    this.mask = paths - 1;
    this.times = new Uint8Array(paths);
    this.fewest = new Int32Array(paths);
  }

  /** The fabric has done with a frame: it was sent on, or waits, or is no more. */
  handled(representor: number): void {
    Atomics.add(this.memory, (representor & this.mask) * SLOW_PATH_WORDS + HANDLED, 1);
  }

  /** No frame waits on the slow path of a representor. */
  drained(representor: number): void {
    const record = representor & this.mask;
    const at = record * SLOW_PATH_WORDS;
    const missing = (Atomics.load(this.memory, at + SENT) - (this.memory[at + HANDLED] ?? 0)) | 0;
    const times = this.times[record] ?? 0;
    if (missing === 0) {
      if (times > 0) this.times[record] = 0;
      return;
    }
    const fewest = times === 0 ? missing : Math.min(missing, this.fewest[record] ?? 0);
    if (missing > 0 && times + 1 < ENOUGH_TIMES) {
      this.times[record] = times + 1;
      this.fewest[record] = fewest;
      return;
    }
    this.times[record] = 0;
    Atomics.add(this.memory, at + HANDLED, fewest);
  }
}
