import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { benchNetwork, CLIENT, SERVER } from '../testing/bench-network.ts';
import { Fabric } from './fabric.ts';

/** Position of the ICMPv6 type behind virtio, Ethernet and IPv6 headers. */
const TYPE = 12 + 14 + 40;
const ROUTER_ADVERTISEMENT = 134;

function makeFabric(family: 'ipv4' | 'ipv6') {
  const clock = { nowMs: 0 };
  const advertised: number[] = [];
  const fabric = new Fabric({
    now: () => clock.nowMs,
    send(port, buffer, offset) {
      if (buffer[offset + TYPE] === ROUTER_ADVERTISEMENT) advertised.push(port);
      return true;
    },
  });
  const { updates } = benchNetwork(1, family);
  fabric.apply(updates);
  return { clock, advertised, fabric, updates };
}

test('a guest hears of its router when it is plugged in, and when its interface changes', () => {
  const { advertised, fabric, updates } = makeFabric('ipv6');
  equal(advertised.length, 0);
  fabric.attach(CLIENT, 4);
  deepEqual(advertised, [4]);
  fabric.apply(
    updates.filter(({ change, ...update }) => change === 'put' && 'row' in update && update.row.id === CLIENT),
  );
  deepEqual(advertised, [4, 4]);
});

test('where the subnet has no IPv6 block there is no router to hear of', () => {
  const { advertised, fabric } = makeFabric('ipv4');
  fabric.attach(CLIENT, 4);
  equal(advertised.length, 0);
});

test('every guest hears of its router again long before it forgets it', () => {
  const { clock, advertised, fabric } = makeFabric('ipv6');
  fabric.attach(CLIENT, 0);
  fabric.attach(SERVER, 1);
  advertised.length = 0;
  for (; clock.nowMs <= 1_800_000; clock.nowMs += 250) fabric.expire();
  deepEqual(advertised.toSorted(), [0, 0, 0, 1, 1, 1]);
});
