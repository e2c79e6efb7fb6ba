/** Who watches which port: costs one comparison per frame while nobody does. */
import type { Drop } from '../pipeline/verdict.ts';
import type { CapturedDrop, CapturedFrame, TraceComponent } from '../tables/data-plane.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';

/** Is called with each frame of a port. */
export type CaptureSink = (frame: CapturedFrame) => void;

/** The sinks of all ports, by the name that a port is attached for. */
export class Captures {
  private readonly sinks = new Map<string, Set<CaptureSink>>();
  /** Frames that wait until it is known what became of the one that the fabric has received, which comes first. */
  private held: { readonly name: string; readonly frame: CapturedFrame }[] | undefined = undefined;
  private heldDrop: CapturedDrop | undefined = undefined;
  /** True while somebody watches a port. */
  active = false;

  /** Calls `sink` with every frame of this port until the returned function is called. */
  add(name: string, sink: CaptureSink): () => void {
    const sinks = this.sinks.get(name) ?? new Set();
    this.sinks.set(name, sinks.add(sink));
    this.active = true;
    return () => {
      sinks.delete(sink);
      if (sinks.size === 0) this.sinks.delete(name);
      this.active = this.sinks.size > 0;
    };
  }

  /** True while somebody watches this port. */
  has(name: string): boolean {
    return this.sinks.has(name);
  }

  /** Holds back what is recorded until `release`: the fabric begins to look at a frame. */
  hold(): void {
    this.held = [];
    this.heldDrop = undefined;
  }

  /** The frame that the fabric looks at is dropped. */
  dropped(drop: CapturedDrop): void {
    this.heldDrop ??= drop;
  }

  /** Hands on what was held back; of a frame from `name` it is said why it was dropped. */
  release(name: string | undefined): void {
    const { held = [], heldDrop } = this;
    this.held = undefined;
    for (const [index, { name: of, frame }] of held.entries()) {
      const isReceived = index === 0 && of === name && frame.direction === 'out-of-guest';
      this.hand(of, isReceived && heldDrop !== undefined ? { ...frame, dropped: heldDrop } : frame);
    }
  }

  /** Copies a frame to those who watch; `at` and `length` are of the virtio header and what follows. */
  record(
    name: string,
    direction: CapturedFrame['direction'],
    bytes: Uint8Array,
    at: number,
    length: number,
    atMs: number,
    dropped?: CapturedDrop,
  ): void {
    if (!this.sinks.has(name) || length < VIRTIO_NET_HEADER_LENGTH) return;
    const copy = bytes.slice(at + VIRTIO_NET_HEADER_LENGTH, at + length);
    const frame = { atMs, direction, bytes: copy, lengthBytes: copy.length, dropped };
    if (this.held) this.held.push({ name, frame });
    else this.hand(name, frame);
  }

  private hand(name: string, frame: CapturedFrame): void {
    for (const sink of this.sinks.get(name) ?? []) sink(frame);
  }
}

/** A drop as who watches is told of it. `at`: the interface that it was to enter or had left. */
export const capturedDrop = (
  { id, code, when }: Drop,
  at: string | undefined,
  component: TraceComponent | undefined,
): CapturedDrop => ({ at, reason: id, code, explanation: when, component });

/** Why a frame was dropped and where, as part of a sentence. */
export const dropText = ({ at, reason, explanation }: CapturedDrop): string =>
  `dropped${at === undefined ? '' : ` at ${at}`}, ${reason}: ${explanation}`;
