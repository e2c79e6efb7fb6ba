/**
 * Ids and addresses that stand for those that code does not know yet: EC2 gives them when it creates what is planned.
 *
 * They follow from the name that a resource has in its code, so they are the same in every reading.
 */
import type * as sdk from '@aws-sdk/client-ec2';
import { IPV6_POOL } from '../model/vpc-ipv6-blocks.ts';
import { formatIpv4, type Ipv4, ipv4, ipv6, parseIpv4 } from '../net/address.ts';
import { cidrOf, contains, formatCidr, ipv4CidrSize, parseIpv4Cidr } from '../net/cidr.ts';

/** Public addresses are taken from here: the end of localvpc's own pool. */
const PUBLIC_BLOCK = parseIpv4('198.19.0.0') ?? ipv4(0);
const PUBLIC_ADDRESSES = 1 << 16;
/** First addresses of a subnet, which nobody gets. */
const RESERVED_ADDRESSES = 4;
/** VPCs get IPv6 blocks of this length. */
const IPV6_LENGTH = 56;

/** An id that stands for one that is not known yet. */
export function standIn(prefix: string, name: string): string {
  const digits = [hash(name, 1), hash(name, 2)].map((part) => part.toString(16).padStart(8, '0')).join('');
  return `${prefix}-0${digits}`;
}

/** An IPv6 block for a VPC that is to get one from Amazon. */
export function standInIpv6Block(name: string): string {
  const number = (BigInt(hash(name, 3)) << 32n) | BigInt(hash(name, 4));
  const index = BigInt.asUintN(IPV6_LENGTH - IPV6_POOL.length, number);
  return formatCidr(cidrOf(ipv6(IPV6_POOL.address + (index << BigInt(128 - IPV6_LENGTH))), IPV6_LENGTH));
}

/** Addresses of one description, each given once. */
export class StandInAddresses {
  readonly #subnets: readonly sdk.Subnet[];
  readonly #public = new Map<string, string>();
  readonly #takenPublic = new Set<number>();
  readonly #takenPrivate = new Map<string, Set<Ipv4>>();

  /** `subnets`: those of the description, which may still grow. */
  constructor(subnets: readonly sdk.Subnet[]) {
    this.#subnets = subnets;
  }

  /** The same for the same name. */
  publicAddress(name: string): string {
    const known = this.#public.get(name);
    if (known !== undefined) return known;
    let index = hash(name, 7) % PUBLIC_ADDRESSES;
    while (this.#takenPublic.has(index)) index = (index + 1) % PUBLIC_ADDRESSES;
    this.#takenPublic.add(index);
    const address = formatIpv4(ipv4(PUBLIC_BLOCK + index));
    this.#public.set(name, address);
    return address;
  }

  /** Addresses that are known are nobody else's. To be told of all before any is chosen. */
  takePrivate(subnetId: string, addresses: readonly string[]): void {
    for (const one of addresses) {
      const address = parseIpv4(one);
      if (address !== undefined) this.#taken(subnetId).add(address);
    }
  }

  /** A free address of a subnet; undefined where it has none, or is not described. */
  choosePrivate(subnetId: string): string | undefined {
    const subnet = this.#subnets.find(({ SubnetId: id }) => id === subnetId);
    const cidr = parseIpv4Cidr(subnet?.CidrBlock ?? '');
    if (!cidr) return undefined;
    for (let index = RESERVED_ADDRESSES; index < ipv4CidrSize(cidr) - 1; index++) {
      const address = ipv4(cidr.address + index);
      if (!contains(cidr, address) || this.#taken(subnetId).has(address)) continue;
      this.#taken(subnetId).add(address);
      return formatIpv4(address);
    }
    return undefined;
  }

  #taken(subnetId: string): Set<Ipv4> {
    const taken = this.#takenPrivate.get(subnetId) ?? new Set();
    this.#takenPrivate.set(subnetId, taken);
    return taken;
  }
}

/** FNV-1a over the characters, 32 bits. */
function hash(content: string, seed: number): number {
  let value = 0x811c9dc5 ^ seed;
  for (let index = 0; index < content.length; index++) value = Math.imul(value ^ content.charCodeAt(index), 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}
