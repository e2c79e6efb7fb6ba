/**
 * A second implementation of a VPC's data plane, slow and obvious, to compare the pipeline with.
 *
 * It reads the same descriptions of networks that tests write (see network-rows.ts), knows nothing of tables, caches or
 * stages, and is written from AWS's documents: VPC user guide (how packets leave and enter an interface, route tables,
 * internet and NAT gateways), VPC peering guide, transit gateway guide (attachments, tables, ACLs), EC2 user guide
 * (connection tracking). Gates have the names of stages.
 */

import { RST } from '../wire/tcp.ts';
import { ReferenceFilters } from './reference-filters.ts';
import {
  hasPorts,
  isEchoReply,
  isEchoRequest,
  isFirstSegment,
  isIcmp,
  type ReferencePacket,
  ReferenceTracking,
  ReferenceTranslations,
  UNKNOWN_PORT,
  type Way,
} from './reference-flows.ts';
import {
  coversAllPorts,
  inBlock,
  isForEverybody,
  isNotPublic,
  type ReferencePeer,
  ruleAllows,
} from './reference-rules.ts';

/** What becomes of a packet: who gets it, as what; or which gate stops it. */
export type ReferenceOutcome =
  | {
      readonly verdict: 'delivered';
      readonly to: string;
      readonly packet: ReferencePacket;
      /** To be told the port at the NAT gateway, where that was free to choose one. */
      readonly learnPort: ((port: number) => void) | undefined;
    }
  | { readonly verdict: 'dropped'; readonly gate: string };

/** A packet on its way. */
interface Journey {
  packet: ReferencePacket;
  /** The host that sent it; undefined for the internet. */
  readonly sender: string | undefined;
  /** The host or NAT gateway that it left last; undefined when it comes from the internet. */
  from: string | undefined;
  /** True as long as no gateway has rewritten it. */
  isOriginal: boolean;
  isOverPeering: boolean;
  /** Once it has entered a transit gateway: whether every attachment since then tells the groups of its sender. */
  transit: { readonly keepsGroups: boolean } | undefined;
  natGateways: number;
  /** The endpoints that it was inspected at. */
  inspectedAt: readonly string[];
  learnPort: ((port: number) => void) | undefined;
}

const drop = (gate: string): ReferenceOutcome => ({ verdict: 'dropped', gate });

/** Routes that lead in a circle end: this project's choice. */
const MOST_NAT_GATEWAYS = 4;
const MOST_INSPECTIONS = 8;
const isIpv6 = (address: string): boolean => address.includes(':');

/** See the file's first sentence. */
export class ReferenceNetwork extends ReferenceFilters {
  nowMs = 1_000_000;
  private readonly tracking = new ReferenceTracking();
  private readonly translations = new ReferenceTranslations();
  /** The packet under way as it was sent. */
  private sent: ReferencePacket | undefined;

  /** Sends a packet from a host, or from `internet`. */
  send(from: string, packet: ReferencePacket): ReferenceOutcome {
    this.sent = packet;
    const start = {
      packet,
      isOriginal: true,
      isOverPeering: false,
      transit: undefined,
      natGateways: 0,
      inspectedAt: [],
      learnPort: undefined,
    };
    if (from === 'internet') return this.arrive({ ...start, from: undefined, sender: undefined });
    return this.leave({ ...start, from, sender: from }, from);
  }

  private leave(journey: Journey, host: string): ReferenceOutcome {
    const { packet } = journey;
    if (this.spec(host).check !== false && !this.owns(host, packet.source)) return drop('source-check');
    const peerHost = this.hostAt(this.vpcOf(host), packet.destination) ?? this.peeredHost(host, packet.destination);
    const peer = { address: packet.destination, groups: peerHost === undefined ? [] : this.groupsOf(peerHost) };
    if (!this.groupsAllow(journey, host, 'out', peer)) return drop('security-group-out');
    const neighbour = this.neighbour(host, packet.destination);
    return neighbour === undefined ? this.leaveSubnet(journey, host) : this.enter(journey, neighbour, false);
  }

