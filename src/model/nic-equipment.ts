/** What happens to interfaces when a guest is about to get them: how each goes to it is decided, and devices are taken. */
import { formatNicMode, type NicMode } from '../net/nic-mode.ts';
import { releaseDevice, takeDevice } from './held-devices.ts';
import { interfacesOfInstance } from './instance-interfaces.ts';
import { nicChoice } from './nic-modes.ts';
import type { Owned } from './owned.ts';
import type { Instance } from './resources/instance.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import type { Transaction } from './transaction.ts';

/**
 * For every interface of an instance whose guest is about to start.
 * @throws Fault those of `nicChoice` and `takeDevice`
 */
export function equipAll(tx: Transaction, instance: Instance): void {
  for (const one of interfacesOfInstance(tx, instance.id)) equip(tx, instance, one);
}

/**
 * For one interface that is plugged into a running guest.
 * @throws Fault those of `nicChoice` and `takeDevice`
 */
export function equip(tx: Transaction, instance: Instance, { row, owner }: Owned<NetworkInterface>): void {
  const { mode } = nicChoice(tx.environment.nicPolicy, instance, row);
  const device = mode.kind === 'passthrough' ? mode.device : undefined;
  releaseDevice(tx, row.id, device);
  if (device !== undefined) takeDevice(tx, device, { instanceId: instance.id, interfaceId: row.id });
  note(owner, row.id, mode);
}

function note(owner: Transaction, id: NetworkInterface['id'], nic: NicMode): void {
  const { attachment } = owner.get(NetworkInterface, id);
  if (!attachment || (attachment.nic && formatNicMode(attachment.nic) === formatNicMode(nic))) return;
  owner.update(NetworkInterface, id, { attachment: { ...attachment, nic } });
}
