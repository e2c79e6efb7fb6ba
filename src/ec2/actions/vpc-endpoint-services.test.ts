/** Endpoint services and the interface endpoints that lead to them, through their calls. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';
import { loadBalancerArn, serviceLab, targetOf } from '../../testing/private-service.ts';

const CONSUMER = '210987654321';

/** Connects from the lab's own VPC. */
const connect = ({ account, vpcId, subnetId }: Lab, ServiceName: string, request: object = {}) =>
  given(
    account.call('CreateVpcEndpoint', {
      VpcId: vpcId,
      VpcEndpointType: 'Interface',
      ServiceName,
      SubnetIds: [subnetId],
      ...request,
    }).VpcEndpoint,
  );

const stateOf = ({ account }: Lab, id: string | undefined) =>
  account.call('DescribeVpcEndpoints', { VpcEndpointIds: [given(id)] }).VpcEndpoints?.[0]?.State;

test('a service has a node in each zone of its targets, and a name of its own', () => {
  const net = lab();
  const { account } = net;
  targetOf(net, 'shop');
  targetOf(net, 'shop', net.subnet('10.0.2.0/24', 'us-east-1b'));
  const NetworkLoadBalancerArns = [loadBalancerArn(account, 'shop')];
  const made = given(
    account.call('CreateVpcEndpointServiceConfiguration', { NetworkLoadBalancerArns }).ServiceConfiguration,
  );
  deepEqual(made.AvailabilityZones, ['us-east-1a', 'us-east-1b']);
  deepEqual([made.ServiceState, made.AcceptanceRequired], ['Available', true]);
  equal(made.ServiceName, `com.amazonaws.vpce.us-east-1.${made.ServiceId}`);
  deepEqual(made.BaseEndpointDnsNames, [`${made.ServiceId}.us-east-1.vpce.amazonaws.com`]);
  const nodes = given(
    account.call('DescribeNetworkInterfaces', {
      Filters: [{ Name: 'interface-type', Values: ['network_load_balancer'] }],
    }).NetworkInterfaces,
  );
  deepEqual(
    nodes.map((one) => [one.Description, one.RequesterId, one.RequesterManaged, one.Status, one.Groups]),
    Array(2).fill([`ELB ${NetworkLoadBalancerArns[0]?.split('loadbalancer/')[1]}`, 'amazon-elb', true, 'in-use', []]),
  );
});

test('a load balancer must be of the account and Region and have a target', () => {
  const net = lab();
  const make = (arns: string[]) => () =>
    net.account.call('CreateVpcEndpointServiceConfiguration', { NetworkLoadBalancerArns: arns });
  targetOf(net, 'shop');
  const arn = loadBalancerArn(net.account, 'shop');
  equal(net.account.faultCode(make([])), 'MissingParameter');
  equal(net.account.faultCode(make(['shop'])), 'InvalidParameter');
  equal(net.account.faultCode(make([arn.replace('123456789012', CONSUMER)])), 'InvalidParameter');
  equal(net.account.faultCode(make([arn.replace('us-east-1', 'eu-west-1')])), 'InvalidParameter');
  const { account } = net;
  for (const request of [
    { NetworkLoadBalancerArns: [arn], SupportedIpAddressTypes: ['ipv6'] },
    { SupportedRegions: ['eu-west-1'] },
  ]) {
    equal(
      account.faultCode(() => account.call('CreateVpcEndpointServiceConfiguration', request)),
      'UnsupportedOperation',
    );
  }
});

