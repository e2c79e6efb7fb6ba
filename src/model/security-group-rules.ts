/** The rules of a group as a set: no two are equal, none is changed by half, and their number has a bound. */
import { formatCidr, isIpv4Cidr } from '../net/cidr.ts';
import { isId } from '../net/identifiers.ts';
import { protocolName } from '../net/protocol.ts';
import type { RulePeer } from '../net/rule-peer.ts';
import type { TrafficMatch } from '../net/traffic-match.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { weightOf } from './prefix-lists.ts';
import { quota } from './quotas.ts';
import { SecurityGroup, type SecurityGroupRule } from './resources/security-group.ts';
import { Vpc } from './resources/vpc.ts';
import type { RuleContent } from './security-group-permissions.ts';
import type { Transaction } from './transaction.ts';

/**
 * Adds rules to a group, all or none.
 * @throws Fault InvalidParameterValue for the same rule twice, InvalidPermission.Duplicate,
 *   RulesPerSecurityGroupLimitExceeded
 */
export function authorize(
  tx: Transaction,
  group: SecurityGroup,
  contents: readonly RuleContent[],
  tags: Tags,
): readonly SecurityGroupRule[] {
  refuseRepeated(contents);
  const standing = new Set(group.rules.map(ruleKey));
  const duplicate = contents.find((content) => standing.has(ruleKey(content)));
  if (duplicate) throw new Fault('InvalidPermission.Duplicate', { rule: formatRule(duplicate) });
  const added = contents.map((content) => ({ ...content, id: tx.newId('sgr'), tags }));
  setRules(tx, group, [...group.rules, ...added]);
  return added;
}

/** What became of a request to revoke. */
export interface Revocation {
  readonly revoked: readonly SecurityGroupRule[];
  /** What the group did not have; only in a default VPC is that no fault. */
  readonly unknown: readonly RuleContent[];
}

/**
 * Takes rules out of a group by what they say; descriptions do not count. In a VPC that is not a default one, an unknown
 * rule keeps all.
 * @throws Fault InvalidPermission.NotFound
 */
export function revoke(tx: Transaction, group: SecurityGroup, contents: readonly RuleContent[]): Revocation {
  const wanted = new Map(contents.map((content) => [ruleKey(content), content]));
  const revoked = group.rules.filter((rule) => wanted.has(ruleKey(rule)));
  for (const rule of revoked) wanted.delete(ruleKey(rule));
  const unknown = [...wanted.values()];
  if (unknown.length > 0 && !tx.get(Vpc, group.vpcId).isDefault) throw new Fault('InvalidPermission.NotFound');
  removeRules(tx, group, revoked);
  return { revoked, unknown };
}

/**
 * Takes rules out of a group by their ids. That a rule of the other direction counts as unknown is unconfirmed.
 * @throws Fault InvalidSecurityGroupRuleId.Malformed, InvalidSecurityGroupRuleId.NotFound
 */
export function revokeByIds(
  tx: Transaction,
  group: SecurityGroup,
  egress: boolean,
  ids: readonly string[],
): readonly SecurityGroupRule[] {
  const revoked = [...new Set(ids)].map((id) => {
    const rule = findRule(group, id);
    if (rule.egress !== egress) throw new Fault('InvalidSecurityGroupRuleId.NotFound', { id });
    return rule;
  });
  removeRules(tx, group, revoked);
  return revoked;
}

/** A change of one rule: it keeps its id, direction, tags and kind of peer. */
export interface RuleModification {
  readonly rule: SecurityGroupRule;
  readonly content: RuleContent;
}

/**
 * Changes rules of a group, all or none.
 * @throws Fault InvalidParameterValue for a rule named twice or a peer of another kind, InvalidPermission.Duplicate,
 *   RulesPerSecurityGroupLimitExceeded
 */
export function modifyRules(tx: Transaction, group: SecurityGroup, modifications: readonly RuleModification[]): void {
  const changed = new Map(modifications.map(({ rule, content }) => [rule.id, content]));
  if (changed.size < modifications.length) {
    // The sentence is unconfirmed.
    throw new Fault('InvalidParameterValue', 'The same security group rule ID must not appear multiple times');
  }
  modifications.forEach(refuseOtherKindOfPeer);
  const rules = group.rules.map((rule) => ({ ...rule, ...changed.get(rule.id) }));
  const seen = new Set<string>();
  for (const rule of rules) {
    if (seen.has(ruleKey(rule))) throw new Fault('InvalidPermission.Duplicate', { rule: formatRule(rule) });
    seen.add(ruleKey(rule));
  }
  setRules(tx, group, rules);
}

/** A rule for IPv4 stays one, and so on. That it is refused is known from clients that then replace the rule; the sentence is not. */
function refuseOtherKindOfPeer({ rule, content }: RuleModification): void {
  if (peerKind(rule.peer) === peerKind(content.peer)) return;
  throw new Fault(
    'InvalidParameterValue',
    `Invalid rule type for security group rule '${rule.id}': its ${peerKind(rule.peer)} cannot become a ${peerKind(content.peer)}.`,
  );
}

function peerKind(peer: RulePeer): string {
  if (peer.kind !== 'cidr') return peer.kind === 'prefix-list' ? 'prefix list' : 'security group';
  return isIpv4Cidr(peer.cidr) ? 'IPv4 CIDR block' : 'IPv6 CIDR block';
}

/** A rule that shall have another description; undefined takes it away. */
export interface Redescription {
  readonly rule: SecurityGroupRule;
  readonly description: string | undefined;
}

