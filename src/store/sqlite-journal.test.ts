/** The journal on disk: nothing that was acknowledged is lost, and nobody else's file is touched. */
import { deepEqual, equal, match, ok, rejects, throws } from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'libsql';
import type { Kind, Row } from '../model/kind.ts';
import { KeyPair } from '../model/resources/key-pair.ts';
import type { RowChange, Transaction } from '../model/transaction.ts';
import { World } from '../model/world.ts';
import { type Journal, JournalError } from './journal.ts';
import { restoreWorld } from './restore.ts';
import { openJournal } from './sqlite-journal.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const kind = KeyPair as unknown as Kind<Row>;
const put = (id: string, fields: object = {}): RowChange => ({
  scope,
  kind,
  id,
  before: undefined,
  after: { id, ...fields },
});
const remove = (id: string): RowChange => ({ scope, kind, id, before: { id }, after: undefined });
const stored = (journal: Journal): Row[] => [...journal.load()].map(({ row }) => row);

/** Runs `work` with a new directory that is gone afterwards. */
async function inDirectory(work: (directory: string) => void | Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'localvpc-store-'));
  try {
    await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
const open = (directory: string): Journal => openJournal({ directory, holder: 'the test' });

test('rows come back in order of first insertion, with their last content', () =>
  inDirectory(async (directory) => {
    const first = open(directory);
    await first.append([put('key-b'), put('key-a'), put('key-c', { tags: {}, empty: undefined, big: 5n })]);
    await first.append([put('key-b', { name: 'renamed' }), remove('key-a')]);
    await first.append([put('key-a', { name: 'again' })]);
    await first.close();
    const second = open(directory);
    deepEqual(stored(second), [
      { id: 'key-b', name: 'renamed' },
      { id: 'key-c', tags: {}, empty: undefined, big: 5n },
      { id: 'key-a', name: 'again' },
    ]);
    await second.close();
  }));

test('the world is restored with its scopes, its rows and their indexes', () =>
  inDirectory(async (directory) => {
    const random = { integer: (bound: number) => bound - 1 };
    const world = new World(random, () => undefined);
    const { changes } = world.transact(scope, 0, (tx) =>
      tx.insert(KeyPair, {
        name: 'mine',
        keyType: 'ed25519',
        fingerprint: 'f',
        publicKey: 'p',
        createdAtMs: 1,
        tags: {},
      }),
    );
    const journal = open(directory);
    await journal.append(changes);
    await journal.close();
    const again = open(directory);
    const restored = new World(random, () => ok(false, 'a restored scope has its first state already'));
    equal(restoreWorld(again, restored), 1);
    await again.close();
    const rows = restored.transact(scope, 0, (tx: Transaction) => tx.by(KeyPair, 'keyName', 'mine')).result;
    deepEqual(rows, [changes[0]?.after]);
  }));

test('a row of an unknown kind stops the start with its name', () =>
  inDirectory(async (directory) => {
    const journal = open(directory);
    await journal.append([{ ...put('x-1'), kind: { ...kind, name: 'time-machine' } }]);
    const world = new World({ integer: () => 0 }, () => undefined);
    throws(() => restoreWorld(journal, world), /time-machine \(x-1\)/);
    await journal.close();
  }));

test('clear forgets what was stored and what was waiting, and keeps what comes after', () =>
  inDirectory(async (directory) => {
    const journal = open(directory);
    await journal.append([put('key-a')]);
    await Promise.all([journal.append([put('key-b')]), journal.clear(), journal.append([put('key-c')])]);
    deepEqual(stored(journal), [{ id: 'key-c' }]);
    await journal.close();
  }));

test('appends of one turn share a transaction, and closing writes what is waiting', () =>
  inDirectory(async (directory) => {
    const journal = open(directory);
    const appends = Array.from({ length: 50 }, (_, index) => journal.append([put(`key-${index}`)]));
    await journal.close();
    await Promise.all(appends);
    const again = open(directory);
    equal(stored(again).length, 50);
    await again.close();
    await rejects(again.append([put('key-late')]), /is closed/);
  }));

test('a change that cannot be written leaves its transaction out and the journal usable', () =>
  inDirectory(async (directory) => {
    const journal = open(directory);
    await rejects(journal.append([put('key-a'), put('key-b', { bad: Number.NaN })]), TypeError);
    await journal.append([put('key-c')]);
    deepEqual(stored(journal), [{ id: 'key-c' }]);
    await journal.close();
  }));

test('a second opening is refused with the name of the holder, until the first one closes', () =>
  inDirectory(async (directory) => {
    const journal = openJournal({ directory, holder: 'process 4711, started today' });
    throws(
      () => open(directory),
      (error) => {
        ok(error instanceof JournalError);
        match(error.message, /is in use by process 4711, started today\. Stop that one/);
        return true;
      },
    );
    await journal.close();
    const again = open(directory);
    await again.close();
  }));

test('a folder that is not there is named', () => {
  throws(() => open('/nonexistent/folder'), /\/nonexistent\/folder.*cannot be opened/);
});

test('a damaged file is refused and left as it is', () =>
  inDirectory((directory) => {
    const file = join(directory, 'localvpc.db');
    writeFileSync(file, 'not a database, but somebody wants it '.repeat(100));
    const before = readFileSync(file);
    throws(() => open(directory), /localvpc\.db is damaged or not a localvpc journal/);
    deepEqual(readFileSync(file), before);
  }));

test("another program's database is refused and left as it is", () =>
  inDirectory((directory) => {
    const file = join(directory, 'localvpc.db');
    const other = new Database(file);
    other.exec('CREATE TABLE mine (x)');
    other.close();
    const before = readFileSync(file);
    throws(() => open(directory), /is not a localvpc journal, so it is left alone/);
    deepEqual(readFileSync(file), before);
  }));

test('the journal of a newer localvpc is refused', () =>
  inDirectory(async (directory) => {
    await open(directory).close();
    const newer = new Database(join(directory, 'localvpc.db'));
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    throws(() => open(directory), /written by a newer localvpc \(its schema is 99, this one knows 1\)/);
  }));

test('a stored row that was tampered with is refused by name', () =>
  inDirectory(async (directory) => {
    const journal = open(directory);
    await journal.append([put('key-a')]);
    await journal.close();
    const other = new Database(join(directory, 'localvpc.db'));
    other.exec(`UPDATE rows SET body = '{"id":"key-b"}'`);
    other.close();
    const again = open(directory);
    throws(() => stored(again), /row key-a holds key-b/);
    await again.close();
  }));

test('a failed flush is told to those who wait, and made good by the next one', () =>
  inDirectory(async (directory) => {
    const journal = open(directory);
    await journal.append([put('key-a')]);
    const intruder = new Database(join(directory, 'localvpc.db'));
    intruder.exec('BEGIN IMMEDIATE');
    await rejects(journal.append([put('key-b')]), /localvpc\.db could not be written: database is locked/);
    deepEqual(stored(journal), [{ id: 'key-a' }]);
    intruder.exec('ROLLBACK');
    await journal.append([put('key-c')]);
    deepEqual(stored(journal), [{ id: 'key-a' }, { id: 'key-b' }, { id: 'key-c' }]);
    await journal.close();
    intruder.close();
  }));

/** Rows that a child acknowledged before it was killed; it is killed `afterAcknowledged` rows later, at any point of its work. */
async function killedWriter(directory: string, afterAcknowledged: number): Promise<Set<string>> {
  const child: ChildProcess = fork(new URL('./sqlite-journal.child.ts', import.meta.url), [directory], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const acknowledged = new Set<string>();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.on('message', (id) => {
    acknowledged.add(String(id));
    if (acknowledged.size === afterAcknowledged) child.kill('SIGKILL');
  });
  await ended;
  return acknowledged;
}

test('kill -9 loses nothing that was acknowledged, and frees the directory', { timeout: 60_000 }, () =>
  inDirectory(async (directory) => {
    const acknowledged = new Set<string>();
    for (const count of [1, 17, 160, 433]) {
      const some = await killedWriter(directory, count);
      ok(some.size >= count);
      for (const id of some) acknowledged.add(id);
      const journal = open(directory);
      const found = new Map(stored(journal).map((row) => [row.id, row]));
      for (const id of acknowledged) ok(found.has(id), `${id} was acknowledged and is lost`);
      for (const row of found.values()) deepEqual(row, { id: row.id, pair: row.id, empty: undefined });
      // Both rows of one append, or neither.
      for (const id of found.keys())
        if (id.endsWith('/a')) ok(found.has(id.replace('/a', '/b')), `${id} without its twin`);
      await journal.close();
    }
  }),
);
