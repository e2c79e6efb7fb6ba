/** Customer gateways and VPN connections. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { CustomerGateway, VpnConnection, type VpnTunnel } from '../../model/resources/vpn.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { ownTransitGateway } from '../../model/transit-gateway-lifecycle.ts';
import {
  createCustomerGateway,
  createStaticVpnRoute,
  createVpnConnection,
  deleteCustomerGateway,
  deleteStaticVpnRoute,
  deleteVpnConnection,
  findCustomerGateway,
  findVpnConnection,
  type VpnConnectionSpec,
} from '../../model/vpn-connections.ts';
import { findVpnGateway } from '../../model/vpn-gateway-lifecycle.ts';
import { formatIpv4, parseIpv4 } from '../../net/address.ts';
import { formatCidr, type Ipv4Cidr } from '../../net/cidr.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import type { RequestOf } from '../operation.ts';
import { describeTags } from '../tag-set.ts';
import { customerGatewayConfiguration } from './vpn-configuration.ts';
import { describeTunnelOptions, readTunnelOptions, readVpnCidr } from './vpn-tunnel-options.ts';

const DEFAULT_CUSTOMER_ASN = 65_000;

/** CreateCustomerGateway. */
export const CreateCustomerGateway = action('CreateCustomerGateway', (request, tx) => {
  choice(request.Type, ['ipsec.1'], 'type');
  const ipAddress = request.IpAddress ?? request.PublicIp;
  // The sentences are unconfirmed.
  if (ipAddress === undefined && request.CertificateArn === undefined) {
    throw new Fault('MissingParameter', { parameter: 'IpAddress' });
  }
  if (ipAddress !== undefined && parseIpv4(ipAddress) === undefined) {
    throw new Fault('InvalidParameterValue', {
      value: ipAddress,
      parameter: 'ipAddress',
      reason: 'Invalid IPv4 address.',
    });
  }
  const gateway = createCustomerGateway(tx, {
    ipAddress,
    bgpAsn: request.BgpAsnExtended ?? request.BgpAsn ?? DEFAULT_CUSTOMER_ASN,
    certificateArn: request.CertificateArn,
    deviceName: request.DeviceName,
    tags: tagsOf(request.TagSpecifications, 'customer-gateway'),
  });
  return { CustomerGateway: describeCustomerGateway(gateway) };
});

/** DeleteCustomerGateway. */
export const DeleteCustomerGateway = action('DeleteCustomerGateway', (request, tx) => {
  deleteCustomerGateway(tx, findCustomerGateway(tx, request.CustomerGatewayId));
});

const describeCustomerGateway = (row: CustomerGateway): sdk.CustomerGateway => ({
  CustomerGatewayId: row.id,
  State: row.state,
  Type: 'ipsec.1',
  IpAddress: row.ipAddress,
  BgpAsn: String(row.bgpAsn),
  CertificateArn: row.certificateArn,
  DeviceName: row.deviceName,
  Tags: describeTags(row.tags),
});

/** DescribeCustomerGateways. */
export const DescribeCustomerGateways = describe('DescribeCustomerGateways', 'CustomerGateways', {
  kind: CustomerGateway,
  ids: 'CustomerGatewayIds',
  filters: {
    'bgp-asn': (row) => row.bgpAsn,
    'customer-gateway-id': (row) => row.id,
    'ip-address': (row) => row.ipAddress,
    state: (row) => row.state,
    type: () => 'ipsec.1',
  },
  render: describeCustomerGateway,
});

/** CreateVpnConnection. The answer says `pending`; the next Describe `available`. */
export const CreateVpnConnection = action('CreateVpnConnection', (request, tx) => {
  choice(request.Type, ['ipsec.1'], 'type');
  const { Options: options = {} } = request;
  refuseUnserved(request);
  const connection = createVpnConnection(tx, {
    customerGateway: findCustomerGateway(tx, request.CustomerGatewayId),
    end: readEnd(request, tx),
    staticRoutesOnly: options.StaticRoutesOnly ?? false,
    localCidr: readOptionalCidr(options.LocalIpv4NetworkCidr, 'localIpv4NetworkCidr'),
    remoteCidr: readOptionalCidr(options.RemoteIpv4NetworkCidr, 'remoteIpv4NetworkCidr'),
    tunnels: (options.TunnelOptions ?? []).map(readTunnelOptions),
    tags: tagsOf(request.TagSpecifications, 'vpn-connection'),
  });
  return { VpnConnection: { ...describeVpnConnection(connection, tx), State: 'pending' } };
});

function refuseUnserved(request: RequestOf<'CreateVpnConnection'>): void {
  if (request.Options?.TunnelInsideIpVersion === 'ipv6') {
    throw new Fault('UnsupportedOperation', 'localvpc carries IPv4 only over VPN connections.');
  }
  if (request.VpnConcentratorId === undefined) return;
  throw new Fault('UnsupportedOperation', 'localvpc has no VPN concentrators.');
}

