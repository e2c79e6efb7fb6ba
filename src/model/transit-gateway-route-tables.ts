/** Route tables of transit gateways: what is associated with them, what propagates to them, and their static routes. */
import { type Cidr, equalCidrs, formatCidr } from '../net/cidr.ts';
import { Fault } from './fault.ts';
import { findPrefixList } from './prefix-lists.ts';
import { quota } from './quotas.ts';
import {
  TransitGateway,
  TransitGatewayAttachment,
  TransitGatewayRouteTable,
  type TransitGatewayStaticRoute,
} from './resources/transit-gateway.ts';
import type { Transaction } from './transaction.ts';
import { findAttachment, requireState, updateAttachment } from './transit-gateway-attachments.ts';
import { staticRouteCount } from './transit-gateway-routes.ts';

/** Deletes a table that nothing is associated with and that is no default. @throws Fault IncorrectState (sentences unconfirmed) */
export function deleteTransitGatewayRouteTable(tx: Transaction, table: TransitGatewayRouteTable): void {
  const { options } = tx.get(TransitGateway, table.transitGatewayId);
  const isDefault = [options.associationDefaultRouteTableId, options.propagationDefaultRouteTableId].includes(table.id);
  if (isDefault) throw new Fault('IncorrectState', `${table.id} is a default route table of its transit gateway.`);
  if (tx.count(TransitGatewayAttachment, 'associatedRouteTableId', table.id) > 0) {
    throw new Fault('IncorrectState', `${table.id} has non-deleted associations.`);
  }
  for (const row of tx.by(TransitGatewayAttachment, 'propagatedRouteTableId', table.id)) {
    updateAttachment(tx, row, { propagatedRouteTableIds: row.propagatedRouteTableIds.filter((id) => id !== table.id) });
  }
  tx.remove(TransitGatewayRouteTable, table.id);
}

/** An attachment of the table's gateway. @throws Fault InvalidTransitGatewayAttachmentID.NotFound, IncorrectState */
export function attachmentFor(
  tx: Transaction,
  table: TransitGatewayRouteTable,
  id: string | undefined,
): TransitGatewayAttachment {
  const attachment = findAttachment(tx, id);
  if (attachment.transitGatewayId !== table.transitGatewayId || attachment.transitGatewayOwner !== tx.account) {
    throw new Fault('InvalidTransitGatewayAttachmentID.NotFound', { id: attachment.id });
  }
  requireState(attachment, 'available');
  return attachment;
}

/** Has the table decide for what enters by the attachment. @throws Fault Resource.AlreadyAssociated */
export function associate(
  tx: Transaction,
  table: TransitGatewayRouteTable,
  attachment: TransitGatewayAttachment,
): void {
  if (attachment.associatedRouteTableId !== undefined) {
    throw new Fault(
      'Resource.AlreadyAssociated',
      `Transit Gateway Attachment ${attachment.id} is already associated to a route table.`,
    );
  }
  updateAttachment(tx, attachment, { associatedRouteTableId: table.id });
}

/** @throws Fault InvalidAssociation.NotFound (sentence unconfirmed) */
export function disassociate(
  tx: Transaction,
  table: TransitGatewayRouteTable,
  attachment: TransitGatewayAttachment,
): void {
  if (attachment.associatedRouteTableId !== table.id) {
    throw new Fault('InvalidAssociation.NotFound', `${attachment.id} is not associated with ${table.id}.`);
  }
  updateAttachment(tx, attachment, { associatedRouteTableId: undefined });
}

/** Lets the table know the way to what is attached. @throws Fault TransitGatewayRouteTablePropagation.Duplicate, InvalidParameterValue */
export function propagate(
  tx: Transaction,
  table: TransitGatewayRouteTable,
  attachment: TransitGatewayAttachment,
): void {
  if (attachment.resource.kind === 'peering') {
    // Code and sentence are unconfirmed; that nothing propagates over a peering is documented.
    throw new Fault(
      'InvalidParameterValue',
      `Propagation is not supported for the peering attachment ${attachment.id}.`,
    );
  }
  if (attachment.propagatedRouteTableIds.includes(table.id)) {
    throw new Fault(
      'TransitGatewayRouteTablePropagation.Duplicate',
      `Propagation from ${attachment.id} is already enabled for ${table.id}.`,
    );
  }
  updateAttachment(tx, attachment, { propagatedRouteTableIds: [...attachment.propagatedRouteTableIds, table.id] });
}

/** @throws Fault TransitGatewayRouteTablePropagation.NotFound */
export function endPropagation(
  tx: Transaction,
  table: TransitGatewayRouteTable,
  attachment: TransitGatewayAttachment,
): void {
  if (!attachment.propagatedRouteTableIds.includes(table.id)) {
    throw new Fault(
      'TransitGatewayRouteTablePropagation.NotFound',
      `Propagation from ${attachment.id} is not enabled for ${table.id}.`,
    );
  }
  updateAttachment(tx, attachment, {
    propagatedRouteTableIds: attachment.propagatedRouteTableIds.filter((id) => id !== table.id),
  });
}

