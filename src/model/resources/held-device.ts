/** A network device of the machine that is handed to an instance. A row of the WORLD, under the device's name. */
import type { InstanceId, NetworkInterfaceId } from '../../net/identifiers.ts';
import { kind, type Row } from '../kind.ts';

export interface HeldDevice extends Row {
  /** Name of the device on the machine. */
  readonly id: string;
  readonly instanceId: InstanceId;
  readonly interfaceId: NetworkInterfaceId;
}

export const HeldDevice = kind<HeldDevice>()({
  name: 'held-device',
  indexes: { instanceId: (row) => row.instanceId, interfaceId: (row) => row.interfaceId },
});
