/** Described transit gateways: their tables with static routes, and the VPCs and VPN connections attached to them. */
import type * as sdk from '@aws-sdk/client-ec2';
import type { NetworkInterface } from '../model/resources/network-interface.ts';
import { Subnet } from '../model/resources/subnet.ts';
import {
  type AttachedVpc,
  TransitGateway,
  TransitGatewayAttachment,
  TransitGatewayLocation,
  TransitGatewayRouteTable,
} from '../model/resources/transit-gateway.ts';
import { cidrsOfVpc, Vpc } from '../model/resources/vpc.ts';
import { WORLD } from '../model/scope.ts';
import { parseCidr } from '../net/cidr.ts';
import { isId } from '../net/identifiers.ts';
import { existing, idOf, type Place, place, tagsOf, Unplaceable } from './placing.ts';

const isEnabled = (value: string | undefined): boolean => value === 'enable';

/** States of what is over, or of what never came to be. */
const OVER: ReadonlySet<string | undefined> = new Set(['deleted', 'deleting', 'failed', 'failing', 'rejected']);

/** A gateway of this account; that of another one is part of that one's description. @throws Unplaceable */
export function placeTransitGateway({ tx, ignore }: Place, one: sdk.TransitGateway): void {
  if (OVER.has(one.State)) return;
  const id = idOf('tgw', one.TransitGatewayId);
  if (one.OwnerId !== undefined && one.OwnerId !== tx.account) {
    ignore({ what: id, why: `it belongs to ${one.OwnerId}, and comes with that account's description` });
    return;
  }
  const { Options: options = {} } = one;
  place(tx, TransitGateway, {
    id,
    state: 'available',
    description: one.Description ?? '',
    createdAtMs: one.CreationTime?.getTime() ?? tx.nowMs,
    deletedAtMs: undefined,
    options: {
      amazonSideAsn: options.AmazonSideAsn ?? 64_512,
      cidrBlocks: (options.TransitGatewayCidrBlocks ?? []).map(blockOf),
      autoAcceptSharedAttachments: isEnabled(options.AutoAcceptSharedAttachments),
      associationDefaultRouteTableId: defaultTable(
        options.DefaultRouteTableAssociation,
        options.AssociationDefaultRouteTableId,
      ),
      propagationDefaultRouteTableId: defaultTable(
        options.DefaultRouteTablePropagation,
        options.PropagationDefaultRouteTableId,
      ),
      vpnEcmpSupport: isEnabled(options.VpnEcmpSupport),
      dnsSupport: isEnabled(options.DnsSupport),
      securityGroupReferencingSupport: isEnabled(options.SecurityGroupReferencingSupport),
    },
    tags: tagsOf(one.Tags),
  });
  tx.in(WORLD).put(TransitGatewayLocation, { id, account: tx.account, region: tx.region });
}

const defaultTable = (enabled: string | undefined, id: string | undefined) =>
  isEnabled(enabled) && id !== undefined ? idOf('tgw-rtb', id) : undefined;

function blockOf(text: string | undefined) {
  const cidr = parseCidr(text ?? '');
  if (!cidr) throw new Unplaceable(`${text ?? 'nothing'} is not a block`);
  return cidr;
}

/** A table with its static routes; those that it learns follow from the attachments. @throws Unplaceable */
export function placeTransitGatewayRouteTable({ tx, described }: Place, one: sdk.TransitGatewayRouteTable): void {
  if (OVER.has(one.State)) return;
  const id = idOf('tgw-rtb', one.TransitGatewayRouteTableId);
  const routes = described.transitGatewayRoutes.get(id);
  if (!routes) throw new Unplaceable('its routes are not described (search-transit-gateway-routes)');
  const static_ = routes.filter(({ Type: type }) => type === 'static');
  const listed = new Map(
    static_.flatMap((route) => (route.PrefixListId ? [[route.PrefixListId, route] as const] : [])),
  );
  place(tx, TransitGatewayRouteTable, {
    id,
    transitGatewayId: existing(tx, TransitGateway, one.TransitGatewayId).id,
    createdAtMs: one.CreationTime?.getTime() ?? tx.nowMs,
    routes: static_
      .filter(({ PrefixListId: listId }) => !listId)
      .map((route) => ({ cidr: blockOf(route.DestinationCidrBlock), attachmentId: attachmentOf(route) })),
    prefixListReferences: [...listed].map(([listId, route]) => ({
      prefixListId: idOf('pl', listId),
      attachmentId: attachmentOf(route),
    })),
    tags: tagsOf(one.Tags),
  });
}

