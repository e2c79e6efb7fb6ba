/**
 * A network as somebody describes it, whatever they wrote it in: resources in the form in which EC2's Describe calls show
 * them, by account and Region, and what of the description could not be understood.
 */
import type * as sdk from '@aws-sdk/client-ec2';
import type { Scope } from '../model/scope.ts';

/** The resources of one account in one Region, by the members of the answers that hold them. */
export interface DescribedResources {
  readonly DhcpOptions: readonly sdk.DhcpOptions[];
  readonly PrefixLists: readonly sdk.ManagedPrefixList[];
  readonly Vpcs: readonly sdk.Vpc[];
  readonly Subnets: readonly sdk.Subnet[];
  readonly InternetGateways: readonly sdk.InternetGateway[];
  readonly EgressOnlyInternetGateways: readonly sdk.EgressOnlyInternetGateway[];
  readonly NetworkAcls: readonly sdk.NetworkAcl[];
  readonly SecurityGroups: readonly sdk.SecurityGroup[];
  readonly SecurityGroupRules: readonly sdk.SecurityGroupRule[];
  readonly Reservations: readonly sdk.Reservation[];
  readonly NetworkInterfaces: readonly sdk.NetworkInterface[];
  readonly NetworkInterfacePermissions: readonly sdk.NetworkInterfacePermission[];
  readonly Addresses: readonly sdk.Address[];
  readonly NatGateways: readonly sdk.NatGateway[];
  readonly VpcPeeringConnections: readonly sdk.VpcPeeringConnection[];
  readonly TransitGateways: readonly sdk.TransitGateway[];
  readonly TransitGatewayRouteTables: readonly sdk.TransitGatewayRouteTable[];
  readonly TransitGatewayVpcAttachments: readonly sdk.TransitGatewayVpcAttachment[];
  readonly TransitGatewayAttachments: readonly sdk.TransitGatewayAttachment[];
  readonly CustomerGateways: readonly sdk.CustomerGateway[];
  readonly VpnGateways: readonly sdk.VpnGateway[];
  readonly VpnConnections: readonly sdk.VpnConnection[];
  readonly ServiceConfigurations: readonly sdk.ServiceConfiguration[];
  readonly ServiceDetails: readonly sdk.ServiceDetail[];
  readonly VpcEndpoints: readonly sdk.VpcEndpoint[];
  readonly VpcEndpointConnections: readonly sdk.VpcEndpointConnection[];
  readonly RouteTables: readonly sdk.RouteTable[];
  readonly TrafficMirrorTargets: readonly sdk.TrafficMirrorTarget[];
  readonly TrafficMirrorFilters: readonly sdk.TrafficMirrorFilter[];
  readonly TrafficMirrorSessions: readonly sdk.TrafficMirrorSession[];
}

export type DescribedKind = keyof DescribedResources;

/** What describes resources of a kind: the call, and the member of one resource that names it. */
export interface DescribedKindTraits {
  /** The operation whose answer has the member of this name. */
  readonly operation: string;
  readonly id: string;
}

/** Every kind that can be read, in an order in which a resource follows those that it names. */
export const DESCRIBED_KINDS: { readonly [Kind in DescribedKind]: DescribedKindTraits } = {
  DhcpOptions: { operation: 'DescribeDhcpOptions', id: 'DhcpOptionsId' },
  PrefixLists: { operation: 'DescribeManagedPrefixLists', id: 'PrefixListId' },
  Vpcs: { operation: 'DescribeVpcs', id: 'VpcId' },
  Subnets: { operation: 'DescribeSubnets', id: 'SubnetId' },
  InternetGateways: { operation: 'DescribeInternetGateways', id: 'InternetGatewayId' },
  EgressOnlyInternetGateways: { operation: 'DescribeEgressOnlyInternetGateways', id: 'EgressOnlyInternetGatewayId' },
  NetworkAcls: { operation: 'DescribeNetworkAcls', id: 'NetworkAclId' },
  SecurityGroups: { operation: 'DescribeSecurityGroups', id: 'GroupId' },
  SecurityGroupRules: { operation: 'DescribeSecurityGroupRules', id: 'SecurityGroupRuleId' },
  Reservations: { operation: 'DescribeInstances', id: 'ReservationId' },
  NetworkInterfaces: { operation: 'DescribeNetworkInterfaces', id: 'NetworkInterfaceId' },
  NetworkInterfacePermissions: {
    operation: 'DescribeNetworkInterfacePermissions',
    id: 'NetworkInterfacePermissionId',
  },
  Addresses: { operation: 'DescribeAddresses', id: 'AllocationId' },
  NatGateways: { operation: 'DescribeNatGateways', id: 'NatGatewayId' },
  VpcPeeringConnections: { operation: 'DescribeVpcPeeringConnections', id: 'VpcPeeringConnectionId' },
  TransitGateways: { operation: 'DescribeTransitGateways', id: 'TransitGatewayId' },
  TransitGatewayRouteTables: { operation: 'DescribeTransitGatewayRouteTables', id: 'TransitGatewayRouteTableId' },
  TransitGatewayVpcAttachments: { operation: 'DescribeTransitGatewayVpcAttachments', id: 'TransitGatewayAttachmentId' },
  TransitGatewayAttachments: { operation: 'DescribeTransitGatewayAttachments', id: 'TransitGatewayAttachmentId' },
  CustomerGateways: { operation: 'DescribeCustomerGateways', id: 'CustomerGatewayId' },
  VpnGateways: { operation: 'DescribeVpnGateways', id: 'VpnGatewayId' },
  VpnConnections: { operation: 'DescribeVpnConnections', id: 'VpnConnectionId' },
  ServiceConfigurations: { operation: 'DescribeVpcEndpointServiceConfigurations', id: 'ServiceId' },
  ServiceDetails: { operation: 'DescribeVpcEndpointServices', id: 'ServiceName' },
  VpcEndpoints: { operation: 'DescribeVpcEndpoints', id: 'VpcEndpointId' },
  VpcEndpointConnections: { operation: 'DescribeVpcEndpointConnections', id: 'VpcEndpointId' },
  RouteTables: { operation: 'DescribeRouteTables', id: 'RouteTableId' },
  TrafficMirrorTargets: { operation: 'DescribeTrafficMirrorTargets', id: 'TrafficMirrorTargetId' },
  TrafficMirrorFilters: { operation: 'DescribeTrafficMirrorFilters', id: 'TrafficMirrorFilterId' },
  TrafficMirrorSessions: { operation: 'DescribeTrafficMirrorSessions', id: 'TrafficMirrorSessionId' },
};

