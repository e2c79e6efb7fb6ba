/**
 * What the flow switch in the kernel knows of connections and translations: in which generation each slot is, and when
 * it last forwarded a packet of it.
 *
 * The words are memory that the switch reads and writes while this thread runs (host/flow-switch.ts). A generation that
 * is written here takes every flow out of the switch that belonged to the former one, before the next packet.
 */

/** Words of a record: generation, and the kernel's time of the last packet, 0 for never. */
export const RECORD_WORDS = 2;

/** Records by slot. */
export class KernelRecords {
  /**
   * @param words RECORD_WORDS for each slot that the switch knows
   * @param kernelMs what the kernel's clock (CLOCK_MONOTONIC) shows when the fabric's shows this; both in milliseconds
   */
  constructor(
    private readonly words: Int32Array,
    private readonly kernelMs: (nowMs: number) => number,
  ) {}

  /** Slots that the switch knows; flows that belong to others stay with the fabric. */
  get capacity(): number {
    return this.words.length / RECORD_WORDS;
  }

  generation(slot: number): number {
    return this.words[slot * RECORD_WORDS] ?? 0;
  }

  /** Lets flows of another generation miss from now on. */
  setGeneration(slot: number, generation: number): void {
    if (slot < this.capacity) Atomics.store(this.words, slot * RECORD_WORDS, generation);
  }

  /** Says that a packet has been seen, so that the switch does not take the slot for idle. */
  touch(slot: number, nowMs: number): void {
    if (slot < this.capacity) this.words[slot * RECORD_WORDS + 1] = Math.trunc(this.kernelMs(nowMs)) | 1;
  }

  /** Milliseconds since the switch forwarded a packet; Infinity when it never did. */
  idleMs(slot: number, nowMs: number): number {
    const touched = this.words[slot * RECORD_WORDS + 1] ?? 0;
    return touched === 0 ? Number.POSITIVE_INFINITY : Math.max(0, (this.kernelMs(nowMs) - touched) | 0);
  }
}
