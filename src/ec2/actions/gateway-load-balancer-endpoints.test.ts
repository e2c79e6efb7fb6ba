/** Endpoint services of Gateway Load Balancers, and the endpoints that accounts connect to them, through their calls. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { deleteLoadBalancer } from '../../model/load-balancer-lifecycle.ts';
import { LoadBalancer } from '../../model/resources/load-balancer.ts';
import { gatewayLoadBalancer, gatewayService } from '../../testing/gateway-service.ts';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';

const CONSUMER = '210987654321';

/** A service whose load balancer has an appliance in the lab's first subnet, and a subnet for endpoints. */
function withService(acceptanceRequired = false) {
  const net = lab();
  const balancer = gatewayLoadBalancer(net, 'fleet', net.subnetId, [net.instance()]);
  const service = gatewayService(net, balancer, acceptanceRequired);
  return { net, balancer, ...service, endpointSubnetId: net.subnet('10.0.2.0/24') };
}

const connect = ({ account, vpcId }: Lab, ServiceName: string, request: object) =>
  given(
    account.call('CreateVpcEndpoint', {
      VpcId: vpcId,
      VpcEndpointType: 'GatewayLoadBalancer',
      ServiceName,
      ...request,
    }).VpcEndpoint,
  );

test('a service of Gateway Load Balancers says so, to its owner and to consumers', () => {
  const { net, balancer, made, ServiceName } = withService();
  deepEqual(made.ServiceType, [{ ServiceType: 'GatewayLoadBalancer' }]);
  deepEqual([made.GatewayLoadBalancerArns, made.NetworkLoadBalancerArns], [[balancer.id], undefined]);
  deepEqual([made.AvailabilityZones, made.SupportedIpAddressTypes], [['us-east-1a'], ['ipv4']]);
  const consumer = net.account.in({ account: CONSUMER });
  const { ServiceDetails } = consumer.call('DescribeVpcEndpointServices', { ServiceNames: [ServiceName] });
  deepEqual(ServiceDetails?.[0]?.ServiceType, [{ ServiceType: 'GatewayLoadBalancer' }]);
  deepEqual(ServiceDetails?.[0]?.BaseEndpointDnsNames, []);
});

test('a service is of load balancers of one type that the account has, without a private name', () => {
  const { net, balancer } = withService();
  const { account } = net;
  const faultOf = (request: object): string =>
    account.faultCode(() => account.call('CreateVpcEndpointServiceConfiguration', request));
  const GatewayLoadBalancerArns = [balancer.id];
  equal(faultOf({ GatewayLoadBalancerArns: ['arn:aws:elasticloadbalancing:x'] }), 'InvalidParameter');
  equal(faultOf({ GatewayLoadBalancerArns, NetworkLoadBalancerArns: ['arn'] }), 'InvalidParameterCombination');
  equal(faultOf({ GatewayLoadBalancerArns, PrivateDnsName: 'a.example.com' }), 'InvalidParameter');
  equal(faultOf({ GatewayLoadBalancerArns, SupportedIpAddressTypes: ['ipv4', 'ipv6'] }), 'InvalidParameter');
});

test('its load balancers come and go, one stays, and none that a service names can be deleted', () => {
  const { net, balancer, ServiceId } = withService();
  const { account } = net;
  const other = gatewayLoadBalancer(net, 'other', net.subnetId, []);
  const modify = (request: object) => account.call('ModifyVpcEndpointServiceConfiguration', { ServiceId, ...request });
  modify({ AddGatewayLoadBalancerArns: [other.id], RemoveGatewayLoadBalancerArns: [balancer.id] });
  const { ServiceConfigurations } = account.call('DescribeVpcEndpointServiceConfigurations', {});
  deepEqual(ServiceConfigurations?.[0]?.GatewayLoadBalancerArns, [other.id]);
  equal(
    account.faultCode(() => modify({ RemoveGatewayLoadBalancerArns: [other.id] })),
    'InvalidParameter',
  );
  equal(
    account.faultCode(() => modify({ AddNetworkLoadBalancerArns: [other.id] })),
    'InvalidParameter',
  );
  const remove = (id: string) => () =>
    account.transact((tx) => deleteLoadBalancer(tx, given(tx.find(LoadBalancer, id))));
  equal(account.faultCode(remove(other.id)), 'ResourceInUse');
  remove(balancer.id)();
});

