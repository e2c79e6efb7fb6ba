/** What the resolver is told of the world as one asker sees it: an interface in a VPC, or the outside. */
import type { IpAddress, Ipv4, Ipv6 } from '../net/address.ts';

/** Addresses that a name has; both lists may be empty, which is not the same as having no such name. */
export interface NameAddresses {
  readonly ipv4: readonly Ipv4[];
  readonly ipv6: readonly Ipv6[];
}

/** Names are in lower case and without the dot at the end. Methods read the model: call them before it changes. */
export interface DnsView {
  /** False where the asker's VPC has no resolver (enableDnsSupport). */
  readonly isServed: boolean;
  /** True in a subnet with DNS64: a name with IPv4 addresses alone has them in IPv6 too, in 64:ff9b::/96 (RFC 6147). */
  readonly isDns64: boolean;
  /** Domains that negative answers come from, such as "ec2.internal". */
  readonly domains: readonly string[];
  /** Undefined for a name that does not exist. */
  readonly addressesOf: (name: string) => NameAddresses | undefined;
  /** Undefined for an address without a name. */
  readonly nameOf: (address: IpAddress) => string | undefined;
}
