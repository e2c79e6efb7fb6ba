/**
 * What the three parts of a machine room say to each other: controller ↔ room process ↔ fabric thread.
 *
 * Each interface is called through `RemoteCalls`; every value survives structured clone.
 */
import type { PortName } from '../fabric/fabric-options.ts';
import type { MachineAddresses } from '../fabric/machine-door.ts';
import type { DeviceHandover } from '../guest/guest-host.ts';
import type { FlowSwitchDescriptors } from '../host/flow-switch.ts';
import type { IpAddress } from '../net/address.ts';
import type { InstanceId, NetworkInterfaceId } from '../net/identifiers.ts';
import type {
  ApiRequest,
  ApiResponse,
  CapturedFrame,
  CaptureMode,
  EnaCounters,
  Explanation,
  FabricCounters,
  GuestInterface,
  GuestSpec,
  ServiceRequest,
  ServiceResponse,
  TraceRequest,
  TrafficCount,
} from '../tables/data-plane.ts';
import type { FlowReport } from '../tables/flow-report.ts';
import type { MediatedFrames, NicReport, OffloadAvailable } from '../tables/nic-ways.ts';
import type { StopOptions } from '../tables/stop-options.ts';
import type { TableUpdate } from '../tables/tables.ts';

/** What a room is opened with. */
export interface RoomOptions {
  readonly privileged: boolean;
  /** Path of a static busybox. */
  readonly busybox: string;
  /** The outside world's own address, and the ranges that it reaches through the fabric, as text. */
  readonly internetAddress: string;
  readonly publicRanges: readonly string[];
  /** Ranges where services of the outside world stand. */
  readonly serviceRanges: readonly string[];
  readonly internetIpv6Address: string;
  readonly publicIpv6Ranges: readonly string[];
  /** Folders that guests must not see, such as the journal's. */
  readonly hiddenDirectories: readonly string[];
  /** The machine's own addresses where it has host access: its interface is then the room's HANDED_DESCRIPTOR. */
  readonly machineAddresses: MachineAddresses | undefined;
  /** Most that a guest's root file system may hold, in bytes of memory. */
  readonly guestRootBytes: number;
}

/**
 * Table updates as bytes that `v8.deserialize` reads: the room's process hands them on as they are. To read them and to
 * write them again took half of what it did for an import of 5,000 interfaces (0.1 of 0.2 s).
 */
export type PackedUpdates = Uint8Array;

/** Updates that concern the room's own process: where the customer's site stands. */
export const roomUpdates = (updates: readonly TableUpdate[]): readonly TableUpdate[] =>
  updates.filter((update) => (update.change === 'put' ? update.row : update).kind === 'vpn-connection');

/** A process of the room's, by the room's process ids. */
export interface RoomPid {
  readonly roomPid: number | undefined;
}

/** What the controller asks of the room. */
export interface RoomMethods {
  open(options: RoomOptions): Promise<RoomPid>;
  /** @param forRoom what the room's own process must know of them, see `roomUpdates` */
  apply(updates: PackedUpdates, forRoom: readonly TableUpdate[]): Promise<void>;
  /** The customer's site, started if it does not run. */
  openSite(): Promise<RoomPid>;
  startGuest(spec: GuestSpec): Promise<RoomPid>;
  stopGuest(instanceId: InstanceId, options: StopOptions): Promise<void>;
  moveInterfaces(interfaceIds: readonly NetworkInterfaceId[]): Promise<void>;
  rebootGuest(instanceId: InstanceId): Promise<RoomPid>;
  plugInterface(instanceId: InstanceId, plug: GuestInterface): Promise<void>;
  unplugInterface(instanceId: InstanceId, interfaceId: NetworkInterfaceId): Promise<void>;
  refreshGuest(instanceId: InstanceId): void;
  consoleOutput(instanceId: InstanceId): string;
  trace(request: TraceRequest, assumed: TraceRequest | undefined): Promise<Explanation>;
  setCapture(interfaceId: NetworkInterfaceId, mode: CaptureMode | undefined): Promise<void>;
  counters(): Promise<FabricCounters>;
  enaCounters(ids?: readonly NetworkInterfaceId[]): Promise<Readonly<Record<string, EnaCounters>>>;
  offload(): OffloadAvailable;
  nics(): Promise<readonly NicReport[]>;
  takeTraffic(): Promise<readonly TrafficCount[]>;
  takeFlows(): Promise<FlowReport>;
}

/** What the room tells the controller, or asks of it. */
export interface ControllerMethods {
  guestEnded(instanceId: InstanceId, how: 'poweroff' | 'reboot' | 'crash'): void;
  serve(request: ServiceRequest): Promise<ServiceResponse>;
  callApi(request: ApiRequest): Promise<ApiResponse>;
  /** Moves a network device of the machine into a guest's network namespace. */
  handDevice(handover: DeviceHandover): Promise<void>;
  /** Resolves when the machine has the device of an interface back. */
  takeDeviceBack(interfaceId: NetworkInterfaceId): Promise<void>;
  captured(interfaceId: NetworkInterfaceId, frame: CapturedFrame): void;
  failed(what: string, reason: string): void;
}

/** The flow switch, or why there is none. */
export type FlowSwitchOpened =
  | { readonly available: true; readonly descriptors: FlowSwitchDescriptors }
  | { readonly available: false; readonly reason: string };

/** What the room asks of the fabric thread. */
export interface FabricMethods {
  apply(updates: PackedUpdates): void;
  /** `representor`: its number where the port is behind a virtual function. */
  attachPort(name: PortName, fd: number, representor: number | undefined): void;
  /** Loads the flow switch of this object file. Once, before ports are attached. */
  openFlowSwitch(objectPath: string): FlowSwitchOpened;
  detachPort(name: PortName): void;
  /** Attaches each port again under another number, between two frames. Unknown ones are passed by. */
  movePorts(names: readonly PortName[]): void;
  /** Puts the machine itself beside the outside world, behind a door that opens from its side alone. */
  attachMachine(addresses: MachineAddresses, fd: number): void;
  startVirtualGuest(spec: GuestSpec): void;
  stopVirtualGuest(instanceId: InstanceId): void;
  plugVirtualGuest(instanceId: InstanceId, plug: GuestInterface): void;
  unplugVirtualGuest(instanceId: InstanceId, interfaceId: NetworkInterfaceId): void;
  trace(request: TraceRequest, assumed: TraceRequest | undefined): Explanation;
  setCapture(interfaceId: NetworkInterfaceId, mode: CaptureMode | undefined): void;
  counters(): FabricCounters;
  enaCounters(ids?: readonly NetworkInterfaceId[]): Readonly<Record<string, EnaCounters>>;
  mediatedFrames(): readonly MediatedFrames[];
  takeTraffic(): readonly TrafficCount[];
  takeFlows(): FlowReport;
  serviceClient(address: IpAddress): NetworkInterfaceId | 'internet' | undefined;
}

/** What the fabric thread tells the room. */
export interface RoomEvents {
  /** The first message: the thread runs, and this descriptor wakes it. */
  ready(wakeFd: number): void;
  captured(interfaceId: NetworkInterfaceId, frame: CapturedFrame): void;
  failed(what: string, reason: string): void;
}
