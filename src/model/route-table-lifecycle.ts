/** How route tables come and go: the main table of every VPC, custom ones, and the local routes that all of them have. */
import { type Cidr, equalCidrs } from '../net/cidr.ts';
import type { VpcId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { quota } from './quotas.ts';
import { type Route, RouteTable } from './resources/route-table.ts';
import { cidrsOfVpc, type Vpc } from './resources/vpc.ts';
import type { Transaction } from './transaction.ts';

/** Creates a custom table with the local routes of its VPC. @throws Fault RouteTableLimitExceeded */
export function createRouteTable(tx: Transaction, vpc: Vpc, tags: Tags): RouteTable {
  if (tx.count(RouteTable, 'vpcId', vpc.id) >= quota(tx, 'routeTablesPerVpc'))
    throw new Fault('RouteTableLimitExceeded');
  return tx.insert(RouteTable, { vpcId: vpc.id, routes: localRoutesOf(vpc), associations: [], tags });
}

/** Creates the main table that a VPC is born with. */
export const createMainRouteTable = (tx: Transaction, vpc: Vpc): RouteTable =>
  tx.insert(RouteTable, {
    vpcId: vpc.id,
    routes: localRoutesOf(vpc),
    associations: [{ id: tx.newId('rtbassoc'), kind: 'main' }],
    tags: {},
  });

/** The table of subnets without one of their own. @throws Error when the VPC has none, a mistake of ours. */
export function mainRouteTable(tx: Transaction, vpcId: VpcId): RouteTable {
  const [table] = tx.by(RouteTable, 'mainOfVpcId', vpcId);
  if (!table) throw new Error(`${vpcId} has no main route table`);
  return table;
}

/** Deletes a table that nothing is associated with. @throws Fault DependencyViolation */
export function deleteRouteTable(tx: Transaction, table: RouteTable): void {
  if (table.associations.length > 0) throw new Fault('DependencyViolation', { resource: 'routeTable', id: table.id });
  tx.remove(RouteTable, table.id);
}

/** Gives every table of a VPC the local route of a block that the VPC got. */
export function addLocalRoutes(tx: Transaction, vpcId: VpcId, cidr: Cidr): void {
  for (const table of tx.by(RouteTable, 'vpcId', vpcId)) {
    const locals = table.routes.filter(isLocalRoute);
    const others = table.routes.filter((route) => !isLocalRoute(route));
    tx.update(RouteTable, table.id, { routes: [...locals, localRoute(cidr), ...others] });
  }
}

/** Takes the local route of a block that the VPC lost out of every table, whatever its target has become. */
export function removeLocalRoutes(tx: Transaction, vpcId: VpcId, cidr: Cidr): void {
  for (const table of tx.by(RouteTable, 'vpcId', vpcId)) {
    const routes = table.routes.filter((route) => !(isLocalRoute(route) && isRouteTo(route, cidr)));
    tx.update(RouteTable, table.id, { routes });
  }
}

/** Whether a route came with a block of the VPC: it stays as long as the block does, though its target may change. */
export const isLocalRoute = (route: Route): boolean => route.origin === 'CreateRouteTable';

/** Those that every table of a VPC begins with. */
export const localRoutesOf = (vpc: Vpc): readonly Route[] => cidrsOfVpc(vpc).map(localRoute);

const isRouteTo = ({ destination }: Route, cidr: Cidr): boolean =>
  destination.kind === 'cidr' && equalCidrs(destination.cidr, cidr);

const localRoute = (cidr: Cidr): Route => ({
  destination: { kind: 'cidr', cidr },
  target: { kind: 'local' },
  origin: 'CreateRouteTable',
});
