/** Placement groups: who may be in which. On which hosts that puts instances is decided in host-choice.ts. */
import { isId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import type { InstanceType } from './instance-type-table.ts';
import type { Tags } from './kind.ts';
import { quota } from './quotas.ts';
import { Instance } from './resources/instance.ts';
import { PlacementGroup, type PlacementStrategy } from './resources/placement-group.ts';
import type { Transaction } from './transaction.ts';

const MAX_NAME_CHARACTERS = 255;
const MAX_PARTITIONS = 7;
/** Of a group without a count: as AWS's command line shows it (unconfirmed). */
const DEFAULT_PARTITIONS = 2;
/** Running instances of one spread group in one zone. */
const MAX_SPREAD = 7;
/** Partitions of a group with Dedicated Instances. */
const MAX_DEDICATED_PARTITIONS = 2;

/** What CreatePlacementGroup is asked for. */
export interface PlacementGroupAsk {
  readonly name: string | undefined;
  readonly strategy: PlacementStrategy;
  readonly partitionCount: number | undefined;
  readonly spreadLevel: 'rack' | 'host' | undefined;
  readonly tags: Tags;
}

/**
 * Codes and sentences of wrong counts and levels are unconfirmed. AWS spreads over hosts on Outposts alone; here every
 * zone has hosts to spread over, so that such groups can be tried.
 * @throws Fault InvalidPlacementGroup.Duplicate, PlacementGroupLimitExceeded, MissingParameter and others
 */
export function createPlacementGroup(tx: Transaction, ask: PlacementGroupAsk): PlacementGroup {
  const { name, strategy, partitionCount, spreadLevel, tags } = ask;
  if (!name) throw new Fault('MissingParameter', { parameter: 'groupName' });
  if (name.length > MAX_NAME_CHARACTERS || !/^[\x20-\x7e]+$/.test(name)) {
    const reason = `A name has up to ${MAX_NAME_CHARACTERS} ASCII characters.`;
    throw new Fault('InvalidParameterValue', { value: name, parameter: 'groupName', reason });
  }
  checkPartitionCount(strategy, partitionCount);
  if (spreadLevel !== undefined && strategy !== 'spread') {
    const message = 'The parameter SpreadLevel can only be used with the strategy spread.';
    throw new Fault('InvalidParameterCombination', message);
  }
  if (tx.count(PlacementGroup, 'name', name) > 0) throw new Fault('InvalidPlacementGroup.Duplicate', { name });
  if (tx.size(PlacementGroup) >= quota(tx, 'placementGroupsPerRegion')) throw new Fault('PlacementGroupLimitExceeded');
  const partitions = strategy === 'partition' ? (partitionCount ?? DEFAULT_PARTITIONS) : undefined;
  const level = strategy === 'spread' ? (spreadLevel ?? 'rack') : undefined;
  return tx.insert(PlacementGroup, { name, strategy, partitionCount: partitions, spreadLevel: level, tags });
}

function checkPartitionCount(strategy: PlacementStrategy, count: number | undefined): void {
  if (count === undefined) return;
  if (strategy !== 'partition') {
    const message = 'The parameter PartitionCount can only be used with the strategy partition.';
    throw new Fault('InvalidParameterCombination', message);
  }
  if (count < 1 || count > MAX_PARTITIONS) {
    const reason = `Expecting a value between 1 and ${MAX_PARTITIONS}.`;
    throw new Fault('InvalidParameterValue', { value: count, parameter: 'partitionCount', reason });
  }
}

/** @throws Fault InvalidPlacementGroup.Unknown */
export function placementGroupNamed(tx: Transaction, name: string): PlacementGroup {
  const [group] = tx.by(PlacementGroup, 'name', name);
  if (!group) throw new Fault('InvalidPlacementGroup.Unknown', { name });
  return group;
}

/** @throws Fault InvalidPlacementGroupId.Malformed, InvalidPlacementGroup.Unknown */
export function placementGroupWithId(tx: Transaction, id: string): PlacementGroup {
  const group = tx.find(PlacementGroup, id);
  if (group) return group;
  if (!isId('pg', id)) throw new Fault('InvalidPlacementGroupId.Malformed', { id });
  throw new Fault('InvalidPlacementGroup.Unknown', { name: id });
}

/** Instances in the group that are not over. */
const membersOf = (tx: Transaction, group: PlacementGroup): readonly Instance[] =>
  tx.by(Instance, 'placementGroupId', group.id).filter(({ state }) => state !== 'terminated');

/** DeletePlacementGroup. @throws Fault InvalidPlacementGroup.Unknown, InvalidPlacementGroup.InUse */
export function deletePlacementGroup(tx: Transaction, name: string): void {
  const group = placementGroupNamed(tx, name);
  if (membersOf(tx, group).length > 0) throw new Fault('InvalidPlacementGroup.InUse', { name });
  tx.remove(PlacementGroup, group.id);
}

/** Where in which group an instance is to be. */
export interface PlacementAsk {
  readonly group: PlacementGroup | undefined;
  readonly partitionNumber: number | undefined;
}

/** Who wants to be in a group. */
export interface Candidate {
  readonly type: InstanceType;
  readonly zone: string;
  readonly tenancy: Instance['tenancy'];
}

/** @throws Fault InvalidParameterCombination, InvalidParameterValue, InvalidPlacementGroup.InUse (another zone) */
export function checkPlacement(tx: Transaction, { group, partitionNumber }: PlacementAsk, candidate: Candidate): void {
  if (partitionNumber !== undefined) checkPartition(group, partitionNumber);
  if (!group) return;
  const { type, zone, tenancy } = candidate;
  if (!type.PlacementGroupInfo.SupportedStrategies.includes(group.strategy)) {
    const strategy = `${group.strategy.charAt(0).toUpperCase()}${group.strategy.slice(1)}`;
    const message = `${strategy} placement groups are not supported by the '${type.InstanceType}' instance type. Specify a supported instance type or change the placement group strategy, and try again.`;
    throw new Fault('InvalidParameterCombination', message);
  }
  checkTenancy(group, tenancy);
  if (group.strategy !== 'cluster') return;
  const other = membersOf(tx, group).find((member) => member.zone !== zone);
  if (!other) return;
  const message = `The placement group '${group.name}' is in use in another availability zone: ${other.zone}`;
  throw new Fault('InvalidPlacementGroup.InUse', message);
}

/** Codes and sentences are unconfirmed. */
function checkPartition(group: PlacementGroup | undefined, number: number): void {
  if (group?.partitionCount === undefined) {
    const message = 'The parameter PartitionNumber can only be used with a placement group of the strategy partition.';
    throw new Fault('InvalidParameterCombination', message);
  }
  if (number >= 1 && number <= group.partitionCount) return;
  const reason = `The placement group '${group.name}' has ${group.partitionCount} partitions.`;
  throw new Fault('InvalidParameterValue', { value: number, parameter: 'partitionNumber', reason });
}

/** Codes and sentences are unconfirmed. */
function checkTenancy(group: PlacementGroup, tenancy: Instance['tenancy']): void {
  const refused =
    (tenancy === 'dedicated' &&
      (group.strategy === 'spread' || (group.partitionCount ?? 0) > MAX_DEDICATED_PARTITIONS)) ||
    tenancy === 'host';
  if (!refused) return;
  const message = `Instances with the tenancy '${tenancy}' cannot be in the placement group '${group.name}'.`;
  throw new Fault('InvalidParameterCombination', message);
}

/** How many more instances may run in the group in this zone; seven in all in a group that is spread over racks. */
export function spreadRoom(tx: Transaction, group: PlacementGroup | undefined, zone: string): number {
  if (group?.strategy !== 'spread' || group.spreadLevel === 'host') return Number.POSITIVE_INFINITY;
  const running = membersOf(tx, group).filter(
    (member) => member.zone === zone && (member.state === 'running' || member.state === 'pending'),
  );
  return MAX_SPREAD - running.length;
}

/**
 * StartInstances: may one more run in its group? That an eighth is refused is documented; code and sentence are unconfirmed.
 * @throws Fault InsufficientInstanceCapacity
 */
export function checkStart(tx: Transaction, { placementGroupId, zone, instanceType }: Instance): void {
  const group = placementGroupId && tx.find(PlacementGroup, placementGroupId);
  if (group && spreadRoom(tx, group, zone) < 1) throw new Fault('InsufficientInstanceCapacity', { instanceType, zone });
}

/** The partitions of a group, those with the fewest members in the zone first. */
export function partitionsByFill(tx: Transaction, group: PlacementGroup, zone: string): readonly number[] {
  const members = membersOf(tx, group).filter((member) => member.zone === zone);
  const sizeOf = (number: number): number => members.filter((member) => member.partitionNumber === number).length;
  const numbers = Array.from({ length: group.partitionCount ?? 0 }, (_, index) => index + 1);
  return numbers.sort((one, other) => sizeOf(one) - sizeOf(other));
}

/**
 * Moves a stopped instance into a group or, with none, out of its own.
 * @throws Fault those of `checkPlacement`
 */
export function changePlacement(tx: Transaction, instance: Instance, ask: PlacementAsk, type: InstanceType): void {
  checkPlacement(tx, ask, { type, zone: instance.zone, tenancy: instance.tenancy });
  // Not a member while its new partition is chosen; on which host it comes is decided when it starts.
  tx.update(Instance, instance.id, { placementGroupId: undefined, partitionNumber: undefined });
  const [emptiest] = ask.group ? partitionsByFill(tx, ask.group, instance.zone) : [];
  const partitionNumber = ask.partitionNumber ?? emptiest;
  tx.update(Instance, instance.id, { placementGroupId: ask.group?.id, partitionNumber });
}
