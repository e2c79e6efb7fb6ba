/** A network that is described by Describe calls and imported elsewhere is the same network: its descriptions and its packets' tables. */
import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Compiler } from '../src/compile/compiler.ts';
import { ImportRefused, importNetwork } from '../src/import/import-network.ts';
import { readDescription } from '../src/import/read-description.ts';
import { nodesOf } from '../src/model/load-balancers.ts';
import { LoadBalancer } from '../src/model/resources/load-balancer.ts';
import { VpcEndpointService } from '../src/model/resources/vpc-endpoint-service.ts';
import { type TestAccount, testAccount } from '../src/testing/account.ts';
import { balancerIn } from '../src/testing/balancers.ts';
import { describeFiles, imported, sorted, started } from './fixture/described-network.ts';
import { present } from './fixture/present.ts';

const NOW_MS = Date.UTC(2024, 0, 2);

/** A network with something of every kind. */
function network(): TestAccount {
  const account = testAccount();
  const call = account.call;
  const vpc = present(
    call('CreateVpc', { CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock: true }).Vpc?.VpcId,
    'VpcId',
  );
  call('ModifyVpcAttribute', { VpcId: vpc, EnableDnsHostnames: { Value: true } });
  call('AssociateVpcCidrBlock', { VpcId: vpc, CidrBlock: '10.1.0.0/16' });
  const [block] = call('DescribeVpcs', { VpcIds: [vpc] }).Vpcs?.[0]?.Ipv6CidrBlockAssociationSet ?? [];
  const ipv6 = present(block?.Ipv6CidrBlock, 'Ipv6CidrBlock').replace('/56', '/64');
  const subnet = (CidrBlock: string, zone: string, Ipv6CidrBlock?: string): string => {
    const made = call('CreateSubnet', { VpcId: vpc, CidrBlock, AvailabilityZone: zone, Ipv6CidrBlock });
    return present(made.Subnet?.SubnetId, 'SubnetId');
  };
  const open = subnet('10.0.1.0/24', 'us-east-1a', ipv6);
  const closed = subnet('10.1.2.0/24', 'us-east-1b');
  call('ModifySubnetAttribute', { SubnetId: open, MapPublicIpOnLaunch: { Value: true } });
  const igw = present(call('CreateInternetGateway').InternetGateway?.InternetGatewayId, 'InternetGatewayId');
  call('AttachInternetGateway', { InternetGatewayId: igw, VpcId: vpc });
  const eigw = call('CreateEgressOnlyInternetGateway', { VpcId: vpc }).EgressOnlyInternetGateway;
  const list = call('CreateManagedPrefixList', {
    PrefixListName: 'offices',
    AddressFamily: 'IPv4',
    MaxEntries: 3,
    Entries: [{ Cidr: '192.0.2.0/24', Description: 'Berlin' }, { Cidr: '198.51.100.0/24' }],
  }).PrefixList?.PrefixListId;
  const group = (GroupName: string): string =>
    present(call('CreateSecurityGroup', { GroupName, Description: GroupName, VpcId: vpc }).GroupId, 'GroupId');
  const web = group('web');
  const database = group('database');
  call('AuthorizeSecurityGroupIngress', {
    GroupId: web,
    IpPermissions: [
      { IpProtocol: 'tcp', FromPort: 80, ToPort: 81, IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'everybody' }] },
      { IpProtocol: 'icmpv6', FromPort: -1, ToPort: -1, Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
      { IpProtocol: '47', PrefixListIds: [{ PrefixListId: list }] },
    ],
  });
  call('AuthorizeSecurityGroupIngress', {
    GroupId: database,
    IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: web }, { GroupId: database }] }],
    TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'why', Value: 'queries' }] }],
  });
  call('CreateNatGateway', { VpcId: vpc, AvailabilityMode: 'regional' });
  const { AllocationId: ofZone } = call('AllocateAddress');
  call('CreateNatGateway', {
    VpcId: vpc,
    AvailabilityMode: 'regional',
    AvailabilityZoneAddresses: [{ AvailabilityZone: 'us-east-1b', AllocationIds: [present(ofZone, 'AllocationId')] }],
  });
  const acl = present(call('CreateNetworkAcl', { VpcId: vpc }).NetworkAcl?.NetworkAclId, 'NetworkAclId');
  const entry = { NetworkAclId: acl, RuleAction: 'allow', CidrBlock: '10.0.0.0/8' } as const;
  call('CreateNetworkAclEntry', { ...entry, RuleNumber: 100, Protocol: '-1', Egress: true });
  call('CreateNetworkAclEntry', {
    ...entry,
    RuleNumber: 90,
    Protocol: '6',
    Egress: false,
    PortRange: { From: 1, To: 9 },
  });
  const [associated] =
    call('DescribeNetworkAcls', {
      Filters: [{ Name: 'association.subnet-id', Values: [closed] }],
    }).NetworkAcls?.flatMap(({ Associations = [] }) => Associations.filter(({ SubnetId: id }) => id === closed)) ?? [];
  call('ReplaceNetworkAclAssociation', {
    AssociationId: present(associated?.NetworkAclAssociationId, 'NetworkAclAssociationId'),
    NetworkAclId: acl,
  });
  const { Instances: [one] = [] } = call('RunInstances', {
    ImageId: 'ami-virtual',
    InstanceType: 'm5.large',
    MinCount: 1,
    MaxCount: 1,
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: open,
        Groups: [web, database],
        Ipv6AddressCount: 1,
        SecondaryPrivateIpAddressCount: 2,
        AssociatePublicIpAddress: true,
      },
    ],
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'web' }] }],
  });
  const eni = present(
    call('CreateNetworkInterface', { SubnetId: closed, Groups: [database], Ipv4PrefixCount: 1 }).NetworkInterface
      ?.NetworkInterfaceId,
    'NetworkInterfaceId',
  );
  call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: eni, SourceDestCheck: { Value: false } });
  const allocate = () => call('AllocateAddress').AllocationId;
  call('AssociateAddress', { AllocationId: allocate(), NetworkInterfaceId: eni });
  allocate();
  const nat = call('CreateNatGateway', { SubnetId: open, AllocationId: allocate() }).NatGateway?.NatGatewayId;
  account.advance(3_600_000);
  const tables = call('DescribeRouteTables', { Filters: [{ Name: 'vpc-id', Values: [vpc] }] }).RouteTables ?? [];
  const main = present(tables[0]?.RouteTableId, 'RouteTableId');
  call('CreateRoute', { RouteTableId: main, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: nat });
  const table = present(call('CreateRouteTable', { VpcId: vpc }).RouteTable?.RouteTableId, 'RouteTableId');
  call('AssociateRouteTable', { RouteTableId: table, SubnetId: open });
  call('CreateRoute', { RouteTableId: table, DestinationCidrBlock: '0.0.0.0/0', GatewayId: igw });
  call('CreateRoute', {
    RouteTableId: table,
    DestinationIpv6CidrBlock: '::/0',
    EgressOnlyInternetGatewayId: eigw?.EgressOnlyInternetGatewayId,
  });
  call('CreateRoute', { RouteTableId: table, DestinationPrefixListId: list, NetworkInterfaceId: eni });
  const [peer] = call('DescribeVpcs', { Filters: [{ Name: 'is-default', Values: ['true'] }] }).Vpcs ?? [];
  const connection = call('CreateVpcPeeringConnection', { VpcId: vpc, PeerVpcId: peer?.VpcId }).VpcPeeringConnection
    ?.VpcPeeringConnectionId;
  call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: present(connection, 'VpcPeeringConnectionId') });
  account.advance(60_000);
  call('CreateRoute', {
    RouteTableId: table,
    DestinationCidrBlock: '172.31.0.0/16',
    VpcPeeringConnectionId: connection,
  });
  const mirror = call('CreateTrafficMirrorFilter', { Description: 'web' }).TrafficMirrorFilter;
  const filter = present(mirror?.TrafficMirrorFilterId, 'TrafficMirrorFilterId');
  call('CreateTrafficMirrorFilterRule', {
    TrafficMirrorFilterId: filter,
    TrafficDirection: 'egress',
    RuleNumber: 10,
    RuleAction: 'accept',
    Protocol: 6,
    SourceCidrBlock: '0.0.0.0/0',
    DestinationCidrBlock: '10.0.0.0/8',
    DestinationPortRange: { FromPort: 80, ToPort: 81 },
  });
  const target = call('CreateTrafficMirrorTarget', { NetworkInterfaceId: eni }).TrafficMirrorTarget;
  call('CreateTrafficMirrorSession', {
    NetworkInterfaceId: present(one?.NetworkInterfaces?.[0]?.NetworkInterfaceId, 'NetworkInterfaceId'),
    TrafficMirrorTargetId: present(target?.TrafficMirrorTargetId, 'TrafficMirrorTargetId'),
    TrafficMirrorFilterId: filter,
    SessionNumber: 2,
    PacketLength: 100,
  });
  addGateways(account, { vpc, subnet: closed, main, table, list });
  addEndpoints(account, vpc, closed);
  started(account, present(one?.InstanceId, 'InstanceId'));
  return account;
}

