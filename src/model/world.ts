/** The whole model: every account's resources in every Region, in memory, changed by one transaction at a time. */
import { DEFAULT_ENVIRONMENT, type Environment } from './environment.ts';
import type { Kind, Row } from './kind.ts';
import { parseScopeKey, type Scope, scopeKey, WORLD } from './scope.ts';
import { Table } from './table.ts';
import {
  type RandomSource,
  type RowChange,
  type ScopedOrder,
  Transaction,
  type TransactionHost,
} from './transaction.ts';

/** What a transaction did, once it is over. */
export interface Committed<Result> {
  readonly result: Result;
  readonly changes: readonly RowChange[];
  readonly orders: readonly ScopedOrder[];
}

/** How a scope gets its first state, such as the default VPC. Runs inside the first transaction that touches it. */
export type PrepareScope = (tx: Transaction) => void;

/**
 * Told of what a call's transaction changed before it is over, once; what it writes is part of the same transaction, so
 * that both are kept or neither. Not told of transactions that change nothing, fail or are put back.
 */
export type ObserveChanges = (tx: Transaction, changes: readonly RowChange[]) => void;

/** Holds the rows. It knows nothing of disk or packets: those who do are told what a transaction changed. */
export class World implements TransactionHost {
  readonly environment: Environment;
  readonly #scopes = new Map<string, Map<string, Table<Row>>>();
  /** Tables of the scope that was asked for last, which is nearly always the one that is asked for next. */
  #last: { readonly scope: Scope; readonly tables: Map<string, Table<Row>> } | undefined;
  /** Those of nobody's rows, which are asked for between an account's own (in `#last` both cost 2 % of an import). */
  #ofWorld: Map<string, Table<Row>> | undefined;
  readonly #prepared = new Set<string>();
  /** Scopes that the present transaction was the first to touch; transactions never overlap. */
  #preparedNow: string[] = [];
  readonly #random: RandomSource;
  readonly #prepareScope: PrepareScope;
  readonly #observe: ObserveChanges;

  constructor(
    random: RandomSource,
    prepareScope: PrepareScope,
    environment: Environment = DEFAULT_ENVIRONMENT,
    observe: ObserveChanges = () => undefined,
  ) {
    this.environment = environment;
    this.#random = random;
    this.#prepareScope = prepareScope;
    this.#observe = observe;
  }

  /**
   * Runs `work` as one transaction. When it throws, the model is as before and the error goes on.
   * @param options.dryRun puts everything back even when `work` succeeds.
   */
  transact<Result>(
    scope: Scope,
    nowMs: number,
    work: (tx: Transaction) => Result,
    options: { readonly dryRun?: boolean } = {},
  ): Committed<Result> {
    this.#preparedNow = [];
    const tx = Transaction.unprepared(scope, this, nowMs, this.#random);
    let done = false;
    try {
      this.prepare(tx);
      const result = work(tx);
      if (options.dryRun) return { result, changes: [], orders: [] };
      const changes = this.#observed(tx);
      done = true;
      return { result, changes, orders: tx.orders() };
    } finally {
      if (!done) {
        tx.rollback();
        for (const key of this.#preparedNow) this.#prepared.delete(key);
      }
    }
  }

  /** The changes of a transaction, with those that the observer makes. */
  #observed(tx: Transaction): readonly RowChange[] {
    const changes = tx.changes();
    if (changes.length === 0) return changes;
    this.#observe(tx, changes);
    return tx.changes();
  }

  /** Every scope that has rows or was prepared. */
  scopes(): Scope[] {
    return [...new Set([...this.#prepared, ...this.#scopes.keys()])].map(parseScopeKey);
  }

  /** The same without the WORLD: what accounts have, each in a Region. */
  accountScopes(): Scope[] {
    return this.scopes().filter(({ account }) => account !== WORLD.account);
  }

  table<R extends Row>(scope: Scope, kind: Kind<R>): Table<R> {
    const tables = this.#tablesIn(scope);
    let table = tables.get(kind.name);
    if (!table) {
      table = new Table<Row>(kind as unknown as Kind<Row>);
      tables.set(kind.name, table);
    }
    return table as unknown as Table<R>;
  }

  #tablesIn(scope: Scope): Map<string, Table<Row>> {
    if (scope === WORLD) {
      this.#ofWorld ??= this.#tablesOf(scope);
      return this.#ofWorld;
    }
    if (this.#last?.scope !== scope) this.#last = { scope, tables: this.#tablesOf(scope) };
    return this.#last.tables;
  }

  #tablesOf(scope: Scope): Map<string, Table<Row>> {
    const key = scopeKey(scope);
    const tables = this.#scopes.get(key) ?? new Map<string, Table<Row>>();
    this.#scopes.set(key, tables);
    return tables;
  }

  prepare(tx: Transaction): void {
    if (tx.scope.account === WORLD.account) return;
    const key = scopeKey(tx.scope);
    if (this.#prepared.has(key)) return;
    this.#prepared.add(key);
    this.#preparedNow.push(key);
    this.#prepareScope(tx);
  }

  /** Puts a row back as the journal has it, outside of any transaction; its scope counts as prepared. */
  restore(scope: Scope, kind: Kind<Row>, row: Row): void {
    this.#prepared.add(scopeKey(scope));
    this.table(scope, kind).set(row.id, row);
  }

  /** Forgets everything: every scope begins anew with its first state. */
  clear(): void {
    this.#scopes.clear();
    this.#last = undefined;
    this.#ofWorld = undefined;
    this.#prepared.clear();
  }
}
