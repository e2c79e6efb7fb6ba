/** NAT gateways: what is translated, what comes back, and everything that does not get through. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { answerTo, behindNat, destinationOf, ELASTIC_IP, NAT_ADDRESS, sourceOf } from '../testing/nat-network.ts';
import { check, delivered, dropped, network, OUTSIDE } from '../testing/network.ts';
import { data, icmp, ping, protocol, type TestPacket, tcp, udp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';
import { countIpv4Hop, IPV4_TTL, MORE_FRAGMENTS } from '../wire/ipv4.ts';
import { ACK, SYN } from '../wire/tcp.ts';

const ALL = ['all from 0.0.0.0/0'];

test('a client’s packet leaves with the Elastic IP and a port of the gateway, and its answer comes back', () => {
  const net = behindNat();
  for (const first of [tcp('client', OUTSIDE, 443), udp('client', OUTSIDE, 53), ping('client', OUTSIDE)]) {
    check(net, first, delivered('internet'));
    equal(sourceOf(net), ELASTIC_IP);
    equal(destinationOf(net), OUTSIDE);
    const { sourcePort, icmpIdentifier, hasPorts, malformed } = net.lastPacket;
    equal(malformed, undefined);
    ok((hasPorts ? sourcePort : icmpIdentifier) >= 1024);
    check(net, answerTo(net), delivered('client'));
    equal(sourceOf(net), OUTSIDE);
    equal(destinationOf(net), '10.0.1.10');
    if (hasPorts) equal(net.lastPacket.destinationPort, 40_000);
    else equal(net.lastPacket.icmpIdentifier, 1);
  }
});

test('two clients with the same port get ports of their own', () => {
  const net = behindNat();
  check(net, udp('client', OUTSIDE, 53), delivered('internet'));
  const one = answerTo(net);
  check(net, udp('second', OUTSIDE, 53), delivered('internet'));
  const other = answerTo(net);
  ok(one.destinationPort !== other.destinationPort);
  check(net, one, delivered('client'));
  check(net, other, delivered('second'));
});

test('nothing gets in that was not asked for', () => {
  const net = behindNat();
  check(net, tcp('internet', 'nat', 443), dropped('nat-gateway/unsolicited'));
  check(net, ping('internet', 'nat'), dropped('nat-gateway/unsolicited'));
  check(net, ping('client', 'nat'), dropped('nat-gateway/unsolicited'));
  check(net, ping('neighbour', 'nat'), dropped('nat-gateway/unsolicited'));
  check(net, udp('client', OUTSIDE, 53), delivered('internet'));
  const answer = answerTo(net);
  check(net, { ...answer, options: { ...answer.options, source: '203.0.113.10' } }, dropped('nat-gateway/unsolicited'));
  check(net, { ...answer, options: { ...answer.options, sourcePort: 54 } }, dropped('nat-gateway/unsolicited'));
});

test('a neighbour cannot use the gateway by sending to its MAC', () => {
  const net = behindNat();
  const destinationMac = net.rowOf('nat').mac;
  check(net, tcp('neighbour', OUTSIDE, 443, { destinationMac }), dropped('nat-gateway/not-its-own'));
});

test('only TCP, UDP and ICMP echoes are translated, and of fragments only those of UDP', () => {
  const net = behindNat();
  check(net, protocol(47, 'client', OUTSIDE), dropped('nat-gateway/protocol'));
  check(net, icmp('client', OUTSIDE, 13, 0), dropped('nat-gateway/protocol'));
  const first = { fragment: MORE_FRAGMENTS, identification: 7, lengthBytes: 1514 };
  check(net, ping('client', OUTSIDE, first), dropped('nat-gateway/fragment'));
  check(net, tcp('client', OUTSIDE, 80, first), dropped('nat-gateway/fragment'));
  check(
    net,
    udp('client', OUTSIDE, 53, { ...first, fragment: 185, identification: 9 }),
    dropped('nat-gateway/fragment'),
  );
  check(net, udp('client', OUTSIDE, 53, first), delivered('internet'));
  const answer = answerTo(net, first);
  check(net, udp('client', OUTSIDE, 53, { ...first, fragment: 185 }), delivered('internet'));
  equal(sourceOf(net), ELASTIC_IP);
  check(net, answer, delivered('client'));
  check(net, { ...answer, options: { ...answer.options, fragment: 185 } }, delivered('client'));
  equal(destinationOf(net), '10.0.1.10');
  check(
    net,
    { ...answer, options: { ...answer.options, fragment: 185, identification: 8 } },
    dropped('nat-gateway/fragment'),
  );
});

test('the gateway counts one hop each way, by the stages and by the flow cache', () => {
  const net = behindNat();
  const ttlOf = (): number | undefined => net.lastPacket.bytes[net.lastPacket.network + IPV4_TTL];
  check(net, tcp('client', OUTSIDE, 443), delivered('internet'));
  const answer = answerTo(net);
  check(net, answer, delivered('client'));
  for (const ttl of [64, 2, 255]) {
    const hitsBefore = net.counters.flowCacheHits;
    check(net, data('client', OUTSIDE, 443, { ttl }), delivered('internet'));
    equal(ttlOf(), ttl - 1);
    equal(net.lastPacket.malformed, undefined);
    check(net, { ...answer, options: { ...answer.options, ttl, tcpFlags: ACK } }, delivered('client'));
    equal(ttlOf(), ttl - 1);
    if (ttl !== 64) ok(net.counters.flowCacheHits >= hitsBefore + 2);
  }
  check(net, data('client', OUTSIDE, 443, { ttl: 1 }), dropped('nat-gateway/expired'));
});

test('who sends a packet with its last hop hears of it from the gateway’s private address, and nothing is translated', () => {
  const net = behindNat();
  for (const probe of [udp('client', OUTSIDE, 33_434, { ttl: 1 }), ping('client', OUTSIDE, { ttl: 1 })]) {
    check(net, probe, dropped('nat-gateway/expired'));
    const { lastPacket: error } = net;
    deepEqual([sourceOf(net), destinationOf(net)], [NAT_ADDRESS, '10.0.1.10']);
    deepEqual([error.icmpType, error.icmpCode, error.malformed], [11, 0, undefined]);
    const quoted = error.transport + 8;
    deepEqual(error.bytes.slice(quoted, quoted + 28), net.frameFor(probe).slice(26, 26 + 28));
  }
  check(net, udp('client', OUTSIDE, 33_435), delivered('internet'));
  check(net, answerTo(net, { ttl: 1 }), dropped('nat-gateway/expired'));
});

test('ICMP errors about a translated flow find its client, with what it sent quoted', () => {
  const net = behindNat();
  check(net, udp('client', OUTSIDE, 33_434), delivered('internet'));
  const seen = net.lastPacket.bytes.slice(net.lastPacket.network, net.lastPacket.network + 28);
  const error = icmp('internet', ELASTIC_IP, 3, 3, { source: '203.0.113.1', payload: seen });
  check(net, error, delivered('client'));
  const { bytes, transport } = net.lastPacket;
  const original = net.frameFor(udp('client', OUTSIDE, 33_434)).slice(26, 26 + 28);
  // The gateway has counted a hop before the packet met who complains.
  countIpv4Hop(original, 0);
  deepEqual(bytes.slice(transport + 8, transport + 8 + 28), original);
  const other = seen.slice();
  other[23] = 1;
  check(net, icmp('internet', ELASTIC_IP, 3, 3, { payload: other }), dropped('nat-gateway/unsolicited'));
});

test('ICMP errors from a client about an answer leave with the gateway’s address', () => {
  const net = behindNat();
  check(net, udp('client', OUTSIDE, 53), delivered('internet'));
  const port = net.lastPacket.sourcePort;
  check(net, answerTo(net), delivered('client'));
  const seen = net.lastPacket.bytes.slice(net.lastPacket.network, net.lastPacket.network + 28);
  check(net, icmp('client', OUTSIDE, 3, 3, { payload: seen }), delivered('internet'));
  const { bytes, transport } = net.lastPacket;
  const quoted = transport + 8;
  deepEqual([...bytes.slice(quoted + 16, quoted + 20)], [198, 18, 0, 20]);
  equal(((bytes[quoted + 22] ?? 0) << 8) | (bytes[quoted + 23] ?? 0), port);
});

test('the network ACLs of both subnets are asked on every way', () => {
  const open = ['100 allow all 0.0.0.0/0'];
  const net = behindNat();
  const first = udp('client', OUTSIDE, 53);
  check(net, first, delivered('internet'));
  const answer = answerTo(net);
  const cases: readonly [string, 'in' | 'out', string, TestPacket][] = [
    ['10.0.1.0/24', 'out', `90 deny all ${OUTSIDE}/32`, first],
    ['10.0.2.0/24', 'in', '90 deny all 10.0.1.10/32', first],
    ['10.0.2.0/24', 'out', `90 deny udp 53 ${OUTSIDE}/32`, first],
    ['10.0.2.0/24', 'in', `90 deny all ${OUTSIDE}/32`, answer],
    ['10.0.2.0/24', 'out', '90 deny all 10.0.1.10/32', answer],
    ['10.0.1.0/24', 'in', `90 deny all ${OUTSIDE}/32`, answer],
  ];
  for (const [subnet, direction, entry, packet] of cases) {
    net.setAcl(subnet, { in: open, out: open, [direction]: [entry, ...open] });
    check(net, packet, dropped(`network-acl-${direction}/denied`));
    net.setAcl(subnet, { in: open, out: open });
  }
  check(net, first, delivered('internet'));
  check(net, answer, delivered('client'));
});

test('a client reaches a public address of its own VPC with the gateway’s Elastic IP', () => {
  const net = behindNat();
  check(net, tcp('client', '198.18.0.30', 80), delivered('web'));
  equal(sourceOf(net), ELASTIC_IP);
  equal(destinationOf(net), '10.0.3.10');
  const port = net.lastPacket.sourcePort;
  check(net, tcp('web', ELASTIC_IP, port, { sourcePort: 80, tcpFlags: SYN | ACK }), delivered('client'));
  equal(sourceOf(net), '198.18.0.30');
});

test('a private gateway reaches private addresses and no internet gateway', () => {
  const net = network(
    {
      client: { ip: '10.0.1.10' },
      nat: { ip: NAT_ADDRESS, nat: true },
      near: { ip: '10.0.2.30', in: ALL },
      far: { ip: '10.0.3.10', in: ALL },
    },
    {
      routes: {
        '10.0.1.0/24': ['0.0.0.0/0 nat nat', '10.0.2.0/24 nat nat', '10.0.3.0/24 nat nat'],
        '10.0.2.0/24': ['0.0.0.0/0 internet'],
      },
    },
  );
  check(net, tcp('client', OUTSIDE, 80), dropped('gateway/no-public-address'));
  for (const name of ['near', 'far']) {
    check(net, tcp('client', name, 80), delivered(name));
    equal(sourceOf(net), NAT_ADDRESS);
    const port = net.lastPacket.sourcePort;
    check(net, tcp(name, NAT_ADDRESS, port, { sourcePort: 80, tcpFlags: SYN | ACK }), delivered('client'));
  }
});

test('a gateway serves addresses of interfaces of its VPC only', () => {
  const net = network(
    { router: { ip: '10.0.1.10', check: false }, nat: { ip: NAT_ADDRESS, public: ELASTIC_IP, nat: true } },
    { routes: { '10.0.1.0/24': ['0.0.0.0/0 nat nat'], '10.0.2.0/24': ['0.0.0.0/0 internet'] } },
  );
  check(net, tcp('router', OUTSIDE, 80, { source: '172.17.0.2' }), dropped('nat-gateway/foreign-source'));
});

test('routes of NAT gateways’ subnets that lead back end the packet', () => {
  const hosts = {
    client: { ip: '10.0.1.10' },
    nat: { ip: NAT_ADDRESS, nat: true },
    other: { ip: '10.0.3.20', nat: true },
  };
  const toNat = { '10.0.1.0/24': ['0.0.0.0/0 nat nat'] };
  const itself = network(hosts, { routes: { ...toNat, '10.0.2.0/24': ['0.0.0.0/0 nat nat'] } });
  check(itself, tcp('client', OUTSIDE, 80), dropped('gateway/routed-back'));
  const circle = { ...toNat, '10.0.2.0/24': ['0.0.0.0/0 nat other'], '10.0.3.0/24': ['0.0.0.0/0 nat nat'] };
  check(network(hosts, { routes: circle }), tcp('client', OUTSIDE, 80), dropped('nat-gateway/loop'));
});

test('a private gateway behind a public one is translated twice, both ways', () => {
  const net = network(
    {
      client: { ip: '10.0.1.10' },
      nat: { ip: NAT_ADDRESS, nat: true },
      out: { ip: '10.0.3.20', public: ELASTIC_IP, nat: true },
    },
    {
      routes: {
        '10.0.1.0/24': ['0.0.0.0/0 nat nat'],
        '10.0.2.0/24': ['0.0.0.0/0 nat out'],
        '10.0.3.0/24': ['0.0.0.0/0 internet'],
      },
    },
  );
  check(net, tcp('client', OUTSIDE, 80), delivered('internet'));
  check(net, answerTo(net), delivered('client'));
});

test('without its gateway a flow ends, and a blackhole lets nothing by', () => {
  const net = behindNat();
  check(net, tcp('client', OUTSIDE, 443), delivered('internet'));
  const answer = answerTo(net);
  net.apply([{ change: 'remove', kind: 'interface', id: idOf('eni', 'nat') }]);
  check(net, data('client', OUTSIDE, 443), dropped('gateway/no-nat-gateway'));
  check(net, answer, dropped('internet-arrival/unmapped-destination'));
});

test('a packet that is too large for its way is refused as its sender wrote it', () => {
  const net = behindNat();
  check(net, udp('client', OUTSIDE, 53, { lengthBytes: 3000 }), dropped('mtu/too-big'));
  const { bytes, transport } = net.lastPacket;
  const original = net.frameFor(udp('client', OUTSIDE, 53, { lengthBytes: 3000 })).slice(26, 26 + 24);
  countIpv4Hop(original, 0);
  deepEqual(bytes.slice(transport + 8, transport + 8 + 24), original);
});
