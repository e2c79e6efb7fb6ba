/** Routes of transit gateways' tables: static ones, references to prefix lists, and the search for all that there are. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { PrefixList } from '../../model/resources/prefix-list.ts';
import {
  TransitGatewayAttachment,
  type TransitGatewayPrefixListReference,
  TransitGatewayRouteTable,
  type TransitGatewayStaticRoute,
} from '../../model/resources/transit-gateway.ts';
import type { Transaction } from '../../model/transaction.ts';
import {
  createPrefixListReference,
  createStaticRoute,
  deletePrefixListReference,
  deleteStaticRoute,
  modifyPrefixListReference,
  type RouteEnd,
  replaceStaticRoute,
} from '../../model/transit-gateway-route-tables.ts';
import { type TransitRoute, transitRoutes } from '../../model/transit-gateway-routes.ts';
import { type Cidr, covers, equalCidrs, formatCidr, parseCidr } from '../../net/cidr.ts';
import { action } from '../action.ts';
import { compileFilters, type FilterRequest, type FilterTable } from '../filter.ts';
import { pageSize, paginate } from '../paginate.ts';
import { describeResource } from './transit-gateway-attachments.ts';

const tableOf = (tx: Transaction, request: { readonly TransitGatewayRouteTableId: string }): TransitGatewayRouteTable =>
  tx.get(TransitGatewayRouteTable, request.TransitGatewayRouteTableId);

/** The sentence is unconfirmed. */
function readCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr) return cidr;
  throw new Fault('InvalidParameterValue', { value: text, parameter: 'destinationCidrBlock', reason: '' });
}

/** An empty attachment is none: Terraform's provider sends one with each blackhole. */
const readEnd = (request: {
  readonly TransitGatewayAttachmentId?: string | undefined;
  readonly Blackhole?: boolean | undefined;
}): RouteEnd => ({
  attachmentId: request.TransitGatewayAttachmentId || undefined,
  isBlackhole: request.Blackhole ?? false,
});

/** CreateTransitGatewayRoute. */
export const CreateTransitGatewayRoute = action('CreateTransitGatewayRoute', (request, tx) => {
  const cidr = readCidr(request.DestinationCidrBlock);
  const route = createStaticRoute(tx, tableOf(tx, request), cidr, readEnd(request));
  return { Route: describeStatic(tx, route) };
});

/** ReplaceTransitGatewayRoute. */
export const ReplaceTransitGatewayRoute = action('ReplaceTransitGatewayRoute', (request, tx) => {
  const cidr = readCidr(request.DestinationCidrBlock);
  const route = replaceStaticRoute(tx, tableOf(tx, request), cidr, readEnd(request));
  return { Route: describeStatic(tx, route) };
});

/** DeleteTransitGatewayRoute. */
export const DeleteTransitGatewayRoute = action('DeleteTransitGatewayRoute', (request, tx) => {
  const route = deleteStaticRoute(tx, tableOf(tx, request), readCidr(request.DestinationCidrBlock));
  return { Route: { ...describeStatic(tx, route), State: 'deleted' } };
});

const describeStatic = (
  tx: Transaction,
  { cidr, attachmentId }: TransitGatewayStaticRoute,
): sdk.TransitGatewayRoute => {
  const attachment = attachmentId && tx.find(TransitGatewayAttachment, attachmentId);
  return {
    DestinationCidrBlock: formatCidr(cidr),
    ...(attachment && { TransitGatewayAttachments: [describeResource(attachment)] }),
    Type: 'static',
    State: attachment ? 'active' : 'blackhole',
  };
};

const describeRoute = ({ cidr, type, state, attachment, prefixListId }: TransitRoute): sdk.TransitGatewayRoute => ({
  DestinationCidrBlock: formatCidr(cidr),
  PrefixListId: prefixListId,
  ...(attachment && { TransitGatewayAttachments: [describeResource(attachment)] }),
  Type: type,
  State: state,
});

type RouteOfSearch = TransitRoute & { readonly id: string };

const ROUTE_FILTERS: FilterTable<RouteOfSearch> = {
  'attachment.resource-id': ({ attachment }) => attachment && describeResource(attachment).ResourceId,
  'attachment.resource-type': ({ attachment }) => attachment?.resource.kind,
  'attachment.transit-gateway-attachment-id': ({ attachment }) => attachment?.id,
  'prefix-list-id': ({ prefixListId }) => prefixListId,
  state: ({ state }) => state,
  type: ({ type }) => type,
};

/** What a route-search filter asks of a route, given all of the table. */
const SEARCHES: Readonly<Record<string, (asked: Cidr, route: TransitRoute, all: readonly TransitRoute[]) => boolean>> =
  {
    'route-search.exact-match': (asked, { cidr }) => equalCidrs(asked, cidr),
    'route-search.longest-prefix-match': (asked, { cidr }, all) =>
      covers(cidr, asked) && !all.some((other) => covers(other.cidr, asked) && other.cidr.length > cidr.length),
    'route-search.subnet-of-match': (asked, { cidr }) => covers(asked, cidr),
    'route-search.supernet-of-match': (asked, { cidr }) => covers(cidr, asked),
  };

const DEFAULT_SEARCH_SIZE = 1000;

