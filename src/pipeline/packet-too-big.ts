/**
 * "Packet too big" to the sender of an IPv6 packet that is larger than the MTU of its way (RFC 8201). It comes from the
 * subnet’s router, at ::1 of the subnet’s block; which of its addresses AWS uses is unconfirmed.
 */
import type { Ipv6 } from '../net/address.ts';
import { isIpv6Multicast } from '../net/ipv6-scope.ts';
import { ICMPV6 } from '../net/protocol.ts';
import { writeUint32 } from '../wire/big-endian.ts';
import { ICMP_HEADER_LENGTH, isIcmpError } from '../wire/icmp.ts';
import { emitIpv6, IPV6_DESTINATION, IPV6_HEADER_LENGTH, IPV6_SOURCE, writeIpv6 } from '../wire/ipv6.ts';
import { FAMILY_DIFFERENCE_BYTES } from './icmp-families.ts';
import type { Interface } from './interface.ts';
import type { Packet } from './packet.ts';
import type { Passage } from './passage.ts';

/** As much of the packet as fits the smallest MTU that IPv6 has (RFC 4443, section 3.2). */
const QUOTED_LENGTH = 1280 - IPV6_HEADER_LENGTH - ICMP_HEADER_LENGTH;

/** Writes the error, unless the packet is one that none may be sent about (RFC 4443, section 2.4). */
export function refuseTooBig(packet: Packet, passage: Passage, sender: Interface, destination: Ipv6): void {
  if (packet.isIcmp && isIcmpError(packet.version, packet.icmpType)) return;
  if (isIpv6Multicast(destination) || destination === 0n) return;
  const { subnet, row } = sender;
  const [cidr] = subnet.row?.ipv6Cidrs ?? [];
  const source = cidr ? ((cidr.address + 1n) as Ipv6) : subnet.routerLinkLocal;
  const path = { sourceMac: subnet.routerMac, destinationMac: row.mac, source, destination };
  // A packet that NAT64 has made shorter may be longer by as much on its way there.
  const mtuBytes = passage.pathMtuBytes + (passage.isReframed ? FAMILY_DIFFERENCE_BYTES : 0);
  passage.answer.packetTooBig(path, mtuBytes, quote(packet, passage));
}

/** The start of the packet as its sender wrote it. */
function quote(packet: Packet, passage: Passage): Uint8Array {
  const { originalSource, originalDestination } = passage;
  const { bytes, network, length } = packet;
  if (passage.isReframed) return quoteReframed(packet, passage);
  const quoted = bytes.slice(network, network + Math.min(length, QUOTED_LENGTH));
  if (typeof originalSource === 'bigint') writeIpv6(quoted, IPV6_SOURCE, originalSource);
  if (typeof originalDestination === 'bigint') writeIpv6(quoted, IPV6_DESTINATION, originalDestination);
  return quoted;
}

/** The same of a packet that goes on over IPv4 by now. */
function quoteReframed(packet: Packet, { originalSource, originalDestination, originalPorts }: Passage): Uint8Array {
  const { bytes, transport, transportLength } = packet;
  if (typeof originalSource === 'number' || typeof originalDestination === 'number') return new Uint8Array(0);
  const body = bytes.subarray(transport, transport + Math.min(transportLength, QUOTED_LENGTH - IPV6_HEADER_LENGTH));
  const quoted = new Uint8Array(IPV6_HEADER_LENGTH + body.length);
  const nextHeader = packet.isIcmp ? ICMPV6 : packet.protocol;
  const addresses = { source: originalSource, destination: originalDestination };
  emitIpv6(quoted, 0, { ...addresses, nextHeader, payloadLength: transportLength });
  quoted.set(body, IPV6_HEADER_LENGTH);
  if (packet.hasPorts) writeUint32(quoted, IPV6_HEADER_LENGTH, originalPorts);
  return quoted;
}
