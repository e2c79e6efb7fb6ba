/**
 * MTU: packets larger than the way lets through are cut if they may be, else refused with an ICMP error to the sender
 * (RFC 791, RFC 1191; user guide, network_mtu). The error comes from the subnet's router address, as observed on AWS.
 */

import { writeUint16, writeUint32 } from '../../wire/big-endian.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import {
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_IDENTIFIER,
  isIcmpError,
} from '../../wire/icmp.ts';
import { IPV4_DESTINATION, IPV4_SOURCE, sealIpv4 } from '../../wire/ipv4.ts';
import { GSO_NONE, gsoType, segmentHeadersLength, setGsoSize } from '../../wire/virtio-net-header.ts';
import type { Packet } from '../packet.ts';
import { refuseTooBig } from '../packet-too-big.ts';
import type { Passage } from '../passage.ts';
import { edgeStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';

/** Transport bytes that an ICMP error quotes (RFC 792). */
const QUOTED_TRANSPORT_LENGTH = 8;

export const mtu = edgeStage({
  name: 'mtu',
  does: 'cuts packets that are larger than the way’s MTU (9001 bytes in a VPC, 1500 through an internet gateway), if they may be cut',
  drops: {
    'too-big': {
      when: 'the packet is larger than the MTU of its way and may not be cut; its sender gets an ICMP error',
    },
  },
  run(packet, passage, drop) {
    if (packet.wireLength <= passage.pathMtuBytes) return NEXT;
    if (packet.dontFragment || packet.version === 6) {
      refuse(packet, passage);
      return drop['too-big'];
    }
    cut(packet, passage);
    return NEXT;
  },
});

function cut(packet: Packet, passage: Passage): void {
  const { bytes, virtio } = packet;
  if (gsoType(bytes, virtio) === GSO_NONE) {
    passage.fragmentBytes = passage.pathMtuBytes;
    return;
  }
  const { network, transport, protocol } = packet;
  setGsoSize(bytes, virtio, passage.pathMtuBytes - segmentHeadersLength(bytes, network, transport, protocol));
}

/** IPv6 "packet too big" is for later; an IPv6 packet that is too big is dropped in silence until then. */
function refuse(packet: Packet, passage: Passage): void {
  const { sender, originalSource, answer } = passage;
  if (sender && typeof originalSource === 'bigint') refuseTooBig(packet, passage, sender, originalSource);
  const router = sender?.subnet.routerAddress;
  if (!sender || router === undefined || typeof originalSource !== 'number') return;
  // RFC 1122 section 3.2.2: no error about an error, nor about a fragment other than the first.
  if (packet.isLaterFragment || (packet.isIcmp && isIcmpError(packet.version, packet.icmpType))) return;
  const path = {
    sourceMac: sender.subnet.routerMac,
    destinationMac: sender.row.mac,
    source: router,
    destination: originalSource,
  };
  const error = {
    type: ICMP_DESTINATION_UNREACHABLE,
    code: ICMP_FRAGMENTATION_NEEDED,
    nextHopMtu: passage.pathMtuBytes,
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
