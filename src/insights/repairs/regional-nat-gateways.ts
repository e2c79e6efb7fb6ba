/** A regional NAT gateway in manual mode that does not serve the zone that a packet comes from: an Elastic IP for that zone. */

import { associationOf } from '../../model/regional-associations.ts';
import { ElasticIp } from '../../model/resources/elastic-ip.ts';
import { NatGateway } from '../../model/resources/nat-gateway.ts';
import { Subnet } from '../../model/resources/subnet.ts';
import type { ApiCall } from '../api-call.ts';
import { findRow, type LostPacket, lostAtInterface } from './lost-packet.ts';

/** With an address that is allocated and serves nobody, else with a new one. */
export function missingNatZone(lost: LostPacket): ApiCall[][] {
  const place = lostAtInterface(lost);
  const step = lost.path.findLast(({ component }) => component?.kind === 'route-table');
  const rule = step?.component?.rule;
  const gateway = rule?.kind === 'route' ? findRow(lost, NatGateway, rule.target) : undefined;
  const subnet = place && findRow(lost, Subnet, place.at.subnetId)?.row;
  if (!gateway || !subnet) return [];
  const { tx, row } = gateway;
  const { scope } = tx;
  const serve = (allocationId: string): ApiCall => ({
    scope,
    operation: 'AssociateNatGatewayAddress',
    parameters: { NatGatewayId: row.id, AvailabilityZone: subnet.zone, AllocationIds: [allocationId] },
  });
  const [free] = tx.list(ElasticIp, (one) => associationOf(tx, one) === undefined);
  if (free) return [[serve(free.id)]];
  const allocate: ApiCall = {
    scope,
    operation: 'AllocateAddress',
    parameters: {},
    saves: { name: 'ALLOCATION', path: 'AllocationId' },
  };
  return [[allocate, serve('$ALLOCATION')]];
}
