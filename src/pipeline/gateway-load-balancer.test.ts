/** Gateway Load Balancers: packets go to appliances in tunnels, and what comes back in them goes on from the endpoint. */
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import { UDP } from '../net/protocol.ts';
import {
  check,
  delivered,
  dropped,
  network,
  OUTSIDE,
  OUTSIDE_IPV6,
  type Outcome,
  type TestNetwork,
} from '../testing/network.ts';
import type { HostSpec, NetworkOptions } from '../testing/network-rows.ts';
import { data, ping, reply, tcp, udp } from '../testing/packets.ts';
import { questionIn } from '../testing/tunnels.ts';
import { DESTINATION_MAC, ETHERNET_HEADER_LENGTH, SOURCE_MAC, writeMac } from '../wire/ethernet.ts';
import { GENEVE_HEADER_LENGTH, parseGeneve } from '../wire/geneve.ts';
import { FIN } from '../wire/tcp.ts';
import { UDP_HEADER_LENGTH } from '../wire/udp.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';

const ALL = ['all from 0.0.0.0/0', 'all from ::/0'];
const OPEN = ['all to 0.0.0.0/0', 'all to ::/0'];
const OPEN_ACL = ['1 allow all 0.0.0.0/0', '2 allow all ::/0'];
const TUNNEL = ['udp 6081 from 0.0.0.0/0'];

const HOSTS: Readonly<Record<string, HostSpec>> = {
  server: { ip: '10.0.1.10', ipv6: '3fff::10', public: '198.18.0.10', in: ALL, out: OPEN },
  other: { ip: '10.0.3.10', in: ALL, out: OPEN },
  eye: { ip: '10.0.2.20', ipv6: '3fff:0:0:2::20', inspectedBy: 'fleet' },
  node: { ip: '10.9.1.20', vpc: 'fleet', gatewayNodeOf: 'fleet' },
  appliance: { ip: '10.9.2.10', vpc: 'fleet', in: TUNNEL },
};
const OPTIONS: NetworkOptions = {
  blocks: { main: ['10.0.0.0/16', '3fff::/56'], fleet: ['10.9.0.0/16'] },
  edgeRoutes: { main: ['10.0.1.0/24 inspect eye', '3fff::/64 inspect eye'] },
  routes: {
    '10.0.1.0/24': ['0.0.0.0/0 inspect eye', '::/0 inspect eye', '10.0.3.0/24 inspect eye'],
    '10.0.2.0/24': ['0.0.0.0/0 internet', '::/0 internet'],
  },
  acls: { '10.0.1.0/24': { in: OPEN_ACL, out: OPEN_ACL }, '10.0.2.0/24': { in: OPEN_ACL, out: OPEN_ACL } },
  gatewayBalancers: { fleet: { targets: ['10.9.2.10'] } },
};

/** A server whose traffic with the outside world goes by an appliance in another VPC. */
const inspected = (options: NetworkOptions = {}, hosts: Readonly<Record<string, HostSpec>> = {}): TestNetwork =>
  network({ ...HOSTS, ...hosts }, { ...OPTIONS, ...options });

const IP = VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
const TUNNEL_HEADER = IP + 20 + UDP_HEADER_LENGTH;
const SOURCE = IP + 12;
const DESTINATION = IP + 16;

/** What an appliance does that lets everything through: it sends the tunnel's packet back, the addresses swapped. */
function echoed(
  net: TestNetwork,
  appliance = 'appliance',
  mangle: (bytes: Uint8Array) => void = () => undefined,
): Outcome {
  const bytes = Uint8Array.from(net.lastFrames[0] ?? []);
  const [source, destination] = [bytes.slice(SOURCE, SOURCE + 4), bytes.slice(DESTINATION, DESTINATION + 4)];
  bytes.set(destination, SOURCE);
  bytes.set(source, DESTINATION);
  writeMac(bytes, VIRTIO_NET_HEADER_LENGTH + DESTINATION_MAC, net.routerMacOf(appliance));
  writeMac(bytes, VIRTIO_NET_HEADER_LENGTH + SOURCE_MAC, net.rowOf(appliance).mac);
  mangle(bytes);
  return net.sendFrame(appliance, bytes);
}

