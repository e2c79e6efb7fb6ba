/** The sets and the trace never disagree: for random networks and packets, a packet is in a set exactly when it is delivered. */
import { deepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { IpAddress } from '../net/address.ts';
import { contains } from '../net/cidr.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../net/protocol.ts';
import { answerTo } from '../pipeline/answer-request.ts';
import { explain } from '../pipeline/explain.ts';
import type { Network } from '../pipeline/network.ts';
import type { TraceRequest } from '../tables/data-plane.ts';
import { type HostSpec, type NetworkOptions, rowsOf } from '../testing/network-rows.ts';
import { randomBalancer } from '../testing/random-balancer.ts';
import { randomFirewallOf } from '../testing/random-firewall.ts';
import { ALL_OUT, acl, openOr, PORTS, port, routeTexts, rules } from '../testing/random-reach-rules.ts';
import { addressOf } from '../testing/rows.ts';
import { cellOf } from '../testing/traffic-cell.ts';
import type { Flow } from './all-pairs.ts';
import { Analysis } from './analysis.ts';
import type { Party } from './parties.ts';
import { unusedRules } from './unused-rules.ts';

interface RandomNetwork {
  readonly hosts: Readonly<Record<string, HostSpec>>;
  readonly options: NetworkOptions;
}

const ALL_IN = ['all from 0.0.0.0/0', 'all from ::/0'];
const host = fc.record({
  in: openOr(ALL_IN, rules('from')),
  out: openOr(ALL_OUT, rules('to')),
  check: openOr(true, fc.boolean()),
});
const anyNetwork: fc.Arbitrary<RandomNetwork> = fc
  .record({
    a: host,
    b: host,
    c: host,
    d: host,
    far: host,
    groups: fc.record({ web: fc.record({ in: rules('from') }), db: fc.record({ in: rules('from') }) }),
    shared: fc.boolean(),
    acls: fc.tuple(acl, acl, acl),
    routes: fc.tuple(routeTexts, routeTexts, routeTexts, routeTexts),
    edge: openOr<readonly string[]>(
      [],
      fc.constantFrom(['10.0.1.0/24 to-host c'], ['10.0.1.0/24 inspect eye'], ['10.0.1.0/24 inspect lens']),
    ),
    internetGateway: openOr(true, fc.boolean()),
    isTunnelOpen: openOr(true, fc.boolean()),
    vpnEdge: openOr<readonly string[]>([], fc.constantFrom(['10.0.1.0/24 to-host c'], ['10.0.1.0/24 inspect eye'])),
    firewall: fc.option(randomFirewallOf(port)),
    node: host,
    balancer: fc.option(randomBalancer),
    onward: fc.subarray(['0.0.0.0/0 internet', '::/0 internet', '10.1.0.0/16 peering peer', '203.0.113.0/24 nat nat']),
    transitRoutes: fc.subarray(['10.0.0.0/16 main', '172.16.0.0/12 far-office', '0.0.0.0/0 main']),
  })
  .map((of) => ({
    hosts: {
      a: {
        ip: '10.0.1.10',
        ipv6: '3fff::10',
        public: '198.18.0.10',
        ...of.a,
        ...(of.shared ? { groups: ['a', 'web'] } : {}),
      },
      b: { ip: '10.0.1.20', more: ['10.0.1.21'], ipv6: '3fff::20', morePublic: ['198.18.0.21'], ...of.b },
      c: {
        ip: '10.0.2.10',
        ipv6: '3fff:0:0:1::10',
        public: '198.18.0.11',
        ...of.c,
        ...(of.shared ? { groups: ['db', 'c'] } : {}),
      },
      d: { ip: '10.0.2.20', ...of.d, ...(of.shared ? { groups: ['db'] } : {}) },
      far: { ip: '10.1.1.10', vpc: 'other', ...of.far },
      twin: { ip: '10.0.1.10', vpc: 'apart', in: ['all from 0.0.0.0/0'] },
      nat: { ip: '10.0.3.10', public: '198.18.0.20', nat: true },
      eye: { ip: '10.0.4.10', firewall: 'arn' },
      node: { ip: '10.0.1.50', public: '198.18.0.50', nodeOf: 'front', ...of.node, ...(of.shared && { groups: [] }) },
      lens: { ip: '10.0.3.30', ipv6: '3fff:0:0:2::30', inspectedBy: 'fleet' },
      fleet: { ip: '10.9.1.10', vpc: 'fleet', gatewayNodeOf: 'fleet' },
      appliance: { ip: '10.9.2.10', vpc: 'fleet', in: of.isTunnelOpen ? ['udp 6081 from 10.9.1.10/32'] : [] },
    },
    options: {
      groups: of.groups,
      prefixLists: { list: ['10.0.2.0/24', '203.0.113.9/32', '3fff::/64'] },
      internetGateway: of.internetGateway,
      acls: { '10.0.1.0/24': of.acls[0], '10.0.2.0/24': of.acls[1], '10.0.3.0/24': of.acls[2] },
      routes: {
        '10.0.1.0/24': of.routes[0],
        '10.0.2.0/24': of.routes[1],
        '10.0.3.0/24': of.routes[2],
        '10.1.1.0/24': of.routes[3],
        '10.0.4.0/24': of.onward,
      },
      firewalls: of.firewall ? { arn: of.firewall } : {},
      balancers: of.balancer ? { front: of.balancer } : {},
      blocks: { other: ['10.1.0.0/16'], fleet: ['10.9.0.0/16'] },
      gatewayBalancers: { fleet: { targets: ['10.9.2.10'] } },
      vpns: {
        office: { vpc: 'main', site: ['192.168.0.0/16', '10.0.2.0/24'] },
        'far-office': { transit: 'hub', site: ['0.0.0.0/0'] },
      },
      ...(of.vpnEdge.length > 0 ? { vpnEdgeRoutes: { main: of.vpnEdge } } : {}),
      transit: {
        hub: {
          vpcs: { main: { subnets: ['10.0.3.0/24'], table: 'hub' } },
          vpns: { 'far-office': { table: 'hub' } },
          tables: { hub: of.transitRoutes },
        },
      },
      peerings: { peer: { between: ['main', 'other'] as const } },
      ...(of.edge.length > 0 ? { edgeRoutes: { main: of.edge } } : {}),
    },
  }));

/** Who sends from which address. */
const SENDERS = [
  ['a', '10.0.1.10'],
  ['a', '3fff::10'],
  ['b', '10.0.1.20'],
  ['b', '10.0.1.21'],
  ['b', '3fff::20'],
  ['c', '10.0.2.10'],
  ['c', '3fff:0:0:1::10'],
  ['d', '10.0.2.20'],
  ['far', '10.1.1.10'],
  ['twin', '10.0.1.10'],
  ['internet', '203.0.113.9'],
  ['internet', '203.0.113.77'],
  ['internet', '8.8.8.8'],
  ['internet', '2001:db8:ffff::9'],
  ['internet', '2600::1'],
  ['site', '192.168.7.9'],
  ['site', '172.16.5.5'],
  ['site', '10.0.2.99'],
  ['site', '203.0.113.9'],
] as const;
const DESTINATIONS = [
  ...new Set(SENDERS.map(([, address]) => address)),
  '198.18.0.10',
  '198.18.0.21',
  '198.18.0.11',
  '198.18.0.20',
  '10.0.3.10',
  ...['10.0.1.50', '10.0.1.50', '10.0.1.50', '198.18.0.50'],
];

const anyRequest: fc.Arbitrary<TraceRequest> = fc
  .record({
    sender: fc.constantFrom(...SENDERS),
    to: fc.constantFrom(...DESTINATIONS),
    kind: fc.constantFrom('tcp', 'tcp', 'udp', 'echo', 'icmp', 'gre', 'esp', 'other'),
    destinationPort: port,
    sourcePort: fc.constantFrom(...PORTS.filter((one) => one >= 1024), 5000),
  })
  .map(({ sender: [name, source], to, kind, ...of }) => {
    const isV4 = !source.includes(':');
    const hasPorts = kind === 'tcp' || kind === 'udp';
    const icmp = kind === 'echo' ? { type: isV4 ? 8 : 128, code: 0 } : { type: isV4 ? 3 : 2, code: isV4 ? 4 : 0 };
    const protocols = {
      tcp: TCP,
      udp: UDP,
      gre: 47,
      esp: 50,
      other: 99,
      echo: isV4 ? ICMP : ICMPV6,
      icmp: isV4 ? ICMP : ICMPV6,
    };
    return {
      from: name === 'internet' || name === 'site' ? { kind: name } : { kind: 'interface', id: `eni-${name}` as never },
      source: addressOf(source),
      destination: addressOf(to),
      protocol: protocols[kind],
      sourcePort: hasPorts ? of.sourcePort : 0,
      destinationPort: hasPorts ? of.destinationPort : 0,
      icmp: kind === 'echo' || kind === 'icmp' ? { ...icmp, identifier: 7 } : undefined,
    };
  });

/** What the sets say of a packet, and what the trace says of it. */
interface Fate {
  readonly deliveredTo: string | undefined;
  readonly isAnswered: boolean | 'perhaps';
  /** True where a firewall tells clients' ports apart, which sets do not. */
  readonly isForSomePorts?: boolean;
}

function byTrace({ pipeline }: Analysis, request: TraceRequest): Fate {
  const there = explain(pipeline, request, undefined, 0);
  if (there.verdict !== 'delivered' || !there.deliveredAs) return { deliveredTo: undefined, isAnswered: false };
  const { deliveredTo = '', deliveredAs } = there;
  const from: TraceRequest['from'] =
    deliveredTo === 'internet' || deliveredTo === 'site'
      ? { kind: deliveredTo }
      : { kind: 'interface' as const, id: deliveredTo as never };
  const answer = answerTo(deliveredAs, from);
  if (!answer) return { deliveredTo, isAnswered: true };
  const back = explain(pipeline, answer, request, 0);
  const home = request.from.kind === 'interface' ? request.from.id : request.from.kind;
  const isAnswered = back.deliveredTo === home && back.deliveredAs?.source === request.destination;
  return { deliveredTo, isAnswered };
}

const holds = (party: Party, id: string | undefined, address: IpAddress): boolean =>
  party.members.some(({ holder, block: of }) => holder?.row.id === id && contains(of, address));

function bySets({ space, pipeline: { network } }: Analysis, flows: readonly Flow[], request: TraceRequest): Fate {
  const { source, destination, protocol, destinationPort, sourcePort, icmp } = request;
  const { cells, sets } = space.traffic[typeof source === 'number' ? 4 : 6];
  const cell = cellOf(cells, protocol, destinationPort, icmp);
  const { from: sender } = request;
  const id = sender.kind === 'interface' ? sender.id : undefined;
  const isHeld = (address: IpAddress) =>
    typeof address === 'number' ? network.publicMapping(address) : network.publicIpv6Holder(address);
  const inOutside = (party: Party, address: IpAddress) =>
    party.members.some(
      ({ edge, block: of }) =>
        edge !== undefined &&
        !isHeld(address) &&
        !(edge === 'site' && isOfAnInterface(network, address)) &&
        space.outside[edge].has(space.atoms.atomOf(address)) &&
        space.atoms.blockOf(space.atoms.atomOf(address)) === of,
    );
  const found = flows.filter(
    ({ from, to, traffic: set }) =>
      typeof to.address === typeof source &&
      sets.has(set, cell) &&
      from
        .flat()
        .some((party) =>
          id === undefined ? party.edge === sender.kind && inOutside(party, source) : holds(party, id, source),
        ) &&
      to.members.some(({ holder, block: of }) =>
        holder ? contains(of, destination) && holder.row.id !== id : inOutside(to, destination),
      ),
  );
  // What an appliance gets in the place of an address outside may be for the internet or for the site.
  const places = new Set(found.map(({ to, lane }) => lane.via ?? to));
  if (places.size > 1) throw new Error('a packet is in two flows');
  const [flow] = found;
  if (!flow) return { deliveredTo: undefined, isAnswered: false };
  const { lane, to } = flow;
  const holder = to.members.find(({ block: of }) => contains(of, destination))?.holder;
  const clientCell = cellOf(cells, protocol, sourcePort, undefined);
  const some = sets.has(lane.answeredForSome, cell) && (sourcePort === 0 || sets.has(lane.clientPorts, clientCell));
  const isForAll = sets.has(lane.answered, cell) || (lane.acls.length < 3 && !lane.isInspected);
  return {
    deliveredTo: lane.via?.row.id ?? to.edge ?? holder?.row.id ?? '',
    isAnswered: some && !isForAll ? 'perhaps' : some,
    isForSomePorts: sets.has(lane.fromSomePorts, cell),
  };
}

/** What an interface sends to its own address never leaves its guest. */
const isForItself = ({ from, destination }: TraceRequest): boolean =>
  SENDERS.some(
    ([name, address]) => from.kind === 'interface' && from.id === `eni-${name}` && addressOf(address) === destination,
  );

const isOfAnInterface = ({ interfaces }: Network, address: IpAddress): boolean =>
  [...interfaces.values()].some((holder) => holder.owns(address));

/** What sites send each other is not asked about, be it by a transit gateway or to an appliance in the other one's place. */
function isBetweenSites({ space: { atoms, outside }, pipeline }: Analysis, request: TraceRequest): boolean {
  const atom = atoms.atomOf(request.destination);
  const isAtSite = outside.site.has(atom) && !outside.internet.has(atom);
  return request.from.kind === 'site' && isAtSite && !isOfAnInterface(pipeline.network, request.destination);
}

/** The rules that decide about a packet and, where it arrives, about its answer. */
function decidingRules({ pipeline }: Analysis, request: TraceRequest): readonly string[] {
  return explain(pipeline, request, undefined, 0).path.flatMap(({ component }) => {
    const rule = component?.rule;
    if (!component || (rule?.kind !== 'network-acl-entry' && rule?.kind !== 'security-group-rule')) return [];
    return [`${component.id} ${rule.direction} ${rule.kind === 'network-acl-entry' ? rule.number : rule.id}`];
  });
}

test('no rule that decides about some packet is called unused', () => {
  fc.assert(
    fc.property(anyNetwork, fc.array(anyRequest, { minLength: 60, maxLength: 60 }), ({ hosts, options }, requests) => {
      const rows = rowsOf(hosts, options);
      const analysis = new Analysis(rows);
      const unused = unusedRules({ rows, names: {} }).map((one) => `${one.componentId} ${one.direction} ${one.rule}`);
      for (const request of requests)
        if (typeof request.source === typeof request.destination && !isForItself(request))
          for (const rule of decidingRules(analysis, request)) ok(!unused.includes(rule), `${rule} is used`);
    }),
    { numRuns: 8, seed: 2, endOnFailure: true, includeErrorInReport: true },
  );
});

test('a packet is in the sets exactly when the trace delivers it, and answered exactly when its answer comes back', () => {
  let delivered = 0;
  fc.assert(
    fc.property(anyNetwork, fc.array(anyRequest, { minLength: 80, maxLength: 80 }), ({ hosts, options }, requests) => {
      const analysis = new Analysis(rowsOf(hosts, options));
      const flows: Flow[] = [];
      analysis.eachFlow((flow) => flows.push(flow));
      for (const request of requests) {
        if (typeof request.source !== typeof request.destination) continue;
        if (isForItself(request) || isBetweenSites(analysis, request)) continue;
        const expected = byTrace(analysis, request);
        const { isForSomePorts, ...actual } = bySets(analysis, flows, request);
        if (isForSomePorts && expected.deliveredTo === undefined) continue;
        // A route may lead it back there, which reaches nobody.
        if (request.from.kind === 'interface' && expected.deliveredTo === request.from.id) continue;
        // Of addresses that somebody else has besides, the site's are not asked about.
        const { network } = analysis.pipeline;
        if (expected.deliveredTo === 'site' && isOfAnInterface(network, request.destination)) continue;
        if (expected.deliveredTo === 'site' && request.from.kind === 'site') continue;
        if (expected.deliveredTo !== undefined) delivered += 1;
        const isAnswered = actual.isAnswered === 'perhaps' ? expected.isAnswered : actual.isAnswered;
        const text = JSON.stringify(request, (_, value: unknown) =>
          typeof value === 'bigint' ? value.toString(16) : value,
        );
        deepEqual({ ...actual, isAnswered, text }, { ...expected, text });
      }
    }),
    {
      numRuns: Number(process.env.LOCALVPC_PROPERTY_RUNS ?? 40),
      seed: Number(process.env.LOCALVPC_PROPERTY_SEED ?? 1),
      endOnFailure: true,
      includeErrorInReport: true,
    } as never,
  );
  ok(delivered > 80, `only ${delivered} packets arrived: the networks are too closed to prove anything`);
});
