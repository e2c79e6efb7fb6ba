/**
 * How Classic Load Balancers come, change and go.
 *
 * Source: Elastic Load Balancing API reference of 2012-06-01; User Guide for Classic Load Balancers. The order of the
 * checks is unconfirmed, and so are sentences where AWS prints none.
 */
import type { SecurityGroupId, VpcId } from '../net/identifiers.ts';
import { checkedListeners, healthCheckOf } from './classic-listeners.ts';
import { checkedClassicName, classicArn, classicDnsName, newDnsNumber } from './classic-load-balancer-names.ts';
import { classicNode, removeClassicNode } from './classic-nodes.ts';
import { Fault } from './fault.ts';
import { freeIpv4Count } from './free-addresses.ts';
import type { Tags } from './kind.ts';
import { usableGroups } from './load-balancer-groups.ts';
import { defaultGroup } from './network-interface-groups.ts';
import { quota } from './quotas.ts';
import {
  type ClassicAttributes,
  type ClassicListener,
  ClassicLoadBalancer,
} from './resources/classic-load-balancer.ts';
import { InternetGateway } from './resources/internet-gateway.ts';
import { LoadBalancerDnsName } from './resources/load-balancer.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { Subnet } from './resources/subnet.ts';
import { WORLD } from './scope.ts';
import type { Transaction } from './transaction.ts';

/** What CreateLoadBalancer asks for. */
export interface ClassicSpec {
  readonly name: string;
  readonly scheme: ClassicLoadBalancer['scheme'];
  readonly listeners: readonly ClassicListener[];
  readonly subnetIds: readonly string[];
  /** Instead of subnets: the default subnets of these zones. */
  readonly zones: readonly string[];
  /** Empty for the default group of the VPC. */
  readonly securityGroupIds: readonly string[];
  readonly tags: Tags;
}

/** By the API; what consoles set instead is theirs (guide, enable-disable-crosszone-lb, config-conn-drain, config-idle-timeout). */
const DEFAULT_ATTRIBUTES: ClassicAttributes = {
  crossZone: false,
  drainsConnections: false,
  drainingSeconds: 300,
  idleTimeoutSeconds: 60,
  desyncMitigationMode: 'defensive',
};

/** Addresses that must be free in each subnet (guide, "Prepare your VPC and EC2 instances"). */
const MIN_FREE_ADDRESSES = 8;

/** The load balancer of this name. @throws Fault LoadBalancerNotFound */
export function classicLoadBalancer(tx: Transaction, name: string): ClassicLoadBalancer {
  const [found] = tx.by(ClassicLoadBalancer, 'name', name);
  if (found) return found;
  throw new Fault('LoadBalancerNotFound', `There is no ACTIVE Load Balancer named '${name}'`);
}

/**
 * Makes a load balancer with its nodes. One of the same name and settings is the one that is asked for.
 * @throws Fault ValidationError, DuplicateLoadBalancerName, SubnetNotFound, InvalidSubnet, InvalidSecurityGroup,
 *   InvalidConfigurationRequest, TooManyLoadBalancers, DuplicateListener
 */
