/** The way of a packet as the components that it passes, in Reachability Analyzer's order. */
import type { AnalysisComponent, AnalysisPacketHeader, AnalysisPathComponent } from '../../model/reachability.ts';
import { NatGateway } from '../../model/resources/nat-gateway.ts';
import { RouteTable } from '../../model/resources/route-table.ts';
import type { Explanation, PacketEnds, TracePlace, TraceStep } from '../../tables/data-plane.ts';
import type { Resources } from './analysis-components.ts';
import { firewallParts } from './firewall-parts.ts';
import { handedOverParts } from './gateway-balancers.ts';
import { balancedWay } from './load-balancers.ts';
import { crossingParts } from './transit-components.ts';

/** A component without its place in the list. */
type Part = Omit<AnalysisPathComponent, 'sequenceNumber'>;

/** Makes headers of the ends of the packet that stood for all that fare alike. */
export type HeaderOf = (ends: PacketEnds) => AnalysisPacketHeader;

/**
 * What the way passes, from its first component to its last. `sourceId` and `destinationId`: the resources that were
 * named as its ends; an instance is a component of its own only where it is one of them.
 */
export function pathComponents(
  resources: Resources,
  { path, transitCrossings }: Explanation,
  headerOf: HeaderOf,
  gateways: PathGateways = {},
): readonly AnalysisPathComponent[] {
  const passed = path.flatMap((step, index) => {
    const crossings = transitCrossings.filter((one) => one.step === index);
    if (crossings.length === 0) return partsOf(resources, step, headerOf);
    return crossingParts(resources, crossings, step.stage === 'transit-gateway');
  });
  const parts = betweenGateways(resources, passed, gateways);
  return withEndHeaders(parts, path, headerOf).map((part, index) => ({ sequenceNumber: index + 1, ...part }));
}

