/**
 * Packets and bytes of flows, counted where frames are forwarded: by the flow caches for what they forward, by the fabric
 * for what went through the stages.
 *
 * Counts stand under *accounts*. Whoever decides about a flow opens one or names one that is open, the flow caches add to
 * it, and it is read whenever somebody asks. Many flows can share an account, so what is counted by interface
 * costs two additions to numbers that are in the processor's cache already; an account for each flow is possible too.
 * An entry of a flow cache holds for one epoch of the network: an account that nobody has named in the present epoch can
 * be closed, and its number is given to another.
 */
import { GSO_NONE, gsoSize, gsoType, segmentHeadersLength } from '../wire/virtio-net-header.ts';

/** The account of flows that nobody asks about. */
export const NO_ACCOUNT = 0;
const INITIAL_ACCOUNTS = 64;

/** Packets and bytes by account, as they would be on a wire: a segmentation-offload frame counts as its segments. */
export class FlowCounts {
  /** Packets and bytes of account 0, of account 1, and so on: both of one account are in one cache line. */
  private counts = new Float64Array(2 * INITIAL_ACCOUNTS);
  private next = NO_ACCOUNT + 1;
  private readonly free: number[] = [];

  /** An account that stands at zero. */
  open(): number {
    const account = this.free.pop() ?? this.next++;
    if (2 * account >= this.counts.length) this.grow();
    return account;
  }

  /** Gives the number back. No entry of a flow cache that still holds may name it. */
  close(account: number): void {
    this.take(account);
    this.free.push(account);
  }

  /** What was counted since the last call. Bytes are those of IP packets. */
  take(account: number): { readonly packets: number; readonly bytes: number } {
    const at = 2 * account;
    const counted = { packets: this.counts[at] ?? 0, bytes: this.counts[at + 1] ?? 0 };
    this.counts.fill(0, at, at + 2);
    return counted;
  }

  /** Counts packets that are `lengthBytes` long together. */
  add(account: number, packets: number, lengthBytes: number): void {
    const { counts } = this;
    const at = 2 * account;
    counts[at] = (counts[at] ?? 0) + packets;
    counts[at + 1] = (counts[at + 1] ?? 0) + lengthBytes;
  }

  /** Counts the segments of a frame; positions as for `wirePacketLength`, `length` is that of the IP packet in the frame. */
  addSegments(
    account: number,
    bytes: Uint8Array,
    virtio: number,
    network: number,
    transport: number,
    protocol: number,
    length: number,
  ): void {
    if (gsoType(bytes, virtio) === GSO_NONE) {
      this.add(account, 1, length);
      return;
    }
    const headers = segmentHeadersLength(bytes, network, transport, protocol);
    const segments = Math.max(1, Math.ceil((length - headers) / gsoSize(bytes, virtio)));
    this.add(account, segments, length + (segments - 1) * headers);
  }

  private grow(): void {
    const { counts } = this;
    this.counts = new Float64Array(counts.length * 2);
    this.counts.set(counts);
  }
}
