/** NAT gateways: what is translated, what comes back, and everything that does not get through. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatAddress } from '../net/address.ts';
import { ICMP, TCP } from '../net/protocol.ts';
import type { TraceRequest } from '../tables/data-plane.ts';
import { check, delivered, dropped, network, OUTSIDE, type TestNetwork } from '../testing/network.ts';
import type { NetworkOptions } from '../testing/network-rows.ts';
import { data, icmp, ping, protocol, type TestPacket, tcp, udp } from '../testing/packets.ts';
import { idOf, ipv4Of } from '../testing/rows.ts';
import { MORE_FRAGMENTS } from '../wire/ipv4.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';

const ALL = ['all from 0.0.0.0/0'];
const ELASTIC_IP = '198.18.0.20';
const NAT = '10.0.2.20';

/** A client without a public address, a NAT gateway in a public subnet, a server with a public address. */
const behindNat = (options: NetworkOptions = {}): TestNetwork =>
  network(
    {
      client: { ip: '10.0.1.10' },
      second: { ip: '10.0.1.11' },
      nat: { ip: NAT, public: ELASTIC_IP, nat: true },
      neighbour: { ip: '10.0.2.30', in: ALL },
      web: { ip: '10.0.3.10', public: '198.18.0.30', in: ALL },
    },
    {
      routes: {
        '10.0.1.0/24': ['0.0.0.0/0 nat nat'],
        '10.0.2.0/24': ['0.0.0.0/0 internet'],
        '10.0.3.0/24': ['0.0.0.0/0 internet'],
      },
      ...options,
    },
  );

const sourceOf = (net: TestNetwork): string => formatAddress(net.lastPacket.source);
const destinationOf = (net: TestNetwork): string => formatAddress(net.lastPacket.destination);

/** The answer to what came out last at the outside world. */
function answerTo(net: TestNetwork, options: TestPacket['options'] = {}): TestPacket {
  const { lastPacket: seen } = net;
  const isTcp = seen.protocol === TCP;
  return {
    from: 'internet',
    to: formatAddress(seen.source),
    protocol: seen.protocol,
    destinationPort: seen.sourcePort,
    options: {
      source: formatAddress(seen.destination),
      sourcePort: seen.destinationPort,
      ...(isTcp ? { tcpFlags: (seen.tcpFlags & SYN) === 0 ? ACK : SYN | ACK } : {}),
      ...(seen.isIcmp ? { icmpType: 0, icmpIdentifier: seen.icmpIdentifier } : {}),
      ...options,
    },
  };
}

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
  check(net, tcp('neighbour', OUTSIDE, 443, { destinationMac }), dropped('nat-gateway/unsolicited'));
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

test('after 350 idle seconds a segment from inside is answered with a reset', () => {
  const net = behindNat();
  check(net, tcp('client', OUTSIDE, 443), delivered('internet'));
  const answer = answerTo(net);
  check(net, answer, delivered('client'));
  net.advance(349_000);
  check(net, data('client', OUTSIDE, 443), delivered('internet'));
  net.advance(351_000);
  check(net, data('client', OUTSIDE, 443), dropped('nat-gateway/connection-unknown'));
  const { lastPacket: reset } = net;
  equal(reset.tcpFlags & RST, RST);
  deepEqual(
    [sourceOf(net), reset.sourcePort, destinationOf(net), reset.destinationPort],
    [OUTSIDE, 443, '10.0.1.10', 40_000],
  );
  check(net, answer, dropped('nat-gateway/unsolicited'));
});

test('a connection that both sides closed is forgotten soon, and a new one may begin at once', () => {
  const net = behindNat();
  check(net, tcp('client', OUTSIDE, 443), delivered('internet'));
  const answer = answerTo(net);
  check(net, data('client', OUTSIDE, 443, { tcpFlags: FIN | ACK }), delivered('internet'));
  check(net, { ...answer, options: { ...answer.options, tcpFlags: FIN | ACK } }, delivered('client'));
  net.advance(11_000);
  check(net, { ...answer, options: { ...answer.options, tcpFlags: ACK } }, dropped('nat-gateway/unsolicited'));
  check(net, tcp('client', OUTSIDE, 443), delivered('internet'));
});

