/** Classic Load Balancers by their API: what is made, how it is described, and how what is wrong is refused. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { given, lab } from '../../testing/instance-parts.ts';
import { elb } from '../../testing/other-services.ts';

const TCP_80 = { Protocol: 'tcp', LoadBalancerPort: 80, InstancePort: 8080 };

function network() {
  const net = lab();
  const call = elb(net.account);
  const create = (request: Partial<Parameters<typeof call<'CreateLoadBalancer'>>[1]> = {}) =>
    call('CreateLoadBalancer', {
      LoadBalancerName: 'shop',
      Listeners: [TCP_80],
      Subnets: [net.subnetId],
      Scheme: 'internal',
      ...request,
    });
  const shown = () => given(call('DescribeLoadBalancers', {}).LoadBalancerDescriptions?.[0]);
  const code = (work: () => unknown) => net.account.faultCode(work);
  return { ...net, api: call, create, shown, code };
}

test('a load balancer has an interface of ELB’s in each of its subnets, with its groups, and is described with what it does', () => {
  const net = network();
  const elsewhere = net.subnet('10.0.2.0/24', 'us-east-1b');
  const { DNSName } = net.create({ Subnets: [net.subnetId, elsewhere], Tags: [{ Key: 'team', Value: 'shop' }] });
  match(given(DNSName), /^internal-shop-\d{10}\.us-east-1\.elb\.amazonaws\.com$/);
  const { SecurityGroups, SourceSecurityGroup, CanonicalHostedZoneName, HealthCheck, ...row } = net.shown();
  deepEqual(
    [row.Subnets, row.AvailabilityZones],
    [
      [net.subnetId, elsewhere],
      ['us-east-1a', 'us-east-1b'],
    ],
  );
  deepEqual(row.ListenerDescriptions?.[0]?.Listener, {
    Protocol: 'TCP',
    LoadBalancerPort: 80,
    InstanceProtocol: 'TCP',
    InstancePort: 8080,
  });
  deepEqual(SourceSecurityGroup, { OwnerAlias: '123456789012', GroupName: 'default' });
  deepEqual([CanonicalHostedZoneName, row.CanonicalHostedZoneNameID], [undefined, 'Z35SXDOTRQ7X7K']);
  deepEqual([HealthCheck?.Target, HealthCheck?.Interval, HealthCheck?.HealthyThreshold], ['TCP:8080', 30, 10]);
  const nodes = net.account.call('DescribeNetworkInterfaces').NetworkInterfaces ?? [];
  deepEqual(
    nodes.map((one) => [
      one.Description,
      one.InterfaceType,
      one.RequesterId,
      one.Status,
      one.Attachment?.InstanceOwnerId,
    ]),
    nodes.map(() => ['ELB shop', 'interface', 'amazon-elb', 'in-use', 'amazon-elb']),
  );
  deepEqual(
    nodes.map(({ SubnetId, Groups }) => [SubnetId, Groups?.map(({ GroupId }) => GroupId)]),
    [
      [net.subnetId, SecurityGroups],
      [elsewhere, SecurityGroups],
    ],
  );
  deepEqual(net.api('DescribeTags', { LoadBalancerNames: ['shop'] }).TagDescriptions, [
    { LoadBalancerName: 'shop', Tags: [{ Key: 'team', Value: 'shop' }] },
  ]);
  net.api('DeleteLoadBalancer', { LoadBalancerName: 'shop' });
  net.api('DeleteLoadBalancer', { LoadBalancerName: 'shop' });
  deepEqual(net.account.call('DescribeNetworkInterfaces').NetworkInterfaces, []);
});

test('one to the internet needs a gateway, and each node gets a public address that goes with it', () => {
  const net = network();
  net.create({ Scheme: 'internet-facing' });
  const { DNSName, CanonicalHostedZoneName } = net.shown();
  match(given(DNSName), /^shop-\d{10}\.us-east-1\.elb\.amazonaws\.com$/);
  equal(CanonicalHostedZoneName, DNSName);
  const [node] = net.account.call('DescribeNetworkInterfaces').NetworkInterfaces ?? [];
  match(given(node?.Association?.PublicIp), /^\d+\./);
  const { Vpc } = net.account.call('CreateVpc', { CidrBlock: '10.1.0.0/16' });
  const VpcId = given(Vpc?.VpcId);
  const closed = given(net.account.call('CreateSubnet', { VpcId, CidrBlock: '10.1.1.0/24' }).Subnet?.SubnetId);
  const request = { LoadBalancerName: 'closed', Subnets: [closed], Scheme: 'internet-facing' };
  equal(
    net.code(() => net.create(request)),
    'InvalidSubnet',
  );
  net.create({ ...request, Scheme: 'internal' });
});

test('what makes no load balancer is told by ELB’s codes', () => {
  const net = network();
  const small = net.subnet('10.0.9.0/28');
  const refused = (request: Parameters<typeof net.create>[0]) =>
    net.code(() => net.create({ LoadBalancerName: 'new', ...request }));
  equal(refused({ LoadBalancerName: '-new' }), 'ValidationError');
  equal(refused({ Subnets: [] }), 'ValidationError');
  equal(refused({ Listeners: [] }), 'ValidationError');
  equal(refused({ AvailabilityZones: ['us-east-1a'] }), 'ValidationError');
  equal(refused({ Scheme: 'public' }), 'InvalidScheme');
  equal(refused({ Subnets: ['subnet-0123456789abcdef0'] }), 'SubnetNotFound');
  equal(refused({ Subnets: [net.subnetId, small] }), 'InvalidConfigurationRequest');
  for (let index = 0; index < 4; index++) net.eni({ SubnetId: small });
  equal(refused({ Subnets: [small] }), 'InvalidSubnet');
  equal(refused({ SecurityGroups: ['sg-0123456789abcdef0'] }), 'InvalidSecurityGroup');
  equal(refused({ Listeners: [{ ...TCP_80, Protocol: 'HTTP' }] }), 'UnsupportedProtocol');
  equal(refused({ Listeners: [{ ...TCP_80, InstanceProtocol: 'SSL' }] }), 'UnsupportedProtocol');
  equal(refused({ Listeners: [{ ...TCP_80, LoadBalancerPort: 70_000 }] }), 'ValidationError');
  const twice = [{ Key: 'a' }, { Key: 'a' }];
  equal(refused({ Tags: twice }), 'DuplicateTagKeys');
  const { DNSName } = net.create();
  equal(net.create().DNSName, DNSName, 'the same again is the same');
  equal(refused({ LoadBalancerName: 'shop', Scheme: 'internet-facing' }), 'DuplicateLoadBalancerName');
  equal(
    net.account.fault(() => net.api('DescribeLoadBalancers', { LoadBalancerNames: ['other'] })),
    "LoadBalancerNotFound: There is no ACTIVE Load Balancer named 'other'",
  );
});

test('in the default VPC zones can be named instead of subnets, and be added and taken later', () => {
  const net = network();
  net.account.call('DescribeVpcs');
  net.create({ Subnets: [], AvailabilityZones: ['us-east-1a'] });
  const zones = { LoadBalancerName: 'shop', AvailabilityZones: ['us-east-1b'] };
  deepEqual(net.api('EnableAvailabilityZonesForLoadBalancer', zones).AvailabilityZones, ['us-east-1a', 'us-east-1b']);
  deepEqual(net.api('DisableAvailabilityZonesForLoadBalancer', zones).AvailabilityZones, ['us-east-1a']);
  net.create({ LoadBalancerName: 'own' });
  equal(
    net.code(() => net.api('EnableAvailabilityZonesForLoadBalancer', { ...zones, LoadBalancerName: 'own' })),
    'InvalidConfigurationRequest',
  );
});

test('a subnet takes the place of its zone’s one, and the last one stays', () => {
  const net = network();
  net.create();
  const [same, other] = [net.subnet('10.0.3.0/24'), net.subnet('10.0.2.0/24', 'us-east-1b')];
  const LoadBalancerName = 'shop';
  deepEqual(net.api('AttachLoadBalancerToSubnets', { LoadBalancerName, Subnets: [other] }).Subnets, [
    net.subnetId,
    other,
  ]);
  deepEqual(net.api('AttachLoadBalancerToSubnets', { LoadBalancerName, Subnets: [same] }).Subnets, [other, same]);
  const detach = (Subnets: string[]) => net.api('DetachLoadBalancerFromSubnets', { LoadBalancerName, Subnets }).Subnets;
  deepEqual(detach([other]), [same]);
  equal(
    net.code(() => detach([same])),
    'InvalidConfigurationRequest',
  );
  equal(net.account.call('DescribeNetworkInterfaces').NetworkInterfaces?.length, 1);
});

test('groups, listeners and attributes can be others later', () => {
  const net = network();
  net.create();
  const LoadBalancerName = 'shop';
  const GroupName = 'balancer';
  const { GroupId } = net.account.call('CreateSecurityGroup', { GroupName, Description: 'lb', VpcId: net.vpcId });
  const SecurityGroups = [given(GroupId)];
  net.api('ApplySecurityGroupsToLoadBalancer', { LoadBalancerName, SecurityGroups });
  deepEqual(net.shown().SourceSecurityGroup?.GroupName, 'balancer');
  equal(net.account.call('DescribeNetworkInterfaces').NetworkInterfaces?.[0]?.Groups?.[0]?.GroupId, GroupId);

  const https = { Protocol: 'TCP', LoadBalancerPort: 443, InstancePort: 8443 };
  net.api('CreateLoadBalancerListeners', { LoadBalancerName, Listeners: [https, TCP_80] });
  const other = { ...https, InstancePort: 9443 };
  equal(
    net.code(() => net.api('CreateLoadBalancerListeners', { LoadBalancerName, Listeners: [other] })),
    'DuplicateListener',
  );
  net.api('DeleteLoadBalancerListeners', { LoadBalancerName, LoadBalancerPorts: [80, 81] });
  deepEqual(
    net.shown().ListenerDescriptions?.map(({ Listener }) => Listener?.LoadBalancerPort),
    [443],
  );

  const modify = (
    LoadBalancerAttributes: Parameters<typeof net.api<'ModifyLoadBalancerAttributes'>>[1]['LoadBalancerAttributes'],
  ) => net.api('ModifyLoadBalancerAttributes', { LoadBalancerName, LoadBalancerAttributes });
  modify({ CrossZoneLoadBalancing: { Enabled: true }, AccessLog: { Enabled: false } });
  modify({ ConnectionSettings: { IdleTimeout: 90 }, ConnectionDraining: { Enabled: true, Timeout: 20 } });
  deepEqual(net.api('DescribeLoadBalancerAttributes', { LoadBalancerName }).LoadBalancerAttributes, {
    CrossZoneLoadBalancing: { Enabled: true },
    AccessLog: { Enabled: false },
    ConnectionDraining: { Enabled: true, Timeout: 20 },
    ConnectionSettings: { IdleTimeout: 90 },
    AdditionalAttributes: [{ Key: 'elb.http.desyncmitigationmode', Value: 'defensive' }],
  });
  equal(
    net.code(() => modify({ AccessLog: { Enabled: true, S3BucketName: 'logs' } })),
    'InvalidConfigurationRequest',
  );
  equal(
    net.code(() => modify({ ConnectionSettings: { IdleTimeout: 0 } })),
    'ValidationError',
  );
});

test('an instance is in service while it runs in a zone of the load balancer', () => {
  const net = network();
  net.create();
  const LoadBalancerName = 'shop';
  const [web, far, stranger] = [
    net.instance(),
    net.instance({ SubnetId: net.subnet('10.0.2.0/24', 'us-east-1b') }),
    net.instance(),
  ];
  const Instances = [{ InstanceId: web }, { InstanceId: far }];
  deepEqual(net.api('RegisterInstancesWithLoadBalancer', { LoadBalancerName, Instances }).Instances, Instances);
  const health = (ids: readonly string[] = []) =>
    net
      .api('DescribeInstanceHealth', { LoadBalancerName, Instances: ids.map((InstanceId) => ({ InstanceId })) })
      .InstanceStates?.map(({ InstanceId, State, ReasonCode }) => [InstanceId, State, ReasonCode]);
  deepEqual(health(), [
    [web, 'InService', 'N/A'],
    [far, 'OutOfService', 'ELB'],
  ]);
  deepEqual(health([stranger]), [[stranger, 'OutOfService', 'Instance']]);
  net.stop(web);
  deepEqual(health([web]), [[web, 'OutOfService', 'Instance']]);
  equal(
    net.code(() => health(['i-0123456789abcdef0'])),
    'InvalidInstance',
  );
  net.api('DeregisterInstancesFromLoadBalancer', { LoadBalancerName, Instances: [{ InstanceId: far }] });
  deepEqual(net.shown().Instances, [{ InstanceId: web }]);
  const check = { Target: 'HTTP:8080/health', Interval: 10, Timeout: 5, UnhealthyThreshold: 2, HealthyThreshold: 3 };
  deepEqual(net.api('ConfigureHealthCheck', { LoadBalancerName, HealthCheck: check }).HealthCheck, check);
  equal(
    net.code(() => net.api('ConfigureHealthCheck', { LoadBalancerName, HealthCheck: { ...check, Target: '80' } })),
    'ValidationError',
  );
});

test('load balancers and limits come in pages', () => {
  const net = network();
  for (const LoadBalancerName of ['c', 'a', 'b']) net.create({ LoadBalancerName });
  const page = (Marker?: string) => {
    const { LoadBalancerDescriptions: rows, NextMarker } = net.api('DescribeLoadBalancers', { Marker, PageSize: 2 });
    return [rows?.map(({ LoadBalancerName }) => LoadBalancerName), NextMarker];
  };
  deepEqual(page(), [['a', 'b'], 'b']);
  deepEqual(page('b'), [['c'], undefined]);
  const { Limits } = net.api('DescribeAccountLimits', {});
  deepEqual(Limits?.[1], { Name: 'classic-load-balancers', Max: '20' });
  equal(
    net.code(() => net.api('DescribeLoadBalancers', { PageSize: 401 })),
    'ValidationError',
  );
});
