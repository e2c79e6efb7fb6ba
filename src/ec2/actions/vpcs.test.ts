import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { Subnet } from '../../model/resources/subnet.ts';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { interfaceWith } from '../../testing/vpc-parts.ts';
import type { RequestOf } from '../operation.ts';

const newVpc = (account: TestAccount, request: RequestOf<'CreateVpc'> = { CidrBlock: '10.0.0.0/16' }): string =>
  account.call('CreateVpc', request).Vpc?.VpcId ?? '';

const vpcOf = (account: TestAccount, id: string) => account.call('DescribeVpcs', { VpcIds: [id] }).Vpcs?.[0];

test('an account begins with a default VPC that reaches the internet', () => {
  const account = testAccount();
  const vpc = account.call('DescribeVpcs').Vpcs?.[0];
  equal(vpc?.CidrBlock, '172.31.0.0/16');
  equal(vpc?.IsDefault, true);
  const [table] = account.call('DescribeRouteTables').RouteTables ?? [];
  const [gateway] = account.call('DescribeInternetGateways').InternetGateways ?? [];
  deepEqual(
    table?.Routes?.map((route) => [route.DestinationCidrBlock, route.GatewayId]),
    [
      ['172.31.0.0/16', 'local'],
      ['0.0.0.0/0', gateway?.InternetGatewayId],
    ],
  );
  const hostNames = account.call('DescribeVpcAttribute', { VpcId: vpc?.VpcId ?? '', Attribute: 'enableDnsHostnames' });
  equal(hostNames.EnableDnsHostnames?.Value, true);
});

test('two accounts, and two Regions of one, have nothing in common', () => {
  const account = testAccount();
  const id = newVpc(account);
  for (const other of [account.in({ account: '210987654321' }), account.in({ region: 'us-west-2' })]) {
    equal(other.call('DescribeVpcs').Vpcs?.length, 1);
    equal(
      other.fault(() => vpcOf(other, id)),
      `InvalidVpcID.NotFound: The vpc ID '${id}' does not exist`,
    );
  }
});

test('a new VPC is pending in the answer and has a main table, a default ACL and a default group', () => {
  const account = testAccount();
  const { Vpc: vpc } = account.call('CreateVpc', {
    CidrBlock: '10.0.0.0/16',
    TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: 'shop' }] }],
  });
  equal(vpc?.State, 'pending');
  deepEqual(vpc?.Tags, [{ Key: 'Name', Value: 'shop' }]);
  const VpcId = vpc?.VpcId ?? '';
  equal(vpcOf(account, VpcId)?.State, 'available');
  const Filters = [{ Name: 'vpc-id', Values: [VpcId] }];
  equal(account.call('DescribeRouteTables', { Filters }).RouteTables?.length, 1);
  equal(account.call('DescribeNetworkAcls', { Filters }).NetworkAcls?.[0]?.IsDefault, true);
  equal(account.call('DescribeSecurityGroups', { Filters }).SecurityGroups?.[0]?.GroupName, 'default');
});

test('CreateVpc reports the faults of a request in the order of EC2', () => {
  const account = testAccount();
  const rows: [request: RequestOf<'CreateVpc'>, fault: string][] = [
    [{ Ipv4IpamPoolId: 'ipam-pool-1' }, 'UnsupportedOperation'],
    [{ InstanceTenancy: 'host' }, 'InvalidParameterValue'],
    [{ InstanceTenancy: 'dedicated' }, 'MissingParameter'],
    [{ CidrBlock: '10.0.0/16' }, 'InvalidParameterValue'],
    [{ CidrBlock: '10.0.0.0/15' }, 'InvalidVpc.Range'],
    [{ CidrBlock: '10.0.0.0/29' }, 'InvalidVpc.Range'],
    [{ CidrBlock: '169.254.0.0/16' }, 'InvalidVpc.Range'],
    [{ CidrBlock: '10.0.0.0/16', Ipv6CidrBlockNetworkBorderGroup: 'us-east-1' }, 'InvalidParameterDependency'],
  ];
  for (const [request, code] of rows)
    equal(
      account.faultCode(() => account.call('CreateVpc', request)),
      code,
    );
  equal(
    account.fault(() => account.call('CreateVpc', { CidrBlock: '10.0.0.0' })),
    'InvalidParameterValue: Value (10.0.0.0) for parameter cidrBlock is invalid. This is not a valid CIDR block.',
  );
});

