/** A careless client: every operation, with parameters by chance. What is not answered is refused with a fault of EC2's. */
import { ok } from 'node:assert/strict';
import test from 'node:test';
import { Fault } from '../model/fault.ts';
import { completeOrder } from '../model/instance-lifecycle.ts';
import type { ScopedOrder } from '../model/transaction.ts';
import { seededRandom, type TestAccount } from '../testing/account.ts';
import { FollowedTables } from '../testing/followed-tables.ts';
import { given, type Lab, lab } from '../testing/instance-parts.ts';
import { checkInterfaces } from '../testing/interface-invariants.ts';
import { RequestGenerator } from '../testing/request-generator.ts';
import { allActions } from './actions/all.ts';
import type { DecodedStructure } from './decode.ts';
import { encodeMembersOf } from './encode.ts';
import { operationShape } from './schema.ts';

const SEEDS = Number(process.env.LOCALVPC_PROPERTY_RUNS ?? 2);
const ROUNDS = 5;

/** A world that is called by chance. */
class Run {
  readonly #account: TestAccount;
  readonly #tables: FollowedTables;
  readonly #requests: RequestGenerator;
  served = 0;
  refused = 0;

  constructor(seed: number) {
    const net = lab({ seed });
    this.#account = net.account;
    const calls = beginnings(net);
    this.#tables = new FollowedTables(net.account.world);
    this.#requests = new RequestGenerator(seededRandom(seed * 7919));
    for (const [name, request] of calls) this.#serve(name, request);
  }

  /** Calls an operation with something like what was served before. */
  call(name: string): void {
    const request = this.#requests.request(name);
    try {
      this.#serve(name, request);
      this.served++;
    } catch (error) {
      if (!(error instanceof Fault)) throw new Error(`${name} ${JSON.stringify(request)}`, { cause: error });
      ok(error.message.length > 0, `${name} is refused without a sentence: ${error.code}`);
      this.refused++;
    }
  }

  /** The answer must fit the schema, the changed rows compile; guests do what they are told. @throws Fault */
  #serve(name: string, request: DecodedStructure): void {
    const action = given(allActions.find((candidate) => candidate.name === name));
    const { world, scope } = this.#account;
    const done = world.transact(scope, NOW_MS, (tx) => {
      const result = action.call(request, tx);
      ok(result === undefined || (typeof result === 'object' && result !== null));
      encodeMembersOf(given(operationShape(name)), result);
      return result;
    });
    this.#tables.follow(done.changes);
    this.#requests.learn(done.result);
    this.#requests.keep(name, request);
    this.#obey(done.orders);
  }

  check(when: string): void {
    this.#account.transact(checkInterfaces);
    this.#tables.check(when);
  }

  #obey(orders: readonly ScopedOrder[]): void {
    for (const { scope, order } of orders) {
      const done = this.#account.world.transact(scope, NOW_MS, (tx) => completeOrder(tx, order, { ok: true }));
      this.#tables.follow(done.changes);
      this.#obey(done.orders);
    }
  }
}