test('an interface endpoint has an interface in each subnet, in the default group unless others are named, and names', () => {
  const net = serviceLab();
  const made = connect(net, net.serviceName);
  equal(made.State, 'pending');
  const id = given(made.VpcEndpointId);
  const [shown] = given(net.account.call('DescribeVpcEndpoints', { VpcEndpointIds: [id] }).VpcEndpoints);
  deepEqual([shown?.State, shown?.SubnetIds, shown?.IpAddressType], ['available', [net.subnetId], 'ipv4']);
  deepEqual(
    shown?.Groups?.map((group) => group.GroupName),
    ['default'],
  );
  const names = given(shown?.DnsEntries).map((entry) => given(entry.DnsName));
  match(names[0] ?? '', new RegExp(`^${id}-[a-z0-9]{8}\\.${net.serviceId}\\.us-east-1\\.vpce\\.amazonaws\\.com$`));
  equal(names[1], names[0]?.replace(/^(vpce-[^.]+)/, '$1-us-east-1a'));
  const [eni] = given(
    net.account.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: given(shown?.NetworkInterfaceIds) })
      .NetworkInterfaces,
  );
  deepEqual(
    [eni?.InterfaceType, eni?.Description, eni?.RequesterManaged, eni?.Status],
    ['vpc_endpoint', `VPC Endpoint Interface ${id}`, true, 'in-use'],
  );
  equal(
    net.account.faultCode(() =>
      net.account.call('DeleteNetworkInterface', { NetworkInterfaceId: given(eni?.NetworkInterfaceId) }),
    ),
    'AuthFailure',
  );
  net.account.call('DeleteVpcEndpoints', { VpcEndpointIds: [id] });
  equal(
    net.account.faultCode(() =>
      net.account.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: given(shown?.NetworkInterfaceIds) }),
    ),
    'InvalidNetworkInterfaceID.NotFound',
  );
  deepEqual(net.account.call('DescribeVpcEndpointConnections').VpcEndpointConnections, []);
});

test('its subnets must be of the VPC, one in a zone, in zones where the service is', () => {
  const net = serviceLab();
  const code = (request: object) => net.account.faultCode(() => connect(net, net.serviceName, request));
  const [second, far] = [net.subnet('10.0.2.0/24'), net.subnet('10.0.3.0/24', 'us-east-1b')];
  equal(code({ SubnetIds: [net.subnetId, second] }), 'DuplicateSubnetsInSameZone');
  equal(code({ SubnetIds: [far] }), 'InvalidParameter');
  const foreign = given(net.account.call('DescribeSubnets').Subnets).find((one) => one.VpcId !== net.vpcId);
  equal(code({ SubnetIds: [given(foreign?.SubnetId)] }), 'InvalidParameter');
  equal(code({ RouteTableIds: ['rtb-00000000'] }), 'InvalidParameter');
  equal(code({ VpcEndpointType: 'Gateway' }), 'InvalidParameter');
  equal(code({ PrivateDnsEnabled: true }), 'InvalidParameter');
});

test('subnets and groups of an endpoint can be changed, but not all groups taken', () => {
  const net = serviceLab();
  const { account } = net;
  const VpcEndpointId = given(connect(net, net.serviceName).VpcEndpointId);
  const GroupName = 'web';
  const group = given(account.call('CreateSecurityGroup', { GroupName, Description: 'web', VpcId: net.vpcId }).GroupId);
  const [before] = given(account.call('DescribeVpcEndpoints').VpcEndpoints?.[0]?.Groups);
  const RemoveSecurityGroupIds = [given(before?.GroupId)];
  account.call('ModifyVpcEndpoint', { VpcEndpointId, AddSecurityGroupIds: [group], RemoveSecurityGroupIds });
  deepEqual(account.call('DescribeVpcEndpoints').VpcEndpoints?.[0]?.Groups, [{ GroupId: group, GroupName }]);
  const takeLast = { VpcEndpointId, RemoveSecurityGroupIds: [group] };
  equal(
    account.faultCode(() => account.call('ModifyVpcEndpoint', takeLast)),
    'InvalidParameter',
  );
  const second = net.subnet('10.0.2.0/24');
  account.call('ModifyVpcEndpoint', { VpcEndpointId, RemoveSubnetIds: [net.subnetId], AddSubnetIds: [second] });
  const shown = account.call('DescribeVpcEndpoints').VpcEndpoints?.[0];
  deepEqual(shown?.SubnetIds, [second]);
  deepEqual(shown?.Groups, [{ GroupId: group, GroupName }]);
  for (const request of [{ RemoveSubnetIds: [net.subnetId] }, { AddRouteTableIds: ['rtb-00000000'] }]) {
    equal(
      account.faultCode(() => account.call('ModifyVpcEndpoint', { VpcEndpointId, ...request })),
      'InvalidParameter',
    );
  }
});

