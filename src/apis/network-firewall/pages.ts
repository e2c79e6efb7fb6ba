/** Pages of lists: MaxResults and NextToken. */
import { refused } from '../../model/network-firewall/refusal.ts';

const MAX_RESULTS = 100;

interface PageAsked {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** A page of a list; a token is the id of the item that the next page begins with. @throws Fault InvalidRequestException */
export function pageOf<Item extends { readonly id: string }>(
  all: readonly Item[],
  { MaxResults: size = MAX_RESULTS, NextToken: token }: PageAsked,
): { readonly items: readonly Item[]; readonly NextToken: string | undefined } {
  if (!Number.isInteger(size) || size < 1 || size > MAX_RESULTS) {
    throw refused(`MaxResults is a number from 1 to ${MAX_RESULTS}`);
  }
  const from = token === undefined ? 0 : all.findIndex(({ id }) => tokenOf(id) === token);
  if (from < 0) throw refused('the NextToken is not valid');
  const next = all[from + size];
  return { items: all.slice(from, from + size), NextToken: next && tokenOf(next.id) };
}

const tokenOf = (id: string): string => btoa(id);
