/**
 * In which VPCs a security group can be used: its own, and those of the account in the Region that it is associated with.
 *
 * Source: VPC guide, security-group-assoc. The codes and sentences of refusals are unconfirmed.
 */
import type { VpcId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import type { SecurityGroup } from './resources/security-group.ts';
import { associationKey, SecurityGroupVpcAssociation } from './resources/security-group-vpc-association.ts';
import type { Vpc } from './resources/vpc.ts';
import type { Transaction } from './transaction.ts';

/** Whether interfaces in this VPC can have the group. */
export const isUsableIn = (tx: Transaction, group: SecurityGroup, vpcId: VpcId): boolean =>
  group.vpcId === vpcId || tx.find(SecurityGroupVpcAssociation, associationKey(group.id, vpcId)) !== undefined;

/**
 * Makes a group usable in a further VPC; repeating that changes nothing (unconfirmed).
 * @throws Fault InvalidParameterValue for a default group, a default VPC, or the group's own VPC
 */
export function associateVpc(tx: Transaction, group: SecurityGroup, vpc: Vpc): void {
  if (group.name === 'default') {
    throw new Fault(
      'InvalidParameterValue',
      `The default security group '${group.id}' cannot be associated with a VPC.`,
    );
  }
  if (vpc.isDefault) {
    throw new Fault('InvalidParameterValue', `A security group cannot be associated with the default VPC '${vpc.id}'.`);
  }
  if (group.vpcId === vpc.id) {
    throw new Fault('InvalidParameterValue', `The security group '${group.id}' was created in the VPC '${vpc.id}'.`);
  }
  const id = associationKey(group.id, vpc.id);
  if (!tx.find(SecurityGroupVpcAssociation, id)) {
    tx.put(SecurityGroupVpcAssociation, { id, groupId: group.id, vpcId: vpc.id });
  }
}

/**
 * Ends that; no interface of the VPC may have the group any more.
 * @throws Fault InvalidParameterValue where there is no association, DependencyViolation
 */
export function disassociateVpc(tx: Transaction, group: SecurityGroup, vpcId: VpcId): void {
  const id = associationKey(group.id, vpcId);
  if (!tx.find(SecurityGroupVpcAssociation, id)) {
    const message = `The security group '${group.id}' is not associated with the VPC '${vpcId}'.`;
    throw new Fault('InvalidParameterValue', message);
  }
  if (tx.by(NetworkInterface, 'securityGroupId', group.id).some((one) => one.vpcId === vpcId)) {
    throw new Fault('DependencyViolation', `resource ${group.id} has a dependent object`);
  }
  tx.remove(SecurityGroupVpcAssociation, id);
}

/** Ends the associations of a VPC that goes. */
export function forgetVpc(tx: Transaction, vpcId: VpcId): void {
  for (const { id } of tx.by(SecurityGroupVpcAssociation, 'vpcId', vpcId)) tx.remove(SecurityGroupVpcAssociation, id);
}