  /** Over the subnet's edge: ACL, route, gateway. */
  private leaveSubnet(journey: Journey, host: string): ReferenceOutcome {
    const { packet } = journey;
    if (!this.aclAllows(host, 'out', packet)) return drop('network-acl-out');
    const route = this.routeOf(host, packet.destination);
    if (!route) return this.returnToNatGateway(journey, host);
    if (route.isBlackhole) return drop('route');
    switch (route.target) {
      case 'local':
        return this.enterOr('gateway', journey, this.hostAt(this.vpcOf(host), packet.destination));
      case 'internet':
      case 'eigw':
        if (this.isBlockedOutwards(packet, host, route.target)) return drop('block-public-access-out');
        return route.target === 'eigw' ? this.leaveOverIpv6(journey, host) : this.leaveByInternetGateway(journey, host);
      case 'to-host':
        if (route.name === host) return drop('gateway');
        return this.enter(journey, route.name, this.subnetOf(route.name) !== this.subnetOf(host));
      case 'nat':
        return this.enterNatGateway(journey, host, this.natGatewayFor(host, route.name));
      case 'tgw':
        return this.enterTransitGateway(journey, host, route.name);
      case 'inspect':
        return route.name === host ? drop('gateway') : this.inspect(journey, route.name);
      default:
        return this.crossPeering(journey, host, route.name);
    }
  }

  /** What a NAT gateway of a peered VPC waits for returns to it without a route (user guide, nat-gateway-basics). */
  private returnToNatGateway(journey: Journey, host: string): ReferenceOutcome {
    const { packet } = journey;
    const other = this.peers(this.vpcOf(host)).map((vpc) => this.hostAt(vpc, packet.destination));
    const gateway = other.find((name) => name !== undefined && this.isZonalNatGateway(name));
    if (gateway === undefined || !this.translations.awaits(gateway, packet, this.nowMs)) return drop('route');
    return this.enter({ ...journey, isOverPeering: true }, gateway, true);
  }

  private leaveByInternetGateway(journey: Journey, host: string): ReferenceOutcome {
    const { packet } = journey;
    if (isIpv6(packet.destination)) {
      return this.isRedirected(packet.source, host) ? drop('gateway') : this.leaveOverIpv6(journey, host);
    }
    if (isNotPublic(packet.destination)) return drop('gateway');
    const owner = this.hostAt(this.vpcOf(host), packet.source);
    const source = owner === undefined ? undefined : this.spec(owner).public;
    if (source === undefined || this.isRedirected(packet.source, host)) return drop('gateway');
    const outside = { ...journey, packet: this.outside(packet, host, source), isOriginal: false };
    const inside = this.hostWithPublic(packet.destination);
    if (inside === undefined) return this.delivered(outside, 'internet');
    return this.enterByPublicAddress(outside, inside, 'gateway');
  }

  private leaveOverIpv6(journey: Journey, host: string): ReferenceOutcome {
    const { source, destination } = journey.packet;
    if (this.hostAt(this.vpcOf(host), source) === undefined) return drop('gateway');
    const inside = this.hostWithIpv6(destination);
    if (inside === undefined) return this.delivered(journey, 'internet');
    return this.enterOverIpv6(journey, inside, 'gateway');
  }

  /** Behind an egress-only gateway only answers come in. */
  private enterOverIpv6(journey: Journey, host: string, gate: string): ReferenceOutcome {
    const { packet } = journey;
    if (this.routeOf(host, packet.source)?.target !== 'eigw') return this.passEdge(journey, host, gate);
    const isAnswer =
      this.tracking.find(host, packet, 'in', this.nowMs)?.openedBy === 'out' ||
      this.tracking.knowsCause(host, packet, 'in', this.nowMs);
    return isAnswer ? this.enter(journey, host, true) : drop(gate);
  }

  private arrive(journey: Journey): ReferenceOutcome {
    const { source, destination } = journey.packet;
    const receiver = this.hostWithPublic(destination) ?? this.hostWithIpv6(destination);
    if (receiver !== undefined && this.isBlockedInwards(receiver, source)) return drop('block-public-access-in');
    const gate = 'internet-arrival';
    if (isIpv6(source)) {
      const host = this.hostWithIpv6(destination);
      if (this.hostWithIpv6(source) !== undefined || host === undefined) return drop(gate);
      return this.enterOverIpv6(journey, host, gate);
    }
    if (isNotPublic(source)) return drop(gate);
    if (this.hostWithPublic(source) !== undefined) return drop(gate);
    const host = this.hostWithPublic(destination);
    return host === undefined ? drop(gate) : this.enterByPublicAddress(journey, host, gate);
  }

