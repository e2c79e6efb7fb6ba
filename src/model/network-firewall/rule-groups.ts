/** How rule groups come, change and go. Source: API reference, CreateRuleGroup, UpdateRuleGroup, DeleteRuleGroup. */
import { Fault } from '../fault.ts';
import type { Tags } from '../kind.ts';
import { quota } from '../quotas.ts';
import {
  type EncryptionChoice,
  FirewallPolicy,
  FirewallRuleGroup,
  type RuleGroupType,
  type RuleOrder,
  type RulesSource,
  type RuleVariables,
} from '../resources/network-firewall.ts';
import type { Transaction } from '../transaction.ts';
import { arnOf, arnTypeOf, checkName, checkToken, newUuid } from './naming.ts';
import { refused } from './refusal.ts';
import { addressesOf, portsOf } from './rule-sets.ts';
import { checkStatefulRules, suricataRulesOf } from './stateful-rules.ts';
import { capacityOf, statelessRulesOf } from './stateless-rules.ts';

/** Developer guide, quotas. */
export const MAX_CAPACITY = 30_000;
const MAX_RULES_STRING_BYTES = 2_000_000;

/** The rules of a group with what is said about them together. */
export interface RuleGroupContent {
  readonly rules: RulesSource;
  readonly variables: RuleVariables;
  readonly ruleOrder: RuleOrder | undefined;
}

export interface RuleGroupSpec extends RuleGroupContent {
  readonly name: string;
  readonly type: RuleGroupType;
  readonly description: string | undefined;
  readonly capacity: number;
  readonly encryption: EncryptionChoice;
  readonly copiedFrom: FirewallRuleGroup['copiedFrom'];
  readonly tags: Tags;
}

/** @throws Fault InvalidRequestException for rules that are wrong or not decided, LimitExceededException */
export function createRuleGroup(tx: Transaction, spec: RuleGroupSpec): FirewallRuleGroup {
  const { name, type, capacity } = spec;
  const id = arnOf(tx, arnTypeOf(type), checkName(name));
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_CAPACITY) {
    throw refused(`the capacity of a rule group is a number from 1 to ${MAX_CAPACITY}, not ${capacity}`);
  }
  checkContent(id, type, capacity, spec);
  if (tx.find(FirewallRuleGroup, id)) throw refused('a resource with the specified name already exists');
  const count = tx.list(FirewallRuleGroup, (one) => one.type === type).length;
  if (count >= quota(tx, type === 'STATELESS' ? 'statelessRuleGroupsPerRegion' : 'statefulRuleGroupsPerRegion')) {
    throw new Fault(
      'LimitExceededException',
      `The maximum number of ${type.toLowerCase()} rule groups has been reached.`,
    );
  }
  return tx.put(FirewallRuleGroup, {
    ...spec,
    id,
    uniqueId: newUuid(tx),
    updateToken: newUuid(tx),
    modifiedAtMs: tx.nowMs,
  });
}

/** What UpdateRuleGroup may change. */
export interface RuleGroupChange extends RuleGroupContent {
  readonly updateToken: string;
  readonly description: string | undefined;
  readonly encryption: EncryptionChoice | undefined;
  readonly copiedFrom: FirewallRuleGroup['copiedFrom'];
}

/** @throws Fault InvalidTokenException, and as `createRuleGroup` */
export function updateRuleGroup(tx: Transaction, group: FirewallRuleGroup, change: RuleGroupChange): FirewallRuleGroup {
  checkToken(change.updateToken, group);
  checkContent(group.id, group.type, group.capacity, change);
  if ((change.ruleOrder ?? DEFAULT_RULE_ORDER) !== ruleOrderOf(group)) {
    throw refused('the rule order of a rule group cannot be changed after it was created');
  }
  const { rules, variables, ruleOrder, description, encryption, copiedFrom } = change;
  return tx.update(FirewallRuleGroup, group.id, {
    ...{ rules, variables, ruleOrder, description, copiedFrom },
    ...(encryption && { encryption }),
    updateToken: newUuid(tx),
    modifiedAtMs: tx.nowMs,
  });
}

export const DEFAULT_RULE_ORDER: RuleOrder = 'DEFAULT_ACTION_ORDER';

/** The order that a group's rules were written for. */
export const ruleOrderOf = ({ ruleOrder }: Pick<FirewallRuleGroup, 'ruleOrder'>): RuleOrder =>
  ruleOrder ?? DEFAULT_RULE_ORDER;

/** The policies that name a group. */
export const policiesWith = (tx: Transaction, { id }: FirewallRuleGroup): readonly FirewallPolicy[] =>
  tx.by(FirewallPolicy, 'ruleGroup', id);

/** @throws Fault InvalidOperationException while policies name it */
export function deleteRuleGroup(tx: Transaction, group: FirewallRuleGroup): void {
  if (policiesWith(tx, group).length > 0) {
    const sentence = 'Unable to delete the rule group, because it is in use by a firewall policy.';
    throw new Fault('InvalidOperationException', sentence);
  }
  tx.remove(FirewallRuleGroup, group.id);
}

/** How much of its capacity a group uses. */
export const consumedCapacity = ({ rules }: Pick<FirewallRuleGroup, 'rules'>): number =>
  rules.kind === 'stateless' ? capacityOf(rules.rules) : suricataRulesOf(rules).length;

function checkContent(id: string, type: RuleGroupType, capacity: number, content: RuleGroupContent): void {
  const { rules, variables, ruleOrder } = content;
  if ((rules.kind === 'stateless') !== (type === 'STATELESS'))
    throw refused(`the rules are not those of a ${type} rule group`);
  if (rules.kind === 'stateless') {
    if (ruleOrder !== undefined) throw refused('a stateless rule group has no stateful rule options');
    if (Object.keys({ ...variables.ipSets, ...variables.portSets }).length > 0) {
      throw refused('a stateless rule group has no rule variables');
    }
    statelessRulesOf(id, rules.rules, rules.customActions);
  } else checkStateful(id, rules, content);
  const consumed = consumedCapacity(content);
  if (consumed > capacity)
    throw refused(`the rules need a capacity of ${consumed}, and that of the rule group is ${capacity}`);
}

function checkStateful(
  id: string,
  source: Exclude<RulesSource, { kind: 'stateless' }>,
  content: RuleGroupContent,
): void {
  if (source.kind === 'rules-string' && source.text.length > MAX_RULES_STRING_BYTES) {
    throw refused(`a rules string has ${MAX_RULES_STRING_BYTES} bytes at most`);
  }
  const { ipSets, portSets } = content.variables;
  for (const name of Object.keys({ ...ipSets, ...portSets })) {
    if (!/^[A-Za-z][A-Za-z0-9_]{0,31}$/.test(name))
      throw refused(`"${name.slice(0, 100)}" is no name of a rule variable`);
  }
  for (const text of Object.values(ipSets).flat()) addressesOf(text, new Map());
  for (const text of Object.values(portSets).flat()) portsOf(text, new Map());
  const rules = suricataRulesOf(source);
  if (content.ruleOrder === 'STRICT_ORDER' && rules.some(({ isInItsPlace }) => !isInItsPlace)) {
    throw refused('the keyword priority cannot be used in rules with strict order');
  }
  checkStatefulRules(id, rules, content.variables);
}
