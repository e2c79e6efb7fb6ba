/**
 * Rules of security groups and entries of network ACLs that no possible packet uses.
 *
 * A rule of a group is used by a first packet that comes to it and matches; an entry of an ACL by a packet, or the answer
 * to one, that comes to it and that no entry before it decides about. What is possible: any packet that a guest sends to
 * any address, from its own addresses or, without the source/destination check, from any; and any packet from outside
 * or from the customer's site.
 */
import { isIpv4 } from '../net/address.ts';
import type { AclGate, Gate } from '../pipeline/gates.ts';
import type { Interface } from '../pipeline/interface.ts';
import type { NetworkAcl } from '../pipeline/network-acl.ts';
import type { Direction, SecurityGroup, SecurityGroupRule } from '../pipeline/security-group.ts';
import type { TraceRequest } from '../tables/data-plane.ts';
import type { NetworkSnapshot } from '../tables/network-snapshot.ts';
import type { NetworkAclRow, SecurityGroupRow, TableRow } from '../tables/tables.ts';
import { addressAt, groupsOf, type PairSource } from './all-pairs.ts';
import { Analysis } from './analysis.ts';
import { aclSet, admittedAt, cellAt, kindsFor, type LaneGate, laneGate, requestsOf } from './lanes.ts';
import { asMember, isSameEnd, type Party } from './parties.ts';
import type { TrafficKind } from './traffic-cells.ts';
import type { SetId } from './traffic-sets.ts';
import { eachRuleOfTunnels } from './tunnel-rules.ts';

/** A rule that nothing uses. */
export interface UnusedRule {
  readonly kind: 'security-group-rule' | 'network-acl-entry';
  /** The group or ACL. */
  readonly componentId: string;
  readonly direction: 'ingress' | 'egress';
  /** The rule's id, or the entry's number. */
  readonly rule: string;
  readonly why: string;
}

/** The rules of a network that no possible packet uses; those of groups first. */
export function unusedRules({ rows }: NetworkSnapshot): readonly UnusedRule[] {
  const used = new Set<string>();
  const analysis = new Analysis(rows);
  for (const source of analysis.sources) new Usage(source, used).collect();
  eachRuleOfTunnels(analysis.pipeline, rows, (componentId, rule) => {
    if (rule.kind === 'network-acl-entry') used.add(keyOf(componentId, rule.direction, rule.number));
    if (rule.kind === 'security-group-rule') used.add(keyOf(componentId, rule.direction, rule.id));
  });
  return [
    ...rows.flatMap((row) => unusedOfGroup(rows, row, used)),
    ...rows.flatMap((row) => unusedOfAcl(rows, row, used)),
  ];
}

const keyOf = (componentId: string, direction: string, rule: string | number | null): string =>
  `${componentId} ${direction} ${rule}`;

/** Whom a rule may speak of. */
type RulePeerParty = Parameters<SecurityGroupRule['speaksOf']>[0];

/** What an ACL lets pass for addresses that it does not tell apart, and what has come to it. */
interface AclFilter {
  readonly gate: AclGate;
  readonly allowed: SetId;
  seen: SetId;
}

/** A filter on a way between two zones. */
type Filter = LaneGate | { readonly acl: AclFilter; readonly cell: number | undefined };

/** What packets of one kind, and their answers, meet between two zones. */
interface Walked {
  readonly traffic: SetId;
  readonly there: readonly Filter[];
  readonly back: readonly Filter[] | undefined;
  /** The packets that answer; undefined: those of the cells that arrived. */
  readonly answers: SetId | undefined;
}

