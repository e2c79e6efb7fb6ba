import { deepEqual, equal, ok } from 'node:assert/strict';
import test from 'node:test';
import { Instance } from '../../model/resources/instance.ts';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';

const snapshotOf = ({ account }: Lab, ImageId: string) =>
  given(account.call('DescribeImages', { ImageIds: [ImageId] }).Images?.[0]?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId);

const register = (net: Lab, more: object = {}) =>
  given(
    net.account.call('RegisterImage', {
      Name: 'mine',
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: snapshotOf(net, 'ami-0a1b2c3d4e5f60001') } }],
      ...more,
    }).ImageId,
  );

const shown = ({ account }: Lab, ImageId: string) =>
  given(account.call('DescribeImages', { ImageIds: [ImageId] }).Images?.[0]);

test('an image that is registered from a snapshot runs the guest of the image whose disk that is', () => {
  const net = lab();
  const ImageId = register(net, {
    EnaSupport: true,
    TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: 'b' }] }],
  });
  const image = shown(net, ImageId);
  deepEqual(
    [image.Name, image.OwnerId, image.Public, image.Tags],
    ['mine', '123456789012', false, [{ Key: 'a', Value: 'b' }]],
  );
  const id = net.instance({ ImageId });
  equal(
    net.account.transact((tx) => tx.get(Instance, id).guestDriver),
    'namespace',
  );
  equal(net.account.call('DescribeImages', { Owners: ['self'] }).Images?.length, 1);
});

test('an image without ENA does not run on a type that needs it', () => {
  const net = lab();
  const ImageId = register(net);
  equal(shown(net, ImageId).EnaSupport, false);
  equal(
    net.account.fault(() => net.instance({ ImageId, InstanceType: 'c5.large' })),
    "InvalidParameterCombination: Enhanced networking with the Elastic Network Adapter (ENA) is required for the 'c5.large' instance type. Ensure that you are using an AMI that is enabled for ENA.",
  );
  ok(net.instance({ ImageId, InstanceType: 't2.micro' }));
});

test('an image of an instance reboots it unless asked not to, and can be launched', () => {
  const net = lab();
  const InstanceId = net.instance();
  const made = net.account.commit('CreateImage', { InstanceId, Name: 'of-instance' });
  deepEqual(
    made.orders.map(({ order }) => order.kind),
    ['reboot'],
  );
  equal(net.account.commit('CreateImage', { InstanceId, Name: 'quietly', NoReboot: true }).orders.length, 0);
  ok(net.instance({ ImageId: given(made.result.ImageId) }));
});

test('an image is copied from another Region with its tags', () => {
  const net = lab();
  const ImageId = register(net, { TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: 'b' }] }] });
  const west = net.account.in({ region: 'us-west-2' });
  const request = { Name: 'copy', SourceImageId: ImageId, SourceRegion: 'us-east-1', CopyImageTags: true };
  const copied = given(west.call('CopyImage', request).ImageId);
  const image = given(west.call('DescribeImages', { ImageIds: [copied] }).Images?.[0]);
  deepEqual(
    [image.SourceImageId, image.SourceImageRegion, image.Tags],
    [ImageId, 'us-east-1', [{ Key: 'a', Value: 'b' }]],
  );
  equal(
    west.faultCode(() => west.call('CopyImage', { ...request, SourceRegion: 'nowhere' })),
    'InvalidParameterValue',
  );
});

test('launch permissions are given, taken, reset, and told to the owner', () => {
  const net = lab();
  const { account } = net;
  const ImageId = register(net);
  const permissions = (id = ImageId) =>
    account.call('DescribeImageAttribute', { ImageId: id, Attribute: 'launchPermission' }).LaunchPermissions;
  account.call('ModifyImageAttribute', {
    ImageId,
    LaunchPermission: { Add: [{ Group: 'all' }, { UserId: '210987654321' }] },
  });
  deepEqual(permissions(), [{ Group: 'all' }, { UserId: '210987654321' }]);
  equal(shown(net, ImageId).Public, true);
  account.call('ModifyImageAttribute', { ImageId, OperationType: 'remove', UserGroups: ['all'] });
  deepEqual(permissions(), [{ UserId: '210987654321' }]);
  account.call('ResetImageAttribute', { ImageId, Attribute: 'launchPermission' });
  deepEqual(permissions(), []);
  account.call('ModifyImageAttribute', { ImageId, Description: { Value: 'new' } });
  equal(account.call('DescribeImageAttribute', { ImageId, Attribute: 'description' }).Description?.Value, 'new');
  const bad = { ImageId, LaunchPermission: { Add: [{ UserId: 'x' }] } };
  equal(
    account.faultCode(() => account.call('ModifyImageAttribute', bad)),
    'InvalidAMIAttributeItemValue',
  );
  equal(
    account.faultCode(() => permissions('ami-0a1b2c3d4e5f60001')),
    'AuthFailure',
  );
});

test('only own images can be given up, once, and names are taken until then', () => {
  const net = lab();
  const { account } = net;
  const ImageId = register(net, { EnaSupport: true });
  equal(
    account.fault(() => register(net)),
    `InvalidAMIName.Duplicate: AMI name mine is already in use by AMI ${ImageId}`,
  );
  equal(
    account.faultCode(() => register(net, { Name: 'a*' })),
    'InvalidAMIName.Malformed',
  );
  const id = net.instance({ ImageId });
  const remove = (image: string) => () => account.call('DeregisterImage', { ImageId: image });
  remove(ImageId)();
  equal(account.faultCode(remove(ImageId)), 'InvalidAMIID.NotFound');
  equal(account.faultCode(remove('ami-0a1b2c3d4e5f60001')), 'AuthFailure');
  net.stop(id);
  net.start(id);
  const [metadata] = given(account.call('DescribeInstanceImageMetadata').InstanceImageMetadata);
  equal(metadata?.ImageMetadata?.State, 'deregistered');
  register(net);
});
