/** The resets with which a NAT gateway, an endpoint or a firewall answers a segment. */
import { type IpAddress, isIpv4, isIpv6 } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { TCP } from '../net/protocol.ts';
import { ACK, FIN, parseTcp, RST, SYN, tcpHeaderLength } from '../wire/tcp.ts';
import type { AnswerPath } from './answer.ts';
import type { Packet } from './packet.ts';
import { EDGE_GATEWAY_MAC, type Passage } from './passage.ts';

/** Answers a segment of an unknown connection in the name of its destination. Resets are not answered, nor is what was translated on its way here. */
export function resetConnection(packet: Packet, passage: Passage): void {
  const { sender, isTranslated } = passage;
  if (!sender || isTranslated) return;
  const macs = { sourceMac: sender.subnet.routerMac, destinationMac: sender.row.mac };
  const { source, destination, sourcePort, destinationPort } = packet;
  reset(packet, passage, { ...macs, source, destination, sourcePort, destinationPort });
}

/** Answers a segment in the name of whom its sender wrote to, whatever has been translated since. */
export function resetSender(packet: Packet, passage: Passage): void {
  const { sender, arrivedBy, originalSource: source, originalDestination: destination, originalPorts } = passage;
  const edge = arrivedBy && passage[arrivedBy].mac;
  const macs: Pick<Sent, 'sourceMac' | 'destinationMac'> | undefined = sender
    ? { sourceMac: sender.subnet.routerMac, destinationMac: sender.row.mac }
    : edge && { sourceMac: EDGE_GATEWAY_MAC, destinationMac: edge };
  const ports = { sourcePort: originalPorts >>> 16, destinationPort: originalPorts & 0xffff };
  if (macs) reset(packet, passage, { ...macs, ...ports, source, destination });
}

/** What the sender wrote, and the MACs of the answer. */
interface Sent {
  readonly sourceMac: Mac;
  readonly destinationMac: Mac;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

function reset(packet: Packet, { answer }: Passage, sent: Sent): void {
  const { bytes, transport, transportLength } = packet;
  const { source, destination, sourcePort, destinationPort, sourceMac, destinationMac } = sent;
  const segment = parseTcp(bytes, transport, transportLength);
  if (!segment || packet.protocol !== TCP || (segment.flags & RST) !== 0) return;
  const answers = (segment.flags & ACK) !== 0;
  const occupied = (segment.flags & (SYN | FIN)) === 0 ? 0 : 1;
  const length = Math.max(0, transportLength - tcpHeaderLength(bytes, transport)) + occupied;
  const numbers = {
    sourcePort: destinationPort,
    destinationPort: sourcePort,
    sequence: answers ? segment.acknowledgement : 0,
    acknowledgement: answers ? 0 : (segment.sequence + length) >>> 0,
    flags: answers ? RST : RST | ACK,
  };
  const back = <Address extends IpAddress>(from: Address, to: Address): AnswerPath<Address> => ({
    sourceMac,
    destinationMac,
    source: to,
    destination: from,
  });
  if (isIpv4(source) && isIpv4(destination)) answer.tcpReset(back(source, destination), numbers);
  else if (isIpv6(source) && isIpv6(destination)) answer.tcpResetOverIpv6(back(source, destination), numbers);
}
