/**
 * How load balancers come, change and go.
 *
 * Source: Elastic Load Balancing API reference and the guides of both types. Sentences are as AWS's where a comment does
 * not say otherwise; the checks' order is unconfirmed.
 */

import type { Ipv4 } from '../net/address.ts';
import { disassociate, point } from './elastic-ip-association.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { usableGroups } from './load-balancer-groups.ts';
import {
  checkedName,
  dnsNameOf,
  interfaceDescriptionOf,
  newLoadBalancerArn,
  parseLoadBalancerArn,
} from './load-balancer-names.ts';
import { loadBalancerAttribute } from './load-balancing-attributes.ts';
import { createServiceInterface, removeNetworkInterface } from './network-interface-creation.ts';
import { releaseAutoAssigned, takePublicAddress } from './public-addresses.ts';
import { type QuotaName, quota } from './quotas.ts';
import { ElasticIp } from './resources/elastic-ip.ts';
import { InternetGateway } from './resources/internet-gateway.ts';
import { Listener } from './resources/listener.ts';
import { type BalancerNode, LoadBalancer, LoadBalancerDnsName } from './resources/load-balancer.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { Subnet } from './resources/subnet.ts';
import { VpcEndpointService } from './resources/vpc-endpoint-service.ts';
import { WORLD } from './scope.ts';
import type { Transaction } from './transaction.ts';

/** Where a node is wanted: Subnets, or SubnetMappings, which may name its addresses. */
export interface NodePlace {
  readonly subnetId: string;
  readonly allocationId: string | undefined;
  readonly privateIpv4: Ipv4 | undefined;
}

/** What CreateLoadBalancer asks for. */
export interface LoadBalancerSpec {
  readonly name: string;
  readonly type: LoadBalancer['type'];
  readonly scheme: LoadBalancer['scheme'];
  /** Missing for IPv4 alone. */
  readonly ipAddressType?: LoadBalancer['ipAddressType'];
  readonly places: readonly NodePlace[];
  readonly securityGroupIds: readonly string[];
  readonly tags: Tags;
}

/** Who ELB says made an interface. */
const REQUESTER = 'amazon-elb';

/**
 * Makes a load balancer with its nodes. One of the same name and settings is the one that is asked for.
 * @throws Fault ValidationError, DuplicateLoadBalancerName, SubnetNotFound, InvalidConfigurationRequest, InvalidSubnet,
 *   InvalidSecurityGroup, AllocationIdNotFound, TooManyLoadBalancers
 */
export function createLoadBalancer(tx: Transaction, spec: LoadBalancerSpec): LoadBalancer {
  const name = checkedName(spec.name, 'load balancer');
  const [existing] = tx.by(LoadBalancer, 'name', name);
  if (existing) {
    if (isSame(existing, spec)) return existing;
    const sentence = `A load balancer with the same name '${name}' exists, but with different settings`;
    throw new Fault('DuplicateLoadBalancerName', sentence);
  }
  const subnets = checkedSubnets(tx, spec.places);
  const [{ vpcId }] = subnets;
  if (spec.ipAddressType) refuseWithoutIpv6(subnets);
  if (spec.scheme === 'internet-facing') refuseWithoutGateway(tx, vpcId);
  checkQuotas(tx, spec.type, vpcId);
  const id = newLoadBalancerArn(tx, spec.type, name);
  const fresh: LoadBalancer = {
    id,
    name,
    type: spec.type,
    scheme: spec.scheme,
    ...(spec.ipAddressType && { ipAddressType: spec.ipAddressType }),
    vpcId,
    nodes: [],
    securityGroupIds: usableGroups(tx, vpcId, spec.securityGroupIds),
    filtersPrivateLink: true,
    attributes: {},
    createdAtMs: tx.nowMs,
    tags: spec.tags,
  };
  const nodes = spec.places.map((place, index) => makeNode(tx, fresh, subnets[index] ?? subnets[0], place));
  const made = tx.put(LoadBalancer, { ...fresh, nodes });
  if (made.type === 'network') {
    const { account, region } = tx;
    tx.in(WORLD).put(LoadBalancerDnsName, { id: dnsNameOf(made).toLowerCase(), account, region, loadBalancerArn: id });
  }
  return made;
}

const isSame = (row: LoadBalancer, spec: LoadBalancerSpec): boolean =>
  row.type === spec.type &&
  row.scheme === spec.scheme &&
  row.ipAddressType === spec.ipAddressType &&
  sameMembers(
    row.nodes.map(({ subnetId }) => subnetId),
    spec.places.map(({ subnetId }) => subnetId),
  ) &&
  sameMembers(row.securityGroupIds, spec.securityGroupIds);

const sameMembers = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((member) => other.includes(member));

