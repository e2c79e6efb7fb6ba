/** Transit gateways: from VPC to VPC by the gateway's tables, in the zones where it is, and over peerings to the next one. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import { check, delivered, dropped, network, OUTSIDE, type TestNetwork } from '../testing/network.ts';
import {
  type HostSpec,
  type NetworkOptions,
  type TransitSpec,
  type TransitVpcSpec,
  transitRows,
} from '../testing/network-rows.ts';
import { ping, reply, type TestPacket, tcp, udp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';
import { transitGateway } from './stages/transit-gateway.ts';

const ALL = ['all from 0.0.0.0/0', 'all from ::/0'];
const BLOCKS = {
  main: ['10.0.0.0/16', 'fd01::/56'],
  peer: ['10.1.0.0/16', 'fd02::/56'],
  third: ['10.2.0.0/16'],
};
const A = { ip: '10.0.1.10', ipv6: 'fd01::10', in: ALL };
const B = { ip: '10.1.1.10', ipv6: 'fd02::10', vpc: 'peer', in: ALL };
const TABLE = ['10.0.0.0/16 main', '10.1.0.0/16 peer', 'fd01::/56 main', 'fd02::/56 peer'];
const TO_HUB = ['10.0.0.0/8 tgw hub', 'fd00::/8 tgw hub'];
const ATTACHED = {
  main: { subnets: ['10.0.9.0/24'], table: 'all' },
  peer: { subnets: ['10.1.9.0/24'], table: 'all' },
};
const HUB: TransitSpec = { vpcs: ATTACHED, tables: { all: TABLE } };

/** Two VPCs with a host each, attached in subnets of their own. */
const attached = (
  transit: Partial<TransitSpec> = {},
  options: NetworkOptions = {},
  hosts: Readonly<Record<string, HostSpec>> = {},
): TestNetwork =>
  network(
    { a: A, b: B, ...hosts },
    {
      blocks: BLOCKS,
      transit: { hub: { ...HUB, ...transit } },
      routes: { '10.0.1.0/24': TO_HUB, '10.1.1.0/24': TO_HUB },
      ...options,
    },
  );

/** The same with other options of both attachments. */
const attachedWith = (spec: Partial<TransitVpcSpec>, hosts: Readonly<Record<string, HostSpec>> = {}): TestNetwork =>
  attached({ vpcs: { main: { ...ATTACHED.main, ...spec }, peer: { ...ATTACHED.peer, ...spec } } }, {}, hosts);

test('packets pass a transit gateway both ways, with the addresses that they have', () => {
  const net = attached();
  for (const packet of [tcp('a', 'b', 80), udp('a', 'b', 53), ping('a', 'b')]) {
    check(net, packet, delivered('b'));
    equal(formatAddress(net.lastPacket.source), '10.0.1.10');
    check(net, reply(packet), delivered('a'));
  }
});

test('the table of the attachment decides: the longest prefix wins, and a blackhole drops', () => {
  for (const [routes, outcome] of [
    [['10.0.0.0/16 main'], dropped('transit-gateway/no-route')],
    [['10.0.0.0/8 main', '10.1.0.0/16 peer'], delivered('b')],
    [['10.1.0.0/16 blackhole', '10.1.1.0/24 peer'], delivered('b')],
    [['10.1.0.0/16 peer', '10.1.1.0/24 blackhole'], dropped('transit-gateway/blackhole')],
    [['10.1.0.0/16 nobody'], dropped('transit-gateway/blackhole')],
  ] as const) {
    check(attached({ tables: { all: routes } }), tcp('a', 'b', 80), outcome);
  }
});

test('each attachment has its own table, so that VPCs can be kept apart', () => {
  const net = attached(
    {
      vpcs: { ...ATTACHED, main: { subnets: ['10.0.9.0/24'], table: 'isolated' }, third: { subnets: ['10.2.9.0/24'] } },
      tables: { all: [...TABLE, '10.2.0.0/16 third'], isolated: ['10.2.0.0/16 third'] },
    },
    { routes: { '10.0.1.0/24': TO_HUB, '10.1.1.0/24': TO_HUB, '10.2.1.0/24': TO_HUB } },
    { c: { ip: '10.2.1.10', vpc: 'third', in: ALL } },
  );
  check(net, tcp('a', 'b', 80), dropped('transit-gateway/no-route'));
  check(net, tcp('b', 'a', 80), delivered('a'));
  check(net, tcp('a', 'c', 80), delivered('c'));
  check(net, tcp('c', 'a', 80), dropped('transit-gateway/no-association'));
});

