/** Rules of security groups in the two forms that the API shows them in: one by one, and grouped into permissions. */
import type * as sdk from '@aws-sdk/client-ec2';
import { arnOf } from '../../model/regions.ts';
import type { SecurityGroup, SecurityGroupRule } from '../../model/resources/security-group.ts';
import type { RuleContent } from '../../model/security-group-permissions.ts';
import { type ReferencedGroup, whereReferencedGroupIs } from '../../model/security-group-references.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatCidr, isIpv4Cidr } from '../../net/cidr.ts';
import type { SecurityGroupId } from '../../net/identifiers.ts';
import { protocolName } from '../../net/protocol.ts';
import type { TrafficMatch } from '../../net/traffic-match.ts';
import { describeTags } from '../tag-set.ts';

/** A rule as DescribeSecurityGroupRules shows it. */
export const describeSecurityGroupRule = (
  rule: SecurityGroupRule,
  group: SecurityGroup,
  tx: Transaction,
): sdk.SecurityGroupRule => ({
  SecurityGroupRuleId: rule.id,
  SecurityGroupRuleArn: arnOf(tx, 'security-group-rule', rule.id),
  GroupId: group.id,
  GroupOwnerId: tx.account,
  IsEgress: rule.egress,
  ...describeTrafficOfRule(rule.traffic),
  ...describePeer(rule, group, tx),
  Description: rule.description,
  Tags: describeTags(rule.tags),
});

/** A rule as the answer of a revocation shows it. */
export function describeRevokedRule(rule: SecurityGroupRule, group: SecurityGroup): sdk.RevokedSecurityGroupRule {
  const { peer } = rule;
  return {
    SecurityGroupRuleId: rule.id,
    GroupId: group.id,
    IsEgress: rule.egress,
    ...describeTrafficOfRule(rule.traffic),
    ...(peer.kind === 'security-group' ? { ReferencedGroupId: peer.id } : describeBlockOrList(peer)),
    Description: rule.description,
  };
}

/**
 * Rules as DescribeSecurityGroups shows them: those of equal protocol and ports are one permission. A permission for all
 * protocols has no ports (unconfirmed, as is that other protocols without ports have none).
 */
export function describePermissions(
  rules: readonly RuleContent[],
  group: SecurityGroup,
  tx: Transaction,
): sdk.IpPermission[] {
  const byTraffic = new Map<string, RuleContent[]>();
  for (const rule of rules) {
    const key = JSON.stringify(rule.traffic);
    byTraffic.set(key, [...(byTraffic.get(key) ?? []), rule]);
  }
  return [...byTraffic.values()].map((some) => describePermission(some, group, tx));
}

function describePermission(rules: readonly RuleContent[], group: SecurityGroup, tx: Transaction): sdk.IpPermission {
  const permission = {
    IpRanges: [] as sdk.IpRange[],
    Ipv6Ranges: [] as sdk.Ipv6Range[],
    PrefixListIds: [] as sdk.PrefixListId[],
    UserIdGroupPairs: [] as sdk.UserIdGroupPair[],
  };
  for (const rule of rules) {
    const { peer } = rule;
    const described = rule.description === undefined ? {} : { Description: rule.description };
    if (peer.kind === 'prefix-list') permission.PrefixListIds.push({ PrefixListId: peer.id, ...described });
    else if (peer.kind === 'security-group') {
      permission.UserIdGroupPairs.push({ ...describeReference(peer.id, rule, group, tx), ...described });
    } else if (isIpv4Cidr(peer.cidr)) permission.IpRanges.push({ CidrIp: formatCidr(peer.cidr), ...described });
    else permission.Ipv6Ranges.push({ CidrIpv6: formatCidr(peer.cidr), ...described });
  }
  return { ...describeTrafficOfPermission(rules[0]?.traffic ?? { kind: 'all' }), ...permission };
}

const describePeer = (rule: SecurityGroupRule, group: SecurityGroup, tx: Transaction): sdk.SecurityGroupRule =>
  rule.peer.kind === 'security-group'
    ? { ReferencedGroupInfo: describeReference(rule.peer.id, rule, group, tx) }
    : describeBlockOrList(rule.peer);

/** Where a group lies in another VPC, how that VPC is reached is shown as well. */
function describeReference(
  id: SecurityGroupId,
  { peerOwnerId }: Pick<RuleContent, 'peerOwnerId'>,
  group: SecurityGroup,
  tx: Transaction,
): sdk.ReferencedSecurityGroup {
  const identity = { GroupId: id, UserId: peerOwnerId ?? tx.account };
  const place = whereReferencedGroupIs(tx, group, id, peerOwnerId);
  return place && place.vpcId !== group.vpcId ? { ...identity, ...describePlace(place) } : identity;
}

const describePlace = ({ vpcId, peering }: ReferencedGroup): sdk.ReferencedSecurityGroup => ({
  VpcId: vpcId,
  ...(peering && { VpcPeeringConnectionId: peering.id, PeeringStatus: peering.state }),
});

function describeBlockOrList(
  peer: Exclude<SecurityGroupRule['peer'], { kind: 'security-group' }>,
): { CidrIpv4: string } | { CidrIpv6: string } | { PrefixListId: string } {
  if (peer.kind === 'prefix-list') return { PrefixListId: peer.id };
  const text = formatCidr(peer.cidr);
  return isIpv4Cidr(peer.cidr) ? { CidrIpv4: text } : { CidrIpv6: text };
}

interface DescribedTraffic {
  readonly IpProtocol: string;
  readonly FromPort?: number;
  readonly ToPort?: number;
}

function describeTrafficOfPermission(traffic: TrafficMatch): DescribedTraffic {
  switch (traffic.kind) {
    case 'all':
      return { IpProtocol: '-1' };
    case 'ports':
      return { IpProtocol: protocolName(traffic.protocol), FromPort: traffic.ports.from, ToPort: traffic.ports.to };
    case 'icmp':
      return { IpProtocol: protocolName(traffic.protocol), FromPort: traffic.type, ToPort: traffic.code };
    case 'protocol':
      return { IpProtocol: String(traffic.protocol) };
  }
}

/** A single rule always shows ports, -1 where there are none (unconfirmed). */
const describeTrafficOfRule = (traffic: TrafficMatch): DescribedTraffic => ({
  FromPort: -1,
  ToPort: -1,
  ...describeTrafficOfPermission(traffic),
});
