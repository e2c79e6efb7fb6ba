import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AllowanceRow } from '../tables/tables.ts';
import { data, tcp, udp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';
import { allowance, ShapedNetwork } from '../testing/shaped-network.ts';
import { emitOffload, GSO_TCP_IPV4 } from '../wire/virtio-net-header.ts';

const OPEN = { in: ['all from 0.0.0.0/0', 'all from ::/0'], out: ['all to 0.0.0.0/0', 'all to ::/0'] };
const MEGABYTE = 1_000_000;
/** 1486 bytes of IP packet. */
const FULL = { lengthBytes: 1500 };

/** Two instances of one subnet, of which one or both have these limits, and more. */
const pair = (
  limits: Partial<Omit<AllowanceRow, 'id'>>,
  receiver: Partial<Omit<AllowanceRow, 'id'>> | undefined = undefined,
): ShapedNetwork =>
  new ShapedNetwork({
    a: { ip: '10.0.1.10', ipv6: '3fff::10', ...OPEN, allowance: allowance('i-a/0', limits) },
    b: { ip: '10.0.1.20', ipv6: '3fff::20', ...OPEN, allowance: receiver && allowance('i-b/0', receiver) },
  });

const near = (actual: number, expected: number, tolerance = 0.03): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance * expected, `${actual} is not near ${expected}`);

/** What ENA's counters of a host say of bandwidth in, bandwidth out and packets. */
function exceeded(net: ShapedNetwork, host: string): readonly number[] {
  const id = idOf('eni', host);
  const counters = net.fabric.enaCounters([id])[id];
  assert.ok(counters);
  return [counters.bw_in_allowance_exceeded, counters.bw_out_allowance_exceeded, counters.pps_allowance_exceeded];
}

test('without an allowance nothing waits', () => {
  const net = new ShapedNetwork({ a: { ip: '10.0.1.10', ...OPEN }, b: { ip: '10.0.1.20', ...OPEN } });
  for (let count = 0; count < 1000; count++) net.offer(udp('a', 'b', 9, FULL));
  assert.equal(net.arrivals.length, 1000);
  assert.ok(net.arrivals.every(({ atMs }) => atMs === 0));
});

test('an instance that is sent too much for its bandwidth gets its bandwidth', () => {
  const net = pair({ peakBytesPerSecond: MEGABYTE });
  net.offerEvery(1, 2000, udp('a', 'b', 9, FULL));
  near(net.rateOf('b', 500, 2000), MEGABYTE);
});

test('what exceeds it waits in order, then is dropped; both are counted', () => {
  const net = pair({ peakBytesPerSecond: MEGABYTE });
  const sent = 1000;
  for (let count = 0; count < sent; count++) net.offer(udp('a', 'b', 9, { ...FULL, sourcePort: 1000 + count }));
  const atOnce = net.arrivals.length;
  // A burst of 64 KiB, then a queue of 128 KiB.
  assert.equal(atOnce, Math.floor(65_536 / 1486));
  net.advance(1000);
  const ports = net.arrivals.map(({ bytes }) => (bytes[46] ?? 0) * 256 + (bytes[47] ?? 0));
  assert.deepEqual(
    ports,
    [...ports].sort((one, other) => one - other),
  );
  const dropped = net.drops['rate/bandwidth-out'] ?? 0;
  assert.equal(net.arrivals.length + dropped, sent);
  near(net.arrivals.length - atOnce, 131_072 / 1486);
  assert.equal(net.fabric.counters().interfaceDrops[idOf('eni', 'a')]?.['rate/bandwidth-out'], dropped);
  assert.deepEqual(exceeded(net, 'a'), [0, sent - atOnce, 0]);
});

test('the receiver’s bandwidth limits as well, and counts at the receiver', () => {
  const net = pair({}, { peakBytesPerSecond: MEGABYTE });
  net.offerEvery(1, 2000, udp('a', 'b', 9, FULL));
  near(net.rateOf('b', 500, 2000), MEGABYTE);
  assert.ok((net.fabric.counters().interfaceDrops[idOf('eni', 'b')]?.['rate/bandwidth-in'] ?? 0) > 0);
  assert.deepEqual(exceeded(net, 'a'), [0, 0, 0]);
  assert.ok((exceeded(net, 'b')[0] ?? 0) > 0);
});

