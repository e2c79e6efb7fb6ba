/** One packet's way through the pipeline: who sent it, who gets it, and what the stages have found out so far. */
import { type IpAddress, type Ipv4, ipv4 } from '../net/address.ts';
import { type Mac, mac } from '../net/mac.ts';
import type { GatewayEntry, WantedTarget } from '../tables/data-plane.ts';
import { IPV6_FRAGMENT_HEADER_LENGTH } from '../wire/ipv6.ts';
import type { Answer } from './answer.ts';
import { NO_CONNECTION } from './connection-table.ts';
import type { ConnectionTracker } from './connection-tracking.ts';
import type { Gate } from './gates.ts';
import type { Steered, Unwrapped } from './gateway-load-balancer.ts';
import { FAMILY_DIFFERENCE_BYTES } from './icmp-families.ts';
import type { Interface } from './interface.ts';
import type { Network } from './network.ts';
import { OtherFamily } from './other-family.ts';
import type { Packet } from './packet.ts';
import type { Peering } from './peering.ts';
import type { Route } from './route-table.ts';
import type { SecurityGroup } from './security-group.ts';
import type { TransitAttachment, TransitRoute } from './transit-gateway.ts';
import { NO_TRANSLATION, type TranslationTable } from './translation-table.ts';
import type { Decider } from './verdict.ts';

/** Addresses and ports of a packet; in the place of ports an ICMP query has its identifier. */
export interface Ends {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** What a packet shows of its ends now. */
export const endsOf = ({ source, destination, sourcePort, destinationPort, icmpIdentifier, isIcmp }: Packet): Ends => ({
  source,
  destination,
  sourcePort: isIcmp ? icmpIdentifier : sourcePort,
  destinationPort: isIcmp ? icmpIdentifier : destinationPort,
});

/** A gateway that a packet has passed: the interface at which it came there and by what route, and the one that it left by. */
export interface Passed {
  readonly holder: Interface;
  readonly route: Route | undefined;
  readonly arrived: Ends;
  /** The same interface, but for transit gateways and interface endpoints. */
  readonly exit: Interface;
  readonly left: Ends;
}

/** A transit gateway that a packet has met: the attachments that it came and left by, and their interfaces in VPCs. */
export interface TransitCrossing {
  readonly entered: TransitAttachment;
  readonly entry: Interface | undefined;
  /** What its table said; undefined where it said nothing. */
  route: TransitRoute | undefined;
  /** Undefined where the gateway led it nowhere. */
  left: TransitAttachment | undefined;
  exit: Interface | undefined;
  readonly ends: Ends;
}

/** The edges of the fabric: one NIC in the outside world's network, one in the services', one at the customer's site. */
export interface Edge {
  /** MAC of that NIC: learned from what it sends. */
  mac: Mac;
  /** IPv4 address that last asked the resolver from there. */
  address: Ipv4;
}

/** Names of the edges. */
export type EdgeName = 'internet' | 'services' | 'site';

/** Edges behind which somebody sends and is sent to. */
export type OutsideEdge = Exclude<EdgeName, 'services'>;

/** The fabric's own MAC at the edges. */
export const EDGE_GATEWAY_MAC: Mac = mac(0x5a00_0000_0001);
/** MACs that the NICs at the edges have until they say otherwise. */
export const INTERNET_NIC_MAC: Mac = mac(0x5a00_0000_0002);
export const SERVICES_NIC_MAC: Mac = mac(0x5a00_0000_0003);
export const SITE_NIC_MAC: Mac = mac(0x5a00_0000_0004);

/** Largest packet inside a VPC, in bytes (user guide, network_mtu). */
export const VPC_MTU_BYTES = 9001;
/** Largest packet through an internet gateway, in bytes. */
export const INTERNET_MTU_BYTES = 1500;
/** Largest packet through a NAT gateway, in bytes. */
export const NAT_GATEWAY_MTU_BYTES = 8500;
/** Largest packet through a transit gateway, in bytes. */
export const TRANSIT_GATEWAY_MTU_BYTES = 8500;
/** Largest packet through an interface or Gateway Load Balancer endpoint, in bytes (PrivateLink guide, vpc-limits-endpoints). */
export const ENDPOINT_MTU_BYTES = 8500;
/** Largest packet over a VPN connection, in bytes; what the tunnel itself takes depends on its ciphers (unconfirmed). */
export const VPN_MTU_BYTES = 1500;
/** Largest packet to a peered VPC in another Region, in bytes. */
export const INTER_REGION_MTU_BYTES = 8500;

/** The state of one packet's way; one object is used for all packets, one after the other. */
export class Passage {
  /** The interface that sent the packet. */
  sender: Interface | undefined = undefined;
  /** The edge that it came by, when `sender` is undefined; undefined where the fabric itself sends it. */
  arrivedBy: EdgeName | undefined = undefined;
  /** The gateway that a question's packet comes from; only the stage that lets it in looks at it. */
  gatewayEntry: GatewayEntry | undefined = undefined;
  /** The interface that it left last: the sender's, or that of a NAT or transit gateway on its way. */
  from: Interface | undefined = undefined;
  to: Interface | undefined = undefined;
  nowMs = 0;
  /** False when a packet is only explained: then nothing that outlives it may change. */
  commits = true;
  /** Addresses as the sender wrote them. */
  originalSource: IpAddress = ipv4(0);
  originalDestination: IpAddress = ipv4(0);
  /** Both ports (source in the upper half), or the identifier of an ICMP query, as the sender wrote them. */
  originalPorts = 0;
  /** The route, once there is one. */
  route: Route | undefined = undefined;
  /** The far side, as group rules see it; set by the group stages. */
  readonly peer: { address: IpAddress; groups: readonly SecurityGroup[] } = { address: ipv4(0), groups: [] };
  /** Flows that an explanation takes for granted; a packet that is only explained opens its flow here. */
  assumed: ConnectionTracker | undefined = undefined;
  assumedTranslations: TranslationTable | undefined = undefined;
  /** Targets that a question wants load balancers to choose. */
  wantedTargets: readonly WantedTarget[] | undefined = undefined;
  /** Where filters are noted instead of asked; undefined for packets that they are to decide about. */
  gates: Gate[] | undefined = undefined;
  /** True when the packet leaves its subnet, so that network ACLs and routes apply. */
  crossesSubnet = false;
  /** True once a gateway has rewritten an address: groups cannot see who sent the packet any more. */
  isTranslated = false;
  /** Largest packet that the way so far lets through, in bytes. */
  pathMtuBytes = VPC_MTU_BYTES;
  /** The edge that the packet leaves by; undefined for one that goes into an interface or was dropped on its way. */
  edge: EdgeName | undefined = undefined;
  /** Length in bytes to which the packet is cut into fragments, 0 for none. */
  fragmentBytes = 0;
  /** The rule, entry, route or gateway that decided at the last stage, if one did. */
  decider: Decider | undefined = undefined;
  /** Connections that the packet belongs to, at its sender and at its receiver. */
  sentConnection = NO_CONNECTION;
  receivedConnection = NO_CONNECTION;
  /** The same at the interfaces of endpoints and load balancers on its way, or at the firewall behind one. */
  readonly passedConnections: number[] = [];

