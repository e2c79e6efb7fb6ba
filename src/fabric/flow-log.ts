/**
 * Flows as flow logs tell them: what the interfaces with a flow log saw of each 5-tuple, and how much of it.
 *
 * A logged flow has an account of its own (flow-counts.ts), so the flow cache counts it as it counts everything; what
 * was counted goes on to the account of its way when it is read. Flows that no logged interface sees cost a look at
 * three columns when they begin, and nothing after.
 *
 * The gates of an interface decide what is written: REJECT where a group, a network ACL or Block Public Access refused the packet, ACCEPT
 * where they let it pass, whatever became of it later (user guide, flow-log-records; that a packet without a route is an
 * ACCEPT is unconfirmed). What is dropped before any gate was asked is not written (unconfirmed), and neither is what
 * passes by the gates: DHCP, ARP, metadata, DNS, time, and packets for the router itself.
 */
import type { IpAddress } from '../net/address.ts';
import type { NetworkInterfaceId, TransitGatewayAttachmentId } from '../net/identifiers.ts';
import { TCP } from '../net/protocol.ts';
import type { Interface } from '../pipeline/interface.ts';
import type { Packet } from '../pipeline/packet.ts';
import type { Ends, Passage } from '../pipeline/passage.ts';
import type { Route } from '../pipeline/route-table.ts';
import type { Drop } from '../pipeline/verdict.ts';
import type { CountedFlow, FlowRecord, FlowReport, TransitFlowRecord } from '../tables/flow-report.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';
import { type FlowCounts, NO_ACCOUNT } from './flow-counts.ts';
import { isTransitLogged, type TransitSight, transitKeyOf, transitSightsOf } from './transit-sights.ts';

/** Flows between two readings; of the interfaces of further ones it is said that records are missing. */
const DEFAULT_MAX_FLOWS = 1 << 16;
/** How exact the time of a flow's last packet is when the flow cache forwards it, in milliseconds. */
const SAMPLE_EVERY_MS = 1000;

/** Stages before the first gate of a sender. */
const UNGATED: ReadonlySet<string> = new Set([
  'ethernet',
  'arp',
  'neighbour-discovery',
  'dhcp',
  'dhcpv6',
  'link-local',
  'source-check',
  'subnet',
]);
const BLOCK_PUBLIC_ACCESS: ReadonlySet<string> = new Set(['block-public-access-out', 'block-public-access-in']);
const SENDER_GATES: ReadonlySet<string> = new Set([
  'security-group-out',
  'network-acl-neighbour-out',
  'network-acl-out',
]);
const EGRESS_GATES: ReadonlySet<string> = new Set([...SENDER_GATES, 'block-public-access-out']);
const INGRESS_GATES: ReadonlySet<string> = new Set(['network-acl-in', 'security-group-in', 'block-public-access-in']);
/** Stages that only a packet meets which the receiver's gates have let in. */
const PAST_GATES: ReadonlySet<string> = new Set([
  'nat-gateway',
  'transit-gateway',
  'inspection',
  'gateway-load-balancer',
  'endpoint',
  'load-balancer',
]);

/** True when the sender's own gates, or a stage before them, refused a packet that had passed no gateway. */
export const isRefusedBySender = ({ stage }: Drop): boolean => UNGATED.has(stage) || SENDER_GATES.has(stage);

/** A flow as one interface sees it. */
type Sight = Omit<FlowRecord, keyof CountedFlow>;

interface Flow {
  readonly account: number;
  readonly sights: readonly Sight[];
  readonly transitSights: readonly TransitSight[];
  /** Where what was counted is counted as well. */
  wayAccount: number;
  /** The last epoch in which the stages saw it. */
  epoch: number;
  tcpFlags: number;
  packets: number;
  bytes: number;
  firstMs: number;
  lastMs: number;
}

/** The flows that interfaces and transit gateways with a flow log have seen since somebody asked. */
export class FlowLog {
  private readonly flows = new Map<string, Flow>();
  private readonly skipped = new Set<NetworkInterfaceId | TransitGatewayAttachmentId>();
  private sampledMs = 0;
  /** When the last frame came, to be kept up to date while there are flows. */
  lastFrameMs = 0;

  constructor(
    private readonly counts: FlowCounts,
    private readonly maxFlows: number = DEFAULT_MAX_FLOWS,
  ) {}

  /** True while there are flows to be told. */
  get isActive(): boolean {
    return this.flows.size > 0;
  }

