/**
 * Runs instances as namespaces of this machine: starts, stops and reboots them, and plugs their interfaces.
 *
 * One instance has one order of events: what is asked of it waits until what was asked before is done.
 */
import type { InstanceId, NetworkInterfaceId } from '../net/identifiers.ts';
import type { GuestInterface, GuestSpec } from '../tables/data-plane.ts';
import type { NicWay, OffloadAvailable } from '../tables/nic-ways.ts';
import type { StopOptions } from '../tables/stop-options.ts';
import { ConsoleRing } from './console-ring.ts';
import type {
  GuestEnd,
  GuestHost,
  GuestLink,
  GuestNic,
  GuestPorts,
  GuestProcess,
  MachineDevices,
} from './guest-host.ts';

/** What the driver needs from around it. */
export interface NamespaceGuestsOptions {
  readonly host: GuestHost;
  readonly ports: GuestPorts<NetworkInterfaceId>;
  readonly devices: MachineDevices;
  /** Whether flows of interfaces in the mode sriov can be offloaded. */
  readonly offload: OffloadAvailable;
  /** A guest ended without having been asked to. Its interfaces are gone by then, its root file system is kept. */
  readonly ended: (instanceId: InstanceId, how: GuestEnd) => void;
  /** How long a guest may take to shut down before it is ended, in milliseconds. */
  readonly graceMs: number;
}

/** Where a started guest is. */
export interface RunningGuest {
  /** Process 1 of the guest, as this process sees it. */
  readonly roomPid: number;
}

/** An interface that a guest has. */
interface Plugged {
  readonly way: NicWay;
  readonly unplug: () => Promise<void>;
}

interface Running {
  readonly process: GuestProcess;
  readonly links: Map<NetworkInterfaceId, Plugged>;
  /** True from when we asked it to end, and until it has started: its end is then no news. */
  stopping: boolean;
}

interface Guest {
  readonly instanceId: InstanceId;
  hostName: string;
  readonly interfaces: Map<NetworkInterfaceId, GuestInterface>;
  readonly console: ConsoleRing;
  running: Running | undefined;
  /** Resolves when everything asked of this guest so far is done. */
  settled: Promise<void>;
}

const CONSOLE_DELAY_MS = 30;

/** The driver. Asking something of an instance that it does not run rejects; asking to stop one does nothing. */
export class NamespaceGuests {
  readonly #options: NamespaceGuestsOptions;
  readonly #guests = new Map<InstanceId, Guest>();

  constructor(options: NamespaceGuestsOptions) {
    this.#options = options;
  }

