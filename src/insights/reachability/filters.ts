/** What a path's filters ask of a packet that was delivered, and the same path with one of them left out. */
import { idOfArn } from '../../model/analysed-resources.ts';
import type { AnalysisExplanation, ComponentFilters } from '../../model/reachability.ts';
import type { PathFilter } from '../../model/resources/network-insights.ts';
import { formatAddress } from '../../net/address.ts';
import type { DeliveredPacket, Explanation } from '../../tables/data-plane.ts';
import type { Resources } from './analysis-components.ts';
import type { AskedPath } from './analysis-question.ts';
import { firewallAt } from './firewall-parts.ts';
import { balancedStepOn, serviceEndpointOnWay } from './load-balancers.ts';
import { transitIdsOn } from './transit-components.ts';

/** Why a delivered packet is not one that the path asks for. */
export function filterObjections(
  resources: Resources,
  { path, filters }: { readonly path: AskedPath; readonly filters: ComponentFilters },
  forward: Explanation,
): readonly AnalysisExplanation[] {
  return [
    ...componentObjections(resources, filters, forward),
    ...(forward.deliveredAs && path.filterAtDestination
      ? headerObjections(resources, path.filterAtDestination, forward, forward.deliveredAs)
      : []),
  ];
}

function componentObjections(
  resources: Resources,
  { filterInArns, filterOutArns }: ComponentFilters,
  forward: Explanation,
): readonly AnalysisExplanation[] {
  const passed = new Set([
    ...forward.path.flatMap(({ component, at }) =>
      [component?.id, at?.interfaceId, at?.ownerId].filter((id) => id !== undefined),
    ),
    ...transitIdsOn(forward),
    ...forward.path.flatMap((step) => firewallAt(resources, step)?.id ?? []),
  ]);
  const missed = filterInArns.map(idOfArn).filter((id) => !passed.has(id));
  const forbidden = filterOutArns.map(idOfArn).filter((id) => passed.has(id));
  return [
    ...missed.map((id) => ({ explanationCode: 'COMPONENT_FILTER_RESTRICTION', component: resources.component(id) })),
    ...forbidden.map((id) => ({
      explanationCode: 'COMPONENT_FILTER_RESTRICTION_REMOVED_COMPONENT',
      component: resources.component(id),
    })),
  ];
}

/** What a NAT gateway or a load balancer rewrites, or keeps, cannot be asked for otherwise behind it: the code says which. */
function headerObjections(
  resources: Resources,
  filter: PathFilter,
  explanation: Explanation,
  delivered: DeliveredPacket,
): readonly AnalysisExplanation[] {
  const nat = explanation.path.find(({ stage, component }) => stage === 'nat-gateway' && component)?.component;
  const balancer = nat ? undefined : balancedStepOn(resources, explanation);
  const balanced = serviceEndpointOnWay(resources, explanation) ?? balancer?.step.component;
  const by = nat ?? balanced;
  const named = by && { [nat ? 'natGateway' : 'vpcEndpoint']: resources.component(by.id) };
  const member = balancer?.members ?? named;
  const { sourceAddress, sourcePortRange, destinationAddress, destinationPortRange } = filter;
  const is = (range: PathFilter['sourcePortRange'], port: number): boolean =>
    !range || (port >= range.fromPort && port <= range.toPort);
  const keepsClient = balancer?.keepsClient ?? false;
  const portCode = balancer?.isClassic ? 'ELB_LISTENER_PORT_RESTRICTION' : 'TARGET_PORT_RESTRICTION';
  const objection = (field: string, natCode?: string, balancedCode?: string): AnalysisExplanation => {
    const code = nat ? natCode : balanced && balancedCode;
    return code === undefined
      ? { explanationCode: `FILTER_AT_DESTINATION_${field.toUpperCase().replaceAll('-', '_')}`, packetField: field }
      : { explanationCode: code, ...member, packetField: field };
  };
  return [
    ...(sourceAddress === undefined || sourceAddress === formatAddress(delivered.source)
      ? []
      : [
          objection(
            'source-address',
            'NGW_SOURCE_ADDRESS_REASSIGN',
            keepsClient ? 'ELBV2_SOURCE_ADDRESS_PRESERVATION' : undefined,
          ),
        ]),
    ...(destinationAddress === undefined || destinationAddress === formatAddress(delivered.destination)
      ? []
      : [objection('destination-address', 'NGW_DEST_ADDRESS_PRESERVATION', 'TARGET_ADDRESS_RESTRICTION')]),
    ...(is(sourcePortRange, delivered.sourcePort)
      ? []
      : [objection('source-port-range', 'REMAP_EPHEMERAL_PORT', keepsClient ? undefined : 'REMAP_EPHEMERAL_PORT')]),
    ...(is(destinationPortRange, delivered.destinationPort)
      ? []
      : [objection('destination-port-range', undefined, portCode)]),
  ];
}

/** The path with one filter at the source left out, each with the code that blames it. */
export function relaxations(
  path: AskedPath,
): readonly { readonly explanationCode: string; readonly path: AskedPath }[] {
  const { filterAtSource: filter, filterAtDestination } = path;
  const otherProtocol: AskedPath = { ...path, protocol: path.protocol === 'tcp' ? 'udp' : 'tcp' };
  const atDestination = filterAtDestination
    ? [{ explanationCode: 'FILTER_AT_DESTINATION_PROTOCOL', path: otherProtocol }]
    : [];
  if (!filter) return atDestination;
  const without = (field: keyof PathFilter): AskedPath => ({
    ...path,
    filterAtSource: { ...filter, [field]: undefined },
  });
  const given = (field: keyof PathFilter, explanationCode: string) =>
    filter[field] === undefined ? [] : [{ explanationCode, path: without(field) }];
  return [
    ...given('sourceAddress', 'FILTER_AT_SOURCE_SOURCE_ADDRESS'),
    ...given('destinationAddress', 'FILTER_AT_SOURCE_DESTINATION_ADDRESS'),
    ...given('sourcePortRange', 'FILTER_AT_SOURCE_SOURCE_PORT_RANGE'),
    ...given('destinationPortRange', 'FILTER_AT_SOURCE_DESTINATION_PORT_RANGE'),
    { explanationCode: 'FILTER_AT_SOURCE_PROTOCOL', path: otherProtocol },
    ...atDestination,
  ];
}