  /** The translation at a NAT gateway or an endpoint that the packet belongs to, the last of as many as it has met. */
  translation = NO_TRANSLATION;
  translationsMet = 0;
  natGateways = 0;
  /** The gateways' interfaces that it has passed, in order, and the routes that led to them (none from outside). */
  readonly passed: Passed[] = [];
  /** True where it came from outside by a gateway endpoint. */
  cameThroughEndpoint = false;
  /** How many interfaces of endpoints and load balancers it has left. */
  endpointEnds = 0;
  /** The Gateway Load Balancer endpoint that a route leads the packet to, whatever its addresses. */
  inspectedAt: Interface | undefined = undefined;
  /** How many such endpoints have taken it. */
  inspections = 0;
  /** True once something has judged the packet by what may be otherwise in the next one of its flow. */
  isJudgedAlone = false;
  /** The appliance that it goes to. */
  steered: Steered | undefined = undefined;
  /** What was in the tunnel that it is. */
  unwrapped: Unwrapped | undefined = undefined;
  /** In questions: it is a tunnel that has in it what it should. */
  isTunnelSupposed = false;
  /** How many of `passed` it had passed before it was at an appliance, the endpoint not among them. */
  seenBefore: number | undefined = undefined;
  /** True once the packet was written anew in the other IP family. */
  isReframed = false;
  private readonly otherFamily = new OtherFamily();
  /** The peering connection that the packet crosses, if it does. */
  peering: Peering | undefined = undefined;
  /** The attachment by which the packet enters a transit gateway, and these in their order. */
  transit: TransitAttachment | undefined = undefined;
  readonly transitCrossings: TransitCrossing[] = [];
  /** False once a transit gateway on the way does not tell the next VPC whose groups the sender has. */
  keepsGroupReferences = true;

  constructor(
    readonly network: Network,
    readonly tracker: ConnectionTracker,
    readonly translations: TranslationTable,
    readonly answer: Answer,
    readonly internet: Edge,
    readonly services: Edge,
    readonly site: Edge,
  ) {}

