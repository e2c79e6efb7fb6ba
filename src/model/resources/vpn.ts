/** Site-to-Site VPN: virtual private gateways, customer gateways and the connections between them. */
import type { Ipv4 } from '../../net/address.ts';
import type { Ipv4Cidr } from '../../net/cidr.ts';
import type {
  CustomerGatewayId,
  RouteTableId,
  TransitGatewayAttachmentId,
  TransitGatewayId,
  VpcId,
  VpnConnectionId,
  VpnGatewayId,
} from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

/** A virtual private gateway: the VPC's end of VPN connections. */
export interface VpnGateway extends TaggedRow {
  readonly id: VpnGatewayId;
  readonly state: 'available' | 'deleted';
  readonly deletedAtMs: number | undefined;
  readonly amazonSideAsn: number;
  readonly zone: string | undefined;
  readonly vpcId: VpcId | undefined;
  /** The VPC that it was detached from last: EC2 goes on showing that attachment. Missing in rows of before there was any. */
  readonly detachedVpcId?: VpcId | undefined;
  /** Route tables that learn the static routes of its connections. */
  readonly propagatesTo: readonly RouteTableId[];
}

export const VpnGateway = kind<VpnGateway>()({
  name: 'vpn-gateway',
  prefix: 'vgw',
  notFound: 'InvalidVpnGatewayID.NotFound',
  malformed: 'InvalidVpnGatewayID.Malformed',
  indexes: { vpcId: (row) => row.vpcId, propagatedRouteTableId: (row) => row.propagatesTo },
});

/** What AWS knows of the device at the customer's site. */
export interface CustomerGateway extends TaggedRow {
  readonly id: CustomerGatewayId;
  readonly state: 'available' | 'deleted';
  readonly deletedAtMs: number | undefined;
  readonly ipAddress: string | undefined;
  readonly bgpAsn: number;
  readonly certificateArn: string | undefined;
  readonly deviceName: string | undefined;
}

export const CustomerGateway = kind<CustomerGateway>()({
  name: 'customer-gateway',
  prefix: 'cgw',
  notFound: 'InvalidCustomerGatewayID.NotFound',
  malformed: 'InvalidCustomerGatewayId.Malformed',
});

/** How a tunnel is negotiated and kept, as far as somebody said; the rest is AWS's default. */
export interface VpnTunnelSettings {
  readonly phase1LifetimeSeconds?: number;
  readonly phase2LifetimeSeconds?: number;
  readonly rekeyMarginTimeSeconds?: number;
  readonly rekeyFuzzPercentage?: number;
  readonly replayWindowSize?: number;
  readonly dpdTimeoutSeconds?: number;
  readonly dpdTimeoutAction?: string;
  readonly phase1EncryptionAlgorithms?: readonly string[];
  readonly phase2EncryptionAlgorithms?: readonly string[];
  readonly phase1IntegrityAlgorithms?: readonly string[];
  readonly phase2IntegrityAlgorithms?: readonly string[];
  readonly phase1DhGroupNumbers?: readonly number[];
  readonly phase2DhGroupNumbers?: readonly number[];
  readonly ikeVersions?: readonly string[];
  readonly startupAction?: string;
  readonly enableTunnelLifecycleControl?: boolean;
}

/** One of the two tunnels of a connection. Recorded: packets go between the site and its gateway without a tunnel. */
export interface VpnTunnel {
  readonly outsideAddress: Ipv4;
  readonly insideCidr: Ipv4Cidr;
  readonly preSharedKey: string;
  /** Missing in rows of before there were any. */
  readonly settings?: VpnTunnelSettings;
}

export interface VpnConnection extends TaggedRow {
  readonly id: VpnConnectionId;
  readonly state: 'available' | 'deleted';
  readonly createdAtMs: number;
  readonly deletedAtMs: number | undefined;
  readonly customerGatewayId: CustomerGatewayId;
  readonly endsAt:
    | { readonly kind: 'vpn-gateway'; readonly id: VpnGatewayId }
    | {
        readonly kind: 'transit-gateway';
        readonly id: TransitGatewayId;
        readonly attachmentId: TransitGatewayAttachmentId;
      };
  readonly staticRoutesOnly: boolean;
  /** Blocks on the customer's and on AWS's side, as the options have them. */
  readonly localCidr: Ipv4Cidr;
  readonly remoteCidr: Ipv4Cidr;
  readonly staticRoutes: readonly Ipv4Cidr[];
  readonly tunnels: readonly VpnTunnel[];
}

export const VpnConnection = kind<VpnConnection>()({
  name: 'vpn-connection',
  prefix: 'vpn',
  notFound: 'InvalidVpnConnectionID.NotFound',
  malformed: 'InvalidVpnConnectionID.Malformed',
  indexes: {
    customerGatewayId: (row) => row.customerGatewayId,
    vpnGatewayId: ({ endsAt }) => (endsAt.kind === 'vpn-gateway' ? endsAt.id : undefined),
  },
});
