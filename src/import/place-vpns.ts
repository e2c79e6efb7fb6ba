/** Described Site-to-Site VPN: virtual private gateways, customer gateways and the connections between them. */
import type * as sdk from '@aws-sdk/client-ec2';
import type { RouteTable } from '../model/resources/route-table.ts';
import { TransitGateway, TransitGatewayAttachment } from '../model/resources/transit-gateway.ts';
import { Vpc } from '../model/resources/vpc.ts';
import { CustomerGateway, VpnConnection, VpnGateway } from '../model/resources/vpn.ts';
import { ANY_IPV4 } from '../net/cidr.ts';
import { existing, idOf, ipv4CidrOf, ipv4Of, type Place, place, tagsOf, Unplaceable } from './placing.ts';

/** A virtual private gateway; which tables learn from it is told by these. @throws Unplaceable */
export function placeVpnGateway({ tx }: Place, one: sdk.VpnGateway): void {
  if (one.State === 'deleted' || one.State === 'deleting') return;
  const attached = one.VpcAttachments?.find(({ State: state }) => state === undefined || state === 'attached');
  const detached = one.VpcAttachments?.find(({ State: state }) => state === 'detached');
  place(tx, VpnGateway, {
    id: idOf('vgw', one.VpnGatewayId),
    state: 'available',
    deletedAtMs: undefined,
    amazonSideAsn: one.AmazonSideAsn ?? 64_512,
    zone: one.AvailabilityZone,
    vpcId: attached && existing(tx, Vpc, attached.VpcId).id,
    detachedVpcId: detached && idOf('vpc', detached.VpcId),
    propagatesTo: [],
    tags: tagsOf(one.Tags),
  });
}

/** Has a described table learn from its gateways. @throws Unplaceable for a gateway that is not described */
export function placePropagation({ tx }: Place, table: RouteTable, described: sdk.RouteTable): void {
  for (const { GatewayId: id } of described.PropagatingVgws ?? []) {
    const gateway = existing(tx, VpnGateway, id);
    tx.update(VpnGateway, gateway.id, { propagatesTo: [...gateway.propagatesTo, table.id] });
  }
}

/** @throws Unplaceable */
export function placeCustomerGateway({ tx }: Place, one: sdk.CustomerGateway): void {
  if (one.State === 'deleted' || one.State === 'deleting') return;
  place(tx, CustomerGateway, {
    id: idOf('cgw', one.CustomerGatewayId),
    state: 'available',
    deletedAtMs: undefined,
    ipAddress: one.IpAddress,
    bgpAsn: Number(one.BgpAsnExtended ?? one.BgpAsn ?? 65_000),
    certificateArn: one.CertificateArn,
    deviceName: one.DeviceName,
    tags: tagsOf(one.Tags),
  });
}

/** A connection with its static routes; what BGP taught its gateway are routes of tables. @throws Unplaceable */
export function placeVpnConnection(where: Place, one: sdk.VpnConnection): void {
  const { tx } = where;
  if (one.State === 'deleted' || one.State === 'deleting') return;
  const { Options: options = {} } = one;
  place(tx, VpnConnection, {
    id: idOf('vpn', one.VpnConnectionId),
    state: 'available',
    // A description does not say when it was made; its tunnels have been up since some time after.
    createdAtMs: one.VgwTelemetry?.[0]?.LastStatusChange?.getTime() ?? tx.nowMs,
    deletedAtMs: undefined,
    customerGatewayId: existing(tx, CustomerGateway, one.CustomerGatewayId).id,
    endsAt: endOf(where, one),
    staticRoutesOnly: options.StaticRoutesOnly ?? false,
    localCidr: options.LocalIpv4NetworkCidr === undefined ? ANY_IPV4 : ipv4CidrOf(options.LocalIpv4NetworkCidr),
    remoteCidr: options.RemoteIpv4NetworkCidr === undefined ? ANY_IPV4 : ipv4CidrOf(options.RemoteIpv4NetworkCidr),
    staticRoutes: (one.Routes ?? [])
      .filter(({ State: state }) => state !== 'deleted' && state !== 'deleting')
      .map(({ DestinationCidrBlock: text }) => ipv4CidrOf(text)),
    tunnels: (options.TunnelOptions ?? []).map((tunnel) => ({
      outsideAddress: ipv4Of(tunnel.OutsideIpAddress),
      insideCidr: ipv4CidrOf(tunnel.TunnelInsideCidr),
      preSharedKey: tunnel.PreSharedKey ?? '',
    })),
    tags: tagsOf(one.Tags),
  });
}

function endOf({ tx }: Place, one: sdk.VpnConnection): VpnConnection['endsAt'] {
  if (one.VpnGatewayId) return { kind: 'vpn-gateway', id: existing(tx, VpnGateway, one.VpnGatewayId).id };
  if (!one.TransitGatewayId) throw new Unplaceable('it ends at no gateway that localvpc has');
  const { id } = existing(tx, TransitGateway, one.TransitGatewayId);
  const attachment = tx
    .by(TransitGatewayAttachment, 'transitGatewayId', id)
    .find(({ resource }) => resource.kind === 'vpn' && resource.vpnConnectionId === one.VpnConnectionId);
  if (!attachment) throw new Unplaceable('its attachment is not described (describe-transit-gateway-attachments)');
  return { kind: 'transit-gateway', id, attachmentId: attachment.id };
}
