/** A transit gateway, its route tables, and what is attached to it. */
import type { Cidr } from '../../net/cidr.ts';
import type {
  NetworkInterfaceId,
  PrefixListId,
  SubnetId,
  TransitGatewayAttachmentId,
  TransitGatewayId,
  TransitGatewayRouteTableId,
  VpcId,
  VpnConnectionId,
} from '../../net/identifiers.ts';
import { kind, type Row, type TaggedRow } from '../kind.ts';

export interface TransitGatewayOptions {
  readonly amazonSideAsn: number;
  /** Blocks for Connect attachments; recorded. */
  readonly cidrBlocks: readonly Cidr[];
  /** Whether attachments of other accounts need no acceptance. */
  readonly autoAcceptSharedAttachments: boolean;
  /** The table that new attachments are associated with; undefined while the option is off. */
  readonly associationDefaultRouteTableId: TransitGatewayRouteTableId | undefined;
  /** The table that new attachments propagate to; undefined while the option is off. */
  readonly propagationDefaultRouteTableId: TransitGatewayRouteTableId | undefined;
  readonly vpnEcmpSupport: boolean;
  readonly dnsSupport: boolean;
  readonly securityGroupReferencingSupport: boolean;
}

export interface TransitGateway extends TaggedRow {
  readonly id: TransitGatewayId;
  readonly state: 'available' | 'deleted';
  readonly description: string;
  readonly createdAtMs: number;
  readonly deletedAtMs: number | undefined;
  readonly options: TransitGatewayOptions;
}

export const TransitGateway = kind<TransitGateway>()({
  name: 'transit-gateway',
  prefix: 'tgw',
  notFound: 'InvalidTransitGatewayID.NotFound',
  malformed: 'InvalidTransitGatewayID.Malformed',
});

/** Which account and Region a transit gateway is of; kept in the WORLD, for callers of other accounts know its id alone. */
export interface TransitGatewayLocation extends Row {
  readonly id: TransitGatewayId;
  readonly account: string;
  readonly region: string;
}

export const TransitGatewayLocation = kind<TransitGatewayLocation>()({ name: 'transit-gateway-location' });

/** A static route; a blackhole has no attachment. */
export interface TransitGatewayStaticRoute {
  readonly cidr: Cidr;
  readonly attachmentId: TransitGatewayAttachmentId | undefined;
}

/** A reference to a prefix list, which stands for a static route for each of its entries. */
export interface TransitGatewayPrefixListReference {
  readonly prefixListId: PrefixListId;
  readonly attachmentId: TransitGatewayAttachmentId | undefined;
}

export interface TransitGatewayRouteTable extends TaggedRow {
  readonly id: TransitGatewayRouteTableId;
  readonly transitGatewayId: TransitGatewayId;
  readonly createdAtMs: number;
  /** Static routes; propagated ones follow from the attachments. */
  readonly routes: readonly TransitGatewayStaticRoute[];
  readonly prefixListReferences: readonly TransitGatewayPrefixListReference[];
}

export const TransitGatewayRouteTable = kind<TransitGatewayRouteTable>()({
  name: 'transit-gateway-route-table',
  prefix: 'tgw-rtb',
  notFound: 'InvalidRouteTableID.NotFound',
  malformed: 'InvalidRouteTableID.Malformed',
  indexes: {
    transitGatewayId: (row) => row.transitGatewayId,
    prefixListId: (row) => row.prefixListReferences.map(({ prefixListId }) => prefixListId),
  },
});

/** A subnet that an attachment uses; the interface is there once the attachment was accepted. */
export interface TransitGatewaySubnet {
  readonly subnetId: SubnetId;
  readonly networkInterfaceId: NetworkInterfaceId | undefined;
}

/** A VPC attached to a transit gateway. */
export interface AttachedVpc {
  readonly kind: 'vpc';
  /** The VPC's owner. */
  readonly account: string;
  readonly vpcId: VpcId;
  /** The VPC's blocks as they are now: what it propagates. */
  readonly cidrs: readonly Cidr[];
  /** One in each zone. */
  readonly subnets: readonly TransitGatewaySubnet[];
  readonly dnsSupport: boolean;
  readonly securityGroupReferencingSupport: boolean;
  readonly ipv6Support: boolean;
  readonly applianceModeSupport: boolean;
}

/** The other end of a peering between two transit gateways. */
export interface AttachedTransitGateway {
  readonly kind: 'peering';
  readonly role: 'requester' | 'accepter';
  readonly account: string;
  readonly region: string;
  readonly transitGatewayId: TransitGatewayId;
  /** The attachment on the other side: the same id, but for two gateways of one account in one Region. */
  readonly attachmentId: TransitGatewayAttachmentId;
}

/** A VPN connection that ends at the transit gateway. */
export interface AttachedVpn {
  readonly kind: 'vpn';
  readonly account: string;
  readonly vpnConnectionId: VpnConnectionId;
}

export type TransitGatewayAttachmentState = 'pendingAcceptance' | 'available' | 'rejected' | 'deleted';

/** An attachment; stands as an equal row in the scope of the gateway and in that of the VPC, where these are two. */
export interface TransitGatewayAttachment extends TaggedRow {
  readonly id: TransitGatewayAttachmentId;
  readonly transitGatewayId: TransitGatewayId;
  /** Account of the gateway. */
  readonly transitGatewayOwner: string;
  readonly state: TransitGatewayAttachmentState;
  readonly createdAtMs: number;
  readonly deletedAtMs: number | undefined;
  readonly resource: AttachedVpc | AttachedTransitGateway | AttachedVpn;
  /** The table that decides where packets go that enter by this attachment. */
  readonly associatedRouteTableId: TransitGatewayRouteTableId | undefined;
  /** The tables that know the way to what is attached. */
  readonly propagatedRouteTableIds: readonly TransitGatewayRouteTableId[];
}

export const TransitGatewayAttachment = kind<TransitGatewayAttachment>()({
  name: 'transit-gateway-attachment',
  prefix: 'tgw-attach',
  notFound: 'InvalidTransitGatewayAttachmentID.NotFound',
  malformed: 'InvalidTransitGatewayAttachmentID.Malformed',
  indexes: {
    transitGatewayId: (row) => row.transitGatewayId,
    vpcId: ({ resource }) => (resource.kind === 'vpc' ? resource.vpcId : undefined),
    networkInterfaceId: ({ resource }) =>
      resource.kind === 'vpc' ? resource.subnets.flatMap((one) => one.networkInterfaceId ?? []) : undefined,
    associatedRouteTableId: (row) => row.associatedRouteTableId,
    propagatedRouteTableId: (row) => row.propagatedRouteTableIds,
  },
});
