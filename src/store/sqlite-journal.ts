/**
 * The journal on disk: one SQLite database with one table, flushed before an append resolves.
 *
 * Appends that come in one turn of the event loop are written in one SQLite transaction and so share its flush. The
 * database is in WAL mode with synchronous=FULL: a commit is one write and one fsync, and after kill -9 or a power cut
 * SQLite finds either all of it or none.
 */
import type Database from 'libsql';
import { parseScopeKey, scopeKey } from '../model/scope.ts';
import type { RowChange } from '../model/transaction.ts';
import { lockDirectory, type Unlock } from './directory-lock.ts';
import { type Journal, JournalError, type JournalRow } from './journal.ts';
import { parseRowText, rowText } from './row-text.ts';
import { integerPragma, isBusy, isDamaged, openDatabase, reasonOf } from './sqlite-file.ts';

/** "LVPC" in ASCII, in the header of our files: what the file is, for us and for `file`. */
const APPLICATION_ID = 0x4c56_5043;
/** Version of the table and of the rows' text. Raised with every change that an older localvpc would misread. */
const SCHEMA_VERSION = 1;

/** Where the journal lives, and for whom. */
export interface JournalOptions {
  /** An existing folder that this user may write. */
  readonly directory: string;
  /** Says who has the directory, to another process that wants it: "process 4711, started …". */
  readonly holder: string;
}

/**
 * Opens the journal of a directory, or makes it.
 * @throws JournalError when the directory is in use, or the file is damaged, foreign, or of a newer localvpc.
 */
export function openJournal({ directory, holder }: JournalOptions): Journal {
  const unlock = lockDirectory(directory, holder);
  const file = `${directory}/localvpc.db`;
  try {
    return new SqliteJournal(file, openSchema(file), unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

function openSchema(file: string): Database.Database {
  const database = openDatabase(file);
  try {
    refuseForeign(database, file);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec(`BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS rows (
        scope TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (scope, kind, id));
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${SCHEMA_VERSION};
      COMMIT`);
    return database;
  } catch (error) {
    database.close();
    throw error instanceof JournalError ? error : new JournalError(sentence(file, error), { cause: error });
  }
}

function refuseForeign(database: Database.Database, file: string): void {
  const application = integerPragma(database, 'application_id');
  const version = integerPragma(database, 'user_version');
  if (application === APPLICATION_ID) {
    if (version <= SCHEMA_VERSION) return;
    throw new JournalError(
      `${file} was written by a newer localvpc (its schema is ${version}, this one knows ${SCHEMA_VERSION}). Use that one, or choose another directory with --data.`,
    );
  }
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (application === 0 && version === 0 && isEmpty) return;
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

/** What is to be written of one row: its text, or undefined to delete it. */
interface Write {
  readonly scope: string;
  readonly kind: string;
  readonly id: string;
  readonly body: string | undefined;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: JournalError) => void;
}

class SqliteJournal implements Journal {
  readonly #file: string;
  readonly #database: Database.Database;
  readonly #unlock: Unlock;
  readonly #set: Database.Statement;
  readonly #delete: Database.Statement;
  /** Last content of every row that is not on disk yet, and whether all that is there must go first. */
  readonly #unsaved = new Map<string, Write>();
  #clearFirst = false;
  #waiters: Waiter[] = [];
  #closed = false;

  constructor(file: string, database: Database.Database, unlock: Unlock) {
    this.#file = file;
    this.#database = database;
    this.#unlock = unlock;
    // An update keeps the row's place: `load` yields rows in the order in which the model had them.
    this.#set = database.prepare(
      'INSERT INTO rows (scope, kind, id, body) VALUES (?, ?, ?, ?) ON CONFLICT (scope, kind, id) DO UPDATE SET body = excluded.body',
    );
    this.#delete = database.prepare('DELETE FROM rows WHERE scope = ? AND kind = ? AND id = ?');
  }

  *load(): Generator<JournalRow> {
    const select = this.#database.prepare('SELECT scope, kind, id, body FROM rows ORDER BY rowid').raw();
    try {
      for (const stored of select.iterate()) yield parseStored(stored);
    } catch (error) {
      throw new JournalError(sentence(this.#file, error), { cause: error });
    }
  }

  async append(changes: readonly RowChange[]): Promise<void> {
    if (changes.length === 0) return;
    // Texts are made first: a row that cannot be one must not leave half of its transaction waiting.
    for (const write of changes.map(writeOf)) this.#unsaved.set(`${write.scope} ${write.kind} ${write.id}`, write);
    return this.#flushed();
  }

  async clear(): Promise<void> {
    this.#unsaved.clear();
    this.#clearFirst = true;
    return this.#flushed();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    try {
      if (this.#unsaved.size > 0 || this.#clearFirst) await this.#flushed();
    } finally {
      this.#closed = true;
      this.#release();
    }
  }

  #release(): void {
    try {
      // The driver keeps the file open until its statements are collected as garbage, so SQLite does not do this for us.
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      this.#database.close();
      this.#unlock();
    }
  }

  #flushed(): Promise<void> {
    if (this.#closed) return Promise.reject(new JournalError(`${this.#file} is closed`));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      // After the requests that are ready in this turn of the event loop: they share the flush.
      if (this.#waiters.length === 1) setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    try {
      this.#write();
    } catch (error) {
      const failure = new JournalError(`${this.#file} could not be written: ${reasonOf(error)}`, { cause: error });
      for (const waiter of waiters) waiter.reject(failure);
      return;
    }
    this.#unsaved.clear();
    this.#clearFirst = false;
    for (const waiter of waiters) waiter.resolve();
  }

  #write(): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      if (this.#clearFirst) this.#database.exec('DELETE FROM rows');
      for (const { scope, kind, id, body } of this.#unsaved.values()) {
        if (body === undefined) this.#delete.run(scope, kind, id);
        else this.#set.run(scope, kind, id, body);
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      // After some failures (a full disk) SQLite has rolled back by itself, and a second one would hide the reason.
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

const writeOf = ({ scope, kind, id, after }: RowChange): Write => ({
  scope: scopeKey(scope),
  kind: kind.name,
  id,
  body: after && rowText(after),
});

function parseStored(stored: unknown): JournalRow {
  if (!Array.isArray(stored)) throw new TypeError('the driver gave no row');
  const [scope, kindName, id, body]: unknown[] = stored;
  if (typeof scope !== 'string' || typeof kindName !== 'string' || typeof body !== 'string')
    throw new TypeError(`row ${String(id)} has columns that are no text`);
  const row = parseRowText(body);
  if (row.id !== id) throw new TypeError(`row ${String(id)} holds ${row.id}`);
  return { scope: parseScopeKey(scope), kindName, row };
}
