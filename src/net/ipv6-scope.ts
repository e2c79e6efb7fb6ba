/** Scopes of IPv6 addresses (RFC 4291, RFC 4193), and the link-local address that an interface makes of its MAC. */
import type { IpAddress, Ipv6 } from './address.ts';
import type { Mac } from './mac.ts';

const LINK_LOCAL_PREFIX = 0xfe80n << 112n;

/** fe80::/10 (RFC 4291, section 2.5.6); false for IPv4. */
export const isIpv6LinkLocal = (address: IpAddress): boolean =>
  typeof address === 'bigint' && address >> 118n === 0xfe80n >> 6n;

/** fc00::/7 (RFC 4193), which no gateway to the internet carries; false for IPv4. */
export const isUniqueLocal = (address: IpAddress): boolean =>
  typeof address === 'bigint' && address >> 121n === 0xfcn >> 1n;

/** ff00::/8 (RFC 4291, section 2.7); false for IPv4. */
export const isIpv6Multicast = (address: IpAddress): boolean =>
  typeof address === 'bigint' && address >> 120n === 0xffn;

/** The link-local address with the modified EUI-64 of a MAC (RFC 4291, appendix A): what a kernel gives its interface. */
export function linkLocalOf(mac: Mac): Ipv6 {
  const bits = BigInt(mac) ^ 0x0200_0000_0000n;
  return (LINK_LOCAL_PREFIX | ((bits >> 24n) << 40n) | (0xfffen << 24n) | (bits & 0xff_ffffn)) as Ipv6;
}
