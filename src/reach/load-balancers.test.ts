/** Load balancers in `reach`: what their listeners take comes to each of their targets, by the rules at the port that these have. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TCP, UDP } from '../net/protocol.ts';
import { explain } from '../pipeline/explain.ts';
import type { WantedTarget } from '../tables/data-plane.ts';
import type { BalancerSpec } from '../testing/balancer-rows.ts';
import { type HostSpec, type NetworkOptions, rowsOf } from '../testing/network-rows.ts';
import { idOf, ipv4Of } from '../testing/rows.ts';
import { Analysis } from './analysis.ts';
import { type ReachEnd, reach } from './report.ts';
import { rangesText } from './traffic-text.ts';
import { unusedRules } from './unused-rules.ts';

const nameOf = (end: ReachEnd): string => (end.kind === 'interface' ? end.ownerId.replace(/^.*[-/]/, '') : end.kind);

const network = (shop: BalancerSpec, hosts: Readonly<Record<string, HostSpec>> = {}, options: NetworkOptions = {}) =>
  rowsOf(
    {
      client: { ip: '10.0.1.10' },
      node: { ip: '10.0.2.20', nodeOf: 'shop', in: ['tcp 79-82 from client'] },
      one: { ip: '10.0.2.31', in: ['tcp 8080 from node'] },
      two: { ip: '10.0.3.32', in: ['tcp 8080-8081 from node'] },
      ...hosts,
    },
    { balancers: { shop }, ...options },
  );

const TARGETS = ['10.0.2.31:8080', '10.0.3.32:8080'];

/** "client via one: tcp 80", of those to the node. */
function toNode(rows: ReturnType<typeof network>): readonly string[] {
  const { flows } = reach({ rows, names: {} }, { to: idOf('eni', 'node') });
  return flows
    .map(({ from, via, traffic, answered }) => {
      const ends = [...from.map(nameOf), ...(via ? [`via ${nameOf(via)}`] : [])];
      return `${ends.join(' ')}: ${rangesText(traffic)}${answered === 'yes' ? '' : ' unanswered'}`;
    })
    .sort();
}

test('each target gets what a listener takes, as far as the groups of both ends let it pass', () => {
  for (const type of ['network', 'classic'] as const) {
    const shop: BalancerSpec = { type, 'tcp 80': { targets: TARGETS }, 'tcp 81': { targets: ['10.0.2.31:8081'] } };
    deepEqual(toNode(network(shop)), ['client via one: tcp 80', 'client via two: tcp 80']);
  }
  const two: BalancerSpec = { 'tcp 80': { targets: TARGETS }, 'tcp 82': { targets: ['10.0.3.32:8081'] } };
  deepEqual(toNode(network(two)), ['client via one: tcp 80', 'client via two: tcp 80', 'client via two: tcp 82']);
});

test('a target is asked about at each port at which it is registered, whatever comes first', () => {
  for (const targets of [
    ['10.0.3.32:9090', '10.0.3.32:8080'],
    ['10.0.3.32:8080', '10.0.3.32:9090'],
  ])
    deepEqual(toNode(network({ 'tcp 80': { targets } })), ['client via two: tcp 80']);
});

test('an ACL before a Classic Load Balancer’s neighbours is asked at the instance’s port', () => {
  const shop: BalancerSpec = { 'tcp 80': { targets: TARGETS } };
  const acls = {
    '10.0.2.0/24': { in: ['1 allow all 0.0.0.0/0'], out: ['1 deny tcp 8080 10.0.2.31/32', '2 allow all 0.0.0.0/0'] },
  };
  deepEqual(toNode(network({ ...shop, type: 'network' }, {}, { acls })).length, 2);
  deepEqual(toNode(network({ ...shop, type: 'classic' }, {}, { acls })), ['client via two: tcp 80']);
});

