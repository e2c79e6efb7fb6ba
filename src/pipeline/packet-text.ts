/** One line of text that says what a packet is, for traces. */
import { formatAddress } from '../net/address.ts';
import { protocolName } from '../net/protocol.ts';
import { ETHER_TYPE_ARP } from '../wire/ethernet.ts';
import type { Packet } from './packet.ts';

/** "10.0.1.5:40000 > 10.0.2.9:80 tcp", "10.0.1.5 > 10.0.2.9 icmp 8/0", "arp". */
export function packetText(packet: Packet): string {
  if (packet.version === 0) return packet.etherType === ETHER_TYPE_ARP ? 'arp' : `ether type ${packet.etherType}`;
  const source = formatAddress(packet.source);
  const destination = formatAddress(packet.destination);
  const protocol = protocolName(packet.protocol);
  if (packet.isLaterFragment) return `${source} > ${destination} ${protocol} fragment`;
  if (packet.isIcmp) return `${source} > ${destination} ${protocol} ${packet.icmpType}/${packet.icmpCode}`;
  if (!packet.hasPorts) return `${source} > ${destination} ${protocol}`;
  const [open, close] = packet.version === 6 ? ['[', ']'] : ['', ''];
  return `${open}${source}${close}:${packet.sourcePort} > ${open}${destination}${close}:${packet.destinationPort} ${protocol}`;
}
