/**
 * A firewall of AWS Network Firewall as packets meet it: what its stateless engine says of a packet, and what its
 * stateful one says of it in its place in a flow. Pure: who remembers flows is `firewall-flows.ts`.
 *
 * Sources: Network Firewall developer guide (firewall-policy-processing, suricata-rule-evaluation-order), API reference
 * (MatchAttributes, StatefulRule); Suricata's guide for what a header and the keyword `flow` match.
 */
import type { IpAddress } from '../net/address.ts';
import type {
  FirewallAddresses,
  FirewallPorts,
  FirewallStatefulRule,
  FirewallStatelessRule,
  StatefulAction,
  StatelessAction,
} from '../net/firewall-rule.ts';
import { hasPort, type PortRange } from '../net/port-range.ts';
import { TCP, UDP } from '../net/protocol.ts';
import type { FirewallRow } from '../tables/firewall-row.ts';
import { BlockFilter } from './block-filter.ts';
import { shownStateful, shownStateless, statefulText, statelessText } from './firewall-text.ts';
import type { Packet } from './packet.ts';
import type { Component, Decider } from './verdict.ts';

/** Where a packet stands in its flow. */
export interface FlowPosition {
  readonly side: 'to-server' | 'to-client';
  /** Whether both sides were heard: of TCP, from the segment that completes the handshake. */
  readonly isEstablished: boolean;
}

/** What an engine says of a packet, and by which of its rules. */
export interface Ruling<Action> extends Decider {
  readonly action: Action;
}

/** What the stateful engine says: `none` where no rule and no default action has decided, and the packet passes. */
export type StatefulVerdict = Exclude<StatefulAction, 'alert'> | 'none';

/** One compiled rule of the stateless engine. */
class StatelessRule implements Ruling<StatelessAction> {
  readonly action: StatelessAction;
  readonly #sources: readonly BlockFilter[];
  readonly #destinations: readonly BlockFilter[];

  constructor(private readonly rule: FirewallStatelessRule) {
    this.action = rule.action;
    this.#sources = rule.sources.map((block) => new BlockFilter(block));
    this.#destinations = rule.destinations.map((block) => new BlockFilter(block));
  }

