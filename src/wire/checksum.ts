/** The Internet checksum (RFC 1071) and its incremental update (RFC 1624): one's complement sums of 16-bit words. */
import { readUint16, writeUint16 } from './big-endian.ts';

/** Folds a sum of 16-bit words to 16 bits (end-around carry). */
export function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return folded;
}

/** One's complement sum of bytes, unfolded; an odd last byte is padded with zero. `initial` carries a sum on. */
export function sumBytes(bytes: Uint8Array, at: number, length: number, initial = 0): number {
  const even = at + (length & ~1);
  let sum = initial;
  for (let index = at; index < even; index += 2) sum += readUint16(bytes, index);
  return length & 1 ? sum + ((bytes[even] ?? 0) << 8) : sum;
}

/** The checksum that makes a sum come out as all ones. */
export const checksumOf = (sum: number): number => ~fold(sum) & 0xffff;

/** Sum of the IPv4 pseudo-header (RFC 793, RFC 768), or of the IPv6 one when given 128-bit addresses' bytes by `sumBytes`. */
export const pseudoHeaderSum = (addressSum: number, protocol: number, lengthBytes: number): number =>
  addressSum + protocol + lengthBytes;

/**
 * Difference that replacing one 32-bit value by another makes to a sum, folded to 16 bits: ~m + m' of RFC 1624.
 * Differences add up, so several replacements are one update.
 */
export const replacement = (before: number, after: number): number =>
  fold((~(before >>> 16) & 0xffff) + (~before & 0xffff) + ((after >>> 16) & 0xffff) + (after & 0xffff));

/** Updates the checksum at this offset by a difference: HC' = ~(~HC + ~m + m') (RFC 1624, equation 3). */
export function updateChecksum(bytes: Uint8Array, at: number, difference: number): void {
  writeUint16(bytes, at, ~fold((~readUint16(bytes, at) & 0xffff) + difference) & 0xffff);
}

/**
 * Updates a partial checksum at this offset: with checksum offload the field holds the pseudo-header's sum itself, not
 * complemented, and the device adds the rest later (virtio 1.2, section 5.1.6.2).
 */
export function updatePartialChecksum(bytes: Uint8Array, at: number, difference: number): void {
  writeUint16(bytes, at, fold(readUint16(bytes, at) + difference));
}
