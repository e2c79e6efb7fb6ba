/**
 * The zones of regional NAT gateways: where they stand, and with which Elastic IPs.
 *
 * In automatic mode a gateway stands wherever its VPC has a network interface, of whatever kind, with one Elastic IP of its
 * own in each zone (user guide, nat-gateways-regional). AWS takes up to an hour to follow, in which another zone serves;
 * here it follows at once. AWS adds Elastic IPs where ports run short; here a zone keeps its one.
 */
import { isId, type NatGatewayId, type VpcId } from '../net/identifiers.ts';
import { forgetOffer } from './address-transfers.ts';
import { findPublicAddress, returnPublicAddress } from './public-addresses.ts';
import { zonesOf } from './regions.ts';
import { ElasticIp } from './resources/elastic-ip.ts';
import { NatGateway, type NatGatewayAllocation, type NatGatewayZone } from './resources/nat-gateway.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { Subnet } from './resources/subnet.ts';
import type { Transaction } from './transaction.ts';

/** To be called when a VPC has got an interface in a zone. */
export function expandInto(tx: Transaction, vpcId: VpcId, zone: string): void {
  for (const gateway of automaticOnes(tx, vpcId)) {
    if (gateway.zones.some((one) => one.zone === zone)) continue;
    const made = automaticZone(tx, gateway, zone);
    if (made) setZones(tx, gateway.id, [...gateway.zones, made]);
  }
}

/** To be called when a VPC has lost an interface in a zone. */
export function contractFrom(tx: Transaction, vpcId: VpcId, zone: string): void {
  const gateways = automaticOnes(tx, vpcId);
  if (gateways.length === 0 || hasInterfaces(tx, vpcId, zone)) return;
  for (const { id, zones } of gateways) {
    const left = zones.filter((one) => one.zone === zone);
    setZones(
      tx,
      id,
      zones.filter((one) => one.zone !== zone),
    );
    forgetManaged(tx, left);
  }
}

/** Where a gateway of the VPC's stands that is made now in automatic mode. */
export const automaticZones = (
  tx: Transaction,
  gateway: Pick<NatGateway, 'id'>,
  vpcId: VpcId,
): readonly NatGatewayZone[] =>
  [...new Set(tx.by(NetworkInterface, 'vpcId', vpcId).map(({ zone }) => zone))]
    .sort()
    .flatMap((zone) => automaticZone(tx, gateway, zone) ?? []);

/** Gives back the Elastic IPs that a gateway allocated for itself; of others there are none in the same zones. */
export function forgetManaged(tx: Transaction, zones: readonly NatGatewayZone[]): void {
  for (const { id, publicIp } of zones.flatMap(({ allocations }) => allocations)) {
    forgetOffer(tx, { id });
    tx.remove(ElasticIp, id);
    returnPublicAddress(tx, publicIp);
  }
}

/** A place in a zone. Its names are made of the gateway's id and the zone, so that a gateway that is imported has the same. */
export function newZone(
  tx: Transaction,
  { id }: Pick<NatGateway, 'id'>,
  zone: string,
  allocations: readonly NatGatewayAllocation[],
): NatGatewayZone {
  const number = zonesOf(tx.region).findIndex(({ name }) => name === zone);
  const digits = `${id.slice('nat-'.length, -ZONE_DIGITS)}${number.toString(16).padStart(ZONE_DIGITS, '0')}`;
  const [interfaceId, subnetId] = [`eni-${digits}`, `subnet-${digits}`];
  if (!isId('eni', interfaceId) || !isId('subnet', subnetId)) throw new Error(`made bad ids: ${digits}`);
  return { zone, interfaceId, subnetId, allocations };
}

/** In the place of so many digits of the gateway's id. */
const ZONE_DIGITS = 2;

/** An Elastic IP as a regional gateway holds it. */
export const held = (tx: Transaction, { id, publicIp }: ElasticIp): NatGatewayAllocation => ({
  id,
  associationId: tx.newId('eipassoc'),
  publicIp,
});

/** Undefined when there is no public address left for it: then the zone is not served. */
function automaticZone(tx: Transaction, gateway: Pick<NatGateway, 'id'>, zone: string): NatGatewayZone | undefined {
  const publicIp = findPublicAddress(tx);
  if (publicIp === undefined) return undefined;
  const elasticIp = tx.insert(ElasticIp, {
    publicIp,
    networkBorderGroup: tx.region,
    publicIpv4Pool: 'amazon',
    ptrRecord: undefined,
    serviceManaged: 'rnat',
    association: undefined,
    tags: {},
  });
  return newZone(tx, gateway, zone, [held(tx, elasticIp)]);
}

const automaticOnes = (
  tx: Transaction,
  vpcId: VpcId,
): readonly { readonly id: NatGatewayId; readonly zones: readonly NatGatewayZone[] }[] =>
  tx
    .by(NatGateway, 'vpcId', vpcId)
    .flatMap(({ id, state, regional }) =>
      state === 'available' && regional?.mode === 'automatic' ? [{ id, zones: regional.zones }] : [],
    );

/** Sets where a regional gateway stands. */
export function setZones(tx: Transaction, id: NatGatewayId, zones: readonly NatGatewayZone[]): void {
  const { regional } = tx.get(NatGateway, id);
  if (!regional) throw new Error(`the NAT gateway ${id} is not regional`);
  tx.update(NatGateway, id, { regional: { ...regional, zones } });
}

const hasInterfaces = (tx: Transaction, vpcId: VpcId, zone: string): boolean =>
  tx
    .by(Subnet, 'vpcId', vpcId)
    .some((subnet) => subnet.zone === zone && tx.count(NetworkInterface, 'subnetId', subnet.id) > 0);
