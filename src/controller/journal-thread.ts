/** The journal's thread, as the journal sees it: a writer. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  type JournalWriter,
  type RowWrite,
  type StartWriter,
  type WriteBatch,
  WriterLost,
} from '../store/journal-writer.ts';

/** What the thread is told. */
export type JournalThreadOrder =
  | { readonly kind: 'add'; readonly writes: readonly RowWrite[] }
  | { readonly kind: 'abandon' }
  | { readonly kind: 'write'; readonly batch: WriteBatch }
  | { readonly kind: 'close' };

/** What it says: that it has opened the file, and how each write ended. */
export type JournalThreadReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'written' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Starts the thread. @throws Error when it cannot be started or cannot open the file */
export const startJournalThread: StartWriter = async (file) => {
  const worker = new Worker(new URL('./journal-worker.js', import.meta.url), { workerData: file });
  await once(worker, 'message');
  return new JournalThread(worker);
};

interface Write {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

class JournalThread implements JournalWriter {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #hasEnded = false;
  /** The one that is under way. */
  #write: Write | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (report: JournalThreadReport) => this.#settle(report));
    // Why it ended is of no use to anybody: its work goes on in the journal's own thread.
    worker.on('error', () => undefined);
    this.#ended = once(worker, 'exit').then(() => {
      this.#hasEnded = true;
      this.#settle(undefined);
    });
  }

  add(writes: readonly RowWrite[]): void {
    this.#send({ kind: 'add', writes });
  }

  abandon(): void {
    this.#send({ kind: 'abandon' });
  }

  write(batch: WriteBatch): Promise<void> {
    if (this.#hasEnded) return Promise.reject(new WriterLost());
    return new Promise((resolve, reject) => {
      this.#write = { resolve, reject };
      this.#send({ kind: 'write', batch });
    });
  }

  close(): Promise<void> {
    this.#send({ kind: 'close' });
    return this.#ended;
  }

  #send(order: JournalThreadOrder): void {
    this.#worker.postMessage(order);
  }

  #settle(report: JournalThreadReport | undefined): void {
    const write = this.#write;
    this.#write = undefined;
    if (report?.kind === 'written') write?.resolve();
    else write?.reject(report?.kind === 'failed' ? new Error(report.reason) : new WriterLost());
  }
}
