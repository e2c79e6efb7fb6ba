/** The rules of security groups: authorize, revoke, modify, describe. */
import { Fault } from '../../model/fault.ts';
import type { Tags } from '../../model/kind.ts';
import { SecurityGroup, type SecurityGroupRule } from '../../model/resources/security-group.ts';
import { securityGroupNamed } from '../../model/security-group-lifecycle.ts';
import {
  FULL_ACCESS,
  type RequestedPermission,
  type RuleContent,
  type RuleReader,
  readPermission,
  readRule,
} from '../../model/security-group-permissions.ts';
import { findReferencedGroup, nameReferencedGroup } from '../../model/security-group-references.ts';
import { authorize, findRule, modifyRules, revoke, revokeByIds, ruleById } from '../../model/security-group-rules.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { compileFilters } from '../filter.ts';
import type { RequestOf, ResultOf } from '../operation.ts';
import { paginate } from '../paginate.ts';
import { describePermissions, describeRevokedRule, describeSecurityGroupRule } from './security-group-rendering.ts';

type Authorization = RequestOf<'AuthorizeSecurityGroupIngress'> | RequestOf<'AuthorizeSecurityGroupEgress'>;
type AuthorizationResult = ResultOf<'AuthorizeSecurityGroupIngress'>;
type RevocationRequest = RequestOf<'RevokeSecurityGroupIngress'> | RequestOf<'RevokeSecurityGroupEgress'>;
type RevocationResult = ResultOf<'RevokeSecurityGroupIngress'>;

/** AuthorizeSecurityGroupIngress. */
export const AuthorizeSecurityGroupIngress = action('AuthorizeSecurityGroupIngress', (request, tx) =>
  authorizeRules(tx, groupOf(tx, request), false, request),
);

/** AuthorizeSecurityGroupEgress. */
export const AuthorizeSecurityGroupEgress = action('AuthorizeSecurityGroupEgress', (request, tx) =>
  authorizeRules(tx, groupOf(tx, request), true, request),
);

/** RevokeSecurityGroupIngress. */
export const RevokeSecurityGroupIngress = action('RevokeSecurityGroupIngress', (request, tx) =>
  revokeRules(tx, groupOf(tx, request), false, request),
);

/** RevokeSecurityGroupEgress. */
export const RevokeSecurityGroupEgress = action('RevokeSecurityGroupEgress', (request, tx) =>
  revokeRules(tx, groupOf(tx, request), true, request),
);

/** ModifySecurityGroupRules. A rule's new content is all that the request says of it. */
export const ModifySecurityGroupRules = action('ModifySecurityGroupRules', (request, tx) => {
  const group = tx.get(SecurityGroup, request.GroupId);
  const modifications = request.SecurityGroupRules.map((update) => {
    const rule = findRule(group, update.SecurityGroupRuleId);
    return { rule, content: readRule(readerOfNew(tx, group, rule.egress), update.SecurityGroupRule ?? {}) };
  });
  modifyRules(tx, group, modifications);
  return { Return: true };
});

/** The group that a request names by id, or in the default VPC by name. @throws Fault MissingParameter, InvalidGroup.NotFound */
export function groupOf(
  tx: Transaction,
  { GroupId: id, GroupName: name }: { readonly GroupId?: string | undefined; readonly GroupName?: string | undefined },
): SecurityGroup {
  if (id !== undefined) return tx.get(SecurityGroup, id);
  if (name !== undefined) return securityGroupNamed(tx, name);
  throw new Fault('MissingParameter', { parameter: 'groupName or groupId' });
}

function authorizeRules(
  tx: Transaction,
  group: SecurityGroup,
  egress: boolean,
  request: Authorization,
): AuthorizationResult {
  const tags: Tags = tagsOf(request.TagSpecifications, 'security-group-rule');
  const added = authorize(tx, group, readRules(readerOfNew(tx, group, egress), request), tags);
  return {
    Return: true,
    SecurityGroupRules: added.map((rule) => describeSecurityGroupRule(rule, group, tx)),
  };
}

function revokeRules(
  tx: Transaction,
  group: SecurityGroup,
  egress: boolean,
  request: RevocationRequest,
): RevocationResult {
  const { SecurityGroupRuleIds: ids } = request;
  if (ids !== undefined) {
    if (hasRules(request)) {
      throw new Fault('InvalidParameterCombination', { parameter: 'securityGroupRuleIds', other: 'ipPermissions' });
    }
    return revocation(revokeByIds(tx, group, egress, ids), [], group, tx);
  }
  const reader = { tx, egress, findGroup: nameReferencedGroup.bind(undefined, tx) };
  const { revoked, unknown } = revoke(tx, group, readRules(reader, request));
  return revocation(revoked, unknown, group, tx);
}

const revocation = (
  revoked: readonly SecurityGroupRule[],
  unknown: readonly RuleContent[],
  group: SecurityGroup,
  tx: Transaction,
): RevocationResult => ({
  Return: true,
  RevokedSecurityGroupRules: revoked.map((rule) => describeRevokedRule(rule, group)),
  ...(unknown.length > 0 && { UnknownIpPermissions: describePermissions(unknown, group, tx) }),
});

