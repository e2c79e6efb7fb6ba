/**
 * What a change of a network opens and closes: both networks in one space, so that their sets can be compared.
 *
 * Interfaces of the two are the same where their names are (Name tag of the interface or its owner), without one where
 * their ids are: two networks that were built from one template have other ids each time.
 */
import type { OutsideEdge } from '../pipeline/passage.ts';
import type { NetworkSnapshot } from '../tables/network-snapshot.ts';
import { atomsText } from './address-atoms.ts';
import type { Flow } from './all-pairs.ts';
import { Analysis, type Space, spaceOf } from './analysis.ts';
import type { Party } from './parties.ts';
import type { IpVersion } from './traffic-cells.ts';
import type { SetId } from './traffic-sets.ts';
import { rangesOf, type TrafficRange } from './traffic-text.ts';

/** An end of a change. */
export type ChangeEnd =
  /** Interfaces of one name; without a Name tag the name is the owner's id. */
  | { readonly kind: 'interface'; readonly name: string; readonly interfaceIds: readonly string[] }
  | { readonly kind: OutsideEdge; readonly addresses: string };

/** Traffic that flows from each of some to each of others in one of the networks and not in the other. */
export interface ReachChange {
  readonly change: 'opened' | 'closed';
  readonly ipVersion: IpVersion;
  readonly traffic: readonly TrafficRange[];
  /** Whether answers come back, to some client ports at least. */
  readonly answered: boolean;
  readonly from: readonly ChangeEnd[];
  readonly to: readonly ChangeEnd[];
}

/** The changes, what was opened first. */
export interface ReachDifference {
  readonly changes: readonly ReachChange[];
}

/** What `after` opens and closes as against `before`. */
export function difference(before: NetworkSnapshot, after: NetworkSnapshot): ReachDifference {
  const space = spaceOf([before.rows, after.rows]);
  const ends = new EndTable(space);
  const changes = ([4, 6] as const).flatMap((version) => {
    const old = pairsOf(before, 'before', space, ends, version);
    const now = pairsOf(after, 'after', space, ends, version);
    return changesOf(space, ends, version, old, now);
  });
  return { changes: changes.sort((one, other) => one.change.localeCompare(other.change) * -1) };
}

/** Which of the two networks. */
type Side = 'before' | 'after';

/** What flows between two ends, with answers and without. */
interface Pair {
  open: SetId;
  oneWay: SetId;
}

/** Pairs by the numbers of both ends. */
type Pairs = Map<number, Map<number, Pair>>;

function pairsOf(snapshot: NetworkSnapshot, side: Side, space: Space, ends: EndTable, version: IpVersion): Pairs {
  const { sets } = space.traffic[version];
  const pairs: Pairs = new Map();
  const add = ({ lane, traffic }: Flow, from: number, to: number): void => {
    const row = pairs.get(to) ?? new Map<number, Pair>();
    pairs.set(to, row);
    const pair = row.get(from) ?? { open: sets.none, oneWay: sets.none };
    const answered = sets.and(traffic, lane.answeredForSome);
    pair.open = sets.or(pair.open, answered);
    pair.oneWay = sets.or(pair.oneWay, sets.minus(traffic, answered));
    row.set(from, pair);
  };
  new Analysis(snapshot.rows, space).eachFlow((flow, of) => {
    if (of !== version) return;
    const receivers = ends.of(flow.to, snapshot, side);
    for (const parties of flow.from)
      for (const party of parties)
        for (const from of ends.of(party, snapshot, side)) for (const to of receivers) add(flow, from, to);
  });
  return pairs;
}

/** Numbers for ends that are the same in both networks. */
class EndTable {
  readonly #space: Space;
  readonly #numbers = new Map<string, number>();
  /** The interfaces of an end, in each network; undefined outside. */
  readonly #interfaces: (Readonly<Record<Side, Set<string>>> | undefined)[] = [];
  readonly #names: string[] = [];
  readonly #atoms: number[] = [];
  readonly #edges: OutsideEdge[] = [];
  readonly #byParty = new WeakMap<Party, readonly number[]>();

  constructor(space: Space) {
    this.#space = space;
  }

  /** The ends that the members of a party are. */
  of(party: Party, { names }: NetworkSnapshot, side: Side): readonly number[] {
    const known = this.#byParty.get(party);
    if (known) return known;
    const ends = party.members.map(({ holder, edge = 'internet', block }) => {
      if (!holder) return this.#outside(edge, this.#space.atoms.within(block)[0] ?? 0);
      const { id, owner } = holder.row;
      const number = this.#number(names[id] ?? names[owner.id] ?? owner.id);
      const interfaces = this.#interfaces[number] ?? { before: new Set(), after: new Set() };
      this.#interfaces[number] = interfaces;
      interfaces[side].add(id);
      return number;
    });
    const distinct = [...new Set(ends)];
    this.#byParty.set(party, distinct);
    return distinct;
  }

