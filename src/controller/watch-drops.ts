/** Watches for packets that the fabric drops, and says which rule did it. Nothing is paid for while nobody watches. */
import { ANY_PACKET } from '../insights/trace-question.ts';
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
  /** What decided, for packets of the interface's own guest. */
  readonly component: TraceComponent | null;
}

/** Most drops whose rule is looked up at a time; of a flood of them the others are told without. */
const MAX_LOOKUPS = 16;

/** Calls `tell` with each drop at these interfaces until the returned function is called. */
export function watchDrops(
  dataPlane: Pick<DataPlane, 'capture' | 'trace'>,
  interfaceIds: readonly NetworkInterfaceId[],
  tell: (drop: WatchedDrop) => void,
): () => void {
  let lookups = 0;
  const stops = interfaceIds.map((id) =>
    dataPlane.capture(
      id,
      (frame) => {
        const drop = watched(id, frame);
        if (!drop) return;
        if (frame.direction === 'into-guest' || lookups >= MAX_LOOKUPS) return tell(drop);
        lookups += 1;
        deciderOf(dataPlane, id, frame, drop.reason)
          .then((component) => tell({ ...drop, component: component ?? null }))
          .catch(() => tell(drop))
          .finally(() => {
            lookups -= 1;
          });
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
  const { at, reason, code, explanation } = dropped;
  return {
    atMs,
    interfaceId,
    direction,
    packet: textOf(bytes),
    reason,
    code: code ?? null,
    explanation,
    droppedAt: at ?? null,
    component: null,
  };
}

function textOf(frame: Uint8Array): string {
  const bytes = new Uint8Array(VIRTIO_NET_HEADER_LENGTH + frame.length);
  bytes.set(frame, VIRTIO_NET_HEADER_LENGTH);
  const packet = new Packet();
  packet.decode(bytes, 0, frame.length);
  return packetText(packet);
}

/** The same frame explained; unless it would be dropped for the same reason now, what decided then is not known. */
async function deciderOf(
  dataPlane: Pick<DataPlane, 'trace'>,
  id: NetworkInterfaceId,
  { bytes: frame }: CapturedFrame,
  reason: string,
): Promise<TraceComponent | undefined> {
  const explanation = await dataPlane.trace({ ...ANY_PACKET, from: { kind: 'interface', id }, frame }, undefined);
  return explanation.reason === reason ? explanation.path.at(-1)?.component : undefined;
}
