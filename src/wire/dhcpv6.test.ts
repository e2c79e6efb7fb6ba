import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipv6 } from '../net/address.ts';
import * as dhcp from './dhcpv6.ts';

const addresses = fc.array(fc.bigInt(0n, (1n << 128n) - 1n).map(ipv6), { maxLength: 20 });

test('what is written is read again', () => {
  fc.assert(
    fc.property(fc.nat(0xff_ffff), fc.nat(0xffff_ffff), addresses, (transaction, id, named) => {
      const leased = named.map((address) => ({ address, preferredSeconds: 1, validSeconds: 2 }));
      const content = dhcp.associationContent({ id, renewSeconds: 3, rebindSeconds: 4, addresses: leased, status: 2 });
      const bytes = new Uint8Array(1000);
      const options = dhcp.emitDhcpv6(bytes, 5, dhcp.DHCPV6_REPLY, transaction);
      const end = dhcp.emitOption(bytes, options, dhcp.OPTION_IA_NA, content);
      const message = dhcp.parseDhcpv6(bytes, 5, end - 5);
      equal(message?.messageType, dhcp.DHCPV6_REPLY);
      equal(message.transaction, transaction);
      deepEqual(message.associations, [{ id, addresses: named }]);
    }),
  );
});

test('no bytes make the reader fail, and none are read past the end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, length) => {
      const whole = dhcp.parseDhcpv6(bytes, 0, Math.min(length, bytes.length));
      const held = [...(whole?.options.values() ?? [])].reduce((sum, content) => sum + content.length, 0);
      ok(held <= length);
    }),
  );
});

test('a domain is a list of labels, and those that are too long are left out', () => {
  deepEqual([...dhcp.domainContent('ec2.internal')], [3, 101, 99, 50, 8, 105, 110, 116, 101, 114, 110, 97, 108, 0]);
  deepEqual([...dhcp.domainContent(`a..${'b'.repeat(64)}.c`)], [1, 97, 1, 99, 0]);
});