test('a block with host bits set is taken as the block it lies in', () => {
  const account = testAccount();
  equal(account.call('CreateVpc', { CidrBlock: '100.68.0.18/18' }).Vpc?.CidrBlock, '100.68.0.0/18');
});

test('a Region holds five VPCs, the default one among them', () => {
  const account = testAccount();
  for (let count = 1; count < 5; count++) newVpc(account);
  equal(
    account.fault(() => newVpc(account)),
    'VpcLimitExceeded: The maximum number of VPCs has been reached.',
  );
});

test('an IPv6 block from Amazon is on its way in the answer, then there, and nobody else has it', () => {
  const account = testAccount();
  const request = { CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock: true };
  const created = account.call('CreateVpc', request).Vpc?.Ipv6CidrBlockAssociationSet?.[0];
  equal(created?.Ipv6CidrBlockState?.State, 'associating');
  const blockOf = (one: TestAccount, id: string) => vpcOf(one, id)?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock;
  const other = account.in({ account: '210987654321' });
  const mine = blockOf(account, newVpc(account, request));
  const theirs = blockOf(other, newVpc(other, request));
  match(mine ?? '', /^3fff:[0-9a-f:]+::\/56$/);
  notEqual(mine, theirs);
});

test('a VPC goes when nothing but the parts of its birth is left', () => {
  const account = testAccount();
  const VpcId = newVpc(account);
  const subnet = account.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet?.SubnetId ?? '';
  const gateway = account.call('CreateInternetGateway').InternetGateway?.InternetGatewayId ?? '';
  account.call('AttachInternetGateway', { VpcId, InternetGatewayId: gateway });
  const group = account.call('CreateSecurityGroup', { VpcId, GroupName: 'web', Description: 'web' }).GroupId ?? '';
  const table = account.call('CreateRouteTable', { VpcId }).RouteTable?.RouteTableId ?? '';
  const acl = account.call('CreateNetworkAcl', { VpcId }).NetworkAcl?.NetworkAclId ?? '';
  const mends = [
    () => account.call('DeleteSubnet', { SubnetId: subnet }),
    () => account.call('DetachInternetGateway', { VpcId, InternetGatewayId: gateway }),
    () => account.call('DeleteSecurityGroup', { GroupId: group }),
    () => account.call('DeleteRouteTable', { RouteTableId: table }),
    () => account.call('DeleteNetworkAcl', { NetworkAclId: acl }),
  ];
  for (const mend of mends) {
    equal(
      account.fault(() => account.call('DeleteVpc', { VpcId })),
      `DependencyViolation: The vpc '${VpcId}' has dependencies and cannot be deleted.`,
    );
    mend();
  }
  account.call('DeleteVpc', { VpcId });
  const Filters = [{ Name: 'vpc-id', Values: [VpcId] }];
  equal(account.call('DescribeRouteTables', { Filters }).RouteTables?.length, 0);
  equal(account.call('DescribeSecurityGroups', { Filters }).SecurityGroups?.length, 0);
  equal(
    account.faultCode(() => account.call('DeleteVpc', { VpcId })),
    'InvalidVpcID.NotFound',
  );
});

test('an attribute is changed alone, and host names need DNS', () => {
  const account = testAccount();
  const VpcId = newVpc(account);
  const modify = (request: Omit<RequestOf<'ModifyVpcAttribute'>, 'VpcId'>) =>
    account.call('ModifyVpcAttribute', { VpcId, ...request });
  const on = { Value: true };
  const off = { Value: false };
  equal(
    account.fault(() => modify({})),
    'InvalidParameterCombination: No attributes specified.',
  );
  equal(
    account.faultCode(() => modify({ EnableDnsSupport: on, EnableDnsHostnames: on })),
    'InvalidParameterCombination',
  );
  modify({ EnableDnsSupport: off });
  equal(
    account.faultCode(() => modify({ EnableDnsHostnames: on })),
    'InvalidParameterValue',
  );
  modify({ EnableDnsSupport: on });
  modify({ EnableDnsHostnames: on });
  const shown = account.call('DescribeVpcAttribute', { VpcId, Attribute: 'enableDnsHostnames' });
  deepEqual(shown, { VpcId, EnableDnsHostnames: { Value: true } });
  equal(
    account.faultCode(() => account.call('DescribeVpcAttribute', { VpcId, Attribute: 'x' })),
    'InvalidParameterValue',
  );
});

