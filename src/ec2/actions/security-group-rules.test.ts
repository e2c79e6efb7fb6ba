/** Rules of security groups, through their calls. */
import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { vpcWith } from '../../testing/vpc-parts.ts';
import type { RequestOf } from '../operation.ts';

type Permission = NonNullable<RequestOf<'AuthorizeSecurityGroupIngress'>['IpPermissions']>[number];

const SSH: Permission = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };

const newGroup = (account: TestAccount, VpcId?: string, GroupName = 'web'): string =>
  account.call('CreateSecurityGroup', { GroupName, Description: 'for a test', VpcId }).GroupId ?? '';

/** A group in a VPC that is not a default one. */
const groupOfOwnVpc = (account: TestAccount): string => newGroup(account, vpcWith(account, '10.0.0.0/16').id);

const allow = (account: TestAccount, GroupId: string, ...IpPermissions: readonly Permission[]) =>
  account.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions });

const deny = (account: TestAccount, GroupId: string, ...IpPermissions: readonly Permission[]) =>
  account.call('RevokeSecurityGroupIngress', { GroupId, IpPermissions });

const rulesOf = (account: TestAccount, groupId: string, egress = false) =>
  (
    account.call('DescribeSecurityGroupRules', { Filters: [{ Name: 'group-id', Values: [groupId] }] })
      .SecurityGroupRules ?? []
  ).filter((rule) => rule.IsEgress === egress);

/** Ingress rules as lines: protocol, ports, peer. */
const linesOf = (account: TestAccount, groupId: string): string[] =>
  rulesOf(account, groupId).map((rule) =>
    [
      rule.IpProtocol,
      `${rule.FromPort}-${rule.ToPort}`,
      rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.ReferencedGroupInfo?.GroupId ?? rule.PrefixListId,
    ].join(' '),
  );

test('one permission with several peers makes a rule for each, tagged and with an id of its own', () => {
  const account = testAccount();
  const id = groupOfOwnVpc(account);
  const { Return, SecurityGroupRules: rules = [] } = account.call('AuthorizeSecurityGroupIngress', {
    GroupId: id,
    IpPermissions: [
      {
        IpProtocol: '6',
        FromPort: 80,
        ToPort: 81,
        IpRanges: [{ CidrIp: '100.68.0.18/18', Description: 'office' }],
        Ipv6Ranges: [{ CidrIpv6: '2001:DB8:0:0::/64' }],
        UserIdGroupPairs: [{ GroupId: id }],
      },
    ],
    TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'why', Value: 'test' }] }],
  });
  equal(Return, true);
  equal(new Set(rules.map((rule) => rule.SecurityGroupRuleId)).size, 3);
  deepEqual(linesOf(account, id), ['tcp 80-81 100.68.0.0/18', 'tcp 80-81 2001:db8::/64', `tcp 80-81 ${id}`]);
  const [office] = rules;
  equal(office?.Description, 'office');
  deepEqual(office?.Tags, [{ Key: 'why', Value: 'test' }]);
  const tagged = account.call('DescribeSecurityGroupRules', { Filters: [{ Name: 'tag:why', Values: ['test'] }] });
  equal(tagged.SecurityGroupRules?.length, 3);
});

