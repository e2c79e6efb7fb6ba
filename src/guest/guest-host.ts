/**
 * What the namespace driver needs of the operating system; `src/host` has it.
 */
import type { InstanceId, NetworkInterfaceId } from '../net/identifiers.ts';
import type { Mac } from '../net/mac.ts';
import type { NicMode } from '../net/nic-mode.ts';
import type { GuestInterface } from '../tables/data-plane.ts';

/** How a guest came to its end: it was shut down from inside or outside, asked for a reboot, or process 1 died. */
export type GuestEnd = 'poweroff' | 'reboot' | 'crash';

/** Names a guest: an instance, the one host of the outside world, or the customer's site. */
export type GuestName = InstanceId | 'internet' | 'site';

/** A guest to be launched. */
export interface GuestLaunch {
  readonly name: GuestName;
  readonly hostName: string;
  /** Root file system, as `makeRoot` gave it. */
  readonly root: string;
  /** Called with everything that is written to the guest's console. */
  readonly console: (bytes: Uint8Array) => void;
}

/** A guest's processes and namespaces. */
export interface GuestProcess {
  /** Process 1 of the guest, as the room sees it. */
  readonly roomPid: number;
  /** Resolves when process 1 heeds `signal`. @throws where the guest ended before. */
  readonly booted: Promise<void>;
  /** Resolves when the last process is gone. */
  readonly ended: Promise<GuestEnd>;
  /** Hands the agent a line. False when the guest does not read: nothing is queued without limit. */
  tell(line: string): boolean;
  /** Asks process 1 to end the guest, or (`kill`) ends it. */
  signal(request: 'poweroff' | 'reboot' | 'kill'): void;
}

/** The fabric's end of a guest's interface. */
export interface GuestLink {
  /** Descriptor that reads and writes frames, each after a virtio_net_hdr of 12 bytes. */
  readonly fd: number;
  /** True where UDP segmentation-offload frames may come. */
  readonly udpSegmentation: boolean;
  /** Number of the representor, where the interface is a virtual function of the flow switch. */
  readonly representor: number | undefined;
  /** Removes the interface from the guest. Nobody may use the descriptor any more. */
  close(): Promise<void>;
}

/** What an interface is to be. */
export interface GuestNic extends Pick<GuestInterface, 'mac' | 'mtuBytes'> {
  readonly nic: Exclude<NicMode, { readonly kind: 'passthrough' }>;
}

/** Processes, file systems and interfaces of guests. */
export interface GuestHost {
  /** The guest's root, made with these files (path to text) when it is not there yet. */
  makeRoot(name: GuestName, files: ReadonlyMap<string, string>): string;
  /** Frees the guest's root and everything in it. */
  removeRoot(name: GuestName): void;
  /** Starts a guest; resolves when its namespaces are there. @throws with what the guest said, where it failed. */
  launch(launch: GuestLaunch): Promise<GuestProcess>;
  /** Puts an interface into a running guest as `name`: a virtual function, where it is to be one and there are some. */
  plug(process: GuestProcess, name: string, plug: GuestNic): GuestLink;
  delay(ms: number): Promise<void>;
}

/** A network device of the machine on its way to a guest. */
export interface DeviceHandover {
  readonly interfaceId: NetworkInterfaceId;
  /** Its name on the machine. */
  readonly device: string;
  /** Its name in the guest. */
  readonly name: string;
  /** Process 1 of the guest, as the room sees it. */
  readonly roomPid: number;
  readonly mac: Mac;
  readonly addresses: readonly string[];
}

/** Hands devices of the machine to guests. Whoever gave a device sees to its return, however the guest ends. */
export interface MachineDevices {
  /** Resolves when the guest has the device. @throws with the reason where it cannot be given */
  hand(handover: DeviceHandover): Promise<void>;
  /** Resolves when the machine has the device back. */
  takeBack(interfaceId: NetworkInterfaceId): Promise<void>;
}

/** Where the guests' interfaces meet the fabric. */
export interface GuestPorts<Id extends string> {
  /** Resolves when frames flow; the descriptor stays open until `detach` has resolved. */
  attach(id: Id, link: GuestLink): Promise<void>;
  /** Resolves when the fabric has let go of the descriptor. */
  detach(id: Id): Promise<void>;
}
