/** Sets and traces find the same access: what an analysis finds is what traces of all packets, pair by pair, find. */
import { deepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contains, parseCidr } from '../../net/cidr.ts';
import { TCP, UDP } from '../../net/protocol.ts';
import type { Explanation, TraceRequest } from '../../tables/data-plane.ts';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';
import { copyOf, OUTSIDE_WORLD } from '../../testing/network-copy.ts';
import { accessFindings, type ScopeRequest } from '../../testing/reachability.ts';
import { addressOf } from '../../testing/rows.ts';
import { closedAcl, interfaceOf } from '../../testing/tiers.ts';

type ScopePath = NonNullable<ScopeRequest['MatchPaths']>[number];
type Rule = typeof rule extends fc.Arbitrary<infer Value> ? Value : never;

const PORTS = [80, 443, 5432];
const GROUPS = 3;
const BLOCKS = ['0.0.0.0/0', '10.0.0.0/8', '10.0.1.0/24', '10.0.2.128/25', '198.51.100.0/24', '203.0.113.1/32'];
/** One of each block outside, and one of none. */
const OUTSIDE = [OUTSIDE_WORLD, '198.51.100.9', '192.0.2.7'];

const port = fc.constantFrom(...PORTS);
const ports = fc.tuple(port, port).map(([one, other]) => ({ from: Math.min(one, other), to: Math.max(one, other) }));
const block = fc.constantFrom(...BLOCKS);
const rule = fc.record({
  protocol: fc.constantFrom('tcp', 'tcp', 'udp', '-1'),
  ports,
  peer: fc.oneof(block, fc.nat(GROUPS - 1)),
});
const usually = <Value>(usual: Value, other: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
const network = fc.record({
  groups: fc.array(fc.array(rule, { maxLength: 3 }), { minLength: GROUPS, maxLength: GROUPS }),
  /** Of the first group; undefined lets everything out. */
  egress: usually(null, fc.array(rule, { maxLength: 2 })),
  hosts: fc.array(
    fc.record({
      subnet: fc.nat(1),
      groups: fc.uniqueArray(fc.nat(GROUPS - 1), { minLength: 1, maxLength: 2 }),
      hasSecond: fc.boolean(),
      /** Which of its addresses has an Elastic IP. */
      public: fc.constantFrom('none', 'primary', 'second'),
    }),
    { minLength: 3, maxLength: 4 },
  ),
  /** Entries of the second subnet's ACL; undefined lets everything pass. */
  acl: fc.option(fc.array(fc.record({ allows: fc.boolean(), egress: fc.boolean(), ports, block }), { maxLength: 4 }), {
    freq: 1,
  }),
  defaultRoute: usually('internet', fc.constantFrom('nat', 'appliance', 'none')),
});

const resources = usually('any', fc.constantFrom('interfaces', 'gateways', 'host', 'group', 'subnet'));
const statement = fc.record({
  resources,
  ports: usually(null, ports),
  protocol: usually('any', fc.constantFrom('tcp', 'udp')),
  source: usually(null, block),
  destination: usually(null, block),
});
const way = fc.constantFrom('any', 'any', 'any', 'gateway', 'group', 'nat');
const scope = fc.record({
  match: fc.record({ source: statement, destination: statement, way: usually('any', way) }),
  exclude: fc.option(fc.record({ source: statement, destination: statement, way })),
});

type Statement = typeof statement extends fc.Arbitrary<infer Value> ? Value : never;
type Network = typeof network extends fc.Arbitrary<infer Value> ? Value : never;
type PathShape = { readonly source: Statement; readonly destination: Statement; readonly way: string };

interface Built extends Lab {
  readonly gatewayId: string;
  readonly groupIds: readonly string[];
  readonly hosts: readonly Host[];
}

/** An instance, with all that an end is or belongs to. */
interface Host {
  readonly id: string;
  readonly interfaceId: string;
  readonly ids: readonly string[];
  readonly own: readonly string[];
  readonly public: readonly string[];
}

function build(shape: Network): Built {
  const net = lab();
  const { account, vpcId } = net;
  const subnets = [net.subnetId, net.subnet('10.0.2.0/24')];
  const groupIds = shape.groups.map((_, index) =>
    given(account.call('CreateSecurityGroup', { VpcId: vpcId, GroupName: `g${index}`, Description: 'g' }).GroupId),
  );
  const permission = ({ protocol, ports: { from, to }, peer }: Rule) => ({
    IpProtocol: protocol,
    ...(protocol === '-1' ? {} : { FromPort: from, ToPort: to }),
    ...(typeof peer === 'string'
      ? { IpRanges: [{ CidrIp: peer }] }
      : { UserIdGroupPairs: [{ GroupId: given(groupIds[peer]) }] }),
  });
  const distinct = (rules: readonly Rule[]) => [
    ...new Map(rules.map((one) => [JSON.stringify(permission(one)), permission(one)])).values(),
  ];
  for (const [index, rules] of shape.groups.entries())
    if (rules.length > 0)
      account.call('AuthorizeSecurityGroupIngress', {
        GroupId: given(groupIds[index]),
        IpPermissions: distinct(rules),
      });
  if (shape.egress) {
    const GroupId = given(groupIds[0]);
    const everything = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    account.call('RevokeSecurityGroupEgress', { GroupId, IpPermissions: [everything] });
    if (shape.egress.length > 0)
      account.call('AuthorizeSecurityGroupEgress', { GroupId, IpPermissions: distinct(shape.egress) });
  }
  const hosts = shape.hosts.map((host) => hostOf(net, given(subnets[host.subnet]), groupIds, host));
  if (shape.acl) {
    const NetworkAclId = closedAcl(net, given(subnets[1]));
    for (const [index, { allows, egress, ports: of, block: CidrBlock }] of shape.acl.entries())
      account.call('CreateNetworkAclEntry', {
        NetworkAclId,
        RuleNumber: index + 1,
        Protocol: '6',
        PortRange: { From: of.from, To: of.to },
        RuleAction: allows ? 'allow' : 'deny',
        Egress: egress,
        CidrBlock,
      });
    for (const Egress of [false, true])
      account.call('CreateNetworkAclEntry', {
        NetworkAclId,
        RuleNumber: 99,
        Protocol: '-1',
        RuleAction: 'allow',
        Egress,
        CidrBlock: '0.0.0.0/0',
      });
  }
  const { InternetGateways: [gateway] = [] } = account.call('DescribeInternetGateways', {
    Filters: [{ Name: 'attachment.vpc-id', Values: [vpcId] }],
  });
  const built = { ...net, groupIds, hosts, gatewayId: given(gateway?.InternetGatewayId) };
  leadOutside(built, shape.defaultRoute);
  return built;
}

function hostOf(net: Lab, SubnetId: string, groupIds: readonly string[], shape: Network['hosts'][number]): Host {
  const { account } = net;
  const SecurityGroupIds = shape.groups.map((index) => given(groupIds[index]));
  const id = net.instance({ SubnetId, SecurityGroupIds });
  const NetworkInterfaceId = interfaceOf(net, id);
  if (shape.hasSecond)
    account.call('AssignPrivateIpAddresses', { NetworkInterfaceId, SecondaryPrivateIpAddressCount: 1 });
  const addresses = (): readonly string[] =>
    (
      account.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [NetworkInterfaceId] }).NetworkInterfaces?.[0]
        ?.PrivateIpAddresses ?? []
    ).map((one) => given(one.PrivateIpAddress));
  const own = addresses();
  const behind = shape.public === 'second' ? own[1] : shape.public === 'primary' ? own[0] : undefined;
  const AllocationId = behind === undefined ? undefined : net.elasticIp();
  if (AllocationId !== undefined)
    account.call('AssociateAddress', { AllocationId, NetworkInterfaceId, PrivateIpAddress: behind });
  const { Addresses = [] } = account.call('DescribeAddresses');
  const outside = Addresses.filter((one) => AllocationId !== undefined && one.AllocationId === AllocationId);
  return {
    id,
    interfaceId: NetworkInterfaceId,
    ids: [id, NetworkInterfaceId, SubnetId, net.vpcId, ...SecurityGroupIds],
    own,
    public: outside.map(({ PublicIp }) => given(PublicIp)),
  };
}

