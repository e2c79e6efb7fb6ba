/** A Gateway Load Balancer with its appliances and endpoint service, and what is needed to connect to it. */
import { createListener } from '../model/listeners.ts';
import { createLoadBalancer } from '../model/load-balancer-lifecycle.ts';
import type { LoadBalancer } from '../model/resources/load-balancer.ts';
import { createTargetGroup, GENEVE_PORT, registerTargets } from '../model/target-groups.ts';
import { given, type Lab } from './instance-parts.ts';

/** A Gateway Load Balancer in a subnet, which sends to these instances. */
export const gatewayLoadBalancer = (
  { account }: Lab,
  name: string,
  subnetId: string,
  instanceIds: readonly string[],
): LoadBalancer =>
  account.transact((tx) => {
    const place = { subnetId, allocationId: undefined, privateIpv4: undefined };
    const balancer = createLoadBalancer(tx, {
      name,
      type: 'gateway',
      scheme: 'internal',
      places: [place],
      securityGroupIds: [],
      tags: {},
    });
    const group = createTargetGroup(tx, {
      name,
      targetType: 'instance',
      protocol: 'GENEVE',
      port: GENEVE_PORT,
      vpcId: balancer.vpcId,
      healthCheck: {},
      tags: {},
    });
    registerTargets(
      tx,
      group,
      instanceIds.map((Id) => ({ Id })),
    );
    createListener(tx, {
      balancer,
      takes: undefined,
      forwardsTo: [{ targetGroupArn: group.id, weight: 1 }],
      tags: {},
    });
    return balancer;
  });

/** An endpoint service of this load balancer, open to everybody. */
export function gatewayService({ account }: Lab, balancer: LoadBalancer, AcceptanceRequired = false) {
  const { ServiceConfiguration: made } = account.call('CreateVpcEndpointServiceConfiguration', {
    GatewayLoadBalancerArns: [balancer.id],
    AcceptanceRequired,
  });
  const ServiceId = given(made?.ServiceId);
  account.call('ModifyVpcEndpointServicePermissions', { ServiceId, AddAllowedPrincipals: ['*'] });
  return { ServiceId, ServiceName: given(made?.ServiceName), made: given(made) };
}
