/** First stage from an edge, the outside world's NIC or the services': whole IPv4 frames only, and ARP answered for everything behind the fabric. */
import { ARP_REPLY, ARP_REQUEST, parseArp } from '../../wire/arp.ts';
import { ETHER_TYPE_ARP, ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import type { Packet } from '../packet.ts';
import { EDGE_GATEWAY_MAC, type Passage } from '../passage.ts';
import { edgeStage } from '../stage.ts';
import { ANSWERED, NEXT } from '../verdict.ts';
import { offloadFits } from './ethernet.ts';

export const edge = edgeStage({
  name: 'edge',
  does: 'takes whole IPv4 frames from the outside world and the services, and answers ARP there for every address behind the fabric',
  drops: {
    truncated: { when: 'the frame or a header in it is shorter than it says' },
    'bad-header': { when: 'an IP header contradicts itself' },
    'bad-header-checksum': { when: 'the checksum of the IPv4 header is wrong' },
    'bad-offload-header': { when: 'the offload header asks for a checksum or segments that do not fit the frame' },
    'not-ipv4': { when: 'the frame carries neither IPv4 nor an ARP request' },
  },
  run(packet, passage, drop) {
    if (packet.malformed) return drop[packet.malformed];
    if (packet.etherType === ETHER_TYPE_ARP) return answerArp(packet, passage) ? ANSWERED : drop['not-ipv4'];
    if (packet.version !== 4) return drop['not-ipv4'];
    return offloadFits(packet) ? NEXT : drop['bad-offload-header'];
  },
});

/** A probe (no sender address) asks whether an address is taken: by the NIC's side it is not. */
function answerArp(packet: Packet, { answer }: Passage): boolean {
  const request = parseArp(packet.bytes, packet.network, packet.frameLength - ETHERNET_HEADER_LENGTH);
  if (request?.operation !== ARP_REQUEST) return false;
  const { senderAddress, senderMac, targetAddress } = request;
  if (senderAddress === 0 || senderAddress === targetAddress) return false;
  answer.arp({
    operation: ARP_REPLY,
    senderMac: EDGE_GATEWAY_MAC,
    senderAddress: targetAddress,
    targetMac: senderMac,
    targetAddress: senderAddress,
  });
  return true;
}