  /**
   * The account under which a packet is to be counted that was delivered or, with `drop`, refused: its flow's where a
   * logged interface has seen it, otherwise that of its way.
   */
  accountOf(packet: Packet, passage: Passage, wayAccount: number, drop?: Drop): number {
    if (!isLogged(passage) || isExempt(packet, passage, drop)) return wayAccount;
    const key = keyOf(packet, passage, drop);
    const flow = this.flows.get(key) ?? this.begin(key, packet, passage, drop);
    if (!flow) return wayAccount;
    flow.wayAccount = wayAccount;
    flow.epoch = passage.network.epoch;
    if (flow.firstMs === 0) flow.firstMs = passage.nowMs;
    flow.lastMs = passage.nowMs;
    flow.tcpFlags |= flagsOf(packet);
    return flow.account;
  }

  /** To be called now and then: notes until when flows have had packets. */
  sample(nowMs: number): void {
    if (!this.isActive || nowMs - this.sampledMs < SAMPLE_EVERY_MS) return;
    this.sampledMs = nowMs;
    this.settle();
  }

  /** Adds what flows have had to the accounts of their ways. */
  settle(): void {
    for (const flow of this.flows.values()) this.read(flow);
  }

  /**
   * What was seen since the last call. Flows without packets are forgotten; `renew` is called when the flow cache must not use
   * what it remembers any more.
   */
  take(epoch: number, renew: () => void): FlowReport {
    const records: FlowRecord[] = [];
    const transits: TransitFlowRecord[] = [];
    let isCached = false;
    for (const [key, flow] of this.flows) {
      this.read(flow);
      if (flow.packets > 0) {
        for (const sight of flow.sights) records.push({ ...sight, ...totalsOf(flow) });
        for (const sight of flow.transitSights) transits.push({ ...sight, ...totalsOf(flow) });
        Object.assign(flow, { packets: 0, bytes: 0, tcpFlags: 0, firstMs: 0 });
      } else {
        isCached ||= flow.epoch === epoch;
        this.flows.delete(key);
        this.counts.close(flow.account);
      }
    }
    if (isCached) renew();
    const skipped = [...this.skipped];
    this.skipped.clear();
    return { records, transits, skipped };
  }

  private read(flow: Flow): void {
    const { packets, bytes } = this.counts.take(flow.account);
    if (packets === 0) return;
    if (flow.wayAccount !== NO_ACCOUNT) this.counts.add(flow.wayAccount, packets, bytes);
    if (flow.packets === 0) flow.firstMs = flow.firstMs || this.lastFrameMs;
    flow.packets += packets;
    flow.bytes += bytes;
    flow.lastMs = Math.max(flow.lastMs, this.lastFrameMs);
  }

  private begin(key: string, packet: Packet, passage: Passage, drop: Drop | undefined): Flow | undefined {
    const sights = sightsOf(packet, passage, drop).filter(({ holder }) => holder.row.isFlowLogged);
    const transitSights = transitSightsOf(packet, passage, drop);
    if (sights.length + transitSights.length === 0) return undefined;
    if (this.flows.size >= this.maxFlows) {
      for (const { sight } of sights) this.skipped.add(sight.interfaceId);
      for (const { entered, left } of transitSights) this.skipped.add(entered).add(left ?? entered);
      return undefined;
    }
    const flow: Flow = {
      account: this.counts.open(),
      sights: sights.map(({ sight }) => sight),
      transitSights,
      wayAccount: NO_ACCOUNT,
      epoch: 0,
      tcpFlags: 0,
      packets: 0,
      bytes: 0,
      firstMs: passage.nowMs,
      lastMs: passage.nowMs,
    };
    this.flows.set(key, flow);
    return flow;
  }
}

const totalsOf = ({ packets, bytes, tcpFlags, firstMs, lastMs }: Flow): CountedFlow => ({
  packets,
  bytes,
  tcpFlags,
  firstMs,
  lastMs,
});

const isLogged = (passage: Passage): boolean => {
  const { sender, to, passed } = passage;
  return (
    sender?.row.isFlowLogged === true ||
    to?.row.isFlowLogged === true ||
    (passed.length > 0 && passed.some(({ holder, exit }) => holder.row.isFlowLogged || exit.row.isFlowLogged)) ||
    isTransitLogged(passage)
  );
};

function isExempt(packet: Packet, passage: Passage, drop: Drop | undefined): boolean {
  if (drop && UNGATED.has(drop.stage)) return true;
  // What an interface endpoint leads to localvpc's API passes gates as everything else does.
  const isByEndpoint = passage.endpointEnds > 0;
  if (passage.arrivedBy === 'services' && !isByEndpoint) return true;
  if (!drop && !passage.to && passage.edge === 'services' && !isByEndpoint) return true;
  const { destination } = packet;
  const subnet = passage.sender?.subnet;
  return subnet !== undefined && (destination === subnet.routerAddress || subnet.isIpv6Router(destination));
}

