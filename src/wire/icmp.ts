/** ICMP (RFC 792) and ICMPv6 (RFC 4443). Offsets are relative to the message's first byte. */
import { ICMPV6 } from '../net/protocol.ts';
import { writeUint16 } from './big-endian.ts';
import { checksumOf, pseudoHeaderSum, sumBytes } from './checksum.ts';

export const ICMP_TYPE = 0;
export const ICMP_CODE = 1;
export const ICMP_CHECKSUM = 2;
/** Identifier of queries and their replies. */
export const ICMP_IDENTIFIER = 4;
export const ICMP_SEQUENCE = 6;
/** Next-hop MTU of "fragmentation needed" (RFC 1191). */
export const ICMP_NEXT_HOP_MTU = 6;
/** MTU of ICMPv6 "packet too big" (RFC 4443, section 3.2), 32 bits. */
export const ICMPV6_MTU = 4;
/** Position of what is wrong with a header, in a parameter problem (RFC 792). */
export const ICMP_POINTER = 4;
/** Bytes before the body; an error's body is the packet that caused it. */
export const ICMP_HEADER_LENGTH = 8;

export const ICMP_ECHO_REPLY = 0;
export const ICMP_DESTINATION_UNREACHABLE = 3;
export const ICMP_FRAGMENTATION_NEEDED = 4;
export const ICMP_ECHO_REQUEST = 8;
export const ICMP_TIME_EXCEEDED = 11;
export const ICMP_PARAMETER_PROBLEM = 12;
export const ICMPV6_DESTINATION_UNREACHABLE = 1;
export const ICMPV6_PACKET_TOO_BIG = 2;
export const ICMPV6_TIME_EXCEEDED = 3;
export const ICMPV6_PARAMETER_PROBLEM = 4;
export const ICMPV6_ECHO_REQUEST = 128;
export const ICMPV6_ECHO_REPLY = 129;

/** Request types and the type of their reply (RFC 792, RFC 950). */
const IPV4_REPLIES: ReadonlyMap<number, number> = new Map([
  [8, 0],
  [13, 14],
  [15, 16],
  [17, 18],
]);
const IPV4_REQUESTS: ReadonlyMap<number, number> = new Map(
  [...IPV4_REPLIES].map(([request, reply]) => [reply, request]),
);

/** The request type that a reply of this type answers; undefined when the type is not a reply. */
export const icmpRequestOf = (version: number, type: number): number | undefined =>
  version === 4 ? IPV4_REQUESTS.get(type) : type === ICMPV6_ECHO_REPLY ? ICMPV6_ECHO_REQUEST : undefined;

/** True for types that ask and get a reply with the same identifier. */
export const isIcmpRequest = (version: number, type: number): boolean =>
  version === 4 ? IPV4_REPLIES.has(type) : type === ICMPV6_ECHO_REQUEST;

/** True for errors about a flow, whose body is the start of the packet that caused them; redirects are not among them. */
export const isIcmpError = (version: number, type: number): boolean =>
  version === 4 ? type === 3 || type === 11 || type === 12 : type >= 1 && type <= 4;

/** Computes an ICMPv4 message's checksum and writes it. */
export function sealIcmp(bytes: Uint8Array, at: number, length: number): void {
  writeUint16(bytes, at + ICMP_CHECKSUM, 0);
  writeUint16(bytes, at + ICMP_CHECKSUM, checksumOf(sumBytes(bytes, at, length)));
}

/** Computes an ICMPv6 message's checksum over it and the pseudo-header, and writes it; `addressSum` is `ipv6AddressSum`. */
export function sealIcmpv6(bytes: Uint8Array, at: number, length: number, addressSum: number): void {
  writeUint16(bytes, at + ICMP_CHECKSUM, 0);
  const pseudo = pseudoHeaderSum(addressSum, ICMPV6, length);
  writeUint16(bytes, at + ICMP_CHECKSUM, checksumOf(sumBytes(bytes, at, length, pseudo)));
}
