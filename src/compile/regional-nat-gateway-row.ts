/** The row of a regional NAT gateway as the fabric needs it. */
import { blockModeOfVpc } from '../model/block-public-access.ts';
import { zoneNamed } from '../model/regions.ts';
import type { NatGateway } from '../model/resources/nat-gateway.ts';
import type { Transaction } from '../model/transaction.ts';
import type { RegionalNatGatewayRow } from '../tables/tables.ts';

/** Undefined for a zonal one, and for one that is not available. */
export function regionalNatGatewayRow(
  tx: Transaction,
  { id, vpcId, state, regional }: NatGateway,
): RegionalNatGatewayRow | undefined {
  if (!regional?.routeTableId || state !== 'available') return undefined;
  return {
    kind: 'regional-nat-gateway',
    id,
    vpcId,
    routeTableId: regional.routeTableId,
    internetGatewayBlockMode: blockModeOfVpc(tx, vpcId),
    zones: regional.zones.map(({ zone, interfaceId, subnetId, allocations }) => ({
      zoneId: zoneNamed(tx.region, zone).id,
      interfaceId,
      subnetId,
      addresses: allocations.map(({ publicIp }) => publicIp),
    })),
  };
}