/** Gives rules of a group other descriptions. */
export function describeRules(tx: Transaction, group: SecurityGroup, changes: readonly Redescription[]): void {
  const descriptions = new Map(changes.map(({ rule, description }) => [rule.id, description]));
  const rules = group.rules.map((rule) =>
    descriptions.has(rule.id) ? { ...rule, description: descriptions.get(rule.id) } : rule,
  );
  tx.update(SecurityGroup, group.id, { rules });
}

/** The rule of a group that says the same, descriptions apart. @throws Fault InvalidPermission.NotFound */
export function findEqualRule(group: SecurityGroup, content: RuleContent): SecurityGroupRule {
  const rule = group.rules.find((candidate) => ruleKey(candidate) === ruleKey(content));
  if (!rule) throw new Fault('InvalidPermission.NotFound');
  return rule;
}

/** The rule of a group with this id. @throws Fault InvalidSecurityGroupRuleId.Malformed, .NotFound */
export function findRule(group: SecurityGroup, id: string): SecurityGroupRule {
  const rule = group.rules.find((candidate) => candidate.id === id);
  if (rule) return rule;
  throw isId('sgr', id)
    ? new Fault('InvalidSecurityGroupRuleId.NotFound', { id })
    : new Fault('InvalidSecurityGroupRuleId.Malformed', { id });
}

/** The rule with this id and its group, wherever it is. @throws Fault InvalidSecurityGroupRuleId.Malformed, .NotFound */
export function ruleById(
  tx: Transaction,
  id: string,
): { readonly group: SecurityGroup; readonly rule: SecurityGroupRule } {
  const [group] = tx.by(SecurityGroup, 'ruleId', id);
  const rule = group?.rules.find((candidate) => candidate.id === id);
  if (group && rule) return { group, rule };
  throw isId('sgr', id)
    ? new Fault('InvalidSecurityGroupRuleId.NotFound', { id })
    : new Fault('InvalidSecurityGroupRuleId.Malformed', { id });
}

/** What makes a rule this rule and no other: direction, traffic and peer. */
export const ruleKey = (rule: RuleContent): string =>
  `${rule.egress ? 'egress' : 'ingress'} ${trafficKey(rule.traffic)} ${peerKey(rule.peer)}`;

/** A rule in the words of InvalidPermission.Duplicate, as seen of TCP, ICMP and all protocols; of others unconfirmed. */
export const formatRule = (rule: RuleContent): string =>
  `peer: ${peerKey(rule.peer)}, ${formatTraffic(rule.traffic)}, ALLOW`;

function formatTraffic(traffic: TrafficMatch): string {
  switch (traffic.kind) {
    case 'all':
      return 'ALL';
    case 'ports': {
      const { from, to } = traffic.ports;
      return `${protocolName(traffic.protocol).toUpperCase()}, from port: ${from}, to port: ${to}`;
    }
    case 'icmp': {
      const { type, code } = traffic;
      return `${protocolName(traffic.protocol).toUpperCase()}, type: ${allOr(type)}, code: ${allOr(code)}`;
    }
    case 'protocol':
      return String(traffic.protocol);
  }
}

const allOr = (value: number): string => (value === -1 ? 'ALL' : String(value));

const trafficKey = (traffic: TrafficMatch): string => {
  switch (traffic.kind) {
    case 'all':
      return 'all';
    case 'ports':
      return `${traffic.protocol}:${traffic.ports.from}-${traffic.ports.to}`;
    case 'icmp':
      return `${traffic.protocol}:${traffic.type}/${traffic.code}`;
    case 'protocol':
      return `${traffic.protocol}`;
  }
};

const peerKey = (peer: RulePeer): string => (peer.kind === 'cidr' ? formatCidr(peer.cidr) : peer.id);

function refuseRepeated(contents: readonly RuleContent[]): void {
  if (new Set(contents.map(ruleKey)).size < contents.length) {
    throw new Fault('InvalidParameterValue', 'The same permission must not appear multiple times');
  }
}

function removeRules(tx: Transaction, group: SecurityGroup, removed: readonly SecurityGroupRule[]): void {
  if (removed.length === 0) return;
  tx.update(SecurityGroup, group.id, { rules: group.rules.filter((rule) => !removed.includes(rule)) });
}

function setRules(tx: Transaction, group: SecurityGroup, rules: readonly SecurityGroupRule[]): void {
  if (!areWithinQuota(tx, rules)) throw new Fault('RulesPerSecurityGroupLimitExceeded');
  tx.update(SecurityGroup, group.id, { rules });
}

/**
 * How many rules of a family these count for: a block once in its own, a group once in each, a prefix list with its
 * maximum size in its own (Amazon VPC quotas).
 */
const ruleCount = (tx: Transaction, rules: readonly SecurityGroupRule[], family: 'IPv4' | 'IPv6'): number =>
  rules.reduce((sum, { peer }) => sum + countOfPeer(tx, peer, family), 0);

function countOfPeer(tx: Transaction, peer: RulePeer, family: 'IPv4' | 'IPv6'): number {
  if (peer.kind === 'prefix-list') return weightOf(tx, peer.id, family);
  if (peer.kind === 'security-group') return 1;
  return isIpv4Cidr(peer.cidr) === (family === 'IPv4') ? 1 : 0;
}

/** Whether these may be the rules of one group; prefix lists count as large as they are now. */
export const areWithinQuota = (tx: Transaction, rules: readonly SecurityGroupRule[]): boolean =>
  [false, true].every((egress) => {
    const some = rules.filter((rule) => rule.egress === egress);
    const limit = quota(tx, 'rulesPerSecurityGroup');
    return ruleCount(tx, some, 'IPv4') <= limit && ruleCount(tx, some, 'IPv6') <= limit;
  });
