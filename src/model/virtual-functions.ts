/**
 * Virtual functions of hosts' NICs in the hands of interfaces: one each, with enhanced networking.
 *
 * What a host has room for is EC2's business, which type and image decide: an interface whose frames are mediated by a
 * tag or by `--nic` holds its function all the same. One with a device by passthrough has that in the function's place.
 */
import type { InstanceId, NetworkInterfaceId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { withLowestNumbers } from './host-loads.ts';
import { freeFunctions, hostOf, placementOf, placementsOn } from './hosts.ts';
import { networkingOf } from './networking.ts';
import type { Instance } from './resources/instance.ts';
import { Placement, type VirtualFunction } from './resources/placement.ts';
import { WORLD } from './scope.ts';
import type { HostId } from './topology.ts';
import type { Transaction } from './transaction.ts';

/**
 * Gives an interface that is being attached to a running instance a virtual function of its host.
 * @throws Fault InsufficientInstanceCapacity where the host has none left. What AWS answers is not documented
 *   (unconfirmed); its hosts have as many functions as the types on them may have interfaces.
 */
export function takeFunction(tx: Transaction, instance: Instance, interfaceId: NetworkInterfaceId): void {
  const placement = placementOf(tx, instance.id);
  const host = hostOf(tx, instance.id);
  if (!placement || !host || networkingOf(instance) === 'none') return;
  if (freeFunctions(tx, host) < 1) {
    const message = `The host of instance '${instance.id}' has no virtual function left for the network interface '${interfaceId}'. Stop and start the instance, and it comes to a host that has.`;
    throw new Fault('InsufficientInstanceCapacity', message);
  }
  const functions = [...placement.functions, ...numbered(tx, host.id, [interfaceId])];
  tx.in(WORLD).update(Placement, instance.id, { functions });
}

/** Takes the virtual function of an interface that is detached back. */
export function returnFunction(tx: Transaction, instanceId: InstanceId, interfaceId: NetworkInterfaceId): void {
  const placement = placementOf(tx, instanceId);
  if (!placement?.functions.some((one) => one.interfaceId === interfaceId)) return;
  const functions = placement.functions.filter((one) => one.interfaceId !== interfaceId);
  tx.in(WORLD).update(Placement, instanceId, { functions });
}

/** Gives each interface the lowest number that is free on the host. */
export function numbered(
  tx: Transaction,
  hostId: HostId,
  interfaces: readonly NetworkInterfaceId[],
): readonly VirtualFunction[] {
  if (interfaces.length === 0) return [];
  const taken = new Set(placementsOn(tx, hostId).flatMap(({ functions }) => functions.map(({ number }) => number)));
  return withLowestNumbers(interfaces, taken);
}
