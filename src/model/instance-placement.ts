/** Instances on hosts: taking a place at launch and start, and giving it up at the end. */
import type { InstanceId, NetworkInterfaceId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { type Candidate, chooseSeat, type Seat } from './host-choice.ts';
import { HostLoads } from './host-loads.ts';
import { hostOf } from './hosts.ts';
import { interfacesOfInstance } from './instance-interfaces.ts';
import { networkingOf } from './networking.ts';
import type { Owned } from './owned.ts';
import { Instance } from './resources/instance.ts';
import { Placement } from './resources/placement.ts';
import { PlacementGroup } from './resources/placement-group.ts';
import { WORLD } from './scope.ts';
import type { Transaction } from './transaction.ts';
import { numbered } from './virtual-functions.ts';

/** AWS's answer where a zone has no room for a type, or a placement group none for one more member. */
export const noCapacity = (instanceType: string, zone: string): Fault =>
  new Fault('InsufficientInstanceCapacity', { instanceType, zone });

/** Interfaces of an instance that hold a virtual function while it is on a host. */
const holders = (tx: Transaction, instance: Instance): readonly NetworkInterfaceId[] =>
  networkingOf(instance) === 'none'
    ? []
    : interfacesOfInstance(tx, instance.id)
        .filter(({ row }) => row.attachment?.nic?.kind !== 'passthrough')
        .map(({ row }) => row.id);

/** An instance as it looks for a host: to start, or to leave the one that it is on. */
export const candidateOf = (tx: Transaction, instance: Instance): Candidate => ({
  zone: instance.zone,
  functions: holders(tx, instance).length,
  group: instance.placementGroupId && tx.find(PlacementGroup, instance.placementGroupId),
  partitionNumber: instance.partitionNumber,
  mover: instance.id,
});

/** Puts an instance, with its interfaces, on a host, from wherever it was. */
export function occupy(tx: Transaction, instance: Instance, { host, partitionNumber }: Seat): void {
  vacate(tx, instance.id);
  const { account, region } = tx;
  const functions = numbered(tx, host.id, holders(tx, instance));
  tx.in(WORLD).put(Placement, { id: instance.id, account, region, hostId: host.id, functions });
  if (partitionNumber !== instance.partitionNumber) tx.update(Instance, instance.id, { partitionNumber });
}

/** StartInstances: a stopped instance comes to a host, and rarely to the one that it was on. @throws Fault InsufficientInstanceCapacity */
export function occupyAnew(tx: Transaction, instance: Instance): void {
  const seat = chooseSeat(tx, candidateOf(tx, instance));
  if (!seat) throw noCapacity(instance.instanceType, instance.zone);
  occupy(tx, instance, seat);
}

/**
 * After a restart, with hosts of other sizes perhaps, or an import: sees to it that what runs is on a host that exists.
 * @returns false where it is on none and none has room
 */
export function ensurePlaced(tx: Transaction, instance: Instance): boolean {
  if (hostOf(tx, instance.id)) return true;
  vacate(tx, instance.id);
  const seat = chooseSeat(tx, candidateOf(tx, instance));
  if (seat) occupy(tx, instance, seat);
  return seat !== undefined;
}

/** Many instances at once, each as `ensurePlaced` would; those that no host has room for stay without one. */
export function ensureAllPlaced(instances: readonly Owned<Instance>[]): void {
  const [first] = instances;
  if (!first) return;
  const loads = new HostLoads(first.owner);
  const world = first.owner.in(WORLD);
  for (const { row: instance, owner: tx } of instances) {
    const placement = world.find(Placement, instance.id);
    if (placement && tx.environment.topology.host(placement.hostId)) continue;
    if (placement || instance.placementGroupId !== undefined || instance.partitionNumber !== undefined) {
      ensurePlaced(tx, instance);
      loads.forget(instance.zone);
      continue;
    }
    const seat = loads.take(instance.zone, holders(tx, instance));
    if (!seat) continue;
    const { account, region } = tx;
    world.put(Placement, { id: instance.id, account, region, hostId: seat.host.id, functions: seat.functions });
  }
}

/** Gives up an instance's place, and the virtual functions with it. */
export function vacate(tx: Transaction, instanceId: InstanceId): void {
  const world = tx.in(WORLD);
  if (world.find(Placement, instanceId)) world.remove(Placement, instanceId);
}