  /**
   * Starts an instance; resolves when its interfaces are plugged and process 1 runs. Whether this is its first boot is
   * seen from its root file system, which remembers that user data has run: a new root runs it, whoever lost the old.
   */
  start(spec: GuestSpec): Promise<RunningGuest> {
    const guest = this.#guests.get(spec.instanceId) ?? this.#newGuest(spec);
    return this.#inTurn(guest, async () => {
      if (guest.running !== undefined) throw new Error(`${spec.instanceId} is running already`);
      guest.hostName = spec.hostName;
      guest.interfaces.clear();
      for (const plug of spec.interfaces) guest.interfaces.set(plug.id, plug);
      return this.#launch(guest);
    });
  }

  /**
   * Shuts an instance down, and ends it after the grace, or without one where `abrupt`. With `discard` its root file
   * system goes as well.
   */
  async stop(instanceId: InstanceId, options: StopOptions): Promise<void> {
    const guest = this.#guests.get(instanceId);
    if (guest === undefined) return;
    await this.#inTurn(guest, async () => {
      await this.#end(guest, options.abrupt ? 'kill' : 'poweroff');
      if (!options.discard) return;
      this.#options.host.removeRoot(instanceId);
      this.#guests.delete(instanceId);
    });
  }

  /** Shuts an instance down and starts it again, with the same root and interfaces. */
  reboot(instanceId: InstanceId): Promise<RunningGuest> {
    const guest = this.#known(instanceId);
    return this.#inTurn(guest, async () => {
      await this.#end(guest, 'reboot');
      return this.#launch(guest);
    });
  }

  /** Gives a running guest one more interface, or a stopped one for its next start. */
  async plug(instanceId: InstanceId, plug: GuestInterface): Promise<void> {
    const guest = this.#known(instanceId);
    await this.#inTurn(guest, async () => {
      guest.interfaces.set(plug.id, plug);
      if (guest.running === undefined) return;
      await this.#plug(guest.running, plug);
      guest.running.process.tell('refresh');
    });
  }

  /** Takes an interface away from a guest. */
  async unplug(instanceId: InstanceId, interfaceId: NetworkInterfaceId): Promise<void> {
    const guest = this.#known(instanceId);
    await this.#inTurn(guest, async () => {
      guest.interfaces.delete(interfaceId);
      if (guest.running === undefined) return;
      await this.#unplug(guest.running, interfaceId);
      guest.running.process.tell('refresh');
    });
  }

  /** Makes the guest agent read its addresses from the metadata service again. */
  refresh(instanceId: InstanceId): void {
    this.#guests.get(instanceId)?.running?.process.tell('refresh');
  }

  /** How the interfaces of running guests go to them. */
  ways(): readonly { readonly id: NetworkInterfaceId; readonly way: NicWay }[] {
    return [...this.#guests.values()].flatMap(({ running }) =>
      [...(running?.links ?? [])].map(([id, { way }]) => ({ id, way })),
    );
  }

  /** What the instance wrote to its console, the last 64 KiB; empty for an unknown one. */
  consoleOutput(instanceId: InstanceId): string {
    return this.#guests.get(instanceId)?.console.text() ?? '';
  }

  /** Ends every guest at once, without grace, and frees their roots. */
  async close(): Promise<void> {
    for (const guest of this.#guests.values()) {
      if (guest.running === undefined) continue;
      guest.running.stopping = true;
      guest.running.process.signal('kill');
    }
    await Promise.all([...this.#guests.keys()].map((instanceId) => this.stop(instanceId, { discard: true })));
  }

  #newGuest(spec: GuestSpec): Guest {
    const { instanceId, hostName } = spec;
    const guest: Guest = {
      instanceId,
      hostName,
      interfaces: new Map(),
      console: new ConsoleRing(),
      running: undefined,
      settled: Promise.resolve(),
    };
    this.#guests.set(instanceId, guest);
    return guest;
  }

  #known(instanceId: InstanceId): Guest {
    const guest = this.#guests.get(instanceId);
    if (guest === undefined) throw new Error(`no guest ${instanceId}`);
    return guest;
  }

  #inTurn<T>(guest: Guest, work: () => Promise<T>): Promise<T> {
    const result = guest.settled.then(work);
    guest.settled = result.then(
      () => {},
      () => {}, // The caller of this work hears of its failure; the next one in turn need not.
    );
    return result;
  }

  async #launch(guest: Guest): Promise<RunningGuest> {
    const { host } = this.#options;
    const root = host.makeRoot(guest.instanceId, filesOf(guest));
    const console = (bytes: Uint8Array): void => guest.console.append(bytes);
    const { instanceId: name, hostName } = guest;
    try {
      const process = await host.launch({ name, hostName, root, console });
      return await this.#boot(guest, process);
    } catch (error) {
      await this.#kill(guest);
      // What the guest said last is the reason, and may still be on its way through the console.
      await host.delay(CONSOLE_DELAY_MS);
      throw new Error(`${error instanceof Error ? error.message : error}: ${guest.console.text().slice(-300).trim()}`);
    }
  }

  async #boot(guest: Guest, process: GuestProcess): Promise<RunningGuest> {
    const running: Running = { process, links: new Map(), stopping: true };
    guest.running = running;
    for (const plug of guest.interfaces.values()) await this.#plug(running, plug);
    process.tell('boot');
    await process.booted;
    running.stopping = false;
    void process.ended.then((how) => this.#ended(guest, running, how));
    return { roomPid: process.roomPid };
  }

  async #kill(guest: Guest): Promise<void> {
    const { running } = guest;
    if (running === undefined) return;
    running.process.signal('kill');
    await running.process.ended;
    await this.#release(guest, running);
  }

  async #plug(running: Running, plug: GuestInterface): Promise<void> {
    const name = `eth${plug.deviceIndex}`;
    const { nic } = plug;
    if (nic.kind === 'passthrough') await this.#hand(running, plug, name, nic.device);
    else await this.#connect(running, { ...plug, nic }, name);
  }

  /** By the fabric, or by the flow switch and by the fabric where that does not know a flow. */
  async #connect(running: Running, plug: GuestInterface & GuestNic, name: string): Promise<void> {
    const { host, ports } = this.#options;
    const link = host.plug(running.process, name, plug);
    running.links.set(plug.id, {
      way: this.#wayOf(plug, link),
      unplug: async () => {
        await ports.detach(plug.id);
        await link.close();
      },
    });
    await ports.attach(plug.id, link);
  }

  #wayOf({ nic }: GuestNic, { representor }: GuestLink): NicWay {
    const { offload } = this.#options;
    if (representor !== undefined)
      return { path: 'offloaded', why: 'it is a virtual function, whose flows the kernel switches' };
    if (nic.kind === 'mediated' || offload.available) return { path: 'mediated', why: 'that is its mode' };
    return { path: 'mediated', why: `flows are not offloaded here: ${offload.reason}` };
  }

  /** By nothing of ours: the device is the guest's alone. */
  async #hand(running: Running, { id, mac, addresses }: GuestInterface, name: string, device: string): Promise<void> {
    const { devices } = this.#options;
    const { roomPid } = running.process;
    await devices.hand({ interfaceId: id, device, name, roomPid, mac, addresses });
    running.links.set(id, {
      way: { path: 'passthrough', why: `the guest has the device ${device} of this machine` },
      unplug: () => devices.takeBack(id),
    });
  }

  async #unplug(running: Running, interfaceId: NetworkInterfaceId): Promise<void> {
    const link = running.links.get(interfaceId);
    if (link === undefined) return;
    running.links.delete(interfaceId);
    await link.unplug();
  }

  async #end(guest: Guest, how: 'poweroff' | 'reboot' | 'kill'): Promise<void> {
    const { running } = guest;
    if (running === undefined) return;
    running.stopping = true;
    running.process.signal(how);
    const inTime = await Promise.race([
      running.process.ended.then(() => true),
      this.#options.host.delay(this.#options.graceMs).then(() => false),
    ]);
    if (!inTime) running.process.signal('kill');
    await running.process.ended;
    await this.#release(guest, running);
  }

  #ended(guest: Guest, running: Running, how: GuestEnd): void {
    if (running.stopping) return;
    running.stopping = true;
    void this.#inTurn(guest, async () => {
      await this.#release(guest, running);
      this.#options.ended(guest.instanceId, how);
    });
  }

  async #release(guest: Guest, running: Running): Promise<void> {
    await Promise.all([...running.links.keys()].map((interfaceId) => this.#unplug(running, interfaceId)));
    if (guest.running === running) guest.running = undefined;
  }
}

/** The files that make one guest differ from another. */
function filesOf({ instanceId, hostName }: Guest): ReadonlyMap<string, string> {
  const hosts = `127.0.0.1 localhost localhost4\n::1 localhost localhost6\n`;
  return new Map([
    ['/etc/hostname', `${hostName}\n`],
    ['/etc/hosts', hosts],
    // machine-id(5): 32 hexadecimal digits; an instance id has 17, and is as unique.
    ['/etc/machine-id', `${instanceId.replace(/^i-/, '').padStart(32, '0')}\n`],
  ]);
}
