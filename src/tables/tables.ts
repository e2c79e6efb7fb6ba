/**
 * The contract between controller and fabric: forwarding tables as plain data.
 *
 * The controller compiles its model into these rows; the fabric holds them and lets packets obey them. Rows travel
 * between processes by structured clone, so they are made of strings, numbers, bigints, arrays and objects only. A row
 * is replaced whole: an update names a row by `kind` and `id` and gives its new content, or removes it.
 */
import type { Ipv4, Ipv6 } from '../net/address.ts';
import type { Cidr, Ipv4Cidr, Ipv6Cidr } from '../net/cidr.ts';
import type {
  DhcpOptionsId,
  InternetGatewayId,
  NetworkAclId,
  NetworkInterfaceId,
  PrefixListId,
  RouteTableId,
  SecurityGroupId,
  SecurityGroupRuleId,
  SubnetId,
  TrafficMirrorSessionId,
  TransitGatewayAttachmentId,
  TransitGatewayId,
  TransitGatewayRouteTableId,
  VpcId,
  VpcPeeringConnectionId,
  VpnConnectionId,
  VpnGatewayId,
} from '../net/identifiers.ts';
import type { Mac } from '../net/mac.ts';
import type { PortRange } from '../net/port-range.ts';
import type { RouteOrigin, RouteTarget } from '../net/route-target.ts';
import type { RulePeer } from '../net/rule-peer.ts';
import type { TrafficMatch } from '../net/traffic-match.ts';
import type { AllowanceRow } from './allowance-row.ts';
import type { EndpointServiceRow, GatewayEndpointRow, InterfaceOwner } from './endpoint-rows.ts';
import type { FirewallRow } from './firewall-row.ts';
import type { GatewayLoadBalancerRow } from './gateway-load-balancer-row.ts';
import type { LoadBalancerRow } from './load-balancer-rows.ts';
import type { PlaceRow } from './place-row.ts';
import type { RegionalNatGatewayRow } from './regional-nat-gateway-row.ts';

export type {
  EndpointDestination,
  EndpointServiceRow,
  GatewayEndpointRow,
  Inspector,
  InterfaceOwner,
} from './endpoint-rows.ts';
export type { AllowanceRow, RegionalNatGatewayRow, RouteOrigin, RouteTarget, RulePeer, TrafficMatch };

/** A VPC: its blocks, what is attached to it, and what its guests are told by DHCP. */
export interface VpcRow {
  readonly kind: 'vpc';
  readonly id: VpcId;
  /** IPv4 and IPv6 blocks, the primary IPv4 block first. */
  readonly cidrs: readonly Cidr[];
  /** The attached internet gateway, if any. */
  readonly internetGatewayId: InternetGatewayId | undefined;
  /** The route table of that gateway (edge association), if it has one: where packets that enter by it go. */
  readonly edgeRouteTableId: RouteTableId | undefined;
  /** The attached virtual private gateway, if any, and its route table (edge association). */
  readonly vpnGatewayId: VpnGatewayId | undefined;
  readonly vpnEdgeRouteTableId: RouteTableId | undefined;
  /** enableDnsSupport: whether the resolver at base+2 and 169.254.169.253 answers. */
  readonly dnsSupport: boolean;
  readonly dhcp: DhcpRow;
}

/** What a DHCP answer carries besides the address (DHCP option set of the VPC). */
export interface DhcpRow {
  readonly id: DhcpOptionsId | undefined;
  readonly domainName: string | undefined;
  /** Option 6, in order; AmazonProvidedDNS is already replaced by the VPC's primary base + 2. */
  readonly domainNameServers: readonly Ipv4[];
  readonly ntpServers: readonly Ipv4[];
  readonly netbiosNameServers: readonly Ipv4[];
  readonly netbiosNodeType: number | undefined;
  /** DHCPv6 option 23; AmazonProvidedDNS is already replaced by fd00:ec2::253. */
  readonly ipv6NameServers: readonly Ipv6[];
  readonly ipv6NtpServers: readonly Ipv6[];
  /** How long a guest may use a leased IPv6 address for new connections, in seconds. */
  readonly ipv6PreferredLeaseSeconds: number;
}

/** A subnet: one zone's part of a VPC, with the network ACL and route table that apply at its edge. */
export interface SubnetRow {
  readonly kind: 'subnet';
  readonly id: SubnetId;
  readonly vpcId: VpcId;
  /** Id of its Availability Zone ("use1-az1"), the same for all accounts. */
  readonly zoneId: string;
  /** Absent in an IPv6-only subnet. */
  readonly ipv4Cidr: Ipv4Cidr | undefined;
  readonly ipv6Cidrs: readonly Ipv6Cidr[];
  /** Undefined for a regional NAT gateway, which none guards. */
  readonly networkAclId: NetworkAclId | undefined;
  /** The explicit association, or the VPC's main route table. */
  readonly routeTableId: RouteTableId;
  /** What VPC Block Public Access leaves of the subnet's traffic with the internet, exclusions considered. */
  readonly internetGatewayBlockMode: InternetGatewayBlockMode;
}

