/**
 * What the controller asks of a data plane, and what a data plane tells it.
 *
 * There are two: one in this process with virtual guests only (tests, macOS), and the machine room, a process of its
 * own with real namespaces. Everything here is data that survives structured clone.
 */
import type { IpAddress, Ipv4 } from '../net/address.ts';
import type { InstanceId, NetworkInterfaceId } from '../net/identifiers.ts';
import type { Mac } from '../net/mac.ts';
import type { NicMode } from '../net/nic-mode.ts';
import type { FlowReport } from './flow-report.ts';
import type { NicReport, OffloadAvailable } from './nic-ways.ts';
import type { StopOptions } from './stop-options.ts';
import type { InterfaceOwner, RouteTarget, TableUpdate } from './tables.ts';
import type { TraceRule } from './trace-rules.ts';

export type { TraceFirewallRule, TraceRule } from './trace-rules.ts';

/** The drivers that can run a guest: a machine of its own namespaces, or a small responder inside the process. */
export type GuestDriver = 'namespace' | 'virtual';

/** An interface as the guest gets it: a NIC with a MAC, at a device index. Addresses come by DHCP and metadata. */
export interface GuestInterface {
  readonly id: NetworkInterfaceId;
  readonly deviceIndex: number;
  readonly networkCardIndex: number;
  readonly mac: Mac;
  /** Largest packet the guest may send, in bytes (9001 inside a VPC). */
  readonly mtuBytes: number;
  /** How it is to go to the guest. */
  readonly nic: NicMode;
  /**
   * Its addresses, each with the length of its subnet's block ("10.0.1.5/24"): for a device by passthrough, on which
   * nobody would answer DHCP.
   */
  readonly addresses: readonly string[];
}

/** A guest to be started. */
export interface GuestSpec {
  readonly instanceId: InstanceId;
  readonly driver: GuestDriver;
  /** Host name inside the guest: its private DNS name, as on Amazon Linux. */
  readonly hostName: string;
  /** True at the first boot of an instance: user data runs, the root file system is new. */
  readonly firstBoot: boolean;
  readonly interfaces: readonly GuestInterface[];
}

/** Where a guest stands after it was started. */
export interface GuestStarted {
  /** As `DataPlane.guestPid`. */
  readonly hostPid: number | undefined;
}

/** A gateway by which the packet of a question comes: out of a peering into a VPC, or by an attachment into its gateway. */
export type GatewayEntry =
  | { readonly kind: 'peering'; readonly id: string; readonly vpcId: string }
  /** By the id of the attachment's row. */
  | { readonly kind: 'transit-gateway-attachment'; readonly id: string };

/** A target of a load balancer that a question is about. One interface may be registered at several ports. */
export interface WantedTarget {
  readonly interfaceId: NetworkInterfaceId;
  /** At which it is sent to; undefined for any. */
  readonly port?: number;
}

/** A packet to be explained: what would happen to it now. */
export interface TraceRequest {
  /** The interface that sends it, or the outside world. */
  readonly from:
    | { readonly kind: 'interface'; readonly id: NetworkInterfaceId }
    | { readonly kind: 'internet' }
    | { readonly kind: 'site' }
    | GatewayEntry;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  /** 0 for protocols without ports. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** `identifier`: of echo requests and replies. */
  readonly icmp: { readonly type: number; readonly code: number; readonly identifier: number } | undefined;
  /** Targets that load balancers on the way choose, where they send to them at all. */
  readonly wantedTargets?: readonly WantedTarget[];
  /** The very frame, from the destination MAC on, that is asked about; then the fields above say nothing. */
  readonly frame?: Uint8Array;
}

/** A component of the network, as a trace names it. */
export interface TraceComponent {
  readonly kind: string;
  readonly id: string;
  /** The rule, route or translation in words; may be empty. */
  readonly detail: string;
  readonly rule?: TraceRule | undefined;
}

