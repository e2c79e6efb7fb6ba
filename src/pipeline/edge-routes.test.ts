/** Route tables of internet gateways, and more specific routes inside a VPC: packets that meet an appliance first. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import { check, delivered, dropped, network, OUTSIDE, type TestNetwork } from '../testing/network.ts';
import type { HostSpec, NetworkOptions } from '../testing/network-rows.ts';
import { icmp, reply, tcp } from '../testing/packets.ts';
import { ICMP_HEADER_LENGTH } from '../wire/icmp.ts';
import { ipv4Destination } from '../wire/ipv4.ts';
import { ACK, SYN } from '../wire/tcp.ts';

const ALL = ['all from 0.0.0.0/0'];

/** A server whose subnet's traffic with the outside world goes through an appliance in another subnet. */
const inspected = (options: NetworkOptions = {}, appliance: Partial<HostSpec> = {}): TestNetwork =>
  network(
    {
      server: { ip: '10.0.1.10', public: '198.18.0.10', in: ALL },
      other: { ip: '10.0.3.10', public: '198.18.0.30', in: ALL },
      appliance: { ip: '10.0.2.10', public: '198.18.0.20', in: ALL, check: false, ...appliance },
      unnamed: { ip: '10.0.2.11', in: ALL, check: false },
    },
    {
      edgeRoutes: { main: ['10.0.1.0/24 to-host appliance'] },
      routes: {
        '10.0.1.0/24': ['0.0.0.0/0 to-host appliance'],
        '10.0.2.0/24': ['0.0.0.0/0 internet'],
        '10.0.3.0/24': ['0.0.0.0/0 internet'],
      },
      ...options,
    },
  );

test('what enters for the subnet meets the appliance, and what enters for others does not', () => {
  const net = inspected();
  check(net, tcp('internet', 'server', 80), delivered('appliance'));
  equal(formatAddress(net.lastPacket.destination), '10.0.1.10');
  check(net, tcp('appliance', 'server', 80, { source: OUTSIDE }), delivered('server'));
  check(
    net,
    reply(tcp('appliance', 'server', 80, { source: OUTSIDE, destination: '10.0.1.10' })),
    delivered('appliance'),
  );
  const answer = { source: '10.0.1.10', sourcePort: 80, destination: OUTSIDE };
  check(net, tcp('appliance', OUTSIDE, 40_000, answer), delivered('internet'));
  equal(formatAddress(net.lastPacket.source), '198.18.0.10');
  check(net, tcp('internet', 'other', 80), delivered('other'));
  check(net, tcp('internet', 'appliance', 80), delivered('appliance'));
});

test('an error of the appliance about what it does not forward quotes the public address that the packet was for', () => {
  const net = inspected();
  check(net, tcp('internet', 'server', 80), delivered('appliance'));
  const { bytes, network: at, length } = net.lastPacket;
  const payload = bytes.slice(at, at + length);
  check(net, icmp('appliance', 'internet', 11, 0, { payload }), delivered('internet'));
  const { bytes: error, transport, source } = net.lastPacket;
  equal(formatAddress(source), '198.18.0.20');
  equal(formatAddress(ipv4Destination(error, transport + ICMP_HEADER_LENGTH)), '198.18.0.10');
});

test('a subnet whose inbound traffic is redirected cannot answer past the appliance', () => {
  const net = inspected({ routes: { '10.0.1.0/24': ['0.0.0.0/0 internet'] } });
  check(net, tcp('server', OUTSIDE, 80), dropped('gateway/redirected'));
});

test('the appliance needs a public address, its check off, and to be there', () => {
  const unnamed = inspected({ edgeRoutes: { main: ['10.0.1.0/24 to-host unnamed'] } });
  check(unnamed, tcp('internet', 'server', 80), dropped('internet-arrival/appliance-not-public'));
  check(inspected({}, { check: true }), tcp('internet', 'server', 80), dropped('destination-check/foreign-address'));
  for (const route of ['10.0.1.0/24 to-host nobody', '10.0.1.0/24 to-host appliance blackhole']) {
    const net = inspected({ edgeRoutes: { main: [route] } });
    check(net, tcp('internet', 'server', 80), dropped('internet-arrival/edge-blackhole'));
  }
});

test('a gateway’s table that leads elsewhere delivers nothing', () => {
  const net = inspected({ edgeRoutes: { main: ['10.0.0.0/16 internet'] } });
  check(net, tcp('internet', 'server', 80), dropped('internet-arrival/edge-no-route'));
  check(net, tcp('other', '198.18.0.10', 80), dropped('gateway/edge-no-route'));
});

test('what turns round at the gateway meets the appliance too, if it may turn there', () => {
  const net = inspected();
  check(net, tcp('other', '198.18.0.10', 80), delivered('appliance'));
  equal(formatAddress(net.lastPacket.source), '198.18.0.30');
  const gone = inspected({ edgeRoutes: { main: ['10.0.1.0/24 to-host nobody'] } });
  check(gone, tcp('other', '198.18.0.10', 80), dropped('gateway/edge-blackhole'));
  const unnamed = inspected({ edgeRoutes: { main: ['10.0.1.0/24 to-host unnamed'] } });
  check(unnamed, tcp('other', '198.18.0.10', 80), dropped('gateway/appliance-not-public'));
});

test('a more specific route inside a VPC leads to the appliance between two subnets', () => {
  const net = inspected({
    edgeRoutes: {},
    routes: { '10.0.1.0/24': ['10.0.3.0/24 to-host appliance'], '10.0.3.0/24': ['10.0.1.0/24 to-host appliance'] },
  });
  check(net, tcp('server', 'other', 80), delivered('appliance'));
  check(net, tcp('appliance', 'other', 80, { source: '10.0.1.10' }), delivered('other'));
  check(net, tcp('other', 'server', 80), delivered('appliance'));
  check(net, tcp('server', 'appliance', 80), delivered('appliance'));
});

test('a NAT instance works with its check off and its own address as source', () => {
  const hosts = (check: boolean) => ({
    client: { ip: '10.0.1.10' },
    instance: { ip: '10.0.2.10', public: '198.18.0.20', in: ALL, check },
  });
  const routes = { '10.0.1.0/24': ['0.0.0.0/0 to-host instance'], '10.0.2.0/24': ['0.0.0.0/0 internet'] };
  check(network(hosts(true), { routes }), tcp('client', OUTSIDE, 80), dropped('destination-check/foreign-address'));
  const net = network(hosts(false), { routes });
  check(net, tcp('client', OUTSIDE, 80), delivered('instance'));
  check(net, tcp('instance', OUTSIDE, 80, { source: '10.0.1.10' }), dropped('gateway/no-public-address'));
  check(net, tcp('instance', OUTSIDE, 80), delivered('internet'));
  equal(formatAddress(net.lastPacket.source), '198.18.0.20');
  check(net, reply(tcp('instance', 'internet', 80)), delivered('instance'));
  const back = { source: OUTSIDE, sourcePort: 80, tcpFlags: SYN | ACK };
  check(net, tcp('instance', 'client', 40_000, back), delivered('client'));
});
