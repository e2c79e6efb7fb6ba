/** Rules of the stateful engine, whichever way they are written: what is accepted, and what the engine gets for a firewall. */
import { type Cidr, formatCidr } from '../../net/cidr.ts';
import type { FirewallStatefulRule } from '../../net/firewall-rule.ts';
import type { RulesSource, RuleVariables, StatefulRuleSetting } from '../resources/network-firewall.ts';
import { refused } from './refusal.ts';
import { addressesOf, portsOf, type Variables, variablesIn } from './rule-sets.ts';
import { parseSuricataRules, type RuleOption, ruleOf, type SuricataRule } from './suricata.ts';

/** The rules of a stateful group, in their order. @throws Fault InvalidRequestException for the first that is not decided */
export function suricataRulesOf(source: Exclude<RulesSource, { kind: 'stateless' }>): readonly SuricataRule[] {
  const rules = source.kind === 'rules-string' ? parseSuricataRules(source.text) : source.rules.map(suricataRuleOf);
  const ids = new Set<number>();
  for (const { signatureId } of rules) {
    if (ids.has(signatureId)) throw refused(`two rules of the group have the sid ${signatureId}`);
    ids.add(signatureId);
  }
  return rules;
}

function suricataRuleOf(rule: StatefulRuleSetting): SuricataRule {
  const { action, protocol, source, sourcePort, destination, destinationPort, options } = rule;
  return ruleOf(
    { action, protocol, source, sourcePort, isBidirectional: rule.direction === 'ANY', destination, destinationPort },
    options.map(optionOf),
  );
}

/** `sid` with a setting `1`, or all of it as a keyword: `sid:1`. */
function optionOf({ keyword, settings }: StatefulRuleSetting['options'][number]): RuleOption {
  const [, name = keyword, rest] = /^([\w.-]+)\s*:\s*(.*)$/s.exec(keyword) ?? [];
  const set = [...(rest === undefined ? [] : [rest]), ...settings];
  return { keyword: name, setting: set.length === 0 ? undefined : set.join(',') };
}

/** What variables stand for in the rules of a group: its own, those of the policy, and what the firewall's VPC makes of the rest. */
export interface VariableSources {
  readonly ofGroup: RuleVariables;
  readonly ofPolicy: Readonly<Record<string, readonly string[]>>;
  /** HOME_NET where nobody says otherwise. */
  readonly vpcBlocks: readonly Cidr[];
}

/** That EXTERNAL_NET is the rest of the HOME_NET that a rule sees, even where only a group says what that is, is unconfirmed. */
function addressVariables({ ofGroup, ofPolicy, vpcBlocks }: VariableSources): Variables {
  return new Map<string, readonly string[]>([
    ['HOME_NET', vpcBlocks.map(formatCidr)],
    ['EXTERNAL_NET', ['!$HOME_NET']],
    ...Object.entries(ofPolicy),
    ...Object.entries(ofGroup.ipSets),
  ]);
}

const portVariables = ({ portSets }: RuleVariables): Variables => new Map(Object.entries(portSets));

/** The rules as a firewall's engine asks them. @throws Fault InvalidRequestException for a variable that is not defined */
export function statefulRulesOf(
  ruleGroup: string,
  rules: readonly SuricataRule[],
  sources: VariableSources,
): readonly FirewallStatefulRule[] {
  const addresses = addressVariables(sources);
  const ports = portVariables(sources.ofGroup);
  return rules.map((rule) => ({
    ruleGroup,
    signatureId: rule.signatureId,
    action: rule.action,
    protocol: rule.protocol,
    sources: addressesOf(rule.source, addresses),
    sourcePorts: portsOf(rule.sourcePort, ports),
    destinations: addressesOf(rule.destination, addresses),
    destinationPorts: portsOf(rule.destinationPort, ports),
    isBidirectional: rule.isBidirectional,
    flow: rule.flow,
  }));
}

/** Any VPC has blocks; which ones makes no difference to whether rules are well written. */
const SOME_BLOCKS: readonly Cidr[] = [];

/** @throws Fault InvalidRequestException where a rule, or a variable, cannot be decided */
export function checkStatefulRules(ruleGroup: string, rules: readonly SuricataRule[], ofGroup: RuleVariables): void {
  for (const texts of Object.values(ofGroup.ipSets))
    if (texts.some((text) => variablesIn(text).length > 0))
      throw refused('an IP set names addresses, and no other variables');
  statefulRulesOf(ruleGroup, rules, { ofGroup, ofPolicy: {}, vpcBlocks: SOME_BLOCKS });
}