test('another account sees and reaches a service only with permission, and waits for acceptance where it is required', () => {
  const net = serviceLab(true);
  const { account, serviceId: ServiceId, serviceName } = net;
  const there = account.in({ account: CONSUMER });
  const subnet = given(there.call('DescribeSubnets').Subnets).find((one) => one.AvailabilityZone === 'us-east-1a');
  const consumer: Lab = { ...net, account: there, vpcId: given(subnet?.VpcId), subnetId: given(subnet?.SubnetId) };
  const offered = () => there.call('DescribeVpcEndpointServices').ServiceNames?.includes(serviceName);
  equal(offered(), false);
  equal(
    there.faultCode(() => connect(consumer, serviceName)),
    'InvalidServiceName',
  );
  const AddAllowedPrincipals = [`arn:aws:iam::${CONSUMER}:root`];
  const { AddedPrincipals: added } = account.call('ModifyVpcEndpointServicePermissions', {
    ServiceId,
    AddAllowedPrincipals,
  });
  deepEqual([added?.[0]?.Principal, added?.[0]?.PrincipalType], [AddAllowedPrincipals[0], 'Account']);
  equal(offered(), true);
  const id = given(connect(consumer, serviceName).VpcEndpointId);
  equal(stateOf(consumer, id), 'pendingAcceptance');
  const connections = () => given(account.call('DescribeVpcEndpointConnections').VpcEndpointConnections);
  deepEqual(
    connections().map((one) => [one.VpcEndpointId, one.VpcEndpointOwner, one.VpcEndpointState]),
    [[id, CONSUMER, 'pendingAcceptance']],
  );
  const decide = { ServiceId, VpcEndpointIds: [id] };
  deepEqual(account.call('AcceptVpcEndpointConnections', decide).Unsuccessful, []);
  equal(stateOf(consumer, id), 'available');
  equal(account.call('AcceptVpcEndpointConnections', decide).Unsuccessful?.[0]?.Error?.Code, 'InvalidState');
  const remove = { ServiceIds: [ServiceId] };
  equal(
    account.call('DeleteVpcEndpointServiceConfigurations', remove).Unsuccessful?.[0]?.Error?.Code,
    'ExistingVpcEndpointConnections',
  );
  account.call('RejectVpcEndpointConnections', decide);
  equal(stateOf(consumer, id), 'rejected');
  deepEqual(account.call('DeleteVpcEndpointServiceConfigurations', remove).Unsuccessful, []);
  equal(
    account.faultCode(() => account.call('DescribeVpcEndpointServiceConfigurations', remove)),
    'InvalidVpcEndpointServiceId.NotFound',
  );
});

test('connections that are not the service’s cannot be decided on', () => {
  const { account, serviceId: ServiceId } = serviceLab();
  const VpcEndpointIds = ['vpce-00000000000000000', 'x'];
  deepEqual(
    account
      .call('RejectVpcEndpointConnections', { ServiceId, VpcEndpointIds })
      .Unsuccessful?.map((one) => one.Error?.Code),
    ['InvalidVpcEndpointId.NotFound', 'InvalidVpcEndpointId.Malformed'],
  );
});

test('permissions are shown by principal and its type, and a bad principal is refused', () => {
  const { account, serviceId: ServiceId } = serviceLab();
  const AddAllowedPrincipals = ['*', 'arn:aws:iam::210987654321:user/ann', 'arn:aws:iam::210987654321:role/app'];
  account.call('ModifyVpcEndpointServicePermissions', { ServiceId, AddAllowedPrincipals });
  const shown = (Filters: { Name: string; Values: string[] }[] = []) =>
    account
      .call('DescribeVpcEndpointServicePermissions', { ServiceId, Filters })
      .AllowedPrincipals?.map((one) => one.PrincipalType);
  deepEqual(shown(), ['All', 'User', 'Role']);
  deepEqual(shown([{ Name: 'principal-type', Values: ['User'] }]), ['User']);
  deepEqual(shown([{ Name: 'principal', Values: ['*role/app'] }]), ['Role']);
  account.call('ModifyVpcEndpointServicePermissions', { ServiceId, RemoveAllowedPrincipals: ['*'] });
  deepEqual(shown(), ['User', 'Role']);
  equal(
    account.faultCode(() =>
      account.call('ModifyVpcEndpointServicePermissions', { ServiceId, AddAllowedPrincipals: ['ann'] }),
    ),
    'InvalidPrincipal',
  );
});

