/** Explains a packet: runs one made for the purpose through the very stages that forward, and notes each step. */
import { formatAddress, type IpAddress, isIpv4 } from '../net/address.ts';
import type {
  DeliveredPacket,
  Explanation,
  GatewayEntry,
  PacketEnds,
  TraceComponent,
  TraceCrossing,
  TracePlace,
  TraceRequest,
  TraceStep,
} from '../tables/data-plane.ts';
import { frameOf } from '../wire/frame.ts';
import { ACK, SYN } from '../wire/tcp.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import { ConnectionTable } from './connection-table.ts';
import { ConnectionTracker } from './connection-tracking.ts';
import type { Interface } from './interface.ts';
import { Packet } from './packet.ts';
import { packetText } from './packet-text.ts';
import { EDGE_GATEWAY_MAC, type OutsideEdge, type Passage } from './passage.ts';
import {
  intoGatewayLoadBalancer,
  intoInspection,
  intoInterface,
  intoNatGateway,
  intoTransitGateway,
  type Pipeline,
  type RunOptions,
} from './pipeline.ts';
import type { Stage } from './stage.ts';
import { blockPublicAccessIn } from './stages/block-public-access-in.ts';
import { destinationCheck } from './stages/destination-check.ts';
import { securityGroupIn } from './stages/security-group-in.ts';
import { securityGroupOut } from './stages/security-group-out.ts';
import { sourceCheck } from './stages/source-check.ts';
import { TranslationTable } from './translation-table.ts';
import type { Drop, Outcome } from './verdict.ts';

/** Room for the flow of one packet, at each interface that it crosses. */
const ASSUMED_LIMITS = { total: 16, perInstance: 16 };
const ASSUMED_TRANSLATIONS = { total: 16, perDestination: 16 };

/** What the question of an answer would have opened on its way. */
export interface AssumedFlows {
  readonly tracker: ConnectionTracker;
  readonly translations: TranslationTable;
}

/**
 * What would happen to this packet now; nothing changes by asking. `assumed` is taken to have passed just before, as
 * far as it gets, so that the packet may be its answer.
 */
export function explain(
  pipeline: Pipeline,
  request: TraceRequest,
  assumed: TraceRequest | undefined,
  nowMs: number,
): Explanation {
  const flows = noFlows();
  if (!assumed) return trace(pipeline, request, SYN, nowMs, flows);
  trace(pipeline, assumed, SYN, nowMs, flows);
  return trace(pipeline, request, SYN | ACK, nowMs, flows);
}

/** Nothing taken for granted yet. */
export const noFlows = (): AssumedFlows => ({
  tracker: new ConnectionTracker(new ConnectionTable(ASSUMED_LIMITS)),
  translations: new TranslationTable(ASSUMED_TRANSLATIONS),
});

/** The port by which the packet of a question enters the fabric; undefined for an interface that is not attached, and for a gateway. */
export function originOf(pipeline: Pipeline, { from }: TraceRequest): Interface | OutsideEdge | undefined {
  if (from.kind === 'interface') return pipeline.network.interfaceById(from.id);
  return from.kind === 'internet' || from.kind === 'site' ? from.kind : undefined;
}

/** Whether it is the gateway of a question, and no interface or edge. */
const isGateway = (origin: Interface | OutsideEdge | GatewayEntry): origin is GatewayEntry =>
  typeof origin !== 'string' && 'kind' in origin;

