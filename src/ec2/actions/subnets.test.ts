import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { Subnet } from '../../model/resources/subnet.ts';
import { parseIpv4Cidr } from '../../net/cidr.ts';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { interfaceWith, natGatewayWith } from '../../testing/vpc-parts.ts';
import type { RequestOf } from '../operation.ts';

interface Place {
  readonly account: TestAccount;
  readonly VpcId: string;
  /** The /56 of the VPC without its end: "3fff:…:ab" of "3fff:…:ab00::/56". */
  readonly ipv6: string;
}

function place(): Place {
  const account = testAccount();
  const request = { CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock: true };
  const VpcId = account.call('CreateVpc', request).Vpc?.VpcId ?? '';
  const [vpc] = account.call('DescribeVpcs', { VpcIds: [VpcId] }).Vpcs ?? [];
  const block = vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock ?? '';
  return { account, VpcId, ipv6: block.replace(/00::\/56$/, '') };
}

const subnetOf = (account: TestAccount, id: string) =>
  account.call('DescribeSubnets', { SubnetIds: [id] }).Subnets?.[0] ?? {};

const rowOf = (account: TestAccount, id: string): Subnet => account.transact((tx) => tx.get(Subnet, id));

test('a new subnet is available at once, with all but five addresses free', () => {
  const { account, VpcId } = place();
  const { Subnet: subnet } = account.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.7/24' });
  equal(subnet?.State, 'available');
  equal(subnet?.CidrBlock, '10.0.1.0/24');
  equal(subnet?.AvailableIpAddressCount, 251);
  equal(subnet?.MapPublicIpOnLaunch, false);
  equal(subnet?.AvailabilityZone, 'us-east-1a');
  equal(subnet?.SubnetArn, `arn:aws:ec2:us-east-1:123456789012:subnet/${subnet?.SubnetId}`);
});

test('CreateSubnet reports the faults of a request in order, each row mending that of the row above', () => {
  const { account, VpcId } = place();
  account.call('CreateSubnet', { VpcId, CidrBlock: '10.0.0.0/24' });
  const unknown = 'vpc-0123456789abcdef0';
  const rows: [request: RequestOf<'CreateSubnet'>, fault: string][] = [
    [{ VpcId: unknown, OutpostArn: 'arn:x' }, 'UnsupportedOperation: localvpc does not serve Outposts.'],
    [{ VpcId: unknown }, "MissingParameter: Either 'CidrBlock' or 'Ipv4IpamPoolId' should be provided."],
    [
      { VpcId: unknown, CidrBlock: '10.0.0/24' },
      'InvalidParameterValue: Value (10.0.0/24) for parameter cidrBlock is invalid. This is not a valid CIDR block.',
    ],
    [{ VpcId: 'vpc-x', CidrBlock: '10.1.0.0/24' }, "InvalidVpcID.NotFound: The vpc ID 'vpc-x' does not exist"],
    [
      { VpcId: unknown, CidrBlock: '10.1.0.0/24', AvailabilityZone: 'us-east-1x' },
      `InvalidVpcID.NotFound: The vpc ID '${unknown}' does not exist`,
    ],
    [
      { VpcId, CidrBlock: '10.1.0.0/24', AvailabilityZone: 'us-east-1x' },
      'InvalidParameterValue: Value (us-east-1x) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: us-east-1a, us-east-1b, us-east-1c, us-east-1d, us-east-1e, us-east-1f.',
    ],
    [
      { VpcId, CidrBlock: '10.1.0.0/24', AvailabilityZone: 'us-east-1b' },
      "InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid.",
    ],
    [
      { VpcId, CidrBlock: '10.0.0.0/29', AvailabilityZone: 'us-east-1b' },
      "InvalidSubnet.Range: The CIDR '10.0.0.0/29' is invalid.",
    ],
    [
      { VpcId, CidrBlock: '10.0.0.128/25', AvailabilityZone: 'us-east-1b' },
      "InvalidSubnet.Conflict: The CIDR '10.0.0.128/25' conflicts with another subnet",
    ],
  ];
  for (const [request, fault] of rows)
    equal(
      account.fault(() => account.call('CreateSubnet', request)),
      fault,
    );
  const mended = { VpcId, CidrBlock: '10.0.1.0/24', AvailabilityZone: 'us-east-1b' };
  equal(account.call('CreateSubnet', mended).Subnet?.AvailabilityZoneId, 'use1-az2');
});

test('a zone is named by its name or by its id, not by both', () => {
  const { account, VpcId } = place();
  const request = { VpcId, CidrBlock: '10.0.0.0/24', AvailabilityZoneId: 'use1-az3' };
  equal(
    account.faultCode(() => account.call('CreateSubnet', { ...request, AvailabilityZone: 'us-east-1c' })),
    'InvalidParameterCombination',
  );
  equal(account.call('CreateSubnet', request).Subnet?.AvailabilityZone, 'us-east-1c');
});

