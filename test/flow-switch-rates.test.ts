/**
 * Flows whose rates are limited, with the flow switch before the fabric: as much passes as when the fabric sees every
 * frame, in the same order and counted the same, and of flows below their rates it sees few frames.
 *
 * The kernel's own programs decide about each frame; time is the test's.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { AllowanceRow } from '../src/tables/tables.ts';
import type { HostSpec, NetworkOptions } from '../src/testing/network-rows.ts';
import { type TestPacket, udp } from '../src/testing/packets.ts';
import { idOf } from '../src/testing/rows.ts';
import { allowance, ShapedNetwork } from '../src/testing/shaped-network.ts';
import { readUint16 } from '../src/wire/big-endian.ts';
import { ETHERNET_HEADER_LENGTH } from '../src/wire/ethernet.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../src/wire/virtio-net-header.ts';
import { kernelFlowSwitch, skip } from './fixture/kernel-flow-switch.ts';

const OPEN = { in: ['all from 0.0.0.0/0', 'all from ::/0'], out: ['all to 0.0.0.0/0', 'all to ::/0'] };
const MEGABYTE = 1_000_000;
const PACKET_BYTES = 1486;
const FULL = { lengthBytes: 14 + PACKET_BYTES };
/** Bytes of an IPv4 header before its identification. */
const IDENTIFICATION = VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH + 4;

const flowSwitch = skip === false ? kernelFlowSwitch(8) : undefined;

type Limits = Partial<Omit<AllowanceRow, 'id'>>;

const pairOf = (limits: Limits, receiver?: Limits): Readonly<Record<string, HostSpec>> => ({
  a: { ip: '10.0.1.10', ipv6: '3fff::10', ...OPEN, allowance: allowance('i-a/0', limits) },
  b: { ip: '10.0.1.20', ipv6: '3fff::20', ...OPEN, allowance: receiver && allowance('i-b/0', receiver) },
});

/** The same network twice: every frame comes to the fabric, and the flow switch is before it. */
interface Twice {
  readonly mediated: ShapedNetwork;
  readonly switched: ShapedNetwork;
}

const twice = (hosts: Readonly<Record<string, HostSpec>>, options: NetworkOptions = {}): Twice => ({
  mediated: new ShapedNetwork(hosts, options),
  switched: new ShapedNetwork(hosts, { ...options, ...(flowSwitch && { flowSwitch }) }),
});

const near = (actual: number, expected: number, tolerance: number): void =>
  ok(Math.abs(actual - expected) <= tolerance * expected, `${actual} is not near ${expected}`);

/** Packets of a flow that are told apart by their order. */
function numbered(packet: TestPacket): () => TestPacket {
  let sent = 0;
  return () => ({ ...packet, options: { ...packet.options, identification: sent++ } });
}

/** The numbers of those that have arrived at a host. */
const arrived = ({ arrivals }: ShapedNetwork, host: string): readonly number[] =>
  arrivals.filter(({ to }) => to === host).map(({ bytes }) => readUint16(bytes, IDENTIFICATION));

/** Bytes a second of full packets that arrived in a time, wherever. */
const rateOf = ({ arrivals }: ShapedNetwork, fromMs: number, untilMs: number): number =>
  (1000 * PACKET_BYTES * arrivals.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs).length) / (untilMs - fromMs);

const expectOrder = (numbers: readonly number[]): void =>
  ok(
    numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0)),
    numbers.join(' '),
  );

