/** The frame that the fabric itself sends back: ARP replies, DHCP answers, ICMP errors. */
import type { Ipv4 } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { ICMP, UDP } from '../net/protocol.ts';
import { ARP_LENGTH, type Arp, emitArp } from '../wire/arp.ts';
import { writeUint16 } from '../wire/big-endian.ts';
import { checksumOf, pseudoHeaderSum, sumBytes } from '../wire/checksum.ts';
import { ETHER_TYPE_ARP, ETHER_TYPE_IPV4, ETHERNET_HEADER_LENGTH, emitEthernet } from '../wire/ethernet.ts';
import { ICMP_CODE, ICMP_HEADER_LENGTH, ICMP_NEXT_HOP_MTU, ICMP_TYPE, sealIcmp } from '../wire/icmp.ts';
import { emitIpv4, IPV4_HEADER_LENGTH, ipv4AddressSum } from '../wire/ipv4.ts';
import { emitUdp, UDP_CHECKSUM, UDP_HEADER_LENGTH, type Udp } from '../wire/udp.ts';
import { emitPlain, VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';

/** Room for the largest answer, a DHCP message with every option. */
const CAPACITY = 2048;
const FRAME = VIRTIO_NET_HEADER_LENGTH;
const PAYLOAD = FRAME + ETHERNET_HEADER_LENGTH;

/** Who sends an answer to whom. */
export interface AnswerPath {
  readonly sourceMac: Mac;
  readonly destinationMac: Mac;
  readonly source: Ipv4;
  readonly destination: Ipv4;
}

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
  udp(path: AnswerPath, ports: Omit<Udp, 'length'>, emit: (bytes: Uint8Array, at: number) => number): void {
    const transport = PAYLOAD + IPV4_HEADER_LENGTH;
    const length = UDP_HEADER_LENGTH + emit(this.bytes, transport + UDP_HEADER_LENGTH);
    emitUdp(this.bytes, transport, { ...ports, length });
    this.ip(path, UDP, length);
    const addresses = ipv4AddressSum(this.bytes, PAYLOAD);
    const sum = sumBytes(this.bytes, transport, length, pseudoHeaderSum(addresses, UDP, length));
    writeUint16(this.bytes, transport + UDP_CHECKSUM, checksumOf(sum) || 0xffff);
  }

  /** An ICMP error about a packet: its header and the first eight bytes behind it are quoted (RFC 792, RFC 1191). */
  icmpError(
    path: AnswerPath,
    error: { readonly type: number; readonly code: number; readonly nextHopMtu: number },
    cause: Uint8Array,
  ): void {
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
