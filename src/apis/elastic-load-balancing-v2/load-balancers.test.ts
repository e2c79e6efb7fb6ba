/** Load balancers, target groups and listeners as callers make, change and see them. */

import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { given, lab } from '../../testing/instance-parts.ts';
import { elbv2 } from '../../testing/other-services.ts';

/** A lab with a load balancer that forwards TCP 80 to port 8080 of an instance. */
function balancedLab() {
  const net = lab();
  const call = elbv2(net.account);
  const instanceId = net.instance();
  const [balancer] = given(
    call('CreateLoadBalancer', { Name: 'shop', Type: 'network', Subnets: [net.subnetId] }).LoadBalancers,
  );
  const [group] = given(
    call('CreateTargetGroup', { Name: 'shop', Protocol: 'TCP', Port: 8080, VpcId: net.vpcId }).TargetGroups,
  );
  const [balancerArn, groupArn] = [given(balancer?.LoadBalancerArn), given(group?.TargetGroupArn)];
  call('RegisterTargets', { TargetGroupArn: groupArn, Targets: [{ Id: instanceId }] });
  const [listener] = given(
    call('CreateListener', {
      LoadBalancerArn: balancerArn,
      Protocol: 'TCP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: groupArn }],
    }).Listeners,
  );
  const code = (work: () => unknown): string => net.account.faultCode(work);
  return { ...net, call, code, instanceId, balancer, balancerArn, groupArn, listenerArn: given(listener?.ListenerArn) };
}

test('a load balancer is made and then active, with its zones and a name', () => {
  const { call, balancer, balancerArn, subnetId, vpcId } = balancedLab();
  equal(balancer?.State?.Code, 'provisioning');
  const [shown] = given(call('DescribeLoadBalancers', { Names: ['shop'] }).LoadBalancers);
  deepEqual(
    [shown?.State?.Code, shown?.Type, shown?.Scheme, shown?.IpAddressType, shown?.VpcId, shown?.SecurityGroups],
    ['active', 'network', 'internet-facing', 'ipv4', vpcId, undefined],
  );
  deepEqual(shown?.AvailabilityZones, [{ ZoneName: 'us-east-1a', SubnetId: subnetId, LoadBalancerAddresses: [] }]);
  match(given(shown?.DNSName), /^shop-[0-9a-f]{16}\.elb\.us-east-1\.amazonaws\.com$/);
  equal(call('DescribeLoadBalancers', { LoadBalancerArns: [balancerArn] }).LoadBalancers?.length, 1);
});

test('what is to be a load balancer of another kind is refused with what there is', () => {
  const net = lab();
  const call = elbv2(net.account);
  const fault = (request: object) =>
    net.account.fault(() => call('CreateLoadBalancer', { Name: 'new', Subnets: [net.subnetId], ...request }));
  match(fault({}), /^InvalidConfigurationRequest: .*Application Load Balancers/);
  match(fault({ Type: 'network', IpAddressType: 'dualstack' }), /^InvalidConfigurationRequest: .*IPv4/);
  match(fault({ Type: 'classic' }), /^ValidationError: .*enum value set/);
  match(fault({ Type: 'gateway', Scheme: 'internet-facing' }), /^ValidationError/);
  match(fault({ Type: 'network', IpamPools: { Ipv4IpamPoolId: 'ipam-pool-1' } }), /IpamPools/);
  match(fault({ Type: 'network', SubnetMappings: [{ SubnetId: net.subnetId }] }), /^ValidationError.*not both/);
  const group = (request: object) =>
    net.account.fault(() => call('CreateTargetGroup', { Name: 'new', VpcId: net.vpcId, Port: 80, ...request }));
  match(group({ Protocol: 'HTTP' }), /^InvalidConfigurationRequest: .*HTTP/);
  match(group({ Protocol: 'TCP', TargetType: 'alb' }), /^InvalidConfigurationRequest: .*alb/);
  match(group({}), /^ValidationError: A protocol/);
});

test('addresses that were asked for are shown', () => {
  const net = lab();
  const call = elbv2(net.account);
  const AllocationId = net.elasticIp();
  const elsewhere = net.subnet('10.0.2.0/24', 'us-east-1b');
  const make = (Name: string, request: object) =>
    call('CreateLoadBalancer', { Name, Type: 'network', ...request }).LoadBalancers?.[0]?.AvailabilityZones?.map(
      ({ LoadBalancerAddresses: [first] = [] }) => first?.PrivateIPv4Address ?? first?.AllocationId,
    );
  const mappings = [{ SubnetId: elsewhere }, { SubnetId: net.subnetId, AllocationId }];
  deepEqual(make('public', { SubnetMappings: mappings }), [AllocationId, undefined]);
  const own = [{ SubnetId: net.subnetId, PrivateIPv4Address: '10.0.1.77' }];
  deepEqual(make('private', { Scheme: 'internal', SubnetMappings: own }), ['10.0.1.77']);
});