test('a VPC without an attachment, and a zone without one, do not reach the gateway', () => {
  check(attached({ vpcs: { peer: ATTACHED.peer } }), tcp('a', 'b', 80), dropped('gateway/no-transit-attachment'));
  const elsewhere = attached({}, { zones: { '10.0.1.0/24': 'use1-az2' }, routes: { '10.0.1.0/24': TO_HUB } });
  check(elsewhere, tcp('a', 'b', 80), dropped('gateway/no-transit-zone'));
  const both = attached(
    { vpcs: { ...ATTACHED, main: { subnets: ['10.0.9.0/24', '10.0.8.0/24'], table: 'all' } } },
    { zones: { '10.0.1.0/24': 'use1-az2', '10.0.8.0/24': 'use1-az2' }, routes: { '10.0.1.0/24': TO_HUB } },
  );
  check(both, tcp('a', 'b', 80), delivered('b'));
});

test('the ACL of the attachment’s subnet is asked for entry on the way out and for exit on the way in', () => {
  const denies = (block: string, way: 'in' | 'out', cidr: string): NetworkOptions => ({
    acls: {
      [block]: {
        in: ['100 allow all 0.0.0.0/0'],
        out: ['100 allow all 0.0.0.0/0'],
        [way]: [`90 deny all ${cidr}`, '100 allow all 0.0.0.0/0'],
      },
    },
  });
  for (const [acl, outcome] of [
    [denies('10.0.9.0/24', 'in', '10.0.1.10/32'), dropped('network-acl-in/denied')],
    [denies('10.0.9.0/24', 'out', '10.1.1.10/32'), delivered('b')],
    [denies('10.1.9.0/24', 'out', '10.1.1.10/32'), dropped('network-acl-out/denied')],
    [denies('10.1.9.0/24', 'in', '10.0.1.10/32'), delivered('b')],
    [denies('10.0.1.0/24', 'out', '10.1.1.10/32'), dropped('network-acl-out/denied')],
    [denies('10.1.1.0/24', 'in', '10.0.1.10/32'), dropped('network-acl-in/denied')],
  ] as const) {
    check(attached({}, acl), tcp('a', 'b', 80), outcome);
  }
});

test('in the attachment’s own subnet the ACL is asked both ways outwards, and not at all inwards', () => {
  const inside = (acls: NetworkOptions['acls']): TestNetwork =>
    attached(
      { vpcs: { main: { subnets: ['10.0.1.0/24'], table: 'all' }, peer: { subnets: ['10.1.1.0/24'], table: 'all' } } },
      { ...(acls && { acls }) },
    );
  const closed = { in: [], out: [] };
  const open = ['100 allow all 0.0.0.0/0'];
  check(inside({ '10.1.1.0/24': closed }), tcp('a', 'b', 80), delivered('b'));
  check(inside({ '10.0.1.0/24': { in: [], out: open } }), tcp('a', 'b', 80), dropped('network-acl-in/denied'));
  check(inside({ '10.0.1.0/24': { in: open, out: [] } }), tcp('a', 'b', 80), dropped('network-acl-out/denied'));
});

