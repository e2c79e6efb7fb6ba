import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkingOf } from '../../model/networking.ts';
import { Instance } from '../../model/resources/instance.ts';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';
import type { RequestOf } from '../operation.ts';

/** The id of an image that runs virtual guests, with these drivers. */
function image({ account }: Lab, drivers: Pick<RequestOf<'RegisterImage'>, 'EnaSupport' | 'SriovNetSupport'>): string {
  const [source] = account.call('DescribeImages', { ImageIds: ['ami-0a1b2c3d4e5f60003'] }).Images ?? [];
  const SnapshotId = given(source?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId);
  const BlockDeviceMappings = [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId } }];
  const Name = `image ${JSON.stringify(drivers).replaceAll(/[^a-z]/gi, '')}`;
  return given(account.call('RegisterImage', { Name, BlockDeviceMappings, ...drivers }).ImageId);
}

const networking = ({ account }: Lab, id: string) => account.transact((tx) => networkingOf(tx.get(Instance, id)));

const ENA_REQUIRED = (type: string, who: string): string =>
  `InvalidParameterCombination: Enhanced networking with the Elastic Network Adapter (ENA) is required for the '${type}' instance type. Ensure that ${who} is enabled for ENA.`;

test('type and image together say which kind of networking an instance has', () => {
  const net = lab();
  const [all, sriov, none] = [
    image(net, { EnaSupport: true, SriovNetSupport: 'simple' }),
    image(net, { SriovNetSupport: 'simple' }),
    image(net, {}),
  ];
  const kind = (ImageId: string, InstanceType: RequestOf<'RunInstances'>['InstanceType']) =>
    networking(net, net.instance({ ImageId, InstanceType }));
  assert.equal(kind(all, 'c5.large'), 'ena');
  assert.equal(kind(all, 'c5.metal'), 'ena');
  assert.equal(kind(all, 'r4.large'), 'ena');
  assert.equal(kind(sriov, 'r4.large'), 'none', 'ENA is supported and not declared, and there is no 82599');
  for (const type of ['c3.large', 'c4.large', 'd2.xlarge', 'i2.xlarge', 'm4.large', 'r3.large'] as const) {
    assert.equal(kind(sriov, type), 'vf', type);
    assert.equal(kind(none, type), 'none', type);
  }
  assert.equal(kind(all, 'm4.16xlarge'), 'ena', 'the largest M4 has ENA in the place of the 82599');
  assert.equal(kind(sriov, 'm4.16xlarge'), 'none');
  for (const type of ['t2.micro', 'm3.medium', 'm1.small'] as const) assert.equal(kind(all, type), 'none', type);
});

test('an instance takes both flags from its image, and CreateImage takes them back', () => {
  const net = lab();
  const InstanceId = net.instance({ ImageId: image(net, { SriovNetSupport: 'simple' }), InstanceType: 'm4.large' });
  const [shown] =
    net.account.call('DescribeInstances', { InstanceIds: [InstanceId] }).Reservations?.[0]?.Instances ?? [];
  assert.deepEqual([shown?.EnaSupport, shown?.SriovNetSupport], [false, 'simple']);
  const copy = given(net.account.call('CreateImage', { InstanceId, Name: 'copy' }).ImageId);
  const [made] = net.account.call('DescribeImages', { ImageIds: [copy] }).Images ?? [];
  assert.deepEqual([made?.EnaSupport, made?.SriovNetSupport], [false, 'simple']);
  const Attribute = 'sriovNetSupport';
  assert.deepEqual(net.account.call('DescribeImageAttribute', { ImageId: copy, Attribute }).SriovNetSupport, {
    Value: 'simple',
  });
});

