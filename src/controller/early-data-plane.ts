/**
 * A data plane that can be asked before it is there: the machine room comes up while the first calls are answered.
 *
 * Until then no guest runs and no packet is under way, so tables are in force as soon as they are kept here: the room
 * gets them before anything else. All that concerns guests and packets waits for the room.
 */
import type { DataPlane, GuestDriver, InternetSide } from '../tables/data-plane.ts';
import type { TableUpdate } from '../tables/tables.ts';

/** What is known before. */
export interface EarlyDataPlaneOptions {
  readonly drivers: readonly GuestDriver[];
  readonly internet: InternetSide['address'];
  /** The data plane cannot be opened. */
  readonly lost: (reason: string) => void;
}

/** Stands for a data plane that is being opened. */
export function earlyDataPlane(opening: Promise<DataPlane>, options: EarlyDataPlaneOptions): DataPlane {
  let early: TableUpdate[] = [];
  let plane: DataPlane | undefined;
  const opened = opening.then(async (there) => {
    // What is said while these are on their way is kept as well, and follows them.
    for (let updates = early; updates.length > 0; updates = early) {
      early = [];
      await there.apply(updates);
    }
    plane = there;
    return there;
  });
  opened.catch((error: unknown) => options.lost(error instanceof Error ? error.message : String(error)));

  return {
    drivers: options.drivers,
    internet: {
      address: options.internet,
      hostPid: async () => (await opened).internet.hostPid(),
    },
    async apply(updates) {
      if (plane === undefined) early.push(...updates);
      else await plane.apply(updates);
    },
    openSite: async () => (await opened).openSite(),
    startGuest: async (spec) => (await opened).startGuest(spec),
    stopGuest: async (instanceId, how) => (await opened).stopGuest(instanceId, how),
    moveInterfaces: async (interfaceIds) => (await opened).moveInterfaces(interfaceIds),
    rebootGuest: async (instanceId) => (await opened).rebootGuest(instanceId),
    plugInterface: async (instanceId, plug) => (await opened).plugInterface(instanceId, plug),
    unplugInterface: async (instanceId, interfaceId) => (await opened).unplugInterface(instanceId, interfaceId),
    refreshGuest: async (instanceId) => (await opened).refreshGuest(instanceId),
    consoleOutput: async (instanceId) => (await opened).consoleOutput(instanceId),
    // No guest has been started before.
    guestPid: (instanceId) => plane?.guestPid(instanceId),
    trace: async (request, assumed) => (await opened).trace(request, assumed),
    capture(interfaceId, sink, mode) {
      if (plane !== undefined) return plane.capture(interfaceId, sink, mode);
      let end: (() => void) | undefined = () => undefined;
      void opened.then(
        (there) => {
          if (end !== undefined) end = there.capture(interfaceId, sink, mode);
        },
        () => undefined,
      );
      return () => {
        end?.();
        end = undefined;
      };
    },
    counters: async () => (await opened).counters(),
    enaCounters: async (ids) => (await opened).enaCounters(ids),
    offload: async () => (await opened).offload(),
    nics: async () => (await opened).nics(),
    takeTraffic: async () => (await opened).takeTraffic(),
    takeFlows: async () => (await opened).takeFlows(),
    async close() {
      // One that was never there is nothing to close; why it is not has been told.
      await (await opening.catch(() => undefined))?.close();
    },
  };
}
