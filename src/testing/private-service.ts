/** An endpoint service and what is needed to connect to it, built through the real actions. */
import { LOAD_BALANCER_TAG } from '../model/load-balancers.ts';
import { given, type Lab, lab } from './instance-parts.ts';

/** The ARN that a load balancer of this name would have in an account. */
export const loadBalancerArn = (name: string, account = '123456789012', region = 'us-east-1'): string =>
  `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/net/${name}/50dc6c495c0c9188`;

/** Launches an instance that the load balancer sends to. */
export const targetOf = (net: Lab, name: string, subnetId = net.subnetId): string =>
  net.instance({
    SubnetId: subnetId,
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: LOAD_BALANCER_TAG, Value: name }] }],
  });

/** A lab in which a service `shop` with one target stands; acceptance is required if said so. */
export function serviceLab(acceptanceRequired = false): Lab & { serviceId: string; serviceName: string } {
  const net = lab();
  targetOf(net, 'shop');
  const { ServiceConfiguration: made } = net.account.call('CreateVpcEndpointServiceConfiguration', {
    NetworkLoadBalancerArns: [loadBalancerArn('shop')],
    AcceptanceRequired: acceptanceRequired,
  });
  return { ...net, serviceId: given(made?.ServiceId), serviceName: given(made?.ServiceName) };
}
