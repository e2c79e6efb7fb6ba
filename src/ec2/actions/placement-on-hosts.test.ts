import { deepEqual, equal, ok } from 'node:assert/strict';
import test from 'node:test';
import { functionsOf, labOf, placeOf, rackOf } from '../../testing/hosts.ts';
import { given, type Lab } from '../../testing/instance-parts.ts';
import type { RequestOf } from '../operation.ts';

const group = ({ account }: Lab, more: Partial<RequestOf<'CreatePlacementGroup'>>) => {
  account.call('CreatePlacementGroup', { GroupName: 'group', ...more });
};
const inGroup = { InstanceType: 'c5.large', Placement: { GroupName: 'group' } };
const launchOf = (net: Lab, count: number, more: Partial<RequestOf<'RunInstances'>> = {}) =>
  given(
    net.account.call('RunInstances', {
      ImageId: 'ami-virtual',
      InstanceType: 'c5.large',
      SubnetId: net.subnetId,
      MinCount: count,
      MaxCount: count,
      ...more,
    }).Instances,
  ).map(({ InstanceId }) => given(InstanceId));

test('instances go to the host with the fewest, and give their places up when they stop', () => {
  const net = labOf(2, 1, 4);
  const [one, two, three] = launchOf(net, 3);
  deepEqual(
    [one, two, three].map((id) => placeOf(net, given(id))),
    ['r1-h1', 'r2-h1', 'r1-h1'],
  );
  net.stop(net.instance());
  const stopped = net.instance();
  net.stop(stopped);
  equal(placeOf(net, stopped), 'nowhere');
  net.start(stopped);
  equal(placeOf(net, stopped), 'r2-h1');
});

test('each interface with enhanced networking holds a virtual function, and none is left when all are held', () => {
  const net = labOf(1, 1, 3);
  const one = net.instance();
  const other = net.instance();
  const second = net.eni();
  const attachment = net.attach(second, one);
  deepEqual([functionsOf(net, one), functionsOf(net, other)], [[0, 2], [1]]);
  equal(
    net.account.fault(() => net.instance()),
    'InsufficientInstanceCapacity: We currently do not have sufficient t3.large capacity in the Availability Zone you requested (us-east-1a). Our system will be working on provisioning additional capacity.',
  );
  ok(net.account.fault(() => net.attach(net.eni(), other)).startsWith('InsufficientInstanceCapacity: The host of'));
  net.account.call('DetachNetworkInterface', { AttachmentId: attachment, Force: true });
  net.account.call('DetachNetworkInterface', { AttachmentId: attachment, Force: true });
  deepEqual(functionsOf(net, one), [0]);
  net.attach(net.eni(), other);
  deepEqual(functionsOf(net, other), [1, 2]);
});

test('an interface whose frames are mediated by a tag or by --nic holds its virtual function all the same', () => {
  const net = labOf(1, 1, 2, { environment: { nicPolicy: 'mediated' } });
  const one = net.instance();
  const Tags = [{ Key: 'localvpc:nic', Value: 'mediated' }];
  const other = net.instance({ ImageId: 'ami-host', TagSpecifications: [{ ResourceType: 'instance', Tags }] });
  deepEqual([functionsOf(net, one), functionsOf(net, other)], [[0], [1]]);
  equal(
    net.account.faultCode(() => net.instance()),
    'InsufficientInstanceCapacity',
  );
});

test('a type without enhanced networking needs no virtual function', () => {
  const net = labOf(1, 1, 0);
  const id = net.instance({ InstanceType: 't2.micro' });
  deepEqual([placeOf(net, id), functionsOf(net, id)], ['r1-h1', []]);
  equal(
    net.account.faultCode(() => net.instance()),
    'InsufficientInstanceCapacity',
  );
});

test('a launch makes as many as have room, and none where that is fewer than the least', () => {
  const net = labOf(1, 2, 2);
  equal(launchOf(net, 3, { MinCount: 1, MaxCount: 9 }).length, 4);
  equal(
    net.account.faultCode(() => launchOf(net, 1)),
    'InsufficientInstanceCapacity',
  );
  equal(given(net.account.call('DescribeNetworkInterfaces').NetworkInterfaces).length, 4);
});

test('an instance that finds no room cannot be started', () => {
  const net = labOf(1, 1, 1);
  const waiting = net.instance();
  net.stop(waiting);
  const running = net.instance();
  equal(
    net.account.faultCode(() => net.start(waiting)),
    'InsufficientInstanceCapacity',
  );
  net.terminate(running);
  net.start(waiting);
  equal(placeOf(net, waiting), 'r1-h1');
});

test('accounts share hosts', () => {
  const net = labOf(1, 1, 1);
  const other = net.account.in({ account: '210987654321' });
  net.instance();
  const SubnetId = given(other.call('DescribeSubnets').Subnets?.[0]?.SubnetId);
  const launch = { ImageId: 'ami-virtual', InstanceType: 't3.large', SubnetId, MinCount: 1, MaxCount: 1 };
  equal(
    other.faultCode(() => other.call('RunInstances', launch)),
    'InsufficientInstanceCapacity',
  );
});