/**
 * Modes of VPC Block Public Access: `block-ingress` lets pass what goes through NAT gateways and egress-only internet
 * gateways, as these open connections outwards only.
 */
export type InternetGatewayBlockMode = 'off' | 'block-bidirectional' | 'block-ingress';

/** One route. A blackhole still wins its lookup and drops (its target is not available now). */
export interface RouteRow {
  readonly destination: Cidr;
  readonly target: RouteTarget;
  readonly state: 'active' | 'blackhole';
  readonly origin: RouteOrigin;
  /** The prefix list whose entry this is: such a route gives way to a static one of equal length. */
  readonly prefixListId: PrefixListId | undefined;
}

/** A route table. */
export interface RouteTableRow {
  readonly kind: 'route-table';
  readonly id: RouteTableId;
  readonly vpcId: VpcId;
  readonly routes: readonly RouteRow[];
}

/** An entry of a network ACL. Entries stand in ascending order of number; the final deny is not an entry. */
export interface NetworkAclEntryRow {
  readonly number: number;
  readonly action: 'allow' | 'deny';
  readonly traffic: TrafficMatch;
  /** The source block of an ingress entry, the destination block of an egress entry. */
  readonly cidr: Cidr;
}

/** A network ACL. */
export interface NetworkAclRow {
  readonly kind: 'network-acl';
  readonly id: NetworkAclId;
  readonly ingress: readonly NetworkAclEntryRow[];
  readonly egress: readonly NetworkAclEntryRow[];
}

/** One rule of a security group; it can only allow. */
export interface SecurityGroupRuleRow {
  readonly id: SecurityGroupRuleId;
  readonly traffic: TrafficMatch;
  readonly peer: RulePeer;
}

/** A security group. */
export interface SecurityGroupRow {
  readonly kind: 'security-group';
  readonly id: SecurityGroupId;
  readonly vpcId: VpcId;
  readonly ingress: readonly SecurityGroupRuleRow[];
  readonly egress: readonly SecurityGroupRuleRow[];
}

/** A managed prefix list: the blocks that a rule or route naming it stands for. */
export interface PrefixListRow {
  readonly kind: 'prefix-list';
  readonly id: PrefixListId;
  readonly cidrs: readonly Cidr[];
}

/** A public IPv4 address (auto-assigned or Elastic IP) and the private address of the interface it maps to, one to one. */
export interface PublicAddressRow {
  readonly publicAddress: Ipv4;
  readonly privateAddress: Ipv4;
}

/** Idle timeouts of connection tracking, in milliseconds (AWS: user guide, security-group-connection-tracking). */
export interface TrackingTimeoutsRow {
  readonly tcpEstablishedTimeoutMs: number;
  readonly udpTimeoutMs: number;
  readonly udpStreamTimeoutMs: number;
}

/** A peering connection that is active; others have no row. The VPCs' rows say which addresses are whose. */
export interface PeeringRow {
  readonly kind: 'peering';
  readonly id: VpcPeeringConnectionId;
  readonly vpcIds: readonly [VpcId, VpcId];
  /** Whether the VPCs are in two Regions: a smaller MTU, and groups are not known on the other side. */
  readonly isInterRegion: boolean;
}

/** A route of a transit gateway's table. One without an attachment is a blackhole on purpose. */
export interface TransitGatewayRouteRow {
  readonly destination: Cidr;
  readonly attachmentId: TransitGatewayAttachmentId | undefined;
  readonly state: 'active' | 'blackhole';
  readonly prefixListId: PrefixListId | undefined;
}

/** A route table of a transit gateway: one route for each block. */
export interface TransitGatewayRouteTableRow {
  readonly kind: 'transit-gateway-route-table';
  readonly id: TransitGatewayRouteTableId;
  readonly routes: readonly TransitGatewayRouteRow[];
}

/** What is attached: a VPC, by the interfaces whose owner is the attachment, or the other end of a peering. */
export type TransitGatewayAttached =
  | {
      readonly kind: 'vpc';
      readonly vpcId: VpcId;
      readonly carriesIpv6: boolean;
      /** One zone for a flow's both directions, whatever zones its ends are in. */
      readonly isApplianceMode: boolean;
      /** Whether ingress rules may name groups of VPCs on the other side: the gateway and the attachment allow it. */
      readonly keepsGroupReferences: boolean;
    }
  | { readonly kind: 'peering'; readonly otherEnd: string }
  | { readonly kind: 'vpn'; readonly connectionId: VpnConnectionId };

