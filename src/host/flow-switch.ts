/**
 * The flow switch: eBPF programs between guests' virtual functions and the fabric, and the memory that both share.
 *
 * A guest's interface is one end of a pair (virtual-function.ts); the other end, the function's representor, and a TAP
 * device stand in a network namespace of the switch's own, where nothing listens and nothing has an address. What the
 * guest sends arrives at the representor: frames of known flows go on to the receiver's function, all others to the TAP
 * device, where the fabric reads them. What the fabric writes there goes into the guest's function. See flow-switch.c.
 *
 * Everything here vanishes with the room's process: maps and programs with their descriptors, devices with the namespace.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Mac } from '../net/mac.ts';
import { attachToIngress, createMap, loadClassifier, MAP_NO_EXIST, MapEntries } from './bpf.ts';
import { type ElfObject, readElfObject } from './elf-object.ts';
import { insideNamespace, makeNetworkNamespace, type NetworkNamespace } from './network-namespace.ts';
import { checked, close, EEXIST, EINVAL, ENOENT, mapMemory, SystemCallError } from './system-calls.ts';
import { closeTap, interfaceIndex, openTap, type Tap } from './tap.ts';
import { makeVirtualFunction, removeVirtualFunction, setInterfaceUp } from './virtual-function.ts';

/** Descriptors of a loaded switch, valid in every thread of the process. */
export interface FlowSwitchDescriptors {
  readonly namespace: number;
  readonly programs: { readonly representor: number; readonly slowPath: number };
  readonly maps: Readonly<Record<MapName, MapDescriptor>>;
}

/** A map and how much it holds. */
export interface MapDescriptor {
  readonly fd: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly entries: number;
}

const MAPS = ['flows', 'slots', 'connections', 'translations', 'control', 'links', 'loans', 'slow_paths'] as const;
type MapName = (typeof MAPS)[number];

/** The loopback interface of every network namespace. */
const LOOPBACK = 1;
/** A TAP device takes what its representor takes. */
const SLOW_PATH_MTU_BYTES = 65_521;

/**
 * Loads the programs of an object into the kernel and makes the switch's namespace. Takes some 30 ms.
 * @throws Error with the reason where this machine does not have it
 */
export function loadFlowSwitch(objectPath: string): FlowSwitchDescriptors {
  const object = readElfObject(readFileSync(objectPath));
  const opened: number[] = [];
  const keep = (fd: number): number => {
    opened.push(fd);
    return fd;
  };
  try {
    const maps = createMaps(object, keep);
    const fds = new Map(Object.entries(maps).map(([name, { fd }]) => [name, fd]));
    const load = (name: string): number => {
      const program = object.programs.find((candidate) => candidate.name === name);
      if (program === undefined) throw new Error(`${objectPath} has no program ${name}`);
      return keep(loadClassifier(program, object.license, fds));
    };
    const programs = { representor: load('representor'), slowPath: load('slow_path') };
    const namespace = makeNetworkNamespace();
    keep(namespace.fd);
    insideNamespace(namespace, () => {
      withoutIpv6();
      tryAttaching(programs.slowPath);
    });
    return { namespace: namespace.fd, programs, maps };
  } catch (error) {
    for (const fd of opened) close(fd);
    throw error;
  }
}

/** Nothing arrives at that interface: it shows whether the kernel can attach programs so. */
function tryAttaching(programFd: number): void {
  try {
    attachToIngress(programFd, LOOPBACK);
  } catch (error) {
    if (!(error instanceof SystemCallError) || error.errorNumber !== EINVAL) throw error;
    throw new Error('this kernel cannot attach eBPF programs to interfaces as Linux 6.6 and later can');
  }
}

function createMaps(object: ElfObject, keep: (fd: number) => number): FlowSwitchDescriptors['maps'] {
  const create = (name: MapName): MapDescriptor => {
    const map = object.maps.find((candidate) => candidate.name === name);
    if (map === undefined) throw new Error(`the eBPF object has no map ${name}`);
    const { keyBytes, valueBytes, maxEntries } = map;
    return { fd: keep(createMap(map)), keyBytes, valueBytes, entries: maxEntries };
  };
  return {
    flows: create('flows'),
    slots: create('slots'),
    connections: create('connections'),
    translations: create('translations'),
    control: create('control'),
    links: create('links'),
    loans: create('loans'),
    slow_paths: create('slow_paths'),
  };
}

