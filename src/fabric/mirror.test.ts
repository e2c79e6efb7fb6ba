/** Mirrored packets: which of them, what of them, and by which way they go to whom. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import { ANY_IPV4 } from '../net/cidr.ts';
import { Packet } from '../pipeline/packet.ts';
import { packetText } from '../pipeline/packet-text.ts';
import type { MirrorRuleRow, MirrorSessionRow } from '../tables/tables.ts';
import { check, delivered, dropped, network, type Outcome, type TestNetwork } from '../testing/network.ts';
import type { HostSpec } from '../testing/network-rows.ts';
import { data, ping, reply, type TestPacket, tcp, udp } from '../testing/packets.ts';
import { idOf, ipv4Of } from '../testing/rows.ts';
import { checksumOf, pseudoHeaderSum, sumBytes } from '../wire/checksum.ts';
import { ipv4AddressSum, ipv4ChecksumHolds } from '../wire/ipv4.ts';
import { emitOffload, emitPlain, GSO_TCP_IPV4, VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import { VXLAN_HEADER_LENGTH, VXLAN_PORT, vxlanNetwork } from '../wire/vxlan.ts';

const accept: MirrorRuleRow = {
  action: 'accept',
  protocol: undefined,
  source: ANY_IPV4,
  destination: ANY_IPV4,
  sourcePorts: undefined,
  destinationPorts: undefined,
};
const session = (more: Partial<MirrorSessionRow> = {}): MirrorSessionRow => ({
  id: idOf('tms', '1'),
  virtualNetworkId: 77,
  packetLengthBytes: undefined,
  targetAddress: ipv4Of('10.0.3.10'),
  ingress: [accept],
  egress: [accept],
  mirrorsAmazonDns: false,
  ...more,
});

/** `source` is mirrored to `target`, which lets VXLAN in. */
function mirrored(sessions: readonly MirrorSessionRow[], more: Partial<Record<string, HostSpec>> = {}): TestNetwork {
  const net = network({
    source: { ip: '10.0.1.10', out: ['tcp 80 to 0.0.0.0/0', 'icmp to 0.0.0.0/0'], in: ['icmp from 0.0.0.0/0'] },
    peer: { ip: '10.0.2.10', in: ['all from 0.0.0.0/0'] },
    target: { ip: '10.0.3.10', in: ['udp 4789 from source'] },
    ...(more as Record<string, HostSpec>),
  });
  net.put({ ...net.rowOf('source'), mirrorSessions: sessions });
  return net;
}

test('whose interface is mirrored is said to have all of its frames seen', () => {
  const net = mirrored([session()]);
  const seenBy = (): Readonly<Record<string, string | undefined>> =>
    Object.fromEntries(net.fabric.mediatedFrames().map((frames) => [frames.id, frames.seenBy]));
  equal(seenBy()[idOf('eni', 'source')], 'mirror');
  equal(seenBy()[idOf('eni', 'target')], undefined);
  const release = net.fabric.capture(idOf('eni', 'target'), () => undefined);
  equal(seenBy()[idOf('eni', 'target')], 'capture');
  release();
  net.put({ ...net.rowOf('source'), mirrorSessions: [] });
  deepEqual(Object.values(seenBy()), [undefined, undefined, undefined]);
});

interface Seen {
  readonly outer: string;
  readonly network: number;
  readonly inner: string;
  readonly innerBytes: Uint8Array;
}

/** Sends a packet and decodes the copies that came out for it. */
function copiesOf(net: TestNetwork, packet: TestPacket, expected: Outcome): readonly Seen[] {
  check(net, packet, expected);
  return net.lastFrames.flatMap((bytes) => {
    const outer = decoded(bytes);
    if (outer.destinationPort !== VXLAN_PORT) return [];
    ok(ipv4ChecksumHolds(outer.bytes, outer.network));
    const vxlan = outer.transport + 8;
    const innerBytes = bytes.slice(vxlan + VXLAN_HEADER_LENGTH);
    const framed = new Uint8Array(VIRTIO_NET_HEADER_LENGTH + innerBytes.length);
    emitPlain(framed, 0);
    framed.set(innerBytes, VIRTIO_NET_HEADER_LENGTH);
    const outerText = `${formatAddress(outer.source)} > ${formatAddress(outer.destination)}`;
    return [{ outer: outerText, network: vxlanNetwork(bytes, vxlan), inner: packetText(decoded(framed)), innerBytes }];
  });
}

