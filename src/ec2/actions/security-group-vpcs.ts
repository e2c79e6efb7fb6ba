/** Security groups in further VPCs than their own: associate, disassociate, and which groups a VPC can use. */
import { SecurityGroup } from '../../model/resources/security-group.ts';
import { SecurityGroupVpcAssociation } from '../../model/resources/security-group-vpc-association.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { associateVpc, disassociateVpc, isUsableIn } from '../../model/security-group-vpcs.ts';
import { action } from '../action.ts';
import { describe, select } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** AssociateSecurityGroupVpc. The answer says that it is under way, the next Describe that it is done. */
export const AssociateSecurityGroupVpc = action('AssociateSecurityGroupVpc', (request, tx) => {
  associateVpc(tx, tx.get(SecurityGroup, request.GroupId), tx.get(Vpc, request.VpcId));
  return { State: 'associating' };
});

/** DisassociateSecurityGroupVpc. Where interfaces hold the group, AWS may fail later instead of refusing (unconfirmed). */
export const DisassociateSecurityGroupVpc = action('DisassociateSecurityGroupVpc', (request, tx) => {
  disassociateVpc(tx, tx.get(SecurityGroup, request.GroupId), tx.get(Vpc, request.VpcId).id);
  return { State: 'disassociating' };
});

/** DescribeSecurityGroupVpcAssociations. */
export const DescribeSecurityGroupVpcAssociations = describe(
  'DescribeSecurityGroupVpcAssociations',
  'SecurityGroupVpcAssociations',
  {
    kind: SecurityGroupVpcAssociation,
    filters: {
      'group-id': (row) => row.groupId,
      'group-owner-id': (_, tx) => tx.account,
      state: () => 'associated',
      'vpc-id': (row) => row.vpcId,
      'vpc-owner-id': (_, tx) => tx.account,
    },
    render: (row, tx) => ({
      GroupId: row.groupId,
      GroupOwnerId: tx.account,
      VpcId: row.vpcId,
      VpcOwnerId: tx.account,
      State: 'associated',
    }),
  },
);

/** GetSecurityGroupsForVpc: its own groups, and those that are associated with it. */
export const GetSecurityGroupsForVpc = action('GetSecurityGroupsForVpc', (request, tx) => {
  const vpc = tx.get(Vpc, request.VpcId);
  const { rows, nextToken } = select(
    'GetSecurityGroupsForVpc',
    {
      kind: SecurityGroup,
      where: (group) => isUsableIn(tx, group, vpc.id),
      filters: {
        'group-id': (group) => group.id,
        description: (group) => group.description,
        'group-name': (group) => group.name,
        'owner-id': () => tx.account,
        'primary-vpc-id': (group) => group.vpcId,
      },
    },
    request,
    tx,
  );
  return {
    SecurityGroupForVpcs: rows.map((group) => ({
      GroupId: group.id,
      GroupName: group.name,
      Description: group.description,
      OwnerId: tx.account,
      PrimaryVpcId: group.vpcId,
      Tags: describeTags(group.tags),
    })),
    NextToken: nextToken,
  };
});

export const securityGroupVpcActions = [
  AssociateSecurityGroupVpc,
  DisassociateSecurityGroupVpc,
  DescribeSecurityGroupVpcAssociations,
  GetSecurityGroupsForVpc,
] as const;
