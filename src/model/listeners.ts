/**
 * How listeners come, change and go.
 *
 * Source: Elastic Load Balancing API reference; guides of Network and Gateway Load Balancers. Sentences are unconfirmed
 * where AWS prints none.
 */
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { newListenerArn } from './load-balancer-names.ts';
import { quota } from './quotas.ts';
import { type ForwardedGroup, Listener } from './resources/listener.ts';
import type { LoadBalancer } from './resources/load-balancer.ts';
import { TargetGroup } from './resources/target-group.ts';
import { balancersOfGroup } from './target-groups.ts';
import type { Transaction } from './transaction.ts';

/** What CreateListener asks for. */
export interface ListenerSpec {
  readonly balancer: LoadBalancer;
  readonly takes: Listener['takes'];
  readonly forwardsTo: readonly ForwardedGroup[];
  readonly tags: Tags;
}

/**
 * Makes a listener. One at the same port and with the same settings is the one that is asked for.
 * @throws Fault DuplicateListener, TooManyListeners, ValidationError, IncompatibleProtocols, TargetGroupNotFound,
 *   TargetGroupAssociationLimit
 */
export function createListener(tx: Transaction, { balancer, takes, forwardsTo, tags }: ListenerSpec): Listener {
  checkPort(balancer, takes);
  checkGroups(tx, balancer, takes, forwardsTo);
  const others = tx.by(Listener, 'loadBalancerArn', balancer.id);
  const existing = others.find((other) => isAtSamePort(other.takes, takes));
  if (existing) {
    if (isSame(existing, takes, forwardsTo)) return existing;
    throw duplicate(balancer);
  }
  if (others.length >= quota(tx, 'listenersPerNetworkLoadBalancer')) throw new Fault('TooManyListeners');
  return tx.put(Listener, {
    id: newListenerArn(tx, balancer),
    loadBalancerArn: balancer.id,
    takes,
    forwardsTo,
    attributes: {},
    tags,
  });
}

const duplicate = ({ id }: LoadBalancer): Fault =>
  new Fault('DuplicateListener', `A listener already exists on this port for this load balancer '${id}'`);

const isAtSamePort = (one: Listener['takes'], other: Listener['takes']): boolean => one?.port === other?.port;

const isSame = (row: Listener, takes: Listener['takes'], forwardsTo: readonly ForwardedGroup[]): boolean =>
  row.takes?.protocol === takes?.protocol && JSON.stringify(row.forwardsTo) === JSON.stringify(forwardsTo);

function checkPort({ type }: LoadBalancer, takes: Listener['takes']): void {
  if (type === 'gateway') {
    if (!takes) return;
    throw new Fault('ValidationError', 'You cannot specify a protocol or port for a Gateway Load Balancer listener');
  }
  if (!takes) throw new Fault('ValidationError', 'A listener port and protocol must be specified');
  if (takes.port < 1 || takes.port > 65_535) {
    throw new Fault('ValidationError', `Listener port '${takes.port}' must be between 1 and 65535 inclusive`);
  }
}

function checkGroups(
  tx: Transaction,
  balancer: LoadBalancer,
  takes: Listener['takes'],
  forwardsTo: readonly ForwardedGroup[],
): void {
  if (forwardsTo.length === 0) throw new Fault('ValidationError', 'A default action must be specified');
  if (forwardsTo.length > quota(tx, 'targetGroupsPerAction')) {
    throw new Fault('ValidationError', 'You have exceeded the number of target groups that an action can have');
  }
  for (const { targetGroupArn: arn, weight } of forwardsTo) {
    const group = tx.find(TargetGroup, arn);
    if (!group) throw new Fault('TargetGroupNotFound', `One or more target groups not found: '${arn}'`);
    if (weight < 0 || weight > 999) throw new Fault('ValidationError', 'Weights must be between 0 and 999');
    checkProtocol(group, takes);
    if (group.vpcId !== balancer.vpcId) {
      const sentence = `The target group '${arn}' must be in the VPC of the load balancer, '${balancer.vpcId}'`;
      throw new Fault('InvalidConfigurationRequest', sentence);
    }
    if (balancersOfGroup(tx, group).some(({ id }) => id !== balancer.id)) {
      const sentence = `The following target groups cannot be associated with more than one load balancer: ${arn}`;
      throw new Fault('TargetGroupAssociationLimit', sentence);
    }
  }
}

/** Protocols of the groups that a listener of each protocol may forward to (NLB guide, "Listener configuration"). */
const FORWARDED = {
  TCP: ['TCP', 'TCP_UDP'],
  UDP: ['UDP', 'TCP_UDP'],
  TCP_UDP: ['TCP_UDP'],
} as const satisfies Record<NonNullable<Listener['takes']>['protocol'], readonly TargetGroup['protocol'][]>;

function checkProtocol({ id, protocol }: TargetGroup, takes: Listener['takes']): void {
  const fitting: readonly TargetGroup['protocol'][] = takes ? FORWARDED[takes.protocol] : ['GENEVE'];
  if (fitting.includes(protocol)) return;
  const sentence = `The target group '${id}' has a protocol that is incompatible with the listener's: ${protocol}`;
  throw new Fault('IncompatibleProtocols', sentence);
}

/** What ModifyListener asks for; undefined for what stays. */
export interface ListenerChange {
  readonly takes: Listener['takes'];
  readonly forwardsTo: readonly ForwardedGroup[] | undefined;
}

/** @throws Fault as CreateListener */
export function modifyListener(
  tx: Transaction,
  balancer: LoadBalancer,
  listener: Listener,
  change: ListenerChange,
): Listener {
  const { takes = listener.takes, forwardsTo = listener.forwardsTo } = change;
  checkPort(balancer, takes);
  checkGroups(tx, balancer, takes, forwardsTo);
  const others = tx.by(Listener, 'loadBalancerArn', balancer.id).filter(({ id }) => id !== listener.id);
  if (others.some((other) => isAtSamePort(other.takes, takes))) throw duplicate(balancer);
  return tx.update(Listener, listener.id, { takes, forwardsTo });
}

/** Its target groups stay. */
export const deleteListener = (tx: Transaction, { id }: Listener): void => tx.remove(Listener, id);
