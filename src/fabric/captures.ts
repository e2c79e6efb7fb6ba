/** Who watches which port: costs one comparison per frame while nobody does. */
import type { CapturedFrame } from '../tables/data-plane.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';

/** Is called with each frame of a port. */
export type CaptureSink = (frame: CapturedFrame) => void;

/** The sinks of all ports, by the name that a port is attached for. */
export class Captures {
  private readonly sinks = new Map<string, Set<CaptureSink>>();
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

  /** Copies a frame to those who watch; `at` and `length` are of the virtio header and what follows. */
  record(
    name: string,
    direction: CapturedFrame['direction'],
    bytes: Uint8Array,
    at: number,
    length: number,
    atMs: number,
  ): void {
    const sinks = this.sinks.get(name);
    if (!sinks || length < VIRTIO_NET_HEADER_LENGTH) return;
    const copy = bytes.slice(at + VIRTIO_NET_HEADER_LENGTH, at + length);
    for (const sink of sinks) sink({ atMs, direction, bytes: copy, lengthBytes: copy.length });
  }
}