const readerOfNew = (tx: Transaction, group: SecurityGroup, egress: boolean): RuleReader => ({
  tx,
  egress,
  findGroup: (requested) => findReferencedGroup(tx, group, requested),
});

const readRules = (reader: RuleReader, request: Authorization | RevocationRequest): readonly RuleContent[] =>
  permissionsOf(request, reader.egress).flatMap((permission) => readPermission(reader, permission));

const hasRules = (request: RevocationRequest): boolean => request.IpPermissions !== undefined || isFlat(request);

const isFlat = (request: Authorization | RevocationRequest): boolean =>
  request.CidrIp !== undefined ||
  request.IpProtocol !== undefined ||
  request.FromPort !== undefined ||
  request.ToPort !== undefined ||
  request.SourceSecurityGroupName !== undefined ||
  request.SourceSecurityGroupOwnerId !== undefined;

/** The sentences of its faults are unconfirmed. */
function permissionsOf(request: Authorization | RevocationRequest, egress: boolean): readonly RequestedPermission[] {
  const { IpPermissions: permissions } = request;
  if (!isFlat(request)) {
    if (permissions && permissions.length > 0) return permissions;
    throw new Fault('MissingParameter', { parameter: 'ipPermissions' });
  }
  if (permissions) {
    throw new Fault('InvalidParameterCombination', { parameter: 'ipPermissions', other: 'ipProtocol' });
  }
  // API_AuthorizeSecurityGroupEgress: "Not supported. Use IP permissions instead."
  if (egress) throw new Fault('InvalidParameterValue', 'Not supported. Use IP permissions instead.');
  return flatPermissions(request);
}

/** A group named alone stands for full TCP, UDP and ICMP access (API_AuthorizeSecurityGroupIngress). */
function flatPermissions(request: Authorization | RevocationRequest): readonly RequestedPermission[] {
  const { SourceSecurityGroupName: name, SourceSecurityGroupOwnerId: owner, CidrIp: cidr } = request;
  const { IpProtocol, FromPort, ToPort } = request;
  if (name === undefined) return [{ IpProtocol, FromPort, ToPort, IpRanges: [{ CidrIp: cidr }] }];
  const other = Object.entries({ cidrIp: cidr, ipProtocol: IpProtocol, fromPort: FromPort, toPort: ToPort }).find(
    ([, value]) => value !== undefined,
  );
  if (other) {
    throw new Fault('InvalidParameterCombination', { parameter: 'sourceSecurityGroupName', other: other[0] });
  }
  return FULL_ACCESS.map((traffic) => ({ ...traffic, UserIdGroupPairs: [{ GroupName: name, UserId: owner }] }));
}

/** A rule as a row of its own, with the group that it stands in. */
interface RuleRow {
  readonly id: string;
  readonly tags: Tags;
  readonly group: SecurityGroup;
  readonly rule: SecurityGroupRule;
}

const rowOf = (group: SecurityGroup, rule: SecurityGroupRule): RuleRow => ({
  id: rule.id,
  tags: rule.tags,
  group,
  rule,
});

/** DescribeSecurityGroupRules. Rules are no rows of the model, so that the common Describe call does not fit. */
export const DescribeSecurityGroupRules = action('DescribeSecurityGroupRules', (request, tx) => {
  const { SecurityGroupRuleIds: ids, Filters: filters, MaxResults, NextToken } = request;
  if (ids !== undefined && MaxResults !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: 'securityGroupRuleIds', other: 'maxResults' });
  }
  const holds = compileFilters<RuleRow>(filters, {
    'group-id': ({ group }) => group.id,
    'security-group-rule-id': ({ rule }) => rule.id,
  });
  const page = paginate<RuleRow>(
    {
      operation: 'DescribeSecurityGroupRules',
      rows: rowsOf(tx, ids),
      matches: (row) => holds(row, tx),
      keyOf: (row) => row.id,
      question: [ids, filters],
    },
    { MaxResults, NextToken },
  );
  return {
    SecurityGroupRules: page.rows.map(({ rule, group }) => describeSecurityGroupRule(rule, group, tx)),
    NextToken: page.nextToken,
  };
});

function rowsOf(tx: Transaction, ids: readonly string[] | undefined): readonly RuleRow[] {
  if (ids === undefined) {
    return tx.list(SecurityGroup).flatMap((group) => group.rules.map((rule) => rowOf(group, rule)));
  }
  return [...new Set(ids)].map((id) => {
    const { group, rule } = ruleById(tx, id);
    return rowOf(group, rule);
  });
}

/** What this file serves. */
export const securityGroupRuleActions = [
  AuthorizeSecurityGroupIngress,
  AuthorizeSecurityGroupEgress,
  RevokeSecurityGroupIngress,
  RevokeSecurityGroupEgress,
  ModifySecurityGroupRules,
  DescribeSecurityGroupRules,
];
