import { deepEqual, equal, ok } from 'node:assert/strict';
import test from 'node:test';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';

const mappingsOf = ({ account }: Lab, id: string) =>
  given(
    account.call('DescribeInstances', { InstanceIds: [id] }).Reservations?.[0]?.Instances?.[0]?.BlockDeviceMappings,
  );

const volumesAt = ({ account }: Lab, instanceId: string) =>
  given(
    account.call('DescribeVolumes', { Filters: [{ Name: 'attachment.instance-id', Values: [instanceId] }] }).Volumes,
  );

const newVolume = ({ account }: Lab, zone = 'us-east-1a') =>
  given(account.call('CreateVolume', { AvailabilityZone: zone, Size: 10, VolumeType: 'gp3' }).VolumeId);

test('an instance has the root volume of its image, with the tags of the launch, and it goes with the instance', () => {
  const net = lab();
  const id = net.instance({ TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'Name', Value: 'root' }] }] });
  const [mapping, second] = mappingsOf(net, id);
  deepEqual([mapping?.DeviceName, mapping?.Ebs?.DeleteOnTermination, second], ['/dev/xvda', true, undefined]);
  const [volume] = volumesAt(net, id);
  equal(volume?.VolumeId, mapping?.Ebs?.VolumeId);
  deepEqual(
    [volume?.State, volume?.Size, volume?.VolumeType, volume?.Iops, volume?.Throughput, volume?.Tags],
    ['in-use', 8, 'gp3', 3000, 125, [{ Key: 'Name', Value: 'root' }]],
  );
  ok(volume?.SnapshotId?.startsWith('snap-'));
  const tags = net.account.call('DescribeTags', { Filters: [{ Name: 'resource-type', Values: ['volume'] }] });
  equal(tags.Tags?.[0]?.ResourceType, 'volume');
  net.terminate(id);
  equal(net.account.call('DescribeVolumes').Volumes?.length, 0);
});

test('mappings of a launch change the root volume and add others, and those stay when the instance ends', () => {
  const net = lab();
  const id = net.instance({
    BlockDeviceMappings: [
      { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, VolumeType: 'gp2', DeleteOnTermination: true } },
      { DeviceName: '/dev/sdb', Ebs: { VolumeSize: 500, VolumeType: 'st1' } },
      { DeviceName: '/dev/sdc', VirtualName: 'ephemeral0' },
    ],
  });
  deepEqual(
    volumesAt(net, id).map((one) => [one.Attachments?.[0]?.Device, one.Size, one.VolumeType, one.Iops]),
    [
      ['/dev/xvda', 20, 'gp2', 100],
      ['/dev/sdb', 500, 'st1', undefined],
    ],
  );
  net.terminate(id);
  const left = net.account.call('DescribeVolumes').Volumes ?? [];
  deepEqual(
    left.map(({ State, VolumeType }) => [State, VolumeType]),
    [['available', 'st1']],
  );
});

test('ModifyInstanceAttribute says whether a volume goes with its instance', () => {
  const net = lab();
  const InstanceId = net.instance();
  const modify = (DeviceName: string) =>
    net.account.call('ModifyInstanceAttribute', {
      InstanceId,
      BlockDeviceMappings: [{ DeviceName, Ebs: { DeleteOnTermination: false } }],
    });
  modify('/dev/xvda');
  const shown = net.account.call('DescribeInstanceAttribute', { InstanceId, Attribute: 'blockDeviceMapping' });
  equal(shown.BlockDeviceMappings?.[0]?.Ebs?.DeleteOnTermination, false);
  equal(
    net.account.fault(() => modify('/dev/sdx')),
    'InvalidInstanceAttributeValue: No device is currently mapped at /dev/sdx',
  );
  net.terminate(InstanceId);
  equal(net.account.call('DescribeVolumes').Volumes?.[0]?.State, 'available');
});

