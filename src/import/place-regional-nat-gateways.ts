/** Regional NAT gateways that are described. */
import type * as sdk from '@aws-sdk/client-ec2';
import { internetGatewayOf } from '../model/internet-gateway-attachment.ts';
import { automaticZones, newZone } from '../model/regional-nat-gateway-zones.ts';
import { ownRouteTable } from '../model/regional-nat-gateways.ts';
import { zonesOf } from '../model/regions.ts';
import { ElasticIp } from '../model/resources/elastic-ip.ts';
import { NatGateway, type NatGatewayZone, type RegionalNatGateway } from '../model/resources/nat-gateway.ts';
import { RouteTable } from '../model/resources/route-table.ts';
import { Vpc } from '../model/resources/vpc.ts';
import type { Transaction } from '../model/transaction.ts';
import { existing, idOf, idOrNew, type Place, place, tagsOf, Unplaceable } from './placing.ts';

/** Whether a description is of a regional one. */
export const isRegional = ({ AvailabilityMode: mode }: sdk.NatGateway): boolean => mode === 'regional';

/** Whether a described Elastic IP is associated with a regional one, and so with no interface. */
export const isOfRegional = (resources: Place['described']['resources'], { AllocationId: id }: sdk.Address): boolean =>
  resources.NatGateways.some(
    (one) => isRegional(one) && one.NatGatewayAddresses?.some(({ AllocationId }) => AllocationId === id),
  );

/** Its own route table comes later, or is made anew where it is not described. @throws Unplaceable */
export function placeRegionalNatGateway({ tx, leaveOut, whenAllIsThere }: Place, one: sdk.NatGateway): void {
  const vpc = existing(tx, Vpc, one.VpcId);
  const id = idOf('nat', one.NatGatewayId);
  const mode = one.AutoProvisionZones === 'enabled' ? 'automatic' : 'manual';
  const addresses = one.NatGatewayAddresses ?? [];
  const isUndecided = mode === 'automatic' && addresses.length === 0;
  const regional: RegionalNatGateway = {
    mode,
    routeTableId: idOrNew(tx, 'rtb', one.RouteTableId),
    // What is only planned has no addresses yet.
    zones: isUndecided ? automaticZones(tx, { id }, vpc.id) : zonesOfAddresses(tx, { id }, addresses),
  };
  place(tx, NatGateway, {
    id,
    vpcId: vpc.id,
    subnetId: undefined,
    connectivityType: 'public',
    state: 'available',
    failure: undefined,
    createdAtMs: one.CreateTime?.getTime() ?? tx.nowMs,
    deletedAtMs: undefined,
    addresses: [],
    regional,
    tags: tagsOf(one.Tags),
  });
  whenAllIsThere(() => {
    if (regional.routeTableId && tx.find(RouteTable, regional.routeTableId)) return;
    const table = ownRouteTable(tx, vpc, id, internetGatewayOf(tx, vpc.id));
    tx.update(NatGateway, id, { regional: { ...regional, routeTableId: table.id } });
    if (one.RouteTableId !== undefined)
      leaveOut({ what: id, why: 'its own route table is not described; a new one leads to the internet gateway' });
  });
}

function zonesOfAddresses(
  tx: Transaction,
  gateway: Pick<NatGateway, 'id'>,
  addresses: readonly sdk.NatGatewayAddress[],
): readonly NatGatewayZone[] {
  const byZone = new Map<string, NatGatewayZone>();
  for (const one of addresses) {
    const zone = zonesOf(tx.region).find(
      ({ name, id }) => name === one.AvailabilityZone || id === one.AvailabilityZoneId,
    );
    if (!zone)
      throw new Unplaceable(
        `the Region has no zone ${one.AvailabilityZone ?? one.AvailabilityZoneId ?? 'of its address'}`,
      );
    const { id, publicIp } = existing(tx, ElasticIp, one.AllocationId);
    const known = byZone.get(zone.name) ?? newZone(tx, gateway, zone.name, []);
    const allocation = { id, publicIp, associationId: idOrNew(tx, 'eipassoc', one.AssociationId) };
    byZone.set(zone.name, { ...known, allocations: [...known.allocations, allocation] });
  }
  return [...byZone.values()];
}