test('protocols read back by name, and ports only where a protocol has them', () => {
  const account = testAccount();
  const id = groupOfOwnVpc(account);
  const peer = { IpRanges: [{ CidrIp: '10.0.0.0/8' }] };
  allow(
    account,
    id,
    { IpProtocol: '-1', FromPort: 1, ToPort: 2, ...peer },
    { IpProtocol: '17', FromPort: 53, ToPort: 53, ...peer },
    { IpProtocol: '1', FromPort: 8, ToPort: -1, ...peer },
    { IpProtocol: 'icmpv6', Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
    { IpProtocol: '50', FromPort: 100, ToPort: 200, ...peer },
  );
  deepEqual(linesOf(account, id), [
    '-1 -1--1 10.0.0.0/8',
    'udp 53-53 10.0.0.0/8',
    'icmp 8--1 10.0.0.0/8',
    'icmpv6 -1--1 ::/0',
    '50 -1--1 10.0.0.0/8',
  ]);
  const group = account.call('DescribeSecurityGroups', { GroupIds: [id] }).SecurityGroups?.[0];
  deepEqual(
    group?.IpPermissions?.map(({ IpProtocol, FromPort, ToPort }) => [IpProtocol, FromPort, ToPort]),
    [
      ['-1', undefined, undefined],
      ['udp', 53, 53],
      ['icmp', 8, -1],
      ['icmpv6', -1, -1],
      ['50', undefined, undefined],
    ],
  );
});

test('authorizing tells each mistake, one after the other is mended', () => {
  const account = testAccount();
  const id = groupOfOwnVpc(account);
  const mended: readonly Partial<Permission>[] = [
    { IpProtocol: undefined },
    { IpProtocol: 'gopher' },
    { IpProtocol: 'tcp' },
    { FromPort: -1, ToPort: 65536 },
    { FromPort: 0 },
    { ToPort: 65535, IpRanges: [] },
    { IpRanges: [{ CidrIp: '10.0.0.0' }] },
    { IpRanges: [{ CidrIp: '2001:db8::/32' }] },
    { IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'ü' }] },
    { IpRanges: [{ CidrIp: '10.0.0.0/8' }], PrefixListIds: [{ PrefixListId: 'pl-x' }] },
    { PrefixListIds: [{ PrefixListId: 'pl-00000000000000001' }] },
    { PrefixListIds: [], UserIdGroupPairs: [{ GroupId: 'sg-x' }] },
    { UserIdGroupPairs: [{ GroupId: 'sg-00000000000000001' }] },
    { UserIdGroupPairs: [{ GroupId: id, UserId: '210987654321' }] },
  ];
  let permission: Permission = {};
  const faults = mended.map((fields) => {
    permission = { ...permission, ...fields };
    return account.fault(() => allow(account, id, permission));
  });
  deepEqual(
    faults.map((text) => text.slice(0, 90)),
    [
      'MissingParameter: The request must contain the parameter ipProtocol',
      "InvalidParameterValue: Invalid value 'gopher' for IP protocol. Unknown protocol.",
      'InvalidParameterValue: Invalid value for portRange. Must specify both from and to ports with TCP/UDP.',
      'InvalidPermission.Malformed: TCP/UDP port (-1) out of range',
      'InvalidPermission.Malformed: TCP/UDP port (65536) out of range',
      'InvalidPermission.Malformed: The permission must name at least one IPv4 range, IPv6 range, prefix list',
      'InvalidParameterValue: CIDR block 10.0.0.0 is malformed',
      'InvalidParameterValue: CIDR block 2001:db8::/32 is malformed',
      'InvalidParameterValue: Invalid rule description. Valid descriptions are strings less than 256 characters',
      'InvalidPrefixListId.Malformed: Invalid id: "pl-x" (expecting "pl-...")',
      "InvalidPrefixListID.NotFound: The prefix list ID 'pl-00000000000000001' does not exist",
      'InvalidGroupId.Malformed: Invalid id: "sg-x" (expecting "sg-...")',
      "InvalidGroup.NotFound: The security group 'sg-00000000000000001' does not exist",
      `InvalidGroup.NotFound: The security group '${id}' does not exist`,
    ].map((text) => text.slice(0, 90)),
  );
  deepEqual(rulesOf(account, id), []);
});

test('a duplicate is named in the words of EC2, whatever its spelling or description', () => {
  const account = testAccount();
  const id = groupOfOwnVpc(account);
  allow(account, id, SSH);
  const again = { ...SSH, IpRanges: [{ CidrIp: '9.9.9.9/0', Description: 'other' }] };
  equal(
    account.fault(() => allow(account, id, again)),
    'InvalidPermission.Duplicate: the specified rule "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW" already exists',
  );
  equal(
    account.fault(() =>
      account.call('AuthorizeSecurityGroupEgress', {
        GroupId: id,
        IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      }),
    ),
    'InvalidPermission.Duplicate: the specified rule "peer: 0.0.0.0/0, ALL, ALLOW" already exists',
  );
});