/** The switch's devices have no addresses, and must not send what interfaces with IPv6 send by themselves. */
function withoutIpv6(): void {
  try {
    writeFileSync('/proc/sys/net/ipv6/conf/default/disable_ipv6', '1');
  } catch (error) {
    // A kernel without IPv6 has nothing to switch off.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

/** The switch's memory as the fabric takes it (`FlowSwitchMemory`). */
export interface SwitchMemory {
  readonly epoch: Int32Array;
  readonly slots: Int32Array;
  readonly connections: Int32Array;
  readonly translations: Int32Array;
  readonly loans: Int32Array;
  readonly slowPaths: Int32Array;
  readonly key: Int32Array;
  kernelMs(nowMs: number): number;
  add(slot: number): number;
  remove(): void;
}

/**
 * Maps the switch's memory into this process. To be called once, in the thread that uses it.
 * @param clock the fabric's, in milliseconds; it must not go another way than CLOCK_MONOTONIC
 */
export function mapFlowSwitch({ maps }: FlowSwitchDescriptors, clock: () => number): SwitchMemory {
  const words = ({ fd, valueBytes, entries }: MapDescriptor): Int32Array =>
    new Int32Array(mapMemory(fd, valueBytes * entries));
  const { flows } = maps;
  const entries = new MapEntries(flows.fd, flows.keyBytes, flows.valueBytes);
  const { key, value } = entries;
  const offsetMs = clock() - Number(process.hrtime.bigint()) / 1e6;
  return {
    epoch: words(maps.control).subarray(0, 1),
    slots: words(maps.slots),
    connections: words(maps.connections),
    translations: words(maps.translations),
    loans: words(maps.loans),
    slowPaths: words(maps.slow_paths),
    key: new Int32Array(key.bytes.buffer),
    kernelMs: (nowMs) => nowMs - offsetMs,
    add(slot) {
      value.view.setUint32(0, slot, true);
      const added = entries.put(MAP_NO_EXIST);
      if (added === 0) return slot;
      return added === -EEXIST && entries.get() === 0 ? value.view.getUint32(0, true) : -1;
    },
    remove() {
      const removed = entries.remove();
      if (removed !== -ENOENT) checked('take a flow out of the flow switch', removed);
    },
  };
}

/** What a guest's interface is to be. */
export interface FunctionOptions {
  /** Name in the guest. */
  readonly name: string;
  readonly mac: Mac;
  readonly mtuBytes: number;
  /** The guest's network namespace. */
  readonly namespace: NetworkNamespace;
}

/** The fabric's end of a guest's virtual function. */
export interface FunctionLink {
  /** The slow path: as a TAP device's. */
  readonly fd: number;
  readonly udpSegmentation: boolean;
  /** Number of the representor, by which the switch knows the port. */
  readonly representor: number;
  /** Removes the interface from the guest. Nobody may use the descriptor any more. */
  close(): Promise<void>;
}

/** Makes virtual functions of one switch. */
export class FlowSwitch {
  readonly #descriptors: FlowSwitchDescriptors;
  readonly #namespace: NetworkNamespace;
  readonly #links: MapEntries;
  #made = 0;

  constructor(descriptors: FlowSwitchDescriptors) {
    this.#descriptors = descriptors;
    this.#namespace = { fd: descriptors.namespace, close: () => void close(descriptors.namespace) };
    const { fd, keyBytes, valueBytes } = descriptors.maps.links;
    this.#links = new MapEntries(fd, keyBytes, valueBytes);
  }

  /** Gives a guest a virtual function. @throws SystemCallError, with nothing left behind */
  plug(options: FunctionOptions): FunctionLink {
    const number = this.#made++;
    return insideNamespace(this.#namespace, () => {
      const { mac } = options;
      const mtuBytes = SLOW_PATH_MTU_BYTES;
      const tap = openTap({ name: `slow${number}`, mac, mtuBytes, namespace: undefined, up: true });
      try {
        return this.#connect(tap, `function${number}`, options);
      } catch (error) {
        close(tap.fd);
        throw error;
      }
    });
  }

  #connect(tap: Tap, name: string, options: FunctionOptions): FunctionLink {
    const { mac, mtuBytes, namespace } = options;
    makeVirtualFunction({ representor: name, name: options.name, mac, mtuBytes, namespaceFd: namespace.fd });
    const representor = interfaceIndex(name);
    try {
      const slowPath = interfaceIndex(tap.name);
      this.#link(representor, slowPath);
      this.#link(slowPath, representor);
      attachToIngress(this.#descriptors.programs.representor, representor);
      attachToIngress(this.#descriptors.programs.slowPath, slowPath);
      setInterfaceUp(representor);
      insideNamespace(namespace, () => setInterfaceUp(interfaceIndex(options.name)));
      const close = async (): Promise<void> => {
        this.#unlink(representor);
        this.#unlink(slowPath);
        const removed = insideNamespace(this.#namespace, () => removeVirtualFunction(representor));
        await Promise.all([removed, closeTap(tap)]);
      };
      return { fd: tap.fd, udpSegmentation: tap.udpSegmentation, representor, close };
    } catch (error) {
      void removeVirtualFunction(representor);
      throw error;
    }
  }

  #link(from: number, to: number): void {
    this.#links.key.view.setUint32(0, from, true);
    this.#links.value.view.setUint32(0, to, true);
    checked('note an interface in the flow switch', this.#links.put(0));
  }

  #unlink(from: number): void {
    this.#links.key.view.setUint32(0, from, true);
    checked('forget an interface of the flow switch', this.#links.remove());
  }
}

/** True for the failure of an interface whose name the guest has given to something else. */
export const isNameTaken = (error: unknown): boolean =>
  error instanceof SystemCallError && error.errorNumber === EEXIST;
