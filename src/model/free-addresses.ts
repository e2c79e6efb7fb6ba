/**
 * Free addresses of a subnet: which are reserved, which are taken, and the choice of new ones.
 *
 * A choice is a few random tries and, when all of them hit taken addresses, a scan from a random place; each look is one
 * question to an index, so it does not matter how many interfaces there are. (That EC2 picks at random is observed.)
 *
 * Subnet CIDR reservations (VPC guide, subnet-cidr-reservation): no single address is chosen from one; prefixes are chosen
 * from those of type `prefix` alone where the subnet has one of that family, and from none that is `explicit`. That EC2
 * does not go on to the rest of the subnet when these are used up is unconfirmed.
 */
import { type IpAddress, type Ipv4, type Ipv6, ipv4, ipv6 } from '../net/address.ts';
import {
  type Cidr,
  contains,
  type Ipv4Cidr,
  type Ipv6Cidr,
  ipv4CidrSize,
  isIpv4Cidr,
  isIpv6Cidr,
  lastAddress,
  overlaps,
} from '../net/cidr.ts';
import {
  addressKey,
  blockKey,
  IPV4_PREFIX_LENGTH,
  IPV6_PREFIX_LENGTH,
  NetworkInterface,
  prefixAround,
} from './resources/network-interface.ts';
import type { Subnet } from './resources/subnet.ts';
import { SubnetCidrReservation } from './resources/subnet-cidr-reservation.ts';
import type { Transaction } from './transaction.ts';

/** First addresses of a block that nobody gets: network, router, DNS, future use; the last one is the fifth. */
const RESERVED_AT_START = 4;
const RANDOM_TRIES = 24;

/** True for the first four addresses and the last one of a block of the subnet, of either family. */
export function isReserved(subnet: Subnet, address: IpAddress): boolean {
  const block = blocksOf(subnet).find((candidate) => contains(candidate, address));
  if (!block) return false;
  const offset = Number(BigInt(address) - BigInt(block.address));
  return offset < RESERVED_AT_START || address === lastAddress(block);
}

/** True when the address lies in a block of the subnet. */
export const isOfSubnet = (subnet: Subnet, address: IpAddress): boolean =>
  blocksOf(subnet).some((block) => contains(block, address));

/** The interface that has the address or a prefix that covers it; undefined when it is free. */
export const holderOf = (tx: Transaction, subnet: Subnet, address: IpAddress): NetworkInterface | undefined =>
  tx.by(NetworkInterface, 'address', addressKey(subnet.id, address))[0] ??
  tx.by(NetworkInterface, 'prefix', blockKey(subnet.id, prefixAround(address)))[0];

const isTaken = (tx: Transaction, subnet: Subnet, address: IpAddress): boolean =>
  tx.count(NetworkInterface, 'address', addressKey(subnet.id, address)) > 0 ||
  tx.count(NetworkInterface, 'prefix', blockKey(subnet.id, prefixAround(address))) > 0;

/** True when nobody has the prefix nor a single address in it. Prefixes that hold a reserved address are not free. */
export const isPrefixFree = (tx: Transaction, subnet: Subnet, prefix: Cidr): boolean =>
  tx.count(NetworkInterface, 'prefix', blockKey(subnet.id, prefix)) === 0 &&
  tx.count(NetworkInterface, 'occupiedBlock', blockKey(subnet.id, prefix)) === 0 &&
  !isReserved(subnet, prefix.address) &&
  !isReserved(subnet, lastAddress(prefix));

/** What else must not be chosen: what the same call has chosen already and no row shows yet. */
export type Avoid = (candidate: Cidr) => boolean;

/** A free IPv4 address that need not be avoided, or undefined when the subnet is full (or has no IPv4). */
export function freeIpv4(tx: Transaction, subnet: Subnet, avoid: Avoid): Ipv4 | undefined {
  const block = subnet.cidr;
  if (!block) return undefined;
  const size = ipv4CidrSize(block) - RESERVED_AT_START - 1;
  const at = (index: number): Ipv4 => ipv4(block.address + RESERVED_AT_START + index);
  const set = setAside(tx, subnet);
  const isFree = (address: Ipv4): boolean =>
    !avoid(single(address)) && !isTaken(tx, subnet, address) && !set.some((cidr) => contains(cidr, address));
  return pick(tx, size, at, isFree);
}

/** A free IPv6 address of the subnet's first IPv6 block, or undefined when it has none. */
export function freeIpv6(tx: Transaction, subnet: Subnet, avoid: Avoid): Ipv6 | undefined {
  const block = subnet.ipv6CidrBlocks[0]?.cidr;
  if (!block) return undefined;
  const at = (index: number): Ipv6 => scattered(tx, block, index);
  const set = setAside(tx, subnet);
  const isFree = (address: Ipv6): boolean =>
    !avoid(single(address)) &&
    !isTaken(tx, subnet, address) &&
    !isReserved(subnet, address) &&
    !set.some((cidr) => contains(cidr, address));
  return pick(tx, 2 ** 32, at, isFree);
}

/** Blocks of the subnet's reservations, of both types. */
const setAside = (tx: Transaction, { id }: Subnet): readonly Cidr[] =>
  tx.by(SubnetCidrReservation, 'subnetId', id).map(({ cidr }) => cidr);

