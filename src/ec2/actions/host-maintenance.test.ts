import { deepEqual, equal, match } from 'node:assert/strict';
import test from 'node:test';
import { type Departures, drainHost, failHost, recoverFrom, repairHost } from '../../model/host-maintenance.ts';
import { resume } from '../../model/instance-lifecycle.ts';
import { allKinds } from '../../model/kind.ts';
import { WORLD } from '../../model/scope.ts';
import type { Host } from '../../model/topology.ts';
import type { Transaction } from '../../model/transaction.ts';
import { completeAll } from '../../testing/guests.ts';
import { functionsOf, labOf, placeOf } from '../../testing/hosts.ts';
import { given, type Lab } from '../../testing/instance-parts.ts';

/** Does something to a host of the first zone, as the controller does it; what guests are ordered, and what came of it. */
function at<Result>({ account }: Lab, place: string, work: (tx: Transaction, host: Host) => Result) {
  const nowMs = account.transact((tx) => tx.nowMs);
  const { result, orders } = account.world.transact(WORLD, nowMs, (tx) =>
    work(tx, given(tx.environment.topology.host(`us-east-1a-${place}`))),
  );
  completeAll(account, orders);
  return { result, orders: orders.map(({ order }) => `${order.kind} ${order.instanceId}`) };
}

const summary = ({ moved, stayed }: Departures) => ({
  moved: moved.map(({ instanceId, to }) => `${instanceId} ${to}`),
  stayed: stayed.map(({ instanceId, why }) => `${instanceId}: ${why}`),
});

const checksOf = ({ account }: Lab, id: string) => {
  const [status] = given(account.call('DescribeInstanceStatus', { InstanceIds: [id] }).InstanceStatuses);
  return [status?.InstanceState?.Name, status?.SystemStatus?.Status, status?.InstanceStatus?.Status];
};
const HEALTHY = ['running', 'ok', 'ok'];
const IMPAIRED = ['running', 'impaired', 'impaired'];

test('a drained host loses its instances, keeps its stopped ones out, and takes none until it is repaired', () => {
  const net = labOf(2, 1, 4);
  const id = net.instance();
  const second = net.eni();
  net.attach(second, id);
  const { result, orders } = at(net, 'r1-h1', drainHost);
  deepEqual(summary(result), { moved: [`${id} us-east-1a-r2-h1`], stayed: [] });
  deepEqual([orders, placeOf(net, id), functionsOf(net, id)], [[`move ${id}`], 'r2-h1', [0, 1]]);
  deepEqual(checksOf(net, id), HEALTHY);
  equal(placeOf(net, net.instance()), 'r2-h1');
  at(net, 'r1-h1', repairHost);
  equal(placeOf(net, net.instance()), 'r1-h1');
});

/** Members of a cluster group, as many as are asked for; the lab's other instances are of the same type. */
function cluster(net: Lab, count: number): readonly string[] {
  net.account.call('CreatePlacementGroup', { GroupName: 'near', Strategy: 'cluster' });
  const launch = { InstanceType: 'c5.large', Placement: { GroupName: 'near' } };
  return Array.from({ length: count }, () => net.instance(launch));
}
const NEAR = 'its placement group near (cluster)';

test('a cluster group whose rack has room stays in it', () => {
  const net = labOf(2, 3, 2);
  const [one = '', other = ''] = cluster(net, 2);
  deepEqual([placeOf(net, one), placeOf(net, other)], ['r1-h1', 'r1-h2']);
  deepEqual(summary(at(net, 'r1-h1', drainHost).result), { moved: [`${one} us-east-1a-r1-h3`], stayed: [] });
  deepEqual(summary(at(net, 'r1-h2', drainHost).result), { moved: [`${other} us-east-1a-r1-h3`], stayed: [] });
});

test('a cluster group of which everybody leaves a rack without room goes to another rack together, to several hosts if need be', () => {
  const net = labOf(3, 2, 3);
  at(net, 'r1-h2', drainHost);
  const members = cluster(net, 3);
  deepEqual(
    members.map((id) => placeOf(net, id)),
    ['r1-h1', 'r1-h1', 'r1-h1'],
  );
  at(net, 'r2-h2', drainHost);
  for (let taken = 0; taken < 2; taken++) net.instance();
  deepEqual(summary(at(net, 'r1-h1', drainHost).result).stayed, []);
  deepEqual(
    members.map((id) => placeOf(net, id)),
    ['r3-h2', 'r3-h1', 'r3-h2'],
  );
});

