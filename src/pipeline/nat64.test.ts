/** NAT64: a client that speaks IPv6 alone reaches IPv4 hosts through a NAT gateway. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../net/protocol.ts';
import { answerTo, destinationOf, ELASTIC_IP, NAT_ADDRESS, sourceOf } from '../testing/nat-network.ts';
import { check, delivered, dropped, network, type TestNetwork } from '../testing/network.ts';
import { icmp, ping, protocol, type TestPacket, tcp, udp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';
import { readUint16 } from '../wire/big-endian.ts';
import { fold, pseudoHeaderSum, sumBytes } from '../wire/checksum.ts';
import { ipv4AddressSum } from '../wire/ipv4.ts';
import { ipv6AddressSum } from '../wire/ipv6.ts';
import { ACK, RST } from '../wire/tcp.ts';
import { UDP_CHECKSUM } from '../wire/udp.ts';

/** 203.0.113.9, the outside world's host. */
const REMOTE = '64:ff9b::cb00:7109';
const OVER_IPV6 = { ipv6: true, destination: REMOTE } as const;

/** A client with its groups closed for everything that it has not asked for. */
const behindNat64 = (): TestNetwork =>
  network(
    {
      client: { ip: '10.0.1.10', ipv6: '3fff::10', out: ['all to ::/0'] },
      second: { ip: '10.0.1.11', ipv6: '3fff::11', out: ['all to ::/0'] },
      nat: { ip: NAT_ADDRESS, public: ELASTIC_IP, nat: true },
    },
    {
      routes: { '10.0.1.0/24': ['64:ff9b::/96 nat nat'], '10.0.2.0/24': ['0.0.0.0/0 internet'] },
      acls: {
        '10.0.1.0/24': { in: ['1 allow all ::/0'], out: ['1 allow all ::/0'] },
        '10.0.2.0/24': {
          in: ['1 allow all ::/0', '2 allow all 0.0.0.0/0'],
          out: ['1 allow all ::/0', '2 allow all 0.0.0.0/0'],
        },
      },
    },
  );

/** Whether the checksum of the last packet's TCP, UDP or ICMP is right. */
function checksumHolds(net: TestNetwork): boolean {
  const { bytes, network: at, transport, transportLength, protocol: number, version } = net.lastPacket;
  if (number === ICMP) return fold(sumBytes(bytes, transport, transportLength)) === 0xffff;
  const addresses = version === 4 ? ipv4AddressSum(bytes, at) : ipv6AddressSum(bytes, at);
  const sum = sumBytes(bytes, transport, transportLength, pseudoHeaderSum(addresses, number, transportLength));
  return fold(sum) === 0xffff;
}

/** Each kind of flow that is translated, from the client. */
const FLOWS: readonly TestPacket[] = [
  tcp('client', REMOTE, 443, OVER_IPV6),
  udp('client', REMOTE, 53, { ...OVER_IPV6, payload: new Uint8Array([1, 2, 3]) }),
  ping('client', REMOTE, { ...OVER_IPV6, icmpIdentifier: 77 }),
];

test('TCP, UDP and echoes leave over IPv4 with the gateway’s address, and their answers come back over IPv6', () => {
  const net = behindNat64();
  for (const packet of FLOWS) {
    check(net, packet, delivered('internet'));
    equal(net.lastPacket.version, 4);
    deepEqual([sourceOf(net), destinationOf(net)], [ELASTIC_IP, '203.0.113.9']);
    equal(checksumHolds(net), true);
    check(net, answerTo(net), delivered('client'));
    equal(net.lastPacket.version, 6);
    deepEqual([sourceOf(net), destinationOf(net)], [REMOTE, '3fff::10']);
    equal(checksumHolds(net), true);
  }
});

test('after 350 idle seconds a segment of a client is answered with a reset over IPv6', () => {
  const net = behindNat64();
  const connect = tcp('client', REMOTE, 443, OVER_IPV6);
  check(net, connect, delivered('internet'));
  net.advance(351_000);
  const late = tcp('client', REMOTE, 443, { ...OVER_IPV6, tcpFlags: ACK });
  check(net, late, dropped('nat-gateway/connection-unknown'));
  deepEqual(net.lastHearers, ['client']);
  const { lastPacket: reset } = net;
  deepEqual(
    [reset.version, sourceOf(net), reset.sourcePort, destinationOf(net), reset.destinationPort],
    [6, REMOTE, 443, '3fff::10', connect.options.sourcePort],
  );
  equal(reset.tcpFlags & RST, RST);
  equal(checksumHolds(net), true);
});

test('an echo keeps its identifier for the client, and becomes that of the other family', () => {
  const net = behindNat64();
  check(net, ping('client', REMOTE, { ...OVER_IPV6, icmpIdentifier: 77 }), delivered('internet'));
  deepEqual([net.lastPacket.protocol, net.lastPacket.icmpType], [ICMP, 8]);
  check(net, answerTo(net), delivered('client'));
  const { protocol: number, icmpType, icmpIdentifier } = net.lastPacket;
  deepEqual([number, icmpType, icmpIdentifier], [ICMPV6, 129, 77]);
});

