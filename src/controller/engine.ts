/**
 * One call after the other, each of them whole: model, disk, fabric, guests.
 *
 * A call's transaction runs at once. Its changes go to the journal and, compiled, to the data plane, and so do its orders
 * for guests; a second transaction records how these ended. Only then is the call answered: what it promised is on disk,
 * guests have done it, and packets obey it.
 *
 * Guests do not wait for the disk: the data plane does what it is asked in turn, so they find the tables in force, and
 * none of them outlives a controller that is killed before it has written. That takes a trip to the machine room and a
 * wait off each call that has guests do something: 4.3 ms of AttachNetworkInterface in place of 5.1.
 */
import type { Compiler } from '../compile/compiler.ts';
import { completeOrder } from '../model/instance-lifecycle.ts';
import { Instance } from '../model/resources/instance.ts';
import type { Scope } from '../model/scope.ts';
import type { ScopedOrder, Transaction } from '../model/transaction.ts';
import type { Committed, World } from '../model/world.ts';
import type { InstanceId } from '../net/identifiers.ts';
import type { Journal } from '../store/journal.ts';
import type { DataPlane } from '../tables/data-plane.ts';
import type { TableUpdate } from '../tables/tables.ts';
import { type OrderOutcome, performOrder } from './guest-orders.ts';

/** What the engine is made of. */
export interface EngineParts {
  readonly world: World;
  readonly journal: Journal;
  readonly compiler: Compiler;
  readonly dataPlane: DataPlane;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of what the data plane is told. */
  readonly compiled: (updates: readonly TableUpdate[]) => void;
  /** Told of an order that failed, besides its being recorded on the instance. */
  readonly orderFailed: (order: ScopedOrder, reason: string) => void;
  /** Told when the disk cannot have how orders ended: no call fails by it. */
  readonly notWritten: (error: unknown) => void;
}

/** Runs transactions and carries out what follows from them. */
export class Engine {
  readonly #parts: EngineParts;
  /** Orders of one instance are carried out one after another. */
  readonly #queues = new Map<string, Promise<void>>();
  readonly #ended: EndedOrder[] = [];
  #isEnding = false;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** Runs `work` as a transaction; resolves with its result once disk, fabric and guests have followed. */
  async execute<Result>(scope: Scope, work: (tx: Transaction) => Result): Promise<Result> {
    const committed = this.#parts.world.transact(scope, this.#parts.now(), work);
    const { written, inForce } = this.#enforce(committed);
    await Promise.all([written, inForce, ...committed.orders.map((order) => this.#enqueue(order))]);
    return committed.result;
  }

  /** Runs `work` and puts everything back. */
  dryRun<Result>(scope: Scope, work: (tx: Transaction) => Result): Result {
    return this.#parts.world.transact(scope, this.#parts.now(), work, { dryRun: true }).result;
  }

  /** Brings every account and Region back to its first state: guests end, rows and tables go. */
  async reset(): Promise<void> {
    const { world, journal, compiler, dataPlane } = this.#parts;
    const guests = world.scopes().flatMap((scope) => [...world.table(scope, Instance).values()]);
    world.clear();
    const updates = compiler.clear();
    this.#parts.compiled(updates);
    await Promise.all(
      guests
        .filter(({ state }) => state !== 'terminated')
        .map(({ id }) => this.#inTurn(id, () => dataPlane.stopGuest(id, { discard: true }))),
    );
    await Promise.all([journal.clear(), dataPlane.apply(updates)]);
    // What was counted is on nobody's bill any more.
    await dataPlane.takeTraffic();
  }

  /**
   * Puts what a transaction changed on disk and in force. The data plane has been asked when this returns, so updates keep
   * their order, and orders follow them. @throws at once where the changes cannot be compiled: no guest acts on them then
   */
  #enforce({ changes }: Committed<unknown>): { readonly written: Promise<void>; readonly inForce: Promise<void> } {
    if (changes.length === 0) return { written: Promise.resolve(), inForce: Promise.resolve() };
    const { journal, compiler, dataPlane, world } = this.#parts;
    const updates = compiler.compile(changes, world);
    this.#parts.compiled(updates);
    const written = journal.append(changes);
    return { written, inForce: updates.length > 0 ? dataPlane.apply(updates) : Promise.resolve() };
  }

  #enqueue(scoped: ScopedOrder): Promise<void> {
    return this.#inTurn(scoped.order.instanceId, () => this.#carryOut(scoped));
  }

  /** Does something with an instance's guest after everything that was asked of it before. */
  #inTurn(instanceId: InstanceId, work: () => Promise<void>): Promise<void> {
    const before = this.#queues.get(instanceId) ?? Promise.resolve();
    const after = before.then(work);
    const settled = after.catch(() => undefined);
    this.#queues.set(instanceId, settled);
    void settled.then(() => {
      if (this.#queues.get(instanceId) === settled) this.#queues.delete(instanceId);
    });
    return after;
  }

  /**
   * To be called before the data plane is closed. What becomes of an order from now on is not recorded: its guest did
   * not fail, and at the next start its instance goes on from the state that is on disk.
   */
  end(): void {
    this.#isEnding = true;
  }

  async #carryOut(scoped: ScopedOrder): Promise<void> {
    if (this.#isEnding) return;
    const outcome = await performOrder(scoped, this.#parts);
    if (this.#isEnding) return;
    if (!outcome.ok) this.#parts.orderFailed(scoped, outcome.reason);
    await this.#recorded({ scoped, outcome });
  }

  /** Records how an order ended, with all others that end in this turn of the event loop: thousands may start at once. */
  #recorded(ended: Omit<EndedOrder, 'resolve' | 'reject'>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ended.push({ ...ended, resolve, reject });
      if (this.#ended.length === 1) setImmediate(() => void this.#record(this.#ended.splice(0)));
    });
  }

  async #record(ended: readonly EndedOrder[]): Promise<void> {
    const { world, now } = this.#parts;
    try {
      const [first] = ended;
      if (!first) return;
      const committed = world.transact(first.scoped.scope, now(), (tx) => {
        for (const { scoped, outcome } of ended) {
          const inScope = tx.in(scoped.scope);
          // A reset may have taken the instance away meanwhile.
          if (inScope.find(Instance, scoped.order.instanceId)) completeOrder(inScope, scoped.order, outcome);
        }
      });
      const { written, inForce } = this.#enforce(committed);
      // Not waited for: the next start comes to the same end from what the call itself has written (`resume`). What cannot
      // be written now is written with what comes next, which says so if it cannot. 5.3 to 3.7 ms of AttachNetworkInterface.
      written.catch(this.#parts.notWritten);
      await inForce;
      for (const { resolve } of ended) resolve();
      // Orders that follow from the outcome are not waited for: one for this instance stands in the queue behind us.
      for (const order of committed.orders) void this.#enqueue(order);
    } catch (error) {
      for (const { reject } of ended) reject(error);
    }
  }
}

/** An order that the data plane has carried out or could not, and who waits for its being recorded. */
interface EndedOrder {
  readonly scoped: ScopedOrder;
  readonly outcome: OrderOutcome;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}