function trace(
  pipeline: Pipeline,
  request: TraceRequest,
  tcpFlags: number,
  nowMs: number,
  assumed: AssumedFlows,
): Explanation {
  const { from } = request;
  const isEntry = from.kind === 'peering' || from.kind === 'transit-gateway-attachment';
  const origin = isEntry ? from : originOf(pipeline, request);
  if (!origin) return unattached(request.from.kind === 'interface' ? request.from.id : '');
  if (!request.frame && isIpv4(request.source) !== isIpv4(request.destination)) return mixedFamilies;
  const packet = packetOf(request, tcpFlags, origin);
  const path: TraceStep[] = [];
  /** For each transit gateway, the step in which the packet met it. */
  const crossingSteps: number[] = [];
  const { passage } = pipeline;
  let before = endsOf(packet);
  const options: RunOptions = {
    commits: false,
    assumed: assumed.tracker,
    assumedTranslations: assumed.translations,
    wantedTargets: request.wantedTargets,
    observer: (stage, _verdict, seen, decider, on) => {
      const after = endsOf(seen);
      const at = placeOf(stage, on);
      const component = decider?.describe() ?? interfaceThatLooks(stage.name, at);
      path.push({ stage: stage.name, component, at, packet: packetText(seen), before, after });
      while (crossingSteps.length < passage.transitCrossings.length) crossingSteps.push(path.length - 1);
      before = after;
    },
  };
  const outcome = isGateway(origin)
    ? pipeline.runFromGateway(packet, origin, nowMs, options)
    : pipeline.run(packet, origin, nowMs, options);
  return resultOf(outcome, passage, packet, { path, crossingSteps });
}

const INTO_INTERFACE_STAGES: ReadonlySet<Stage<never>> = new Set<Stage<never>>([
  ...intoInterface,
  ...intoNatGateway,
  ...intoTransitGateway,
  ...intoInspection,
  ...intoGatewayLoadBalancer,
  blockPublicAccessIn,
]);

/** Stages into an interface look at the receiver's side, the others at that of the interface which the packet left last. */
function placeOf(stage: Stage<never>, { from, to }: Passage): TracePlace | undefined {
  // A gateway that has let the packet out again is behind it.
  const holder = INTO_INTERFACE_STAGES.has(stage) ? (to ?? from) : from;
  // A regional NAT gateway has no interface that anybody could look at.
  if (!holder || holder.row.owner.kind === 'regional-nat-gateway') return undefined;
  const { id, owner, subnetId, vpcId, securityGroupIds } = holder.row;
  return { interfaceId: id, ownerId: owner.id, subnetId, vpcId, securityGroupIds };
}

const CHECKS: ReadonlySet<string> = new Set([sourceCheck.name, destinationCheck.name]);
const GROUP_FILTERS: ReadonlySet<string> = new Set([securityGroupOut.name, securityGroupIn.name]);

/** Checks judge by the interface itself; where no rule of its groups decided, all of them did. */
function interfaceThatLooks(stage: string, at: Looking | undefined): TraceComponent | undefined {
  if (!at) return undefined;
  const { interfaceId: id, securityGroupIds } = at;
  if (CHECKS.has(stage)) return { kind: 'interface', id, detail: '' };
  return GROUP_FILTERS.has(stage) ? { kind: 'interface', id, detail: groupsText(securityGroupIds) } : undefined;
}

/** Load balancers may have none, and then nothing stops there. */
const groupsText = (ids: readonly string[]): string => (ids.length === 0 ? 'no groups' : `groups ${ids.join(', ')}`);

type Looking = Pick<TracePlace, 'interfaceId' | 'securityGroupIds'>;

/** What decided that the packet which has just been run is dropped. */
export function componentOfDrop({ stage }: Drop, { decider, from, to }: Passage): TraceComponent | undefined {
  const row = (stage === sourceCheck.name || stage === securityGroupOut.name ? from : (to ?? from))?.row;
  const at = row && { interfaceId: row.id, securityGroupIds: row.securityGroupIds };
  return decider?.describe() ?? interfaceThatLooks(stage, at);
}

function endsOf(packet: Packet): PacketEnds | undefined {
  const { version, source, destination, protocol, sourcePort, destinationPort, isIcmp, icmpType, icmpCode } = packet;
  if (version === 0) return undefined;
  return {
    source: formatAddress(source),
    destination: formatAddress(destination),
    protocol,
    sourcePort,
    destinationPort,
    icmp: isIcmp ? { type: icmpType, code: icmpCode } : undefined,
  };
}

/** The steps of a packet, and which of them transit gateways were met in. */
interface Walked {
  readonly path: readonly TraceStep[];
  readonly crossingSteps: readonly number[];
}