const cookieOf = (net: TestNetwork): number | undefined =>
  parseGeneve(net.lastFrames[0] ?? new Uint8Array(0), TUNNEL_HEADER, 1000)?.flowCookie;

test('a packet goes to the appliance in a tunnel from the node, and on from the endpoint when it comes back', () => {
  const net = inspected();
  check(net, udp('server', OUTSIDE, 53), delivered('appliance'));
  const { source, destination, protocol, destinationPort, bytes, transport } = net.lastPacket;
  deepEqual([formatAddress(source), formatAddress(destination)], ['10.9.1.20', '10.9.2.10']);
  deepEqual([protocol, destinationPort], [UDP, 6081]);
  const header = parseGeneve(bytes, transport + UDP_HEADER_LENGTH, GENEVE_HEADER_LENGTH);
  deepEqual([header?.protocolType, header?.endpointId], [0x0800, 0xe0en]);
  equal(net.lastPacket.length, 68 + 20 + 8);
  deepEqual(echoed(net), delivered('internet'));
  equal(formatAddress(net.lastPacket.source), '198.18.0.10');
  check(net, reply(udp('server', 'internet', 53)), delivered('appliance'));
  deepEqual(echoed(net), delivered('server'));
  equal(formatAddress(net.lastPacket.source), OUTSIDE);
});

test('every protocol and both IP versions go by the appliance', () => {
  const net = inspected();
  for (const packet of [tcp('server', OUTSIDE, 80), ping('server', OUTSIDE)]) {
    check(net, packet, delivered('appliance'));
    deepEqual(echoed(net), delivered('internet'));
  }
  check(net, tcp('server', OUTSIDE_IPV6, 80, { source: '3fff::10' }), delivered('appliance'));
  deepEqual(echoed(net), delivered('internet'));
  const onlyIpv4 = inspected({ gatewayBalancers: { fleet: { targets: ['10.9.2.10'], carriesIpv6: false } } });
  check(onlyIpv4, tcp('server', OUTSIDE_IPV6, 80, { source: '3fff::10' }), dropped('inspection/address-type'));
});

test('both directions of a flow come to the same appliance, and flows spread over those that run', () => {
  const targets = ['10.9.2.10', '10.9.2.11', '10.9.2.12'];
  const net = inspected(
    { gatewayBalancers: { fleet: { targets } } },
    { second: { ip: '10.9.2.11', vpc: 'fleet', in: TUNNEL } },
  );
  const seen = new Set<string>();
  for (let sourcePort = 40_000; sourcePort < 40_020; sourcePort++) {
    const question = udp('server', 'internet', 53, { sourcePort, destination: OUTSIDE });
    const outcome = net.send(question);
    const appliance = outcome.verdict === 'delivered' ? outcome.to : '';
    seen.add(appliance);
    deepEqual(echoed(net, appliance), delivered('internet'));
    check(net, udp('internet', 'server', sourcePort, { sourcePort: 53 }), delivered(appliance));
  }
  deepEqual([...seen].sort(), ['appliance', 'second']);
});

test('a wider stickiness keeps all ports, or all protocols, of two hosts together', () => {
  const hosts = { second: { ip: '10.9.2.11', vpc: 'fleet', in: TUNNEL } } as const;
  const appliancesOf = (stickiness: 'three-tuple' | 'two-tuple'): number => {
    const net = inspected({ gatewayBalancers: { fleet: { targets: ['10.9.2.10', '10.9.2.11'], stickiness } } }, hosts);
    const cookies = new Set<number | undefined>();
    for (const packet of [udp('server', OUTSIDE, 53), udp('server', OUTSIDE, 54), tcp('server', OUTSIDE, 80)]) {
      net.send(packet);
      cookies.add(cookieOf(net));
    }
    return cookies.size;
  };
  deepEqual([appliancesOf('three-tuple'), appliancesOf('two-tuple')], [2, 1]);
});

