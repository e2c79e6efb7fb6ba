/**
 * The journal on disk: a SQLite file that is flushed before an append resolves.
 *
 * Appends that come in one turn of the event loop, or while a flush is under way, are written in one SQLite transaction
 * and so share its flush. A journal begins by writing in its own thread, and hands the file to a thread that only writes
 * once there is much to write.
 */
import { scopeKey } from '../model/scope.ts';
import type { RowChange } from '../model/transaction.ts';
import { lockDirectory, type Unlock } from './directory-lock.ts';
import { type Journal, JournalError, type JournalRow } from './journal.ts';
import { JournalFile } from './journal-file.ts';
import { type JournalWriter, type RowWrite, type StartWriter, type WriteBatch, WriterLost } from './journal-writer.ts';
import { rowText } from './row-text.ts';
import { reasonOf } from './sqlite-file.ts';

/** Where the journal lives, for whom, and who may write for it. */
export interface JournalOptions {
  /** An existing folder that this user may write. */
  readonly directory: string;
  /** Says who has the directory, to another process that wants it: "process 4711, started …". */
  readonly holder: string;
  /** Starts a writer in a thread of its own. Without one all is written in the journal's own. */
  readonly startWriter?: StartWriter;
}

/**
 * A writer of its own is started after so many flushes: a short life does not pay for its start and its memory (some
 * 12 MB). What SQLite does for CreateNetworkInterface was 30 % of the time that the call took of the controller's thread.
 */
export const FLUSHES_BEFORE_WRITER = 100;

/**
 * A flush of so many rows waits for the writer's start (some 50 ms): the 15,000 rows of a large import would keep this
 * thread from everything else for a third of a second. Their texts are made in between, a part in each turn of the event
 * loop: meanwhile the machine room takes the tables of the import, for which 0.17 of 1.2 s of this thread's work are no
 * longer waited for. The writer begins with the first of them, in a transaction that the last ones end: it took as long as
 * they did, and after them.
 */
const ROWS_FOR_WRITER = 4000;
/** Some 1.5 ms of work: the message with the tables leaves in some fifteen turns. */
const TEXTS_IN_ONE_TURN = 100;

/**
 * Opens the journal of a directory, or makes it.
 * @throws JournalError when the directory is in use, or the file is damaged, foreign, or of a newer localvpc.
 */
export function openJournal({ directory, holder, startWriter }: JournalOptions): Journal {
  const unlock = lockDirectory(directory, holder);
  try {
    return new SqliteJournal(new JournalFile(`${directory}/localvpc.db`), unlock, startWriter);
  } catch (error) {
    unlock();
    throw error;
  }
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: JournalError) => void;
}

class SqliteJournal implements Journal {
  readonly #file: JournalFile;
  readonly #unlock: Unlock;
  #startWriter: StartWriter | undefined;
  /** Writes in the place of this thread, once it has come up. */
  #writer: JournalWriter | undefined;
  #writerStarts: Promise<void> | undefined;
  /** Last content of every row that is not on disk yet, and whether all that is there must go first. */
  #unsaved = new Map<string, RowWrite>();
  #clearFirst = false;
  #waiters: Waiter[] = [];
  #flushes = 0;
  #flushing: Promise<void> | undefined;
  /** While a large append is written: what comes after it waits behind it. */
  #taking: Promise<void> | undefined;
  #closed = false;

  constructor(file: JournalFile, unlock: Unlock, startWriter: StartWriter | undefined) {
    this.#file = file;
    this.#unlock = unlock;
    this.#startWriter = startWriter;
  }

  load(): Generator<JournalRow> {
    return this.#file.load();
  }

  async append(changes: readonly RowChange[]): Promise<void> {
    if (changes.length === 0) return;
    if (this.#closed) throw this.#isClosed();
    if (changes.length >= ROWS_FOR_WRITER) return this.#inTurn(() => this.#writeLarge(changes));
    if (this.#taking) await this.#inTurn(() => this.#take(changes.map(writeOf)));
    else this.#take(changes.map(writeOf));
    return this.#flushed();
  }

  async clear(): Promise<void> {
    if (this.#taking) await this.#inTurn(() => this.#forget());
    else this.#forget();
    return this.#flushed();
  }

  /** Rows that are texts already: one that cannot be must not leave half of its transaction waiting. */
  #take(writes: readonly RowWrite[]): void {
    for (const write of writes) this.#unsaved.set(keyOf(write), write);
  }

  /** Rows of an append that is large, which the writer begins to write while the texts of the others are made. */
  async #writeLarge(changes: readonly RowChange[]): Promise<void> {
    // It comes up meanwhile.
    this.#writerStarts ??= this.#handOver();
    // What came before is written before. What comes now waits for its turn.
    if (this.#waiters.length > 0 || this.#flushing) await this.#flushed().catch(() => undefined);
    const mayAdd = this.#unsaved.size === 0 && !this.#clearFirst;
    const { writes, added } = await this.#textsOf(changes, mayAdd);
    if (added === 0) {
      this.#take(writes);
      return this.#flushed();
    }
    const batch = { clearFirst: false, writes };
    try {
      await this.#write(batch, added);
    } catch (error) {
      this.#keep(batch, new Map(writes.map((write) => [keyOf(write), write])));
      throw this.#notWritten(error);
    }
  }

  /** Texts of rows, and how many of them the writer has been sent. Where one cannot be, it is to forget those. */
  async #textsOf(changes: readonly RowChange[], mayAdd: boolean) {
    const writes: RowWrite[] = [];
    let added = 0;
    try {
      while (writes.length < changes.length) {
        for (const change of changes.slice(writes.length, writes.length + TEXTS_IN_ONE_TURN))
          writes.push(writeOf(change));
        if (mayAdd && this.#writer) {
          this.#writer.add(writes.slice(added));
          added = writes.length;
        }
        await new Promise(setImmediate);
      }
    } catch (error) {
      this.#writer?.abandon();
      throw error;
    }
    return { writes, added };
  }

  #forget(): void {
    this.#unsaved.clear();
    this.#clearFirst = true;
  }

