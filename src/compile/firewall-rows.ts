/** The row of a firewall: its policy's rules in the order in which its engines ask them, their variables filled in. */

import { ruleOrderOfPolicy } from '../model/network-firewall/policies.ts';
import { statefulRulesOf, suricataRulesOf } from '../model/network-firewall/stateful-rules.ts';
import { statelessRulesOf } from '../model/network-firewall/stateless-rules.ts';
import {
  type Firewall,
  FirewallPolicy,
  type FirewallPolicySettings,
  FirewallRuleGroup,
  type RuleGroupReference,
  type StreamExceptionPolicy,
} from '../model/resources/network-firewall.ts';
import { Vpc } from '../model/resources/vpc.ts';
import type { Transaction } from '../model/transaction.ts';
import type { StatefulAction } from '../net/firewall-rule.ts';
import type { FirewallRow, FirewallStatefulRule, FirewallStatelessRule } from '../tables/firewall-row.ts';

/** API reference, FlowTimeouts. */
const DEFAULT_TCP_IDLE_TIMEOUT_SECONDS = 350;

/** The order of actions where a policy does not say otherwise. */
const ACTION_ORDER: readonly StatefulAction[] = ['pass', 'drop', 'reject', 'alert'];

const MIDSTREAM: Readonly<Record<StreamExceptionPolicy, FirewallRow['stateful']['midstream']>> = {
  DROP: 'drop',
  CONTINUE: 'continue',
  REJECT: 'reject',
};

/** Row of a firewall; undefined where its policy is not there. */
export function firewallRow(tx: Transaction, firewall: Firewall): FirewallRow | undefined {
  const settings = tx.find(FirewallPolicy, firewall.policyArn)?.settings;
  if (!settings) return undefined;
  const { engine, statefulDefaultActions } = settings;
  const dropsOtherwise = statefulDefaultActions.includes('aws:drop_strict')
    ? 'all'
    : statefulDefaultActions.includes('aws:drop_established')
      ? 'established'
      : undefined;
  return {
    kind: 'firewall',
    id: firewall.id,
    stateless: {
      rules: statelessRules(tx, settings),
      otherwise: settings.statelessDefault.standard,
      fragmentsOtherwise: settings.fragmentDefault.standard,
    },
    stateful: {
      rules: statefulRules(tx, firewall, settings),
      dropsOtherwise,
      midstream: MIDSTREAM[engine?.streamExceptionPolicy ?? 'DROP'],
      tcpIdleTimeoutMs: (engine?.tcpIdleTimeoutSeconds ?? DEFAULT_TCP_IDLE_TIMEOUT_SECONDS) * 1000,
    },
  };
}

const groupsOf = (tx: Transaction, references: readonly RuleGroupReference[]): readonly FirewallRuleGroup[] =>
  [...references]
    .sort((one, other) => (one.priority ?? 0) - (other.priority ?? 0))
    .map(({ arn }) => tx.find(FirewallRuleGroup, arn))
    .filter((group) => group !== undefined);

const statelessRules = (
  tx: Transaction,
  { statelessGroups }: FirewallPolicySettings,
): readonly FirewallStatelessRule[] =>
  groupsOf(tx, statelessGroups).flatMap(({ id, rules }) =>
    rules.kind === 'stateless' ? statelessRulesOf(id, rules.rules, rules.customActions) : [],
  );

function statefulRules(
  tx: Transaction,
  { vpcId }: Firewall,
  settings: FirewallPolicySettings,
): readonly FirewallStatefulRule[] {
  const vpc = tx.find(Vpc, vpcId);
  const vpcBlocks = [...(vpc?.cidrBlocks ?? []), ...(vpc?.ipv6CidrBlocks ?? [])].map(({ cidr }) => cidr);
  const rules = groupsOf(tx, settings.statefulGroups).flatMap(({ id, rules: source, variables }) =>
    source.kind === 'stateless'
      ? []
      : statefulRulesOf(id, suricataRulesOf(source), { ofGroup: variables, ofPolicy: settings.variables, vpcBlocks }),
  );
  if (ruleOrderOfPolicy(settings) === 'STRICT_ORDER') return rules;
  return [...rules].sort((one, other) => ACTION_ORDER.indexOf(one.action) - ACTION_ORDER.indexOf(other.action));
}
