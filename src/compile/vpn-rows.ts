/** The rows of VPN connections as the fabric needs them. */
import { type VpnConnection, VpnGateway } from '../model/resources/vpn.ts';
import type { Transaction } from '../model/transaction.ts';
import type { VpnConnectionRow } from '../tables/tables.ts';
import { attachmentRowId } from './transit-gateway-rows.ts';

/** Row of a connection; undefined unless it is available and ends at a transit gateway or at one attached to a VPC. */
export function vpnConnectionRow(tx: Transaction, connection: VpnConnection): VpnConnectionRow | undefined {
  const { id, state, endsAt, localCidr, staticRoutes } = connection;
  if (state !== 'available') return undefined;
  if (endsAt.kind === 'transit-gateway') {
    const attachment = attachmentRowId({ transitGatewayId: endsAt.id, id: endsAt.attachmentId });
    return { kind: 'vpn-connection', id, endsAt: { kind: 'transit-gateway', attachment }, siteCidrs: [localCidr] };
  }
  const vpcId = tx.find(VpnGateway, endsAt.id)?.vpcId;
  return vpcId && { kind: 'vpn-connection', id, endsAt: { kind: 'vpc', vpcId }, siteCidrs: staticRoutes };
}