  /** Does something after all that has been begun before, whose failures are others' to hear of. */
  #inTurn(work: () => Promise<void> | void): Promise<void> {
    const done = (this.#taking ?? Promise.resolve()).then(work);
    const taking = done
      .catch(() => undefined)
      .then(() => {
        if (this.#taking === taking) this.#taking = undefined;
      });
    this.#taking = taking;
    return done;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    try {
      while (this.#taking) await this.#taking;
      await this.#flushing;
      if (this.#unsaved.size > 0 || this.#clearFirst) await this.#flushed();
    } finally {
      this.#closed = true;
      await this.#release();
    }
  }

  async #release(): Promise<void> {
    try {
      await this.#writerStarts;
      await this.#writer?.close();
      // The driver keeps the file open until its statements are collected as garbage, so SQLite does not do this for us.
      this.#file.checkpoint();
    } finally {
      this.#file.close();
      this.#unlock();
    }
  }

  #flushed(): Promise<void> {
    if (this.#closed) return Promise.reject(this.#isClosed());
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      // After the requests that are ready in this turn of the event loop: they share the flush.
      if (this.#waiters.length === 1 && !this.#flushing) setImmediate(() => this.#flush());
    });
  }

  #isClosed(): JournalError {
    return new JournalError(`${this.#file.path} is closed`);
  }

  #flush(): void {
    this.#flushing = this.#flushOnce().then(() => {
      this.#flushing = undefined;
      if (this.#waiters.length > 0) setImmediate(() => this.#flush());
    });
  }

  /** Never rejects: those who wait are told. */
  async #flushOnce(): Promise<void> {
    const waiters = this.#waiters;
    const writes = this.#unsaved;
    const batch = { clearFirst: this.#clearFirst, writes: [...writes.values()] };
    this.#waiters = [];
    this.#unsaved = new Map();
    this.#clearFirst = false;
    try {
      await this.#write(batch, 0);
    } catch (error) {
      this.#keep(batch, writes);
      const failure = this.#notWritten(error);
      for (const waiter of waiters) waiter.reject(failure);
      return;
    }
    for (const waiter of waiters) waiter.resolve();
  }

  #notWritten(error: unknown): JournalError {
    return new JournalError(`${this.#file.path} could not be written: ${reasonOf(error)}`, { cause: error });
  }

  /** @param added so many of the first rows has the writer been sent */
  async #write(batch: WriteBatch, added: number): Promise<void> {
    this.#flushes += 1;
    const isLarge = batch.writes.length >= ROWS_FOR_WRITER;
    if (isLarge || this.#flushes === FLUSHES_BEFORE_WRITER) this.#writerStarts ??= this.#handOver();
    if (isLarge) await this.#writerStarts;
    if (!this.#writer) return this.#file.write(batch);
    try {
      await this.#writer.write({ ...batch, writes: batch.writes.slice(added) });
    } catch (error) {
      if (!(error instanceof WriterLost)) throw error;
      // Whether it had written the batch is not known, and does not matter: a batch says what rows are in the end.
      this.#writer = undefined;
      this.#file.write(batch);
    }
  }

  /** A thread that cannot be had is no loss: this one goes on. */
  async #handOver(): Promise<void> {
    const start = this.#startWriter;
    this.#startWriter = undefined;
    this.#writer = await start?.(this.#file.path).catch(() => undefined);
  }

  /** Has the next flush write what this one could not, under what came since: unless that was a clear. */
  #keep(batch: WriteBatch, writes: Map<string, RowWrite>): void {
    if (this.#clearFirst) return;
    this.#clearFirst = batch.clearFirst;
    for (const [key, write] of this.#unsaved) writes.set(key, write);
    this.#unsaved = writes;
  }
}

const keyOf = ({ scope, kind, id }: RowWrite): string => `${scope} ${kind} ${id}`;

const writeOf = ({ scope, kind, id, after }: RowChange): RowWrite => ({
  scope: scopeKey(scope),
  kind: kind.name,
  id,
  body: after && rowText(after),
});
