/** Endpoints of type GatewayLoadBalancer as targets of routes; those that Network Firewall makes, as their account sees them. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { createFirewallEndpoint, deleteFirewallEndpoint } from '../../model/inspection-endpoints.ts';
import type { Subnet } from '../../model/resources/subnet.ts';
import type { Vpc } from '../../model/resources/vpc.ts';
import { VpcEndpoint } from '../../model/resources/vpc-endpoint.ts';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { given } from '../../testing/instance-parts.ts';
import { subnetWith, vpcWith } from '../../testing/vpc-parts.ts';

const SERVICE = 'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0';
const ARN = 'arn:aws:network-firewall:us-east-1:123456789012:firewall/gate';

interface Net {
  readonly account: TestAccount;
  readonly vpc: Vpc;
  readonly subnet: Subnet;
  readonly tableId: string;
  readonly endpointId: string;
}

const endpointIn = (account: TestAccount, subnet: Subnet): string =>
  account.transact((tx) =>
    createFirewallEndpoint(tx, { subnet, firewallArn: ARN, serviceName: SERVICE, addressType: 'ipv4', tags: {} }),
  ).id;

function withEndpoint(): Net {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16', '3fff::/56');
  const subnet = subnetWith(account, vpc, '10.0.2.0/24');
  subnetWith(account, vpc, '10.0.1.0/24');
  const { RouteTable } = account.call('CreateRouteTable', { VpcId: vpc.id });
  return {
    account,
    vpc,
    subnet,
    tableId: given(RouteTable?.RouteTableId),
    endpointId: endpointIn(account, subnet),
  };
}

const routeTo = (net: Net, destination: string, VpcEndpointId = net.endpointId, RouteTableId = net.tableId) => {
  const name = destination.includes(':') ? 'DestinationIpv6CidrBlock' : 'DestinationCidrBlock';
  return net.account.call('CreateRoute', { RouteTableId, [name]: destination, VpcEndpointId });
};

const routesOf = ({ account, tableId }: Net) =>
  given(account.call('DescribeRouteTables', { RouteTableIds: [tableId] }).RouteTables?.[0]?.Routes)
    .filter(({ GatewayId }) => GatewayId !== 'local')
    .map((route) => [
      route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock,
      route.GatewayId,
      route.Origin,
      route.State,
    ]);

test('routes of both families lead to an endpoint, to a whole subnet too, and show it as their gateway', () => {
  const net = withEndpoint();
  for (const destination of ['0.0.0.0/0', '::/0', '10.0.1.0/24']) routeTo(net, destination);
  const shown = [net.endpointId, 'CreateRoute', 'active'];
  deepEqual(routesOf(net), [
    ['0.0.0.0/0', ...shown],
    ['::/0', ...shown],
    ['10.0.1.0/24', ...shown],
  ]);
});

test('ReplaceRoute gives a route and a local route an endpoint as target', () => {
  const net = withEndpoint();
  const { account, tableId: RouteTableId, endpointId: VpcEndpointId } = net;
  account.call('ReplaceRoute', { RouteTableId, DestinationCidrBlock: '10.0.0.0/16', VpcEndpointId });
  equal(routesOf(net)[0]?.[1], VpcEndpointId);
  account.call('ReplaceRoute', { RouteTableId, DestinationCidrBlock: '10.0.0.0/16', LocalTarget: true });
  deepEqual(routesOf(net), []);
});

test('tables of an internet and of a virtual private gateway may lead to an endpoint', () => {
  const net = withEndpoint();
  const { account, vpc, tableId: RouteTableId } = net;
  const gateway = given(account.call('CreateInternetGateway', {}).InternetGateway?.InternetGatewayId);
  account.call('AttachInternetGateway', { InternetGatewayId: gateway, VpcId: vpc.id });
  account.call('AssociateRouteTable', { RouteTableId, GatewayId: gateway });
  routeTo(net, '10.0.1.0/24');
  const vpn = given(account.call('CreateVpnGateway', { Type: 'ipsec.1' }).VpnGateway?.VpnGatewayId);
  account.call('AttachVpnGateway', { VpnGatewayId: vpn, VpcId: vpc.id });
  const { RouteTable } = account.call('CreateRouteTable', { VpcId: vpc.id });
  routeTo(net, '10.0.1.0/24', net.endpointId, RouteTable?.RouteTableId);
  account.call('AssociateRouteTable', { RouteTableId: given(RouteTable?.RouteTableId), GatewayId: vpn });
});

test('a route leads to no endpoint of another type or VPC, and to none that is not there', () => {
  const net = withEndpoint();
  const { account, vpc } = net;
  const faultOf = (id: string): string => account.faultCode(() => routeTo(net, '0.0.0.0/0', id));
  equal(faultOf('vpce-0123456789abcdef0'), 'InvalidVpcEndpointId.NotFound');
  equal(faultOf('igw-0123456789abcdef0'), 'InvalidVpcEndpointId.Malformed');
  const gateway = account.call('CreateVpcEndpoint', { VpcId: vpc.id, ServiceName: 'com.amazonaws.us-east-1.s3' });
  equal(faultOf(given(gateway.VpcEndpoint?.VpcEndpointId)), 'InvalidParameterValue');
  const elsewhere = subnetWith(account, vpcWith(account, '10.1.0.0/16'), '10.1.1.0/24');
  equal(faultOf(endpointIn(account, elsewhere)), 'InvalidParameterValue');
});

test('the account of a firewall sees its endpoint with an interface without groups, and cannot change it', () => {
  const { account, endpointId, subnet } = withEndpoint();
  const shown = given(account.call('DescribeVpcEndpoints', {}).VpcEndpoints?.[0]);
  deepEqual(
    [shown.VpcEndpointType, shown.State, shown.RequesterManaged, shown.SubnetIds, shown.Groups, shown.DnsEntries],
    ['GatewayLoadBalancer', 'available', true, [subnet.id], [], []],
  );
  deepEqual([shown.IpAddressType, shown.PolicyDocument], ['ipv4', undefined]);
  const { NetworkInterfaces } = account.call('DescribeNetworkInterfaces', {
    NetworkInterfaceIds: shown.NetworkInterfaceIds,
  });
  const own = given(NetworkInterfaces?.[0]);
  deepEqual(
    [own.InterfaceType, own.Groups, own.RequesterManaged, own.SourceDestCheck],
    ['gateway_load_balancer_endpoint', [], true, false],
  );
  const { Unsuccessful } = account.call('DeleteVpcEndpoints', { VpcEndpointIds: [endpointId] });
  equal(Unsuccessful?.[0]?.Error?.Code, 'OperationNotPermitted');
  const change = { VpcEndpointId: endpointId, ResetPolicy: true };
  equal(
    account.faultCode(() => account.call('ModifyVpcEndpoint', change)),
    'OperationNotPermitted',
  );
});

test('an endpoint goes once no route leads to it any more', () => {
  const net = withEndpoint();
  const { account, tableId: RouteTableId } = net;
  routeTo(net, '0.0.0.0/0');
  const remove = (): void => account.transact((tx) => deleteFirewallEndpoint(tx, tx.get(VpcEndpoint, net.endpointId)));
  equal(account.fault(remove), 'InvalidParameter: Endpoint must be removed from route table before deletion');
  account.call('DeleteRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0' });
  remove();
  deepEqual(account.call('DescribeNetworkInterfaces', {}).NetworkInterfaces, []);
});
