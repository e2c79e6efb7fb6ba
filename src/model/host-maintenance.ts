/**
 * Hosts that are emptied, fail and are repaired, and what becomes of the instances on them. Nothing of EC2's API does
 * this: AWS's own people and accidents do, and EC2 shows the effects.
 */
import type { InstanceId } from '../net/identifiers.ts';
import { mayMove } from './held-devices.ts';
import { chooseSeat, chooseSeatsTogether, membersIn, type Seat } from './host-choice.ts';
import { conditionOf, placementsOn } from './hosts.ts';
import { candidateOf, occupy } from './instance-placement.ts';
import { instanceTypeNamed } from './instance-type-table.ts';
import { Instance } from './resources/instance.ts';
import { HostCondition, type Placement } from './resources/placement.ts';
import { PlacementGroup } from './resources/placement-group.ts';
import { WORLD } from './scope.ts';
import type { Host, HostId } from './topology.ts';
import type { Transaction } from './transaction.ts';

/** An instance that went from one host to another. */
export interface Move {
  readonly instanceId: InstanceId;
  readonly from: HostId;
  readonly to: HostId;
}

/** An instance that stays where it is, and why, in a sentence. */
export interface Stay {
  readonly instanceId: InstanceId;
  readonly why: string;
}

/** What became of the instances of a host. */
export interface Departures {
  readonly moved: readonly Move[];
  readonly stayed: readonly Stay[];
}

/** An instance that runs on a host, in the scope of its account. */
interface Resident {
  readonly instance: Instance;
  readonly tx: Transaction;
}

const residentsOf = (tx: Transaction, host: Host): readonly Resident[] =>
  placementsOn(tx, host.id).flatMap((placement) => residentOf(tx, placement));

function residentOf(tx: Transaction, { id, account, region }: Placement): readonly Resident[] {
  const owner = tx.in({ account, region });
  const instance = owner.find(Instance, id);
  return instance && (instance.state === 'running' || instance.state === 'pending') ? [{ instance, tx: owner }] : [];
}

/**
 * Empties a host: it takes no more instances, and those that run on it go to others while they run. Which instances stay
 * is said with the reason, and the host keeps draining; to ask again tries again.
 */
export function drainHost(tx: Transaction, host: Host): Departures {
  if (conditionOf(tx, host.id)?.state !== 'failed') {
    tx.in(WORLD).put(HostCondition, { id: host.id, state: 'draining', sinceMs: tx.nowMs, recoverAtMs: undefined });
  }
  return depart(residentsOf(tx, host), host, 'move', () => undefined);
}

/**
 * Takes the power from a host: guests on it end without a goodbye. Their instances stay `running`, as on AWS, with
 * failed status checks, until they are recovered, the host is repaired, or somebody stops and starts them.
 * @param recoverAfterMs when those that recover by themselves are brought up elsewhere
 */
export function failHost(tx: Transaction, host: Host, recoverAfterMs: number): void {
  if (conditionOf(tx, host.id)?.state === 'failed') return;
  const recoverAtMs = tx.nowMs + recoverAfterMs;
  tx.in(WORLD).put(HostCondition, { id: host.id, state: 'failed', sinceMs: tx.nowMs, recoverAtMs });
  for (const { instance, tx: owner } of residentsOf(tx, host)) owner.order({ kind: 'cut', instanceId: instance.id });
}

/** Puts a host back into service. What is still on it after a failure boots. */
export function repairHost(tx: Transaction, host: Host): void {
  const condition = conditionOf(tx, host.id);
  if (!condition) return;
  tx.in(WORLD).remove(HostCondition, host.id);
  if (condition.state === 'failed') for (const one of residentsOf(tx, host)) boot(one);
}

/** How long recovery waits before it looks for room again, in milliseconds. AWS tries a few times a day (unconfirmed how often). */
const RETRY_MS = 60_000;

/** True where a failed host's instances are due to be brought up elsewhere. */
export const isRecoveryDue = (condition: HostCondition, nowMs: number): boolean =>
  condition.recoverAtMs !== undefined && condition.recoverAtMs <= nowMs;

/**
 * Brings instances of a failed host up elsewhere: same id, interfaces, addresses and root; what was in memory is lost.
 * Those that stay are tried again after a minute where there was no room for them.
 */
