/** The journal's thread: writes the batches that it is sent, one after another, and says how each ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { JournalFile } from '../store/journal-file.ts';
import type { RowWrite, WriteBatch } from '../store/journal-writer.ts';
import { reasonOf } from '../store/sqlite-file.ts';
import type { JournalThreadOrder, JournalThreadReport } from './journal-thread.ts';

if (parentPort === null) throw new Error('the journal is written in a worker thread of the controller');
const journal = parentPort;
const file = new JournalFile(String(workerData));
const report = (message: JournalThreadReport): void => journal.postMessage(message);

/** Why what was added could not be, until it is asked for. */
let failure: unknown;

journal.on('message', (order: JournalThreadOrder) => {
  switch (order.kind) {
    case 'add':
      add(order.writes);
      return;
    case 'abandon':
      failure = undefined;
      file.abandon();
      return;
    case 'write':
      write(order.batch);
      return;
    case 'close':
      file.close();
      journal.close();
  }
});
report({ kind: 'ready' });

function add(writes: readonly RowWrite[]): void {
  if (failure !== undefined) return;
  try {
    file.add(writes);
  } catch (error) {
    failure = error;
  }
}

function write(batch: WriteBatch): void {
  const added = failure;
  failure = undefined;
  try {
    if (added !== undefined) throw added;
    file.write(batch);
    report({ kind: 'written' });
  } catch (error) {
    report({ kind: 'failed', reason: reasonOf(error) });
  }
}