export function isDescribedKind(name: string): name is DescribedKind {
  return Object.hasOwn(DESCRIBED_KINDS, name);
}

/** What answers hold that do not say whose they are, by the id of whose they are. */
export interface DescribedParts {
  /** Entries of prefix lists, which their description does not hold, by the list's id (GetManagedPrefixListEntries). */
  readonly prefixListEntries: ReadonlyMap<string, readonly sdk.PrefixListEntry[]>;
  /** enableDnsSupport and enableDnsHostnames of VPCs, which their description does not hold (DescribeVpcAttribute). */
  readonly vpcAttributes: ReadonlyMap<string, Readonly<Record<string, boolean>>>;
  /** Routes of transit gateways' tables (SearchTransitGatewayRoutes). */
  readonly transitGatewayRoutes: ReadonlyMap<string, readonly sdk.TransitGatewayRoute[]>;
  /** The attachments that transit gateways' tables learn from (GetTransitGatewayRouteTablePropagations). */
  readonly transitGatewayPropagations: ReadonlyMap<string, readonly string[]>;
  /** Who may connect to endpoint services (DescribeVpcEndpointServicePermissions). */
  readonly servicePermissions: ReadonlyMap<string, readonly sdk.AllowedPrincipal[]>;
}

/** No parts. */
export const NO_PARTS: DescribedParts = {
  prefixListEntries: new Map(),
  vpcAttributes: new Map(),
  transitGatewayRoutes: new Map(),
  transitGatewayPropagations: new Map(),
  servicePermissions: new Map(),
};

/** What one account has in one Region, as described. */
export interface DescribedScope extends DescribedParts {
  readonly scope: Scope;
  readonly resources: DescribedResources;
}

/** Something that was not taken over, and why. */
export interface LeftOut {
  /** Where it stands, and what it is: "describe-vpcs.json: Vpcs[3] (vpc-0123456789abcdef0)". */
  readonly what: string;
  /** A sentence without its full stop. */
  readonly why: string;
}

/** A description that was read as far as it could be. */
export interface Description {
  readonly scopes: readonly DescribedScope[];
  /** What should have been understood and was not: nothing is taken over unless that is asked for. */
  readonly leftOut: readonly LeftOut[];
  /** What no packet notices, such as volumes: said, and not missed. */
  readonly ignored: readonly LeftOut[];
}

/** Resources of which there are none. */
export const noResources = (): { -readonly [Kind in DescribedKind]: [...DescribedResources[Kind]] } => ({
  DhcpOptions: [],
  PrefixLists: [],
  Vpcs: [],
  Subnets: [],
  InternetGateways: [],
  EgressOnlyInternetGateways: [],
  NetworkAcls: [],
  SecurityGroups: [],
  SecurityGroupRules: [],
  Reservations: [],
  NetworkInterfaces: [],
  NetworkInterfacePermissions: [],
  Addresses: [],
  NatGateways: [],
  VpcPeeringConnections: [],
  TransitGateways: [],
  TransitGatewayRouteTables: [],
  TransitGatewayVpcAttachments: [],
  TransitGatewayAttachments: [],
  CustomerGateways: [],
  VpnGateways: [],
  VpnConnections: [],
  ServiceConfigurations: [],
  ServiceDetails: [],
  VpcEndpoints: [],
  VpcEndpointConnections: [],
  RouteTables: [],
  TrafficMirrorTargets: [],
  TrafficMirrorFilters: [],
  TrafficMirrorSessions: [],
});
