/** Explains a packet: runs one made for the purpose through the very stages that forward, and notes each step. */
import { type IpAddress, isIpv4 } from '../net/address.ts';
import type { TraceRequest, TraceResult, TraceStep } from '../tables/data-plane.ts';
import { frameOf } from '../wire/frame.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import { ConnectionTable } from './connection-table.ts';
import { ConnectionTracker } from './connection-tracking.ts';
import type { Interface } from './interface.ts';
import { Packet } from './packet.ts';
import { packetText } from './packet-text.ts';
import { EDGE_GATEWAY_MAC, type Passage } from './passage.ts';
import type { Pipeline } from './pipeline.ts';
import type { Outcome } from './verdict.ts';

/** Room for the flow of one packet, at each interface that it crosses. */
const ASSUMED_LIMITS = { total: 16, perInterface: 16 };

/**
 * What would happen to this packet now; nothing changes by asking. `assumed` is taken to have passed just before, as
 * far as it gets, so that the packet may be its answer.
 */
export function explain(
  pipeline: Pipeline,
  request: TraceRequest,
  assumed: TraceRequest | undefined,
  nowMs: number,
): TraceResult {
  const tracker = new ConnectionTracker(new ConnectionTable(ASSUMED_LIMITS));
  if (assumed) trace(pipeline, assumed, nowMs, tracker);
  return trace(pipeline, request, nowMs, tracker);
}

function trace(pipeline: Pipeline, request: TraceRequest, nowMs: number, assumed: ConnectionTracker): TraceResult {
  const origin = request.from.kind === 'internet' ? 'internet' : pipeline.network.interfaceById(request.from.id);
  if (!origin) return unattached(request.from.kind === 'interface' ? request.from.id : '');
  if (isIpv4(request.source) !== isIpv4(request.destination)) return mixedFamilies;
  const packet = packetOf(request, origin);
  const path: TraceStep[] = [];
  const outcome = pipeline.run(packet, origin, nowMs, {
    commits: false,
    assumed,
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

/** A flow is asked about by its first packet. */
function packetOf(request: TraceRequest, origin: Interface | 'internet'): Packet {
  const { source, destination, protocol, sourcePort, destinationPort, icmp } = request;
  const bytes = frameOf({
    ...macsOf(origin, destination),
    source,
    destination,
    protocol,
    sourcePort,
    destinationPort,
    icmpType: icmp?.type ?? 0,
    icmpCode: icmp?.code ?? 0,
  });
  const packet = new Packet();
  packet.decode(bytes, 0, bytes.length - VIRTIO_NET_HEADER_LENGTH);
  return packet;
}

/** The MACs that a guest's kernel would write: a neighbour's for its own subnet, else the router's. */
function macsOf(origin: Interface | 'internet', destination: IpAddress) {
  if (origin === 'internet') return { destinationMac: EDGE_GATEWAY_MAC, sourceMac: EDGE_GATEWAY_MAC };
  const holder = origin.vpc.interfaceAt(destination);
  const neighbour = holder && holder !== origin && holder.subnet === origin.subnet ? holder : undefined;
  return { destinationMac: neighbour?.row.mac ?? origin.subnet.routerMac, sourceMac: origin.row.mac };
}
