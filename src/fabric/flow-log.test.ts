/** What interfaces with a flow log see: each flow once for each interface, direction and action, as the user guide's examples show. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import { UDP } from '../net/protocol.ts';
import type { FlowRecord } from '../tables/flow-report.ts';
import { benchNetwork, CLIENT, SERVER } from '../testing/bench-network.ts';
import { answerTo, behindNat } from '../testing/nat-network.ts';
import { check, delivered, dropped, network, type TestNetwork } from '../testing/network.ts';
import { data, ping, reply, tcp, udp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';
import { frameOf } from '../wire/frame.ts';
import { ACK, FIN, RST } from '../wire/tcp.ts';
import { Fabric } from './fabric.ts';

/** `eni direction source:port > destination:port protocol packets action`. `check` sends each packet twice. */
const text = (flow: FlowRecord): string => {
  const { interfaceId, direction, source, destination, sourcePort, destinationPort, protocol, packets, action } = flow;
  const ends = `${formatAddress(source)}:${sourcePort} > ${formatAddress(destination)}:${destinationPort}`;
  return `${interfaceId.slice(4)} ${direction} ${ends} ${protocol} ${packets} ${action}`;
};
const seen = (net: TestNetwork): readonly string[] => net.fabric.takeFlows().records.map(text).sort();

const pair = (more: object = {}): TestNetwork =>
  network(
    {
      a: { ip: '10.0.1.10', logged: true },
      b: { ip: '10.0.2.10', in: ['tcp 80 from a', 'icmp from a'], logged: true },
      c: { ip: '10.0.1.30' },
    },
    more,
  );

test('both interfaces write each flow, with the packets of the flow cache too', () => {
  const net = pair();
  check(net, tcp('a', 'b', 80), delivered('b'));
  check(net, reply(tcp('a', 'b', 80)), delivered('a'));
  check(net, data('a', 'b', 80), delivered('b'));
  check(net, data('a', 'b', 80), delivered('b'));
  deepEqual(seen(net), [
    'a egress 10.0.1.10:40000 > 10.0.2.10:80 6 6 ACCEPT',
    'a ingress 10.0.2.10:80 > 10.0.1.10:40000 6 2 ACCEPT',
    'b egress 10.0.2.10:80 > 10.0.1.10:40000 6 2 ACCEPT',
    'b ingress 10.0.1.10:40000 > 10.0.2.10:80 6 6 ACCEPT',
  ]);
  deepEqual(seen(net), []);
  check(net, data('a', 'b', 80), delivered('b'));
  equal(seen(net).length, 2);
});

test('a group that refuses is an ACCEPT at the sender and a REJECT at the receiver, whatever the group of the sender', () => {
  const net = pair();
  check(net, udp('a', 'b', 53), dropped('security-group-in/no-rule'));
  deepEqual(seen(net), [
    'a egress 10.0.1.10:40000 > 10.0.2.10:53 17 2 ACCEPT',
    'b ingress 10.0.1.10:40000 > 10.0.2.10:53 17 2 REJECT',
  ]);
  net.advance(31_000);
  net.setRules('a', { out: ['tcp 80 to 0.0.0.0/0'] });
  check(net, udp('a', 'b', 53), dropped('security-group-out/no-rule'));
  deepEqual(seen(net), ['a egress 10.0.1.10:40000 > 10.0.2.10:53 17 2 REJECT']);
});

test('what Block Public Access refuses is a REJECT at the interface that sent it or was to get it, with that reason', () => {
  const net = network(
    { web: { ip: '10.0.1.10', public: '198.18.0.10', in: ['all from 0.0.0.0/0'], logged: true } },
    { routes: { '10.0.1.0/24': ['0.0.0.0/0 internet'] }, blockModes: { '10.0.1.0/24': 'block-bidirectional' } },
  );
  check(net, tcp('internet', 'web', 80), dropped('block-public-access-in/blocked'));
  check(net, tcp('web', 'internet', 80), dropped('block-public-access-out/blocked'));
  const { records } = net.fabric.takeFlows();
  deepEqual(
    records.map(({ direction, action, rejectReason }) => [direction, action, rejectReason]),
    [
      ['ingress', 'REJECT', 'BPA'],
      ['egress', 'REJECT', 'BPA'],
    ],
  );
});

