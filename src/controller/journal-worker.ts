/** The journal's thread: writes the batches that it is sent, one after another, and says how each ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { JournalFile } from '../store/journal-file.ts';
import { reasonOf } from '../store/sqlite-file.ts';
import type { JournalThreadOrder, JournalThreadReport } from './journal-thread.ts';

if (parentPort === null) throw new Error('the journal is written in a worker thread of the controller');
const journal = parentPort;
const file = new JournalFile(String(workerData));
const report = (message: JournalThreadReport): void => journal.postMessage(message);

journal.on('message', (order: JournalThreadOrder) => {
  if (order.kind === 'close') {
    file.close();
    journal.close();
    return;
  }
  try {
    file.write(order.batch);
    report({ kind: 'written' });
  } catch (error) {
    report({ kind: 'failed', reason: reasonOf(error) });
  }
});
report({ kind: 'ready' });