test('which block may be added depends on the primary one', () => {
  const rows: [primary: string, added: string, fault: string | undefined][] = [
    ['10.1.0.0/16', '10.2.0.0/16', undefined],
    ['10.2.0.0/16', '10.0.0.0/16', undefined],
    ['10.1.0.0/16', '10.0.0.0/16', 'InvalidVpc.Range'],
    ['10.1.0.0/16', '172.16.0.0/16', 'InvalidVpc.Range'],
    ['10.1.0.0/16', '192.168.0.0/16', 'InvalidVpc.Range'],
    ['10.1.0.0/16', '198.19.0.0/16', 'InvalidVpc.Range'],
    ['10.1.0.0/16', '100.64.0.0/16', undefined],
    ['10.1.0.0/16', '203.0.113.0/24', undefined],
    ['172.16.0.0/16', '172.17.0.0/16', undefined],
    ['172.16.0.0/16', '172.31.0.0/16', 'InvalidVpc.Range'],
    ['172.16.0.0/16', '10.0.0.0/16', 'InvalidVpc.Range'],
    ['192.168.0.0/24', '192.168.1.0/24', undefined],
    ['192.168.0.0/24', '10.0.0.0/16', 'InvalidVpc.Range'],
    ['198.19.0.0/20', '198.19.16.0/20', undefined],
    ['198.19.0.0/20', '10.0.0.0/16', 'InvalidVpc.Range'],
    ['198.19.0.0/20', '100.64.0.0/16', undefined],
    ['100.64.0.0/16', '198.19.0.0/16', 'InvalidVpc.Range'],
    ['100.64.0.0/16', '192.168.0.0/16', 'InvalidVpc.Range'],
    ['203.0.113.0/24', '100.64.0.0/16', undefined],
    ['10.2.0.0/16', '10.2.0.0/24', 'InvalidVpc.Range'],
    ['10.2.0.0/16', '10.3.0.0/15', 'InvalidVpc.Range'],
  ];
  for (const [primary, added, code] of rows) {
    const account = testAccount();
    const VpcId = newVpc(account, { CidrBlock: primary });
    const associate = () => account.call('AssociateVpcCidrBlock', { VpcId, CidrBlock: added });
    if (code === undefined) equal(associate().CidrBlockAssociation?.CidrBlockState?.State, 'associating');
    else equal(account.faultCode(associate), code, `${added} beside ${primary}`);
  }
});

test('a further block has its local route in every table, loses it with the block, and stays while a subnet needs it', () => {
  const account = testAccount();
  const VpcId = newVpc(account);
  const RouteTableId = account.call('CreateRouteTable', { VpcId }).RouteTable?.RouteTableId ?? '';
  const destinations = () =>
    account
      .call('DescribeRouteTables', { RouteTableIds: [RouteTableId] })
      .RouteTables?.[0]?.Routes?.map((route) => route.DestinationCidrBlock);
  const AssociationId =
    account.call('AssociateVpcCidrBlock', { VpcId, CidrBlock: '10.1.0.0/16' }).CidrBlockAssociation?.AssociationId ??
    '';
  deepEqual(destinations(), ['10.0.0.0/16', '10.1.0.0/16']);
  const SubnetId = account.call('CreateSubnet', { VpcId, CidrBlock: '10.1.1.0/24' }).Subnet?.SubnetId ?? '';
  const disassociate = () => account.call('DisassociateVpcCidrBlock', { AssociationId });
  equal(account.faultCode(disassociate), 'InvalidCidr.InUse');
  account.call('DeleteSubnet', { SubnetId });
  equal(disassociate().CidrBlockAssociation?.CidrBlockState?.State, 'disassociating');
  deepEqual(destinations(), ['10.0.0.0/16']);
  equal(account.faultCode(disassociate), 'InvalidVpcCidrBlockAssociationID.NotFound');
});

