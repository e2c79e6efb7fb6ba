/**
 * What hosts hold, counted once for many instances that come one after another.
 *
 * To look for the host with the fewest instances asks every host of the zone: for each of 5,000 instances of an import,
 * that was a third of all that it did in the model.
 */
import type { NetworkInterfaceId } from '../net/identifiers.ts';
import { conditionOf, placementsOn } from './hosts.ts';
import type { VirtualFunction } from './resources/placement.ts';
import type { Host } from './topology.ts';
import type { Transaction } from './transaction.ts';

interface HostLoad {
  readonly host: Host;
  instances: number;
  /** Numbers of virtual functions that interfaces hold. */
  readonly functions: Set<number>;
}

interface Zone {
  /** Hosts that work, in the order in which they are chosen. */
  readonly loads: readonly HostLoad[];
  /** Fewest instances of a host, and the first host that may have so few. Both only grow while instances come. */
  fewest: number;
  first: number;
}

/** Loads of hosts in one transaction. Right as long as who puts instances there says so: see `take` and `forget`. */
export class HostLoads {
  readonly #tx: Transaction;
  readonly #zones = new Map<string, Zone>();

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  /**
   * Takes a place for an instance without a placement group, on the host that `chooseSeat` would choose, with the functions
   * that `numbered` would give its interfaces. Undefined where there is no room.
   */
  take(
    zone: string,
    interfaces: readonly NetworkInterfaceId[],
  ): { readonly host: Host; readonly functions: readonly VirtualFunction[] } | undefined {
    const load = leastLoaded(this.#zone(zone), interfaces.length);
    if (!load) return undefined;
    load.instances += 1;
    return { host: load.host, functions: withLowestNumbers(interfaces, load.functions) };
  }

  /** Counts the hosts of a zone anew when they are asked for next: somebody else has put an instance there. */
  forget(zone: string): void {
    this.#zones.delete(zone);
  }

  #zone(name: string): Zone {
    const known = this.#zones.get(name);
    if (known) return known;
    const loads = this.#tx.environment.topology
      .hosts(name)
      .filter((host) => !conditionOf(this.#tx, host.id))
      .map((host): HostLoad => {
        const placements = placementsOn(this.#tx, host.id);
        const functions = placements.flatMap((placement) => placement.functions.map(({ number }) => number));
        return { host, instances: placements.length, functions: new Set(functions) };
      });
    const zone = { loads, fewest: 0, first: 0 };
    this.#zones.set(name, zone);
    return zone;
  }
}

/** The first of those with the fewest instances that has the functions. */
function leastLoaded(zone: Zone, functions: number): HostLoad | undefined {
  const { loads } = zone;
  while (zone.first < loads.length && loads[zone.first]?.instances !== zone.fewest) zone.first += 1;
  if (zone.first === loads.length) {
    zone.fewest = Math.min(...loads.map(({ instances }) => instances));
    zone.first = loads.findIndex(({ instances }) => instances === zone.fewest);
  }
  const hasRoom = ({ host, functions: taken }: HostLoad): boolean =>
    functions === 0 || host.virtualFunctions - taken.size >= functions;
  for (let at = zone.first; at < loads.length; at++) {
    const load = loads[at];
    if (load?.instances === zone.fewest && hasRoom(load)) return load;
  }
  return loads
    .filter(hasRoom)
    .reduce<HostLoad | undefined>((best, one) => (best && best.instances <= one.instances ? best : one), undefined);
}

/** Gives each interface the lowest number that is free, and notes it as taken. */
export function withLowestNumbers(
  interfaces: readonly NetworkInterfaceId[],
  taken: Set<number>,
): readonly VirtualFunction[] {
  let next = 0;
  return interfaces.map((interfaceId) => {
    while (taken.has(next)) next++;
    taken.add(next);
    return { interfaceId, number: next };
  });
}
