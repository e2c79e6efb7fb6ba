/** Where a network is read from: the localvpc that runs, a file that `localvpc reach save` wrote, or a data folder. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type NetworkSnapshot, parseSnapshot, SnapshotError } from '../tables/network-snapshot.ts';
import type { Context } from './context.ts';
import { Endpoint } from './endpoint.ts';
import { CommandFailure, errorCodeOf, messageOf } from './failure.ts';

/** Stands for the localvpc that runs. */
export const RUNNING = 'running';

/** The network of a running localvpc (`running`, or its URL), a saved file, or a data folder. */
export async function readNetwork(source: string, { endpoint }: Context): Promise<NetworkSnapshot> {
  const text = await textOf(source, endpoint);
  try {
    return parseSnapshot(text);
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    throw new CommandFailure(`${source} ${error.message}.`, 'To save one that is, type: localvpc reach save FILE');
  }
}

/** The same as text, as it is saved. */
export async function textOf(source: string, endpoint: Endpoint): Promise<string> {
  if (source === RUNNING) return await (await endpoint.request('network')).text();
  if (/^https?:\/\//.test(source)) return await (await new Endpoint(source).request('network')).text();
  try {
    return statSync(source).isDirectory() ? await folderText(resolve(source)) : readFileSync(source, 'utf8');
  } catch (error) {
    if (error instanceof Error && error.name === 'JournalError') throw new CommandFailure(error.message);
    if (errorCodeOf(error) === undefined) throw error;
    throw new CommandFailure(
      `The network ${source} cannot be read: ${messageOf(error)}`,
      `Name a file, a data folder, the URL of a localvpc, or "${RUNNING}" for the one that runs.`,
    );
  }
}

/** The journal is read by the controller, a bundle beside this one, or a source file when this is one. */
async function folderText(directory: string): Promise<string> {
  const sibling = import.meta.url.endsWith('.ts') ? '../controller/entry.ts' : './controller.js';
  const loaded: unknown = await import(new URL(sibling, import.meta.url).href);
  if (offersFolders(loaded)) return await loaded.folderSnapshot(directory);
  throw new Error(`${sibling} exports no folderSnapshot`);
}

const offersFolders = (loaded: unknown): loaded is { folderSnapshot(directory: string): Promise<string> } =>
  typeof loaded === 'object' &&
  loaded !== null &&
  'folderSnapshot' in loaded &&
  typeof loaded.folderSnapshot === 'function';
