/** How many frames and bytes each port has given to the fabric and been given by it: every one of them was mediated. */

/** Ports with a descriptor are numbered from 0, those of virtual guests from 2^20: both kinds lie close together in the arrays. */
const slotOf = (port: number): number => ((port & 0xf_ffff) << 1) | (port >>> 20);
/** Numbers of one port: frames and bytes from the guest, frames and bytes to it. */
const WIDTH = 4;

/** What a port has counted since it was attached. */
export interface PortFrames {
  readonly fromGuest: number;
  readonly toGuest: number;
  readonly bytesFromGuest: number;
  readonly bytesToGuest: number;
}

/** Counters of all ports of one fabric. Counting costs two additions and allocates nothing. */
export class PortCounters {
  private counts = new Float64Array(64 * WIDTH);

  /** A port is attached anew: it begins at zero, and there is room for it. */
  open(port: number): void {
    const start = slotOf(port) * WIDTH;
    if (start + WIDTH > this.counts.length) {
      const grown = new Float64Array(Math.max(2 * this.counts.length, start + WIDTH));
      grown.set(this.counts);
      this.counts = grown;
    }
    this.counts.fill(0, start, start + WIDTH);
  }

  /** A frame came from the port; one that was never opened is not counted. */
  from(port: number, bytes: number): void {
    this.add(slotOf(port) * WIDTH, bytes);
  }

  /** The port took a frame. */
  to(port: number, bytes: number): void {
    this.add(slotOf(port) * WIDTH + 2, bytes);
  }

  of(port: number): PortFrames {
    const start = slotOf(port) * WIDTH;
    const [fromGuest = 0, bytesFromGuest = 0, toGuest = 0, bytesToGuest = 0] = this.counts.subarray(
      start,
      start + WIDTH,
    );
    return { fromGuest, toGuest, bytesFromGuest, bytesToGuest };
  }

  private add(at: number, bytes: number): void {
    const { counts } = this;
    if (at + 1 >= counts.length) return;
    counts[at] = (counts[at] ?? 0) + 1;
    counts[at + 1] = (counts[at + 1] ?? 0) + bytes;
  }
}
