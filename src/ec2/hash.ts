/** The hash functions that signatures and client tokens need; whoever composes localvpc hands them in. */

/** SHA-256 and HMAC-SHA-256 (RFC 6234). Text is UTF-8; results have 32 bytes. */
export interface Hash {
  sha256(data: string | Uint8Array): Uint8Array;
  hmacSha256(key: string | Uint8Array, data: string | Uint8Array): Uint8Array;
}

/** Lower-case hexadecimal digits of bytes. */
export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
