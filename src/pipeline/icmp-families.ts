/** ICMP errors and what they are in the other IP family (RFC 7915, sections 4.2 and 5.2). */
import { readUint16, readUint32, writeUint16, writeUint32 } from '../wire/big-endian.ts';
import {
  ICMP_CODE,
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_HEADER_LENGTH,
  ICMP_NEXT_HOP_MTU,
  ICMP_PARAMETER_PROBLEM,
  ICMP_POINTER,
  ICMP_TIME_EXCEEDED,
  ICMP_TYPE,
  ICMPV6_DESTINATION_UNREACHABLE,
  ICMPV6_MTU,
  ICMPV6_PACKET_TOO_BIG,
  ICMPV6_PARAMETER_PROBLEM,
  ICMPV6_TIME_EXCEEDED,
} from '../wire/icmp.ts';
import { IPV4_HEADER_LENGTH } from '../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH } from '../wire/ipv6.ts';

/** What an IPv6 header is longer than one of IPv4. */
export const FAMILY_DIFFERENCE_BYTES = IPV6_HEADER_LENGTH - IPV4_HEADER_LENGTH;
const SMALLEST_IPV6_MTU = 1280;
const LARGEST_MTU = 0xffff;

/** What an error says, in the terms of its family. */
interface IcmpFamilyError {
  readonly type: number;
  readonly code: number;
  /** Of "fragmentation needed" and "packet too big". */
  readonly mtuBytes?: number;
  /** Of a parameter problem: the position of what is wrong with the header. */
  readonly pointer?: number;
}

/** The ICMPv6 error for the ICMP error at a position; undefined for what has no counterpart. */
export function icmpv6ErrorOf(bytes: Uint8Array, at: number): IcmpFamilyError | undefined {
  const [type, code] = [bytes[at + ICMP_TYPE] ?? 0, bytes[at + ICMP_CODE] ?? 0];
  if (type === ICMP_TIME_EXCEEDED) return { type: ICMPV6_TIME_EXCEEDED, code };
  if (type === ICMP_PARAMETER_PROBLEM) return ipv6ParameterProblem(code, bytes[at + ICMP_POINTER] ?? 0);
  if (type !== ICMP_DESTINATION_UNREACHABLE) return undefined;
  if (code === ICMP_FRAGMENTATION_NEEDED) {
    const mtuBytes = Math.max(SMALLEST_IPV6_MTU, readUint16(bytes, at + ICMP_NEXT_HOP_MTU) + FAMILY_DIFFERENCE_BYTES);
    return { type: ICMPV6_PACKET_TOO_BIG, code: 0, mtuBytes };
  }
  // "Protocol unreachable" points to the next header.
  if (code === 2) return { type: ICMPV6_PARAMETER_PROBLEM, code: 1, pointer: 6 };
  const unreachable = UNREACHABLE_OVER_IPV6[code];
  return unreachable === undefined ? undefined : { type: ICMPV6_DESTINATION_UNREACHABLE, code: unreachable };
}

/** The ICMP error for the ICMPv6 error at a position; undefined for what has no counterpart. */
export function icmpErrorOf(bytes: Uint8Array, at: number): IcmpFamilyError | undefined {
  const [type, code] = [bytes[at + ICMP_TYPE] ?? 0, bytes[at + ICMP_CODE] ?? 0];
  if (type === ICMPV6_TIME_EXCEEDED) return { type: ICMP_TIME_EXCEEDED, code };
  if (type === ICMPV6_PACKET_TOO_BIG) {
    const mtuBytes = Math.min(LARGEST_MTU, readUint32(bytes, at + ICMPV6_MTU) - FAMILY_DIFFERENCE_BYTES);
    return { type: ICMP_DESTINATION_UNREACHABLE, code: ICMP_FRAGMENTATION_NEEDED, mtuBytes: Math.max(0, mtuBytes) };
  }
  if (type === ICMPV6_PARAMETER_PROBLEM) return ipv4ParameterProblem(code, readUint32(bytes, at + ICMPV6_MTU));
  if (type !== ICMPV6_DESTINATION_UNREACHABLE) return undefined;
  const unreachable = UNREACHABLE_OVER_IPV4[code];
  return unreachable === undefined ? undefined : { type: ICMP_DESTINATION_UNREACHABLE, code: unreachable };
}

/** Writes the eight bytes before the body of an ICMPv6 error, without its checksum. */
export function emitIcmpv6Error(bytes: Uint8Array, at: number, error: IcmpFamilyError): void {
  emitTypeAndCode(bytes, at, error);
  writeUint32(bytes, at + ICMPV6_MTU, error.mtuBytes ?? error.pointer ?? 0);
}

/** The same of an ICMP error. */
export function emitIcmpError(bytes: Uint8Array, at: number, error: IcmpFamilyError): void {
  emitTypeAndCode(bytes, at, error);
  writeUint16(bytes, at + ICMP_NEXT_HOP_MTU, error.mtuBytes ?? 0);
  bytes[at + ICMP_POINTER] = error.pointer ?? 0;
}

function emitTypeAndCode(bytes: Uint8Array, at: number, { type, code }: IcmpFamilyError): void {
  bytes.fill(0, at, at + ICMP_HEADER_LENGTH);
  bytes[at + ICMP_TYPE] = type;
  bytes[at + ICMP_CODE] = code;
}

/** Codes of "destination unreachable" over IPv4: without a route, forbidden, or a closed port over IPv6. */
const UNREACHABLE_OVER_IPV6: Readonly<Record<number, number>> = {
  0: 0,
  1: 0,
  3: 4,
  5: 0,
  6: 0,
  7: 0,
  8: 0,
  9: 1,
  10: 1,
  11: 0,
  12: 0,
  13: 1,
  15: 1,
};
const UNREACHABLE_OVER_IPV4: Readonly<Record<number, number>> = { 0: 1, 1: 10, 2: 1, 3: 1, 4: 3 };

/** Positions in an IPv4 header to those of the same field in an IPv6 header; what has none is dropped. */
const POINTERS_OVER_IPV6 = [0, 1, 4, 4, undefined, undefined, undefined, undefined, 7, 6] as const;

function ipv6ParameterProblem(code: number, pointer: number): IcmpFamilyError | undefined {
  // 1 is an option that is missing.
  if (code !== 0 && code !== 2) return undefined;
  const place = pointer >= 12 && pointer < 20 ? (pointer < 16 ? 8 : 24) : POINTERS_OVER_IPV6[pointer];
  return place === undefined ? undefined : { type: ICMPV6_PARAMETER_PROBLEM, code: 0, pointer: place };
}

const POINTERS_OVER_IPV4 = [0, 1, undefined, undefined, 2, 2, 9, 8] as const;

function ipv4ParameterProblem(code: number, pointer: number): IcmpFamilyError | undefined {
  // An unknown next header is an unreachable protocol.
  if (code === 1) return { type: ICMP_DESTINATION_UNREACHABLE, code: 2 };
  if (code !== 0) return undefined;
  const place = pointer >= 8 && pointer < 40 ? (pointer < 24 ? 12 : 16) : POINTERS_OVER_IPV4[pointer];
  return place === undefined ? undefined : { type: ICMP_PARAMETER_PROBLEM, code: 0, pointer: place };
}