test('what an endpoint takes goes to the targets of its service', () => {
  const rows = network(
    { 'tcp 80': { targets: TARGETS }, filtersPrivateLink: false },
    {
      guest: { ip: '10.9.1.10', vpc: 'consumer' },
      door: { ip: '10.9.1.20', vpc: 'consumer', endpointTo: 'shop', in: ['tcp 0-100 from 10.9.0.0/16'] },
    },
    { blocks: { main: ['10.0.0.0/16'], consumer: ['10.9.0.0/16'] } },
  );
  const { flows } = reach({ rows, names: {} }, { to: idOf('eni', 'door') });
  deepEqual(
    flows.map(({ from, via, traffic }) => [...from.map(nameOf), via && nameOf(via), rangesText(traffic)]),
    [
      ['guest', 'one', 'tcp 80'],
      ['guest', 'two', 'tcp 80'],
    ],
  );
});

test('rules that let something pass behind a load balancer are used ones, at the port that it has there', () => {
  const rows = network({ 'tcp 80': { targets: TARGETS } });
  const unused = unusedRules({ rows, names: {} }).map(({ componentId, rule }) => `${componentId} ${rule}`);
  for (const used of ['sg-one sgr-one-in-0', 'sg-two sgr-two-in-0', 'sg-node sgr-node-in-0'])
    equal(unused.includes(used), false, used);
});

const rule = fc.constantFrom(
  'all',
  'tcp 80',
  'tcp 8080',
  'tcp 80-443',
  'tcp 8080-8081',
  'tcp 1024-65535',
  'tcp 79-82',
  'udp 53',
);
const peers = fc.constantFrom('0.0.0.0/0', '10.0.1.10/32', '10.0.2.0/24', 'client', 'node', 'one');
const rulesOf = (word: 'from' | 'to') =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant([`all ${word} 0.0.0.0/0`]) },
    {
      weight: 1,
      arbitrary: fc.array(
        fc.tuple(rule, peers).map(([of, who]) => `${of} ${word} ${who}`),
        { minLength: 1, maxLength: 3 },
      ),
    },
  );
const hostRules = fc.record({ in: rulesOf('from'), out: rulesOf('to') });
const entry = fc
  .tuple(fc.constantFrom('allow', 'allow', 'deny'), rule, fc.constantFrom('0.0.0.0/0', '10.0.2.0/24', '10.0.3.32/32'))
  .map(([action, of, block]) => `${action} ${of} ${block}`);
const entries = fc.oneof(
  { weight: 5, arbitrary: fc.constant(['1 allow all 0.0.0.0/0']) },
  {
    weight: 1,
    arbitrary: fc.array(entry, { maxLength: 3 }).map((all) => all.map((one, index) => `${index + 1} ${one}`)),
  },
);
const acl = fc.record({ in: entries, out: entries });
const group = fc.record({
  targets: fc.subarray([...TARGETS, '10.0.2.31:443', '10.0.3.32', '10.0.1.10:8080'], { minLength: 1 }),
  keepsClients: fc.boolean(),
});

const anyNetwork = fc
  .record({
    type: fc.constantFrom('network', 'classic'),
    groups: fc.tuple(group, group, group),
    rules: fc.tuple(hostRules, hostRules, hostRules, hostRules),
    acls: fc.tuple(acl, acl, acl),
  })
  .map(({ type, groups: [of80, of81, of53], rules: [client, node, one, two], acls }) =>
    network(
      { type, 'tcp 80': of80, 'tcp 81': of81, 'udp 53': of53 },
      {
        client: { ip: '10.0.1.10', ...client },
        node: { ip: '10.0.2.20', nodeOf: 'shop', ...node },
        one: { ip: '10.0.2.31', ...one },
        two: { ip: '10.0.3.32', ...two },
      },
      { acls: { '10.0.1.0/24': acls[0], '10.0.2.0/24': acls[1], '10.0.3.0/24': acls[2] } },
    ),
  );

const SENDERS = [
  ['client', '10.0.1.10'],
  ['one', '10.0.2.31'],
  ['two', '10.0.3.32'],
] as const;
const ASKED = [
  [TCP, [0, 79, 80, 81, 82, 443, 8080]],
  [UDP, [52, 53, 54]],
] as const;

