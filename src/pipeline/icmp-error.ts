/** An ICMP error to the sender of an IPv4 packet that goes no further (RFC 792), which quotes it as the sender wrote it. */
import type { Ipv4 } from '../net/address.ts';
import { writeUint16, writeUint32 } from '../wire/big-endian.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { ICMP_IDENTIFIER, isIcmpError } from '../wire/icmp.ts';
import { IPV4_DESTINATION, IPV4_SOURCE, sealIpv4 } from '../wire/ipv4.ts';
import type { IcmpError } from './answer.ts';
import type { Packet } from './packet.ts';
import type { Passage } from './passage.ts';

/** Transport bytes that an ICMP error quotes (RFC 792). */
const QUOTED_TRANSPORT_LENGTH = 8;

/** Writes the error in the name of `source`, unless the packet is one that none may be sent about. */
export function refuseOverIpv4(packet: Packet, passage: Passage, source: Ipv4, error: IcmpError): void {
  const { sender, originalSource, answer } = passage;
  if (!sender || typeof originalSource !== 'number') return;
  // RFC 1122 section 3.2.2: no error about an error, nor about a fragment other than the first.
  if (packet.isLaterFragment || (packet.isIcmp && isIcmpError(packet.version, packet.icmpType))) return;
  const path = {
    sourceMac: sender.subnet.routerMac,
    destinationMac: sender.row.mac,
    source,
    destination: originalSource,
  };
  answer.icmpError(path, error, quote(packet, passage));
}

/** The start of the packet as its sender wrote it, before any translation. */
function quote(packet: Packet, { originalSource, originalDestination, originalPorts }: Passage): Uint8Array {
  const { bytes, network, transport, frame, frameLength } = packet;
  const end = Math.min(transport + QUOTED_TRANSPORT_LENGTH, frame + Math.max(frameLength, ETHERNET_HEADER_LENGTH));
  const quoted = bytes.slice(network, end);
  if (typeof originalSource === 'number') writeUint32(quoted, IPV4_SOURCE, originalSource);
  if (typeof originalDestination === 'number') writeUint32(quoted, IPV4_DESTINATION, originalDestination);
  if (packet.hasPorts) writeUint32(quoted, transport - network, originalPorts);
  else if (packet.isIcmp) writeUint16(quoted, transport - network + ICMP_IDENTIFIER, originalPorts);
  sealIpv4(quoted, 0);
  return quoted;
}
