/** Security groups: create, delete, describe. Their rules have a file of their own. */
import type * as sdk from '@aws-sdk/client-ec2';
import { arnOf } from '../../model/regions.ts';
import { SecurityGroup } from '../../model/resources/security-group.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import {
  createSecurityGroup,
  defaultVpc,
  deleteSecurityGroup,
  readGroupWords,
  securityGroupNamed,
} from '../../model/security-group-lifecycle.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { describe } from '../describe.ts';
import type { FilterValue } from '../filter.ts';
import { describeTags } from '../tag-set.ts';
import { describePermissions } from './security-group-rendering.ts';
import { groupOf } from './security-group-rules.ts';

/** CreateSecurityGroup. */
export const CreateSecurityGroup = action('CreateSecurityGroup', (request, tx) => {
  const words = readGroupWords(request.GroupName, request.Description);
  const tags = tagsOf(request.TagSpecifications, 'security-group');
  const vpc = request.VpcId === undefined ? defaultVpc(tx) : tx.get(Vpc, request.VpcId);
  const group = createSecurityGroup(tx, { vpc, words, tags });
  return { GroupId: group.id, Tags: describeTags(group.tags), SecurityGroupArn: arnOf(tx, 'security-group', group.id) };
});

/** DeleteSecurityGroup. */
export const DeleteSecurityGroup = action('DeleteSecurityGroup', (request, tx) => {
  const group = groupOf(tx, request);
  deleteSecurityGroup(tx, group);
  return { Return: true, GroupId: group.id };
});

/** A security group as the API shows it. */
export const describeSecurityGroup = (group: SecurityGroup, tx: Transaction): sdk.SecurityGroup => ({
  GroupId: group.id,
  GroupName: group.name,
  Description: group.description,
  VpcId: group.vpcId,
  OwnerId: tx.account,
  SecurityGroupArn: arnOf(tx, 'security-group', group.id),
  IpPermissions: permissionsOf(group, false, tx),
  IpPermissionsEgress: permissionsOf(group, true, tx),
  Tags: describeTags(group.tags),
});

const permissionsOf = (group: SecurityGroup, egress: boolean, tx: Transaction): sdk.IpPermission[] =>
  describePermissions(
    group.rules.filter((rule) => rule.egress === egress),
    group,
    tx,
  );

type ReadGroup = (group: SecurityGroup, tx: Transaction) => readonly FilterValue[];

/** What a filter reads of the permissions of one direction. */
const ofPermissions =
  (egress: boolean, read: (permission: sdk.IpPermission) => readonly FilterValue[]): ReadGroup =>
  (group, tx) =>
    permissionsOf(group, egress, tx).flatMap(read);

/** The names of the groups that rules of one direction refer to, of those that this account has here. */
const referencedNames =
  (egress: boolean): ReadGroup =>
  (group, tx) =>
    permissionsOf(group, egress, tx).flatMap((one) =>
      (one.UserIdGroupPairs ?? []).map((pair) => tx.find(SecurityGroup, pair.GroupId ?? '')?.name),
    );

/** The filters on rules: the same for both directions, with a prefix for egress. */
const ruleFilters = (prefix: string, egress: boolean): Record<string, ReadGroup> => ({
  [`${prefix}ip-permission.cidr`]: ofPermissions(egress, (one) => (one.IpRanges ?? []).map((range) => range.CidrIp)),
  [`${prefix}ip-permission.from-port`]: ofPermissions(egress, (one) => [one.FromPort]),
  [`${prefix}ip-permission.group-id`]: ofPermissions(egress, (one) =>
    (one.UserIdGroupPairs ?? []).map((pair) => pair.GroupId),
  ),
  [`${prefix}ip-permission.group-name`]: referencedNames(egress),
  [`${prefix}ip-permission.ipv6-cidr`]: ofPermissions(egress, (one) =>
    (one.Ipv6Ranges ?? []).map((range) => range.CidrIpv6),
  ),
  [`${prefix}ip-permission.prefix-list-id`]: ofPermissions(egress, (one) =>
    (one.PrefixListIds ?? []).map((list) => list.PrefixListId),
  ),
  [`${prefix}ip-permission.protocol`]: ofPermissions(egress, (one) => [one.IpProtocol]),
  [`${prefix}ip-permission.to-port`]: ofPermissions(egress, (one) => [one.ToPort]),
  [`${prefix}ip-permission.user-id`]: ofPermissions(egress, (one) =>
    (one.UserIdGroupPairs ?? []).map((pair) => pair.UserId),
  ),
});

/** DescribeSecurityGroups. Names are those of groups in the default VPC. */
export const DescribeSecurityGroups = describe('DescribeSecurityGroups', 'SecurityGroups', {
  kind: SecurityGroup,
  ids: 'GroupIds',
  named: (request, tx) => request.GroupNames?.map((name) => securityGroupNamed(tx, name)),
  filters: {
    ...ruleFilters('', false),
    ...ruleFilters('egress.', true),
    description: (group) => group.description,
    'group-id': (group) => group.id,
    'group-name': (group) => group.name,
    'owner-id': (_group, tx) => tx.account,
    'vpc-id': (group) => group.vpcId,
  },
  render: describeSecurityGroup,
});

/** What this file serves. */
export const securityGroupActions = [CreateSecurityGroup, DeleteSecurityGroup, DescribeSecurityGroups];
