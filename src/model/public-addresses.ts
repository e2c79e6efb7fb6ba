/**
 * Public IPv4 addresses of interfaces: who has one, since when, and when it goes.
 *
 * Two kinds. An *auto-assigned* address lives on the primary private address of a primary interface from the launch or
 * start of its instance to its stop or termination; an *Elastic IP* belongs to the account and stays until it is
 * disassociated. `publicAddressesOf` is the one answer for Describe, forwarding tables and metadata.
 *
 * Source: user guide, using-instance-addressing; the table of events stands in `releaseAutoAssigned` and
 * `renewAutoAssigned`. An address is taken at launch, before the guest runs, so that user data finds it working; Describe
 * shows it when the instance is running, as EC2 does.
 */

import { formatIpv4, type Ipv4, ipv4 } from '../net/address.ts';
import { ipv4CidrSize } from '../net/cidr.ts';
import { isPrimary } from './dns-names.ts';
import { Fault } from './fault.ts';
import { instanceOfInterface, interfacesOfInstance } from './instance-interfaces.ts';
import { elasticIpsOn } from './interface-elastic-ips.ts';
import type { Owned } from './owned.ts';
import { ElasticIp, PublicAddress } from './resources/elastic-ip.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { WORLD } from './scope.ts';
import type { Transaction } from './transaction.ts';

/** A public address and the private one that it stands for, one to one. */
export type PublicMapping = { readonly publicAddress: Ipv4; readonly privateAddress: Ipv4 } & (
  | { readonly kind: 'auto-assigned' }
  | { readonly kind: 'elastic'; readonly elasticIp: Owned<ElasticIp> }
);

/** Public addresses of an interface, whether it is attached or not, the one of its primary private address first. */
export function publicAddressesOf(tx: Transaction, networkInterface: NetworkInterface): readonly PublicMapping[] {
  const mappings: PublicMapping[] = [];
  const [primary] = networkInterface.ipv4Addresses;
  if (networkInterface.autoAssignedPublicIp !== undefined && primary !== undefined) {
    mappings.push({
      publicAddress: networkInterface.autoAssignedPublicIp,
      privateAddress: primary,
      kind: 'auto-assigned',
    });
  }
  for (const elasticIp of elasticIpsOn(tx, networkInterface.id)) {
    const { publicIp: publicAddress, association } = elasticIp.row;
    if (!association) continue;
    const { privateIpAddress: privateAddress } = association;
    const mapping = { kind: 'elastic', publicAddress, privateAddress, elasticIp } as const;
    if (privateAddress === primary) mappings.unshift(mapping);
    else mappings.push(mapping);
  }
  return mappings;
}

/** True while the address exists and Describe does not show it yet. */
export const isHiddenPublicAddress = (tx: Transaction, networkInterface: NetworkInterface): boolean =>
  instanceOfInterface(tx, networkInterface)?.row.state === 'pending';

/** First addresses of the pool, which the internet namespace keeps for itself; the last one is not given either. */
const KEPT_AT_START = 4;
const RANDOM_TRIES = 64;

/**
 * Takes an address from the pool; no two accounts or Regions get the same one.
 * @throws Fault InsufficientAddressCapacity when the pool is used up
 */
export function takePublicAddress(tx: Transaction): Ipv4 {
  const address = findPublicAddress(tx);
  if (address === undefined) throw new Fault('InsufficientAddressCapacity');
  return address;
}

/** Takes an address from the pool; undefined when that is used up. */
export function findPublicAddress(tx: Transaction): Ipv4 | undefined {
  const { publicPool: pool } = tx.environment;
  const world = tx.in(WORLD);
  const count = ipv4CidrSize(pool) - KEPT_AT_START - 1;
  const take = (index: number): Ipv4 | undefined => {
    const address = ipv4(pool.address + KEPT_AT_START + index);
    const id = formatIpv4(address);
    if (world.find(PublicAddress, id)) return undefined;
    world.put(PublicAddress, { id, account: tx.account, region: tx.region });
    return address;
  };
  for (let i = 0; i < RANDOM_TRIES && count > 0; i++) {
    const address = take(tx.random.integer(count));
    if (address !== undefined) return address;
  }
  for (let index = 0; index < count; index++) {
    const address = take(index);
    if (address !== undefined) return address;
  }
  return undefined;
}

/** How many Elastic IPs count for the quota; that those which a service manages do not is unconfirmed. */
export const ownElasticIps = (tx: Transaction): number =>
  tx.size(ElasticIp) - tx.count(ElasticIp, 'serviceManaged', 'rnat');

/** Gives an address back to the pool. */
export const returnPublicAddress = (tx: Transaction, address: Ipv4): void =>
  tx.in(WORLD).remove(PublicAddress, formatIpv4(address));

/** Takes the auto-assigned address away from an interface for good: stop, termination, an Elastic IP, the toggle. */
export function releaseAutoAssigned(tx: Transaction, networkInterface: NetworkInterface): NetworkInterface {
  const { autoAssignedPublicIp } = networkInterface;
  if (autoAssignedPublicIp === undefined) return networkInterface;
  returnPublicAddress(tx, autoAssignedPublicIp);
  return tx.update(NetworkInterface, networkInterface.id, { autoAssignedPublicIp: undefined });
}

/**
 * Gives the primary interface of a launching or running instance its auto-assigned address if it is due one: wanted, no
 * Elastic IP on its primary address, and no exception of the user guide (a second interface is attached; a secondary
 * private address carries an Elastic IP). Called at launch, start, disassociation of an Elastic IP and by the toggle.
 * That an interface must want an address to get one after a disassociation is unconfirmed.
 */
export function renewAutoAssigned(tx: Transaction, networkInterface: NetworkInterface): NetworkInterface {
  if (!isDueAddress(tx, networkInterface)) return networkInterface;
  return tx.update(NetworkInterface, networkInterface.id, { autoAssignedPublicIp: takePublicAddress(tx) });
}

function isDueAddress(tx: Transaction, networkInterface: NetworkInterface): boolean {
  const { associatePublicIpAddress, autoAssignedPublicIp, ipv4Addresses } = networkInterface;
  if (!isPrimary(networkInterface)) return false;
  if (!associatePublicIpAddress || autoAssignedPublicIp !== undefined || ipv4Addresses.length === 0) return false;
  const instance = instanceOfInterface(tx, networkInterface);
  if (instance?.row.state !== 'pending' && instance?.row.state !== 'running') return false;
  if (interfacesOfInstance(instance.owner, instance.row.id).length > 1) return false;
  return elasticIpsOn(tx, networkInterface.id).length === 0;
}
