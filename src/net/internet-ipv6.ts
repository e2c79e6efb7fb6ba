/** The outside world's IPv6 address. */
import { ipv6 } from './address.ts';

/** 2001:db8:ffff::1 (RFC 3849: documentation, so never somebody's). */
export const INTERNET_IPV6_ADDRESS = ipv6((0x2001_0db8_ffffn << 80n) | 1n);
