/**
 * bpf(2): maps, programs, and where programs are attached.
 *
 * Layouts of union bpf_attr and numbers: linux/bpf.h. The kernel takes them from a process that has CAP_BPF,
 * CAP_NET_ADMIN and CAP_PERFMON in the machine's first user namespace, so from a room that root has made.
 */
import { arch } from 'node:process';
import koffi from 'koffi';
import type { ElfMap, ElfProgram } from './elf-object.ts';
import { checked, FrameBuffer, SystemCallError } from './system-calls.ts';

const MAP_CREATE = 0;
const MAP_LOOKUP = 1;
const MAP_UPDATE = 2;
const MAP_DELETE = 3;
const PROGRAM_LOAD = 5;
const PROGRAM_ATTACH = 8;
const PROGRAM_TEST_RUN = 10;
const PROGRAM_TYPE_CLASSIFIER = 3;
const ATTACH_TCX_INGRESS = 46;
const BPF_SYSCALL = arch === 'arm64' ? 280 : 321;
const INSTRUCTION_BYTES = 8;
/** In an instruction that loads 64 bits: they are the descriptor of a map. */
const PSEUDO_MAP_FD = 1;
const ATTRIBUTE_BYTES = 144;
const LOG_BYTES = 1 << 16;

/** Do not replace an entry that is there. */
export const MAP_NO_EXIST = 1;

let binding: ((number: number, command: number, attributes: number, bytes: number) => number) | undefined;

function bpf(command: number, attributes: FrameBuffer): number {
  binding ??= koffi.load(null).func('syscall', 'int', ['long', 'long', 'uintptr_t', 'size_t']);
  const result = binding(BPF_SYSCALL, command, attributes.address, ATTRIBUTE_BYTES);
  return result < 0 ? -koffi.errno() : result;
}

const name16 = (attributes: FrameBuffer, at: number, name: string): void =>
  attributes.bytes.set(new TextEncoder().encode(name).subarray(0, 15), at);

const pointer = (attributes: FrameBuffer, at: number, address: number): void =>
  attributes.view.setBigUint64(at, BigInt(address), true);

/** Creates a map; the descriptor is the caller's to close. @throws SystemCallError */
export function createMap(map: ElfMap): number {
  const attributes = new FrameBuffer(ATTRIBUTE_BYTES);
  const words = [map.type, map.keyBytes, map.valueBytes, map.maxEntries, map.flags];
  for (const [index, word] of words.entries()) attributes.view.setUint32(4 * index, word, true);
  name16(attributes, 28, map.name);
  return checked(`create the eBPF map ${map.name}`, bpf(MAP_CREATE, attributes));
}

/**
 * Loads a classifier that names maps by these descriptors. The descriptor is the caller's to close.
 * @throws Error with what the kernel's verifier says, SystemCallError where it was not even asked
 */
export function loadClassifier(program: ElfProgram, license: string, maps: ReadonlyMap<string, number>): number {
  const instructions = new FrameBuffer(program.instructions.length);
  instructions.bytes.set(program.instructions);
  for (const { offset, map } of program.references) {
    const fd = maps.get(map);
    if (fd === undefined) throw new Error(`the eBPF program ${program.name} needs a map ${map}`);
    // The upper half of the register byte is the source register.
    instructions.bytes[offset + 1] = ((instructions.bytes[offset + 1] ?? 0) & 0x0f) | (PSEUDO_MAP_FD << 4);
    instructions.view.setInt32(offset + 4, fd, true);
  }
  const licence = new FrameBuffer(license.length + 1);
  licence.bytes.set(new TextEncoder().encode(license));
  const attributes = new FrameBuffer(ATTRIBUTE_BYTES);
  attributes.view.setUint32(0, PROGRAM_TYPE_CLASSIFIER, true);
  attributes.view.setUint32(4, program.instructions.length / INSTRUCTION_BYTES, true);
  pointer(attributes, 8, instructions.address);
  pointer(attributes, 16, licence.address);
  name16(attributes, 48, program.name);
  const loaded = bpf(PROGRAM_LOAD, attributes);
  if (loaded >= 0) return loaded;
  const log = logOf(attributes);
  const failure = new SystemCallError(`load the eBPF program ${program.name}`, -loaded);
  throw log === '' ? failure : new Error(`${failure.message}: ${log}`);
}

