/** The first state of an account in a Region: its default VPC, and the prefix lists of AWS's services. */
import { insertAwsPrefixLists } from './aws-services.ts';
import { createDefaultVpc } from './default-vpc.ts';
import { Fault } from './fault.ts';
import { findRegion } from './regions.ts';
import type { Transaction } from './transaction.ts';

/**
 * Gives a scope what it has before its owner does anything.
 * @throws Fault AuthFailure for a Region that AWS does not have; a name so far from any is in a credential scope only
 */
export function prepareScope(tx: Transaction): void {
  if (!findRegion(tx.region)) {
    throw new Fault('AuthFailure', `Credential should be scoped to a valid region, not '${tx.region}'.`);
  }
  insertAwsPrefixLists(tx);
  createDefaultVpc(tx);
}
