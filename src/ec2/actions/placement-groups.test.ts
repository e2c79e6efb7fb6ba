import { deepEqual, equal, ok } from 'node:assert/strict';
import test from 'node:test';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';
import type { RequestOf } from '../operation.ts';

const group = ({ account }: Lab, GroupName: string, more: Partial<RequestOf<'CreatePlacementGroup'>> = {}) =>
  given(account.call('CreatePlacementGroup', { GroupName, ...more }).PlacementGroup);

const placementOf = ({ account }: Lab, id: string) =>
  given(account.call('DescribeInstances', { InstanceIds: [id] }).Reservations?.[0]?.Instances?.[0]?.Placement);

test('a placement group is made, described by name, id and filter, and deleted', () => {
  const net = lab();
  const made = group(net, 'near', { Strategy: 'cluster' });
  deepEqual([made.State, made.GroupArn], ['available', 'arn:aws:ec2:us-east-1:123456789012:placement-group/near']);
  equal(group(net, 'apart', { Strategy: 'spread' }).SpreadLevel, 'rack');
  equal(group(net, 'parts', { Strategy: 'partition', PartitionCount: 3 }).PartitionCount, 3);
  const names = (request: RequestOf<'DescribePlacementGroups'>) =>
    net.account.call('DescribePlacementGroups', request).PlacementGroups?.map(({ GroupName }) => GroupName);
  deepEqual(names({}), ['near', 'apart', 'parts']);
  deepEqual(names({ GroupNames: ['apart'] }), ['apart']);
  deepEqual(names({ GroupIds: [given(made.GroupId)] }), ['near']);
  deepEqual(names({ Filters: [{ Name: 'strategy', Values: ['partition'] }] }), ['parts']);
  net.account.call('DeletePlacementGroup', { GroupName: 'near' });
  equal(
    net.account.fault(() => names({ GroupNames: ['near'] })),
    "InvalidPlacementGroup.Unknown: The Placement Group 'near' is unknown.",
  );
});

test('wrong groups are refused', () => {
  const net = lab();
  group(net, 'near');
  const fault = (more: Partial<RequestOf<'CreatePlacementGroup'>>) =>
    net.account.fault(() => net.account.call('CreatePlacementGroup', { GroupName: 'x', ...more }));
  ok(fault({ GroupName: '' }).startsWith('MissingParameter'));
  ok(fault({ Strategy: 'heap' }).startsWith('InvalidParameterValue'));
  ok(fault({ Strategy: 'spread', PartitionCount: 2 }).startsWith('InvalidParameterCombination'));
  ok(fault({ Strategy: 'partition', PartitionCount: 8 }).startsWith('InvalidParameterValue'));
  ok(fault({ Strategy: 'cluster', SpreadLevel: 'rack' }).startsWith('InvalidParameterCombination'));
  equal(fault({ GroupName: 'near' }), "InvalidPlacementGroup.Duplicate: The placement group 'near' already exists.");
});

test('a cluster group takes no burstable type, stays in one zone, and cannot be deleted while it is used', () => {
  const net = lab();
  const { account } = net;
  group(net, 'near');
  const Placement = { GroupName: 'near' };
  equal(
    account.fault(() => net.instance({ InstanceType: 't3.xlarge', Placement })),
    "InvalidParameterCombination: Cluster placement groups are not supported by the 't3.xlarge' instance type. Specify a supported instance type or change the placement group strategy, and try again.",
  );
  const id = net.instance({ InstanceType: 'c5.large', Placement });
  equal(placementOf(net, id).GroupName, 'near');
  const SubnetId = net.subnet('10.0.2.0/24', 'us-east-1b');
  equal(
    account.fault(() => net.instance({ InstanceType: 'c5.large', Placement, SubnetId })),
    "InvalidPlacementGroup.InUse: The placement group 'near' is in use in another availability zone: us-east-1a",
  );
  const remove = () => account.call('DeletePlacementGroup', { GroupName: 'near' });
  equal(
    account.fault(remove),
    "InvalidPlacementGroup.InUse: The placement group 'near' is in use and may not be deleted.",
  );
  net.terminate(id);
  remove();
});

test('seven instances of a spread group run in one zone, and an eighth waits for one to stop', () => {
  const net = lab();
  const { account } = net;
  group(net, 'apart', { Strategy: 'spread' });
  const Placement = { GroupName: 'apart' };
  const ids = Array.from({ length: 7 }, () => net.instance({ Placement }));
  const eighth = () => net.instance({ Placement });
  equal(account.faultCode(eighth), 'InsufficientInstanceCapacity');
  net.instance({ Placement, SubnetId: net.subnet('10.0.2.0/24', 'us-east-1b') });
  const [first = ''] = ids;
  net.stop(first);
  eighth();
  equal(
    account.faultCode(() => net.start(first)),
    'InsufficientInstanceCapacity',
  );
  equal(
    account.faultCode(() => net.instance({ Placement: { ...Placement, Tenancy: 'dedicated' } })),
    'InvalidParameterCombination',
  );
});

test('a launch of more than fit into a spread group makes as many as fit', () => {
  const net = lab();
  group(net, 'apart', { Strategy: 'spread' });
  const launch = { ImageId: 'ami-virtual', InstanceType: 't3.large', SubnetId: net.subnetId, MinCount: 2, MaxCount: 9 };
  const answer = net.account.call('RunInstances', { ...launch, Placement: { GroupName: 'apart' } });
  equal(answer.Instances?.length, 7);
});

test('members of a partition group go where they are asked to, otherwise to the emptiest partition', () => {
  const net = lab();
  group(net, 'parts', { Strategy: 'partition', PartitionCount: 3 });
  const partition = (more: { PartitionNumber?: number } = {}) =>
    placementOf(net, net.instance({ Placement: { GroupName: 'parts', ...more } })).PartitionNumber;
  deepEqual([partition({ PartitionNumber: 2 }), partition(), partition(), partition()], [2, 1, 3, 1]);
  equal(
    net.account.faultCode(() => partition({ PartitionNumber: 4 })),
    'InvalidParameterValue',
  );
  equal(
    net.account.faultCode(() => net.instance({ Placement: { PartitionNumber: 1 } })),
    'InvalidParameterCombination',
  );
});

test('a stopped instance moves into a group, to another partition and out again', () => {
  const net = lab();
  const { account } = net;
  const made = group(net, 'parts', { Strategy: 'partition', PartitionCount: 2 });
  const InstanceId = net.instance();
  const move = (more: Partial<RequestOf<'ModifyInstancePlacement'>>) => () =>
    account.call('ModifyInstancePlacement', { InstanceId, ...more });
  equal(account.faultCode(move({ GroupName: 'parts' })), 'IncorrectInstanceState');
  net.stop(InstanceId);
  move({ GroupId: given(made.GroupId) })();
  deepEqual([placementOf(net, InstanceId).GroupName, placementOf(net, InstanceId).PartitionNumber], ['parts', 1]);
  move({ PartitionNumber: 2 })();
  equal(placementOf(net, InstanceId).PartitionNumber, 2);
  equal(account.faultCode(move({ GroupName: 'nowhere' })), 'InvalidPlacementGroup.Unknown');
  equal(account.faultCode(move({ HostId: 'h-1' })), 'UnsupportedOperation');
  equal(account.faultCode(move({ Tenancy: 'dedicated' })), 'InvalidParameterCombination');
  move({ GroupName: '' })();
  deepEqual([placementOf(net, InstanceId).GroupName, placementOf(net, InstanceId).PartitionNumber], ['', undefined]);
});
