/**
 * Addresses under which interfaces meet the link-local services: one per interface, seen only inside the services' network.
 *
 * Two guests of different VPCs may have the same private address, so the services cannot be shown those. They see
 * 10.0.0.0/8 plus the interface's index instead. The upper bits are zero in the common case, and otherwise keep what
 * the answer needs to find its way back without any state: which of its addresses the guest used, and that it asked
 * the resolver at base + 2 rather than 169.254.169.253.
 *
 *   bits 31-24  23                     22-17                                    16-0
 *        10     asked at base + 2      which of the interface's addresses       index of the interface
 *
 * What comes over IPv6 is seen as fd00:ec2:0:1:: plus the same 32 bits. The last position stands for the link-local
 * address that a guest in an IPv6-only subnet asks from over IPv4.
 */
import { type IpAddress, type Ipv4, type Ipv6, ipv4, ipv6, parseIpv4, parseIpv6 } from '../net/address.ts';

const NETWORK = 0x0a00_0000;
const AT_RESOLVER = 1 << 23;
const ADDRESS_SHIFT = 17;
const MAX_ADDRESS = 63;
/** Stands for `Interface.linkLocalIpv4` in the place of a position. */
export const LINK_LOCAL_POSITION = MAX_ADDRESS;
/** fd00:ec2:0:1::/64, inside the range of the services themselves, so that no guest can have such an address. */
const IPV6_NETWORK = 0xfd00_0ec2_0000_0001n << 64n;
/** The last index stands for the outside world, which asks the resolver too. */
const INTERNET_INDEX = (1 << ADDRESS_SHIFT) - 1;

/** What a service address stands for. */
export interface ServiceClient {
  /** `Interface.index` of the guest's interface. */
  readonly interfaceIndex: number;
  /** Position of the guest's address in its row. */
  readonly addressPosition: number;
  /** True when it asked the VPC's resolver by its address inside the VPC. */
  readonly asksResolver: boolean;
}

/** True for the service address of the outside world. */
const isInternetClient = (address: Ipv4): boolean => address === INTERNET_CLIENT_ADDRESS;

/** The address of a client; undefined when its numbers do not fit. */
export function serviceAddressOf({ interfaceIndex, addressPosition, asksResolver }: ServiceClient): Ipv4 | undefined {
  if (interfaceIndex >= INTERNET_INDEX || addressPosition > MAX_ADDRESS || addressPosition < 0) return undefined;
  return ipv4(NETWORK + (asksResolver ? AT_RESOLVER : 0) + (addressPosition << ADDRESS_SHIFT) + interfaceIndex);
}

/** The same for a guest that asks over IPv6. */
export function ipv6ServiceAddressOf(client: ServiceClient): Ipv6 | undefined {
  const address = serviceAddressOf(client);
  return address === undefined ? undefined : ipv6(IPV6_NETWORK | BigInt(address));
}

/** The client of an address; undefined outside 10.0.0.0/8 and its image in IPv6. */
export function serviceClientOf(address: IpAddress): (ServiceClient & { readonly isInternet: boolean }) | undefined {
  if (typeof address === 'bigint') {
    const isClient = address >> 32n === IPV6_NETWORK >> 32n;
    return isClient ? serviceClientOf(ipv4(Number(address & 0xffff_ffffn))) : undefined;
  }
  if (address >>> 24 !== 10) return undefined;
  return {
    isInternet: isInternetClient(address),
    interfaceIndex: address & INTERNET_INDEX,
    addressPosition: (address >>> ADDRESS_SHIFT) & MAX_ADDRESS,
    asksResolver: (address & AT_RESOLVER) !== 0,
  };
}

/** The service address of the outside world. */
export const INTERNET_CLIENT_ADDRESS = ipv4(NETWORK + INTERNET_INDEX);

const known = (text: string): Ipv4 => parseIpv4(text) ?? ipv4(0);
/** Instance metadata. */
export const METADATA_ADDRESS = known('169.254.169.254');
/** The Amazon resolver by its link-local address. */
export const RESOLVER_ADDRESS = known('169.254.169.253');
/** The resolver as the outside world knows it, for public names (RFC 5737 documentation range). */
export const INTERNET_RESOLVER_ADDRESS = known('192.0.2.53');
/** The Amazon Time Sync Service. */
export const TIME_ADDRESS = known('169.254.169.123');

/** Where localvpc's own API listens for what comes by interface endpoints; no guest can ask it there. */
export const API_ADDRESS = known('169.254.169.80');

const knownIpv6 = (text: string): Ipv6 => parseIpv6(text) ?? ipv6(0n);
export const METADATA_IPV6_ADDRESS = knownIpv6('fd00:ec2::254');
export const RESOLVER_IPV6_ADDRESS = knownIpv6('fd00:ec2::253');
export const TIME_IPV6_ADDRESS = knownIpv6('fd00:ec2::123');

/** fd00:ec2::/32, where the services have their IPv6 addresses. */
export const isIpv6ServiceRange = (address: IpAddress): boolean =>
  typeof address === 'bigint' && address >> 96n === 0xfd00_0ec2n;

/** 169.254.0.0/16 (RFC 3927). */
export const isLinkLocal = (address: IpAddress): boolean => typeof address === 'number' && address >>> 16 === 0xa9fe;

/** True for the addresses that the services' network answers at. */
export const isServiceAddress = (address: IpAddress): boolean =>
  address === METADATA_ADDRESS ||
  address === RESOLVER_ADDRESS ||
  address === TIME_ADDRESS ||
  address === METADATA_IPV6_ADDRESS ||
  address === RESOLVER_IPV6_ADDRESS ||
  address === TIME_IPV6_ADDRESS;
