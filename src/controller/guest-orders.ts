/** What a guest order means to the data plane: from the model's rows to the guest that a driver starts. */
import { instanceHostName } from '../model/dns-names.ts';
import { interfaceAt, interfacesOfInstance } from '../model/instance-interfaces.ts';
import type { Owned } from '../model/owned.ts';
import { Instance } from '../model/resources/instance.ts';
import type { NetworkInterface } from '../model/resources/network-interface.ts';
import { Subnet } from '../model/resources/subnet.ts';
import type { ScopedOrder, Transaction } from '../model/transaction.ts';
import type { World } from '../model/world.ts';
import { formatIpv4, formatIpv6 } from '../net/address.ts';
import type { InstanceId, NetworkInterfaceId } from '../net/identifiers.ts';
import { MEDIATED } from '../net/nic-mode.ts';
import type { DataPlane, GuestInterface, GuestSpec } from '../tables/data-plane.ts';

/** How an order ended. */
export type OrderOutcome = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Largest packet of an interface inside a VPC in bytes (user guide, network_mtu). */
const JUMBO_MTU_BYTES = 9001;

interface Parts {
  readonly world: World;
  readonly dataPlane: DataPlane;
  readonly now: () => number;
}

/** Carries an order out. Never throws: what went wrong is the outcome. */
export async function performOrder(scoped: ScopedOrder, parts: Parts): Promise<OrderOutcome> {
  try {
    await perform(scoped, parts);
    return { ok: true };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

async function perform({ scope, order }: ScopedOrder, { world, dataPlane, now }: Parts): Promise<void> {
  const look = <T>(work: (tx: Transaction) => T): T => world.transact(scope, now(), work).result;
  switch (order.kind) {
    case 'start': {
      const spec = look((tx) => guestSpec(tx, order.instanceId, order.firstBoot));
      // Where no real guest can run, a virtual one stands in for it; `status` says so.
      const driver = dataPlane.drivers.includes(spec.driver) ? spec.driver : 'virtual';
      await dataPlane.startGuest({ ...spec, driver });
      return;
    }
    case 'stop':
      return dataPlane.stopGuest(order.instanceId, { discard: order.discard });
    case 'cut':
      return dataPlane.stopGuest(order.instanceId, { discard: false, abrupt: true });
    case 'move': {
      const interfaces = look((tx) => interfacesOfInstance(tx, order.instanceId));
      return dataPlane.moveInterfaces(interfaces.map(({ row }) => row.id));
    }
    case 'reboot':
      await dataPlane.rebootGuest(order.instanceId);
      return;
    case 'plug': {
      const plug = look((tx) => guestInterface(attachedInterface(tx, order.instanceId, order.interfaceId)));
      return dataPlane.plugInterface(order.instanceId, plug);
    }
    case 'unplug':
      return dataPlane.unplugInterface(order.instanceId, order.interfaceId);
    case 'refresh':
      return dataPlane.refreshGuest(order.instanceId);
  }
}

/** The guest of an instance as its driver needs it. */
export function guestSpec(tx: Transaction, instanceId: string, firstBoot: boolean): GuestSpec {
  const instance = tx.get(Instance, instanceId);
  const interfaces = interfacesOfInstance(tx, instance.id).map(guestInterface);
  return {
    instanceId: instance.id,
    driver: instance.guestDriver,
    hostName: instanceHostName(tx, instance),
    firstBoot,
    interfaces: interfaces.sort((one, other) => one.deviceIndex - other.deviceIndex),
  };
}

function attachedInterface(tx: Transaction, instanceId: InstanceId, id: NetworkInterfaceId): Owned<NetworkInterface> {
  const found = interfaceAt(tx, instanceId, id);
  if (!found) throw new Error(`${id} is not attached to ${instanceId}`);
  return found;
}

function guestInterface({ row, owner }: Owned<NetworkInterface>): GuestInterface {
  const { id, mac, attachment } = row;
  if (!attachment) throw new Error(`${id} is not attached`);
  const { deviceIndex, networkCardIndex, nic = MEDIATED } = attachment;
  const addresses = nic.kind === 'passthrough' ? addressesInSubnet(owner, row) : [];
  return { id, mac, deviceIndex, networkCardIndex, mtuBytes: JUMBO_MTU_BYTES, nic, addresses };
}

function addressesInSubnet(owner: Transaction, { subnetId, ipv4Addresses, ipv6Addresses }: NetworkInterface): string[] {
  const { cidr } = owner.get(Subnet, subnetId);
  return [
    ...ipv4Addresses.map((address) => `${formatIpv4(address)}/${cidr?.length ?? 32}`),
    ...ipv6Addresses.map((address) => `${formatIpv6(address)}/64`),
  ];
}
