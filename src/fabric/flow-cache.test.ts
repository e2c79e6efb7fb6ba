/** The flow cache: it does what the stages would, it proves that it ran, and it allocates nothing. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UDP } from '../net/protocol.ts';
import { benchNetwork, CLIENT, SERVER } from '../testing/bench-network.ts';
import { check, delivered, dropped, network } from '../testing/network.ts';
import { data, reply, tcp, udp } from '../testing/packets.ts';
import { readUint16 } from '../wire/big-endian.ts';
import { checksumOf, pseudoHeaderSum, sumBytes } from '../wire/checksum.ts';
import { frameOf } from '../wire/frame.ts';
import { ipv4AddressSum, ipv4ChecksumHolds } from '../wire/ipv4.ts';
import { ACK, RST, SYN } from '../wire/tcp.ts';
import { emitOffload, GSO_TCP_IPV4 } from '../wire/virtio-net-header.ts';
import { Fabric } from './fabric.ts';

const routes = { '10.0.1.0/24': ['0.0.0.0/0 internet'] };

test('the second data packet of an established flow is a hit, in both directions, translated too', () => {
  const net = network(
    { a: { ip: '10.0.1.10', public: '198.18.0.10' }, b: { ip: '10.0.2.10', in: ['tcp 80 from a'] } },
    { routes },
  );
  const hits = (): number => net.counters.flowCacheHits;
  for (const [to, answerTo] of [
    ['b', {}],
    ['internet', { destination: '198.18.0.10' }],
  ] as const) {
    const syn = tcp('a', to, 80);
    check(net, syn, delivered(to));
    check(net, reply(syn, answerTo), delivered('a'));
    const before = hits();
    equal(before % 1, 0);
    check(net, data('a', to, 80), delivered(to));
    check(net, reply(data('a', to, 80), answerTo), delivered('a'));
    equal(hits(), before + 2);
  }
});

/** A client, an endpoint of its VPC, and a service's load balancer and server in another. */
const privateService = () =>
  network(
    {
      client: { ip: '10.0.1.10', out: ['tcp 80 to 0.0.0.0/0'] },
      vpce: { ip: '10.0.1.5', endpointTo: 'shop', in: ['tcp 80 from client'] },
      node: { ip: '10.0.1.20', vpc: 'provider', nodeOf: 'shop', groups: [] },
      server: { ip: '10.0.1.30', vpc: 'provider', in: ['tcp 80 from 10.0.1.20/32'], out: [] },
    },
    { internetGateway: false, balancers: { shop: { 'tcp 80': { targets: ['10.0.1.30'] } } } },
  );

test('established flows through an interface endpoint are hits both ways, until one of their connections is gone', () => {
  const net = privateService();
  const syn = tcp('client', 'vpce', 80);
  check(net, syn, delivered('server'));
  const { sourcePort } = net.lastPacket;
  const answer = (tcpFlags: number) => tcp('server', '10.0.1.20', sourcePort, { sourcePort: 80, tcpFlags });
  check(net, answer(SYN | ACK), delivered('client'));
  check(net, data('client', 'vpce', 80), delivered('server'));
  check(net, answer(ACK), delivered('client'));
  const before = net.counters.flowCacheHits;
  check(net, data('client', 'vpce', 80), delivered('server'));
  check(net, answer(ACK), delivered('client'));
  equal(net.counters.flowCacheHits - before, 4);
  net.setRules('vpce', { in: [] });
  check(net, data('client', 'vpce', 80), delivered('server'));
  check(net, answer(RST), delivered('client'));
  check(net, data('client', 'vpce', 80), dropped('security-group-in/no-rule'));
});

test('a flow that two gateways translate goes through the stages, which keep both translations alive', () => {
  const net = network(
    {
      client: { ip: '10.0.1.10', in: ['all from 0.0.0.0/0'] },
      gate: { ip: '10.0.2.20', public: '198.18.0.200', nat: true },
    },
    {
      gatewayEndpoints: ['main'],
      routes: { '10.0.1.0/24': ['0.0.0.0/0 nat gate'], '10.0.2.0/24': ['198.51.100.64/32 endpoint'] },
    },
  );
  const options = { destination: '198.51.100.64' };
  check(net, tcp('client', '198.51.100.64', 80, options), delivered('internet'));
  const before = net.counters.flowCacheHits;
  for (let turn = 0; turn < 3; turn++) {
    net.advance(200_000);
    check(net, data('client', '198.51.100.64', 80, options), delivered('internet'));
  }
  equal(net.counters.flowCacheHits, before);
  net.setRules('client', { in: [] });
  check(net, data('client', '198.51.100.64', 80, options), delivered('internet'));
});