/** The subnets in the order of their places: at least one, all of one VPC, each in a zone of its own. */
function checkedSubnets(tx: Transaction, places: readonly NodePlace[]): readonly [Subnet, ...Subnet[]] {
  const subnets = places.map(({ subnetId }) => {
    const subnet = tx.find(Subnet, subnetId);
    if (subnet) return subnet;
    throw new Fault('SubnetNotFound', `The subnet ID '${subnetId}' does not exist`);
  });
  const [first, ...others] = subnets;
  if (!first) throw new Fault('ValidationError', 'At least one subnet must be specified');
  if (others.some(({ vpcId }) => vpcId !== first.vpcId)) {
    throw new Fault('InvalidConfigurationRequest', 'All subnets must belong to the same VPC');
  }
  if (new Set(subnets.map(({ zone }) => zone)).size < subnets.length) {
    const sentence = 'A load balancer cannot be attached to multiple subnets in the same Availability Zone';
    throw new Fault('InvalidConfigurationRequest', sentence);
  }
  const withoutIpv4 = subnets.find(({ cidr }) => cidr === undefined);
  if (withoutIpv4) {
    throw new Fault('InvalidSubnet', `localvpc has load balancers with IPv4 alone, and ${withoutIpv4.id} has none`);
  }
  return [first, ...others];
}

function refuseWithoutIpv6(subnets: readonly Subnet[]): void {
  const without = subnets.find(({ ipv6CidrBlocks }) => ipv6CidrBlocks.length === 0);
  if (!without) return;
  throw new Fault('InvalidConfigurationRequest', `Subnet ${without.id} has no IPv6 CIDR block, which dualstack needs`);
}

/**
 * SetIpAddressType of a Gateway Load Balancer.
 * @throws Fault InvalidConfigurationRequest where a subnet has no IPv6, ResourceInUse
 */
export function setIpAddressType(
  tx: Transaction,
  balancer: LoadBalancer,
  ipAddressType: LoadBalancer['ipAddressType'],
): LoadBalancer {
  if (ipAddressType === balancer.ipAddressType) return balancer;
  if (ipAddressType) {
    refuseWithoutIpv6(balancer.nodes.flatMap(({ subnetId }) => tx.find(Subnet, subnetId) ?? []));
    return tx.update(LoadBalancer, balancer.id, { ipAddressType });
  }
  const services = tx.by(VpcEndpointService, 'loadBalancerArn', balancer.id);
  if (services.some(({ supportsIpv6 }) => supportsIpv6)) {
    throw new Fault('ResourceInUse', 'An endpoint service of this load balancer supports IPv6');
  }
  const { ipAddressType: _, ...ipv4 } = balancer;
  return tx.put(LoadBalancer, ipv4);
}

function refuseWithoutGateway(tx: Transaction, vpcId: string): void {
  if (tx.count(InternetGateway, 'vpcId', vpcId) > 0) return;
  throw new Fault('InvalidSubnet', `VPC ${vpcId} has no internet gateway`);
}

function checkQuotas(tx: Transaction, type: LoadBalancer['type'], vpcId: string): void {
  const ofType = tx.list(LoadBalancer, (one) => one.type === type);
  const region: QuotaName = type === 'network' ? 'networkLoadBalancersPerRegion' : 'gatewayLoadBalancersPerRegion';
  const isVpcFull =
    type === 'gateway' && ofType.filter((one) => one.vpcId === vpcId).length >= quota(tx, 'gatewayLoadBalancersPerVpc');
  if (isVpcFull || ofType.length >= quota(tx, region)) throw new Fault('TooManyLoadBalancers');
}

function makeNode(tx: Transaction, balancer: LoadBalancer, subnet: Subnet, place: NodePlace): BalancerNode {
  const { scheme, type, securityGroupIds, id } = balancer;
  const name = parseLoadBalancerArn(id);
  const networkInterface = createServiceInterface(tx, {
    subnet,
    description: name ? interfaceDescriptionOf(name) : '',
    interfaceType: type === 'network' ? 'network_load_balancer' : 'gateway_load_balancer',
    requesterId: REQUESTER,
    securityGroupIds,
    primaryIpv4: place.privateIpv4,
  });
  const elasticIp = scheme === 'internet-facing' ? publicAddressOf(tx, networkInterface, place) : undefined;
  return {
    zone: subnet.zone,
    subnetId: subnet.id,
    networkInterfaceId: networkInterface.id,
    allocationId: elasticIp?.id,
    privateIpv4: place.privateIpv4,
  };
}

