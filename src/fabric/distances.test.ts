import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlaceRow } from '../tables/place-row.ts';
import { udp } from '../testing/packets.ts';
import { allowance, ShapedNetwork } from '../testing/shaped-network.ts';

const OPEN = { in: ['all from 0.0.0.0/0'], out: ['all to 0.0.0.0/0'] };
const latencies = { sameHost: 1, sameRack: 2, sameZone: 4, otherZone: 8, otherRegion: 16 };

/** A place by its host's name: "us-east-1a-r1-h2". */
function at(host: string): PlaceRow {
  const rack = host.slice(0, host.lastIndexOf('-'));
  const zone = rack.slice(0, rack.lastIndexOf('-'));
  return { host, rack, zone, region: zone.slice(0, -1), latencies };
}

const FIRST = 'us-east-1a-r1-h1';

/** When a packet from the first host to `to` arrives. */
function arrival(net: ShapedNetwork, from: string, to: string): number {
  net.arrivals.length = 0;
  const before = net.nowMs;
  net.offer(udp(from, to, 9));
  net.advance(100);
  assert.equal(net.arrivals.length, 1);
  return (net.arrivals[0]?.atMs ?? 0) - before;
}

test('a packet takes the longer the farther apart two hosts are', () => {
  const net = new ShapedNetwork({
    a: { ip: '10.0.1.10', place: at(FIRST), ...OPEN },
    host: { ip: '10.0.1.11', place: at(FIRST), ...OPEN },
    rack: { ip: '10.0.1.12', place: at('us-east-1a-r1-h2'), ...OPEN },
    zone: { ip: '10.0.1.13', place: at('us-east-1a-r2-h1'), ...OPEN },
    region: { ip: '10.0.1.14', place: at('us-east-1b-r1-h1'), ...OPEN },
    world: { ip: '10.0.1.15', place: at('us-east-2a-r1-h1'), ...OPEN },
    nowhere: { ip: '10.0.1.16', ...OPEN },
  });
  const times = ['host', 'rack', 'zone', 'region', 'world', 'nowhere'].map((to) => arrival(net, 'a', to));
  assert.deepEqual(times, [1, 2, 4, 8, 16, 0]);
  // Remembered flows as well, and the way back.
  assert.deepEqual([arrival(net, 'a', 'zone'), arrival(net, 'zone', 'a')], [4, 4]);
});

test('who moves is nearer or farther at once', () => {
  const net = new ShapedNetwork({
    a: { ip: '10.0.1.10', place: at(FIRST), ...OPEN },
    b: { ip: '10.0.1.11', place: at('us-east-1b-r1-h1'), ...OPEN },
  });
  assert.equal(arrival(net, 'a', 'b'), 8);
  net.move('b', at('us-east-1a-r1-h2'));
  assert.equal(arrival(net, 'a', 'b'), 2);
  net.move('b', undefined);
  assert.equal(arrival(net, 'a', 'b'), 0);
});

test('what is on its way to somebody who moves arrives at his new port', () => {
  const net = new ShapedNetwork({
    a: { ip: '10.0.1.10', place: at(FIRST), ...OPEN },
    b: { ip: '10.0.1.11', place: at('us-east-1b-r1-h1'), ...OPEN },
    spare: { ip: '10.0.1.12', ...OPEN },
  });
  net.detach('spare');
  net.offer(udp('a', 'b', 9));
  net.move('b', at('us-east-1a-r1-h2'), 'spare');
  net.advance(100);
  assert.deepEqual(
    net.arrivals.filter(({ lengthBytes }) => lengthBytes > 0).map(({ to, atMs }) => [to, atMs]),
    [['spare', 8]],
  );
});

test('the way comes on top of what a rate makes wait', () => {
  const limits = { peakBytesPerSecond: 1000, flowBytesPerSecond: 1e12 };
  const net = new ShapedNetwork({
    a: { ip: '10.0.1.10', place: at(FIRST), allowance: allowance('i-a/0', limits), ...OPEN },
    b: { ip: '10.0.1.11', place: at('us-east-1b-r1-h1'), ...OPEN },
    c: { ip: '10.0.1.12', ...OPEN },
  });
  const full = { lengthBytes: 1000 };
  // What a bucket holds at first goes at once.
  while (!net.isWaiting) net.offer(udp('a', 'c', 9, full));
  net.arrivals.length = 0;
  net.offer(udp('a', 'c', 9, full));
  net.offer(udp('a', 'b', 9, full));
  net.advance(10_000);
  const [, toC, toB] = net.arrivals;
  assert.deepEqual([toC?.to, toB?.to], ['c', 'b']);
  assert.ok(Math.abs((toB?.atMs ?? 0) - (toC?.atMs ?? 0) - (toC?.lengthBytes ?? 0) - 8) < 1e-6);
});
