/** How many translations each destination of each NAT gateway's address has. */
import { KeyIndex } from './key-index.ts';

const INITIAL_SLOTS = 1024;
const NONE = -1;

/** How many translations each destination of each gateway's address has. */
export class DestinationCounts {
  private capacity = INITIAL_SLOTS;
  private readonly index = new KeyIndex(INITIAL_SLOTS);
  private numbers = new Int32Array(INITIAL_SLOTS);
  private readonly free: number[] = [];
  private used = 0;

  count(key: Int32Array): number {
    const slot = this.index.find(key);
    return slot === NONE ? 0 : (this.numbers[slot] ?? 0);
  }

  /** Counts one more; returns what `decrease` wants. */
  increase(key: Int32Array): number {
    const known = this.index.find(key);
    const slot = known === NONE ? this.take(key) : known;
    this.numbers[slot] = (this.numbers[slot] ?? 0) + 1;
    return slot;
  }

  decrease(slot: number): void {
    if (slot === NONE) return;
    const number = (this.numbers[slot] ?? 0) - 1;
    this.numbers[slot] = number;
    if (number > 0) return;
    this.index.remove(slot);
    this.free.push(slot);
  }

  private take(key: Int32Array): number {
    const free = this.free.pop();
    if (free === undefined && this.used === this.capacity) {
      this.capacity *= 2;
      this.index.grow(this.capacity);
      const numbers = new Int32Array(this.capacity);
      numbers.set(this.numbers);
      this.numbers = numbers;
    }
    const slot = free ?? this.used++;
    this.numbers[slot] = 0;
    this.index.add(slot, key);
    return slot;
  }
}