function decoded(bytes: Uint8Array): Packet {
  const packet = new Packet();
  packet.decode(bytes, 0, bytes.length - VIRTIO_NET_HEADER_LENGTH);
  return packet;
}

const inner = (copies: readonly Seen[]): readonly string[] => copies.map((copy) => copy.inner);

test('what the guest sends and gets is copied once, from its primary address to the target, as it is on its side', () => {
  const net = mirrored([session()]);
  const [sent, ...others] = copiesOf(net, tcp('source', 'peer', 80), delivered('peer'));
  deepEqual(others, []);
  deepEqual([sent?.outer, sent?.network], ['10.0.1.10 > 10.0.3.10', 77]);
  equal(sent?.inner, '10.0.1.10:40000 > 10.0.2.10:80 tcp');
  const [received] = copiesOf(net, reply(tcp('source', 'peer', 80)), delivered('source'));
  equal(received?.inner, '10.0.2.10:80 > 10.0.1.10:40000 tcp');
  // Established flows too, every packet of them.
  for (let packet = 0; packet < 3; packet++)
    equal(copiesOf(net, data('source', 'peer', 80), delivered('peer')).length, 1);
  equal(copiesOf(net, ping('peer', 'source'), delivered('source')).length, 1);
});

test('what the source’s own groups drop is not copied, in either direction; what others drop is', () => {
  const net = mirrored([session()]);
  deepEqual(copiesOf(net, udp('source', 'peer', 53), dropped('security-group-out/no-rule')), []);
  deepEqual(copiesOf(net, tcp('peer', 'source', 22), dropped('security-group-in/no-rule')), []);
  net.setRules('peer', {});
  // The copy needs no rule in the source's own group: only TCP 80 may leave.
  equal(copiesOf(net, tcp('source', 'peer', 80, { sourcePort: 1 }), dropped('security-group-in/no-rule')).length, 1);
});

test('a target whose groups do not let VXLAN in gets nothing, and its drop counts at the source', () => {
  const net = mirrored([session()]);
  net.setRules('target', {});
  const sent = net.fabric.counters().drops;
  net.fabric.receive(
    net.portOf('source'),
    net.frameFor(tcp('source', 'peer', 80)),
    net.frameFor(tcp('source', 'peer', 80)).length,
  );
  equal(net.counters.drops['security-group-in/no-rule'], (sent['security-group-in/no-rule'] ?? 0) + 1);
  deepEqual(net.counters.interfaceDrops, { 'eni-source': { 'security-group-in/no-rule': 1 } });
});

test('the lowest rule that is about a packet decides in a filter, and the lowest session that accepts it copies it', () => {
  const reject: MirrorRuleRow = { ...accept, action: 'reject', protocol: 6, destinationPorts: { from: 80, to: 80 } };
  const first = session({ virtualNetworkId: 1, egress: [reject, accept] });
  const second = session({ virtualNetworkId: 2, egress: [accept] });
  const networkOf = (sessions: readonly MirrorSessionRow[], packet: TestPacket): number | undefined =>
    copiesOf(mirrored(sessions), packet, delivered('peer'))[0]?.network;
  equal(networkOf([first], tcp('source', 'peer', 80)), undefined);
  equal(networkOf([first, second], tcp('source', 'peer', 80)), 2);
  equal(networkOf([first, second], ping('source', 'peer')), 1);
  equal(networkOf([session({ egress: [] })], ping('source', 'peer')), undefined);
  equal(networkOf([session({ egress: [{ ...accept, protocol: 17 }] })], ping('source', 'peer')), undefined);
});

