/** Interface endpoints: one way, between VPCs that may have the same addresses, past the groups of both sides. */
import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import { TCP } from '../net/protocol.ts';
import { type BalancerSpec, balancerRows } from '../testing/balancer-rows.ts';
import { check, delivered, dropped, network, type TestNetwork } from '../testing/network.ts';
import type { HostSpec, NetworkOptions } from '../testing/network-rows.ts';
import { data, ping, protocol, type TestPacket, tcp, udp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';
import { ACK, parseTcp, RST, SYN } from '../wire/tcp.ts';

const ALL = ['all from 0.0.0.0/0'];
const NODE = '10.0.1.20';

/** A consumer's VPC and a provider's with the same block: client and endpoint here, node and server there. */
const privateService = (hosts: Readonly<Record<string, HostSpec>> = {}, options: NetworkOptions = {}): TestNetwork =>
  network(
    {
      client: { ip: '10.0.1.10' },
      endpoint: {
        ip: '10.0.1.5',
        endpointTo: 'shop',
        in: ['tcp 443 from client', 'udp 53 from 10.0.0.0/16', 'icmp from client'],
      },
      node: { ip: NODE, vpc: 'provider', nodeOf: 'shop', groups: [] },
      server: { ip: '10.0.1.10', vpc: 'provider', in: [`all from ${NODE}/32`] },
      ...hosts,
    },
    { internetGateway: false, balancers: { shop: sendingTo(['10.0.1.10']) }, ...options },
  );

/** A load balancer that forwards the ports of HTTPS and DNS to the same ones of its targets. */
const sendingTo = (targets: readonly string[]): BalancerSpec => ({
  'tcp 443': { targets },
  'udp 53': { targets },
});

/** The answer to what came out at the server last. */
function answer(net: TestNetwork, options: TestPacket['options'] = {}): TestPacket {
  const { lastPacket: seen } = net;
  return {
    from: 'server',
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

test('a client reaches the service at the endpoint’s address, and the service sees the load balancer’s', () => {
  const net = privateService();
  for (const packet of [tcp('client', 'endpoint', 443), udp('client', 'endpoint', 53)]) {
    check(net, packet, delivered('server'));
    equal(formatAddress(net.lastPacket.source), NODE);
    equal(net.lastPacket.destinationPort, packet.destinationPort);
    check(net, answer(net), delivered('client'));
    equal(formatAddress(net.lastPacket.source), '10.0.1.5');
    equal(net.lastPacket.destinationPort, packet.options.sourcePort);
  }
});

test('an endpoint to a service of AWS leads to its address outside, where it stands for the client, and only answers come back', () => {
  const net = network(
    {
      client: { ip: '10.0.1.10' },
      endpoint: { ip: '10.0.1.5', endpointTo: 'aws 192.0.2.66', in: ['tcp 443 from client'] },
    },
    { internetGateway: false },
  );
  check(net, tcp('client', 'endpoint', 443), delivered('internet'));
  const seen = net.lastPacket;
  equal(formatAddress(seen.destination), '192.0.2.66');
  equal(formatAddress(seen.source).startsWith('100.64.'), true);
  const back = { source: '192.0.2.66', sourcePort: 443, tcpFlags: SYN | ACK };
  check(net, tcp('internet', formatAddress(seen.source), seen.sourcePort, back), delivered('client'));
  equal(formatAddress(net.lastPacket.source), '10.0.1.5');
  check(net, data('client', 'endpoint', 443), delivered('internet'));
  const other = { ...back, source: '192.0.2.67' };
  const unasked = dropped('internet-arrival/endpoint-unsolicited');
  check(net, tcp('internet', formatAddress(seen.source), seen.sourcePort, other), unasked);
  check(net, tcp('client', 'endpoint', 80), dropped('security-group-in/no-rule'));
  check(net, ping('client', 'endpoint'), dropped('security-group-in/no-rule'));
});

test('an endpoint to EC2 or STS leads to localvpc’s own API, which nobody reaches another way', () => {
  const net = network(
    {
      client: { ip: '10.0.1.10', out: ALL.map((rule) => rule.replace('from', 'to')) },
      endpoint: { ip: '10.0.1.5', endpointTo: 'api', in: ['tcp 80 from client'] },
    },
    { internetGateway: false },
  );
  check(net, tcp('client', 'endpoint', 80), delivered('services'));
  const seen = net.lastPacket;
  equal(formatAddress(seen.destination), '169.254.169.80');
  const back = { source: '169.254.169.80', sourcePort: 80, tcpFlags: SYN | ACK };
  check(net, tcp('services', formatAddress(seen.source), seen.sourcePort, back), delivered('client'));
  equal(formatAddress(net.lastPacket.source), '10.0.1.5');
  const unasked = dropped('services-reply/no-endpoint');
  check(net, tcp('services', formatAddress(seen.source), seen.sourcePort + 1, back), unasked);
  check(net, tcp('client', '169.254.169.80', 80), dropped('link-local/unknown-address'));
});

test('a connection goes on both ways, and is over after 350 seconds without a packet', () => {
  const net = privateService();
  check(net, tcp('client', 'endpoint', 443), delivered('server'));
  const port = net.lastPacket.sourcePort;
  check(net, answer(net), delivered('client'));
  net.advance(349_000);
  check(net, data('client', 'endpoint', 443), delivered('server'));
  equal(net.lastPacket.sourcePort, port);
  check(net, answer(net), delivered('client'));
  net.advance(350_000);
  check(net, data('client', 'endpoint', 443), dropped('endpoint/connection-unknown'));
  const { bytes, transport, transportLength } = net.lastPacket;
  equal(parseTcp(bytes, transport, transportLength)?.flags, RST);
});

test('the groups of the endpoint decide, and then those of the server', () => {
  const net = privateService();
  check(net, tcp('client', 'endpoint', 80), dropped('security-group-in/no-rule'));
  net.setRules('server', { in: ['tcp 22 from 0.0.0.0/0'] });
  check(net, tcp('client', 'endpoint', 443), dropped('security-group-in/no-rule'));
  deepEqual(net.lastTrace.filter((step) => step.startsWith('endpoint')).length, 1);
});

test('ACLs of the node’s and the server’s subnets apply as between any two subnets', () => {
  const target = { ip: '10.0.2.10', vpc: 'provider', in: ALL } as const;
  const net = privateService({ server: target }, { balancers: { shop: sendingTo([target.ip]) } });
  check(net, tcp('client', 'endpoint', 443), delivered('server'));
  check(net, answer(net), delivered('client'));
  net.setAcl('10.0.2.0/24', { in: ['1 deny tcp 443 0.0.0.0/0'] }, 'provider');
  check(net, tcp('client', 'endpoint', 443), dropped('network-acl-in/denied'));
});

test('clients in other subnets go by the local route, past the ACL of the endpoint’s subnet', () => {
  const net = privateService({ far: { ip: '10.0.7.10' } });
  net.setRules('endpoint', { in: ALL });
  check(net, tcp('far', 'endpoint', 443), delivered('server'));
  check(net, answer(net), delivered('far'));
  net.setAcl('10.0.1.0/24', { in: ['1 deny all 10.0.7.0/24'] });
  check(net, tcp('far', 'endpoint', 443), dropped('network-acl-in/denied'));
});

test('neither end takes what a neighbour sends to its MAC for somebody else', () => {
  const net = privateService({ elsewhere: { ip: '10.0.7.10' } });
  const toEndpoint = { destinationMac: net.rowOf('endpoint').mac };
  check(net, tcp('client', 'elsewhere', 443, toEndpoint), dropped('destination-check/not-its-own'));
  const toNode = { destinationMac: net.rowOf('node').mac, destination: '10.0.7.10' };
  check(net, tcp('server', 'node', 443, toNode), dropped('load-balancer/not-its-own'));
});

test('nothing opens a connection the other way', () => {
  const net = privateService();
  check(net, tcp('server', 'node', 80), dropped('load-balancer/no-listener'));
  check(net, tcp('client', 'endpoint', 443), delivered('server'));
  const other = tcp('server', 'node', net.lastPacket.sourcePort, { sourcePort: 1 });
  check(net, other, dropped('load-balancer/no-listener'));
});

test('what no listener takes goes nowhere, and the answer shows the endpoint’s port whatever the target’s is', () => {
  const net = privateService({}, { balancers: { shop: { 'tcp 443': { targets: ['10.0.1.10:8443'] } } } });
  net.setRules('endpoint', { in: ALL });
  check(net, tcp('client', 'endpoint', 80), dropped('endpoint/no-listener'));
  check(net, udp('client', 'endpoint', 443), dropped('endpoint/no-listener'));
  check(net, tcp('client', 'endpoint', 443), delivered('server'));
  equal(net.lastPacket.destinationPort, 8443);
  check(net, answer(net), delivered('client'));
  equal(net.lastPacket.sourcePort, 443);
});

test('groups of a load balancer see who comes by an endpoint, unless they are told not to', () => {
  const node = { ip: NODE, vpc: 'provider', nodeOf: 'shop', in: ['tcp 443 from 10.0.1.11/32'] };
  const net = privateService({ node });
  check(net, tcp('client', 'endpoint', 443), dropped('endpoint/balancer-no-rule'));
  net.setRules('node', { in: ['tcp 443 from 10.0.1.10/32'] });
  check(net, tcp('client', 'endpoint', 443), delivered('server'));
  check(net, answer(net), delivered('client'));
  const open = privateService(
    { node: { ...node, out: ['tcp 80 to 0.0.0.0/0'] } },
    { balancers: { shop: { ...sendingTo(['10.0.1.10']), filtersPrivateLink: false } } },
  );
  check(open, tcp('client', 'endpoint', 443), dropped('security-group-out/no-rule'));
  open.setRules('node', { in: [] });
  check(open, tcp('client', 'endpoint', 443), delivered('server'));
  check(open, answer(open), delivered('client'));
});

test('a target that is taken out of its group keeps the connections that it has, and gets no new ones', () => {
  const net = privateService();
  check(net, tcp('client', 'endpoint', 443), delivered('server'));
  const opened = answer(net);
  net.put(...balancerRows('shop', sendingTo([]), { node: { ip: NODE, nodeOf: 'shop' } }));
  check(net, opened, delivered('client'));
  check(net, data('client', 'endpoint', 443), delivered('server'));
  check(net, tcp('client', 'endpoint', 443, { sourcePort: 7 }), dropped('endpoint/no-target'));
});

test('neither end carries fragments, other protocols, or more than 8500 bytes, and no error says so', () => {
  const net = privateService();
  net.setRules('endpoint', { in: ALL });
  check(net, ping('client', 'endpoint'), dropped('endpoint/protocol'));
  check(net, protocol(50, 'client', 'endpoint'), dropped('endpoint/protocol'));
  const more = { fragment: 0x2000 };
  check(net, udp('client', 'endpoint', 53, more), dropped('endpoint/fragment'));
  check(net, udp('client', 'endpoint', 53, { lengthBytes: 8515 }), dropped('endpoint/too-big'));
  equal(net.lastFrames.length, 0);
  check(net, ping('server', 'node'), dropped('load-balancer/protocol'));
  check(net, udp('server', 'node', 53, more), dropped('load-balancer/fragment'));
  check(net, udp('client', 'endpoint', 53), delivered('server'));
  check(net, answer(net, { lengthBytes: 8515 }), dropped('load-balancer/too-big'));
});

test('a service without a node in the zone, a target or a free port takes nothing', () => {
  const elsewhere = privateService({ endpoint: { ip: '10.0.1.5', endpointTo: 'shop', zone: 'b', in: ALL } });
  check(elsewhere, tcp('client', 'endpoint', 443), dropped('endpoint/no-load-balancer'));
  const stopped = privateService();
  stopped.apply([{ change: 'remove', kind: 'interface', id: idOf('eni', 'server') }]);
  check(stopped, tcp('client', 'endpoint', 443), dropped('endpoint/no-target'));
  const weightless = { shop: { 'tcp 443': { targets: ['10.0.1.10'], weight: 0 } } } as const;
  check(
    privateService({}, { balancers: weightless }),
    tcp('client', 'endpoint', 443),
    dropped('endpoint/no-target-group'),
  );
  const full = privateService({}, { translationLimits: { total: 8, perDestination: 1 } });
  check(full, tcp('client', 'endpoint', 443, { sourcePort: 1 }), delivered('server'));
  check(full, tcp('client', 'endpoint', 443, { sourcePort: 2 }), dropped('endpoint/no-free-port'));
});

test('flows spread over the targets, and go to those that are left', () => {
  const net = privateService(
    { second: { ip: '10.0.1.11', vpc: 'provider', in: ALL } },
    { balancers: { shop: sendingTo(['10.0.1.10', '10.0.1.11']) } },
  );
  const seen = new Map<string, number>();
  for (let port = 1000; port < 1064; port++) {
    const packet = tcp('client', 'endpoint', 443, { sourcePort: port });
    const outcome = net.send(packet);
    const to = outcome.verdict === 'delivered' ? outcome.to : outcome.verdict;
    seen.set(to, (seen.get(to) ?? 0) + 1);
  }
  deepEqual([...seen.keys()].sort(), ['second', 'server']);
  for (const count of seen.values()) notEqual(count < 16, true);
  net.apply([{ change: 'remove', kind: 'interface', id: idOf('eni', 'second') }]);
  for (let port = 1000; port < 1032; port++) {
    check(net, tcp('client', 'endpoint', 443, { sourcePort: port }), delivered('server'));
  }
});

test('an endpoint is reached over peering, and only at its own address', () => {
  const net = privateService(
    { peer: { ip: '10.9.1.10', vpc: 'peer' } },
    {
      blocks: { main: ['10.0.0.0/16'], provider: ['10.0.0.0/16'], peer: ['10.9.0.0/16'] },
      peerings: { p: { between: ['main', 'peer'] } },
      routes: { '10.0.1.0/24': ['10.9.0.0/16 peering p'], '10.9.1.0/24': ['10.0.0.0/16 peering p'] },
    },
  );
  net.setRules('endpoint', { in: ALL });
  check(net, tcp('peer', 'endpoint', 443), delivered('server'));
  check(net, answer(net), delivered('peer'));
});

test('a question about the way there and back takes the flow for granted and changes nothing', () => {
  const net = privateService();
  const from = { kind: 'interface', id: idOf('eni', 'client') } as const;
  const asked = {
    from,
    source: net.rowOf('client').ipv4Addresses[0] ?? (0 as never),
    destination: net.rowOf('endpoint').ipv4Addresses[0] ?? (0 as never),
    protocol: TCP,
    sourcePort: 40_000,
    destinationPort: 443,
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
  equal(net.fabric.explain(back, asked).deliveredTo, idOf('eni', 'client'));
  equal(net.fabric.explain(back).reason, 'load-balancer/no-listener');
});
