/** The machine's clock, its random source and its hashes, for those who are handed one. */
import { createHash, createHmac, randomFillSync, randomUUID as uuid } from 'node:crypto';
import type { RandomSource } from '../model/transaction.ts';

/** Milliseconds since the epoch. */
export const wallClock = (): number => Date.now();

/** A random UUID (RFC 9562, version 4). */
export const randomUuid = (): string => uuid();

/** Random numbers from the system's generator, drawn in bulk: one call of it serves some five hundred ids. */
export class SystemRandom implements RandomSource {
  readonly #pool = new DataView(new ArrayBuffer(4096));
  #next = 4096;

  /** Uniform to within 2^-16 for bounds up to 2^32, exact for powers of two. */
  integer(bound: number): number {
    if (this.#next + 6 > this.#pool.byteLength) {
      randomFillSync(this.#pool);
      this.#next = 0;
    }
    const high = this.#pool.getUint16(this.#next);
    const low = this.#pool.getUint32(this.#next + 2);
    this.#next += 6;
    return (high * 2 ** 32 + low) % bound;
  }
}

/** SHA-256 (32 bytes). */
export const sha256 = (data: string | Uint8Array): Uint8Array => createHash('sha256').update(data).digest();

/** HMAC with SHA-256. */
export const hmacSha256 = (key: string | Uint8Array, data: string | Uint8Array): Uint8Array =>
  createHmac('sha256', key).update(data).digest();