test('targets are shown with their health, and are unused where nothing is registered', () => {
  const { call, groupArn, instanceId, stop } = balancedLab();
  const health = (Targets?: { Id: string; Port?: number }[]) =>
    call('DescribeTargetHealth', {
      TargetGroupArn: groupArn,
      ...(Targets && { Targets }),
    }).TargetHealthDescriptions?.map(({ Target, TargetHealth, HealthCheckPort }) => [
      Target?.Id,
      Target?.Port,
      HealthCheckPort,
      TargetHealth?.State,
    ]);
  deepEqual(health(), [[instanceId, 8080, '8080', 'healthy']]);
  deepEqual(health([{ Id: 'i-0123456789abcdef0' }]), [['i-0123456789abcdef0', 8080, undefined, 'unused']]);
  stop(instanceId);
  deepEqual(health([{ Id: instanceId }]), [[instanceId, 8080, '8080', 'unused']]);
  call('DeregisterTargets', { TargetGroupArn: groupArn, Targets: [{ Id: instanceId }] });
  deepEqual(health(), [[instanceId, 8080, '8080', 'draining']]);
});

test('attributes of all three are shown whole and changed one by one', () => {
  const { call, code, balancerArn, groupArn, listenerArn } = balancedLab();
  const value = (attributes: readonly sdk.LoadBalancerAttribute[] | undefined, key: string) =>
    attributes?.find(({ Key }) => Key === key)?.Value;
  const Attributes = [{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }];
  const ofBalancer = call('ModifyLoadBalancerAttributes', { LoadBalancerArn: balancerArn, Attributes });
  equal(value(ofBalancer.Attributes, 'load_balancing.cross_zone.enabled'), 'true');
  const before = call('DescribeTargetGroupAttributes', { TargetGroupArn: groupArn });
  equal(value(before.Attributes, 'preserve_client_ip.enabled'), 'true');
  call('ModifyTargetGroupAttributes', {
    TargetGroupArn: groupArn,
    Attributes: [{ Key: 'preserve_client_ip.enabled', Value: 'false' }],
  });
  const after = call('DescribeTargetGroupAttributes', { TargetGroupArn: groupArn });
  equal(value(after.Attributes, 'preserve_client_ip.enabled'), 'false');
  const idle = (Value: string) =>
    call('ModifyListenerAttributes', {
      ListenerArn: listenerArn,
      Attributes: [{ Key: 'tcp.idle_timeout.seconds', Value }],
    });
  equal(value(idle('60').Attributes, 'tcp.idle_timeout.seconds'), '60');
  equal(
    code(() => idle('7')),
    'ValidationError',
  );
});

test('a listener is changed, and forwards to one group or to several by weight', () => {
  const { call, code, vpcId, balancerArn, groupArn, listenerArn } = balancedLab();
  const [other] = given(
    call('CreateTargetGroup', { Name: 'other', Protocol: 'TCP', Port: 80, VpcId: vpcId }).TargetGroups,
  );
  const groups = [
    { TargetGroupArn: groupArn, Weight: 3 },
    { TargetGroupArn: given(other?.TargetGroupArn), Weight: 1 },
  ];
  const DefaultActions = [{ Type: 'forward', ForwardConfig: { TargetGroups: groups } }] as const;
  call('ModifyListener', { ListenerArn: listenerArn, Port: 81, DefaultActions });
  const [shown] = given(call('DescribeListeners', { LoadBalancerArn: balancerArn }).Listeners);
  deepEqual([shown?.Port, shown?.Protocol, shown?.DefaultActions?.[0]?.TargetGroupArn], [81, 'TCP', undefined]);
  deepEqual(shown?.DefaultActions?.[0]?.ForwardConfig?.TargetGroups, groups);
  const tls = () => call('ModifyListener', { ListenerArn: listenerArn, Protocol: 'TLS' });
  equal(code(tls), 'InvalidConfigurationRequest');
  equal(
    code(() => call('DescribeListeners', {})),
    'ValidationError',
  );
});

test('tags are added, shown and taken, of what there is', () => {
  const { call, code, balancerArn, groupArn, listenerArn } = balancedLab();
  const ResourceArns = [balancerArn, groupArn, listenerArn];
  call('AddTags', {
    ResourceArns,
    Tags: [
      { Key: 'team', Value: 'web' },
      { Key: 'stage', Value: 'test' },
    ],
  });
  call('RemoveTags', { ResourceArns, TagKeys: ['stage'] });
  deepEqual(
    call('DescribeTags', { ResourceArns }).TagDescriptions,
    ResourceArns.map((ResourceArn) => ({ ResourceArn, Tags: [{ Key: 'team', Value: 'web' }] })),
  );
  equal(
    code(() => call('AddTags', { ResourceArns, Tags: [{ Key: 'a' }, { Key: 'a' }] })),
    'DuplicateTagKeys',
  );
  equal(
    code(() => call('DescribeTags', { ResourceArns: [balancerArn.replace(/.$/, 'x')] })),
    'ValidationError',
  );
});

