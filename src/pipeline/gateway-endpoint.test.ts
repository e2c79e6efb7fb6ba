/** Gateway endpoints: out to the addresses of a service without any other gateway, and nothing comes in by itself. */
import { equal, notEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import { answerTo, destinationOf, sourceOf } from '../testing/nat-network.ts';
import { check, delivered, dropped, network, type TestNetwork } from '../testing/network.ts';
import type { NetworkOptions } from '../testing/network-rows.ts';
import { data, icmp, ping, tcp, udp } from '../testing/packets.ts';

const MORE_FRAGMENTS = 0x2000;
const SERVICE = '198.51.100.64';
const ROUTES = { '10.0.1.0/24': [`${SERVICE}/32 endpoint`] };

/** Two VPCs with the same addresses, each with an endpoint to the service and no internet gateway. */
const withEndpoints = (options: NetworkOptions = {}): TestNetwork =>
  network(
    {
      client: { ip: '10.0.1.10' },
      twin: { ip: '10.0.1.10', vpc: 'other' },
      open: { ip: '10.0.1.11', in: ['all from 0.0.0.0/0'] },
    },
    { internetGateway: false, gatewayEndpoints: ['main'], routes: ROUTES, ...options },
  );

test('a client without a public address reaches the service, which answers it', () => {
  const net = withEndpoints();
  for (const packet of [tcp('client', SERVICE, 443), ping('client', SERVICE, { icmpIdentifier: 7 })]) {
    check(net, packet, delivered('internet'));
    equal(destinationOf(net), SERVICE);
    check(net, answerTo(net), delivered('client'));
    equal(sourceOf(net), SERVICE);
    equal(destinationOf(net), '10.0.1.10');
  }
});

test('later packets of a connection keep their way, through the cache too', () => {
  const net = withEndpoints();
  check(net, tcp('client', SERVICE, 443), delivered('internet'));
  const first = sourceOf(net);
  check(net, answerTo(net), delivered('client'));
  check(net, data('client', SERVICE, 443), delivered('internet'));
  equal(sourceOf(net), first);
  check(net, answerTo(net), delivered('client'));
  ok(net.counters.flowCacheHits > 0);
});

test('clients of two VPCs with the same address and port are told apart', () => {
  const net = withEndpoints({ gatewayEndpoints: ['main', 'other'] });
  check(net, tcp('client', SERVICE, 443), delivered('internet'));
  const toClient = answerTo(net);
  check(net, tcp('twin', SERVICE, 443), delivered('internet'));
  const toTwin = answerTo(net);
  notEqual(toClient.to, toTwin.to);
  check(net, toClient, delivered('client'));
  check(net, toTwin, delivered('twin'));
});

test('an endpoint carries TCP and echoes alone', () => {
  const net = withEndpoints();
  check(net, udp('client', SERVICE, 53), dropped('gateway/endpoint-protocol'));
  check(net, icmp('client', SERVICE, 13, 0), dropped('gateway/endpoint-protocol'));
  check(net, tcp('client', SERVICE, 443, { fragment: MORE_FRAGMENTS }), dropped('gateway/endpoint-protocol'));
});

test('a service opens no connections, whatever the groups let in', () => {
  const net = withEndpoints();
  check(net, tcp('open', SERVICE, 443), delivered('internet'));
  const endpoint = sourceOf(net);
  check(net, tcp('internet', endpoint, 22, { source: SERVICE }), dropped('internet-arrival/endpoint-unsolicited'));
  check(net, udp('internet', endpoint, 53, { source: SERVICE }), dropped('internet-arrival/endpoint-unsolicited'));
  check(net, tcp('open', SERVICE, 443), delivered('internet'));
  const fromElsewhere = answerTo(net, { source: '192.0.2.7' });
  check(net, fromElsewhere, dropped('internet-arrival/endpoint-unsolicited'));
});

test('an endpoint takes packets only of its own VPC’s interfaces', () => {
  const net = withEndpoints();
  net.put({ ...net.rowOf('client'), sourceDestCheck: false });
  check(net, tcp('client', SERVICE, 443, { source: '10.0.9.9' }), dropped('gateway/endpoint-foreign-source'));
});

test('an endpoint whose flows to a destination are all in use takes no more', () => {
  const net = withEndpoints({ translationLimits: { total: 8, perDestination: 1 } });
  check(net, tcp('client', SERVICE, 443, { sourcePort: 1 }), delivered('internet'));
  check(net, tcp('client', SERVICE, 443, { sourcePort: 2 }), dropped('gateway/endpoint-full'));
});

test('the answer to a client that is gone is nobody’s', () => {
  const net = withEndpoints();
  check(net, tcp('client', SERVICE, 443), delivered('internet'));
  const back = answerTo(net);
  net.apply([{ change: 'remove', kind: 'interface', id: net.rowOf('client').id }]);
  check(net, back, dropped('internet-arrival/endpoint-unsolicited'));
});

test('the error about a packet that is too big on its way comes back to the client', () => {
  const net = withEndpoints();
  check(net, tcp('client', SERVICE, 443, { lengthBytes: 1515 }), dropped('mtu/too-big'));
  equal(formatAddress(net.lastPacket.source), '10.0.1.1');
});