  private enterByPublicAddress(journey: Journey, host: string, gate: string): ReferenceOutcome {
    const { ip } = this.spec(host);
    const { quoted } = journey.packet;
    const packet = { ...journey.packet, destination: ip, quoted: quoted && { ...quoted, source: ip } };
    return this.passEdge({ ...journey, packet, isOriginal: false }, host, gate);
  }

  /** The internet gateway's own table: to the receiver, or to an appliance that has to be public for IPv4. */
  private passEdge(journey: Journey, host: string, gate: string): ReferenceOutcome {
    const { destination } = journey.packet;
    const route = this.edgeRouteOf(this.vpcOf(host), destination);
    if (route === 'no table' || route?.target === 'local') return this.enter(journey, host, true);
    if (route?.target === 'inspect') return this.inspect(journey, route.name);
    if (route?.target !== 'to-host') return drop(gate);
    const isSeen = isIpv6(destination) || this.spec(route.name).public !== undefined;
    return isSeen ? this.enter(journey, route.name, true) : drop(gate);
  }

  private crossPeering(journey: Journey, host: string, name: string): ReferenceOutcome {
    const vpc = this.otherSide(name, this.vpcOf(host));
    const { destination } = journey.packet;
    if (vpc === undefined || !this.blocksOf(vpc).some((block) => inBlock(destination, block))) return drop('gateway');
    return this.enterOr('gateway', { ...journey, isOverPeering: true }, this.hostAt(vpc, destination));
  }

  /** By the attachment's interface, past its subnet's ACL, to the attachment that the table leads to, and out of that one's interface. */
  private enterTransitGateway(journey: Journey, host: string, gateway: string): ReferenceOutcome {
    const { packet } = journey;
    const entry = this.options.transit?.[gateway]?.vpcs[this.vpcOf(host)];
    if (!entry || this.zoneOf(`${gateway}-${this.vpcOf(host)}`) !== this.zoneOf(host)) return drop('gateway');
    if (!this.aclAllows(`${gateway}-${this.vpcOf(host)}`, 'in', packet)) return drop('network-acl-in');
    const exit = this.exitOf(gateway, entry.table, packet.destination);
    const carriesIpv6 = entry.ipv6 === true && exit?.by.ipv6 === true;
    if (!exit || (isIpv6(packet.destination) && !carriesIpv6)) return drop('transit-gateway');
    const isShown = [entry, exit.by].every(({ references }) => references) && exit.gateway === gateway;
    const keepsGroups = isShown && journey.transit?.keepsGroups !== false;
    const onward = { ...journey, from: `${exit.gateway}-${exit.vpc}`, transit: { keepsGroups } };
    const neighbour = this.neighbour(onward.from, packet.destination);
    if (neighbour !== undefined) return this.enter(onward, neighbour, false);
    return this.leaveSubnet(onward, onward.from);
  }

  private enterOr(gate: string, journey: Journey, host: string | undefined): ReferenceOutcome {
    return host === undefined ? drop(gate) : this.enter(journey, host, true);
  }

  /** Into an interface, over its subnet's edge or not. */
  private enter(journey: Journey, host: string, crossesSubnet: boolean): ReferenceOutcome {
    const { packet } = journey;
    if (crossesSubnet && !this.aclAllows(host, 'in', packet)) return drop('network-acl-in');
    if (this.spec(host).nat) return this.answerAtNatGateway(journey, host);
    if (this.attached[host]) return drop('transit-gateway');
    if (this.spec(host).firewall !== undefined) return drop('inspection');
    if (this.spec(host).check !== false && !this.owns(host, packet.destination)) return drop('destination-check');
    const peer = { address: packet.source, groups: this.visibleGroups(journey, host) };
    return this.groupsAllow(journey, host, 'in', peer) ? this.delivered(journey, host) : drop('security-group-in');
  }