/** What the verifier says, asked once more with room for it: its last lines tell the reason. */
function logOf(attributes: FrameBuffer): string {
  const log = new FrameBuffer(LOG_BYTES);
  attributes.view.setUint32(24, 1, true);
  attributes.view.setUint32(28, LOG_BYTES, true);
  pointer(attributes, 32, log.address);
  bpf(PROGRAM_LOAD, attributes);
  const text = new TextDecoder().decode(log.bytes.subarray(0, log.bytes.indexOf(0)));
  return text.trim().split('\n').slice(-4).join('; ');
}

/** Lets a program see what arrives at a device of the calling thread's network namespace, for as long as the device lives. Linux 6.6. */
export function attachToIngress(programFd: number, ifindex: number): void {
  const attributes = new FrameBuffer(ATTRIBUTE_BYTES);
  attributes.view.setUint32(0, ifindex, true);
  attributes.view.setUint32(4, programFd, true);
  attributes.view.setUint32(8, ATTACH_TCX_INGRESS, true);
  checked(`attach an eBPF program to interface ${ifindex}`, bpf(PROGRAM_ATTACH, attributes));
}

/** Entries of one map. Keys and values are written into `key` and `value` before a call: nothing is allocated. */
export class MapEntries {
  readonly key: FrameBuffer;
  readonly value: FrameBuffer;
  readonly #attributes = new FrameBuffer(ATTRIBUTE_BYTES);
  /** The kernel wants what it does not need to be zero. */
  readonly #keyAlone = new FrameBuffer(ATTRIBUTE_BYTES);

  constructor(fd: number, keyBytes: number, valueBytes: number) {
    this.key = new FrameBuffer(keyBytes);
    this.value = new FrameBuffer(valueBytes);
    this.#attributes.view.setUint32(0, fd, true);
    pointer(this.#attributes, 8, this.key.address);
    pointer(this.#attributes, 16, this.value.address);
    this.#keyAlone.view.setUint32(0, fd, true);
    pointer(this.#keyAlone, 8, this.key.address);
  }

  /** 0, or a negative error number: -EEXIST with MAP_NO_EXIST, -E2BIG where the map is full. */
  put(flags: number): number {
    this.#attributes.view.setUint32(24, flags, true);
    return bpf(MAP_UPDATE, this.#attributes);
  }

  /** Reads the value of `key` into `value`: 0, or -ENOENT. */
  get(): number {
    this.#attributes.view.setUint32(24, 0, true);
    return bpf(MAP_LOOKUP, this.#attributes);
  }

  /** 0, or -ENOENT. */
  remove(): number {
    return bpf(MAP_DELETE, this.#keyAlone);
  }
}

/** What a classifier did with a frame in a trial. */
export interface TrialRun {
  /** As in linux/pkt_cls.h: TC_ACT_SHOT 2, TC_ACT_REDIRECT 7. */
  readonly verdict: number;
  readonly frame: Uint8Array;
}

/** Runs a classifier on a frame that arrives at an interface, without any effect outside of maps (BPF_PROG_TEST_RUN). */
export function tryClassifier(programFd: number, frame: Uint8Array, ifindex: number): TrialRun {
  const input = new FrameBuffer(frame.length);
  input.bytes.set(frame);
  const output = new FrameBuffer(frame.length + 256);
  // struct __sk_buff: the interface's number is at 40.
  const context = new FrameBuffer(192);
  context.view.setUint32(40, ifindex, true);
  const attributes = new FrameBuffer(ATTRIBUTE_BYTES);
  attributes.view.setUint32(0, programFd, true);
  attributes.view.setUint32(8, frame.length, true);
  attributes.view.setUint32(12, output.bytes.length, true);
  pointer(attributes, 16, input.address);
  pointer(attributes, 24, output.address);
  attributes.view.setUint32(40, context.bytes.length, true);
  pointer(attributes, 48, context.address);
  checked('try an eBPF program', bpf(PROGRAM_TEST_RUN, attributes));
  const length = attributes.view.getUint32(12, true);
  return { verdict: attributes.view.getUint32(4, true), frame: output.bytes.slice(0, length) };
}