export function createClassicLoadBalancer(tx: Transaction, spec: ClassicSpec): ClassicLoadBalancer {
  const name = checkedClassicName(spec.name);
  if (spec.listeners.length === 0) throw new Fault('ValidationError', 'Listeners cannot be empty');
  const listeners = checkedListeners(tx, name, [], spec.listeners);
  const subnets = placesOf(tx, spec);
  const [{ vpcId }] = subnets;
  const securityGroupIds = checkedGroups(tx, vpcId, spec.securityGroupIds);
  const [existing] = tx.by(ClassicLoadBalancer, 'name', name);
  if (existing) {
    const asked = { scheme: spec.scheme, listeners, securityGroupIds, subnetIds: subnets.map(({ id }) => id) };
    if (isSame(existing, asked)) return existing;
    const sentence = `Load Balancer named ${name} already exists and it is configured with different parameters.`;
    throw new Fault('DuplicateLoadBalancerName', sentence);
  }
  for (const subnet of subnets) checkRoom(tx, subnet);
  if (spec.scheme === 'internet-facing') refuseWithoutGateway(tx, vpcId);
  if (tx.size(ClassicLoadBalancer) >= quota(tx, 'classicLoadBalancersPerRegion'))
    throw new Fault('TooManyLoadBalancers');
  const fresh: ClassicLoadBalancer = {
    id: classicArn(tx, name),
    name,
    dnsNumber: newDnsNumber(tx),
    scheme: spec.scheme,
    vpcId,
    nodes: [],
    securityGroupIds,
    listeners,
    instanceIds: [],
    draining: [],
    healthCheck: healthCheckOf(listeners),
    attributes: DEFAULT_ATTRIBUTES,
    createdAtMs: tx.nowMs,
    tags: spec.tags,
  };
  const { account, region } = tx;
  tx.in(WORLD).put(LoadBalancerDnsName, { id: nameInDns(tx, fresh), account, region, loadBalancerArn: fresh.id });
  return tx.put(ClassicLoadBalancer, { ...fresh, nodes: subnets.map((subnet) => classicNode(tx, fresh, subnet)) });
}

/** DNS knows no capitals. */
const nameInDns = (tx: Transaction, row: ClassicLoadBalancer): string => classicDnsName(tx.region, row).toLowerCase();

type Settings = Pick<ClassicLoadBalancer, 'scheme' | 'listeners' | 'securityGroupIds'> & {
  readonly subnetIds: readonly string[];
};

function isSame(row: ClassicLoadBalancer, asked: Settings): boolean {
  const texts = ({ scheme, listeners, securityGroupIds, subnetIds }: Settings): string =>
    JSON.stringify([
      scheme,
      ...[listeners.map((one) => Object.values(one).join()), securityGroupIds, subnetIds].map(sorted),
    ]);
  return texts({ ...row, subnetIds: row.nodes.map(({ subnetId }) => subnetId) }) === texts(asked);
}

const sorted = (texts: readonly string[]): readonly string[] => [...texts].sort();

/** The subnets that are named, or the default ones of the zones. */
function placesOf(tx: Transaction, { subnetIds, zones }: ClassicSpec): readonly [Subnet, ...Subnet[]] {
  if (subnetIds.length > 0 && zones.length > 0) {
    throw new Fault('ValidationError', 'Only one of Subnets or AvailabilityZones parameter can be specified');
  }
  const subnets = subnetIds.length > 0 ? checkedSubnets(tx, subnetIds) : defaultSubnets(tx, zones);
  const [first, ...others] = subnets;
  if (!first) throw new Fault('ValidationError', 'Either AvailabilityZones or SubnetIds must be specified');
  if (others.some(({ vpcId }) => vpcId !== first.vpcId)) {
    throw new Fault('InvalidConfigurationRequest', 'All subnets must belong to the same VPC');
  }
  refuseTwoInZone(subnets);
  return [first, ...others];
}

function checkedSubnets(tx: Transaction, ids: readonly string[]): readonly Subnet[] {
  return [...new Set(ids)].map((id) => {
    const subnet = tx.find(Subnet, id);
    if (!subnet) throw new Fault('SubnetNotFound', `The requested subnet ${id} does not exist`);
    if (subnet.cidr) return subnet;
    throw new Fault('InvalidSubnet', `Classic Load Balancers have IPv4 addresses, and ${id} has none`);
  });
}

/** Default subnets of zones. @throws Fault ValidationError for a zone without one */
export const defaultSubnets = (tx: Transaction, zones: readonly string[]): readonly Subnet[] =>
  [...new Set(zones)].map((zone) => {
    const [subnet] = tx.by(Subnet, 'defaultForZone', zone);
    if (subnet) return subnet;
    throw new Fault('ValidationError', `There is no default subnet in the requested Availability Zone ${zone}`);
  });

function refuseTwoInZone(subnets: readonly Subnet[]): void {
  if (new Set(subnets.map(({ zone }) => zone)).size === subnets.length) return;
  const sentence = 'ELB cannot be attached to multiple subnets in the same AZ.';
  throw new Fault('InvalidConfigurationRequest', sentence);
}