  private delivered({ packet, learnPort }: Journey, to: string): ReferenceOutcome {
    return { verdict: 'delivered', to, packet, learnPort };
  }

  /** Rules see the groups of a sender that has the source address itself, in this VPC or one peered. */
  private visibleGroups(journey: Journey, host: string): readonly string[] {
    const { packet, sender, from, isOriginal, isOverPeering, transit, inspectedAt } = journey;
    if (inspectedAt.length > 0) return [];
    if (transit) {
      const isShown = transit.keepsGroups && !isOverPeering && sender !== undefined && isOriginal;
      return isShown && this.owns(sender, packet.source) ? this.groupsOf(sender) : [];
    }
    if (from === undefined || !isOriginal || !this.owns(from, packet.source)) return [];
    return this.vpcOf(from) === this.vpcOf(host) || isOverPeering ? this.groupsOf(from) : [];
  }

  /** Past the firewall of an endpoint, if that lets it; its subnet's ACL is asked even from within. */
  private inspect(journey: Journey, endpoint: string): ReferenceOutcome {
    const inspectedAt = [...journey.inspectedAt, endpoint];
    if (!this.aclAllows(endpoint, 'in', journey.packet)) return drop('network-acl-in');
    if (inspectedAt.length > MOST_INSPECTIONS) return drop('inspection');
    const fate = this.firewallFate(endpoint, journey.packet, this.nowMs);
    if (fate === 'is rejected') this.reset({ ...journey, packet: this.sent ?? journey.packet, natGateways: 0 });
    if (fate !== 'passes') return drop('inspection');
    const onward = { ...journey, from: endpoint, inspectedAt };
    const neighbour = this.neighbour(endpoint, journey.packet.destination);
    return neighbour === undefined ? this.leaveSubnet(onward, endpoint) : this.enter(onward, neighbour, false);
  }

  private enterNatGateway(journey: Journey, host: string, gateway = host): ReferenceOutcome {
    const crosses = this.subnetOf(gateway) !== this.subnetOf(host);
    const { packet } = journey;
    if (gateway === host) return drop('gateway');
    if (crosses && !this.aclAllows(gateway, 'in', packet)) return drop('network-acl-in');
    if (journey.natGateways >= MOST_NAT_GATEWAYS) return drop('nat-gateway');
    const isTranslatable = hasPorts(packet) || isEchoRequest(packet) || packet.quoted !== undefined;
    const isKnownSource =
      journey.transit !== undefined || this.hostAt(this.vpcOf(gateway), packet.source) !== undefined;
    if (isIpv6(packet.source) || !isKnownSource || !isTranslatable) return drop('nat-gateway');
    const { ip } = this.spec(gateway);
    if (packet.quoted) {
      const error = this.translations.errorFromInside(gateway, ip, packet, this.nowMs);
      return error ? this.leaveNatGateway({ ...journey, packet: error }, gateway) : drop('nat-gateway');
    }
    const flow = this.translations.fromInside(gateway, packet, this.nowMs);
    if (!flow) {
      this.reset(journey);
      return drop('nat-gateway');
    }
    const port = flow.port ?? UNKNOWN_PORT;
    const translated = {
      ...packet,
      source: ip,
      sourcePort: port,
      ...(isIcmp(packet) ? { destinationPort: port } : {}),
    };
    const learnPort =
      flow.port === undefined
        ? (seen: number): void => this.translations.learnPort(flow, seen, this.nowMs)
        : journey.learnPort;
    return this.leaveNatGateway({ ...journey, packet: translated, learnPort }, gateway);
  }

  /** A segment of a connection that the gateway does not know is answered with a reset, which meets the sender's gates. */
  private reset({ packet, sender, natGateways }: Journey): void {
    if (sender === undefined || natGateways > 0 || (packet.tcpFlags & RST) !== 0) return;
    const { source, destination, sourcePort, destinationPort } = packet;
    const ends = { source: destination, destination: source, sourcePort: destinationPort, destinationPort: sourcePort };
    const reset = { ...packet, ...ends, tcpFlags: RST };
    const onlyWay = { isOriginal: true, isOverPeering: false, transit: undefined, natGateways: 0 };
    const way = { ...onlyWay, inspectedAt: [], learnPort: undefined };
    this.enter({ ...way, packet: reset, sender: undefined, from: undefined }, sender, true);
  }

