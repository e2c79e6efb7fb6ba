/** The number of the present state of the network, in memory that the flow switch can read as well. */

/** What has an epoch. */
export class Epochs {
  private words: Int32Array = Int32Array.of(1);

  /** Rises with every change of what packets may do; what was cached under another number is to be looked up again. */
  get epoch(): number {
    return this.words[0] ?? 0;
  }

  set epoch(epoch: number) {
    Atomics.store(this.words, 0, epoch);
  }

  /** Keeps the epoch in this word from now on: one store takes every flow out of a switch that compares it. */
  shareEpoch(words: Int32Array): void {
    Atomics.store(words, 0, this.epoch);
    this.words = words;
  }
}
