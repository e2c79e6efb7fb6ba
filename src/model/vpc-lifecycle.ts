/** How VPCs come and go, with the parts that each is born with: main route table, default ACL, default group. */
import type { Ipv4Cidr, Ipv6Cidr } from '../net/cidr.ts';
import { forgetExclusionOf } from './block-public-access.ts';
import { defaultDhcpOptions } from './dhcp-option-sets.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { createDefaultNetworkAcl } from './network-acl-lifecycle.ts';
import { isStanding, peeringState } from './peering-state.ts';
import { quota } from './quotas.ts';
import { EgressOnlyInternetGateway, InternetGateway } from './resources/internet-gateway.ts';
import { NatGateway } from './resources/nat-gateway.ts';
import { NetworkAcl } from './resources/network-acl.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { RouteTable } from './resources/route-table.ts';
import { SecurityGroup } from './resources/security-group.ts';
import { Subnet } from './resources/subnet.ts';
import { Vpc } from './resources/vpc.ts';
import { VpcEndpoint } from './resources/vpc-endpoint.ts';
import { VpcPeeringConnection } from './resources/vpc-peering-connection.ts';
import { VpnGateway } from './resources/vpn.ts';
import { createMainRouteTable } from './route-table-lifecycle.ts';
import { createDefaultSecurityGroup } from './security-group-lifecycle.ts';
import { forgetVpc } from './security-group-vpcs.ts';
import type { Transaction } from './transaction.ts';
import { returnIpv6Block } from './vpc-ipv6-blocks.ts';

/** What CreateVpc says of a VPC; its blocks have been checked. */
export interface NewVpc {
  readonly cidr: Ipv4Cidr;
  /** A block taken for it, if it is to have one. */
  readonly ipv6Cidr: Ipv6Cidr | undefined;
  readonly instanceTenancy: Vpc['instanceTenancy'];
  readonly tags: Tags;
}

/** Creates a VPC with its main route table, default network ACL and default group. @throws Fault VpcLimitExceeded */
export function createVpc(tx: Transaction, { cidr, ipv6Cidr, instanceTenancy, tags }: NewVpc): Vpc {
  if (tx.size(Vpc) >= quota(tx, 'vpcsPerRegion')) throw new Fault('VpcLimitExceeded');
  return insertVpc(tx, {
    cidrBlocks: [{ associationId: tx.newId('vpc-cidr-assoc'), cidr }],
    ipv6CidrBlocks: ipv6Cidr ? [newIpv6Association(tx, ipv6Cidr)] : [],
    isDefault: false,
    dhcpOptionsId: defaultDhcpOptions(tx).id,
    instanceTenancy,
    enableDnsSupport: true,
    enableDnsHostnames: false,
    enableNetworkAddressUsageMetrics: false,
    tags,
  });
}

/** Adds a VPC whatever the quota, with the parts that every VPC is born with. */
export function insertVpc(tx: Transaction, fields: Omit<Vpc, 'id'>): Vpc {
  const vpc = tx.insert(Vpc, fields);
  createMainRouteTable(tx, vpc);
  createDefaultNetworkAcl(tx, vpc);
  createDefaultSecurityGroup(tx, vpc);
  return vpc;
}

/** What a VPC's row holds of an Amazon-provided block. */
export const newIpv6Association = (tx: Transaction, cidr: Ipv6Cidr): Vpc['ipv6CidrBlocks'][number] => ({
  associationId: tx.newId('vpc-cidr-assoc'),
  cidr,
  networkBorderGroup: tx.region,
  pool: AMAZON_POOL,
});

/** Name of the pool of Amazon-provided blocks. */
export const AMAZON_POOL = 'Amazon';

/**
 * Deletes a VPC that is empty but for the parts it was born with.
 * @throws Fault DependencyViolation
 */
export function deleteVpc(tx: Transaction, vpc: Vpc): void {
  if (hasDependents(tx, vpc)) throw new Fault('DependencyViolation', { resource: 'vpc', id: vpc.id });
  for (const table of tx.by(RouteTable, 'vpcId', vpc.id)) tx.remove(RouteTable, table.id);
  for (const acl of tx.by(NetworkAcl, 'vpcId', vpc.id)) tx.remove(NetworkAcl, acl.id);
  for (const group of tx.by(SecurityGroup, 'vpcId', vpc.id)) tx.remove(SecurityGroup, group.id);
  forgetVpc(tx, vpc.id);
  forgetExclusionOf(tx, vpc.id);
  for (const { cidr } of vpc.ipv6CidrBlocks) returnIpv6Block(tx, cidr);
  tx.remove(Vpc, vpc.id);
}

/** Parts that a VPC is born with. */
const BORN_WITH = 1;

/** That a standing peering connection or a gateway endpoint holds a VPC is unconfirmed. */
const hasDependents = (tx: Transaction, { id }: Vpc): boolean =>
  tx.count(Subnet, 'vpcId', id) > 0 ||
  tx.count(NetworkInterface, 'vpcId', id) > 0 ||
  tx.count(RouteTable, 'vpcId', id) > BORN_WITH ||
  tx.count(NetworkAcl, 'vpcId', id) > BORN_WITH ||
  tx.count(SecurityGroup, 'vpcId', id) > BORN_WITH ||
  tx.count(InternetGateway, 'vpcId', id) > 0 ||
  tx.count(EgressOnlyInternetGateway, 'vpcId', id) > 0 ||
  tx.count(VpcEndpoint, 'vpcId', id) > 0 ||
  tx.count(VpnGateway, 'vpcId', id) > 0 ||
  tx.by(NatGateway, 'vpcId', id).some((gateway) => !hasEnded(gateway)) ||
  tx.by(VpcPeeringConnection, 'vpcId', id).some((connection) => isStanding(peeringState(connection, tx.nowMs)));

const hasEnded = (gateway: NatGateway): boolean => gateway.state === 'deleted' || gateway.state === 'failed';
