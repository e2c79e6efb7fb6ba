/**
 * Session tokens of the metadata service (IMDSv2): good for one instance, until they expire, and kept nowhere.
 *
 * A token is 40 bytes in URL-safe base64, 56 characters as at AWS: when it expires (seconds since the epoch, 4 bytes,
 * big-endian), 4 random bytes, and HMAC-SHA-256 over the instance's id and those eight.
 */
import type { InstanceId } from '../net/identifiers.ts';

/** The hash function that tokens need; whoever composes the services hands it in. */
export interface TokenHash {
  /** HMAC-SHA-256 (RFC 6234); 32 bytes. */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
}

/** What making and reading tokens takes. */
export interface TokenParts {
  readonly hash: TokenHash;
  /** Known to nobody else. Tokens made with another one are not good. */
  readonly secret: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** That many random hexadecimal digits. */
  readonly randomHex: (digits: number) => string;
}

const HEAD_BYTES = 8;
const TOKEN_BYTES = HEAD_BYTES + 32;

/** A new token for the instance. @param lifetimeSeconds 1 to 21600 */
export function makeToken(instanceId: InstanceId, lifetimeSeconds: number, parts: TokenParts): string {
  const token = new Uint8Array(TOKEN_BYTES);
  const view = new DataView(token.buffer);
  // A started second counts as a whole one, so that a token lives at least as long as was asked.
  view.setUint32(0, Math.ceil(parts.nowMs / 1000) + lifetimeSeconds);
  view.setUint32(4, Number.parseInt(parts.randomHex(8), 16));
  token.set(signatureOf(instanceId, token.subarray(0, HEAD_BYTES), parts), HEAD_BYTES);
  return btoa(String.fromCharCode(...token))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

/** Seconds that the token is still good for this instance; undefined when it is not. */
export function secondsLeft(instanceId: InstanceId, text: string, parts: TokenParts): number | undefined {
  const token = bytesOf(text);
  if (!token) return undefined;
  const signature = signatureOf(instanceId, token.subarray(0, HEAD_BYTES), parts);
  if (!equal(signature, token.subarray(HEAD_BYTES))) return undefined;
  const leftMs = new DataView(token.buffer).getUint32(0) * 1000 - parts.nowMs;
  // Rounded down, so that no more is left than was asked for; "0" would read as over.
  return leftMs > 0 ? Math.max(1, Math.floor(leftMs / 1000)) : undefined;
}

function bytesOf(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]{54}==$/.test(text)) return undefined;
  const characters = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return characters.length === TOKEN_BYTES ? Uint8Array.from(characters, (one) => one.charCodeAt(0)) : undefined;
}

function signatureOf(instanceId: InstanceId, head: Uint8Array, { hash, secret }: TokenParts): Uint8Array {
  const name = new TextEncoder().encode(`metadata token ${instanceId} `);
  const signed = new Uint8Array(name.length + head.length);
  signed.set(name);
  signed.set(head, name.length);
  return hash.hmacSha256(secret, signed);
}

/** Looks at every byte, so that the time it takes tells nothing of a signature. */
function equal(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (const [index, byte] of one.entries()) difference |= byte ^ (other[index] ?? 0);
  return difference === 0;
}
