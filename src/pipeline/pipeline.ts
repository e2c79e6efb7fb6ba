/**
 * The pipeline: which stages there are, in which order a packet meets them, and the one loop that runs it through.
 *
 * The same loop forwards and explains. It stops at the first verdict other than NEXT; a verdict that names another
 * list goes on there; an observer, if there is one, is told each stage and verdict: that is a trace.
 */
import { ipv4 } from '../net/address.ts';
import type { GatewayEntry, WantedTarget } from '../tables/data-plane.ts';
import type { TableUpdate } from '../tables/tables.ts';
import { Answer } from './answer.ts';
import { type ConnectionLimits, ConnectionTable } from './connection-table.ts';
import { ConnectionTracker } from './connection-tracking.ts';
import type { Gate } from './gates.ts';
import type { Steered, Unwrapped } from './gateway-load-balancer.ts';
import { MAX_INSPECTED_FLOWS } from './inspected-flows.ts';
import { goOnFrom } from './inspection.ts';
import type { Interface } from './interface.ts';
import { Network } from './network.ts';
import type { Packet } from './packet.ts';
import {
  type EdgeName,
  INTERNET_NIC_MAC,
  Passage,
  SERVICES_NIC_MAC,
  SITE_NIC_MAC,
  type ToInterface,
} from './passage.ts';
import { resume } from './passage-history.ts';
import type { DropIdOf, Stage } from './stage.ts';
import { arp } from './stages/arp.ts';
import { backToBalancer } from './stages/back-to-balancer.ts';
import { blockPublicAccessIn } from './stages/block-public-access-in.ts';
import { blockPublicAccessOut } from './stages/block-public-access-out.ts';
import { deliver } from './stages/deliver.ts';
import { destinationCheck } from './stages/destination-check.ts';
import { dhcp } from './stages/dhcp.ts';
import { dhcpv6 } from './stages/dhcpv6.ts';
import { edge } from './stages/edge.ts';
import { endpoint } from './stages/endpoint.ts';
import { ethernet } from './stages/ethernet.ts';
import { gateway } from './stages/gateway.ts';
import { gatewayArrival } from './stages/gateway-arrival.ts';
import { gatewayLoadBalancer } from './stages/gateway-load-balancer.ts';
import { inspection } from './stages/inspection.ts';
import { internetArrival } from './stages/internet-arrival.ts';
import { internetDeparture } from './stages/internet-departure.ts';
import { linkLocal } from './stages/link-local.ts';
import { loadBalancer } from './stages/load-balancer.ts';
import { mtu } from './stages/mtu.ts';
import { natGateway } from './stages/nat-gateway.ts';
import { neighbourDiscovery } from './stages/neighbour-discovery.ts';
import { networkAclIn } from './stages/network-acl-in.ts';
import { networkAclNeighbourOut } from './stages/network-acl-neighbour-out.ts';
import { networkAclOut } from './stages/network-acl-out.ts';
import { route } from './stages/route.ts';
import { securityGroupIn } from './stages/security-group-in.ts';
import { securityGroupOut } from './stages/security-group-out.ts';
import { servicesDeparture } from './stages/services-departure.ts';
import { servicesReply } from './stages/services-reply.ts';
import { siteArrival } from './stages/site-arrival.ts';
import { siteDeparture } from './stages/site-departure.ts';
import { sourceCheck } from './stages/source-check.ts';
import { subnet } from './stages/subnet.ts';
import { transitGateway } from './stages/transit-gateway.ts';
import { DEFAULT_TRANSLATION_LIMITS, type TranslationLimits, TranslationTable } from './translation-table.ts';
import { tunnelAnswer, tunnelPacket } from './tunnel.ts';
import { type Drop, INTO_INTERFACE, type Outcome, type Verdict } from './verdict.ts';
import { leaveSubnet, type Observer, receiving, sending, walk } from './walk.ts';

/** The order of each list is the order in which a packet meets the stages. */
export const outOfInterface = [
  ethernet,
  arp,
  neighbourDiscovery,
  dhcp,
  dhcpv6,
  linkLocal,
  sourceCheck,
  securityGroupOut,
  subnet,
  networkAclOut,
  route,
  blockPublicAccessOut,
  gateway,
] as const;
export const intoInterface = [networkAclIn, destinationCheck, securityGroupIn, mtu, deliver] as const;

