/** Terraform plans and states, read as networks: what they know, what they only refer to, and what they leave open. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { importNetwork } from '../src/import/import-network.ts';
import { readDescription } from '../src/import/read-description.ts';
import { type TestAccount, testAccount } from '../src/testing/account.ts';
import { type Block, type Module, type Planned, plan, reference } from './fixture/terraform-plan.ts';

function imported(text: string, partial = false): { account: TestAccount; leftOut: readonly { what: string }[] } {
  const account = testAccount({ region: 'eu-west-1' });
  const description = readDescription([{ path: 'plan.json', text }], account.scope);
  const done = account.transact((tx) => importNetwork(tx, description, partial));
  return { account, leftOut: done.leftOut };
}

const vpc: Planned = {
  type: 'aws_vpc',
  name: 'main',
  values: { cidr_block: '10.0.0.0/16', tags_all: { Name: 'main' } },
};
const subnet = (name: string, cidr: string, more: Partial<Planned> = {}): Planned => ({
  type: 'aws_subnet',
  name,
  values: { cidr_block: cidr, availability_zone: 'eu-west-1b' },
  refers: { vpc_id: 'aws_vpc.main.id' },
  ...more,
});

describe('a plan', () => {
  const web: readonly Planned[] = [
    vpc,
    subnet('web', '10.0.1.0/24'),
    { type: 'aws_internet_gateway', name: 'main', refers: { vpc_id: 'aws_vpc.main.id' } },
    {
      type: 'aws_route_table',
      name: 'open',
      values: { route: [{ cidr_block: '0.0.0.0/0', nat_gateway_id: '' }] },
      refers: { vpc_id: 'aws_vpc.main.id' },
      expressions: {
        route: [{ cidr_block: { constant_value: '0.0.0.0/0' }, gateway_id: reference('aws_internet_gateway.main.id') }],
      },
    },
    {
      type: 'aws_route_table_association',
      name: 'web',
      refers: { subnet_id: 'aws_subnet.web.id', route_table_id: 'aws_route_table.open.id' },
    },
    {
      type: 'aws_security_group',
      name: 'web',
      values: {
        name: 'web',
        ingress: [{ from_port: 80, to_port: 80, protocol: 'tcp', cidr_blocks: ['0.0.0.0/0'], self: false }],
        egress: [],
      },
      refers: { vpc_id: 'aws_vpc.main.id' },
    },
    {
      type: 'aws_security_group',
      name: 'db',
      values: { name: 'db', ingress: [{ from_port: 5432, to_port: 5432, protocol: 'tcp', cidr_blocks: [] }] },
      refers: { vpc_id: 'aws_vpc.main.id' },
      expressions: {
        ingress: [
          {
            from_port: { constant_value: 5432 },
            to_port: { constant_value: 5432 },
            security_groups: reference('aws_security_group.web.id'),
          },
        ],
      },
    },
    {
      type: 'aws_vpc_security_group_egress_rule',
      name: 'web',
      values: { ip_protocol: '-1', cidr_ipv4: '0.0.0.0/0' },
      refers: { security_group_id: 'aws_security_group.web.id' },
    },
    {
      type: 'aws_instance',
      name: 'web',
      values: { ami: 'ami-0123456789abcdef0', instance_type: 't3.small', associate_public_ip_address: true },
      refers: { subnet_id: 'aws_subnet.web.id', vpc_security_group_ids: 'aws_security_group.web.id' },
    },
    {
      type: 'aws_instance',
      name: 'db',
      values: { instance_type: 't3.small', private_ip: '10.0.1.4' },
      refers: { subnet_id: 'aws_subnet.web.id', vpc_security_group_ids: 'aws_security_group.db.id' },
    },
    { type: 'aws_eip', name: 'nat' },
    {
      type: 'aws_nat_gateway',
      name: 'main',
      refers: { subnet_id: 'aws_subnet.web.id', allocation_id: 'aws_eip.nat.id' },
    },
    { type: 'aws_s3_bucket', name: 'files' },
  ];

  test('is a network with routes, groups and addresses, before anything of it exists', () => {
    const { account } = imported(plan(web));
    const instances = (account.call('DescribeInstances').Reservations ?? []).flatMap(({ Instances = [] }) => Instances);
    equal(instances.length, 2);
    const database = instances.find(({ PrivateIpAddress: address }) => address === '10.0.1.4');
    const server = instances.find(({ InstanceId: id }) => id !== database?.InstanceId);
    equal(server?.PrivateIpAddress, '10.0.1.5', 'the first address that is nobody’s');
    ok(account.call('DescribeNetworkInterfaces').NetworkInterfaces?.some((one) => one.Association?.PublicIp));
    const groups = account.call('DescribeSecurityGroups').SecurityGroups ?? [];
    const byName = (name: string) => groups.find(({ GroupName: each }) => each === name);
    deepEqual(byName('db')?.IpPermissions?.[0]?.UserIdGroupPairs?.[0]?.GroupId, byName('web')?.GroupId);
    deepEqual(byName('db')?.IpPermissionsEgress, [], 'Terraform takes the rule away that a group is born with');
    equal(byName('web')?.IpPermissionsEgress?.length, 1);
    const tables = account.call('DescribeRouteTables').RouteTables ?? [];
    const gateway = account.call('DescribeInternetGateways').InternetGateways?.[0]?.InternetGatewayId;
    const open = tables.find(({ Routes = [] }) => Routes.some(({ GatewayId: id }) => id === gateway));
    equal(open?.Associations?.length, 1);
    equal(account.call('DescribeNatGateways').NatGateways?.[0]?.State, 'available');
    equal(account.call('DescribeVpcs').Vpcs?.length, 1);
  });

  test('has the same ids each time it is read, so that two plans can be compared', () => {
    const ids = (of: TestAccount) =>
      of.call('DescribeNetworkInterfaces').NetworkInterfaces?.map(({ NetworkInterfaceId: id }) => id);
    deepEqual(ids(imported(plan(web)).account), ids(imported(plan(web)).account));
  });

  test('follows count, each to its own', () => {
    const counted = [0, 1].flatMap((index): Planned[] => [
      subnet('part', `10.0.${index}.0/24`, { index }),
      {
        type: 'aws_network_interface',
        name: 'part',
        index,
        values: { private_ips: [`10.0.${index}.9`] },
        refers: { subnet_id: 'aws_subnet.part.id' },
      },
    ]);
    const { account } = imported(plan([vpc, ...counted]));
    deepEqual(
      account.call('DescribeNetworkInterfaces').NetworkInterfaces?.map(({ PrivateIpAddress: address }) => address),
      ['10.0.0.9', '10.0.1.9'],
    );
  });

  test('follows outputs and variables of modules', () => {
    const modules: readonly Module[] = [
      { name: 'network', resources: [vpc], outputs: { vpc_id: 'aws_vpc.main.id' } },
      {
        name: 'servers',
        resources: [
          { type: 'aws_subnet', name: 'a', values: { cidr_block: '10.0.3.0/24' }, refers: { vpc_id: 'var.vpc' } },
        ],
        variables: { vpc: 'module.network.vpc_id' },
      },
    ];
    const { account } = imported(plan([], modules));
    const [made] = account.call('DescribeSubnets').Subnets ?? [];
    equal(made?.CidrBlock, '10.0.3.0/24');
    equal(made?.VpcId, account.call('DescribeVpcs').Vpcs?.[0]?.VpcId);
  });

  test('leads to services of AWS by endpoints of either type; others are named', () => {
    const endpoint = (name: string, values: Block, refers = {}): Planned => ({
      type: 'aws_vpc_endpoint',
      name,
      values,
      refers: { vpc_id: 'aws_vpc.main.id', ...refers },
    });
    const { account, leftOut } = imported(
      plan([
        ...web,
        endpoint(
          'storage',
          { service_name: 'com.amazonaws.eu-west-1.s3' },
          { route_table_ids: 'aws_route_table.open.id' },
        ),
        endpoint(
          'names',
          {
            service_name: 'com.amazonaws.eu-west-1.ssm',
            vpc_endpoint_type: 'Interface',
            subnet_configuration: [{ ipv4: '10.0.1.77' }],
          },
          { subnet_ids: 'aws_subnet.web.id', security_group_ids: 'aws_security_group.web.id' },
        ),
        endpoint('appliances', {
          service_name: 'com.amazonaws.eu-west-1.ssm',
          vpc_endpoint_type: 'GatewayLoadBalancer',
        }),
      ]),
      true,
    );
    const [made, ssm] = account.call('DescribeVpcEndpoints').VpcEndpoints ?? [];
    deepEqual(
      [ssm?.ServiceName, ssm?.State, ssm?.NetworkInterfaceIds?.length],
      ['com.amazonaws.eu-west-1.ssm', 'available', 1],
    );
    const [group] = ssm?.Groups ?? [];
    equal(group?.GroupName, 'web');
    deepEqual([made?.ServiceName, made?.RouteTableIds?.length], ['com.amazonaws.eu-west-1.s3', 1]);
    deepEqual(
      leftOut.map(({ what }) => what),
      ['plan.json: aws_vpc_endpoint.appliances'],
    );
  });

  const balanced: readonly Planned[] = [
    ...web,
    { type: 'aws_instance', name: 'shop', refers: { subnet_id: 'aws_subnet.web.id' } },
    {
      type: 'aws_lb',
      name: 'shop',
      values: { name: 'shop', load_balancer_type: 'network' },
      refers: { subnets: 'aws_subnet.web.id' },
    },
    { type: 'aws_lb_target_group', name: 'shop', values: { port: 443 } },
    {
      type: 'aws_lb_target_group_attachment',
      name: 'shop',
      refers: { target_group_arn: 'aws_lb_target_group.shop.arn', target_id: 'aws_instance.shop.id' },
    },
    {
      type: 'aws_vpc_endpoint_service',
      name: 'shop',
      values: { acceptance_required: true, allowed_principals: ['arn:aws:iam::222222222222:root'] },
      refers: { network_load_balancer_arns: 'aws_lb.shop.arn' },
    },
    {
      type: 'aws_vpc_endpoint',
      name: 'shop',
      values: { vpc_endpoint_type: 'Interface' },
      refers: {
        vpc_id: 'aws_vpc.main.id',
        service_name: 'aws_vpc_endpoint_service.shop.service_name',
        subnet_ids: 'aws_subnet.web.id',
      },
    },
  ];
  const listener = (port: number): Planned => ({
    type: 'aws_lb_listener',
    name: 'shop',
    values: { port },
    refers: { load_balancer_arn: 'aws_lb.shop.arn' },
    expressions: { default_action: [{ target_group_arn: reference('aws_lb_target_group.shop.arn') }] },
  });
  const accepted: Planned = {
    type: 'aws_vpc_endpoint_connection_accepter',
    name: 'shop',
    refers: { vpc_endpoint_id: 'aws_vpc_endpoint.shop.id' },
  };

  test('has endpoint services with the instances behind their load balancers', () => {
    const { account } = imported(plan([...balanced, listener(443), accepted]));
    const { call } = account;
    const [service] = call('DescribeVpcEndpointServiceConfigurations').ServiceConfigurations ?? [];
    deepEqual([service?.AcceptanceRequired, service?.AvailabilityZones], [true, ['eu-west-1b']]);
    const [connection] = call('DescribeVpcEndpointConnections').VpcEndpointConnections ?? [];
    deepEqual([connection?.ServiceId, connection?.VpcEndpointState], [service?.ServiceId, 'available']);
    const ServiceId = service?.ServiceId ?? '';
    const [allowed] = call('DescribeVpcEndpointServicePermissions', { ServiceId }).AllowedPrincipals ?? [];
    equal(allowed?.Principal, 'arn:aws:iam::222222222222:root');
    const Filters = [{ Name: 'tag:localvpc:load-balancer', Values: ['shop'] }];
    equal(call('DescribeInstances', { Filters }).Reservations?.length, 1);
  });

  test('has an endpoint that waits where nobody accepts it, and names a listener that changes the port', () => {
    const { account, leftOut } = imported(plan([...balanced, listener(8443)]), true);
    const [made] = account.call('DescribeVpcEndpoints').VpcEndpoints ?? [];
    equal(made?.State as string, 'pendingAcceptance');
    deepEqual(
      leftOut.map(({ what }) => what),
      ['plan.json: aws_lb_listener.shop'],
    );
  });

  test('names what it holds and cannot be read', () => {
    const { leftOut } = imported(
      plan([...web, { type: 'aws_lb', name: 'front' }, { type: 'aws_vpc', name: 'x' }]),
      true,
    );
    deepEqual(leftOut.map(({ what }) => what).sort(), ['plan.json: aws_lb.front', 'plan.json: aws_vpc.x']);
  });
});

test('a state file keeps the ids of what exists', () => {
  const state = {
    version: 4,
    terraform_version: '1.9.0',
    resources: [
      {
        mode: 'managed',
        type: 'aws_vpc',
        name: 'main',
        instances: [
          {
            attributes: {
              id: 'vpc-0123456789abcdef0',
              cidr_block: '10.0.0.0/16',
              default_network_acl_id: 'acl-0123456789abcdef0',
              default_security_group_id: 'sg-0123456789abcdef0',
              main_route_table_id: 'rtb-0123456789abcdef0',
            },
          },
        ],
      },
      {
        mode: 'managed',
        type: 'aws_subnet',
        name: 'a',
        instances: [
          {
            index_key: 'a',
            attributes: {
              id: 'subnet-0123456789abcdef0',
              vpc_id: 'vpc-0123456789abcdef0',
              cidr_block: '10.0.9.0/24',
              availability_zone: 'eu-west-1c',
            },
          },
        ],
      },
    ],
  };
  const { account } = imported(JSON.stringify(state));
  deepEqual(
    account.call('DescribeSubnets').Subnets?.map(({ SubnetId, VpcId }) => [SubnetId, VpcId]),
    [['subnet-0123456789abcdef0', 'vpc-0123456789abcdef0']],
  );
  equal(account.call('DescribeRouteTables').RouteTables?.[0]?.RouteTableId, 'rtb-0123456789abcdef0');
});