function resultOf(outcome: Outcome, passage: Passage, packet: Packet, { path, crossingSteps }: Walked): Explanation {
  const { to, edge, transitCrossings } = passage;
  const none = {
    transitCrossings: transitCrossings.map(
      ({ entered, route, left }, index): TraceCrossing => ({
        step: crossingSteps[index] ?? path.length - 1,
        transitGatewayId: entered.row.transitGatewayId,
        enteredBy: entered.row.attachmentId,
        route: route?.describe(),
        leftBy: left?.row.attachmentId,
      }),
    ),
    reason: undefined,
    code: undefined,
    explanation: undefined,
    deliveredTo: undefined,
    deliveredAs: undefined,
    path,
  };
  if (outcome.kind === 'drop') {
    return { ...none, verdict: 'dropped', reason: outcome.id, code: outcome.code, explanation: outcome.when };
  }
  // Link-local services answer in the fabric's name.
  const isAnswered = outcome.kind === 'answered' || (!to && edge === 'services');
  if (isAnswered) return { ...none, verdict: 'answered' };
  return { ...none, verdict: 'delivered', deliveredTo: to?.row.id ?? edge, deliveredAs: delivered(packet) };
}

/** A packet as its receiver gets it. */
export const delivered = (packet: Packet): DeliveredPacket => ({
  source: packet.source,
  destination: packet.destination,
  protocol: packet.protocol,
  sourcePort: packet.sourcePort,
  destinationPort: packet.destinationPort,
  icmp: packet.isIcmp ? { type: packet.icmpType, code: packet.icmpCode, identifier: packet.icmpIdentifier } : undefined,
});

const refused = (reason: string, explanation: string): Explanation => ({
  verdict: 'dropped',
  reason,
  code: undefined,
  explanation,
  deliveredTo: undefined,
  deliveredAs: undefined,
  transitCrossings: [],
  path: [],
});
const unattached = (id: string): Explanation =>
  refused('port/not-attached', `the interface ${id} is not attached to an instance, so nothing can come from it`);
const mixedFamilies = refused('ethernet/bad-header', 'one address is IPv4 and the other IPv6; no packet has both');

/** A flow is asked about by its first packet; of TCP that or the answer to it. */
export function packetOf(
  request: TraceRequest,
  tcpFlags: number,
  origin: Interface | OutsideEdge | GatewayEntry,
): Packet {
  if (request.frame) return packetIn(request.frame);
  const { source, destination, protocol, sourcePort, destinationPort, icmp } = request;
  const bytes = frameOf({
    ...macsOf(origin, destination),
    source,
    destination,
    protocol,
    sourcePort,
    destinationPort,
    tcpFlags,
    icmpType: icmp?.type ?? 0,
    icmpCode: icmp?.code ?? 0,
    icmpIdentifier: icmp?.identifier ?? 0,
  });
  const packet = new Packet();
  packet.decode(bytes, 0, bytes.length - VIRTIO_NET_HEADER_LENGTH);
  return packet;
}

/** The frame behind an empty virtio header. */
function packetIn(frame: Uint8Array): Packet {
  const bytes = new Uint8Array(VIRTIO_NET_HEADER_LENGTH + frame.length);
  bytes.set(frame, VIRTIO_NET_HEADER_LENGTH);
  const packet = new Packet();
  packet.decode(bytes, 0, frame.length);
  return packet;
}

/** The MACs that a guest's kernel would write: a neighbour's for its own subnet, else the router's. */
export function macsOf(origin: Interface | OutsideEdge | GatewayEntry, destination: IpAddress) {
  if (typeof origin === 'string' || isGateway(origin))
    return { destinationMac: EDGE_GATEWAY_MAC, sourceMac: EDGE_GATEWAY_MAC };
  const holder = origin.vpc.interfaceAt(destination);
  const neighbour = holder && holder !== origin && holder.subnet === origin.subnet ? holder : undefined;
  return { destinationMac: neighbour?.row.mac ?? origin.subnet.routerMac, sourceMac: origin.row.mac };
}
