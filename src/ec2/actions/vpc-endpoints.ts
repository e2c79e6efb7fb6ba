/** VPC endpoints: create, modify, delete, describe. */
import type * as sdk from '@aws-sdk/client-ec2';
import { endpointNames } from '../../model/endpoint-names.ts';
import { Fault } from '../../model/fault.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { SecurityGroup } from '../../model/resources/security-group.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { VpcEndpoint } from '../../model/resources/vpc-endpoint.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import {
  createVpcEndpoint,
  deleteVpcEndpoint,
  groupsOf,
  modifyVpcEndpoint,
  routeTablesOf,
} from '../../model/vpc-endpoints.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import type { RequestOf } from '../operation.ts';
import { describeTags } from '../tag-set.ts';
import { unsuccessful } from '../unsuccessful.ts';

const TYPES = ['Gateway', 'Interface', 'GatewayLoadBalancer', 'Resource', 'ServiceNetwork', 'Tunnel'] as const;

/** CreateVpcEndpoint. The answer shows an interface endpoint that needs no acceptance being made. */
export const CreateVpcEndpoint = action('CreateVpcEndpoint', (request, tx) => {
  const type = choice(request.VpcEndpointType, TYPES, 'vpcEndpointType') ?? 'Gateway';
  if (type !== 'Gateway' && type !== 'Interface' && type !== 'GatewayLoadBalancer') {
    throw new Fault('UnsupportedOperation', `localvpc does not serve endpoints of type ${type}.`);
  }
  const addressType = type === 'GatewayLoadBalancer' ? inspectionAddressType(request) : requireIpv4(request);
  if (request.ServiceRegion !== undefined && request.ServiceRegion !== tx.region) {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve endpoints to services of another Region.');
  }
  if (request.SubnetConfigurations !== undefined) {
    throw new Fault('UnsupportedOperation', 'localvpc chooses the addresses of endpoints itself.');
  }
  if (request.ServiceName === undefined) throw new Fault('MissingParameter', { parameter: 'serviceName' });
  const endpoint = createVpcEndpoint(tx, {
    vpc: tx.get(Vpc, request.VpcId),
    serviceName: request.ServiceName,
    type,
    policyDocument: request.PolicyDocument,
    routeTableIds: request.RouteTableIds ?? [],
    subnetIds: request.SubnetIds ?? [],
    securityGroupIds: request.SecurityGroupIds ?? [],
    privateDnsEnabled: request.PrivateDnsEnabled,
    addressType,
    tags: tagsOf(request.TagSpecifications, 'vpc-endpoint'),
  });
  const shown = describeVpcEndpoint(endpoint, tx);
  const isBeingMade = endpoint.type !== 'Gateway' && endpoint.state === 'available';
  return { VpcEndpoint: isBeingMade ? { ...shown, State: word('pending') } : shown, ClientToken: request.ClientToken };
});

/** What an endpoint of IPv4 addresses may ask for: records of these, which are also what its service defines. */
function requireIpv4({
  IpAddressType: type,
  DnsOptions: options,
}: Pick<RequestOf<'CreateVpcEndpoint'>, 'IpAddressType' | 'DnsOptions'>): 'ipv4' {
  const address = choice(type, ['ipv4', 'dualstack', 'ipv6'], 'ipAddressType') ?? 'ipv4';
  const record = choice(options?.DnsRecordIpType, ['ipv4', 'dualstack', 'ipv6', 'service-defined'], 'dnsRecordIpType');
  if (address !== 'ipv4') throw new Fault('UnsupportedOperation', 'localvpc serves endpoints over IPv4 alone.');
  if (record === undefined || record === 'ipv4' || record === 'service-defined') return address;
  // That AWS refuses it is documented (PrivateLink guide, create-interface-endpoint), the sentence is unconfirmed.
  throw new Fault(
    'InvalidParameter',
    `The DNS record IP type ${record} does not go with the IP address type ${address}.`,
  );
}

/** Nobody sends to an endpoint of this type by a name. The sentence is unconfirmed. */
function inspectionAddressType(
  request: Pick<RequestOf<'CreateVpcEndpoint'>, 'IpAddressType' | 'DnsOptions'>,
): 'ipv4' | 'dualstack' | 'ipv6' {
  if (request.DnsOptions !== undefined) {
    const sentence = 'The parameter dnsOptions is not supported for endpoints of type GatewayLoadBalancer.';
    throw new Fault('InvalidParameter', sentence);
  }
  return choice(request.IpAddressType, ['ipv4', 'dualstack', 'ipv6'], 'ipAddressType') ?? 'ipv4';
}

