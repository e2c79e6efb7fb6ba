/**
 * Where the targets of a group are, and how they are: a target is well while its interface runs. That the program on it
 * answers is not asked (real health checks are yet to be built).
 *
 * Source: Elastic Load Balancing API reference, TargetHealth, for states, reasons and sentences.
 */
import type { Ipv4 } from '../net/address.ts';
import { primaryInterface } from './dns-names.ts';
import { instanceOfInterface } from './instance-interfaces.ts';
import { loadBalancerAttribute, targetGroupAttribute } from './load-balancing-attributes.ts';
import { Instance } from './resources/instance.ts';
import type { LoadBalancer } from './resources/load-balancer.ts';
import { addressKey, NetworkInterface } from './resources/network-interface.ts';
import { Subnet } from './resources/subnet.ts';
import type { RegisteredTarget, TargetGroup } from './resources/target-group.ts';
import { balancersOfGroup, isSameTarget } from './target-groups.ts';
import type { Transaction } from './transaction.ts';

/** A target with where it is. */
export interface PlacedTarget {
  readonly target: RegisteredTarget;
  readonly port: number;
  /** Undefined for an instance without an interface that has an IPv4 address. */
  readonly address: Ipv4 | undefined;
  /** Undefined for addresses outside of the VPC, which nodes of all zones send to. */
  readonly zone: string | undefined;
  /** The interface of the group's VPC that has the address; undefined where there is none. */
  readonly networkInterface: NetworkInterface | undefined;
}

/** The targets of a group; an instance that was terminated is none any more. */
export const placedTargets = (tx: Transaction, group: TargetGroup): readonly PlacedTarget[] =>
  group.targets.flatMap((target) => placed(tx, group, target) ?? []);

function placed(tx: Transaction, { vpcId }: TargetGroup, target: RegisteredTarget): PlacedTarget | undefined {
  const { port } = target;
  if (target.kind === 'ip') {
    const { address, zone } = target;
    return { target, port, address, zone, networkInterface: interfaceAt(tx, vpcId, address) };
  }
  const instance = tx.find(Instance, target.instanceId);
  if (!instance || instance.state === 'terminated') return undefined;
  const networkInterface = primaryInterface(tx, instance.id);
  const [address] = networkInterface?.ipv4Addresses ?? [];
  return { target, port, address, zone: networkInterface?.zone, networkInterface };
}

const interfaceAt = (tx: Transaction, vpcId: string, address: Ipv4): NetworkInterface | undefined =>
  tx.by(Subnet, 'vpcId', vpcId).flatMap(({ id }) => tx.by(NetworkInterface, 'address', addressKey(id, address)))[0];

/** Whether the nodes of a load balancer send to this group's targets in other zones too. */
export function isCrossZone(balancer: LoadBalancer, group: TargetGroup): boolean {
  const own =
    group.protocol === 'GENEVE'
      ? 'use_load_balancer_configuration'
      : targetGroupAttribute(group, 'load_balancing.cross_zone.enabled');
  if (own !== 'use_load_balancer_configuration') return own === 'true';
  return loadBalancerAttribute(balancer, 'load_balancing.cross_zone.enabled') === 'true';
}

/** State of a target, with the reason and the sentence that belong to it; both undefined for a healthy one. */
export interface Health {
  readonly state: 'healthy' | 'unhealthy' | 'unused' | 'draining';
  readonly reason:
    | 'Target.NotInUse'
    | 'Target.InvalidState'
    | 'Target.FailedHealthChecks'
    | 'Target.DeregistrationInProgress'
    | undefined;
  readonly description: string | undefined;
}

const HEALTHY: Health = { state: 'healthy', reason: undefined, description: undefined };

/** How a registered target is. */
export function healthOf(tx: Transaction, group: TargetGroup, one: PlacedTarget): Health {
  const [balancer] = balancersOfGroup(tx, group);
  if (!balancer) {
    const description = 'Target group is not configured to receive traffic from the load balancer';
    return { state: 'unused', reason: 'Target.NotInUse', description };
  }
  const isInZone = one.zone === undefined || balancer.nodes.some(({ zone }) => zone === one.zone);
  if (!isInZone && !isCrossZone(balancer, group)) {
    const description = 'Target is in an Availability Zone that is not enabled for the load balancer';
    return { state: 'unused', reason: 'Target.NotInUse', description };
  }
  if (one.target.kind === 'instance') {
    const state = tx.find(Instance, one.target.instanceId)?.state;
    if (state === 'running') return HEALTHY;
    return { state: 'unused', reason: 'Target.InvalidState', description: 'Target is in the stopped state' };
  }
  const holder = one.networkInterface && instanceOfInterface(tx, one.networkInterface);
  const isOutside = one.zone === undefined;
  if (isOutside || holder?.row.state === 'running') return HEALTHY;
  return { state: 'unhealthy', reason: 'Target.FailedHealthChecks', description: 'Health checks failed' };
}

/** The sentence for a target that was deregistered a moment ago. */
export const DRAINING: Health = {
  state: 'draining',
  reason: 'Target.DeregistrationInProgress',
  description: 'Target deregistration is in progress',
};

/** Deregistered targets whose delay is not over. */
export const drainingTargets = (tx: Transaction, { draining, targets }: TargetGroup): readonly RegisteredTarget[] =>
  draining
    .filter(({ target, untilMs }) => untilMs > tx.nowMs && !targets.some((one) => isSameTarget(one, target)))
    .map(({ target }) => target);
