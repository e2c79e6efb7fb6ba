/** On which host an instance goes: the one with the fewest instances, among those that its placement group allows. */
import { conditionOf, freeFunctions, placementOf } from './hosts.ts';
import { partitionsByFill } from './placement-groups.ts';
import { Instance } from './resources/instance.ts';
import { Placement } from './resources/placement.ts';
import type { PlacementGroup } from './resources/placement-group.ts';
import { WORLD } from './scope.ts';
import type { Host, HostId, Rack } from './topology.ts';
import type { Transaction } from './transaction.ts';

/** What is to be placed. */
export interface Candidate {
  readonly zone: string;
  /** Virtual functions that its interfaces need. */
  readonly functions: number;
  readonly group: PlacementGroup | undefined;
  /** Of a partition group: the partition that it must be in; undefined for any. */
  readonly partitionNumber: number | undefined;
  /** Itself, where it is on a host already: it does not stand in its own way, and its host is no choice. */
  readonly mover?: Instance['id'] | undefined;
}

/** A host, and the partition that it is in for a partition group. */
export interface Seat {
  readonly host: Host;
  readonly partitionNumber: number | undefined;
}

/**
 * The host for a candidate; undefined where there is no room that its group allows.
 * @param wanted how many like it are about to come: a cluster group begins in a rack that has room for all of them
 */
export function chooseSeat(tx: Transaction, candidate: Candidate, wanted = 1): Seat | undefined {
  const { group, zone } = candidate;
  const hosts = tx.environment.topology.hosts(zone);
  if (!group) return seat(leastLoaded(tx, hosts, candidate));
  const members = hostsOfMembers(tx, group, candidate);
  switch (group.strategy) {
    case 'cluster':
      return seat(leastLoaded(tx, clusterHosts(tx, members, candidate, wanted), candidate));
    case 'spread':
      return seat(leastLoaded(tx, apartFrom(members, hosts, group.spreadLevel ?? 'rack'), candidate));
    case 'partition':
      return partitionSeat(tx, group, candidate);
  }
}

/**
 * Hosts for all members of a cluster group, which leave theirs together: in the rack in which they are, or else in the rack
 * with the fewest instances. Undefined where no rack has room for all of them.
 */
export function chooseSeatsTogether(tx: Transaction, candidates: readonly Candidate[]): readonly Seat[] | undefined {
  const [first] = candidates;
  const own = first?.mover && placementOf(tx, first.mover);
  const racks = first ? tx.environment.topology.racks(first.zone) : [];
  const isOwn = ({ hosts }: Rack): boolean => hosts.some(({ id }) => id === own?.hostId);
  const order = [...racks].sort(
    (one, other) => Number(isOwn(other)) - Number(isOwn(one)) || loadOf(tx, one.hosts) - loadOf(tx, other.hosts),
  );
  for (const { hosts } of order) {
    const seats = seatsWithin(tx, hosts, candidates);
    if (seats) return seats;
  }
  return undefined;
}

/** Who needs most functions chooses first, so that nobody small is in the way of somebody large. */
function seatsWithin(
  tx: Transaction,
  hosts: readonly Host[],
  candidates: readonly Candidate[],
): readonly Seat[] | undefined {
  const rooms = hosts
    .filter((host) => !conditionOf(tx, host.id) && !candidates.some(({ mover }) => isOn(tx, mover, host)))
    .map((host) => ({ host, free: freeFunctions(tx, host), load: loadOf(tx, [host]) }));
  const seats = new Map<Candidate, Seat>();
  for (const one of [...candidates].sort((one, other) => other.functions - one.functions)) {
    const fitting = rooms.filter(({ free }) => one.functions === 0 || free >= one.functions);
    const [best] = fitting.sort((room, other) => room.load - other.load);
    if (!best) return undefined;
    best.free -= one.functions;
    best.load += 1;
    seats.set(one, { host: best.host, partitionNumber: undefined });
  }
  return candidates.flatMap((one) => seats.get(one) ?? []);
}

const isOn = (tx: Transaction, instanceId: Instance['id'] | undefined, host: Host): boolean =>
  instanceId !== undefined && placementOf(tx, instanceId)?.hostId === host.id;

