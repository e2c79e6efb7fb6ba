/** Rules of firewalls as Reachability Analyzer shows them (API_FirewallStatelessRule, API_FirewallStatefulRule). */

import type { AnalysisFirewallStatefulRule, AnalysisFirewallStatelessRule } from '../../model/reachability.ts';
import { formatCidr } from '../../net/cidr.ts';
import type {
  FirewallAddresses,
  FirewallPorts,
  FirewallStatefulRule,
  FirewallStatelessRule,
} from '../../net/firewall-rule.ts';
import type { PortRange } from '../../net/port-range.ts';
import type { TraceRule } from '../../tables/data-plane.ts';

/** What names the rule of a firewall that has decided; nothing where it was none. */
export function firewallRuleMembers(rule: TraceRule | undefined): {
  readonly firewallStatelessRule?: AnalysisFirewallStatelessRule;
  readonly firewallStatefulRule?: AnalysisFirewallStatefulRule;
} {
  if (rule?.kind === 'firewall-stateless-rule') return { firewallStatelessRule: statelessRule(rule.rule) };
  return rule?.kind === 'firewall-stateful-rule' ? { firewallStatefulRule: statefulRule(rule.rule) } : {};
}

const RULE_ACTIONS = { pass: 'pass', drop: 'drop', forward: 'forward_to_site' } as const;

/** The words are those of the API reference, "forward_to_site" among them. */
function statelessRule(rule: FirewallStatelessRule): AnalysisFirewallStatelessRule {
  return {
    ruleGroupArn: rule.ruleGroup,
    ...textsOf('sources', rule.sources.map(formatCidr)),
    ...textsOf('destinations', rule.destinations.map(formatCidr)),
    ...rangesOf('sourcePorts', rule.sourcePorts),
    ...rangesOf('destinationPorts', rule.destinationPorts),
    ...(rule.protocols.length > 0 && { protocols: rule.protocols }),
    ruleAction: RULE_ACTIONS[rule.action],
    priority: rule.priority,
  };
}

/** What is left out of a set is written as Suricata does (unconfirmed). */
function statefulRule(rule: FirewallStatefulRule): AnalysisFirewallStatefulRule {
  return {
    ruleGroupArn: rule.ruleGroup,
    ...textsOf('sources', blocksOf(rule.sources)),
    ...textsOf('destinations', blocksOf(rule.destinations)),
    ...rangesOf('sourcePorts', rangesLeft(rule.sourcePorts)),
    ...rangesOf('destinationPorts', rangesLeft(rule.destinationPorts)),
    protocol: rule.protocol,
    ruleAction: rule.action,
    direction: rule.isBidirectional ? 'ANY' : 'FORWARD',
  };
}

const textsOf = <Name extends string>(
  name: Name,
  texts: readonly string[],
): { readonly [N in Name]?: readonly string[] } =>
  texts.length === 0 ? {} : ({ [name]: texts } as { readonly [N in Name]?: readonly string[] });

const rangesOf = <Name extends string>(
  name: Name,
  ranges: readonly PortRange[],
): { readonly [N in Name]?: readonly PortRange[] } =>
  ranges.length === 0 ? {} : ({ [name]: ranges } as { readonly [N in Name]?: readonly PortRange[] });

const blocksOf = ({ within, except }: FirewallAddresses): readonly string[] => [
  ...within.map(formatCidr),
  ...except.map((block) => `!${formatCidr(block)}`),
];

/** The ports of a set, without those that are left out of it. */
function rangesLeft({ within, except }: FirewallPorts): readonly PortRange[] {
  let left = within;
  for (const hole of except)
    left = left.flatMap(({ from, to }) => {
      if (hole.to < from || hole.from > to) return [{ from, to }];
      const parts = [
        { from, to: hole.from - 1 },
        { from: hole.to + 1, to },
      ];
      return parts.filter((part) => part.from <= part.to);
    });
  return left;
}
