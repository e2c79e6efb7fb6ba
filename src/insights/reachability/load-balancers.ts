/**
 * Load balancers on the way of a packet, be it by an endpoint service or sent to a node itself: what they did with it, and
 * why not something else.
 *
 * Like AWS's the analysis does not consider whether a target is well (Reachability Analyzer guide, considerations).
 */
import { loadBalancerRow } from '../../compile/load-balancer-row.ts';
import { isClassicArn } from '../../model/classic-load-balancer-names.ts';
import type { AnalysisExplanation, AnalysisLoadBalancerTarget } from '../../model/reachability.ts';
import { ClassicLoadBalancer } from '../../model/resources/classic-load-balancer.ts';
import { LoadBalancer } from '../../model/resources/load-balancer.ts';
import { addressKey, NetworkInterface } from '../../model/resources/network-interface.ts';
import { Subnet } from '../../model/resources/subnet.ts';
import { VpcEndpoint } from '../../model/resources/vpc-endpoint.ts';
import { VpcEndpointService } from '../../model/resources/vpc-endpoint-service.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatIpv4, type IpAddress, isIpv4, parseIpv4 } from '../../net/address.ts';
import { protocolName } from '../../net/protocol.ts';
import { isServed } from '../../pipeline/balancing.ts';
import type { Explanation, PacketEnds, TraceComponent, TraceStep } from '../../tables/data-plane.ts';
import type { ListenerRow, LoadBalancerRow, TargetGroupRow, TargetRow } from '../../tables/load-balancer-rows.ts';
import type { Resources } from './analysis-components.ts';

/** A load balancer, in the transaction of its owner. */
export interface FoundBalancer {
  readonly row: LoadBalancerRow;
  readonly tx: Transaction;
}

/** The endpoint of somebody's service that a packet has come to; undefined where it went by none, or by one of AWS's. */
export function serviceEndpointOnWay(resources: Resources, { path }: Explanation): TraceComponent | undefined {
  const component = path.find(({ stage }) => stage === 'endpoint')?.component;
  return component && resources.find(VpcEndpoint, component.id)?.row.service ? component : undefined;
}

/** The load balancers behind a service. */
export const balancersOfService = (tx: Transaction, { loadBalancers }: VpcEndpointService): readonly FoundBalancer[] =>
  loadBalancers.flatMap(({ arn }) => {
    const row = loadBalancerRow(tx, arn);
    return row ? [{ row, tx }] : [];
  });

/** Those of the service that an endpoint leads to, or the one that a node belongs to. */
function balancersAt(resources: Resources, { id }: TraceComponent): readonly FoundBalancer[] {
  const service = resources.find(VpcEndpoint, id)?.row.service;
  if (service) {
    const found = resources.find(VpcEndpointService, service.id);
    return found ? balancersOfService(found.tx, found.row) : [];
  }
  const found = resources.find(LoadBalancer, id) ?? resources.find(ClassicLoadBalancer, id);
  const row = found && loadBalancerRow(found.tx, id);
  return row ? [{ row, tx: found.tx }] : [];
}

/** What a packet came to: the load balancers that could take it in a zone, and as what it came. */
interface Passed {
  readonly balancers: readonly FoundBalancer[];
  readonly zone: string;
  readonly ends: PacketEnds;
}

function passedBy(resources: Resources, { path }: Explanation): Passed | undefined {
  const index = path.findIndex(({ stage }) => stage === 'endpoint' || stage === 'load-balancer');
  const { component, before: ends } = path[index] ?? {};
  const at = path[index - 1]?.at;
  const zone = at && resources.find(NetworkInterface, at.interfaceId)?.row.zone;
  if (!component || !ends || zone === undefined) return undefined;
  const balancers = balancersAt(resources, component).filter(({ row }) => row.nodes.some((node) => node.zone === zone));
  return { balancers, zone, ends };
}

const takes = ({ protocols, port }: ListenerRow, { protocol, destinationPort }: PacketEnds): boolean =>
  protocols.includes(protocol) && (port === undefined || port === destinationPort);

/**
 * Listeners and targets that could not help, for a packet that was lost at a load balancer or behind it, or came to somebody
 * else than `wanted`.
 */
