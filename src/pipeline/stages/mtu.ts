/**
 * MTU: packets larger than the way lets through are cut if they may be, else refused with an ICMP error to the sender
 * (RFC 791, RFC 1191; user guide, network_mtu). The error comes from the subnet's router address, as observed on AWS.
 */
import { ICMP_DESTINATION_UNREACHABLE, ICMP_FRAGMENTATION_NEEDED } from '../../wire/icmp.ts';
import { GSO_NONE, gsoType, segmentHeadersLength, setGsoSize } from '../../wire/virtio-net-header.ts';
import { refuseOverIpv4 } from '../icmp-error.ts';
import type { Packet } from '../packet.ts';
import { refuseTooBig } from '../packet-too-big.ts';
import type { Passage } from '../passage.ts';
import { edgeStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';

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

function refuse(packet: Packet, passage: Passage): void {
  const { sender, originalSource, pathMtuBytes } = passage;
  if (!sender) return;
  if (typeof originalSource === 'bigint') refuseTooBig(packet, passage, sender, originalSource);
  const router = sender.subnet.routerAddress;
  if (router === undefined) return;
  const error = {
    type: ICMP_DESTINATION_UNREACHABLE,
    code: ICMP_FRAGMENTATION_NEEDED,
    nextHopMtu: pathMtuBytes,
  };
  refuseOverIpv4(packet, passage, router, error);
}
