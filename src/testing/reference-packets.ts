/** Packets of the reference network as frames, and frames as its packets. */
import { equal } from 'node:assert/strict';
import { formatAddress } from '../net/address.ts';
import { mac } from '../net/mac.ts';
import { TCP } from '../net/protocol.ts';
import { Packet } from '../pipeline/packet.ts';
import { writeUint16 } from '../wire/big-endian.ts';
import { ETHER_TYPE, ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { frameOf } from '../wire/frame.ts';
import { ICMP_HEADER_LENGTH, isIcmpError } from '../wire/icmp.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import type { TestPacket } from './packets.ts';
import { isIcmp, type ReferencePacket } from './reference-flows.ts';
import { addressOf } from './rows.ts';

const NOBODY = mac(0);
const START = VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;

/** The packet as a test network sends it. */
export const packetOf = (from: string, packet: ReferencePacket): TestPacket => ({
  from,
  to: packet.destination,
  protocol: packet.protocol,
  destinationPort: packet.destinationPort,
  options: {
    source: packet.source,
    destination: packet.destination,
    sourcePort: packet.sourcePort,
    ipv6: packet.source.includes(':'),
    ...(packet.protocol === TCP ? { tcpFlags: packet.tcpFlags } : {}),
    ...icmpOf(packet),
    ...(packet.quoted ? { icmpSequence: 0, payload: bytesOf(packet.quoted) } : {}),
  },
});

const icmpOf = (packet: ReferencePacket) =>
  isIcmp(packet) ? { icmpType: packet.icmpType, icmpCode: 0, icmpIdentifier: packet.sourcePort } : {};

/** A packet as an error quotes it. */
function bytesOf(packet: ReferencePacket): Uint8Array {
  const { protocol, sourcePort, destinationPort, tcpFlags } = packet;
  const frame = frameOf({
    destinationMac: NOBODY,
    sourceMac: NOBODY,
    source: addressOf(packet.source),
    destination: addressOf(packet.destination),
    protocol,
    sourcePort,
    destinationPort,
    tcpFlags,
    ...icmpOf(packet),
  });
  return frame.subarray(START);
}

/** What came out, as the reference would write it. */
export function referenceOf(packet: Packet): ReferencePacket {
  const { protocol, icmpIdentifier } = packet;
  const quoted = quotedIn(packet);
  return {
    source: formatAddress(packet.source),
    destination: formatAddress(packet.destination),
    protocol,
    sourcePort: packet.isIcmp ? icmpIdentifier : packet.sourcePort,
    destinationPort: packet.isIcmp ? icmpIdentifier : packet.destinationPort,
    tcpFlags: protocol === TCP ? packet.tcpFlags : 0,
    icmpType: packet.isIcmp ? packet.icmpType : 0,
    quoted,
  };
}

function quotedIn({ bytes, isIcmp: hasMessage, version, icmpType, etherType, transport, transportLength }: Packet) {
  if (!hasMessage || !isIcmpError(version, icmpType)) return undefined;
  const length = transportLength - ICMP_HEADER_LENGTH;
  const frame = new Uint8Array(START + length);
  writeUint16(frame, VIRTIO_NET_HEADER_LENGTH + ETHER_TYPE, etherType);
  frame.set(bytes.subarray(transport + ICMP_HEADER_LENGTH, transport + transportLength), START);
  const quoted = new Packet();
  quoted.decode(frame, 0, ETHERNET_HEADER_LENGTH + length);
  equal(quoted.malformed, undefined, 'what the error quotes is no packet');
  return referenceOf(quoted);
}
