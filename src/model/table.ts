/** The rows of one kind in one scope, in order of insertion, with the kind's indexes kept up to date. */
import type { Kind, Row } from './kind.ts';

/** A map of rows with indexes. Changed only through a transaction. */
export class Table<R extends Row> {
  readonly kind: Kind<R>;
  readonly #rows = new Map<string, R>();
  readonly #indexes = new Map<string, Entries>();

  constructor(kind: Kind<R>) {
    this.kind = kind;
    for (const name of Object.keys(kind.indexes)) this.#indexes.set(name, new Map());
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
    const entries = this.#indexes.get(index);
    if (!entries) throw new Error(`kind ${this.kind.name} has no index ${index}`);
    const ids = entries.get(key);
    const rows: R[] = [];
    for (const id of typeof ids === 'object' ? ids : ids === undefined ? [] : [ids]) {
      const row = this.#rows.get(id);
      if (row) rows.push(row);
    }
    return rows;
  }

  /** Number of rows whose index key is this one. */
  count(index: string, key: string): number {
    const ids = this.#indexes.get(index)?.get(key);
    return typeof ids === 'object' ? ids.size : ids === undefined ? 0 : 1;
  }

  /** Sets a row, or removes it when `row` is undefined; returns what was there. */
  set(id: string, row: R | undefined): R | undefined {
    const before = this.#rows.get(id);
    if (before) this.#unindex(before);
    if (row) {
      this.#rows.set(id, row);
      this.#index(row);
    } else {
      this.#rows.delete(id);
    }
    return before;
  }

  #index(row: R): void {
    for (const [name, entries] of this.#indexes) {
      const keys = this.kind.indexes[name]?.(row);
      if (typeof keys === 'string') enter(entries, keys, row.id);
      else if (keys) for (const key of keys) enter(entries, key, row.id);
    }
  }

  #unindex(row: R): void {
    for (const [name, entries] of this.#indexes) {
      const keys = this.kind.indexes[name]?.(row);
      if (typeof keys === 'string') leave(entries, keys, row.id);
      else if (keys) for (const key of keys) leave(entries, key, row.id);
    }
  }
}

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