test('a flow is forgotten after 350 seconds without TCP, 120 without anything else, and begins anew with any packet', () => {
  const net = inspected();
  const cookieAfter = (packet: ReturnType<typeof tcp>, seconds: number): number | undefined => {
    net.advance(seconds * 1000);
    check(net, packet, delivered('appliance'));
    return cookieOf(net);
  };
  const [first] = [cookieAfter(tcp('server', OUTSIDE, 80), 0)];
  equal(cookieAfter(data('server', OUTSIDE, 80), 349), first);
  notEqual(cookieAfter(data('server', OUTSIDE, 80), 351), first);
  const datagram = cookieAfter(udp('server', OUTSIDE, 53), 0);
  equal(cookieAfter(udp('server', OUTSIDE, 53), 119), datagram);
  notEqual(cookieAfter(udp('server', OUTSIDE, 53), 121), datagram);
});

test('what an appliance sends back has to be what it was sent, in the tunnel that it came in', () => {
  const net = inspected();
  const lost = (mangle: (bytes: Uint8Array) => void): Outcome => {
    check(net, udp('server', OUTSIDE, 53), delivered('appliance'));
    return echoed(net, 'appliance', mangle);
  };
  const set = (at: number, value: number) => (bytes: Uint8Array) => {
    bytes[at] = value;
  };
  deepEqual(lost(set(IP + 20 + 3, 0xc2)), dropped('gateway-load-balancer/invalid-tunnel'));
  deepEqual(lost(set(TUNNEL_HEADER, 0x40)), dropped('gateway-load-balancer/invalid-tunnel'));
  deepEqual(lost(set(TUNNEL_HEADER + 8 + 4, 0xff)), dropped('gateway-load-balancer/invalid-endpoint-id'));
  deepEqual(lost(set(TUNNEL_HEADER + 39, 0xff)), dropped('gateway-load-balancer/invalid-flow-cookie'));
  // The inner packet's destination port.
  deepEqual(lost(set(TUNNEL_HEADER + 40 + 20 + 3, 99)), dropped('gateway-load-balancer/missing-flow-entry'));
});

test('a node takes nothing from who is not the flow’s appliance, and nothing for others', () => {
  const stranger = { ip: '10.9.2.13', vpc: 'fleet', in: TUNNEL, check: false } as const;
  const net = inspected({}, { stranger });
  check(net, udp('server', OUTSIDE, 53), delivered('appliance'));
  const asStranger = (bytes: Uint8Array): void => {
    bytes[SOURCE + 3] = 13;
    // The checksum of the header, which the change has made smaller.
    const sum = ((bytes[IP + 10] ?? 0) << 8) + (bytes[IP + 11] ?? 0) - 3;
    bytes[IP + 10] = sum >>> 8;
    bytes[IP + 11] = sum & 0xff;
  };
  deepEqual(echoed(net, 'stranger', asStranger), dropped('gateway-load-balancer/invalid-tunnel'));
  const routed = inspected({ routes: { ...OPTIONS.routes, '10.9.2.0/24': ['0.0.0.0/0 to-host node'] } }, { stranger });
  check(routed, udp('appliance', OUTSIDE, 53), dropped('gateway-load-balancer/not-its-own'));
});

test('the target’s group has to let the tunnel in, and nobody’s own traffic tells it apart', () => {
  const net = inspected({}, { appliance: { ip: '10.9.2.10', vpc: 'fleet', in: ['tcp 6081 from 0.0.0.0/0'] } });
  check(net, udp('server', OUTSIDE, 53), dropped('security-group-in/no-rule'));
});

