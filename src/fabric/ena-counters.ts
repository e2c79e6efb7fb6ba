/** ENA's counters of interfaces, put together from those who count: the rate gate, the drops, connection tracking. */
import type { DropId, Pipeline } from '../pipeline/pipeline.ts';
import type { EnaCounters } from '../tables/data-plane.ts';
import type { DropCounts } from './drop-counts.ts';
import type { PortName } from './fabric-options.ts';
import type { RateGate } from './rate-gate.ts';

/** Drops that ENA has counters for. */
const TRACKING_FULL: readonly DropId[] = ['security-group-in/tracking-full', 'security-group-out/tracking-full'];
const LINK_LOCAL_EXCEEDED: readonly DropId[] = ['link-local/allowance-exceeded'];

/** Who counts. */
export interface Counting {
  readonly pipeline: Pipeline;
  readonly rates: RateGate;
  readonly drops: DropCounts;
}

/** The counters of those of these interfaces that belong to instances. `ports`: where interfaces and edges are plugged in. */
export function enaCountersOf(
  { pipeline, rates, drops }: Counting,
  ports: ReadonlyMap<PortName, number>,
  ids: Iterable<PortName> = ports.keys(),
): Readonly<Record<string, EnaCounters>> {
  const counters: Record<string, EnaCounters> = {};
  for (const id of ids) {
    const port = ports.get(id);
    const holder = pipeline.network.interfaceById(id);
    if (port === undefined || holder?.row.owner.kind !== 'instance') continue;
    counters[id] = {
      ...rates.exceededAt(port),
      conntrack_allowance_exceeded: drops.at(id, TRACKING_FULL),
      linklocal_allowance_exceeded: drops.at(id, LINK_LOCAL_EXCEEDED),
      conntrack_allowance_available: pipeline.connections.roomOf(holder.row.owner.id),
    };
  }
  return counters;
}