test('everything goes again, in an order that leaves nothing in use', () => {
  const { call, code, balancerArn, groupArn, listenerArn, account } = balancedLab();
  equal(
    code(() => call('DeleteTargetGroup', { TargetGroupArn: groupArn })),
    'ResourceInUse',
  );
  call('DeleteListener', { ListenerArn: listenerArn });
  equal(
    code(() => call('DeleteListener', { ListenerArn: listenerArn })),
    'ListenerNotFound',
  );
  call('DeleteTargetGroup', { TargetGroupArn: groupArn });
  call('DeleteLoadBalancer', { LoadBalancerArn: balancerArn });
  call('DeleteLoadBalancer', { LoadBalancerArn: balancerArn });
  equal(
    code(() => call('DescribeLoadBalancers', { Names: ['shop'] })),
    'LoadBalancerNotFound',
  );
  equal(
    code(() => call('DescribeTargetGroups', { TargetGroupArns: [groupArn] })),
    'TargetGroupNotFound',
  );
  const Filters = [{ Name: 'interface-type', Values: ['network_load_balancer'] }];
  deepEqual(account.call('DescribeNetworkInterfaces', { Filters }).NetworkInterfaces, []);
});

test('lists come in pages', () => {
  const net = lab();
  const call = elbv2(net.account);
  for (const Name of ['a', 'b', 'c']) {
    call('CreateTargetGroup', { Name, Protocol: 'TCP', Port: 80, VpcId: net.vpcId });
  }
  const first = call('DescribeTargetGroups', { PageSize: 2 });
  const second = call('DescribeTargetGroups', { PageSize: 2, Marker: given(first.NextMarker) });
  const names = [first, second].map(({ TargetGroups = [] }) => TargetGroups.map((one) => one.TargetGroupName));
  deepEqual(names, [['a', 'b'], ['c']]);
  equal(second.NextMarker, undefined);
});

test('what a service of endpoints names stays', () => {
  const { account, call, code, balancerArn } = balancedLab();
  account.call('CreateVpcEndpointServiceConfiguration', { NetworkLoadBalancerArns: [balancerArn] });
  equal(
    code(() => call('DeleteLoadBalancer', { LoadBalancerArn: balancerArn })),
    'ResourceInUse',
  );
});

test('a subnet with a node in it cannot be deleted', () => {
  const { account, code, call, balancerArn, subnet } = balancedLab();
  const elsewhere = subnet('10.0.2.0/24', 'us-east-1b');
  call('SetSubnets', { LoadBalancerArn: balancerArn, Subnets: [elsewhere] });
  equal(
    code(() => account.call('DeleteSubnet', { SubnetId: elsewhere })),
    'DependencyViolation',
  );
});

test('a Gateway Load Balancer carries IPv6 where its subnets have it', () => {
  const net = lab();
  const call = elbv2(net.account);
  const make = (request: object) => call('CreateLoadBalancer', { Name: 'six', Type: 'gateway', ...request });
  const dualstack = { IpAddressType: 'dualstack', Subnets: [net.subnetId] };
  match(
    net.account.fault(() => make(dualstack)),
    /^InvalidConfigurationRequest: .*IPv6 CIDR block/,
  );
  const [made] = given(make({ Subnets: [net.subnetId] }).LoadBalancers);
  const LoadBalancerArn = given(made?.LoadBalancerArn);
  const set = (IpAddressType: string) => call('SetIpAddressType', { LoadBalancerArn, IpAddressType }).IpAddressType;
  match(
    net.account.fault(() => set('dualstack')),
    /^InvalidConfigurationRequest/,
  );
  const VpcId = net.vpcId;
  net.account.call('AssociateVpcCidrBlock', { VpcId, AmazonProvidedIpv6CidrBlock: true });
  const [vpc] = given(net.account.call('DescribeVpcs', { VpcIds: [VpcId] }).Vpcs);
  const Ipv6CidrBlock = given(vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock).replace(/\/56$/, '/64');
  net.account.call('AssociateSubnetCidrBlock', { SubnetId: net.subnetId, Ipv6CidrBlock });
  equal(set('dualstack'), 'dualstack');
  equal(call('DescribeLoadBalancers', { Names: ['six'] }).LoadBalancers?.[0]?.IpAddressType, 'dualstack');
  const { ServiceConfiguration } = net.account.call('CreateVpcEndpointServiceConfiguration', {
    GatewayLoadBalancerArns: [LoadBalancerArn],
    SupportedIpAddressTypes: ['ipv4', 'ipv6'],
  });
  match(
    net.account.fault(() => set('ipv4')),
    /^ResourceInUse/,
  );
  net.account.call('DeleteVpcEndpointServiceConfigurations', { ServiceIds: [given(ServiceConfiguration?.ServiceId)] });
  equal(set('ipv4'), 'ipv4');
});