interface Joined {
  readonly vpc: string;
  readonly subnet: string;
  readonly main: string;
  readonly table: string;
  readonly list: string | undefined;
}

/** A transit gateway with a VPC and a VPN connection, a VPN to the VPC itself, and a gateway endpoint. */
function addGateways({ call, advance }: TestAccount, { vpc, subnet, main, table, list }: Joined): void {
  const transit = present(
    call('CreateTransitGateway', { Description: 'hub', Options: { AmazonSideAsn: 64_600 } }).TransitGateway
      ?.TransitGatewayId,
    'TransitGatewayId',
  );
  const attached = call('CreateTransitGatewayVpcAttachment', {
    TransitGatewayId: transit,
    VpcId: vpc,
    SubnetIds: [subnet],
    Options: { ApplianceModeSupport: 'enable' },
    TagSpecifications: [{ ResourceType: 'transit-gateway-attachment', Tags: [{ Key: 'Name', Value: 'spoke' }] }],
  }).TransitGatewayVpcAttachment?.TransitGatewayAttachmentId;
  const other = present(
    call('CreateTransitGatewayRouteTable', { TransitGatewayId: transit }).TransitGatewayRouteTable
      ?.TransitGatewayRouteTableId,
    'TransitGatewayRouteTableId',
  );
  advance(60_000);
  const inOther = { TransitGatewayRouteTableId: other } as const;
  call('EnableTransitGatewayRouteTablePropagation', { ...inOther, TransitGatewayAttachmentId: attached });
  call('CreateTransitGatewayRoute', {
    ...inOther,
    DestinationCidrBlock: '10.99.0.0/16',
    TransitGatewayAttachmentId: attached,
  });
  call('CreateTransitGatewayRoute', { ...inOther, DestinationCidrBlock: '10.98.0.0/16', Blackhole: true });
  call('CreateTransitGatewayPrefixListReference', {
    ...inOther,
    PrefixListId: present(list, 'PrefixListId'),
    TransitGatewayAttachmentId: attached,
  });
  call('CreateRoute', { RouteTableId: main, DestinationCidrBlock: '10.99.0.0/16', TransitGatewayId: transit });
  const customer = present(
    call('CreateCustomerGateway', { Type: 'ipsec.1', IpAddress: '203.0.113.9', BgpAsn: 65_010 }).CustomerGateway
      ?.CustomerGatewayId,
    'CustomerGatewayId',
  );
  const gateway = present(call('CreateVpnGateway', { Type: 'ipsec.1' }).VpnGateway?.VpnGatewayId, 'VpnGatewayId');
  call('AttachVpnGateway', { VpnGatewayId: gateway, VpcId: vpc });
  call('EnableVgwRoutePropagation', { GatewayId: gateway, RouteTableId: table });
  const ends = { Type: 'ipsec.1', CustomerGatewayId: customer } as const;
  const connection = call('CreateVpnConnection', {
    ...ends,
    VpnGatewayId: gateway,
    Options: { StaticRoutesOnly: true },
  }).VpnConnection?.VpnConnectionId;
  call('CreateVpnConnectionRoute', {
    VpnConnectionId: present(connection, 'VpnConnectionId'),
    DestinationCidrBlock: '192.168.0.0/16',
  });
  call('CreateVpnConnection', { ...ends, TransitGatewayId: transit });
  call('CreateVpcEndpoint', { VpcId: vpc, ServiceName: 'com.amazonaws.us-east-1.s3', RouteTableIds: [table] });
  advance(60_000);
}