test('each address of a gateway has its own fill of flows to one destination', () => {
  const net = network(
    {
      client: { ip: '10.0.1.10' },
      nat: { ip: NAT, more: ['10.0.2.21'], public: ELASTIC_IP, morePublic: ['198.18.0.21'], nat: true },
    },
    {
      routes: { '10.0.1.0/24': ['0.0.0.0/0 nat nat'], '10.0.2.0/24': ['0.0.0.0/0 internet'] },
      translationLimits: { total: 100, perDestination: 5 },
    },
  );
  const seen = new Map<string, number>();
  for (let sourcePort = 1; sourcePort <= 10; sourcePort++) {
    check(net, udp('client', OUTSIDE, 53, { sourcePort }), delivered('internet'));
    seen.set(sourceOf(net), (seen.get(sourceOf(net)) ?? 0) + 1);
  }
  deepEqual([...seen.values()], [5, 5]);
  check(net, udp('client', OUTSIDE, 53, { sourcePort: 11 }), dropped('nat-gateway/no-free-port'));
  check(net, udp('client', OUTSIDE, 54, { sourcePort: 11 }), delivered('internet'));
  check(net, tcp('client', OUTSIDE, 53, { sourcePort: 11 }), delivered('internet'));
  check(net, udp('client', OUTSIDE, 53, { sourcePort: 3 }), delivered('internet'));
  net.advance(351_000);
  check(net, udp('client', OUTSIDE, 53, { sourcePort: 11 }), delivered('internet'));
});

test('flows of an address that the gateway has lost begin anew with another', () => {
  const net = network(
    {
      client: { ip: '10.0.1.10' },
      nat: { ip: NAT, more: ['10.0.2.21'], public: ELASTIC_IP, morePublic: ['198.18.0.21'], nat: true },
    },
    { routes: { '10.0.1.0/24': ['0.0.0.0/0 nat nat'], '10.0.2.0/24': ['0.0.0.0/0 internet'] } },
  );
  const second = Array.from({ length: 20 }, (_, index) => 1 + index).find((sourcePort) => {
    check(net, udp('client', OUTSIDE, 53, { sourcePort }), delivered('internet'));
    check(net, tcp('client', OUTSIDE, 53, { sourcePort }), delivered('internet'));
    return sourceOf(net) === '198.18.0.21';
  });
  ok(second);
  const row = net.rowOf('nat');
  net.put({ ...row, ipv4Addresses: row.ipv4Addresses.slice(0, 1), publicAddresses: row.publicAddresses.slice(0, 1) });
  check(net, data('client', OUTSIDE, 53, { sourcePort: second }), dropped('nat-gateway/connection-unknown'));
  check(net, udp('client', OUTSIDE, 53, { sourcePort: second }), delivered('internet'));
  equal(sourceOf(net), ELASTIC_IP);
});

test('55,000 flows fit to one destination and not one more', () => {
  const net = behindNat({ limits: { total: 1 << 17, perInterface: 1 << 17 } });
  const send = (sourcePort: number, from: string): string => {
    const before = net.counters.framesDelivered;
    const frame = net.frameFor(udp(from, OUTSIDE, 53, { sourcePort }));
    net.fabric.receive(from === 'client' ? 2 : 3, frame, frame.length);
    return net.counters.framesDelivered > before ? 'delivered' : 'dropped';
  };
  for (let flow = 0; flow < 55_000; flow++)
    equal(send(1 + (flow % 50_000), flow < 50_000 ? 'client' : 'second'), 'delivered');
  equal(send(6000, 'second'), 'dropped');
  equal(send(1, 'client'), 'delivered');
});

test('ICMP errors about a translated flow find its client, with what it sent quoted', () => {
  const net = behindNat();
  check(net, udp('client', OUTSIDE, 33_434), delivered('internet'));
  const seen = net.lastPacket.bytes.slice(net.lastPacket.network, net.lastPacket.network + 28);
  const error = icmp('internet', ELASTIC_IP, 3, 3, { source: '203.0.113.1', payload: seen });
  check(net, error, delivered('client'));
  const { bytes, transport } = net.lastPacket;
  const original = net.frameFor(udp('client', OUTSIDE, 33_434)).slice(26, 26 + 28);
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
      nat: { ip: NAT, nat: true },
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
    equal(sourceOf(net), NAT);
    const port = net.lastPacket.sourcePort;
    check(net, tcp(name, NAT, port, { sourcePort: 80, tcpFlags: SYN | ACK }), delivered('client'));
  }
});

test('a gateway serves addresses of interfaces of its VPC only', () => {
  const net = network(
    { router: { ip: '10.0.1.10', check: false }, nat: { ip: NAT, public: ELASTIC_IP, nat: true } },
    { routes: { '10.0.1.0/24': ['0.0.0.0/0 nat nat'], '10.0.2.0/24': ['0.0.0.0/0 internet'] } },
  );
  check(net, tcp('router', OUTSIDE, 80, { source: '172.17.0.2' }), dropped('nat-gateway/foreign-source'));
});

