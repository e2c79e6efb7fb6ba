/** Drops as they happen: the packet, the reason, and what decided. */
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
  const dataPlane: Pick<DataPlane, 'capture'> = {
    capture: (id, sink) => net.fabric.capture(id, (frame) => frame.dropped && sink(frame)),
  };
  const ids: readonly NetworkInterfaceId[] = [idOf('eni', name)];
  const stop = watchDrops(dataPlane, ids, (drop) => seen.push(drop));
  return { seen, stop };
}

test('a packet of the interface’s own is told with the rule that dropped it, however far it came', () => {
  const net = make();
  const { seen, stop } = watch(net, 'a');
  check(net, udp('a', 'b', 53), dropped('network-acl-in/denied'));
  const [drop] = seen;
  equal(drop?.packet, '10.0.1.10:40000 > 10.0.2.10:53 udp');
  deepEqual([drop?.reason, drop?.code, drop?.droppedAt], ['network-acl-in/denied', 'SUBNET_ACL_RESTRICTION', 'eni-b']);
  deepEqual(drop?.component?.rule, { kind: 'network-acl-entry', number: 90, direction: 'ingress' });
  stop();
});

test('a packet that was for the interface and did not get in is told too, with what kept it out', () => {
  const net = make();
  const { seen, stop } = watch(net, 'b');
  check(net, udp('a', 'b', 80), dropped('security-group-in/no-rule'));
  check(net, udp('a', 'b', 53), dropped('network-acl-in/denied'));
  const [byGroups] = seen;
  const byAcl = seen.at(-1);
  deepEqual(
    [byGroups?.direction, byGroups?.reason, byGroups?.interfaceId],
    ['into-guest', 'security-group-in/no-rule', 'eni-b'],
  );
  deepEqual([byGroups?.component?.kind, byGroups?.component?.id], ['interface', 'eni-b']);
  deepEqual(byAcl?.component?.rule, { kind: 'network-acl-entry', number: 90, direction: 'ingress' });
  stop();
});

test('nothing is told once nobody watches', () => {
  const net = make();
  const { seen, stop } = watch(net, 'a');
  stop();
  check(net, udp('a', 'b', 53), dropped('network-acl-in/denied'));
  deepEqual(seen, []);
});