test('one bad rule of a request keeps all of them out', () => {
  const account = testAccount();
  const id = groupOfOwnVpc(account);
  allow(account, id, SSH);
  const http: Permission = { ...SSH, FromPort: 80, ToPort: 80 };
  equal(
    account.faultCode(() => allow(account, id, http, SSH)),
    'InvalidPermission.Duplicate',
  );
  equal(
    account.fault(() => allow(account, id, http, http)),
    'InvalidParameterValue: The same permission must not appear multiple times',
  );
  deepEqual(linesOf(account, id), ['tcp 22-22 0.0.0.0/0']);
});

test('sixty rules of each family fit in each direction, and a group as peer counts for both', () => {
  const account = testAccount();
  const id = groupOfOwnVpc(account);
  const ports = (count: number, first: number): Permission => ({
    IpProtocol: 'tcp',
    FromPort: first,
    ToPort: first,
    IpRanges: Array.from({ length: count }, (_, index) => ({ CidrIp: `10.0.0.${index}/32` })),
  });
  allow(account, id, ports(60, 1));
  equal(
    account.faultCode(() => allow(account, id, ports(1, 2))),
    'RulesPerSecurityGroupLimitExceeded',
  );
  equal(
    account.faultCode(() => allow(account, id, { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: id }] })),
    'RulesPerSecurityGroupLimitExceeded',
  );
  allow(account, id, { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0' }] });
  equal(rulesOf(account, id).length, 61);
});

test('the flat form of ingress names one block, or a group of the default VPC for full access', () => {
  const account = testAccount();
  const id = newGroup(account);
  const flat = (request: RequestOf<'AuthorizeSecurityGroupIngress'>) => () =>
    account.call('AuthorizeSecurityGroupIngress', { GroupName: 'web', ...request });
  flat({ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '10.1.2.3/8' })();
  flat({ SourceSecurityGroupName: 'default', SourceSecurityGroupOwnerId: '123456789012' })();
  const source = account.call('DescribeSecurityGroups', { GroupNames: ['default'] }).SecurityGroups?.[0]?.GroupId;
  deepEqual(linesOf(account, id), [
    'tcp 22-22 10.0.0.0/8',
    `tcp 0-65535 ${source}`,
    `udp 0-65535 ${source}`,
    `icmp -1--1 ${source}`,
  ]);
  equal(
    account.faultCode(flat({ SourceSecurityGroupName: 'default', CidrIp: '10.0.0.0/8' })),
    'InvalidParameterCombination',
  );
  equal(account.faultCode(flat({ IpPermissions: [SSH], IpProtocol: 'tcp' })), 'InvalidParameterCombination');
  equal(account.faultCode(flat({})), 'MissingParameter');
  account.call('RevokeSecurityGroupIngress', { GroupName: 'web', SourceSecurityGroupName: 'default' });
  account.call('RevokeSecurityGroupIngress', {
    GroupId: id,
    IpProtocol: 'tcp',
    FromPort: 22,
    ToPort: 22,
    CidrIp: '10.0.0.0/8',
  });
  deepEqual(linesOf(account, id), []);
});

test('revoking says what it took away; one of several rules of a port leaves the others', () => {
  const account = testAccount();
  const id = groupOfOwnVpc(account);
  allow(account, id, { ...SSH, IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'in' }, { CidrIp: '11.0.0.0/8' }] });
  const answer = deny(account, id, { ...SSH, IpRanges: [{ CidrIp: '10.0.0.0/8' }] });
  deepEqual(
    answer.RevokedSecurityGroupRules?.map(({ SecurityGroupRuleId: _, ...rule }) => rule),
    [
      {
        GroupId: id,
        IsEgress: false,
        IpProtocol: 'tcp',
        FromPort: 22,
        ToPort: 22,
        CidrIpv4: '10.0.0.0/8',
        Description: 'in',
      },
    ],
  );
  deepEqual(linesOf(account, id), ['tcp 22-22 11.0.0.0/8']);
});

