/** What the journal writes at once, and who may write it: the thread that opened the journal, or one of its own. */

/** What is to be written of one row: its text, or undefined to delete it. */
export interface RowWrite {
  readonly scope: string;
  readonly kind: string;
  readonly id: string;
  readonly body: string | undefined;
}

/** Writes that are all safe on disk, or none of them. Survives structured clone. */
export interface WriteBatch {
  /** Forgets every row before. */
  readonly clearFirst: boolean;
  readonly writes: readonly RowWrite[];
}

/** Writes batches to the file, one at a time. */
export interface JournalWriter {
  /**
   * Begins to write a batch whose other rows are still to come, or goes on with it. Nothing of it is written before `write`
   * brings the last of them, and what fails here is told there.
   */
  add(writes: readonly RowWrite[]): void;
  /** Forgets what was added. */
  abandon(): void;
  /**
   * Resolves once the batch is safe on disk, with all that was added before.
   * @throws Error the file's: then nothing of all that was written; WriterLost when this writer can write no more
   */
  write(batch: WriteBatch): Promise<void>;
  /** Lets go of the file. */
  close(): Promise<void>;
}

/** Starts a writer for a journal's file in a thread of its own; resolves when it can write. */
export type StartWriter = (file: string) => Promise<JournalWriter>;

/** The thread of a writer has ended: the batch, and what follows, must be written by somebody else. */
export class WriterLost extends Error {
  override readonly name = 'WriterLost';
}
