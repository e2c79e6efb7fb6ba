/**
 * Address translation in place: writes another IPv4 source or destination into a packet and keeps every checksum
 * right by the difference alone (RFC 1624), whether the transport checksum is complete or left to the device.
 */
import type { Ipv4 } from '../net/address.ts';
import { ICMP, TCP, UDP } from '../net/protocol.ts';
import { readInt32, readUint16, writeUint16, writeUint32 } from '../wire/big-endian.ts';
import { replacement, updateChecksum, updatePartialChecksum } from '../wire/checksum.ts';
import { ICMP_CHECKSUM, ICMP_HEADER_LENGTH, ICMP_IDENTIFIER, isIcmpError, sealIcmp } from '../wire/icmp.ts';
import {
  IPV4_CHECKSUM,
  IPV4_DESTINATION,
  IPV4_HEADER_LENGTH,
  IPV4_PROTOCOL,
  IPV4_SOURCE,
  ipv4Destination,
  ipv4HeaderLength,
} from '../wire/ipv4.ts';
import { TCP_CHECKSUM } from '../wire/tcp.ts';
import { UDP_CHECKSUM } from '../wire/udp.ts';
import { needsChecksum } from '../wire/virtio-net-header.ts';
import type { Packet } from './packet.ts';

/**
 * Gives an IPv4 packet another source. An error quotes a packet that went the other way: what is this one's source was that
 * one's destination, unless a router on the way sends the error, which is not whom the packet was for.
 */
export function translateSource(packet: Packet, address: Ipv4, quotedDestination: Ipv4 = address): void {
  translate(packet, IPV4_SOURCE, address);
  packet.source = address;
  translateQuoted(packet, IPV4_DESTINATION, quotedDestination);
}

/** Gives an IPv4 packet another destination. */
export function translateDestination(packet: Packet, address: Ipv4): void {
  translate(packet, IPV4_DESTINATION, address);
  packet.destination = address;
  translateQuoted(packet, IPV4_SOURCE, address);
}

function translate(packet: Packet, field: number, address: Ipv4): void {
  const { bytes, network } = packet;
  const difference = replacement(readInt32(bytes, network + field), address);
  writeUint32(bytes, network + field, address);
  updateChecksum(bytes, network + IPV4_CHECKSUM, difference);
  if (!packet.isLaterFragment) {
    updateTransportChecksum(bytes, packet.transport, packet.protocol, difference, needsChecksum(bytes, packet.virtio));
  }
}

/** Gives a packet of TCP or UDP another source port, an ICMP query another identifier. */
export function translateSourcePort(packet: Packet, port: number): void {
  if (packet.hasPorts) packet.sourcePort = port;
  translatePort(packet, 0, port);
}

/** Gives a packet of TCP or UDP another destination port, an ICMP reply another identifier. */
export function translateDestinationPort(packet: Packet, port: number): void {
  if (packet.hasPorts) packet.destinationPort = port;
  translatePort(packet, 2, port);
}

function translatePort(packet: Packet, field: number, port: number): void {
  const { bytes, transport, protocol, virtio, isIcmp } = packet;
  const at = transport + (isIcmp ? ICMP_IDENTIFIER : field);
  const difference = replacement(readUint16(bytes, at), port);
  writeUint16(bytes, at, port);
  if (isIcmp) {
    packet.icmpIdentifier = port;
    updateChecksum(bytes, transport + ICMP_CHECKSUM, difference);
    // A port is no part of the pseudo-header, which is all that a partial checksum holds.
  } else if (!needsChecksum(bytes, virtio)) updateTransportChecksum(bytes, transport, protocol, difference, false);
}

/** Writes another port (or identifier) into the packet that an ICMP error quotes: its source's, or its destination's. */
export function translateQuotedPort(packet: Packet, isSource: boolean, port: number): void {
  const { bytes, transport, transportLength } = packet;
  const at = transport + ICMP_HEADER_LENGTH;
  const quotedTransport = ipv4HeaderLength(bytes, at);
  const protocol = bytes[at + IPV4_PROTOCOL] ?? 0;
  const field = protocol === ICMP ? ICMP_IDENTIFIER : isSource ? 0 : 2;
  const difference = replacement(readUint16(bytes, at + quotedTransport + field), port);
  writeUint16(bytes, at + quotedTransport + field, port);
  const needed = ICMP_HEADER_LENGTH + quotedTransport + (protocol === TCP ? TCP_CHECKSUM : UDP_CHECKSUM) + 2;
  if (protocol === ICMP) updateChecksum(bytes, at + quotedTransport + ICMP_CHECKSUM, difference);
  else if (transportLength >= needed) updateTransportChecksum(bytes, at + quotedTransport, protocol, difference, false);
  sealIcmp(bytes, transport, transportLength);
}

/** Updates the checksum of a TCP or UDP header by a difference in its pseudo-header; zero in UDP means that there is none. */
export function updateTransportChecksum(
  bytes: Uint8Array,
  transport: number,
  protocol: number,
  difference: number,
  isPartial: boolean,
): void {
  if (protocol !== TCP && protocol !== UDP) return;
  const at = transport + (protocol === TCP ? TCP_CHECKSUM : UDP_CHECKSUM);
  if (isPartial) {
    updatePartialChecksum(bytes, at, difference);
    return;
  }
  if (protocol === UDP && readUint16(bytes, at) === 0) return;
  updateChecksum(bytes, at, difference);
  if (protocol === UDP && readUint16(bytes, at) === 0) bytes.fill(0xff, at, at + 2);
}

/** Whom the packet was for that an ICMP error quotes; undefined for everything else. */
export function quotedDestination(packet: Packet): Ipv4 | undefined {
  if (!packet.isIcmp || packet.isLaterFragment || !isIcmpError(4, packet.icmpType)) return undefined;
  if (packet.transportLength < ICMP_HEADER_LENGTH + IPV4_HEADER_LENGTH) return undefined;
  return ipv4Destination(packet.bytes, packet.transport + ICMP_HEADER_LENGTH);
}

/** Translates the packet that an ICMP error quotes, as far as it is quoted (RFC 5508 section 4.2). */
function translateQuoted(packet: Packet, field: number, address: Ipv4): void {
  if (!packet.isIcmp || packet.isLaterFragment || !isIcmpError(packet.version, packet.icmpType)) return;
  const { bytes, transport, transportLength } = packet;
  const at = transport + ICMP_HEADER_LENGTH;
  const available = transportLength - ICMP_HEADER_LENGTH;
  if (available < IPV4_HEADER_LENGTH) return;
  const difference = replacement(readInt32(bytes, at + field), address);
  writeUint32(bytes, at + field, address);
  updateChecksum(bytes, at + IPV4_CHECKSUM, difference);
  const quotedTransport = ipv4HeaderLength(bytes, at);
  const protocol = bytes[at + IPV4_PROTOCOL] ?? 0;
  const needed = quotedTransport + (protocol === TCP ? TCP_CHECKSUM : UDP_CHECKSUM) + 2;
  if (available >= needed) updateTransportChecksum(bytes, at + quotedTransport, protocol, difference, false);
  sealIcmp(bytes, transport, transportLength);
}
