/** Load balancers for tests, made by the model's rules. */

import { createListener, type ListenerSpec } from '../model/listeners.ts';
import { createLoadBalancer, type LoadBalancerSpec } from '../model/load-balancer-lifecycle.ts';
import type { Listener } from '../model/resources/listener.ts';
import type { LoadBalancer } from '../model/resources/load-balancer.ts';
import { TargetGroup } from '../model/resources/target-group.ts';
import {
  createTargetGroup,
  registerTargets,
  type TargetDescription,
  type TargetGroupSpec,
} from '../model/target-groups.ts';
import type { TestAccount } from './account.ts';

/** Makes a Network Load Balancer with a node in each of the subnets, internal unless said otherwise. */
export const balancerIn = (
  account: TestAccount,
  subnetIds: readonly string[],
  spec: Partial<LoadBalancerSpec> = {},
): LoadBalancer =>
  account.transact((tx) =>
    createLoadBalancer(tx, {
      name: 'shop',
      type: 'network',
      scheme: 'internal',
      places: subnetIds.map((subnetId) => ({ subnetId, allocationId: undefined, privateIpv4: undefined })),
      securityGroupIds: [],
      tags: {},
      ...spec,
    }),
  );

/** Makes a group of instances that take TCP at port 80 unless said otherwise, with targets. */
export const groupOf = (
  account: TestAccount,
  vpcId: string,
  targets: readonly TargetDescription[],
  spec: Partial<TargetGroupSpec> = {},
): TargetGroup =>
  account.transact((tx) => {
    const group = createTargetGroup(tx, {
      name: 'shop',
      targetType: 'instance',
      protocol: 'TCP',
      port: 80,
      vpcId,
      healthCheck: {},
      tags: {},
      ...spec,
    });
    registerTargets(tx, group, targets);
    return tx.get(TargetGroup, group.id);
  });

/** Makes a listener, of TCP at port 80 unless said otherwise. */
export const listenerOf = (
  account: TestAccount,
  balancer: LoadBalancer,
  groups: readonly TargetGroup[],
  spec: Partial<ListenerSpec> = {},
): Listener =>
  account.transact((tx) =>
    createListener(tx, {
      balancer,
      takes: { protocol: 'TCP', port: 80 },
      forwardsTo: groups.map(({ id }) => ({ targetGroupArn: id, weight: 1 })),
      tags: {},
      ...spec,
    }),
  );
