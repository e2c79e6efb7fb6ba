/** What keeps the model over the end of the process: every committed row, in the order in which rows came to be. */
import type { Row } from '../model/kind.ts';
import type { Scope } from '../model/scope.ts';
import type { RowChange } from '../model/transaction.ts';

/** A row as the journal has it. */
export interface JournalRow {
  readonly scope: Scope;
  /** Name of the row's kind; that the kind exists is for the reader to check. */
  readonly kindName: string;
  /** Deep equal to the row that was appended, fields that hold `undefined` included. */
  readonly row: Row;
}

/** Rows that outlive the process. */
export interface Journal {
  /**
   * Every row, in order of first insertion. To be read to its end before the first `append`.
   * @throws JournalError when a stored row cannot be read.
   */
  load(): Iterable<JournalRow>;
  /**
   * Resolves once the changes are safe on disk; calls that come close together share one flush. When a flush fails, the
   * promise rejects with a JournalError, and the changes are tried again with the next flush: the model has them
   * already, and what is appended later may build on them.
   */
  append(changes: readonly RowChange[]): Promise<void>;
  /** Forgets every row; resolves once that is safe on disk. */
  clear(): Promise<void>;
  /** Writes what is waiting and lets go of the files. Nothing may be called afterwards. */
  close(): Promise<void>;
}

/** The journal cannot be opened, read or written; the message says why, and what can be done, to the person who runs localvpc. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}