function leadOutside({ account, vpcId, gatewayId, ...net }: Built, kind: string): void {
  const { RouteTables: [main] = [] } = account.call('DescribeRouteTables', {
    Filters: [{ Name: 'vpc-id', Values: [vpcId] }],
  });
  const route = (RouteTableId: string, target: object): void =>
    void account.call('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', ...target });
  const RouteTableId = given(main?.RouteTableId);
  if (kind === 'internet') route(RouteTableId, { GatewayId: gatewayId });
  if (kind === 'appliance') route(RouteTableId, { NetworkInterfaceId: given(net.hosts[0]).interfaceId });
  if (kind !== 'nat') return;
  const SubnetId = net.subnet('10.0.9.0/24');
  const own = given(account.call('CreateRouteTable', { VpcId: vpcId }).RouteTable?.RouteTableId);
  account.call('AssociateRouteTable', { RouteTableId: own, SubnetId });
  route(own, { GatewayId: gatewayId });
  const { NatGateway } = account.call('CreateNatGateway', { SubnetId, AllocationId: net.elasticIp() });
  route(RouteTableId, { NatGatewayId: given(NatGateway?.NatGatewayId) });
}

/** What a path asks for, as text for the API and as resources for the traces. */
function pathOf(net: Built, { source, destination, way: through }: PathShape): ScopePath {
  const end = ({ resources: kind, ports: of, protocol, source: from, destination: to }: Statement) => ({
    ...resourcesOf(net, kind),
    PacketHeaderStatement: {
      ...(of && { DestinationPorts: [`${of.from}-${of.to}`] }),
      ...(protocol !== 'any' && { Protocols: [protocol as 'tcp' | 'udp'] }),
      ...(from && { SourceAddresses: [from] }),
      ...(to && { DestinationAddresses: [to] }),
    },
  });
  const named = { gateway: net.gatewayId, group: given(net.groupIds[1]) }[through];
  const statementOf = named === undefined ? { ResourceTypes: ['AWS::EC2::NatGateway'] } : { Resources: [named] };
  return {
    Source: end(source),
    Destination: end(destination),
    ...(through !== 'any' && { ThroughResources: [{ ResourceStatement: statementOf }] }),
  };
}

