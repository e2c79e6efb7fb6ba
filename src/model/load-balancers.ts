/**
 * Network Load Balancers, as far as endpoint services need them.
 *
 * ELB is another API, which localvpc does not serve. So a load balancer is named by the ARN that it would have, and its
 * targets are the instances of the account that carry its name in the tag `localvpc:load-balancer`. Each listener is a
 * port, forwarded to the same port of a target. As with ELB unless told otherwise, a node sends to targets of its own
 * zone alone; there is a node in each zone that has a target when the service is made or the load balancer is added.
 */
import type { Ipv4 } from '../net/address.ts';
import type { NetworkInterfaceId, VpcEndpointServiceId } from '../net/identifiers.ts';
import { primaryInterface } from './dns-names.ts';
import { Fault } from './fault.ts';
import { createServiceInterface, removeNetworkInterface } from './network-interface-creation.ts';
import { Instance } from './resources/instance.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { Subnet } from './resources/subnet.ts';
import type { LoadBalancerNode, ServiceLoadBalancer } from './resources/vpc-endpoint-service.ts';
import type { Transaction } from './transaction.ts';

/** Key of the tag that makes an instance a target; its value is the load balancer's name. */
export const LOAD_BALANCER_TAG = 'localvpc:load-balancer';

/** Who ELB says made an interface. */
const REQUESTER = 'amazon-elb';
/** `arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/my-nlb/50dc6c495c0c9188` */
const ARN =
  /^arn:aws[a-z-]*:elasticloadbalancing:([a-z0-9-]+):(\d{12}):loadbalancer\/net\/([A-Za-z0-9-]{1,32})\/([0-9a-f]{16})$/;

/** The name in a load balancer's ARN, and the text by which ELB describes its interfaces; undefined for other texts. */
export function loadBalancerOf(arn: string): { readonly name: string; readonly description: string } | undefined {
  const [, , , name, digits] = ARN.exec(arn) ?? [];
  return name === undefined ? undefined : { name, description: `ELB net/${name}/${digits}` };
}

/** An instance that a load balancer sends to, by the first address of its primary interface. */
export interface LoadBalancerTarget {
  readonly networkInterface: NetworkInterface;
  readonly address: Ipv4;
}

/** The targets of a load balancer; those of another VPC than the first one's are none (unconfirmed as a rule). */
export function targetsOf(tx: Transaction, name: string): readonly LoadBalancerTarget[] {
  const targets = tx
    .list(Instance, ({ tags }) => tags[LOAD_BALANCER_TAG] === name)
    .flatMap(({ id }): LoadBalancerTarget[] => {
      const networkInterface = primaryInterface(tx, id);
      const address = networkInterface?.ipv4Addresses[0];
      return networkInterface && address !== undefined ? [{ networkInterface, address }] : [];
    });
  return targets.filter(({ networkInterface }) => networkInterface.vpcId === targets[0]?.networkInterface.vpcId);
}

/**
 * The load balancer of an ARN with its nodes, which it gets now.
 * @throws Fault InvalidParameter for an ARN of another form, account or Region, and without a target
 */
export function openLoadBalancer(tx: Transaction, arn: string): ServiceLoadBalancer {
  const [, region, account] = ARN.exec(arn) ?? [];
  const known = loadBalancerOf(arn);
  if (!known || region !== tx.region || account !== tx.account) {
    throw new Fault(
      'InvalidParameter',
      `The load balancer '${arn}' is no Network Load Balancer of this account and Region.`,
    );
  }
  const { name, description } = known;
  const zones = new Map(
    targetsOf(tx, name).map(({ networkInterface }) => [networkInterface.zone, networkInterface.subnetId]),
  );
  if (zones.size === 0) {
    const hint = `Tag the instances that it is to send to with ${LOAD_BALANCER_TAG}=${name} first.`;
    throw new Fault('InvalidParameter', `localvpc knows no target of the load balancer '${arn}'. ${hint}`);
  }
  const nodes = [...zones].map(([zone, subnetId]): LoadBalancerNode => {
    return { zone, networkInterfaceId: nodeInterface(tx, tx.get(Subnet, subnetId), description).id };
  });
  return { arn, name, nodes };
}

const nodeInterface = (tx: Transaction, subnet: Subnet, description: string): NetworkInterface =>
  createServiceInterface(tx, {
    subnet,
    description,
    interfaceType: 'network_load_balancer',
    requesterId: REQUESTER,
  });

/** Takes the nodes of a load balancer away. */
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
