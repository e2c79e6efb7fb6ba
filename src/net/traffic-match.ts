/** What a rule of a security group or an entry of a network ACL says about protocol, ports and ICMP. */
import type { PortRange } from './port-range.ts';

/** Told apart by `kind`, so that an unknown protocol can never be taken for "all". */
export type TrafficMatch =
  /** Every protocol ("-1"). */
  | { readonly kind: 'all' }
  /** TCP or UDP with destination ports. */
  | { readonly kind: 'ports'; readonly protocol: 6 | 17; readonly ports: PortRange }
  /** ICMP or ICMPv6; -1 is any type, or any code. */
  | { readonly kind: 'icmp'; readonly protocol: 1 | 58; readonly type: number; readonly code: number }
  /** Any other protocol number, ports ignored. */
  | { readonly kind: 'protocol'; readonly protocol: number };
