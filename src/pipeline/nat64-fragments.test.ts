/** NAT64, what is not a whole packet of a flow: fragments both ways, and errors that a client sends (RFC 7915, RFC 6146). */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ICMP, UDP } from '../net/protocol.ts';
import { answerTo, destinationOf, ELASTIC_IP, NAT_ADDRESS, sourceOf } from '../testing/nat-network.ts';
import { check, delivered, dropped, network, type TestNetwork } from '../testing/network.ts';
import { icmp, type PacketOptions, ping, type TestPacket, tcp, udp } from '../testing/packets.ts';
import { readUint16, readUint32 } from '../wire/big-endian.ts';
import { fold, sumBytes } from '../wire/checksum.ts';
import { DONT_FRAGMENT, fragmentOfField, IPV4_FRAGMENT, ipv4ChecksumHolds, MORE_FRAGMENTS } from '../wire/ipv4.ts';
import { ipv6UpperLayer } from '../wire/ipv6.ts';
import { UDP_CHECKSUM } from '../wire/udp.ts';

/** 203.0.113.9, the outside world's host. */
const REMOTE = '64:ff9b::cb00:7109';
const OVER_IPV6 = { ipv6: true, destination: REMOTE } as const;
const OPEN = ['1 allow all ::/0', '2 allow all 0.0.0.0/0'];

const behindNat64 = (): TestNetwork =>
  network(
    {
      client: { ip: '10.0.1.10', ipv6: '3fff::10', out: ['all to ::/0'] },
      nat: { ip: NAT_ADDRESS, public: ELASTIC_IP, nat: true },
    },
    {
      routes: { '10.0.1.0/24': ['64:ff9b::/96 nat nat'], '10.0.2.0/24': ['0.0.0.0/0 internet'] },
      acls: { '10.0.1.0/24': { in: OPEN, out: OPEN }, '10.0.2.0/24': { in: OPEN, out: OPEN } },
    },
  );

const FIRST = { fragment: MORE_FRAGMENTS, identification: 0x1234_5678, lengthBytes: 14 + 40 + 8 + 1480 } as const;
const LAST = { fragment: 1480 / 8, identification: 0x1234_5678 } as const;
const datagram = (options: PacketOptions): TestPacket => udp('client', REMOTE, 53, { ...OVER_IPV6, ...options });

/** Position, more to come, and identification of the fragment that was delivered last. */
function fragmentOf(net: TestNetwork): readonly [number, boolean, number] | undefined {
  const { bytes, network: at, version, identification, length } = net.lastPacket;
  if (version === 6) {
    const fragment = ipv6UpperLayer(bytes, at, length)?.fragment;
    return fragment && [fragment.offset, fragment.more, fragment.identification];
  }
  const { offset, more } = fragmentOfField(readUint16(bytes, at + IPV4_FRAGMENT));
  return [offset, more, identification];
}

test('a datagram in fragments leaves over IPv4, with the lower half of its identification', () => {
  const net = behindNat64();
  check(net, datagram(FIRST), delivered('internet'));
  deepEqual([net.lastPacket.version, ...(fragmentOf(net) ?? [])], [4, 0, true, 0x5678]);
  deepEqual([sourceOf(net), destinationOf(net)], [ELASTIC_IP, '203.0.113.9']);
  check(net, datagram(LAST), delivered('internet'));
  deepEqual([net.lastPacket.version, ...(fragmentOf(net) ?? [])], [4, 1480, false, 0x5678]);
  deepEqual([sourceOf(net), destinationOf(net), net.lastPacket.protocol], [ELASTIC_IP, '203.0.113.9', UDP]);
  equal(ipv4ChecksumHolds(net.lastPacket.bytes, net.lastPacket.network), true);
});

test('a fragment may be cut further on its way to the outside world, a whole packet may not', () => {
  const net = behindNat64();
  check(net, datagram({ ...FIRST, lengthBytes: 14 + 40 + 8 + 2960 }), delivered('internet'));
  equal(net.lastFrames.length > 1, true);
  check(net, datagram({}), delivered('internet'));
  const { bytes, network: at } = net.lastPacket;
  equal(readUint16(bytes, at + IPV4_FRAGMENT), DONT_FRAGMENT);
});

test('the fragments of an answer come back over IPv6, each 28 bytes longer than it was', () => {
  const net = behindNat64();
  check(net, datagram({}), delivered('internet'));
  const first = answerTo(net, { fragment: MORE_FRAGMENTS, identification: 77, lengthBytes: 1514 });
  const last = answerTo(net, { fragment: 1480 / 8, identification: 77 });
  check(net, first, delivered('client'));
  deepEqual([net.lastPacket.version, ...(fragmentOf(net) ?? [])], [6, 0, true, 77]);
  equal(net.lastPacket.length, 1528);
  deepEqual([sourceOf(net), destinationOf(net), net.lastPacket.destinationPort], [REMOTE, '3fff::10', 40_000]);
  check(net, last, delivered('client'));
  deepEqual([net.lastPacket.version, ...(fragmentOf(net) ?? [])], [6, 1480, false, 77]);
  deepEqual([sourceOf(net), destinationOf(net)], [REMOTE, '3fff::10']);
});

