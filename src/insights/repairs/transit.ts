/** What a transit gateway lacks: an attachment, an association, or a route in its own table. */
import {
  type AttachedVpc,
  TransitGatewayAttachment,
  TransitGatewayRouteTable,
} from '../../model/resources/transit-gateway.ts';
import { type IpAddress, parseAddress } from '../../net/address.ts';
import { type Cidr, contains, formatCidr } from '../../net/cidr.ts';
import type { ApiCall } from '../api-call.ts';
import { findRow, type LostPacket, lostAtInterface } from './lost-packet.ts';

/** The VPC's attachment behind which an address is. */
interface FarAttachment {
  readonly id: string;
  readonly vpcId: string;
  readonly block: Cidr;
}

/** The attachment of this gateway whose VPC holds the address. */
export function farAttachment(
  { tx, scopes }: LostPacket,
  transitGatewayId: string,
  address: IpAddress,
): FarAttachment | undefined {
  for (const scope of [tx.scope, ...scopes]) {
    for (const { id, resource } of tx.in(scope).by(TransitGatewayAttachment, 'transitGatewayId', transitGatewayId)) {
      const block = resource.kind === 'vpc' ? blockHolding(resource, address) : undefined;
      if (block && resource.kind === 'vpc') return { id, vpcId: resource.vpcId, block };
    }
  }
  return undefined;
}

const blockHolding = ({ cidrs }: AttachedVpc, address: IpAddress): Cidr | undefined =>
  cidrs.find((block) => contains(block, address));

/** The VPC that the packet leaves is not attached: by the subnet that it leaves. */
export function missingAttachment(lost: LostPacket): ApiCall[][] {
  const place = lostAtInterface(lost);
  const gateway = lost.step?.component?.id;
  if (!place || gateway === undefined) return [];
  const { vpcId: VpcId, subnetId } = place.at;
  const { scope } = lost.tx;
  const parameters = { TransitGatewayId: gateway, VpcId, SubnetIds: [subnetId] };
  return [[{ scope, operation: 'CreateTransitGatewayVpcAttachment', parameters }]];
}

/** The attachment that the packet entered by has no table: any of the gateway's. */
export function missingAssociation(lost: LostPacket): ApiCall[][] {
  const attachment = lost.step?.component && findRow(lost, TransitGatewayAttachment, lost.step.component.id);
  if (!attachment) return [];
  const { id, transitGatewayId } = attachment.row;
  const { tx } = attachment;
  return tx
    .list(TransitGatewayRouteTable, (table) => table.transitGatewayId === transitGatewayId)
    .map((table) => [
      {
        scope: tx.scope,
        operation: 'AssociateTransitGatewayRouteTable',
        parameters: { TransitGatewayRouteTableId: table.id, TransitGatewayAttachmentId: id },
      },
    ]);
}

/** The gateway's table does not know the destination: the VPC behind an attachment propagates its blocks, or a static route. */
export function missingTransitRoute(lost: LostPacket): ApiCall[][] {
  const table = lost.step?.component && findRow(lost, TransitGatewayRouteTable, lost.step.component.id);
  const address = lost.step?.before && parseAddress(lost.step.before.destination);
  const far = table && address !== undefined && farAttachment(lost, table.row.transitGatewayId, address);
  if (!table || !far) return [];
  const { scope } = table.tx;
  const ids = { TransitGatewayRouteTableId: table.row.id, TransitGatewayAttachmentId: far.id };
  const DestinationCidrBlock = formatCidr(far.block);
  return [
    [{ scope, operation: 'EnableTransitGatewayRouteTablePropagation', parameters: ids }],
    [{ scope, operation: 'CreateTransitGatewayRoute', parameters: { DestinationCidrBlock, ...ids } }],
  ];
}

/** A route of the gateway's table that leads nowhere. */
export function deadTransitRoute(lost: LostPacket): ApiCall[][] {
  const component = lost.step?.component;
  const table = component && findRow(lost, TransitGatewayRouteTable, component.id);
  const address = lost.step?.before && parseAddress(lost.step.before.destination);
  const far = table && address !== undefined && farAttachment(lost, table.row.transitGatewayId, address);
  if (component?.rule?.kind !== 'route' || !table) return [];
  const route = { TransitGatewayRouteTableId: table.row.id, DestinationCidrBlock: component.rule.destination };
  const { scope } = table.tx;
  return [
    ...(far
      ? [
          [
            {
              scope,
              operation: 'ReplaceTransitGatewayRoute',
              parameters: { ...route, TransitGatewayAttachmentId: far.id },
            },
          ],
        ]
      : []),
    [{ scope, operation: 'DeleteTransitGatewayRoute', parameters: route }],
  ];
}