test('each direction has all of it', () => {
  const net = pair({ peakBytesPerSecond: MEGABYTE });
  net.offerEvery(1, 2000, udp('a', 'b', 9, FULL), udp('b', 'a', 9, FULL));
  near(net.rateOf('b', 500, 2000), MEGABYTE);
  near(net.rateOf('a', 500, 2000), MEGABYTE);
});

test('an instance has its peak while it has credits, then its baseline, and credits again after a pause', () => {
  const net = pair({ baselineBytesPerSecond: MEGABYTE / 10, peakBytesPerSecond: MEGABYTE, creditBytes: 2 * MEGABYTE });
  net.offerEvery(1, 6000, udp('a', 'b', 9, FULL));
  // Two megabytes last for a bit more than two seconds at a rate of which a tenth is given anyway.
  near(net.rateOf('b', 500, 2000), MEGABYTE);
  near(net.rateOf('b', 4000, 6000), MEGABYTE / 10, 0.05);
  net.advance(10_000);
  net.offerEvery(1, 4000, udp('a', 'b', 9, FULL));
  // Ten seconds of a tenth are a megabyte.
  near(net.rateOf('b', 16_000, 17_000), MEGABYTE, 0.1);
  near(net.rateOf('b', 18_500, 20_000), MEGABYTE / 10, 0.05);
});

test('who is unplugged, or moved, and plugged in again has no more credits than before, and who is stopped and started has', () => {
  const limits = { baselineBytesPerSecond: MEGABYTE / 10, peakBytesPerSecond: MEGABYTE, creditBytes: 2 * MEGABYTE };
  const net = pair(limits);
  /** Of two seconds, of which the first one's burst does not count. */
  const rate = (): number => {
    const beginMs = net.nowMs;
    net.offerEvery(1, 2000, udp('a', 'b', 9, FULL));
    return net.rateOf('b', beginMs + 1000, beginMs + 2000);
  };
  net.offerEvery(1, 4000, udp('a', 'b', 9, FULL));
  net.detach('a');
  net.attach('a');
  near(rate(), MEGABYTE / 10, 0.05);
  net.move('a', undefined, 'services');
  net.move('a', undefined, 'internet');
  net.attach('a');
  near(rate(), MEGABYTE / 10, 0.05);
  net.stop('a');
  net.allow('a', allowance('i-a/0', limits));
  net.attach('a');
  near(rate(), MEGABYTE);
});

test('the interfaces of an instance share what it has', () => {
  const shared = allowance('i-a/0', { peakBytesPerSecond: MEGABYTE });
  const net = new ShapedNetwork({
    a1: { ip: '10.0.1.10', ...OPEN, allowance: shared },
    a2: { ip: '10.0.2.10', ...OPEN, allowance: shared },
    b: { ip: '10.0.1.20', ...OPEN },
  });
  net.offerEvery(1, 2000, udp('a1', 'b', 9, FULL), udp('a2', 'b', 9, FULL));
  near(net.rateOf('b', 500, 2000), MEGABYTE);
});

test('one flow has its limit, and two flows have it twice', () => {
  const net = pair({ flowBytesPerSecond: MEGABYTE / 4, peakBytesPerSecond: 2 * MEGABYTE });
  net.offerEvery(1, 2000, udp('a', 'b', 9, FULL));
  near(net.rateOf('b', 1000, 2000), MEGABYTE / 4);
  assert.ok((net.drops['rate/flow'] ?? 0) > 0);
  assert.deepEqual(exceeded(net, 'a'), [0, 0, 0], 'ENA has no counter for it');
  net.advance(1000);
  net.offerEvery(1, 2000, udp('a', 'b', 9, FULL), udp('a', 'b', 10, FULL));
  near(net.rateOf('b', 4000, 5000), MEGABYTE / 2);
});

