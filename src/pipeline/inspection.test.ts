/** Gateway Load Balancer endpoints: packets that routes lead there go on from there as they are. Behind them stand firewalls. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import { check, delivered, dropped, network, OUTSIDE, OUTSIDE_IPV6, type TestNetwork } from '../testing/network.ts';
import type { NetworkOptions } from '../testing/network-rows.ts';
import { reply, tcp, udp } from '../testing/packets.ts';
import { SYN } from '../wire/tcp.ts';

const ALL = ['all from 0.0.0.0/0', 'all from ::/0'];
const OPEN = ['all to 0.0.0.0/0', 'all to ::/0'];
const OPEN_ACL = ['1 allow all 0.0.0.0/0', '2 allow all ::/0'];

/** A server whose subnet's traffic with the outside world goes by an endpoint in another subnet, both ways. */
const inspected = (options: NetworkOptions = {}): TestNetwork =>
  network(
    {
      server: { ip: '10.0.1.10', ipv6: '3fff::10', public: '198.18.0.10', in: ALL, out: OPEN },
      other: { ip: '10.0.3.10', in: ['all from server'], out: OPEN },
      beside: { ip: '10.0.2.10', in: ALL },
      eye: { ip: '10.0.2.20', firewall: 'arn' },
    },
    {
      edgeRoutes: { main: ['10.0.1.0/24 inspect eye', '3fff::/64 inspect eye'] },
      routes: {
        '10.0.1.0/24': ['0.0.0.0/0 inspect eye', '::/0 inspect eye'],
        '10.0.2.0/24': ['0.0.0.0/0 internet', '::/0 internet'],
      },
      acls: { '10.0.1.0/24': { in: OPEN_ACL, out: OPEN_ACL }, '10.0.2.0/24': { in: OPEN_ACL, out: OPEN_ACL } },
      ...options,
    },
  );

const stages = (net: TestNetwork): string =>
  net.lastTrace
    .map((step) => step.split(':', 1)[0] ?? '')
    .filter((name) => ['route', 'network-acl-in', 'network-acl-out', 'inspection'].includes(name))
    .join(' ');

test('what leaves for the internet goes by the endpoint and its subnet’s table, and the answer comes back the same way', () => {
  const net = inspected();
  check(net, tcp('server', OUTSIDE, 80), delivered('internet'));
  equal(formatAddress(net.lastPacket.source), '198.18.0.10');
  equal(stages(net), 'network-acl-out route network-acl-in inspection network-acl-out route');
  check(net, reply(tcp('server', 'internet', 80)), delivered('server'));
  equal(stages(net), 'network-acl-in inspection network-acl-out route network-acl-in');
  check(net, tcp('internet', 'server', 80), delivered('server'));
  check(net, tcp('server', OUTSIDE_IPV6, 80, { source: '3fff::10' }), delivered('internet'));
  check(net, tcp('internet', '3fff::10', 80, { source: OUTSIDE_IPV6 }), delivered('server'));
});

test('the endpoint’s subnet has its ACL asked on both sides of the endpoint', () => {
  const acls = (rules: { in: string[]; out: string[] }) => ({ acls: { '10.0.2.0/24': rules } });
  const closedIn = inspected(acls({ in: ['1 deny tcp 80 0.0.0.0/0'], out: OPEN_ACL }));
  check(closedIn, tcp('server', OUTSIDE, 80), dropped('network-acl-in/denied'));
  const closedOut = inspected(acls({ in: OPEN_ACL, out: ['1 deny tcp 80 0.0.0.0/0'] }));
  check(closedOut, tcp('server', OUTSIDE, 80), dropped('network-acl-out/denied'));
});

test('an ACL is asked about what goes to the endpoint from within its own subnet', () => {
  const routes = { '10.0.2.0/24': ['203.0.113.0/24 inspect eye'] };
  const net = inspected({ routes, acls: { '10.0.2.0/24': { in: ['1 deny all 10.0.2.10/32'], out: OPEN_ACL } } });
  check(net, tcp('beside', OUTSIDE, 80), dropped('network-acl-in/denied'));
  const open = inspected({ routes });
  check(open, tcp('beside', OUTSIDE, 80), dropped('gateway/routed-back'));
});

