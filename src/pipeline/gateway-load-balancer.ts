/**
 * Gateway Load Balancers: what comes to one by an endpoint goes to an appliance in a tunnel (GENEVE), and what comes back in
 * it goes on from the endpoint.
 *
 * The appliance sends back what it lets through with the tunnel's header and options as they were, source and destination
 * address swapped, to the same port. Why a packet from it is dropped are the reasons that AWS counts.
 *
 * Sources: Gateway Load Balancer guide (gateway-load-balancers, cloudwatch-metrics, edit-target-group-attributes); AWS
 * blog, "Integrate your custom logic or appliance with AWS Gateway Load Balancer"; Elastic Load Balancing FAQs (a zone
 * whose appliances have all failed drops its traffic; fragments).
 */
import type { Ipv4 } from '../net/address.ts';
import { mac } from '../net/mac.ts';
import { UDP } from '../net/protocol.ts';
import type { GatewayLoadBalancerNodeRow, GatewayLoadBalancerRow } from '../tables/gateway-load-balancer-row.ts';
import type { Inspector } from '../tables/tables.ts';
import { ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, ETHERNET_HEADER_LENGTH, emitEthernet } from '../wire/ethernet.ts';
import { GENEVE_PORT, type Geneve, parseGeneve } from '../wire/geneve.ts';
import { UDP_HEADER_LENGTH } from '../wire/udp.ts';
import { emitPlain, VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import { flowKeyOf, hashOfKey, hidesItsFlow, type InspectedFlow } from './inspected-flows.ts';
import type { Interface } from './interface.ts';
import { Packet } from './packet.ts';
import type { ToInterface } from './passage.ts';
import { historyOf } from './passage-history.ts';
import type { Decider, DropDeclaration } from './verdict.ts';

/** Why a packet does not get to an appliance. */
export const toApplianceDrops = {
  'no-load-balancer': {
    when: 'the service has no Gateway Load Balancer with a target group in the zone of the endpoint',
    code: 'VPCE_SERVICE_NOT_INSTALLED_IN_AZ',
  },
  'no-target': {
    when: 'no appliance that the Gateway Load Balancer sends to from this zone is running',
    code: 'ELBV2_NO_TARGETS_IN_AZ',
  },
  'target-lost': {
    when: 'the appliance that the flow stays with is not running any more, and its target group does not let flows move on',
  },
  'address-type': {
    when: 'neither endpoints nor Gateway Load Balancers carry an IP version that is not in their IP address type',
  },
  fragment: { when: 'it is a fragment of TCP or UDP, which does not show the ports of its flow' },
  'no-room': { when: 'the Gateway Load Balancer has no room for one more flow' },
  astray: { when: 'what goes to the appliance, or comes back from it, is led elsewhere', code: 'CANNOT_ROUTE' },
} as const satisfies Record<string, DropDeclaration>;

/** Why what comes to a node does not go on. */
export const fromApplianceDrops = {
  'invalid-tunnel': {
    when: 'it is no GENEVE to UDP port 6081 with a whole IP packet in it, or does not come from the appliance of its flow (PacketsDroppedCount_InvalidGeneveTunnel)',
  },
  'invalid-endpoint-id': {
    when: 'its options do not name an endpoint of the Gateway Load Balancer (PacketsDroppedCount_InvalidGwlbEndpointId)',
  },
  'invalid-flow-cookie': {
    when: 'the flow cookie in its options is not that of the flow (PacketsDroppedCount_InvalidGwlbFlowCookie)',
  },
  'missing-flow-entry': {
    when: 'the packet in it belongs to no flow that was sent to an appliance, or it is a fragment (PacketsDroppedCount_MissingFlowEntry)',
  },
} as const satisfies Record<string, DropDeclaration>;

/** A packet on its way to an appliance. */
export interface Steered {
  readonly endpoint: Interface;
  readonly node: Interface;
  readonly target: Ipv4;
  /** Undefined in questions about flows that are not there yet. */
  readonly flow: InspectedFlow | undefined;
  /** Of the tunnel, the same for all packets of a flow. */
  readonly sourcePort: number;
}

/** First of the ports that tell flows apart in the outer header (RFC 8926, section 3.3). */
const FIRST_SOURCE_PORT = 49_152;

/** Chooses the appliance of a packet that has come to an endpoint. */
export function steer(
  packet: Packet,
  passage: ToInterface,
  { loadBalancerArn, zone }: Inspector & { readonly kind: 'gateway-load-balancer' },
): Steered | keyof typeof toApplianceDrops {
  const { to: endpoint, network, nowMs, commits } = passage;
  const row = loadBalancerArn === undefined ? undefined : network.endpoints.gatewayLoadBalancers.row(loadBalancerArn);
  const place = row?.nodes.find((one) => one.zone === zone);
  const node = place && network.interfaceById(place.interfaceId);
  if (!row || !place || !node) return 'no-load-balancer';
  if (!carriesFamily(packet, endpoint, row)) return 'address-type';
  if (hidesItsFlow(packet, row.stickiness)) return 'fragment';
  const ends = flowKeyOf(packet, row.stickiness);
  const sourcePort = FIRST_SOURCE_PORT + (hashOfKey(ends) % (65_536 - FIRST_SOURCE_PORT));
  const key = `${endpoint.index} ${ends}`;
  const known = flowAt(passage, key, endpoint);
  const target = targetFor(known, hashOfKey(ends), node, place, row);
  if (target === undefined) return known && !row.rebalances ? 'target-lost' : 'no-target';
  const flow =
    known ??
    (commits ? network.endpoints.gatewayLoadBalancers.flows.open(key, { endpoint, node, target }, nowMs) : undefined);
  if (commits && !flow) return 'no-room';
  if (commits && flow) {
    Object.assign(flow, { node, target });
    flow.ways.set(packet.source, historyOf(passage));
    network.endpoints.gatewayLoadBalancers.flows.touch(flow, packet, nowMs);
  }
  return { endpoint, node, target, flow, sourcePort };
}

/** The addresses of an endpoint's interface are those of its type. */
const carriesFamily = ({ version }: Packet, { row }: Interface, { carriesIpv6 }: GatewayLoadBalancerRow): boolean =>
  version === 4 ? row.ipv4Addresses.length > 0 : carriesIpv6 && row.ipv6Addresses.length > 0;

/** Numbers of interfaces are given anew: a flow is one of this endpoint only if it was opened here. */
function flowAt({ network, nowMs }: ToInterface, key: string, endpoint: Interface): InspectedFlow | undefined {
  const flow = network.endpoints.gatewayLoadBalancers.flows.find(key, nowMs);
  return flow?.endpoint === endpoint ? flow : undefined;
}

/** Its flow's target, else one of those that run; undefined where there is none to send to. */
function targetFor(
  known: InspectedFlow | undefined,
  hash: number,
  node: Interface,
  { targets }: GatewayLoadBalancerNodeRow,
  { rebalances }: GatewayLoadBalancerRow,
): Ipv4 | undefined {
  // What does not run has no interface, which stands for ELB's health check.
  const runs = (target: Ipv4): boolean => node.vpc.interfaceAt(target) !== undefined;
  if (known && runs(known.target) && (targets.includes(known.target) || !rebalances)) return known.target;
  if (known && !rebalances) return undefined;
  const well = targets.filter(runs);
  return well[hash % well.length];
}

/** A packet that has come out of a tunnel, and where it goes on from. */
export interface Unwrapped {
  readonly flow: InspectedFlow;
  readonly packet: Packet;
}

/** Takes the packet out of the tunnel that has come to a node. */
export function unwrap(packet: Packet, passage: ToInterface): Unwrapped | keyof typeof fromApplianceDrops {
  const { to: node, network, nowMs } = passage;
  if (packet.protocol !== UDP || packet.isFragment || packet.destinationPort !== GENEVE_PORT) return 'invalid-tunnel';
  const { bytes, transport, transportLength } = packet;
  const at = transport + UDP_HEADER_LENGTH;
  const header = parseGeneve(bytes, at, transportLength - UDP_HEADER_LENGTH);
  const inner = header && innerPacket(packet, header, at + header.length);
  if (!header || !inner) return 'invalid-tunnel';
  const endpoint = header.endpointId === undefined ? undefined : network.endpoints.inspectingWith(header.endpointId);
  if (!endpoint) return 'invalid-endpoint-id';
  const row = network.endpoints.gatewayLoadBalancers.row(node.row.owner.id);
  if (!row || hidesItsFlow(inner, row.stickiness)) return 'missing-flow-entry';
  const key = `${endpoint.index} ${flowKeyOf(inner, row.stickiness)}`;
  const flow = flowAt(passage, key, endpoint);
  if (!flow || flow.node !== node || !flow.ways.has(inner.source)) return 'missing-flow-entry';
  if (header.flowCookie !== flow.cookie) return 'invalid-flow-cookie';
  if (packet.source !== flow.target) return 'invalid-tunnel';
  network.endpoints.gatewayLoadBalancers.flows.touch(flow, inner, nowMs);
  return { flow, packet: inner };
}

/** Its frame has none: whoever delivers it writes the receiver's. */
const NO_MAC = mac(0);

/** The packet in a tunnel as a frame of its own, that its endpoint's interface sends; undefined where there is none. */
function innerPacket({ bytes, transport, transportLength }: Packet, { protocolType }: Geneve, at: number) {
  const isIp = protocolType === ETHER_TYPE_IPV4 || protocolType === ETHER_TYPE_IPV6;
  const length = transport + transportLength - at;
  if (!isIp || length <= 0) return undefined;
  const frame = new Uint8Array(VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH + length);
  emitPlain(frame, 0);
  emitEthernet(frame, VIRTIO_NET_HEADER_LENGTH, { source: NO_MAC, destination: NO_MAC, etherType: protocolType });
  frame.set(bytes.subarray(at, at + length), VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH);
  const inner = new Packet();
  inner.decode(frame, 0, ETHERNET_HEADER_LENGTH + length);
  return inner.malformed || inner.version === 0 ? undefined : inner;
}

/** A Gateway Load Balancer, as the component that decided. */
export const gatewayLoadBalancerDecider = ({ row: { owner } }: Interface): Decider => ({
  describe: () => ({ kind: 'gateway-load-balancer', id: owner.id, detail: '' }),
});
