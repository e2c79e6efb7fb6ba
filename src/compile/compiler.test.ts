import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoadBalancer } from '../model/resources/load-balancer.ts';
import { TargetGroup } from '../model/resources/target-group.ts';
import { deregisterTargets } from '../model/target-groups.ts';
import type { RowChange, Transaction } from '../model/transaction.ts';
import { formatCidr } from '../net/cidr.ts';
import type { TableRow } from '../tables/tables.ts';
import { seededRandom, type TestAccount, testAccount } from '../testing/account.ts';
import { balancerCalls } from '../testing/balancer-calls.ts';
import { FollowedTables, Tables } from '../testing/followed-tables.ts';
import { serviceLab } from '../testing/private-service.ts';
import { transitCalls } from '../testing/transit-calls.ts';
import { Compiler } from './compiler.ts';

const NOW_MS = Date.UTC(2024, 0, 2);

/** One random call among those that matter to packets; refusals are part of it. */
function randomCall(account: TestAccount, random: (bound: number) => number): readonly RowChange[] {
  const pick = <T>(items: readonly T[]): T | undefined => items[random(items.length || 1)];
  const vpc = pick(account.call('DescribeVpcs').Vpcs ?? [])?.VpcId ?? '';
  const subnet = pick(account.call('DescribeSubnets').Subnets ?? [])?.SubnetId ?? '';
  const eni = pick(account.call('DescribeNetworkInterfaces').NetworkInterfaces ?? []);
  const group = pick(account.call('DescribeSecurityGroups').SecurityGroups ?? [])?.GroupId ?? '';
  const table = pick(account.call('DescribeRouteTables').RouteTables ?? []);
  const instance = pick((account.call('DescribeInstances').Reservations ?? []).flatMap((one) => one.Instances ?? []));
  const gateway = pick(account.call('DescribeInternetGateways').InternetGateways ?? [])?.InternetGatewayId ?? '';
  const natGateway = pick(account.call('DescribeNatGateways').NatGateways ?? [])?.NatGatewayId ?? '';
  const otherVpc = pick(account.call('DescribeVpcs').Vpcs ?? [])?.VpcId ?? '';
  const peerings = account.call('DescribeVpcPeeringConnections').VpcPeeringConnections ?? [];
  const peering = pick(peerings)?.VpcPeeringConnectionId ?? '';
  const elasticIp = pick(account.call('DescribeAddresses').Addresses ?? []);
  const list = pick(account.call('DescribeManagedPrefixLists').PrefixLists ?? []);
  const listId = list?.PrefixListId ?? '';
  const flowLog = pick(account.call('DescribeFlowLogs').FlowLogs ?? [])?.FlowLogId ?? '';
  const logged = [
    ['VPC', vpc],
    ['Subnet', subnet],
    ['NetworkInterface', eni?.NetworkInterfaceId ?? ''],
  ] as const;
  const [ResourceType, resourceId] = pick(logged) ?? logged[0];
  const endpoint = pick(account.call('DescribeVpcEndpoints').VpcEndpoints ?? []);
  const VpcEndpointId = endpoint?.VpcEndpointId ?? '';
  const service = pick(account.call('DescribeVpcEndpointServiceConfigurations').ServiceConfigurations ?? []);
  const tableId = table?.RouteTableId ?? '';
  const filters = account.call('DescribeTrafficMirrorFilters').TrafficMirrorFilters ?? [];
  const TrafficMirrorFilterId = pick(filters)?.TrafficMirrorFilterId ?? '';
  const targets = account.call('DescribeTrafficMirrorTargets').TrafficMirrorTargets ?? [];
  const TrafficMirrorTargetId = pick(targets)?.TrafficMirrorTargetId ?? '';
  const mirrored = { NetworkInterfaceId: eni?.NetworkInterfaceId ?? '', TrafficMirrorTargetId, TrafficMirrorFilterId };
  const everywhere = { SourceCidrBlock: '0.0.0.0/0', DestinationCidrBlock: '0.0.0.0/0' };
  const mirrorRule = {
    TrafficMirrorFilterId,
    TrafficDirection: 'ingress',
    RuleAction: 'accept',
    ...everywhere,
  } as const;
  const calls = [
    ...transitCalls(account, random, { vpc, subnet, table: tableId, list: listId }),
    () => account.commit('AssociateVpcCidrBlock', { VpcId: vpc, CidrBlock: `100.64.${random(9)}.0/24` }),
    () =>
      account.commit('CreateFlowLogs', {
        ResourceType,
        ResourceIds: [resourceId],
        TrafficType: 'ALL',
        LogDestinationType: 's3',
        LogDestination: 'arn:aws:s3:::flows',
      }),
    () => account.commit('DeleteFlowLogs', { FlowLogIds: [flowLog] }),
    () => account.commit('CreateTrafficMirrorTarget', { NetworkInterfaceId: mirrored.NetworkInterfaceId }),
    () => account.commit('CreateTrafficMirrorFilter'),
    () => account.commit('CreateTrafficMirrorFilterRule', { ...mirrorRule, RuleNumber: 1 + random(9) }),
    () => account.commit('CreateTrafficMirrorSession', { ...mirrored, SessionNumber: 1 + random(3) }),
    () =>
      account.commit('CreateVpcEndpoint', {
        VpcId: vpc,
        ServiceName: 'com.amazonaws.us-east-1.s3',
        RouteTableIds: [tableId],
      }),
    () => account.commit('ModifyVpcEndpoint', { VpcEndpointId, RemoveRouteTableIds: [tableId] }),
    () =>
      account.commit('CreateVpcEndpoint', {
        VpcId: vpc,
        VpcEndpointType: 'Interface',
        ServiceName: service?.ServiceName,
        SubnetIds: [subnet],
      }),
    () => account.commit('DeleteVpcEndpoints', { VpcEndpointIds: [VpcEndpointId] }),
    () =>
      account.commit('AcceptVpcEndpointConnections', {
        ServiceId: service?.ServiceId ?? '',
        VpcEndpointIds: [VpcEndpointId],
      }),
    ...balancerCalls(account, random, { vpcId: vpc, subnetId: subnet, instanceId: instance?.InstanceId ?? '' }),
    () =>
      account.commit('CreateVpcEndpointServiceConfiguration', {
        NetworkLoadBalancerArns: account.transact((tx) => tx.list(LoadBalancer)).map(({ id }) => id),
        AcceptanceRequired: random(2) === 0,
      }),
    () => account.commit('DeleteVpcEndpointServiceConfigurations', { ServiceIds: [service?.ServiceId ?? ''] }),
    () =>
      account.commit('CreateManagedPrefixList', {
        PrefixListName: 'l',
        AddressFamily: 'IPv4',
        MaxEntries: 3,
        Entries: [{ Cidr: `${100 + random(5)}.0.0.0/8` }],
      }),
    () =>
      account.commit('ModifyManagedPrefixList', {
        PrefixListId: listId,
        CurrentVersion: list?.Version,
        AddEntries: [{ Cidr: `${100 + random(5)}.0.0.0/8` }],
      }),
    () => account.commit('DeleteManagedPrefixList', { PrefixListId: listId }),
    () =>
      account.commit('CreateRoute', {
        RouteTableId: table?.RouteTableId ?? '',
        DestinationPrefixListId: listId,
        NetworkInterfaceId: eni?.NetworkInterfaceId ?? '',
      }),
    () => account.commit('DeleteRoute', { RouteTableId: table?.RouteTableId ?? '', DestinationPrefixListId: listId }),
    () => account.commit('CreateVpc', { CidrBlock: `10.${random(3)}.0.0/16` }),
    () => account.commit('CreateSubnet', { VpcId: vpc, CidrBlock: `10.${random(3)}.${random(4)}.0/24` }),
    () => account.commit('DeleteSubnet', { SubnetId: subnet }),
    () => account.commit('CreateNetworkInterface', { SubnetId: subnet }),
    () => account.commit('DeleteNetworkInterface', { NetworkInterfaceId: eni?.NetworkInterfaceId ?? '' }),
    () => account.commit('RunInstances', { ImageId: 'ami-virtual', MinCount: 1, MaxCount: 1, SubnetId: subnet }),
    () => account.commit('StopInstances', { InstanceIds: [instance?.InstanceId ?? ''] }),
    () => account.commit('StartInstances', { InstanceIds: [instance?.InstanceId ?? ''] }),
    () => account.commit('TerminateInstances', { InstanceIds: [instance?.InstanceId ?? ''] }),
    () => account.commit('CreateInternetGateway'),
    () => account.commit('AttachInternetGateway', { InternetGatewayId: gateway, VpcId: vpc }),
    () => account.commit('DetachInternetGateway', { InternetGatewayId: gateway, VpcId: vpc }),
    () => account.commit('CreateRouteTable', { VpcId: vpc }),
    () => account.commit('AssociateRouteTable', { RouteTableId: table?.RouteTableId ?? '', SubnetId: subnet }),
    () =>
      account.commit('CreateRoute', {
        RouteTableId: table?.RouteTableId ?? '',
        DestinationCidrBlock: `${random(5)}.0.0.0/8`,
        ...(random(2) ? { GatewayId: gateway } : { NetworkInterfaceId: eni?.NetworkInterfaceId ?? '' }),
      }),
    () =>
      account.commit('CreateRoute', {
        RouteTableId: table?.RouteTableId ?? '',
        DestinationCidrBlock: `${random(5)}.0.0.0/8`,
        ...(random(2) ? { NatGatewayId: natGateway } : { VpcPeeringConnectionId: peering }),
      }),
    () => account.commit('AssociateRouteTable', { RouteTableId: table?.RouteTableId ?? '', GatewayId: gateway }),
    () => account.commit('CreateNatGateway', { SubnetId: subnet, AllocationId: elasticIp?.AllocationId ?? '' }),
    () => account.commit('CreateNatGateway', { SubnetId: subnet, ConnectivityType: 'private' }),
    () => account.commit('DeleteNatGateway', { NatGatewayId: natGateway }),
    () => account.commit('CreateVpcPeeringConnection', { VpcId: vpc, PeerVpcId: otherVpc }),
    () => account.commit('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: peering }),
    () => account.commit('DeleteVpcPeeringConnection', { VpcPeeringConnectionId: peering }),
    () => account.commit('AllocateAddress'),
    () =>
      account.commit('AssociateAddress', {
        AllocationId: elasticIp?.AllocationId ?? '',
        NetworkInterfaceId: eni?.NetworkInterfaceId ?? '',
      }),
    () => account.commit('DisassociateAddress', { AssociationId: elasticIp?.AssociationId ?? '' }),
    () =>
      account.commit('AssignPrivateIpAddresses', {
        NetworkInterfaceId: eni?.NetworkInterfaceId ?? '',
        SecondaryPrivateIpAddressCount: 1,
      }),
    () =>
      account.commit('AuthorizeSecurityGroupIngress', {
        GroupId: group,
        IpProtocol: 'tcp',
        FromPort: random(9),
        ToPort: 9,
        CidrIp: '0.0.0.0/0',
      }),
    () => account.commit('ModifyVpcAttribute', { VpcId: vpc, EnableDnsSupport: { Value: random(2) === 0 } }),
  ];
  try {
    return pick(calls)?.().changes ?? [];
  } catch {
    return []; // A refusal changes nothing; what else may be thrown, other tests see.
  }
}

test('what is compiled change by change is what a fresh compile gives', () => {
  for (let seed = 1; seed <= 8; seed++) {
    const source = seededRandom(seed);
    const account = testAccount({ seed, rates: 1 });
    account.call('DescribeVpcs'); // gives the account its default VPC
    const tables = new FollowedTables(account.world);
    for (let step = 0; step < 150; step++) tables.follow(randomCall(account, (bound) => source.integer(bound)));
    tables.check(`seed ${seed}`);
  }
});

test('a change that packets cannot notice updates nothing', () => {
  const account = testAccount();
  const compiler = new Compiler(() => NOW_MS);
  const { Vpc } = account.call('CreateVpc', { CidrBlock: '10.0.0.0/16' });
  compiler.compileAll(account.world);
  const tagged = account.commit('CreateTags', { Resources: [Vpc?.VpcId ?? ''], Tags: [{ Key: 'a', Value: 'b' }] });
  assert.equal(tagged.changes.length, 1);
  assert.deepEqual(compiler.compile(tagged.changes, account.world), []);
});

test('detaching the internet gateway turns the routes to it into blackholes', () => {
  const account = testAccount();
  account.call('DescribeVpcs');
  const compiler = new Compiler(() => NOW_MS);
  compiler.compileAll(account.world);
  const gateway = account.call('DescribeInternetGateways').InternetGateways?.[0];
  const vpcId = gateway?.Attachments?.[0]?.VpcId ?? '';
  const { changes } = account.commit('DetachInternetGateway', {
    InternetGatewayId: gateway?.InternetGatewayId ?? '',
    VpcId: vpcId,
  });
  const updates = compiler.compile(changes, account.world);
  const routes = updates.flatMap((one) =>
    one.change === 'put' && one.row.kind === 'route-table' ? one.row.routes : [],
  );
  assert.deepEqual(
    routes.map((route) => [route.target.kind, route.state]),
    [
      ['local', 'active'],
      ['internet-gateway', 'blackhole'],
    ],
  );
});

test('NAT gateways, peering connections and edge tables are compiled when they come and taken away when they go', () => {
  const account = testAccount();
  const compiler = new Compiler(() => NOW_MS);
  const tables = new Tables();
  const commit = <T extends { readonly changes: readonly RowChange[] }>(made: T): T => {
    tables.apply(compiler.compile(made.changes, account.world));
    return made;
  };
  const vpcOf = (cidr: string): string =>
    commit(account.commit('CreateVpc', { CidrBlock: cidr })).result.Vpc?.VpcId ?? '';
  const [one, other] = [vpcOf('10.0.0.0/16'), vpcOf('10.1.0.0/16')];
  const subnet =
    commit(account.commit('CreateSubnet', { VpcId: one, CidrBlock: '10.0.1.0/24' })).result.Subnet?.SubnetId ?? '';
  const ofKind = (kind: TableRow['kind']) => tables.sorted().filter((row) => row.kind === kind);

  const nat =
    commit(account.commit('CreateNatGateway', { SubnetId: subnet, ConnectivityType: 'private' })).result.NatGateway
      ?.NatGatewayId ?? '';
  assert.deepEqual(
    ofKind('interface').map((row) => row.kind === 'interface' && row.owner),
    [{ kind: 'nat-gateway', id: nat }],
  );
  commit(account.commit('DeleteNatGateway', { NatGatewayId: nat }));
  assert.deepEqual(ofKind('interface'), []);

  const asked = commit(account.commit('CreateVpcPeeringConnection', { VpcId: one, PeerVpcId: other })).result;
  const peering = asked.VpcPeeringConnection?.VpcPeeringConnectionId ?? '';
  assert.deepEqual(ofKind('peering'), []);
  commit(account.commit('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: peering }));
  assert.deepEqual(ofKind('peering'), [{ kind: 'peering', id: peering, vpcIds: [one, other], isInterRegion: false }]);
  commit(account.commit('DeleteVpcPeeringConnection', { VpcPeeringConnectionId: peering }));
  assert.deepEqual(ofKind('peering'), []);

  const gateway = commit(account.commit('CreateInternetGateway')).result.InternetGateway?.InternetGatewayId ?? '';
  commit(account.commit('AttachInternetGateway', { InternetGatewayId: gateway, VpcId: one }));
  const table = commit(account.commit('CreateRouteTable', { VpcId: one })).result.RouteTable?.RouteTableId ?? '';
  const edgeOf = () =>
    ofKind('vpc').flatMap((row) => (row.kind === 'vpc' && row.id === one ? [row.edgeRouteTableId] : []));
  assert.deepEqual(edgeOf(), [undefined]);
  const { AssociationId = '' } = commit(
    account.commit('AssociateRouteTable', { RouteTableId: table, GatewayId: gateway }),
  ).result;
  assert.deepEqual(edgeOf(), [table]);
  commit(account.commit('DisassociateRouteTable', { AssociationId }));
  assert.deepEqual(edgeOf(), [undefined]);
});

test('an endpoint has its rows while it is available, and the row of its service’s load balancer follows the instances', () => {
  const net = serviceLab(true);
  const { account, serviceId, serviceName: ServiceName, subnetId, vpcId: VpcId } = net;
  const compiler = new Compiler(() => NOW_MS);
  const tables = new Tables();
  tables.apply(compiler.compileAll(account.world));
  const commit = <T extends { readonly changes: readonly RowChange[] }>(made: T): T => {
    tables.apply(compiler.compile(made.changes, account.world));
    return made;
  };
  const owners = () =>
    tables
      .sorted()
      .flatMap((row) => (row.kind === 'interface' ? [row.owner.kind] : []))
      .sort();
  assert.deepEqual(owners(), ['instance', 'load-balancer']);
  const asked = { VpcId, ServiceName, SubnetIds: [subnetId], VpcEndpointType: 'Interface' } as const;
  const id = commit(account.commit('CreateVpcEndpoint', asked)).result.VpcEndpoint?.VpcEndpointId ?? '';
  assert.deepEqual(owners(), ['instance', 'load-balancer']);
  commit(account.commit('AcceptVpcEndpointConnections', { ServiceId: serviceId, VpcEndpointIds: [id] }));
  assert.deepEqual(owners(), ['instance', 'load-balancer', 'vpc-endpoint']);
  const targets = () =>
    tables
      .sorted()
      .flatMap((row) => (row.kind === 'load-balancer' ? row.listeners : []))
      .map(({ groups: [group] }) => group?.targets.length);
  assert.deepEqual(targets(), [1, 1]);
  const instance = account.call('DescribeInstances').Reservations?.[0]?.Instances?.[0]?.InstanceId ?? '';
  const withdraw = (tx: Transaction): void => {
    for (const group of tx.list(TargetGroup)) deregisterTargets(tx, group, [{ Id: instance }]);
  };
  commit(account.world.transact(account.scope, NOW_MS, withdraw));
  assert.deepEqual(targets(), [0, 0]);
});

test('a new version of a prefix list renews the list and the route tables that name it', () => {
  const account = testAccount();
  const compiler = new Compiler(() => NOW_MS);
  const { Vpc } = account.call('CreateVpc', { CidrBlock: '10.0.0.0/16' });
  const gateway = account.call('CreateInternetGateway').InternetGateway?.InternetGatewayId ?? '';
  account.call('AttachInternetGateway', { VpcId: Vpc?.VpcId ?? '', InternetGatewayId: gateway });
  const table = account.call('CreateRouteTable', { VpcId: Vpc?.VpcId ?? '' }).RouteTable?.RouteTableId ?? '';
  const list = account.call('CreateManagedPrefixList', {
    PrefixListName: 'l',
    AddressFamily: 'IPv4',
    MaxEntries: 5,
    Entries: [{ Cidr: '203.0.113.0/24' }],
  }).PrefixList;
  const PrefixListId = list?.PrefixListId ?? '';
  account.call('CreateRoute', { RouteTableId: table, DestinationPrefixListId: PrefixListId, GatewayId: gateway });
  compiler.compileAll(account.world);
  const { changes } = account.commit('ModifyManagedPrefixList', {
    PrefixListId,
    CurrentVersion: 1,
    AddEntries: [{ Cidr: '198.51.100.0/24' }],
    RemoveEntries: [{ Cidr: '203.0.113.0/24' }],
  });
  const rows = compiler.compile(changes, account.world).flatMap((one) => (one.change === 'put' ? [one.row] : []));
  assert.deepEqual(
    rows.map((row) => row.id),
    [PrefixListId, table],
  );
  const routes = rows.flatMap((row) => (row.kind === 'route-table' ? row.routes : []));
  assert.deepEqual(
    routes.map(({ destination, prefixListId }) => [formatCidr(destination), prefixListId]),
    [
      ['10.0.0.0/16', undefined],
      ['198.51.100.0/24', PrefixListId],
    ],
  );
});

test('an interface has a row only while its instance has a guest', () => {
  const account = testAccount();
  account.call('DescribeVpcs');
  const compiler = new Compiler(() => NOW_MS);
  compiler.compileAll(account.world);
  const interfaceUpdates = (changes: readonly RowChange[]): readonly string[] =>
    compiler
      .compile(changes, account.world)
      .filter((one) => (one.change === 'put' ? one.row.kind : one.kind) === 'interface')
      .map((one) => one.change);
  const subnetId = account.call('DescribeSubnets').Subnets?.[0]?.SubnetId ?? '';
  assert.deepEqual(interfaceUpdates(account.commit('CreateNetworkInterface', { SubnetId: subnetId }).changes), []);
  const launch = account.commit('RunInstances', {
    ImageId: 'ami-virtual',
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnetId,
  });
  assert.deepEqual(interfaceUpdates(launch.changes), ['put']);
});
