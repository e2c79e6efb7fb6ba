/** A block of addresses in the form that is quick to compare: for IPv4 two 32-bit numbers, for IPv6 a shifted bigint. */
import type { IpAddress } from '../net/address.ts';
import { type Cidr, isIpv4Cidr, isIpv6Cidr } from '../net/cidr.ts';

/** A compiled Cidr; it never matches an address of the other family. */
export class BlockFilter {
  readonly isIpv4: boolean;
  private readonly mask: number;
  private readonly address: number;
  private readonly hostBits: bigint;
  private readonly prefix: bigint;

  constructor(cidr: Cidr) {
    this.isIpv4 = isIpv4Cidr(cidr);
    this.mask = cidr.length === 0 ? 0 : -1 << (32 - cidr.length);
    this.address = isIpv4Cidr(cidr) ? cidr.address | 0 : 0;
    this.hostBits = BigInt(this.isIpv4 ? 0 : 128 - cidr.length);
    this.prefix = isIpv6Cidr(cidr) ? cidr.address >> this.hostBits : 0n;
  }

  /** True when the address lies in the block. */
  has(address: IpAddress): boolean {
    if (typeof address === 'number') return this.isIpv4 && (address & this.mask) === this.address;
    return !this.isIpv4 && address >> this.hostBits === this.prefix;
  }
}