test('a cluster group stays in the rack of its first member, and is refused when that is full', () => {
  const net = labOf(3, 2, 2);
  group(net, { Strategy: 'cluster' });
  const members = launchOf(net, 3, inGroup);
  equal(new Set(members.map((id) => rackOf(net, id))).size, 1);
  launchOf(net, 1, inGroup);
  equal(
    net.account.faultCode(() => launchOf(net, 1, inGroup)),
    'InsufficientInstanceCapacity',
  );
  launchOf(net, 1);
});

test('a cluster group begins in a rack that has room for the whole launch', () => {
  const net = labOf(2, 2, 2);
  const [first] = launchOf(net, 1);
  const crowded = rackOf(net, given(first));
  group(net, { Strategy: 'cluster' });
  const members = launchOf(net, 4, inGroup);
  deepEqual([...new Set(members.map((id) => rackOf(net, id)))], [3 - crowded]);
});

test('a cluster group that found its rack full fits together again once all its members are stopped and started', () => {
  const net = labOf(2, 1, 2);
  group(net, { Strategy: 'cluster' });
  const first = net.instance(inGroup);
  const stranger = net.instance({ InstanceType: 'c5.large' });
  const others = [net.instance({ InstanceType: 'c5.large' })];
  ok(rackOf(net, stranger) !== rackOf(net, first));
  equal(rackOf(net, given(others[0])), rackOf(net, first));
  equal(
    net.account.faultCode(() => net.instance(inGroup)),
    'InsufficientInstanceCapacity',
  );
  net.terminate(stranger);
  net.stop(first);
  net.start(first);
  net.instance(inGroup);
  equal(rackOf(net, first), 2);
});

test('instances of a spread group share no rack, and no more run than there are racks', () => {
  const net = labOf(3, 4, 8);
  group(net, { Strategy: 'spread' });
  const members = launchOf(net, 3, inGroup);
  equal(new Set(members.map((id) => rackOf(net, id))).size, 3);
  equal(
    net.account.faultCode(() => launchOf(net, 1, inGroup)),
    'InsufficientInstanceCapacity',
  );
});

test('instances that are spread over hosts share no host, and may be more than seven', () => {
  const net = labOf(2, 4, 8);
  group(net, { Strategy: 'spread', SpreadLevel: 'host' });
  equal(net.account.call('DescribePlacementGroups').PlacementGroups?.[0]?.SpreadLevel, 'host');
  const members = launchOf(net, 8, inGroup);
  equal(new Set(members.map((id) => placeOf(net, id))).size, 8);
  equal(
    net.account.faultCode(() => launchOf(net, 1, inGroup)),
    'InsufficientInstanceCapacity',
  );
});

test('partitions share no rack', () => {
  const net = labOf(4, 2, 8);
  group(net, { Strategy: 'partition', PartitionCount: 3 });
  const racks = new Map<number, Set<number>>();
  for (const id of launchOf(net, 12, inGroup)) {
    const [row] = given(net.account.call('DescribeInstances', { InstanceIds: [id] }).Reservations?.[0]?.Instances);
    const partition = given(row?.Placement?.PartitionNumber);
    racks.set(partition, (racks.get(partition) ?? new Set()).add(rackOf(net, id)));
  }
  const used = [...racks.values()].flatMap((set) => [...set]);
  deepEqual([racks.size, new Set(used).size], [3, used.length]);
});

test('a partition without a rack has no room, and launches that name none pass it by', () => {
  const net = labOf(2, 1, 8);
  group(net, { Strategy: 'partition', PartitionCount: 3 });
  const third = () => launchOf(net, 1, { ...inGroup, Placement: { GroupName: 'group', PartitionNumber: 3 } });
  equal(net.account.faultCode(third), 'InsufficientInstanceCapacity');
  launchOf(net, 4, inGroup);
});

test('a stopped instance keeps its partition, and a changed one takes effect at the next start', () => {
  const net = labOf(2, 2, 8);
  group(net, { Strategy: 'partition', PartitionCount: 2 });
  const id = net.instance({ ...inGroup, Placement: { GroupName: 'group', PartitionNumber: 2 } });
  net.stop(id);
  net.start(id);
  equal(rackOf(net, id), 2);
  net.stop(id);
  net.account.call('ModifyInstancePlacement', { InstanceId: id, PartitionNumber: 1 });
  net.start(id);
  equal(rackOf(net, id), 1);
});

test('the topology that is described is that of racks', () => {
  const net = labOf(2, 2, 8);
  group(net, { Strategy: 'cluster' });
  const ids = [...launchOf(net, 2, inGroup), ...launchOf(net, 1)];
  const nodes = ids.map((id) =>
    given(net.account.call('DescribeInstanceTopology', { InstanceIds: [id] }).Instances?.[0]?.NetworkNodes),
  );
  deepEqual(nodes[0], nodes[1]);
  deepEqual(nodes[0]?.slice(0, 2), nodes[2]?.slice(0, 2));
  ok(nodes[0]?.[2] !== nodes[2]?.[2]);
});
