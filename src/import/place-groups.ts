/** Described security groups: their permissions as rules, with the rules' own ids where those are described too. */
import type * as sdk from '@aws-sdk/client-ec2';
import { SecurityGroup, type SecurityGroupRule } from '../model/resources/security-group.ts';
import { Vpc } from '../model/resources/vpc.ts';
import { type RuleContent, readPermission } from '../model/security-group-permissions.ts';
import { nameReferencedGroup } from '../model/security-group-references.ts';
import { ruleKey } from '../model/security-group-rules.ts';
import { type Id, isId } from '../net/identifiers.ts';
import { existing, idOf, type Place, place, tagsOf } from './placing.ts';

/** A group with its rules. @throws Unplaceable, Fault */
export function placeSecurityGroup(where: Place, one: sdk.SecurityGroup): void {
  const { tx } = where;
  const vpc = existing(tx, Vpc, one.VpcId);
  const rules = [...rulesOf(where, one.IpPermissions, false), ...rulesOf(where, one.IpPermissionsEgress, true)];
  place(tx, SecurityGroup, {
    id: idOf('sg', one.GroupId),
    vpcId: vpc.id,
    name: one.GroupName ?? '',
    description: one.Description ?? '',
    rules: withIds(where, one, rules),
    tags: tagsOf(one.Tags),
  });
}

function rulesOf({ tx }: Place, permissions: readonly sdk.IpPermission[] | undefined, egress: boolean) {
  const findGroup = (pair: sdk.UserIdGroupPair) => nameReferencedGroup(tx, pair);
  return (permissions ?? []).flatMap((permission) => readPermission({ tx, egress, findGroup }, permission));
}

interface RuleIdentity {
  readonly id: Id<'sgr'>;
  readonly tags: SecurityGroupRule['tags'];
}

/** Ids are those of DescribeSecurityGroupRules, found by what the rules say. */
function withIds(where: Place, { GroupId: groupId }: sdk.SecurityGroup, rules: readonly RuleContent[]) {
  const identities = identitiesOf(where, groupId);
  return rules.map((rule): SecurityGroupRule => {
    const known = identities.get(ruleKey(rule));
    return { ...rule, id: known?.id ?? where.tx.newId('sgr'), tags: known?.tags ?? {} };
  });
}

function identitiesOf(where: Place, groupId: string | undefined): ReadonlyMap<string, RuleIdentity> {
  const identities = new Map<string, RuleIdentity>();
  for (const one of rulesByGroup(where).get(groupId ?? '') ?? []) {
    const { SecurityGroupRuleId: id = '', IsEgress: isEgress = false } = one;
    if (!isId('sgr', id)) continue;
    for (const rule of rulesOf(where, [permissionOf(one)], isEgress))
      identities.set(ruleKey(rule), { id, tags: tagsOf(one.Tags) });
  }
  return identities;
}

const grouped = new WeakMap<readonly sdk.SecurityGroupRule[], ReadonlyMap<string, readonly sdk.SecurityGroupRule[]>>();

function rulesByGroup({ described }: Place): ReadonlyMap<string, readonly sdk.SecurityGroupRule[]> {
  const all = described.resources.SecurityGroupRules;
  const known = grouped.get(all);
  if (known) return known;
  const byGroup = new Map<string, sdk.SecurityGroupRule[]>();
  for (const rule of all) {
    const some = byGroup.get(rule.GroupId ?? '') ?? [];
    some.push(rule);
    byGroup.set(rule.GroupId ?? '', some);
  }
  grouped.set(all, byGroup);
  return byGroup;
}

/** A rule that stands alone, as the permission that it would be part of. */
const permissionOf = (rule: sdk.SecurityGroupRule): sdk.IpPermission => ({
  IpProtocol: rule.IpProtocol,
  ...(rule.FromPort === undefined || rule.IpProtocol === '-1' ? {} : { FromPort: rule.FromPort }),
  ...(rule.ToPort === undefined || rule.IpProtocol === '-1' ? {} : { ToPort: rule.ToPort }),
  IpRanges: rule.CidrIpv4 === undefined ? [] : [{ CidrIp: rule.CidrIpv4, Description: rule.Description }],
  Ipv6Ranges: rule.CidrIpv6 === undefined ? [] : [{ CidrIpv6: rule.CidrIpv6, Description: rule.Description }],
  PrefixListIds:
    rule.PrefixListId === undefined ? [] : [{ PrefixListId: rule.PrefixListId, Description: rule.Description }],
  UserIdGroupPairs: rule.ReferencedGroupInfo
    ? [
        {
          GroupId: rule.ReferencedGroupInfo.GroupId,
          UserId: rule.ReferencedGroupInfo.UserId,
          Description: rule.Description,
        },
      ]
    : [],
});
