import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import test from 'node:test';
import { given, lab } from '../../testing/instance-parts.ts';

test('an allocated address is of the pool, of the Region, and described without an association', () => {
  const { account } = lab();
  const answer = account.call('AllocateAddress', {
    TagSpecifications: [{ ResourceType: 'elastic-ip', Tags: [{ Key: 'a' }] }],
  });
  deepEqual([answer.Domain, answer.PublicIpv4Pool, answer.NetworkBorderGroup], ['vpc', 'amazon', 'us-east-1']);
  const [address] = given(account.call('DescribeAddresses').Addresses);
  deepEqual([address?.PublicIp, address?.AssociationId], [answer.PublicIp, undefined]);
});

test('five addresses are the quota, and a released one can be had again', () => {
  const { account, elasticIp } = lab();
  const ids = Array.from({ length: 5 }, elasticIp);
  equal(account.fault(elasticIp), 'AddressLimitExceeded: The maximum number of addresses has been reached.');
  const [first] = given(account.call('DescribeAddresses', { AllocationIds: ids.slice(0, 1) }).Addresses);
  account.call('ReleaseAddress', { AllocationId: given(ids[0]) });
  equal(
    account.fault(() => account.call('ReleaseAddress', { AllocationId: given(ids[0]) })),
    `InvalidAllocationID.NotFound: The allocation ID '${ids[0]}' does not exist`,
  );
  const Address = given(first?.PublicIp);
  equal(account.call('AllocateAddress', { Address }).PublicIp, Address);
});

test('what AssociateAddress refuses, each row mending the fault of the row above', () => {
  const net = lab();
  const { account } = net;
  const AllocationId = net.elasticIp();
  const lonely = given(account.call('CreateVpc', { CidrBlock: '10.8.0.0/16' }).Vpc?.VpcId);
  const far = account.call('CreateSubnet', { VpcId: lonely, CidrBlock: '10.8.1.0/24' }).Subnet?.SubnetId;
  const unreachable = net.eni({ SubnetId: given(far) });
  const InstanceId = net.instance();
  const NetworkInterfaceId = net.eni();
  net.attach(NetworkInterfaceId, InstanceId);
  const rows: [object, string][] = [
    [
      { AllocationId, InstanceId, NetworkInterfaceId },
      'InvalidParameterCombination: You may specify InstanceId or NetworkInterfaceId, but not both in the same call',
    ],
    [
      { PublicIp: '198.18.0.9', InstanceId },
      'InvalidParameterCombination: You must specify an allocation id when mapping an address to a VPC instance',
    ],
    [
      { AllocationId: 'eipalloc-00000000000000000', InstanceId },
      "InvalidAllocationID.NotFound: The allocation ID 'eipalloc-00000000000000000' does not exist",
    ],
    [
      { AllocationId, InstanceId },
      `InvalidInstanceID: There are multiple interfaces attached to instance '${InstanceId}'. Please specify an interface ID for the operation instead.`,
    ],
    [
      { AllocationId, NetworkInterfaceId: unreachable },
      `Gateway.NotAttached: Network ${lonely} is not attached to any internet gateway`,
    ],
  ];
  for (const [request, fault] of rows)
    equal(
      account.fault(() => account.call('AssociateAddress', request)),
      fault,
    );
  ok(account.call('AssociateAddress', { AllocationId, NetworkInterfaceId }).AssociationId);
});

test('an address moves unless that is not allowed, and pushes another one off its place', () => {
  const net = lab();
  const { account } = net;
  const [one, other, AllocationId, second] = [net.eni(), net.eni(), net.elasticIp(), net.elasticIp()];
  const associate = (request: object) => () => account.call('AssociateAddress', { AllocationId, ...request });
  const { AssociationId } = associate({ NetworkInterfaceId: one })();
  equal(associate({ NetworkInterfaceId: one })().AssociationId, AssociationId);
  equal(
    account.fault(associate({ NetworkInterfaceId: other, AllowReassociation: false })),
    `Resource.AlreadyAssociated: resource ${AllocationId} is already associated with associate-id ${AssociationId}`,
  );
  notEqual(associate({ NetworkInterfaceId: other })().AssociationId, AssociationId);
  associate({ AllocationId: second, NetworkInterfaceId: other })();
  const [first] = given(account.call('DescribeAddresses', { AllocationIds: [AllocationId] }).Addresses);
  equal(first?.AssociationId, undefined);
});

test('an associated address is released in the default VPC and refused in another one', () => {
  const net = lab();
  const { account } = net;
  const associate = (AllocationId: string, NetworkInterfaceId: string) =>
    account.call('AssociateAddress', { AllocationId, NetworkInterfaceId });
  const here = net.elasticIp();
  associate(here, net.eni());
  const address = given(account.call('DescribeAddresses').Addresses?.[0]?.PublicIp);
  equal(
    account.fault(() => account.call('ReleaseAddress', { AllocationId: here })),
    `InvalidIPAddress.InUse: Address ${address} is in use.`,
  );
  const byDefault = { Filters: [{ Name: 'default-for-az', Values: ['true'] }] };
  const SubnetId = given(account.call('DescribeSubnets', byDefault).Subnets?.[0]?.SubnetId);
  const there = net.elasticIp();
  associate(there, net.eni({ SubnetId }));
  account.call('ReleaseAddress', { AllocationId: there });
  equal(account.call('DescribeAddresses').Addresses?.length, 1);
});

test('two accounts never hold the same public address', () => {
  const net = lab();
  const mine = Array.from({ length: 5 }, () => net.account.call('AllocateAddress').PublicIp);
  const other = net.account.in({ account: '210987654321' });
  const theirs = Array.from({ length: 5 }, () => other.call('AllocateAddress').PublicIp);
  equal(new Set([...mine, ...theirs]).size, 10);
  const Address = given(mine[0]);
  equal(
    other.fault(() => {
      other.call('ReleaseAddress', {
        AllocationId: given(other.call('DescribeAddresses').Addresses?.[0]?.AllocationId),
      });
      other.call('AllocateAddress', { Address });
    }),
    `AuthFailure: The address '${Address}' does not belong to you.`,
  );
});

test('the toggle takes the auto-assigned address of a running instance away and brings another one', () => {
  const net = lab();
  const { account } = net;
  net.instance({ NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: net.subnetId, AssociatePublicIpAddress: true }] });
  const shown = () => given(account.call('DescribeNetworkInterfaces').NetworkInterfaces?.[0]);
  const first = given(shown().Association?.PublicIp);
  const NetworkInterfaceId = given(shown().NetworkInterfaceId);
  const toggle = (AssociatePublicIpAddress: boolean) =>
    account.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, AssociatePublicIpAddress });
  toggle(false);
  equal(shown().Association, undefined);
  toggle(true);
  notEqual(given(shown().Association?.PublicIp), first);
  equal(shown().Association?.IpOwnerId, 'amazon');
});
