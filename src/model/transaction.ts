/**
 * One call's work on the model: all of it or none.
 *
 * A transaction is synchronous, so nothing can come between its reads and its writes. It writes in place and keeps what
 * was there before; when the action throws, everything is put back. What it changed is handed to the journal and to the
 * compiler when it commits.
 */
import { type Id, type InstanceId, isId, type NetworkInterfaceId } from '../net/identifiers.ts';
import type { Environment } from './environment.ts';
import { Fault } from './fault.ts';
import type { Kind, Row, TaggedRow } from './kind.ts';
import type { Scope } from './scope.ts';
import type { Table } from './table.ts';

/** A source of uniform random numbers; injected so that a seed decides everything. */
export interface RandomSource {
  /** An integer in [0, bound), bound up to 2^48. */
  integer(bound: number): number;
}

/** A row that a transaction set or removed. */
export interface RowChange {
  readonly scope: Scope;
  readonly kind: Kind<Row>;
  readonly id: string;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

/** What the data plane must do for guests after the transaction is safe on disk and its tables are in force. */
export type GuestOrder =
  | { readonly kind: 'start'; readonly instanceId: InstanceId; readonly firstBoot: boolean }
  | { readonly kind: 'stop'; readonly instanceId: InstanceId; readonly discard: boolean }
  | { readonly kind: 'reboot'; readonly instanceId: InstanceId }
  | { readonly kind: 'plug'; readonly instanceId: InstanceId; readonly interfaceId: NetworkInterfaceId }
  | { readonly kind: 'unplug'; readonly instanceId: InstanceId; readonly interfaceId: NetworkInterfaceId }
  /** It is on another host now: its interfaces go over to that host's network, while it runs. */
  | { readonly kind: 'move'; readonly instanceId: InstanceId }
  /** Its host is without power: the guest ends at once, and its root stays. */
  | { readonly kind: 'cut'; readonly instanceId: InstanceId }
  /** Addresses of one of its interfaces changed: the guest agent should look. */
  | { readonly kind: 'refresh'; readonly instanceId: InstanceId };

/** An order with the scope it was given in. */
export interface ScopedOrder {
  readonly scope: Scope;
  readonly order: GuestOrder;
}

/** What a transaction needs of the world it works on. */
export interface TransactionHost {
  readonly environment: Environment;
  table<R extends Row>(scope: Scope, kind: Kind<R>): Table<R>;
  /** Makes sure that the scope has its first state (default VPC), inside this transaction. */
  prepare(tx: Transaction): void;
}

type Change = RowChange & { after: Row | undefined };

/** What all transactions of one call share. */
interface Log {
  readonly host: TransactionHost;
  readonly nowMs: number;
  readonly random: RandomSource;
  /** Undo log: first content of each row that was touched, in order of first touch. */
  readonly changes: Change[];
  /** The same by table and id. A text of both for each row took 8 % of what an import changes in the model. */
  readonly changeOf: Map<Table<Row>, Map<string, Change>>;
  readonly orders: ScopedOrder[];
}

/** Reads and writes of one call, in one scope. */
export class Transaction {
  readonly scope: Scope;
  readonly #log: Log;

  private constructor(scope: Scope, log: Log) {
    this.scope = scope;
    this.#log = log;
  }

  /** Begins a transaction in a scope whose first state is not looked after yet. `nowMs` is the time of all that happens in it. */
  static unprepared(scope: Scope, host: TransactionHost, nowMs: number, random: RandomSource): Transaction {
    return new Transaction(scope, { host, nowMs, random, changes: [], changeOf: new Map(), orders: [] });
  }