function resourcesOf(net: Built, kind: string) {
  const types = { interfaces: 'AWS::EC2::NetworkInterface', gateways: 'AWS::EC2::InternetGateway' }[kind];
  if (types !== undefined) return { ResourceStatement: { ResourceTypes: [types] } };
  const named = { host: net.hosts[1]?.id, group: net.groupIds[0], subnet: net.subnetId }[kind];
  return named === undefined ? {} : { ResourceStatement: { Resources: [named] } };
}

/** "from > to protocol" of every pair of which a trace finds a packet that fits. */
function byTraces(net: Built, { match, exclude }: { match: ScopePath; exclude: ScopePath | undefined }): Set<string> {
  const { account, gatewayId, vpcId } = net;
  const copy = copyOf(account.world, 0);
  const gateway = { id: gatewayId, ids: [gatewayId, vpcId], own: OUTSIDE, public: OUTSIDE, interfaceId: undefined };
  const ends = [...net.hosts, gateway];
  const found = new Set<string>();
  for (const from of ends)
    for (const to of ends) {
      if (from === to) continue;
      for (const protocol of [TCP, UDP])
        for (const source of from.own)
          for (const destination of from === gateway ? [...to.public, ...to.own] : to.own)
            for (const destinationPort of [0, ...PORTS, ...PORTS.map((one) => one + 1)]) {
              const key = `${from.id} > ${to.id} ${protocol}`;
              if (found.has(key)) continue;
              const request: TraceRequest = {
                from:
                  from.interfaceId === undefined
                    ? { kind: 'internet' }
                    : { kind: 'interface', id: from.interfaceId as never },
                source: addressOf(source),
                destination: addressOf(destination),
                protocol,
                sourcePort: 32_768,
                destinationPort,
                icmp: undefined,
              };
              if (!isAskedFor(match, { request, from: from.ids, to: to.ids })) continue;
              const explained = copy.explain(request, undefined, 0);
              if (explained.deliveredTo !== (to.interfaceId ?? 'internet')) continue;
              const access = { request, explained, from: from.ids, to: to.ids };
              const isExcluded = exclude && isAskedFor(exclude, access) && isOnTheWay(exclude, access);
              if (isOnTheWay(match, access) && !isExcluded) found.add(key);
            }
    }
  return found;
}