test('addresses and prefixes of interfaces are not available any more', () => {
  const { account, VpcId } = place();
  const id = account.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet?.SubnetId ?? '';
  const { id: eni } = interfaceWith(account, rowOf(account, id), '10.0.1.9');
  equal(subnetOf(account, id).AvailableIpAddressCount, 250);
  const prefix = parseIpv4Cidr('10.0.1.32/28');
  account.transact((tx) => tx.update(NetworkInterface, eni, { ipv4Prefixes: prefix ? [prefix] : [] }));
  equal(subnetOf(account, id).AvailableIpAddressCount, 234);
  account.transact((tx) => tx.remove(NetworkInterface, eni));
  equal(subnetOf(account, id).AvailableIpAddressCount, 251);
});

test('an IPv6 block of a subnet is /44 to /64 in steps of four, inside the VPC and shared with none', () => {
  const { account, VpcId, ipv6 } = place();
  const create = (CidrBlock: string, Ipv6CidrBlock: string) => () =>
    account.call('CreateSubnet', { VpcId, CidrBlock, Ipv6CidrBlock });
  equal(create('10.0.1.0/24', `${ipv6}01::/64`)().Subnet?.Ipv6CidrBlockAssociationSet?.length, 1);
  equal(account.faultCode(create('10.0.2.0/24', `${ipv6}02::/62`)), 'InvalidSubnet.Range');
  equal(account.faultCode(create('10.0.2.0/24', `${ipv6}02::/68`)), 'InvalidSubnet.Range');
  equal(account.faultCode(create('10.0.2.0/24', '2001:db8::/64')), 'InvalidSubnet.Range');
  equal(account.faultCode(create('10.0.2.0/24', `${ipv6}00::/60`)), 'InvalidSubnet.Conflict');
  equal(account.faultCode(create('10.0.2.0/24', '2001:db8::')), 'InvalidParameterValue');
});

test('an IPv6-only subnet has no IPv4 and gives each interface an address', () => {
  const { account, VpcId, ipv6 } = place();
  const Ipv6CidrBlock = `${ipv6}06::/64`;
  const native = (request: Partial<RequestOf<'CreateSubnet'>>) => () =>
    account.call('CreateSubnet', { VpcId, Ipv6Native: true, ...request });
  equal(account.faultCode(native({ CidrBlock: '10.0.0.0/24', Ipv6CidrBlock })), 'InvalidParameterCombination');
  equal(account.faultCode(native({})), 'MissingParameter');
  const { Subnet: subnet } = native({ Ipv6CidrBlock })();
  equal(subnet?.CidrBlock, undefined);
  equal(subnet?.AvailableIpAddressCount, 0);
  equal(subnet?.AssignIpv6AddressOnCreation, true);
  equal(subnet?.PrivateDnsNameOptionsOnLaunch?.HostnameType, 'resource-name');
});

test('an attribute is changed alone, and only to what the addresses of the subnet allow', () => {
  const { account, VpcId, ipv6 } = place();
  const SubnetId = account.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet?.SubnetId ?? '';
  const modify = (request: Omit<RequestOf<'ModifySubnetAttribute'>, 'SubnetId'>) => () =>
    account.call('ModifySubnetAttribute', { SubnetId, ...request });
  const on = { Value: true };
  equal(account.faultCode(modify({})), 'InvalidParameterCombination');
  equal(account.faultCode(modify({ MapPublicIpOnLaunch: on, EnableDns64: on })), 'InvalidParameterCombination');
  equal(account.faultCode(modify({ AssignIpv6AddressOnCreation: on })), 'InvalidParameterValue');
  equal(account.faultCode(modify({ PrivateDnsHostnameTypeOnLaunch: 'x' })), 'InvalidParameterValue');
  equal(account.faultCode(modify({ MapCustomerOwnedIpOnLaunch: on })), 'UnsupportedOperation');
  account.call('AssociateSubnetCidrBlock', { SubnetId, Ipv6CidrBlock: `${ipv6}01::/64` });
  modify({ AssignIpv6AddressOnCreation: on })();
  modify({ MapPublicIpOnLaunch: on })();
  modify({ EnableDns64: on })();
  modify({ PrivateDnsHostnameTypeOnLaunch: 'resource-name' })();
  modify({ EnableResourceNameDnsARecordOnLaunch: on })();
  modify({ EnableResourceNameDnsAAAARecordOnLaunch: on })();
  modify({ MapCustomerOwnedIpOnLaunch: { Value: false } })();
  const shown = subnetOf(account, SubnetId);
  deepEqual(
    [shown.AssignIpv6AddressOnCreation, shown.MapPublicIpOnLaunch, shown.EnableDns64, shown.MapCustomerOwnedIpOnLaunch],
    [true, true, true, false],
  );
  deepEqual(shown.PrivateDnsNameOptionsOnLaunch, {
    HostnameType: 'resource-name',
    EnableResourceNameDnsARecord: true,
    EnableResourceNameDnsAAAARecord: true,
  });
});

