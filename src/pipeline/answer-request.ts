/** The packet that would answer one that was delivered, as a question of its own. */
import type { DeliveredPacket, TraceRequest } from '../tables/data-plane.ts';
import { ICMP_ECHO_REPLY, ICMP_ECHO_REQUEST, ICMPV6_ECHO_REPLY, ICMPV6_ECHO_REQUEST } from '../wire/icmp.ts';

/** The answer to a packet that was delivered, sent by whom it was delivered to; undefined where nothing answers. */
export function answerTo(packet: DeliveredPacket, from: TraceRequest['from']): TraceRequest | undefined {
  const { protocol, source, destination, sourcePort, destinationPort, icmp } = packet;
  const echo = icmp && echoReplyType(icmp.type);
  if (icmp && echo === undefined) return undefined;
  return {
    from,
    protocol,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
    icmp: icmp && echo !== undefined ? { ...icmp, type: echo, code: 0 } : undefined,
  };
}

/** Nothing answers other messages of ICMP. */
function echoReplyType(type: number): number | undefined {
  if (type === ICMP_ECHO_REQUEST) return ICMP_ECHO_REPLY;
  return type === ICMPV6_ECHO_REQUEST ? ICMPV6_ECHO_REPLY : undefined;
}