interface Access {
  readonly request: TraceRequest;
  readonly explained: Explanation;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

const isAskedFor = (
  { Source, Destination }: ScopePath,
  { request, from, to }: Pick<Access, 'request' | 'from' | 'to'>,
): boolean =>
  [Source, Destination].every((end) => isHeader(end?.PacketHeaderStatement ?? {}, request)) &&
  isAmong(Source?.ResourceStatement, from) &&
  isAmong(Destination?.ResourceStatement, to);

function isOnTheWay({ ThroughResources = [] }: ScopePath, { explained }: Access): boolean {
  const passed = explained.path.flatMap(({ component, at }) => [component?.id ?? '', at?.interfaceId ?? '']);
  return ThroughResources.every(({ ResourceStatement: one }) => isAmong(one, passed));
}

const PREFIXES: Readonly<Record<string, string>> = {
  'AWS::EC2::NetworkInterface': 'eni-',
  'AWS::EC2::InternetGateway': 'igw-',
  'AWS::EC2::NatGateway': 'nat-',
};

type ResourceStatement = NonNullable<ScopePath['Source']>['ResourceStatement'];
function isAmong(asked: ResourceStatement, ids: readonly string[]): boolean {
  const { Resources = [], ResourceTypes = [] } = asked ?? {};
  if (Resources.length + ResourceTypes.length === 0) return true;
  return ids.some((id) => Resources.includes(id) || ResourceTypes.some((type) => id.startsWith(PREFIXES[type] ?? '?')));
}

type Header = NonNullable<NonNullable<ScopePath['Source']>['PacketHeaderStatement']>;
function isHeader(
  { DestinationPorts: [range] = [], Protocols: [name] = [], SourceAddresses: [from] = [], ...header }: Header,
  { protocol, destinationPort, source, destination }: TraceRequest,
): boolean {
  const [first = 0, last = 65_535] = range?.split('-').map(Number) ?? [];
  const holds = (text: string | undefined, address: TraceRequest['source']): boolean =>
    text === undefined || contains(given(parseCidr(text)), address);
  return (
    (name === undefined || name === (protocol === TCP ? 'tcp' : 'udp')) &&
    destinationPort >= first &&
    destinationPort <= last &&
    holds(from, source) &&
    holds(header.DestinationAddresses?.[0], destination)
  );
}

/** The same of an analysis. */
function byAnalysis(net: Built, request: ScopeRequest): Set<string> {
  const texts = accessFindings(net, request).map(({ FindingComponents: all = [] }) => {
    const [first, last] = [all[0]?.Component?.Id, all.at(-1)?.Component?.Id];
    return `${first} > ${last} ${all[0]?.OutboundHeader?.Protocol}`;
  });
  deepEqual([...new Set(texts)], texts, 'a pair and protocol has one finding');
  return new Set(texts);
}

test('an analysis finds exactly the pairs of which traces of all addresses and ports find a packet', () => {
  let found = 0;
  fc.assert(
    fc.property(network, fc.array(scope, { minLength: 4, maxLength: 4 }), (shape, scopes) => {
      const net = build(shape);
      for (const { match, exclude } of scopes) {
        const paths = { match: pathOf(net, match), exclude: exclude ? pathOf(net, exclude) : undefined };
        const expected = byTraces(net, paths);
        const actual = byAnalysis(net, {
          MatchPaths: [paths.match],
          ...(paths.exclude && { ExcludePaths: [paths.exclude] }),
        });
        found += expected.size;
        deepEqual([...actual].sort(), [...expected].sort(), JSON.stringify(paths));
      }
    }),
    {
      numRuns: Number(process.env.LOCALVPC_PROPERTY_RUNS ?? 8),
      seed: 3,
      endOnFailure: true,
      includeErrorInReport: true,
    },
  );
  ok(found > 60, `only ${found} pairs were found: the networks are too closed to prove anything`);
});
