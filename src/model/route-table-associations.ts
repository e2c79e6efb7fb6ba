/** Which table routes for whom: a subnet has at most one of its own, a VPC exactly one main table, a gateway at most one. */
import type { Id } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { InternetGateway } from './resources/internet-gateway.ts';
import { RouteTable, type RouteTableAssociation } from './resources/route-table.ts';
import type { Subnet } from './resources/subnet.ts';
import { VpnGateway } from './resources/vpn.ts';
import { checkEdgeRoute, isTableOfNatGateway } from './route-destinations.ts';
import { mainRouteTable } from './route-table-lifecycle.ts';
import { belongsElsewhere } from './route-targets.ts';
import type { Transaction } from './transaction.ts';

type AssociationId = Id<'rtbassoc'>;

/**
 * Gives a subnet a table of its own. Asking for the table that it has is answered with the association that stands
 * (unconfirmed).
 * @throws Fault InvalidParameterValue for another network, Resource.AlreadyAssociated
 */
export function associateSubnet(tx: Transaction, table: RouteTable, subnet: Subnet): AssociationId {
  if (subnet.vpcId !== table.vpcId) throw belongsElsewhere(table, `subnet ${subnet.id}`);
  refuseTableOfNatGateway(table);
  const [other] = tx.by(RouteTable, 'subnetId', subnet.id);
  if (other) {
    const standing = other.associations.find((one) => one.kind === 'subnet' && one.subnetId === subnet.id);
    if (other.id !== table.id || !standing) throw conflicts(table);
    return standing.id;
  }
  return add(tx, table, { id: tx.newId('rtbassoc'), kind: 'subnet', subnetId: subnet.id });
}

/**
 * Has a table steer what enters through an internet or virtual private gateway (edge association).
 * @throws Fault InvalidGatewayID.NotFound, InvalidParameterValue, Resource.AlreadyAssociated
 */
export function associateGateway(tx: Transaction, table: RouteTable, gatewayId: string): AssociationId {
  const gateway = tx.find(InternetGateway, gatewayId) ?? tx.find(VpnGateway, gatewayId);
  if (!gateway) throw new Fault('InvalidGatewayID.NotFound', { id: gatewayId });
  if (gateway.vpcId !== table.vpcId) throw belongsElsewhere(table, `network gateway ${gateway.id}`);
  refuseTableOfNatGateway(table);
  if (tx.count(VpnGateway, 'propagatedRouteTableId', table.id) > 0) {
    // The sentence is unconfirmed.
    throw new Fault('InvalidParameterValue', `Route propagation is enabled for route table ${table.id}.`);
  }
  checkMayBeEdge(tx, table);
  if (tx.count(RouteTable, 'gatewayId', gateway.id) > 0) throw conflicts(table);
  return add(tx, table, { id: tx.newId('rtbassoc'), kind: 'gateway', gatewayId: gateway.id });
}

/**
 * Ends an association: a subnet goes back to the main table.
 * @throws Fault InvalidAssociationID.NotFound, InvalidParameterValue for the main association
 */
export function disassociate(tx: Transaction, associationId: string): void {
  const { table, association } = findAssociation(tx, associationId);
  if (association.kind === 'main') {
    throw new Fault('InvalidParameterValue', `cannot disassociate the main route table association ${associationId}`);
  }
  refuseOfNatGateway(association);
  removeAssociation(tx, table, association);
}

/**
 * Moves an association to another table under a new id; with the main association, another table becomes the main one.
 * @throws Fault InvalidAssociationID.NotFound, InvalidParameterValue for another network or an edge table as main table
 */
export function replaceAssociation(tx: Transaction, associationId: string, table: RouteTable): AssociationId {
  const { table: before, association } = findAssociation(tx, associationId);
  if (before.vpcId !== table.vpcId) throw belongsElsewhere(table, describeEnd(association, before));
  if (association.kind === 'main' && table.associations.some((one) => one.kind === 'gateway')) {
    throw edgeTableCannotBeMain(table);
  }
  refuseOfNatGateway(association);
  refuseTableOfNatGateway(table);
  if (association.kind === 'gateway') checkMayBeEdge(tx, table);
  removeAssociation(tx, before, association);
  return add(tx, tx.get(RouteTable, table.id), { ...association, id: tx.newId('rtbassoc') });
}

/** The table of a regional NAT gateway serves that alone, and goes with it. That this is so, and the sentence, are unconfirmed. */
function refuseTableOfNatGateway(table: RouteTable): void {
  if (!isTableOfNatGateway(table)) return;
  throw new Fault('InvalidParameterValue', `route table ${table.id} is managed by a NAT gateway`);
}

/** The sentence is unconfirmed. */
function refuseOfNatGateway(association: RouteTableAssociation): void {
  if (association.kind !== 'nat-gateway') return;
  const message = `The route table association ${association.id} is managed by the NAT gateway ${association.natGatewayId}.`;
  throw new Fault('InvalidParameterValue', message);
}

/** The table that routes for a subnet: its own, else the main one. */
export const routeTableOfSubnet = (tx: Transaction, subnet: Subnet): RouteTable =>
  tx.by(RouteTable, 'subnetId', subnet.id)[0] ?? mainRouteTable(tx, subnet.vpcId);

/** Ends the association of a subnet that is deleted, if it has one. */
export function forgetSubnet(tx: Transaction, subnet: Subnet): void {
  for (const table of tx.by(RouteTable, 'subnetId', subnet.id)) {
    const associations = table.associations.filter((one) => one.kind !== 'subnet' || one.subnetId !== subnet.id);
    tx.update(RouteTable, table.id, { associations });
  }
}

function findAssociation(
  tx: Transaction,
  id: string,
): { readonly table: RouteTable; readonly association: RouteTableAssociation } {
  const [table] = tx.by(RouteTable, 'associationId', id);
  const association = table?.associations.find((one) => one.id === id);
  if (!table || !association) throw new Fault('InvalidAssociationID.NotFound', { id });
  return { table, association };
}

function add(tx: Transaction, table: RouteTable, association: RouteTableAssociation): AssociationId {
  tx.update(RouteTable, table.id, { associations: [...table.associations, association] });
  return association.id;
}

function removeAssociation(tx: Transaction, table: RouteTable, { id }: RouteTableAssociation): void {
  tx.update(RouteTable, table.id, { associations: table.associations.filter((one) => one.id !== id) });
}

/** What an edge table may be (user guide, gateway-route-tables). The sentence is unconfirmed. */
function checkMayBeEdge(tx: Transaction, table: RouteTable): void {
  if (table.associations.some((one) => one.kind === 'main')) throw edgeTableCannotBeMain(table);
  for (const route of table.routes) checkEdgeRoute(tx, table, route);
}

const edgeTableCannotBeMain = (table: RouteTable): Fault =>
  new Fault('InvalidParameterValue', `route table ${table.id} cannot be both a main and a gateway route table`);

/** The sentence is unconfirmed. */
const conflicts = (table: RouteTable): Fault =>
  new Fault(
    'Resource.AlreadyAssociated',
    `the specified association for route table ${table.id} conflicts with an existing association`,
  );

function describeEnd(association: RouteTableAssociation, table: RouteTable): string {
  if (association.kind === 'subnet') return `subnet ${association.subnetId}`;
  if (association.kind === 'gateway') return `network gateway ${association.gatewayId}`;
  if (association.kind === 'nat-gateway') return `NAT gateway ${association.natGatewayId}`;
  return `network ${table.vpcId}`;
}
