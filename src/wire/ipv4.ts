/** The IPv4 header (RFC 791). Offsets are relative to its first byte. */
import type { Ipv4 } from '../net/address.ts';
import { readUint16, readUint32, writeUint16, writeUint32 } from './big-endian.ts';
import { checksumOf, replacement, sumBytes, updateChecksum } from './checksum.ts';

export const IPV4_TOTAL_LENGTH = 2;
export const IPV4_IDENTIFICATION = 4;
/** Flags (3 bits) and fragment offset (13 bits, in units of 8 bytes). */
export const IPV4_FRAGMENT = 6;
export const IPV4_TTL = 8;
export const IPV4_PROTOCOL = 9;
export const IPV4_CHECKSUM = 10;
export const IPV4_SOURCE = 12;
export const IPV4_DESTINATION = 16;
/** Bytes of a header without options. */
export const IPV4_HEADER_LENGTH = 20;

export const DONT_FRAGMENT = 0x4000;
export const MORE_FRAGMENTS = 0x2000;
export const FRAGMENT_OFFSET_MASK = 0x1fff;

/** What a field of flags and fragment offset says; the offset in bytes. */
export const fragmentOfField = (field: number): { readonly offset: number; readonly more: boolean } => ({
  offset: (field & FRAGMENT_OFFSET_MASK) * 8,
  more: (field & MORE_FRAGMENTS) !== 0,
});

/** The field of a fragment that may be cut further; the offset in bytes. */
export const fieldOfFragment = ({ offset, more }: { readonly offset: number; readonly more: boolean }): number =>
  (offset >> 3) | (more ? MORE_FRAGMENTS : 0);

/** The version field of an IP packet of either family. */
export const ipVersion = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) >>> 4;
/** Length of the header with its options, in bytes. */
export const ipv4HeaderLength = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) & 15) * 4;
/** Length of the packet, header included, in bytes. */
export const ipv4TotalLength = (bytes: Uint8Array, at: number): number => readUint16(bytes, at + IPV4_TOTAL_LENGTH);
/** The source address. */
export const ipv4Source = (bytes: Uint8Array, at: number): Ipv4 => readUint32(bytes, at + IPV4_SOURCE) as Ipv4;
/** The destination address. */
export const ipv4Destination = (bytes: Uint8Array, at: number): Ipv4 =>
  readUint32(bytes, at + IPV4_DESTINATION) as Ipv4;
/** True when the header's checksum is right. */
export const ipv4ChecksumHolds = (bytes: Uint8Array, at: number): boolean =>
  checksumOf(sumBytes(bytes, at, ipv4HeaderLength(bytes, at))) === 0;

/** Counts one hop in a header: the time to live, which has to be 1 or more, and the checksum by its difference (RFC 1624). */
export function countIpv4Hop(bytes: Uint8Array, at: number): void {
  const word = readUint16(bytes, at + IPV4_TTL);
  const counted = word - 0x100;
  writeUint16(bytes, at + IPV4_TTL, counted);
  updateChecksum(bytes, at + IPV4_CHECKSUM, replacement(word, counted));
}

/** What differs between the IPv4 packets that are made here. */
export interface Ipv4Header {
  readonly source: Ipv4;
  readonly destination: Ipv4;
  readonly protocol: number;
  /** Bytes after the header. */
  readonly payloadLength: number;
  readonly identification?: number;
  /** Flags and fragment offset as one field; don't-fragment unless given. */
  readonly fragment?: number;
  readonly ttl?: number;
}

/** Writes a header without options, checksum included. */
export function emitIpv4(bytes: Uint8Array, at: number, header: Ipv4Header): void {
  writeUint16(bytes, at, 0x4500);
  writeUint16(bytes, at + IPV4_TOTAL_LENGTH, IPV4_HEADER_LENGTH + header.payloadLength);
  writeUint16(bytes, at + IPV4_IDENTIFICATION, header.identification ?? 0);
  writeUint16(bytes, at + IPV4_FRAGMENT, header.fragment ?? DONT_FRAGMENT);
  bytes[at + IPV4_TTL] = header.ttl ?? 64;
  bytes[at + IPV4_PROTOCOL] = header.protocol;
  writeUint32(bytes, at + IPV4_SOURCE, header.source);
  writeUint32(bytes, at + IPV4_DESTINATION, header.destination);
  sealIpv4(bytes, at);
}

/** Computes the header's checksum and writes it. */
export function sealIpv4(bytes: Uint8Array, at: number): void {
  writeUint16(bytes, at + IPV4_CHECKSUM, 0);
  writeUint16(bytes, at + IPV4_CHECKSUM, checksumOf(sumBytes(bytes, at, ipv4HeaderLength(bytes, at))));
}

/** Sum over both addresses, for pseudo-headers. */
export const ipv4AddressSum = (bytes: Uint8Array, at: number): number => sumBytes(bytes, at + IPV4_SOURCE, 8);