test('an unknown rule keeps all others in a VPC of one’s own, and is only listed in the default VPC', () => {
  const account = testAccount();
  const http: Permission = { ...SSH, FromPort: 80, ToPort: 80 };
  const own = groupOfOwnVpc(account);
  allow(account, own, SSH);
  equal(
    account.fault(() => deny(account, own, SSH, http)),
    'InvalidPermission.NotFound: The specified rule does not exist in this security group.',
  );
  deepEqual(linesOf(account, own), ['tcp 22-22 0.0.0.0/0']);
  const lenient = newGroup(account);
  allow(account, lenient, SSH);
  const answer = deny(account, lenient, SSH, http);
  equal(answer.RevokedSecurityGroupRules?.length, 1);
  deepEqual(
    answer.UnknownIpPermissions?.map(({ FromPort, IpRanges }) => [FromPort, IpRanges]),
    [[80, [{ CidrIp: '0.0.0.0/0' }]]],
  );
  deepEqual(linesOf(account, lenient), []);
});

test('rules are revoked by id, all or none, and only of the direction that the call is for', () => {
  const account = testAccount();
  const id = groupOfOwnVpc(account);
  const [rule] = allow(account, id, SSH).SecurityGroupRules ?? [];
  const [egress] = rulesOf(account, id, true);
  const ids = [rule?.SecurityGroupRuleId ?? '', egress?.SecurityGroupRuleId ?? ''];
  const revoke = (SecurityGroupRuleIds: readonly string[]) => () =>
    account.call('RevokeSecurityGroupIngress', { GroupId: id, SecurityGroupRuleIds });
  equal(account.faultCode(revoke(ids)), 'InvalidSecurityGroupRuleId.NotFound');
  equal(account.faultCode(revoke(['sgr-x'])), 'InvalidSecurityGroupRuleId.Malformed');
  equal(
    account.faultCode(() =>
      account.call('RevokeSecurityGroupIngress', { GroupId: id, SecurityGroupRuleIds: ids, IpPermissions: [SSH] }),
    ),
    'InvalidParameterCombination',
  );
  equal(linesOf(account, id).length, 1);
  revoke(ids.slice(0, 1))();
  account.call('RevokeSecurityGroupEgress', { GroupId: id, SecurityGroupRuleIds: ids.slice(1) });
  deepEqual([rulesOf(account, id), rulesOf(account, id, true)], [[], []]);
});

test('a modified rule keeps id, direction and tags and loses what the request leaves out', () => {
  const account = testAccount();
  const id = groupOfOwnVpc(account);
  const [before] =
    allow(account, id, { ...SSH, IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'x' }] }).SecurityGroupRules ?? [];
  allow(account, id, SSH);
  const modify =
    (
      SecurityGroupRule: NonNullable<
        RequestOf<'ModifySecurityGroupRules'>['SecurityGroupRules'][number]['SecurityGroupRule']
      >,
    ) =>
    () =>
      account.call('ModifySecurityGroupRules', {
        GroupId: id,
        SecurityGroupRules: [{ SecurityGroupRuleId: before?.SecurityGroupRuleId ?? '', SecurityGroupRule }],
      });
  const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22 };
  equal(account.faultCode(modify({ ...ssh, CidrIpv4: '0.0.0.0/0' })), 'InvalidPermission.Duplicate');
  equal(account.faultCode(modify(ssh)), 'InvalidParameterCombination');
  equal(account.faultCode(modify({ ...ssh, CidrIpv4: '10.0.0.0/8', CidrIpv6: '::/0' })), 'InvalidParameterCombination');
  equal(account.faultCode(modify({ ...ssh, CidrIpv6: '2001:db8::/32' })), 'InvalidParameterValue');
  deepEqual(modify({ ...ssh, ToPort: 23, CidrIpv4: '10.0.0.0/9' })(), { Return: true });
  const after = rulesOf(account, id).find((rule) => rule.SecurityGroupRuleId === before?.SecurityGroupRuleId);
  deepEqual(
    [after?.CidrIpv4, after?.CidrIpv6, after?.ToPort, after?.Description],
    ['10.0.0.0/9', undefined, 23, undefined],
  );
});

