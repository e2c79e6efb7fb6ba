/**
 * Integers in network byte order, read from and written to bytes.
 *
 * A read past the end gives zeros and a write past it does nothing: bad input is a value, never an exception. Callers
 * that must know check lengths first.
 */

/** The unsigned 16-bit integer at this offset. */
export const readUint16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** The 32 bits at this offset as a signed integer: the form that stays a small integer in the machine. */
export const readInt32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);

/** The unsigned 32-bit integer at this offset. */
export const readUint32 = (bytes: Uint8Array, at: number): number => readInt32(bytes, at) >>> 0;

/** Writes the low 16 bits of a value. */
export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes the low 32 bits of a value, signed or unsigned. */
export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