test('later fragments without a first one, fragments of TCP and echoes, and first ones without a checksum are dropped', () => {
  const net = behindNat64();
  check(net, datagram(LAST), dropped('nat-gateway/fragment'));
  check(net, tcp('client', REMOTE, 80, { ...OVER_IPV6, ...FIRST }), dropped('nat-gateway/fragment'));
  check(net, ping('client', REMOTE, { ...OVER_IPV6, ...FIRST }), dropped('nat-gateway/fragment'));
  check(net, datagram({}), delivered('internet'));
  const mangle = (bytes: Uint8Array): Uint8Array => {
    const at = 12 + 14 + 20 + UDP_CHECKSUM;
    return bytes.fill(0, at, at + 2);
  };
  check(net, answerTo(net, { fragment: MORE_FRAGMENTS, mangle }), dropped('nat-gateway/fragment'));
});

/** The error of a client about the packet that it got last. */
const errorAbout = (net: TestNetwork, type: number, code: number, more: PacketOptions = {}): TestPacket => {
  const { bytes, network: at, length } = net.lastPacket;
  return icmp('client', REMOTE, type, code, { ...OVER_IPV6, payload: bytes.slice(at, at + length), ...more });
};

test('an error of a client leaves over IPv4, about the packet as its sender wrote it', () => {
  for (const [type, code, expected] of [
    [1, 0, [3, 1]],
    [1, 1, [3, 10]],
    [1, 3, [3, 1]],
    [1, 4, [3, 3]],
    [3, 0, [11, 0]],
    [3, 1, [11, 1]],
    [4, 1, [3, 2]],
    [2, 0, [3, 4]],
  ] as const) {
    const net = behindNat64();
    check(net, datagram({ sourcePort: 4000 }), delivered('internet'));
    const port = net.lastPacket.sourcePort;
    check(net, answerTo(net), delivered('client'));
    // The size that fits stands where an echo has identifier and sequence number.
    check(net, errorAbout(net, type, code, { icmpIdentifier: 0, icmpSequence: 1400 }), delivered('internet'));
    const { bytes, transport, transportLength, protocol, icmpType, icmpCode } = net.lastPacket;
    deepEqual([protocol, icmpType, icmpCode], [ICMP, ...expected], `type ${type} code ${code}`);
    deepEqual([sourceOf(net), destinationOf(net)], [ELASTIC_IP, '203.0.113.9']);
    equal(fold(sumBytes(bytes, transport, transportLength)), 0xffff);
    const inner = transport + 8;
    equal(ipv4ChecksumHolds(bytes, inner), true);
    deepEqual(
      [formatIpv4(readUint32(bytes, inner + 12)), formatIpv4(readUint32(bytes, inner + 16))],
      ['203.0.113.9', ELASTIC_IP],
    );
    deepEqual([readUint16(bytes, inner + 20), readUint16(bytes, inner + 22)], [53, port]);
    if (icmpCode === 4) equal(readUint16(bytes, transport + 6), 1380);
  }
});

test('the quoted packet has the checksum that its sender gave it', () => {
  const net = behindNat64();
  check(net, datagram({ sourcePort: 4000 }), delivered('internet'));
  const answer = answerTo(net, { payload: new Uint8Array([1, 2, 3, 4]) });
  check(net, answer, delivered('client'));
  check(net, errorAbout(net, 1, 4), delivered('internet'));
  const { bytes, transport } = net.lastPacket;
  const inner = transport + 8;
  const words = [inner + 12, inner + 14, inner + 16, inner + 18].map((at) => readUint16(bytes, at));
  const pseudo = words.reduce((sum, word) => sum + word, 17 + 12);
  equal(fold(sumBytes(bytes, inner + 20, 12, pseudo)), 0xffff);
});

test('an error about an echo’s answer names the identifier that the gateway had chosen', () => {
  const net = behindNat64();
  check(net, ping('client', REMOTE, { ...OVER_IPV6, icmpIdentifier: 77 }), delivered('internet'));
  const { icmpIdentifier } = net.lastPacket;
  check(net, answerTo(net), delivered('client'));
  check(net, errorAbout(net, 1, 0), delivered('internet'));
  const { bytes, transport } = net.lastPacket;
  deepEqual([bytes[transport + 28], readUint16(bytes, transport + 32)], [0, icmpIdentifier]);
});

test('errors about nothing that came through, and of kinds that IPv4 does not have, are dropped', () => {
  const net = behindNat64();
  check(net, datagram({ sourcePort: 4000 }), delivered('internet'));
  check(net, answerTo(net), delivered('client'));
  check(net, errorAbout(net, 1, 5), dropped('nat-gateway/protocol'));
  check(net, errorAbout(net, 4, 2), dropped('nat-gateway/protocol'));
  net.advance(351_000);
  check(net, errorAbout(net, 1, 4), dropped('nat-gateway/protocol'));
});

const formatIpv4 = (word: number): string => [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join('.');
