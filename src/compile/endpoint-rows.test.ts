/** What the fabric is told of VPC endpoints. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { createFirewallEndpoint } from '../model/inspection-endpoints.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { Subnet } from '../model/resources/subnet.ts';
import { VpcEndpoint } from '../model/resources/vpc-endpoint.ts';
import { lab } from '../testing/instance-parts.ts';
import { gatewayEndpointRow } from './endpoint-rows.ts';
import { interfaceRow } from './interface-row.ts';

test('the row of a gateway endpoint says that flows to DynamoDB are tracked, and those to S3 are not', () => {
  const { account, vpcId } = lab();
  const isTracked = (service: string): boolean | undefined => {
    const ServiceName = `com.amazonaws.us-east-1.${service}`;
    const { VpcEndpoint: made } = account.call('CreateVpcEndpoint', { VpcId: vpcId, ServiceName });
    return account.transact((tx) => gatewayEndpointRow(tx.get(VpcEndpoint, made?.VpcEndpointId)))?.isTracked;
  };
  deepEqual([isTracked('dynamodb'), isTracked('s3')], [true, false]);
});

test('the row of a firewall endpoint’s interface says that the firewall stands behind it', () => {
  const { account, subnetId } = lab();
  const firewallArn = 'arn:aws:network-firewall:us-east-1:123456789012:firewall/gate';
  const serviceName = 'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0';
  account.transact((tx) => {
    const subnet = tx.get(Subnet, subnetId);
    const endpoint = createFirewallEndpoint(tx, { subnet, firewallArn, serviceName, addressType: 'ipv4', tags: {} });
    const row = interfaceRow(tx, tx.get(NetworkInterface, endpoint.places[0]?.networkInterfaceId));
    const inspector = { kind: 'firewall', arn: firewallArn };
    deepEqual(row?.owner, { kind: 'gateway-load-balancer-endpoint', id: endpoint.id, inspector });
  });
});
