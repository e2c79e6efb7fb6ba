/** The reset with which a NAT gateway or an endpoint answers a segment of a connection that it does not know. */
import { isIpv4, isIpv6 } from '../net/address.ts';
import { TCP } from '../net/protocol.ts';
import { ACK, FIN, parseTcp, RST, SYN, tcpHeaderLength } from '../wire/tcp.ts';
import type { Packet } from './packet.ts';
import type { Passage } from './passage.ts';

/** Answers a segment in the name of its destination. Resets are not answered, nor is what was translated on its way here. */
export function resetConnection(packet: Packet, { sender, answer, isTranslated }: Passage): void {
  const { bytes, transport, transportLength, source, destination, sourcePort, destinationPort } = packet;
  const segment = parseTcp(bytes, transport, transportLength);
  if (!sender || !segment || packet.protocol !== TCP || isTranslated) return;
  if ((segment.flags & RST) !== 0) return;
  const answers = (segment.flags & ACK) !== 0;
  const occupied = (segment.flags & (SYN | FIN)) === 0 ? 0 : 1;
  const length = Math.max(0, transportLength - tcpHeaderLength(bytes, transport)) + occupied;
  const macs = { sourceMac: sender.subnet.routerMac, destinationMac: sender.row.mac };
  const reset = {
    sourcePort: destinationPort,
    destinationPort: sourcePort,
    sequence: answers ? segment.acknowledgement : 0,
    acknowledgement: answers ? 0 : (segment.sequence + length) >>> 0,
    flags: answers ? RST : RST | ACK,
  };
  if (isIpv4(source) && isIpv4(destination)) {
    answer.tcpReset({ ...macs, source: destination, destination: source }, reset);
  } else if (isIpv6(source) && isIpv6(destination)) {
    answer.tcpResetOverIpv6({ ...macs, source: destination, destination: source }, reset);
  }
}