test('an ACL that refuses the answer to what a group let in gives one ACCEPT and one REJECT, without ports for ICMP', () => {
  const net = pair({ acls: { '10.0.2.0/24': { in: ['1 allow all 0.0.0.0/0'], out: ['1 deny icmp all 0.0.0.0/0'] } } });
  check(net, ping('a', 'b', { icmpIdentifier: 7 }), delivered('b'));
  check(net, reply(ping('a', 'b', { icmpIdentifier: 7 })), dropped('network-acl-out/denied'));
  deepEqual(seen(net), [
    'a egress 10.0.1.10:0 > 10.0.2.10:0 1 2 ACCEPT',
    'b egress 10.0.2.10:0 > 10.0.1.10:0 1 2 REJECT',
    'b ingress 10.0.1.10:0 > 10.0.2.10:0 1 2 ACCEPT',
  ]);
});

test('flags are those of all packets: SYN, FIN, RST, and ACK beside SYN alone', () => {
  const net = pair();
  const flags = (): number | undefined =>
    net.fabric.takeFlows().records.find(({ interfaceId }) => interfaceId === idOf('eni', 'b'))?.tcpFlags;
  check(net, tcp('a', 'b', 80), delivered('b'));
  equal(flags(), 2);
  check(net, reply(tcp('a', 'b', 80)), delivered('a'));
  equal(flags(), 18);
  check(net, data('a', 'b', 80), delivered('b'));
  equal(flags(), 0);
  check(net, data('a', 'b', 80, { tcpFlags: FIN | ACK }), delivered('b'));
  check(net, data('a', 'b', 80, { tcpFlags: RST | ACK }), delivered('b'));
  equal(flags(), 5);
});

test('a NAT gateway’s interface sees each flow come and go', () => {
  const net = behindNat();
  for (const name of ['client', 'nat']) net.put({ ...net.rowOf(name), isFlowLogged: true });
  check(net, udp('client', 'internet', 53), delivered('internet'));
  const port = net.lastPacket.sourcePort;
  check(net, answerTo(net), delivered('client'));
  deepEqual(seen(net), [
    'client egress 10.0.1.10:40000 > 203.0.113.9:53 17 2 ACCEPT',
    'client ingress 203.0.113.9:53 > 10.0.1.10:40000 17 2 ACCEPT',
    `nat egress 10.0.2.20:${port} > 203.0.113.9:53 17 2 ACCEPT`,
    'nat egress 203.0.113.9:53 > 10.0.1.10:40000 17 2 ACCEPT',
    'nat ingress 10.0.1.10:40000 > 203.0.113.9:53 17 2 ACCEPT',
    `nat ingress 203.0.113.9:53 > 10.0.2.20:${port} 17 2 ACCEPT`,
  ]);
});

test('the interfaces of an endpoint and of the load balancer behind it see each flow come and go', () => {
  const net = network(
    {
      client: { ip: '10.0.1.10', logged: true },
      vpce: { ip: '10.0.1.5', endpointTo: 'shop', in: ['udp 53 from 0.0.0.0/0'], logged: true },
      node: {
        ip: '10.0.1.20',
        vpc: 'provider',
        nodeOf: 'shop',
        groups: [],
        logged: true,
      },
      server: { ip: '10.0.1.30', vpc: 'provider', in: ['all from 0.0.0.0/0'] },
    },
    { internetGateway: false, balancers: { shop: { 'udp 53': { targets: ['10.0.1.30'] } } } },
  );
  check(net, udp('client', 'vpce', 53), delivered('server'));
  const { sourcePort: port } = net.lastPacket;
  check(net, udp('server', '10.0.1.20', port, { sourcePort: 53 }), delivered('client'));
  deepEqual(seen(net), [
    'client egress 10.0.1.10:40000 > 10.0.1.5:53 17 2 ACCEPT',
    'client ingress 10.0.1.5:53 > 10.0.1.10:40000 17 2 ACCEPT',
    `node egress 10.0.1.20:${port} > 10.0.1.30:53 17 2 ACCEPT`,
    `node ingress 10.0.1.30:53 > 10.0.1.20:${port} 17 2 ACCEPT`,
    'vpce egress 10.0.1.5:53 > 10.0.1.10:40000 17 2 ACCEPT',
    'vpce ingress 10.0.1.10:40000 > 10.0.1.5:53 17 2 ACCEPT',
  ]);
  check(net, udp('client', 'vpce', 80), dropped('security-group-in/no-rule'));
  net.setRules('server', { in: [] });
  check(net, udp('client', 'vpce', 53, { sourcePort: 40_001 }), dropped('security-group-in/no-rule'));
  const records = seen(net).map((record) => record.replace(/(10\.0\.1\.20):\d+/, '$1:port'));
  deepEqual(records, [
    'client egress 10.0.1.10:40000 > 10.0.1.5:80 17 2 ACCEPT',
    'client egress 10.0.1.10:40001 > 10.0.1.5:53 17 2 ACCEPT',
    'node egress 10.0.1.20:port > 10.0.1.30:53 17 2 ACCEPT',
    'vpce ingress 10.0.1.10:40000 > 10.0.1.5:80 17 2 REJECT',
    'vpce ingress 10.0.1.10:40001 > 10.0.1.5:53 17 2 ACCEPT',
  ]);
});

