/**
 * NAT gateways: making zonal ones, with their requester-managed interface and Elastic IPs, and deleting both kinds.
 *
 * EC2 answers a creation before it has tried: what is wrong with the network shows afterwards, as the state `failed` with
 * a code. Here the row has its final state at once, and the answer says `pending`.
 */
import { formatIpv4, type Ipv4 } from '../net/address.ts';
import type { NatGatewayId } from '../net/identifiers.ts';
import { point } from './elastic-ip-association.ts';
import { Fault } from './fault.ts';
import { freeIpv4Count } from './free-addresses.ts';
import type { Tags } from './kind.ts';
import { NO_ADDRESSES } from './network-interface-choice.ts';
import { createServiceInterface, removeNetworkInterface } from './network-interface-creation.ts';
import { quota } from './quotas.ts';
import { associationOf } from './regional-associations.ts';
import { dismantle } from './regional-nat-gateways.ts';
import { ElasticIp } from './resources/elastic-ip.ts';
import { InternetGateway } from './resources/internet-gateway.ts';
import { NatGateway, type NatGatewayAddress } from './resources/nat-gateway.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { Subnet } from './resources/subnet.ts';
import type { Transaction } from './transaction.ts';

/** A NAT gateway that somebody wants. */
export interface NatGatewaySpec {
  readonly subnet: Subnet;
  readonly connectivityType: NatGateway['connectivityType'];
  /** Of a public one: the primary one first. */
  readonly elasticIps: readonly ElasticIp[];
  readonly primaryIpv4: Ipv4 | undefined;
  readonly secondaryIpv4: readonly Ipv4[];
  readonly secondaryCount: number;
  readonly tags: Tags;
}

/** Who AWS says made the interface. That it is this text is unconfirmed. */
const REQUESTER = 'amazon-aws';

/**
 * Makes it: available, or failed with the reason.
 * @throws Fault NatGatewayLimitExceeded, those of private addresses that are asked for
 */
export function createNatGateway(tx: Transaction, spec: NatGatewaySpec): NatGateway {
  const { subnet } = spec;
  checkQuotas(tx, spec);
  const id = tx.newId('nat');
  const failure = failureOf(tx, spec);
  return tx.put(NatGateway, {
    id,
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    connectivityType: spec.connectivityType,
    state: failure ? 'failed' : 'available',
    failure,
    createdAtMs: tx.nowMs,
    deletedAtMs: failure ? tx.nowMs : undefined,
    addresses: failure ? [] : makeAddresses(tx, id, spec),
    tags: spec.tags,
  });
}

function checkQuotas(tx: Transaction, { subnet, elasticIps, secondaryIpv4, secondaryCount }: NatGatewaySpec): void {
  const limit = quota(tx, 'natGatewaysPerZone');
  const living = tx.list(NatGateway, (one) => {
    const counts = one.state === 'available' || one.state === 'pending' || one.state === 'deleting';
    return counts && one.subnetId !== undefined && tx.find(Subnet, one.subnetId)?.zone === subnet.zone;
  });
  if (living.length >= limit) throw new Fault('NatGatewayLimitExceeded', { limit });
  const addresses = 1 + Math.max(secondaryIpv4.length + secondaryCount, elasticIps.length - 1);
  if (
    elasticIps.length > quota(tx, 'elasticIpsPerNatGateway') ||
    addresses > quota(tx, 'privateAddressesPerNatGateway')
  ) {
    // Which code AWS has for this is unconfirmed.
    throw new Fault('PrivateIpAddressLimitExceeded');
  }
}

function failureOf(tx: Transaction, { subnet, connectivityType, elasticIps }: NatGatewaySpec): NatGateway['failure'] {
  if (connectivityType === 'public' && tx.count(InternetGateway, 'vpcId', subnet.vpcId) === 0) {
    return { code: 'Gateway.NotAttached', message: `Network ${subnet.vpcId} has no Internet gateway attached` };
  }
  const associated = elasticIps.find((one) => associationOf(tx, one));
  if (associated) {
    return { code: 'Resource.AlreadyAssociated', message: `Elastic IP address ${associated.id} is already associated` };
  }
  if (freeIpv4Count(tx, subnet) < 1) {
    const message = 'Subnet has insufficient free addresses to create this NAT gateway';
    return { code: 'InsufficientFreeAddressesInSubnet', message };
  }
  return undefined;
}

function makeAddresses(tx: Transaction, id: NatGatewayId, spec: NatGatewaySpec): readonly NatGatewayAddress[] {
  const missing = spec.elasticIps.length - 1 - spec.secondaryIpv4.length;
  const networkInterface = createServiceInterface(tx, {
    subnet: spec.subnet,
    description: `Interface for NAT Gateway ${id}`,
    interfaceType: 'natGateway',
    primaryIpv4: spec.primaryIpv4,
    ipv4: { ...NO_ADDRESSES, addresses: spec.secondaryIpv4, count: Math.max(missing, spec.secondaryCount, 0) },
    requesterId: REQUESTER,
  });
  return networkInterface.ipv4Addresses.map((privateIp, index) => ({
    privateIp,
    isPrimary: index === 0,
    networkInterfaceId: networkInterface.id,
    allocation: allocationOf(tx, spec.elasticIps[index], networkInterface.id, privateIp),
  }));
}

function allocationOf(
  tx: Transaction,
  elasticIp: ElasticIp | undefined,
  networkInterfaceId: NetworkInterface['id'],
  privateIp: Ipv4,
): NatGatewayAddress['allocation'] {
  const pointed = elasticIp && point(tx, elasticIp, { row: { id: networkInterfaceId }, owner: tx }, privateIp);
  if (!pointed?.association) return undefined;
  return { id: pointed.id, associationId: pointed.association.id, publicIp: pointed.publicIp };
}

/** DeleteNatGateway: the interface goes, Elastic IPs stay allocated, routes to it lead nowhere. It is shown for an hour. */
export function deleteNatGateway(tx: Transaction, gateway: NatGateway): void {
  if (gateway.state === 'deleted') return;
  for (const interfaceId of new Set(gateway.addresses.map((address) => address.networkInterfaceId))) {
    const networkInterface = tx.find(NetworkInterface, interfaceId);
    if (networkInterface) removeNetworkInterface(tx, networkInterface);
  }
  dismantle(tx, gateway);
  tx.update(NatGateway, gateway.id, { state: 'deleted', deletedAtMs: tx.nowMs });
}

/** Elastic IPs of the request. @throws Fault InvalidAllocationID.NotFound, InvalidParameterValue when one comes twice */
export function elasticIpsOf(tx: Transaction, ids: readonly string[]): readonly ElasticIp[] {
  const elasticIps = ids.map((id) => tx.get(ElasticIp, id));
  const twice = elasticIps.find(({ id }, index) => elasticIps.findIndex((other) => other.id === id) !== index);
  if (!twice) return elasticIps;
  const message = `The Elastic IP address ${formatIpv4(twice.publicIp)} is given more than once.`;
  throw new Fault('InvalidParameterValue', message);
}