test('routes of NAT gateways’ subnets that lead back end the packet', () => {
  const hosts = {
    client: { ip: '10.0.1.10' },
    nat: { ip: NAT, nat: true },
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
      nat: { ip: NAT, nat: true },
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
  deepEqual(bytes.slice(transport + 8, transport + 8 + 24), original);
});

test('IPv6 is not translated yet', () => {
  const net = network(
    {
      client: { ip: '10.0.1.10', ipv6: 'fd01::10', out: ['all to ::/0'] },
      nat: { ip: NAT, public: ELASTIC_IP, nat: true },
    },
    {
      routes: { '10.0.1.0/24': ['64:ff9b::/96 nat nat'] },
      acls: { '10.0.1.0/24': { out: ['1 allow all ::/0'] }, '10.0.2.0/24': { in: ['1 allow all ::/0'] } },
    },
  );
  check(
    net,
    tcp('client', '64:ff9b::cb00:7109', 80, { ipv6: true, destination: '64:ff9b::cb00:7109' }),
    dropped('nat-gateway/ipv6-not-served'),
  );
});

test('an explanation names the end that the gateway rewrites', () => {
  const net = behindNat();
  check(net, tcp('client', OUTSIDE, 443), delivered('internet'));
  ok(
    net.lastTrace.some((step) => /nat-gateway nat-nat source 10\.0\.1\.10:40000 becomes 10\.0\.2\.20:\d+$/.test(step)),
    net.lastTrace.join('\n'),
  );
});

test('an answer to what a gateway translated is explained when its question is assumed', () => {
  const net = behindNat();
  for (const icmpOf of [undefined, { type: 8, code: 0, identifier: 1 }]) {
    const question = {
      from: { kind: 'interface', id: idOf('eni', 'client') },
      source: ipv4Of('10.0.1.10'),
      destination: ipv4Of(OUTSIDE),
      protocol: icmpOf ? ICMP : TCP,
      sourcePort: icmpOf ? 0 : 40_000,
      destinationPort: icmpOf ? 0 : 443,
      icmp: icmpOf,
    } as const;
    const { deliveredAs } = net.fabric.explain(question);
    ok(deliveredAs);
    const answer: TraceRequest = {
      ...question,
      from: { kind: 'internet' },
      source: deliveredAs.destination,
      destination: deliveredAs.source,
      sourcePort: deliveredAs.destinationPort,
      destinationPort: deliveredAs.sourcePort,
      icmp: deliveredAs.icmp && { ...deliveredAs.icmp, type: 0 },
    };
    equal(net.fabric.explain(answer).reason, 'nat-gateway/unsolicited');
    equal(net.fabric.explain(answer, question).deliveredTo, 'eni-client');
    equal(net.fabric.explain(answer).reason, 'nat-gateway/unsolicited');
  }
});

test('the flow cache carries translated flows', () => {
  const net = behindNat();
  check(net, udp('client', OUTSIDE, 53), delivered('internet'));
  const answer = answerTo(net);
  // Until the connection's state stays as it is.
  for (let round = 0; round < 2; round++) {
    check(net, answer, delivered('client'));
    check(net, udp('client', OUTSIDE, 53), delivered('internet'));
  }
  const before = net.counters.flowCacheHits;
  check(net, udp('client', OUTSIDE, 53), delivered('internet'));
  check(net, answer, delivered('client'));
  equal(net.counters.flowCacheHits - before, 4);
});

/** A random packet of a small world, from inside or as an answer to the last one that got out. */
const step = fc.record({
  from: fc.constantFrom('client', 'second'),
  to: fc.constantFrom(OUTSIDE, '203.0.113.10', '198.18.0.30', '10.0.2.20'),
  kind: fc.constantFrom('tcp', 'data', 'udp', 'ping', 'fin', 'answer', 'stranger', 'wait', 'touch'),
  sourcePort: fc.integer({ min: 1, max: 4 }),
  waitMs: fc.constantFrom(1000, 100_000, 351_000),
});

test('for random traffic stages and flow cache agree, and what comes in is an answer', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
      const net = behindNat({ translationLimits: { total: 20, perDestination: 3 } });
      let answer: TestPacket | undefined;
      const asked = new Set<string>();
      for (const { from, to, kind, sourcePort, waitMs } of steps) {
        if (kind === 'wait') net.advance(waitMs);
        else if (kind === 'touch') net.setAcl('10.0.9.0/24', {});
        else if (kind === 'stranger') equal(net.send(tcp('internet', 'nat', sourcePort)).verdict, 'dropped');
        else if (kind === 'answer') {
          const outcome = answer && net.send(answer);
          if (outcome?.verdict === 'delivered') ok(asked.has(`${outcome.to} ${sourceOf(net)}`));
        } else {
          const make = {
            tcp,
            data,
            udp,
            ping: (one: string, other: string) => ping(one, other, { icmpIdentifier: sourcePort }),
            fin: data,
          }[kind];
          const flags = kind === 'fin' ? { tcpFlags: FIN | ACK } : {};
          const outcome = net.send(make(from, to, 80, { sourcePort, ...flags }));
          if (outcome.verdict !== 'delivered') continue;
          equal(sourceOf(net), ELASTIC_IP);
          asked.add(`${from} ${to}`);
          if (outcome.to === 'internet') answer = answerTo(net);
        }
      }
    }),
    { numRuns: 300 },
  );
});