test('a cluster group for which no rack has room stays where it is, all of it, and the reason says so', () => {
  const net = labOf(2, 1, 3);
  const members = cluster(net, 2);
  for (let taken = 0; taken < 2; taken++) net.instance();
  const why = `no rack of us-east-1a has room for all 2 members of ${NEAR} together`;
  deepEqual(summary(at(net, 'r1-h1', drainHost).result), { moved: [], stayed: members.map((id) => `${id}: ${why}`) });
  deepEqual([placeOf(net, members[0] ?? ''), checksOf(net, members[0] ?? '')], ['r1-h1', HEALTHY]);
});

test('a member of a cluster group does not leave the rack in which another one stays, and the reason says so', () => {
  const net = labOf(2, 2, 1);
  const [one = '', other = ''] = cluster(net, 2);
  const why = `other members of ${NEAR} stay in its rack, where no other host has room for it`;
  deepEqual(summary(at(net, 'r1-h1', drainHost).result), { moved: [], stayed: [`${one}: ${why}`] });
  deepEqual([placeOf(net, one), placeOf(net, other)], ['r1-h1', 'r1-h2']);
});

test('the only member of a cluster group may go anywhere, and where there is nowhere the reason is of hosts alone', () => {
  const net = labOf(2, 1, 1);
  const [one = ''] = cluster(net, 1);
  deepEqual(summary(at(net, 'r1-h1', drainHost).result).moved, [`${one} us-east-1a-r2-h1`]);
  deepEqual(summary(at(net, 'r2-h1', drainHost).result).stayed, [
    `${one}: no other host of us-east-1a has room for it`,
  ]);
});

test('a cluster group recovers together too', () => {
  const net = labOf(2, 1, 4);
  const members = cluster(net, 2);
  at(net, 'r1-h1', (tx, host) => failHost(tx, host, 0));
  deepEqual(
    at(net, 'r1-h1', recoverFrom).orders,
    members.map((id) => `start ${id}`),
  );
  deepEqual(
    members.map((id) => placeOf(net, id)),
    ['r2-h1', 'r2-h1'],
  );
});

test('a spread group is spread after a drain as before', () => {
  const net = labOf(3, 2, 4);
  net.account.call('CreatePlacementGroup', { GroupName: 'apart', Strategy: 'spread' });
  const Placement = { GroupName: 'apart' };
  const [one, other] = [net.instance({ Placement }), net.instance({ Placement })];
  equal(placeOf(net, other), 'r2-h1');
  // Of its own rack, the other host is as good as any in the third.
  at(net, 'r2-h1', drainHost);
  deepEqual([placeOf(net, one), placeOf(net, other)], ['r1-h1', 'r3-h1']);
  at(net, 'r3-h1', drainHost);
  equal(placeOf(net, other), 'r2-h2');
});

test('on a failed host guests end, status checks fail and the state stays', () => {
  const net = labOf(2, 1, 4);
  const id = net.instance();
  const { orders } = at(net, 'r1-h1', (tx, host) => failHost(tx, host, 60_000));
  deepEqual([orders, checksOf(net, id)], [[`cut ${id}`], IMPAIRED]);
  const Filters = [{ Name: 'system-status.status', Values: ['impaired'] }];
  const [status] = given(net.account.call('DescribeInstanceStatus', { Filters }).InstanceStatuses);
  deepEqual(status?.SystemStatus?.Details, [
    { Name: 'reachability', Status: 'failed', ImpairedSince: new Date(Date.UTC(2024, 0, 2, 3, 4, 5)) },
  ]);
  equal(net.account.commit('RebootInstances', { InstanceIds: [id] }).orders.length, 0);
});

test('an instance recovers elsewhere with the same interfaces and addresses', () => {
  const net = labOf(2, 1, 4);
  const id = net.instance();
  const eni = net.eni();
  net.attach(eni, id);
  const interfaces = () =>
    net.account
      .call('DescribeNetworkInterfaces', { Filters: [{ Name: 'attachment.instance-id', Values: [id] }] })
      .NetworkInterfaces?.map((one) => [one.NetworkInterfaceId, one.PrivateIpAddress, one.MacAddress, one.Attachment]);
  const before = interfaces();
  at(net, 'r1-h1', (tx, host) => failHost(tx, host, 0));
  const { result, orders } = at(net, 'r1-h1', recoverFrom);
  deepEqual([summary(result).moved, orders], [[`${id} us-east-1a-r2-h1`], [`start ${id}`]]);
  deepEqual([checksOf(net, id), functionsOf(net, id), interfaces()], [HEALTHY, [0, 1], before]);
});

