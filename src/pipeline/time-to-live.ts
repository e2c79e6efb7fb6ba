/**
 * The hops that a packet has left. Of all that a VPC is made of only a NAT gateway counts them: a client's traceroute
 * shows its private address first (observed on AWS), and neither the router nor an internet gateway. Unconfirmed: that
 * answers lose a hop there too, and that a transit gateway counts none.
 */
import type { Ipv4 } from '../net/address.ts';
import { ICMP_TIME_EXCEEDED } from '../wire/icmp.ts';
import { countIpv4Hop, IPV4_TTL } from '../wire/ipv4.ts';
import { IPV6_HOP_LIMIT } from '../wire/ipv6.ts';
import { refuseOverIpv4 } from './icmp-error.ts';
import type { Packet } from './packet.ts';
import type { Passage } from './passage.ts';

/** RFC 792: time to live exceeded in transit. */
const EXCEEDED_IN_TRANSIT = { type: ICMP_TIME_EXCEEDED, code: 0, nextHopMtu: 0 };

/** True where a router that counts hops may not let the packet go on. */
export const hasLastHop = ({ bytes, network, version }: Packet): boolean =>
  (bytes[network + (version === 4 ? IPV4_TTL : IPV6_HOP_LIMIT)] ?? 0) <= 1;

/** Counts one hop in a packet that has more than one left. */
export function countHop({ bytes, network, version }: Packet): void {
  if (version === 4) countIpv4Hop(bytes, network);
  else bytes[network + IPV6_HOP_LIMIT] = (bytes[network + IPV6_HOP_LIMIT] ?? 0) - 1;
}

/** Tells the sender of a packet over IPv4 where its hops ended. */
export function refuseExpired(packet: Packet, passage: Passage, router: Ipv4): void {
  refuseOverIpv4(packet, passage, router, EXCEEDED_IN_TRANSIT);
}
