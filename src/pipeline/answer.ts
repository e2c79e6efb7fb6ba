/** The frame that the fabric itself sends back: answers of ARP, neighbour discovery and DHCP, ICMP errors. */
import type { Ipv4, Ipv6 } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../net/protocol.ts';
import { ARP_LENGTH, type Arp, emitArp } from '../wire/arp.ts';
import { writeUint16, writeUint32 } from '../wire/big-endian.ts';
import { checksumOf, pseudoHeaderSum, sumBytes } from '../wire/checksum.ts';
import {
  ETHER_TYPE_ARP,
  ETHER_TYPE_IPV4,
  ETHER_TYPE_IPV6,
  ETHERNET_HEADER_LENGTH,
  emitEthernet,
} from '../wire/ethernet.ts';
import {
  ICMP_CODE,
  ICMP_HEADER_LENGTH,
  ICMP_NEXT_HOP_MTU,
  ICMP_TYPE,
  ICMPV6_MTU,
  ICMPV6_PACKET_TOO_BIG,
  sealIcmp,
  sealIcmpv6,
} from '../wire/icmp.ts';
import { emitIpv4, IPV4_HEADER_LENGTH, ipv4AddressSum } from '../wire/ipv4.ts';
import { emitIpv6, IPV6_HEADER_LENGTH, ipv6AddressSum } from '../wire/ipv6.ts';
import { DISCOVERY_HOP_LIMIT } from '../wire/neighbour-discovery.ts';
import { emitTcp, TCP_CHECKSUM, TCP_HEADER_LENGTH, type Tcp } from '../wire/tcp.ts';
import { emitUdp, UDP_CHECKSUM, UDP_HEADER_LENGTH, type Udp } from '../wire/udp.ts';
import { emitPlain, VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';

/** Room for the largest answer, a DHCPv6 message with every option and the most addresses that an interface has. */
const CAPACITY = 4096;
const FRAME = VIRTIO_NET_HEADER_LENGTH;
const PAYLOAD = FRAME + ETHERNET_HEADER_LENGTH;
const IPV6_PAYLOAD = PAYLOAD + IPV6_HEADER_LENGTH;

/** Who sends an answer to whom. */
export interface AnswerPath<Address = Ipv4> {
  readonly sourceMac: Mac;
  readonly destinationMac: Mac;
  readonly source: Address;
  readonly destination: Address;
}

/** What an ICMP error says. */
export interface IcmpError {
  readonly type: number;
  readonly code: number;
  /** In bytes; 0 in other errors than "fragmentation needed". */
  readonly nextHopMtu: number;
}

/** What a reset says. */
export type ResetSegment = Pick<Tcp, 'sourcePort' | 'destinationPort' | 'sequence' | 'acknowledgement' | 'flags'>;

/** Writes a message at an offset and returns its length in bytes. */
type Emit = (bytes: Uint8Array, at: number) => number;

/** A buffer for one answer: virtio header and frame, used again for each. */
export class Answer {
  readonly bytes = new Uint8Array(CAPACITY);
  /** Length of the frame behind the virtio header; 0 when there is no answer. */
  frameLength = 0;
  /** True for an ICMP error, which groups and ACLs of the receiver still look at. */
  isFiltered = false;

  clear(): void {
    this.frameLength = 0;
    this.isFiltered = false;
  }

  /** An ARP reply. */
  arp(reply: Arp): void {
    emitPlain(this.bytes, 0);
    emitEthernet(this.bytes, FRAME, {
      destination: reply.targetMac,
      source: reply.senderMac,
      etherType: ETHER_TYPE_ARP,
    });
    emitArp(this.bytes, PAYLOAD, reply);
    this.frameLength = ETHERNET_HEADER_LENGTH + ARP_LENGTH;
  }

  /** A UDP datagram whose payload `emit` writes; it returns the payload's length. */
  udp(path: AnswerPath, ports: Omit<Udp, 'length'>, emit: Emit): void {
    const transport = PAYLOAD + IPV4_HEADER_LENGTH;
    const length = UDP_HEADER_LENGTH + emit(this.bytes, transport + UDP_HEADER_LENGTH);
    emitUdp(this.bytes, transport, { ...ports, length });
    this.ip(path, UDP, length);
    const addresses = ipv4AddressSum(this.bytes, PAYLOAD);
    const sum = sumBytes(this.bytes, transport, length, pseudoHeaderSum(addresses, UDP, length));
    writeUint16(this.bytes, transport + UDP_CHECKSUM, checksumOf(sum) || 0xffff);
  }

  /** An ICMP error about a packet: its header and the first eight bytes behind it are quoted (RFC 792, RFC 1191). */
  icmpError(path: AnswerPath, error: IcmpError, cause: Uint8Array): void {
    const transport = PAYLOAD + IPV4_HEADER_LENGTH;
    this.bytes.fill(0, transport, transport + ICMP_HEADER_LENGTH);
    this.bytes[transport + ICMP_TYPE] = error.type;
    this.bytes[transport + ICMP_CODE] = error.code;
    writeUint16(this.bytes, transport + ICMP_NEXT_HOP_MTU, error.nextHopMtu);
    this.bytes.set(cause, transport + ICMP_HEADER_LENGTH);
    sealIcmp(this.bytes, transport, ICMP_HEADER_LENGTH + cause.length);
    this.ip(path, ICMP, ICMP_HEADER_LENGTH + cause.length);
    this.isFiltered = true;
  }

  /** A message of neighbour discovery; `emit` writes it without its checksum. */
  discovery(path: AnswerPath<Ipv6>, emit: Emit): void {
    this.icmpv6(path, emit(this.bytes, IPV6_PAYLOAD), DISCOVERY_HOP_LIMIT);
  }

  /** As `udp`, over IPv6. */
  udpOverIpv6(path: AnswerPath<Ipv6>, ports: Omit<Udp, 'length'>, emit: Emit): void {
    const length = UDP_HEADER_LENGTH + emit(this.bytes, IPV6_PAYLOAD + UDP_HEADER_LENGTH);
    emitUdp(this.bytes, IPV6_PAYLOAD, { ...ports, length });
    this.ipv6(path, UDP, length, undefined);
    const addresses = ipv6AddressSum(this.bytes, PAYLOAD);
    const sum = sumBytes(this.bytes, IPV6_PAYLOAD, length, pseudoHeaderSum(addresses, UDP, length));
    writeUint16(this.bytes, IPV6_PAYLOAD + UDP_CHECKSUM, checksumOf(sum) || 0xffff);
  }

  /** "Packet too big" about a packet, of which `cause` is quoted (RFC 4443, section 3.2). */
  packetTooBig(path: AnswerPath<Ipv6>, mtuBytes: number, cause: Uint8Array): void {
    this.bytes.fill(0, IPV6_PAYLOAD, IPV6_PAYLOAD + ICMP_HEADER_LENGTH);
    this.bytes[IPV6_PAYLOAD + ICMP_TYPE] = ICMPV6_PACKET_TOO_BIG;
    writeUint32(this.bytes, IPV6_PAYLOAD + ICMPV6_MTU, mtuBytes);
    this.bytes.set(cause, IPV6_PAYLOAD + ICMP_HEADER_LENGTH);
    this.icmpv6(path, ICMP_HEADER_LENGTH + cause.length, undefined);
    this.isFiltered = true;
  }

  private icmpv6(path: AnswerPath<Ipv6>, length: number, hopLimit: number | undefined): void {
    this.ipv6(path, ICMPV6, length, hopLimit);
    sealIcmpv6(this.bytes, IPV6_PAYLOAD, length, ipv6AddressSum(this.bytes, PAYLOAD));
  }

  private ipv6(path: AnswerPath<Ipv6>, nextHeader: number, payloadLength: number, hopLimit: number | undefined): void {
    const { source, destination } = path;
    emitPlain(this.bytes, 0);
    emitEthernet(this.bytes, FRAME, {
      destination: path.destinationMac,
      source: path.sourceMac,
      etherType: ETHER_TYPE_IPV6,
    });
    const limit = hopLimit === undefined ? {} : { hopLimit };
    emitIpv6(this.bytes, PAYLOAD, { source, destination, nextHeader, payloadLength, ...limit });
    this.frameLength = ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH + payloadLength;
  }

  /** A TCP segment that resets a connection (RFC 9293 section 3.5.2): it answers one with these numbers. */
  tcpReset(path: AnswerPath, segment: ResetSegment): void {
    this.ip(path, TCP, TCP_HEADER_LENGTH);
    this.reset(PAYLOAD + IPV4_HEADER_LENGTH, ipv4AddressSum(this.bytes, PAYLOAD), segment);
  }

  /** The same over IPv6. */
  tcpResetOverIpv6(path: AnswerPath<Ipv6>, segment: ResetSegment): void {
    this.ipv6(path, TCP, TCP_HEADER_LENGTH, undefined);
    this.reset(IPV6_PAYLOAD, ipv6AddressSum(this.bytes, PAYLOAD), segment);
  }

  private reset(transport: number, addresses: number, segment: ResetSegment): void {
    emitTcp(this.bytes, transport, segment);
    const pseudoHeader = pseudoHeaderSum(addresses, TCP, TCP_HEADER_LENGTH);
    const sum = sumBytes(this.bytes, transport, TCP_HEADER_LENGTH, pseudoHeader);
    writeUint16(this.bytes, transport + TCP_CHECKSUM, checksumOf(sum));
    this.isFiltered = true;
  }

  private ip(path: AnswerPath, protocol: number, payloadLength: number): void {
    emitPlain(this.bytes, 0);
    emitEthernet(this.bytes, FRAME, {
      destination: path.destinationMac,
      source: path.sourceMac,
      etherType: ETHER_TYPE_IPV4,
    });
    emitIpv4(this.bytes, PAYLOAD, { source: path.source, destination: path.destination, protocol, payloadLength });
    this.frameLength = ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH + payloadLength;
  }
}
