/** IPv6 between subnets and through the gateways to the internet, which translate nothing. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, type Ipv6, ipv6 } from '../net/address.ts';
import { linkLocalOf } from '../net/ipv6-scope.ts';
import { check, delivered, dropped, network, OUTSIDE_IPV6 } from '../testing/network.ts';
import { data, icmp, ping, reply, tcp, udp } from '../testing/packets.ts';
import { addressOf } from '../testing/rows.ts';
import { readUint32 } from '../wire/big-endian.ts';
import { readIpv6 } from '../wire/ipv6.ts';
import { emitOffload, GSO_TCP_IPV6 } from '../wire/virtio-net-header.ts';

const OPEN = { in: ['100 allow all ::/0'], out: ['100 allow all ::/0'] };
const ALL = { in: ['all from ::/0'], out: ['all to ::/0'] };
const OVER_IPV6 = { ipv6: true } as const;

const hosts = {
  a: { ip: '10.0.1.10', ipv6: '3fff::10', out: ['all to ::/0'] },
  b: { ip: '10.0.1.20', ipv6: '3fff::20', ...ALL },
  far: { ip: '10.0.2.10', ipv6: '3fff:0:0:1::10', ...ALL },
};
const acls = { '10.0.1.0/24': OPEN, '10.0.2.0/24': OPEN };

const ipv6Of = (text: string): Ipv6 => {
  const address = addressOf(text);
  if (typeof address !== 'bigint') throw new Error(`not an IPv6 address: ${text}`);
  return address;
};

test('IPv6 goes between subnets and neighbours as groups and ACLs let it', () => {
  const net = network(hosts, { acls });
  check(net, tcp('a', 'far', 80, OVER_IPV6), delivered('far'));
  check(net, ping('a', 'b', OVER_IPV6), delivered('b'));
  check(net, reply(ping('a', 'b', OVER_IPV6)), delivered('a'));
  check(net, tcp('b', 'a', 80, OVER_IPV6), dropped('security-group-in/no-rule'));
  net.setRules('b', { in: ['icmpv6 128/0 from ::/0'] });
  check(net, ping('a', 'b', OVER_IPV6), delivered('b'));
  check(net, icmp('a', 'b', 3, 0, { ...OVER_IPV6 }), dropped('security-group-in/no-rule'));
  net.setAcl('10.0.2.0/24', { in: ['90 deny icmpv6 -1/-1 ::/0', ...OPEN.in], out: OPEN.out });
  check(net, ping('a', 'far', OVER_IPV6), dropped('network-acl-in/denied'));
});

test('an address that is not the interface’s is neither sent from nor delivered to', () => {
  const net = network(hosts, { acls });
  const foreign = { ...OVER_IPV6, source: '3fff::77' };
  check(net, tcp('a', 'b', 80, foreign), dropped('source-check/foreign-address'));
  const toB = { ...OVER_IPV6, destinationMac: net.rowOf('b').mac };
  check(net, tcp('a', '3fff::77', 80, toB), dropped('destination-check/foreign-address'));
  net.put({ ...net.rowOf('a'), sourceDestCheck: false }, { ...net.rowOf('b'), sourceDestCheck: false });
  check(net, tcp('a', '3fff::77', 80, { ...toB, ...foreign }), delivered('b'));
});

test('link-local addresses reach neighbours and nobody else', () => {
  const net = network(hosts, { acls });
  const own = formatAddress(linkLocalOf(net.rowOf('a').mac));
  const neighbour = formatAddress(linkLocalOf(net.rowOf('b').mac));
  const far = formatAddress(linkLocalOf(net.rowOf('far').mac));
  check(net, ping('a', neighbour, { ...OVER_IPV6, source: own }), delivered('b'));
  check(net, ping('a', 'far', { ...OVER_IPV6, source: own }), dropped('subnet/link-local'));
  check(net, ping('a', far, OVER_IPV6), dropped('subnet/link-local'));
  check(net, ping('a', '3fff::1', OVER_IPV6), dropped('subnet/router'));
  check(net, udp('a', 'ff02::fb', 5353, OVER_IPV6), dropped('ethernet/multicast'));
});

const TO_INTERNET = { '10.0.1.0/24': ['::/0 internet'] };

test('an internet gateway carries IPv6 both ways and translates nothing', () => {
  const net = network({ ...hosts, a: { ...hosts.a, ...ALL } }, { acls, routes: TO_INTERNET });
  check(net, tcp('a', 'internet', 443, OVER_IPV6), delivered('internet'));
  equal(formatAddress(net.lastPacket.source), '3fff::10');
  check(net, tcp('internet', 'a', 443, OVER_IPV6), delivered('a'));
  equal(formatAddress(net.lastPacket.destination), '3fff::10');
  check(net, tcp('internet', '3fff::99', 443, OVER_IPV6), dropped('internet-arrival/unmapped-destination'));
  check(net, tcp('far', 'internet', 443, OVER_IPV6), dropped('route/no-route'));
});

test('addresses in a delegated prefix are reached from the internet too', () => {
  const net = network({ ...hosts, a: { ...hosts.a, ...ALL } }, { acls, routes: TO_INTERNET });
  net.put({ ...net.rowOf('a'), ipv6Prefixes: [{ address: ipv6Of('3fff:0:0:0:5::'), length: 80 }] });
  check(net, tcp('internet', '3fff:0:0:0:5::1', 443, OVER_IPV6), delivered('a'));
  net.put({ ...net.rowOf('a'), ipv6Prefixes: [] });
  check(net, tcp('internet', '3fff:0:0:0:5::1', 443, OVER_IPV6), dropped('internet-arrival/unmapped-destination'));
});

test('what an internet gateway carries over IPv6 neither out nor in', () => {
  const net = network(
    { ...hosts, a: { ...hosts.a, ...ALL, check: false }, private: { ip: '10.0.1.30', ipv6: 'fd01::30', ...ALL } },
    { acls, routes: TO_INTERNET },
  );
  check(net, tcp('private', 'internet', 443, OVER_IPV6), dropped('gateway/private-ipv6'));
  check(net, tcp('a', 'fdff::1', 443, OVER_IPV6), dropped('gateway/private-ipv6'));
  check(net, tcp('a', 'internet', 443, { ...OVER_IPV6, source: '3fff::77' }), dropped('gateway/foreign-ipv6-source'));
  check(net, tcp('internet', 'a', 443, { ...OVER_IPV6, source: 'fd01::30' }), dropped('internet-arrival/private-ipv6'));
  check(
    net,
    tcp('internet', 'a', 443, { ...OVER_IPV6, source: '3fff::20' }),
    dropped('internet-arrival/spoofed-source'),
  );
  const detached = network(hosts, { acls, routes: TO_INTERNET, internetGateway: false });
  check(detached, tcp('a', 'internet', 443, OVER_IPV6), dropped('gateway/detached'));
  check(detached, tcp('internet', 'a', 443, OVER_IPV6), dropped('internet-arrival/detached'));
});

test('the public address of another VPC turns round at the gateway', () => {
  const other = { ip: '10.0.2.10', ipv6: '3fff:0:0:100::10', vpc: 'other', ...ALL };
  const blocks = { other: ['10.0.0.0/16', '3fff:0:0:100::/56'] };
  const net = network({ ...hosts, other }, { acls, routes: TO_INTERNET, blocks });
  check(net, tcp('a', 'other', 80, OVER_IPV6), delivered('other'));
  const closed = { ...TO_INTERNET, '10.0.2.0/24': ['::/0 eigw'] };
  const behind = network({ ...hosts, other }, { acls, routes: closed, blocks });
  check(behind, tcp('a', 'other', 80, OVER_IPV6), dropped('gateway/egress-only'));
});

test('the route table of an internet gateway leads what comes over IPv6 to an appliance first', () => {
  const appliance = { ip: '10.0.3.10', ipv6: '3fff:0:0:3::10', check: false, ...ALL };
  const net = network(
    { ...hosts, a: { ...hosts.a, ...ALL }, appliance },
    {
      acls: { ...acls, '10.0.3.0/24': OPEN },
      routes: { ...TO_INTERNET, '10.0.3.0/24': ['::/0 internet'] },
      edgeRoutes: { main: ['3fff::/64 to-host appliance'] },
    },
  );
  check(net, tcp('internet', 'a', 443, OVER_IPV6), delivered('appliance'));
  check(net, tcp('a', 'internet', 443, OVER_IPV6), dropped('gateway/redirected'));
  check(net, tcp('appliance', 'internet', 443, { ...OVER_IPV6, source: '3fff::10' }), delivered('internet'));
});

test('an egress-only gateway lets flows begin inside, and only their answers in', () => {
  const routes = { '10.0.1.0/24': ['::/0 eigw'] };
  // Groups that are open both ways track nothing: the gateway does.
  const net = network({ ...hosts, a: { ...hosts.a, ...ALL } }, { acls, routes });
  check(net, tcp('internet', 'a', 443, OVER_IPV6), dropped('internet-arrival/egress-only'));
  const out = tcp('a', 'internet', 443, OVER_IPV6);
  check(net, out, delivered('internet'));
  check(net, reply(out), delivered('a'));
  check(net, data('a', 'internet', 443, OVER_IPV6), delivered('internet'));
  check(net, reply(data('a', 'internet', 443, OVER_IPV6)), delivered('a'));
  check(net, tcp('internet', 'a', 443, OVER_IPV6), dropped('internet-arrival/egress-only'));
  check(net, ping('a', 'internet', OVER_IPV6), delivered('internet'));
  check(net, reply(ping('a', 'internet', OVER_IPV6)), delivered('a'));
  check(net, ping('internet', 'a', OVER_IPV6), dropped('internet-arrival/egress-only'));
  net.advance(500_000_000);
  check(net, reply(data('a', 'internet', 443, OVER_IPV6)), dropped('internet-arrival/egress-only'));
});

test('an egress-only gateway that can remember no more flows lets none out', () => {
  const routes = { '10.0.1.0/24': ['::/0 eigw'] };
  const net = network({ a: { ...hosts.a, ...ALL } }, { acls, routes, limits: { total: 10, perInstance: 1 } });
  check(net, udp('a', 'internet', 53, OVER_IPV6), delivered('internet'));
  check(
    net,
    udp('a', 'internet', 53, { ...OVER_IPV6, sourcePort: 41_000 }),
    dropped('security-group-out/tracking-full'),
  );
});

test('an IPv6 packet that is too big is refused with the MTU and quoted', () => {
  const net = network(hosts, { acls, routes: TO_INTERNET });
  check(net, tcp('a', 'internet', 443, OVER_IPV6), delivered('internet'));
  check(net, data('a', 'internet', 443, { ...OVER_IPV6, lengthBytes: 3014 }), dropped('mtu/too-big'));
  const { bytes, transport } = net.lastPacket;
  const error = bytes.subarray(transport);
  deepEqual([error[0], error[1], readUint32(error, 4)], [2, 0, 1500]);
  equal(net.lastPacket.length, 1280);
  equal(formatAddress(readIpv6(error, 8 + 8)), '3fff::10');
  equal(formatAddress(readIpv6(error, 8 + 24)), OUTSIDE_IPV6);
});

test('segmentation-offload frames of IPv6 are judged by their segments', () => {
  const net = network(hosts, { acls, routes: TO_INTERNET });
  const segmented = (gsoSize: number) => (bytes: Uint8Array) => {
    emitOffload(bytes, 0, { gsoType: GSO_TCP_IPV6, gsoSize, checksumStart: 54, checksumOffset: 16 });
    return bytes;
  };
  const big = { ...OVER_IPV6, lengthBytes: 60_000 };
  check(net, data('a', 'far', 443, { ...big, mangle: segmented(8921) }), delivered('far'));
  check(net, data('a', 'internet', 443, { ...big, mangle: segmented(1428) }), delivered('internet'));
  check(net, data('a', 'internet', 443, { ...big, mangle: segmented(8000) }), dropped('mtu/too-big'));
});

test('flows of IPv6 are found in the cache as those of IPv4 are', () => {
  const net = network(hosts, { acls, routes: TO_INTERNET });
  check(net, tcp('a', 'far', 80, OVER_IPV6), delivered('far'));
  for (const packet of [data('a', 'far', 80, OVER_IPV6), udp('a', 'far', 53, OVER_IPV6)]) {
    check(net, packet, delivered('far'));
    const before = net.counters.flowCacheHits;
    check(net, packet, delivered('far'));
    equal(net.counters.flowCacheHits - before, 2);
    check(
      net,
      { ...packet, options: { ...packet.options, source: ipv6Text(1n) } },
      dropped('source-check/foreign-address'),
    );
  }
});

const ipv6Text = (value: bigint): string => formatAddress(ipv6(value));
