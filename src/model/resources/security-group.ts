/** A security group: rules that allow traffic into and out of the interfaces that carry it. */
import type { SecurityGroupId, SecurityGroupRuleId, VpcId } from '../../net/identifiers.ts';
import type { RulePeer } from '../../net/rule-peer.ts';
import type { TrafficMatch } from '../../net/traffic-match.ts';
import { kind, type TaggedRow, type Tags } from '../kind.ts';

/** A rule; it can only allow. Its identity among others: direction, traffic and peer. */
export interface SecurityGroupRule {
  readonly id: SecurityGroupRuleId;
  readonly egress: boolean;
  readonly traffic: TrafficMatch;
  readonly peer: RulePeer;
  readonly description: string | undefined;
  /** Owner of the referenced group, when the peer is a group of another account (peering). */
  readonly peerOwnerId: string | undefined;
  readonly tags: Tags;
}

export interface SecurityGroup extends TaggedRow {
  readonly id: SecurityGroupId;
  readonly vpcId: VpcId;
  /** "default" for the group that every VPC is born with and that cannot be deleted. */
  readonly name: string;
  readonly description: string;
  readonly rules: readonly SecurityGroupRule[];
}

export const SecurityGroup = kind<SecurityGroup>()({
  name: 'security-group',
  prefix: 'sg',
  notFound: 'InvalidGroup.NotFound',
  malformed: 'InvalidGroupId.Malformed',
  indexes: {
    vpcId: (row) => row.vpcId,
    name: (row) => row.name,
    ruleId: (row) => row.rules.map((rule) => rule.id),
    prefixListId: (row) => row.rules.flatMap(({ peer }) => (peer.kind === 'prefix-list' ? [peer.id] : [])),
    referencedGroupId: (row) =>
      row.rules.flatMap((rule) =>
        rule.peer.kind === 'security-group' && rule.peer.id !== row.id ? [rule.peer.id] : [],
      ),
  },
});