/** Leaves of the service's load balancer what EC2 describes: its interfaces. */
function forgetBalancer(account: TestAccount, serviceId: string): void {
  account.transact((tx) => {
    const service = tx.get(VpcEndpointService, serviceId);
    const loadBalancers = service.loadBalancers.map((one) => {
      const nodes = nodesOf(tx, one).map(({ zone, networkInterfaceId }) => ({ zone, networkInterfaceId }));
      tx.remove(LoadBalancer, one.arn);
      return { ...one, nodes };
    });
    tx.update(VpcEndpointService, service.id, { loadBalancers });
  });
}

/** A service with an instance behind it, an endpoint to it, and one to a service of AWS. */
function addEndpoints(account: TestAccount, vpc: string, subnet: string): void {
  const { call } = account;
  const instance = call('RunInstances', {
    ImageId: 'ami-virtual',
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnet,
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'localvpc:load-balancer', Value: 'shop' }] }],
  }).Instances?.[0]?.InstanceId;
  started(account, present(instance, 'InstanceId'));
  const NetworkLoadBalancerArns = [balancerIn(account, [subnet]).id];
  const service = call('CreateVpcEndpointServiceConfiguration', {
    AcceptanceRequired: true,
    NetworkLoadBalancerArns,
    PrivateDnsName: 'shop.example.com',
    TagSpecifications: [{ ResourceType: 'vpc-endpoint-service', Tags: [{ Key: 'Name', Value: 'shop' }] }],
  }).ServiceConfiguration;
  const ServiceId = present(service?.ServiceId, 'ServiceId');
  forgetBalancer(account, ServiceId);
  call('StartVpcEndpointServicePrivateDnsVerification', { ServiceId });
  call('ModifyVpcEndpointServicePermissions', {
    ServiceId,
    AddAllowedPrincipals: ['arn:aws:iam::222222222222:root', '*'],
  });
  const ends = { VpcId: vpc, VpcEndpointType: 'Interface', SubnetIds: [subnet] } as const;
  const asked = call('CreateVpcEndpoint', { ...ends, ServiceName: service?.ServiceName });
  const VpcEndpointIds = [present(asked.VpcEndpoint?.VpcEndpointId, 'VpcEndpointId')];
  call('AcceptVpcEndpointConnections', { ServiceId, VpcEndpointIds });
  call('CreateVpcEndpoint', { ...ends, ServiceName: service?.ServiceName });
  call('CreateVpcEndpoint', { ...ends, ServiceName: 'com.amazonaws.us-east-1.ssm', PrivateDnsEnabled: true });
}

