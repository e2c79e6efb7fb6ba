/**
 * "Packet too big" to the sender of an IPv6 packet that is larger than the MTU of its way (RFC 8201). It comes from the
 * subnet’s router, at ::1 of the subnet’s block; which of its addresses AWS uses is unconfirmed.
 */
import type { Ipv6 } from '../net/address.ts';
import { isIpv6Multicast } from '../net/ipv6-scope.ts';
import { ICMP_HEADER_LENGTH, isIcmpError } from '../wire/icmp.ts';
import { IPV6_DESTINATION, IPV6_HEADER_LENGTH, IPV6_SOURCE, writeIpv6 } from '../wire/ipv6.ts';
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
  passage.answer.packetTooBig(path, passage.pathMtuBytes, quote(packet, passage));
}

/** The start of the packet as its sender wrote it. */
function quote({ bytes, network, length }: Packet, { originalSource, originalDestination }: Passage): Uint8Array {
  const quoted = bytes.slice(network, network + Math.min(length, QUOTED_LENGTH));
  if (typeof originalSource === 'bigint') writeIpv6(quoted, IPV6_SOURCE, originalSource);
  if (typeof originalDestination === 'bigint') writeIpv6(quoted, IPV6_DESTINATION, originalDestination);
  return quoted;
}
