/** The row of an attached network interface as the fabric needs it. */
import { instanceHostName, ipName, isPrimary } from '../model/dns-names.ts';
import { instanceTypeNamed } from '../model/instance-type-table.ts';
import { publicAddressesOf } from '../model/public-addresses.ts';
import { Instance, type InstanceStateName } from '../model/resources/instance.ts';
import type { NetworkInterface } from '../model/resources/network-interface.ts';
import type { Transaction } from '../model/transaction.ts';
import type { InterfaceRow, TrackingTimeoutsRow } from '../tables/tables.ts';

/** States in which a guest may send or be sent packets. */
const WITH_GUEST: ReadonlySet<InstanceStateName> = new Set(['pending', 'running', 'stopping', 'shutting-down']);

/** Row of an interface; undefined while no guest has it. */
export function interfaceRow(tx: Transaction, one: NetworkInterface): InterfaceRow | undefined {
  const { attachment } = one;
  const instance = attachment && tx.find(Instance, attachment.instanceId);
  if (!instance || !WITH_GUEST.has(instance.state)) return undefined;
  return {
    kind: 'interface',
    id: one.id,
    instanceId: instance.id,
    vpcId: one.vpcId,
    subnetId: one.subnetId,
    mac: one.mac,
    ipv4Addresses: one.ipv4Addresses,
    ipv4Prefixes: one.ipv4Prefixes,
    ipv6Addresses: one.ipv6Addresses,
    ipv6Prefixes: one.ipv6Prefixes,
    publicAddresses: publicAddressesOf(tx, one).map(({ publicAddress, privateAddress }) => ({
      publicAddress,
      privateAddress,
    })),
    securityGroupIds: one.securityGroupIds,
    sourceDestCheck: one.sourceDestCheck,
    hostName: firstLabel(hostNameOf(tx, one, instance)),
    timeouts: timeoutsOf(one, instance),
  };
}

function hostNameOf(tx: Transaction, one: NetworkInterface, instance: Instance): string {
  const [address] = one.ipv4Addresses;
  return isPrimary(one) || address === undefined ? instanceHostName(tx, instance) : ipName(tx.region, address);
}

const firstLabel = (name: string): string => name.split('.', 1)[0] ?? name;

/** The interface's own timeouts, else those of the instance type. */
function timeoutsOf({ connectionTracking: own }: NetworkInterface, instance: Instance): TrackingTimeoutsRow {
  const defaults = instanceTypeNamed(instance.instanceType).NetworkInfo.ConnectionTrackingConfiguration;
  return {
    tcpEstablishedTimeoutMs: 1000 * (own.tcpEstablishedTimeoutSeconds ?? defaults.DefaultTcpEstablishedTimeout),
    udpTimeoutMs: 1000 * (own.udpTimeoutSeconds ?? defaults.DefaultUdpTimeout),
    udpStreamTimeoutMs: 1000 * (own.udpStreamTimeoutSeconds ?? defaults.DefaultUdpStreamTimeout),
  };
}
