/** Network Load Balancers: through a node to a target, with the client's address or the node's, and back. */
import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import { TCP } from '../net/protocol.ts';
import { type BalancerSpec, balancerRows } from '../testing/balancer-rows.ts';
import { check, delivered, dropped, network, OUTSIDE, type Outcome, type TestNetwork } from '../testing/network.ts';
import type { HostSpec, NetworkOptions } from '../testing/network-rows.ts';
import { data, ping, type TestPacket, tcp, udp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';
import { ACK, parseTcp, RST, SYN } from '../wire/tcp.ts';

const ALL = ['all from 0.0.0.0/0'];
const [CLIENT, NODE, SERVER] = ['10.0.1.10', '10.0.2.20', '10.0.3.30'];
const TO_SERVER = { 'tcp 80': { targets: [`${SERVER}:8080`] } } as const satisfies BalancerSpec;
const KEEPING = { 'tcp 80': { targets: [`${SERVER}:8080`], keepsClients: true } } as const satisfies BalancerSpec;

/** Client, node and server, each in a subnet of its own; the node has no groups. */
const balanced = (
  shop: BalancerSpec,
  hosts: Readonly<Record<string, HostSpec>> = {},
  options: NetworkOptions = {},
): TestNetwork =>
  network(
    {
      client: { ip: CLIENT },
      node: { ip: NODE, nodeOf: 'shop', groups: [] },
      server: { ip: SERVER, in: ALL },
      ...hosts,
    },
    { balancers: { shop }, ...options },
  );

/** The answer to what came out at a host last. */
function answer(net: TestNetwork, from = 'server', options: TestPacket['options'] = {}): TestPacket {
  const { lastPacket: seen } = net;
  return {
    from,
    to: formatAddress(seen.source),
    protocol: seen.protocol,
    destinationPort: seen.sourcePort,
    options: {
      sourcePort: seen.destinationPort,
      ...(seen.protocol === TCP ? { tcpFlags: (seen.tcpFlags & SYN) === 0 ? ACK : SYN | ACK } : {}),
      ...options,
    },
  };
}

/** Both ends of the packet that came out last. */
const ends = ({ lastPacket: { source, sourcePort, destination, destinationPort } }: TestNetwork): string =>
  `${formatAddress(source)}:${sourcePort} > ${formatAddress(destination)}:${destinationPort}`;

test('a target sees the node, and the client is answered from the listener’s port', () => {
  const net = balanced(TO_SERVER);
  check(net, tcp('client', 'node', 80), delivered('server'));
  const { sourcePort } = net.lastPacket;
  equal(ends(net), `${NODE}:${sourcePort} > ${SERVER}:8080`);
  check(net, answer(net), delivered('client'));
  equal(ends(net), `${NODE}:80 > ${CLIENT}:40000`);
  check(net, data('client', 'node', 80), delivered('server'));
  check(net, answer(net), delivered('client'));
});

test('a target that sees the client answers it, and that is led back by the node', () => {
  const net = balanced(KEEPING);
  check(net, tcp('client', 'node', 80), delivered('server'));
  equal(ends(net), `${CLIENT}:40000 > ${SERVER}:8080`);
  check(net, answer(net), delivered('client'));
  equal(ends(net), `${NODE}:80 > ${CLIENT}:40000`);
  check(net, data('client', 'node', 80), delivered('server'));
  check(net, answer(net), delivered('client'));
  const before = net.counters.flowCacheHits;
  check(net, data('client', 'node', 80), delivered('server'));
  check(net, answer(net), delivered('client'));
  equal(net.counters.flowCacheHits - before, 4);
});

test('client, node and target may be neighbours', () => {
  for (const shop of [TO_SERVER, KEEPING]) {
    const [node, server] = [
      { ip: '10.0.1.20', nodeOf: 'shop', groups: [] },
      { ip: '10.0.1.30', in: ALL },
    ];
    const net = balanced({ 'tcp 80': { ...shop['tcp 80'], targets: ['10.0.1.30:8080'] } }, { node, server });
    net.setAcl('10.0.1.0/24', {});
    check(net, tcp('client', 'node', 80), delivered('server'));
    check(net, answer(net), delivered('client'));
    equal(ends(net), `10.0.1.20:80 > ${CLIENT}:40000`);
  }
});

test('from the internet it is reached at its public address, and a target without a way out answers', () => {
  for (const shop of [TO_SERVER, KEEPING]) {
    const net = balanced(
      shop,
      { node: { ip: NODE, public: '198.18.0.20', nodeOf: 'shop', groups: [] } },
      { routes: { '10.0.2.0/24': ['0.0.0.0/0 internet'] } },
    );
    check(net, tcp('internet', 'node', 80), delivered('server'));
    equal(formatAddress(net.lastPacket.source), shop === KEEPING ? OUTSIDE : NODE);
    check(net, answer(net), delivered('internet'));
    equal(ends(net), `198.18.0.20:80 > ${OUTSIDE}:40000`);
  }
});

test('from a peered VPC it is reached, and answers go back by the node’s own route table', () => {
  const net = balanced(
    KEEPING,
    { far: { ip: '10.9.1.10', vpc: 'peer' } },
    {
      blocks: { main: ['10.0.0.0/16'], peer: ['10.9.0.0/16'] },
      peerings: { p: { between: ['main', 'peer'] } },
      routes: { '10.0.2.0/24': ['10.9.0.0/16 peering p'], '10.9.1.0/24': ['10.0.0.0/16 peering p'] },
    },
  );
  check(net, tcp('far', 'node', 80), delivered('server'));
  equal(ends(net), `10.9.1.10:40000 > ${SERVER}:8080`);
  check(net, answer(net), delivered('far'));
});

test('what no listener takes goes nowhere', () => {
  const net = balanced(TO_SERVER);
  check(net, tcp('client', 'node', 81), dropped('load-balancer/no-listener'));
  check(net, udp('client', 'node', 80), dropped('load-balancer/no-listener'));
  check(net, ping('client', 'node'), dropped('load-balancer/protocol'));
  check(net, udp('client', 'node', 80, { fragment: 0x2000 }), dropped('load-balancer/fragment'));
  check(net, data('client', 'node', 80), dropped('load-balancer/connection-unknown'));
  const { bytes, transport, transportLength } = net.lastPacket;
  equal(parseTcp(bytes, transport, transportLength)?.flags, RST);
});

test('a listener may take UDP, or both', () => {
  const net = balanced({ 'tcp+udp 53': { targets: [SERVER], keepsClients: true } });
  for (const packet of [tcp('client', 'node', 53), udp('client', 'node', 53)]) {
    check(net, packet, delivered('server'));
    equal(ends(net), `${CLIENT}:40000 > ${SERVER}:53`);
    check(net, answer(net), delivered('client'));
    equal(ends(net), `${NODE}:53 > ${CLIENT}:40000`);
  }
  net.advance(120_000);
  const late = udp('server', 'client', 40_000, { sourcePort: 53 });
  check(net, late, dropped('security-group-in/no-rule'));
});

test('a connection ends after 350 idle seconds, or what the listener says', () => {
  for (const idleTimeoutMs of [350_000, 60_000]) {
    const net = balanced({ ...KEEPING, idleTimeoutMs });
    check(net, tcp('client', 'node', 80), delivered('server'));
    check(net, answer(net), delivered('client'));
    net.advance(idleTimeoutMs - 1);
    check(net, data('client', 'node', 80), delivered('server'));
    net.advance(idleTimeoutMs);
    check(net, data('client', 'node', 80), dropped('load-balancer/connection-unknown'));
  }
});

test('a node sends to targets of its own zone, to others with cross-zone load balancing', () => {
  const other = { ip: '10.0.4.40', in: ALL };
  const only = { targets: ['10.0.4.40 b'] };
  const net = balanced({ 'tcp 80': only }, { other });
  check(net, tcp('client', 'node', 80), dropped('load-balancer/no-target'));
  const crossing = balanced({ 'tcp 80': { ...only, crossesZones: true } }, { other });
  check(crossing, tcp('client', 'node', 80), delivered('other'));
});

test('flows spread over the targets; those of one client go to one target where the group is sticky', () => {
  const second = { ip: '10.0.3.31', in: ALL };
  const hearers = (isSticky: boolean): readonly string[] => {
    const net = balanced({ 'tcp 80': { targets: [SERVER, second.ip], isSticky } }, { second });
    const heard = Array.from({ length: 32 }, (_, index) => {
      const outcome = net.send(tcp('client', 'node', 80, { sourcePort: 2000 + index }));
      return outcome.verdict === 'delivered' ? outcome.to : outcome.verdict;
    });
    return [...new Set(heard)].sort();
  };
  deepEqual(hearers(false), ['second', 'server']);
  equal(hearers(true).length, 1);
});

test('several groups share by weight, and a listener whose groups all weigh nothing takes nothing', () => {
  const second = { ip: '10.0.3.31', in: ALL };
  const groups = (one: number, other: number) => [
    { targets: [SERVER], weight: one },
    { targets: [second.ip], weight: other },
  ];
  const net = balanced({ 'tcp 80': groups(3, 1), 'tcp 81': groups(1, 0), 'tcp 82': groups(0, 0) }, { second });
  const count = (port: number): number =>
    Array.from({ length: 64 }, (_, index) =>
      net.send(tcp('client', 'node', port, { sourcePort: 2000 + index })),
    ).filter((outcome) => outcome.verdict === 'delivered' && outcome.to === 'second').length;
  const shared = count(80);
  equal(shared > 4 && shared < 32, true, String(shared));
  equal(count(81), 0);
  check(net, tcp('client', 'node', 82), dropped('load-balancer/no-target-group'));
});

test('a target that is its own client sees itself, and is not answered; with the node’s address it is', () => {
  const net = balanced(KEEPING);
  check(net, tcp('server', 'node', 80), dropped('load-balancer/hairpin'));
  const other = balanced(TO_SERVER);
  check(other, tcp('server', 'node', 80), delivered('server'));
});

test('a client that comes to one target by two listeners from one port would look the same', () => {
  const group = { targets: [`${SERVER}:8080`], keepsClients: true };
  const net = balanced({ 'tcp 80': group, 'tcp 81': group });
  check(net, tcp('client', 'node', 80), delivered('server'));
  check(net, tcp('client', 'node', 81), dropped('load-balancer/port-taken'));
  check(net, tcp('client', 'node', 81, { sourcePort: 40_001 }), delivered('server'));
});

test('targets without a free port at the node get nothing', () => {
  const full = balanced(TO_SERVER, {}, { translationLimits: { total: 8, perDestination: 1 } });
  check(full, tcp('client', 'node', 80), delivered('server'));
  check(full, tcp('client', 'node', 80, { sourcePort: 2 }), dropped('load-balancer/no-free-port'));
});

test('groups of the node decide who comes in and what goes out, and its targets may name them', () => {
  const node = { ip: NODE, nodeOf: 'shop', in: ['tcp 80 from client'], out: ['tcp 8080 to 0.0.0.0/0'] };
  for (const shop of [TO_SERVER, KEEPING]) {
    const net = balanced(shop, {
      node,
      server: { ip: SERVER, in: ['tcp 8080 from node'] },
      other: { ip: '10.0.1.11' },
    });
    check(net, tcp('other', 'node', 80), dropped('security-group-in/no-rule'));
    check(net, tcp('client', 'node', 80), delivered('server'));
    check(net, answer(net), delivered('client'));
    check(net, data('client', 'node', 80), delivered('server'));
    check(net, answer(net), delivered('client'));
    net.setRules('node', { in: ['tcp 80 from client'], out: [] });
    check(net, tcp('client', 'node', 80, { sourcePort: 7 }), dropped('security-group-out/no-rule'));
    net.setRules('node', { in: [], out: [] });
    check(net, data('client', 'node', 80), delivered('server'));
    check(net, answer(net), delivered('client'));
  }
});

test('rules of targets see the client where its address is kept, and never its groups', () => {
  const net = balanced(KEEPING);
  const admits = (rule: string, expected: Outcome): void => {
    net.setRules('server', { in: [rule] });
    const packet = tcp('client', 'node', 80, { sourcePort: 1000 + net.counters.framesReceived });
    check(net, packet, expected);
  };
  admits(`tcp 8080 from ${CLIENT}/32`, delivered('server'));
  admits(`tcp 8080 from ${NODE}/32`, dropped('security-group-in/no-rule'));
  admits('tcp 8080 from client', dropped('security-group-in/reference-lost'));
});

test('ACLs of both subnets see the client’s address where it is kept', () => {
  const net = balanced(KEEPING);
  const sends = (): TestPacket => tcp('client', 'node', 80, { sourcePort: 1000 + net.counters.framesReceived });
  net.setAcl('10.0.3.0/24', { in: [`1 allow tcp 8080 ${CLIENT}/32`], out: [`1 allow tcp 1024-65535 ${CLIENT}/32`] });
  check(net, tcp('client', 'node', 80), delivered('server'));
  check(net, answer(net), delivered('client'));
  net.setAcl('10.0.3.0/24', { in: ALL.map(() => '1 allow all 0.0.0.0/0'), out: [`1 allow all ${NODE}/32`] });
  check(net, sends(), delivered('server'));
  check(net, answer(net), dropped('network-acl-out/denied'));
  net.setAcl('10.0.3.0/24', { in: [`1 allow all ${NODE}/32`], out: ['1 allow all 0.0.0.0/0'] });
  check(net, sends(), dropped('network-acl-in/denied'));
});

test('with a target that stops its connections end, with one that is deregistered they go on', () => {
  const net = balanced(KEEPING, { second: { ip: '10.0.3.31', in: ALL } });
  const put = (targets: readonly string[]): void =>
    net.put(
      ...balancerRows('shop', { 'tcp 80': { targets, keepsClients: true } }, { node: { ip: NODE, nodeOf: 'shop' } }),
    );
  check(net, tcp('client', 'node', 80), delivered('server'));
  put(['10.0.3.31:8080']);
  check(net, data('client', 'node', 80), delivered('server'));
  check(net, answer(net), delivered('client'));
  check(net, tcp('client', 'node', 80, { sourcePort: 7 }), delivered('second'));
  net.apply([{ change: 'remove', kind: 'interface', id: idOf('eni', 'server') }]);
  check(net, data('client', 'node', 80), dropped('load-balancer/connection-unknown'));
});

test('a question about the way there and back takes the flow for granted and changes nothing', () => {
  for (const shop of [TO_SERVER, KEEPING]) {
    const net = balanced(shop);
    const asked = {
      from: { kind: 'interface', id: idOf('eni', 'client') } as const,
      source: net.rowOf('client').ipv4Addresses[0] ?? (0 as never),
      destination: net.rowOf('node').ipv4Addresses[0] ?? (0 as never),
      protocol: TCP,
      sourcePort: 40_000,
      destinationPort: 80,
      icmp: undefined,
    };
    const there = net.fabric.explain(asked);
    equal(there.deliveredTo, idOf('eni', 'server'));
    const { source, destination, sourcePort, destinationPort } = there.deliveredAs ?? asked;
    const back = {
      ...asked,
      from: { kind: 'interface', id: idOf('eni', 'server') } as const,
      source: destination,
      destination: source,
      sourcePort: destinationPort,
      destinationPort: sourcePort,
    };
    const answered = net.fabric.explain(back, asked);
    equal(answered.deliveredTo, idOf('eni', 'client'));
    equal(answered.deliveredAs && formatAddress(answered.deliveredAs.source), NODE);
    notEqual(net.fabric.explain(back).deliveredTo, idOf('eni', 'client'));
  }
});
