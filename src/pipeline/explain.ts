/** Explains a packet: runs one made for the purpose through the very stages that forward, and notes each step. */
import { type IpAddress, isIpv4, isIpv6 } from '../net/address.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../net/protocol.ts';
import type { TraceRequest, TraceResult, TraceStep } from '../tables/data-plane.ts';
import { ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, ETHERNET_HEADER_LENGTH, emitEthernet } from '../wire/ethernet.ts';
import { ICMP_HEADER_LENGTH, ICMP_TYPE, sealIcmp } from '../wire/icmp.ts';
import { emitIpv4, IPV4_HEADER_LENGTH } from '../wire/ipv4.ts';
import { emitIpv6, IPV6_HEADER_LENGTH } from '../wire/ipv6.ts';
import { emitTcp, SYN, TCP_HEADER_LENGTH } from '../wire/tcp.ts';
import { emitUdp, UDP_HEADER_LENGTH } from '../wire/udp.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import type { Interface } from './interface.ts';
import { Packet } from './packet.ts';
import { packetText } from './packet-text.ts';
import { EDGE_GATEWAY_MAC, type Passage } from './passage.ts';
import type { Pipeline } from './pipeline.ts';
import type { Outcome } from './verdict.ts';

const FRAME = VIRTIO_NET_HEADER_LENGTH;

/** What would happen to this packet now; nothing changes by asking. */
export function explain(pipeline: Pipeline, request: TraceRequest, nowMs: number): TraceResult {
  const origin = request.from.kind === 'internet' ? 'internet' : pipeline.network.interfaceById(request.from.id);
  if (!origin) return unattached(request.from.kind === 'interface' ? request.from.id : '');
  if (isIpv4(request.source) !== isIpv4(request.destination)) return mixedFamilies;
  const packet = packetOf(request, origin);
  const path: TraceStep[] = [];
  const outcome = pipeline.run(packet, origin, nowMs, {
    commits: false,
    observer: (stage, _verdict, seen, decider) => {
      path.push({ stage: stage.name, component: decider?.describe(), packet: packetText(seen) });
    },
  });
  return resultOf(outcome, pipeline.passage, path);
}

function resultOf(outcome: Outcome, { to, edge }: Passage, path: readonly TraceStep[]): TraceResult {
  const none = { reason: undefined, code: undefined, explanation: undefined, deliveredTo: undefined, path };
  if (outcome.kind === 'drop') {
    return { ...none, verdict: 'dropped', reason: outcome.id, code: outcome.code, explanation: outcome.when };
  }
  // Link-local services answer in the fabric's name.
  const isAnswered = outcome.kind === 'answered' || (!to && edge === 'services');
  if (isAnswered) return { ...none, verdict: 'answered' };
  return { ...none, verdict: 'delivered', deliveredTo: to?.row.id ?? 'internet' };
}

const refused = (reason: string, explanation: string): TraceResult => ({
  verdict: 'dropped',
  reason,
  code: undefined,
  explanation,
  deliveredTo: undefined,
  path: [],
});
const unattached = (id: string): TraceResult =>
  refused('port/not-attached', `the interface ${id} is not attached to an instance, so nothing can come from it`);
const mixedFamilies = refused('ethernet/bad-header', 'one address is IPv4 and the other IPv6; no packet has both');

function packetOf(request: TraceRequest, origin: Interface | 'internet'): Packet {
  const bytes = new Uint8Array(FRAME + ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH + TCP_HEADER_LENGTH);
  const { source, destination, protocol } = request;
  const network = FRAME + ETHERNET_HEADER_LENGTH;
  const headerLength = isIpv4(source) ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
  const payloadLength = emitTransport(bytes, network + headerLength, request);
  emitEthernet(bytes, FRAME, macsOf(origin, destination, isIpv4(source)));
  if (isIpv4(source) && isIpv4(destination)) emitIpv4(bytes, network, { source, destination, protocol, payloadLength });
  if (isIpv6(source) && isIpv6(destination)) {
    emitIpv6(bytes, network, { source, destination, nextHeader: protocol, payloadLength });
  }
  const packet = new Packet();
  packet.decode(bytes, 0, ETHERNET_HEADER_LENGTH + headerLength + payloadLength);
  return packet;
}

/** Writes the transport header; returns its length. A flow is asked about by its first packet. */
function emitTransport(bytes: Uint8Array, at: number, request: TraceRequest): number {
  const { protocol, sourcePort, destinationPort, icmp } = request;
  if (protocol === TCP) {
    emitTcp(bytes, at, { sourcePort, destinationPort, sequence: 0, acknowledgement: 0, flags: SYN });
    return TCP_HEADER_LENGTH;
  }
  if (protocol === UDP) {
    emitUdp(bytes, at, { sourcePort, destinationPort, length: UDP_HEADER_LENGTH });
    return UDP_HEADER_LENGTH;
  }
  if (protocol !== ICMP && protocol !== ICMPV6) return UDP_HEADER_LENGTH;
  bytes[at + ICMP_TYPE] = icmp?.type ?? 0;
  bytes[at + ICMP_TYPE + 1] = icmp?.code ?? 0;
  sealIcmp(bytes, at, ICMP_HEADER_LENGTH);
  return ICMP_HEADER_LENGTH;
}

/** The MACs that a guest's kernel would write: a neighbour's for its own subnet, else the router's. */
function macsOf(origin: Interface | 'internet', destination: IpAddress, isVersion4: boolean) {
  const etherType = isVersion4 ? ETHER_TYPE_IPV4 : ETHER_TYPE_IPV6;
  if (origin === 'internet') return { destination: EDGE_GATEWAY_MAC, source: EDGE_GATEWAY_MAC, etherType };
  const holder = origin.vpc.interfaceAt(destination);
  const neighbour = holder && holder !== origin && holder.subnet === origin.subnet ? holder : undefined;
  return { destination: neighbour?.row.mac ?? origin.subnet.routerMac, source: origin.row.mac, etherType };
}
