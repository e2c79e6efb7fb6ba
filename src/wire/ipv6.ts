/** The IPv6 header and the chain of extension headers (RFC 8200). Offsets are relative to the header's first byte. */
import type { Ipv6 } from '../net/address.ts';
import { readUint16, readUint32, writeUint16, writeUint32 } from './big-endian.ts';
import { sumBytes } from './checksum.ts';

export const IPV6_PAYLOAD_LENGTH = 4;
export const IPV6_NEXT_HEADER = 6;
export const IPV6_HOP_LIMIT = 7;
export const IPV6_SOURCE = 8;
export const IPV6_DESTINATION = 24;
/** Bytes of the fixed header. */
export const IPV6_HEADER_LENGTH = 40;
/** Bytes of a fragment header (RFC 8200, section 4.5). */
export const IPV6_FRAGMENT_HEADER_LENGTH = 8;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
/** More extension headers than a sane packet has; a longer chain is refused (RFC 8504 section 5.3 allows a limit). */
const MAX_EXTENSION_HEADERS = 8;

/** The IPv6 address at this offset. */
export const readIpv6 = (bytes: Uint8Array, at: number): Ipv6 =>
  ((BigInt(readUint32(bytes, at)) << 96n) |
    (BigInt(readUint32(bytes, at + 4)) << 64n) |
    (BigInt(readUint32(bytes, at + 8)) << 32n) |
    BigInt(readUint32(bytes, at + 12))) as Ipv6;

/** Writes an IPv6 address, 16 bytes. */
export function writeIpv6(bytes: Uint8Array, at: number, address: Ipv6): void {
  for (let word = 0; word < 4; word++) {
    writeUint32(bytes, at + 4 * word, Number((address >> BigInt(96 - 32 * word)) & 0xffff_ffffn));
  }
}

/** Length of the packet, fixed header included, in bytes. */
export const ipv6TotalLength = (bytes: Uint8Array, at: number): number =>
  IPV6_HEADER_LENGTH + readUint16(bytes, at + IPV6_PAYLOAD_LENGTH);

/** Where the upper layer of a packet begins, and what it is. */
export interface Ipv6UpperLayer {
  readonly protocol: number;
  /** Offset from the first byte of the IPv6 header. */
  readonly offset: number;
  /** Undefined without a fragment header. */
  readonly fragment: Ipv6Fragment | undefined;
}

/** What a fragment header says. */
export interface Ipv6Fragment {
  /** In bytes. */
  readonly offset: number;
  readonly more: boolean;
  /** 32 bits. */
  readonly identification: number;
}

/** Walks the extension headers; undefined when they run past `length` bytes or are too many. */
export function ipv6UpperLayer(bytes: Uint8Array, at: number, length: number): Ipv6UpperLayer | undefined {
  let protocol = bytes[at + IPV6_NEXT_HEADER] ?? 0;
  let offset = IPV6_HEADER_LENGTH;
  let fragment: Ipv6UpperLayer['fragment'];
  for (let seen = 0; seen <= MAX_EXTENSION_HEADERS; seen++) {
    if (!isExtensionHeader(protocol)) return { protocol, offset, fragment };
    if (offset + 8 > length) return undefined;
    const header = at + offset;
    if (protocol === FRAGMENT) {
      const field = readUint16(bytes, header + 2);
      fragment = { offset: field & 0xfff8, more: (field & 1) === 1, identification: readUint32(bytes, header + 4) };
    }
    offset += extensionLength(protocol, bytes[header + 1] ?? 0);
    protocol = bytes[header] ?? 0;
    // What follows the first fragment's header chain is payload; its first bytes must not be read as headers.
    if (fragment && fragment.offset > 0) return { protocol, offset, fragment };
  }
  return undefined;
}

const isExtensionHeader = (protocol: number): boolean =>
  protocol === HOP_BY_HOP ||
  protocol === ROUTING ||
  protocol === FRAGMENT ||
  protocol === AUTHENTICATION ||
  protocol === DESTINATION_OPTIONS;

function extensionLength(protocol: number, lengthField: number): number {
  if (protocol === FRAGMENT) return 8;
  return protocol === AUTHENTICATION ? (lengthField + 2) * 4 : (lengthField + 1) * 8;
}

/** Writes a fixed header. */
export function emitIpv6(
  bytes: Uint8Array,
  at: number,
  header: {
    readonly source: Ipv6;
    readonly destination: Ipv6;
    readonly nextHeader: number;
    readonly payloadLength: number;
    readonly hopLimit?: number;
  },
): void {
  writeUint32(bytes, at, 0x6000_0000);
  writeUint16(bytes, at + IPV6_PAYLOAD_LENGTH, header.payloadLength);
  bytes[at + IPV6_NEXT_HEADER] = header.nextHeader;
  bytes[at + IPV6_HOP_LIMIT] = header.hopLimit ?? 64;
  writeIpv6(bytes, at + IPV6_SOURCE, header.source);
  writeIpv6(bytes, at + IPV6_DESTINATION, header.destination);
}

/** Writes a fixed header and a fragment header behind it; `payloadLength` is that of what follows both. */
export function emitIpv6Fragment(
  bytes: Uint8Array,
  at: number,
  header: Parameters<typeof emitIpv6>[2],
  { offset, more, identification }: Ipv6Fragment,
): void {
  const payloadLength = IPV6_FRAGMENT_HEADER_LENGTH + header.payloadLength;
  emitIpv6(bytes, at, { ...header, nextHeader: FRAGMENT, payloadLength });
  const extension = at + IPV6_HEADER_LENGTH;
  bytes[extension] = header.nextHeader;
  bytes[extension + 1] = 0;
  writeUint16(bytes, extension + 2, (offset & 0xfff8) | (more ? 1 : 0));
  writeUint32(bytes, extension + 4, identification);
}

/** Sum over both addresses, for pseudo-headers. */
export const ipv6AddressSum = (bytes: Uint8Array, at: number): number => sumBytes(bytes, at + IPV6_SOURCE, 32);
