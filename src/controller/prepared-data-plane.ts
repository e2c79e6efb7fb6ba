/** What can be done for a data plane before anything is known of the model: finding out what works here, and starting it. */
import type { ServerOptions } from '../cli/server-options.ts';
import { type NamespacesAvailable, namespacesAvailable } from '../host/namespaces-available.ts';
import { StartedRoom } from './started-room.ts';

/** Which data plane there will be. */
export type PreparedDataPlane =
  | { readonly kind: 'room'; readonly room: StartedRoom }
  | { readonly kind: 'virtual'; readonly unavailable: Extract<NamespacesAvailable, { available: false }> | undefined };

type Options = Pick<ServerOptions, 'guests'>;

/** What was prepared, by the options of the run that it is for. */
const prepared = new WeakMap<Options, PreparedDataPlane>();

/** Prepares a data plane for a run; resolves as soon as its process has been started. */
export async function prepareDataPlane(options: Options): Promise<void> {
  prepared.set(options, await prepare(options));
}

/** The data plane prepared for a run, or one that is prepared now. */
export async function takeDataPlane(options: Options): Promise<PreparedDataPlane> {
  return prepared.get(options) ?? (await prepare(options));
}

/** Ends what was prepared for a run that failed, however far it came: a room that is left would keep the process alive. */
export async function abandonDataPlane(options: Options): Promise<void> {
  const left = prepared.get(options);
  prepared.delete(options);
  if (left?.kind === 'room') await left.room.process.close();
}

async function prepare({ guests }: Options): Promise<PreparedDataPlane> {
  if (guests === 'virtual') return { kind: 'virtual', unavailable: undefined };
  const available = await namespacesAvailable();
  if (!available.available) return { kind: 'virtual', unavailable: available };
  return { kind: 'room', room: new StartedRoom(available) };
}
