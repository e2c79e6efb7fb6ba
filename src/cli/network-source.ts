/**
 * Where a network is read from: the localvpc that runs, a file that `localvpc reach save` wrote, a data folder, or what
 * `localvpc import` would take over (describe-JSON, Terraform).
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NO_NETWORK } from '../import/no-network.ts';
import { type NetworkSnapshot, parseSnapshot, SnapshotError } from '../tables/network-snapshot.ts';
import type { Context } from './context.ts';
import { controllerProgram } from './controller-program.ts';
import { type DescribedFile, readDescribedFiles } from './described-files.ts';
import { Endpoint } from './endpoint.ts';
import { CommandFailure, errorCodeOf, messageOf } from './failure.ts';
import { indented } from './style.ts';
import { givenParameters, type ParameterOptions } from './template-parameters.ts';

/** Stands for the localvpc that runs. */
export const RUNNING = 'running';

/** How a description is to be read. */
export interface Reading extends ParameterOptions {
  /** Take what can be read, whatever is left out. */
  readonly partial?: boolean | undefined;
}

/** The name of the journal in a data folder. */
const JOURNAL = 'localvpc.db';

/**
 * The network of a running localvpc (`running`, or its URL), a saved file, a data folder, or a description.
 */
export async function readNetwork(
  source: string,
  { endpoint }: Context,
  reading: Reading = {},
): Promise<NetworkSnapshot> {
  const text = await textOf(source, endpoint, reading);
  try {
    return parseSnapshot(text);
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    throw new CommandFailure(`${source} ${error.message}.`, 'To save one that is, type: localvpc reach save FILE');
  }
}

/** The same as text, as it is saved. */
export async function textOf(source: string, endpoint: Endpoint, reading: Reading = {}): Promise<string> {
  if (source === RUNNING) return await (await endpoint.request('network')).text();
  if (/^https?:\/\//.test(source)) return await (await new Endpoint(source).request('network')).text();
  try {
    if (statSync(source).isDirectory())
      return existsSync(join(source, JOURNAL))
        ? await folderText(resolve(source))
        : await describedText(source, reading);
    const text = readFileSync(source, 'utf8');
    return isDescription(text) ? await describedText(source, reading) : text;
  } catch (error) {
    if (error instanceof Error && error.name === 'JournalError') throw new CommandFailure(error.message);
    if (errorCodeOf(error) === undefined) throw error;
    throw new CommandFailure(
      `The network ${source} cannot be read: ${messageOf(error)}`,
      `Name a file, a folder, the URL of a localvpc, or "${RUNNING}" for the one that runs.`,
    );
  }
}

/** A snapshot says what it is; whatever else is there may be a description, and is read as one. */
function isDescription(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !('format' in value);
  } catch {
    return /^\s*(?:---|AWSTemplateFormatVersion|Resources)/m.test(text);
  }
}

async function folderText(directory: string): Promise<string> {
  return await (await snapshots()).folderSnapshot(directory);
}

async function describedText(path: string, { partial = false, ...given }: Reading): Promise<string> {
  const { text, leftOut } = await (await snapshots()).describedSnapshot(
    readDescribedFiles(path),
    givenParameters(given),
  );
  const strangers = leftOut.filter(({ why }) => why === NO_NETWORK);
  if (strangers.length > 0 && strangers.length === leftOut.length)
    throw new CommandFailure(
      strangers.map(({ what }) => `${what} ${NO_NETWORK}, or what "localvpc reach save" wrote.`).join('\n'),
    );
  if (leftOut.length === 0 || partial) return text;
  const reasons = leftOut.flatMap(({ what, why }) => indented(`${what}: ${why}`, 2));
  throw new CommandFailure(
    [`${leftOut.length} of what ${path} describes could not be read:`, ...reasons].join('\n'),
    'To ask about the rest, say --partial.',
  );
}

/** What the controller knows of networks that do not run. */
interface Snapshots {
  folderSnapshot(directory: string): Promise<string>;
  describedSnapshot(
    files: readonly DescribedFile[],
    parameters: Readonly<Record<string, string>>,
  ): Promise<{
    readonly text: string;
    readonly leftOut: readonly { readonly what: string; readonly why: string }[];
  }>;
}

/** The model is the controller's. */
async function snapshots(): Promise<Snapshots> {
  const loaded = await controllerProgram();
  if (offersSnapshots(loaded)) return loaded;
  throw new Error('the controller reads no networks');
}

const offersSnapshots = (loaded: unknown): loaded is Snapshots =>
  typeof loaded === 'object' &&
  loaded !== null &&
  'folderSnapshot' in loaded &&
  typeof loaded.folderSnapshot === 'function' &&
  'describedSnapshot' in loaded &&
  typeof loaded.describedSnapshot === 'function';
