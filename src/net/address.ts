/**
 * IPv4 and IPv6 addresses as plain values.
 *
 * An IPv4 address is an unsigned 32-bit number, an IPv6 address a 128-bit bigint, both in numeric (big-endian, "host
 * reads left to right") order. The family is the JavaScript type itself, so one function serves both families and a
 * Map may be keyed by an address of either.
 */

declare const ipv4Brand: unique symbol;
declare const ipv6Brand: unique symbol;

/** An IPv4 address: an integer in [0, 2^32). */
export type Ipv4 = number & { readonly [ipv4Brand]: true };
/** An IPv6 address: a bigint in [0, 2^128). */
export type Ipv6 = bigint & { readonly [ipv6Brand]: true };
/** An address of either family; `typeof` tells which. */
export type IpAddress = Ipv4 | Ipv6;

const IPV4_MAX = 0xffff_ffff;
const IPV6_MAX = (1n << 128n) - 1n;

/** True for an IPv4 address. */
export const isIpv4 = (address: IpAddress): address is Ipv4 => typeof address === 'number';
/** True for an IPv6 address. */
export const isIpv6 = (address: IpAddress): address is Ipv6 => typeof address === 'bigint';

/** The IPv4 address with this number. @throws RangeError outside [0, 2^32). */
export function ipv4(value: number): Ipv4 {
  if (!Number.isInteger(value) || value < 0 || value > IPV4_MAX) throw new RangeError(`not an IPv4 address: ${value}`);
  return value as Ipv4;
}

/** The IPv6 address with this number. @throws RangeError outside [0, 2^128). */
export function ipv6(value: bigint): Ipv6 {
  if (value < 0n || value > IPV6_MAX) throw new RangeError(`not an IPv6 address: ${value}`);
  return value as Ipv6;
}

/** Parses dotted-decimal IPv4 ("10.0.1.5"; no leading zeros, no short forms); undefined for anything else. */
export function parseIpv4(text: string): Ipv4 | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  let value = 0;
  for (let index = 1; index <= 4; index++) {
    const part = match[index] ?? '';
    if (part.length > 1 && part.startsWith('0')) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    value = value * 256 + octet;
  }
  return value as Ipv4;
}

/** Dotted-decimal text of an IPv4 address. */
export function formatIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** Parses IPv6 text (RFC 4291 section 2.2, embedded IPv4 included, no zone index); undefined for anything else. */
export function parseIpv6(text: string): Ipv6 | undefined {
  if (text.length > 45 || !/^[0-9a-fA-F:.]+$/.test(text)) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n) as Ipv6;
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.')) {
      const embedded = mayEndInIpv4 && index === parts.length - 1 ? parseIpv4(part) : undefined;
      if (embedded === undefined) return undefined;
      groups.push(embedded >>> 16, embedded & 0xffff);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups.length <= 8 ? groups : undefined;
}

/** Canonical IPv6 text (RFC 5952: lower case, longest run of zero groups shortened). */
export function formatIpv6(address: Ipv6): string {
  const groups = Array.from({ length: 8 }, (_, index) => Number((address >> BigInt(112 - 16 * index)) & 0xffffn));
  const run = longestZeroRun(groups);
  const text = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (run.length < 2) return text(groups);
  return `${text(groups.slice(0, run.start))}::${text(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}

/** Parses an address of either family; undefined for anything else. */
export const parseAddress = (text: string): IpAddress | undefined => parseIpv4(text) ?? parseIpv6(text);

/** Canonical text of an address of either family. */
export const formatAddress = (address: IpAddress): string =>
  isIpv4(address) ? formatIpv4(address) : formatIpv6(address);

/** RFC 1918 and RFC 6598 space, which an internet gateway neither takes in nor lets out (Reachability Analyzer codes). */
export function isPrivateIpv4(address: Ipv4): boolean {
  return isRfc1918(address) || isRfc6598(address);
}
/** 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (RFC 1918). */
export const isRfc1918 = (address: Ipv4): boolean =>
  address >>> 24 === 10 || address >>> 20 === 0xac1 || address >>> 16 === 0xc0a8;
/** First address of 100.64.0.0/10. */
export const FIRST_RFC6598: Ipv4 = ipv4(0x6440_0000);

/** 100.64.0.0/10 (RFC 6598, shared address space). */
export const isRfc6598 = (address: Ipv4): boolean => address >>> 22 === 0x6440_0000 >>> 22;
