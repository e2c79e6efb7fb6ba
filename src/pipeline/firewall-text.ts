/** Rules of firewalls in words, much as Suricata writes them. */
import { type Cidr, formatCidr } from '../net/cidr.ts';
import type {
  FirewallAddresses,
  FirewallPorts,
  FirewallStatefulRule,
  FirewallStatelessRule,
} from '../net/firewall-rule.ts';
import type { PortRange } from '../net/port-range.ts';
import { protocolName } from '../net/protocol.ts';
import type { TraceRule } from '../tables/data-plane.ts';

/** "priority 10: drop tcp from 10.0.0.0/8 to any port 80". */
export function statelessText(rule: FirewallStatelessRule): string {
  const protocols = rule.protocols.length === 0 ? 'all protocols' : rule.protocols.map(protocolName).join(', ');
  const end = (blocks: readonly Cidr[], ports: readonly PortRange[]): string =>
    `${listed(blocks.map(formatCidr))}${ports.length === 0 ? '' : ` port ${listed(ports.map(rangeText))}`}`;
  const ends = `from ${end(rule.sources, rule.sourcePorts)} to ${end(rule.destinations, rule.destinationPorts)}`;
  const flags = rule.tcpFlags.length === 0 ? '' : ', with TCP flags';
  return `priority ${rule.priority}: ${ACTION_WORDS[rule.action]} ${protocols} ${ends}${flags}`;
}

const ACTION_WORDS = { pass: 'pass', drop: 'drop', forward: 'forward to stateful rules' } as const;

/** "sid 7: drop tcp 10.0.0.0/8 any -> any 80 (flow: to_server)". */
export function statefulText(rule: FirewallStatefulRule): string {
  const { signatureId, action, protocol, isBidirectional, flow } = rule;
  const source = `${addressesText(rule.sources)} ${portsText(rule.sourcePorts)}`;
  const destination = `${addressesText(rule.destinations)} ${portsText(rule.destinationPorts)}`;
  const established = flow.isEstablished ? ['established'] : flow.isEstablished === false ? ['not_established'] : [];
  const conditions = [...(flow.side ? [flow.side.replace('-', '_')] : []), ...established];
  const options = conditions.length === 0 ? '' : ` (flow: ${conditions.join(', ')})`;
  const arrow = isBidirectional ? '<>' : '->';
  return `sid ${signatureId}: ${action} ${protocol} ${source} ${arrow} ${destination}${options}`;
}

const addressesText = ({ within, except }: FirewallAddresses): string =>
  setText(within.filter(({ length }) => length > 0).map(formatCidr), except.map(formatCidr));

const portsText = ({ within, except }: FirewallPorts): string =>
  setText(within.filter(({ from, to }) => from > 0 || to < 65_535).map(rangeText), except.map(rangeText));

function setText(within: readonly string[], except: readonly string[]): string {
  const terms = [...within, ...except.map((one) => `!${one}`)];
  if (terms.length === 0) return 'any';
  return terms.length === 1 ? terms.join() : `[${terms.join(',')}]`;
}

const listed = (texts: readonly string[]): string => (texts.length === 0 ? 'any' : texts.join(', '));

const rangeText = ({ from, to }: PortRange): string => (from === to ? String(from) : `${from}:${to}`);

/** A stateless rule as a trace has it. */
export const shownStateless = (rule: FirewallStatelessRule): TraceRule => ({
  kind: 'firewall-stateless-rule',
  priority: rule.priority,
  action: rule.action,
  protocols: rule.protocols,
  sources: rule.sources.map(formatCidr),
  destinations: rule.destinations.map(formatCidr),
  sourcePorts: rule.sourcePorts,
  destinationPorts: rule.destinationPorts,
});

/** A stateful rule as a trace has it. */
export const shownStateful = (rule: FirewallStatefulRule): TraceRule => ({
  kind: 'firewall-stateful-rule',
  signatureId: rule.signatureId,
  isBidirectional: rule.isBidirectional,
  action: rule.action,
  protocols: [rule.protocol],
  sources: blocksOf(rule.sources),
  destinations: blocksOf(rule.destinations),
  sourcePorts: rangesLeft(rule.sourcePorts),
  destinationPorts: rangesLeft(rule.destinationPorts),
});

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