test('a rule can name a group of a peered VPC, of another account too, while the connection is active', () => {
  const account = testAccount();
  const other = account.in({ account: '210987654321' });
  const near = vpcWith(account, '10.0.0.0/16');
  const far = vpcWith(other, '10.1.0.0/16');
  const [mine, theirs] = [newGroup(account, near.id), newGroup(other, far.id)];
  const name = () =>
    allow(account, mine, { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: theirs, UserId: '210987654321' }] });
  const { VpcPeeringConnection: connection } = account.call('CreateVpcPeeringConnection', {
    VpcId: near.id,
    PeerVpcId: far.id,
    PeerOwnerId: '210987654321',
  });
  const VpcPeeringConnectionId = connection?.VpcPeeringConnectionId ?? '';
  equal(account.faultCode(name), 'InvalidGroup.NotFound');
  other.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId });
  const [rule] = name().SecurityGroupRules ?? [];
  deepEqual(rule?.ReferencedGroupInfo, {
    GroupId: theirs,
    UserId: '210987654321',
    VpcId: far.id,
    VpcPeeringConnectionId,
    PeeringStatus: 'active',
  });
  // The reference does not hold the group of the other VPC; the rule goes stale and can still be revoked.
  account.call('DeleteVpcPeeringConnection', { VpcPeeringConnectionId });
  other.call('DeleteSecurityGroup', { GroupId: theirs });
  deepEqual(rulesOf(account, mine)[0]?.ReferencedGroupInfo, { GroupId: theirs, UserId: '210987654321' });
  deny(account, mine, { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: theirs, UserId: '210987654321' }] });
  deepEqual(rulesOf(account, mine), []);
});

test('a rule cannot name a group of another VPC without a connection between them', () => {
  const account = testAccount();
  const [one, two] = [vpcWith(account, '10.0.0.0/16'), vpcWith(account, '10.1.0.0/16')];
  const [mine, other] = [newGroup(account, one.id), newGroup(account, two.id)];
  equal(
    account.fault(() => allow(account, mine, { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: other }] })),
    'InvalidGroup.NotFound: You have specified two resources that belong to different networks.',
  );
});

test('rules come in pages, and by id', () => {
  const account = testAccount();
  const id = groupOfOwnVpc(account);
  for (let port = 1; port <= 7; port++) allow(account, id, { ...SSH, FromPort: port, ToPort: port });
  const Filters = [{ Name: 'group-id', Values: [id] }];
  const first = account.call('DescribeSecurityGroupRules', { Filters, MaxResults: 5 });
  const second = account.call('DescribeSecurityGroupRules', { Filters, MaxResults: 5, NextToken: first.NextToken });
  const all = [...(first.SecurityGroupRules ?? []), ...(second.SecurityGroupRules ?? [])];
  equal(all.length, 8);
  notEqual(first.NextToken, undefined);
  equal(second.NextToken, undefined);
  const SecurityGroupRuleIds = all.slice(0, 1).map((rule) => rule.SecurityGroupRuleId ?? '');
  deepEqual(account.call('DescribeSecurityGroupRules', { SecurityGroupRuleIds }).SecurityGroupRules, all.slice(0, 1));
  equal(
    account.faultCode(() =>
      account.call('DescribeSecurityGroupRules', { SecurityGroupRuleIds: ['sgr-00000000000000001'] }),
    ),
    'InvalidSecurityGroupRuleId.NotFound',
  );
});
