/**
 * Who reaches whom with which traffic, for all pairs, all addresses and all ports at once.
 *
 * The ways between places are found by the pipeline (lanes.ts), few because places are few. For each pair of parties the
 * lanes of their places are cut with what the groups at their ends admit, each a look into a table.
 */
import type { IpAddress } from '../net/address.ts';
import type { Interface } from '../pipeline/interface.ts';
import type { SecurityGroup } from '../pipeline/security-group.ts';
import type { Admission, GroupSets } from './group-sets.ts';
import { admittedAt, type GroupsRef, type Lane, type LaneFinder, type LaneGate, lanesBetween } from './lanes.ts';
import { asMember, isSameEnd, type Party, soleHolder } from './parties.ts';
import type { SetId } from './traffic-sets.ts';

/** Senders that reach a receiver by one lane with the same traffic. The lists are shared: nobody changes them. */
export interface Flow {
  readonly from: readonly (readonly Party[])[];
  readonly to: Party;
  readonly lane: Lane;
  readonly traffic: SetId;
}

/** What all pairs of one IP version are worked out with. */
export interface PairSource extends LaneFinder {
  readonly groupSets: GroupSets;
  readonly senders: readonly Party[];
  readonly receivers: readonly Party[];
}

/** Calls `found` with every flow there is. A party may be on both ends, for its members among themselves. */
export function eachFlow(source: PairSource, found: (flow: Flow) => void): void {
  const lanes = new LaneTable(source);
  const places = bundlesByPlace(source);
  for (const to of source.receivers)
    for (const [place, bundles] of places)
      for (const lane of lanes.between(place, to.place)) {
        const gates = lane.gates.map((gate) => prepared(source, gate, to));
        const flows = new Map<SetId, (readonly Party[])[]>();
        for (const bundle of bundles) addFlows(source, flows, lane, gates, bundle, to);
        for (const [traffic, from] of flows) found({ from, to, lane, traffic });
      }
}

/** A sender as gates see it, but for the groups that it is in. */
export interface SeenSender extends Pick<Party, 'address' | 'atom' | 'publicAddress' | 'publicAtom'> {
  readonly egress: Admission;
}

/** Senders that differ in their groups alone, as far as others see them: most rules treat them alike. */
interface Bundle extends SeenSender, Pick<Party, 'edge'> {
  readonly parties: Party[];
  readonly byGroup: Map<SecurityGroup, Party[]>;
  /** Those that are one interface alone. */
  readonly byHolder: Map<Interface, Party>;
}

function bundlesByPlace({ senders, groupSets }: PairSource): ReadonlyMap<number, readonly Bundle[]> {
  const places = new Map<number, Bundle[]>();
  for (const party of senders) {
    const egress = groupSets.admission(groupsOf('sender', party, party), 'egress');
    const bundles = places.get(party.place) ?? [];
    places.set(party.place, bundles);
    let bundle = bundles.find(
      (one) => one.egress === egress && one.atom === party.atom && one.publicAtom === party.publicAtom,
    );
    if (!bundle) {
      bundle = { ...party, egress, parties: [], byGroup: new Map(), byHolder: new Map() };
      bundles.push(bundle);
    }
    put(bundle, party);
  }
  return places;
}

function put({ parties, byGroup, byHolder }: Bundle, party: Party): void {
  parties.push(party);
  for (const group of groupsOf('sender', party, party)) byGroup.set(group, [...(byGroup.get(group) ?? []), party]);
  const holder = soleHolder(party);
  if (holder) byHolder.set(holder, party);
}

/** The bundle as one, but for senders whose groups a rule names, and for the receiver itself. */
function addFlows(
  source: PairSource,
  flows: Map<SetId, (readonly Party[])[]>,
  lane: Lane,
  gates: readonly PreparedGate[],
  bundle: Bundle,
  to: Party,
): void {
  // What the outside world, or sites, send among themselves is not the network's.
  if (bundle.edge && bundle.edge === to.edge) return;
  const add = (traffic: SetId, parties: readonly Party[]): void => {
    if (traffic === source.sets.none || parties.length === 0) return;
    const lists = flows.get(traffic);
    if (lists) lists.push(parties);
    else flows.set(traffic, [parties]);
  };
  const alone = soleHolder(to);
  const self = alone && bundle.byHolder.get(alone);
  const special = new Set<Party>();
  for (const { admission, peerGroups } of gates)
    if (admission && !peerGroups)
      for (const group of admission.referenced) for (const party of bundle.byGroup.get(group) ?? []) special.add(party);
  for (const party of special)
    if (party !== self) add(admitted(source, lane, gates, bundle, groupsOf('sender', party, party)), [party]);
  const others =
    self || special.size > 0 ? bundle.parties.filter((one) => one !== self && !special.has(one)) : bundle.parties;
  add(admitted(source, lane, gates, bundle, NO_GROUPS), others);
}