/** What a static route leads to: an attachment, or nowhere. */
export interface RouteEnd {
  readonly attachmentId: string | undefined;
  readonly isBlackhole: boolean;
}

/** Reads the one of both that a request names. The sentences are unconfirmed. */
function endOf(tx: Transaction, table: TransitGatewayRouteTable, { attachmentId, isBlackhole }: RouteEnd) {
  if (isBlackhole && attachmentId !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: 'blackhole', other: 'transitGatewayAttachmentId' });
  }
  if (isBlackhole) return undefined;
  if (attachmentId === undefined) throw new Fault('MissingParameter', { parameter: 'TransitGatewayAttachmentId' });
  return attachmentFor(tx, table, attachmentId).id;
}

/** Adds a static route. @throws Fault RouteAlreadyExists, TransitGatewayRouteLimitExceeded */
export function createStaticRoute(
  tx: Transaction,
  table: TransitGatewayRouteTable,
  cidr: Cidr,
  end: RouteEnd,
): TransitGatewayStaticRoute {
  if (routeTo(table, cidr)) throw new Fault('RouteAlreadyExists', { cidr: formatCidr(cidr) });
  const route = { cidr, attachmentId: endOf(tx, table, end) };
  refuseTooManyRoutes(tx, table, 1);
  tx.update(TransitGatewayRouteTable, table.id, { routes: [...table.routes, route] });
  return route;
}

/** Gives a static route another end. @throws Fault InvalidRoute.NotFound */
export function replaceStaticRoute(
  tx: Transaction,
  table: TransitGatewayRouteTable,
  cidr: Cidr,
  end: RouteEnd,
): TransitGatewayStaticRoute {
  const before = requireRoute(table, cidr);
  const route = { cidr, attachmentId: endOf(tx, table, end) };
  tx.update(TransitGatewayRouteTable, table.id, {
    routes: table.routes.map((one) => (one === before ? route : one)),
  });
  return route;
}

/** Takes a static route away; a propagated one of the same block shows again. @throws Fault InvalidRoute.NotFound */
export function deleteStaticRoute(
  tx: Transaction,
  table: TransitGatewayRouteTable,
  cidr: Cidr,
): TransitGatewayStaticRoute {
  const route = requireRoute(table, cidr);
  tx.update(TransitGatewayRouteTable, table.id, { routes: table.routes.filter((one) => one !== route) });
  return route;
}

const routeTo = (table: TransitGatewayRouteTable, cidr: Cidr): TransitGatewayStaticRoute | undefined =>
  table.routes.find((route) => equalCidrs(route.cidr, cidr));

function requireRoute(table: TransitGatewayRouteTable, cidr: Cidr): TransitGatewayStaticRoute {
  const route = routeTo(table, cidr);
  if (!route) throw new Fault('InvalidRoute.NotFound', { cidr: formatCidr(cidr), id: table.id });
  return route;
}

function refuseTooManyRoutes(tx: Transaction, table: TransitGatewayRouteTable, more: number): void {
  if (staticRouteCount(tx, table.transitGatewayId) + more > quota(tx, 'routesPerTransitGateway')) {
    throw new Fault('TransitGatewayRouteLimitExceeded');
  }
}

/** Has the entries of a prefix list be static routes. @throws Fault InvalidParameterValue when it is referred to already (unconfirmed) */
export function createPrefixListReference(
  tx: Transaction,
  table: TransitGatewayRouteTable,
  listId: string,
  end: RouteEnd,
): void {
  const prefixListId = findPrefixList(tx, listId);
  if (table.prefixListReferences.some((one) => one.prefixListId === prefixListId)) {
    throw new Fault('InvalidParameterValue', `${table.id} has a reference to ${prefixListId} already.`);
  }
  const reference = { prefixListId, attachmentId: endOf(tx, table, end) };
  tx.update(TransitGatewayRouteTable, table.id, { prefixListReferences: [...table.prefixListReferences, reference] });
  refuseTooManyRoutes(tx, table, 0);
}

/** Gives a reference another end. @throws Fault InvalidPrefixListID.NotFound */
export function modifyPrefixListReference(
  tx: Transaction,
  table: TransitGatewayRouteTable,
  listId: string,
  end: RouteEnd,
): void {
  const before = requireReference(table, listId);
  const reference = { ...before, attachmentId: endOf(tx, table, end) };
  tx.update(TransitGatewayRouteTable, table.id, {
    prefixListReferences: table.prefixListReferences.map((one) => (one === before ? reference : one)),
  });
}

/** Takes a reference away. @throws Fault InvalidPrefixListID.NotFound */
export function deletePrefixListReference(tx: Transaction, table: TransitGatewayRouteTable, listId: string): void {
  const before = requireReference(table, listId);
  tx.update(TransitGatewayRouteTable, table.id, {
    prefixListReferences: table.prefixListReferences.filter((one) => one !== before),
  });
}

function requireReference(table: TransitGatewayRouteTable, listId: string) {
  const reference = table.prefixListReferences.find(({ prefixListId }) => prefixListId === listId);
  if (!reference) throw new Fault('InvalidPrefixListID.NotFound', { id: listId });
  return reference;
}
