import { equal, ok } from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseIpv4 } from '../net/address.ts';
import { contains, parseIpv4Cidr } from '../net/cidr.ts';
import { lab } from '../testing/instance-parts.ts';
import { freeIpv4, freeIpv4Count, freeIpv4Prefix, isReserved } from './free-addresses.ts';
import { Subnet } from './resources/subnet.ts';

const never = (): boolean => false;

test('a chosen address is in the subnet, not reserved, and not to be avoided', () => {
  fc.assert(
    fc.property(fc.integer({ min: 16, max: 28 }), fc.integer({ min: 1, max: 2 ** 30 }), (length, seed) => {
      const { account, subnetId } = lab({ seed });
      account.transact((tx) => {
        const cidr = parseIpv4Cidr(`10.0.0.0/${length}`);
        const subnet = { ...tx.get(Subnet, subnetId), cidr };
        const first = freeIpv4(tx, subnet, never);
        ok(cidr && first !== undefined && contains(cidr, first) && !isReserved(subnet, first));
        const second = freeIpv4(tx, subnet, (candidate) => candidate.address === first);
        ok(second !== undefined && second !== first);
      });
    }),
    { numRuns: 40 },
  );
});

test('a subnet of /28 has no prefix to give, for its reserved addresses lie in the only one', () => {
  const { account, subnet } = lab();
  const id = subnet('10.0.2.0/28');
  account.transact((tx) => equal(freeIpv4Prefix(tx, tx.get(Subnet, id), never), undefined));
});

test('a prefix counts sixteen addresses, and five are reserved', () => {
  const net = lab();
  net.eni({ Ipv4PrefixCount: 2 });
  net.account.transact((tx) => equal(freeIpv4Count(tx, tx.get(Subnet, net.subnetId)), 256 - 5 - 1 - 32));
});

test('the reserved addresses are the first four and the last one', () => {
  const { account, subnetId } = lab();
  account.transact((tx) => {
    const subnet = tx.get(Subnet, subnetId);
    const reserved = Array.from({ length: 256 }, (_, last) => parseIpv4(`10.0.1.${last}`)).filter(
      (address) => address !== undefined && isReserved(subnet, address),
    );
    equal(reserved.length, 5);
  });
});
