/** Why a packet is lost, in Reachability Analyzer's words: the code, and the components that have to do with it. */
import type { AnalysisExplanation } from '../../model/reachability.ts';
import { PrefixList } from '../../model/resources/prefix-list.ts';
import { type Route, RouteTable } from '../../model/resources/route-table.ts';
import { SecurityGroup } from '../../model/resources/security-group.ts';
import { type IpAddress, parseAddress } from '../../net/address.ts';
import { type Cidr, contains, formatCidr } from '../../net/cidr.ts';
import type { Explanation, TracePlace, TraceStep } from '../../tables/data-plane.ts';
import { analysisRoute, type Resources } from './analysis-components.ts';
import { firewallMembers } from './firewall-parts.ts';
import { transitRoutesThatDoNotHelp } from './transit-explanations.ts';

/** Every explanation of one loss, the decisive one first. */
export function explanationsOf(resources: Resources, { code, path }: Explanation): readonly AnalysisExplanation[] {
  const step = path.at(-1);
  if (!step) return [{ explanationCode: code ?? 'NO_PATH' }];
  const decisive = decisiveExplanation(resources, code ?? 'NO_PATH', step);
  return [
    ...groupsWithoutRules(resources, decisive, step),
    ...routesThatDoNotHelp(resources, path),
    ...transitRoutesThatDoNotHelp(resources, path),
  ];
}

function decisiveExplanation(resources: Resources, code: string, step: TraceStep): AnalysisExplanation {
  const { at, component, before } = step;
  const direction = directionOf(step.stage);
  return {
    explanationCode: code,
    ...(direction && { direction }),
    ...(at && placeMembers(resources, at, step.stage)),
    ...(component && componentMembers(resources, step)),
    ...(before && { address: direction === 'egress' ? before.source : before.destination }),
  };
}

function directionOf(stage: string): 'ingress' | 'egress' | undefined {
  if (stage.endsWith('-out') || stage === 'source-check' || stage === 'route' || stage === 'gateway') return 'egress';
  return stage.endsWith('-in') || stage === 'destination-check' || stage === 'deliver' || stage === 'internet-arrival'
    ? 'ingress'
    : undefined;
}

function placeMembers(resources: Resources, at: TracePlace, stage: string): Partial<AnalysisExplanation> {
  const isAboutGroups = stage.startsWith('security-group');
  return {
    vpc: resources.component(at.vpcId),
    subnet: resources.component(at.subnetId),
    ...(!stage.startsWith('network-acl') &&
      stage !== 'route' && { networkInterface: resources.component(at.interfaceId) }),
    ...(isAboutGroups && { securityGroups: at.securityGroupIds.map((id) => resources.component(id)) }),
  };
}

/** The member that names a component, by its kind. */
const MEMBER_OF = {
  'network-acl': 'acl',
  'route-table': 'routeTable',
  'internet-gateway': 'internetGateway',
  'egress-only-internet-gateway': 'internetGateway',
  'nat-gateway': 'natGateway',
  peering: 'vpcPeeringConnection',
  interface: 'networkInterface',
  'transit-gateway': 'transitGateway',
  'transit-gateway-route-table': 'transitGatewayRouteTable',
  'transit-gateway-attachment': 'transitGatewayAttachment',
  'vpn-gateway': 'vpnGateway',
  endpoint: 'vpcEndpoint',
  'gateway-load-balancer-endpoint': 'vpcEndpoint',
} as const;

const memberOf = (kind: string): (typeof MEMBER_OF)[keyof typeof MEMBER_OF] | undefined =>
  Object.entries(MEMBER_OF).find(([name]) => name === kind)?.[1];

function componentMembers(resources: Resources, step: TraceStep): Partial<AnalysisExplanation> {
  const { component } = step;
  if (!component) return {};
  const ofFirewall = firewallMembers(resources, step);
  if (ofFirewall) return ofFirewall;
  const { kind, id, rule, detail } = component;
  const named = resources.component(id);
  // That a load balancer's id is its ARN is unconfirmed.
  if (kind === 'load-balancer') return { component: named, loadBalancerArn: id };
  const member = memberOf(kind);
  return {
    component: named,
    ...(member && { [member]: named }),
    ...(rule?.kind === 'network-acl-entry' && { aclRule: resources.aclRule(id, rule.number, rule.direction) }),
    ...(rule?.kind === 'route' && {
      routeTableRoute: resources.route(id, rule.destination, detail.endsWith('blackhole') ? 'blackhole' : 'active'),
    }),
  };
}

