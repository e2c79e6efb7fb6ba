/** Address blocks in CIDR notation: values of both families, parsed strictly and kept canonical (host bits zero). */
import { formatAddress, type IpAddress, type Ipv4, type Ipv6, isIpv4, parseAddress } from './address.ts';

/** A block of addresses; `address` is its first one (host bits zero), `length` the prefix length in bits. */
export interface Cidr<A extends IpAddress = IpAddress> {
  readonly address: A;
  readonly length: number;
}
/** A block of IPv4 addresses. */
export type Ipv4Cidr = Cidr<Ipv4>;
/** A block of IPv6 addresses. */
export type Ipv6Cidr = Cidr<Ipv6>;

/** True for a block of IPv4 addresses. */
export const isIpv4Cidr = (cidr: Cidr): cidr is Ipv4Cidr => isIpv4(cidr.address);
/** True for a block of IPv6 addresses. */
export const isIpv6Cidr = (cidr: Cidr): cidr is Ipv6Cidr => !isIpv4(cidr.address);

/** `0.0.0.0/0`. */
export const ANY_IPV4: Ipv4Cidr = { address: 0 as Ipv4, length: 0 };
/** `::/0`. */
export const ANY_IPV6: Ipv6Cidr = { address: 0n as Ipv6, length: 0 };

/** The block of this length that holds this address: host bits are cleared, as EC2 does (100.68.0.18/18 is 100.68.0.0/18). */
export function cidrOf<A extends IpAddress>(address: A, length: number): Cidr<A>;
export function cidrOf(address: IpAddress, length: number): Cidr {
  if (isIpv4(address)) {
    const mask = length === 0 ? 0 : (-1 << (32 - length)) >>> 0;
    return { address: ((address & mask) >>> 0) as Ipv4, length };
  }
  const hostBits = BigInt(128 - length);
  return { address: ((address >> hostBits) << hostBits) as Ipv6, length };
}

/** Parses "address/length" and clears host bits; undefined when it is not a CIDR block. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(text);
  const address = match ? parseAddress(match[1] ?? '') : undefined;
  if (!match || address === undefined) return undefined;
  const lengthText = match[2] ?? '';
  const length = Number(lengthText);
  if ((lengthText.length > 1 && lengthText.startsWith('0')) || length > (isIpv4(address) ? 32 : 128)) return undefined;
  return cidrOf(address, length);
}
/** Parses an IPv4 block; undefined when it is not one. */
export function parseIpv4Cidr(text: string): Ipv4Cidr | undefined {
  const cidr = parseCidr(text);
  return cidr && isIpv4Cidr(cidr) ? cidr : undefined;
}
/** Parses an IPv6 block; undefined when it is not one. */
export function parseIpv6Cidr(text: string): Ipv6Cidr | undefined {
  const cidr = parseCidr(text);
  return cidr && isIpv6Cidr(cidr) ? cidr : undefined;
}

/** "10.0.0.0/16". */
export const formatCidr = (cidr: Cidr): string => `${formatAddress(cidr.address)}/${cidr.length}`;

/** Number of addresses in an IPv4 block. */
export const ipv4CidrSize = (cidr: Ipv4Cidr): number => 2 ** (32 - cidr.length);

/** The last address of a block (for IPv4 the one called broadcast). */
export function lastAddress<A extends IpAddress>(cidr: Cidr<A>): A;
export function lastAddress(cidr: Cidr): IpAddress {
  if (isIpv4Cidr(cidr)) return (cidr.address + ipv4CidrSize(cidr) - 1) as Ipv4;
  return ((cidr.address as Ipv6) + (1n << BigInt(128 - cidr.length)) - 1n) as Ipv6;
}

/** True when the address lies in the block; blocks of the other family hold nothing. */
export function contains(cidr: Cidr, address: IpAddress): boolean {
  if (isIpv4(address)) {
    if (!isIpv4Cidr(cidr)) return false;
    return cidr.length === 0 || (address ^ cidr.address) >>> (32 - cidr.length) === 0;
  }
  if (isIpv4Cidr(cidr)) return false;
  const hostBits = BigInt(128 - cidr.length);
  return address >> hostBits === (cidr.address as Ipv6) >> hostBits;
}

/** True when every address of `inner` lies in `outer`. */
export const covers = (outer: Cidr, inner: Cidr): boolean =>
  outer.length <= inner.length && contains(outer, inner.address);

/** True when the two blocks share an address. */
export const overlaps = (one: Cidr, other: Cidr): boolean => covers(one, other) || covers(other, one);

/** True when both name the same block. */
export const equalCidrs = (one: Cidr, other: Cidr): boolean =>
  one.length === other.length && one.address === other.address;
