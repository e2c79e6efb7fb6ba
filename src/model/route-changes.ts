/** CreateRoute, ReplaceRoute and DeleteRoute: what may be done to the routes of a table. */
import { isIpv4Cidr } from '../net/cidr.ts';
import type { RouteTarget } from '../net/route-target.ts';
import { Fault } from './fault.ts';
import { weightOf } from './prefix-lists.ts';
import { quota } from './quotas.ts';
import { type Route, RouteTable } from './resources/route-table.ts';
import {
  checkDestination,
  checkEdgeRoute,
  checkNatGatewayRoute,
  equalDestinations,
  formatDestination,
  isAppliance,
  isEdgeTable,
  type RouteDestination,
  routeTo,
} from './route-destinations.ts';
import { isLocalRoute } from './route-table-lifecycle.ts';
import type { Transaction } from './transaction.ts';

/**
 * Adds a static route.
 * @throws Fault RouteAlreadyExists, InvalidParameterValue, RouteLimitExceeded
 */
export function createRoute(
  tx: Transaction,
  table: RouteTable,
  destination: RouteDestination,
  target: RouteTarget,
): RouteTable {
  checkDestination(tx, table, destination, target);
  if (routeTo(table, destination)) throw new Fault('RouteAlreadyExists', { cidr: formatDestination(destination) });
  if (isEdgeTable(table)) checkEdgeRoute(tx, table, { destination, target });
  checkNatGatewayRoute(table, { destination, target });
  const routes: readonly Route[] = [...table.routes, { destination, target, origin: 'CreateRoute' }];
  if (!areWithinRouteQuota(tx, routes)) throw new Fault('RouteLimitExceeded');
  return tx.update(RouteTable, table.id, { routes });
}

/**
 * Gives an existing route another target. A local route takes an interface or a NAT gateway, and local again; no other
 * route takes local.
 * @throws Fault InvalidParameterValue
 */
export function replaceRoute(
  tx: Transaction,
  table: RouteTable,
  destination: RouteDestination,
  target: RouteTarget,
): RouteTable {
  const before = routeTo(table, destination);
  if (!before) {
    throw new Fault(
      'InvalidParameterValue',
      `There is no route defined for '${formatDestination(destination)}' in the route table. Use CreateRoute instead.`,
    );
  }
  refuseEndpointRoute(table, before);
  if (isLocalRoute(before)) checkLocalTarget(before, target);
  else if (target.kind === 'local') throw notLocal(before);
  checkDestination(tx, table, destination, target);
  if (isEdgeTable(table)) checkEdgeRoute(tx, table, { destination, target });
  checkNatGatewayRoute(table, { destination, target });
  const routes = table.routes.map((route) => (route === before ? { ...route, target } : route));
  return tx.update(RouteTable, table.id, { routes });
}

/** Takes a static route away. @throws Fault InvalidRoute.NotFound, InvalidParameterValue for a local route */
export function deleteRoute(tx: Transaction, table: RouteTable, destination: RouteDestination): RouteTable {
  const text = formatDestination(destination);
  const before = routeTo(table, destination);
  if (!before) throw new Fault('InvalidRoute.NotFound', { cidr: text, id: table.id });
  if (isLocalRoute(before)) {
    throw new Fault('InvalidParameterValue', `cannot remove local route ${text} in route table ${table.id}`);
  }
  refuseEndpointRoute(table, before);
  return tx.update(RouteTable, table.id, {
    routes: table.routes.filter((route) => !equalDestinations(route.destination, destination)),
  });
}

/** Routes of gateway endpoints come and go with ModifyVpcEndpoint alone. The sentence is AWS's, as clients quote it. */
function refuseEndpointRoute(table: RouteTable, { destination, target }: Route): void {
  if (target.kind !== 'endpoint') return;
  const text = formatDestination(destination);
  throw new Fault('InvalidParameterValue', `cannot remove VPC endpoint route ${text} in route table ${table.id}`);
}

/** User guide, replace-local-route-target. The sentences are unconfirmed. */
function checkLocalTarget(route: Route, target: RouteTarget): void {
  if (target.kind === 'local' || isAppliance(target)) return;
  throw new Fault(
    'InvalidParameterValue',
    `The local route ${formatDestination(route.destination)} can target only local, a NAT gateway, a network interface or a Gateway Load Balancer endpoint.`,
  );
}

const notLocal = (route: Route): Fault =>
  new Fault(
    'InvalidParameterValue',
    `The route ${formatDestination(route.destination)} is not a local route, so it cannot target local.`,
  );

/** Whether these may be the routes of one table; local ones do not count (unconfirmed), prefix lists as large as they are. */
export const areWithinRouteQuota = (tx: Transaction, routes: readonly Route[]): boolean =>
  (['IPv4', 'IPv6'] as const).every((family) => countOfFamily(tx, routes, family) <= quota(tx, 'routesPerRouteTable'));

const countOfFamily = (tx: Transaction, routes: readonly Route[], family: 'IPv4' | 'IPv6'): number =>
  routes.reduce((sum, route) => sum + (isLocalRoute(route) ? 0 : countOf(tx, route.destination, family)), 0);

function countOf(tx: Transaction, destination: RouteDestination, family: 'IPv4' | 'IPv6'): number {
  if (destination.kind === 'prefix-list') return weightOf(tx, destination.id, family);
  return isIpv4Cidr(destination.cidr) === (family === 'IPv4') ? 1 : 0;
}
