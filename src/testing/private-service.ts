/** An endpoint service and what is needed to connect to it: a load balancer whose listeners forward to the same port. */
import { setSubnets } from '../model/load-balancer-lifecycle.ts';
import { LoadBalancer } from '../model/resources/load-balancer.ts';
import { Subnet } from '../model/resources/subnet.ts';
import { TargetGroup } from '../model/resources/target-group.ts';
import { VpcEndpointService } from '../model/resources/vpc-endpoint-service.ts';
import { deregisterTargets, registerTargets, targetId } from '../model/target-groups.ts';
import type { TestAccount } from './account.ts';
import { balancerIn, groupOf, listenerOf } from './balancers.ts';
import { given, type Lab, lab } from './instance-parts.ts';

/** The ports at which there are listeners, each with a group of its own. */
const PORTS = [443, 80] as const;

const groupName = (name: string, port: number): string => `${name}-${port}`;

const balancerNamed = (account: TestAccount, name: string): LoadBalancer | undefined =>
  account.transact((tx) => tx.by(LoadBalancer, 'name', name)[0]);

/** The ARN of the load balancer of this name. @throws Error when there is none */
export const loadBalancerArn = (account: TestAccount, name: string): string => given(balancerNamed(account, name)?.id);

/** Launches an instance that the load balancer sends to, and makes that where there is none yet. */
export function targetOf(net: Lab, name: string, subnetId = net.subnetId): string {
  const instanceId = net.instance({ SubnetId: subnetId });
  sendTo(net.account, name, instanceId);
  return instanceId;
}

/** Makes an instance a target of the load balancer, which gets a node in its zone unless a service names it already. */
export function sendTo(account: TestAccount, name: string, instanceId: string): void {
  const { Reservations } = account.call('DescribeInstances', { InstanceIds: [instanceId] });
  const { SubnetId = '', VpcId = '' } = given(Reservations?.[0]?.Instances?.[0]);
  const balancer = balancerNamed(account, name);
  if (balancer) addNode(account, balancer, SubnetId);
  else {
    const made = balancerIn(account, [SubnetId], { name });
    for (const port of PORTS) {
      const group = groupOf(account, VpcId, [], { name: groupName(name, port), port });
      listenerOf(account, made, [group], { takes: { protocol: 'TCP', port } });
    }
  }
  for (const port of PORTS) {
    account.transact((tx) => {
      const [group] = tx.by(TargetGroup, 'name', groupName(name, port));
      registerTargets(tx, given(group), [{ Id: instanceId }]);
    });
  }
}

function addNode(account: TestAccount, balancer: LoadBalancer, subnetId: string): void {
  account.transact((tx) => {
    const { zone } = tx.get(Subnet, subnetId);
    const isNamed = tx.by(VpcEndpointService, 'loadBalancerArn', balancer.id).length > 0;
    if (isNamed || balancer.nodes.some((node) => node.zone === zone)) return;
    const subnetIds = [...balancer.nodes.map((node) => node.subnetId), subnetId];
    const places = subnetIds.map((id) => ({ subnetId: id, allocationId: undefined, privateIpv4: undefined }));
    setSubnets(tx, balancer, places);
  });
}

/** Instances that the load balancer sends to, in the order in which they came. */
export const targetsOf = (account: TestAccount, name: string): readonly string[] =>
  account.transact((tx) => tx.by(TargetGroup, 'name', groupName(name, PORTS[0]))[0]?.targets.map(targetId) ?? []);

/** Has the load balancer send nothing to the instance any more. */
export function withdrawFrom(account: TestAccount, name: string, instanceId: string): void {
  for (const port of PORTS) {
    account.transact((tx) => {
      const [group] = tx.by(TargetGroup, 'name', groupName(name, port));
      deregisterTargets(tx, given(group), [{ Id: instanceId }]);
    });
  }
}

/** A lab in which a service `shop` with one target stands; acceptance is required if said so. */
export function serviceLab(acceptanceRequired = false): Lab & { serviceId: string; serviceName: string } {
  const net = lab();
  targetOf(net, 'shop');
  const { ServiceConfiguration: made } = net.account.call('CreateVpcEndpointServiceConfiguration', {
    NetworkLoadBalancerArns: [loadBalancerArn(net.account, 'shop')],
    AcceptanceRequired: acceptanceRequired,
  });
  return { ...net, serviceId: given(made?.ServiceId), serviceName: given(made?.ServiceName) };
}
