/**
 * IPv6 blocks that "Amazon" provides: a /56 that no other VPC of the world has.
 *
 * They come from 3fff::/20, which is reserved for documentation (RFC 9637), so that a block is never somebody's and yet
 * looks like any global one. That EC2 gives them out at random is assumed.
 */
import { type Ipv6, ipv6, parseIpv6 } from '../net/address.ts';
import { formatCidr, type Ipv6Cidr } from '../net/cidr.ts';
import { Ipv6Block } from './resources/ipv6-block.ts';
import { WORLD } from './scope.ts';
import type { Transaction } from './transaction.ts';

/** Where Amazon's blocks come from. */
export const IPV6_POOL: Ipv6Cidr = { address: parseIpv6('3fff::') ?? ipv6(0n), length: 20 };
const BLOCK_LENGTH = 56;
const BLOCKS = 2 ** (BLOCK_LENGTH - IPV6_POOL.length);

/** Takes a block from the pool. With 2^36 blocks it is never used up. */
export function takeIpv6Block(tx: Transaction): Ipv6Cidr {
  const world = tx.in(WORLD);
  for (;;) {
    const offset = BigInt(tx.random.integer(BLOCKS)) << BigInt(128 - BLOCK_LENGTH);
    const cidr: Ipv6Cidr = { address: ipv6(IPV6_POOL.address + offset), length: BLOCK_LENGTH };
    const id = formatCidr(cidr);
    if (world.find(Ipv6Block, id)) continue;
    world.put(Ipv6Block, { id, account: tx.account, region: tx.region });
    return cidr;
  }
}

/** The block that an address lies in, and whose it is; undefined where nobody has it. */
export function ipv6BlockAt(tx: Transaction, address: Ipv6): Ipv6Block | undefined {
  const rest = BigInt(128 - BLOCK_LENGTH);
  const cidr: Ipv6Cidr = { address: ipv6((address >> rest) << rest), length: BLOCK_LENGTH };
  return tx.in(WORLD).find(Ipv6Block, formatCidr(cidr));
}

/** Gives a block back to the pool. */
export function returnIpv6Block(tx: Transaction, cidr: Ipv6Cidr): void {
  const world = tx.in(WORLD);
  const id = formatCidr(cidr);
  // A block that a test or a catalogue put into a VPC was never taken from the pool.
  if (world.find(Ipv6Block, id)) world.remove(Ipv6Block, id);
}
