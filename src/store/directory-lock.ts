/**
 * Keeps two processes from one data directory.
 *
 * The lock is an open write transaction on a small SQLite database of its own: the operating system frees it however
 * the holder ends, so that no stale lock is ever left behind, and others can still read in it who the holder is.
 */
import type Database from 'libsql';
import { JournalError } from './journal.ts';
import { isBusy, openDatabase, reasonOf } from './sqlite-file.ts';

/** Lets go of the directory. */
export type Unlock = () => void;

/**
 * Locks a directory for this process.
 * @param holder says who holds it, to whom finds it locked: "process 4711, started …".
 * @throws JournalError when somebody else holds it, or it cannot be written.
 */
export function lockDirectory(directory: string, holder: string): Unlock {
  const file = `${directory}/localvpc.lock`;
  const database = openDatabase(file);
  try {
    hold(database, holder);
  } catch (error) {
    const reason = isBusy(error)
      ? `${directory} is in use by ${holderIn(database) ?? 'another localvpc'}. Stop that one, or choose another directory with --data.`
      : `${file} cannot be locked: ${reasonOf(error)}`;
    database.close();
    throw new JournalError(reason, { cause: error });
  }
  return () => {
    database.exec('ROLLBACK');
    database.close();
  };
}

/** Writes the holder's name, then keeps a write transaction open; anew when another one came between the two. */
function hold(database: Database.Database, holder: string): void {
  database.exec('CREATE TABLE IF NOT EXISTS holder (name TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO holder (name) VALUES (?)');
  for (;;) {
    database.exec('BEGIN IMMEDIATE; DELETE FROM holder');
    insert.run(holder);
    database.exec('COMMIT; BEGIN IMMEDIATE');
    if (holderIn(database) === holder) return;
    database.exec('ROLLBACK');
  }
}

function holderIn(database: Database.Database): string | undefined {
  try {
    const row: unknown = database.prepare('SELECT name FROM holder').get();
    return typeof row === 'object' && row !== null && 'name' in row ? String(row.name) : undefined;
  } catch {
    // The holder has the file to itself for the moment in which it writes its name: it is locked, by somebody unnamed.
    return undefined;
  }
}
