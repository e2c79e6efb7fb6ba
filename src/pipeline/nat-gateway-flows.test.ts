/** Flows of NAT gateways: how long they last, how many there may be, and that cache and traces know them. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ICMP, TCP } from '../net/protocol.ts';
import type { TraceRequest } from '../tables/data-plane.ts';
import { answerTo, behindNat, destinationOf, ELASTIC_IP, NAT_ADDRESS, sourceOf } from '../testing/nat-network.ts';
import { check, delivered, dropped, network, OUTSIDE } from '../testing/network.ts';
import { data, ping, type TestPacket, tcp, udp } from '../testing/packets.ts';
import { idOf, ipv4Of } from '../testing/rows.ts';
import { readUint16 } from '../wire/big-endian.ts';
import { checksumOf, pseudoHeaderSum, replacement, sumBytes, updateChecksum } from '../wire/checksum.ts';
import { ipv4AddressSum } from '../wire/ipv4.ts';
import { ACK, FIN, RST } from '../wire/tcp.ts';

test('after 350 idle seconds a segment from inside is answered with a reset', () => {
  const net = behindNat();
  check(net, tcp('client', OUTSIDE, 443), delivered('internet'));
  const answer = answerTo(net);
  check(net, answer, delivered('client'));
  net.advance(349_999);
  check(net, data('client', OUTSIDE, 443), delivered('internet'));
  net.advance(350_000);
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

test('a connection is opened with segments of 8460 bytes at most, wherever the option stands', () => {
  const sizes = [1460, 8460, 8461, 8961];
  for (const [padding, size] of [0, 1].flatMap((one) => sizes.map((other) => [one, other] as const))) {
    const net = behindNat();
    // The header grows by what is the payload of the frame as it is made.
    const payload = Uint8Array.of(
      ...Array(padding).fill(1),
      2,
      4,
      size >> 8,
      size & 0xff,
      ...Array(4 - padding).fill(1),
    );
    const mangle = (bytes: Uint8Array): Uint8Array => {
      const grown = bytes.slice();
      grown[58] = 7 << 4;
      const difference = replacement(0x5002_0000, 0x7002_0000);
      updateChecksum(grown, 46 + 16, difference);
      return grown;
    };
    check(net, tcp('client', OUTSIDE, 443, { payload, mangle }), delivered('internet'));
    const { bytes, network: at, transport, transportLength } = net.lastPacket;
    equal(readUint16(bytes, transport + 22 + padding), Math.min(size, 8460));
    const sum = sumBytes(
      bytes,
      transport,
      transportLength,
      pseudoHeaderSum(ipv4AddressSum(bytes, at), 6, transportLength),
    );
    equal(checksumOf(sum), 0);
  }
});

test('each address of a gateway has its own fill of flows to one destination', () => {
  const net = network(
    {
      client: { ip: '10.0.1.10' },
      nat: { ip: NAT_ADDRESS, more: ['10.0.2.21'], public: ELASTIC_IP, morePublic: ['198.18.0.21'], nat: true },
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
      nat: { ip: NAT_ADDRESS, more: ['10.0.2.21'], public: ELASTIC_IP, morePublic: ['198.18.0.21'], nat: true },
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