function checkRoom(tx: Transaction, subnet: Subnet): void {
  if (freeIpv4Count(tx, subnet) >= MIN_FREE_ADDRESSES) return;
  const sentence = `Not enough IP space available in ${subnet.id}. ELB requires at least ${MIN_FREE_ADDRESSES} free IP addresses in each subnet.`;
  throw new Fault('InvalidSubnet', sentence);
}

function refuseWithoutGateway(tx: Transaction, vpcId: string): void {
  if (tx.count(InternetGateway, 'vpcId', vpcId) > 0) return;
  throw new Fault('InvalidSubnet', `VPC ${vpcId} has no internet gateway`);
}

/** Without any it has those of the VPC's default group. */
const checkedGroups = (tx: Transaction, vpcId: VpcId, ids: readonly string[]): readonly SecurityGroupId[] =>
  ids.length === 0 ? [defaultGroup(tx, vpcId).id] : usableGroups(tx, vpcId, ids);

/** Takes a load balancer with its nodes away; without one of the name nothing happens, as with AWS. */
export function deleteClassicLoadBalancer(tx: Transaction, name: string): void {
  for (const row of tx.by(ClassicLoadBalancer, 'name', name)) {
    tx.remove(ClassicLoadBalancer, row.id);
    tx.in(WORLD).remove(LoadBalancerDnsName, nameInDns(tx, row));
    for (const node of row.nodes) removeClassicNode(tx, node);
  }
}

/**
 * AttachLoadBalancerToSubnets: a subnet of a zone that has one already takes its place (guide, elb-manage-subnets).
 * @throws Fault SubnetNotFound, InvalidSubnet, InvalidConfigurationRequest
 */
export function attachSubnets(tx: Transaction, row: ClassicLoadBalancer, ids: readonly string[]): ClassicLoadBalancer {
  const subnets = checkedSubnets(tx, ids);
  refuseTwoInZone(subnets);
  if (subnets.some(({ vpcId }) => vpcId !== row.vpcId)) {
    throw new Fault('InvalidConfigurationRequest', 'All subnets must belong to the VPC of the load balancer');
  }
  const added = subnets.filter(({ id }) => !row.nodes.some(({ subnetId }) => subnetId === id));
  const replaced = row.nodes.filter(({ zone }) => added.some((subnet) => subnet.zone === zone));
  for (const subnet of added) checkRoom(tx, subnet);
  for (const node of replaced) removeClassicNode(tx, node);
  const nodes = [
    ...row.nodes.filter((node) => !replaced.includes(node)),
    ...added.map((subnet) => classicNode(tx, row, subnet)),
  ];
  return tx.update(ClassicLoadBalancer, row.id, { nodes });
}

/** DetachLoadBalancerFromSubnets; what is not attached is none of its business. @throws Fault InvalidConfigurationRequest for the last one */
export function detachSubnets(tx: Transaction, row: ClassicLoadBalancer, ids: readonly string[]): ClassicLoadBalancer {
  const gone = row.nodes.filter(({ subnetId }) => ids.includes(subnetId));
  if (gone.length === row.nodes.length) {
    throw new Fault('InvalidConfigurationRequest', 'The load balancer must have at least one subnet attached.');
  }
  for (const node of gone) removeClassicNode(tx, node);
  return tx.update(ClassicLoadBalancer, row.id, { nodes: row.nodes.filter((node) => !gone.includes(node)) });
}

/** ApplySecurityGroupsToLoadBalancer: these are its groups instead. @throws Fault InvalidSecurityGroup, InvalidConfigurationRequest */
export function applyGroups(tx: Transaction, row: ClassicLoadBalancer, ids: readonly string[]): ClassicLoadBalancer {
  if (ids.length === 0) throw new Fault('ValidationError', 'At least one security group must be specified');
  const securityGroupIds = checkedGroups(tx, row.vpcId, ids);
  for (const { networkInterfaceId } of row.nodes) tx.update(NetworkInterface, networkInterfaceId, { securityGroupIds });
  return tx.update(ClassicLoadBalancer, row.id, { securityGroupIds });
}