test('a volume is attached and detached, and can be deleted only when free', () => {
  const net = lab();
  const { account } = net;
  const InstanceId = net.instance();
  const VolumeId = newVolume(net);
  const attached = account.call('AttachVolume', { VolumeId, InstanceId, Device: '/dev/sdf' });
  deepEqual([attached.State, attached.Device], ['attaching', '/dev/sdf']);
  equal(mappingsOf(net, InstanceId).length, 2);
  equal(
    account.fault(() => account.call('DeleteVolume', { VolumeId })),
    `VolumeInUse: Volume ${VolumeId} is currently attached to ${InstanceId}`,
  );
  equal(account.call('DetachVolume', { VolumeId }).State, 'detaching');
  account.call('DeleteVolume', { VolumeId });
  equal(
    account.fault(() => account.call('DescribeVolumes', { VolumeIds: [VolumeId] })),
    `InvalidVolume.NotFound: The volume '${VolumeId}' does not exist.`,
  );
});

test('attaching and detaching are refused in the words of EC2', () => {
  const net = lab();
  const { account } = net;
  const InstanceId = net.instance();
  const VolumeId = newVolume(net);
  const attach = (volume: string, Device: string) => () =>
    account.call('AttachVolume', { VolumeId: volume, InstanceId, Device });
  const root = given(mappingsOf(net, InstanceId)[0]?.Ebs?.VolumeId);
  const elsewhere = newVolume(net, 'us-east-1b');
  equal(
    account.fault(attach(elsewhere, '/dev/sdf')),
    `InvalidVolume.ZoneMismatch: The volume '${elsewhere}' is not in the same availability zone as instance '${InstanceId}'`,
  );
  equal(
    account.fault(attach(VolumeId, '/dev/xvda')),
    "InvalidParameterValue: Invalid value '/dev/xvda' for unixDevice. Attachment point /dev/xvda is already in use",
  );
  equal(account.fault(attach(root, '/dev/sdf')), `VolumeInUse: ${root} is already attached to an instance`);
  equal(
    account.fault(() => account.call('DetachVolume', { VolumeId })),
    `IncorrectState: Volume '${VolumeId}' is in the 'available' state.`,
  );
  equal(
    account.fault(() => account.call('DetachVolume', { VolumeId: root })),
    `OperationNotPermitted: Unable to detach root volume '${root}' from instance '${InstanceId}'`,
  );
  net.stop(InstanceId);
  account.call('DetachVolume', { VolumeId: root });
  deepEqual(mappingsOf(net, InstanceId), []);
});

test('a new volume must have a size and figures that its type allows', () => {
  const { account } = lab();
  const fault = (request: object) =>
    account.faultCode(() => account.call('CreateVolume', { AvailabilityZone: 'us-east-1a', ...request }));
  equal(fault({}), 'MissingParameter');
  equal(fault({ Size: 0 }), 'InvalidParameterValue');
  equal(fault({ Size: 10, VolumeType: 'st1' }), 'InvalidParameterValue');
  equal(fault({ Size: 10, VolumeType: 'io2' }), 'MissingParameter');
  equal(fault({ Size: 10, VolumeType: 'io2', Iops: 50 }), 'InvalidParameterValue');
  equal(fault({ Size: 10, VolumeType: 'gp2', Iops: 500 }), 'InvalidParameterCombination');
  equal(fault({ Size: 10, VolumeType: 'gp2', MultiAttachEnabled: true }), 'InvalidParameterCombination');
  equal(fault({ Size: 10, KmsKeyId: 'alias/x' }), 'InvalidParameterDependency');
  equal(fault({ SnapshotId: 'snap-00000000000000000' }), 'InvalidSnapshot.NotFound');
  equal(account.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 10 }).State, 'creating');
  const [row] = account.call('DescribeVolumes').Volumes ?? [];
  deepEqual([row?.State, row?.VolumeType, row?.Iops], ['available', 'gp2', 100]);
  const VolumeId = given(row?.VolumeId);
  account.call('ModifyVolumeAttribute', { VolumeId, AutoEnableIO: { Value: true } });
  const attribute = account.call('DescribeVolumeAttribute', { VolumeId, Attribute: 'autoEnableIO' });
  equal(attribute.AutoEnableIO?.Value, true);
  equal(account.call('DescribeVolumeStatus', {}).VolumeStatuses?.[0]?.VolumeStatus?.Status, 'ok');
});