/** Notes the rules that packets of one IP version use. */
class Usage {
  readonly #source: PairSource;
  readonly #used: Set<string>;
  /** The rules of each group that nothing has used yet. */
  readonly #left = {
    ingress: new Map<SecurityGroup, readonly SecurityGroupRule[]>(),
    egress: new Map<SecurityGroup, readonly SecurityGroupRule[]>(),
  };
  readonly #ways = new Map<string, readonly Walked[]>();
  readonly #aclFilters = new Map<NetworkAcl | undefined, Map<string, AclFilter>>();

  constructor(source: PairSource, used: Set<string>) {
    this.#source = source;
    this.#used = used;
  }

  collect(): void {
    const destinations = [...this.#source.receivers, ...this.#elsewhere()];
    for (const from of [...this.#source.senders, ...this.#disguised()])
      for (const to of destinations) {
        const other = isSameEnd(from, to) ? to.members.find((member) => !isSameEnd(member, from)) : undefined;
        if (isSameEnd(from, to) && !other) continue;
        const receiver = other ? asMember(to, other) : to;
        for (const walked of this.#waysBetween(from, receiver)) this.#walk(walked, from, receiver);
      }
  }

  /** One packet of each kind finds the filters for all; between the same zones they are the same. */
  #waysBetween(from: Party, to: Party): readonly Walked[] {
    const isNear = from.holder !== undefined && from.holder.subnet === to.holder?.subnet;
    const key = `${from.zone} ${to.zone} ${isNear}`;
    const known = this.#ways.get(key) ?? this.#findWays(from, to);
    this.#ways.set(key, known);
    return known;
  }

  #findWays(from: Party, to: Party): readonly Walked[] {
    const { ways } = this.#source;
    // What firewalls drop comes to rules behind them all the same: a rule that is used is never called unused.
    const filters = (gates: readonly Gate[], request?: TraceRequest): readonly Filter[] =>
      gates
        .filter((gate) => gate.kind !== 'firewall')
        .map((gate) => {
          const cell = request && cellAt(this.#source, gate, request);
          return gate.kind === 'groups' ? laneGate(gate, from, to, cell) : { acl: this.#aclFilter(gate), cell };
        });
    return [...kindsFor(this.#source, to)].flatMap(([kind, traffic]) =>
      requestsOf(this.#source, [kind, traffic], from, to).map((request) => {
        const { there, back } = ways.find(request);
        return {
          traffic,
          there: filters(there.gates, request),
          back: back && filters(back.gates),
          answers: this.#answersTo(kind, traffic),
        };
      }),
    );
  }

  /** The packets that answer those of a kind; undefined: of the same cells. */
  #answersTo(kind: TrafficKind, traffic: SetId): SetId | undefined {
    const { sets, cells } = this.#source;
    if (kind === 'tcp' || kind === 'udp') return this.#source.kinds.get(kind) ?? traffic;
    return kind === 'echo' ? sets.where((cell) => cell === cells.echoReply) : undefined;
  }

  #walk({ traffic, there, back, answers }: Walked, from: Party, to: Party): void {
    const arrived = this.#pass(there, traffic, from, to);
    if (back && arrived !== this.#source.sets.none) this.#pass(back, answers ?? arrived, from, to);
  }

  #pass(filters: readonly Filter[], traffic: SetId, from: Party, to: Party): SetId {
    const { sets } = this.#source;
    let left = traffic;
    for (const filter of filters) {
      if (left === sets.none) return left;
      const { cell } = filter;
      const there = cell === undefined ? left : sets.where((one) => one === cell);
      const admits = 'acl' in filter ? this.#acl(filter.acl, there) : this.#groups(filter, there, from, to);
      left = admittedAt(sets, left, admits, cell);
    }
    return left;
  }

  #groups(gate: LaneGate, traffic: SetId, from: Party, to: Party): SetId {
    const { groupSets } = this.#source;
    const { direction } = gate;
    const groups = groupsOf(gate.of, from, to);
    const address = addressAt(gate, from, to);
    const peerGroups = groupsOf(gate.peerGroups, from, to);
    for (const group of groups) this.#noteRules(group, direction, { address, groups: peerGroups }, traffic);
    return groupSets.admission(groups, direction).of(this.#atomAt(gate, from, to), address, peerGroups);
  }

  #atomAt({ peerAddress }: LaneGate, from: Party, to: Party): number {
    if (peerAddress === 'receiver') return to.atom;
    if (peerAddress === 'public-sender' && from.publicAddress !== undefined) return from.publicAtom;
    return typeof peerAddress === 'string' ? from.atom : this.#source.atoms.atomOf(peerAddress.address);
  }

  /** Only rules that nothing has used yet are asked: of a million pairs that is all but nothing. */
  #noteRules(group: SecurityGroup, direction: Direction, peer: RulePeerParty, traffic: SetId): void {
    const { sets, groupSets } = this.#source;
    const left = this.#left[direction].get(group) ?? group[direction];
    const used = left.filter((rule) => rule.speaksOf(peer) && sets.and(groupSets.ruleSet(rule), traffic) !== sets.none);
    if (used.length > 0 || !this.#left[direction].has(group))
      this.#left[direction].set(
        group,
        left.filter((rule) => !used.includes(rule)),
      );
    for (const rule of used) {
      const { id, rule: of } = rule.describe();
      if (of?.kind === 'security-group-rule') this.#used.add(keyOf(id, of.direction, of.id));
    }
  }

  #acl(filter: AclFilter, traffic: SetId): SetId {
    const { sets, cells } = this.#source;
    const fresh = sets.minus(traffic, filter.seen);
    if (fresh !== sets.none) {
      const { acl, direction, source, destination } = filter.gate;
      filter.seen = sets.or(filter.seen, fresh);
      for (const cell of sets.cellsOf(fresh)) {
        const component = acl?.decide(direction, cells.packet(cell, source, destination)).describe();
        if (component?.rule?.kind === 'network-acl-entry')
          this.#used.add(keyOf(component.id, direction, component.rule.number));
      }
    }
    return filter.allowed;
  }

  /** One for all packets that the ACL judges by an address of the same atom. */
  #aclFilter(gate: AclGate): AclFilter {
    const { wayAtoms, sets } = this.#source;
    const { acl, direction, source, destination } = gate;
    const key = `${direction} ${wayAtoms.atomOf(direction === 'ingress' ? source : destination)}`;
    const ofAcl = this.#aclFilters.get(acl) ?? new Map<string, AclFilter>();
    this.#aclFilters.set(acl, ofAcl);
    const filter = ofAcl.get(key) ?? { gate, allowed: aclSet(this.#source, gate), seen: sets.none };
    ofAcl.set(key, filter);
    return filter;
  }

  /** One address of each atom: packets for such as nobody has meet filters too, before they are lost. */
  #elsewhere(): readonly Party[] {
    return this.#eachAtom(undefined, 0);
  }

  /** Guests whose addresses nobody checks, under an address of each atom. */
  #disguised(): readonly Party[] {
    const unchecked = new Map<Interface, Party>();
    for (const party of this.#source.senders)
      for (const { holder } of party.members) if (holder && !holder.row.sourceDestCheck) unchecked.set(holder, party);
    return [...unchecked].flatMap(([holder, { groups }], index) => this.#eachAtom({ holder, groups }, index + 1));
  }

  #eachAtom(as: Pick<Party, 'holder' | 'groups'> | undefined, number: number): readonly Party[] {
    const { atoms, wayAtoms, cells } = this.#source;
    const parties: Party[] = [];
    for (let atom = 0; atom < atoms.count; atom++) {
      const address = atoms.regionOf(atom)[0]?.address;
      if (address === undefined || isIpv4(address) !== (cells.version === 4)) continue;
      // Zones of interfaces are numbered from 0.
      const zone = -1 - number * wayAtoms.count - wayAtoms.atomOf(address);
      const alike = { version: cells.version, publicAddress: undefined, publicAtom: -1, place: -1, zone };
      const edge = as ? undefined : 'internet';
      parties.push({ ...alike, edge, holder: as?.holder, groups: as?.groups, address, atom, members: [] });
    }
    return parties;
  }
}

