/**
 * Devices of the machine that instances hold by passthrough: one guest has a device, and nobody else.
 *
 * An instance holds its devices from the time its guest is ordered until that has ended, so a stopped instance holds
 * none: it takes them again when it starts, or is refused.
 */
import { Fault } from './fault.ts';
import { HeldDevice } from './resources/held-device.ts';
import type { Instance } from './resources/instance.ts';
import type { NetworkInterface } from './resources/network-interface.ts';
import { WORLD } from './scope.ts';
import type { Transaction } from './transaction.ts';

/**
 * Gives a device of the machine to an interface of an instance; one that it has already it keeps.
 * @throws Fault InvalidNetworkInterface.InUse (it is another's), InvalidParameterValue (the machine cannot give it)
 */
export function takeDevice(
  tx: Transaction,
  device: string,
  { instanceId, interfaceId }: Pick<HeldDevice, 'instanceId' | 'interfaceId'>,
): void {
  const world = tx.in(WORLD);
  const held = world.find(HeldDevice, device);
  if (held?.interfaceId === interfaceId) return;
  if (held) {
    const holder = `the instance '${held.instanceId}' (${held.interfaceId})`;
    const message = `The network device '${device}' of this machine is handed to ${holder}, and one instance alone can have it.`;
    throw new Fault('InvalidNetworkInterface.InUse', message);
  }
  const reason = tx.environment.deviceRefusal(device);
  if (reason !== undefined) {
    const message = `The network device '${device}' of this machine cannot be handed to an instance: ${reason}.`;
    throw new Fault('InvalidParameterValue', message);
  }
  world.put(HeldDevice, { id: device, instanceId, interfaceId });
}

/** The guest of an instance has ended: its devices are the machine's again. */
export function releaseDevicesOf(tx: Transaction, instanceId: Instance['id']): void {
  const world = tx.in(WORLD);
  for (const { id } of world.by(HeldDevice, 'instanceId', instanceId)) world.remove(HeldDevice, id);
}

/** An interface has left its guest, or goes to it in another way: its device, but for `kept`, is the machine's again. */
export function releaseDevice(tx: Transaction, interfaceId: NetworkInterface['id'], kept?: string): void {
  const world = tx.in(WORLD);
  for (const { id } of world.by(HeldDevice, 'interfaceId', interfaceId)) {
    if (id !== kept) world.remove(HeldDevice, id);
  }
}

/** Whether an instance can be moved to another host. */
export type Mobility = { readonly may: true } | { readonly may: false; readonly reason: string };

/** A device of the host that an instance holds pins it there. */
export function mayMove(tx: Transaction, instanceId: Instance['id']): Mobility {
  const [held] = tx.in(WORLD).by(HeldDevice, 'instanceId', instanceId);
  if (!held) return { may: true };
  const device = `the network device '${held.id}' of its host as ${held.interfaceId} (passthrough)`;
  return { may: false, reason: `The instance '${instanceId}' holds ${device}, which cannot move with it.` };
}