/** A node to the internet has an Elastic IP that was asked for, or an address of AWS's own. */
function publicAddressOf(tx: Transaction, node: NetworkInterface, { allocationId }: NodePlace): ElasticIp | undefined {
  if (allocationId === undefined) {
    tx.update(NetworkInterface, node.id, { autoAssignedPublicIp: takePublicAddress(tx) });
    return undefined;
  }
  const [address] = node.ipv4Addresses;
  const elasticIp = tx.find(ElasticIp, allocationId);
  if (!elasticIp || address === undefined) {
    throw new Fault('AllocationIdNotFound', `The allocation IDs '${allocationId}' do not exist`);
  }
  if (elasticIp.association) {
    const sentence = `The allocation IDs '${allocationId}' are already associated`;
    throw new Fault('InvalidConfigurationRequest', sentence);
  }
  return point(tx, elasticIp, { row: node, owner: tx }, address);
}

/**
 * Deletes a load balancer with its listeners.
 * @throws Fault OperationNotPermitted while deletion protection is on, ResourceInUse while an endpoint service names it
 */
export function deleteLoadBalancer(tx: Transaction, balancer: LoadBalancer): void {
  if (loadBalancerAttribute(balancer, 'deletion_protection.enabled') === 'true') {
    const sentence = `Load balancer '${balancer.id}' cannot be deleted because deletion protection is enabled`;
    throw new Fault('OperationNotPermitted', sentence);
  }
  if (tx.by(VpcEndpointService, 'loadBalancerArn', balancer.id).length > 0) {
    const sentence = `Load balancer '${balancer.id}' cannot be deleted because it is currently associated with another service`;
    throw new Fault('ResourceInUse', sentence);
  }
  for (const { id } of tx.by(Listener, 'loadBalancerArn', balancer.id)) tx.remove(Listener, id);
  tx.remove(LoadBalancer, balancer.id);
  if (balancer.type === 'network') tx.in(WORLD).remove(LoadBalancerDnsName, dnsNameOf(balancer).toLowerCase());
  for (const node of balancer.nodes) removeNode(tx, node);
}

function removeNode(tx: Transaction, { networkInterfaceId, allocationId }: BalancerNode): void {
  const networkInterface = tx.find(NetworkInterface, networkInterfaceId);
  const elasticIp = allocationId === undefined ? undefined : tx.find(ElasticIp, allocationId);
  if (elasticIp) disassociate(tx, elasticIp);
  if (!networkInterface) return;
  releaseAutoAssigned(tx, networkInterface);
  removeNetworkInterface(tx, networkInterface);
}

/**
 * SetSubnets: nodes of zones that are named stay, those of other zones come and go. A Gateway Load Balancer keeps its
 * zones, and so does what an endpoint service names.
 * @throws Fault as CreateLoadBalancer, InvalidConfigurationRequest for what cannot be changed (sentences unconfirmed)
 */
export function setSubnets(tx: Transaction, balancer: LoadBalancer, places: readonly NodePlace[]): LoadBalancer {
  const subnets = checkedSubnets(tx, places);
  if (subnets[0].vpcId !== balancer.vpcId) {
    throw new Fault('InvalidConfigurationRequest', 'All subnets must belong to the VPC of the load balancer');
  }
  if (balancer.ipAddressType) refuseWithoutIpv6(subnets);
  const kept = balancer.nodes.filter((node) => subnets.some(({ id }) => id === node.subnetId));
  const gone = balancer.nodes.filter((node) => !kept.includes(node));
  if (gone.length > 0 && tx.by(VpcEndpointService, 'loadBalancerArn', balancer.id).length > 0) {
    const sentence = 'Subnets cannot be removed from a load balancer that is associated with a VPC endpoint service';
    throw new Fault('ResourceInUse', sentence);
  }
  for (const node of gone) removeNode(tx, node);
  const nodes = places.map((place, index) => {
    const subnet = subnets[index] ?? subnets[0];
    return kept.find(({ subnetId }) => subnetId === subnet.id) ?? makeNode(tx, balancer, subnet, place);
  });
  return tx.update(LoadBalancer, balancer.id, { nodes });
}

/**
 * SetSecurityGroups.
 * @throws Fault InvalidConfigurationRequest for a load balancer that was made without groups, InvalidSecurityGroup
 */
export function setSecurityGroups(
  tx: Transaction,
  balancer: LoadBalancer,
  ids: readonly string[],
  filtersPrivateLink: boolean | undefined,
): LoadBalancer {
  if (balancer.type !== 'network' || balancer.securityGroupIds.length === 0 || ids.length === 0) {
    const sentence =
      balancer.securityGroupIds.length === 0
        ? 'You cannot set security groups on a load balancer that was created without security groups'
        : 'You must leave at least one security group on a load balancer that was created with security groups';
    throw new Fault('InvalidConfigurationRequest', sentence);
  }
  const securityGroupIds = usableGroups(tx, balancer.vpcId, ids);
  for (const { networkInterfaceId } of balancer.nodes) {
    tx.update(NetworkInterface, networkInterfaceId, { securityGroupIds });
  }
  return tx.update(LoadBalancer, balancer.id, {
    securityGroupIds,
    filtersPrivateLink: filtersPrivateLink ?? balancer.filtersPrivateLink,
  });
}