function unusedOfGroup(rows: readonly TableRow[], row: TableRow, used: ReadonlySet<string>): readonly UnusedRule[] {
  if (row.kind !== 'security-group') return [];
  const isHeld = (id: string): boolean =>
    rows.some((one) => one.kind === 'interface' && one.securityGroupIds.some((of) => of === id));
  const why = ({ peer }: SecurityGroupRow['ingress'][number]): string => {
    if (!isHeld(row.id)) return 'no attached interface has the group';
    return peer.kind === 'security-group' && !isHeld(peer.id)
      ? `no attached interface has ${peer.id}, which it names`
      : 'no possible packet comes to it and matches';
  };
  return (['ingress', 'egress'] as const).flatMap((direction) =>
    row[direction]
      .filter(({ id }) => !used.has(keyOf(row.id, direction, id)))
      .map(
        (rule) =>
          ({ kind: 'security-group-rule', componentId: row.id, direction, rule: rule.id, why: why(rule) }) as const,
      ),
  );
}

function unusedOfAcl(rows: readonly TableRow[], row: TableRow, used: ReadonlySet<string>): readonly UnusedRule[] {
  if (row.kind !== 'network-acl') return [];
  const isAssociated = rows.some((one) => one.kind === 'subnet' && one.networkAclId === row.id);
  const why = isAssociated
    ? 'no possible packet comes to it that no entry before it decides about'
    : 'no subnet has the ACL';
  return (['ingress', 'egress'] as const).flatMap((direction) =>
    row[direction]
      .filter(({ number }: NetworkAclRow['ingress'][number]) => !used.has(keyOf(row.id, direction, number)))
      .map(
        ({ number }) =>
          ({ kind: 'network-acl-entry', componentId: row.id, direction, rule: String(number), why }) as const,
      ),
  );
}
