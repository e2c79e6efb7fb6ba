/**
 * Regional NAT gateways: one for all zones of a VPC, in no subnet, with a route table of its own (user guide,
 * nat-gateways-regional). They are public ones. Codes and sentences of what is refused are unconfirmed.
 */
import { ANY_IPV4 } from '../net/cidr.ts';
import { Fault } from './fault.ts';
import { internetGatewayOf } from './internet-gateway-attachment.ts';
import type { Tags } from './kind.ts';
import { quota } from './quotas.ts';
import { associationOf, refuseAssociated } from './regional-associations.ts';
import { automaticZones, forgetManaged, held, newZone, setZones } from './regional-nat-gateway-zones.ts';
import type { ElasticIp } from './resources/elastic-ip.ts';
import type { InternetGateway } from './resources/internet-gateway.ts';
import { NatGateway, type NatGatewayAllocation, type NatGatewayZone } from './resources/nat-gateway.ts';
import { type Route, RouteTable } from './resources/route-table.ts';
import type { Vpc } from './resources/vpc.ts';
import { localRoutesOf } from './route-table-lifecycle.ts';
import type { Transaction } from './transaction.ts';

/** Elastic IPs for what comes from a zone. */
export interface ZoneAddresses {
  /** Name of the zone. */
  readonly zone: string;
  readonly elasticIps: readonly ElasticIp[];
}

/** A regional NAT gateway that somebody wants. */
export interface RegionalNatGatewaySpec {
  readonly vpc: Vpc;
  /** Undefined for automatic mode. */
  readonly zones: readonly ZoneAddresses[] | undefined;
  readonly tags: Tags;
}

/**
 * Makes it: available, or failed with the reason.
 * @throws Fault NatGatewayLimitExceeded, AddressLimitExceeded
 */
export function createRegionalNatGateway(tx: Transaction, { vpc, zones, tags }: RegionalNatGatewaySpec): NatGateway {
  checkQuotas(tx, vpc, zones ?? []);
  const id = tx.newId('nat');
  const gateway = internetGatewayOf(tx, vpc.id);
  const taken = zones?.flatMap(({ elasticIps }) => elasticIps).find((one) => associationOf(tx, one));
  const failure = failureOf(vpc, gateway !== undefined, taken);
  const mode = zones ? 'manual' : 'automatic';
  const made = tx.put(NatGateway, {
    id,
    vpcId: vpc.id,
    subnetId: undefined,
    connectivityType: 'public',
    state: failure ? 'failed' : 'available',
    failure,
    createdAtMs: tx.nowMs,
    deletedAtMs: failure ? tx.nowMs : undefined,
    addresses: [],
    regional: { mode, routeTableId: undefined, zones: [] },
    tags,
  });
  if (failure || !gateway) return made;
  const table = ownRouteTable(tx, vpc, id, gateway);
  const standing = zones?.map(({ zone, elasticIps }) =>
    newZone(
      tx,
      made,
      zone,
      elasticIps.map((one) => held(tx, one)),
    ),
  );
  const regional = { mode, routeTableId: table.id, zones: standing ?? automaticZones(tx, made, vpc.id) } as const;
  return tx.update(NatGateway, id, { regional });
}

/** The table of a regional gateway, with a route to the VPC's internet gateway. */
export const ownRouteTable = (
  tx: Transaction,
  vpc: Vpc,
  natGatewayId: NatGateway['id'],
  gateway: InternetGateway | undefined,
): RouteTable =>
  tx.insert(RouteTable, {
    vpcId: vpc.id,
    routes: [...localRoutesOf(vpc), ...(gateway ? [defaultRoute(gateway)] : [])],
    associations: [{ id: tx.newId('rtbassoc'), kind: 'nat-gateway', natGatewayId }],
    tags: {},
  });

const defaultRoute = ({ id }: InternetGateway): Route => ({
  destination: { kind: 'cidr', cidr: ANY_IPV4 },
  target: { kind: 'internet-gateway', id },
  origin: 'CreateRoute',
});

