/** Notes what is seen of frames at ports and why they are dropped: for counters, and for those who capture. */
import type { NetworkInterfaceId } from '../net/identifiers.ts';
import type { Interface } from '../pipeline/interface.ts';
import type { Packet } from '../pipeline/packet.ts';
import type { Drop } from '../pipeline/verdict.ts';
import type { TraceComponent } from '../tables/data-plane.ts';
import type { MediatedFrames } from '../tables/nic-ways.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import { Captures, capturedDrop } from './captures.ts';
import { DropCounts } from './drop-counts.ts';
import { isEdge, type PortName } from './fabric-options.ts';
import { isMirrored } from './mirror.ts';

/** Captures and drops of one fabric. */
export class FrameWitness {
  readonly captures = new Captures();
  readonly drops = new DropCounts();

  /** `names`: what each port is attached for, kept up to date by the fabric. */
  constructor(
    private readonly names: readonly (PortName | undefined)[],
    private readonly wallClock: () => number,
  ) {}

  /** The interface that a port is attached for. */
  interfaceAt(port: number): NetworkInterfaceId | undefined {
    const name = this.names[port];
    return name === undefined || isEdge(name) ? undefined : name;
  }

  /** Who wants to see every frame of an interface. */
  seenBy(id: NetworkInterfaceId, holder: Interface | undefined): MediatedFrames['seenBy'] {
    if (this.captures.has(id)) return 'capture';
    return isMirrored(holder) ? 'mirror' : undefined;
  }

  /** A frame came from a port or is on its way into it; to be called while captures are active. */
  record(
    port: number,
    direction: 'out-of-guest' | 'into-guest',
    buffer: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const name = this.names[port];
    if (name !== undefined) this.captures.record(name, direction, buffer, offset, length, this.wallClock());
  }

  /** A frame was dropped at a port itself. */
  droppedAtPort(drop: Drop, port: number): void {
    this.drops.count(drop, this.interfaceAt(port));
  }

  /** A frame exceeded a rate, of this port's interface. */
  exceeded(drop: Drop, port: number): void {
    const holder = this.interfaceAt(port);
    this.drops.count(drop, holder);
    if (this.captures.active) this.captures.dropped(capturedDrop(drop, holder, undefined));
  }

  /** The same, on its way into the port. */
  exceededInto(drop: Drop, port: number, buffer: Uint8Array, offset: number, length: number): void {
    this.exceeded(drop, port);
    const holder = this.interfaceAt(port);
    if (holder === undefined || !this.captures.active) return;
    const dropped = capturedDrop(drop, holder, undefined);
    this.captures.record(holder, 'into-guest', buffer, offset, length, this.wallClock(), dropped);
  }

  /**
   * The stages dropped a packet.
   * @param holder the interface that it came from or to where it was dropped
   * @param receiver the one that it was on its way into
   * @param decider what decided; asked for only while somebody watches
   */
  dropped(
    drop: Drop,
    holder: string | undefined,
    packet: Packet,
    receiver: string | undefined,
    decider: () => TraceComponent | undefined,
  ): void {
    this.drops.count(drop, holder);
    if (!this.captures.active) return;
    const dropped = capturedDrop(drop, holder, decider());
    this.captures.dropped(dropped);
    if (holder === undefined || holder !== receiver) return;
    const { bytes, virtio, frameLength } = packet;
    const length = VIRTIO_NET_HEADER_LENGTH + frameLength;
    this.captures.record(holder, 'into-guest', bytes, virtio, length, this.wallClock(), dropped);
  }
}