/** ModifyVpcEndpoint. */
export const ModifyVpcEndpoint = action('ModifyVpcEndpoint', (request, tx) => {
  const endpoint = tx.get(VpcEndpoint, request.VpcEndpointId);
  requireSameAddresses(request, endpoint, tx);
  modifyVpcEndpoint(tx, endpoint, tx.get(Vpc, endpoint.vpcId), {
    resetPolicy: request.ResetPolicy ?? false,
    policyDocument: request.PolicyDocument,
    addRouteTableIds: request.AddRouteTableIds ?? [],
    removeRouteTableIds: request.RemoveRouteTableIds ?? [],
    addSubnetIds: request.AddSubnetIds ?? [],
    removeSubnetIds: request.RemoveSubnetIds ?? [],
    addSecurityGroupIds: request.AddSecurityGroupIds ?? [],
    removeSecurityGroupIds: request.RemoveSecurityGroupIds ?? [],
    privateDnsEnabled: request.PrivateDnsEnabled,
  });
  return { Return: true };
});

/** DeleteVpcEndpoints: each by itself; those that cannot go are listed. */
export const DeleteVpcEndpoints = action('DeleteVpcEndpoints', (request, tx) =>
  unsuccessful(request.VpcEndpointIds ?? [], (id) => deleteVpcEndpoint(tx, tx.get(VpcEndpoint, id))),
);

/** AWS answers in lower camel case, where the SDK's type has another (API_VpcEndpoint, captured answers). */
export const word = (state: string): sdk.State => state as sdk.State;

/** The type of an endpoint's addresses stays as it is. */
function requireSameAddresses(request: RequestOf<'ModifyVpcEndpoint'>, endpoint: VpcEndpoint, tx: Transaction): void {
  if (endpoint.type !== 'GatewayLoadBalancer') {
    requireIpv4(request);
    return;
  }
  if (request.IpAddressType === undefined && request.DnsOptions === undefined) return;
  if (inspectionAddressType(request) === addressTypeOf(endpoint, tx)) return;
  throw new Fault('UnsupportedOperation', 'localvpc does not change the IP address type of endpoints.');
}

/** The addresses that an endpoint's interfaces have. */
export function addressTypeOf({ type, places: [place] }: VpcEndpoint, tx: Transaction): sdk.IpAddressType | undefined {
  if (type !== 'GatewayLoadBalancer') return type === 'Interface' ? 'ipv4' : undefined;
  const row = place && tx.find(NetworkInterface, place.networkInterfaceId);
  if (row?.ipv6Addresses.length === 0) return 'ipv4';
  return row?.ipv4Addresses.length === 0 ? 'ipv6' : 'dualstack';
}

/** An endpoint as the API shows it. */
export function describeVpcEndpoint(row: VpcEndpoint, tx: Transaction): sdk.VpcEndpoint {
  return {
    VpcEndpointId: row.id,
    VpcEndpointType: row.type,
    VpcId: row.vpcId,
    ServiceName: row.serviceName,
    State: word(row.state),
    PolicyDocument: row.policyDocument || undefined,
    RouteTableIds: [...routeTablesOf(tx, row)],
    SubnetIds: row.places.map((place) => place.subnetId),
    Groups: groupsOf(tx, row).map((id) => ({ GroupId: id, GroupName: tx.find(SecurityGroup, id)?.name })),
    IpAddressType: addressTypeOf(row, tx),
    DnsOptions: row.type === 'Interface' ? { DnsRecordIpType: 'ipv4' } : undefined,
    PrivateDnsEnabled: row.privateDnsEnabled,
    RequesterManaged: row.firewallArn !== undefined,
    NetworkInterfaceIds: row.places.map((place) => place.networkInterfaceId),
    DnsEntries: endpointNames(tx, row).map(({ name, zoneId }) => ({ DnsName: name, HostedZoneId: zoneId })),
    CreationTimestamp: new Date(row.createdAtMs),
    Tags: describeTags(row.tags),
    OwnerId: tx.account,
    ServiceRegion: tx.region,
  };
}

/** DescribeVpcEndpoints. */
export const DescribeVpcEndpoints = describe('DescribeVpcEndpoints', 'VpcEndpoints', {
  kind: VpcEndpoint,
  ids: 'VpcEndpointIds',
  filters: {
    'ip-address-type': addressTypeOf,
    'service-name': (row) => row.serviceName,
    'service-region': (_row, tx) => tx.region,
    'vpc-id': (row) => row.vpcId,
    'vpc-endpoint-id': (row) => row.id,
    'vpc-endpoint-state': (row) => row.state,
    'vpc-endpoint-type': (row) => row.type,
  },
  render: describeVpcEndpoint,
});

export const vpcEndpointActions = [
  CreateVpcEndpoint,
  ModifyVpcEndpoint,
  DeleteVpcEndpoints,
  DescribeVpcEndpoints,
] as const;