describe('flows whose rate is limited, with the flow switch', { skip }, () => {
  afterEach(() => flowSwitch?.clear());

  for (const part of [0.1, 0.5, 0.9])
    test(`are the kernel’s at ${part} of their rate, and counted as ever`, () => {
      const limits = { peakBytesPerSecond: (1000 * PACKET_BYTES) / part };
      const { mediated, switched } = twice(pairOf(limits, limits));
      for (const net of [mediated, switched]) net.offerEvery(1, 2000, udp('a', 'b', 9, FULL));
      ok(switched.framesSwitched > 1900, `${switched.framesSwitched} of 2000 frames were switched`);
      deepEqual(arrived(switched, 'b').length, 2000);
      deepEqual(switched.fabric.enaCounters(), mediated.fabric.enaCounters());
      deepEqual(switched.drops, mediated.drops);
      deepEqual(switched.fabric.takeTraffic(), mediated.fabric.takeTraffic());
    });

  const limited = { ...OPEN, allowance: allowance('i-a/0', { peakBytesPerSecond: MEGABYTE }) };
  const wide = { peakBytesPerSecond: 10 * MEGABYTE };
  const four = Array.from({ length: 4 }, (_, index) => udp('a', 'b', 9, { ...FULL, sourcePort: 1000 + index }));
  const abroad = {
    a: {
      ip: '10.0.1.10',
      public: '198.18.0.10',
      ...OPEN,
      allowance: allowance('i-a/0', { internetBytesPerSecond: MEGABYTE }),
    },
  };
  const limit: Readonly<
    Record<
      string,
      { to?: string; rate: number; hosts: Readonly<Record<string, HostSpec>>; packets?: readonly TestPacket[] }
    >
  > = {
    'the sender’s bandwidth': { rate: MEGABYTE, hosts: pairOf({ peakBytesPerSecond: MEGABYTE }) },
    'the receiver’s bandwidth': { rate: MEGABYTE, hosts: pairOf(wide, { peakBytesPerSecond: MEGABYTE }) },
    'the limit of a flow': { rate: MEGABYTE / 2, hosts: pairOf({ ...wide, flowBytesPerSecond: MEGABYTE / 2 }) },
    'the limit of a flow over IPv6': {
      rate: MEGABYTE / 2,
      hosts: pairOf({ ...wide, flowBytesPerSecond: MEGABYTE / 2 }),
      packets: [udp('a', 'b', 9, { ...FULL, ipv6: true })],
    },
    'packets a second': { rate: 500 * PACKET_BYTES, hosts: pairOf({ ...wide, packetsPerSecond: 500 }) },
    'packets a second of both directions': {
      rate: 500 * PACKET_BYTES,
      hosts: pairOf({ ...wide, packetsPerSecond: 500 }),
      packets: [udp('a', 'b', 9, FULL), udp('b', 'a', 9, FULL)],
    },
    'the baseline once credits are gone': {
      rate: MEGABYTE / 4,
      hosts: pairOf({ peakBytesPerSecond: MEGABYTE, baselineBytesPerSecond: MEGABYTE / 4, creditBytes: MEGABYTE / 10 }),
    },
    'the bandwidth of an instance for all its flows': {
      rate: MEGABYTE,
      hosts: pairOf({ peakBytesPerSecond: MEGABYTE }),
      packets: four,
    },
    'the bandwidth of an instance for all its interfaces': {
      rate: MEGABYTE,
      hosts: {
        a: { ip: '10.0.1.10', ...limited },
        c: { ip: '10.0.2.10', ...limited },
        b: { ip: '10.0.1.20', ...OPEN },
      },
      packets: [udp('a', 'b', 9, FULL), udp('c', 'b', 9, FULL)],
    },
    'the limit beyond the Region': {
      rate: MEGABYTE,
      hosts: abroad,
      packets: [udp('a', 'internet', 9, FULL)],
    },
  };
  for (const [name, { rate, hosts, packets = [udp('a', 'b', 9, FULL)] }] of Object.entries(limit))
    test(`have ${name} and no more, as without`, () => {
      const { mediated, switched } = twice(hosts, { routes: { '10.0.1.0/24': ['0.0.0.0/0 internet'] } });
      for (const net of [mediated, switched]) {
        net.offerEvery(1, 2000, ...packets);
        near(rateOf(net, 1000, 2000), rate, 0.05);
      }
      near(rateOf(switched, 0, 2000), rateOf(mediated, 0, 2000), 0.1);
      ok(switched.framesSwitched > 0);
      deepEqual(Object.keys(switched.drops), Object.keys(mediated.drops));
    });

  test('pass at once as far as the fabric would let them, and what is too much is counted by ENA’s name for it', () => {
    const { mediated, switched } = twice(pairOf({ peakBytesPerSecond: MEGABYTE }));
    const [alone, together] = [mediated, switched].map((net) => {
      for (let sent = 0; sent < 1000; sent++) net.offer(udp('a', 'b', 9, FULL));
      const atOnce = net.arrivals.length;
      net.advance(1000);
      return [
        atOnce,
        net.arrivals.length,
        net.drops,
        net.fabric.enaCounters()[idOf('eni', 'a')]?.bw_out_allowance_exceeded,
      ];
    });
    deepEqual(together, alone);
  });

  test('keep their order when they exceed their rate, when they no longer do, and when they do again', () => {
    const { switched: net } = twice(pairOf({ peakBytesPerSecond: 2 * MEGABYTE }));
    const next = numbered(udp('a', 'b', 9, FULL));
    const offer = (perMs: number, forMs: number): number => {
      const before = net.framesSwitched;
      for (let passedMs = 0; passedMs < forMs; passedMs++) {
        for (let count = 0; count < perMs; count++) net.offer(next());
        net.advance(1);
      }
      return net.framesSwitched - before;
    };
    for (let times = 0; times < 5; times++) {
      ok(offer(3, 300) < 300, 'what exceeds its rate is the fabric’s');
      ok(offer(1, 600) > 200, 'what does no more is the kernel’s, once nothing waits');
    }
    expectOrder(arrived(net, 'b'));
    ok((net.drops['rate/bandwidth-out'] ?? 0) > 0);
  });

  test('follow a frame that is on its way to the fabric, whatever may pass meanwhile, and leave it when that has been handled', () => {
    const { switched: net } = twice(pairOf({ peakBytesPerSecond: MEGABYTE }));
    const next = numbered(udp('a', 'b', 9, FULL));
    for (let sent = 0; sent < 44; sent++) net.offer(next());
    equal(net.framesSwitched, 43);
    net.holdUp(true);
    net.offer(next());
    net.advance(200);
    for (let sent = 0; sent < 10; sent++) net.offer(next());
    equal(net.framesSwitched, 43);
    net.holdUp(false);
    net.offer(next());
    equal(net.framesSwitched, 44);
    deepEqual(arrived(net, 'b'), [...Array(56).keys()]);
  });

  test('are the kernel’s again although frames were lost on the way to the fabric', () => {
    const { switched: net } = twice(pairOf({ peakBytesPerSecond: MEGABYTE }));
    const next = numbered(udp('a', 'b', 9, FULL));
    net.offer(next());
    net.holdUp(true);
    for (let sent = 0; sent < 60; sent++) net.offer(next());
    net.loseHeldUp();
    net.holdUp(false);
    const before = net.framesSwitched;
    for (let sent = 0; sent < 100; sent++) {
      net.offer(next());
      net.advance(10);
    }
    ok(net.framesSwitched > before + 50, `${net.framesSwitched - before} of 100 frames were switched`);
    expectOrder(arrived(net, 'b'));
  });

  test('have other limits from the next frame on when they are changed, and none when they are taken away', () => {
    const { switched: net } = twice(pairOf({ peakBytesPerSecond: MEGABYTE }));
    net.offerEvery(1, 200, udp('a', 'b', 9, FULL));
    net.allow('a', allowance('i-a/0', { peakBytesPerSecond: MEGABYTE / 2 }));
    net.offerEvery(1, 1000, udp('a', 'b', 9, FULL));
    near(rateOf(net, 700, 1200), MEGABYTE / 2, 0.05);
    net.allow('a', undefined);
    const before = net.framesSwitched;
    net.offerEvery(1, 1000, udp('a', 'b', 9, FULL));
    near(rateOf(net, 1700, 2200), 1000 * PACKET_BYTES, 0.01);
    ok(net.framesSwitched > before + 990);
  });

  test('have what is left of the credits on another host, and all of them after a start', () => {
    const limits = { baselineBytesPerSecond: MEGABYTE / 10, peakBytesPerSecond: MEGABYTE, creditBytes: MEGABYTE };
    const { switched: net } = twice(pairOf(limits));
    const rate = (): number => {
      const beginMs = net.nowMs;
      net.offerEvery(2, 1000, udp('a', 'b', 9, FULL));
      return rateOf(net, beginMs + 500, beginMs + 1000);
    };
    near(rate(), 500 * PACKET_BYTES, 0.05);
    net.offerEvery(2, 2000, udp('a', 'b', 9, FULL));
    net.move('a', undefined, 'internet');
    net.attach('a');
    near(rate(), MEGABYTE / 10, 0.2);
    net.advance(2000);
    net.stop('a');
    net.allow('a', allowance('i-a/0', limits));
    net.attach('a');
    near(rate(), 500 * PACKET_BYTES, 0.05);
  });

  test('are the fabric’s, whatever their rate, where they take their time between hosts', () => {
    const latencies = { sameHost: 5, sameRack: 5, sameZone: 5, otherZone: 5, otherRegion: 5 };
    const place = { host: 'h', rack: 'r', zone: 'z', region: 'x', latencies };
    const { a, b } = pairOf({ peakBytesPerSecond: MEGABYTE });
    ok(a && b);
    const { switched: net } = twice({ a: { ...a, place }, b: { ...b, place }, c: { ip: '10.0.1.30', ...OPEN } });
    // Those that are too much come right after one that has not far to go.
    for (let sent = 0; sent < 200; sent++) {
      net.offer(udp('c', 'b', 9, { ...FULL, sourcePort: 1000 + sent }));
      net.offer(udp('a', 'b', 9, FULL));
    }
    ok((net.drops['rate/bandwidth-out'] ?? 0) > 0);
    net.advance(1000);
    const [before, atMs] = [net.framesSwitched, net.nowMs];
    net.offer(udp('a', 'b', 9, FULL));
    net.advance(100);
    equal(net.framesSwitched, before);
    equal((net.arrivals.at(-1)?.atMs ?? 0) - atMs, 5);
  });

  test('leave others unlimited, and counted, when their buckets have been another’s before', () => {
    const { switched: net } = twice({
      ...pairOf({ peakBytesPerSecond: MEGABYTE }),
      c: { ip: '10.0.1.30', ...OPEN },
      d: { ip: '10.0.2.40', ...OPEN },
    });
    const both = [udp('a', 'b', 9, FULL), udp('c', 'd', 9, FULL)];
    net.offerEvery(1, 10, ...both);
    net.stop('a');
    net.allow('a', allowance('i-a/0', { peakBytesPerSecond: MEGABYTE }));
    net.attach('a');
    net.offerEvery(1, 10, ...both);
    net.fabric.takeTraffic();
    const before = net.framesSwitched;
    for (let times = 0; times < 3; times++) {
      net.offerEvery(1, 10, ...both);
      deepEqual(
        net.fabric.takeTraffic().map(({ packets }) => packets),
        [10],
      );
    }
    equal(net.framesSwitched, before + 60);
  });
});