/** Through a NAT or transit gateway, whose interface packets enter and leave at its subnet's edge. */
export const intoNatGateway = [networkAclIn, natGateway] as const;
export const intoTransitGateway = [networkAclIn, transitGateway] as const;
/** Past who stands behind a Gateway Load Balancer endpoint, whose interface packets enter and leave in the same way. */
export const intoInspection = [networkAclIn, inspection] as const;
/** Into a node of a Gateway Load Balancer, with what an appliance sends back. */
export const intoGatewayLoadBalancer = [networkAclIn, gatewayLoadBalancer] as const;
export const outOfGateway = [networkAclOut, route, blockPublicAccessOut, gateway] as const;

/** Through a regional NAT gateway, which is in no subnet: no network ACL guards it, and its own route table says where it leads. */
export const intoRegionalNatGateway = [natGateway] as const;
export const outOfRegionalNatGateway = [route, blockPublicAccessOut, gateway] as const;

/**
 * Through an interface endpoint: into its interface in the consumer's VPC, out of a load balancer's in the service's, and
 * with an answer the other way. Through a load balancer alone: into its node and out of it.
 */
export const intoEndpoint = [networkAclIn, destinationCheck, securityGroupIn, endpoint] as const;
export const intoLoadBalancer = [networkAclIn, securityGroupIn, loadBalancer] as const;
export const outOfLoadBalancer = [
  securityGroupOut,
  networkAclNeighbourOut,
  subnet,
  networkAclOut,
  route,
  blockPublicAccessOut,
  gateway,
] as const;
/** Out of a target's subnet, with an answer to a client whose address it has seen. */
export const outToLoadBalancer = [networkAclOut, backToBalancer] as const;
export const outOfEndpoint = [securityGroupOut, subnet, networkAclOut, route, gateway] as const;

/** What lies beside the two: the edges to the outside world, to the link-local services and to the customer's site. */
export const outOfInternet = [edge, blockPublicAccessIn, internetArrival] as const;
export const intoInternet = [mtu, internetDeparture] as const;
export const intoServices = [servicesDeparture] as const;
export const outOfServices = [edge, servicesReply] as const;
export const outOfSite = [edge, siteArrival] as const;
export const intoSite = [mtu, siteDeparture] as const;
/** In questions alone. */
export const outOfNamedGateway = [gatewayArrival] as const;
/** For packets that are exempt from what guards an interface. */
export const intoGuest = [deliver] as const;

/** What guards an interface, by what it belongs to. */
const INTO = {
  instance: intoInterface,
  'nat-gateway': intoNatGateway,
  'regional-nat-gateway': intoRegionalNatGateway,
  'vpc-endpoint': intoEndpoint,
  'load-balancer': intoLoadBalancer,
  'gateway-load-balancer-endpoint': intoInspection,
  'gateway-load-balancer': intoGatewayLoadBalancer,
  'transit-gateway-attachment': intoTransitGateway,
} as const satisfies Record<Interface['row']['owner']['kind'], readonly Stage<ToInterface>[]>;

/** Every list by its name, in the order in which documents show them. */
export const stageLists = {
  outOfInterface,
  intoInterface,
  intoNatGateway,
  intoTransitGateway,
  intoInspection,
  intoGatewayLoadBalancer,
  outOfGateway,
  intoRegionalNatGateway,
  outOfRegionalNatGateway,
  intoEndpoint,
  outOfEndpoint,
  intoLoadBalancer,
  outOfLoadBalancer,
  outToLoadBalancer,
  outOfInternet,
  intoInternet,
  intoServices,
  outOfServices,
  outOfSite,
  intoSite,
  outOfNamedGateway,
  intoGuest,
} as const;

/** `stage/reason` of every drop there is; a misspelt one does not compile. */
export type DropId = DropIdOf<(typeof stageLists)[keyof typeof stageLists][number]>;

export type { Observer };

/** Where a packet enters the fabric. */
export type Origin = Interface | EdgeName;

/** Limits that hold unless others are given: some 70 MB when every connection is in use. */
export const DEFAULT_LIMITS: ConnectionLimits = { total: 1 << 20, perInstance: 1 << 18 };

/** How a run may differ from forwarding. */
export interface RunOptions {
  /** False to change nothing that outlives the packet. */
  readonly commits: boolean;
  readonly observer: Observer | undefined;
  /** For packets that are only explained: flows that are taken for granted. */
  readonly assumed?: ConnectionTracker;
  readonly assumedTranslations?: TranslationTable;
  /** Targets that load balancers choose where they can. */
  readonly wantedTargets?: readonly WantedTarget[] | undefined;
  /** Takes the filters on the way, which are then not asked. */
  readonly gates?: Gate[];
}

