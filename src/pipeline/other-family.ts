/**
 * Writes a packet anew in the other IP family, as a translator between IPv6 and IPv4 does (RFC 7915): header, ICMP
 * message, checksums and offload header. Ports stay as they are.
 *
 * The packet moves into a buffer of the translator's own, because an IPv6 header is longer than an IPv4 one. Options and
 * extension headers do not come along, but for fragments. IPv4 packets may not be cut, unless they are parts already: whether AWS sets
 * don't-fragment on small ones too, where RFC 7915 does not, is unconfirmed.
 */
import type { Ipv4, Ipv6 } from '../net/address.ts';
import { ICMP, ICMPV6, UDP } from '../net/protocol.ts';
import { readUint16, writeUint16 } from '../wire/big-endian.ts';
import { checksumOf, fold, pseudoHeaderSum, sumBytes } from '../wire/checksum.ts';
import { ETHER_TYPE, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import {
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER_LENGTH,
  ICMP_TYPE,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  sealIcmp,
  sealIcmpv6,
} from '../wire/icmp.ts';
import {
  emitIpv4,
  fieldOfFragment,
  fragmentOfField,
  IPV4_FRAGMENT,
  IPV4_HEADER_LENGTH,
  IPV4_PROTOCOL,
  IPV4_TTL,
  ipv4AddressSum,
  ipv4HeaderLength,
  ipv4TotalLength,
} from '../wire/ipv4.ts';
import {
  emitIpv6,
  emitIpv6Fragment,
  IPV6_FRAGMENT_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  IPV6_HOP_LIMIT,
  type Ipv6Fragment,
  ipv6AddressSum,
  ipv6TotalLength,
  ipv6UpperLayer,
} from '../wire/ipv6.ts';
import { TCP_CHECKSUM } from '../wire/tcp.ts';
import { UDP_CHECKSUM } from '../wire/udp.ts';
import { changeFamily, needsChecksum, VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import { emitIcmpError, emitIcmpv6Error, icmpErrorOf, icmpv6ErrorOf } from './icmp-families.ts';
import type { Packet } from './packet.ts';
import { updateTransportChecksum } from './translation.ts';

const NETWORK = VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
/** Room for the longest packet, and for the longer header. */
const CAPACITY = NETWORK + IPV6_HEADER_LENGTH + IPV6_FRAGMENT_HEADER_LENGTH + 65_535;
/** As much of the packet as fits the smallest MTU that IPv6 has (RFC 4443, section 3.2). */
const QUOTED_LENGTH = 1280 - IPV6_HEADER_LENGTH - ICMP_HEADER_LENGTH;
/** The same of IPv4 (RFC 1812, section 4.3.2.3). */
const QUOTED_IPV4_LENGTH = 576 - IPV4_HEADER_LENGTH - ICMP_HEADER_LENGTH;

/** Who sends to whom. */
interface Pair<Address> {
  readonly source: Address;
  readonly destination: Address;
}

/** A translator with its buffer, which holds the last packet that it has written. */
export class OtherFamily {
  private buffer: Uint8Array | undefined;

  /** Writes an IPv6 packet of TCP, UDP or an echo as IPv4; of a fragment header the lower half of its identification is left. */
  toIpv4(packet: Packet, source: Ipv4, destination: Ipv4): void {
    const before = ipv6AddressSum(packet.bytes, packet.network);
    const ttl = packet.bytes[packet.network + IPV6_HOP_LIMIT] ?? 0;
    const protocol = packet.isIcmp ? ICMP : packet.protocol;
    const payloadLength = packet.transportLength;
    const { isLaterFragment } = packet;
    const fragment = fragmentOfIpv6(packet);
    const bytes = this.move(packet, IPV4_HEADER_LENGTH, ETHER_TYPE_IPV4);
    emitIpv4(bytes, NETWORK, { source, destination, protocol, payloadLength, ttl, ...fragment });
    const transport = NETWORK + IPV4_HEADER_LENGTH;
    if (protocol === ICMP) {
      bytes[transport + ICMP_TYPE] = packet.icmpType === ICMPV6_ECHO_REQUEST ? ICMP_ECHO_REQUEST : ICMP_ECHO_REPLY;
      sealIcmp(bytes, transport, payloadLength);
    } else if (!isLaterFragment) {
      exchangePseudoHeader(bytes, transport, protocol, before, ipv4AddressSum(bytes, NETWORK));
    }
    packet.decode(bytes, 0, ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH + payloadLength);
  }

  /** Writes an IPv4 packet of TCP, UDP or an echo as IPv6. A first fragment must not lack its checksum. */
  toIpv6(packet: Packet, source: Ipv6, destination: Ipv6): void {
    const before = ipv4AddressSum(packet.bytes, packet.network);
    const hopLimit = packet.bytes[packet.network + IPV4_TTL] ?? 0;
    const nextHeader = packet.isIcmp ? ICMPV6 : packet.protocol;
    const payloadLength = packet.transportLength;
    const { isFragment, isLaterFragment, identification } = packet;
    const fragment = fragmentOfField(readUint16(packet.bytes, packet.network + IPV4_FRAGMENT));
    const headersLength = IPV6_HEADER_LENGTH + (isFragment ? IPV6_FRAGMENT_HEADER_LENGTH : 0);
    const bytes = this.move(packet, headersLength, ETHER_TYPE_IPV6);
    const header = { source, destination, nextHeader, payloadLength, hopLimit };
    if (isFragment) emitIpv6Fragment(bytes, NETWORK, header, { ...fragment, identification });
    else emitIpv6(bytes, NETWORK, header);
    const transport = NETWORK + headersLength;
    const after = ipv6AddressSum(bytes, NETWORK);
    if (nextHeader === ICMPV6) {
      bytes[transport + ICMP_TYPE] = packet.icmpType === ICMP_ECHO_REQUEST ? ICMPV6_ECHO_REQUEST : ICMPV6_ECHO_REPLY;
      sealIcmpv6(bytes, transport, payloadLength, after);
    } else if (!isLaterFragment) {
      if (lacksChecksum(bytes, transport, nextHeader)) sealUdp(bytes, transport, payloadLength, after);
      else exchangePseudoHeader(bytes, transport, nextHeader, before, after);
    }
    packet.decode(bytes, 0, ETHERNET_HEADER_LENGTH + headersLength + payloadLength);
  }

  /**
   * Writes an ICMP error as ICMPv6, about the packet that it quotes as `quoted` says who sent it to whom; false for errors
   * that have no counterpart (RFC 7915, section 4.2).
   */
  errorToIpv6(packet: Packet, ends: Pair<Ipv6>, quoted: Pair<Ipv6>): boolean {
    const { transport, transportLength } = packet;
    const error = icmpv6ErrorOf(packet.bytes, transport);
    if (!error) return false;
    const hopLimit = packet.bytes[packet.network + IPV4_TTL] ?? 0;
    const cause = packet.bytes.slice(transport + ICMP_HEADER_LENGTH, transport + transportLength);
    const body = cause.subarray(ipv4HeaderLength(cause, 0)).subarray(0, QUOTED_LENGTH - IPV6_HEADER_LENGTH);
    const bytes = this.move(packet, IPV6_HEADER_LENGTH, ETHER_TYPE_IPV6);
    const message = NETWORK + IPV6_HEADER_LENGTH;
    const length = ICMP_HEADER_LENGTH + IPV6_HEADER_LENGTH + body.length;
    emitIpv6(bytes, NETWORK, { ...ends, nextHeader: ICMPV6, payloadLength: length, hopLimit });
    emitIcmpv6Error(bytes, message, error);
    const protocol = cause[IPV4_PROTOCOL] ?? 0;
    const inner = message + ICMP_HEADER_LENGTH;
    bytes.set(body, inner + IPV6_HEADER_LENGTH);
    const nextHeader = protocol === ICMP ? ICMPV6 : protocol;
    emitIpv6(bytes, inner, {
      ...quoted,
      nextHeader,
      payloadLength: ipv4TotalLength(cause, 0) - ipv4HeaderLength(cause, 0),
    });
    if (protocol === ICMP) bytes[inner + IPV6_HEADER_LENGTH + ICMP_TYPE] = ICMPV6_ECHO_REQUEST;
    else if (body.length > checksumFieldOf(protocol) + 1) {
      const sums = [ipv4AddressSum(cause, 0), ipv6AddressSum(bytes, inner)] as const;
      exchangePseudoHeader(bytes, inner + IPV6_HEADER_LENGTH, protocol, ...sums);
    }
    sealIcmpv6(bytes, message, length, ipv6AddressSum(bytes, NETWORK));
    packet.decode(bytes, 0, ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH + length);
    return true;
  }

  /** The same the other way round (section 5.2): an ICMPv6 error becomes ICMP. What it quotes has to be whole up to its ports. */
  errorToIpv4(packet: Packet, ends: Pair<Ipv4>, quoted: Pair<Ipv4>): boolean {
    const { transport, transportLength } = packet;
    const error = icmpErrorOf(packet.bytes, transport);
    const cause = packet.bytes.slice(transport + ICMP_HEADER_LENGTH, transport + transportLength);
    const upper = ipv6UpperLayer(cause, 0, cause.length);
    if (!error || !upper) return false;
    const ttl = packet.bytes[packet.network + IPV6_HOP_LIMIT] ?? 0;
    const body = cause.subarray(upper.offset).subarray(0, QUOTED_IPV4_LENGTH - IPV4_HEADER_LENGTH);
    const bytes = this.move(packet, IPV4_HEADER_LENGTH, ETHER_TYPE_IPV4);
    const message = NETWORK + IPV4_HEADER_LENGTH;
    const length = ICMP_HEADER_LENGTH + IPV4_HEADER_LENGTH + body.length;
    emitIpv4(bytes, NETWORK, { ...ends, protocol: ICMP, payloadLength: length, ttl });
    emitIcmpError(bytes, message, error);
    const protocol = upper.protocol === ICMPV6 ? ICMP : upper.protocol;
    const inner = message + ICMP_HEADER_LENGTH;
    bytes.set(body, inner + IPV4_HEADER_LENGTH);
    const payloadLength = ipv6TotalLength(cause, 0) - upper.offset;
    emitIpv4(bytes, inner, { ...quoted, protocol, payloadLength, ...ipv4FragmentOf(upper.fragment) });
    if (protocol === ICMP) bytes[inner + IPV4_HEADER_LENGTH + ICMP_TYPE] = ICMP_ECHO_REPLY;
    else if (body.length > checksumFieldOf(protocol) + 1) {
      const sums = [ipv6AddressSum(cause, 0), ipv4AddressSum(bytes, inner)] as const;
      exchangePseudoHeader(bytes, inner + IPV4_HEADER_LENGTH, protocol, ...sums);
    }
    sealIcmp(bytes, message, length);
    packet.decode(bytes, 0, ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH + length);
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

/** Where a header of TCP or UDP has its checksum. */
const checksumFieldOf = (protocol: number): number => (protocol === UDP ? UDP_CHECKSUM : TCP_CHECKSUM);

/** A datagram over IPv4 may go without, one over IPv6 may not. */
const lacksChecksum = (bytes: Uint8Array, transport: number, protocol: number): boolean =>
  protocol === UDP && !needsChecksum(bytes, 0) && readUint16(bytes, transport + UDP_CHECKSUM) === 0;

/** True for a packet that need not get a checksum to become one over IPv6. */
export const hasChecksum = ({ bytes, transport, protocol }: Packet): boolean =>
  protocol !== UDP || readUint16(bytes, transport + UDP_CHECKSUM) !== 0;

function sealUdp(bytes: Uint8Array, transport: number, length: number, addressSum: number): void {
  const sum = sumBytes(bytes, transport, length, pseudoHeaderSum(addressSum, UDP, length));
  writeUint16(bytes, transport + UDP_CHECKSUM, checksumOf(sum) || 0xffff);
}

/** Without a fragment header a packet may not be cut, with one it may (RFC 7915, sections 5.1 and 5.1.1). */
const ipv4FragmentOf = (fragment: Ipv6Fragment | undefined) =>
  fragment && { identification: fragment.identification & 0xffff, fragment: fieldOfFragment(fragment) };

function fragmentOfIpv6({ bytes, network, transport, length }: Packet) {
  if (transport - network === IPV6_HEADER_LENGTH) return undefined;
  return ipv4FragmentOf(ipv6UpperLayer(bytes, network, length)?.fragment);
}