/** A group without any rule in the direction is said to be so; where all are, that is the reason. */
function groupsWithoutRules(
  resources: Resources,
  decisive: AnalysisExplanation,
  { at }: TraceStep,
): readonly AnalysisExplanation[] {
  if (decisive.explanationCode !== 'ENI_SG_RULES_MISMATCH' || !at) return [decisive];
  const egress = decisive.direction === 'egress';
  const empty = at.securityGroupIds.filter((id) => {
    const group = resources.find(SecurityGroup, id)?.row;
    return group && !group.rules.some((rule) => rule.egress === egress);
  });
  const withoutRules = empty.map((id): AnalysisExplanation => {
    const { securityGroups: _, ...rest } = decisive;
    return { ...rest, explanationCode: 'SG_HAS_NO_RULES', securityGroup: resources.component(id) };
  });
  return empty.length === at.securityGroupIds.length ? withoutRules : [decisive, ...withoutRules];
}

/** What each other route of the table that was asked last could not do for the packet. */
export function routesThatDoNotHelp(resources: Resources, path: readonly TraceStep[]): readonly AnalysisExplanation[] {
  const step = path.findLast(({ component }) => component?.kind === 'route-table' && component.id !== '');
  const address = step?.before && parseAddress(step.before.destination);
  const table = step?.component && resources.find(RouteTable, step.component.id)?.row;
  if (!step?.component || address === undefined || !table) return [];
  const { rule, id } = step.component;
  const winner = rule?.kind === 'route' ? rule.destination : undefined;
  const common = {
    direction: 'egress',
    routeTable: resources.component(id),
    address: step.before?.destination,
  } as const;
  return table.routes.flatMap((route): AnalysisExplanation[] => {
    const blocks = blocksOf(resources, route);
    const code = whyNotThisRoute(route, blocks, { winner, routes: table.routes, address });
    return code === undefined
      ? []
      : [{ ...common, explanationCode: code, routeTableRoute: analysisRoute(route, 'active') }];
  });
}

/** A route to a prefix list has the blocks of its entries. */
const blocksOf = (resources: Resources, { destination }: Route): readonly Cidr[] =>
  destination.kind === 'cidr'
    ? [destination.cidr]
    : (resources.find(PrefixList, destination.id)?.row.entries.map(({ cidr }) => cidr) ?? []);

interface RouteLookup {
  /** The block of the route that won, as text. */
  readonly winner: string | undefined;
  readonly routes: readonly Route[];
  readonly address: IpAddress;
}

/** Undefined for the route that won. */
function whyNotThisRoute(
  route: Route,
  blocks: readonly Cidr[],
  { winner, routes, address }: RouteLookup,
): string | undefined {
  const holding = blocks.filter((block) => contains(block, address));
  if (holding.length === 0) return route.target.kind === 'local' ? 'VPC_LOCAL_ROUTE_CIDR_RESTRICTION' : 'CANNOT_ROUTE';
  if (winner === undefined) return undefined;
  if (!holding.some((block) => formatCidr(block) === winner)) return 'MORE_SPECIFIC_ROUTE';
  return route === winnerOf(routes, winner) ? undefined : 'HIGHER_PRIORITY_ROUTE';
}

/** Of equal blocks a static route wins, then one to a prefix list, then a propagated one. */
function winnerOf(routes: readonly Route[], winner: string): Route | undefined {
  const named = routes.filter(
    ({ destination }) => destination.kind === 'cidr' && formatCidr(destination.cidr) === winner,
  );
  const lists = routes.filter(({ destination }) => destination.kind === 'prefix-list');
  return named.find(({ origin }) => origin !== 'EnableVgwRoutePropagation') ?? lists[0] ?? named[0];
}
