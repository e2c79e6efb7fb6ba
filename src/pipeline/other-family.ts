/**
 * Writes a packet anew in the other IP family, as a translator between IPv6 and IPv4 does (RFC 7915): header, ICMP
 * message, checksums and offload header. Ports stay as they are.
 *
 * The packet moves into a buffer of the translator's own, because an IPv6 header is longer than an IPv4 one. Options and
 * extension headers do not come along. IPv4 packets may not be cut: whether AWS sets don't-fragment on small ones too,
 * where RFC 7915 does not, is unconfirmed.
 */
import type { Ipv4, Ipv6 } from '../net/address.ts';
import { ICMP, ICMPV6, UDP } from '../net/protocol.ts';
import { readUint16, writeUint16, writeUint32 } from '../wire/big-endian.ts';
import { checksumOf, fold, pseudoHeaderSum, sumBytes } from '../wire/checksum.ts';
import { ETHER_TYPE, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import {
  ICMP_CODE,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER_LENGTH,
  ICMP_NEXT_HOP_MTU,
  ICMP_TYPE,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  ICMPV6_MTU,
  ICMPV6_PACKET_TOO_BIG,
  sealIcmp,
  sealIcmpv6,
} from '../wire/icmp.ts';
import {
  emitIpv4,
  IPV4_HEADER_LENGTH,
  IPV4_PROTOCOL,
  IPV4_TTL,
  ipv4AddressSum,
  ipv4HeaderLength,
} from '../wire/ipv4.ts';
import { emitIpv6, IPV6_HEADER_LENGTH, IPV6_HOP_LIMIT, ipv6AddressSum } from '../wire/ipv6.ts';
import { UDP_CHECKSUM } from '../wire/udp.ts';
import { changeFamily, needsChecksum, VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import type { Packet } from './packet.ts';
import { updateTransportChecksum } from './translation.ts';

const NETWORK = VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
/** Room for the longest packet, and for the longer header. */
const CAPACITY = NETWORK + IPV6_HEADER_LENGTH + 65_535;
/** As much of the packet as fits the smallest MTU that IPv6 has (RFC 4443, section 3.2). */
const QUOTED_LENGTH = 1280 - IPV6_HEADER_LENGTH - ICMP_HEADER_LENGTH;
const SMALLEST_IPV6_MTU = 1280;

/** A translator with its buffer, which holds the last packet that it has written. */
export class OtherFamily {
  private buffer: Uint8Array | undefined;

  /** Writes an IPv6 packet of TCP, UDP or an echo as IPv4. It must not be a fragment. */
  toIpv4(packet: Packet, source: Ipv4, destination: Ipv4): void {
    const before = ipv6AddressSum(packet.bytes, packet.network);
    const ttl = packet.bytes[packet.network + IPV6_HOP_LIMIT] ?? 0;
    const protocol = packet.isIcmp ? ICMP : packet.protocol;
    const payloadLength = packet.transportLength;
    const bytes = this.move(packet, IPV4_HEADER_LENGTH, ETHER_TYPE_IPV4);
    emitIpv4(bytes, NETWORK, { source, destination, protocol, payloadLength, ttl });
    const transport = NETWORK + IPV4_HEADER_LENGTH;
    if (protocol === ICMP) {
      bytes[transport + ICMP_TYPE] = packet.icmpType === ICMPV6_ECHO_REQUEST ? ICMP_ECHO_REQUEST : ICMP_ECHO_REPLY;
      sealIcmp(bytes, transport, payloadLength);
    } else exchangePseudoHeader(bytes, transport, protocol, before, ipv4AddressSum(bytes, NETWORK));
    packet.decode(bytes, 0, ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH + payloadLength);
  }

  /** Writes an IPv4 packet of TCP, UDP or an echo as IPv6. It must not be a fragment. */
  toIpv6(packet: Packet, source: Ipv6, destination: Ipv6): void {
    const before = ipv4AddressSum(packet.bytes, packet.network);
    const hopLimit = packet.bytes[packet.network + IPV4_TTL] ?? 0;
    const nextHeader = packet.isIcmp ? ICMPV6 : packet.protocol;
    const payloadLength = packet.transportLength;
    const bytes = this.move(packet, IPV6_HEADER_LENGTH, ETHER_TYPE_IPV6);
    emitIpv6(bytes, NETWORK, { source, destination, nextHeader, payloadLength, hopLimit });
    const transport = NETWORK + IPV6_HEADER_LENGTH;
    const after = ipv6AddressSum(bytes, NETWORK);
    if (nextHeader === ICMPV6) {
      bytes[transport + ICMP_TYPE] = packet.icmpType === ICMP_ECHO_REQUEST ? ICMPV6_ECHO_REQUEST : ICMPV6_ECHO_REPLY;
      sealIcmpv6(bytes, transport, payloadLength, after);
    } else if (lacksChecksum(bytes, transport, nextHeader)) sealUdp(bytes, transport, payloadLength, after);
    else exchangePseudoHeader(bytes, transport, nextHeader, before, after);
    packet.decode(bytes, 0, ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH + payloadLength);
  }

  /**
   * Writes an ICMP error as ICMPv6, about the packet that it quotes as `quoted` says who sent it to whom; false for errors
   * that have no counterpart (RFC 7915, section 4.2).
   */
  errorToIpv6(
    packet: Packet,
    ends: { readonly source: Ipv6; readonly destination: Ipv6 },
    quoted: { readonly source: Ipv6; readonly destination: Ipv6 },
  ): boolean {
    const { transport, transportLength, icmpType, icmpCode } = packet;
    const kind = icmpv6ErrorOf(icmpType, icmpCode);
    if (!kind) return false;
    const mtu = Math.max(SMALLEST_IPV6_MTU, readUint16(packet.bytes, transport + ICMP_NEXT_HOP_MTU) + 20);
    const hopLimit = packet.bytes[packet.network + IPV4_TTL] ?? 0;
    const cause = packet.bytes.slice(transport + ICMP_HEADER_LENGTH, transport + transportLength);
    const body = cause.subarray(ipv4HeaderLength(cause, 0)).subarray(0, QUOTED_LENGTH - IPV6_HEADER_LENGTH);
    const bytes = this.move(packet, IPV6_HEADER_LENGTH, ETHER_TYPE_IPV6);
    const message = NETWORK + IPV6_HEADER_LENGTH;
    const length = ICMP_HEADER_LENGTH + IPV6_HEADER_LENGTH + body.length;
    emitIpv6(bytes, NETWORK, { ...ends, nextHeader: ICMPV6, payloadLength: length, hopLimit });
    bytes.fill(0, message, message + ICMP_HEADER_LENGTH);
    bytes[message + ICMP_TYPE] = kind.type;
    bytes[message + ICMP_CODE] = kind.code;
    if (kind.type === ICMPV6_PACKET_TOO_BIG) writeUint32(bytes, message + ICMPV6_MTU, mtu);
    const protocol = cause[IPV4_PROTOCOL] ?? 0;
    const inner = message + ICMP_HEADER_LENGTH;
    bytes.set(body, inner + IPV6_HEADER_LENGTH);
    const nextHeader = protocol === ICMP ? ICMPV6 : protocol;
    emitIpv6(bytes, inner, { ...quoted, nextHeader, payloadLength: body.length });
    if (protocol === ICMP) bytes[inner + IPV6_HEADER_LENGTH + ICMP_TYPE] = ICMPV6_ECHO_REQUEST;
    sealIcmpv6(bytes, message, length, ipv6AddressSum(bytes, NETWORK));
    packet.decode(bytes, 0, ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH + length);
    return true;
  }

  /** Puts the packet behind a header of another length, with its offload header for the other family. */
  private move(packet: Packet, headerLength: number, etherType: number): Uint8Array {
    const { bytes, virtio, transport, transportLength } = packet;
    this.buffer ??= new Uint8Array(CAPACITY);
    const head = bytes.slice(virtio, virtio + NETWORK);
    this.buffer.set(bytes.subarray(transport, transport + transportLength), NETWORK + headerLength);
    this.buffer.set(head, 0);
    writeUint16(this.buffer, VIRTIO_NET_HEADER_LENGTH + ETHER_TYPE, etherType);
    changeFamily(this.buffer, 0, etherType === ETHER_TYPE_IPV6 ? 6 : 4, ETHERNET_HEADER_LENGTH + headerLength);
    return this.buffer;
  }
}

/** Differences of sums of addresses are all that differs between the two pseudo-headers (RFC 8200, section 8.1). */
function exchangePseudoHeader(
  bytes: Uint8Array,
  transport: number,
  protocol: number,
  before: number,
  after: number,
): void {
  const difference = fold((~fold(before) & 0xffff) + fold(after));
  updateTransportChecksum(bytes, transport, protocol, difference, needsChecksum(bytes, 0));
}

/** A datagram over IPv4 may go without, one over IPv6 may not. */
const lacksChecksum = (bytes: Uint8Array, transport: number, protocol: number): boolean =>
  protocol === UDP && !needsChecksum(bytes, 0) && readUint16(bytes, transport + UDP_CHECKSUM) === 0;

function sealUdp(bytes: Uint8Array, transport: number, length: number, addressSum: number): void {
  const sum = sumBytes(bytes, transport, length, pseudoHeaderSum(addressSum, UDP, length));
  writeUint16(bytes, transport + UDP_CHECKSUM, checksumOf(sum) || 0xffff);
}

const [DESTINATION_UNREACHABLE, TIME_EXCEEDED, PARAMETER_PROBLEM] = [1, 3, 4] as const;

/** RFC 7915, section 4.2; undefined for what is dropped. */
function icmpv6ErrorOf(type: number, code: number): { readonly type: number; readonly code: number } | undefined {
  if (type === 11) return { type: TIME_EXCEEDED, code };
  if (type !== 3) return undefined;
  if (code === 2) return { type: PARAMETER_PROBLEM, code: 1 };
  if (code === 3) return { type: DESTINATION_UNREACHABLE, code: 4 };
  if (code === 4) return { type: ICMPV6_PACKET_TOO_BIG, code: 0 };
  const isForbidden = code === 9 || code === 10 || code === 13 || code === 15;
  return { type: DESTINATION_UNREACHABLE, code: isForbidden ? 1 : 0 };
}
