/**
 * Address rewriting for IPv6, where packets go to and come from the link-local services: nothing else in a VPC
 * translates IPv6. Checksums change by the difference alone (RFC 1624).
 */
import type { Ipv6 } from '../net/address.ts';
import { fold, sumBytes } from '../wire/checksum.ts';
import { IPV6_DESTINATION, IPV6_SOURCE, writeIpv6 } from '../wire/ipv6.ts';
import { needsChecksum } from '../wire/virtio-net-header.ts';
import type { Packet } from './packet.ts';
import { updateTransportChecksum } from './translation.ts';

const ADDRESS_LENGTH = 16;

/** Gives an IPv6 packet of TCP or UDP another source. */
export function rewriteIpv6Source(packet: Packet, address: Ipv6): void {
  rewrite(packet, IPV6_SOURCE, address);
  packet.source = address;
}

/** Gives an IPv6 packet of TCP or UDP another destination. */
export function rewriteIpv6Destination(packet: Packet, address: Ipv6): void {
  rewrite(packet, IPV6_DESTINATION, address);
  packet.destination = address;
}

function rewrite(packet: Packet, field: number, address: Ipv6): void {
  const { bytes, network, transport, protocol } = packet;
  const at = network + field;
  const before = fold(sumBytes(bytes, at, ADDRESS_LENGTH));
  writeIpv6(bytes, at, address);
  if (packet.isLaterFragment) return;
  // ~m + m' over the whole address, folded (RFC 1624, equation 3).
  const difference = fold((~before & 0xffff) + sumBytes(bytes, at, ADDRESS_LENGTH));
  updateTransportChecksum(bytes, transport, protocol, difference, needsChecksum(bytes, packet.virtio));
}
