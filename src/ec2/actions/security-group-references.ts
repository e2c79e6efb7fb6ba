/** References between security groups beyond one VPC: who refers to a group, and which rules have gone stale. */
import type * as sdk from '@aws-sdk/client-ec2';
import { SecurityGroup } from '../../model/resources/security-group.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { isStale, referencesFromPeers } from '../../model/security-group-references.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { select } from '../describe.ts';
import { describePermissions } from './security-group-rendering.ts';

/** DescribeSecurityGroupReferences: the VPCs beyond a peering connection whose groups refer to these. */
export const DescribeSecurityGroupReferences = action('DescribeSecurityGroupReferences', (request, tx) => ({
  SecurityGroupReferenceSet: request.GroupId.map((id) => tx.get(SecurityGroup, id)).flatMap((group) =>
    referencesFromPeers(tx, group).map(({ vpcId, peeringId, transitGatewayId }) => ({
      GroupId: group.id,
      ReferencingVpcId: vpcId,
      ...(peeringId && { VpcPeeringConnectionId: peeringId }),
      ...(transitGatewayId && { TransitGatewayId: transitGatewayId }),
    })),
  ),
}));

/** DescribeStaleSecurityGroups: the groups of a VPC with rules that speak of nobody any more. */
export const DescribeStaleSecurityGroups = action('DescribeStaleSecurityGroups', (request, tx) => {
  const vpc = tx.get(Vpc, request.VpcId);
  const { rows, nextToken } = select(
    'DescribeStaleSecurityGroups',
    {
      kind: SecurityGroup,
      where: (group) => group.vpcId === vpc.id && group.rules.some((rule) => isStale(tx, group, rule)),
      filters: {},
    },
    request,
    tx,
  );
  return { StaleSecurityGroupSet: rows.map((group) => describeStaleGroup(group, tx)), NextToken: nextToken };
});

const describeStaleGroup = (group: SecurityGroup, tx: Transaction): sdk.StaleSecurityGroup => ({
  GroupId: group.id,
  GroupName: group.name,
  Description: group.description,
  VpcId: group.vpcId,
  StaleIpPermissions: stalePermissions(group, false, tx),
  StaleIpPermissionsEgress: stalePermissions(group, true, tx),
});

/** Of a group that is gone, its VPC is no longer known. */
const stalePermissions = (group: SecurityGroup, egress: boolean, tx: Transaction): sdk.StaleIpPermission[] =>
  describePermissions(
    group.rules.filter((rule) => rule.egress === egress && isStale(tx, group, rule)),
    group,
    tx,
  ).map((permission) => ({ ...permission, IpRanges: [], PrefixListIds: [] }));

export const securityGroupReferenceActions = [DescribeSecurityGroupReferences, DescribeStaleSecurityGroups] as const;