test('an instance whose recovery is disabled waits for the repair of its host', () => {
  const net = labOf(2, 1, 4);
  const id = net.instance({ MaintenanceOptions: { AutoRecovery: 'disabled' } });
  at(net, 'r1-h1', (tx, host) => failHost(tx, host, 0));
  const { result } = at(net, 'r1-h1', recoverFrom);
  deepEqual(summary(result).stayed, [`${id}: its automatic recovery is disabled`]);
  deepEqual(checksOf(net, id), IMPAIRED);
  deepEqual(at(net, 'r1-h1', repairHost).orders, [`start ${id}`]);
  deepEqual([placeOf(net, id), checksOf(net, id)], ['r1-h1', HEALTHY]);
});

test('an instance on a failed host that is stopped and started comes up on another', () => {
  const net = labOf(2, 1, 4);
  const id = net.instance({ MaintenanceOptions: { AutoRecovery: 'disabled' } });
  at(net, 'r1-h1', (tx, host) => failHost(tx, host, 60_000));
  net.stop(id);
  net.start(id);
  deepEqual([placeOf(net, id), checksOf(net, id)], ['r2-h1', HEALTHY]);
});

test('an interface that is attached while the host is without power is there when the instance is', () => {
  const net = labOf(2, 1, 4);
  const id = net.instance();
  at(net, 'r1-h1', (tx, host) => failHost(tx, host, 0));
  const eni = net.eni();
  const commit = net.account.commit('AttachNetworkInterface', {
    NetworkInterfaceId: eni,
    InstanceId: id,
    DeviceIndex: 1,
  });
  equal(commit.orders.length, 0);
  at(net, 'r1-h1', recoverFrom);
  deepEqual(functionsOf(net, id), [0, 1]);
});

/** What a restart finds: the rows of one world in another, whose zones are of other sizes. */
function restarted(from: Lab, to: Lab): Lab {
  to.account.world.clear();
  for (const scope of from.account.world.scopes())
    for (const kind of allKinds())
      for (const row of from.account.world.table(scope, kind).values()) to.account.world.restore(scope, kind, row);
  completeAll(to.account, to.account.world.transact(to.account.scope, 0, resume).orders);
  return to;
}

test('a restart finds instances where they were, and places those anew whose host is no more', () => {
  const before = labOf(2, 1, 4);
  const [one, other] = [before.instance(), before.instance()];
  deepEqual([placeOf(before, one), placeOf(before, other)], ['r1-h1', 'r2-h1']);
  const after = restarted(before, labOf(1, 1, 2));
  deepEqual([placeOf(after, one), placeOf(after, other), functionsOf(after, other)], ['r1-h1', 'r1-h1', [1]]);
  deepEqual([checksOf(after, one), checksOf(after, other)], [HEALTHY, HEALTHY]);
});

test('after a restart with too few hosts, what finds no room is stopped and says why', () => {
  const before = labOf(2, 1, 1);
  const [one, other] = [before.instance(), before.instance()];
  const after = restarted(before, labOf(1, 1, 1));
  deepEqual([placeOf(after, one), placeOf(after, other)], ['r1-h1', 'nowhere']);
  const [row] = given(after.account.call('DescribeInstances', { InstanceIds: [other] }).Reservations?.[0]?.Instances);
  deepEqual([row?.State?.Name, row?.StateReason?.Code], ['stopped', 'Server.InsufficientInstanceCapacity']);
});

test('a host that had failed before a restart has failed after it', () => {
  const before = labOf(2, 1, 4);
  const id = before.instance();
  at(before, 'r1-h1', (tx, host) => failHost(tx, host, 60_000));
  const after = restarted(before, labOf(2, 1, 4));
  deepEqual([placeOf(after, id), checksOf(after, id)], ['r1-h1', IMPAIRED]);
});

test('an instance with a device by passthrough is not moved, holds no virtual function, and waits for the repair of its host', () => {
  const net = labOf(2, 1, 4, { environment: { deviceRefusal: () => undefined } });
  const Tags = [{ Key: 'localvpc:nic', Value: 'passthrough:wire0' }];
  const id = net.instance({ ImageId: 'ami-host', TagSpecifications: [{ ResourceType: 'instance', Tags }] });
  deepEqual(functionsOf(net, id), []);
  const [stay, ...others] = at(net, 'r1-h1', drainHost).result.stayed;
  equal(others.length, 0);
  match(
    stay?.why ?? '',
    /holds the network device 'wire0' of its host as eni-[0-9a-f]+ \(passthrough\), which cannot move/,
  );
  equal(placeOf(net, id), 'r1-h1');
  at(net, 'r1-h1', (tx, host) => failHost(tx, host, 0));
  equal(at(net, 'r1-h1', recoverFrom).result.moved.length, 0);
  deepEqual(at(net, 'r1-h1', repairHost).orders, [`start ${id}`]);
});