/** A route without an attachment is a blackhole. */
function attachmentOf({ TransitGatewayAttachments: [attachment] = [] }: sdk.TransitGatewayRoute) {
  const id = attachment?.TransitGatewayAttachmentId;
  return id === undefined ? undefined : idOf('tgw-attach', id);
}

/** An attachment of a VPC or of a VPN connection; others are not taken over. @throws Unplaceable */
export function placeTransitGatewayAttachment(where: Place, one: sdk.TransitGatewayAttachment): void {
  const { tx, described } = where;
  if (OVER.has(one.State)) return;
  const id = idOf('tgw-attach', one.TransitGatewayAttachmentId);
  const { TransitGatewayRouteTableId: table } = one.Association ?? {};
  place(tx, TransitGatewayAttachment, {
    id,
    transitGatewayId: idOf('tgw', one.TransitGatewayId),
    transitGatewayOwner: one.TransitGatewayOwnerId ?? tx.account,
    state: one.State === 'pendingAcceptance' ? 'pendingAcceptance' : 'available',
    createdAtMs: one.CreationTime?.getTime() ?? tx.nowMs,
    deletedAtMs: undefined,
    resource: resourceOf(where, one),
    associatedRouteTableId: table === undefined ? undefined : idOf('tgw-rtb', table),
    propagatedRouteTableIds: [...described.transitGatewayPropagations].flatMap(([tableId, attachments]) =>
      attachments.includes(id) ? [idOf('tgw-rtb', tableId)] : [],
    ),
    tags: tagsOf(one.Tags),
  });
}

function resourceOf(where: Place, one: sdk.TransitGatewayAttachment): TransitGatewayAttachment['resource'] {
  const account = one.ResourceOwnerId ?? where.tx.account;
  switch (one.ResourceType) {
    case 'vpc':
      return attachedVpc(where, one, account);
    case 'vpn':
      return { kind: 'vpn', account, vpnConnectionId: idOf('vpn', one.ResourceId) };
    default:
      throw new Unplaceable(`localvpc does not take attachments of type ${one.ResourceType} over`);
  }
}

/** What describe-transit-gateway-vpc-attachments says of it besides, and the interfaces that stand for it. */
function attachedVpc({ tx, described }: Place, one: sdk.TransitGatewayAttachment, account: string): AttachedVpc {
  const id = one.TransitGatewayAttachmentId;
  const more = described.resources.TransitGatewayVpcAttachments.find(
    ({ TransitGatewayAttachmentId: each }) => each === id,
  );
  if (!more) throw new Unplaceable('its subnets are not described (describe-transit-gateway-vpc-attachments)');
  const vpcId = idOf('vpc', one.ResourceId);
  const vpc = tx.in({ account, region: tx.region }).find(Vpc, vpcId);
  const { Options: options = {} } = more;
  return {
    kind: 'vpc',
    account,
    vpcId,
    cidrs: vpc ? cidrsOfVpc(vpc) : [],
    subnets: (more.SubnetIds ?? []).map((text) => {
      const subnetId = account === tx.account ? existing(tx, Subnet, text).id : idOf('subnet', text);
      return { subnetId, networkInterfaceId: interfaceIn(described.resources.NetworkInterfaces, text, id) };
    }),
    dnsSupport: isEnabled(options.DnsSupport),
    securityGroupReferencingSupport: isEnabled(options.SecurityGroupReferencingSupport),
    ipv6Support: isEnabled(options.Ipv6Support),
    applianceModeSupport: isEnabled(options.ApplianceModeSupport),
  };
}

/** AWS names the attachment in its interfaces' descriptions, and nowhere else. */
function interfaceIn(
  interfaces: readonly sdk.NetworkInterface[],
  subnetId: string,
  attachmentId: string | undefined,
): NetworkInterface['id'] | undefined {
  const found = interfaces.find(
    ({ SubnetId: each, InterfaceType: type, Description: text = '' }) =>
      each === subnetId && type === 'transit_gateway' && text.includes(String(attachmentId)),
  );
  const id = found?.NetworkInterfaceId ?? '';
  return isId('eni', id) ? id : undefined;
}
