/** The rows of transit gateways: their attachments and route tables as the fabric needs them. */
import { isTransitFlowLogged } from '../model/flow-log-lifecycle.ts';
import {
  TransitGateway,
  TransitGatewayAttachment,
  type TransitGatewayRouteTable,
} from '../model/resources/transit-gateway.ts';
import type { Transaction } from '../model/transaction.ts';
import { transitRoutes } from '../model/transit-gateway-routes.ts';
import type {
  TransitGatewayAttached,
  TransitGatewayAttachmentRow,
  TransitGatewayRouteTableRow,
} from '../tables/tables.ts';

/** Id of an attachment's row: the gateway's and its own, for the two ends of a peering may have one id. */
export const attachmentRowId = ({
  transitGatewayId,
  id,
}: Pick<TransitGatewayAttachment, 'transitGatewayId' | 'id'>): string => `${transitGatewayId}/${id}`;

/** Row of an attachment, by the id of the row; undefined unless it is available. In the scope of its gateway. */
export function transitGatewayAttachmentRow(tx: Transaction, rowId: string): TransitGatewayAttachmentRow | undefined {
  const row = tx.find(TransitGatewayAttachment, rowId.slice(rowId.indexOf('/') + 1));
  if (row?.state !== 'available') return undefined;
  return {
    kind: 'transit-gateway-attachment',
    id: rowId,
    attachmentId: row.id,
    transitGatewayId: row.transitGatewayId,
    routeTableId: row.associatedRouteTableId,
    attached: attachedOf(tx, row),
    isFlowLogged: isTransitFlowLogged(tx, row),
  };
}

function attachedOf(tx: Transaction, { resource, transitGatewayId }: TransitGatewayAttachment): TransitGatewayAttached {
  if (resource.kind === 'peering') {
    const { transitGatewayId: otherGateway, attachmentId } = resource;
    return { kind: 'peering', otherEnd: attachmentRowId({ transitGatewayId: otherGateway, id: attachmentId }) };
  }
  if (resource.kind === 'vpn') return { kind: 'vpn', connectionId: resource.vpnConnectionId };
  const options = tx.find(TransitGateway, transitGatewayId)?.options;
  return {
    kind: 'vpc',
    vpcId: resource.vpcId,
    carriesIpv6: resource.ipv6Support,
    isApplianceMode: resource.applianceModeSupport,
    keepsGroupReferences:
      resource.securityGroupReferencingSupport && (options?.securityGroupReferencingSupport ?? false),
  };
}

/** Row of a route table. */
export const transitGatewayRouteTableRow = (
  tx: Transaction,
  table: TransitGatewayRouteTable,
): TransitGatewayRouteTableRow => ({
  kind: 'transit-gateway-route-table',
  id: table.id,
  routes: transitRoutes(tx, table).map(({ cidr, attachment, state, prefixListId }) => ({
    destination: cidr,
    attachmentId: attachment?.id,
    state,
    prefixListId,
  })),
});
