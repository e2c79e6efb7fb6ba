/** Regional NAT gateways: an address of the source's zone, no network ACL, a route table of its own. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { answerTo, destinationOf, sourceOf } from '../testing/nat-network.ts';
import { check, delivered, dropped, network, OUTSIDE, type TestNetwork } from '../testing/network.ts';
import type { NetworkOptions } from '../testing/network-rows.ts';
import { ping, tcp, udp } from '../testing/packets.ts';
import { type RegionalNatSpec, regionalNatRows } from '../testing/regional-nat-rows.ts';

const ALL = ['all from 0.0.0.0/0'];
const ADDRESSES = { 'use1-az1': ['198.18.0.41'], 'use1-az2': ['198.18.0.42', '198.18.0.43'] };
const ONE_ZONE = { 'use1-az1': ['198.18.0.41'] };

/** Clients in three zones whose subnets lead to one gateway, which stands in two of these zones. */
const behindRegional = (options: NetworkOptions = {}, spec: Partial<RegionalNatSpec> = {}): TestNetwork =>
  network(
    {
      one: { ip: '10.0.1.10' },
      two: { ip: '10.0.2.10' },
      three: { ip: '10.0.3.10' },
      web: { ip: '10.0.4.10', public: '198.18.0.30', in: ALL },
    },
    {
      zones: { '10.0.1.0/24': 'use1-az1', '10.0.2.0/24': 'use1-az2', '10.0.3.0/24': 'use1-az3' },
      routes: {
        '10.0.1.0/24': ['0.0.0.0/0 nat regional'],
        '10.0.2.0/24': ['0.0.0.0/0 nat regional'],
        '10.0.3.0/24': ['0.0.0.0/0 nat regional'],
        '10.0.4.0/24': ['0.0.0.0/0 internet'],
      },
      regionalNats: { regional: { zones: ADDRESSES, ...spec } },
      ...options,
    },
  );

test('each zone goes out with an address of its own, and answers come back', () => {
  const net = behindRegional();
  for (const [client, addresses] of [
    ['one', ADDRESSES['use1-az1']],
    ['two', ADDRESSES['use1-az2']],
  ] as const) {
    for (const first of [tcp(client, OUTSIDE, 443), udp(client, OUTSIDE, 53), ping(client, OUTSIDE)]) {
      check(net, first, delivered('internet'));
      ok(addresses.some((address) => address === sourceOf(net)));
      check(net, answerTo(net), delivered(client));
      equal(sourceOf(net), OUTSIDE);
    }
  }
});

test('from a zone that it does not serve nothing goes through', () => {
  const net = behindRegional();
  check(net, tcp('three', OUTSIDE, 443), dropped('gateway/no-nat-zone'));
});

test('nothing gets in that was not asked for', () => {
  const net = behindRegional();
  check(net, tcp('internet', '198.18.0.41', 443), dropped('nat-gateway/unsolicited'));
  check(net, ping('web', '198.18.0.42'), dropped('nat-gateway/unsolicited'));
  check(net, udp('one', OUTSIDE, 53), delivered('internet'));
  const answer = answerTo(net);
  check(net, { ...answer, to: '198.18.0.42' }, dropped('nat-gateway/unsolicited'));
  check(net, answer, delivered('one'));
});

test('a public address of the same VPC is reached with the address of the zone', () => {
  const net = behindRegional();
  check(net, tcp('one', '198.18.0.30', 80), delivered('web'));
  equal(sourceOf(net), '198.18.0.41');
  check(
    net,
    tcp('web', '198.18.0.41', net.lastPacket.sourcePort, { sourcePort: 80, tcpFlags: 0x12 }),
    delivered('one'),
  );
});

test('no network ACL stands between it and the internet gateway', () => {
  const net = behindRegional();
  check(net, udp('one', OUTSIDE, 53), delivered('internet'));
  ok(net.lastTrace.filter((step) => step.startsWith('network-acl')).length === 1);
});

test('its own route table decides where packets leave it', () => {
  const closed = behindRegional({}, { routes: [] });
  check(closed, udp('one', OUTSIDE, 53), dropped('route/no-route'));
  const back = behindRegional({}, { routes: ['0.0.0.0/0 internet', '10.0.1.0/24 to-host web'] });
  check(back, udp('one', OUTSIDE, 53), delivered('internet'));
  // The appliance in front of the clients takes what is for them; it has its check on.
  check(back, answerTo(back), dropped('destination-check/foreign-address'));
});

test('Block Public Access leaves a VPC its regional NAT gateway in the mode block-ingress alone', () => {
  const ingress = behindRegional({}, { blockMode: 'block-ingress' });
  check(ingress, udp('one', OUTSIDE, 53), delivered('internet'));
  check(ingress, answerTo(ingress), delivered('one'));
  const both = behindRegional({}, { blockMode: 'block-bidirectional' });
  check(both, udp('one', OUTSIDE, 53), dropped('block-public-access-out/blocked'));
});

test('a flow outlives a change elsewhere in the gateway, and not that of its zone', () => {
  const options = {};
  const net = behindRegional(options);
  check(net, udp('one', OUTSIDE, 53), delivered('internet'));
  const answer = answerTo(net);
  net.put(...regionalNatRows('regional', { zones: ONE_ZONE }, options));
  check(net, answer, delivered('one'));
  check(net, udp('two', OUTSIDE, 53), dropped('gateway/no-nat-zone'));
  net.put(...regionalNatRows('regional', { zones: { 'use1-az2': ['198.18.0.42'] } }, options));
  check(net, answer, dropped('internet-arrival/unmapped-destination'));
  net.put(...regionalNatRows('regional', { zones: ONE_ZONE }, options));
  check(net, answer, dropped('nat-gateway/unsolicited'));
});

test('once it is gone, routes to it lead nowhere', () => {
  const net = behindRegional();
  check(net, udp('one', OUTSIDE, 53), delivered('internet'));
  const [, row] = regionalNatRows('regional', { zones: ADDRESSES }, {});
  net.apply(row ? [{ change: 'remove', kind: row.kind, id: row.id }] : []);
  check(net, udp('one', OUTSIDE, 53), dropped('gateway/no-nat-gateway'));
});

test('IPv6 clients reach IPv4 hosts through it', () => {
  const net = network(
    { one: { ip: '10.0.1.10', ipv6: '3fff::10', out: ['all to ::/0'] } },
    {
      routes: { '10.0.1.0/24': ['64:ff9b::/96 nat regional'] },
      acls: { '10.0.1.0/24': { in: ['1 allow all ::/0'], out: ['1 allow all ::/0'] } },
      regionalNats: { regional: { zones: ADDRESSES } },
    },
  );
  check(net, udp('one', OUTSIDE, 53, { ipv6: true, destination: '64:ff9b::cb00:7109' }), delivered('internet'));
  deepEqual([sourceOf(net), destinationOf(net)], ['198.18.0.41', OUTSIDE]);
  check(net, answerTo(net), delivered('one'));
  equal(destinationOf(net), '3fff::10');
});
