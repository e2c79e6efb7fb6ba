/**
 * Where the controller begins: the machine room's process is started first and comes up while the rest is loaded.
 *
 * Loading the model, its actions and the wire's schemas occupies this process for some 140 ms, the room's start another
 * one for as long: one after the other, they were two thirds of the time until the first answered call.
 */

import type { RunServer } from '../cli/server-options.ts';
import type { DescribeFile } from '../import/describe-files.ts';
import type { DescribedSnapshot } from './described-snapshot.ts';
import { abandonDataPlane, prepareDataPlane } from './prepared-data-plane.ts';

/** The network in the data folder of a localvpc that does not run, as the text of a snapshot. */
export const folderSnapshot = async (directory: string): Promise<string> =>
  (await import('./folder-snapshot.ts')).folderSnapshot(directory);

/** The network that files describe, as a snapshot's text, and what of it could not be read. */
export const describedSnapshot = async (
  files: readonly DescribeFile[],
  parameters: Readonly<Record<string, string>>,
): Promise<DescribedSnapshot> => await (await import('./described-snapshot.ts')).describedSnapshot(files, parameters);

/** Starts a localvpc; resolves when it answers calls. */
export const runServer: RunServer = async (options) => {
  prepareDataPlane(options);
  try {
    const controller = await import('./main.ts');
    return await controller.runServer(options);
  } catch (error) {
    await abandonDataPlane(options);
    throw error;
  }
};