/** A gate with what is known of it for one receiver. Undefined: it is the sender's. */
export interface PreparedGate {
  readonly admission: Admission | undefined;
  readonly peerGroups: readonly SecurityGroup[] | undefined;
  readonly peer: 'sender' | 'public-sender' | { readonly atom: number; readonly address: IpAddress };
  readonly cell: number | undefined;
}

/** What is known of a gate for one receiver. */
export function prepared({ groupSets, atoms }: PairSource, gate: LaneGate, to: Party): PreparedGate {
  const groups = (ref: GroupsRef) => (ref === 'sender' ? undefined : groupsOf(ref, to, to));
  const { direction, peerAddress } = gate;
  const own = groups(gate.of);
  const fixed = (address: IpAddress) => ({ address, atom: atoms.atomOf(address) });
  return {
    admission: own && groupSets.admission(own, direction),
    cell: gate.cell,
    peerGroups: groups(gate.peerGroups),
    peer: typeof peerAddress !== 'string' ? fixed(peerAddress.address) : peerAddress === 'receiver' ? to : peerAddress,
  };
}

/** What of a lane's traffic the groups on it admit, for a sender with these groups. */
export function admitted(
  { sets }: PairSource,
  lane: Lane,
  gates: readonly PreparedGate[],
  sender: SeenSender,
  groups: readonly SecurityGroup[],
): SetId {
  let { traffic } = lane;
  for (const { admission = sender.egress, peerGroups = groups, peer, cell } of gates) {
    let { atom, address } = sender;
    if (typeof peer !== 'string') ({ atom, address } = peer);
    else if (peer === 'public-sender') [atom, address] = [sender.publicAtom, sender.publicAddress ?? address];
    traffic = admittedAt(sets, traffic, admission.of(atom, address, peerGroups), cell);
    if (traffic === sets.none) break;
  }
  return traffic;
}

const NO_GROUPS: readonly SecurityGroup[] = [];

/** The groups that a gate speaks of, for two parties. */
export function groupsOf(ref: GroupsRef, from: Party, to: Party): readonly SecurityGroup[] {
  if (ref === 'sender') return from.groups?.groups ?? NO_GROUPS;
  return ref === 'receiver' ? (to.groups?.groups ?? NO_GROUPS) : ref.groups;
}

/** The address that a gate compares with, for two parties. */
export function addressAt({ peerAddress }: LaneGate, from: Party, to: Party) {
  if (peerAddress === 'sender') return from.address;
  if (peerAddress === 'public-sender') return from.publicAddress ?? from.address;
  return peerAddress === 'receiver' ? to.address : peerAddress.address;
}

const NO_LANES: readonly Lane[] = [];

/** Lanes by the zones of both ends and whether they are in one subnet, found when they are first asked for. */
export class LaneTable {
  readonly #source: PairSource;
  readonly #lanes = new Map<string, readonly Lane[]>();
  readonly #byPlaces: (readonly Lane[] | undefined)[][] = [];
  readonly #senders: readonly (readonly Party[])[];
  readonly #receivers: readonly (readonly Party[])[];

  constructor(source: PairSource) {
    this.#source = source;
    this.#senders = byPlace(source.senders);
    this.#receivers = byPlace(source.receivers);
  }

  between(fromPlace: number, toPlace: number): readonly Lane[] {
    const row = this.#byPlaces[toPlace] ?? [];
    this.#byPlaces[toPlace] = row;
    const known = row[fromPlace] ?? this.#find(fromPlace, toPlace);
    row[fromPlace] = known;
    return known;
  }

  /** Any two of different interfaces stand for all. */
  #find(fromPlace: number, toPlace: number): readonly Lane[] {
    for (const from of this.#senders[fromPlace] ?? [])
      for (const to of this.#receivers[toPlace] ?? []) if (!isSameEnd(from, to)) return this.#ofZones(from, to);
    return NO_LANES;
  }

  #ofZones(from: Party, to: Party): readonly Lane[] {
    const isNear = from.holder !== undefined && from.holder.subnet === to.holder?.subnet;
    const key = `${from.zone} ${to.zone} ${isNear}`;
    const known = this.#lanes.get(key) ?? lanesBetween(this.#source, from, to);
    this.#lanes.set(key, known);
    return known;
  }
}

/** For each place one party or, where there are several interfaces, two. */
function byPlace(parties: readonly Party[]): readonly (readonly Party[])[] {
  const places: Party[][] = [];
  for (const party of parties) {
    const ofPlace = places[party.place] ?? [];
    places[party.place] = ofPlace;
    if (ofPlace.length === 0) ofPlace.push(party);
    if (ofPlace.length > 1) continue;
    const other = party.members.find(({ holder }) => holder !== ofPlace[0]?.holder);
    if (other) ofPlace.push(asMember(party, other));
  }
  return places;
}
