/** Watches for packets that the fabric drops, and says which rule did it. Nothing is paid for while nobody watches. */
import { NetworkInterface } from '../model/resources/network-interface.ts';
import type { World } from '../model/world.ts';
import type { NetworkInterfaceId } from '../net/identifiers.ts';
import { Packet } from '../pipeline/packet.ts';
import { packetText } from '../pipeline/packet-text.ts';
import type { CapturedFrame, DataPlane, TraceComponent } from '../tables/data-plane.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';

/** A packet that was dropped. */
export interface WatchedDrop {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** The interface that is watched. */
  readonly interfaceId: string;
  readonly direction: CapturedFrame['direction'];
  readonly packet: string;
  readonly reason: string;
  readonly code: string | null;
  readonly explanation: string;
  /** Where it was dropped: it may have come far. */
  readonly droppedAt: string | null;
  /** What decided: the ACL and its entry, the route table and its route, the groups. */
  readonly component: TraceComponent | null;
}

/** Calls `tell` with each drop at these interfaces until the returned function is called. */
export function watchDrops(
  dataPlane: Pick<DataPlane, 'capture'>,
  interfaceIds: readonly NetworkInterfaceId[],
  tell: (drop: WatchedDrop) => void,
): () => void {
  const stops = interfaceIds.map((id) =>
    dataPlane.capture(
      id,
      (frame) => {
        const drop = watched(id, frame);
        if (drop) tell(drop);
      },
      'drops',
    ),
  );
  return () => {
    for (const stop of stops) stop();
  };
}

/** Every interface that there is now. */
export const allInterfaces = (world: World): readonly NetworkInterfaceId[] =>
  world.scopes().flatMap((scope) => [...world.table(scope, NetworkInterface).values()].map(({ id }) => id));

function watched(interfaceId: string, { atMs, direction, bytes, dropped }: CapturedFrame): WatchedDrop | undefined {
  if (!dropped) return undefined;
  const { at, reason, code, explanation, component } = dropped;
  return {
    atMs,
    interfaceId,
    direction,
    packet: textOf(bytes),
    reason,
    code: code ?? null,
    explanation,
    droppedAt: at ?? null,
    component: component ?? null,
  };
}

function textOf(frame: Uint8Array): string {
  const bytes = new Uint8Array(VIRTIO_NET_HEADER_LENGTH + frame.length);
  bytes.set(frame, VIRTIO_NET_HEADER_LENGTH);
  const packet = new Packet();
  packet.decode(bytes, 0, frame.length);
  return packetText(packet);
}