test('in the VPC that it enters the route table of the attachment’s subnet decides', () => {
  const appliance = { ip: '10.1.2.10', vpc: 'peer', in: ALL, check: false };
  const routes = { '10.0.1.0/24': TO_HUB, '10.1.1.0/24': TO_HUB, '10.1.2.0/24': TO_HUB };
  const inspected = attached(
    {},
    { routes: { ...routes, '10.1.9.0/24': ['10.1.1.0/24 to-host appliance'] } },
    { appliance },
  );
  check(inspected, tcp('a', 'b', 80), delivered('appliance'));
  const elsewhere = { destination: OUTSIDE };
  const egress = attached(
    { tables: { all: [...TABLE, '0.0.0.0/0 peer'] } },
    {
      routes: {
        '10.0.1.0/24': ['0.0.0.0/0 tgw hub'],
        '10.1.9.0/24': ['0.0.0.0/0 nat nat'],
        '10.1.2.0/24': ['0.0.0.0/0 internet', '10.0.0.0/8 tgw hub'],
      },
    },
    { nat: { ip: '10.1.2.20', vpc: 'peer', nat: true, public: '198.18.0.20' } },
  );
  check(egress, tcp('a', 'b', 80, elsewhere), delivered('internet'));
  equal(formatAddress(egress.lastPacket.source), '198.18.0.20');
  const back: TestPacket = tcp('internet', 'nat', egress.lastPacket.sourcePort, { sourcePort: 80, tcpFlags: 18 });
  check(egress, back, delivered('a'));
  const noWay = attached({ tables: { all: ['0.0.0.0/0 peer'] } }, { routes: { '10.0.1.0/24': ['0.0.0.0/0 tgw hub'] } });
  check(noWay, tcp('a', 'b', 80, elsewhere), dropped('route/no-route'));
});

test('routes that lead in a circle end, and the gateway’s interfaces answer nothing', () => {
  const circle = attached(
    { tables: { all: ['0.0.0.0/0 peer'] } },
    { routes: { '10.0.1.0/24': ['0.0.0.0/0 tgw hub'], '10.1.9.0/24': ['0.0.0.0/0 tgw hub'] } },
  );
  check(circle, tcp('a', 'b', 80, { destination: OUTSIDE }), dropped('transit-gateway/loop'));
  check(attached(), ping('a', '10.0.9.200'), dropped('transit-gateway/not-a-host'));
  const byInterface = attached({}, { routes: { '10.0.1.0/24': ['10.0.0.0/8 to-host hub-main-10.0.9.0/24'] } });
  check(byInterface, ping('a', 'b'), dropped('transit-gateway/not-its-own'));
  equal(transitGateway.drops.loop.code, 'CANNOT_ROUTE');
});

test('8500 bytes pass, and one more is refused with that number', () => {
  const size = (bytes: number) => udp('a', 'b', 53, { lengthBytes: bytes + 14 });
  check(attached(), size(8500), delivered('b'));
  check(attached(), size(8501), dropped('mtu/too-big'));
});

test('IPv6 passes only where both attachments support it', () => {
  const acls = ['10.0.1.0/24', '10.1.1.0/24', '10.0.9.0/24', '10.1.9.0/24'];
  const open = { in: ['1 allow all ::/0'], out: ['1 allow all ::/0'] };
  const withIpv6 = (main: boolean, peer: boolean): TestNetwork =>
    attached(
      { vpcs: { main: { ...ATTACHED.main, ipv6: main }, peer: { ...ATTACHED.peer, ipv6: peer } } },
      { acls: Object.fromEntries(acls.map((block) => [block, open])) },
      { a: { ...A, out: ['all to ::/0'] } },
    );
  const packet = tcp('a', 'b', 80, { ipv6: true });
  check(withIpv6(true, true), packet, delivered('b'));
  check(withIpv6(false, true), packet, dropped('transit-gateway/ipv6-off'));
  check(withIpv6(true, false), packet, dropped('transit-gateway/ipv6-off'));
});

test('rules name groups of the other VPC where gateway and attachments support references', () => {
  const hosts = { b: { ...B, in: ['tcp 80 from a'] } };
  check(attachedWith({ references: true }, hosts), tcp('a', 'b', 80), delivered('b'));
  check(attachedWith({ references: true }, hosts), tcp('a', 'b', 81), dropped('security-group-in/no-rule'));
  check(attachedWith({ references: false }, hosts), tcp('a', 'b', 80), dropped('security-group-in/referencing-off'));
});