test('the flags are set while the instance is stopped, and change its kind of networking', () => {
  const net = lab();
  const { account } = net;
  const InstanceId = net.instance({ ImageId: image(net, {}), InstanceType: 'm4.large' });
  const sriov = () => account.call('ModifyInstanceAttribute', { InstanceId, SriovNetSupport: { Value: 'simple' } });
  const notStopped = `IncorrectInstanceState: The instance '${InstanceId}' is not in the 'stopped' state.`;
  assert.equal(account.fault(sriov), notStopped);
  assert.equal(
    account.fault(() => account.call('ModifyInstanceAttribute', { InstanceId, EnaSupport: { Value: true } })),
    notStopped,
  );
  net.stop(InstanceId);
  assert.deepEqual(
    account.call('DescribeInstanceAttribute', { InstanceId, Attribute: 'sriovNetSupport' }).SriovNetSupport,
    {},
  );
  sriov();
  sriov();
  assert.equal(networking(net, InstanceId), 'vf');
  assert.deepEqual(
    account.call('DescribeInstanceAttribute', { InstanceId, Attribute: 'sriovNetSupport' }).SriovNetSupport,
    { Value: 'simple' },
  );
});

test('SriovNetSupport can be set on a type with the 82599 only, and never be taken back', () => {
  const net = lab();
  const { account } = net;
  const InstanceId = net.instance({ ImageId: image(net, { EnaSupport: true }), InstanceType: 'c5.large' });
  net.stop(InstanceId);
  const set = (Value: string) => () =>
    account.call('ModifyInstanceAttribute', { InstanceId, SriovNetSupport: { Value } });
  assert.match(account.fault(set('simple')), /^InvalidParameterCombination: .*is not supported for the 'c5.large'/);
  assert.equal(account.faultCode(set('none')), 'InvalidParameterValue');
});

test('ENA cannot be taken from an instance whose type requires it, nor can one without it become such a type', () => {
  const net = lab();
  const { account } = net;
  const nitro = net.instance({ InstanceType: 'c5.large' });
  const xen = net.instance({ ImageId: image(net, {}), InstanceType: 'm4.large' });
  net.stop(nitro);
  net.stop(xen);
  const without = () => account.call('ModifyInstanceAttribute', { InstanceId: nitro, EnaSupport: { Value: false } });
  assert.equal(account.fault(without), ENA_REQUIRED('c5.large', `your instance '${nitro}'`));
  const resize = () =>
    account.call('ModifyInstanceAttribute', { InstanceId: xen, InstanceType: { Value: 'c5.large' } });
  assert.equal(
    account.fault(resize),
    'InvalidInstanceAttributeValue: Modifying the instance type from m4.large to c5.large is not allowed.',
  );
  account.call('ModifyInstanceAttribute', { InstanceId: xen, EnaSupport: { Value: true } });
  resize();
  assert.equal(networking(net, xen), 'ena');
});

test('a launch on a type that requires ENA needs an image with it', () => {
  const net = lab();
  const ImageId = image(net, { SriovNetSupport: 'simple' });
  assert.equal(
    net.account.fault(() => net.instance({ ImageId, InstanceType: 'm5.large' })),
    ENA_REQUIRED('m5.large', 'you are using an AMI that'),
  );
});

test('enhanced networking is for images of the virtualization type hvm', () => {
  const net = lab();
  const register = (more: Partial<RequestOf<'RegisterImage'>>) => () =>
    net.account.call('RegisterImage', { Name: 'old', VirtualizationType: 'paravirtual', ...more });
  assert.equal(net.account.faultCode(register({ EnaSupport: true })), 'InvalidParameterCombination');
  assert.equal(net.account.faultCode(register({ SriovNetSupport: 'simple' })), 'InvalidParameterCombination');
});

test('an instance with ENA Express on keeps to types that know it', () => {
  const net = lab();
  const { account } = net;
  const express = { SubnetId: net.subnetId, DeviceIndex: 0, EnaSrdSpecification: { EnaSrdEnabled: true } };
  const InstanceId = net.instance({ InstanceType: 'c6in.32xlarge', NetworkInterfaces: [express] });
  net.stop(InstanceId);
  const resize = (Value: string) => () =>
    account.call('ModifyInstanceAttribute', { InstanceId, InstanceType: { Value } });
  assert.equal(account.faultCode(resize('c5.large')), 'InvalidInstanceAttributeValue');
  const [one] = account.call('DescribeNetworkInterfaces').NetworkInterfaces ?? [];
  account.call('ModifyNetworkInterfaceAttribute', {
    NetworkInterfaceId: given(one?.NetworkInterfaceId),
    EnaSrdSpecification: { EnaSrdEnabled: false },
  });
  resize('c5.large')();
});

