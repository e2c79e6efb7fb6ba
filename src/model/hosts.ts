/** What there is to know about hosts: who is on which, what a host has left, and whether it works. */
import type { InstanceId } from '../net/identifiers.ts';
import { HostCondition, Placement } from './resources/placement.ts';
import { WORLD } from './scope.ts';
import type { Host, HostId } from './topology.ts';
import type { Transaction } from './transaction.ts';

/** Where an instance is; undefined while it is stopped, or where it came in by an import that found no room. */
export const placementOf = (tx: Transaction, instanceId: InstanceId): Placement | undefined =>
  tx.in(WORLD).find(Placement, instanceId);

/** The host that an instance is on. */
export function hostOf(tx: Transaction, instanceId: InstanceId): Host | undefined {
  const placement = placementOf(tx, instanceId);
  return placement && tx.environment.topology.host(placement.hostId);
}

/** Everything on a host, of every account. */
export const placementsOn = (tx: Transaction, hostId: HostId): readonly Placement[] =>
  tx.in(WORLD).by(Placement, 'hostId', hostId);

/** What is wrong with a host, if anything. */
export const conditionOf = (tx: Transaction, hostId: HostId): HostCondition | undefined =>
  tx.in(WORLD).find(HostCondition, hostId);

/** The failure of the host that an instance is on, if it has one: nothing reaches the instance, and nothing leaves it. */
export function failureUnder(tx: Transaction, instanceId: InstanceId): HostCondition | undefined {
  const placement = placementOf(tx, instanceId);
  const condition = placement && conditionOf(tx, placement.hostId);
  return condition?.state === 'failed' ? condition : undefined;
}

/** Virtual functions of a host that nobody holds. */
export const freeFunctions = (tx: Transaction, { id, virtualFunctions }: Host): number =>
  virtualFunctions - placementsOn(tx, id).reduce((sum, { functions }) => sum + functions.length, 0);