/** Every interface at every port at which a group may have it. */
const wantedAt = (listenerPort: number): readonly WantedTarget[] =>
  ['client', 'one', 'two'].flatMap((name) =>
    [443, 8080, listenerPort].map((port) => ({ interfaceId: idOf('eni', name), port })),
  );

/** "client tcp 80 eni-one", of all that the sets say comes to targets through the node. */
function bySets(analysis: Analysis): readonly string[] {
  const found = new Set<string>();
  analysis.eachFlow(({ from, to, lane, traffic }, version) => {
    const { cells, sets } = analysis.space.traffic[version];
    if (to.holder?.row.id !== idOf('eni', 'node')) return;
    for (const [name] of SENDERS)
      if (from.flat().some(({ members }) => members.some(({ holder }) => holder?.row.id === idOf('eni', name))))
        for (const [protocol, ports] of ASKED)
          for (const port of ports)
            if (sets.has(traffic, cells.atPort(protocol, port) ?? -1))
              found.add(`${name} ${protocol} ${port} ${lane.via?.row.id ?? ''}`);
  });
  return [...found].sort();
}

function byTraces({ pipeline }: Analysis): readonly string[] {
  const found = new Set<string>();
  const destination = ipv4Of('10.0.2.20');
  for (const [name, address] of SENDERS)
    for (const [protocol, ports] of ASKED)
      for (const destinationPort of ports)
        for (const wanted of wantedAt(destinationPort)) {
          const from = { kind: 'interface', id: idOf('eni', name) } as const;
          const ends = { source: ipv4Of(address), destination, protocol, sourcePort: 40_000, destinationPort };
          const request = { from, ...ends, icmp: undefined, wantedTargets: [wanted] };
          const { deliveredTo } = explain(pipeline, request, undefined, 0);
          // What comes back to who sent it reaches nobody.
          if (deliveredTo !== undefined && deliveredTo !== from.id)
            found.add(`${name} ${protocol} ${destinationPort} ${deliveredTo}`);
        }
  return [...found].sort();
}

test('sets say what traces say, port by port and target by target', () => {
  let arrived = 0;
  fc.assert(
    fc.property(anyNetwork, (rows) => {
      const analysis = new Analysis(rows);
      const sets = bySets(analysis);
      arrived += sets.length;
      deepEqual(sets, byTraces(analysis));
    }),
    {
      numRuns: Number(process.env.LOCALVPC_PROPERTY_RUNS ?? 30),
      seed: Number(process.env.LOCALVPC_PROPERTY_SEED ?? 1),
    },
  );
  equal(arrived > 100, true, `${arrived} packets arrived`);
});

test('no rule that decides about a packet through a load balancer is called unused', () => {
  fc.assert(
    fc.property(anyNetwork, (rows) => {
      const unused = new Set(
        unusedRules({ rows, names: {} }).map(
          ({ componentId, direction, rule: of }) => `${componentId} ${direction} ${of}`,
        ),
      );
      const { pipeline } = new Analysis(rows);
      for (const destinationPort of [80, 81])
        for (const wanted of wantedAt(destinationPort)) {
          const ends = {
            source: ipv4Of('10.0.1.10'),
            destination: ipv4Of('10.0.2.20'),
            protocol: TCP,
            sourcePort: 40_000,
          };
          const from = { kind: 'interface', id: idOf('eni', 'client') } as const;
          const request = { from, ...ends, destinationPort, icmp: undefined, wantedTargets: [wanted] };
          for (const { component } of explain(pipeline, request, undefined, 0).path) {
            const of = component?.rule;
            if (of?.kind === 'security-group-rule')
              equal(unused.has(`${component?.id} ${of.direction} ${of.id}`), false);
            if (of?.kind === 'network-acl-entry')
              equal(unused.has(`${component?.id} ${of.direction} ${of.number}`), false);
          }
        }
    }),
    {
      numRuns: Number(process.env.LOCALVPC_PROPERTY_RUNS ?? 10),
      seed: Number(process.env.LOCALVPC_PROPERTY_SEED ?? 1),
    },
  );
});