/** The two ends of a packet; addresses as text. */
export interface PacketEnds {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  /** 0 for protocols without ports. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Of ICMP and ICMPv6. */
  readonly icmp: { readonly type: number; readonly code: number } | undefined;
}

/** The interface at whose side a stage looks at a packet: the one that it leaves last or comes to next. */
export interface TracePlace {
  readonly interfaceId: string;
  /** The instance or the NAT gateway whose interface it is. */
  readonly ownerId: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly securityGroupIds: readonly string[];
}

/** One step of a trace: a stage that looked at the packet, and what decided there. */
export interface TraceStep {
  /** Name of the stage, as in the pipeline's table. */
  readonly stage: string;
  /** The component that decided (interface, group and rule, ACL and entry, route table and route, gateway), if one did. */
  readonly component: TraceComponent | undefined;
  /** Undefined at the edges to the outside world and to the services, and at a regional NAT gateway, which has no interface. */
  readonly at: TracePlace | undefined;
  /** Text of the packet's addresses and ports after the stage: "10.0.1.5:40000 > 10.0.2.9:80 tcp". */
  readonly packet: string;
  /** Its ends as the stage found and as it left them; undefined for what is no IP packet. */
  readonly before: PacketEnds | undefined;
  readonly after: PacketEnds | undefined;
}

/** A packet as it was delivered, after whatever gateways did to it. */
export type DeliveredPacket = Omit<TraceRequest, 'from' | 'frame'>;

/** What would happen to a packet, and why. */
export interface TraceResult {
  readonly verdict: 'delivered' | 'answered' | 'dropped';
  /** `stage/reason` of a drop, undefined otherwise. */
  readonly reason: string | undefined;
  /** AWS's explanation code of a drop (Reachability Analyzer), where it has one. */
  readonly code: string | undefined;
  /** What the reason means, in a sentence. */
  readonly explanation: string | undefined;
  /** Where it was delivered: an interface id, `internet`, or `site` for the customer's site. */
  readonly deliveredTo: string | undefined;
  readonly path: readonly TraceStep[];
}

/** What would let a lost packet and its answer pass. */
export interface TraceChange {
  /** False where nothing was found; then there are no calls. True without calls: a new flow would pass as it is. */
  readonly found: boolean;
  /** In the order in which they are to be made. */
  readonly calls: readonly TraceCall[];
}

/** A call of EC2's API. */
export interface TraceCall {
  /** The account and Region that it is to be made in. */
  readonly scope: { readonly account: string; readonly region: string };
  readonly operation: string;
  /** By the API's names; a text that begins with `$` stands for what an earlier call gave back. */
  readonly parameters: object;
  /** The member of its answer that later calls need, and the name that they use for it without its `$`. */
  readonly saves?: { readonly name: string; readonly path: string } | undefined;
  /** What a person types. */
  readonly command: string;
}

/** A transit gateway that a packet met: several in one step where they are peered. Attachments by their own ids. */
export interface TraceCrossing {
  /** Number of the step of the path, from 0. */
  readonly step: number;
  readonly transitGatewayId: string;
  readonly enteredBy: string;
  /** The table and its route; undefined where no route held the destination. */
  readonly route: TraceComponent | undefined;
  /** Undefined where the gateway led it nowhere. */
  readonly leftBy: string | undefined;
}

/** A trace with what asks for its answer: the packet as it was delivered, if it was. */
export interface Explanation extends TraceResult {
  readonly deliveredAs: DeliveredPacket | undefined;
  /** Transit gateways that it met, in order. */
  readonly transitCrossings: readonly TraceCrossing[];
}

/** Why a frame was dropped, and where. */
export interface CapturedDrop {
  /** The interface that it was to enter or had left; undefined at the edges. */
  readonly at: string | undefined;
  /** `stage/reason`. */
  readonly reason: string;
  /** AWS's explanation code, where it has one. */
  readonly code: string | undefined;
  /** What the reason means, in a sentence. */
  readonly explanation: string;
  /** What decided, if something did: the ACL and its entry, the route table and its route, the groups. */
  readonly component: TraceComponent | undefined;
}