test('without a load balancer in the zone, or an appliance that runs, nothing goes on', () => {
  const ofOtherZone = inspected({}, { node: { ip: '10.9.1.20', vpc: 'fleet', gatewayNodeOf: 'fleet', zone: 'b' } });
  check(ofOtherZone, udp('server', OUTSIDE, 53), dropped('inspection/no-load-balancer'));
  const gone = inspected({ gatewayBalancers: { fleet: { targets: ['10.9.2.99'] } } });
  check(gone, udp('server', OUTSIDE, 53), dropped('inspection/no-target'));
});

test('a flow is lost with its appliance, unless its target group lets flows move on', () => {
  const moved = (rebalances: boolean): Outcome => {
    const gatewayBalancers = { fleet: { targets: ['10.9.2.10', '10.9.2.11'], rebalances } };
    const net = inspected({ gatewayBalancers }, { second: { ip: '10.9.2.11', vpc: 'fleet', in: TUNNEL } });
    const outcome = net.send(udp('server', OUTSIDE, 53));
    const its = outcome.verdict === 'delivered' ? outcome.to : '';
    net.apply([{ change: 'remove', kind: 'interface', id: net.rowOf(its).id }]);
    return net.send(udp('server', OUTSIDE, 53));
  };
  deepEqual(moved(false), dropped('inspection/target-lost'));
  equal(moved(true).verdict, 'delivered');
});

test('there is room for so many flows, and for more when these are forgotten', () => {
  const net = inspected({ translationLimits: { total: 1, perDestination: 1 } });
  check(net, udp('server', OUTSIDE, 53), delivered('appliance'));
  check(net, udp('server', OUTSIDE, 54), dropped('inspection/no-room'));
  net.advance(121_000);
  check(net, udp('server', OUTSIDE, 54), delivered('appliance'));
});

test('fragments do not show the ports of their flow', () => {
  check(inspected(), udp('server', OUTSIDE, 53, { fragment: 0x2000 }), dropped('inspection/fragment'));
});

test('an egress-only internet gateway drops what comes from a Gateway Load Balancer', () => {
  const net = inspected({ routes: { ...OPTIONS.routes, '10.0.2.0/24': ['::/0 eigw'] } });
  check(net, tcp('server', OUTSIDE_IPV6, 80, { source: '3fff::10' }), delivered('appliance'));
  deepEqual(echoed(net), dropped('gateway/inspected-egress-only'));
});

test('a NAT gateway and a transit gateway on the way are remembered while the packet is at the appliance', () => {
  const net = network(
    {
      ...HOSTS,
      client: { ip: '10.1.1.10', vpc: 'spoke' },
      nat: { ip: '10.0.4.10', public: '198.18.0.20', nat: true },
    },
    {
      ...OPTIONS,
      blocks: { ...OPTIONS.blocks, spoke: ['10.1.0.0/16'] },
      edgeRoutes: {},
      routes: {
        '10.1.1.0/24': ['0.0.0.0/0 tgw hub'],
        '10.0.1.0/24': ['0.0.0.0/0 inspect eye'],
        '10.0.2.0/24': ['0.0.0.0/0 nat nat', '10.1.0.0/16 tgw hub'],
        '10.0.4.0/24': ['0.0.0.0/0 internet', '10.1.0.0/16 inspect eye'],
      },
      transit: {
        hub: {
          vpcs: {
            main: { subnets: ['10.0.1.0/24'], table: 'hub' },
            spoke: { subnets: ['10.1.1.0/24'], table: 'hub' },
          },
          tables: { hub: ['0.0.0.0/0 main', '10.1.0.0/16 spoke'] },
        },
      },
    },
  );
  check(net, udp('client', OUTSIDE, 53), delivered('appliance'));
  deepEqual(echoed(net), delivered('internet'));
  equal(formatAddress(net.lastPacket.source), '198.18.0.20');
  const { sourcePort } = net.lastPacket;
  check(net, udp('internet', '198.18.0.20', sourcePort, { sourcePort: 53 }), delivered('appliance'));
  deepEqual(echoed(net), delivered('client'));
});

