/** The customer's site: reached by a virtual private gateway or over a transit gateway, with the addresses that packets have. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import { check, delivered, dropped, network, SITE, type TestNetwork } from '../testing/network.ts';
import type { HostSpec, NetworkOptions } from '../testing/network-rows.ts';
import { ping, reply, tcp, udp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';

const ALL = ['all from 0.0.0.0/0'];
const SITE_BLOCK = '192.168.0.0/16';

/** A host in a VPC with a VPN connection to the site. */
const connected = (options: NetworkOptions = {}, hosts: Readonly<Record<string, HostSpec>> = {}): TestNetwork =>
  network(
    { a: { ip: '10.0.1.10', in: ALL }, ...hosts },
    {
      vpns: { office: { vpc: 'main', site: [SITE_BLOCK] } },
      routes: { '10.0.1.0/24': [`${SITE_BLOCK} vgw`] },
      ...options,
    },
  );

test('packets go to the site and back by the virtual private gateway, untranslated', () => {
  const net = connected();
  for (const packet of [tcp('a', 'site', 80), udp('a', 'site', 53), ping('a', 'site')]) {
    check(net, packet, delivered('site'));
    equal(formatAddress(net.lastPacket.source), '10.0.1.10');
    equal(formatAddress(net.lastPacket.destination), SITE);
    check(net, reply(packet), delivered('a'));
  }
  check(net, tcp('site', 'a', 22), delivered('a'));
  equal(formatAddress(net.lastPacket.source), SITE);
});

test('what the site sends against groups that name only groups is refused as by any rule: it had no groups to lose', () => {
  const net = connected({}, { a: { ip: '10.0.1.10', in: ['all from a'], public: '198.18.0.10' } });
  check(net, tcp('site', 'a', 22), dropped('security-group-in/no-rule'));
  check(net, tcp('internet', 'a', 22), dropped('security-group-in/no-rule'));
});

test('a gateway without attachment, without a connection or a static route for the address carries nothing', () => {
  check(connected({ vpns: {} }), tcp('a', 'site', 80), dropped('gateway/vpn-gateway-detached'));
  const elsewhere = connected({ vpns: { office: { vpc: 'main', site: ['172.16.0.0/16'] } } });
  check(elsewhere, tcp('a', 'site', 80), dropped('gateway/no-vpn-connection'));
  check(elsewhere, tcp('site', 'a', 80), dropped('site-arrival/no-connection'));
});

test('the gateway serves interfaces of the VPC alone: no transit in either direction', () => {
  const net = connected({ routes: { '10.0.1.0/24': ['0.0.0.0/0 vgw'] } }, { b: { ip: '10.0.1.20', check: false } });
  check(net, tcp('b', 'site', 80, { source: '10.9.9.9' }), dropped('gateway/foreign-vpn-source'));
  check(net, tcp('site', '10.0.1.99', 80), dropped('site-arrival/no-interface'));
  check(net, tcp('site', '10.9.0.1', 80), dropped('site-arrival/no-connection'));
});

test('no IPv6 goes over a VPN connection', () => {
  const net = connected(
    {
      routes: { '10.0.1.0/24': ['::/0 vgw'] },
      acls: { '10.0.1.0/24': { in: ['1 allow all ::/0'], out: ['1 allow all ::/0'] } },
    },
    { a: { ip: '10.0.1.10', ipv6: 'fd01::10', out: ['all to ::/0'] } },
  );
  check(net, tcp('a', '2001:db8::1', 80, { ipv6: true }), dropped('gateway/vpn-ipv6'));
  const packet = tcp('site', 'a', 80, { source: '2001:db8::1', destination: 'fd01::10' });
  check(net, packet, dropped('site-arrival/ipv6-off'));
});

test('1500 bytes pass, and one more is refused with that number', () => {
  const size = (bytes: number) => udp('a', 'site', 53, { lengthBytes: bytes + 14 });
  check(connected(), size(1500), delivered('site'));
  check(connected(), size(1501), dropped('mtu/too-big'));
});

test('groups and network ACLs guard what comes from the site, and groups cannot be named there', () => {
  const closed = connected({}, { a: { ip: '10.0.1.10', in: [`tcp 22 from ${SITE_BLOCK}`] } });
  check(closed, tcp('site', 'a', 22), delivered('a'));
  check(closed, tcp('site', 'a', 80), dropped('security-group-in/no-rule'));
  const denied = connected({ acls: { '10.0.1.0/24': { in: [`1 deny all ${SITE_BLOCK}`], out: [] } } });
  check(denied, tcp('site', 'a', 22), dropped('network-acl-in/denied'));
});

