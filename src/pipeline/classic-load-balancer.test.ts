/** Classic Load Balancers: as a Network Load Balancer that shows no client, with an ACL before neighbours and an end for what is taken out. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import { type BalancerSpec, balancerRows, type GroupSpec } from '../testing/balancer-rows.ts';
import { check, delivered, dropped, network, type TestNetwork } from '../testing/network.ts';
import type { HostSpec, NetworkOptions } from '../testing/network-rows.ts';
import { data, type TestPacket, tcp, udp } from '../testing/packets.ts';
import { ACK, parseTcp, RST, SYN } from '../wire/tcp.ts';

const ALL = ['all from 0.0.0.0/0'];
const [CLIENT, NODE, SERVER] = ['10.0.1.10', '10.0.2.20', '10.0.2.30'];

const classic = (group: Partial<GroupSpec> = {}): BalancerSpec => ({
  type: 'classic',
  idleTimeoutMs: 60_000,
  'tcp 80': { targets: [`${SERVER}:8080`], draining: [], ...group },
});

/** The client, and in another subnet the node with the server beside it. */
const balanced = (
  shop: BalancerSpec = classic(),
  hosts: Readonly<Record<string, HostSpec>> = {},
  options: NetworkOptions = {},
): TestNetwork =>
  network(
    {
      client: { ip: CLIENT, in: ALL },
      node: { ip: NODE, nodeOf: 'shop', in: ALL },
      server: { ip: SERVER, in: ALL },
      ...hosts,
    },
    { balancers: { shop }, ...options },
  );

const put = (net: TestNetwork, group: Partial<GroupSpec>): void =>
  net.put(...balancerRows('shop', classic(group), { node: { ip: NODE, nodeOf: 'shop' } }));

/** The server's answer to what came out at it last. */
const answer = ({ lastPacket: seen }: TestNetwork): TestPacket =>
  tcp('server', formatAddress(seen.source), seen.sourcePort, {
    sourcePort: seen.destinationPort,
    tcpFlags: (seen.tcpFlags & SYN) === 0 ? ACK : SYN | ACK,
  });

test('an instance sees the node at its own port, and the client is answered from the listener’s', () => {
  const net = balanced();
  check(net, tcp('client', 'node', 80), delivered('server'));
  equal(formatAddress(net.lastPacket.source), NODE);
  equal(net.lastPacket.destinationPort, 8080);
  check(net, answer(net), delivered('client'));
  equal(`${formatAddress(net.lastPacket.source)}:${net.lastPacket.sourcePort}`, `${NODE}:80`);
  net.advance(60_000);
  check(net, data('client', 'node', 80), dropped('load-balancer/connection-unknown'));
});

test('what no listener takes goes nowhere, nor does anything without an instance that runs in a zone that is enabled', () => {
  const net = balanced();
  check(net, tcp('client', 'node', 8080), dropped('load-balancer/no-classic-listener'));
  check(net, udp('client', 'node', 80), dropped('load-balancer/no-classic-listener'));
  put(net, { targets: [] });
  check(net, tcp('client', 'node', 80), dropped('load-balancer/no-instance'));
  put(net, { targets: [`${SERVER}:8080 b`] });
  check(net, tcp('client', 'node', 80), dropped('load-balancer/no-instance'));
  put(net, { targets: [`${SERVER}:8080 b`], crossesZones: true, zones: ['a'] });
  check(net, tcp('client', 'node', 80), dropped('load-balancer/no-instance'));
  put(net, { targets: [`${SERVER}:8080 b`], crossesZones: true, zones: ['a', 'b'] });
  check(net, tcp('client', 'node', 80), delivered('server'));
});

test('the subnet’s ACL is asked about what the node sends to an instance beside it, and not about the answer', () => {
  const net = balanced();
  net.setAcl('10.0.2.0/24', { in: ['1 allow tcp 80 0.0.0.0/0'], out: [] });
  check(net, tcp('client', 'node', 80), dropped('network-acl-neighbour-out/denied'));
  net.setAcl('10.0.2.0/24', { in: ['1 allow tcp 80 0.0.0.0/0'], out: [`1 allow tcp 8080 ${SERVER}/32`] });
  check(net, tcp('client', 'node', 80), delivered('server'));
  check(net, answer(net), dropped('network-acl-out/denied'));
  net.setAcl('10.0.2.0/24', { in: ['1 allow tcp 80 0.0.0.0/0'], out: ['1 allow all 0.0.0.0/0'] });
  check(net, tcp('client', 'node', 80, { sourcePort: 7 }), delivered('server'));
  check(net, answer(net), delivered('client'));
});

test('without connection draining a connection ends with the registration of its instance, from both sides', () => {
  const net = balanced(classic(), { second: { ip: '10.0.2.31', in: ALL } });
  check(net, tcp('client', 'node', 80), delivered('server'));
  const late = answer(net);
  put(net, { targets: ['10.0.2.31:8080'] });
  check(net, data('client', 'node', 80), dropped('load-balancer/connection-unknown'));
  check(net, late, dropped('load-balancer/connection-unknown'));
  const { bytes, transport, transportLength } = net.lastPacket;
  equal(parseTcp(bytes, transport, transportLength)?.flags, RST);
  check(net, tcp('client', 'node', 80, { sourcePort: 7 }), delivered('second'));
});

test('while connections drain an instance keeps what it has and gets nothing new', () => {
  const net = balanced();
  check(net, tcp('client', 'node', 80), delivered('server'));
  const [addressOfServer] = net.rowOf('server').ipv4Addresses;
  if (addressOfServer === undefined) throw new Error('the server has no address');
  put(net, { targets: [], draining: [{ address: addressOfServer, untilMs: net.nowMs + 20_000 }] });
  check(net, data('client', 'node', 80), delivered('server'));
  check(net, answer(net), delivered('client'));
  check(net, tcp('client', 'node', 80, { sourcePort: 7 }), dropped('load-balancer/no-instance'));
  net.advance(20_000);
  check(net, data('client', 'node', 80), dropped('load-balancer/connection-unknown'));
});

test('groups of the node decide who comes in and what goes out', () => {
  const node = { ip: NODE, nodeOf: 'shop', in: ['tcp 80 from client'], out: ['tcp 8080 to 0.0.0.0/0'] };
  const net = balanced(classic(), {
    node,
    server: { ip: SERVER, in: ['tcp 8080 from node'] },
    other: { ip: '10.0.1.11' },
  });
  check(net, tcp('other', 'node', 80), dropped('security-group-in/no-rule'));
  check(net, tcp('client', 'node', 80), delivered('server'));
  check(net, answer(net), delivered('client'));
  net.setRules('node', { in: ['tcp 80 from client'], out: [] });
  check(net, tcp('client', 'node', 80, { sourcePort: 7 }), dropped('security-group-out/no-rule'));
});

test('flows that are tracked nowhere pass as well: a Classic Load Balancer has nothing tracked by itself', () => {
  const open = { in: ALL, out: ['all to 0.0.0.0/0'] };
  const net = balanced(classic(), { node: { ip: NODE, nodeOf: 'shop', ...open } });
  check(net, tcp('client', 'node', 80), delivered('server'));
  check(net, answer(net), delivered('client'));
  net.setRules('node', { in: [], out: ['all to 0.0.0.0/0'] });
  check(net, data('client', 'node', 80), dropped('security-group-in/no-rule'));
});
