/**
 * The Network Load Balancers behind endpoint services: those that ELB's API has made.
 *
 * One exception: a service that was imported names load balancers that nobody has described. Of such a one only the ARN and
 * the interfaces of its nodes are known; its targets are the instances of the account that carry its name in the tag
 * `localvpc:load-balancer`, every port is forwarded to the same one of a target, and a node sends to targets of its own
 * zone alone.
 */
import type { Ipv4 } from '../net/address.ts';
import type { LoadBalancerArn, NetworkInterfaceId, VpcEndpointServiceId } from '../net/identifiers.ts';
import { primaryInterface } from './dns-names.ts';
import { Fault } from './fault.ts';
import { interfaceDescriptionOf, isLoadBalancerArn, parseLoadBalancerArn } from './load-balancer-names.ts';
import { removeNetworkInterface } from './network-interface-creation.ts';
import { ClassicLoadBalancer } from './resources/classic-load-balancer.ts';
import { Instance } from './resources/instance.ts';
import { LoadBalancer } from './resources/load-balancer.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import {
  type LoadBalancerNode,
  type ServiceLoadBalancer,
  VpcEndpointService,
} from './resources/vpc-endpoint-service.ts';
import type { Transaction } from './transaction.ts';

/** Key of the tag that makes an instance a target of a load balancer that nobody has described; its value is the name. */
export const LOAD_BALANCER_TAG = 'localvpc:load-balancer';

/** What the ARN of a Network Load Balancer says of it, and how ELB describes its interfaces; undefined for other texts. */
export function loadBalancerOf(
  arn: string,
): { readonly arn: LoadBalancerArn; readonly name: string; readonly description: string } | undefined {
  const said = parseLoadBalancerArn(arn);
  if (said?.type !== 'network' || !isLoadBalancerArn(arn)) return undefined;
  return { arn, name: said.name, description: interfaceDescriptionOf(said) };
}

/** An instance that such a load balancer sends to, by the first address of its primary interface. */
export interface TaggedTarget {
  readonly networkInterface: NetworkInterface;
  readonly address: Ipv4;
}

/** The targets of a load balancer that nobody has described; those of another VPC than the first one's are none. */
export function targetsOf(tx: Transaction, name: string): readonly TaggedTarget[] {
  const targets = tx
    .list(Instance, ({ tags }) => tags[LOAD_BALANCER_TAG] === name)
    .flatMap(({ id }): TaggedTarget[] => {
      const networkInterface = primaryInterface(tx, id);
      const address = networkInterface?.ipv4Addresses[0];
      return networkInterface && address !== undefined ? [{ networkInterface, address }] : [];
    });
  return targets.filter(({ networkInterface }) => networkInterface.vpcId === targets[0]?.networkInterface.vpcId);
}

/**
 * The load balancer of an ARN, for an endpoint service.
 * @throws Fault InvalidParameter where the account has no such Network Load Balancer in the Region (sentence unconfirmed)
 */
export function serviceLoadBalancer(tx: Transaction, arn: string): ServiceLoadBalancer {
  const balancer = tx.find(LoadBalancer, arn);
  if (balancer?.type === 'network') return { arn: balancer.id, name: balancer.name, nodes: [] };
  throw new Fault(
    'InvalidParameter',
    `The load balancer '${arn}' is no Network Load Balancer of this account and Region.`,
  );
}

/** The nodes of a service's load balancer. */
export const nodesOf = (tx: Transaction, { arn, nodes }: ServiceLoadBalancer): readonly LoadBalancerNode[] =>
  tx.find(LoadBalancer, arn)?.nodes ?? nodes;

/** The load balancer whose node an interface is. */
export function balancerOfNode(tx: Transaction, id: NetworkInterfaceId): LoadBalancerArn | undefined {
  const [described] = tx.by(LoadBalancer, 'networkInterfaceId', id);
  if (described) return described.id;
  const [classic] = tx.by(ClassicLoadBalancer, 'networkInterfaceId', id);
  if (classic) return classic.id;
  const [service] = tx.by(VpcEndpointService, 'networkInterfaceId', id);
  return service?.loadBalancers.find(({ nodes }) => nodes.some((node) => node.networkInterfaceId === id))?.arn;
}

/** Takes the nodes away that only a service has. */
export function closeLoadBalancer(tx: Transaction, { nodes }: ServiceLoadBalancer): void {
  for (const { networkInterfaceId } of nodes) removeIfThere(tx, networkInterfaceId);
}

/** Removes a service's interface, as far as it is still there. */
export function removeIfThere(tx: Transaction, id: NetworkInterfaceId): void {
  const networkInterface = tx.find(NetworkInterface, id);
  if (networkInterface) removeNetworkInterface(tx, networkInterface);
}

/** Text of a service's name: "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0". */
export const serviceNameOf = (region: string, id: VpcEndpointServiceId): string => `com.amazonaws.vpce.${region}.${id}`;
