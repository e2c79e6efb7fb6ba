import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { allKinds } from '../../model/kind.ts';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { RESOURCE_TYPES } from './tags.ts';

const tagsOf = (account: TestAccount, id: string): readonly string[] | undefined =>
  account
    .call('DescribeTags', { Filters: [{ Name: 'resource-id', Values: [id] }] })
    .Tags?.map((tag) => `${tag.ResourceType} ${tag.Key}=${tag.Value}`);

/** One resource of each kind that can be made without an instance. */
function resources(account: TestAccount): ReadonlyMap<string, string> {
  const VpcId = account.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc?.VpcId ?? '';
  const CidrBlock = '10.0.1.0/24';
  const egressOnly = account.call('CreateEgressOnlyInternetGateway', { VpcId }).EgressOnlyInternetGateway;
  const group = account.call('CreateSecurityGroup', { VpcId, GroupName: 'g', Description: 'g' }).GroupId ?? '';
  const Filters = [{ Name: 'group-id', Values: [group] }];
  const rule = account.call('DescribeSecurityGroupRules', { Filters }).SecurityGroupRules?.[0]?.SecurityGroupRuleId;
  const DhcpConfigurations = [{ Key: 'domain-name', Values: ['x'] }];
  return new Map(
    Object.entries({
      vpc: VpcId,
      subnet: account.call('CreateSubnet', { VpcId, CidrBlock }).Subnet?.SubnetId ?? '',
      'egress-only-internet-gateway': egressOnly?.EgressOnlyInternetGatewayId ?? '',
      'security-group': group,
      'security-group-rule': rule ?? '',
      'route-table': account.call('CreateRouteTable', { VpcId }).RouteTable?.RouteTableId ?? '',
      'network-acl': account.call('CreateNetworkAcl', { VpcId }).NetworkAcl?.NetworkAclId ?? '',
      'internet-gateway': account.call('CreateInternetGateway').InternetGateway?.InternetGatewayId ?? '',
      'dhcp-options': account.call('CreateDhcpOptions', { DhcpConfigurations }).DhcpOptions?.DhcpOptionsId ?? '',
      'key-pair': account.call('CreateKeyPair', { KeyName: 'k' }).KeyPairId ?? '',
    }),
  );
}

test('one call tags resources of every kind, a group and its rule together', () => {
  const account = testAccount();
  const ids = resources(account);
  account.call('CreateTags', { Resources: [...ids.values()], Tags: [{ Key: 'Team', Value: 'a' }] });
  for (const [type, id] of ids) deepEqual(tagsOf(account, id), [`${type} Team=a`]);
  account.call('DeleteTags', { Resources: [...ids.values()], Tags: [{ Key: 'Team' }] });
  for (const id of ids.values()) deepEqual(tagsOf(account, id), []);
});

test('a call tags all of its resources or none', () => {
  const account = testAccount();
  const VpcId = account.call('DescribeVpcs').Vpcs?.[0]?.VpcId ?? '';
  const rows: [id: string, fault: string][] = [
    ['banana', "InvalidID: The ID 'banana' is not valid"],
    ['vpc-xyz', "InvalidID: The ID 'vpc-xyz' is not valid"],
    ['vpc-0123456789abcdef0', "InvalidVpcID.NotFound: The vpc ID 'vpc-0123456789abcdef0' does not exist"],
    [
      'sgr-0123456789abcdef0',
      "InvalidSecurityGroupRuleId.NotFound: The security group rule ID 'sgr-0123456789abcdef0' does not exist",
    ],
  ];
  for (const [id, fault] of rows) {
    const tag = () => account.call('CreateTags', { Resources: [VpcId, id], Tags: [{ Key: 'a', Value: '' }] });
    equal(account.fault(tag), fault);
    deepEqual(tagsOf(account, VpcId), []);
  }
});

test('a tag overwrites the one with the same key and leaves the others', () => {
  const account = testAccount();
  const VpcId = account.call('DescribeVpcs').Vpcs?.[0]?.VpcId ?? '';
  const tag = (Key: string, Value: string) =>
    account.call('CreateTags', { Resources: [VpcId], Tags: [{ Key, Value }] });
  tag('a', '1');
  tag('A', '2');
  tag('a', '3');
  deepEqual(tagsOf(account, VpcId), ['vpc a=3', 'vpc A=2']);
  account.call('DeleteTags', { Resources: [VpcId] });
  deepEqual(tagsOf(account, VpcId), []);
});

test('tags are found by key, value, type and tag, page by page', () => {
  const account = testAccount();
  const subnets = account.call('DescribeSubnets').Subnets?.map((subnet) => subnet.SubnetId ?? '') ?? [];
  const VpcId = account.call('DescribeVpcs').Vpcs?.[0]?.VpcId ?? '';
  account.call('CreateTags', { Resources: [...subnets, VpcId], Tags: [{ Key: 'Stage', Value: 'test' }] });
  const count = (Name: string, value: string) =>
    account.call('DescribeTags', { Filters: [{ Name, Values: [value] }] }).Tags?.length;
  equal(count('key', 'Stage'), 7);
  equal(count('value', 'te*'), 7);
  equal(count('resource-type', 'subnet'), 6);
  equal(count('tag:Stage', 'test'), 7);
  equal(count('tag:stage', 'test'), 0);
  const first = account.call('DescribeTags', { MaxResults: 5 });
  const rest = account.call('DescribeTags', { MaxResults: 5, NextToken: first.NextToken ?? '' });
  deepEqual([first.Tags?.length, rest.Tags?.length, rest.NextToken], [5, 2, undefined]);
});

test('a tag filter of Describe finds what the tag stands on', () => {
  const account = testAccount();
  const SubnetId = account.call('DescribeSubnets').Subnets?.[3]?.SubnetId ?? '';
  account.call('CreateTags', { Resources: [SubnetId], Tags: [{ Key: 'Name', Value: 'db' }] });
  const Filters = [{ Name: 'tag:Name', Values: ['d?'] }];
  deepEqual(
    account.call('DescribeSubnets', { Filters }).Subnets?.map((subnet) => subnet.SubnetId),
    [SubnetId],
  );
});

test('DescribeTags has a name for every kind that can be tagged', () => {
  const taggable = allKinds().filter((kind) => kind.taggable);
  const names: readonly string[] = RESOURCE_TYPES;
  deepEqual(
    taggable.map((kind) => kind.name).filter((name) => !names.includes(name)),
    [],
  );
});
