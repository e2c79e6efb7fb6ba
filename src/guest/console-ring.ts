/**
 * The last bytes that a guest wrote to its console.
 */

/** GetConsoleOutput returns at most the last 64 KB (EC2 API reference). */
export const CONSOLE_BYTES = 65_536;

/** A buffer that keeps the newest bytes. */
export class ConsoleRing {
  readonly #bytes: Uint8Array;
  /** Bytes ever written. */
  #written = 0;

  constructor(capacityBytes = CONSOLE_BYTES) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  append(chunk: Uint8Array): void {
    const capacity = this.#bytes.length;
    const kept = chunk.subarray(Math.max(0, chunk.length - capacity));
    const start = (this.#written + chunk.length - kept.length) % capacity;
    const first = kept.subarray(0, capacity - start);
    this.#bytes.set(first, start);
    this.#bytes.set(kept.subarray(first.length), 0);
    this.#written += chunk.length;
  }

  /** Everything kept, oldest first; bytes that are not UTF-8 become U+FFFD. */
  text(): string {
    const capacity = this.#bytes.length;
    if (this.#written <= capacity) return new TextDecoder().decode(this.#bytes.subarray(0, this.#written));
    const start = this.#written % capacity;
    const ordered = new Uint8Array(capacity);
    ordered.set(this.#bytes.subarray(start), 0);
    ordered.set(this.#bytes.subarray(0, start), capacity - start);
    return new TextDecoder().decode(ordered);
  }
}
