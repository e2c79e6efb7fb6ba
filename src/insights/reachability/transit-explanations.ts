/** What the routes of a transit gateway's table that did not lead a packet could not do for it. */
import type { AnalysisExplanation, AnalysisTransitRoute } from '../../model/reachability.ts';
import { TransitGatewayRouteTable } from '../../model/resources/transit-gateway.ts';
import { rivalRoutes, type TransitRoute } from '../../model/transit-gateway-routes.ts';
import { type IpAddress, parseAddress } from '../../net/address.ts';
import { contains, formatCidr } from '../../net/cidr.ts';
import type { TraceComponent, TraceStep } from '../../tables/data-plane.ts';
import type { Resources } from './analysis-components.ts';

/** Of the table that was asked last, each route but the one that won. */
export function transitRoutesThatDoNotHelp(
  resources: Resources,
  path: readonly TraceStep[],
): readonly AnalysisExplanation[] {
  const step = path.findLast(({ component }) => component?.kind === 'transit-gateway-route-table');
  const address = step?.before && parseAddress(step.before.destination);
  const found = step?.component && resources.find(TransitGatewayRouteTable, step.component.id);
  if (!step?.component || address === undefined || !found) return [];
  const { id, rule } = step.component;
  const winner = rule?.kind === 'route' ? rule.destination : undefined;
  const routes = rivalRoutes(found.tx, found.row);
  return routes.flatMap((route): AnalysisExplanation[] => {
    const explanationCode = whyNotThisRoute(route, { routes, winner, address });
    if (explanationCode === undefined) return [];
    return [
      {
        explanationCode,
        address: step.before?.destination,
        transitGateway: resources.component(found.row.transitGatewayId),
        transitGatewayRouteTable: resources.component(id),
        transitGatewayRouteTableRoute: analysisTransitRoute(route),
      },
    ];
  });
}

/** The route of a table that led a packet on. */
export function transitRouteOf(resources: Resources, { id, rule }: TraceComponent): AnalysisTransitRoute | undefined {
  const found = resources.find(TransitGatewayRouteTable, id);
  const destination = rule?.kind === 'route' ? rule.destination : undefined;
  const route = found && rivalRoutes(found.tx, found.row).find(({ cidr }) => formatCidr(cidr) === destination);
  return route && analysisTransitRoute(route);
}

interface Lookup {
  readonly routes: readonly TransitRoute[];
  /** The block of the route that won, as text. */
  readonly winner: string | undefined;
  readonly address: IpAddress;
}

/** Undefined for the route that won. */
function whyNotThisRoute(route: TransitRoute, { routes, winner, address }: Lookup): string | undefined {
  if (!contains(route.cidr, address)) return 'TGW_RTB_CANNOT_ROUTE';
  const block = formatCidr(route.cidr);
  if (block !== winner) return 'TGW_RTB_MORE_SPECIFIC_ROUTE';
  const first = routes.find(({ cidr }) => formatCidr(cidr) === block);
  return route === first ? undefined : 'TGW_RTB_HIGHER_PRIORITY_ROUTE';
}

const analysisTransitRoute = ({ cidr, state, type, prefixListId, attachment }: TransitRoute): AnalysisTransitRoute => ({
  destinationCidr: formatCidr(cidr),
  state,
  routeOrigin: type,
  prefixListId,
  ...(attachment && { attachmentId: attachment.id, ...resourceOf(attachment.resource) }),
});

type Attached = NonNullable<TransitRoute['attachment']>['resource'];

function resourceOf(resource: Attached): Pick<AnalysisTransitRoute, 'resourceId' | 'resourceType'> {
  switch (resource.kind) {
    case 'vpc':
      return { resourceId: resource.vpcId, resourceType: 'vpc' };
    case 'vpn':
      return { resourceId: resource.vpnConnectionId, resourceType: 'vpn' };
    case 'peering':
      return { resourceId: resource.transitGatewayId, resourceType: 'peering' };
  }
}