test('a datagram that came without a checksum gets one, as IPv6 demands', () => {
  const net = behindNat64();
  check(net, udp('client', REMOTE, 53, OVER_IPV6), delivered('internet'));
  const mangle = (bytes: Uint8Array): Uint8Array => {
    const at = bytes.length - 8 + UDP_CHECKSUM;
    return bytes.fill(0, at, at + 2);
  };
  check(net, answerTo(net, { mangle }), delivered('client'));
  const { bytes, transport } = net.lastPacket;
  equal(readUint16(bytes, transport + UDP_CHECKSUM) === 0, false);
  equal(checksumHolds(net), true);
});

test('two clients are told apart, and one that is gone gets nothing', () => {
  const net = behindNat64();
  check(net, tcp('client', REMOTE, 443, OVER_IPV6), delivered('internet'));
  const toClient = answerTo(net);
  check(net, tcp('second', REMOTE, 443, OVER_IPV6), delivered('internet'));
  const toSecond = answerTo(net);
  check(net, toClient, delivered('client'));
  check(net, toSecond, delivered('second'));
  net.put({ ...net.rowOf('second'), ipv6Addresses: [] });
  check(net, toSecond, dropped('nat-gateway/unsolicited'));
  net.apply([{ change: 'remove', kind: 'interface', id: idOf('eni', 'client') }]);
  check(net, toClient, dropped('nat-gateway/unsolicited'));
});

test('nothing else is translated', () => {
  const net = behindNat64();
  const { client } = { client: net.rowOf('client') };
  check(net, protocol(50, 'client', REMOTE, OVER_IPV6), dropped('nat-gateway/protocol'));
  check(net, icmp('client', REMOTE, 1, 0, OVER_IPV6), dropped('nat-gateway/protocol'));
  equal(net.lastFrames.length, 0);
  net.put({ ...client, sourceDestCheck: false });
  check(net, tcp('client', REMOTE, 443, { ...OVER_IPV6, source: '3fff::99' }), dropped('nat-gateway/foreign-source'));
});

test('an error about a packet that went out comes back over IPv6, with the packet as the client sent it', () => {
  const net = behindNat64();
  check(net, udp('client', REMOTE, 53, { ...OVER_IPV6, sourcePort: 4000 }), delivered('internet'));
  const { bytes, network: at } = net.lastPacket;
  const payload = bytes.slice(at, at + 28);
  const error = (type: number, code: number): TestPacket =>
    icmp('internet', ELASTIC_IP, type, code, { source: '192.0.2.77', destination: ELASTIC_IP, payload });
  for (const [type, code, expected] of [
    [3, 3, [1, 4]],
    [3, 1, [1, 0]],
    [3, 13, [1, 1]],
    [3, 2, [4, 1]],
    [3, 4, [2, 0]],
    [11, 0, [3, 0]],
    [12, 0, [4, 0]],
  ] as const) {
    check(net, error(type, code), delivered('client'));
    const seen = net.lastPacket;
    deepEqual([seen.icmpType, seen.icmpCode], [...expected], `type ${type} code ${code}`);
    equal(formatAddress(seen.source), '64:ff9b::c000:24d');
    const inner = seen.transport + 8;
    equal(readUint16(seen.bytes, inner + 40), 4000);
    equal(checksumHolds(net), true);
  }
  check(net, error(3, 14), dropped('nat-gateway/unsolicited'));
  check(net, error(12, 1), dropped('nat-gateway/unsolicited'));
});

test('a datagram that is too large on its way is refused with the size that fits in IPv6', () => {
  const net = behindNat64();
  check(net, udp('client', REMOTE, 53, { ...OVER_IPV6, lengthBytes: 3014 }), dropped('mtu/too-big'));
  const { bytes, transport, icmpType } = net.lastPacket;
  equal(icmpType, 2);
  equal(readUint16(bytes, transport + 6), 1520);
});

test('a segment with a checksum left to the device keeps one', () => {
  const net = behindNat64();
  const mangle = (bytes: Uint8Array): Uint8Array => {
    bytes[0] = 1;
    bytes[6] = 14 + 40;
    bytes[8] = 16;
    return bytes;
  };
  check(net, tcp('client', REMOTE, 443, { ...OVER_IPV6, mangle }), delivered('internet'));
  const [frame] = net.lastFrames;
  deepEqual([frame?.[0], frame?.[6], frame?.[8]], [1, 14 + 20, 16]);
  equal(net.lastPacket.protocol, TCP);
  equal(UDP, 17);
});

test('an answer that fits the outside world’s links is not too large for being longer over IPv6', () => {
  const net = behindNat64();
  check(net, udp('client', REMOTE, 53, OVER_IPV6), delivered('internet'));
  check(net, answerTo(net, { lengthBytes: 1514 }), delivered('client'));
  equal(net.lastPacket.length, 1520);
});