/** An attachment to a transit gateway that is available; others have no row. */
export interface TransitGatewayAttachmentRow {
  readonly kind: 'transit-gateway-attachment';
  /** `tgw-…/tgw-attach-…`: the two ends of a peering may have one id. */
  readonly id: string;
  readonly attachmentId: TransitGatewayAttachmentId;
  readonly transitGatewayId: TransitGatewayId;
  /** The table that decides where packets go that enter by the attachment. */
  readonly routeTableId: TransitGatewayRouteTableId | undefined;
  readonly attached: TransitGatewayAttached;
  /** Whether its flows, or the gateway's, are wanted. */
  readonly isFlowLogged: boolean;
}

/** A VPN connection to the customer's site that is available and ends at a VPC or a transit gateway. */
export interface VpnConnectionRow {
  readonly kind: 'vpn-connection';
  readonly id: VpnConnectionId;
  /** Of a transit gateway the id of the attachment's row. */
  readonly endsAt:
    | { readonly kind: 'vpc'; readonly vpcId: VpcId }
    | { readonly kind: 'transit-gateway'; readonly attachment: string };
  /** Blocks at the customer's site: static routes of the connection, or what its options say. */
  readonly siteCidrs: readonly Ipv4Cidr[];
}

/** A rule of a mirror filter. Rules stand in ascending order of number; what none is about is not mirrored. */
export interface MirrorRuleRow {
  readonly action: 'accept' | 'reject';
  /** Undefined: every protocol. */
  readonly protocol: number | undefined;
  readonly source: Cidr;
  readonly destination: Cidr;
  readonly sourcePorts: PortRange | undefined;
  readonly destinationPorts: PortRange | undefined;
}

/** A traffic mirror session of an interface, with the filter that it names. */
export interface MirrorSessionRow {
  readonly id: TrafficMirrorSessionId;
  readonly virtualNetworkId: number;
  /** Most bytes of each frame that are copied; undefined for all. */
  readonly packetLengthBytes: number | undefined;
  readonly targetAddress: Ipv4;
  readonly ingress: readonly MirrorRuleRow[];
  readonly egress: readonly MirrorRuleRow[];
  readonly mirrorsAmazonDns: boolean;
}

/** A network interface that is attached. Detached ones have no row: no packet can come from or reach them. */
export interface InterfaceRow {
  readonly kind: 'interface';
  readonly id: NetworkInterfaceId;
  readonly owner: InterfaceOwner;
  readonly vpcId: VpcId;
  readonly subnetId: SubnetId;
  readonly mac: Mac;
  /** Primary private address first, then secondary ones; empty in an IPv6-only subnet. */
  readonly ipv4Addresses: readonly Ipv4[];
  readonly ipv4Prefixes: readonly Ipv4Cidr[];
  readonly ipv6Addresses: readonly Ipv6[];
  readonly ipv6Prefixes: readonly Ipv6Cidr[];
  readonly publicAddresses: readonly PublicAddressRow[];
  readonly securityGroupIds: readonly SecurityGroupId[];
  readonly sourceDestCheck: boolean;
  /** DHCP option 12: the first label of the private DNS name. */
  readonly hostName: string;
  readonly timeouts: TrackingTimeoutsRow;
  /** Sessions that mirror its traffic, in the order of their numbers. */
  readonly mirrorSessions: readonly MirrorSessionRow[];
  /** True where a flow log of it, its subnet or its VPC wants its flows. */
  readonly isFlowLogged: boolean;
  /** True where its guest has a network device of the machine in its place: no frame of it comes here, or goes there. */
  readonly isPassthrough: boolean;
  /** Undefined where nothing limits it: rates are off, or it is no instance's. */
  readonly allowance: AllowanceRow | undefined;
  /** Undefined where distances make no difference: latency is off, or it is no instance's. */
  readonly place: PlaceRow | undefined;
}

/** Every kind of row. */
export type TableRow =
  | VpcRow
  | SubnetRow
  | RouteTableRow
  | NetworkAclRow
  | SecurityGroupRow
  | PrefixListRow
  | PeeringRow
  | TransitGatewayRouteTableRow
  | TransitGatewayAttachmentRow
  | GatewayEndpointRow
  | EndpointServiceRow
  | FirewallRow
  | GatewayLoadBalancerRow
  | RegionalNatGatewayRow
  | LoadBalancerRow
  | VpnConnectionRow
  | InterfaceRow;

/** The kinds of rows, in an order in which a row follows those it names. */
export const TABLE_KINDS = [
  'vpc',
  'prefix-list',
  'security-group',
  'network-acl',
  'route-table',
  'subnet',
  'peering',
  'transit-gateway-route-table',
  'transit-gateway-attachment',
  'gateway-endpoint',
  'firewall',
  'regional-nat-gateway',
  'vpn-connection',
  'interface',
  'load-balancer',
  'endpoint-service',
  'gateway-load-balancer',
] as const satisfies readonly TableRow['kind'][];

/** A row set to new content, or taken away. */
export type TableUpdate =
  | { readonly change: 'put'; readonly row: TableRow }
  | { readonly change: 'remove'; readonly kind: TableRow['kind']; readonly id: string };