/** SearchTransitGatewayRoutes: what the packets see. It has no pages on AWS: it says whether there are more. */
export const SearchTransitGatewayRoutes = action('SearchTransitGatewayRoutes', (request, tx) => {
  const all = transitRoutes(tx, tableOf(tx, request)).map((route) => ({ ...route, id: formatCidr(route.cidr) }));
  const isSearch = ({ Name: name = '' }: FilterRequest): boolean => Object.hasOwn(SEARCHES, name);
  const holds = compileFilters(
    request.Filters.filter((filter) => !isSearch(filter)),
    ROUTE_FILTERS,
  );
  const searches = request.Filters.filter(isSearch);
  const isFound = (route: RouteOfSearch): boolean =>
    searches.every(({ Name: name = '', Values: values = [] }) =>
      values.some((value) => SEARCHES[name]?.(readCidr(value), route, all) ?? false),
    );
  const found = all.filter((route) => isFound(route) && holds(route, tx));
  const size = Math.min(pageSize('SearchTransitGatewayRoutes', request.MaxResults), DEFAULT_SEARCH_SIZE);
  return {
    Routes: found.slice(0, size).map(describeRoute),
    AdditionalRoutesAvailable: found.length > size,
  };
});

/** CreateTransitGatewayPrefixListReference. */
export const CreateTransitGatewayPrefixListReference = action(
  'CreateTransitGatewayPrefixListReference',
  (request, tx) => {
    const table = tableOf(tx, request);
    createPrefixListReference(tx, table, request.PrefixListId, readEnd(request));
    return { TransitGatewayPrefixListReference: describeNow(tx, table, request.PrefixListId, 'pending') };
  },
);

/** ModifyTransitGatewayPrefixListReference. */
export const ModifyTransitGatewayPrefixListReference = action(
  'ModifyTransitGatewayPrefixListReference',
  (request, tx) => {
    const table = tableOf(tx, request);
    modifyPrefixListReference(tx, table, request.PrefixListId, readEnd(request));
    return { TransitGatewayPrefixListReference: describeNow(tx, table, request.PrefixListId, 'modifying') };
  },
);

/** DeleteTransitGatewayPrefixListReference. */
export const DeleteTransitGatewayPrefixListReference = action(
  'DeleteTransitGatewayPrefixListReference',
  (request, tx) => {
    const table = tableOf(tx, request);
    const before = describeNow(tx, table, request.PrefixListId, 'deleting');
    deletePrefixListReference(tx, table, request.PrefixListId);
    return { TransitGatewayPrefixListReference: before };
  },
);

function describeNow(
  tx: Transaction,
  { id }: TransitGatewayRouteTable,
  listId: string,
  state: sdk.TransitGatewayPrefixListReferenceState,
): sdk.TransitGatewayPrefixListReference | undefined {
  const { prefixListReferences } = tx.get(TransitGatewayRouteTable, id);
  const reference = prefixListReferences.find(({ prefixListId }) => prefixListId === listId);
  return reference && describeReference(tx, id, reference, state);
}

function describeReference(
  tx: Transaction,
  tableId: string,
  { prefixListId, attachmentId }: TransitGatewayPrefixListReference,
  state: sdk.TransitGatewayPrefixListReferenceState,
): sdk.TransitGatewayPrefixListReference {
  const attachment = attachmentId && tx.find(TransitGatewayAttachment, attachmentId);
  return {
    TransitGatewayRouteTableId: tableId,
    PrefixListId: prefixListId,
    PrefixListOwnerId: tx.find(PrefixList, prefixListId)?.ownerId,
    State: state,
    Blackhole: attachmentId === undefined,
    ...(attachment && { TransitGatewayAttachment: describeResource(attachment) }),
  };
}

type ReferenceRow = TransitGatewayPrefixListReference & { readonly id: string };

const attachmentOf = (row: ReferenceRow, tx: Transaction): TransitGatewayAttachment | undefined =>
  row.attachmentId && tx.find(TransitGatewayAttachment, row.attachmentId);

const REFERENCE_FILTERS: FilterTable<ReferenceRow> = {
  'attachment.resource-id': (row, tx) => {
    const attachment = attachmentOf(row, tx);
    return attachment && describeResource(attachment).ResourceId;
  },
  'attachment.resource-type': (row, tx) => attachmentOf(row, tx)?.resource.kind,
  'attachment.transit-gateway-attachment-id': (row) => row.attachmentId,
  'is-blackhole': (row) => row.attachmentId === undefined,
  'prefix-list-id': (row) => row.prefixListId,
  'prefix-list-owner-id': (row, tx) => tx.find(PrefixList, row.prefixListId)?.ownerId,
  state: () => 'available',
};

/** GetTransitGatewayPrefixListReferences. */
export const GetTransitGatewayPrefixListReferences = action('GetTransitGatewayPrefixListReferences', (request, tx) => {
  const table = tableOf(tx, request);
  const holds = compileFilters(request.Filters, REFERENCE_FILTERS);
  const { rows, nextToken } = paginate(
    {
      operation: 'GetTransitGatewayPrefixListReferences',
      rows: table.prefixListReferences.map((one): ReferenceRow => ({ ...one, id: one.prefixListId })),
      matches: (row) => holds(row, tx),
      keyOf: (row) => row.id,
      question: [table.id, request.Filters],
    },
    request,
  );
  return {
    TransitGatewayPrefixListReferences: rows.map((row) => describeReference(tx, table.id, row, 'available')),
    NextToken: nextToken,
  };
});

/** What this file serves. */
export const transitGatewayRouteActions = [
  CreateTransitGatewayRoute,
  ReplaceTransitGatewayRoute,
  DeleteTransitGatewayRoute,
  SearchTransitGatewayRoutes,
  CreateTransitGatewayPrefixListReference,
  ModifyTransitGatewayPrefixListReference,
  DeleteTransitGatewayPrefixListReference,
  GetTransitGatewayPrefixListReferences,
] as const;