/** Gateways that a path begins or ends at. */
export interface PathGateways {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** A gateway that is an end stands there, also where the way only shows who carries its packets. */
function betweenGateways(resources: Resources, parts: readonly Part[], { from, to }: PathGateways): readonly Part[] {
  const isAt = (part: Part | undefined, id: string): boolean => part?.component?.id === id;
  return [
    ...(from === undefined || isAt(parts[0], from) ? [] : [{ component: resources.component(from) }]),
    ...parts,
    ...(to === undefined || isAt(parts.at(-1), to) ? [] : [{ component: resources.component(to) }]),
  ];
}

function partsOf(resources: Resources, step: TraceStep, headerOf: HeaderOf): readonly Part[] {
  const { stage, component, at, before, after } = step;
  switch (stage) {
    case 'security-group-out':
      return at ? [...ownerPart(resources, at), interfacePart(resources, at), ...groupPart(resources, step, at)] : [];
    case 'security-group-in':
      return at ? [...groupPart(resources, step, at), interfacePart(resources, at), ...ownerPart(resources, at)] : [];
    case 'network-acl-neighbour-out':
    case 'network-acl-out':
      return [...gatewayInterfacePart(resources, at), ...aclPart(resources, step)];
    case 'network-acl-in':
      return [...aclPart(resources, step), ...gatewayInterfacePart(resources, at)];
    case 'route':
      return routePart(resources, step);
    case 'inspection':
      return [...firewallParts(resources, step), ...handedOverParts(resources, step)];
    case 'load-balancer':
      return balancerParts(resources, step, headerOf);
    default: {
      // A NAT gateway has a stage of its own, which shows what it translates.
      const isShownLater = stage === 'gateway' && component?.kind === 'nat-gateway';
      if (!component || !isGateway(component.kind) || isShownLater) return [];
      const isTranslating = before && after && !sameEnds(before, after);
      const headers = isTranslating ? { inboundHeader: headerOf(before), outboundHeader: headerOf(after) } : {};
      return [{ component: resources.component(component.id), ...headers, ...vpcAround(resources, component.id, at) }];
    }
  }
}

/** An appliance or a NAT gateway shows as the interface that is entered next, or by its own stage. */
const isGateway = (kind: string): boolean => GATEWAYS.has(kind);
const GATEWAYS = new Set([
  'internet-gateway',
  'egress-only-internet-gateway',
  'peering',
  'transit-gateway',
  'vpn-gateway',
  'endpoint',
  'nat-gateway',
]);

const sameEnds = (one: PacketEnds, other: PacketEnds): boolean =>
  one.source === other.source &&
  one.destination === other.destination &&
  one.sourcePort === other.sourcePort &&
  one.destinationPort === other.destinationPort;

const vpcOf = (resources: Resources, at: TracePlace | undefined) => (at ? { vpc: resources.component(at.vpcId) } : {});

/** A regional NAT gateway is in a VPC, and so is its route table, though no interface says where. */
function vpcAround(resources: Resources, id: string, at: TracePlace | undefined) {
  if (at) return vpcOf(resources, at);
  const row = (resources.find(RouteTable, id) ?? resources.find(NatGateway, id))?.row;
  return row ? { vpc: resources.component(row.vpcId) } : {};
}

const ownerPart = (resources: Resources, { ownerId }: TracePlace): readonly Part[] =>
  ownerId.startsWith('i-') ? [{ component: resources.component(ownerId) }] : [];

const interfacePart = (resources: Resources, { interfaceId, ownerId, subnetId, vpcId }: TracePlace): Part => ({
  component: resources.component(interfaceId),
  attachedTo: resources.component(ownerId),
  subnet: resources.component(subnetId),
  vpc: resources.component(vpcId),
});

/**
 * Interfaces of NAT gateways and of attachments of transit gateways stand between the ACL and the gateway (the order of a path of
 * AWS's that a reader published); those with groups stand beside them.
 */
const gatewayInterfacePart = (resources: Resources, at: TracePlace | undefined): readonly Part[] =>
  at && GATEWAY_OWNERS.some((prefix) => at.ownerId.startsWith(prefix)) ? [interfacePart(resources, at)] : [];
const GATEWAY_OWNERS = ['nat-', 'tgw-attach-'];

/** The group whose rule decided; for answers to a tracked flow any of the interface's, without a rule. A load balancer may have none. */
function groupPart(resources: Resources, { component }: TraceStep, at: TracePlace): readonly Part[] {
  const rule = component?.rule;
  const id = component?.kind === 'security-group' ? component.id : at.securityGroupIds[0];
  if (id === undefined) return [];
  return [
    {
      component: resources.component(id),
      ...(rule?.kind === 'security-group-rule' && { securityGroupRule: resources.groupRule(id, rule.id) }),
      vpc: resources.component(at.vpcId),
    },
  ];
}

/** The load balancer with the listener that took the packet, and the group that the target is of; an answer shows the load balancer alone. */
function balancerParts(resources: Resources, step: TraceStep, headerOf: HeaderOf): readonly Part[] {
  const { component, before, after, at } = step;
  if (!component || !before || !after) return [];
  const way = balancedWay(resources, component.id, before, after);
  const vpc = vpcOf(resources, at);
  return [
    {
      component: resources.component(component.id),
      ...(way?.listener.id && { elasticLoadBalancerListener: resources.component(way.listener.id) }),
      inboundHeader: headerOf(before),
      outboundHeader: headerOf(after),
      ...vpc,
    },
    ...(way?.group.id ? [{ component: resources.component(way.group.id), ...vpc }] : []),
  ];
}

/** Absent where the packet stays in its subnet. */
function aclPart(resources: Resources, { component, at }: TraceStep): readonly Part[] {
  const rule = component?.rule;
  if (!component || rule?.kind !== 'network-acl-entry') return [];
  const aclRule = resources.aclRule(component.id, rule.number, rule.direction);
  return [{ component: resources.component(component.id), aclRule, ...vpcOf(resources, at) }];
}

function routePart(resources: Resources, { component, at }: TraceStep): readonly Part[] {
  const rule = component?.rule;
  if (!component || rule?.kind !== 'route' || component.id === '') return [];
  const routeTableRoute = resources.route(component.id, rule.destination, 'active');
  return [{ component: resources.component(component.id), routeTableRoute, ...vpcAround(resources, component.id, at) }];
}

/** The first component shows the packet that leaves it, the last one the packet that comes to it. */
function withEndHeaders(parts: readonly Part[], path: readonly TraceStep[], headerOf: HeaderOf): readonly Part[] {
  const first = path[0]?.before;
  const last = path.at(-1)?.after;
  return parts.map((part, index) => ({
    ...part,
    ...(index === 0 && first && !part.outboundHeader && { outboundHeader: headerOf(first) }),
    ...(index === parts.length - 1 && last && !part.inboundHeader && { inboundHeader: headerOf(last) }),
  }));
}

/** The components of a path by their ids. */
export const idsOf = (components: readonly { readonly component?: AnalysisComponent | undefined }[]): Set<string> =>
  new Set(components.flatMap(({ component }) => (component ? [component.id] : [])));
