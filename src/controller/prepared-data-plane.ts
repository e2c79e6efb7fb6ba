/** What can be done for a data plane before anything is known of the model: finding out what works here, and starting it. */
import type { ServerOptions } from '../cli/server-options.ts';
import { noHostAccess } from '../host/machine-link.ts';
import { type NamespacesAvailable, namespacesAvailable } from '../host/namespaces-available.ts';
import { INTERNET_MAC } from '../room/internet-mac.ts';
import { StartedRoom } from './started-room.ts';

/** Which data plane there will be. */
export type PreparedDataPlane =
  | { readonly kind: 'room'; readonly room: StartedRoom }
  | { readonly kind: 'virtual'; readonly unavailable: Extract<NamespacesAvailable, { available: false }> | undefined };

type Options = Pick<ServerOptions, 'guests' | 'hostAccess'>;

/** What was prepared, by the options of the run that it is for. */
const prepared = new WeakMap<Options, Promise<PreparedDataPlane>>();

/** Begins to prepare a data plane for a run: its process comes up while other things are done. */
export function prepareDataPlane(options: Options): void {
  const preparing = prepare(options);
  prepared.set(options, preparing);
  // Whoever takes it is told; nobody may come so far.
  preparing.catch(() => undefined);
}

/** The data plane prepared for a run, or one that is prepared now. */
export async function takeDataPlane(options: Options): Promise<PreparedDataPlane> {
  return (await prepared.get(options)) ?? (await prepare(options));
}

/** Ends what was prepared for a run that failed, however far it came: a room that is left would keep the process alive. */
export async function abandonDataPlane(options: Options): Promise<void> {
  const left = await prepared.get(options)?.catch(() => undefined);
  prepared.delete(options);
  if (left?.kind === 'room') await left.room.process.close();
}

async function prepare({ guests, hostAccess }: Options): Promise<PreparedDataPlane> {
  if (guests === 'virtual') {
    if (hostAccess) throw noHostAccess('virtual guests are in no network that the machine could reach');
    return { kind: 'virtual', unavailable: undefined };
  }
  const available = await namespacesAvailable();
  if (hostAccess) return { kind: 'room', room: await startRoomWithMachineLink(available) };
  if (!available.available) return { kind: 'virtual', unavailable: available };
  return { kind: 'room', room: new StartedRoom(available, undefined) };
}

/** Only the room keeps the interface's descriptor, so that the interface ends with it. */
async function startRoomWithMachineLink(available: NamespacesAvailable): Promise<StartedRoom> {
  if (!available.available) throw noHostAccess(available.reason);
  if (!available.privileged) throw noHostAccess('only root may lay a route on this machine');
  // Loaded only here: it brings the system calls, which otherwise are the room's.
  const { openMachineTap } = await import('../host/machine-tap.ts');
  const tap = openMachineTap(INTERNET_MAC);
  try {
    return new StartedRoom(available, tap.fd);
  } finally {
    tap.close();
  }
}