test('an endpoint has one interface in one subnet, and neither groups nor policy nor names', () => {
  const { net, ServiceName, endpointSubnetId } = withService();
  const made = connect(net, ServiceName, { SubnetIds: [endpointSubnetId] });
  equal(made.State, 'pending');
  const [shown] = given(
    net.account.call('DescribeVpcEndpoints', {
      Filters: [
        { Name: 'vpc-endpoint-type', Values: ['GatewayLoadBalancer'] },
        { Name: 'ip-address-type', Values: ['ipv4'] },
      ],
    }).VpcEndpoints,
  );
  deepEqual(
    [shown?.State, shown?.SubnetIds, shown?.Groups, shown?.DnsEntries, shown?.RequesterManaged, shown?.PolicyDocument],
    ['available', [endpointSubnetId], [], [], false, undefined],
  );
  const { NetworkInterfaces } = net.account.call('DescribeNetworkInterfaces', {
    NetworkInterfaceIds: given(shown?.NetworkInterfaceIds),
  });
  equal(NetworkInterfaces?.[0]?.InterfaceType, 'gateway_load_balancer_endpoint');
});

test('an endpoint is refused what it cannot have', () => {
  const { net, ServiceName, endpointSubnetId } = withService();
  const faultOf = (request: object): string => net.account.fault(() => connect(net, ServiceName, request));
  const SubnetIds = [endpointSubnetId];
  match(faultOf({}), /^InvalidParameter: .* exactly one subnet/);
  match(faultOf({ SubnetIds: [endpointSubnetId, net.subnetId] }), /^InvalidParameter: .* exactly one subnet/);
  match(faultOf({ SubnetIds: [net.subnet('10.0.3.0/24', 'us-east-1b')] }), /^InvalidParameter: .* availability zone/);
  for (const request of [
    { PolicyDocument: '{}' },
    { PrivateDnsEnabled: true },
    { SecurityGroupIds: ['sg-0123456789abcdef0'] },
    { RouteTableIds: ['rtb-0123456789abcdef0'] },
    { DnsOptions: { DnsRecordIpType: 'ipv4' } },
    { IpAddressType: 'dualstack' },
  ]) {
    match(faultOf({ SubnetIds, ...request }), /^InvalidParameter: /);
  }
  match(faultOf({ SubnetIds, VpcEndpointType: 'Interface' }), /^InvalidParameter: .*serves it as GatewayLoadBalancer/);
});

test('an endpoint keeps its subnet and its addresses', () => {
  const { net, ServiceName, endpointSubnetId } = withService();
  const VpcEndpointId = given(connect(net, ServiceName, { SubnetIds: [endpointSubnetId] }).VpcEndpointId);
  const faultOf = (request: object): string =>
    net.account.faultCode(() => net.account.call('ModifyVpcEndpoint', { VpcEndpointId, ...request }));
  equal(faultOf({ AddSubnetIds: [net.subnetId] }), 'InvalidParameter');
  equal(faultOf({ PolicyDocument: '{}' }), 'InvalidParameter');
  equal(faultOf({ IpAddressType: 'dualstack' }), 'UnsupportedOperation');
  net.account.call('ModifyVpcEndpoint', { VpcEndpointId, IpAddressType: 'ipv4' });
});

test('another account’s endpoint waits for the service’s owner, takes no route before, and is seen by both', () => {
  const { net, ServiceName, ServiceId } = withService(true);
  const there = net.account.in({ account: CONSUMER });
  const VpcId = given(there.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc?.VpcId);
  const zone = { CidrBlock: '10.0.1.0/24', AvailabilityZone: 'us-east-1a' };
  const SubnetId = given(there.call('CreateSubnet', { VpcId, ...zone }).Subnet?.SubnetId);
  const type = { VpcEndpointType: 'GatewayLoadBalancer', VpcId, ServiceName, SubnetIds: [SubnetId] } as const;
  const made = given(there.call('CreateVpcEndpoint', type).VpcEndpoint);
  equal(made.State, 'pendingAcceptance');
  const VpcEndpointId = given(made.VpcEndpointId);
  const RouteTableId = given(there.call('CreateRouteTable', { VpcId }).RouteTable?.RouteTableId);
  const route = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', VpcEndpointId };
  equal(
    there.faultCode(() => there.call('CreateRoute', route)),
    'InvalidParameterValue',
  );
  net.account.call('AcceptVpcEndpointConnections', { ServiceId, VpcEndpointIds: [VpcEndpointId] });
  there.call('CreateRoute', route);
  const { VpcEndpointConnections } = net.account.call('DescribeVpcEndpointConnections', {});
  const [connection] = given(VpcEndpointConnections);
  deepEqual(
    [connection?.VpcEndpointState, connection?.GatewayLoadBalancerArns?.length, connection?.IpAddressType],
    ['available', 1, 'ipv4'],
  );
  const { Unsuccessful } = there.call('DeleteVpcEndpoints', { VpcEndpointIds: [VpcEndpointId] });
  equal(Unsuccessful?.[0]?.Error?.Message, 'Endpoint must be removed from route table before deletion');
  there.call('DeleteRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0' });
  deepEqual(there.call('DeleteVpcEndpoints', { VpcEndpointIds: [VpcEndpointId] }).Unsuccessful, []);
});
