/** Rows of different accounts in one call: each with the transaction that sees what the row names. */
import type { Transaction } from './transaction.ts';

/** A row with the transaction in the scope of its owner, in which what the row names is to be looked up. */
export interface Owned<R> {
  readonly row: R;
  readonly owner: Transaction;
}

/** The same transaction seen from another account in the same Region. */
export const inAccount = (tx: Transaction, account: string): Transaction =>
  account === tx.account ? tx : tx.in({ account, region: tx.region });