test('a private name works once it is verified, for one endpoint of a VPC with both DNS attributes', () => {
  const net = serviceLab();
  const { account, serviceId: ServiceId, serviceName, vpcId: VpcId } = net;
  account.call('ModifyVpcEndpointServiceConfiguration', { ServiceId, PrivateDnsName: 'api.shop.example' });
  const configuration = () =>
    account.call('DescribeVpcEndpointServiceConfigurations').ServiceConfigurations?.[0]?.PrivateDnsNameConfiguration;
  equal(configuration()?.State, 'pendingVerification');
  ok(configuration()?.Value?.startsWith('vpce:'));
  account.call('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: true } });
  const wanted = { PrivateDnsEnabled: true };
  equal(
    account.faultCode(() => connect(net, serviceName, wanted)),
    'InvalidParameter',
  );
  account.call('StartVpcEndpointServicePrivateDnsVerification', { ServiceId });
  equal(configuration()?.State, 'verified');
  const made = connect(net, serviceName, wanted);
  equal(made.DnsEntries?.at(-1)?.DnsName, 'api.shop.example');
  match(
    account.fault(() => connect(net, serviceName, wanted)),
    /conflicting DNS domain for api\.shop\.example/,
  );
  account.call('ModifyVpcEndpoint', { VpcEndpointId: given(made.VpcEndpointId), PrivateDnsEnabled: false });
  account.call('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: false } });
  match(
    account.fault(() => connect(net, serviceName, wanted)),
    /requires both enableDnsSupport and enableDnsHostnames/,
  );
  const configure = (request: object) =>
    account.faultCode(() => account.call('ModifyVpcEndpointServiceConfiguration', { ServiceId, ...request }));
  equal(configure({ PrivateDnsName: 'no name' }), 'InvalidParameter');
  equal(configure({ PrivateDnsName: 'a.example', RemovePrivateDnsName: true }), 'InvalidParameterCombination');
  account.call('ModifyVpcEndpointServiceConfiguration', { ServiceId, RemovePrivateDnsName: true });
  equal(configuration(), undefined);
  equal(
    account.faultCode(() => account.call('StartVpcEndpointServicePrivateDnsVerification', { ServiceId })),
    'InvalidParameter',
  );
});

test('load balancers of a service come and go, the last one stays', () => {
  const net = serviceLab();
  const { account, serviceId: ServiceId } = net;
  targetOf(net, 'second', net.subnet('10.0.2.0/24', 'us-east-1b'));
  const change = (request: object) => account.call('ModifyVpcEndpointServiceConfiguration', { ServiceId, ...request });
  const zones = () =>
    account.call('DescribeVpcEndpointServiceConfigurations').ServiceConfigurations?.[0]?.AvailabilityZones;
  change({ AddNetworkLoadBalancerArns: [loadBalancerArn(account, 'second')] });
  deepEqual(zones(), ['us-east-1a', 'us-east-1b']);
  change({ RemoveNetworkLoadBalancerArns: [loadBalancerArn(account, 'shop')] });
  deepEqual(zones(), ['us-east-1b']);
  for (const arn of [loadBalancerArn(account, 'second'), loadBalancerArn(account, 'shop')]) {
    equal(
      account.faultCode(() => change({ RemoveNetworkLoadBalancerArns: [arn] })),
      'InvalidParameter',
    );
  }
});

test('services of AWS and of accounts are described by name, owner and type', () => {
  const net = serviceLab();
  const { account, serviceName } = net;
  const names = (Filters: { Name: string; Values: string[] }[] = []) =>
    account.call('DescribeVpcEndpointServices', { Filters }).ServiceNames;
  const [s3, dynamodb, ec2, ...others] = names() ?? [];
  deepEqual(
    [s3, dynamodb, ec2],
    ['s3', 'dynamodb', 'ec2'].map((label) => `com.amazonaws.us-east-1.${label}`),
  );
  equal(others.at(-1), serviceName);
  const byInterfaces = names([{ Name: 'service-type', Values: ['Interface'] }]) ?? [];
  deepEqual([byInterfaces[0], byInterfaces.at(-1)], [ec2, serviceName]);
  deepEqual(names([{ Name: 'owner', Values: ['amazon'] }])?.includes(serviceName), false);
  const detail = account.call('DescribeVpcEndpointServices', { ServiceNames: [serviceName] }).ServiceDetails?.[0];
  deepEqual([detail?.Owner, detail?.AcceptanceRequired], ['123456789012', false]);
  equal(
    account.faultCode(() => account.call('DescribeVpcEndpointServices', { ServiceNames: ['none'] })),
    'InvalidServiceName',
  );
});