export function targetsThatDoNotHelp(
  resources: Resources,
  explanation: Explanation,
  wanted?: ReadonlySet<string>,
): readonly AnalysisExplanation[] {
  const passed = passedBy(resources, explanation);
  if (!passed) return [];
  const { balancers, ends } = passed;
  return balancers.flatMap((balancer): readonly AnalysisExplanation[] => {
    const { listeners } = balancer.row;
    const taking = listeners.filter((listener) => takes(listener, ends));
    if (taking.length === 0) return listeners.map((listener) => portRestriction(resources, balancer, listener));
    return taking.flatMap((listener) => groupsThatDoNotHelp(resources, balancer, listener, passed.zone, wanted));
  });
}

/** Members that name a listener; one of a Classic Load Balancer has no ARN, and is known by its two ports. */
const listenerMembers = (resources: Resources, balancer: FoundBalancer, { id, port }: ListenerRow) => ({
  ...(isClassic(balancer) && classicMembers(resources, balancer, port)),
  ...(id && { component: resources.component(id), elasticLoadBalancerListener: resources.component(id) }),
  loadBalancerArn: balancer.row.id,
  loadBalancerListenerPort: port,
});

const isClassic = ({ row }: FoundBalancer): boolean => row.type === 'classic';

function classicMembers(
  resources: Resources,
  { row, tx }: FoundBalancer,
  port: number | undefined,
): Partial<AnalysisExplanation> {
  const { listeners = [] } = tx.find(ClassicLoadBalancer, row.id) ?? {};
  return {
    component: resources.component(row.id),
    classicLoadBalancerListener: listeners.find(({ loadBalancerPort }) => loadBalancerPort === port),
  };
}

const portRestriction = (
  resources: Resources,
  balancer: FoundBalancer,
  listener: ListenerRow,
): AnalysisExplanation => ({
  explanationCode: isClassic(balancer) ? 'ELB_LISTENER_PORT_RESTRICTION' : 'ELBV2_LISTENER_PORT_RESTRICTION',
  ...listenerMembers(resources, balancer, listener),
  protocols: listener.protocols.map(protocolName),
  ...(listener.port !== undefined && { portRanges: [{ from: listener.port, to: listener.port }] }),
});

function groupsThatDoNotHelp(
  resources: Resources,
  balancer: FoundBalancer,
  listener: ListenerRow,
  zone: string,
  wanted: ReadonlySet<string> | undefined,
): readonly AnalysisExplanation[] {
  const { groups } = listener;
  const members = listenerMembers(resources, balancer, listener);
  if (!isClassic(balancer) && groups.every(({ targets }) => targets.length === 0)) {
    return [{ explanationCode: 'ELBV2_LISTENER_HAS_NO_TG', ...members }];
  }
  const isWanted = ({ address }: TargetRow): boolean => wanted?.has(holderOf(balancer, address)?.id ?? '') ?? false;
  const refuses = wanted && !groups.some(({ weight, targets }) => weight > 0 && targets.some(isWanted));
  const refusal: AnalysisExplanation = {
    // A Classic Load Balancer has instances and no target groups.
    explanationCode: isClassic(balancer) ? 'TARGET_ADDRESS_RESTRICTION' : 'ELBV2_LISTENER_REQUIRES_TG_ACCEPT',
    ...members,
    ...(!isClassic(balancer) && {
      loadBalancerTargetGroups: groups.flatMap(({ id }) => (id ? [resources.component(id)] : [])),
    }),
  };
  return [
    ...(refuses ? [refusal] : []),
    ...groups.flatMap((group) => targetsElsewhere(resources, balancer, group, zone)),
  ];
}

const targetsElsewhere = (
  resources: Resources,
  balancer: FoundBalancer,
  group: TargetGroupRow,
  zone: string,
): readonly AnalysisExplanation[] =>
  group.targets
    .filter((target) => !isServed(group, target, zone))
    .map((target) => ({
      ...targetElsewhere(resources, balancer, target),
      ...(group.id && { loadBalancerTargetGroup: resources.component(group.id) }),
    }));

function targetElsewhere(resources: Resources, balancer: FoundBalancer, target: TargetRow): AnalysisExplanation {
  const { zone = '' } = target;
  const isEnabled = balancer.row.nodes.some((node) => node.zone === zone);
  return {
    explanationCode: isEnabled ? 'ELB_NOT_CROSSZONE' : 'ELB_INSTALLED_AZ_RESTRICTION',
    availabilityZones: [zone],
    loadBalancerArn: balancer.row.id,
    loadBalancerTarget: analysisTarget(resources, balancer, target),
  };
}

