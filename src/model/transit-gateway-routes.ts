/** The routes that a transit gateway's table has now: the one answer for SearchTransitGatewayRoutes and for the packets. */
import { type Cidr, equalCidrs, isIpv4Cidr, overlaps } from '../net/cidr.ts';
import type { PrefixListId, TransitGatewayAttachmentId, TransitGatewayId } from '../net/identifiers.ts';
import { weightOf } from './prefix-lists.ts';
import { PrefixList } from './resources/prefix-list.ts';
import { TransitGatewayAttachment, TransitGatewayRouteTable } from './resources/transit-gateway.ts';
import type { Transaction } from './transaction.ts';

/** A route as it is now. */
export interface TransitRoute {
  readonly cidr: Cidr;
  readonly type: 'static' | 'propagated';
  readonly prefixListId: PrefixListId | undefined;
  /** Undefined for a route that is a blackhole on purpose. */
  readonly attachment: TransitGatewayAttachment | undefined;
  /** A blackhole wins its lookup and drops: on purpose, or because its attachment is gone. */
  readonly state: 'active' | 'blackhole';
}

/**
 * One route for each block: a static one before an entry of a prefix list before a propagated one, which is hidden as
 * long as the other stands (user guide, how-transit-gateways-work, route evaluation order).
 */
export function transitRoutes(tx: Transaction, table: TransitGatewayRouteTable): readonly TransitRoute[] {
  const routes: TransitRoute[] = [];
  for (const route of rivalRoutes(tx, table))
    if (!routes.some(({ cidr }) => equalCidrs(cidr, route.cidr))) routes.push(route);
  return routes;
}

/** Those that are hidden, too: of equal blocks the first one wins. */
export const rivalRoutes = (tx: Transaction, table: TransitGatewayRouteTable): readonly TransitRoute[] => [
  ...table.routes.map(({ cidr, attachmentId }) => fixedRoute(tx, cidr, attachmentId, undefined)),
  ...table.prefixListReferences.flatMap(({ prefixListId, attachmentId }) =>
    (tx.find(PrefixList, prefixListId)?.entries ?? []).map(({ cidr }) =>
      fixedRoute(tx, cidr, attachmentId, prefixListId),
    ),
  ),
  ...propagatedRoutes(tx, table),
];

function fixedRoute(
  tx: Transaction,
  cidr: Cidr,
  attachmentId: TransitGatewayAttachmentId | undefined,
  prefixListId: PrefixListId | undefined,
): TransitRoute {
  const attachment = attachmentId === undefined ? undefined : tx.find(TransitGatewayAttachment, attachmentId);
  const state = attachment?.state === 'available' ? 'active' : 'blackhole';
  return { cidr, type: 'static', prefixListId, attachment, state };
}

/** A block that overlaps one of a VPC attached earlier is not propagated (user guide, tgw-vpc-attachments). */
function propagatedRoutes(tx: Transaction, table: TransitGatewayRouteTable): readonly TransitRoute[] {
  const taken: Cidr[] = [];
  const routes: TransitRoute[] = [];
  const { transitGatewayId } = table;
  const isHere = (one: TransitGatewayAttachment): boolean =>
    one.transitGatewayId === transitGatewayId && one.state === 'available';
  for (const attachment of tx.list(TransitGatewayAttachment, isHere)) {
    const free = blocksOf(attachment).filter((cidr) => !taken.some((other) => overlaps(cidr, other)));
    taken.push(...free);
    if (!attachment.propagatedRouteTableIds.includes(table.id)) continue;
    for (const cidr of free) {
      routes.push({ cidr, type: 'propagated', prefixListId: undefined, attachment, state: 'active' });
    }
  }
  return routes;
}

/** What an attachment propagates: a VPC its blocks, those of IPv6 only with IPv6 support (unconfirmed). */
const blocksOf = ({ resource }: TransitGatewayAttachment): readonly Cidr[] =>
  resource.kind === 'vpc' ? resource.cidrs.filter((cidr) => resource.ipv6Support || isIpv4Cidr(cidr)) : [];

/** Static routes in all tables of a gateway, prefix lists as large as they may become. */
export const staticRouteCount = (tx: Transaction, id: TransitGatewayId): number =>
  tx
    .by(TransitGatewayRouteTable, 'transitGatewayId', id)
    .flatMap(({ routes, prefixListReferences }) => [
      routes.length,
      ...prefixListReferences.flatMap(({ prefixListId }) => [
        weightOf(tx, prefixListId, 'IPv4'),
        weightOf(tx, prefixListId, 'IPv6'),
      ]),
    ])
    .reduce((sum, count) => sum + count, 0);
