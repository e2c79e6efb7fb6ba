/** The right to use a security group in a further VPC than its own. */
import type { SecurityGroupId, VpcId } from '../../net/identifiers.ts';
import { kind, type Row } from '../kind.ts';

export interface SecurityGroupVpcAssociation extends Row {
  /** See `associationKey`. */
  readonly id: string;
  readonly groupId: SecurityGroupId;
  readonly vpcId: VpcId;
}

export const SecurityGroupVpcAssociation = kind<SecurityGroupVpcAssociation>()({
  name: 'security-group-vpc-association',
  indexes: { groupId: (row) => row.groupId, vpcId: (row) => row.vpcId },
});

/** Id of an association's row: there is at most one of a group and a VPC. */
export const associationKey = (groupId: SecurityGroupId, vpcId: VpcId): string => `${groupId}/${vpcId}`;
