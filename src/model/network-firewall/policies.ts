/** How firewall policies come, change and go. Source: API reference, FirewallPolicy, StatefulEngineOptions; developer guide, quotas. */
import { Fault } from '../fault.ts';
import type { Tags } from '../kind.ts';
import { quota } from '../quotas.ts';
import {
  type EncryptionChoice,
  Firewall,
  FirewallPolicy,
  type FirewallPolicySettings,
  FirewallRuleGroup,
  type RuleGroupReference,
  type RuleGroupType,
} from '../resources/network-firewall.ts';
import type { Transaction } from '../transaction.ts';
import { arnOf, checkName, checkToken, newUuid } from './naming.ts';
import { refused } from './refusal.ts';
import { DEFAULT_RULE_ORDER, MAX_CAPACITY, ruleOrderOf } from './rule-groups.ts';
import { addressesOf } from './rule-sets.ts';

const MAX_GROUPS_OF_A_TYPE = 20;
const IDLE_TIMEOUT_SECONDS = { from: 60, to: 6000 };
const VARIABLES = ['HOME_NET', 'EXTERNAL_NET'];
const STATEFUL_DEFAULTS = ['aws:drop_strict', 'aws:drop_established', 'aws:alert_strict', 'aws:alert_established'];

export interface FirewallPolicySpec {
  readonly name: string;
  readonly settings: FirewallPolicySettings;
  readonly description: string | undefined;
  readonly encryption: EncryptionChoice;
  readonly tags: Tags;
}

/** @throws Fault InvalidRequestException, LimitExceededException */
export function createFirewallPolicy(tx: Transaction, spec: FirewallPolicySpec): FirewallPolicy {
  const id = arnOf(tx, 'firewall-policy', checkName(spec.name));
  checkSettings(tx, spec.settings);
  if (tx.find(FirewallPolicy, id)) throw refused('a resource with the specified name already exists');
  if (tx.size(FirewallPolicy) >= quota(tx, 'firewallPoliciesPerRegion')) {
    throw new Fault('LimitExceededException', 'The maximum number of firewall policies has been reached.');
  }
  const [uniqueId, updateToken] = [newUuid(tx), newUuid(tx)];
  return tx.put(FirewallPolicy, { ...spec, id, uniqueId, updateToken, modifiedAtMs: tx.nowMs });
}

export interface FirewallPolicyChange {
  readonly updateToken: string;
  readonly settings: FirewallPolicySettings;
  readonly description: string | undefined;
  readonly encryption: EncryptionChoice | undefined;
}

/** @throws Fault InvalidTokenException, and as `createFirewallPolicy` */
export function updateFirewallPolicy(
  tx: Transaction,
  policy: FirewallPolicy,
  change: FirewallPolicyChange,
): FirewallPolicy {
  checkToken(change.updateToken, policy);
  checkSettings(tx, change.settings);
  const { settings, description, encryption } = change;
  if (ruleOrderOfPolicy(settings) !== ruleOrderOfPolicy(policy.settings) && firewallsWith(tx, policy).length > 0) {
    throw refused('the rule order of a firewall policy cannot be changed while firewalls have it');
  }
  return tx.update(FirewallPolicy, policy.id, {
    ...{ settings, description },
    ...(encryption && { encryption }),
    updateToken: newUuid(tx),
    modifiedAtMs: tx.nowMs,
  });
}

/** The order in which a policy has stateful rules asked. */
export const ruleOrderOfPolicy = ({ engine }: FirewallPolicySettings) => engine?.ruleOrder ?? DEFAULT_RULE_ORDER;

/** The firewalls that have a policy. */
export const firewallsWith = (tx: Transaction, { id }: FirewallPolicy): readonly Firewall[] =>
  tx.by(Firewall, 'policy', id);

/** @throws Fault InvalidOperationException while firewalls have it */
export function deleteFirewallPolicy(tx: Transaction, policy: FirewallPolicy): void {
  if (firewallsWith(tx, policy).length > 0) {
    throw new Fault(
      'InvalidOperationException',
      'Unable to delete the firewall policy, because it is in use by a firewall.',
    );
  }
  tx.remove(FirewallPolicy, policy.id);
}

