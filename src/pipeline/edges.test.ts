/** Subnets, network ACLs, routes, internet gateways: what happens at the edges that a packet crosses. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import { ICMP } from '../net/protocol.ts';
import { check, delivered, dropped, network, OUTSIDE } from '../testing/network.ts';
import { data, icmp, ping, protocol, reply, tcp, udp } from '../testing/packets.ts';
import { idOf, ipv4Of, macOf } from '../testing/rows.ts';
import { readUint16 } from '../wire/big-endian.ts';
import { emitOffload, GSO_TCP_IPV4, GSO_UDP, gsoSize } from '../wire/virtio-net-header.ts';

const ALL = ['all from 0.0.0.0/0', 'all from ::/0'];
const OPEN = { in: ['100 allow all 0.0.0.0/0'], out: ['100 allow all 0.0.0.0/0'] };
const TO_INTERNET = { '10.0.1.0/24': ['0.0.0.0/0 internet'], '10.0.2.0/24': ['0.0.0.0/0 internet'] };

test('a network ACL is asked at the subnet’s edge and never within it', () => {
  const net = network(
    { a: { ip: '10.0.1.10' }, near: { ip: '10.0.1.20', in: ALL }, far: { ip: '10.0.2.10', in: ALL } },
    { acls: { '10.0.1.0/24': {} } },
  );
  check(net, tcp('a', 'near', 80), delivered('near'));
  check(net, tcp('a', 'near', 80, { destinationMac: net.routerMacOf('a') }), delivered('near'));
  check(net, tcp('a', 'far', 80), dropped('network-acl-out/denied'));
  net.setAcl('10.0.1.0/24', OPEN);
  check(net, tcp('a', 'far', 80), delivered('far'));
  net.setAcl('10.0.2.0/24', { in: ['90 deny all 10.0.1.0/24', '100 allow all 0.0.0.0/0'] });
  check(net, tcp('a', 'far', 80), dropped('network-acl-in/denied'));
});

test('ACL entries are read in ascending order and the first match decides', () => {
  const net = network(
    { a: { ip: '10.0.1.10' }, b: { ip: '10.0.2.10', in: ALL } },
    {
      acls: {
        '10.0.2.0/24': { in: ['300 allow tcp 22 0.0.0.0/0', '100 allow tcp 443 0.0.0.0/0', '200 deny all 0.0.0.0/0'] },
      },
    },
  );
  check(net, tcp('a', 'b', 443), delivered('b'));
  check(net, tcp('a', 'b', 22), dropped('network-acl-in/denied'));
});

test('an ACL remembers nothing: the answer needs an entry of its own', () => {
  const net = network(
    { a: { ip: '10.0.1.10' }, b: { ip: '10.0.2.10', in: ALL } },
    { acls: { '10.0.2.0/24': { in: ['100 allow tcp 80 0.0.0.0/0', '110 allow icmp 0.0.0.0/0'], out: [] } } },
  );
  check(net, tcp('a', 'b', 80), delivered('b'));
  check(net, reply(tcp('a', 'b', 80)), dropped('network-acl-out/denied'));
  check(net, ping('a', 'b'), delivered('b'));
  check(net, reply(ping('a', 'b')), dropped('network-acl-out/denied'));
  net.setAcl('10.0.2.0/24', { ...OPEN, out: ['100 allow tcp 32768-65535 0.0.0.0/0'] });
  check(net, reply(tcp('a', 'b', 80)), delivered('a'));
  check(net, reply(tcp('a', 'b', 80, { sourcePort: 2000 })), dropped('network-acl-out/denied'));
});

test('an ACL for IPv4 denies IPv6, and ports do not matter for other protocols', () => {
  const net = network(
    {
      a: { ip: '10.0.1.10', ipv6: 'fd01::10', out: ['all to ::/0', 'all to 0.0.0.0/0'] },
      b: { ip: '10.0.2.10', ipv6: 'fd01::20', in: ALL },
    },
    { acls: { '10.0.2.0/24': { in: ['100 allow protocol 47 0.0.0.0/0', '110 allow icmpv6 128/0 0.0.0.0/0'] } } },
  );
  check(net, tcp('a', 'b', 80, { ipv6: true }), dropped('network-acl-out/denied'));
  check(net, protocol(47, 'a', 'b'), delivered('b'));
  // Protocol 58 with an IPv4 block stands for every ICMP type.
  check(net, icmp('a', 'b', 13, 0), delivered('b'));
  check(net, tcp('a', 'b', 80), dropped('network-acl-in/denied'));
});

test('groups and ACLs decide each for itself, whichever changed last', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.2.10', in: ['tcp 22 from 0.0.0.0/0'] } });
  check(net, tcp('a', 'b', 80), dropped('security-group-in/no-rule'));
  net.setAcl('10.0.2.0/24', OPEN);
  check(net, tcp('a', 'b', 80), dropped('security-group-in/no-rule'));
  net.setAcl('10.0.2.0/24', { ...OPEN, in: ['90 deny tcp 80 0.0.0.0/0', ...OPEN.in] });
  net.setRules('b', { in: ALL });
  check(net, tcp('a', 'b', 80), dropped('network-acl-in/denied'));
});

test('VPCs with the same block never meet', () => {
  const net = network({
    a: { ip: '10.0.1.10', in: ALL },
    twin: { ip: '10.0.1.20', in: ALL, vpc: 'other' },
    far: { ip: '10.0.2.10', in: ALL, vpc: 'other' },
  });
  check(net, tcp('a', '10.0.1.20', 80), dropped('gateway/no-interface'));
  check(net, tcp('a', '10.0.2.10', 80), dropped('gateway/no-interface'));
  check(net, tcp('a', '10.0.1.20', 80, { destinationMac: net.rowOf('twin').mac }), dropped('subnet/unknown-mac'));
});

test('the longest prefix wins, a blackhole too, and nothing falls back', () => {
  const net = network(
    { a: { ip: '10.0.1.10', public: '198.18.0.10' } },
    {
      routes: {
        '10.0.1.0/24': [
          '0.0.0.0/0 internet',
          '203.0.113.0/24 peering blackhole',
          '172.31.0.0/24 vgw propagated',
          '172.31.0.0/24 internet',
          '10.0.9.0/24 vgw propagated',
        ],
      },
    },
  );
  check(net, tcp('a', '8.8.8.8', 80), delivered('internet'));
  check(net, tcp('a', OUTSIDE, 80), dropped('route/blackhole'));
  check(net, tcp('a', '172.31.0.5', 80), dropped('gateway/private-destination'));
  check(net, tcp('a', '10.0.9.9', 80), dropped('gateway/no-interface'));
});

test('between routes of equal length a static one is before one of a prefix list, and that before a propagated one', () => {
  const net = network(
    { a: { ip: '10.0.1.10', public: '198.18.0.10' } },
    {
      routes: {
        '10.0.1.0/24': [
          '203.0.113.0/24 peering blackhole listed',
          '203.0.113.0/24 internet',
          '8.8.8.0/24 peering blackhole propagated',
          '8.8.8.0/24 internet listed',
          '8.8.4.0/24 peering blackhole',
          '8.8.4.4/32 internet listed',
        ],
      },
    },
  );
  check(net, tcp('a', OUTSIDE, 80), delivered('internet'));
  check(net, tcp('a', '8.8.8.8', 80), delivered('internet'));
  check(net, tcp('a', '8.8.4.4', 80), delivered('internet'));
  check(net, tcp('a', '8.8.4.5', 80), dropped('route/blackhole'));
});

test('without a route there is no way, and an IPv4 default route is none for IPv6', () => {
  const net = network(
    { a: { ip: '10.0.1.10', ipv6: 'fd01::10', out: ['all to 0.0.0.0/0', 'all to ::/0'] } },
    { routes: { '10.0.1.0/24': ['0.0.0.0/0 internet'] } },
  );
  net.put({ ...net.rowOf('a') });
  net.setAcl('10.0.1.0/24', { in: ['1 allow all ::/0'], out: ['1 allow all ::/0'] });
  check(net, tcp('a', '2001:db8::1', 80, { ipv6: true }), dropped('route/no-route'));
});

test('each gateway that is not there, or a record only, says so', () => {
  for (const [word, reason] of [
    ['nat', 'gateway/no-nat-gateway'],
    ['peering', 'gateway/no-peering'],
    ['tgw', 'gateway/no-transit-attachment'],
    ['vgw', 'gateway/vpn-gateway-detached'],
    ['endpoint', 'gateway/no-endpoint'],
  ] as const) {
    const net = network({ a: { ip: '10.0.1.10' } }, { routes: { '10.0.1.0/24': [`0.0.0.0/0 ${word}`] } });
    check(net, tcp('a', OUTSIDE, 80), dropped(reason));
  }
});

test('an appliance gets what is routed to it if its check is off, and references are lost behind it', () => {
  const net = network(
    {
      a: { ip: '10.0.1.10' },
      b: { ip: '10.0.2.10', in: ['tcp 80 from a'] },
      appliance: { ip: '10.0.3.10', in: ALL },
    },
    { routes: { '10.0.1.0/24': ['10.0.2.0/24 to-host appliance'] } },
  );
  check(net, tcp('a', 'b', 80), dropped('destination-check/foreign-address'));
  net.put({ ...net.rowOf('appliance'), sourceDestCheck: false });
  check(net, tcp('a', 'b', 80), delivered('appliance'));
  check(net, tcp('appliance', 'b', 80, { source: '10.0.1.10' }), dropped('security-group-in/reference-lost'));
  net.setRules('b', { in: ['tcp 80 from 10.0.1.0/24'] });
  check(net, tcp('appliance', 'b', 80, { source: '10.0.1.10' }), delivered('b'));
});

test('a route to an interface that is gone, or back to the sender, leads nowhere', () => {
  const routes = { '10.0.1.0/24': ['10.0.2.0/24 to-host nobody', '10.0.3.0/24 to-host a'] };
  const net = network({ a: { ip: '10.0.1.10' } }, { routes });
  check(net, tcp('a', '10.0.2.10', 80), dropped('gateway/no-appliance'));
  check(net, tcp('a', '10.0.3.10', 80), dropped('gateway/routed-back'));
});

test('an internet gateway writes the public address on the way out and the private one on the way in', () => {
  const net = network({ a: { ip: '10.0.1.10', public: '198.18.0.10', in: ALL } }, { routes: TO_INTERNET });
  check(net, tcp('a', 'internet', 443), delivered('internet'));
  equal(formatAddress(net.lastPacket.source), '198.18.0.10');
  equal(net.lastPacket.malformed, undefined);
  check(net, tcp('internet', 'a', 443), delivered('a'));
  equal(formatAddress(net.lastPacket.destination), '10.0.1.10');
  check(net, tcp('internet', '198.18.0.99', 443), dropped('internet-arrival/unmapped-destination'));
});

test('what an internet gateway takes neither out nor in', () => {
  const net = network(
    { a: { ip: '10.0.1.10', public: '198.18.0.10', in: ALL }, b: { ip: '10.0.1.20', in: ALL } },
    { routes: TO_INTERNET },
  );
  check(net, tcp('b', 'internet', 443), dropped('gateway/no-public-address'));
  check(net, tcp('a', '192.168.5.5', 443), dropped('gateway/private-destination'));
  check(net, tcp('a', '100.64.5.5', 443), dropped('gateway/shared-destination'));
  check(net, tcp('internet', 'a', 443, { source: '192.168.5.5' }), dropped('internet-arrival/private-source'));
  check(net, tcp('internet', 'a', 443, { source: '100.64.5.5' }), dropped('internet-arrival/shared-source'));
  check(net, tcp('internet', 'a', 443, { source: '198.18.0.10' }), dropped('internet-arrival/spoofed-source'));
});

test('without a route to it, or detached, the internet gateway carries nothing', () => {
  const a = { ip: '10.0.1.10', public: '198.18.0.10', in: ALL };
  check(network({ a }), tcp('a', 'internet', 443), dropped('route/no-route'));
  const net = network({ a }, { routes: TO_INTERNET, internetGateway: false });
  check(net, tcp('a', 'internet', 443), dropped('gateway/detached'));
  check(net, tcp('internet', 'a', 443), dropped('internet-arrival/detached'));
});

test('a public address is turned round at the gateway, and both sides see public sources', () => {
  const net = network(
    {
      a: { ip: '10.0.1.10', public: '198.18.0.10' },
      b: { ip: '10.0.2.10', public: '198.18.0.11', in: ALL },
      other: { ip: '10.0.2.10', public: '198.18.0.12', in: ALL, vpc: 'other' },
    },
    { routes: TO_INTERNET },
  );
  check(net, tcp('a', '198.18.0.11', 80), delivered('b'));
  equal(formatAddress(net.lastPacket.source), '198.18.0.10');
  equal(formatAddress(net.lastPacket.destination), '10.0.2.10');
  check(net, reply(tcp('a', 'b', 80), { destination: '198.18.0.10' }), delivered('a'));
  check(net, tcp('a', '198.18.0.12', 80), delivered('other'));
});

test('an appliance that forwards for a host leaves with that host’s public address', () => {
  const net = network(
    { a: { ip: '10.0.1.10', public: '198.18.0.10' }, appliance: { ip: '10.0.2.10', check: false } },
    { routes: TO_INTERNET },
  );
  check(net, tcp('appliance', 'internet', 80, { source: '10.0.1.10' }), delivered('internet'));
  equal(formatAddress(net.lastPacket.source), '198.18.0.10');
});

test('what is too big for the internet is refused with the MTU, or cut where it may be', () => {
  const net = network({ a: { ip: '10.0.1.10', public: '198.18.0.10' } }, { routes: TO_INTERNET });
  check(net, tcp('a', 'internet', 443), delivered('internet'));
  check(net, data('a', 'internet', 443, { lengthBytes: 3014 }), dropped('mtu/too-big'));
  const error = net.lastPacket;
  equal(error.protocol, ICMP);
  deepEqual([error.icmpType, error.icmpCode, readUint16(error.bytes, error.transport + 6)], [3, 4, 1500]);
  equal(formatAddress(error.source), '10.0.1.1');
  check(net, udp('a', 'internet', 53, { lengthBytes: 3014, fragment: 0 }), delivered('internet'));
  equal(net.lastFrames.length, 3);
  ok(net.lastFrames.every((frame) => frame.length <= 12 + 14 + 1500));
});

test('an untracked flow needs an ICMP rule to learn the MTU', () => {
  const net = network(
    { a: { ip: '10.0.1.10', public: '198.18.0.10', in: ['tcp 80 from 0.0.0.0/0'] } },
    { routes: TO_INTERNET },
  );
  const answer = data('a', 'internet', 40_000, { sourcePort: 80, lengthBytes: 3014 });
  check(net, answer, dropped('mtu/too-big'));
  equal(net.lastFrames.length, 0);
  net.setRules('a', { in: ['tcp 80 from 0.0.0.0/0', 'icmp 3/4 from 0.0.0.0/0'] });
  check(net, answer, dropped('mtu/too-big'));
  equal(net.lastFrames.length, 1);
});

const segmented =
  (gsoSizeBytes: number, type = GSO_TCP_IPV4, offset = 16) =>
  (bytes: Uint8Array): Uint8Array => {
    emitOffload(bytes, 0, { gsoType: type, gsoSize: gsoSizeBytes, checksumStart: 34, checksumOffset: offset });
    return bytes;
  };

test('a segmentation-offload frame is judged by its segments, not by its length', () => {
  const net = network({ a: { ip: '10.0.1.10', public: '198.18.0.10' } }, { routes: TO_INTERNET });
  check(net, tcp('a', 'internet', 443), delivered('internet'));
  const big = { lengthBytes: 60_000 };
  check(net, data('a', 'internet', 443, { ...big, mangle: segmented(1448) }), delivered('internet'));
  check(net, data('a', 'internet', 443, { ...big, mangle: segmented(8000) }), dropped('mtu/too-big'));
  check(net, data('a', 'internet', 443, { ...big, fragment: 0, mangle: segmented(8000) }), delivered('internet'));
  equal(gsoSize(net.lastFrames[0] ?? new Uint8Array(12), 0), 1460);
});

test('an offload header that lies is refused', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20', in: ALL } });
  for (const mangle of [segmented(0), segmented(1448, GSO_UDP), segmented(1448, GSO_TCP_IPV4, 6), segmented(1448, 3)]) {
    check(net, data('a', 'b', 80, { lengthBytes: 5000, mangle }), dropped('ethernet/bad-offload-header'));
  }
});

test('a host whose machine does not run is not reached', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20', in: ALL, plugged: false } });
  check(net, tcp('a', 'b', 80), dropped('deliver/unplugged'));
});

test('a full connection table drops what would need one more entry, and frees what has expired', () => {
  const hosts = { a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20', in: ['udp 53 from a'] } };
  const net = network(hosts, { limits: { total: 100, perInstance: 1 } });
  check(net, udp('a', 'b', 53), delivered('b'));
  check(net, udp('a', 'b', 53, { sourcePort: 40_001 }), dropped('security-group-out/tracking-full'));
  net.advance(31_000);
  check(net, udp('a', 'b', 53, { sourcePort: 40_001 }), delivered('b'));
  const narrow = network(hosts, { limits: { total: 1, perInstance: 1 } });
  check(narrow, udp('a', 'b', 53), dropped('security-group-in/tracking-full'));
});

test('what is named but has no row is closed', () => {
  const net = network(
    { a: { ip: '10.0.1.10', public: '198.18.0.10' }, b: { ip: '10.0.1.20', in: ALL } },
    { routes: TO_INTERNET },
  );
  net.put({
    ...net.rowOf('b'),
    publicAddresses: [{ publicAddress: ipv4Of('198.18.0.11'), privateAddress: ipv4Of('192.168.1.1') }],
  });
  check(net, tcp('internet', '198.18.0.11', 80), dropped('internet-arrival/outside-vpc'));
  check(net, tcp('a', '198.18.0.11', 80), dropped('gateway/outside-vpc'));
  net.put({ ...net.rowOf('b'), securityGroupIds: [idOf('sg', 'unknown')] });
  check(net, tcp('a', 'b', 80), dropped('security-group-in/no-rule'));
  net.put({ ...net.rowOf('a'), subnetId: idOf('subnet', 'unknown') });
  check(net, tcp('a', 'b', 80), dropped('subnet/no-subnet'));
});

test('a secondary address that moves takes its traffic along', () => {
  const net = network({
    a: { ip: '10.0.1.10', in: ALL, more: ['10.0.1.50'] },
    b: { ip: '10.0.1.20', in: ALL },
    c: { ip: '10.0.2.10' },
  });
  check(net, tcp('c', '10.0.1.50', 80), delivered('a'));
  const [b, a] = [net.rowOf('b'), net.rowOf('a')];
  net.put(
    { ...b, ipv4Addresses: [...b.ipv4Addresses, ipv4Of('10.0.1.50')] },
    { ...a, ipv4Addresses: a.ipv4Addresses.slice(0, 1) },
  );
  check(net, tcp('c', '10.0.1.50', 80), delivered('b'));
  check(net, tcp('a', 'c', 80, { source: '10.0.1.50' }), dropped('source-check/foreign-address'));
});

test('an interface that is taken away reaches nobody and is reached by nobody', () => {
  const net = network({ a: { ip: '10.0.1.10', in: ['tcp 22 from b'] }, b: { ip: '10.0.2.20', in: ['tcp 80 from a'] } });
  check(net, data('a', 'b', 80), delivered('b'));
  net.apply([{ change: 'remove', kind: 'interface', id: idOf('eni', 'b') }]);
  check(net, data('a', '10.0.2.20', 80), dropped('gateway/no-interface'));
  check(
    net,
    data('b', 'a', 80, { source: '10.0.2.20', sourceMac: macOf(3), destinationMac: macOf(9) }),
    dropped('port/not-attached'),
  );
  equal(net.counters.trackedConnections, 1);
});

test('neither the router nor an internet gateway or a peering connection counts hops: a packet with its last one arrives', () => {
  const net = network(
    {
      a: { ip: '10.0.1.10', public: '198.18.0.10' },
      far: { ip: '10.0.2.10', in: ALL },
      peer: { ip: '10.1.1.10', in: ALL, vpc: 'other' },
    },
    {
      blocks: { main: ['10.0.0.0/16'], other: ['10.1.0.0/16'] },
      peerings: { p: { between: ['main', 'other'] } },
      routes: { '10.0.1.0/24': ['0.0.0.0/0 internet', '10.1.0.0/16 peering p'] },
    },
  );
  for (const to of ['far', 'peer', 'internet']) {
    check(net, udp('a', to, 33_434, { ttl: 1 }), delivered(to));
    const { bytes, network: header } = net.lastPacket;
    equal(bytes[header + 8], 1, to);
  }
});
