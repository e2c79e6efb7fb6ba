/** The rows of one kind in one scope, in order of insertion, with the kind's indexes kept up to date. */
import type { IndexKey, Kind, Row } from './kind.ts';

/** An index that was asked for. */
interface Index<R extends Row> {
  readonly keysOf: IndexKey<R>;
  readonly entries: Entries;
}

/**
 * A map of rows with indexes. Changed only through a transaction.
 *
 * An index is made of the rows that are there when it is asked for first, and kept up from then on. An interface has ten,
 * of which an import asks few: to keep all of them was a tenth of the work that 5,000 interfaces are for the model.
 */
export class Table<R extends Row> {
  readonly kind: Kind<R>;
  readonly #rows = new Map<string, R>();
  readonly #indexes = new Map<string, Index<R>>();

  constructor(kind: Kind<R>) {
    this.kind = kind;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: string): R | undefined {
    return this.#rows.get(id);
  }

  values(): IterableIterator<R> {
    return this.#rows.values();
  }

  /** Rows whose index key is this one. @throws Error when the kind has no such index. */
  by(index: string, key: string): R[] {
    const ids = this.#index(index).entries.get(key);
    if (ids === undefined) return [];
    const rows: R[] = [];
    for (const id of listed(ids)) {
      const row = this.#rows.get(id);
      if (row) rows.push(row);
    }
    return rows;
  }

  /** Number of rows whose index key is this one. @throws Error when the kind has no such index. */
  count(index: string, key: string): number {
    const ids = this.#index(index).entries.get(key);
    return typeof ids === 'object' ? ids.size : ids === undefined ? 0 : 1;
  }

  /** Sets a row, or removes it when `row` is undefined; returns what was there. */
  set(id: string, row: R | undefined): R | undefined {
    const before = this.#rows.get(id);
    if (row) this.#rows.set(id, row);
    else this.#rows.delete(id);
    for (const index of this.#indexes.values()) follow(index, before, row);
    return before;
  }

  #index(name: string): Index<R> {
    const known = this.#indexes.get(name);
    if (known) return known;
    const keysOf = this.kind.indexes[name];
    if (!keysOf) throw new Error(`kind ${this.kind.name} has no index ${name}`);
    const index: Index<R> = { keysOf, entries: new Map() };
    this.#indexes.set(name, index);
    for (const row of this.#rows.values()) follow(index, undefined, row);
    return index;
  }
}

/** A row is another one than before, or gone. Under a key that it has kept it stays where it was. */
function follow<R extends Row>({ keysOf, entries }: Index<R>, before: R | undefined, after: R | undefined): void {
  const left = before && keysOf(before);
  const entered = after && keysOf(after);
  if (left === entered) return;
  if (before && left !== undefined) for (const key of listed(left)) leave(entries, key, before.id);
  if (after && entered !== undefined) for (const key of listed(entered)) enter(entries, key, after.id);
}

const listed = (keys: string | Iterable<string>): Iterable<string> => (typeof keys === 'string' ? [keys] : keys);

/** The ids of an index by its keys. Most keys have one row: a set for each of them took 4 MB of 5,000 instances. */
type Entries = Map<string, string | Set<string>>;

function enter(entries: Entries, key: string, id: string): void {
  const ids = entries.get(key);
  if (typeof ids === 'object') ids.add(id);
  else entries.set(key, ids === undefined || ids === id ? id : new Set([ids, id]));
}

function leave(entries: Entries, key: string, id: string): void {
  const ids = entries.get(key);
  if (typeof ids === 'object') {
    ids.delete(id);
    if (ids.size === 0) entries.delete(key);
  } else if (ids === id) entries.delete(key);
}
