/** A journal whose file is written by a writer of its own: as safe as before, and while it is handed over, and without it. */
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Kind, Row } from '../model/kind.ts';
import { KeyPair } from '../model/resources/key-pair.ts';
import type { RowChange } from '../model/transaction.ts';
import type { Journal } from './journal.ts';
import { JournalFile } from './journal-file.ts';
import { type JournalWriter, type RowWrite, type StartWriter, type WriteBatch, WriterLost } from './journal-writer.ts';
import { FLUSHES_BEFORE_WRITER, openJournal } from './sqlite-journal.ts';

const kind = KeyPair as unknown as Kind<Row>;
const put = (id: string, fields: object = {}): RowChange => ({
  scope: { account: '123456789012', region: 'us-east-1' },
  kind,
  id,
  before: undefined,
  after: { id, ...fields },
});
const stored = (journal: Journal): string[] => [...journal.load()].map(({ row }) => row.id);

/** A writer with a connection of its own, as the thread has one, that takes a turn of the event loop for each batch. */
class SlowWriter implements JournalWriter {
  readonly #file: JournalFile;
  readonly batches: WriteBatch[] = [];
  /** What the next writes throw instead of writing. */
  readonly failures: Error[] = [];
  /** How often it was told a part of a batch. */
  additions = 0;
  isClosed = false;

  constructor(file: string) {
    this.#file = new JournalFile(file);
  }

  add(writes: readonly RowWrite[]): void {
    this.#file.add(writes);
    this.additions += 1;
  }

  abandon(): void {
    this.#file.abandon();
  }

  async write(batch: WriteBatch): Promise<void> {
    await turn();
    const failure = this.failures.shift();
    if (failure) {
      this.#file.abandon();
      throw failure;
    }
    this.#file.write(batch);
    this.batches.push(batch);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#file.close();
  }
}

