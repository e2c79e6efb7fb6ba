/**
 * What the DNS name of a load balancer stands for: the addresses of its nodes, or of a Network Load Balancer's one in a
 * zone ("us-east-1a.my-nlb-….elb.us-east-1.amazonaws.com").
 *
 * Names of load balancers to the internet stand for public addresses wherever they are asked, those of internal ones for
 * private addresses (NLB guide, "DNS names"). A zone without a target that is well has no address, as long as another zone
 * has one (zonal DNS failover).
 */
import type { Ipv4 } from '../net/address.ts';
import { healthOfInstances } from './classic-instances.ts';
import { publicAddressesOf } from './public-addresses.ts';
import { ClassicLoadBalancer } from './resources/classic-load-balancer.ts';
import { Instance } from './resources/instance.ts';
import { Listener } from './resources/listener.ts';
import { type BalancerNode, LoadBalancer, LoadBalancerDnsName } from './resources/load-balancer.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { TargetGroup } from './resources/target-group.ts';
import { WORLD } from './scope.ts';
import { healthOf, isCrossZone, placedTargets } from './target-health.ts';
import type { Transaction } from './transaction.ts';

/** The addresses of a load balancer by its name in lower case, whosever it is; undefined where it is nobody's. */
export function addressesOfBalancer(tx: Transaction, name: string): readonly Ipv4[] | undefined {
  const dot = name.indexOf('.');
  const whole = tx.in(WORLD).find(LoadBalancerDnsName, name);
  const found = whole ?? tx.in(WORLD).find(LoadBalancerDnsName, name.slice(dot + 1));
  if (!found) return undefined;
  const owner = tx.in({ account: found.account, region: found.region });
  const classic = owner.find(ClassicLoadBalancer, found.loadBalancerArn);
  if (classic) return whole && addressesOfNodes(owner, classic, (node) => hasInstance(owner, classic, node));
  const balancer = owner.find(LoadBalancer, found.loadBalancerArn);
  const nodes = balancer?.nodes.filter(({ zone }) => whole !== undefined || zone === name.slice(0, dot)) ?? [];
  if (!balancer || nodes.length === 0) return undefined;
  return addressesOfNodes(owner, { scheme: balancer.scheme, nodes }, (node) => hasHealthyTarget(owner, balancer, node));
}

function addressesOfNodes(
  tx: Transaction,
  { scheme, nodes }: Pick<LoadBalancer, 'scheme' | 'nodes'>,
  isWell: (node: BalancerNode) => boolean,
): readonly Ipv4[] {
  const well = nodes.filter(isWell);
  return (well.length > 0 ? well : nodes).flatMap((node) => addressOf(tx, scheme, node) ?? []);
}

function addressOf(
  tx: Transaction,
  scheme: LoadBalancer['scheme'],
  { networkInterfaceId }: BalancerNode,
): Ipv4 | undefined {
  const node = tx.find(NetworkInterface, networkInterfaceId);
  if (!node) return undefined;
  return scheme === 'internal' ? node.ipv4Addresses[0] : publicAddressesOf(tx, node)[0]?.publicAddress;
}

function hasHealthyTarget(tx: Transaction, balancer: LoadBalancer, { zone }: BalancerNode): boolean {
  const groups = tx
    .by(Listener, 'loadBalancerArn', balancer.id)
    .flatMap(({ forwardsTo }) =>
      forwardsTo.flatMap(({ targetGroupArn }) => tx.find(TargetGroup, targetGroupArn) ?? []),
    );
  return groups.some((group) =>
    placedTargets(tx, group).some(
      (one) =>
        (one.zone === undefined || one.zone === zone || isCrossZone(balancer, group)) &&
        healthOf(tx, group, one).state === 'healthy',
    ),
  );
}

/** Whether the node of a Classic Load Balancer has an instance that is in service. */
const hasInstance = (tx: Transaction, row: ClassicLoadBalancer, { zone }: BalancerNode): boolean =>
  healthOfInstances(tx, row, []).some(
    ({ state, instanceId }) =>
      state === 'InService' && (row.attributes.crossZone || tx.find(Instance, instanceId)?.zone === zone),
  );