/** The sentences are unconfirmed. */
function readEnd(request: RequestOf<'CreateVpnConnection'>, tx: Transaction): VpnConnectionSpec['end'] {
  const { VpnGatewayId: vpnGatewayId, TransitGatewayId: transitGatewayId } = request;
  if (vpnGatewayId !== undefined && transitGatewayId !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: 'vpnGatewayId', other: 'transitGatewayId' });
  }
  if (transitGatewayId !== undefined) return { transitGatewayId: ownTransitGateway(tx, transitGatewayId).id };
  if (vpnGatewayId === undefined) throw new Fault('MissingParameter', { parameter: 'VpnGatewayId' });
  return { vpnGateway: findVpnGateway(tx, vpnGatewayId) };
}

const readOptionalCidr = (text: string | undefined, parameter: string): Ipv4Cidr | undefined =>
  text === undefined ? undefined : readVpnCidr(text, parameter);

/** DeleteVpnConnection. */
export const DeleteVpnConnection = action('DeleteVpnConnection', (request, tx) => {
  deleteVpnConnection(tx, findVpnConnection(tx, request.VpnConnectionId));
});

/** CreateVpnConnectionRoute. */
export const CreateVpnConnectionRoute = action('CreateVpnConnectionRoute', (request, tx) => {
  const cidr = readVpnCidr(request.DestinationCidrBlock, 'destinationCidrBlock');
  createStaticVpnRoute(tx, findVpnConnection(tx, request.VpnConnectionId), cidr);
});

/** DeleteVpnConnectionRoute. */
export const DeleteVpnConnectionRoute = action('DeleteVpnConnectionRoute', (request, tx) => {
  const cidr = readVpnCidr(request.DestinationCidrBlock, 'destinationCidrBlock');
  deleteStaticVpnRoute(tx, findVpnConnection(tx, request.VpnConnectionId), cidr);
});

/** A VPN connection as the API shows it. */
export function describeVpnConnection(row: VpnConnection, tx: Transaction): sdk.VpnConnection {
  const { endsAt } = row;
  const customer = tx.find(CustomerGateway, row.customerGatewayId);
  return {
    VpnConnectionId: row.id,
    State: row.state,
    Type: 'ipsec.1',
    Category: 'VPN',
    CustomerGatewayId: row.customerGatewayId,
    VpnGatewayId: endsAt.kind === 'vpn-gateway' ? endsAt.id : undefined,
    TransitGatewayId: endsAt.kind === 'transit-gateway' ? endsAt.id : undefined,
    GatewayAssociationState: 'associated',
    CustomerGatewayConfiguration: row.state === 'deleted' ? undefined : customerGatewayConfiguration(row, customer),
    Options: {
      EnableAcceleration: false,
      StaticRoutesOnly: row.staticRoutesOnly,
      LocalIpv4NetworkCidr: formatCidr(row.localCidr),
      RemoteIpv4NetworkCidr: formatCidr(row.remoteCidr),
      OutsideIpAddressType: 'PublicIpv4',
      TunnelInsideIpVersion: 'ipv4',
      TunnelOptions: row.tunnels.map(describeTunnelOptions),
    },
    Routes: row.staticRoutes.map((cidr) => ({
      DestinationCidrBlock: formatCidr(cidr),
      Source: 'Static',
      State: 'available',
    })),
    VgwTelemetry: row.tunnels.map((tunnel) => describeTelemetry(row, tunnel)),
    Tags: describeTags(row.tags),
  };
}

/** There is no BGP here: a connection without static routes to a virtual private gateway has no session, and is down. */
function describeTelemetry(row: VpnConnection, { outsideAddress }: VpnTunnel): sdk.VgwTelemetry {
  const isUp = row.staticRoutesOnly || row.endsAt.kind === 'transit-gateway';
  return {
    OutsideIpAddress: formatIpv4(outsideAddress),
    Status: isUp ? 'UP' : 'DOWN',
    StatusMessage: isUp ? '' : 'IPSEC IS UP',
    AcceptedRouteCount: row.staticRoutes.length,
    LastStatusChange: new Date(row.createdAtMs),
  };
}

/** DescribeVpnConnections. */
export const DescribeVpnConnections = describe('DescribeVpnConnections', 'VpnConnections', {
  kind: VpnConnection,
  ids: 'VpnConnectionIds',
  filters: {
    'bgp-asn': (row, tx) => tx.find(CustomerGateway, row.customerGatewayId)?.bgpAsn,
    'customer-gateway-configuration': (row, tx) =>
      customerGatewayConfiguration(row, tx.find(CustomerGateway, row.customerGatewayId)),
    'customer-gateway-id': (row) => row.customerGatewayId,
    'option.static-routes-only': (row) => row.staticRoutesOnly,
    'route.destination-cidr-block': (row) => row.staticRoutes.map(formatCidr),
    state: (row) => row.state,
    'transit-gateway-id': ({ endsAt }) => (endsAt.kind === 'transit-gateway' ? endsAt.id : undefined),
    type: () => 'ipsec.1',
    'vpn-connection-id': (row) => row.id,
    'vpn-gateway-id': ({ endsAt }) => (endsAt.kind === 'vpn-gateway' ? endsAt.id : undefined),
  },
  render: describeVpnConnection,
});

/** What this file serves. */
export const vpnConnectionActions = [
  CreateCustomerGateway,
  DeleteCustomerGateway,
  DescribeCustomerGateways,
  CreateVpnConnection,
  DeleteVpnConnection,
  CreateVpnConnectionRoute,
  DeleteVpnConnectionRoute,
  DescribeVpnConnections,
] as const;