test('a packet stays in its zone; in appliance mode both directions between two addresses use one', () => {
  const zones = { '10.1.8.0/24': 'use1-az2', '10.2.1.0/24': 'use1-az2', '10.2.9.0/24': 'use1-az2' };
  const appliances = {
    c: { ip: '10.2.1.10', vpc: 'third', in: ALL, check: false },
    one: { ip: '10.1.3.10', vpc: 'peer', in: ALL, check: false },
    two: { ip: '10.1.4.10', vpc: 'peer', in: ALL, check: false },
  };
  const inspected = (applianceMode: boolean): TestNetwork =>
    attached(
      {
        vpcs: {
          main: ATTACHED.main,
          third: { subnets: ['10.2.9.0/24'], table: 'all' },
          peer: { subnets: ['10.1.9.0/24', '10.1.8.0/24'], table: 'all', applianceMode },
        },
        tables: { all: ['0.0.0.0/0 peer'] },
      },
      {
        zones,
        routes: {
          '10.0.1.0/24': TO_HUB,
          '10.2.1.0/24': TO_HUB,
          '10.1.9.0/24': ['0.0.0.0/0 to-host one'],
          '10.1.8.0/24': ['0.0.0.0/0 to-host two'],
        },
      },
      appliances,
    );
  check(inspected(false), tcp('a', 'c', 80), delivered('one'));
  check(inspected(false), tcp('c', 'a', 80), delivered('two'));
  const net = inspected(true);
  const used = new Set<string>();
  for (let host = 10; host < 26; host++) {
    const address = `10.2.1.${host}`;
    const there = net.send(tcp('a', address, 80));
    const back = net.send(tcp('c', 'a', 80, { source: address }));
    deepEqual(there, back);
    used.add(JSON.stringify(there));
  }
  equal(used.size, 2);
});

test('a peering leads on to the table of the other gateway, and groups are not known behind it', () => {
  const specs = (there: readonly string[]): Record<string, TransitSpec> => ({
    hub: {
      vpcs: { main: ATTACHED.main },
      peers: { far: { table: 'all' } },
      tables: { all: ['10.0.0.0/16 main', '10.1.0.0/16 far'] },
    },
    far: {
      vpcs: { peer: { ...ATTACHED.peer, table: 'far', references: true } },
      peers: { hub: { table: 'far' } },
      tables: { far: there },
    },
  });
  const routes = { '10.0.1.0/24': TO_HUB, '10.1.1.0/24': ['10.0.0.0/8 tgw far'] };
  const between = (there: readonly string[], hosts: Readonly<Record<string, HostSpec>> = {}): TestNetwork =>
    attached({}, { transit: specs(there), routes }, hosts);
  const table = ['10.1.0.0/16 peer', '10.0.0.0/16 hub'];
  const net = between(table);
  check(net, tcp('a', 'b', 80), delivered('b'));
  check(net, reply(tcp('a', 'b', 80)), delivered('a'));
  check(between(['10.0.0.0/16 hub']), tcp('a', 'b', 80), dropped('transit-gateway/no-route'));
  check(between(['10.1.0.0/16 hub']), tcp('a', 'b', 80), dropped('transit-gateway/loop'));
  const hosts = { b: { ...B, in: ['tcp 80 from a'] } };
  check(between(table, hosts), tcp('a', 'b', 80), dropped('security-group-in/referencing-off'));
  net.apply([
    { change: 'remove', kind: 'transit-gateway-attachment', id: `${idOf('tgw', 'far')}/${idOf('tgw-attach', 'hub')}` },
  ]);
  check(net, tcp('a', 'b', 80), dropped('transit-gateway/blackhole'));
});

test('two VPCs with the same block are apart, and an attachment that goes takes its way with it', () => {
  const twins = { blocks: { ...BLOCKS, third: ['10.0.0.0/16'] } };
  const net = attached({ vpcs: { ...ATTACHED, third: { subnets: ['10.0.9.0/24'], table: 'all' } } }, twins, {
    twin: { ip: '10.0.1.10', vpc: 'third', in: ALL },
  });
  check(net, tcp('b', 'a', 80), delivered('a'));
  const rows = transitRows('hub', HUB).filter(
    ({ kind, id }) => kind === 'transit-gateway-attachment' && id.endsWith('main'),
  );
  net.apply(rows.map(({ kind, id }) => ({ change: 'remove', kind, id })));
  check(net, tcp('b', 'a', 80), dropped('transit-gateway/blackhole'));
  check(net, tcp('a', 'b', 80), dropped('gateway/no-transit-attachment'));
});
