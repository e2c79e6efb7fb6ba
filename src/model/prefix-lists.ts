/** Prefix lists as rules and routes name them: which there are, what refers to them, and how much they count there. */
import type { PrefixListId } from '../net/identifiers.ts';
import { PrefixList } from './resources/prefix-list.ts';
import { RouteTable } from './resources/route-table.ts';
import { SecurityGroup } from './resources/security-group.ts';
import { TransitGatewayRouteTable } from './resources/transit-gateway.ts';
import type { Transaction } from './transaction.ts';

/**
 * The prefix list of this id.
 * @throws Fault InvalidPrefixListId.Malformed, InvalidPrefixListID.NotFound
 */
export const findPrefixList = (tx: Transaction, id: string): PrefixListId => tx.get(PrefixList, id).id;

/**
 * How many routes or rules a reference to a list counts for: its maximum size in its own family, nothing in the other
 * (Amazon VPC quotas). A list that is gone counts one.
 */
export function weightOf(tx: Transaction, id: PrefixListId, family: PrefixList['addressFamily']): number {
  const list = tx.find(PrefixList, id);
  if (!list) return 1;
  return list.addressFamily === family ? list.maxEntries : 0;
}

/** Ids of what refers to a list: route tables, security groups and route tables of transit gateways. */
export const referencesTo = (tx: Transaction, id: PrefixListId): readonly string[] => [
  ...tx.by(RouteTable, 'prefixListId', id).map((table) => table.id),
  ...tx.by(SecurityGroup, 'prefixListId', id).map((group) => group.id),
  ...tx.by(TransitGatewayRouteTable, 'prefixListId', id).map((table) => table.id),
];
