/** How network ACLs come and go, and which one a subnet has: exactly one, at all times. */
import { ANY_IPV4, ANY_IPV6, type Cidr } from '../net/cidr.ts';
import type { Id, NetworkAclId, VpcId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { quota } from './quotas.ts';
import { NetworkAcl, type NetworkAclEntry } from './resources/network-acl.ts';
import { Subnet } from './resources/subnet.ts';
import type { Vpc } from './resources/vpc.ts';
import type { Transaction } from './transaction.ts';

/** Numbers of the entries that a default ACL is born with. */
const DEFAULT_IPV4_NUMBER = 100;
const DEFAULT_IPV6_NUMBER = 101;

/** Creates a custom ACL, which denies everything until it has entries. @throws Fault NetworkAclLimitExceeded */
export function createNetworkAcl(tx: Transaction, vpc: Vpc, tags: Tags): NetworkAcl {
  if (tx.count(NetworkAcl, 'vpcId', vpc.id) >= quota(tx, 'networkAclsPerVpc'))
    throw new Fault('NetworkAclLimitExceeded');
  return tx.insert(NetworkAcl, { vpcId: vpc.id, isDefault: false, entries: [], tags });
}

/** Creates the ACL that a VPC is born with, which allows everything. */
export function createDefaultNetworkAcl(tx: Transaction, vpc: Vpc): NetworkAcl {
  const families = vpc.ipv6CidrBlocks.length > 0 ? [ANY_IPV4, ANY_IPV6] : [ANY_IPV4];
  const entries = [true, false].flatMap((egress) => families.map((cidr) => allowAll(egress, cidr)));
  return tx.insert(NetworkAcl, { vpcId: vpc.id, isDefault: true, entries, tags: {} });
}

/**
 * Lets IPv6 through a VPC's default ACL when the VPC gets its first IPv6 block, in each direction whose entries are still
 * those of its birth (user guide, default network ACL).
 */
export function allowIpv6InDefaultAcl(tx: Transaction, vpcId: VpcId): void {
  const acl = defaultNetworkAcl(tx, vpcId);
  const added = [true, false].filter((egress) => isUntouched(acl, egress)).map((egress) => allowAll(egress, ANY_IPV6));
  if (added.length > 0) tx.update(NetworkAcl, acl.id, { entries: sortedEntries([...acl.entries, ...added]) });
}

/** The default ACL of a VPC, which new subnets get. @throws Error when it has none, a mistake of ours. */
export function defaultNetworkAcl(tx: Transaction, vpcId: VpcId): NetworkAcl {
  const [acl] = tx.by(NetworkAcl, 'defaultOfVpcId', vpcId);
  if (!acl) throw new Error(`${vpcId} has no default network ACL`);
  return acl;
}

/** Deletes a custom ACL that no subnet has. @throws Fault InvalidParameterValue, DependencyViolation */
export function deleteNetworkAcl(tx: Transaction, acl: NetworkAcl): void {
  if (acl.isDefault) {
    // Code and sentence are unconfirmed.
    throw new Fault('InvalidParameterValue', `cannot delete default network ACL ${acl.id}`);
  }
  if (tx.count(Subnet, 'networkAclId', acl.id) > 0) {
    throw new Fault('DependencyViolation', { resource: 'networkAcl', id: acl.id });
  }
  tx.remove(NetworkAcl, acl.id);
}

/**
 * Gives the subnet of an association another ACL; the association gets a new id, also when the ACL stays the same
 * (the latter is unconfirmed).
 * @returns the new association's id
 * @throws Fault InvalidAssociationID.NotFound, InvalidNetworkAclID.NotFound, InvalidParameterValue
 */
export function replaceNetworkAclAssociation(tx: Transaction, associationId: string, aclId: string): Id<'aclassoc'> {
  const [subnet] = tx.by(Subnet, 'networkAclAssociationId', associationId);
  if (!subnet) throw new Fault('InvalidAssociationID.NotFound', { id: associationId });
  const acl = tx.get(NetworkAcl, aclId);
  if (acl.vpcId !== subnet.vpcId) {
    // Code and sentence are unconfirmed, modelled on those of route tables.
    throw new Fault(
      'InvalidParameterValue',
      `network ACL ${acl.id} and subnet ${subnet.id} belong to different networks`,
    );
  }
  const association = newNetworkAclAssociation(tx, acl.id);
  tx.update(Subnet, subnet.id, { networkAclAssociation: association });
  return association.id;
}

/** What a subnet's row holds of its ACL. */
export const newNetworkAclAssociation = (
  tx: Transaction,
  networkAclId: NetworkAclId,
): Subnet['networkAclAssociation'] => ({
  id: tx.newId('aclassoc'),
  networkAclId,
});

/** Entries in the order of the row: egress first, then by number. */
export const sortedEntries = (entries: readonly NetworkAclEntry[]): readonly NetworkAclEntry[] =>
  entries.toSorted((one, other) => Number(other.egress) - Number(one.egress) || one.number - other.number);

const allowAll = (egress: boolean, cidr: Cidr): NetworkAclEntry => ({
  egress,
  number: cidr.address === ANY_IPV4.address ? DEFAULT_IPV4_NUMBER : DEFAULT_IPV6_NUMBER,
  action: 'allow',
  traffic: { kind: 'all' },
  cidr,
});

function isUntouched(acl: NetworkAcl, egress: boolean): boolean {
  const [only, ...others] = acl.entries.filter((entry) => entry.egress === egress);
  return (
    others.length === 0 &&
    only?.number === DEFAULT_IPV4_NUMBER &&
    only.action === 'allow' &&
    only.traffic.kind === 'all' &&
    only.cidr.address === ANY_IPV4.address &&
    only.cidr.length === 0
  );
}