/** Blocks of the subnet's reservations of type `prefix` in one family. */
const prefixReservations = <C extends Cidr>(
  tx: Transaction,
  { id }: Subnet,
  isOfFamily: (cidr: Cidr) => cidr is C,
): readonly C[] =>
  tx
    .by(SubnetCidrReservation, 'subnetId', id)
    .filter(({ reservationType }) => reservationType === 'prefix')
    .map(({ cidr }) => cidr)
    .filter(isOfFamily);

/** An address in the block: 32 of its host bits are the index, the upper ones random. Never among the first four. */
function scattered(tx: Transaction, block: Ipv6Cidr, index: number): Ipv6 {
  const hostBits = 128 - block.length;
  const random = (BigInt(tx.random.integer(2 ** 48)) << 32n) | BigInt(index);
  return ipv6(block.address | BigInt.asUintN(hostBits, random));
}

/** A free /28, or undefined when the subnet has none. */
export function freeIpv4Prefix(tx: Transaction, subnet: Subnet, avoid: Avoid): Ipv4Cidr | undefined {
  const at = (block: Ipv4Cidr, index: number): Ipv4Cidr => ({
    address: ipv4(block.address + index * 16),
    length: IPV4_PREFIX_LENGTH,
  });
  const reserved = prefixReservations(tx, subnet, isIpv4Cidr);
  const blocks = reserved.length > 0 ? reserved : subnet.cidr ? [subnet.cidr] : [];
  return freePrefixOf(tx, subnet, avoid, { blocks, length: IPV4_PREFIX_LENGTH, at });
}

/** A free /80, or undefined when the subnet has none. */
export function freeIpv6Prefix(tx: Transaction, subnet: Subnet, avoid: Avoid): Ipv6Cidr | undefined {
  const at = (block: Ipv6Cidr, index: number): Ipv6Cidr => ({
    address: ipv6(block.address + (BigInt(index) << BigInt(128 - IPV6_PREFIX_LENGTH))),
    length: IPV6_PREFIX_LENGTH,
  });
  const reserved = prefixReservations(tx, subnet, isIpv6Cidr);
  const blocks = reserved.length > 0 ? reserved : subnet.ipv6CidrBlocks.slice(0, 1).map(({ cidr }) => cidr);
  return freePrefixOf(tx, subnet, avoid, { blocks, length: IPV6_PREFIX_LENGTH, at });
}

/** Where prefixes of one family may lie, in order of preference, and which is the one with this index in a block. */
interface PrefixPlaces<C extends Cidr> {
  readonly blocks: readonly C[];
  readonly length: number;
  readonly at: (block: C, index: number) => C;
}

function freePrefixOf<C extends Cidr>(
  tx: Transaction,
  subnet: Subnet,
  avoid: Avoid,
  { blocks, length, at }: PrefixPlaces<C>,
): C | undefined {
  const explicit = tx
    .by(SubnetCidrReservation, 'subnetId', subnet.id)
    .filter(({ reservationType }) => reservationType === 'explicit');
  const isFree = (prefix: C): boolean =>
    !avoid(prefix) && !explicit.some(({ cidr }) => overlaps(cidr, prefix)) && isPrefixFree(tx, subnet, prefix);
  for (const block of blocks) {
    if (block.length > length) continue;
    const count = 2 ** Math.min(length - block.length, 32);
    const prefix = pick(tx, count, (index) => at(block, index), isFree);
    if (prefix !== undefined) return prefix;
  }
  return undefined;
}

/**
 * Number of IPv4 addresses that are left (availableIpAddressCount). Interfaces of stopped instances count as well, and a
 * prefix counts sixteen.
 */
export function freeIpv4Count(tx: Transaction, subnet: Subnet): number {
  if (!subnet.cidr) return 0;
  let taken = RESERVED_AT_START + 1;
  for (const one of tx.by(NetworkInterface, 'subnetId', subnet.id)) {
    taken += one.ipv4Addresses.length + 16 * one.ipv4Prefixes.length;
  }
  return ipv4CidrSize(subnet.cidr) - taken;
}

const blocksOf = (subnet: Subnet): readonly Cidr[] => [
  ...(subnet.cidr ? [subnet.cidr] : []),
  ...subnet.ipv6CidrBlocks.map((block) => block.cidr),
];

/** An address as a block of one. */
const single = (address: IpAddress): Cidr => ({ address, length: typeof address === 'number' ? 32 : 128 });

/** Random tries first; then, in ranges that can be walked, every place once from a random one on. */
function pick<T>(tx: Transaction, count: number, at: (index: number) => T, isFree: (one: T) => boolean): T | undefined {
  if (count <= 0) return undefined;
  for (let i = 0; i < Math.min(RANDOM_TRIES, count * 2); i++) {
    const one = at(tx.random.integer(count));
    if (isFree(one)) return one;
  }
  const start = tx.random.integer(count);
  for (let i = 0; i < Math.min(count, 2 ** 16); i++) {
    const one = at((start + i) % count);
    if (isFree(one)) return one;
  }
  return undefined;
}