/** Which frames of an interface are captured: all, or those alone that were dropped. */
export type CaptureMode = 'all' | 'drops';

/** A frame seen at a port. */
export interface CapturedFrame {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly direction: 'out-of-guest' | 'into-guest';
  /** The frame, from the destination MAC on, without frame check sequence. */
  readonly bytes: Uint8Array;
  /** Length on the wire in bytes, when `bytes` was cut. */
  readonly lengthBytes: number;
  /** Undefined when it was not dropped. A dropped frame into a guest never reached it. */
  readonly dropped: CapturedDrop | undefined;
}

/**
 * What `ethtool -S` shows of an ENA device (EC2 user guide, monitoring-network-performance-ena): packets that were queued or
 * dropped because an allowance was exceeded, since the interface was plugged in, and connections that can still be tracked.
 */
export const ENA_COUNTERS = [
  'bw_in_allowance_exceeded',
  'bw_out_allowance_exceeded',
  'pps_allowance_exceeded',
  'conntrack_allowance_exceeded',
  'linklocal_allowance_exceeded',
  'conntrack_allowance_available',
] as const;
export type EnaCounters = Readonly<Record<(typeof ENA_COUNTERS)[number], number>>;

/** Counters of the fabric, cumulative since it started. */
export interface FabricCounters {
  readonly ports: number;
  readonly framesReceived: number;
  readonly framesDelivered: number;
  readonly framesAnswered: number;
  readonly flowCacheHits: number;
  readonly flowCacheMisses: number;
  readonly trackedConnections: number;
  /** What the flow switch holds and has forwarded, where there is one. */
  readonly offloaded: OffloadCounters | undefined;
  /** `stage/reason` → frames. */
  readonly drops: Readonly<Record<string, number>>;
  /** The same by interface, of those that are there and dropped something. */
  readonly interfaceDrops: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Flows that the kernel switches now, and the packets and bytes since the start, as they would be on a wire. */
export interface OffloadCounters {
  readonly flows: number;
  readonly packets: number;
  readonly bytes: number;
}

/** Where packets left from or came to: an interface and what it belonged to then, or the outside world. */
export type TrafficEnd = { readonly interfaceId: NetworkInterfaceId; readonly owner: InterfaceOwner } | 'internet';

/** One part of a way: by what packets came there. Undefined: they came from outside, or without a route from a neighbour. */
export interface TrafficLeg {
  readonly by: RouteTarget['kind'] | undefined;
  readonly to: TrafficEnd;
}

/** Packets that were delivered on one way, from its first end over NAT and transit gateways to its last. */
export interface TrafficCount {
  readonly from: TrafficEnd;
  readonly legs: readonly TrafficLeg[];
  readonly packets: number;
  /** Of IP packets, headers included. */
  readonly bytes: number;
}

/** A question that a guest asked of a link-local service; the interface it came from is known by the fabric. */
export type ServiceRequest =
  | {
      readonly kind: 'metadata';
      /** Over which of its addresses the service was asked. */
      readonly family: 'ipv4' | 'ipv6';
      readonly interfaceId: NetworkInterfaceId;
      readonly method: string;
      /** Path and query as sent. */
      readonly path: string;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'dns'; readonly interfaceId: NetworkInterfaceId | 'internet'; readonly query: Uint8Array };

/** The answer to a ServiceRequest. */
export type ServiceResponse =
  | {
      readonly kind: 'metadata';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string | Uint8Array;
      /** IP time to live of the answer, for the hop limit of token answers; undefined: the system's default. */
      readonly hopLimit: number | undefined;
    }
  | { readonly kind: 'dns'; readonly answer: Uint8Array };

/** A call of localvpc's own API that came by an interface endpoint, as HTTP carried it. */
export interface ApiRequest {
  /** The endpoint's interface. */
  readonly interfaceId: NetworkInterfaceId;
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Its answer. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a data plane tells by itself. */
export interface DataPlaneEvents {
  /** A guest ended without having been asked to: it shut itself down, wants to be started again, or its first process died. */
  guestEnded(instanceId: InstanceId, how: 'poweroff' | 'reboot' | 'crash'): void;
  /** Answers a link-local service's question; metadata and DNS know the model, the data plane does not. */
  serve(request: ServiceRequest): ServiceResponse | Promise<ServiceResponse>;
  /** Answers a call of the API; a data plane without a network for the services has none. */
  callApi(request: ApiRequest): Promise<ApiResponse>;
  /** Something inside went wrong that concerns no guest's life; for the log. */
  failed(what: string, reason: string): void;
  /** The data plane itself is gone; no packet moves until a new one is made. */
  lost(reason: string): void;
}

/** Addresses of the outside world, from which public addresses are reached. */
export interface InternetSide {
  /** Process id, as the host sees it, of a process inside the internet namespace; undefined where there is none. */
  hostPid(): Promise<number | undefined>;
  /** The outside world's own address. */
  readonly address: Ipv4;
}

/** The data plane: tables in, guests up and down, questions answered, in turn. Every promise resolves once frames obey. */
export interface DataPlane {
  /** Drivers that work here, the preferred one first. */
  readonly drivers: readonly GuestDriver[];
  readonly internet: InternetSide;
  /** Whether interfaces in the mode sriov are offloaded here; otherwise the fabric mediates for them too. */
  offload(): Promise<OffloadAvailable>;
  apply(updates: readonly TableUpdate[]): Promise<void>;
  /** The customer's site, at the other end of VPN connections; started if it does not run. */
  openSite(): Promise<GuestStarted>;
  startGuest(spec: GuestSpec): Promise<GuestStarted>;
  /** Asks the guest to shut down, then ends it; at once where `abrupt`. Its root file system is kept unless `discard`. */
  stopGuest(instanceId: InstanceId, options: StopOptions): Promise<void>;
  /** Takes interfaces of a running guest over to another host, by new ports: no frame is lost, connections stay tracked. */
  moveInterfaces(interfaceIds: readonly NetworkInterfaceId[]): Promise<void>;
  rebootGuest(instanceId: InstanceId): Promise<GuestStarted>;
  plugInterface(instanceId: InstanceId, plug: GuestInterface): Promise<void>;
  unplugInterface(instanceId: InstanceId, interfaceId: NetworkInterfaceId): Promise<void>;
  /** Tells the guest agent of an instance to read its addresses from the metadata service again. */
  refreshGuest(instanceId: InstanceId): Promise<void>;
  consoleOutput(instanceId: InstanceId): Promise<string>;
  /** Process id of a running guest's first process as the host sees it; undefined for a virtual or unknown one. */
  guestPid(instanceId: InstanceId): number | undefined;
  /** `assumed`: a packet that is taken to have passed just before, so that this one may be its answer. */
  trace(request: TraceRequest, assumed: TraceRequest | undefined): Promise<Explanation>;
  /** Calls `sink` with every frame of an interface until the returned function is called. */
  capture(interfaceId: NetworkInterfaceId, sink: (frame: CapturedFrame) => void, mode: CaptureMode): () => void;
  counters(): Promise<FabricCounters>;
  /** ENA's counters by interface, of those that guests have now; of these alone where `ids` are given. */
  enaCounters(ids?: readonly NetworkInterfaceId[]): Promise<Readonly<Record<string, EnaCounters>>>;
  /** Every interface that a guest has, in no order. */
  nics(): Promise<readonly NicReport[]>;
  /** What was delivered between subnets and with the outside world since the last call. */
  takeTraffic(): Promise<readonly TrafficCount[]>;
  /** What interfaces and transit gateways with a flow log saw since the last call. */
  takeFlows(): Promise<FlowReport>;
  /** Ends every guest and frees everything. */
  close(): Promise<void>;
}
