/** The tables that a fabric would hold, compiled change by change, and the proof that they are those of a fresh compile. */
import { deepEqual, ok } from 'node:assert/strict';
import { Compiler } from '../compile/compiler.ts';
import type { RowChange } from '../model/transaction.ts';
import type { World } from '../model/world.ts';
import type { TableRow, TableUpdate } from '../tables/tables.ts';

const NOW_MS = Date.UTC(2024, 0, 2);

/** Rows by kind and id, as updates made them. */
export class Tables {
  readonly #rows = new Map<string, TableRow>();

  apply(updates: readonly TableUpdate[]): void {
    for (const update of updates) {
      if (update.change === 'put') this.#rows.set(`${update.row.kind}/${update.row.id}`, update.row);
      else ok(this.#rows.delete(`${update.kind}/${update.id}`), `removes ${update.id}, which is not there`);
    }
  }

  sorted(): readonly TableRow[] {
    return [...this.#rows.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  }
}

/** Follows a world from its present state on. */
export class FollowedTables {
  readonly #world: World;
  readonly #compiler = new Compiler(() => NOW_MS);
  readonly #tables = new Tables();

  constructor(world: World) {
    this.#world = world;
    this.#tables.apply(this.#compiler.compileAll(world));
  }

  /** Compiles what a transaction changed. */
  follow(changes: readonly RowChange[]): void {
    this.#tables.apply(this.#compiler.compile(changes, this.#world));
  }

  /** @throws AssertionError where they are not what a fresh compile gives */
  check(when: string): void {
    const fresh = new Tables();
    fresh.apply(new Compiler(() => NOW_MS).compileAll(this.#world));
    deepEqual(this.#tables.sorted(), fresh.sorted(), when);
  }
}