describe('a described network that is imported', () => {
  const original = network();
  const files = describeFiles(original);

  test('has the forwarding tables that it had', () => {
    const { account, done } = imported(files);
    deepEqual(done.leftOut, []);
    const rows = (of: TestAccount) =>
      new Compiler(() => NOW_MS + 10_800_000)
        .compileAll(of.world)
        .map((update) => (update.change === 'put' ? update.row : update))
        .sort((one, other) => (JSON.stringify(one, text) < JSON.stringify(other, text) ? -1 : 1));
    deepEqual(rows(account), rows(original));
    ok(rows(account).length > 20);
  });

  test('is described as it was, with every id, address, name and tag', () => {
    const { account } = imported(files);
    const before = new Map(files.map(({ path, text: document }) => [path, document]));
    for (const { path, text: document } of describeFiles(account)) {
      if (path === 'DescribeInstances.json') continue; // Its reasons and images are of the guest that plays it.
      deepEqual(sorted(JSON.parse(document)), sorted(JSON.parse(present(before.get(path), path))), path);
    }
  });

  test('has the instances with their interfaces even where only those are described', () => {
    const { account } = imported(
      files.filter(
        ({ path }) =>
          path !== 'DescribeNetworkInterfaces.json' &&
          !path.startsWith('DescribeNat') &&
          !path.startsWith('DescribeAddr'),
      ),
      true,
    );
    const [web] = account.call('DescribeInstances').Reservations?.[0]?.Instances ?? [];
    const [was] = original.call('DescribeInstances').Reservations?.[0]?.Instances ?? [];
    equal(web?.State?.Name, 'running');
    deepEqual(
      web?.NetworkInterfaces?.[0]?.PrivateIpAddresses?.map((one) => one.PrivateIpAddress),
      was?.NetworkInterfaces?.[0]?.PrivateIpAddresses?.map((one) => one.PrivateIpAddress),
    );
  });

  test('is refused whole, with all reasons, when a part of it cannot be understood', () => {
    const broken = files.map((file) =>
      file.path === 'DescribeSubnets.json' ? { ...file, text: file.text.replaceAll('us-east-1b', 'us-east-1z') } : file,
    );
    throws(
      () => imported(broken),
      (error) => {
        ok(error instanceof ImportRefused);
        ok(error.leftOut.some(({ what, why }) => what.startsWith('Subnets subnet-') && why.includes('us-east-1z')));
        ok(error.leftOut.some(({ what }) => what.startsWith('NetworkInterfaces eni-')));
        return true;
      },
    );
    const { account, done } = imported(broken, true);
    ok(done.leftOut.length >= 2);
    const all = original.call('DescribeSubnets').Subnets?.length ?? 0;
    equal(account.call('DescribeSubnets').Subnets?.length, all - 2);
  });
});