const FORWARD: RunOptions = { commits: true, observer: undefined };

/** The network, its tracked connections and the stages. One packet at a time. */
export class Pipeline {
  readonly network = new Network();
  readonly connections: ConnectionTable;
  readonly translations: TranslationTable;
  readonly passage: Passage;
  /** Of the tunnel to an appliance, in questions. */
  private readonly tunnelPassage: Passage;

  constructor(
    limits: ConnectionLimits = DEFAULT_LIMITS,
    translationLimits: TranslationLimits = DEFAULT_TRANSLATION_LIMITS,
  ) {
    this.connections = new ConnectionTable(limits);
    this.translations = new TranslationTable(translationLimits);
    const { flows } = this.network.endpoints.gatewayLoadBalancers;
    flows.maxFlows = Math.min(MAX_INSPECTED_FLOWS, translationLimits.total);
    const tracker = new ConnectionTracker(this.connections);
    const internet = { mac: INTERNET_NIC_MAC, address: ipv4(0) };
    const services = { mac: SERVICES_NIC_MAC, address: ipv4(0) };
    const site = { mac: SITE_NIC_MAC, address: ipv4(0) };
    const newPassage = (): Passage =>
      new Passage(this.network, tracker, this.translations, new Answer(), internet, services, site);
    this.passage = newPassage();
    this.tunnelPassage = newPassage();
  }

  /** Lets the next packet obey these updates, all of them or (when a row is broken and this throws) not that row. */
  apply(updates: readonly TableUpdate[]): void {
    const gone = this.network.apply(updates);
    this.connections.removeOwners(gone);
    this.translations.removeOwners(gone);
  }

  /** Runs a packet from its origin to its outcome; afterwards `passage` tells where to and with what answer. */
  run(packet: Packet, origin: Origin, nowMs: number, options: RunOptions = FORWARD): Outcome {
    const from = typeof origin === 'string' ? undefined : origin;
    this.passage.begin(packet, from, nowMs, options.commits);
    this.passage.arrivedBy = typeof origin === 'string' ? origin : undefined;
    this.passage.assumed = options.assumed;
    this.passage.assumedTranslations = options.assumedTranslations;
    this.passage.wantedTargets = options.wantedTargets;
    this.passage.gates = options.gates;
    const left = this.leave(packet, origin, this.passage, options.observer);
    return this.goOn(left, packet, this.passage, options.observer);
  }

  /** Runs the packet of a question that a gateway sends. */
  runFromGateway(packet: Packet, entry: GatewayEntry, nowMs: number, options: RunOptions): Outcome {
    const { passage } = this;
    passage.begin(packet, undefined, nowMs, options.commits);
    passage.gatewayEntry = entry;
    passage.assumed = options.assumed;
    passage.assumedTranslations = options.assumedTranslations;
    passage.wantedTargets = options.wantedTargets;
    return this.goOn(walk(outOfNamedGateway, packet, passage, options.observer), packet, passage, options.observer);
  }

  /** Runs a packet that the fabric itself sends to an interface through what guards that interface. */
  runInto(packet: Packet, to: Interface, nowMs: number): Outcome {
    this.passage.begin(packet, undefined, nowMs, true);
    this.passage.to = to;
    this.passage.crossesSubnet = true;
    return this.goOn(INTO_INTERFACE, packet, this.passage, undefined);
  }

  /** Runs a packet that the fabric itself sends from an interface, past what guards the interface, but not its subnet. */
  runFrom(packet: Packet, from: Interface, nowMs: number, observer?: Observer): Outcome {
    this.passage.begin(packet, from, nowMs, true);
    return this.goOn(leaveSubnet(packet, from, this.passage), packet, this.passage, observer);
  }

  /** Runs what has come out of an appliance's tunnel from the endpoint that it had come to. */
  runUnwrapped({ flow, packet }: Unwrapped, nowMs: number, observer: Observer | undefined): Outcome {
    const { passage } = this;
    const history = flow.ways.get(packet.source);
    if (!history) throw new Error('a packet came back from an appliance, and had not been sent there');
    resume(passage, packet, history, nowMs);
    return this.goOn(goOnFrom(flow.endpoint, packet, passage), packet, passage, observer);
  }

