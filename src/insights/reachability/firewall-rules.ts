/** Rules of firewalls as Reachability Analyzer shows them (API_FirewallStatelessRule, API_FirewallStatefulRule). */
import type { AnalysisFirewallStatefulRule, AnalysisFirewallStatelessRule } from '../../model/reachability.ts';
import type { TraceComponent, TraceFirewallRule } from '../../tables/data-plane.ts';

/** The members that name the rule of a firewall that has decided; none where it was none. */
export function firewallRuleMembers({ id, rule }: TraceComponent): {
  readonly firewallStatelessRule?: AnalysisFirewallStatelessRule;
  readonly firewallStatefulRule?: AnalysisFirewallStatefulRule;
} {
  if (rule?.kind === 'firewall-stateless-rule') {
    const protocols = rule.protocols.filter((one) => typeof one === 'number');
    const firewallStatelessRule = {
      ruleGroupArn: id,
      ...endsOf(rule),
      ...(protocols.length > 0 && { protocols }),
      ruleAction: STATELESS_ACTIONS[rule.action],
      priority: rule.priority,
    };
    return { firewallStatelessRule };
  }
  if (rule?.kind !== 'firewall-stateful-rule') return {};
  const firewallStatefulRule = {
    ruleGroupArn: id,
    ...endsOf(rule),
    protocol: String(rule.protocols[0] ?? 'ip'),
    ruleAction: rule.action,
    direction: rule.isBidirectional ? ('ANY' as const) : ('FORWARD' as const),
  };
  return { firewallStatefulRule };
}

/** The words are those of the API reference, "forward_to_site" among them. */
const STATELESS_ACTIONS = { pass: 'pass', drop: 'drop', forward: 'forward_to_site' } as const;

/** What is empty matches everything, and is left out (unconfirmed). */
const endsOf = ({ sources, destinations, sourcePorts, destinationPorts }: TraceFirewallRule<string>) => ({
  ...(sources.length > 0 && { sources }),
  ...(destinations.length > 0 && { destinations }),
  ...(sourcePorts.length > 0 && { sourcePorts }),
  ...(destinationPorts.length > 0 && { destinationPorts }),
});
