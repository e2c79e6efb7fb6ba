/**
 * Further addresses of a NAT gateway: private ones of a private gateway, Elastic IPs with a private address each of a
 * public one. A gateway translates to any of its addresses.
 *
 * AWS lets connections drain for up to MaxDrainDurationSeconds before an address goes; here it goes at once, and what
 * stood on it has to begin anew. Codes and sentences are unconfirmed.
 */
import { formatIpv4, type Ipv4 } from '../net/address.ts';
import { disassociate, point } from './elastic-ip-association.ts';
import { Fault } from './fault.ts';
import { chooseIpv4, NO_ADDRESSES } from './network-interface-choice.ts';
import { quota } from './quotas.ts';
import { refuseAssociated } from './regional-associations.ts';
import { ElasticIp } from './resources/elastic-ip.ts';
import { NatGateway, type NatGatewayAddress } from './resources/nat-gateway.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { Subnet } from './resources/subnet.ts';
import type { Transaction } from './transaction.ts';

/**
 * AssignPrivateNatGatewayAddress: what the gateway got.
 * @throws Fault InvalidParameterValue for a public gateway, IncorrectState, PrivateIpAddressLimitExceeded, and those of
 *   addresses
 */
export function assignPrivate(
  tx: Transaction,
  gateway: NatGateway,
  addresses: readonly Ipv4[],
  count: number,
): readonly NatGatewayAddress[] {
  requireType(gateway, 'private');
  const added = addAddresses(tx, gateway, addresses, count);
  tx.update(NatGateway, gateway.id, { addresses: [...gateway.addresses, ...added] });
  return added;
}

/**
 * UnassignPrivateNatGatewayAddress: what the gateway lost.
 * @throws Fault InvalidParameterValue for a public gateway, its primary address, or an address that it has not
 */
export function unassignPrivate(
  tx: Transaction,
  gateway: NatGateway,
  addresses: readonly Ipv4[],
): readonly NatGatewayAddress[] {
  requireType(gateway, 'private');
  const gone = addresses.map((address) => {
    const found = gateway.addresses.find(({ privateIp }) => privateIp === address);
    if (found) return found;
    const message = `The private IP address '${formatIpv4(address)}' is not assigned to '${gateway.id}'.`;
    throw new Fault('InvalidParameterValue', message);
  });
  removeAddresses(tx, gateway, gone);
  return gone;
}

/**
 * AssociateNatGatewayAddress: each Elastic IP with a private address of its own, the named ones first.
 * @throws Fault InvalidParameterValue for a private gateway, Resource.AlreadyAssociated, AddressLimitExceeded beyond the
 *   quota of Elastic IPs, and as `assignPrivate`
 */
export function associateElasticIps(
  tx: Transaction,
  gateway: NatGateway,
  elasticIps: readonly ElasticIp[],
  addresses: readonly Ipv4[],
): readonly NatGatewayAddress[] {
  requireType(gateway, 'public');
  refuseAssociated(tx, elasticIps);
  if (gateway.addresses.length + elasticIps.length > quota(tx, 'elasticIpsPerNatGateway')) {
    throw new Fault('AddressLimitExceeded');
  }
  const unbound = addAddresses(tx, gateway, addresses, Math.max(elasticIps.length - addresses.length, 0));
  const added = unbound.map((address, index) => {
    const elasticIp = elasticIps[index];
    const at = { row: { id: address.networkInterfaceId }, owner: tx };
    const pointed = elasticIp && point(tx, elasticIp, at, address.privateIp);
    if (!pointed?.association) return address;
    const { id, publicIp, association } = pointed;
    return { ...address, allocation: { id, associationId: association.id, publicIp } };
  });
  tx.update(NatGateway, gateway.id, { addresses: [...gateway.addresses, ...added] });
  return added;
}

/**
 * DisassociateNatGatewayAddress: the Elastic IPs stay allocated, their private addresses go.
 * @throws Fault InvalidParameterValue for a private gateway or its primary address, InvalidAssociationID.NotFound
 */
export function disassociateElasticIps(
  tx: Transaction,
  gateway: NatGateway,
  associationIds: readonly string[],
): readonly NatGatewayAddress[] {
  requireType(gateway, 'public');
  const gone = associationIds.map((id) => {
    const found = gateway.addresses.find(({ allocation }) => allocation?.associationId === id);
    if (!found) throw new Fault('InvalidAssociationID.NotFound', { id });
    return found;
  });
  removeAddresses(tx, gateway, gone);
  return gone;
}

function requireType({ id, connectivityType, state }: NatGateway, type: NatGateway['connectivityType']): void {
  if (connectivityType !== type) {
    throw new Fault('InvalidParameterValue', `The NAT gateway '${id}' is ${connectivityType}, not ${type}.`);
  }
  if (state !== 'available') throw new Fault('IncorrectState', `The NAT gateway '${id}' is ${state}.`);
}

/** Gives the gateway's interface further addresses, named ones first; the gateway's row is the caller's. */
function addAddresses(
  tx: Transaction,
  gateway: NatGateway,
  addresses: readonly Ipv4[],
  count: number,
): readonly NatGatewayAddress[] {
  if (gateway.addresses.length + addresses.length + count > quota(tx, 'privateAddressesPerNatGateway')) {
    throw new Fault('PrivateIpAddressLimitExceeded');
  }
  const { id: networkInterfaceId, ipv4Addresses } = tx.get(NetworkInterface, interfaceOf(gateway));
  const place = { tx, subnet: tx.get(Subnet, gateway.subnetId), askedBy: 'AssignPrivateIpAddresses' } as const;
  const chosen = chooseIpv4(place, 'none', { ...NO_ADDRESSES, addresses, count }).addresses;
  tx.update(NetworkInterface, networkInterfaceId, { ipv4Addresses: [...ipv4Addresses, ...chosen] });
  return chosen.map((privateIp) => ({ privateIp, isPrimary: false, networkInterfaceId, allocation: undefined }));
}

function removeAddresses(tx: Transaction, gateway: NatGateway, gone: readonly NatGatewayAddress[]): void {
  if (gone.some(({ isPrimary }) => isPrimary)) {
    throw new Fault('InvalidParameterValue', `The primary address of the NAT gateway '${gateway.id}' stays.`);
  }
  for (const { allocation } of gone) if (allocation) disassociate(tx, tx.get(ElasticIp, allocation.id));
  const { id, ipv4Addresses } = tx.get(NetworkInterface, interfaceOf(gateway));
  const left = ipv4Addresses.filter((address) => !gone.some(({ privateIp }) => privateIp === address));
  tx.update(NetworkInterface, id, { ipv4Addresses: left });
  tx.update(NatGateway, gateway.id, { addresses: gateway.addresses.filter((address) => !gone.includes(address)) });
}

/** All addresses of a zonal gateway are on one interface. */
function interfaceOf({ id, addresses }: NatGateway): NatGatewayAddress['networkInterfaceId'] {
  const [primary] = addresses;
  if (!primary) throw new Error(`the available NAT gateway ${id} has no address`);
  return primary.networkInterfaceId;
}
