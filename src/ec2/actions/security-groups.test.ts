/** Security groups, through their calls: names, life, descriptions and filters. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { SecurityGroup } from '../../model/resources/security-group.ts';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { interfaceWith, subnetWith, vpcWith } from '../../testing/vpc-parts.ts';
import type { RequestOf } from '../operation.ts';

const newGroup = (account: TestAccount, VpcId: string, GroupName: string): string =>
  account.call('CreateSecurityGroup', { GroupName, Description: 'for a test', VpcId }).GroupId ?? '';

const describeGroup = (account: TestAccount, id: string) =>
  account.call('DescribeSecurityGroups', { GroupIds: [id] }).SecurityGroups?.[0];

const defaultGroupOf = (account: TestAccount, vpcId: string) =>
  account.call('DescribeSecurityGroups', {
    Filters: [
      { Name: 'vpc-id', Values: [vpcId] },
      { Name: 'group-name', Values: ['default'] },
    ],
  }).SecurityGroups?.[0];

const names = (account: TestAccount, Name: string, value: string) =>
  account
    .call('DescribeSecurityGroups', { Filters: [{ Name, Values: [value] }] })
    .SecurityGroups?.map((group) => group.GroupName);

const everywhere = (CidrIp: string) => ({
  IpProtocol: '-1',
  IpRanges: [{ CidrIp }],
  Ipv6Ranges: [],
  PrefixListIds: [],
  UserIdGroupPairs: [],
});

test('a new group lets nothing in and everything out, of IPv6 too where the VPC has it', () => {
  const account = testAccount();
  const ipv4 = describeGroup(account, newGroup(account, vpcWith(account, '10.0.0.0/16').id, 'web'));
  deepEqual(ipv4?.IpPermissions, []);
  deepEqual(ipv4?.IpPermissionsEgress, [everywhere('0.0.0.0/0')]);
  const dual = describeGroup(account, newGroup(account, vpcWith(account, '10.1.0.0/16', '2600:1f18::/56').id, 'web'));
  deepEqual(dual?.IpPermissionsEgress, [{ ...everywhere('0.0.0.0/0'), Ipv6Ranges: [{ CidrIpv6: '::/0' }] }]);
});

test('the default group of a VPC lets its own members in', () => {
  const account = testAccount();
  const group = defaultGroupOf(account, vpcWith(account, '10.0.0.0/16').id);
  equal(group?.Description, 'default VPC security group');
  deepEqual(group?.IpPermissions, [
    { ...everywhere(''), IpRanges: [], UserIdGroupPairs: [{ GroupId: group?.GroupId, UserId: '123456789012' }] },
  ]);
});

test('creating a group tells each mistake, one after the other is mended', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  newGroup(account, vpc.id, 'web');
  const mended: readonly Partial<RequestOf<'CreateSecurityGroup'>>[] = [
    {},
    { GroupName: 'DEFAULT' },
    { GroupName: 'sg-web' },
    { GroupName: 'wéb' },
    { GroupName: 'x'.repeat(256) },
    { GroupName: 'Web ' },
    { Description: 'for a test' },
    { VpcId: vpc.id },
  ];
  let request: RequestOf<'CreateSecurityGroup'> = {
    VpcId: 'vpc-00000000000000001',
    GroupName: '',
    Description: 'tab\there',
  };
  const codes = mended.map((fields) => {
    request = { ...request, ...fields };
    return account.fault(() => account.call('CreateSecurityGroup', request)).slice(0, 70);
  });
  deepEqual(
    codes,
    [
      'InvalidParameterValue: Value () for parameter GroupName is invalid. The value cannot be empty'.slice(0, 70),
      'InvalidGroup.Reserved: Cannot use reserved security group name: DEFAULT',
      'InvalidParameterValue: Value (sg-web) for parameter GroupName is inval',
      'InvalidParameterValue: Value (wéb) for parameter GroupName is invalid.',
      `InvalidParameterValue: Value (${'x'.repeat(40)}`,
      'InvalidParameterValue: Invalid security group description. Valid descr',
      "InvalidVpcID.NotFound: The vpc ID 'vpc-00000000000000001' does not exist",
      `InvalidGroup.Duplicate: The security group 'Web' already exists for VP`,
    ].map((text) => text.slice(0, 70)),
  );
  equal(describeGroup(account, newGroup(account, vpc.id, ' Web2  '))?.GroupName, ' Web2');
});

test('a group without a VPC is made in the default VPC, and there names are enough', () => {
  const account = testAccount();
  const { GroupId } = account.call('CreateSecurityGroup', { GroupName: 'web', Description: 'd' });
  const found = account.call('DescribeSecurityGroups', { GroupNames: ['web'] }).SecurityGroups?.[0];
  equal(found?.GroupId, GroupId);
  equal(
    account.fault(() => account.call('DescribeSecurityGroups', { GroupNames: ['db'] })),
    `InvalidGroup.NotFound: The security group 'db' does not exist in default VPC '${found?.VpcId}'`,
  );
  deepEqual(account.call('DeleteSecurityGroup', { GroupName: 'web' }), { Return: true, GroupId });
});

test('a group stays while it is a default one, on an interface, or named by a rule of its VPC', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const remove = (GroupId: string) => () => account.call('DeleteSecurityGroup', { GroupId });
  const standard = defaultGroupOf(account, vpc.id)?.GroupId ?? '';
  equal(
    account.fault(remove(standard)),
    `CannotDelete: the specified group: "${standard}" name: "default" cannot be deleted by a user`,
  );
  const [used, named, naming] = [
    newGroup(account, vpc.id, 'used'),
    newGroup(account, vpc.id, 'named'),
    newGroup(account, vpc.id, 'naming'),
  ];
  const row = account.transact((tx) => tx.get(SecurityGroup, used));
  interfaceWith(account, subnetWith(account, vpc, '10.0.1.0/24'), '10.0.1.10', [row]);
  for (const GroupId of [naming, named]) {
    account.call('AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: named }] }],
    });
  }
  equal(account.fault(remove(used)), `DependencyViolation: resource ${used} has a dependent object`);
  equal(account.fault(remove(named)), `DependencyViolation: resource ${named} has a dependent object`);
  remove(naming)();
  // Its rule that names itself does not hold it.
  remove(named)();
  equal(account.faultCode(remove(named)), 'InvalidGroup.NotFound');
  equal(account.faultCode(remove('sg-x')), 'InvalidGroupId.Malformed');
});

test('groups are found by what their rules say, each direction by its own filters', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const [web, db] = [newGroup(account, vpc.id, 'web'), newGroup(account, vpc.id, 'db')];
  account.call('AuthorizeSecurityGroupIngress', {
    GroupId: web,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 90, IpRanges: [{ CidrIp: '203.0.113.0/24' }] }],
  });
  account.call('AuthorizeSecurityGroupEgress', {
    GroupId: db,
    IpPermissions: [{ IpProtocol: 'udp', FromPort: 53, ToPort: 53, UserIdGroupPairs: [{ GroupId: web }] }],
  });
  deepEqual(names(account, 'ip-permission.cidr', '203.0.113.*'), ['web']);
  deepEqual(names(account, 'ip-permission.from-port', '80'), ['web']);
  deepEqual(names(account, 'egress.ip-permission.to-port', '53'), ['db']);
  deepEqual(names(account, 'egress.ip-permission.group-name', 'web'), ['db']);
  deepEqual(names(account, 'ip-permission.group-id', web), []);
  deepEqual(names(account, 'egress.ip-permission.protocol', 'udp'), ['db']);
});
