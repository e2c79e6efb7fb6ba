/** Opening SQLite files, and their failures in words. */
import Database from 'libsql';
import { JournalError } from './journal.ts';

/** Opens or makes a file. @throws JournalError when its folder is not there or it may not be written. */
export function openDatabase(file: string): Database.Database {
  try {
    return new Database(file);
  } catch (error) {
    throw new JournalError(`${file} cannot be opened: is its folder there, and may this user write in it?`, {
      cause: error,
    });
  }
}

/** True when another connection holds the lock that was asked for. */
export const isBusy = (error: unknown): boolean => codeOf(error).startsWith('SQLITE_BUSY');

/** True when the file's content is not what SQLite writes. */
export const isDamaged = (error: unknown): boolean =>
  codeOf(error).startsWith('SQLITE_NOTADB') || codeOf(error).startsWith('SQLITE_CORRUPT');

/** What went wrong, as the driver says it. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

/** A pragma that holds one integer. */
export function integerPragma(database: Database.Database, name: 'application_id' | 'user_version'): number {
  const row: unknown = database.prepare(`PRAGMA ${name}`).get();
  const value: unknown = typeof row === 'object' && row !== null ? Object.values(row)[0] : undefined;
  if (typeof value !== 'number') throw new Error(`PRAGMA ${name} has no value`);
  return value;
}
