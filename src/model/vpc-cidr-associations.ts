/** How a VPC gets and loses further blocks of addresses. */
import { covers, formatCidr, type Ipv4Cidr } from '../net/cidr.ts';
import { Fault } from './fault.ts';
import { allowIpv6InDefaultAcl } from './network-acl-lifecycle.ts';
import { refreshPeeringCidrs } from './peering-lifecycle.ts';
import { quota } from './quotas.ts';
import { Subnet } from './resources/subnet.ts';
import { Vpc, type VpcCidrBlock, type VpcIpv6CidrBlock } from './resources/vpc.ts';
import { addLocalRoutes, removeLocalRoutes } from './route-table-lifecycle.ts';
import { allowIpv6EgressOfDefaultGroup } from './security-group-lifecycle.ts';
import type { Transaction } from './transaction.ts';
import { refreshAttachedCidrs } from './transit-gateway-attachments.ts';
import { checkSecondaryCidr } from './vpc-cidr-rules.ts';
import { returnIpv6Block, takeIpv6Block } from './vpc-ipv6-blocks.ts';
import { AMAZON_POOL, newIpv6Association } from './vpc-lifecycle.ts';

/** Adds an IPv4 block; every route table gets its local route. @throws Fault InvalidVpc.Range, CidrLimitExceeded */
export function associateIpv4Cidr(tx: Transaction, vpc: Vpc, cidr: Ipv4Cidr): VpcCidrBlock {
  checkSecondaryCidr(tx, vpc, cidr);
  refuseBeyond(vpc, vpc.cidrBlocks.length, quota(tx, 'ipv4CidrBlocksPerVpc'));
  const block: VpcCidrBlock = { associationId: tx.newId('vpc-cidr-assoc'), cidr };
  tx.update(Vpc, vpc.id, { cidrBlocks: [...vpc.cidrBlocks, block] });
  addLocalRoutes(tx, vpc.id, cidr);
  refreshNeighbours(tx, vpc.id);
  return block;
}

/**
 * Adds an Amazon-provided IPv6 block. With the first one IPv6 is let through the default ACL and out of the default
 * group, where those are as they were born. That a VPC may have several of one border group is unconfirmed: pages differ.
 * @throws Fault CidrLimitExceeded
 */
export function associateAmazonIpv6Cidr(tx: Transaction, vpc: Vpc): VpcIpv6CidrBlock {
  refuseBeyond(vpc, vpc.ipv6CidrBlocks.length, quota(tx, 'ipv6CidrBlocksPerVpc'));
  const block = newIpv6Association(tx, takeIpv6Block(tx));
  tx.update(Vpc, vpc.id, { ipv6CidrBlocks: [...vpc.ipv6CidrBlocks, block] });
  addLocalRoutes(tx, vpc.id, block.cidr);
  refreshNeighbours(tx, vpc.id);
  if (vpc.ipv6CidrBlocks.length === 0) {
    allowIpv6InDefaultAcl(tx, vpc.id);
    allowIpv6EgressOfDefaultGroup(tx, vpc.id);
  }
  return block;
}

/** Tells those who know the VPC's blocks. */
function refreshNeighbours(tx: Transaction, vpcId: Vpc['id']): void {
  refreshPeeringCidrs(tx, vpcId);
  refreshAttachedCidrs(tx, vpcId);
}

function refuseBeyond(vpc: Vpc, count: number, limit: number): void {
  if (count >= limit) throw new Fault('CidrLimitExceeded', { id: vpc.id, limit });
}

/** What DisassociateVpcCidrBlock took away. */
export type LostBlock =
  | { readonly kind: 'ipv4'; readonly vpc: Vpc; readonly block: VpcCidrBlock }
  | { readonly kind: 'ipv6'; readonly vpc: Vpc; readonly block: VpcIpv6CidrBlock };

/**
 * Takes a block away that no subnet lies in; its local routes go.
 * @throws Fault InvalidVpcCidrBlockAssociationID.NotFound, OperationNotPermitted (the primary block), InvalidCidr.InUse
 */
export function disassociateCidr(tx: Transaction, associationId: string): LostBlock {
  const lost = findAssociation(tx, associationId);
  const { vpc, block } = lost;
  if (block === vpc.cidrBlocks[0]) {
    throw new Fault(
      'OperationNotPermitted',
      `The vpc CIDR block with association ID ${associationId} may not be disassociated. It is the primary IPv4 CIDR block of the VPC`,
    );
  }
  refuseUsed(tx, lost);
  if (lost.kind === 'ipv4') {
    tx.update(Vpc, vpc.id, { cidrBlocks: vpc.cidrBlocks.filter((one) => one !== block) });
  } else {
    tx.update(Vpc, vpc.id, { ipv6CidrBlocks: vpc.ipv6CidrBlocks.filter((one) => one !== block) });
    if (lost.block.pool === AMAZON_POOL) returnIpv6Block(tx, lost.block.cidr);
  }
  removeLocalRoutes(tx, vpc.id, block.cidr);
  refreshNeighbours(tx, vpc.id);
  return lost;
}

function findAssociation(tx: Transaction, associationId: string): LostBlock {
  for (const vpc of tx.by(Vpc, 'cidrAssociationId', associationId)) {
    const ipv4 = vpc.cidrBlocks.find((one) => one.associationId === associationId);
    if (ipv4) return { kind: 'ipv4', vpc, block: ipv4 };
    const ipv6 = vpc.ipv6CidrBlocks.find((one) => one.associationId === associationId);
    if (ipv6) return { kind: 'ipv6', vpc, block: ipv6 };
  }
  throw new Fault('InvalidVpcCidrBlockAssociationID.NotFound', { id: associationId });
}

/** Code and sentence are unconfirmed. */
function refuseUsed(tx: Transaction, { vpc, block }: LostBlock): void {
  const isUsed = tx
    .by(Subnet, 'vpcId', vpc.id)
    .flatMap((subnet) => [...(subnet.cidr ? [subnet.cidr] : []), ...subnet.ipv6CidrBlocks.map((one) => one.cidr)])
    .some((cidr) => covers(block.cidr, cidr));
  if (!isUsed) return;
  throw new Fault(
    'InvalidCidr.InUse',
    `The vpc ${vpc.id} currently has a subnet within CIDR block ${formatCidr(block.cidr)}`,
  );
}