test('metadata and time are never copied, the Amazon DNS where the filter names it, whatever its rules', () => {
  const question = udp('source', '10.0.0.2', 53);
  const net = mirrored([session()]);
  deepEqual(copiesOf(net, question, delivered('services')), []);
  deepEqual(copiesOf(net, udp('source', '169.254.169.123', 123), delivered('services')), []);
  const withDns = mirrored([session({ mirrorsAmazonDns: true, egress: [], ingress: [] })]);
  deepEqual(inner(copiesOf(withDns, question, delivered('services'))), ['10.0.1.10:40000 > 10.0.0.2:53 udp']);
  deepEqual(copiesOf(withDns, tcp('source', '169.254.169.254', 80), delivered('services')), []);
  check(withDns, question, delivered('services'));
  const { source, destination } = withDns.lastPacket;
  const answer = { source: formatAddress(destination), destination: formatAddress(source), sourcePort: 53 };
  const [copied] = copiesOf(withDns, udp('services', 'source', 40_000, answer), delivered('source'));
  equal(copied?.inner, '10.0.0.2:53 > 10.0.1.10:40000 udp');
});

test('a copy is cut to the session’s length, and to what fits through its way', () => {
  const cut = mirrored([session({ packetLengthBytes: 60 })]);
  const large = { payload: new Uint8Array(1000) };
  equal(copiesOf(cut, tcp('source', 'peer', 80, large), delivered('peer'))[0]?.innerBytes.length, 60);
  const whole = mirrored([session()]);
  const jumbo = { payload: new Uint8Array(8961) };
  equal(copiesOf(whole, tcp('source', 'peer', 80, jumbo), delivered('peer'))[0]?.innerBytes.length, 9001 - 36);
});

test('a segmentation-offload frame is copied as the packets that it becomes, with whole checksums', () => {
  const net = mirrored([session()]);
  check(net, tcp('source', 'peer', 80), delivered('peer'));
  const mangle = (bytes: Uint8Array): Uint8Array => {
    emitOffload(bytes, 0, { gsoType: GSO_TCP_IPV4, gsoSize: 1000, checksumStart: 34, checksumOffset: 16 });
    return bytes;
  };
  const payload = Uint8Array.from({ length: 2500 }, (_, index) => index);
  const copies = copiesOf(net, data('source', 'peer', 80, { payload, mangle }), delivered('peer'));
  deepEqual(
    copies.map(({ innerBytes }) => innerBytes.length - 54),
    [1000, 1000, 500],
  );
  const bytes = copies.flatMap(({ innerBytes }) => [...innerBytes.subarray(54)]);
  deepEqual(bytes, [...payload]);
  for (const { innerBytes } of copies) {
    const length = innerBytes.length - 34;
    ok(ipv4ChecksumHolds(innerBytes, 14));
    equal(checksumOf(sumBytes(innerBytes, 34, length, pseudoHeaderSum(ipv4AddressSum(innerBytes, 14), 6, length))), 0);
  }
});

test('a target in the source’s own subnet is a neighbour; copies are in no flow log and on no bill', () => {
  const net = mirrored([session({ targetAddress: ipv4Of('10.0.1.99') })], {
    near: { ip: '10.0.1.99', in: ['udp 4789 from source'], logged: true },
  });
  net.setAcl('10.0.1.0/24', {
    in: ['1 allow all 0.0.0.0/0'],
    out: ['1 deny udp 4789 0.0.0.0/0', '2 allow all 0.0.0.0/0'],
  });
  equal(copiesOf(net, ping('source', 'peer'), delivered('peer'))[0]?.outer, '10.0.1.10 > 10.0.1.99');
  deepEqual(net.fabric.takeFlows().records, []);
  deepEqual(
    net.takeTraffic().map(({ packets }) => packets),
    [2],
  );
  const far = mirrored([session()]);
  far.setAcl('10.0.1.0/24', {
    in: ['1 allow all 0.0.0.0/0'],
    out: ['1 deny udp 4789 0.0.0.0/0', '2 allow all 0.0.0.0/0'],
  });
  const frame = far.frameFor(ping('source', 'peer'));
  far.fabric.receive(far.portOf('source'), frame, frame.length);
  deepEqual(far.counters.drops, { 'network-acl-out/denied': 1 });
});
