/** Connections of endpoints to a service, as the service's owner decides on them. */
import type * as sdk from '@aws-sdk/client-ec2';
import { endpointNames } from '../../model/endpoint-names.ts';
import { decideConnection, endpointOf } from '../../model/endpoint-services.ts';
import { VpcEndpointConnection } from '../../model/resources/vpc-endpoint.ts';
import { VpcEndpointService } from '../../model/resources/vpc-endpoint-service.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { describe } from '../describe.ts';
import { unsuccessful } from '../unsuccessful.ts';
import { loadBalancersOf } from './vpc-endpoint-services.ts';
import { addressTypeOf, word } from './vpc-endpoints.ts';

/** AcceptVpcEndpointConnections: each by itself; those that cannot be accepted are listed. */
export const AcceptVpcEndpointConnections = action('AcceptVpcEndpointConnections', (request, tx) => {
  const service = tx.get(VpcEndpointService, request.ServiceId);
  return unsuccessful(request.VpcEndpointIds ?? [], (id) => decideConnection(tx, service.id, id, 'available'));
});

/** RejectVpcEndpointConnections. */
export const RejectVpcEndpointConnections = action('RejectVpcEndpointConnections', (request, tx) => {
  const service = tx.get(VpcEndpointService, request.ServiceId);
  return unsuccessful(request.VpcEndpointIds ?? [], (id) => decideConnection(tx, service.id, id, 'rejected'));
});

/** A connection as the API shows it. */
export function describeConnection(row: VpcEndpointConnection, tx: Transaction): sdk.VpcEndpointConnection {
  const endpoint = endpointOf(tx, row);
  const there = tx.in({ account: row.account, region: tx.region });
  const service = tx.find(VpcEndpointService, row.serviceId);
  return {
    ServiceId: row.serviceId,
    VpcEndpointId: row.id,
    VpcEndpointOwner: row.account,
    VpcEndpointState: endpoint && word(endpoint.state),
    CreationTimestamp: endpoint && new Date(endpoint.createdAtMs),
    DnsEntries:
      endpoint && endpointNames(there, endpoint).map(({ name, zoneId }) => ({ DnsName: name, HostedZoneId: zoneId })),
    ...(service && loadBalancersOf(service)),
    IpAddressType: endpoint && addressTypeOf(endpoint, there),
    VpcEndpointConnectionId: row.connectionId,
    VpcEndpointRegion: tx.region,
  };
}

/** DescribeVpcEndpointConnections. */
export const DescribeVpcEndpointConnections = describe('DescribeVpcEndpointConnections', 'VpcEndpointConnections', {
  kind: VpcEndpointConnection,
  filters: {
    'ip-address-type': (row, tx) => describeConnection(row, tx).IpAddressType,
    'service-id': (row) => row.serviceId,
    'vpc-endpoint-owner': (row) => row.account,
    'vpc-endpoint-region': (_row, tx) => tx.region,
    'vpc-endpoint-state': (row, tx) => endpointOf(tx, row)?.state,
    'vpc-endpoint-id': (row) => row.id,
  },
  render: describeConnection,
});

export const vpcEndpointConnectionActions = [
  AcceptVpcEndpointConnections,
  RejectVpcEndpointConnections,
  DescribeVpcEndpointConnections,
] as const;
