/** The packets between a Gateway Load Balancer and its appliances: UDP to port 6081, with another packet in them. */
import type { Ipv4 } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { UDP } from '../net/protocol.ts';
import { ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, ETHERNET_HEADER_LENGTH, emitEthernet } from '../wire/ethernet.ts';
import { emitGeneve, GENEVE_HEADER_LENGTH, GENEVE_PORT } from '../wire/geneve.ts';
import { emitIpv4, IPV4_HEADER_LENGTH } from '../wire/ipv4.ts';
import { emitUdp, UDP_HEADER_LENGTH } from '../wire/udp.ts';
import { emitPlain, VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import { numberOfEndpoint } from './endpoints.ts';
import type { Steered } from './gateway-load-balancer.ts';
import type { Interface } from './interface.ts';
import { Packet } from './packet.ts';

const NETWORK = VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
const TRANSPORT = NETWORK + IPV4_HEADER_LENGTH;
const TUNNEL = TRANSPORT + UDP_HEADER_LENGTH;
const PAYLOAD = TUNNEL + GENEVE_HEADER_LENGTH;

/** AWS does not say what an attachment is where there is no transit gateway; the node's number stands for it. */
const attachmentOf = ({ index }: Interface): bigint => BigInt(index);

/** Writes the tunnel's packet from the node to the appliance; `inner` is a frame, from the destination MAC on. */
export function wrap(steered: Steered, inner: Uint8Array): Packet {
  const payload = inner.subarray(ETHERNET_HEADER_LENGTH);
  const bytes = new Uint8Array(PAYLOAD + payload.length);
  const { node, target, endpoint, flow } = steered;
  const length = bytes.length - TRANSPORT;
  emitPlain(bytes, 0);
  const macs = { source: node.row.mac, destination: node.subnet.routerMac };
  emitEthernet(bytes, VIRTIO_NET_HEADER_LENGTH, { ...macs, etherType: ETHER_TYPE_IPV4 });
  emitIpv4(bytes, NETWORK, { source: addressOf(node), destination: target, protocol: UDP, payloadLength: length });
  emitUdp(bytes, TRANSPORT, { sourcePort: steered.sourcePort, destinationPort: GENEVE_PORT, length });
  emitGeneve(bytes, TUNNEL, {
    protocolType: (payload[0] ?? 0) >>> 4 === 6 ? ETHER_TYPE_IPV6 : ETHER_TYPE_IPV4,
    endpointId: numberOfEndpoint(endpoint.row.owner.id),
    attachmentId: attachmentOf(node),
    flowCookie: flow?.cookie ?? 0,
  });
  bytes.set(payload, PAYLOAD);
  return decoded(bytes);
}

/** In questions: the tunnel's packet with nothing in it. */
export const tunnelPacket = (steered: Steered): Packet => wrap(steered, new Uint8Array(ETHERNET_HEADER_LENGTH));

/** In questions: what the appliance sends back, the addresses swapped and the ports as they were. */
export function tunnelAnswer(steered: Steered, appliance: Interface): Packet {
  const { node, target, sourcePort } = steered;
  const bytes = new Uint8Array(PAYLOAD);
  const length = bytes.length - TRANSPORT;
  emitPlain(bytes, 0);
  const isNeighbour = appliance.subnet === node.subnet;
  const destination: Mac = isNeighbour ? node.row.mac : appliance.subnet.routerMac;
  const macs = { source: appliance.row.mac, destination };
  emitEthernet(bytes, VIRTIO_NET_HEADER_LENGTH, { ...macs, etherType: ETHER_TYPE_IPV4 });
  emitIpv4(bytes, NETWORK, { source: target, destination: addressOf(node), protocol: UDP, payloadLength: length });
  emitUdp(bytes, TRANSPORT, { sourcePort, destinationPort: GENEVE_PORT, length });
  return decoded(bytes);
}

/** Nodes have IPv4 addresses, whatever they carry (Gateway Load Balancer guide, IP address types). */
function addressOf({ row }: Interface): Ipv4 {
  const [address] = row.ipv4Addresses;
  if (address === undefined) throw new Error(`the node ${row.id} has no IPv4 address`);
  return address;
}

function decoded(bytes: Uint8Array): Packet {
  const packet = new Packet();
  packet.decode(bytes, 0, bytes.length - VIRTIO_NET_HEADER_LENGTH);
  return packet;
}
