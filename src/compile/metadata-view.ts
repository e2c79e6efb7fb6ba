/** An instance as the metadata service shows it to itself, read from the model when the question comes. */
import { chosenPublicName, instanceHostName, ipName, isPrimary, resourceName } from '../model/dns-names.ts';
import { instanceOfInterface, interfacesOfInstance } from '../model/instance-interfaces.ts';
import { findInstanceType, isNitro } from '../model/instance-type-table.ts';
import { networkingOf } from '../model/networking.ts';
import type { Owned } from '../model/owned.ts';
import { publicAddressesOf } from '../model/public-addresses.ts';
import { regionNamed, zoneNamed } from '../model/regions.ts';
import type { Instance } from '../model/resources/instance.ts';
import { KeyPair } from '../model/resources/key-pair.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { PlacementGroup } from '../model/resources/placement-group.ts';
import { SecurityGroup } from '../model/resources/security-group.ts';
import { Subnet } from '../model/resources/subnet.ts';
import { Vpc } from '../model/resources/vpc.ts';
import type { Transaction } from '../model/transaction.ts';
import type { NetworkInterfaceId } from '../net/identifiers.ts';
import type { MetadataInterface, MetadataView } from '../services/metadata-view.ts';

/**
 * The instance that the interface is attached to; undefined where there is none. Costs a few look-ups; what is under
 * the instance's interfaces is looked up when it is asked for. Only for use inside the transaction.
 * @param ofInterface in the scope of the interface
 */
export function metadataView(ofInterface: Transaction, interfaceId: NetworkInterfaceId): MetadataView | undefined {
  const asking = ofInterface.find(NetworkInterface, interfaceId);
  const found = asking && instanceOfInterface(ofInterface, asking);
  if (!found) return undefined;
  const { row: instance, owner: tx } = found;
  const { partition } = regionNamed(tx.region);
  return {
    instanceId: instance.id,
    options: instance.metadataOptions,
    account: tx.account,
    region: tx.region,
    zone: instance.zone,
    zoneId: zoneNamed(tx.region, instance.zone).id,
    placementGroupName: instance.placementGroupId && tx.find(PlacementGroup, instance.placementGroupId)?.name,
    partitionNumber: instance.partitionNumber,
    partition: partition.name,
    serviceDomain: partition.dnsSuffix,
    imageId: instance.imageId,
    launchIndex: instance.launchIndex,
    reservationId: instance.reservationId,
    instanceType: instance.instanceType,
    architecture: instance.architecture,
    system: systemOf(instance),
    driver: DRIVERS[networkingOf(instance)],
    rootDeviceName: instance.rootDeviceName,
    monitoring: instance.monitoring,
    launchedAtMs: instance.launchedAtMs,
    hostName: instanceHostName(tx, instance),
    tags: instance.tags,
    userData: () => bytesOfBase64(instance.userData),
    publicKey: () => publicKeyOf(tx, instance),
    interfaces: () => interfacesOf(tx, instance),
  };
}

/** What `ethtool -i` shows on AWS (EC2 user guide, enhanced-networking-ena and sriov-networking). */
const DRIVERS = { ena: 'ena', vf: 'ixgbevf', none: 'vif' } as const;

function systemOf({ instanceType }: Instance): MetadataView['system'] {
  const type = findInstanceType(instanceType);
  if (!type) return undefined;
  return isNitro(type) ? 'nitro' : 'xen';
}

/** RunInstances refuses what is not base64. No data at all counts as none. */
function bytesOfBase64(text: string | undefined): Uint8Array | undefined {
  return text ? Uint8Array.from(atob(text), (one) => one.charCodeAt(0)) : undefined;
}

/** On AWS the key outlives its key pair inside the instance; here it is gone with it (unconfirmed which AWS serves). */
function publicKeyOf(tx: Transaction, { keyName }: Instance): ReturnType<MetadataView['publicKey']> {
  const [pair] = keyName === undefined ? [] : tx.by(KeyPair, 'keyName', keyName);
  return pair && { name: pair.name, openSshKey: pair.publicKey };
}

const slotOf = ({ attachment }: NetworkInterface): number =>
  (attachment?.networkCardIndex ?? 0) * 2 ** 16 + (attachment?.deviceIndex ?? 0);

const interfacesOf = (tx: Transaction, instance: Instance): readonly MetadataInterface[] =>
  [...interfacesOfInstance(tx, instance.id)]
    .sort((one, other) => slotOf(one.row) - slotOf(other.row))
    .map((one) => interfaceOf(instance, one));

function interfaceOf(instance: Instance, { row, owner: tx }: Owned<NetworkInterface>): MetadataInterface {
  const subnet = tx.get(Subnet, row.subnetId);
  const vpc = tx.get(Vpc, row.vpcId);
  const publicAddresses = publicAddressesOf(tx, row);
  const [first] = publicAddresses;
  return {
    id: row.id,
    mac: row.mac,
    deviceIndex: row.attachment?.deviceIndex ?? 0,
    networkCardIndex: hasSeveralCards(instance) ? row.attachment?.networkCardIndex : undefined,
    owner: tx.account,
    localHostName: localHostName(tx, instance, row),
    publicHostName: chosenPublicName(tx, row, first?.publicAddress),
    ipv4Addresses: row.ipv4Addresses,
    ipv4Prefixes: row.ipv4Prefixes,
    ipv6Addresses: row.ipv6Addresses,
    ipv6Prefixes: row.ipv6Prefixes,
    publicAddresses,
    securityGroups: row.securityGroupIds.map((id) => ({ id, name: tx.get(SecurityGroup, id).name })),
    subnet: { id: subnet.id, ipv4Cidr: subnet.cidr, ipv6Cidrs: subnet.ipv6CidrBlocks.map(({ cidr }) => cidr) },
    vpc: {
      id: vpc.id,
      ipv4Cidrs: vpc.cidrBlocks.map(({ cidr }) => cidr),
      ipv6Cidrs: vpc.ipv6CidrBlocks.map(({ cidr }) => cidr),
    },
  };
}

const hasSeveralCards = ({ instanceType }: Instance): boolean =>
  (findInstanceType(instanceType)?.NetworkInfo.MaximumNetworkCards ?? 1) > 1;

/** The primary interface has the instance's name, another one that of its primary address (unconfirmed without one). */
function localHostName(tx: Transaction, instance: Instance, row: NetworkInterface): string {
  if (isPrimary(row)) return instanceHostName(tx, instance);
  const [address] = row.ipv4Addresses;
  return address === undefined ? resourceName(tx.region, instance.id) : ipName(tx.region, address);
}
