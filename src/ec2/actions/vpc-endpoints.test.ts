/** Gateway endpoints and what all endpoints have in common, through their calls. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';

const S3 = 'com.amazonaws.us-east-1.s3';
const S3_LIST = 'pl-63a5400a';

const mainTable = ({ account, vpcId }: Lab): string =>
  given(
    account.call('DescribeRouteTables', { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }).RouteTables?.[0]
      ?.RouteTableId,
  );

const routesOf = ({ account }: Lab, id: string) =>
  given(account.call('DescribeRouteTables', { RouteTableIds: [id] }).RouteTables?.[0]?.Routes).map(
    (route) => route.DestinationPrefixListId ?? route.DestinationCidrBlock,
  );

const gatewayEndpoint = (net: Lab, RouteTableIds: string[] = []) =>
  given(net.account.call('CreateVpcEndpoint', { VpcId: net.vpcId, ServiceName: S3, RouteTableIds }).VpcEndpoint);

test('a gateway endpoint puts a route to its service’s prefix list into the chosen tables, and takes it along', () => {
  const net = lab();
  const table = mainTable(net);
  const made = gatewayEndpoint(net, [table]);
  deepEqual([made.VpcEndpointType, made.State, made.RouteTableIds], ['Gateway', 'available', [table]]);
  deepEqual(routesOf(net, table), ['10.0.0.0/16', S3_LIST]);
  const { Routes: routes } = given(
    net.account.call('DescribeRouteTables', { RouteTableIds: [table] }).RouteTables?.[0],
  );
  deepEqual([routes?.[1]?.GatewayId, routes?.[1]?.State], [made.VpcEndpointId, 'active']);
  deepEqual(net.account.call('DeleteVpcEndpoints', { VpcEndpointIds: [given(made.VpcEndpointId)] }).Unsuccessful, []);
  deepEqual(routesOf(net, table), ['10.0.0.0/16']);
});

test('ModifyVpcEndpoint adds and removes route tables, and nothing else touches the routes', () => {
  const net = lab();
  const { account, vpcId: VpcId } = net;
  const [table, second] = [mainTable(net), given(account.call('CreateRouteTable', { VpcId }).RouteTable?.RouteTableId)];
  const VpcEndpointId = given(gatewayEndpoint(net, [table]).VpcEndpointId);
  account.call('ModifyVpcEndpoint', { VpcEndpointId, AddRouteTableIds: [second], RemoveRouteTableIds: [table] });
  deepEqual([routesOf(net, table), routesOf(net, second)], [['10.0.0.0/16'], ['10.0.0.0/16', S3_LIST]]);
  equal(
    account.fault(() => account.call('DeleteRoute', { RouteTableId: second, DestinationPrefixListId: S3_LIST })),
    `InvalidParameterValue: cannot remove VPC endpoint route ${S3_LIST} in route table ${second}`,
  );
  equal(
    account.faultCode(() => gatewayEndpoint(net, [second])),
    'RouteAlreadyExists',
  );
  const elsewhere = given(
    account.call('DescribeRouteTables', { Filters: [{ Name: 'association.main', Values: ['true'] }] }).RouteTables,
  ).find((one) => one.VpcId !== VpcId);
  equal(
    account.faultCode(() => gatewayEndpoint(net, [given(elsewhere?.RouteTableId)])),
    'InvalidParameterValue',
  );
});

test('the prefix lists of services are AWS’s, and the same in every account of a Region', () => {
  const { account } = lab();
  const shown = given(account.call('DescribeManagedPrefixLists').PrefixLists);
  deepEqual(
    shown.map((one) => [one.PrefixListId, one.PrefixListName, one.OwnerId, one.MaxEntries]),
    [
      [S3_LIST, S3, 'AWS', undefined],
      ['pl-02cd2c6b', 'com.amazonaws.us-east-1.dynamodb', 'AWS', undefined],
    ],
  );
  const other = account.in({ account: '210987654321' });
  deepEqual(other.call('DescribePrefixLists').PrefixLists, account.call('DescribePrefixLists').PrefixLists);
  deepEqual(account.call('DescribePrefixLists', { PrefixListIds: [S3_LIST] }).PrefixLists?.[0]?.Cidrs?.length, 1);
  equal(
    account.faultCode(() => account.call('DeleteManagedPrefixList', { PrefixListId: S3_LIST })),
    'OperationNotPermitted',
  );
});

test('policies are kept as they are and must be JSON; without one everything is allowed', () => {
  const net = lab();
  const { account } = net;
  const made = gatewayEndpoint(net);
  match(given(made.PolicyDocument), /"Effect":"Allow"/);
  const VpcEndpointId = given(made.VpcEndpointId);
  const policy = '{ "Statement": [] }';
  const shown = () => account.call('DescribeVpcEndpoints', { VpcEndpointIds: [VpcEndpointId] }).VpcEndpoints?.[0];
  account.call('ModifyVpcEndpoint', { VpcEndpointId, PolicyDocument: policy });
  equal(shown()?.PolicyDocument, policy);
  account.call('ModifyVpcEndpoint', { VpcEndpointId, ResetPolicy: true });
  equal(shown()?.PolicyDocument, made.PolicyDocument);
  equal(
    account.faultCode(() => account.call('ModifyVpcEndpoint', { VpcEndpointId, PolicyDocument: 'no' })),
    'InvalidPolicyDocument',
  );
  equal(
    account.faultCode(() =>
      account.call('ModifyVpcEndpoint', { VpcEndpointId, PolicyDocument: policy, ResetPolicy: true }),
    ),
    'InvalidParameterCombination',
  );
});

test('an endpoint is refused for a service that is unknown or of the other type, and with what it has no use for', () => {
  const net = lab();
  const { account, vpcId: VpcId, subnetId } = net;
  const code = (request: object) => account.faultCode(() => account.call('CreateVpcEndpoint', { VpcId, ...request }));
  equal(code({}), 'MissingParameter');
  equal(code({ ServiceName: 'com.amazonaws.us-east-1.nothing' }), 'InvalidServiceName');
  equal(code({ ServiceName: 'com.amazonaws.vpce.us-east-1.vpce-svc-00000000000000000' }), 'InvalidServiceName');
  equal(code({ ServiceName: 'com.amazonaws.eu-west-1.s3' }), 'InvalidServiceName');
  equal(code({ ServiceName: S3, VpcEndpointType: 'Interface' }), 'InvalidParameter');
  equal(code({ ServiceName: S3, VpcEndpointType: 'GatewayLoadBalancer' }), 'InvalidParameter');
  equal(code({ ServiceName: S3, VpcEndpointType: 'Resource' }), 'UnsupportedOperation');
  equal(code({ ServiceName: S3, VpcEndpointType: 'Strange' }), 'InvalidParameterValue');
  equal(code({ ServiceName: S3, IpAddressType: 'dualstack' }), 'UnsupportedOperation');
  equal(code({ ServiceName: S3, DnsOptions: { DnsRecordIpType: 'ipv6' } }), 'InvalidParameter');
  equal(code({ ServiceName: S3, DnsOptions: { DnsRecordIpType: 'none' } }), 'InvalidParameterValue');
  equal(code({ ServiceName: S3, ServiceRegion: 'eu-west-1' }), 'UnsupportedOperation');
  equal(code({ ServiceName: S3, SubnetIds: [subnetId] }), 'InvalidParameter');
  equal(code({ ServiceName: S3, SecurityGroupIds: ['sg-1'] }), 'InvalidParameter');
  equal(code({ ServiceName: S3, PrivateDnsEnabled: true }), 'InvalidParameter');
  equal(
    account.faultCode(() => account.call('CreateVpcEndpoint', { VpcId: 'vpc-00000000', ServiceName: S3 })),
    'InvalidVpcID.NotFound',
  );
});

test('an interface endpoint to a service of AWS has the service’s own name in its VPC, unless that is not wanted', () => {
  const { account, vpcId, subnetId } = lab();
  const ServiceName = 'com.amazonaws.us-east-1.ecr.api';
  const make = (more: object = {}) =>
    account.call('CreateVpcEndpoint', {
      VpcId: vpcId,
      VpcEndpointType: 'Interface',
      ServiceName,
      SubnetIds: [subnetId],
      ...more,
    }).VpcEndpoint;
  equal(account.faultCode(make), 'InvalidParameter', 'both DNS attributes have to be on');
  account.call('ModifyVpcAttribute', { VpcId: vpcId, EnableDnsHostnames: { Value: true } });
  const made = make();
  const names =
    made?.DnsEntries?.map(({ DnsName = '' }) => DnsName.replace(/^vpce-[0-9a-f]+-[a-z0-9]{8}/, 'vpce')) ?? [];
  deepEqual(names, [
    'vpce.api.ecr.us-east-1.vpce.amazonaws.com',
    'vpce-us-east-1a.api.ecr.us-east-1.vpce.amazonaws.com',
    'api.ecr.us-east-1.amazonaws.com',
  ]);
  equal(account.faultCode(make), 'InvalidParameter', 'a name is taken once in a VPC');
  equal(make({ PrivateDnsEnabled: false })?.PrivateDnsEnabled, false);
  account.call('DeleteVpcEndpoints', { VpcEndpointIds: [made?.VpcEndpointId ?? ''] });
  equal(make()?.PrivateDnsEnabled, true);
});

test('the Region has room for twenty gateway endpoints', () => {
  const net = lab();
  for (let count = 0; count < 20; count++) gatewayEndpoint(net);
  equal(
    net.account.faultCode(() => gatewayEndpoint(net)),
    'VpcEndpointLimitExceeded',
  );
});

test('those that cannot be deleted are listed, and the others are gone', () => {
  const net = lab();
  const id = given(gatewayEndpoint(net).VpcEndpointId);
  const unknown = 'vpce-00000000000000000';
  const { Unsuccessful: failed } = net.account.call('DeleteVpcEndpoints', { VpcEndpointIds: [unknown, 'vpce-x', id] });
  deepEqual(
    failed?.map((one) => [one.ResourceId, one.Error?.Code]),
    [
      [unknown, 'InvalidVpcEndpointId.NotFound'],
      ['vpce-x', 'InvalidVpcEndpointId.Malformed'],
    ],
  );
  deepEqual(net.account.call('DescribeVpcEndpoints').VpcEndpoints, []);
});

test('endpoints are found by their filters, tagged, and hold their VPC', () => {
  const net = lab();
  const { account, vpcId: VpcId } = net;
  const made = given(
    account.call('CreateVpcEndpoint', {
      VpcId,
      ServiceName: S3,
      TagSpecifications: [{ ResourceType: 'vpc-endpoint', Tags: [{ Key: 'Name', Value: 'to-s3' }] }],
    }).VpcEndpoint,
  );
  const found = (Name: string, value: string) =>
    account.call('DescribeVpcEndpoints', { Filters: [{ Name, Values: [value] }] }).VpcEndpoints?.length;
  for (const [name, value] of [
    ['service-name', S3],
    ['service-region', 'us-east-1'],
    ['vpc-id', VpcId],
    ['vpc-endpoint-id', given(made.VpcEndpointId)],
    ['vpc-endpoint-state', 'available'],
    ['vpc-endpoint-type', 'Gateway'],
    ['tag:Name', 'to-s3'],
  ] as const) {
    equal(found(name, value), 1, name);
    equal(found(name, 'other'), 0, name);
  }
  equal(found('ip-address-type', 'ipv4'), 0);
  const other = given(account.call('CreateVpc', { CidrBlock: '10.9.0.0/16' }).Vpc?.VpcId);
  account.call('CreateVpcEndpoint', { VpcId: other, ServiceName: S3 });
  equal(
    account.faultCode(() => account.call('DeleteVpc', { VpcId: other })),
    'DependencyViolation',
  );
});
