/** Whole frames made from their meaning, with right checksums: what a guest's kernel would send. */
import { type IpAddress, isIpv4, isIpv6 } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../net/protocol.ts';
import { writeUint16 } from './big-endian.ts';
import { checksumOf, pseudoHeaderSum, sumBytes } from './checksum.ts';
import { ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, ETHERNET_HEADER_LENGTH, emitEthernet } from './ethernet.ts';
import { ICMP_CHECKSUM, ICMP_CODE, ICMP_IDENTIFIER, ICMP_SEQUENCE, ICMP_TYPE } from './icmp.ts';
import { DONT_FRAGMENT, emitIpv4, fragmentOfField, IPV4_HEADER_LENGTH, ipv4AddressSum } from './ipv4.ts';
import { emitIpv6, emitIpv6Fragment, IPV6_FRAGMENT_HEADER_LENGTH, IPV6_HEADER_LENGTH, ipv6AddressSum } from './ipv6.ts';
import { emitTcp, SYN, TCP_CHECKSUM, TCP_HEADER_LENGTH } from './tcp.ts';
import { emitUdp, UDP_CHECKSUM, UDP_HEADER_LENGTH } from './udp.ts';
import { emitPlain, VIRTIO_NET_HEADER_LENGTH } from './virtio-net-header.ts';

/** A packet in a frame, by what it means. */
export interface FrameSpec {
  readonly sourceMac: Mac;
  readonly destinationMac: Mac;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** SYN unless given. */
  readonly tcpFlags?: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly icmpIdentifier?: number;
  readonly icmpSequence?: number;
  /** What follows the transport header. */
  readonly payload?: Uint8Array;
  /** Flags and fragment offset as IPv4 has them, don't-fragment unless given; over IPv6 they make a fragment header. */
  readonly fragment?: number;
  readonly identification?: number;
  /** Time to live, or hop limit of IPv6; 64 unless given. */
  readonly ttl?: number;
  /** Least length of the frame without virtio header; the payload is filled up with zeros. */
  readonly lengthBytes?: number;
}

const NETWORK = VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;

/** The frame behind an empty virtio header. */
export function frameOf(spec: FrameSpec): Uint8Array {
  const { source, destination, protocol } = spec;
  const networkLength = networkHeaderLength(spec);
  const payload = spec.payload ?? new Uint8Array(0);
  const headers = networkLength + transportHeaderLength(protocol);
  const least = (spec.lengthBytes ?? 0) - ETHERNET_HEADER_LENGTH;
  const packetLength = Math.max(headers + payload.length, least);
  const bytes = new Uint8Array(NETWORK + packetLength);
  emitPlain(bytes, 0);
  const etherType = isIpv4(source) ? ETHER_TYPE_IPV4 : ETHER_TYPE_IPV6;
  emitEthernet(bytes, VIRTIO_NET_HEADER_LENGTH, {
    destination: spec.destinationMac,
    source: spec.sourceMac,
    etherType,
  });
  const payloadLength = packetLength - networkLength;
  if (isIpv4(source) && isIpv4(destination)) {
    const { identification = 0, fragment = DONT_FRAGMENT, ttl = 64 } = spec;
    emitIpv4(bytes, NETWORK, { source, destination, protocol, payloadLength, identification, fragment, ttl });
  } else if (isIpv6(source) && isIpv6(destination)) {
    const { identification = 0, fragment, ttl: hopLimit = 64 } = spec;
    const header = { source, destination, nextHeader: protocol, payloadLength, hopLimit };
    if (fragment === undefined) emitIpv6(bytes, NETWORK, header);
    else emitIpv6Fragment(bytes, NETWORK, header, { ...fragmentOfField(fragment), identification });
  }
  bytes.set(payload, NETWORK + headers);
  emitTransport(bytes, NETWORK + networkLength, payloadLength, spec);
  return bytes;
}

const networkHeaderLength = ({ source, fragment }: FrameSpec): number =>
  isIpv4(source) ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH + (fragment === undefined ? 0 : IPV6_FRAGMENT_HEADER_LENGTH);

const transportHeaderLength = (protocol: number): number => (protocol === TCP ? TCP_HEADER_LENGTH : UDP_HEADER_LENGTH);

function emitTransport(bytes: Uint8Array, at: number, length: number, spec: FrameSpec): void {
  const { protocol, sourcePort = 0, destinationPort = 0 } = spec;
  if (protocol === TCP) {
    const { sequence = 1, acknowledgement = 0, tcpFlags: flags = SYN } = spec;
    emitTcp(bytes, at, { sourcePort, destinationPort, sequence, acknowledgement, flags });
    sealTransport(bytes, at, length, spec, TCP_CHECKSUM);
  } else if (protocol === UDP) {
    emitUdp(bytes, at, { sourcePort, destinationPort, length });
    sealTransport(bytes, at, length, spec, UDP_CHECKSUM);
  } else if (protocol === ICMP || protocol === ICMPV6) {
    bytes[at + ICMP_TYPE] = spec.icmpType ?? 8;
    bytes[at + ICMP_CODE] = spec.icmpCode ?? 0;
    writeUint16(bytes, at + ICMP_IDENTIFIER, spec.icmpIdentifier ?? 1);
    writeUint16(bytes, at + ICMP_SEQUENCE, spec.icmpSequence ?? 1);
    const pseudo = protocol === ICMPV6 ? pseudoSum(bytes, length, spec) : 0;
    writeUint16(bytes, at + ICMP_CHECKSUM, checksumOf(sumBytes(bytes, at, length, pseudo)));
  }
}

function sealTransport(bytes: Uint8Array, at: number, length: number, spec: FrameSpec, field: number): void {
  writeUint16(bytes, at + field, checksumOf(sumBytes(bytes, at, length, pseudoSum(bytes, length, spec))));
}

function pseudoSum(bytes: Uint8Array, length: number, { source, protocol }: FrameSpec): number {
  const addresses = isIpv4(source) ? ipv4AddressSum(bytes, NETWORK) : ipv6AddressSum(bytes, NETWORK);
  return pseudoHeaderSum(addresses, protocol, length);
}