  /** A packet for an address of the gateway: only what answers gets further. */
  private answerAtNatGateway(journey: Journey, gateway: string): ReferenceOutcome {
    const { packet } = journey;
    if (packet.quoted) {
      const error = this.translations.errorFromOutside(gateway, packet, this.nowMs);
      return error ? this.leaveNatGateway({ ...journey, packet: error }, gateway) : drop('nat-gateway');
    }
    if (isIpv6(packet.source) || !(hasPorts(packet) || isEchoReply(packet))) return drop('nat-gateway');
    const flow = this.translations.fromOutside(gateway, packet, this.nowMs);
    if (!flow) return drop('nat-gateway');
    const port = flow.clientPort;
    const answer = {
      ...packet,
      destination: flow.client,
      destinationPort: port,
      ...(isIcmp(packet) ? { sourcePort: port } : {}),
    };
    return this.leaveNatGateway({ ...journey, packet: answer }, gateway);
  }

  private leaveNatGateway(journey: Journey, gateway: string): ReferenceOutcome {
    const onward = { ...journey, from: gateway, isOriginal: false, natGateways: journey.natGateways + 1 };
    const neighbour = this.neighbour(gateway, onward.packet.destination);
    return neighbour === undefined ? this.leaveSubnet(onward, gateway) : this.enter(onward, neighbour, false);
  }

  /** A tracked flow passes; else a rule has to allow the packet, and it may begin a tracked flow. */
  private groupsAllow(journey: Journey, host: string, way: Way, peer: ReferencePeer): boolean {
    const { packet } = journey;
    const flow = this.tracking.find(host, packet, way, this.nowMs);
    if (flow) {
      this.tracking.advance(flow, packet, way, this.nowMs);
      return true;
    }
    if (this.tracking.knowsCause(host, packet, way, this.nowMs)) return true;
    const lists = this.options.prefixLists ?? {};
    const allowing = this.rulesOf(host, way).filter((rule) => ruleAllows(rule, packet, peer, lists));
    if (allowing.length === 0) return false;
    if (this.isTracked(journey, host, way, allowing, peer)) this.tracking.open(host, packet, way, this.nowMs);
    return true;
  }

  /** The user guide's decision. Of ICMP only what asks begins a flow, because nothing else is answered. */
  private isTracked(
    journey: Journey,
    host: string,
    way: Way,
    allowing: readonly string[],
    peer: ReferencePeer,
  ): boolean {
    const { packet } = journey;
    if (isIcmp(packet)) return isEchoRequest(packet);
    if (!hasPorts(packet)) return true;
    if (this.isTrackedAutomatically(journey, host, way)) return true;
    const other = way === 'in' ? 'out' : 'in';
    const open = (direction: Way): string[] =>
      this.rulesOf(host, direction).filter((rule) => isForEverybody(rule, peer.address));
    const isOnAllPorts = (direction: Way): boolean => open(direction).some((rule) => coversAllPorts(rule, packet));
    if (!allowing.some((rule) => isForEverybody(rule, peer.address))) return true;
    if (isOnAllPorts(other)) return false;
    // "To and from the instance": an answer that an open rule permits belongs to what is not tracked.
    const { sourcePort, destinationPort } = packet;
    const reverse = { ...packet, sourcePort: destinationPort, destinationPort: sourcePort };
    const isAnswer =
      !isFirstSegment(packet) && open(other).some((rule) => ruleAllows(rule, reverse, { ...peer, groups: [] }, {}));
    return !(isAnswer && isOnAllPorts(way));
  }

  /** By NAT gateways, egress-only internet gateways and the endpoints of firewalls. */
  private isTrackedAutomatically({ packet, natGateways, inspectedAt }: Journey, host: string, way: Way): boolean {
    if (way === 'in') return natGateways + inspectedAt.length > 0;
    if (this.neighbour(host, packet.destination) !== undefined) return false;
    return ['nat', 'eigw', 'inspect'].includes(this.routeOf(host, packet.destination)?.target ?? '');
  }
}