describe('files that are no descriptions', () => {
  const leftOut = (path: string, text: string) => readDescription([{ path, text }], testAccount().scope).leftOut;

  test('are named, each with its reason', () => {
    for (const text of ['', '{', '[]', 'null', '"x"', '{"Vpcs": 7}', '{"Vpcs": [7]}', '{"Clusters": []}'])
      equal(leftOut('file.json', text).length, 1, text);
    equal(leftOut('a.json', '{"Vpcs": [{"VpcId": 7}]}')[0]?.what, 'a.json: Vpcs[0].VpcId');
    equal(leftOut('a.json', '{"Vpcs": [], "NextToken": "more"}').length, 1);
    deepEqual(leftOut('a.json', '{"Volumes": [{}]}'), []);
  });

  test('tell by their folders whose they are and where', () => {
    const vpc = '{"Vpcs": [{"VpcId": "vpc-01234567", "CidrBlock": "10.0.0.0/16"}]}';
    const { scopes } = readDescription(
      [
        { path: '222222222222/eu-west-1/describe-vpcs.json', text: vpc },
        { path: 'dump-ap-southeast-2.json', text: vpc },
        { path: 'vpcs.json', text: vpc.replace('"VpcId"', '"OwnerId": "333333333333", "VpcId"') },
      ],
      { account: '111111111111', region: 'us-west-2' },
    );
    deepEqual(
      scopes.map(({ scope }) => scope),
      [
        { account: '222222222222', region: 'eu-west-1' },
        { account: '333333333333', region: 'ap-southeast-2' },
        { account: '333333333333', region: 'us-west-2' },
      ],
    );
  });
});

const text = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);

test('AWS’s list of a service keeps AWS’s blocks, and gets the address at which guests find the service here', () => {
  const id = 'pl-6da54004';
  const name = 'com.amazonaws.eu-west-1.s3';
  const list = { PrefixListId: id, PrefixListName: name, AddressFamily: 'IPv4', MaxEntries: 60, OwnerId: 'AWS' };
  const account = testAccount({ region: 'eu-west-1' });
  const files = [
    { path: 'describe-managed-prefix-lists.json', text: JSON.stringify({ PrefixLists: [list] }) },
    { path: `entries-${id}.json`, text: JSON.stringify({ Entries: [{ Cidr: '52.218.0.0/17' }] }) },
  ];
  account.transact((tx) => importNetwork(tx, readDescription(files, account.scope), false));
  const { Entries = [] } = account.call('GetManagedPrefixListEntries', { PrefixListId: id });
  const [theirs, here] = Entries.map(({ Cidr }) => Cidr);
  equal(theirs, '52.218.0.0/17');
  ok(here?.startsWith('198.51.100.') && here.endsWith('/32'), here);
});