test('a changed table, an expired connection and another MAC send the next packet through the stages', () => {
  const net = network({
    a: { ip: '10.0.1.10' },
    b: { ip: '10.0.2.10', in: ['udp 53 from 10.0.0.0/8'] },
    c: { ip: '10.0.1.30' },
  });
  check(net, udp('a', 'b', 53), delivered('b'));
  net.setAcl('10.0.2.0/24', { in: ['1 deny udp 53 0.0.0.0/0'] });
  check(net, udp('a', 'b', 53), dropped('network-acl-in/denied'));
  net.setAcl('10.0.2.0/24', { in: ['1 allow all 0.0.0.0/0'] });
  check(net, udp('a', 'b', 53), delivered('b'));
  net.setRules('b', {});
  check(net, udp('a', 'b', 53), delivered('b'));
  net.advance(31_000);
  check(net, udp('a', 'b', 53), dropped('security-group-in/no-rule'));
  net.setRules('b', { in: ['udp 53 from 10.0.0.0/8'] });
  check(net, udp('a', 'b', 53), delivered('b'));
  check(net, udp('a', 'b', 53, { sourceMac: net.rowOf('c').mac }), dropped('ethernet/foreign-mac'));
});

test('translated frames have right checksums, whole or partial, whatever they carry', () => {
  const net = network({ a: { ip: '10.0.1.10', public: '198.18.0.10' } }, { routes });
  check(net, tcp('a', 'internet', 80), delivered('internet'));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (payload, isUdp) => {
      check(net, (isUdp ? udp : data)('a', 'internet', 80, { payload }), delivered('internet'));
      const { bytes, network: at, transport, transportLength, protocol } = net.lastPacket;
      ok(ipv4ChecksumHolds(bytes, at));
      const pseudo = pseudoHeaderSum(ipv4AddressSum(bytes, at), protocol, transportLength);
      equal(checksumOf(sumBytes(bytes, transport, transportLength, pseudo)), 0);
    }),
    { numRuns: 300 },
  );
});

test('with a partial checksum only the pseudo-header’s sum follows the address', () => {
  const net = network({ a: { ip: '10.0.1.10', public: '198.18.0.10' } }, { routes });
  check(net, tcp('a', 'internet', 80), delivered('internet'));
  const mangle = (bytes: Uint8Array): Uint8Array => {
    emitOffload(bytes, 0, { gsoType: GSO_TCP_IPV4, gsoSize: 1448, checksumStart: 34, checksumOffset: 16 });
    const sum = pseudoHeaderSum(ipv4AddressSum(bytes, 26), 6, bytes.length - 46);
    const folded = ~checksumOf(sum) & 0xffff;
    bytes[46 + 16] = folded >>> 8;
    bytes[46 + 17] = folded;
    return bytes;
  };
  check(net, data('a', 'internet', 80, { lengthBytes: 20_000, mangle }), delivered('internet'));
  const { bytes, network: at, transport, transportLength } = net.lastPacket;
  const expected = ~checksumOf(pseudoHeaderSum(ipv4AddressSum(bytes, at), 6, transportLength)) & 0xffff;
  equal(readUint16(bytes, transport + 16), expected);
});

test('more flows than the cache has room for are still forwarded', () => {
  let sent = 0;
  const fabric = new Fabric({ send: () => ++sent > 0, now: () => 1, flowCacheEntries: 64 });
  const { updates, frame } = benchNetwork(1);
  fabric.apply(updates);
  fabric.attach(CLIENT, 0);
  fabric.attach(SERVER, 1);
  for (let flow = 0; flow < 1000; flow++) {
    const bytes = frameOf({ ...frame, protocol: UDP, sourcePort: 1024 + flow, destinationPort: 53 });
    fabric.receive(0, bytes, bytes.length);
    fabric.receive(0, frameOf({ ...frame, protocol: UDP, sourcePort: 1024 + flow, destinationPort: 53 }), bytes.length);
  }
  equal(sent, 2000);
  ok(fabric.counters().flowCacheHits > 500);
});

test('a hit allocates nothing', () => {
  const fabric = new Fabric({ send: () => true, now: () => 1 });
  const { updates, frame } = benchNetwork(1);
  fabric.apply(updates);
  fabric.attach(CLIENT, 0);
  fabric.attach(SERVER, 1);
  const template = frameOf({ ...frame, protocol: UDP, sourcePort: 1024, destinationPort: 53 });
  const buffer = template.slice();
  const run = (frames: number): void => {
    for (let index = 0; index < frames; index++) {
      buffer.set(template);
      fabric.receive(0, buffer, buffer.length);
    }
  };
  // Until the machine code is final, V8 itself allocates.
  run(300_000);
  const frames = 200_000;
  const growth = [1, 2, 3].map(() => {
    const before = process.memoryUsage().heapUsed;
    run(frames);
    return process.memoryUsage().heapUsed - before;
  });
  // One object of 16 bytes per frame would be 3.2 MB; a collection in between only lowers a figure, so take the middle one.
  const [, middle = 0] = growth.sort((one, other) => one - other);
  ok(middle < frames * 4, `${middle} bytes for ${frames} frames`);
  deepEqual(fabric.counters().flowCacheMisses, 1);
});
