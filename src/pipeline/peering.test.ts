/** VPC peering: from one VPC into the other and no further. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import { check, delivered, dropped, network, OUTSIDE, type TestNetwork } from '../testing/network.ts';
import type { HostSpec, NetworkOptions } from '../testing/network-rows.ts';
import { ping, reply, tcp, udp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';
import { SYN } from '../wire/tcp.ts';

const ALL = ['all from 0.0.0.0/0'];
const BLOCKS = { main: ['10.0.0.0/16'], peer: ['10.1.0.0/16'], third: ['10.2.0.0/16'] };

const peered = (hosts: Readonly<Record<string, HostSpec>> = {}, options: NetworkOptions = {}): TestNetwork =>
  network(
    { a: { ip: '10.0.1.10' }, b: { ip: '10.1.1.10', vpc: 'peer', in: ALL }, ...hosts },
    {
      blocks: BLOCKS,
      peerings: { ab: { between: ['main', 'peer'] } },
      routes: { '10.0.1.0/24': ['10.1.0.0/16 peering ab'], '10.1.1.0/24': ['10.0.0.0/16 peering ab'] },
      ...options,
    },
  );

test('packets cross a peering connection both ways, with the addresses that they have', () => {
  const net = peered();
  for (const packet of [tcp('a', 'b', 80), udp('a', 'b', 53), ping('a', 'b')]) {
    check(net, packet, delivered('b'));
    equal(formatAddress(net.lastPacket.source), '10.0.1.10');
    check(net, reply(packet), delivered('a'));
  }
});

test('without a route back the answer goes nowhere, and without one there nothing begins', () => {
  const net = peered({}, { routes: { '10.0.1.0/24': ['10.1.0.0/16 peering ab'] } });
  check(net, tcp('a', 'b', 80), delivered('b'));
  check(net, reply(tcp('a', 'b', 80)), dropped('route/no-route'));
  check(net, tcp('b', 'a', 80), dropped('route/no-route'));
});

test('a peering connection leads only to addresses of the VPC on its other side', () => {
  const net = peered(
    { c: { ip: '10.2.1.10', vpc: 'third', in: ALL } },
    {
      peerings: { ab: { between: ['main', 'peer'] }, bc: { between: ['peer', 'third'] } },
      routes: {
        '10.0.1.0/24': ['0.0.0.0/0 peering ab', '10.2.0.0/16 peering ab'],
        '10.1.1.0/24': ['10.2.0.0/16 peering bc', '0.0.0.0/0 internet'],
      },
    },
  );
  check(net, tcp('a', OUTSIDE, 80), dropped('gateway/outside-peer'));
  check(net, tcp('a', 'c', 80), dropped('gateway/outside-peer'));
  check(net, tcp('b', 'c', 80), delivered('c'));
});

test('the NAT gateway of a peered VPC is for that VPC', () => {
  const net = peered(
    { nat: { ip: '10.1.2.20', vpc: 'peer', nat: true, public: '198.18.0.20' } },
    { routes: { '10.0.1.0/24': ['0.0.0.0/0 peering ab'], '10.1.1.0/24': ['0.0.0.0/0 nat nat'] } },
  );
  check(net, tcp('a', OUTSIDE, 80), dropped('gateway/outside-peer'));
  check(net, tcp('a', '10.1.2.20', 80), dropped('nat-gateway/unsolicited'));
});

test('a NAT gateway reaches a peered VPC with its private address', () => {
  const net = peered(
    { nat: { ip: '10.0.2.20', nat: true, public: '198.18.0.20' } },
    {
      routes: {
        '10.0.1.0/24': ['10.1.0.0/16 nat nat'],
        '10.0.2.0/24': ['10.1.0.0/16 peering ab'],
        '10.1.1.0/24': ['10.0.0.0/16 peering ab'],
      },
    },
  );
  check(net, tcp('a', 'b', 80), delivered('b'));
  equal(formatAddress(net.lastPacket.source), '10.0.2.20');
  const { sourcePort } = net.lastPacket;
  check(net, tcp('b', '10.0.2.20', sourcePort, { sourcePort: 80, tcpFlags: SYN | 16 }), delivered('a'));
});

test('answers return to a NAT gateway in a peered VPC without a route, and nothing else does', () => {
  const net = peered(
    { nat: { ip: '10.0.2.20', nat: true } },
    { routes: { '10.0.1.0/24': ['10.1.0.0/16 nat nat'], '10.0.2.0/24': ['10.1.0.0/16 peering ab'] } },
  );
  for (const packet of [tcp('a', 'b', 80), ping('a', 'b')]) {
    check(net, packet, delivered('b'));
    const { sourcePort, icmpIdentifier } = net.lastPacket;
    const answer = reply(packet, { icmpIdentifier });
    check(net, { ...answer, to: '10.0.2.20', destinationPort: sourcePort }, delivered('a'));
    const stray = { ...answer, to: '10.0.2.20', destinationPort: sourcePort ^ 1 };
    check(
      net,
      { ...stray, options: { ...stray.options, icmpIdentifier: icmpIdentifier ^ 1 } },
      dropped('route/no-route'),
    );
  }
});

test('nobody is at an unused address of the peer, and a connection that is gone carries nothing', () => {
  const net = peered();
  check(net, tcp('a', '10.1.1.99', 80), dropped('gateway/no-interface'));
  net.apply([{ change: 'remove', kind: 'peering', id: idOf('pcx', 'ab') }]);
  check(net, tcp('a', 'b', 80), dropped('gateway/no-peering'));
});

test('a route to a connection of other VPCs leads nowhere', () => {
  const net = peered({}, { peerings: { ab: { between: ['peer', 'third'] } } });
  check(net, tcp('a', 'b', 80), dropped('gateway/no-peering'));
});

test('ACLs and groups of both sides decide, and rules name groups of the peer in the same Region only', () => {
  const hosts = { b: { ip: '10.1.1.10', vpc: 'peer', in: ['tcp 80 from a'] } };
  const net = peered(hosts);
  check(net, tcp('a', 'b', 80), delivered('b'));
  check(net, tcp('a', 'b', 81), dropped('security-group-in/no-rule'));
  net.setAcl('10.1.1.0/24', { in: ['100 deny all 10.0.0.0/16'], out: ['100 allow all 0.0.0.0/0'] }, 'peer');
  check(net, tcp('a', 'b', 80), dropped('network-acl-in/denied'));
  net.setAcl('10.0.1.0/24', { out: ['100 deny all 10.1.0.0/16'] });
  check(net, tcp('a', 'b', 80), dropped('network-acl-out/denied'));
  const far = peered(hosts, { peerings: { ab: { between: ['main', 'peer'], interRegion: true } } });
  check(far, tcp('a', 'b', 80), dropped('security-group-in/reference-lost'));
});

test('9001 bytes cross within a Region, 8500 between two', () => {
  const size = (bytes: number) => udp('a', 'b', 53, { lengthBytes: bytes + 14 });
  check(peered(), size(9001), delivered('b'));
  const far = peered({}, { peerings: { ab: { between: ['main', 'peer'], interRegion: true } } });
  check(far, size(8500), delivered('b'));
  check(far, size(8501), dropped('mtu/too-big'));
});
