/** Prefix lists as rules and routes name them. There are none yet, so every id is refused as unknown. */
import { isId, type PrefixListId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import type { Transaction } from './transaction.ts';

/**
 * The prefix list of this id.
 * @throws Fault InvalidPrefixListId.Malformed, InvalidPrefixListID.NotFound
 */
export function findPrefixList(_tx: Transaction, id: string): PrefixListId {
  if (!isId('pl', id)) throw new Fault('InvalidPrefixListId.Malformed', { id });
  throw new Fault('InvalidPrefixListID.NotFound', { id });
}