/** How much capacity the groups of a type reserve. */
export const reservedCapacity = (tx: Transaction, groups: readonly RuleGroupReference[]): number =>
  groups.reduce((sum, { arn }) => sum + (tx.find(FirewallRuleGroup, arn)?.capacity ?? 0), 0);

function checkSettings(tx: Transaction, settings: FirewallPolicySettings): void {
  const { statelessGroups, statefulGroups, statefulDefaultActions, engine, variables } = settings;
  const isStrict = ruleOrderOfPolicy(settings) === 'STRICT_ORDER';
  checkGroups(tx, 'STATELESS', statelessGroups, true);
  checkGroups(tx, 'STATEFUL', statefulGroups, isStrict);
  for (const { arn } of statefulGroups) {
    const group = tx.find(FirewallRuleGroup, arn);
    if (group && ruleOrderOf(group) !== ruleOrderOfPolicy(settings)) {
      throw refused(`the rule order of ${arn} is not that of the policy`);
    }
  }
  checkStatefulDefaults(statefulDefaultActions, isStrict);
  const seconds = engine?.tcpIdleTimeoutSeconds;
  if (seconds !== undefined && !(seconds >= IDLE_TIMEOUT_SECONDS.from && seconds <= IDLE_TIMEOUT_SECONDS.to)) {
    throw refused(`TcpIdleTimeoutSeconds is a number from ${IDLE_TIMEOUT_SECONDS.from} to ${IDLE_TIMEOUT_SECONDS.to}`);
  }
  for (const [name, texts] of Object.entries(variables)) {
    if (!VARIABLES.includes(name))
      throw refused(`a policy sets the variables ${VARIABLES.join(' and ')}, not ${name.slice(0, 100)}`);
    if (texts.length === 0) throw refused(`the variable ${name} has no addresses`);
    for (const text of texts) addressesOf(text, new Map());
  }
}

function checkGroups(
  tx: Transaction,
  type: RuleGroupType,
  references: readonly RuleGroupReference[],
  needsPriority: boolean,
): void {
  const name = type.toLowerCase();
  if (references.length > MAX_GROUPS_OF_A_TYPE) {
    throw new Fault(
      'LimitExceededException',
      `A firewall policy has ${MAX_GROUPS_OF_A_TYPE} ${name} rule groups at most.`,
    );
  }
  if (new Set(references.map(({ arn }) => arn)).size < references.length) throw refused('a rule group is named twice');
  for (const { arn, priority } of references) {
    if (/:aws-managed:/.test(arn))
      throw refused(`localvpc does not have the managed rule groups of AWS, such as ${arn}`);
    const group = tx.find(FirewallRuleGroup, arn);
    if (!group) throw refused(`the rule group ${arn.slice(0, 300)} does not exist`);
    if (group.type !== type) throw refused(`${arn} is not a ${name} rule group`);
    if (needsPriority !== (priority !== undefined)) {
      throw refused(
        needsPriority
          ? `the reference to ${arn} must have a priority`
          : 'priorities of stateful rule groups are for strict order',
      );
    }
  }
  const priorities = references.map(({ priority }) => priority).filter((one) => one !== undefined);
  if (new Set(priorities).size < priorities.length)
    throw refused(`the priorities of ${name} rule groups must be unique`);
  if (reservedCapacity(tx, references) > MAX_CAPACITY) {
    throw new Fault(
      'LimitExceededException',
      `The ${name} rule groups of a policy have a capacity of ${MAX_CAPACITY} at most.`,
    );
  }
}

function checkStatefulDefaults(actions: readonly string[], isStrict: boolean): void {
  if (actions.length > 0 && !isStrict) throw refused('stateful default actions are for strict order');
  for (const action of actions) {
    if (!STATEFUL_DEFAULTS.includes(action)) {
      throw refused(
        `localvpc does not decide about the stateful default action ${action.slice(0, 100)}; it has ${STATEFUL_DEFAULTS.join(', ')}`,
      );
    }
  }
  const drops = actions.filter((action) => action.startsWith('aws:drop'));
  if (drops.length > 1 || new Set(actions).size < actions.length)
    throw refused('one of the stateful default actions that drop can be chosen');
}