function checkQuotas(tx: Transaction, { id }: Vpc, zones: readonly ZoneAddresses[]): void {
  const limit = quota(tx, 'regionalNatGatewaysPerVpc');
  const living = tx.by(NatGateway, 'vpcId', id).filter(({ state, regional }) => regional && state === 'available');
  if (living.length >= limit) throw new Fault('NatGatewayLimitExceeded', { limit });
  for (const { elasticIps } of zones) checkZoneQuota(tx, elasticIps.length);
}

function checkZoneQuota(tx: Transaction, count: number): void {
  if (count > quota(tx, 'elasticIpsPerRegionalNatGatewayZone')) throw new Fault('AddressLimitExceeded');
}

/** That the same fails one as a zonal gateway is unconfirmed. */
function failureOf({ id }: Vpc, hasGateway: boolean, taken: ElasticIp | undefined): NatGateway['failure'] {
  if (!hasGateway) {
    return { code: 'Gateway.NotAttached', message: `Network ${id} has no Internet gateway attached` };
  }
  if (!taken) return undefined;
  return { code: 'Resource.AlreadyAssociated', message: `Elastic IP address ${taken.id} is already associated` };
}

/** What it has goes with it: its route table, and Elastic IPs that it allocated for itself; others stay allocated. */
export function dismantle(tx: Transaction, { id, regional }: NatGateway): void {
  if (!regional) return;
  tx.update(NatGateway, id, { regional: { ...regional, routeTableId: undefined, zones: [] } });
  if (regional.mode === 'automatic') forgetManaged(tx, regional.zones);
  if (regional.routeTableId) tx.remove(RouteTable, regional.routeTableId);
}

/**
 * AssociateNatGatewayAddress: Elastic IPs for a zone, which it serves from now on.
 * @throws Fault InvalidParameterValue in automatic mode, IncorrectState, Resource.AlreadyAssociated, AddressLimitExceeded
 */
export function associateInZone(
  tx: Transaction,
  gateway: NatGateway,
  { zone, elasticIps }: ZoneAddresses,
): readonly NatGatewayAllocation[] {
  const zones = manualZones(gateway);
  refuseAssociated(tx, elasticIps);
  const standing = zones.find((one) => one.zone === zone);
  checkZoneQuota(tx, (standing?.allocations.length ?? 0) + elasticIps.length);
  const added = elasticIps.map((one) => held(tx, one));
  const others = zones.filter((one) => one !== standing);
  const grown = standing
    ? { ...standing, allocations: [...standing.allocations, ...added] }
    : newZone(tx, gateway, zone, added);
  setZones(tx, gateway.id, [...others, grown]);
  return added;
}

/**
 * DisassociateNatGatewayAddress: the Elastic IPs stay allocated; a zone without any is not served any more.
 * @throws Fault InvalidParameterValue in automatic mode, IncorrectState, InvalidAssociationID.NotFound
 */
export function disassociateFromZones(
  tx: Transaction,
  gateway: NatGateway,
  associationIds: readonly string[],
): readonly (NatGatewayAllocation & { readonly zone: string })[] {
  const zones = manualZones(gateway);
  const all = zones.flatMap(({ zone, allocations }) => allocations.map((one) => ({ ...one, zone })));
  const gone = associationIds.map((id) => {
    const found = all.find(({ associationId }) => associationId === id);
    if (!found) throw new Fault('InvalidAssociationID.NotFound', { id });
    return found;
  });
  const left = zones.map((one) => ({
    ...one,
    allocations: one.allocations.filter(({ associationId }) => !associationIds.includes(associationId)),
  }));
  setZones(
    tx,
    gateway.id,
    left.filter(({ allocations }) => allocations.length > 0),
  );
  return gone;
}

function manualZones({ id, state, regional }: NatGateway): readonly NatGatewayZone[] {
  if (regional?.mode !== 'manual') {
    const message = `The addresses of the NAT gateway '${id}' are managed by AWS: it is in automatic mode.`;
    throw new Fault('InvalidParameterValue', message);
  }
  if (state !== 'available') throw new Fault('IncorrectState', `The NAT gateway '${id}' is ${state}.`);
  return regional.zones;
}
