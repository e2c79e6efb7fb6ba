/** How many flows a NAT gateway has: a file of its own, which takes seconds and is read by no other test. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { behindNat } from '../testing/nat-network.ts';
import { OUTSIDE } from '../testing/network.ts';
import { udp } from '../testing/packets.ts';

test('55,000 flows fit to one destination and not one more', () => {
  const net = behindNat({ limits: { total: 1 << 17, perInstance: 1 << 17 } });
  const send = (sourcePort: number, from: string): string => {
    const before = net.counters.framesDelivered;
    const frame = net.frameFor(udp(from, OUTSIDE, 53, { sourcePort }));
    net.fabric.receive(net.portOf(from), frame, frame.length);
    return net.counters.framesDelivered > before ? 'delivered' : 'dropped';
  };
  for (let flow = 0; flow < 55_000; flow++)
    equal(send(1 + (flow % 50_000), flow < 50_000 ? 'client' : 'second'), 'delivered');
  equal(send(6000, 'second'), 'dropped');
  equal(send(1, 'client'), 'delivered');
});