test('a network card holds as many interfaces as its type says, and the same device index may be on two cards', () => {
  const net = lab();
  const { account } = net;
  const SubnetId = net.subnetId;
  const on = (NetworkCardIndex: number, DeviceIndex: number) => ({ SubnetId, NetworkCardIndex, DeviceIndex });
  const InstanceType = 'p5.48xlarge';
  const InstanceId = net.instance({ InstanceType, NetworkInterfaces: [on(0, 0), on(0, 1), on(1, 1)] });
  const attach = (NetworkCardIndex: number, DeviceIndex: number) => () =>
    account.call('AttachNetworkInterface', {
      InstanceId,
      NetworkInterfaceId: net.eni(),
      NetworkCardIndex,
      DeviceIndex,
    });
  assert.equal(
    account.fault(attach(0, 2)),
    'AttachmentLimitExceeded: Interface count 3 exceeds the limit for p5.48xlarge',
  );
  assert.equal(account.faultCode(attach(32, 1)), 'InvalidParameterValue');
  assert.equal(account.faultCode(attach(1, 1)), 'InvalidParameterValue');
  assert.equal(attach(1, 2)().NetworkCardIndex, 1);
  const launch = () => net.instance({ InstanceType: 'c5.large', NetworkInterfaces: [on(0, 0), on(1, 1)] });
  assert.match(account.fault(launch), /^InvalidParameterValue: .*'c5.large' has 1 network card/);
});

test('ENA queues are a power of two, within what interface and instance may have, on types where they can be chosen', () => {
  const net = lab();
  const { account } = net;
  const SubnetId = net.subnetId;
  const launch =
    (InstanceType: RequestOf<'RunInstances'>['InstanceType'], ...counts: readonly number[]) =>
    () =>
      net.instance({
        InstanceType,
        NetworkInterfaces: counts.map((EnaQueueCount, DeviceIndex) => ({ SubnetId, DeviceIndex, EnaQueueCount })),
      });
  assert.equal(account.faultCode(launch('m5.4xlarge', 4)), 'InvalidParameterCombination');
  assert.match(account.fault(launch('m6i.4xlarge', 3)), /power of two, up to 16/);
  assert.match(account.fault(launch('m6i.4xlarge', 32)), /power of two, up to 16/);
  assert.match(account.fault(launch('m6i.large', 4)), /power of two, up to 2/, 'not more than processors');
  assert.match(account.fault(launch('m6i.4xlarge', 16, 16, 16, 16, 1)), /has 64 ENA queues, and .* would have 65/);
  launch('m6i.4xlarge', 16, 16, 16, 16)();
});

test('queues are changed while the instance is stopped, and go back to the default', () => {
  const net = lab();
  const { account } = net;
  const InstanceId = net.instance({ InstanceType: 'm6i.4xlarge' });
  const attachment = () => {
    const [one] = account.call('DescribeNetworkInterfaces').NetworkInterfaces ?? [];
    return { id: given(one?.NetworkInterfaceId), at: given(one?.Attachment) };
  };
  const set = (change: { EnaQueueCount?: number; DefaultEnaQueueCount?: boolean }) => () => {
    const { id: NetworkInterfaceId, at } = attachment();
    const Attachment = { AttachmentId: given(at.AttachmentId), ...change };
    account.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, Attachment });
  };
  assert.equal(account.faultCode(set({ EnaQueueCount: 16 })), 'IncorrectInstanceState');
  net.stop(InstanceId);
  assert.equal(account.faultCode(set({ EnaQueueCount: 32 })), 'InvalidParameterValue');
  set({ EnaQueueCount: 16 })();
  assert.equal(attachment().at.EnaQueueCount, 16);
  const resize = () => account.call('ModifyInstanceAttribute', { InstanceId, InstanceType: { Value: 'm5.4xlarge' } });
  assert.equal(account.faultCode(resize), 'InvalidParameterCombination');
  set({ DefaultEnaQueueCount: true })();
  assert.equal(attachment().at.EnaQueueCount, undefined);
  resize();
});