test('between subnets of a VPC the sender’s groups are not seen behind the endpoint', () => {
  const routes = { '10.0.1.0/24': ['10.0.3.0/24 inspect eye'], '10.0.3.0/24': ['10.0.1.0/24 inspect eye'] };
  check(inspected({ routes }), tcp('server', 'other', 80), dropped('security-group-in/reference-lost'));
  check(inspected({ routes: {} }), tcp('server', 'other', 80), delivered('other'));
});

test('a packet and its answer each go where routes send them', () => {
  const routes = { '10.0.1.0/24': ['10.0.2.0/24 inspect eye'] };
  const net = inspected({ routes });
  check(net, tcp('server', 'beside', 80), delivered('beside'));
  equal(stages(net), 'network-acl-out route network-acl-in inspection network-acl-in');
  check(net, reply(tcp('server', 'beside', 80)), delivered('server'));
  equal(stages(net), 'network-acl-out route network-acl-in');
});

test('a subnet whose inbound traffic goes by the endpoint cannot answer past it', () => {
  const net = inspected({ routes: { '10.0.1.0/24': ['0.0.0.0/0 internet'] } });
  check(net, tcp('server', OUTSIDE, 80), dropped('gateway/redirected'));
});

test('a route to an endpoint that is not there leads nowhere, from a subnet and from a gateway', () => {
  const gone = inspected({ routes: { '10.0.1.0/24': ['0.0.0.0/0 inspect nobody'] } });
  check(gone, tcp('server', OUTSIDE, 80), dropped('gateway/no-inspection-endpoint'));
  for (const route of ['10.0.1.0/24 inspect nobody', '10.0.1.0/24 inspect eye blackhole']) {
    const net = inspected({ edgeRoutes: { main: [route] } });
    check(net, tcp('internet', 'server', 80), dropped('internet-arrival/edge-blackhole'));
  }
});

test('the endpoint is no host, and takes nothing that only its interface is a route to', () => {
  check(inspected(), tcp('beside', 'eye', 80), dropped('inspection/not-a-host'));
  const net = inspected({ routes: { '10.0.1.0/24': ['0.0.0.0/0 to-host eye'] } });
  check(net, tcp('server', OUTSIDE, 80), dropped('inspection/not-its-own'));
});

test('what is larger than 8500 bytes is dropped without an error', () => {
  const net = inspected();
  check(net, udp('server', OUTSIDE, 53, { payload: new Uint8Array(8490) }), dropped('inspection/too-big'));
});

test('routes that lead from endpoint to endpoint end', () => {
  const net = network(
    {
      server: { ip: '10.0.1.10' },
      one: { ip: '10.0.2.20', firewall: 'arn' },
      two: { ip: '10.0.3.20', firewall: 'arn' },
    },
    {
      routes: {
        '10.0.1.0/24': ['0.0.0.0/0 inspect one'],
        '10.0.2.0/24': ['0.0.0.0/0 inspect two'],
        '10.0.3.0/24': ['0.0.0.0/0 inspect one'],
      },
    },
  );
  check(net, tcp('server', OUTSIDE, 80, { tcpFlags: SYN }), dropped('inspection/loop'));
});

/** A server whose traffic goes by an endpoint to a service, with these routes from there. */
const toService = (...onward: readonly string[]): TestNetwork =>
  network(
    { server: { ip: '10.0.1.10', ipv6: '3fff::10', out: OPEN }, eye: { ip: '10.0.2.20', inspectedBy: 'appliances' } },
    {
      routes: { '10.0.1.0/24': ['0.0.0.0/0 inspect eye', '::/0 inspect eye'], '10.0.2.0/24': onward },
      acls: { '10.0.1.0/24': { in: OPEN_ACL, out: OPEN_ACL }, '10.0.2.0/24': { in: OPEN_ACL, out: OPEN_ACL } },
    },
  );

test('a service without a Gateway Load Balancer in the endpoint’s zone lets nothing go on', () => {
  check(toService('0.0.0.0/0 internet'), tcp('server', OUTSIDE, 80), dropped('inspection/no-load-balancer'));
});

test('flows by a firewall’s endpoint are tracked even where rules are open', () => {
  const net = inspected();
  check(net, tcp('server', OUTSIDE, 80), delivered('internet'));
  equal(net.fabric.counters().trackedConnections, 1);
});

test('what stays on its way is forwarded by the flow cache', () => {
  const net = inspected();
  for (let times = 0; times < 3; times++) check(net, udp('server', OUTSIDE, 53), delivered('internet'));
  equal(net.fabric.counters().flowCacheHits > 0, true);
});