export function recoverFrom(tx: Transaction, host: Host): Departures {
  const condition = conditionOf(tx, host.id);
  if (condition?.state !== 'failed') return { moved: [], stayed: [] };
  const departures = depart(residentsOf(tx, host), host, 'boot', whyNotRecovered);
  const recoverAtMs = departures.stayed.length > 0 ? tx.nowMs + RETRY_MS : undefined;
  tx.in(WORLD).update(HostCondition, host.id, { recoverAtMs });
  return departures;
}

/** Simplified automatic recovery (user guide, instance-configuration-recovery): where type and option allow it. */
function whyNotRecovered({ instance }: Resident): string | undefined {
  if (instance.autoRecovery === 'disabled') return 'its automatic recovery is disabled';
  if (!instanceTypeNamed(instance.instanceType).AutoRecoverySupported)
    return `instances of the type ${instance.instanceType} do not recover automatically`;
  return undefined;
}

function depart(
  residents: readonly Resident[],
  host: Host,
  how: 'move' | 'boot',
  whyNot: (resident: Resident) => string | undefined,
): Departures {
  const moved: Move[] = [];
  const stayed: Stay[] = [];
  const movers = residents.filter((resident) => {
    const why = whyPinned(resident.tx, resident.instance) ?? whyNot(resident);
    if (why !== undefined) stayed.push({ instanceId: resident.instance.id, why });
    return why === undefined;
  });
  for (const party of partiesOf(movers)) {
    const seats = seatsFor(party);
    for (const [index, resident] of party.members.entries()) {
      const { instance, tx } = resident;
      const seat = seats?.[index];
      if (seat) {
        occupy(tx, instance, seat);
        if (how === 'boot') boot(resident);
        else tx.order({ kind: 'move', instanceId: instance.id });
        moved.push({ instanceId: instance.id, from: host.id, to: seat.host.id });
      } else stayed.push({ instanceId: instance.id, why: noRoom(tx, instance, party) });
    }
  }
  return { moved, stayed };
}

/** Who goes together: all members that a cluster group has in the zone; or one instance by itself. */
interface Party {
  readonly members: readonly Resident[];
  readonly isCluster: boolean;
}

/**
 * A cluster group of which everybody leaves can go to another rack, and is together there as it was here. Where somebody
 * stays in its rack, the others find room there one by one, or do not go.
 */
function partiesOf(movers: readonly Resident[]): readonly Party[] {
  const parties: Party[] = [];
  const grouped = new Set<Resident>();
  for (const one of movers) {
    if (grouped.has(one)) continue;
    const members = wholeCluster(one, movers);
    for (const member of members) grouped.add(member);
    parties.push(members.length > 0 ? { members, isCluster: true } : { members: [one], isCluster: false });
  }
  return parties;
}

/** The members of an instance's cluster group, if they are all among the movers. */
function wholeCluster({ instance, tx }: Resident, movers: readonly Resident[]): readonly Resident[] {
  const group = instance.placementGroupId && tx.find(PlacementGroup, instance.placementGroupId);
  if (group?.strategy !== 'cluster') return [];
  const members = movers.filter((other) => other.instance.placementGroupId === group.id);
  return membersIn(tx, group, instance.zone).length === members.length ? members : [];
}

function seatsFor({ members, isCluster }: Party): readonly Seat[] | undefined {
  const [first] = members;
  if (!first) return undefined;
  const candidates = members.map(({ tx, instance }) => candidateOf(tx, instance));
  if (isCluster) return chooseSeatsTogether(first.tx, candidates);
  const seat = candidates[0] && chooseSeat(first.tx, candidates[0]);
  return seat && [seat];
}

const boot = ({ instance: { id, neverBooted }, tx }: Resident): void =>
  tx.order({ kind: 'start', instanceId: id, firstBoot: neverBooted });

/** Why an instance cannot go to another host, whatever room there is; undefined where it can. */
export function whyPinned(tx: Transaction, { id }: Instance): string | undefined {
  const mobility = mayMove(tx, id);
  return mobility.may ? undefined : mobility.reason.replace(/\.$/, '');
}

function noRoom(tx: Transaction, { zone, placementGroupId }: Instance, { members, isCluster }: Party): string {
  const group = placementGroupId && tx.find(PlacementGroup, placementGroupId);
  if (!group || (isCluster && members.length === 1)) return `no other host of ${zone} has room for it`;
  const ofGroup = `its placement group ${group.name} (${group.strategy})`;
  if (isCluster) return `no rack of ${zone} has room for all ${members.length} members of ${ofGroup} together`;
  if (group.strategy === 'cluster')
    return `other members of ${ofGroup} stay in its rack, where no other host has room for it`;
  return `no other host of ${zone} has room for it that ${ofGroup} allows`;
}
