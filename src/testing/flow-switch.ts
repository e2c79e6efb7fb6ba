/** A flow switch in tests: the kernel's programs where a test loads them, and what stands for them elsewhere. */
import type { FlowSwitchMemory } from '../fabric/flow-offload.ts';
import { FLOW_KEY_WORDS, SLOT_WORDS } from '../fabric/flow-slots.ts';
import { LOAN_WORDS } from '../fabric/loans.ts';
import { SLOW_PATH_WORDS } from '../fabric/slow-paths.ts';
import { RECORD_WORDS } from '../pipeline/kernel-records.ts';

/** A frame that the switch forwarded, and by which representor's function it went out. */
export interface SwitchedFrame {
  readonly representor: number;
  readonly frame: Uint8Array;
}

/** A flow switch that a network under test hands flows to. */
export interface TestFlowSwitch {
  readonly memory: FlowSwitchMemory;
  /** The representor of a port's function. */
  representorOf(port: number): number;
  /** What becomes of an Ethernet frame of a port's function; undefined: it is one for the fabric. */
  forward(port: number, frame: Uint8Array): SwitchedFrame | undefined;
  /** Lets time pass for the switch. */
  advance(ms: number): void;
  /** Forgets every flow, for the next network. */
  clear(): void;
}

const CONNECTIONS = 256;
const LOANS = 1024;
const SLOW_PATHS = 256;

/** The memory of a switch that holds `flows` flows and forwards nothing. */
export function switchMemory(flows: number): FlowSwitchMemory & { readonly added: ReadonlyMap<string, number> } {
  const added = new Map<string, number>();
  const key = new Int32Array(FLOW_KEY_WORDS);
  return {
    epoch: new Int32Array(1),
    slots: new Int32Array(flows * SLOT_WORDS),
    connections: new Int32Array(CONNECTIONS * RECORD_WORDS),
    translations: new Int32Array(CONNECTIONS * RECORD_WORDS),
    loans: new Int32Array(LOANS * LOAN_WORDS),
    slowPaths: new Int32Array(SLOW_PATHS * SLOW_PATH_WORDS),
    key,
    kernelMs: (nowMs) => nowMs,
    added,
    add(slot) {
      const known = added.get(key.join());
      if (known !== undefined) return known;
      added.set(key.join(), slot);
      return slot;
    },
    remove: () => void added.delete(key.join()),
  };
}
