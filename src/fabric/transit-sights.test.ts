/** What transit gateways with a flow log see: each flow once for each gateway, with what became of it there. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import type { TransitFlowRecord } from '../tables/flow-report.ts';
import { check, delivered, dropped, network, type TestNetwork } from '../testing/network.ts';
import type { NetworkOptions, TransitSpec } from '../testing/network-rows.ts';
import { data, ping, reply, tcp, udp } from '../testing/packets.ts';

const ALL = ['all from 0.0.0.0/0'];
const MAIN = { subnets: ['10.0.9.0/24'], table: 'all' };
const PEER = { subnets: ['10.1.9.0/24'], table: 'all' };
const TO_HUB = ['10.0.0.0/8 tgw hub', '192.168.0.0/16 tgw hub'];

/** a in one VPC and b in another, attached to the gateway hub. */
const attached = (hub: Partial<TransitSpec> = {}, options: NetworkOptions = {}): TestNetwork =>
  network(
    { a: { ip: '10.0.1.10', in: ALL }, b: { ip: '10.1.1.10', vpc: 'peer', in: ALL } },
    {
      blocks: { main: ['10.0.0.0/16'], peer: ['10.1.0.0/16'] },
      routes: { '10.0.1.0/24': TO_HUB, '10.1.1.0/24': TO_HUB },
      ...options,
      transit: {
        hub: {
          vpcs: { main: MAIN, peer: PEER },
          tables: { all: ['10.0.0.0/16 main', '10.1.0.0/16 peer'] },
          logged: ['main', 'peer'],
          ...hub,
        },
        ...options.transit,
      },
    },
  );

const name = (id: string | undefined): string => id?.replace(/^(eni|tgw-attach|tgw)-/, '') ?? '-';
/** `gateway entered/entry > left/exit source > destination packets lost`. `check` sends each packet twice. */
const text = (flow: TransitFlowRecord): string => {
  const way = `${name(flow.entered)}/${name(flow.entry)} > ${name(flow.left)}/${name(flow.exit)}`;
  const ends = `${formatAddress(flow.source)}:${flow.sourcePort} > ${formatAddress(flow.destination)}:${flow.destinationPort}`;
  return `${name(flow.transitGatewayId)} ${way} ${ends} ${flow.packets}${flow.lost === undefined ? '' : ` ${flow.lost}`}`;
};
const seen = (net: TestNetwork): readonly string[] => net.fabric.takeFlows().transits.map(text).sort();

test('a flow between two VPCs is seen from attachment to attachment, with the packets of the flow cache', () => {
  const net = attached();
  check(net, tcp('a', 'b', 80), delivered('b'));
  check(net, reply(tcp('a', 'b', 80)), delivered('a'));
  check(net, data('a', 'b', 80), delivered('b'));
  deepEqual(seen(net), [
    'hub main/hub-main-10.0.9.0/24 > peer/hub-peer-10.1.9.0/24 10.0.1.10:40000 > 10.1.1.10:80 4',
    'hub peer/hub-peer-10.1.9.0/24 > main/hub-main-10.0.9.0/24 10.1.1.10:80 > 10.0.1.10:40000 2',
  ]);
  deepEqual(seen(net), []);
});

test('a flow log of one attachment sees what comes and goes by it, and without any nothing is seen', () => {
  const third = { ip: '10.0.2.10', in: ALL };
  const net = attached({ logged: ['peer'] });
  check(net, ping('a', 'b'), delivered('b'));
  deepEqual(seen(net).length, 1);
  const alone = attached({ logged: [] });
  check(alone, ping('a', 'b'), delivered('b'));
  deepEqual(seen(alone), []);
  const inside = network({ a: { ip: '10.0.1.10', in: ALL }, third }, {});
  check(inside, ping('a', 'third'), delivered('third'));
  deepEqual(seen(inside), []);
});

test('what the gateway’s table leads nowhere is lost there, and says why', () => {
  for (const [routes, reason, why] of [
    [[], 'no-route', 'no-route'],
    [['10.1.0.0/16 blackhole'], 'blackhole', 'blackhole'],
  ] as const) {
    const net = attached({ tables: { all: routes } });
    check(net, udp('a', 'b', 53), dropped(`transit-gateway/${reason}`));
    deepEqual(seen(net), [`hub main/hub-main-10.0.9.0/24 > -/- 10.0.1.10:40000 > 10.1.1.10:53 2 ${why}`]);
  }
});

test('what is larger than 8500 bytes is lost at the gateway, what the receiver refuses is not', () => {
  const net = attached();
  const large = { lengthBytes: 8600 + 14, dontFragment: true };
  check(net, udp('a', 'b', 53, large), dropped('mtu/too-big'));
  deepEqual(seen(net), [
    'hub main/hub-main-10.0.9.0/24 > peer/hub-peer-10.1.9.0/24 10.0.1.10:40000 > 10.1.1.10:53 2 mtu-exceeded',
  ]);
  net.setRules('b', { in: [] });
  check(net, udp('a', 'b', 53), dropped('security-group-in/no-rule'));
  deepEqual(seen(net), ['hub main/hub-main-10.0.9.0/24 > peer/hub-peer-10.1.9.0/24 10.0.1.10:40000 > 10.1.1.10:53 2']);
});

test('over a peering each gateway sees its own part, and VPN connections have no interface', () => {
  const net = attached(
    {
      vpcs: { main: MAIN },
      peers: { far: { table: 'all' } },
      vpns: { office: { table: 'all' } },
      tables: { all: ['10.0.0.0/16 main', '10.1.0.0/16 far', '192.168.0.0/16 office'] },
      logged: ['main'],
    },
    {
      routes: { '10.0.1.0/24': TO_HUB, '10.1.1.0/24': ['10.0.0.0/8 tgw far'] },
      transit: {
        far: {
          vpcs: { peer: { ...PEER, table: 'far' } },
          peers: { hub: { table: 'far' } },
          tables: { far: ['10.1.0.0/16 peer', '10.0.0.0/16 hub'] },
          logged: ['peer'],
        },
      },
      vpns: { office: { transit: 'hub', site: ['192.168.0.0/16'] } },
    },
  );
  check(net, udp('a', 'b', 53), delivered('b'));
  deepEqual(seen(net), [
    'far hub/- > peer/far-peer-10.1.9.0/24 10.0.1.10:40000 > 10.1.1.10:53 2',
    'hub main/hub-main-10.0.9.0/24 > far/- 10.0.1.10:40000 > 10.1.1.10:53 2',
  ]);
  check(net, udp('site', 'a', 53), delivered('a'));
  const [site] = seen(net);
  deepEqual(site?.split(' ').slice(0, 4), ['hub', 'office/-', '>', 'main/hub-main-10.0.9.0/24']);
});
