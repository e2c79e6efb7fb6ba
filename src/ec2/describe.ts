/** Describe calls: rows by id, by filter and by page, each shown in the API's form. */
import { Fault } from '../model/fault.ts';
import type { Kind, Row } from '../model/kind.ts';
import type { Transaction } from '../model/transaction.ts';
import { type Action, type Coverage, type DecodedRun, untypedAction } from './action.ts';
import type { DecodedStructure } from './decode.ts';
import { compileFilters, type FilterRequest, type FilterTable } from './filter.ts';
import type { OperationName, RequestOf, ResultOf, Run } from './operation.ts';
import { type Page, type PageRequest, paginate } from './paginate.ts';

/** The members of a request that hold ids. */
export type IdMember<Request> = {
  [K in keyof Request]-?: NonNullable<Request[K]> extends readonly string[] ? K & string : never;
}[keyof Request];

/** One item of a result's set. */
export type ItemOf<Result, Set> = Set extends keyof Result
  ? NonNullable<Result[Set]> extends readonly (infer Item)[]
    ? Item
    : never
  : never;

/**
 * Which rows a Describe call is about. `Ids` are the names of the request's members that may hold ids.
 * (Parameters rather than an operation's name, or the compiler goes through all 823 operations here.)
 */
export interface Selection<R extends Row, Request, Ids> {
  /** The kind of its rows; they come in order of insertion. */
  readonly kind: Kind<R>;
  /** The request's member with ids. Unknown ones are the kind's not-found fault. */
  readonly ids?: Ids;
  /** Further ways to name rows (group names, public addresses): the rows named, or undefined when the request names none. */
  readonly named?: (request: Request, tx: Transaction) => readonly R[] | undefined;
  /** Which rows the call is about at all, whatever the filters. */
  readonly where?: (row: R, tx: Transaction, request: Request) => boolean;
  /** What each filter reads; `tag:KEY` and `tag-key` come by themselves. A name that is missing here is refused. */
  readonly filters: FilterTable<R>;
}

/** The whole of a Describe call. */
export interface Description<R extends Row, Request, Ids, Item> extends Selection<R, Request, Ids> {
  readonly render: Render<R, Item>;
  readonly coverage?: Coverage;
}

/** How a row is shown. (A conditional type, so that the compiler keeps the literals in what the function returns.) */
type Render<R extends Row, Item> = [Item] extends [never] ? never : (row: R, tx: Transaction) => Item;

/**
 * Declares a Describe call; `set` is the result's member that holds the rows.
 *
 * ```ts
 * export const DescribeSubnets = describe('DescribeSubnets', 'Subnets', {
 *   kind: Subnet,
 *   ids: 'SubnetIds',
 *   filters: { 'vpc-id': (row) => row.vpcId, 'cidr-block': (row) => formatCidr(row.cidr) },
 *   render: (row, tx) => ({ SubnetId: row.id }),
 * });
 * ```
 */
export function describe<const N extends OperationName, const S extends string, R extends Row>(
  name: N,
  set: S,
  description: Description<R, RequestOf<N>, IdMember<RequestOf<N>>, ItemOf<ResultOf<N>, S>>,
): Action<N, Run<N, Transaction>>;
export function describe<R extends Row>(
  name: OperationName,
  set: string,
  description: Description<R, DecodedStructure, string, unknown>,
): Action<OperationName, DecodedRun> {
  return untypedAction(name, description.coverage, (request, tx) => {
    const { rows, nextToken } = select(name, description, request, tx);
    return { [set]: rows.map((row) => description.render(row, tx)), NextToken: nextToken };
  });
}

/**
 * The rows that a Describe request asks for, page by page. For calls whose answer is not one item per row.
 * @throws Fault of an unknown id, an unknown filter, a bad page
 */
export function select<R extends Row, Request>(
  operation: OperationName,
  selection: Selection<R, Request, string>,
  request: Request,
  tx: Transaction,
): Page<R> {
  const asked = readRequest(request);
  const member = selection.ids;
  const ids = member === undefined ? undefined : stringsOf(asked[member]);
  refusePagedIds(member, ids, asked);
  const { where } = selection;
  const rows = rowsOf(selection, ids, request, tx);
  const isMeant = where && ((row: R): boolean => where(row, tx, request));
  return selectFrom({ operation, rows, isMeant, filters: selection.filters, question: ids }, request, tx);
}

/** Rows that a Describe call finds by itself, for what is no table of the model. */
export interface RowsOfCall<R extends Row> {
  readonly operation: OperationName;
  readonly rows: readonly R[];
  /** Which of them the call is about; all, where it is undefined. */
  readonly isMeant?: ((row: R) => boolean) | undefined;
  readonly filters: FilterTable<R>;
  /** What beside the filters must not change from page to page. */
  readonly question: unknown;
}

/** As `select`, of rows that are given. @throws Fault of an unknown filter, a bad page */
export function selectFrom<R extends Row>(of: RowsOfCall<R>, request: unknown, tx: Transaction): Page<R> {
  const asked = readRequest(request);
  const filters = filtersOf(asked);
  const holds = compileFilters(filters, of.filters);
  const { operation, rows, isMeant } = of;
  return paginate(
    {
      operation,
      rows,
      matches: (row) => (isMeant === undefined || isMeant(row)) && holds(row, tx),
      keyOf: (row) => row.id,
      question: [of.question, filters],
    },
    pageOf(asked),
  );
}

function rowsOf<R extends Row, Request>(
  { kind, named }: Selection<R, Request, unknown>,
  ids: readonly string[] | undefined,
  request: Request,
  tx: Transaction,
): readonly R[] {
  const byId = ids?.map((id) => tx.get(kind, id));
  const byName = named?.(request, tx);
  if (!byId && !byName) return tx.list(kind);
  // Ids and names together give both (unconfirmed); a row named twice comes once.
  return [...new Set([...(byId ?? []), ...(byName ?? [])])];
}

/** The sentence is AWS's for DescribeInstances; the names of the others' id parameters are unconfirmed. */
function refusePagedIds(member: string | undefined, ids: readonly string[] | undefined, request: AskedFor): void {
  if (member === undefined || ids === undefined || request.MaxResults === undefined) return;
  const parameter = member === 'InstanceIds' ? 'instancesSet' : member.charAt(0).toLowerCase() + member.slice(1);
  throw new Fault('InvalidParameterCombination', { parameter, other: 'maxResults' });
}

type AskedFor = Readonly<Record<string, unknown>>;

/** A request by member name, for what all Describe calls have in common. */
const readRequest = (request: unknown): AskedFor => (typeof request === 'object' ? { ...request } : {});

const isText = (value: unknown): value is string => typeof value === 'string';

const stringsOf = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) ? value.filter(isText) : undefined;

function pageOf({ MaxResults: max, NextToken: token }: AskedFor): PageRequest {
  return {
    ...(typeof max === 'number' && { MaxResults: max }),
    ...(typeof token === 'string' && { NextToken: token }),
  };
}

/** Most calls name the member Filters, a few (DescribeNatGateways, DescribeFlowLogs) Filter. */
function filtersOf({ Filters: filters, Filter: filter }: AskedFor): readonly FilterRequest[] | undefined {
  const given = filters ?? filter;
  if (!Array.isArray(given)) return undefined;
  return given.map((entry: unknown) => {
    const { Name: name, Values: values } = readRequest(entry);
    const strings = stringsOf(values);
    return { ...(isText(name) && { Name: name }), ...(strings && { Values: strings }) };
  });
}
