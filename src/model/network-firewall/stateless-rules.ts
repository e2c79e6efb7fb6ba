/**
 * Rules of the stateless engine: what is accepted, what it costs, and what the engine gets.
 *
 * Sources: API reference, StatelessRule, MatchAttributes, TCPFlagField; developer guide, nwfw-rule-group-capacity.
 */
import { type Cidr, parseCidr } from '../../net/cidr.ts';
import type { FirewallStatelessRule, StatelessAction, TcpFlagsMatch } from '../../net/firewall-rule.ts';
import type { PortRange } from '../../net/port-range.ts';
import { TCP, UDP } from '../../net/protocol.ts';
import type {
  CustomAction,
  DefaultActions,
  PortsSetting,
  StatelessMatch,
  StatelessRuleSetting,
} from '../resources/network-firewall.ts';
import { refused } from './refusal.ts';

const MAX_PRIORITY = 65_535;
const MAX_PORT = 65_535;
const MAX_PROTOCOL = 255;

const STANDARD: Readonly<Record<string, StatelessAction>> = {
  'aws:pass': 'pass',
  'aws:drop': 'drop',
  'aws:forward_to_sfe': 'forward',
};

/** The actions of a rule or a default. @throws Fault InvalidRequestException unless one is standard and the others are defined */
export function actionsOf(written: readonly string[], customActions: readonly CustomAction[]): DefaultActions {
  const standard = written.filter((action) => action in STANDARD);
  const [only] = standard;
  if (only === undefined || standard.length > 1) {
    throw refused(
      `exactly one of aws:pass, aws:drop and aws:forward_to_sfe must be among the actions, not ${written.join(', ') || 'none'}`,
    );
  }
  for (const name of written) {
    if (name !== only && !customActions.some((custom) => custom.name === name)) {
      throw refused(`the custom action ${name.slice(0, 200)} is not defined`);
    }
  }
  return { standard: STANDARD[only] ?? 'drop', written };
}

/** The rules as the engine asks them, in their order. @throws Fault InvalidRequestException for the first that is wrong */
export function statelessRulesOf(
  ruleGroup: string,
  rules: readonly StatelessRuleSetting[],
  customActions: readonly CustomAction[],
): readonly FirewallStatelessRule[] {
  const priorities = new Set<number>();
  const compiled = rules.map(({ priority, actions, match }): FirewallStatelessRule => {
    if (!Number.isInteger(priority) || priority < 1 || priority > MAX_PRIORITY) {
      throw refused(`the priority of a stateless rule is a number from 1 to ${MAX_PRIORITY}, not ${priority}`);
    }
    if (priorities.has(priority)) throw refused(`two stateless rules have the priority ${priority}`);
    priorities.add(priority);
    return { ruleGroup, priority, action: actionsOf(actions, customActions).standard, ...matchOf(match) };
  });
  return compiled.sort((one, other) => one.priority - other.priority);
}

/** Of each rule the product of how much its settings name, of all rules the sum. */
export function capacityOf(rules: readonly StatelessRuleSetting[]): number {
  const values = (list: readonly unknown[]): number => Math.max(1, list.length);
  return rules.reduce((sum, { match }) => {
    const settings = [
      match.sources,
      match.destinations,
      match.sourcePorts,
      match.destinationPorts,
      match.protocols,
      match.tcpFlags,
    ];
    return sum + settings.reduce((product, list) => product * values(list), 1);
  }, 0);
}

function matchOf(match: StatelessMatch): Omit<FirewallStatelessRule, 'ruleGroup' | 'priority' | 'action'> {
  const { protocols } = match;
  for (const protocol of protocols) {
    if (!Number.isInteger(protocol) || protocol < 0 || protocol > MAX_PROTOCOL)
      throw refused(`${protocol} is no protocol number`);
  }
  const areOnly = (...allowed: readonly number[]): boolean =>
    protocols.length > 0 && protocols.every((protocol) => allowed.includes(protocol));
  // "This setting is only used for protocols 6 and 17" does not say what becomes of others: nothing that would have to be guessed.
  if (match.sourcePorts.length + match.destinationPorts.length > 0 && !areOnly(TCP, UDP)) {
    throw refused('a stateless rule with ports must name the protocols 6 (TCP), 17 (UDP) or both, and no others');
  }
  if (match.tcpFlags.length > 0 && !areOnly(TCP))
    throw refused('a stateless rule with TCP flags must name the protocol 6 (TCP) alone');
  return {
    protocols,
    sources: match.sources.map(blockOf),
    destinations: match.destinations.map(blockOf),
    sourcePorts: match.sourcePorts.map(rangeOf),
    destinationPorts: match.destinationPorts.map(rangeOf),
    tcpFlags: match.tcpFlags.map(flagsOf),
  };
}

function blockOf(text: string): Cidr {
  const block = parseCidr(text);
  if (!block) throw refused(`"${text.slice(0, 100)}" is no block of addresses in CIDR notation`);
  return block;
}

function rangeOf({ fromPort: from, toPort: to }: PortsSetting): PortRange {
  if (![from, to].every((port) => Number.isInteger(port) && port >= 0 && port <= MAX_PORT) || from > to) {
    throw refused(`${from} to ${to} is no range of ports`);
  }
  return { from, to };
}

const FLAGS: Readonly<Record<string, number>> = {
  FIN: 0x01,
  SYN: 0x02,
  RST: 0x04,
  PSH: 0x08,
  ACK: 0x10,
  URG: 0x20,
  ECE: 0x40,
  CWR: 0x80,
};
const ALL_FLAGS = 0xff;

/** Without masks all flags are looked at. */
function flagsOf({ flags, masks }: StatelessMatch['tcpFlags'][number]): TcpFlagsMatch {
  const bits = (names: readonly string[]): number =>
    names.reduce((sum, name) => {
      const bit = FLAGS[name];
      if (bit === undefined) throw refused(`${name.slice(0, 20)} is no TCP flag`);
      return sum | bit;
    }, 0);
  const wanted = bits(flags);
  const mask = masks.length === 0 ? ALL_FLAGS : bits(masks);
  if ((wanted & ~mask) !== 0) throw refused('TCP flags can be set only where they are in the mask');
  return { flags: wanted, mask };
}
