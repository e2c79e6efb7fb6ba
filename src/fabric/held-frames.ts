/**
 * Frames that wait for their time, in the order in which it comes.
 *
 * A frame is copied into a slot of one of two sizes, since most are either a few hundred bytes or a segmentation-offload
 * frame of tens of kilobytes. Room for slots comes in chunks that are made when they are needed first and then kept;
 * nothing is allocated per frame. Order is a binary heap over times, and frames of one time leave as they came.
 */

/** Bytes of a slot, slots of a chunk, slots in all. 12 bytes of virtio header, 18 of Ethernet, 65,535 of packet fit a large one. */
const SMALL = { slotBytes: 2048, chunkSlots: 256, slots: 16_384 } as const;
const LARGE = { slotBytes: 65_568, chunkSlots: 16, slots: 1024 } as const;
/** Small slots are numbered from 0, large ones from here. */
const FIRST_LARGE = SMALL.slots;
const ALL_SLOTS = SMALL.slots + LARGE.slots;
const NO_SLOT = -1;

/** A port that is gone: its frames are dropped when their time comes. */
const NOWHERE = -1;

/** Takes a frame whose time has come: `length` bytes at `offset`, to be used before it returns. */
export type FrameSink = (port: number, bytes: Uint8Array, offset: number, length: number) => void;

/** The room of one size. Slots are numbered from 0 here. */
class Room {
  private readonly chunks: Uint8Array[] = [];
  private readonly free: number[] = [];

  constructor(private readonly size: typeof SMALL | typeof LARGE) {}

  /** A free slot, or NO_SLOT. */
  take(): number {
    const { chunkSlots, slots, slotBytes } = this.size;
    const made = this.chunks.length * chunkSlots;
    if (this.free.length === 0 && made < slots) {
      this.chunks.push(new Uint8Array(slotBytes * chunkSlots));
      for (let slot = made + chunkSlots - 1; slot >= made; slot--) this.free.push(slot);
    }
    return this.free.pop() ?? NO_SLOT;
  }

  giveBack(slot: number): void {
    this.free.push(slot);
  }

  bytesOf(slot: number): Uint8Array {
    const chunk = this.chunks[Math.floor(slot / this.size.chunkSlots)];
    if (!chunk) throw new Error(`there is no slot ${slot}`);
    return chunk;
  }

  offsetOf(slot: number): number {
    return (slot % this.size.chunkSlots) * this.size.slotBytes;
  }
}

/** The frames that wait. Made only where some do: it takes half a megabyte. */
export class HeldFrames {
  private readonly small = new Room(SMALL);
  private readonly large = new Room(LARGE);
  /** By slot: when its frame is due, when it came, where it goes, how long it is. */
  private readonly dueMs = new Float64Array(ALL_SLOTS);
  private readonly arrival = new Float64Array(ALL_SLOTS);
  private readonly port = new Int32Array(ALL_SLOTS);
  private readonly length = new Int32Array(ALL_SLOTS);
  /** Slots of the frames that wait. */
  private readonly heap = new Int32Array(ALL_SLOTS);
  private count = 0;
  private nextArrival = 0;

  /** How many wait. */
  get size(): number {
    return this.count;
  }

  /** When the first frame is due; Infinity while none waits. */
  get nextDueMs(): number {
    return this.count > 0 ? (this.dueMs[this.heap[0] ?? 0] ?? 0) : Number.POSITIVE_INFINITY;
  }

  /** Copies a frame and keeps it until its time; false where there is no room. */
  hold(dueMs: number, port: number, bytes: Uint8Array, offset: number, length: number): boolean {
    const isSmall = length <= SMALL.slotBytes;
    const room = isSmall ? this.small : this.large;
    const place = length <= LARGE.slotBytes ? room.take() : NO_SLOT;
    if (place === NO_SLOT) return false;
    room.bytesOf(place).set(bytes.subarray(offset, offset + length), room.offsetOf(place));
    const slot = isSmall ? place : FIRST_LARGE + place;
    this.dueMs[slot] = dueMs;
    this.arrival[slot] = this.nextArrival++;
    this.port[slot] = port;
    this.length[slot] = length;
    this.heap[this.count++] = slot;
    this.rise(this.count - 1);
    return true;
  }

  /** Hands on, in order, what is due. */
  release(nowMs: number, sink: FrameSink): void {
    while (this.nextDueMs <= nowMs) {
      const slot = this.heap[0] ?? 0;
      this.count -= 1;
      this.heap[0] = this.heap[this.count] ?? 0;
      this.sink(0);
      const port = this.port[slot] ?? NOWHERE;
      const room = slot < FIRST_LARGE ? this.small : this.large;
      const place = slot < FIRST_LARGE ? slot : slot - FIRST_LARGE;
      if (port !== NOWHERE) sink(port, room.bytesOf(place), room.offsetOf(place), this.length[slot] ?? 0);
      room.giveBack(place);
    }
  }

  /** Nothing goes to this port any more: its number may be another's soon. */
  forget(port: number): void {
    for (let at = 0; at < this.count; at++) {
      const slot = this.heap[at] ?? 0;
      if (this.port[slot] === port) this.port[slot] = NOWHERE;
    }
  }

  /** What waits for one port goes to another. */
  redirect(from: number, to: number): void {
    for (let at = 0; at < this.count; at++) {
      const slot = this.heap[at] ?? 0;
      if (this.port[slot] === from) this.port[slot] = to;
    }
  }

  private rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private sink(from: number): void {
    for (let at = from; ; ) {
      const left = 2 * at + 1;
      if (left >= this.count) return;
      const first = left + 1 < this.count && this.isBefore(left + 1, left) ? left + 1 : left;
      if (!this.isBefore(first, at)) return;
      this.swap(first, at);
      at = first;
    }
  }

  private isBefore(one: number, other: number): boolean {
    const oneSlot = this.heap[one] ?? 0;
    const otherSlot = this.heap[other] ?? 0;
    const differenceMs = (this.dueMs[oneSlot] ?? 0) - (this.dueMs[otherSlot] ?? 0);
    return differenceMs < 0 || (differenceMs === 0 && (this.arrival[oneSlot] ?? 0) < (this.arrival[otherSlot] ?? 0));
  }

  private swap(one: number, other: number): void {
    const slot = this.heap[one] ?? 0;
    this.heap[one] = this.heap[other] ?? 0;
    this.heap[other] = slot;
  }
}