  private leave(packet: Packet, origin: Origin, passage: Passage, observer: Observer | undefined): Verdict {
    if (origin === 'internet') return walk(outOfInternet, packet, passage, observer);
    if (origin === 'services') return walk(outOfServices, packet, passage, observer);
    if (origin === 'site') return walk(outOfSite, packet, passage, observer);
    if (origin.row.owner.kind === 'instance') return walk(outOfInterface, packet, sending(passage), observer);
    // Only in questions: behind a gateway's interface no guest sends.
    passage.crossesSubnet = true;
    return walk(outOfGateway, packet, sending(passage), observer);
  }

  /** Goes on with the list that a verdict names. Only NAT gateways, transit gateways and endpoints lead back, and a packet passes few of them: this ends. */
  private goOn(verdict: Verdict, packet: Packet, passage: Passage, observer: Observer | undefined): Outcome {
    switch (verdict.kind) {
      case 'into-interface':
        return this.goOn(enter(packet, passage, observer), packet, passage, observer);
      case 'out-of-gateway':
        return this.goOn(walk(outOfGateway, packet, sending(passage), observer), packet, passage, observer);
      case 'out-of-regional-nat-gateway':
        return this.goOn(walk(outOfRegionalNatGateway, packet, sending(passage), observer), packet, passage, observer);
      case 'out-of-load-balancer':
        return this.goOn(walk(outOfLoadBalancer, packet, sending(passage), observer), packet, passage, observer);
      case 'back-to-load-balancer':
        return this.goOn(walk(outToLoadBalancer, packet, sending(passage), observer), packet, passage, observer);
      case 'out-of-endpoint':
        return this.goOn(walk(outOfEndpoint, packet, sending(passage), observer), packet, passage, observer);
      case 'into-guest':
        return this.goOn(walk(intoGuest, packet, receiving(passage), observer), packet, passage, observer);
      case 'into-internet':
        return this.goOn(walk(intoInternet, packet, passage, observer), packet, passage, observer);
      case 'into-site':
        return this.goOn(walk(intoSite, packet, passage, observer), packet, passage, observer);
      case 'into-services':
        return this.goOn(walk(intoServices, packet, passage, observer), packet, passage, observer);
      case 'to-appliance':
        return passage.commits ? verdict : this.throughAppliance(packet, passage, observer);
      case 'next':
        throw new Error('a list of stages ended without a verdict');
      default:
        return verdict;
    }
  }

  /** In questions the appliance lets the packet through; whether it gets there, and back, is asked. */
  private throughAppliance(packet: Packet, passage: Passage, observer: Observer | undefined): Outcome {
    const { steered, nowMs, assumed } = passage;
    if (!steered) throw new Error('a packet goes to no appliance');
    // A tunnel that would go into another one goes nowhere.
    if (passage === this.tunnelPassage) return inspection.drops.astray;
    const lost = this.askTunnel(steered, nowMs, { commits: false, observer, ...(assumed && { assumed }) });
    return lost ?? this.goOn(goOnFrom(steered.endpoint, packet, passage), packet, passage, observer);
  }

  /** In questions: why what a node sends to an appliance does not get there, or what that sends back; undefined where both do. */
  askTunnel(steered: Steered, nowMs: number, { observer, assumed }: RunOptions): Drop | undefined {
    const { node, target } = steered;
    const tunnel = this.tunnelPassage;
    const there = tunnelPacket(steered);
    tunnel.begin(there, node, nowMs, false);
    tunnel.assumed = assumed;
    const arrived = this.goOn(leaveSubnet(there, node, tunnel), there, tunnel, observer);
    const appliance = tunnel.to;
    if (arrived.kind === 'drop') return arrived;
    if (arrived.kind !== 'delivered' || !appliance?.owns(target)) return inspection.drops.astray;
    const back = tunnelAnswer(steered, appliance);
    tunnel.begin(back, appliance, nowMs, false);
    tunnel.assumed = assumed;
    tunnel.isTunnelSupposed = true;
    const returned = this.goOn(this.leave(back, appliance, tunnel, observer), back, tunnel, observer);
    if (returned.kind === 'drop') return returned;
    return returned.kind === 'from-appliance' && tunnel.to === node ? undefined : inspection.drops.astray;
  }
}

function enter(packet: Packet, passage: Passage, observer: Observer | undefined): Verdict {
  const entering = receiving(passage);
  return walk<ToInterface>(INTO[entering.to.row.owner.kind], packet, entering, observer);
}
