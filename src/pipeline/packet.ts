/**
 * A reusable view of one frame: decoded once, then asked by every stage.
 *
 * A frame that cannot be decoded is a value too: `malformed` says what is wrong, and the first stage drops it. Bytes
 * stay where they are; addresses and ports are also written back into them when a gateway translates.
 */
import type { IpAddress, Ipv4 } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../net/protocol.ts';
import { readUint16 } from '../wire/big-endian.ts';
import {
  DESTINATION_MAC,
  ETHER_TYPE,
  ETHER_TYPE_IPV4,
  ETHER_TYPE_IPV6,
  ETHERNET_HEADER_LENGTH,
  readMac,
  SOURCE_MAC,
} from '../wire/ethernet.ts';
import { ICMP_CODE, ICMP_HEADER_LENGTH, ICMP_IDENTIFIER, ICMP_TYPE } from '../wire/icmp.ts';
import {
  DONT_FRAGMENT,
  FRAGMENT_OFFSET_MASK,
  IPV4_FRAGMENT,
  IPV4_HEADER_LENGTH,
  IPV4_IDENTIFICATION,
  IPV4_PROTOCOL,
  ipVersion,
  ipv4ChecksumHolds,
  ipv4Destination,
  ipv4HeaderLength,
  ipv4Source,
  ipv4TotalLength,
  MORE_FRAGMENTS,
} from '../wire/ipv4.ts';
import {
  IPV6_DESTINATION,
  IPV6_HEADER_LENGTH,
  IPV6_SOURCE,
  ipv6TotalLength,
  ipv6UpperLayer,
  readIpv6,
} from '../wire/ipv6.ts';
import { TCP_FLAGS, TCP_HEADER_LENGTH } from '../wire/tcp.ts';
import { UDP_HEADER_LENGTH } from '../wire/udp.ts';
import { VIRTIO_NET_HEADER_LENGTH, wirePacketLength } from '../wire/virtio-net-header.ts';

/** What can be wrong with a frame's bytes. */
export type Malformation = 'truncated' | 'bad-header' | 'bad-header-checksum';

/** A frame in a buffer, decoded. Offsets are absolute positions in `bytes`. */
export class Packet {
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the virtio header begins; the frame follows it. */
  virtio = 0;
  /** Where the Ethernet header begins, and the frame's length in bytes. */
  frame = 0;
  frameLength = 0;
  destinationMac = 0 as Mac;
  sourceMac = 0 as Mac;
  etherType = 0;

  malformed: Malformation | undefined = undefined;
  /** IP version; 0 when the frame carries no IP packet. */
  version: 0 | 4 | 6 = 0;
  /** Where the IP header begins. */
  network = 0;
  /** Length of the IP packet in bytes, without Ethernet padding. */
  length = 0;
  source: IpAddress = 0 as Ipv4;
  destination: IpAddress = 0 as Ipv4;
  protocol = 0;
  /** Where the transport header begins. */
  transport = 0;
  /** A fragment other than the first: it has no transport header, so no ports. */
  isLaterFragment = false;
  /** A first fragment with more to come. */
  isFirstFragment = false;
  identification = 0;
  dontFragment = false;
  /** Ports of TCP and UDP, else 0. */
  sourcePort = 0;
  destinationPort = 0;
  tcpFlags = 0;
  /** Type, code and identifier of ICMP and ICMPv6, else 0. */
  icmpType = 0;
  icmpCode = 0;
  icmpIdentifier = 0;

  /** Decodes the frame of `frameLength` bytes that follows the virtio header at `virtio`. */
  decode(bytes: Uint8Array, virtio: number, frameLength: number): void {
    this.bytes = bytes;
    this.virtio = virtio;
    this.frame = virtio + VIRTIO_NET_HEADER_LENGTH;
    this.frameLength = frameLength;
    this.forget();
    if (frameLength < ETHERNET_HEADER_LENGTH) {
      this.malformed = 'truncated';
      return;
    }
    this.destinationMac = readMac(bytes, this.frame + DESTINATION_MAC);
    this.sourceMac = readMac(bytes, this.frame + SOURCE_MAC);
    this.etherType = readUint16(bytes, this.frame + ETHER_TYPE);
    this.network = this.frame + ETHERNET_HEADER_LENGTH;
    const available = frameLength - ETHERNET_HEADER_LENGTH;
    if (this.etherType === ETHER_TYPE_IPV4) this.malformed = this.decodeIpv4(available);
    else if (this.etherType === ETHER_TYPE_IPV6) this.malformed = this.decodeIpv6(available);
  }

  /** True for TCP and UDP. */
  get hasPorts(): boolean {
    return this.protocol === TCP || this.protocol === UDP;
  }