  /** Begins the way of a new packet. */
  begin(packet: Packet, from: Interface | undefined, nowMs: number, commits: boolean): void {
    this.sender = from;
    this.arrivedBy = undefined;
    this.from = from;
    this.originalSource = packet.source;
    this.originalDestination = packet.destination;
    this.originalPorts = packet.hasPorts ? portsWord(packet.sourcePort, packet.destinationPort) : packet.icmpIdentifier;
    this.route = undefined;
    this.to = undefined;
    this.edge = undefined;
    this.nowMs = nowMs;
    this.commits = commits;
    this.assumed = undefined;
    this.assumedTranslations = undefined;
    this.wantedTargets = undefined;
    this.gates = undefined;
    this.crossesSubnet = false;
    this.isTranslated = false;
    this.pathMtuBytes = VPC_MTU_BYTES;
    this.fragmentBytes = 0;
    this.decider = undefined;
    this.sentConnection = NO_CONNECTION;
    this.receivedConnection = NO_CONNECTION;
    this.passedConnections.length = 0;
    this.translation = NO_TRANSLATION;
    this.translationsMet = 0;
    this.natGateways = 0;
    this.passed.length = 0;
    this.endpointEnds = 0;
    this.inspectedAt = undefined;
    this.inspections = 0;
    this.isJudgedAlone = false;
    this.steered = undefined;
    this.unwrapped = undefined;
    this.isTunnelSupposed = false;
    this.seenBefore = undefined;
    this.cameThroughEndpoint = false;
    this.isReframed = false;
    this.peering = undefined;
    this.transit = undefined;
    this.transitCrossings.length = 0;
    this.keepsGroupReferences = true;
    this.answer.clear();
  }

  /** What writes the packet anew in the other IP family. What fits the way so far is as much longer or shorter as the headers. */
  reframe(version: 4 | 6, isFragment: boolean): OtherFamily {
    this.isReframed = true;
    const difference = FAMILY_DIFFERENCE_BYTES + (isFragment ? IPV6_FRAGMENT_HEADER_LENGTH : 0);
    this.pathMtuBytes += version === 6 ? difference : -difference;
    return this.otherFamily;
  }

  /** The packet, translated at a NAT gateway, begins to leave it like one that its interface has sent. */
  leaveNatGateway(holder: Interface, arrived: Ends, left: Ends): void {
    this.passed.push({ holder, route: this.route, arrived, exit: holder, left });
    this.from = holder;
    this.to = undefined;
    this.route = undefined;
    this.isTranslated = true;
    this.crossesSubnet = true;
    this.limitMtu(NAT_GATEWAY_MTU_BYTES);
  }

  /** The packet begins to leave the interface by which a transit gateway leads it into a VPC. */
  leaveTransitGateway(entered: Interface | undefined, holder: Interface, ends: Ends): void {
    if (entered) this.passed.push({ holder: entered, route: this.route, arrived: ends, exit: holder, left: ends });
    this.from = holder;
    this.to = undefined;
    this.route = undefined;
    this.transit = undefined;
    this.crossesSubnet = true;
    this.limitMtu(TRANSIT_GATEWAY_MTU_BYTES);
  }

  /** The packet, which somebody has looked at behind an endpoint, begins to leave the endpoint's interface as it came there. */
  leaveInspection(endpoint: Interface, ends: Ends): void {
    this.passed.push({ holder: endpoint, route: this.route, arrived: ends, exit: endpoint, left: ends });
    this.from = endpoint;
    this.to = undefined;
    this.route = undefined;
    this.inspectedAt = undefined;
    this.crossesSubnet = true;
    this.limitMtu(ENDPOINT_MTU_BYTES);
  }

  /** The packet's way goes on into this interface. */
  enter(holder: Interface, crossesSubnet: boolean): void {
    this.to = holder;
    this.crossesSubnet = crossesSubnet;
  }

  /**
   * The packet begins to leave this interface, of an endpoint or a load balancer, for whom it is translated now. It came to
   * `entered`: the other of the two, or the same node.
   */
  leaveEndpointEnd(entered: Interface, holder: Interface, arrived: Ends, left: Ends): void {
    this.passed.push({ holder: entered, route: this.route, arrived, exit: holder, left });
    this.from = holder;
    this.to = undefined;
    this.route = undefined;
    this.peering = undefined;
    this.transit = undefined;
    this.isTranslated = true;
    this.crossesSubnet = false;
    this.endpointEnds += 1;
    const isByEndpoint = entered.row.owner.kind === 'vpc-endpoint' || holder.row.owner.kind === 'vpc-endpoint';
    if (isByEndpoint) this.limitMtu(ENDPOINT_MTU_BYTES);
  }

  /** The way goes through something that lets no larger packets through. */
  limitMtu(mtuBytes: number): void {
    if (mtuBytes < this.pathMtuBytes) this.pathMtuBytes = mtuBytes;
  }
}

/** Two ports as one 32-bit word. */
export const portsWord = (source: number, destination: number): number => (source << 16) | destination;

/** A passage whose sender is an interface. */
export type FromInterface = Passage & { readonly from: Interface };
/** A passage whose receiver is an interface. */
export type ToInterface = Passage & { readonly to: Interface };

export const isFromInterface = (passage: Passage): passage is FromInterface => passage.from !== undefined;
export const isToInterface = (passage: Passage): passage is ToInterface => passage.to !== undefined;