test('a flow between members of one cluster group may have more, and one to others may not', () => {
  const member = (group: string) => ({
    flowBytesPerSecond: MEGABYTE / 4,
    cluster: { groupId: group, flowBytesPerSecond: MEGABYTE / 2 },
  });
  const same = pair(member('pg-1'), member('pg-1'));
  same.offerEvery(1, 2000, udp('a', 'b', 9, FULL));
  near(same.rateOf('b', 1000, 2000), MEGABYTE / 2);
  const other = pair(member('pg-1'), member('pg-2'));
  other.offerEvery(1, 2000, udp('a', 'b', 9, FULL));
  near(other.rateOf('b', 1000, 2000), MEGABYTE / 4);
});

test('ENA Express carries TCP of a flow faster where both ends have it, and UDP where both have it for UDP', () => {
  const express = (carriesUdp: boolean) => ({
    flowBytesPerSecond: MEGABYTE / 4,
    express: { carriesUdp, flowBytesPerSecond: MEGABYTE / 2 },
  });
  const rate = (net: ShapedNetwork, packet: typeof udp): number => {
    net.offer(tcp('a', 'b', 9));
    net.offer(tcp('b', 'a', 40_000, { sourcePort: 9, tcpFlags: 0x12 }));
    net.offerEvery(1, 2000, packet('a', 'b', 9, FULL));
    return net.rateOf('b', 1000, 2000);
  };
  near(rate(pair(express(false), express(true)), data), MEGABYTE / 2);
  near(rate(pair(express(false), express(true)), udp), MEGABYTE / 4);
  near(rate(pair(express(true), express(true)), udp), MEGABYTE / 2);
  near(rate(pair(express(true), { flowBytesPerSecond: MEGABYTE / 4 }), data), MEGABYTE / 4);
});

test('IPv6 flows have the same limits', () => {
  const net = pair({ flowBytesPerSecond: MEGABYTE / 4 });
  for (let passedMs = 0; passedMs < 2000; passedMs++) {
    net.offer(udp('a', 'b', 9, { ...FULL, ipv6: true }));
    net.advance(1);
  }
  const heard = net.arrivals.filter(({ atMs }) => atMs >= 1000).length;
  near(heard * 1486, MEGABYTE / 4);
});

test('what goes to the internet has a limit of its own, and what comes from there', () => {
  const net = new ShapedNetwork(
    {
      a: {
        ip: '10.0.1.10',
        public: '198.18.0.10',
        ...OPEN,
        allowance: allowance('i-a/0', { internetBytesPerSecond: MEGABYTE / 2 }),
      },
      b: { ip: '10.0.1.20', ...OPEN },
    },
    { routes: { '10.0.1.0/24': ['0.0.0.0/0 internet'] } },
  );
  net.offerEvery(1, 2000, udp('a', 'internet', 9, FULL), udp('internet', 'a', 9, FULL), udp('a', 'b', 9, FULL));
  near(net.rateOf('internet', 1000, 2000), MEGABYTE / 2);
  near(net.rateOf('a', 1000, 2000), MEGABYTE / 2);
  near(net.rateOf('b', 1000, 2000), 1_486_000);
  assert.ok((net.drops['rate/bandwidth-out'] ?? 0) > 0);
  assert.ok((net.drops['rate/bandwidth-in'] ?? 0) > 0);
});

test('packets a second count for both directions together, and an offload frame as its segments', () => {
  const net = pair({ packetsPerSecond: 1000 });
  net.offerEvery(1, 2000, udp('a', 'b', 9), udp('b', 'a', 9));
  const heard = net.arrivals.filter(({ atMs }) => atMs >= 1000).length;
  near(heard, 1000);
  assert.ok((net.drops['rate/packets'] ?? 0) > 0);
  assert.ok((exceeded(net, 'a')[2] ?? 0) > 0);
});