/** Members of a group that are on hosts of a zone. */
export const membersIn = (tx: Transaction, group: PlacementGroup, zone: string): readonly Instance[] =>
  tx.by(Instance, 'placementGroupId', group.id).filter((one) => one.zone === zone && placementOf(tx, one.id));

const seat = (host: Host | undefined, partitionNumber?: number): Seat | undefined => host && { host, partitionNumber };

/** Hosts of the group's members in the zone, without the candidate itself. */
function hostsOfMembers(tx: Transaction, group: PlacementGroup, { zone, mover }: Candidate): readonly Host[] {
  const { topology } = tx.environment;
  return tx.by(Instance, 'placementGroupId', group.id).flatMap(({ id, zone: its }) => {
    const placement = its === zone && id !== mover ? placementOf(tx, id) : undefined;
    const host = placement && topology.host(placement.hostId);
    return host ?? [];
  });
}

/**
 * A rack stands for the segment of high bisection bandwidth that a cluster group shares (AWS's is wider than a rack).
 * The first member decides; one that comes later and finds it full is refused, as AWS warns.
 */
function clusterHosts(
  tx: Transaction,
  members: readonly Host[],
  candidate: Candidate,
  wanted: number,
): readonly Host[] {
  const racks = tx.environment.topology.racks(candidate.zone);
  const [first] = members;
  if (first) return racks.find(({ number }) => number === first.rack)?.hosts ?? [];
  const rooms = racks.map(({ hosts }) => ({ hosts, room: roomFor(tx, hosts, candidate), load: loadOf(tx, hosts) }));
  const most = Math.max(...rooms.map(({ room }) => room));
  const large = rooms.filter(({ room }) => room >= Math.min(wanted, most));
  return large.reduce((best, next) => (next.load < best.load ? next : best)).hosts;
}

/** How many like the candidate fit on the hosts; a host takes any number that needs no functions. */
const roomFor = (tx: Transaction, hosts: readonly Host[], { functions }: Candidate): number =>
  hosts
    .filter((host) => !conditionOf(tx, host.id))
    .reduce((sum, host) => sum + (functions === 0 ? Infinity : Math.floor(freeFunctions(tx, host) / functions)), 0);

const loadOf = (tx: Transaction, hosts: readonly Host[]): number =>
  hosts.reduce((sum, { id }) => sum + tx.in(WORLD).count(Placement, 'hostId', id), 0);

/** Hosts that share no rack, or no host, with a member. */
function apartFrom(members: readonly Host[], hosts: readonly Host[], level: 'rack' | 'host'): readonly Host[] {
  const of = ({ id, rack }: Host): HostId | number => (level === 'host' ? id : rack);
  const taken = new Set(members.map(of));
  return hosts.filter((host) => !taken.has(of(host)));
}

/** Racks are dealt to partitions in turn, so no two partitions share one. Without a number: the emptiest with room. */
function partitionSeat(tx: Transaction, group: PlacementGroup, candidate: Candidate): Seat | undefined {
  const hosts = tx.environment.topology.hosts(candidate.zone);
  const asked = candidate.partitionNumber;
  for (const number of asked === undefined ? partitionsByFill(tx, group, candidate.zone) : [asked]) {
    const ofPartition = hosts.filter(({ rack }) => ((rack - 1) % (group.partitionCount ?? 1)) + 1 === number);
    const host = leastLoaded(tx, ofPartition, candidate);
    if (host) return { host, partitionNumber: number };
  }
  return undefined;
}

/** The first of those with the fewest instances that works and has the functions. */
function leastLoaded(tx: Transaction, hosts: readonly Host[], { functions, mover }: Candidate): Host | undefined {
  const world = tx.in(WORLD);
  const own = mover && placementOf(tx, mover)?.hostId;
  let best: Host | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const host of hosts) {
    const load = world.count(Placement, 'hostId', host.id);
    if (load >= least || host.id === own || conditionOf(tx, host.id)) continue;
    if (functions > 0 && freeFunctions(tx, host) < functions) continue;
    best = host;
    least = load;
    if (load === 0) break;
  }
  return best;
}
