/** Security groups that a load balancer of either API is given. */
import type { SecurityGroupId, VpcId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { quota } from './quotas.ts';
import { SecurityGroup } from './resources/security-group.ts';
import { isUsableIn } from './security-group-vpcs.ts';
import type { Transaction } from './transaction.ts';

/**
 * The groups of these ids, each once.
 * @throws Fault InvalidSecurityGroup, InvalidConfigurationRequest for more than an interface may have
 */
export function usableGroups(tx: Transaction, vpcId: VpcId, ids: readonly string[]): readonly SecurityGroupId[] {
  const groups = [...new Set(ids)].map((id) => {
    const group = tx.find(SecurityGroup, id);
    if (group && isUsableIn(tx, group, vpcId)) return group;
    throw new Fault('InvalidSecurityGroup', `One or more security groups are invalid: '${id}'`);
  });
  if (groups.length > quota(tx, 'securityGroupsPerInterface')) {
    throw new Fault('InvalidConfigurationRequest', 'The maximum number of security groups has been reached');
  }
  return groups.map(({ id }) => id);
}
