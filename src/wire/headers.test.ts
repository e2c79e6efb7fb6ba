/** Each header against bytes written out by hand, and against bytes that are cut or wrong. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipv4, ipv6, parseIpv4, parseIpv6 } from '../net/address.ts';
import { mac, parseMac } from '../net/mac.ts';
import { TCP, UDP } from '../net/protocol.ts';
import { ARP_LENGTH, emitArp, parseArp } from './arp.ts';
import { readInt32, readUint16, readUint32, writeUint32 } from './big-endian.ts';
import { checksumOf, fold, replacement, sumBytes, updateChecksum } from './checksum.ts';
import { addressOption, emitDhcp, OPTION_REQUESTED_ADDRESS, parseDhcp } from './dhcp.ts';
import { isGroupMac, readMac, writeMac } from './ethernet.ts';
import { icmpRequestOf, isIcmpError, sealIcmp } from './icmp.ts';
import { emitIpv4, ipv4ChecksumHolds, ipv4Destination, ipv4HeaderLength, ipv4Source, ipv4TotalLength } from './ipv4.ts';
import { ipv6UpperLayer, readIpv6, writeIpv6 } from './ipv6.ts';
import { ACK, parseTcp, SYN } from './tcp.ts';
import { parseUdp } from './udp.ts';
import {
  checkOffload,
  emitOffload,
  GSO_TCP_IPV4,
  GSO_UDP,
  gsoSize,
  isPlain,
  wirePacketLength,
} from './virtio-net-header.ts';

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text.replace(/#.*$/gm, '').trim().split(/\s+/), (byte) => Number.parseInt(byte, 16));
const address = (text: string) => parseIpv4(text) ?? ipv4(0);

test('an IPv4 header reads as written by hand, and is written so', () => {
  const header = bytesOf(`
    45 00       # version 4, 5 words, no traffic class
    00 1c       # 28 bytes in all
    ab cd       # identification
    40 00       # don't fragment
    40 11       # time to live 64, UDP
    78 fd       # checksum
    0a 00 01 0a # 10.0.1.10
    0a 00 02 14 # 10.0.2.20
  `);
  deepEqual([ipv4HeaderLength(header, 0), ipv4TotalLength(header, 0)], [20, 28]);
  deepEqual([ipv4Source(header, 0), ipv4Destination(header, 0)], [address('10.0.1.10'), address('10.0.2.20')]);
  const written = new Uint8Array(20);
  const [source, destination] = [address('10.0.1.10'), address('10.0.2.20')];
  emitIpv4(written, 0, { source, destination, protocol: UDP, payloadLength: 8, identification: 0xabcd });
  equal(ipv4ChecksumHolds(written, 0), true);
  deepEqual(written.with(10, 0).with(11, 0), header.with(10, 0).with(11, 0));
  equal(ipv4ChecksumHolds(written.with(8, 63), 0), false);
});

test('the checksum of RFC 1071’s example is that of RFC 1071', () => {
  // Section 3: the words 0001 f203 f4f5 f6f7 sum to ddf2.
  const sum = sumBytes(bytesOf('00 01 f2 03 f4 f5 f6 f7'), 0, 8);
  deepEqual([fold(sum), checksumOf(sum)], [0xddf2, 0x220d]);
  equal(sumBytes(bytesOf('01 02 03'), 0, 3), 0x0102 + 0x0300);
});

test('a checksum updated by the difference is the one computed anew', () => {
  const word = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 12, maxLength: 40 }), word, word, (bytes, one, other) => {
      const even = bytes.subarray(0, bytes.length & ~1);
      // A real header is never all zeros: its first byte is 45.
      even[8] = 0x45;
      const seal = () => {
        even.fill(0, 10, 12);
        const sum = checksumOf(sumBytes(even, 0, even.length));
        even[10] = sum >>> 8;
        even[11] = sum;
      };
      writeUint32(even, 0, one);
      seal();
      updateChecksum(even, 10, replacement(readInt32(even, 0), other));
      writeUint32(even, 0, other);
      const updated = readUint16(even, 10);
      seal();
      equal(updated, readUint16(even, 10));
    }),
  );
});

test('an ARP request reads as written by hand, and anything else is no ARP', () => {
  const request = bytesOf(`
    00 01             # Ethernet
    08 00             # IPv4
    06 04             # address lengths
    00 01             # request
    02 00 00 00 00 01 # sender MAC
    0a 00 01 0a       # sender address
    00 00 00 00 00 00 # target MAC, unknown
    0a 00 01 01       # target address
  `);
  const arp = parseArp(request, 0, ARP_LENGTH);
  equal(arp?.senderMac, parseMac('02:00:00:00:00:01'));
  equal(arp?.targetAddress, address('10.0.1.1'));
  const written = new Uint8Array(ARP_LENGTH);
  if (arp) emitArp(written, 0, arp);
  deepEqual(written, request);
  equal(parseArp(request, 0, ARP_LENGTH - 1), undefined);
  equal(parseArp(request.with(1, 6), 0, ARP_LENGTH), undefined);
  equal(parseArp(request.with(5, 16), 0, ARP_LENGTH), undefined);
});

test('TCP and UDP headers read as written by hand, and not when cut', () => {
  const tcp = bytesOf(`
    9c 40       # source port 40000
    01 bb       # destination port 443
    00 00 00 07 # sequence
    00 00 00 09 # acknowledgement
    50 12       # 5 words, SYN and ACK
    ff ff 00 00 00 00
  `);
  const expected = { sourcePort: 40_000, destinationPort: 443, sequence: 7, acknowledgement: 9, flags: SYN | ACK };
  deepEqual(parseTcp(tcp, 0, 20), expected);
  equal(parseTcp(tcp, 0, 19), undefined);
  const udp = bytesOf('00 44 00 43 00 0c 00 00');
  deepEqual(parseUdp(udp, 0, 8), { sourcePort: 68, destinationPort: 67, length: 12 });
  equal(parseUdp(udp, 0, 7), undefined);
});

test('ICMP knows which types are answers, which are errors, and seals its messages', () => {
  deepEqual([icmpRequestOf(4, 0), icmpRequestOf(4, 8), icmpRequestOf(6, 129)], [8, undefined, 128]);
  deepEqual([isIcmpError(4, 3), isIcmpError(4, 5), isIcmpError(6, 2), isIcmpError(6, 128)], [true, false, true, false]);
  const echo = bytesOf('08 00 00 00 00 01 00 01');
  sealIcmp(echo, 0, 8);
  equal(readUint16(echo, 2), 0xf7fd);
});

test('IPv6 addresses and extension headers are read; a chain without end is refused', () => {
  const text = parseIpv6('2001:db8::1') ?? ipv6(0n);
  const bytes = new Uint8Array(16);
  writeIpv6(bytes, 0, text);
  equal(readIpv6(bytes, 0), text);
  const packet = new Uint8Array(40 + 8 + 8 + 8);
  packet[6] = 0; // hop-by-hop options follow
  packet[40] = 44; // then a fragment header
  packet[48] = UDP; // then UDP
  packet[51] = 0x09; // offset 8 bytes, more fragments
  const upper = ipv6UpperLayer(packet, 0, packet.length);
  deepEqual(upper, { protocol: UDP, offset: 56, fragment: { offset: 8, more: true, identification: 0 } });
  equal(ipv6UpperLayer(packet, 0, 44), undefined);
  equal(ipv6UpperLayer(new Uint8Array(400), 0, 400), undefined);
});

test('a MAC address is six bytes, and its lowest first bit makes it a group', () => {
  const bytes = new Uint8Array(6);
  writeMac(bytes, 0, mac(0x0123_4567_89ab));
  deepEqual([...bytes], [0x01, 0x23, 0x45, 0x67, 0x89, 0xab]);
  equal(readMac(bytes, 0), 0x0123_4567_89ab);
  deepEqual([isGroupMac(mac(0x0123_4567_89ab)), isGroupMac(mac(0x0223_4567_89ab))], [true, false]);
});

test('DHCP options survive writing and reading, and a length that runs out is refused', () => {
  const bytes = new Uint8Array(400);
  const asked = bytesOf('0a 00 01 0a');
  const message = {
    operation: 1,
    transaction: 0xfeed_f00d,
    broadcast: true,
    clientAddress: ipv4(0),
    yourAddress: ipv4(0),
    clientMac: mac(0x0200_0000_0001),
    messageType: 3,
    options: new Map([[OPTION_REQUESTED_ADDRESS, asked]]),
  };
  const length = emitDhcp(bytes, 0, message);
  const read = parseDhcp(bytes, 0, length);
  deepEqual([read?.transaction, read?.broadcast, read?.messageType], [0xfeed_f00d, true, 3]);
  equal(read && addressOption(read, OPTION_REQUESTED_ADDRESS), address('10.0.1.10'));
  equal(parseDhcp(bytes, 0, 245), undefined);
  equal(parseDhcp(bytes.with(236, 0), 0, length), undefined);
  equal(parseDhcp(bytes.with(244, 255).fill(0, 300), 0, 300)?.options.get(OPTION_REQUESTED_ADDRESS), undefined);
});

test('an offload header must fit its frame', () => {
  const bytes = new Uint8Array(12 + 14 + 20 + 20 + 3000);
  const emit = (gsoType: number, size: number, checksumStart = 34, checksumOffset = 16) =>
    emitOffload(bytes, 0, { gsoType, gsoSize: size, checksumStart, checksumOffset });
  const fits = (protocol = TCP, version = 4) => checkOffload(bytes, 0, version, protocol, 34, bytes.length - 12);
  emit(GSO_TCP_IPV4, 1448);
  deepEqual([fits(), fits(UDP), fits(TCP, 6), gsoSize(bytes, 0), isPlain(bytes, 0)], [true, false, false, 1448, false]);
  bytes[26 + 20 + 12] = 0x50;
  equal(wirePacketLength(bytes, 0, 26, 46, TCP, 3040), 1488);
  emit(GSO_TCP_IPV4, 0);
  equal(fits(), false);
  emit(GSO_UDP, 100);
  equal(fits(), false);
  emit(GSO_TCP_IPV4, 1448, 0xffff);
  equal(fits(), false);
  emit(GSO_TCP_IPV4, 1448, 34, 0xffff);
  equal(fits(), false);
});

test('reading past the end gives zeros', () => {
  deepEqual([readUint16(new Uint8Array(1).fill(7), 0), readUint32(new Uint8Array(0), 5)], [0x0700, 0]);
});