test('a packet that is too large behind the endpoint is refused to who sent it', () => {
  const net = inspected();
  check(net, udp('server', OUTSIDE, 53, { payload: new Uint8Array(2000) }), delivered('appliance'));
  deepEqual(echoed(net), dropped('mtu/too-big'));
  deepEqual(net.lastHearers, ['server']);
});

test('segments of an offload frame go to the appliance each by itself, with whole checksums', () => {
  const net = inspected();
  check(net, tcp('server', OUTSIDE, 80), delivered('appliance'));
  const segment = data('server', OUTSIDE, 80, { payload: new Uint8Array(3000), tcpFlags: FIN });
  const frame = net.frameFor(segment);
  // GSO of TCP over IPv4 with a checksum to be completed, headers of 54 bytes, 1000 bytes each.
  frame.set([1, 1, 54, 0, 0xe8, 0x03, 34, 0, 16, 0]);
  net.sendFrame('server', frame);
  deepEqual(net.lastHearers, ['appliance', 'appliance', 'appliance']);
});

test('flow logs tell of each interface once what it saw, the tunnel’s too', () => {
  const logged = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, { ...HOSTS[name], logged: true } as HostSpec]));
  const net = inspected({}, logged(['server', 'eye', 'appliance']));
  check(net, udp('server', OUTSIDE, 53), delivered('appliance'));
  deepEqual(echoed(net), delivered('internet'));
  const { records } = net.fabric.takeFlows();
  const told = records.map(({ interfaceId, direction, packets, destinationPort }) => [
    interfaceId,
    direction,
    packets,
    destinationPort,
  ]);
  // Each frame is sent twice by the test.
  deepEqual(told.sort(), [
    ['eni-appliance', 'egress', 2, 6081],
    ['eni-appliance', 'ingress', 2, 6081],
    ['eni-eye', 'egress', 2, 53],
    ['eni-eye', 'ingress', 2, 53],
    ['eni-server', 'egress', 2, 53],
  ]);
});

test('a trace goes there, back and on, and says where the tunnel would be lost', () => {
  const net = inspected();
  const explained = net.fabric.explain(questionIn(net, 'server', OUTSIDE, 53));
  equal(explained.verdict, 'delivered');
  const at = (stage: string) => explained.path.findIndex((step) => step.stage === stage);
  ok(at('inspection') < at('deliver') && at('deliver') < at('gateway-load-balancer'));
  const closed = inspected({}, { appliance: { ip: '10.9.2.10', vpc: 'fleet', in: TUNNEL, out: [] } });
  equal(closed.fabric.explain(questionIn(closed, 'server', OUTSIDE, 53)).reason, 'security-group-out/no-rule');
  check(closed, udp('server', OUTSIDE, 53), delivered('appliance'));
  deepEqual(echoed(closed), dropped('security-group-out/no-rule'));
});

test('a tunnel that is led elsewhere does not come back', () => {
  const stranger = { ip: '10.9.3.13', vpc: 'fleet', in: ALL, check: false } as const;
  const routes = { ...OPTIONS.routes, '10.9.1.0/24': ['10.9.2.0/24 to-host stranger'] };
  const net = inspected({ routes }, { stranger });
  equal(net.fabric.explain(questionIn(net, 'server', OUTSIDE, 53)).reason, 'inspection/astray');
  const into = { ...OPTIONS.routes, '10.9.1.0/24': ['10.9.2.0/24 inspect inner'] };
  const nested = inspected({ routes: into }, { inner: { ip: '10.9.4.10', vpc: 'fleet', inspectedBy: 'fleet' } });
  check(nested, udp('server', OUTSIDE, 53), dropped('inspection/astray'));
});
