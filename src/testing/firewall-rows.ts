/** Rows of firewalls as tests write them: stateful rules as Suricata's text, stateless ones by what they name. */
import { statefulRulesOf } from '../model/network-firewall/stateful-rules.ts';
import { parseSuricataRules } from '../model/network-firewall/suricata.ts';
import { parseCidr } from '../net/cidr.ts';
import type { FirewallStatelessRule, StatefulAction } from '../net/firewall-rule.ts';
import type { FirewallRow } from '../tables/firewall-row.ts';

export interface FirewallOptions {
  readonly stateless?: readonly Partial<FirewallStatelessRule>[];
  readonly otherwise?: FirewallRow['stateless']['otherwise'];
  readonly fragments?: FirewallRow['stateless']['fragmentsOtherwise'];
  /** One rule on each line. */
  readonly rules?: string;
  readonly order?: 'strict' | 'action';
  readonly drops?: FirewallRow['stateful']['dropsOtherwise'];
  readonly midstream?: FirewallRow['stateful']['midstream'];
  readonly home?: string;
}

const ACTIONS: readonly StatefulAction[] = ['pass', 'drop', 'reject', 'alert'];

/** A firewall that forwards everything to its stateful rules, which pass what they do not name. */
export function firewallRowOf(options: FirewallOptions = {}, arn = 'arn:firewall'): FirewallRow {
  const home = parseCidr(options.home ?? '10.0.0.0/16');
  const sources = { ofGroup: { ipSets: {}, portSets: {} }, ofPolicy: {}, vpcBlocks: home ? [home] : [] };
  const rules = statefulRulesOf('arn:stateful', parseSuricataRules(options.rules ?? ''), sources);
  const inOrder =
    options.order === 'strict'
      ? rules
      : [...rules].sort((one, other) => ACTIONS.indexOf(one.action) - ACTIONS.indexOf(other.action));
  return {
    kind: 'firewall',
    id: arn,
    stateless: {
      rules: (options.stateless ?? []).map((rule, index) => ({ ...EVERYTHING, priority: index + 1, ...rule })),
      otherwise: options.otherwise ?? 'forward',
      fragmentsOtherwise: options.fragments ?? 'forward',
    },
    stateful: {
      rules: inOrder,
      dropsOtherwise: options.drops,
      midstream: options.midstream ?? 'drop',
      tcpIdleTimeoutMs: 350_000,
    },
  };
}

const EVERYTHING: FirewallStatelessRule = {
  ruleGroup: 'arn:stateless',
  priority: 1,
  action: 'drop',
  protocols: [],
  sources: [],
  destinations: [],
  sourcePorts: [],
  destinationPorts: [],
  tcpFlags: [],
};