  /** The outside world or the site; undefined for interfaces. */
  edgeOf(end: number): OutsideEdge | undefined {
    return this.#edges[end];
  }

  /** Ends as they are shown, with their interfaces in one of the networks; those of the outside world as one. */
  shown(ends: Iterable<number>, side: Side): readonly ChangeEnd[] {
    const shown: ChangeEnd[] = [];
    const beyond = { site: new Set<number>(), internet: new Set<number>() };
    for (const end of ends) {
      const interfaces = this.#interfaces[end];
      if (interfaces)
        shown.push({ kind: 'interface', name: this.#names[end] ?? '', interfaceIds: [...interfaces[side]] });
      else beyond[this.#edges[end] ?? 'internet'].add(this.#atoms[end] ?? 0);
    }
    const { atoms, outside } = this.#space;
    const kinds = (['site', 'internet'] as const).filter((kind) => beyond[kind].size > 0);
    return [...shown, ...kinds.map((kind) => ({ kind, addresses: atomsText(atoms, beyond[kind], outside[kind]) }))];
  }

  #outside(edge: OutsideEdge, atom: number): number {
    const number = this.#number(`${edge} ${atom}`);
    this.#atoms[number] = atom;
    this.#edges[number] = edge;
    return number;
  }

  #number(name: string): number {
    const number = this.#numbers.get(name) ?? this.#numbers.size;
    this.#numbers.set(name, number);
    this.#names[number] = name;
    return number;
  }
}

function changesOf(
  space: Space,
  ends: EndTable,
  version: IpVersion,
  before: Pairs,
  after: Pairs,
): readonly ReachChange[] {
  const { sets } = space.traffic[version];
  const nothing: Pair = { open: sets.none, oneWay: sets.none };
  const found = new Changes(ends);
  for (const to of new Set([...before.keys(), ...after.keys()]))
    for (const from of new Set([...(before.get(to)?.keys() ?? []), ...(after.get(to)?.keys() ?? [])])) {
      const [old, now] = [before.get(to)?.get(from) ?? nothing, after.get(to)?.get(from) ?? nothing];
      for (const answered of [true, false]) {
        const [was, is] = answered ? [old.open, now.open] : [old.oneWay, now.oneWay];
        const opened = sets.minus(is, was);
        const closed = sets.minus(was, is);
        if (opened !== sets.none) found.add({ change: 'opened', answered, traffic: opened }, from, to);
        if (closed !== sets.none) found.add({ change: 'closed', answered, traffic: closed }, from, to);
      }
    }
  return found.grouped().map(({ change, answered, traffic, from, to }) => ({
    change,
    ipVersion: version,
    traffic: rangesOf(space.traffic[version], traffic),
    answered,
    from: ends.shown(from, change === 'opened' ? 'after' : 'before'),
    to: ends.shown(to, change === 'opened' ? 'after' : 'before'),
  }));
}

interface Change {
  readonly change: ReachChange['change'];
  readonly answered: boolean;
  readonly traffic: SetId;
}

/** Single changes, put together to those of many from many. */
class Changes {
  readonly #ends: EndTable;
  /** By what changed, then by receiver: the senders. */
  readonly #changes = new Map<string, { readonly change: Change; readonly byReceiver: Map<number, number[]> }>();

  constructor(ends: EndTable) {
    this.#ends = ends;
  }

  /** What the outside world or the site takes part in is kept apart from the rest. */
  add(change: Change, from: number, to: number): void {
    const outside = `${this.#ends.edgeOf(from)} ${this.#ends.edgeOf(to)}`;
    const key = `${change.change} ${change.answered} ${change.traffic} ${outside}`;
    const of = this.#changes.get(key) ?? { change, byReceiver: new Map<number, number[]>() };
    this.#changes.set(key, of);
    const senders = of.byReceiver.get(to);
    if (senders) senders.push(from);
    else of.byReceiver.set(to, [from]);
  }

  /** Receivers that changed for the same senders together. */
  grouped(): readonly (Change & { readonly from: readonly number[]; readonly to: readonly number[] })[] {
    return [...this.#changes.values()].flatMap(({ change, byReceiver }) => {
      const bySenders = new Map<string, { readonly from: readonly number[]; readonly to: number[] }>();
      for (const [to, senders] of byReceiver) {
        const from = senders.sort((one, other) => one - other);
        const of = bySenders.get(from.join()) ?? { from, to: [] };
        bySenders.set(from.join(), of);
        of.to.push(to);
      }
      return [...bySenders.values()].map((of) => ({ ...change, ...of }));
    });
  }
}