/** A target as an analysis names it. */
function analysisTarget(
  resources: Resources,
  balancer: FoundBalancer,
  { address, zone }: TargetRow,
): AnalysisLoadBalancerTarget {
  const attachment = holderOf(balancer, address)?.attachment;
  return {
    address: formatIpv4(address),
    availabilityZone: zone,
    instance: attachment && resources.component(attachment.instanceId),
  };
}

/** The interface of the load balancer's VPC that has an address. */
function holderOf({ row, tx }: FoundBalancer, address: TargetRow['address']): NetworkInterface | undefined {
  const node = tx.find(NetworkInterface, row.nodes[0]?.interfaceId ?? '');
  const subnets = node ? tx.by(Subnet, 'vpcId', node.vpcId) : [];
  return subnets.flatMap(({ id }) => tx.by(NetworkInterface, 'address', addressKey(id, address)))[0];
}

/** Why a load balancer's node does not send to this address; undefined where it does. */
export function refusalOfTarget(
  resources: Resources,
  balancers: readonly FoundBalancer[],
  { nodeId, destination }: { readonly nodeId: string; readonly destination: IpAddress },
): AnalysisExplanation | undefined {
  const balancer = balancers.find(({ row }) => row.nodes.some((node) => node.interfaceId === nodeId));
  const zone = balancer?.row.nodes.find((node) => node.interfaceId === nodeId)?.zone;
  if (!balancer || zone === undefined) return undefined;
  const groups = balancer.row.listeners.flatMap((listener) => listener.groups);
  const serving = groups.filter(({ targets }) => targets.some(({ address }) => address === destination));
  if (serving.length === 0) {
    const address = isIpv4(destination) ? formatIpv4(destination) : undefined;
    return { explanationCode: 'TARGET_ADDRESS_RESTRICTION', loadBalancerArn: balancer.row.id, address };
  }
  const refusals = serving.map((group) => {
    const own = { ...group, targets: group.targets.filter(({ address }) => address === destination) };
    return targetsElsewhere(resources, balancer, own, zone)[0];
  });
  return refusals.includes(undefined) ? undefined : refusals[0];
}

/** How a load balancer has sent a packet on. */
export interface BalancedWay {
  readonly balancer: FoundBalancer;
  readonly listener: ListenerRow;
  readonly group: TargetGroupRow;
  readonly target: TargetRow;
}

/** The listener, the group and the target by which a packet went from one look to another; undefined for answers. */
export function balancedWay(
  resources: Resources,
  balancerId: string,
  before: PacketEnds,
  after: PacketEnds,
): BalancedWay | undefined {
  const [balancer] = balancersAt(resources, { kind: 'load-balancer', id: balancerId, detail: '' });
  const address = parseIpv4(after.destination);
  for (const listener of balancer?.row.listeners ?? []) {
    if (!balancer || !takes(listener, before)) continue;
    for (const group of listener.groups) {
      const target = group.targets.find(
        (one) => one.address === address && (one.port ?? before.destinationPort) === after.destinationPort,
      );
      if (target) return { balancer, listener, group, target };
    }
  }
  return undefined;
}

/** What a load balancer on the way has made of a packet. */
export interface BalancedStep {
  readonly step: TraceStep;
  /** A Classic Load Balancer sends by the port of its listener alone. */
  readonly isClassic: boolean;
  /** Whether the target sees the client's address. */
  readonly keepsClient: boolean;
  /** Members that name the load balancer, its listener and its target. */
  readonly members: Partial<AnalysisExplanation>;
}

/** The load balancer that a delivered packet was sent to; undefined where there was none. */
export function balancedStepOn(resources: Resources, { path }: Explanation): BalancedStep | undefined {
  const step = path.find(({ stage }) => stage === 'load-balancer');
  const { before, after, component } = step ?? {};
  if (!step || !before || !after || !component) return undefined;
  const way = balancedWay(resources, component.id, before, after);
  return {
    step,
    isClassic: isClassicArn(component.id),
    keepsClient: before.source === after.source,
    members: {
      loadBalancerArn: component.id,
      ...(way && listenerMembers(resources, way.balancer, way.listener)),
      ...(way?.group.id && { loadBalancerTargetGroup: resources.component(way.group.id) }),
      ...(way && {
        loadBalancerTarget: analysisTarget(resources, way.balancer, way.target),
        loadBalancerTargetPort: after.destinationPort,
      }),
    },
  };
}
