/** What a list of rules is spared: only blocks that cannot hold the address. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type IpAddress, ipv4, ipv6 } from '../net/address.ts';
import { type Cidr, cidrOf, contains } from '../net/cidr.ts';
import { AddressHead, BlockHeads } from './block-heads.ts';

/** Few addresses in each family, so that blocks hold some of them. */
const address: fc.Arbitrary<IpAddress> = fc.oneof(
  fc.constantFrom(0, 0x0a00_0001, 0x0a00_0105, 0x8000_0000, 0xffff_ffff).map(ipv4),
  fc
    .tuple(fc.constantFrom(0x3fffn, 0x2001n, 0xfd00n), fc.constantFrom(0n, 1n, 0x8000_0000n), fc.nat(3))
    .map(([top, middle, host]) => ipv6((top << 112n) | (middle << 64n) | BigInt(host))),
);
const block: fc.Arbitrary<Cidr | undefined> = fc.option(
  fc.tuple(address, fc.nat(128)).map(([one, length]) => {
    const bits = typeof one === 'number' ? length % 33 : length;
    const host = typeof one === 'number' ? 32 - bits : 128 - bits;
    if (typeof one === 'number') return cidrOf(ipv4(host === 32 ? 0 : ((one >>> host) << host) >>> 0), bits);
    return cidrOf(ipv6((one >> BigInt(host)) << BigInt(host)), bits);
  }),
  { nil: undefined },
);

test('of a list all that may hold an address is found, in order, and of blocks up to /64 nothing else', () => {
  fc.assert(
    fc.property(fc.array(block, { maxLength: 8 }), address, (blocks, one) => {
      const heads = new BlockHeads(blocks);
      const head = new AddressHead().set(one);
      const found: number[] = [];
      for (let index = heads.next(0, head); index >= 0; index = heads.next(index + 1, head)) found.push(index);
      const first64 = (of: Cidr): Cidr =>
        typeof of.address === 'bigint' && of.length > 64 ? cidrOf(ipv6((of.address >> 64n) << 64n), 64) : of;
      const expected = blocks.flatMap((of, index) => (of && !contains(first64(of), one) ? [] : [index]));
      deepEqual(found, expected);
    }),
    { numRuns: 2000 },
  );
});