  /** Twelve digits. */
  get account(): string {
    return this.scope.account;
  }
  /** Region name. */
  get region(): string {
    return this.scope.region;
  }
  /** Milliseconds since the epoch. */
  get nowMs(): number {
    return this.#log.nowMs;
  }
  get now(): Date {
    return new Date(this.#log.nowMs);
  }
  get random(): RandomSource {
    return this.#log.random;
  }

  /** What the process was started with: images, the pool of public addresses. */
  get environment(): Environment {
    return this.#log.host.environment;
  }

  /** The same transaction seen from another account or Region (peering, transfers) or from the WORLD. */
  in(scope: Scope): Transaction {
    const other = new Transaction(scope, this.#log);
    this.#log.host.prepare(other);
    return other;
  }

  /** The row with this id. @throws Fault the kind's malformed or not-found fault; MissingParameter for undefined. */
  get<R extends Row>(kind: Kind<R>, id: string | undefined): R {
    if (id === undefined) throw new Fault('MissingParameter', `The request must contain the parameter ${kind.name}`);
    const row = this.find(kind, id);
    if (row) return row;
    const { prefix, malformed, notFound } = kind;
    if (malformed && prefix && !isId(prefix, id))
      throw new Fault(malformed, `Invalid id: "${id}" (expecting "${prefix}-...")`);
    if (!notFound) throw new Error(`no ${kind.name} ${id}, and the kind has no fault for that`);
    throw new Fault(notFound, { id });
  }

  /** The row with this id, or undefined. */
  find<R extends Row>(kind: Kind<R>, id: string): R | undefined {
    return this.#table(kind).get(id);
  }

  /** Rows of the kind in order of insertion. */
  list<R extends Row>(kind: Kind<R>, where?: (row: R) => boolean): R[] {
    const rows: R[] = [];
    for (const row of this.#table(kind).values()) if (!where || where(row)) rows.push(row);
    return rows;
  }

  /** Rows that the kind's index finds under this key. */
  by<R extends Row, Indexes extends string>(kind: Kind<R, Indexes>, index: NoInfer<Indexes>, key: string): R[] {
    return this.#table<R>(kind).by(index, key);
  }

  /** Number of rows that the kind's index finds under this key. */
  count<R extends Row, Indexes extends string>(kind: Kind<R, Indexes>, index: NoInfer<Indexes>, key: string): number {
    return this.#table<R>(kind).count(index, key);
  }

  /** Number of rows of the kind in this scope. */
  size<R extends Row>(kind: Kind<R>): number {
    return this.#table(kind).size;
  }

  /** Adds a row with a new id of the kind's form. */
  insert<R extends Row>(kind: Kind<R>, fields: Omit<R, 'id'> & { readonly id?: never }): R {
    if (!kind.prefix) throw new Error(`kind ${kind.name} has no generated ids; use put`);
    // The spread is last: one member after it costs more than all that it copies (3.2 µs of a create, and 1.0).
    return this.put(kind, { id: this.newId(kind.prefix), ...fields } as unknown as R);
  }

  /** Sets a whole row under its own id. */
  put<R extends Row>(kind: Kind<R>, row: R): R {
    this.#set(kind, row.id, row);
    return row;
  }

  /** Changes some fields of a row. @throws Error when it is not there. */
  update<R extends Row>(kind: Kind<R>, id: R['id'], fields: Partial<Omit<R, 'id'>>): R {
    const before = this.find(kind, id);
    if (!before) throw new Error(`no ${kind.name} ${id} to update`);
    return this.put(kind, { ...before, ...fields });
  }

  /** Takes a row away. @throws Error when it is not there. */
  remove<R extends Row>(kind: Kind<R>, id: R['id']): void {
    if (!this.find(kind, id)) throw new Error(`no ${kind.name} ${id} to remove`);
    this.#set(kind, id, undefined);
  }

  /** A new id with this prefix and 17 hexadecimal digits, as EC2 makes them. */
  newId<Prefix extends string>(prefix: Prefix): Id<Prefix> {
    // EC2's ids are 17 digits that begin with 0 since they were lengthened from 8.
    const digits = `0${this.#hex(8)}${this.#hex(8)}`;
    const id = `${prefix}-${digits}`;
    if (!isId(prefix, id)) throw new Error(`made a bad id: ${id}`);
    return id;
  }

  /** Has the data plane do something for a guest once this transaction is committed and its tables are in force. */
  order(order: GuestOrder): void {
    this.#log.orders.push({ scope: this.scope, order });
  }

  /** What changed so far. */
  changes(): readonly RowChange[] {
    return this.#log.changes.filter((change) => change.before !== change.after);
  }

  /** Orders given so far. */
  orders(): readonly ScopedOrder[] {
    return this.#log.orders;
  }

  /** Puts everything back as it was. */
  rollback(): void {
    for (const change of this.#log.changes.splice(0).reverse()) {
      this.#log.host.table(change.scope, change.kind).set(change.id, change.before);
    }
    this.#log.changeOf.clear();
    this.#log.orders.length = 0;
  }

  #table<R extends Row>(kind: Kind<R>): Table<R> {
    return this.#log.host.table(this.scope, kind);
  }

  #set<R extends Row>(kind: Kind<R>, id: string, after: R | undefined): void {
    const table = this.#table(kind) as unknown as Table<Row>;
    const before = table.set(id, after);
    const changed = this.#changesOf(table);
    const known = changed.get(id);
    if (known) {
      known.after = after;
      return;
    }
    const change = { scope: this.scope, kind: table.kind, id, before, after };
    changed.set(id, change);
    this.#log.changes.push(change);
  }

  #changesOf(table: Table<Row>): Map<string, Change> {
    const known = this.#log.changeOf.get(table);
    if (known) return known;
    const changed = new Map<string, Change>();
    this.#log.changeOf.set(table, changed);
    return changed;
  }

  #hex(digits: number): string {
    return this.random
      .integer(16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  }
}

/** A row that carries tags, for those who tag without knowing the kind. */
export const isTagged = (row: Row): row is TaggedRow => 'tags' in row;