test('the primary address stands for the interface, over IPv6 its own', () => {
  const net = network({
    a: {
      ip: '10.0.1.10',
      more: ['10.0.1.11'],
      ipv6: 'fd01:0:0:1::10',
      out: ['all to 0.0.0.0/0', 'all to ::/0'],
      logged: true,
    },
    b: { ip: '10.0.1.20', ipv6: 'fd01:0:0:1::20', in: ['all from 0.0.0.0/0', 'all from ::/0'] },
  });
  check(net, udp('a', 'b', 53, { source: '10.0.1.11' }), delivered('b'));
  check(net, udp('a', 'b', 53, { ipv6: true }), delivered('b'));
  const addresses = net.fabric.takeFlows().records.map((one) => [one.source, one.interfaceAddress].map(formatAddress));
  deepEqual(addresses, [
    ['10.0.1.11', '10.0.1.10'],
    ['fd01:0:0:1::10', 'fd01:0:0:1::10'],
  ]);
});

test('what passes by the gates is not written: metadata, DNS, their answers, the router, and what comes before any gate', () => {
  const net = network({ a: { ip: '10.0.1.10', logged: true }, b: { ip: '10.0.1.20' } });
  check(net, tcp('a', '169.254.169.254', 80), delivered('services'));
  check(net, udp('a', '10.0.0.2', 53), delivered('services'));
  const { lastPacket } = net;
  const back = { source: formatAddress(lastPacket.destination), destination: formatAddress(lastPacket.source) };
  check(net, udp('services', 'a', 40_000, { ...back, sourcePort: 53 }), delivered('a'));
  check(net, udp('a', '169.254.169.123', 123), delivered('services'));
  check(net, ping('a', '10.0.1.1'), dropped('subnet/router'));
  check(net, udp('a', 'b', 53, { source: '10.0.9.9' }), dropped('source-check/foreign-address'));
  deepEqual(seen(net), []);
  deepEqual(net.takeTraffic(), []);
  // Without a route: accepted by every gate there is.
  check(net, udp('a', '203.0.113.77', 53), dropped('route/no-route'));
  deepEqual(seen(net), ['a egress 10.0.1.10:40000 > 203.0.113.77:53 17 2 ACCEPT']);
});

test('an interface without a flow log writes nothing, and ways are counted all the same', () => {
  const net = pair();
  check(net, tcp('c', 'b', 80), dropped('security-group-in/no-rule'));
  check(net, tcp('a', 'b', 80), delivered('b'));
  check(net, data('a', 'b', 80), delivered('b'));
  deepEqual(
    net.takeTraffic().map(({ packets, bytes }) => [packets, bytes]),
    [[4, 160]],
  );
  deepEqual(
    seen(net).filter((line) => line.startsWith('c')),
    [],
  );
});

test('times are those of the first and of the last packet', () => {
  const net = pair();
  const start = net.nowMs;
  check(net, tcp('a', 'b', 80), delivered('b'));
  net.advance(2000);
  check(net, data('a', 'b', 80), delivered('b'));
  net.advance(2000);
  check(net, data('a', 'b', 80), delivered('b'));
  net.advance(50_000);
  const times = net.fabric.takeFlows().records.map(({ firstMs, lastMs }) => [firstMs - start, lastMs - start]);
  deepEqual(times[0], [0, 4000]);
  check(net, data('a', 'b', 80), delivered('b'));
  equal(net.fabric.takeFlows().records[0]?.firstMs, net.nowMs);
});

test('of flows for which there is no room it is said that they were skipped, once', () => {
  const fabric = new Fabric({ send: () => true, now: () => 1, maxLoggedFlows: 2 });
  const { updates, frame } = benchNetwork(1);
  fabric.apply(
    updates.map((update) =>
      update.change === 'put' && update.row.kind === 'interface' && update.row.id === CLIENT
        ? { ...update, row: { ...update.row, isFlowLogged: true } }
        : update,
    ),
  );
  fabric.attach(CLIENT, 0);
  fabric.attach(SERVER, 1);
  for (let flow = 0; flow < 5; flow++) {
    const bytes = frameOf({ ...frame, protocol: UDP, sourcePort: 1024 + flow, destinationPort: 53 });
    fabric.receive(0, bytes, bytes.length);
  }
  const { records, skipped } = fabric.takeFlows();
  equal(records.length, 2);
  deepEqual(skipped, [CLIENT]);
  deepEqual(fabric.takeFlows(), { records: [], transits: [], skipped: [] });
});
