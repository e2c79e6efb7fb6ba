import { deepEqual, equal, ok } from 'node:assert/strict';
import test from 'node:test';
import { given, lab } from '../../testing/instance-parts.ts';

test('a NAT gateway is pending in the answer and then available, with an interface that only it may touch', () => {
  const net = lab();
  const { account, subnetId: SubnetId } = net;
  const AllocationId = net.elasticIp();
  const made = given(account.call('CreateNatGateway', { SubnetId, AllocationId }).NatGateway);
  equal(made.State, 'pending');
  const [shown] = given(account.call('DescribeNatGateways').NatGateways);
  equal(shown?.State, 'available');
  const [address] = given(shown?.NatGatewayAddresses);
  equal(address?.AllocationId, AllocationId);
  const [eni] = given(account.call('DescribeNetworkInterfaces').NetworkInterfaces);
  deepEqual(
    [eni?.InterfaceType, eni?.RequesterManaged, eni?.Status, eni?.Description],
    ['natGateway', true, 'in-use', `Interface for NAT Gateway ${made.NatGatewayId}`],
  );
  const NetworkInterfaceId = given(eni?.NetworkInterfaceId);
  equal(
    account.faultCode(() => account.call('DeleteNetworkInterface', { NetworkInterfaceId })),
    'AuthFailure',
  );
  equal(
    account.fault(() => account.call('DetachNetworkInterface', { AttachmentId: given(eni?.Attachment?.AttachmentId) })),
    "OperationNotPermitted: You are not allowed to manage 'ela-attach' attachments.",
  );
  const asPrimary = { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId }] };
  equal(
    account.faultCode(() => net.instance(asPrimary)),
    'InvalidNetworkInterface.InUse',
  );
  equal(
    account.faultCode(() => account.call('ReleaseAddress', { AllocationId })),
    'InvalidIPAddress.InUse',
  );
});

test('a deleted NAT gateway is shown as deleted, its interface is gone and its Elastic IP is free', () => {
  const net = lab();
  const { account, subnetId: SubnetId } = net;
  const AllocationId = net.elasticIp();
  const NatGatewayId = given(account.call('CreateNatGateway', { SubnetId, AllocationId }).NatGateway?.NatGatewayId);
  account.call('DeleteNatGateway', { NatGatewayId });
  equal(account.call('DescribeNatGateways').NatGateways?.[0]?.State, 'deleted');
  equal(account.call('DescribeNetworkInterfaces').NetworkInterfaces?.length, 0);
  account.call('ReleaseAddress', { AllocationId });
  ok(account.faultCode(() => account.call('DeleteNatGateway', { NatGatewayId: 'nat-00000000000000000' })));
});

test('without an internet gateway, or with an address in use, the NAT gateway fails afterwards', () => {
  const net = lab();
  const { account } = net;
  const AllocationId = net.elasticIp();
  const vpc = given(account.call('CreateVpc', { CidrBlock: '10.8.0.0/16' }).Vpc?.VpcId);
  const lonely = given(account.call('CreateSubnet', { VpcId: vpc, CidrBlock: '10.8.1.0/24' }).Subnet?.SubnetId);
  equal(account.call('CreateNatGateway', { SubnetId: lonely, AllocationId }).NatGateway?.State, 'pending');
  account.call('AssociateAddress', { AllocationId, NetworkInterfaceId: net.eni() });
  account.call('CreateNatGateway', { SubnetId: net.subnetId, AllocationId });
  deepEqual(
    account.call('DescribeNatGateways').NatGateways?.map(({ State, FailureCode }) => [State, FailureCode]),
    [
      ['failed', 'Gateway.NotAttached'],
      ['failed', 'Resource.AlreadyAssociated'],
    ],
  );
});

test('a private NAT gateway takes no Elastic IP, and a public one must have one', () => {
  const net = lab();
  const { account, subnetId: SubnetId } = net;
  equal(
    account.faultCode(() => account.call('CreateNatGateway', { SubnetId })),
    'MissingParameter',
  );
  const asPrivate = { SubnetId, ConnectivityType: 'private' };
  const withAddress = { ...asPrivate, AllocationId: net.elasticIp() };
  equal(
    account.faultCode(() => account.call('CreateNatGateway', withAddress)),
    'InvalidParameterCombination',
  );
  account.call('CreateNatGateway', { ...asPrivate, SecondaryPrivateIpAddressCount: 2 });
  equal(account.call('DescribeNatGateways').NatGateways?.[0]?.NatGatewayAddresses?.length, 3);
});
