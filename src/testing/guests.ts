/** Guests for tests of actions: they do at once whatever they are ordered, or fail at it. */
import { completeOrder, type Outcome } from '../model/instance-lifecycle.ts';
import type { ScopedOrder } from '../model/transaction.ts';
import type { Committed } from '../model/world.ts';
import type { TestAccount } from './account.ts';

/**
 * The result of a call, after its guests have done their part, as the controller has it done before it answers:
 * `settle(account, account.commit('StopInstances', { InstanceIds: [id] }))`.
 */
export function settle<Result>(
  account: TestAccount,
  committed: Committed<Result>,
  outcome: Outcome = { ok: true },
): Result {
  completeAll(account, committed.orders, outcome);
  return committed.result;
}

/** Does the guests' part of orders, each in a transaction of its own. */
export function completeAll(
  account: TestAccount,
  orders: readonly ScopedOrder[],
  outcome: Outcome = { ok: true },
): void {
  for (const { scope, order } of orders) account.in(scope).transact((tx) => completeOrder(tx, order, outcome));
}