  matches(packet: Packet): boolean {
    const { protocols, sourcePorts, destinationPorts, tcpFlags } = this.rule;
    if (protocols.length > 0 && !protocols.includes(packet.protocol)) return false;
    if (!isAmong(this.#sources, packet.source) || !isAmong(this.#destinations, packet.destination)) return false;
    // A later fragment shows no ports, so that a rule that names some says nothing of it (unconfirmed).
    if (packet.isLaterFragment) return sourcePorts.length === 0 && destinationPorts.length === 0;
    if (!isPortAmong(sourcePorts, packet.sourcePort) || !isPortAmong(destinationPorts, packet.destinationPort))
      return false;
    return tcpFlags.length === 0 || tcpFlags.some(({ flags, mask }) => (packet.tcpFlags & mask) === flags);
  }

  describe(): Component {
    const { rule } = this;
    return { kind: 'firewall-rule-group', id: rule.ruleGroup, detail: statelessText(rule), rule: shownStateless(rule) };
  }
}

const isAmong = (blocks: readonly BlockFilter[], address: IpAddress): boolean =>
  blocks.length === 0 || blocks.some((block) => block.has(address));

const isPortAmong = (ranges: readonly PortRange[], port: number): boolean =>
  ranges.length === 0 || ranges.some((range) => hasPort(range, port));

/** One compiled rule of the stateful engine. */
class StatefulRule implements Ruling<StatefulAction> {
  readonly action: StatefulAction;
  readonly #sources: AddressFilter;
  readonly #destinations: AddressFilter;

  constructor(private readonly rule: FirewallStatefulRule) {
    this.action = rule.action;
    this.#sources = new AddressFilter(rule.sources);
    this.#destinations = new AddressFilter(rule.destinations);
  }

  matches(packet: Packet, position: FlowPosition): boolean {
    const { flow, isBidirectional } = this.rule;
    if (flow.side !== undefined && flow.side !== position.side) return false;
    if (flow.isEstablished !== undefined && flow.isEstablished !== position.isEstablished) return false;
    if (!this.#isOfProtocol(packet)) return false;
    const { source, destination, sourcePort, destinationPort } = packet;
    return (
      this.#hasEnds(source, sourcePort, destination, destinationPort) ||
      (isBidirectional && this.#hasEnds(destination, destinationPort, source, sourcePort))
    );
  }

  #isOfProtocol({ protocol, isIcmp }: Packet): boolean {
    const { protocol: wanted } = this.rule;
    if (wanted === 'ip') return true;
    if (wanted === 'icmp') return isIcmp;
    return protocol === (wanted === 'tcp' ? TCP : UDP);
  }

  #hasEnds(source: IpAddress, sourcePort: number, destination: IpAddress, destinationPort: number): boolean {
    return (
      hasPortIn(this.rule.sourcePorts, sourcePort) &&
      hasPortIn(this.rule.destinationPorts, destinationPort) &&
      this.#sources.has(source) &&
      this.#destinations.has(destination)
    );
  }

  describe(): Component {
    const { rule } = this;
    return { kind: 'firewall-rule-group', id: rule.ruleGroup, detail: statefulText(rule), rule: shownStateful(rule) };
  }
}

/** Ports at which some rule begins to say something else of a packet, as its source or as its destination. */
export function portBoundsOf({ stateless, stateful }: FirewallRow): readonly number[] {
  const ofStateless = stateless.rules.flatMap((rule) => [...rule.sourcePorts, ...rule.destinationPorts]);
  const sets = stateful.rules.flatMap((rule) => [rule.sourcePorts, rule.destinationPorts]);
  const ofStateful = sets.flatMap(({ within, except }) => [...within, ...except]);
  return [...ofStateless, ...ofStateful].flatMap(({ from, to }) => [from, to + 1]);
}

class AddressFilter {
  readonly #within: readonly BlockFilter[];
  readonly #except: readonly BlockFilter[];

  constructor({ within, except }: FirewallAddresses) {
    this.#within = within.map((block) => new BlockFilter(block));
    this.#except = except.map((block) => new BlockFilter(block));
  }

  has(address: IpAddress): boolean {
    return this.#within.some((block) => block.has(address)) && !this.#except.some((block) => block.has(address));
  }
}

const hasPortIn = ({ within, except }: FirewallPorts, port: number): boolean =>
  within.some((range) => hasPort(range, port)) && !except.some((range) => hasPort(range, port));

/** A firewall. Its content is replaced whole when its policy changes; flows that were passed before stay passed. */
export class Firewall {
  readonly #stateless: readonly StatelessRule[];
  readonly #stateful: readonly StatefulRule[];
  readonly #otherwise: Ruling<StatelessAction>;
  readonly #fragmentsOtherwise: Ruling<StatelessAction>;
  readonly #statefulOtherwise: Ruling<StatefulVerdict>;
  readonly #notMatched: Ruling<StatefulVerdict>;
  /** Whether the stateless engine tells packets of one flow apart: by their flags. */
  readonly looksAtFlags: boolean;
  /** What decides about flows that were decided about before, and about packets that belong to none. */
  readonly decidedBefore: Decider;
  readonly unknownConnection: Decider;

  constructor(readonly row: FirewallRow) {
    const { id, stateless, stateful } = row;
    // Rules that only log decide nothing.
    this.#stateful = stateful.rules.filter(({ action }) => action !== 'alert').map((rule) => new StatefulRule(rule));
    this.#stateless = stateless.rules.map((rule) => new StatelessRule(rule));
    this.looksAtFlags = stateless.rules.some(({ tcpFlags }) => tcpFlags.length > 0);
    const said = (detail: string): Decider => ({ describe: () => ({ kind: 'firewall', id, detail }) });
    const byDefault = (action: StatelessAction, what: string): Ruling<StatelessAction> => ({
      action,
      ...said(`no stateless rule matches; ${what}: ${action}`),
    });
    this.#otherwise = byDefault(stateless.otherwise, 'default action');
    this.#fragmentsOtherwise = byDefault(stateless.fragmentsOtherwise, 'default action for fragments');
    const dropped = `no stateful rule matches; default action: drop ${stateful.dropsOtherwise ?? ''}`.trimEnd();
    this.#statefulOtherwise = { action: 'drop', ...said(dropped) };
    this.#notMatched = { action: 'none', ...said('no stateful rule matches') };
    this.decidedBefore = said('a rule has decided about the whole flow');
    this.unknownConnection = said('it belongs to no connection that the firewall knows');
  }

  /** What the stateless engine says of a packet. */
  stateless(packet: Packet): Ruling<StatelessAction> {
    for (const rule of this.#stateless) if (rule.matches(packet)) return rule;
    return packet.isFragment ? this.#fragmentsOtherwise : this.#otherwise;
  }

  /** What the stateful engine says of a packet in its place in a flow about which nothing is decided yet. */
  stateful(packet: Packet, position: FlowPosition): Ruling<StatefulVerdict> {
    for (const rule of this.#stateful) if (rule.matches(packet, position)) return rule as Ruling<StatefulVerdict>;
    const { dropsOtherwise } = this.row.stateful;
    const isDropped = dropsOtherwise === 'all' || (dropsOtherwise === 'established' && position.isEstablished);
    return isDropped ? this.#statefulOtherwise : this.#notMatched;
  }
}