/** One of most kinds of resources, in words that are served: what chance then makes variants of. */
function beginnings({
  account,
  vpcId,
  subnetId,
  eni,
  instance,
  elasticIp,
  subnet,
}: Lab): readonly [string, DecodedStructure][] {
  const one = instance();
  const other = instance();
  const free = eni();
  const group = given(account.call('CreateSecurityGroup', { GroupName: 'g', Description: 'g', VpcId: vpcId }).GroupId);
  const table = given(account.call('CreateRouteTable', { VpcId: vpcId }).RouteTable?.RouteTableId);
  const peer = given(account.call('CreateVpc', { CidrBlock: '10.9.0.0/16' }).Vpc?.VpcId);
  const gateway = given(account.call('CreateTransitGateway').TransitGateway?.TransitGatewayId);
  const second = given(account.call('CreateTransitGateway').TransitGateway?.TransitGatewayId);
  const vgw = given(account.call('CreateVpnGateway', { Type: 'ipsec.1' }).VpnGateway?.VpnGatewayId);
  const CustomerGatewayId = given(
    account.call('CreateCustomerGateway', { Type: 'ipsec.1', BgpAsn: 65_000, PublicIp: '203.0.113.9' }).CustomerGateway
      ?.CustomerGatewayId,
  );
  const filter = given(account.call('CreateTrafficMirrorFilter', {}).TrafficMirrorFilter?.TrafficMirrorFilterId);
  const target = given(
    account.call('CreateTrafficMirrorTarget', { NetworkInterfaceId: free }).TrafficMirrorTarget?.TrafficMirrorTargetId,
  );
  const path = given(
    account.call('CreateNetworkInsightsPath', { Source: one, Destination: other, Protocol: 'tcp' }).NetworkInsightsPath
      ?.NetworkInsightsPathId,
  );
  const Ipv4Rule = [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }];
  const mirrored = { TrafficMirrorFilterId: filter, TrafficDirection: 'ingress', RuleNumber: 1, RuleAction: 'accept' };
  return [
    ['CreateSubnet', { VpcId: peer, CidrBlock: '10.9.1.0/24' }],
    ['AuthorizeSecurityGroupIngress', { GroupId: group, IpPermissions: Ipv4Rule }],
    ['AuthorizeSecurityGroupEgress', { GroupId: group, IpPermissions: Ipv4Rule }],
    ['AttachVpnGateway', { VpnGatewayId: vgw, VpcId: vpcId }],
    ['EnableVgwRoutePropagation', { GatewayId: vgw, RouteTableId: table }],
    [
      'CreateVpnConnection',
      { Type: 'ipsec.1', CustomerGatewayId, VpnGatewayId: vgw, Options: { StaticRoutesOnly: true } },
    ],
    ['CreateRoute', { RouteTableId: table, DestinationCidrBlock: '192.168.0.0/16', GatewayId: vgw }],
    ['AssociateRouteTable', { RouteTableId: table, SubnetId: subnetId }],
    ['CreateNatGateway', { SubnetId: subnetId, AllocationId: elasticIp() }],
    ['CreateVpcPeeringConnection', { VpcId: vpcId, PeerVpcId: peer }],
    ['CreateTransitGatewayVpcAttachment', { TransitGatewayId: gateway, VpcId: vpcId, SubnetIds: [subnetId] }],
    [
      'CreateTransitGatewayPeeringAttachment',
      {
        TransitGatewayId: gateway,
        PeerTransitGatewayId: second,
        PeerAccountId: account.scope.account,
        PeerRegion: account.scope.region,
      },
    ],
    ['CreateVpcEndpoint', { VpcId: vpcId, ServiceName: 'com.amazonaws.us-east-1.s3', RouteTableIds: [table] }],
    [
      'CreateVpcEndpoint',
      {
        VpcId: vpcId,
        ServiceName: 'com.amazonaws.us-east-1.ssm',
        VpcEndpointType: 'Interface',
        SubnetIds: [subnetId],
        PrivateDnsEnabled: false,
      },
    ],
    [
      'CreateManagedPrefixList',
      { PrefixListName: 'p', AddressFamily: 'IPv4', MaxEntries: 5, Entries: [{ Cidr: '10.7.0.0/16' }] },
    ],
    ['CreateDhcpOptions', { DhcpConfigurations: [{ Key: 'domain-name', Values: ['example.test'] }] }],
    [
      'CreateFlowLogs',
      {
        ResourceIds: [vpcId],
        ResourceType: 'VPC',
        TrafficType: 'ALL',
        LogDestinationType: 's3',
        LogDestination: 'arn:aws:s3:::bucket',
      },
    ],
    ['CreateTrafficMirrorFilterRule', { ...mirrored, SourceCidrBlock: '0.0.0.0/0', DestinationCidrBlock: '0.0.0.0/0' }],
    ['StartNetworkInsightsAnalysis', { NetworkInsightsPathId: path }],
    ['CreateLaunchTemplate', { LaunchTemplateName: 'template', LaunchTemplateData: { InstanceType: 't3.micro' } }],
    ['CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 }],
    [
      'CreateNetworkInterfacePermission',
      { NetworkInterfaceId: free, AwsAccountId: '210987654321', Permission: 'INSTANCE-ATTACH' },
    ],
    [
      'CreateSubnetCidrReservation',
      { SubnetId: subnet('10.0.3.0/24'), Cidr: '10.0.3.16/28', ReservationType: 'prefix' },
    ],
    ['EnableAddressTransfer', { AllocationId: elasticIp(), TransferAccountId: '210987654321' }],
    [
      'RunInstances',
      { ImageId: 'ami-virtual', InstanceType: 't3.large', SubnetId: subnetId, MinCount: 1, MaxCount: 1 },
    ],
    ['CreateNetworkInterface', { SubnetId: subnetId }],
    ['AttachNetworkInterface', { NetworkInterfaceId: eni(), InstanceId: one, DeviceIndex: 1 }],
    ['CreateTrafficMirrorTarget', { NetworkInterfaceId: eni() }],
    ['DescribeTrafficMirrorTargets', { TrafficMirrorTargetIds: [target] }],
    [
      'CreateNetworkAclEntry',
      {
        NetworkAclId: aclOf(account, vpcId),
        RuleNumber: 7,
        Protocol: '6',
        RuleAction: 'deny',
        Egress: true,
        CidrBlock: '10.8.0.0/16',
        PortRange: { From: 1, To: 9 },
      },
    ],
  ];
}

const aclOf = (account: TestAccount, vpcId: string): string =>
  given(
    account.call('DescribeNetworkAcls', { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }).NetworkAcls?.[0]
      ?.NetworkAclId,
  );

const NOW_MS = Date.UTC(2024, 0, 2, 3, 4, 5);

/** Creations before deletions, so that there is something to ask about. */
const NAMES = allActions.map(({ name }) => name).sort((one, other) => order(one) - order(other));

function order(name: string): number {
  const verbs = [
    /^(Create|Run|Allocate|Import|Attach|Associate|Enable|Provision)/,
    /^(Describe|Get)/,
    /^(Modify|Assign|Replace)/,
  ];
  const at = verbs.findIndex((verb) => verb.test(name));
  return at < 0 ? verbs.length : at;
}

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`every operation answers or refuses what a careless client asks (seed ${seed})`, () => {
    const run = new Run(seed);
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of NAMES) for (let repeat = 0; repeat < 6; repeat++) run.call(name);
      run.check(`after round ${round}`);
    }
    ok(run.served > 1500, `only ${run.served} calls were served, ${run.refused} refused`);
  });
}
