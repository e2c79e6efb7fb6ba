/** What the groups of an interface admit, as sets of traffic: the rules themselves are asked about each cell. */
import type { IpAddress } from '../net/address.ts';
import { formatCidr } from '../net/cidr.ts';
import type { RulePeer } from '../net/rule-peer.ts';
import type { Direction, SecurityGroup, SecurityGroupRule } from '../pipeline/security-group.ts';
import type { TrafficCells } from './traffic-cells.ts';
import type { SetId, TrafficSets } from './traffic-sets.ts';

/** A peer by its address alone. */
const UNKNOWN_GROUPS: readonly SecurityGroup[] = [];

/** What one combination of groups admits in one direction. A rule speaks of a peer by its address or by its groups. */
export class Admission {
  readonly #sets: TrafficSets;
  readonly #rules: readonly (readonly [SecurityGroupRule, SetId])[];
  /** By the atom of the peer's address. */
  readonly #byAtom: (SetId | undefined)[] = [];
  readonly #byReference = new Map<SecurityGroup, SetId>();

  constructor(sets: TrafficSets, rules: readonly (readonly [SecurityGroupRule, SetId])[]) {
    this.#sets = sets;
    this.#rules = rules;
    for (const [{ referenced }, set] of rules)
      if (referenced) this.#byReference.set(referenced, sets.or(this.#byReference.get(referenced) ?? sets.none, set));
  }

  /** What the union of the rules admits for a peer with this address, which lies in this atom, and these groups. */
  of(atom: number, address: IpAddress, peerGroups: readonly SecurityGroup[]): SetId {
    let set = this.#byAtom[atom] ?? this.#byAddress(address);
    this.#byAtom[atom] = set;
    if (this.#byReference.size === 0) return set;
    for (const group of peerGroups) {
      const more = this.#byReference.get(group);
      if (more !== undefined) set = this.#sets.or(set, more);
    }
    return set;
  }

  /** Groups that rules name. */
  get referenced(): Iterable<SecurityGroup> {
    return this.#byReference.keys();
  }

  #byAddress(address: IpAddress): SetId {
    const peer = { address, groups: UNKNOWN_GROUPS };
    let admitted = this.#sets.none;
    for (const [rule, set] of this.#rules) if (rule.speaksOf(peer)) admitted = this.#sets.or(admitted, set);
    return admitted;
  }
}

/** Sets of what groups admit, for one IP version. */
export class GroupSets {
  readonly #cells: TrafficCells;
  readonly #sets: TrafficSets;
  readonly #rules = new Map<SecurityGroupRule, SetId>();
  readonly #byContent = new Map<string, Admission>();
  readonly #admissions = {
    ingress: new Map<readonly SecurityGroup[], Admission>(),
    egress: new Map<readonly SecurityGroup[], Admission>(),
  };

  constructor(cells: TrafficCells, sets: TrafficSets) {
    this.#cells = cells;
    this.#sets = sets;
  }

  /** The traffic that a rule speaks of, whoever its peer is. */
  ruleSet(rule: SecurityGroupRule): SetId {
    const known = this.#rules.get(rule);
    if (known !== undefined) return known;
    const nowhere = (this.#cells.version === 4 ? 0 : 0n) as IpAddress;
    const set = this.#sets.where((cell) => rule.traffic.matches(this.#cells.packet(cell, nowhere, nowhere)));
    this.#rules.set(rule, set);
    return set;
  }

  /** What the union of these groups' rules admits; one object for all groups whose rules say the same. */
  admission(groups: readonly SecurityGroup[], direction: Direction): Admission {
    const known = this.#admissions[direction].get(groups);
    if (known) return known;
    const rules = groups.flatMap((group) => group[direction]).map((rule) => [rule, this.ruleSet(rule)] as const);
    const content = [...new Set(rules.map(([{ peer }, set]) => `${set} ${peerText(peer)}`))].sort().join();
    const made = this.#byContent.get(content) ?? new Admission(this.#sets, rules);
    this.#byContent.set(content, made);
    this.#admissions[direction].set(groups, made);
    return made;
  }
}

const peerText = (peer: RulePeer): string => (peer.kind === 'cidr' ? formatCidr(peer.cidr) : peer.id);