test('of several connections the longest static route leads to the site, and the source tells which one it comes by', () => {
  const hosts = { b: { ip: '10.1.1.10', vpc: 'peer', in: ALL } };
  const net = connected(
    {
      blocks: { main: ['10.0.0.0/16'], peer: ['10.1.0.0/16'] },
      vpns: {
        office: { vpc: 'main', site: [SITE_BLOCK] },
        branch: { vpc: 'main', site: ['192.168.7.0/24'] },
        other: { vpc: 'peer', site: [SITE_BLOCK] },
      },
    },
    hosts,
  );
  check(net, tcp('a', '192.168.7.1', 80), delivered('site'));
  equal(
    net.lastTrace.some((step) => step.includes('vpn-connection vpn-branch')),
    true,
  );
  check(net, tcp('site', 'a', 80), delivered('a'));
  check(net, tcp('site', 'b', 80), delivered('b'));
  net.apply([{ change: 'remove', kind: 'vpn-connection', id: idOf('vpn', 'other') }]);
  check(net, tcp('site', 'b', 80), dropped('site-arrival/no-connection'));
});

test('the gateway’s own route table leads what enters by it to an appliance', () => {
  const appliance = { ip: '10.0.2.10', in: ALL, check: false };
  const through = (route: string): TestNetwork => connected({ vpnEdgeRoutes: { main: [route] } }, { appliance });
  check(through('10.0.1.0/24 to-host appliance'), tcp('site', 'a', 80), delivered('appliance'));
  check(through('10.0.3.0/24 to-host appliance'), tcp('site', 'a', 80), delivered('a'));
  check(
    through('10.0.1.0/24 to-host appliance blackhole'),
    tcp('site', 'a', 80),
    dropped('site-arrival/edge-blackhole'),
  );
  check(through('10.0.0.0/16 nat'), tcp('site', 'a', 80), dropped('site-arrival/edge-no-route'));
});

test('a VPN attachment of a transit gateway leads to the site and in from there by the gateway’s tables', () => {
  const hub = (table: readonly string[], more: Partial<NetworkOptions> = {}): TestNetwork =>
    network(
      { a: { ip: '10.0.1.10', in: ALL } },
      {
        blocks: { main: ['10.0.0.0/16'] },
        transit: {
          hub: {
            vpcs: { main: { subnets: ['10.0.9.0/24'], table: 'all' } },
            vpns: { office: { table: 'all' } },
            tables: { all: table },
          },
        },
        vpns: { office: { transit: 'hub', site: ['0.0.0.0/0'] } },
        routes: { '10.0.1.0/24': ['0.0.0.0/0 tgw hub'] },
        ...more,
      },
    );
  const net = hub(['10.0.0.0/16 main', `${SITE_BLOCK} office`]);
  check(net, tcp('a', 'site', 80), delivered('site'));
  check(net, reply(tcp('a', 'site', 80)), delivered('a'));
  check(net, udp('a', 'site', 53, { lengthBytes: 1515 }), dropped('mtu/too-big'));
  check(net, tcp('site', '10.9.0.1', 80), dropped('site-arrival/no-route'));
  const gone = { change: 'remove', kind: 'vpn-connection', id: idOf('vpn', 'office') } as const;
  net.apply([gone]);
  check(net, tcp('a', 'site', 80), dropped('transit-gateway/blackhole'));
  const circle = hub(['0.0.0.0/0 main'], { routes: { '10.0.9.0/24': ['0.0.0.0/0 tgw hub'] } });
  check(circle, tcp('site', '10.9.0.1', 80), dropped('transit-gateway/loop'));
  check(hub(['10.0.0.0/16 blackhole']), tcp('site', 'a', 80), dropped('site-arrival/blackhole'));
  const far = { vpcs: {}, peers: { hub: { table: 'far' } }, tables: { far: ['10.9.0.0/16 hub'] } };
  const near = { vpcs: {}, vpns: { office: { table: 'all' } }, peers: { far: { table: 'all' } } };
  const peered = hub([], { transit: { hub: { ...near, tables: { all: ['10.9.0.0/16 far'] } }, far } });
  check(peered, tcp('site', '10.9.0.1', 80), dropped('site-arrival/loop'));
  const apart = hub([], {
    transit: { hub: { vpcs: {}, vpns: { office: {} }, tables: {} } },
  });
  check(apart, tcp('site', 'a', 80), dropped('site-arrival/no-association'));
  const unattached = hub([], { transit: { hub: { vpcs: {}, tables: {} } } });
  check(unattached, tcp('site', 'a', 80), dropped('site-arrival/no-attachment'));
});
