/** Captures before and after the rules, and counters of drops by interface. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { CapturedFrame } from '../tables/data-plane.ts';
import { check, delivered, dropped, network } from '../testing/network.ts';
import { data, reply, tcp, udp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';
import { dropText } from './captures.ts';

const NO_RULE = "no ingress rule of the interface's groups matches, and the packet belongs to no tracked flow";

test('a capture has each frame once and in order, with the reason where it was dropped, also of those that never arrived', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.2.10', in: ['tcp 80 from a'] } });
  const seen: Record<string, CapturedFrame[]> = { a: [], b: [] };
  const stops = ['a', 'b'].map((name) =>
    net.fabric.capture(idOf('eni', name), (frame) => void seen[name]?.push(frame)),
  );
  const texts = (name: string): readonly string[] =>
    (seen[name] ?? [])
      .splice(0)
      .map(({ direction, dropped: why }) => (why === undefined ? direction : `${direction}: ${dropText(why)}`));

  check(net, udp('a', 'b', 53), dropped('security-group-in/no-rule'));
  const why = `dropped at eni-b, security-group-in/no-rule: ${NO_RULE}`;
  deepEqual(texts('a'), [`out-of-guest: ${why}`, `out-of-guest: ${why}`]);
  deepEqual(texts('b'), [`into-guest: ${why}`, `into-guest: ${why}`]);

  check(net, tcp('a', 'b', 80), delivered('b'));
  check(net, reply(tcp('a', 'b', 80)), delivered('a'));
  check(net, data('a', 'b', 80), delivered('b'));
  deepEqual(texts('a'), ['out-of-guest', 'out-of-guest', 'into-guest', 'into-guest', 'out-of-guest', 'out-of-guest']);
  deepEqual(texts('b'), ['into-guest', 'into-guest', 'out-of-guest', 'out-of-guest', 'into-guest', 'into-guest']);

  check(net, udp('a', 'b', 53, { source: '10.0.9.9' }), dropped('source-check/foreign-address'));
  equal(texts('a')[0]?.startsWith('out-of-guest: dropped at eni-a, source-check/foreign-address: '), true);
  deepEqual(texts('b'), []);
  for (const stop of stops) stop();
  check(net, udp('a', 'b', 53), dropped('security-group-in/no-rule'));
  deepEqual([texts('a'), texts('b')], [[], []]);
});

test('every drop counts, at the interface where it happened, until that is gone', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.2.10' } });
  check(net, udp('a', 'b', 53), dropped('security-group-in/no-rule'));
  check(net, udp('a', '203.0.113.1', 53), dropped('route/no-route'));
  for (let packet = 0; packet < 1024; packet++) net.send(udp('a', '169.254.169.123', 123));
  const { drops, interfaceDrops } = net.counters;
  deepEqual(interfaceDrops, {
    'eni-a': { 'route/no-route': 2, 'link-local/allowance-exceeded': 1024 },
    'eni-b': { 'security-group-in/no-rule': 2 },
  });
  deepEqual(drops, { 'security-group-in/no-rule': 2, 'route/no-route': 2, 'link-local/allowance-exceeded': 1024 });
  net.apply([{ change: 'remove', kind: 'interface', id: idOf('eni', 'b') }]);
  deepEqual(Object.keys(net.counters.interfaceDrops), ['eni-a']);
});

test('a connection for which there is no room counts at the interface that should have tracked it', () => {
  const net = network(
    { a: { ip: '10.0.1.10' }, b: { ip: '10.0.2.10', in: ['tcp 80 from a'] } },
    { limits: { total: 10, perInstance: 1 } },
  );
  check(net, tcp('a', 'b', 80), delivered('b'));
  check(net, tcp('a', 'b', 80, { sourcePort: 40_001 }), dropped('security-group-out/tracking-full'));
  deepEqual(net.counters.interfaceDrops, { 'eni-a': { 'security-group-out/tracking-full': 2 } });
});
