/** First stage from an edge, the outside world's NIC or the services': whole IP packets only, and ARP and neighbour discovery answered for everything behind the fabric. */
import { isIpv6Multicast } from '../../net/ipv6-scope.ts';
import { ARP_REPLY, ARP_REQUEST, parseArp } from '../../wire/arp.ts';
import { ETHER_TYPE_ARP, ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import { emitNeighbourAdvertisement, NEIGHBOUR_SOLICITATION, solicitedTarget } from '../../wire/neighbour-discovery.ts';
import type { Packet } from '../packet.ts';
import { EDGE_GATEWAY_MAC, type Passage } from '../passage.ts';
import { edgeStage } from '../stage.ts';
import { ANSWERED, NEXT } from '../verdict.ts';
import { offloadFits } from './ethernet.ts';
import { isDiscoveryMessage } from './neighbour-discovery.ts';

export const edge = edgeStage({
  name: 'edge',
  does: 'takes whole IP packets from the outside world and the services, and answers ARP and neighbour solicitations there for every address behind the fabric',
  drops: {
    truncated: { when: 'the frame or a header in it is shorter than it says' },
    'bad-header': { when: 'an IP header contradicts itself' },
    'bad-header-checksum': { when: 'the checksum of the IPv4 header is wrong' },
    'bad-offload-header': { when: 'the offload header asks for a checksum or segments that do not fit the frame' },
    'not-ip': { when: 'the frame carries neither IP nor an ARP request' },
    'not-asked': { when: 'it is neighbour discovery other than the question for somebody else’s address' },
    multicast: { when: 'it is an IPv6 multicast' },
  },
  run(packet, passage, drop) {
    if (packet.malformed) return drop[packet.malformed];
    if (packet.etherType === ETHER_TYPE_ARP) return answerArp(packet, passage) ? ANSWERED : drop['not-ip'];
    if (packet.version === 0) return drop['not-ip'];
    if (isDiscoveryMessage(packet)) return answerSolicitation(packet, passage) ? ANSWERED : drop['not-asked'];
    if (isIpv6Multicast(packet.destination)) return drop.multicast;
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

/** As for ARP; every address but the one that asks is behind the fabric. */
function answerSolicitation(packet: Packet, { answer }: Passage): boolean {
  const { bytes, transport, transportLength, icmpType, source } = packet;
  if (icmpType !== NEIGHBOUR_SOLICITATION || typeof source !== 'bigint' || source === 0n) return false;
  const target = solicitedTarget(bytes, transport, transportLength);
  if (target === undefined || target === source) return false;
  const path = { sourceMac: EDGE_GATEWAY_MAC, destinationMac: packet.sourceMac, source: target, destination: source };
  const advertisement = { target, mac: EDGE_GATEWAY_MAC, isRouter: true, isSolicited: true };
  answer.discovery(path, (buffer, at) => emitNeighbourAdvertisement(buffer, at, advertisement));
  return true;
}