/** Everything that makes another record of a packet. */
function keyOf(packet: Packet, passage: Passage, drop: Drop | undefined): string {
  const { sender, to } = passage;
  const ports = packet.hasPorts ? passage.originalPorts : 0;
  const { source, destination, protocol, sourcePort, destinationPort } = packet;
  return `${sender?.index} ${passage.originalSource} ${passage.originalDestination} ${ports} ${protocol} ${to?.index} ${source} ${destination} ${sourcePort} ${destinationPort} ${drop?.id} ${transitKeyOf(passage)} ${passage.seenBefore}`;
}

/** AWS knows SYN, FIN and RST, and ACK only beside SYN (user guide, flow-log-records, tcp-flags). */
function flagsOf({ protocol, tcpFlags }: Packet): number {
  if (protocol !== TCP) return 0;
  return tcpFlags & ((tcpFlags & SYN) === 0 ? FIN | RST : FIN | RST | SYN | ACK);
}

interface Seen {
  readonly holder: Interface;
  readonly sight: Sight;
}

/** What each interface on the packet's way saw of it. */
function sightsOf(packet: Packet, passage: Passage, drop: Drop | undefined): readonly Seen[] {
  const { sender, to, passed, seenBefore } = passage;
  const seen: Seen[] = [];
  const rejectReason = drop && BLOCK_PUBLIC_ACCESS.has(drop.stage) ? 'BPA' : undefined;
  const note = (
    holder: Interface,
    direction: Sight['direction'],
    action: Sight['action'],
    ends: Ends,
    route?: Route,
  ): void => {
    const sight = sightOf(packet, holder, direction, action, ends, route, passage);
    seen.push({ holder, sight: { ...sight, rejectReason: action === 'REJECT' ? rejectReason : undefined } });
  };
  const egress = drop && EGRESS_GATES.has(drop.stage) ? 'REJECT' : 'ACCEPT';
  // What has come back from an appliance was told as far as there when it was sent to it.
  if (sender && seenBefore === undefined) {
    const isLast = passed.length === 0;
    const route = isLast ? passage.route : passed[0]?.route;
    note(sender, 'egress', isLast ? egress : 'ACCEPT', originalEnds(packet, passage), route);
  }
  for (const [index, { holder, arrived, exit, left }] of passed.entries()) {
    const next = passed[index + 1];
    if (seenBefore !== undefined && index < seenBefore) continue;
    // Of an endpoint to a service of AWS only the side in the VPC is seen.
    if (index !== seenBefore && !isOutside(holder, arrived.destination)) note(holder, 'ingress', 'ACCEPT', arrived);
    if (isOutside(exit, left.source)) continue;
    note(exit, 'egress', next ? 'ACCEPT' : egress, left, next ? next.route : passage.route);
  }
  if (to && (!drop || INGRESS_GATES.has(drop.stage) || PAST_GATES.has(drop.stage))) {
    note(to, 'ingress', drop && INGRESS_GATES.has(drop.stage) ? 'REJECT' : 'ACCEPT', packet);
  }
  return seen;
}

/** True at the end of an endpoint that is not in its VPC. */
const isOutside = (holder: Interface, address: IpAddress): boolean =>
  holder.row.owner.kind === 'vpc-endpoint' && !holder.owns(address);

const originalEnds = (packet: Packet, passage: Passage): Ends => ({
  source: passage.originalSource,
  destination: passage.originalDestination,
  sourcePort: packet.hasPorts ? passage.originalPorts >>> 16 : 0,
  destinationPort: packet.hasPorts ? passage.originalPorts & 0xffff : 0,
});

function sightOf(
  packet: Packet,
  { row }: Interface,
  direction: Sight['direction'],
  action: Sight['action'],
  { source, destination, sourcePort, destinationPort }: Ends,
  route: Route | undefined,
  { peering }: Passage,
): Omit<Sight, 'rejectReason'> {
  const own = direction === 'egress' ? source : destination;
  return {
    interfaceId: row.id,
    vpcId: row.vpcId,
    subnetId: row.subnetId,
    owner: row.owner,
    direction,
    action,
    protocol: packet.protocol,
    source,
    destination,
    sourcePort: packet.hasPorts ? sourcePort : 0,
    destinationPort: packet.hasPorts ? destinationPort : 0,
    interfaceAddress: primaryOf(row, own),
    by: direction === 'egress' ? route?.target.kind : undefined,
    isInterRegion: peering?.row.isInterRegion ?? false,
  };
}

/** The primary private IPv4 address stands for all; of IPv6 it is the packet's own address. */
const primaryOf = (row: Interface['row'], own: IpAddress): IpAddress =>
  typeof own === 'bigint'
    ? row.ipv6Addresses.includes(own)
      ? own
      : (row.ipv6Addresses[0] ?? own)
    : (row.ipv4Addresses[0] ?? own);
