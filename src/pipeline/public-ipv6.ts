/** Which interface has a public IPv6 address: unlike private ones, they are of one world, so no VPC is asked first. */
import type { IpAddress, Ipv6 } from '../net/address.ts';
import { contains } from '../net/cidr.ts';
import { isIpv6LinkLocal, isUniqueLocal } from '../net/ipv6-scope.ts';
import type { Interface } from './interface.ts';

/** Interfaces by their public IPv6 addresses, single ones and those in delegated prefixes. */
export class PublicIpv6 {
  private readonly byAddress = new Map<IpAddress, Interface>();
  private readonly withPrefixes = new Set<Interface>();

  holderOf(address: Ipv6): Interface | undefined {
    if (!isPublicIpv6(address)) return undefined;
    const holder = this.byAddress.get(address);
    if (holder || this.withPrefixes.size === 0) return holder;
    for (const other of this.withPrefixes) {
      if (other.row.ipv6Prefixes.some((prefix) => contains(prefix, address))) return other;
    }
    return undefined;
  }

  add(holder: Interface): void {
    for (const address of holder.row.ipv6Addresses) this.byAddress.set(address, holder);
    if (holder.row.ipv6Prefixes.length > 0) this.withPrefixes.add(holder);
  }

  /** An address that another interface has taken over meanwhile stays with that one. */
  remove(holder: Interface): void {
    for (const address of holder.row.ipv6Addresses) {
      if (this.byAddress.get(address) === holder) this.byAddress.delete(address);
    }
    this.withPrefixes.delete(holder);
  }
}

/** True for what gateways to the internet carry: neither unique local nor link-local. */
export const isPublicIpv6 = (address: Ipv6): boolean => !isUniqueLocal(address) && !isIpv6LinkLocal(address);
