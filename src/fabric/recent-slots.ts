/**
 * Which slot of the flow switch a flow was given lately: asking the switch itself is a system call.
 *
 * A flow that exceeds its rate has a slot, and each of its frames comes to the fabric.
 */
import { FLOW_KEY_WORDS, KEY_IFINDEX, KEY_PORTS, KEY_SOURCE } from './flow-slots.ts';

const PLACES = 4096;
const NONE = -1;

/** The last flow of each hash. */
export class RecentSlots {
  private readonly slots = new Int32Array(PLACES).fill(NONE);

  /** A slot that may be the flow's, -1 for none: whoever asks compares the keys. */
  find(key: Int32Array): number {
    return this.slots[placeOf(key)] ?? NONE;
  }

  note(key: Int32Array, slot: number): void {
    this.slots[placeOf(key)] = slot;
  }
}

function placeOf(key: Int32Array): number {
  let hash = Math.imul((key[KEY_IFINDEX] ?? 0) ^ Math.imul(key[KEY_PORTS] ?? 0, 0x85ebca6b), 0x9e3779b1);
  for (let word = KEY_SOURCE; word < FLOW_KEY_WORDS; word++)
    hash = Math.imul(hash ^ (key[word] ?? 0), 0x85ebca6b) ^ (hash >>> 15);
  return (hash ^ (hash >>> 13)) & (PLACES - 1);
}
