/** The network in a data folder whose localvpc does not run. */
import { SystemRandom, wallClock } from '../host/clock.ts';
import { DEFAULT_ENVIRONMENT } from '../model/environment.ts';
import { prepareScope } from '../model/first-state.ts';
import { World } from '../model/world.ts';
import { restoreWorld } from '../store/restore.ts';
import { openJournal } from '../store/sqlite-journal.ts';
import { snapshotText } from '../tables/network-snapshot.ts';
import { snapshotOf } from './network-snapshot.ts';
// A journal holds rows of every kind that a service knows; they are known once its modules are loaded.
import './service.ts';

/** Its snapshot as text. Instances that ran are taken to run. @throws JournalError where the folder is in use, or no localvpc's */
export async function folderSnapshot(directory: string): Promise<string> {
  const journal = openJournal({ directory, holder: `localvpc reach, process ${process.pid}` });
  try {
    const world = new World(new SystemRandom(), prepareScope, DEFAULT_ENVIRONMENT);
    restoreWorld(journal, world);
    return snapshotText(snapshotOf(world, wallClock));
  } finally {
    await journal.close();
  }
}
