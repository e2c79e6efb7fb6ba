/** What was delivered is counted on the way that it took, by the stages and by the flow cache alike. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import type { TrafficEnd } from '../tables/data-plane.ts';
import { answerTo, behindNat } from '../testing/nat-network.ts';
import { check, delivered, dropped, network, OUTSIDE, type TestNetwork } from '../testing/network.ts';
import { data, ping, tcp, udp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';
import { emitOffload, GSO_TCP_IPV4 } from '../wire/virtio-net-header.ts';

const ALL = ['all from 0.0.0.0/0'];

const nameOf = (end: TrafficEnd): string => (end === 'internet' ? end : end.interfaceId);

/** "a > nat-gateway nat > internet-gateway internet: 2 packets, 56 bytes", with the names of hosts. */
function ways(net: TestNetwork, ...hosts: readonly string[]): readonly string[] {
  const named = new Map<string, string>(hosts.map((host) => [idOf('eni', host), host]));
  const text = (end: TrafficEnd): string => named.get(nameOf(end)) ?? nameOf(end);
  return net.takeTraffic().map(({ from, legs, packets, bytes }) => {
    const way = legs.map(({ by, to }) => ` > ${by === undefined ? '' : `${by} `}${text(to)}`).join('');
    return `${text(from)}${way}: ${packets} packets, ${bytes} bytes`;
  });
}

/** `check` sends each packet twice. A packet without payload is 28 bytes long as UDP and ICMP echo, 40 as TCP. */
test('packets between subnets are counted once, however they were forwarded, and those inside a subnet are not', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.2.10', in: ALL }, near: { ip: '10.0.1.11', in: ALL } });
  check(net, udp('a', 'b', 53), delivered('b'));
  check(net, udp('a', 'b', 53), delivered('b'));
  check(net, ping('a', 'b'), delivered('b'));
  check(net, udp('a', 'near', 53), delivered('near'));
  deepEqual(ways(net, 'a', 'b'), ['a > local b: 6 packets, 168 bytes']);
  deepEqual(ways(net, 'a', 'b'), []);
});

test('questions to the services and their answers are not counted', () => {
  const net = network({ a: { ip: '10.0.1.10' } });
  const question = udp('a', '169.254.169.253', 53);
  check(net, question, delivered('services'));
  const { source, sourcePort } = net.lastPacket;
  const ends = { source: '169.254.169.253', destination: formatAddress(source), sourcePort: 53 };
  check(net, { ...udp('services', 'a', sourcePort), options: ends }, delivered('a'));
  deepEqual(ways(net), []);
});

test('what is dropped is not counted', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.2.10' } });
  check(net, udp('a', 'b', 53), dropped('security-group-in/no-rule'));
  deepEqual(ways(net), []);
});

test('a segmentation-offload frame counts as its segments, each with its headers', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.2.10', in: ALL } });
  const mangle = (bytes: Uint8Array): Uint8Array => {
    emitOffload(bytes, 0, { gsoType: GSO_TCP_IPV4, gsoSize: 1460, checksumStart: 34, checksumOffset: 16 });
    return bytes;
  };
  check(net, tcp('a', 'b', 80), delivered('b'));
  net.takeTraffic();
  check(net, data('a', 'b', 80, { payload: new Uint8Array(14_600), mangle }), delivered('b'));
  deepEqual(ways(net, 'a', 'b'), ['a > local b: 20 packets, 30000 bytes']);
});

test('a way through a NAT gateway has both of its legs, out and back', () => {
  const net = behindNat();
  check(net, udp('client', OUTSIDE, 53), delivered('internet'));
  check(net, answerTo(net), delivered('client'));
  check(net, udp('client', '198.18.0.30', 53), delivered('web'));
  deepEqual(ways(net, 'client', 'nat', 'web'), [
    'client > nat-gateway nat > internet-gateway internet: 2 packets, 56 bytes',
    'client > nat-gateway nat > internet-gateway web: 2 packets, 56 bytes',
    'internet > nat > local client: 2 packets, 56 bytes',
  ]);
});

test('a way through an interface endpoint ends a leg at the endpoint, there and back', () => {
  const net = network(
    {
      client: { ip: '10.0.1.10' },
      vpce: { ip: '10.0.1.5', endpointTo: 'shop', in: ALL },
      node: { ip: '10.0.1.20', vpc: 'provider', nodeOf: 'shop', groups: [] },
      server: { ip: '10.0.1.10', vpc: 'provider', in: ALL },
    },
    { internetGateway: false, balancers: { shop: { 'udp 53': { targets: ['10.0.1.10'] } } } },
  );
  check(net, udp('client', 'vpce', 53), delivered('server'));
  const { sourcePort } = net.lastPacket;
  check(net, udp('server', '10.0.1.20', sourcePort, { sourcePort: 53 }), delivered('client'));
  deepEqual(ways(net, 'client', 'vpce', 'server'), [
    'client > vpce > server: 2 packets, 56 bytes',
    'server > vpce > client: 2 packets, 56 bytes',
  ]);
});

test('an interface that has gone to another instance is the end of another way', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.2.10', in: ALL } });
  check(net, udp('a', 'b', 53), delivered('b'));
  net.put({ ...net.rowOf('b'), owner: { kind: 'instance', id: idOf('i', 'other') } });
  check(net, udp('a', 'b', 53), delivered('b'));
  const taken = net.takeTraffic();
  deepEqual(
    taken.map(({ legs: [leg], packets }) => [leg?.to !== 'internet' && leg?.to.owner.id, packets]),
    [
      [idOf('i', 'b'), 2],
      [idOf('i', 'other'), 2],
    ],
  );
});

test('a way that nobody can be on any more gives its account to another', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.2.10', in: ALL }, c: { ip: '10.0.3.10', in: ALL } });
  check(net, udp('a', 'b', 53), delivered('b'));
  net.setRules('b', { in: [] });
  equal(net.takeTraffic().length, 1);
  check(net, udp('a', 'c', 53), delivered('c'));
  deepEqual(ways(net, 'a', 'c'), ['a > local c: 2 packets, 56 bytes']);
});