/** Sixty segments of a thousand bytes of data in one frame, of a connection that is there. */
function offloadFrames(net: ShapedNetwork, count: number): readonly number[] {
  const mangle = (bytes: Uint8Array): Uint8Array => {
    emitOffload(bytes, 0, { gsoType: GSO_TCP_IPV4, gsoSize: 1000, checksumStart: 34, checksumOffset: 16 });
    return bytes;
  };
  net.offer(tcp('a', 'b', 9));
  net.offer(tcp('b', 'a', 40_000, { sourcePort: 9, tcpFlags: 0x12 }));
  for (let sent = 0; sent < count; sent++) net.offer(data('a', 'b', 9, { lengthBytes: 14 + 40 + 60_000, mangle }));
  net.advance(1000);
  return net.arrivals.filter(({ lengthBytes }) => lengthBytes === 60_040).map(({ atMs }) => Math.round(atMs));
}

test('an offload frame counts as its segments', () => {
  const net = pair({ packetsPerSecond: 1000 });
  // 62 packets may pass at once after the handshake, and 128 may wait.
  assert.deepEqual(offloadFrames(net, 4), [0, 58, 118]);
  assert.deepEqual(net.drops, { 'rate/packets': 1 });
  assert.deepEqual(exceeded(net, 'a'), [0, 0, 180]);
});

test('each segment of an offload frame has headers of its own, which count', () => {
  const net = pair({ peakBytesPerSecond: MEGABYTE });
  // Of 65,536 bytes the handshake has taken 40 and the first frame 62,400.
  assert.deepEqual(offloadFrames(net, 2), [0, Math.round((62_400 - 3096) / 1000)]);
});

test('link-local services answer whatever the instance’s rates are', () => {
  const net = pair({ peakBytesPerSecond: 1000, packetsPerSecond: 1 });
  for (let count = 0; count < 500; count++) net.offer(udp('a', '169.254.169.253', 53, FULL));
  assert.equal(net.arrivals.filter(({ to }) => to === 'services').length, 500);
});

test('a frame that waits for a guest that is gone never reaches who is plugged in at its port', () => {
  const net = new ShapedNetwork({
    a: { ip: '10.0.1.10', ...OPEN, allowance: allowance('i-a/0', { peakBytesPerSecond: MEGABYTE }) },
    b: { ip: '10.0.1.20', ...OPEN },
    c: { ip: '10.0.1.30', ...OPEN },
  });
  for (let count = 0; count < 100; count++) net.offer(udp('a', 'b', 9, FULL));
  const before = net.arrivals.length;
  assert.ok(before < 100);
  net.detach('b');
  net.attach('c', 'b');
  net.advance(1000);
  assert.equal(net.arrivals.length, before);
});

test('a changed allowance holds for the next frame, and one that is taken away limits nothing', () => {
  const net = pair({ peakBytesPerSecond: MEGABYTE });
  net.allow('a', allowance('i-a/0', { peakBytesPerSecond: MEGABYTE / 2 }));
  net.offerEvery(1, 2000, udp('a', 'b', 9, FULL));
  near(net.rateOf('b', 1000, 2000), MEGABYTE / 2);
  net.allow('a', undefined);
  net.offerEvery(1, 1000, udp('a', 'b', 9, FULL));
  near(net.rateOf('b', 2500, 3000), 1_486_000);
});

test('ENA’s counters are of interfaces of instances that are plugged in, and know connections and link-local packets', () => {
  const net = pair({});
  for (let count = 0; count < 1100; count++) net.offer(udp('a', '169.254.169.253', 53));
  for (let port = 1; port <= 10; port++) net.offer(tcp('b', 'a', port));
  const counters = net.fabric.enaCounters();
  assert.deepEqual(Object.keys(counters).sort(), [idOf('eni', 'a'), idOf('eni', 'b')]);
  const [a, b] = [counters[idOf('eni', 'a')], counters[idOf('eni', 'b')]];
  assert.equal(a?.linklocal_allowance_exceeded, 1100 - 1024);
  assert.equal(b?.linklocal_allowance_exceeded, 0);
  const before = pair({}).fabric.enaCounters()[idOf('eni', 'b')]?.conntrack_allowance_available ?? 0;
  assert.ok(before > 0);
  assert.ok((b?.conntrack_allowance_available ?? 0) <= before);
});