/** Runs `work` with a journal that has written so much that its writer has taken over. */
async function handedOver(work: (journal: Journal, writer: SlowWriter, directory: string) => Promise<void>) {
  const directory = mkdtempSync(join(tmpdir(), 'localvpc-store-'));
  try {
    const { promise: started, resolve: setStarted } = withResolvers<SlowWriter>();
    const startWriter: StartWriter = async (file) => {
      const writer = new SlowWriter(file);
      setStarted(writer);
      return writer;
    };
    const journal = openJournal({ directory, holder: 'the test', startWriter });
    await manyFlushes(journal);
    const writer = await started;
    await turn();
    await work(journal, writer, directory);
    await journal.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

async function manyFlushes(journal: Journal): Promise<void> {
  for (let flush = 0; flush < FLUSHES_BEFORE_WRITER; flush++) await journal.append([put('key-first', { flush })]);
}

test('once there is much to write the writer writes, and what comes meanwhile shares the next batch', () =>
  handedOver(async (journal, writer) => {
    const first = journal.append([put('key-a')]);
    await turn();
    await Promise.all([first, journal.append([put('key-b')]), journal.append([put('key-c')])]);
    deepEqual(
      writer.batches.map(({ writes }) => writes.map(({ id }) => id)),
      [['key-a'], ['key-b', 'key-c']],
    );
    deepEqual(stored(journal), ['key-first', 'key-a', 'key-b', 'key-c']);
  }));

test('what comes after a large append, whose texts are made in turns, is written over it', () =>
  handedOver(async (journal) => {
    const many = Array.from({ length: 4500 }, (_, index) => put(`key-${index}`, { of: 'the large one' }));
    const appends = [
      journal.append([put('key-1', { of: 'one before' })]),
      journal.append(many),
      journal.append([put('key-2', { of: 'one after' })]),
    ];
    await turn();
    appends.push(journal.append([put('key-3', { of: 'one later' })]));
    await Promise.all(appends);
    const rows = new Map([...journal.load()].map(({ row }) => [row.id, Reflect.get(row, 'of')]));
    deepEqual(
      ['key-1', 'key-2', 'key-3', 'key-4499'].map((id) => rows.get(id)),
      ['the large one', 'one after', 'one later', 'the large one'],
    );
  }));

test('a row of a large append that cannot be text leaves the append out, and what comes after it is written', () =>
  handedOver(async (journal) => {
    const many = Array.from({ length: 4500 }, (_, index) => put(`key-${index}`));
    const large = journal.append([...many, put('key-bad', { bad: Number.NaN })]);
    const after = journal.append([put('key-after')]);
    await rejects(large, TypeError);
    await after;
    deepEqual(stored(journal), ['key-first', 'key-after']);
  }));

const large = (name: string): readonly RowChange[] =>
  Array.from({ length: 4500 }, (_, index) => put(`${name}-${index}`));

test('a large append is written while its texts are made, and none of it is there before its end', () =>
  handedOver(async (journal, writer) => {
    const appended = journal.append(large('large'));
    while (writer.additions < 20) await turn();
    deepEqual(stored(journal), ['key-first']);
    await appended;
    equal(stored(journal).length, 1 + 4500);
  }));

test('a large append that failed at its end is made good by the next one, whoever writes that', () =>
  handedOver(async (journal, writer) => {
    writer.failures.push(new Error('the disk is full'), new WriterLost());
    await rejects(journal.append(large('large')), /could not be written: the disk is full/);
    deepEqual(stored(journal), ['key-first']);
    await journal.append(large('other'));
    equal(stored(journal).length, 1 + 2 * 4500);
  }));

test('a clear forgets a large append before it, and closing waits for one', () =>
  handedOver(async (journal, _, directory) => {
    const all = [journal.append(large('first')), journal.clear(), journal.append(large('second'))];
    await journal.close();
    await Promise.all(all);
    const again = openJournal({ directory, holder: 'the test' });
    deepEqual(stored(again).slice(0, 2), ['second-0', 'second-1']);
    equal(stored(again).length, 4500);
    await again.close();
  }));

test('closing waits for the writer and what it has not begun', () =>
  handedOver(async (journal, writer, directory) => {
    const appends = ['key-a', 'key-b', 'key-c'].map((id) => journal.append([put(id)]));
    await journal.close();
    await Promise.all(appends);
    equal(writer.isClosed, true);
    const again = openJournal({ directory, holder: 'the test' });
    deepEqual(stored(again), ['key-first', 'key-a', 'key-b', 'key-c']);
    await again.close();
  }));

test('a write that failed is told, kept under what came since, and made good by the next one', () =>
  handedOver(async (journal, writer) => {
    writer.failures.push(new Error('disk full'));
    const failed = rejects(
      journal.append([put('key-a', { text: 'old' }), put('key-b')]),
      /could not be written: disk full/,
    );
    await turn();
    const later = journal.append([put('key-a', { text: 'new' })]);
    await Promise.all([failed, later]);
    deepEqual([...journal.load()].map(({ row }) => row).slice(1), [{ id: 'key-a', text: 'new' }, { id: 'key-b' }]);
  }));

test('a clear that failed is made good with what came since', () =>
  handedOver(async (journal, writer) => {
    writer.failures.push(new Error('disk full'));
    await rejects(journal.clear());
    await journal.append([put('key-a')]);
    deepEqual(stored(journal), ['key-a']);
  }));

test('when the writer is lost the journal writes by itself, and nothing is missing', () =>
  handedOver(async (journal, writer) => {
    writer.failures.push(new WriterLost());
    await journal.append([put('key-a')]);
    await journal.append([put('key-b')]);
    equal(writer.batches.length, 0);
    deepEqual(stored(journal), ['key-first', 'key-a', 'key-b']);
  }));

test('where no writer can be started the journal goes on by itself', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'localvpc-store-'));
  try {
    const startWriter: StartWriter = () => Promise.reject(new Error('no threads left'));
    const journal = openJournal({ directory, holder: 'the test', startWriter });
    await manyFlushes(journal);
    await journal.append([put('key-a')]);
    deepEqual(stored(journal), ['key-first', 'key-a']);
    await journal.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