test('the primary block stays', () => {
  const account = testAccount();
  const AssociationId = vpcOf(account, newVpc(account))?.CidrBlockAssociationSet?.[0]?.AssociationId ?? '';
  equal(
    account.fault(() => account.call('DisassociateVpcCidrBlock', { AssociationId })),
    `OperationNotPermitted: The vpc CIDR block with association ID ${AssociationId} may not be disassociated. It is the primary IPv4 CIDR block of the VPC`,
  );
});

test('a VPC has five IPv4 blocks at most', () => {
  const account = testAccount();
  const VpcId = newVpc(account);
  for (let net = 2; net < 6; net++) account.call('AssociateVpcCidrBlock', { VpcId, CidrBlock: `10.${net}.0.0/16` });
  equal(
    account.fault(() => account.call('AssociateVpcCidrBlock', { VpcId, CidrBlock: '10.9.0.0/16' })),
    `CidrLimitExceeded: This network '${VpcId}' has met its maximum number of allowed CIDRs: 5`,
  );
});

test('a route to elsewhere keeps a block from being added that would hide it', () => {
  const account = testAccount();
  const VpcId = newVpc(account);
  const { Subnet: subnet } = account.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' });
  const row = account.transact((tx) => tx.get(Subnet, subnet?.SubnetId));
  const { id: NetworkInterfaceId } = interfaceWith(account, row, '10.0.1.9');
  const RouteTableId = account.call('CreateRouteTable', { VpcId }).RouteTable?.RouteTableId ?? '';
  account.call('CreateRoute', { RouteTableId, DestinationCidrBlock: '10.7.1.0/24', NetworkInterfaceId });
  const associate = (CidrBlock: string) => account.call('AssociateVpcCidrBlock', { VpcId, CidrBlock });
  equal(
    account.faultCode(() => associate('10.7.0.0/16')),
    'InvalidVpc.Range',
  );
  equal(
    account.faultCode(() => associate('10.7.1.0/24')),
    'InvalidVpc.Range',
  );
  ok(associate('10.7.1.128/25').CidrBlockAssociation);
});

test('a peering that waits for its accepter keeps the requester from growing, an active one only from overlapping', () => {
  const account = testAccount();
  const VpcId = newVpc(account);
  const PeerVpcId = newVpc(account, { CidrBlock: '10.9.0.0/16' });
  const { VpcPeeringConnection: peering } = account.call('CreateVpcPeeringConnection', { VpcId, PeerVpcId });
  const associate = (id: string, CidrBlock: string) => () =>
    account.call('AssociateVpcCidrBlock', { VpcId: id, CidrBlock });
  equal(account.faultCode(associate(VpcId, '10.3.0.0/16')), 'OperationNotPermitted');
  ok(associate(PeerVpcId, '10.4.0.0/16')().CidrBlockAssociation);
  account.call('AcceptVpcPeeringConnection', {
    VpcPeeringConnectionId: peering?.VpcPeeringConnectionId ?? '',
  });
  ok(associate(VpcId, '10.3.0.0/16')().CidrBlockAssociation);
  equal(account.faultCode(associate(VpcId, '10.4.128.0/20')), 'OperationNotPermitted');
});

test('IPv6 that comes later is let through the default ACL and out of the default group', () => {
  const account = testAccount();
  const VpcId = newVpc(account);
  account.call('AssociateVpcCidrBlock', { VpcId, AmazonProvidedIpv6CidrBlock: true });
  const Filters = [{ Name: 'vpc-id', Values: [VpcId] }];
  const entries = account.call('DescribeNetworkAcls', { Filters }).NetworkAcls?.[0]?.Entries ?? [];
  const allowed = entries.filter((entry) => entry.RuleNumber === 101);
  deepEqual(
    allowed.map((entry) => [entry.Ipv6CidrBlock, entry.RuleAction]),
    [
      ['::/0', 'allow'],
      ['::/0', 'allow'],
    ],
  );
  const [group] = account.call('DescribeSecurityGroups', { Filters }).SecurityGroups ?? [];
  deepEqual(group?.IpPermissionsEgress?.[0]?.Ipv6Ranges, [{ CidrIpv6: '::/0' }]);
});