test('a flow to which other limits apply from now on keeps its bucket and has the other rate', () => {
  const express = { carriesUdp: true, flowBytesPerSecond: MEGABYTE / 2 };
  const net = pair({ flowBytesPerSecond: MEGABYTE / 4, express }, { flowBytesPerSecond: MEGABYTE / 4 });
  net.offerEvery(1, 2000, udp('a', 'b', 9, FULL));
  near(net.rateOf('b', 1000, 2000), MEGABYTE / 4);
  net.allow('b', allowance('i-b/0', { flowBytesPerSecond: MEGABYTE / 4, express }));
  net.offerEvery(1, 2000, udp('a', 'b', 9, FULL));
  near(net.rateOf('b', 3000, 4000), MEGABYTE / 2);
});

test('flows of two VPCs with the same addresses and ports do not share a rate', () => {
  const limited = (id: string) => ({ ...OPEN, allowance: allowance(id, { flowBytesPerSecond: MEGABYTE / 4 }) });
  const net = new ShapedNetwork({
    a: { ip: '10.0.1.10', ...limited('i-a/0') },
    b: { ip: '10.0.1.20', ...limited('i-b/0') },
    c: { ip: '10.0.1.10', vpc: 'other', ...limited('i-c/0') },
    d: { ip: '10.0.1.20', vpc: 'other', ...limited('i-d/0') },
  });
  net.offerEvery(1, 2000, udp('a', 'b', 9, FULL), udp('c', 'd', 9, FULL));
  near(net.rateOf('b', 1000, 2000), MEGABYTE / 4);
  near(net.rateOf('d', 1000, 2000), MEGABYTE / 4);
});

test('another Region is as far as the internet, and a gateway endpoint’s service is near', () => {
  const limited = { ...OPEN, allowance: allowance('i-a/0', { internetBytesPerSecond: MEGABYTE / 4 }) };
  const rate = (interRegion: boolean): number => {
    const net = new ShapedNetwork(
      { a: { ip: '10.0.1.10', ...limited }, b: { ip: '10.1.1.10', vpc: 'peer', ...OPEN } },
      {
        blocks: { peer: ['10.1.0.0/16'] },
        peerings: { ab: { between: ['main', 'peer'], interRegion } },
        routes: { '10.0.1.0/24': ['10.1.0.0/16 peering ab'], 'peer/10.1.1.0/24': ['10.0.0.0/16 peering ab'] },
      },
    );
    net.offerEvery(1, 2000, udp('a', 'b', 9, FULL));
    return net.rateOf('b', 1000, 2000);
  };
  near(rate(true), MEGABYTE / 4);
  near(rate(false), 1_486_000);
  const net = new ShapedNetwork(
    { a: { ip: '10.0.1.10', ...limited } },
    { gatewayEndpoints: ['main'], routes: { '10.0.1.0/24': ['198.51.100.64/32 endpoint'] } },
  );
  net.offer(tcp('a', '198.51.100.64', 443));
  net.offerEvery(1, 1000, data('a', '198.51.100.64', 443, FULL));
  near(net.rateOf('internet', 0, 1000), 1_486_000);
});

test('who watches an interface sees what is dropped there for its rate, with the reason', () => {
  const seen = (at: 'a' | 'b', limits: Parameters<typeof pair>): readonly string[] => {
    const net = pair(...limits);
    const reasons: string[] = [];
    net.fabric.capture(idOf('eni', at), ({ dropped, direction }) => {
      if (dropped) reasons.push(`${direction} ${dropped.at} ${dropped.reason}`);
    });
    for (let count = 0; count < 200; count++) net.offer(udp('a', 'b', 9, FULL));
    return [...new Set(reasons)];
  };
  assert.deepEqual(seen('a', [{ peakBytesPerSecond: MEGABYTE }]), [
    `out-of-guest ${idOf('eni', 'a')} rate/bandwidth-out`,
  ]);
  assert.deepEqual(seen('b', [{}, { peakBytesPerSecond: MEGABYTE }]), [
    `into-guest ${idOf('eni', 'b')} rate/bandwidth-in`,
  ]);
});
