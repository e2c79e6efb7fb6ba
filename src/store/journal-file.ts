/**
 * The file of the journal: one SQLite database with one table.
 *
 * It is in WAL mode with synchronous=FULL: a commit is one write and one fsync, and after kill -9 or a power cut SQLite
 * finds either all of it or none.
 */
import type Database from 'libsql';
import { parseScopeKey } from '../model/scope.ts';
import { JournalError, type JournalRow } from './journal.ts';
import type { RowWrite, WriteBatch } from './journal-writer.ts';
import { parseRowText } from './row-text.ts';
import { integerPragma, isBusy, isDamaged, openDatabase, reasonOf } from './sqlite-file.ts';

/** "LVPC" in ASCII, in the header of our files: what the file is, for us and for `file`. */
const APPLICATION_ID = 0x4c56_5043;
/** Version of the table and of the rows' text. Raised with every change that an older localvpc would misread. */
const SCHEMA_VERSION = 1;

/** An open file. Several connections may have it, of one process. */
export class JournalFile {
  readonly path: string;
  readonly #database: Database.Database;
  readonly #set: Database.Statement;
  readonly #delete: Database.Statement;

  /**
   * Opens the file, or makes it.
   * @throws JournalError when it is damaged, foreign, in use by another program or of a newer localvpc
   */
  constructor(path: string) {
    this.path = path;
    this.#database = openSchema(path);
    // An update keeps the row's place: `load` yields rows in the order in which the model had them.
    this.#set = this.#database.prepare(
      'INSERT INTO rows (scope, kind, id, body) VALUES (?, ?, ?, ?) ON CONFLICT (scope, kind, id) DO UPDATE SET body = excluded.body',
    );
    this.#delete = this.#database.prepare('DELETE FROM rows WHERE scope = ? AND kind = ? AND id = ?');
  }

  /** Every row, in order of first insertion. @throws JournalError when one cannot be read */
  *load(): Generator<JournalRow> {
    const select = this.#database.prepare('SELECT scope, kind, id, body FROM rows ORDER BY rowid').raw();
    try {
      for (const stored of select.iterate()) yield parseStored(stored);
    } catch (error) {
      throw new JournalError(sentence(this.path, error), { cause: error });
    }
  }

  /** Returns when the batch is safe on disk, with all that was added before. @throws Error the driver's; then nothing of all that was written */
  write({ clearFirst, writes }: WriteBatch): void {
    this.#orNothing(() => {
      this.#begin();
      if (clearFirst) this.#database.exec('DELETE FROM rows');
      this.#run(writes);
      this.#database.exec('COMMIT');
    });
  }

  /** Begins a batch whose other rows are still to come, or goes on with it. @throws Error the driver's; then nothing of it is there */
  add(writes: readonly RowWrite[]): void {
    this.#orNothing(() => {
      this.#begin();
      this.#run(writes);
    });
  }

  /** Forgets what was added. */
  abandon(): void {
    if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
  }

  #begin(): void {
    if (!this.#database.inTransaction) this.#database.exec('BEGIN IMMEDIATE');
  }

  #run(writes: readonly RowWrite[]): void {
    for (const { scope, kind, id, body } of writes) {
      if (body === undefined) this.#delete.run(scope, kind, id);
      else this.#set.run(scope, kind, id, body);
    }
  }

  #orNothing(work: () => void): void {
    try {
      work();
    } catch (error) {
      // After some failures (a full disk) SQLite has rolled back by itself, and a second one would hide the reason.
      this.abandon();
      throw error;
    }
  }

  /** Moves what stands in the write-ahead log into the file and empties the log, unless another connection reads. */
  checkpoint(): void {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.#database.close();
  }
}

function openSchema(file: string): Database.Database {
  const database = openDatabase(file);
  try {
    const isNew = refuseForeign(database, file);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    // Only then: a second connection must not need the lock that the first one may hold.
    if (isNew) makeTable(database);
    return database;
  } catch (error) {
    database.close();
    throw error instanceof JournalError ? error : new JournalError(sentence(file, error), { cause: error });
  }
}

function makeTable(database: Database.Database): void {
  database.exec(`BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS rows (
      scope TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (scope, kind, id));
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${SCHEMA_VERSION};
    COMMIT`);
}

/** @returns true for a file that is empty */
function refuseForeign(database: Database.Database, file: string): boolean {
  const application = integerPragma(database, 'application_id');
  const version = integerPragma(database, 'user_version');
  if (application === APPLICATION_ID) {
    if (version <= SCHEMA_VERSION) return false;
    throw new JournalError(
      `${file} was written by a newer localvpc (its schema is ${version}, this one knows ${SCHEMA_VERSION}). Use that one, or choose another directory with --data.`,
    );
  }
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (application === 0 && version === 0 && isEmpty) return true;
  throw new JournalError(
    `${file} is not a localvpc journal, so it is left alone. Choose another directory with --data.`,
  );
}

function sentence(file: string, error: unknown): string {
  if (isDamaged(error))
    return `${file} is damaged or not a localvpc journal (${reasonOf(error)}). Restore it from a copy, or move it away to begin anew.`;
  if (isBusy(error))
    return `${file} is in use by another program. Stop that one, or choose another directory with --data.`;
  return `${file} cannot be used: ${reasonOf(error)}`;
}

function parseStored(stored: unknown): JournalRow {
  if (!Array.isArray(stored)) throw new TypeError('the driver gave no row');
  const [scope, kindName, id, body]: unknown[] = stored;
  if (typeof scope !== 'string' || typeof kindName !== 'string' || typeof body !== 'string')
    throw new TypeError(`row ${String(id)} has columns that are no text`);
  const row = parseRowText(body);
  if (row.id !== id) throw new TypeError(`row ${String(id)} holds ${row.id}`);
  return { scope: parseScopeKey(scope), kindName, row };
}