test('a call names one kind of block', () => {
  const account = testAccount();
  const VpcId = newVpc(account);
  const both = { VpcId, CidrBlock: '10.1.0.0/16', AmazonProvidedIpv6CidrBlock: true };
  equal(
    account.faultCode(() => account.call('AssociateVpcCidrBlock', both)),
    'InvalidParameterCombination',
  );
  equal(
    account.faultCode(() => account.call('AssociateVpcCidrBlock', { VpcId })),
    'MissingParameter',
  );
});

test('a default VPC can be made again once it is deleted, and there is never a second one', () => {
  const account = testAccount();
  equal(
    account.fault(() => account.call('CreateDefaultVpc')),
    'DefaultVpcAlreadyExists: A Default VPC already exists for this account in this region.',
  );
  const VpcId = account.call('DescribeVpcs').Vpcs?.[0]?.VpcId ?? '';
  for (const { SubnetId = '' } of account.call('DescribeSubnets').Subnets ?? [])
    account.call('DeleteSubnet', { SubnetId });
  const InternetGatewayId = account.call('DescribeInternetGateways').InternetGateways?.[0]?.InternetGatewayId ?? '';
  account.call('DetachInternetGateway', { VpcId, InternetGatewayId });
  account.call('DeleteVpc', { VpcId });
  equal(account.call('DescribeVpcs').Vpcs?.length, 0);
  equal(account.call('CreateDefaultVpc').Vpc?.IsDefault, true);
  equal(account.call('DescribeSubnets').Subnets?.length, 6);
});

test('VPCs are found by what they are', () => {
  const account = testAccount();
  const id = newVpc(account, { CidrBlock: '10.8.0.0/16', AmazonProvidedIpv6CidrBlock: true });
  const found = (Name: string, value: string) =>
    account.call('DescribeVpcs', { Filters: [{ Name, Values: [value] }] }).Vpcs?.map((vpc) => vpc.VpcId);
  for (const name of ['cidr', 'cidr-block']) deepEqual(found(name, '10.8.*'), [id]);
  deepEqual(found('is-default', 'false'), [id]);
  deepEqual(found('ipv6-cidr-block-association.ipv6-pool', 'Amazon'), [id]);
  deepEqual(found('cidr-block-association.cidr-block', '10.9.0.0/16'), []);
  equal(found('owner-id', '123456789012')?.length, 2);
});

test('instances of a VPC with dedicated tenancy are Dedicated Instances, until its tenancy is changed', () => {
  const account = testAccount();
  const VpcId = newVpc(account, { CidrBlock: '10.8.0.0/16', InstanceTenancy: 'dedicated' });
  const SubnetId = account.call('CreateSubnet', { VpcId, CidrBlock: '10.8.1.0/24' }).Subnet?.SubnetId;
  const tenancyOf = (Tenancy?: 'default' | 'dedicated') =>
    account.call('RunInstances', {
      ImageId: 'ami-virtual',
      InstanceType: 'm5.large',
      MinCount: 1,
      MaxCount: 1,
      SubnetId,
      Placement: { Tenancy },
    }).Instances?.[0]?.Placement?.Tenancy;
  deepEqual([tenancyOf(), tenancyOf('dedicated')], ['dedicated', 'dedicated']);
  equal(
    account.faultCode(() => account.call('ModifyVpcTenancy', { VpcId, InstanceTenancy: 'dedicated' as 'default' })),
    'InvalidParameterValue',
  );
  equal(account.call('ModifyVpcTenancy', { VpcId, InstanceTenancy: 'default' }).ReturnValue, true);
  equal(account.call('DescribeVpcs', { VpcIds: [VpcId] }).Vpcs?.[0]?.InstanceTenancy, 'default');
  equal(tenancyOf(), 'default');
});
