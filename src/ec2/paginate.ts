/** Pagination: MaxResults in, NextToken out and in again. Tokens hold all that is needed; nothing is kept between calls. */
import { Fault } from '../model/fault.ts';

/** What a paginated request carries. */
export interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** One page of rows, in the order of the list. */
export interface Page<R> {
  readonly rows: readonly R[];
  readonly nextToken: string | undefined;
}

/** What a list is paged by. */
export interface PagedList<R> {
  readonly operation: string;
  /** All rows in their stable order, those that `matches` refuses included: a token must find its place among them. */
  readonly rows: Iterable<R>;
  readonly matches: (row: R) => boolean;
  /** Tells a row from all others of the list, and stays. */
  readonly keyOf: (row: R) => string;
  /** What must not change from page to page, such as the filters. */
  readonly question: unknown;
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** The range of most operations in AWS's model; of a few it stands in the text only, and of some it is unconfirmed. */
const USUAL: Bounds = { min: 5, max: 1000 };

/** Operations whose range differs. Those without a bound in the model accept any positive number (unconfirmed). */
const BOUNDS: ReadonlyMap<string, Bounds> = new Map([
  ...bounds(5, 100, ['DescribeRouteTables', 'DescribeInstanceTypes']),
  ...bounds(5, 255, [
    'DescribeEgressOnlyInternetGateways',
    'DescribeNetworkInterfacePermissions',
    'DescribeStaleSecurityGroups',
    'GetManagedPrefixListAssociations',
    'DescribeTrunkInterfaceAssociations',
  ]),
  ...bounds(1, 100, [
    'DescribeManagedPrefixLists',
    'GetManagedPrefixListEntries',
    'DescribeNetworkInsightsPaths',
    'DescribeNetworkInsightsAnalyses',
    'DescribeNetworkInsightsAccessScopes',
    'DescribeNetworkInsightsAccessScopeAnalyses',
    'DescribeByoipCidrs',
    'DescribeVpcEndpointAssociations',
  ]),
  ...bounds(1, 1000, [
    'DescribeAddressesAttribute',
    'DescribeIpv6Pools',
    'GetAssociatedIpv6PoolCidrs',
    'GetIpamAddressHistory',
  ]),
  ...bounds(1, 10, ['DescribePublicIpv4Pools']),
  ...bounds(1, 200, ['DescribeLaunchTemplates', 'DescribeLaunchTemplateVersions']),
  ...bounds(1, 100, ['DescribeInstanceTopology']),
  ...bounds(1, 50, ['DescribeInstanceConnectEndpoints']),
  ...bounds(1000, 100_000, ['GetIpamPoolAllocations']),
  ...bounds(1, Number.MAX_SAFE_INTEGER, [
    'DescribeFlowLogs',
    'DescribeImages',
    'DescribeVolumes',
    'DescribePrefixLists',
    'DescribeVpcEndpoints',
  ]),
]);

/** Page sizes of the operations that do not answer everything when MaxResults is absent. */
const DEFAULT_PAGE_SIZE: ReadonlyMap<string, number> = new Map([
  ['DescribeNetworkInterfacePermissions', 50],
  ['DescribeMovingAddresses', 1000],
  ['DescribeVpcEndpoints', 1000],
]);

/** Longer texts are no tokens of ours. */
const MAX_TOKEN_CHARACTERS = 4096;

/**
 * The page that the request asks for. Rows that came or went since the last page neither repeat nor hide others: a token
 * names the row that comes next, and the last one given for the case that the next one is gone.
 * @throws Fault InvalidParameterValue for a MaxResults out of the operation's range or a token of another question,
 *   InvalidNextToken for a text that is no token.
 */
export function paginate<R>(list: PagedList<R>, request: PageRequest): Page<R> {
  const size = pageSize(list.operation, request.MaxResults);
  const token = request.NextToken ? readToken(list, request.NextToken) : undefined;
  const all = [...list.rows];
  const page: R[] = [];
  for (let i = token ? placeOf(token, all, list.keyOf) : 0; i < all.length; i++) {
    const row = all[i];
    if (row === undefined || !list.matches(row)) continue;
    if (page.length === size) return { rows: page, nextToken: writeToken(list, i, row, page.at(-1)) };
    page.push(row);
  }
  return { rows: page, nextToken: undefined };
}

/**
 * Checks MaxResults against the operation's range. Infinity where the request asks for no page.
 * @throws Fault InvalidParameterValue
 */
export function pageSize(operation: string, maxResults: number | undefined): number {
  if (maxResults === undefined) return DEFAULT_PAGE_SIZE.get(operation) ?? Number.POSITIVE_INFINITY;
  const { min, max } = BOUNDS.get(operation) ?? USUAL;
  if (maxResults < min) throw outOfRange(maxResults, `Expecting a value greater than ${min}.`);
  if (maxResults > max) throw outOfRange(maxResults, `Expecting a value smaller than or equal to ${max}.`);
  return maxResults;
}

function bounds(min: number, max: number, operations: readonly string[]): readonly (readonly [string, Bounds])[] {
  return operations.map((operation) => [operation, { min, max }]);
}

/** The sentence for a value too small is AWS's, blanks and all; the one for a value too large is unconfirmed. */
const outOfRange = (value: number, expectation: string): Fault =>
  new Fault('InvalidParameterValue', `Value ( ${value} ) for parameter maxResults is invalid. ${expectation}`);

interface Token {
  readonly next: string;
  readonly last: string;
  /** Where the next row stood, for the case that both rows are gone. */
  readonly index: number;
}

function placeOf<R>(token: Token, rows: readonly R[], keyOf: (row: R) => string): number {
  const next = rows.findIndex((row) => keyOf(row) === token.next);
  if (next >= 0) return next;
  const last = rows.findIndex((row) => keyOf(row) === token.last);
  return last >= 0 ? last + 1 : token.index;
}

function writeToken<R>(list: PagedList<R>, index: number, next: R, last: R | undefined): string {
  const keys = [list.keyOf(next), last === undefined ? '' : list.keyOf(last)];
  return btoa(encodeURIComponent(JSON.stringify([fingerprint(list), index, ...keys])));
}

function readToken<R>(list: PagedList<R>, text: string): Token {
  const [print, index, next, last] = parseToken(text);
  if (typeof print !== 'number' || typeof index !== 'number' || typeof next !== 'string' || typeof last !== 'string') {
    throw new Fault('InvalidNextToken');
  }
  if (!Number.isSafeInteger(index) || index < 0) throw new Fault('InvalidNextToken');
  if (print !== fingerprint(list)) {
    // What AWS answers to a token of other filters is unconfirmed.
    throw new Fault('InvalidParameterValue', 'The token was issued for a request with other parameters.');
  }
  return { next, last, index };
}

function parseToken(text: string): readonly unknown[] {
  if (text.length > MAX_TOKEN_CHARACTERS) throw new Fault('InvalidNextToken');
  try {
    const parsed: unknown = JSON.parse(decodeURIComponent(atob(text)));
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    throw new Fault('InvalidNextToken');
  }
}

/** FNV-1a over the operation and its question: tells mistakes, not attacks. A forged token shows nothing that Describe hides. */
function fingerprint<R>(list: PagedList<R>): number {
  const text = `${list.operation} ${JSON.stringify(list.question) ?? ''}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
