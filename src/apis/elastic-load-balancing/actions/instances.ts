/** Instances behind Classic Load Balancers, and how they are. */
import { deregisterInstances, healthOfInstances, registerInstances } from '../../../model/classic-instances.ts';
import { setHealthCheck } from '../../../model/classic-listeners.ts';
import { classicLoadBalancer } from '../../../model/classic-load-balancers.ts';
import { action } from '../action.ts';
import { describeHealthCheck, describeInstances } from '../rendering.ts';

const idsOf = (instances: readonly { readonly InstanceId?: string | undefined }[] = []): readonly string[] =>
  instances.map(({ InstanceId: id = '' }) => id);

export const RegisterInstancesWithLoadBalancer = action('RegisterInstancesWithLoadBalancer', (request, tx) => {
  const row = registerInstances(tx, classicLoadBalancer(tx, request.LoadBalancerName), idsOf(request.Instances));
  return { Instances: describeInstances(row) };
});

export const DeregisterInstancesFromLoadBalancer = action('DeregisterInstancesFromLoadBalancer', (request, tx) => {
  const row = deregisterInstances(tx, classicLoadBalancer(tx, request.LoadBalancerName), idsOf(request.Instances));
  return { Instances: describeInstances(row) };
});

export const DescribeInstanceHealth = action('DescribeInstanceHealth', (request, tx) => {
  const row = classicLoadBalancer(tx, request.LoadBalancerName);
  return {
    InstanceStates: healthOfInstances(tx, row, idsOf(request.Instances)).map((one) => ({
      InstanceId: one.instanceId,
      State: one.state,
      ReasonCode: one.reasonCode,
      Description: one.description,
    })),
  };
});

export const ConfigureHealthCheck = action(
  'ConfigureHealthCheck',
  (request, tx) => {
    const { HealthCheck: asked } = request;
    const { healthCheck } = setHealthCheck(tx, classicLoadBalancer(tx, request.LoadBalancerName), {
      target: asked.Target,
      intervalSeconds: asked.Interval,
      timeoutSeconds: asked.Timeout,
      unhealthyThreshold: asked.UnhealthyThreshold,
      healthyThreshold: asked.HealthyThreshold,
    });
    return { HealthCheck: describeHealthCheck(healthCheck) };
  },
  { state: 'record-only', because: 'an instance is in service while it runs; its program is not asked' },
);