  /** True for ICMP over IPv4 and ICMPv6 over IPv6; one inside the other family is just another protocol. */
  get isIcmp(): boolean {
    return this.version === 4 ? this.protocol === ICMP : this.version === 6 && this.protocol === ICMPV6;
  }

  /** A part of a datagram: the first, or a later one. */
  get isFragment(): boolean {
    return this.isFirstFragment || this.isLaterFragment;
  }

  /** Bytes from the transport header to the end of the packet. */
  get transportLength(): number {
    return this.length - (this.transport - this.network);
  }

  /** Length in bytes of the largest packet on the wire: of its segments, when it is a segmentation-offload frame. */
  get wireLength(): number {
    const { bytes, virtio, network, transport, protocol, length } = this;
    return wirePacketLength(bytes, virtio, network, transport, protocol, length);
  }

  private forget(): void {
    this.malformed = undefined;
    this.version = 0;
    this.etherType = 0;
    this.protocol = 0;
    this.length = 0;
    this.source = 0 as Ipv4;
    this.destination = 0 as Ipv4;
    this.transport = 0;
    this.isLaterFragment = false;
    this.isFirstFragment = false;
    this.identification = 0;
    this.dontFragment = false;
    this.sourcePort = 0;
    this.destinationPort = 0;
    this.tcpFlags = 0;
    this.icmpType = 0;
    this.icmpCode = 0;
    this.icmpIdentifier = 0;
  }

  private decodeIpv4(available: number): Malformation | undefined {
    const { bytes, network } = this;
    if (available < IPV4_HEADER_LENGTH) return 'truncated';
    const headerLength = ipv4HeaderLength(bytes, network);
    const length = ipv4TotalLength(bytes, network);
    if (ipVersion(bytes, network) !== 4 || headerLength < IPV4_HEADER_LENGTH || length < headerLength)
      return 'bad-header';
    if (length > available) return 'truncated';
    if (!ipv4ChecksumHolds(bytes, network)) return 'bad-header-checksum';
    this.version = 4;
    this.length = length;
    this.source = ipv4Source(bytes, network);
    this.destination = ipv4Destination(bytes, network);
    this.protocol = bytes[network + IPV4_PROTOCOL] ?? 0;
    this.transport = network + headerLength;
    const fragment = readUint16(bytes, network + IPV4_FRAGMENT);
    this.dontFragment = (fragment & DONT_FRAGMENT) !== 0;
    this.isLaterFragment = (fragment & FRAGMENT_OFFSET_MASK) !== 0;
    this.isFirstFragment = !this.isLaterFragment && (fragment & MORE_FRAGMENTS) !== 0;
    this.identification = readUint16(bytes, network + IPV4_IDENTIFICATION);
    return this.decodeTransport();
  }

  private decodeIpv6(available: number): Malformation | undefined {
    const { bytes, network } = this;
    if (available < IPV6_HEADER_LENGTH) return 'truncated';
    if (ipVersion(bytes, network) !== 6) return 'bad-header';
    const length = ipv6TotalLength(bytes, network);
    if (length > available) return 'truncated';
    const upper = ipv6UpperLayer(bytes, network, length);
    if (!upper || upper.offset > length) return 'bad-header';
    this.version = 6;
    this.length = length;
    this.source = readIpv6(bytes, network + IPV6_SOURCE);
    this.destination = readIpv6(bytes, network + IPV6_DESTINATION);
    this.protocol = upper.protocol;
    this.transport = network + upper.offset;
    this.dontFragment = true;
    this.isLaterFragment = (upper.fragment?.offset ?? 0) > 0;
    this.isFirstFragment = !this.isLaterFragment && (upper.fragment?.more ?? false);
    this.identification = upper.fragment?.identification ?? 0;
    return this.decodeTransport();
  }

  private decodeTransport(): Malformation | undefined {
    const { bytes, transport, transportLength } = this;
    if (this.isLaterFragment) return undefined;
    if (this.hasPorts) {
      const isTcp = this.protocol === TCP;
      if (transportLength < (isTcp ? TCP_HEADER_LENGTH : UDP_HEADER_LENGTH)) return 'truncated';
      this.sourcePort = readUint16(bytes, transport);
      this.destinationPort = readUint16(bytes, transport + 2);
      if (isTcp) this.tcpFlags = bytes[transport + TCP_FLAGS] ?? 0;
    } else if (this.isIcmp) {
      if (transportLength < ICMP_HEADER_LENGTH) return 'truncated';
      this.icmpType = bytes[transport + ICMP_TYPE] ?? 0;
      this.icmpCode = bytes[transport + ICMP_CODE] ?? 0;
      this.icmpIdentifier = readUint16(bytes, transport + ICMP_IDENTIFIER);
    }
    return undefined;
  }
}
