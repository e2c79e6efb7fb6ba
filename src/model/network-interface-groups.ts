/** The security groups of an interface: those asked for, or the default group of its VPC. */
import type { SecurityGroupId, VpcId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { type AskedBy, groupOfOtherVpc } from './network-interface-faults.ts';
import { quota } from './quotas.ts';
import { SecurityGroup } from './resources/security-group.ts';
import type { Subnet } from './resources/subnet.ts';
import { isUsableIn } from './security-group-vpcs.ts';
import type { Transaction } from './transaction.ts';

/**
 * Ids of the groups for an interface in this subnet, without repetitions.
 * @throws Fault InvalidGroup.NotFound, InvalidGroupId.Malformed, InvalidParameter (group that cannot be used in this VPC), and the call's
 *   own fault for too many
 */
export function groupsFor(
  tx: Transaction,
  subnet: Pick<Subnet, 'id' | 'vpcId'>,
  ids: readonly string[] | undefined,
  askedBy: AskedBy | 'ModifyNetworkInterfaceAttribute',
): readonly SecurityGroupId[] {
  if (!ids || ids.length === 0) return [defaultGroup(tx, subnet.vpcId).id];
  const groups = [...new Set(ids)].map((id) => tx.get(SecurityGroup, id));
  const foreign = groups.find((group) => !isUsableIn(tx, group, subnet.vpcId));
  if (foreign) throw groupOfOtherVpc(foreign.id, subnet.id);
  const limit = quota(tx, 'securityGroupsPerInterface');
  if (groups.length > limit) throw tooManyGroups(tx, limit, askedBy);
  return groups.map((group) => group.id);
}

function tooManyGroups(tx: Transaction, limit: number, askedBy: string): Fault {
  if (askedBy !== 'CreateNetworkInterface') return new Fault('SecurityGroupsPerInterfaceLimitExceeded');
  return new Fault(
    'InvalidParameterValue',
    `user ${tx.account} exceeded limit ${limit} on the number of interface security group memberships`,
  );
}

/** The group that every VPC is born with and that cannot be deleted. */
export function defaultGroup(tx: Transaction, vpcId: VpcId): SecurityGroup {
  const group = tx.by(SecurityGroup, 'name', 'default').find((candidate) => candidate.vpcId === vpcId);
  if (!group) throw new Error(`VPC ${vpcId} has no default security group`);
  return group;
}
