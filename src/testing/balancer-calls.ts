/** Random calls about load balancers, for tests of what follows from changes; refusals are part of them. */
import { deregisterInstances, registerInstances } from '../model/classic-instances.ts';
import { addListeners, removeListeners, setAttributes } from '../model/classic-listeners.ts';
import {
  attachSubnets,
  createClassicLoadBalancer,
  deleteClassicLoadBalancer,
} from '../model/classic-load-balancers.ts';
import { createListener, deleteListener } from '../model/listeners.ts';
import { createLoadBalancer, deleteLoadBalancer, setSubnets } from '../model/load-balancer-lifecycle.ts';
import { ClassicLoadBalancer } from '../model/resources/classic-load-balancer.ts';
import { Listener } from '../model/resources/listener.ts';
import { LoadBalancer } from '../model/resources/load-balancer.ts';
import { TargetGroup } from '../model/resources/target-group.ts';
import { createTargetGroup, deregisterTargets, registerTargets } from '../model/target-groups.ts';
import type { Transaction } from '../model/transaction.ts';
import type { Committed } from '../model/world.ts';
import type { TestAccount } from './account.ts';

/** Where and with what. */
interface Pieces {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly instanceId: string;
}

/** Each makes, changes or takes something. */
export function balancerCalls(
  account: TestAccount,
  random: (bound: number) => number,
  { vpcId, subnetId, instanceId }: Pieces,
): readonly (() => Committed<unknown>)[] {
  const one = <T>(items: readonly T[]): T => {
    const item = items[random(items.length || 1)];
    if (item === undefined) throw new Error('there is none of these');
    return item;
  };
  const places = [{ subnetId, allocationId: undefined, privateIpv4: undefined }];
  const name = `nlb${random(3)}`;
  const works: readonly ((tx: Transaction) => unknown)[] = [
    (tx) =>
      createLoadBalancer(tx, {
        name,
        type: random(4) === 0 ? 'gateway' : 'network',
        scheme: random(2) === 0 ? 'internal' : 'internet-facing',
        places,
        securityGroupIds: [],
        tags: {},
      }),
    (tx) => deleteLoadBalancer(tx, one(tx.list(LoadBalancer))),
    (tx) => setSubnets(tx, one(tx.list(LoadBalancer)), places),
    (tx) => {
      const attributes = { 'load_balancing.cross_zone.enabled': String(random(2) === 0) };
      return tx.update(LoadBalancer, one(tx.list(LoadBalancer)).id, { attributes });
    },
    (tx) =>
      createTargetGroup(tx, {
        name,
        targetType: 'instance',
        protocol: 'TCP',
        port: 80,
        vpcId,
        healthCheck: {},
        tags: {},
      }),
    (tx) => registerTargets(tx, one(tx.list(TargetGroup)), [{ Id: instanceId }]),
    (tx) => deregisterTargets(tx, one(tx.list(TargetGroup)), [{ Id: instanceId }]),
    (tx) =>
      createListener(tx, {
        balancer: one(tx.list(LoadBalancer)),
        takes: { protocol: 'TCP', port: 80 + random(2) },
        forwardsTo: [{ targetGroupArn: one(tx.list(TargetGroup)).id, weight: 1 }],
        tags: {},
      }),
    (tx) => deleteListener(tx, one(tx.list(Listener))),
    ...classicWorks(random, { subnetId, instanceId }, (tx) => one(tx.list(ClassicLoadBalancer))),
  ];
  const nowMs = account.transact((tx) => tx.nowMs);
  return works.map((work) => () => account.world.transact(account.scope, nowMs, work));
}

const classicWorks = (
  random: (bound: number) => number,
  { subnetId, instanceId }: Pick<Pieces, 'subnetId' | 'instanceId'>,
  some: (tx: Transaction) => ClassicLoadBalancer,
): readonly ((tx: Transaction) => unknown)[] => [
  (tx) =>
    createClassicLoadBalancer(tx, {
      name: `elb${random(2)}`,
      scheme: random(2) === 0 ? 'internal' : 'internet-facing',
      listeners: [{ loadBalancerPort: 80, instancePort: 8080 }],
      subnetIds: [subnetId],
      zones: [],
      securityGroupIds: [],
      tags: {},
    }),
  (tx) => deleteClassicLoadBalancer(tx, some(tx).name),
  (tx) => attachSubnets(tx, some(tx), [subnetId]),
  (tx) => addListeners(tx, some(tx), [{ loadBalancerPort: 80 + random(3), instancePort: 8080 }]),
  (tx) => removeListeners(tx, some(tx), [80 + random(3)]),
  (tx) => setAttributes(tx, some(tx), { crossZone: random(2) === 0, drainsConnections: random(2) === 0 }),
  (tx) => registerInstances(tx, some(tx), [instanceId]),
  (tx) => deregisterInstances(tx, some(tx), [instanceId]),
];
