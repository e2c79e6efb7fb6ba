/**
 * Ports inside the process: frames travel through a queue from port to fabric and from fabric to port.
 *
 * Nothing is handed on while something else is being handed on, so neither fabric nor guests are entered twice.
 */

import type { Fabric } from '../fabric/fabric.ts';
import { emitPlain, VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';

/** Takes frames (from the destination MAC on) that come out of the fabric. */
export type FrameSink = (frame: Uint8Array) => void;

interface Travelling {
  readonly port: number;
  readonly towards: 'fabric' | 'port';
  /** Virtio header and frame. */
  readonly bytes: Uint8Array;
}

/** More frames than this at a time are lost: a loop between two guests must not take the memory. */
const MAX_TRAVELLING = 65_536;

/** In-memory ports of one fabric. */
export class MemoryPorts {
  private readonly sinks = new Map<number, FrameSink>();
  private queue: Travelling[] = [];
  private isSettling = false;

  /** Frames for this port go to `sink`. */
  plug(port: number, sink: FrameSink): void {
    this.sinks.set(port, sink);
  }

  unplug(port: number): void {
    this.sinks.delete(port);
  }

  /** True for a port that a sink is plugged into. */
  has(port: number): boolean {
    return this.sinks.has(port);
  }

  /** The fabric's way out (`FabricOptions.send`). */
  readonly send = (port: number, buffer: Uint8Array, offset: number, length: number): boolean => {
    if (!this.sinks.has(port)) return false;
    return this.enqueue({ port, towards: 'port', bytes: buffer.slice(offset, offset + length) });
  };

  /** A guest's way in: a frame without virtio header. */
  transmit(port: number, frame: Uint8Array): void {
    const bytes = new Uint8Array(VIRTIO_NET_HEADER_LENGTH + frame.length);
    emitPlain(bytes, 0);
    bytes.set(frame, VIRTIO_NET_HEADER_LENGTH);
    this.enqueue({ port, towards: 'fabric', bytes });
  }

  /** Lets frames travel until none is under way, but at most `maxFrames` of them. */
  settle(fabric: Pick<Fabric, 'receive'>, maxFrames = 1_000_000): void {
    if (this.isSettling) return;
    this.isSettling = true;
    try {
      for (let moved = 0; this.queue.length > 0 && moved < maxFrames; ) {
        const batch = this.queue;
        this.queue = [];
        for (const travelling of batch) this.move(fabric, travelling);
        moved += batch.length;
      }
    } finally {
      this.isSettling = false;
    }
  }

  private move(fabric: Pick<Fabric, 'receive'>, { port, towards, bytes }: Travelling): void {
    if (towards === 'fabric') fabric.receive(port, bytes, bytes.length);
    else this.sinks.get(port)?.(bytes.subarray(VIRTIO_NET_HEADER_LENGTH));
  }

  private enqueue(travelling: Travelling): boolean {
    if (this.queue.length >= MAX_TRAVELLING) return false;
    this.queue.push(travelling);
    return true;
  }
}
