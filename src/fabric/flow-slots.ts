/**
 * Slots of the flow switch: what it does with the frames of one flow, and what it has counted. The layout is that of
 * `struct slot` and `struct flow_key` in host/flow-switch.c.
 */

/** Words of a key: the frame's port as the kernel numbers it, protocol and family, MACs, ports, addresses. */
export const KEY_IFINDEX = 0;
export const KEY_PROTOCOL = 1;
export const KEY_MACS = 2;
export const KEY_PORTS = 5;
export const KEY_SOURCE = 6;
export const KEY_DESTINATION = 10;
export const FLOW_KEY_WORDS = 14;

/** Words of a slot. The first 20 and the limits are written here, the others by the switch. */
export const SLOT_EPOCH = 0;
export const SLOT_OUT_IFINDEX = 1;
export const SLOT_MACS = 2;
export const SLOT_SOURCE = 5;
export const SLOT_DESTINATION = 6;
export const SLOT_PORTS = 7;
export const SLOT_REWRITES = 8;
export const SLOT_MTU = 9;
export const SLOT_HOPS = 10;
/** Three words each: index or -1, generation, idle timeout in milliseconds. */
export const SLOT_SENT = 11;
export const SLOT_RECEIVED = 14;
export const SLOT_TRANSLATION = 17;
/** 64 bits each, lower half first. */
export const SLOT_PACKETS = 20;
export const SLOT_BYTES = 22;
/** The kernel's clock at the last packet, in milliseconds; 0 for never. */
export const SLOT_USED = 24;
/** 16 bits each: the loans that limit the flow (loans.ts), 0 behind the last one; then the sum of their generations. */
export const SLOT_LIMITS = 25;
export const SLOT_LIMIT_GENERATIONS = 30;
/** 1 while frames of a limited flow may be on the slow path: then the others go there too, so that none overtakes another. */
export const SLOT_IS_BEHIND = 31;
export const SLOT_WORDS = 32;

/** Bits of SLOT_REWRITES. */
export const REWRITES_ADDRESSES = 1;
export const REWRITES_PORTS = 2;

/** Most limits that hold for a flow: peak, credits, beyond the Region and packets of either end, and the flow's own. */
export const MOST_LIMITS = 9;
/** In the name of a loan: of packets, not bytes. */
export const OF_PACKETS = 0x8000;

/** A counter of 64 bits that another processor is counting on. Exact up to 2^53. */
export function readCounter(words: Int32Array, at: number): number {
  for (;;) {
    const upper = words[at + 1] ?? 0;
    const lower = words[at] ?? 0;
    if (words[at + 1] === upper) return (upper >>> 0) * 2 ** 32 + (lower >>> 0);
  }
}

/** A flow on its way into the switch. One object is used again and again: what is not set is as it was before. */
export class FlowEntry {
  readonly key = new Int32Array(FLOW_KEY_WORDS);
  /** What is written of a slot: SLOT_OUT_IFINDEX to SLOT_TRANSLATION. */
  readonly slot = new Int32Array(SLOT_PACKETS);
  /** What is written at SLOT_LIMITS: names of loans, all 0 for a flow that nothing limits. */
  readonly limits = new Uint16Array(2 * (SLOT_LIMIT_GENERATIONS - SLOT_LIMITS));
  readonly limitWords = new Int32Array(this.limits.buffer);
  limitGenerations = 0;
  /** Under which its packets are counted. */
  account = 0;
  private readonly keyBytes = new DataView(this.key.buffer);
  private readonly slotBytes = new DataView(this.slot.buffer);

  /** Nothing limits it. */
  isUnlimited(): void {
    this.limits.fill(0);
    this.limitGenerations = 0;
  }

  /** A word that frames show, as it was read from one: the most significant byte first. */
  shows(at: number, word: number): void {
    this.keyBytes.setInt32(4 * at, word);
  }

  /** A word that is written into frames, most significant byte first. */
  writes(at: number, word: number): void {
    this.slotBytes.setInt32(4 * at, word);
  }

  /** What the flow belongs to, at SLOT_SENT, SLOT_RECEIVED or SLOT_TRANSLATION. */
  binds(at: number, index: number, generation: number): void {
    this.slot[at] = index;
    this.slot[at + 1] = generation;
  }
}
