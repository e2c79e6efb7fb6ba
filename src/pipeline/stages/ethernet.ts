/** First stage out of an interface: is this a frame that a guest may send at all? */
import type { Ipv4 } from '../../net/address.ts';
import { isIpv6Multicast } from '../../net/ipv6-scope.ts';
import { UDP } from '../../net/protocol.ts';
import { DHCP_SERVER_PORT } from '../../wire/dhcp.ts';
import { ETHER_TYPE_ARP, isBroadcastMac, isGroupMac } from '../../wire/ethernet.ts';
import { checkOffload, isPlain } from '../../wire/virtio-net-header.ts';
import type { Packet } from '../packet.ts';
import type { FromInterface } from '../passage.ts';
import { outStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';
import { isDhcpv6Request } from './dhcpv6.ts';
import { isDiscoveryMessage } from './neighbour-discovery.ts';

const LIMITED_BROADCAST = 0xffff_ffff as Ipv4;
/** 224.0.0.0/4 and what lies above it (RFC 5771, RFC 1112). */
const FIRST_MULTICAST = 0xe000_0000;

export const ethernet = outStage({
  name: 'ethernet',
  does: 'takes only whole frames with the interface’s own MAC; nothing but ARP, IPv4 and IPv6, no broadcast but ARP and DHCP, no multicast but neighbour discovery and DHCPv6',
  drops: {
    passthrough: {
      when: 'the interface is a network device of the machine that its instance has whole (passthrough): what it sends goes where that device leads, past the VPC',
    },
    truncated: { when: 'the frame or a header in it is shorter than it says' },
    'bad-header': { when: 'an IP header contradicts itself' },
    'bad-header-checksum': { when: 'the checksum of the IPv4 header is wrong' },
    'bad-offload-header': { when: 'the offload header asks for a checksum or segments that do not fit the frame' },
    'foreign-mac': { when: 'the source MAC is not that of the interface' },
    'not-ip': { when: 'the frame carries neither IP nor ARP' },
    broadcast: { when: 'it is a broadcast other than ARP and DHCP; a VPC has none' },
    multicast: { when: 'it is a multicast other than neighbour discovery and DHCPv6; a VPC has none' },
  },
  run(packet, { from }, drop) {
    if (from.row.isPassthrough) return drop.passthrough;
    if (packet.malformed) return drop[packet.malformed];
    if (packet.sourceMac !== from.row.mac) return drop['foreign-mac'];
    if (packet.etherType === ETHER_TYPE_ARP) return NEXT;
    if (packet.version === 0) return drop['not-ip'];
    if (!offloadFits(packet)) return drop['bad-offload-header'];
    if (isDhcpRequest(packet) || isDiscoveryMessage(packet) || isDhcpv6Request(packet)) return NEXT;
    if (isBroadcast(packet, from)) return drop.broadcast;
    return isMulticast(packet) ? drop.multicast : NEXT;
  },
});

/** True when the frame's offload header asks for nothing, or for what fits the frame. */
export function offloadFits(packet: Packet): boolean {
  const { bytes, virtio, version, protocol, transport, frame, frameLength } = packet;
  if (isPlain(bytes, virtio)) return true;
  return !packet.isLaterFragment && checkOffload(bytes, virtio, version, protocol, transport - frame, frameLength);
}

const isDhcpRequest = (packet: Packet): boolean =>
  packet.version === 4 && packet.protocol === UDP && packet.destinationPort === DHCP_SERVER_PORT;

const isBroadcast = (packet: Packet, from: FromInterface['from']): boolean =>
  isBroadcastMac(packet.destinationMac) ||
  packet.destination === LIMITED_BROADCAST ||
  packet.destination === from.subnet.broadcastAddress;

const isMulticast = ({ destinationMac, destination }: Packet): boolean =>
  isGroupMac(destinationMac) ||
  (typeof destination === 'number' ? destination >= FIRST_MULTICAST : isIpv6Multicast(destination));
