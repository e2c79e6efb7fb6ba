/**
 * Instances behind Classic Load Balancers: how they are registered, where they are sent to, and how they are. An instance
 * is well while its interface runs; that the program on it answers is not asked.
 *
 * Source: Elastic Load Balancing API reference of 2012-06-01 (InstanceState for states and sentences); User Guide for
 * Classic Load Balancers, config-conn-drain.
 */
import type { Ipv4 } from '../net/address.ts';
import { type InstanceId, isId } from '../net/identifiers.ts';
import { primaryInterface } from './dns-names.ts';
import { Fault } from './fault.ts';
import { quota } from './quotas.ts';
import { ClassicLoadBalancer } from './resources/classic-load-balancer.ts';
import { Instance } from './resources/instance.ts';
import type { Transaction } from './transaction.ts';

const found = (tx: Transaction, id: string): Instance => {
  const instance = isId('i', id) ? tx.find(Instance, id) : undefined;
  if (instance) return instance;
  throw new Fault('InvalidInstance', `Could not find EC2 instance ${id}.`);
};

/** RegisterInstancesWithLoadBalancer; whether they run does not matter. @throws Fault InvalidInstance */
export function registerInstances(
  tx: Transaction,
  row: ClassicLoadBalancer,
  ids: readonly string[],
): ClassicLoadBalancer {
  const added = ids.map((id) => {
    const instance = found(tx, id);
    if (instance.state === 'terminated') throw new Fault('InvalidInstance', `Could not find EC2 instance ${id}.`);
    if (primaryInterface(tx, instance.id)?.vpcId === row.vpcId) return instance.id;
    throw new Fault('InvalidInstance', `EC2 instance ${id} is not in the same VPC as ELB.`);
  });
  const instanceIds = [...new Set([...row.instanceIds, ...added])];
  if (instanceIds.length > quota(tx, 'instancesPerClassicLoadBalancer')) {
    throw new Fault('InvalidConfigurationRequest', 'The maximum number of registered instances has been reached');
  }
  const draining = row.draining.filter(({ instanceId }) => !added.includes(instanceId));
  return tx.update(ClassicLoadBalancer, row.id, { instanceIds, draining });
}

/**
 * DeregisterInstancesFromLoadBalancer. With connection draining what an instance is in the midst of goes on for the
 * timeout, without it ends. What is not registered is none of its business.
 * @throws Fault InvalidInstance for what is no instance
 */
export function deregisterInstances(
  tx: Transaction,
  row: ClassicLoadBalancer,
  ids: readonly string[],
): ClassicLoadBalancer {
  const asked: readonly string[] = ids.map((id) => found(tx, id).id);
  const removed = row.instanceIds.filter((id) => asked.includes(id));
  const { drainsConnections, drainingSeconds } = row.attributes;
  const untilMs = tx.nowMs + 1000 * drainingSeconds;
  return tx.update(ClassicLoadBalancer, row.id, {
    instanceIds: row.instanceIds.filter((id) => !removed.includes(id)),
    draining: [
      ...row.draining.filter((one) => one.untilMs > tx.nowMs),
      ...(drainsConnections ? removed.map((instanceId) => ({ instanceId, untilMs })) : []),
    ],
  });
}

/** An instance with where it is sent to. */
export interface PlacedInstance {
  readonly instanceId: InstanceId;
  /** The first address of its primary interface. */
  readonly address: Ipv4;
  readonly zone: string;
}

/** Where an instance is sent to; undefined for one that was terminated, or has no IPv4 address. */
export function placedInstance(tx: Transaction, instanceId: InstanceId): PlacedInstance | undefined {
  const networkInterface = primaryInterface(tx, instanceId);
  const address = networkInterface?.ipv4Addresses[0];
  return networkInterface && address !== undefined ? { instanceId, address, zone: networkInterface.zone } : undefined;
}

/** How an instance is, in ELB's words. */
export interface InstanceHealth {
  readonly instanceId: InstanceId;
  readonly state: 'InService' | 'OutOfService';
  readonly reasonCode: 'ELB' | 'Instance' | 'N/A';
  readonly description: string;
}

/** Health of the instances that are named, of all that are registered where none is. @throws Fault InvalidInstance */
export const healthOfInstances = (
  tx: Transaction,
  row: ClassicLoadBalancer,
  ids: readonly string[],
): readonly InstanceHealth[] =>
  (ids.length > 0 ? ids : row.instanceIds).map((id) => {
    const instance = found(tx, id);
    return { instanceId: instance.id, ...healthOf(tx, row, instance) };
  });

function healthOf(
  tx: Transaction,
  row: ClassicLoadBalancer,
  { id, state, zone }: Instance,
): Omit<InstanceHealth, 'instanceId'> {
  const out = (reasonCode: 'ELB' | 'Instance', description: string) =>
    ({ state: 'OutOfService', reasonCode, description }) as const;
  if (!row.instanceIds.includes(id)) {
    const drains = row.draining.some((one) => one.instanceId === id && one.untilMs > tx.nowMs);
    if (drains)
      return { state: 'InService', reasonCode: 'N/A', description: 'Instance deregistration currently in progress.' };
    return out('Instance', 'Instance is not currently registered with the LoadBalancer.');
  }
  if (!row.nodes.some((node) => node.zone === zone)) {
    const description =
      'Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.';
    return out('ELB', description);
  }
  if (state === 'running') return { state: 'InService', reasonCode: 'N/A', description: 'N/A' };
  const shown = state === 'pending' || state === 'terminated' ? state : 'stopped';
  return out('Instance', `Instance is in ${shown} state.`);
}
