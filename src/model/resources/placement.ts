/** Which host an instance is on, and what has become of hosts. Rows of the WORLD: accounts share hosts. */
import type { InstanceId, NetworkInterfaceId } from '../../net/identifiers.ts';
import { kind, type Row } from '../kind.ts';
import type { HostId } from '../topology.ts';

/** A virtual function of a host's NIC in the hands of an interface. */
export interface VirtualFunction {
  readonly interfaceId: NetworkInterfaceId;
  /** From 0, in its host. */
  readonly number: number;
}

/** The place of an instance that runs or is about to. A stopped one has none. */
export interface Placement extends Row {
  readonly id: InstanceId;
  readonly account: string;
  readonly region: string;
  readonly hostId: HostId;
  /** Functions that the instance's interfaces hold; none without enhanced networking. */
  readonly functions: readonly VirtualFunction[];
}

export const Placement = kind<Placement>()({
  name: 'placement',
  indexes: { hostId: (row) => row.hostId },
});

/** A host that is not as it should be; the others have no row. */
export interface HostCondition extends Row {
  readonly id: HostId;
  /** `draining`: takes no more instances. `failed`: without power, and what is on it with it. */
  readonly state: 'draining' | 'failed';
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** When instances on a failed host are next brought up elsewhere, in milliseconds since the epoch. */
  readonly recoverAtMs: number | undefined;
}

export const HostCondition = kind<HostCondition>()({ name: 'host-condition' });