test('a subnet has one IPv6 block, which goes when no interface needs it', () => {
  const { account, VpcId, ipv6 } = place();
  const SubnetId = account.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet?.SubnetId ?? '';
  const associate = (Ipv6CidrBlock: string) => account.call('AssociateSubnetCidrBlock', { SubnetId, Ipv6CidrBlock });
  const { Ipv6CidrBlockAssociation: association } = associate(`${ipv6}01::/64`);
  equal(association?.Ipv6CidrBlockState?.State, 'associating');
  equal(
    account.faultCode(() => associate(`${ipv6}02::/64`)),
    'InvalidParameterValue',
  );
  const AssociationId = association?.AssociationId ?? '';
  const disassociate = () => account.call('DisassociateSubnetCidrBlock', { AssociationId });
  const { id: eni } = interfaceWith(account, rowOf(account, SubnetId), `${ipv6}01::9`);
  equal(account.faultCode(disassociate), 'InvalidCidr.InUse');
  account.transact((tx) => tx.remove(NetworkInterface, eni));
  equal(disassociate().Ipv6CidrBlockAssociation?.Ipv6CidrBlockState?.State, 'disassociating');
  equal(account.faultCode(disassociate), 'InvalidSubnetCidrBlockAssociationID.NotFound');
  equal(subnetOf(account, SubnetId).Ipv6CidrBlockAssociationSet?.length, 0);
});

test('a subnet goes when no interface and no living NAT gateway is left, and its route table forgets it', () => {
  const { account, VpcId } = place();
  const SubnetId = account.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet?.SubnetId ?? '';
  const RouteTableId = account.call('CreateRouteTable', { VpcId }).RouteTable?.RouteTableId ?? '';
  account.call('AssociateRouteTable', { SubnetId, RouteTableId });
  const { id: eni } = interfaceWith(account, rowOf(account, SubnetId), '10.0.1.9');
  natGatewayWith(account, rowOf(account, SubnetId), 'deleted');
  equal(
    account.fault(() => account.call('DeleteSubnet', { SubnetId })),
    `DependencyViolation: The subnet '${SubnetId}' has dependencies and cannot be deleted.`,
  );
  account.transact((tx) => tx.remove(NetworkInterface, eni));
  account.call('DeleteSubnet', { SubnetId });
  equal(
    account.call('DescribeRouteTables', { RouteTableIds: [RouteTableId] }).RouteTables?.[0]?.Associations?.length,
    0,
  );
  equal(
    account.fault(() => subnetOf(account, SubnetId)),
    `InvalidSubnetID.NotFound: The subnet ID '${SubnetId}' does not exist`,
  );
});

test('a zone has one default subnet, and a deleted one comes back with the next free /20', () => {
  const account = testAccount();
  const { Subnets: subnets = [] } = account.call('DescribeSubnets');
  const zone = { AvailabilityZone: 'us-east-1b' };
  const existing = subnets.find((subnet) => subnet.AvailabilityZone === 'us-east-1b')?.SubnetId ?? '';
  equal(
    account.fault(() => account.call('CreateDefaultSubnet', zone)),
    `DefaultSubnetAlreadyExistsInAvailabilityZone: '${existing}' is already the default subnet in us-east-1b.`,
  );
  equal(
    account.faultCode(() => account.call('CreateDefaultSubnet')),
    'MissingParameter',
  );
  account.call('DeleteSubnet', { SubnetId: existing });
  equal(
    account.faultCode(() => account.call('CreateDefaultSubnet', { ...zone, Ipv6Native: true })),
    'InsufficientCidrBlocks',
  );
  const { Subnet: subnet } = account.call('CreateDefaultSubnet', zone);
  deepEqual([subnet?.CidrBlock, subnet?.DefaultForAz, subnet?.MapPublicIpOnLaunch], ['172.31.16.0/20', true, true]);
});

test('subnets are found by what they are, under every spelling of a filter', () => {
  const { account, VpcId } = place();
  const id = account.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24', AvailabilityZone: 'us-east-1c' }).Subnet
    ?.SubnetId;
  const found = (filters: Record<string, string>) =>
    account
      .call('DescribeSubnets', { Filters: Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] })) })
      .Subnets?.map((subnet) => subnet.SubnetId);
  for (const Name of ['cidr', 'cidrBlock', 'cidr-block']) deepEqual(found({ [Name]: '10.0.1.0/24' }), [id]);
  for (const Name of ['default-for-az', 'defaultForAz']) deepEqual(found({ [Name]: 'false' }), [id]);
  for (const Name of ['availability-zone', 'availabilityZone']) equal(found({ [Name]: 'us-east-1c' })?.length, 2);
  deepEqual(found({ 'available-ip-address-count': '251', state: 'available', 'vpc-id': VpcId }), [id]);
  deepEqual(found({ 'outpost-arn': '*' }), []);
});
