/** Drops as they happen: the packet, the reason, and the rule where the packet is the watched interface's own. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { NetworkInterfaceId } from '../net/identifiers.ts';
import type { DataPlane } from '../tables/data-plane.ts';
import { check, dropped, network } from '../testing/network.ts';
import { udp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';
import { type WatchedDrop, watchDrops } from './watch-drops.ts';

const make = () =>
  network(
    { a: { ip: '10.0.1.10' }, b: { ip: '10.0.2.10' } },
    { acls: { '10.0.2.0/24': { in: ['90 deny udp 53 0.0.0.0/0', '100 allow all 0.0.0.0/0'], out: [] } } },
  );

/** Watches an interface of a test network. */
function watch(net: ReturnType<typeof make>, name: string) {
  const seen: WatchedDrop[] = [];
  const dataPlane: Pick<DataPlane, 'capture' | 'trace'> = {
    capture: (id, sink) => net.fabric.capture(id, (frame) => frame.dropped && sink(frame)),
    trace: async (request, assumed) => net.fabric.explain(request, assumed),
  };
  const ids: readonly NetworkInterfaceId[] = [idOf('eni', name)];
  const stop = watchDrops(dataPlane, ids, (drop) => seen.push(drop));
  return { seen, stop };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a packet of the interface’s own is told with the rule that dropped it, however far it came', async () => {
  const net = make();
  const { seen, stop } = watch(net, 'a');
  check(net, udp('a', 'b', 53), dropped('network-acl-in/denied'));
  await settled();
  const [drop] = seen;
  equal(drop?.packet, '10.0.1.10:40000 > 10.0.2.10:53 udp');
  deepEqual([drop?.reason, drop?.code, drop?.droppedAt], ['network-acl-in/denied', 'SUBNET_ACL_RESTRICTION', 'eni-b']);
  deepEqual(drop?.component?.rule, { kind: 'network-acl-entry', number: 90, direction: 'ingress' });
  stop();
});

test('a packet that was for the interface and did not get in is told too', async () => {
  const net = make();
  const { seen, stop } = watch(net, 'b');
  check(net, udp('a', 'b', 80), dropped('security-group-in/no-rule'));
  await settled();
  deepEqual(
    [seen[0]?.direction, seen[0]?.reason, seen[0]?.interfaceId, seen[0]?.component],
    ['into-guest', 'security-group-in/no-rule', 'eni-b', null],
  );
  stop();
});

test('nothing is told once nobody watches', async () => {
  const net = make();
  const { seen, stop } = watch(net, 'a');
  stop();
  check(net, udp('a', 'b', 53), dropped('network-acl-in/denied'));
  await settled();
  deepEqual(seen, []);
});
