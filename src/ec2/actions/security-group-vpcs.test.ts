import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { given } from '../../testing/instance-parts.ts';
import { attach, gatewayWith } from '../../testing/transit-parts.ts';

interface Networks {
  readonly account: TestAccount;
  readonly home: string;
  readonly other: string;
  readonly group: string;
  /** A subnet of `other`. */
  readonly subnet: string;
}

/** Two VPCs, and a group of the first. */
function networks(): Networks {
  const account = testAccount();
  const vpc = (CidrBlock: string) => given(account.call('CreateVpc', { CidrBlock }).Vpc?.VpcId);
  const home = vpc('10.0.0.0/16');
  const other = vpc('10.1.0.0/16');
  return { account, home, other, group: groupIn(account, home), subnet: subnetIn(account, other) };
}

const groupIn = (account: TestAccount, VpcId: string): string =>
  given(account.call('CreateSecurityGroup', { VpcId, GroupName: 'g', Description: 'g' }).GroupId);

const subnetIn = (account: TestAccount, VpcId: string): string =>
  given(account.call('CreateSubnet', { VpcId, CidrBlock: '10.1.1.0/24' }).Subnet?.SubnetId);

test('an associated VPC’s interfaces can have the group, others cannot', () => {
  const { account, other, group, subnet } = networks();
  const create = () => account.call('CreateNetworkInterface', { SubnetId: subnet, Groups: [group] });
  equal(account.faultCode(create), 'InvalidParameter');
  equal(account.call('AssociateSecurityGroupVpc', { GroupId: group, VpcId: other }).State, 'associating');
  const { NetworkInterface } = create();
  deepEqual(
    account
      .call('DescribeSecurityGroupVpcAssociations')
      .SecurityGroupVpcAssociations?.map((one) => [one.GroupId, one.VpcId, one.State]),
    [[group, other, 'associated']],
  );
  const usable = account.call('GetSecurityGroupsForVpc', { VpcId: other }).SecurityGroupForVpcs ?? [];
  deepEqual(usable.map((one) => one.GroupName).sort(), ['default', 'g']);
  const end = () => account.call('DisassociateSecurityGroupVpc', { GroupId: group, VpcId: other });
  equal(account.faultCode(end), 'DependencyViolation');
  account.call('DeleteNetworkInterface', { NetworkInterfaceId: given(NetworkInterface?.NetworkInterfaceId) });
  equal(end().State, 'disassociating');
  equal(account.faultCode(create), 'InvalidParameter');
});

test('an associated group cannot be deleted until the association or its VPC is gone', () => {
  const { account, other, group, subnet } = networks();
  account.call('AssociateSecurityGroupVpc', { GroupId: group, VpcId: other });
  const remove = () => account.call('DeleteSecurityGroup', { GroupId: group });
  equal(account.faultCode(remove), 'DependencyViolation');
  account.call('DeleteSubnet', { SubnetId: subnet });
  account.call('DeleteVpc', { VpcId: other });
  equal(remove().Return, true);
});

test('a group of an associated VPC can be referred to by that VPC’s groups', () => {
  const { account, other, group } = networks();
  const GroupId = groupIn(account, other);
  const IpPermissions = [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group }] }];
  const authorize = () => account.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions });
  equal(account.faultCode(authorize), 'InvalidGroup.NotFound');
  account.call('AssociateSecurityGroupVpc', { GroupId: group, VpcId: other });
  authorize();
  deepEqual(account.call('DescribeStaleSecurityGroups', { VpcId: other }).StaleSecurityGroupSet, []);
});

test('each mistake in an association has its fault', () => {
  const { account, home, other, group } = networks();
  const defaultVpc = given(account.call('DescribeVpcs').Vpcs?.find((vpc) => vpc.IsDefault)?.VpcId);
  const defaultGroup = given(
    account.call('DescribeSecurityGroups').SecurityGroups?.find((one) => one.VpcId === home && one.GroupId !== group)
      ?.GroupId,
  );
  const cases: readonly (readonly [string, string, string])[] = [
    ['sg-0123456789abcdef0', other, 'InvalidGroup.NotFound'],
    [group, 'vpc-0123456789abcdef0', 'InvalidVpcID.NotFound'],
    [defaultGroup, other, 'InvalidParameterValue'],
    [group, defaultVpc, 'InvalidParameterValue'],
    [group, home, 'InvalidParameterValue'],
  ];
  for (const [GroupId, VpcId, code] of cases) {
    equal(
      account.faultCode(() => account.call('AssociateSecurityGroupVpc', { GroupId, VpcId })),
      code,
    );
  }
  const end = () => account.call('DisassociateSecurityGroupVpc', { GroupId: group, VpcId: other });
  equal(account.faultCode(end), 'InvalidParameterValue');
});

/** A second VPC of another account, peered with the first's, and a rule there that names the first's group. */
function peeredReference() {
  const { account, home, group } = networks();
  const peer = account.in({ account: '210987654321' });
  const VpcId = given(peer.call('CreateVpc', { CidrBlock: '10.9.0.0/16' }).Vpc?.VpcId);
  const VpcPeeringConnectionId = given(
    account.call('CreateVpcPeeringConnection', { VpcId: home, PeerVpcId: VpcId, PeerOwnerId: peer.scope.account })
      .VpcPeeringConnection?.VpcPeeringConnectionId,
  );
  peer.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId });
  const referring = groupIn(peer, VpcId);
  peer.call('AuthorizeSecurityGroupIngress', {
    GroupId: referring,
    IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group, UserId: account.scope.account }] }],
  });
  return { account, peer, group, referring, VpcId, VpcPeeringConnectionId };
}

test('a group’s references from a peered VPC are listed', () => {
  const { account, group, VpcId, VpcPeeringConnectionId } = peeredReference();
  deepEqual(account.call('DescribeSecurityGroupReferences', { GroupId: [group] }).SecurityGroupReferenceSet, [
    { GroupId: group, ReferencingVpcId: VpcId, VpcPeeringConnectionId },
  ]);
});

test('a rule goes stale with the group that it names', () => {
  const { account, peer, group, referring, VpcId } = peeredReference();
  const stale = () =>
    peer
      .call('DescribeStaleSecurityGroups', { VpcId })
      .StaleSecurityGroupSet?.map((one) => [
        one.GroupId,
        one.StaleIpPermissions?.map((permission) => permission.UserIdGroupPairs?.[0]?.GroupId),
      ]);
  deepEqual(stale(), []);
  account.call('DeleteSecurityGroup', { GroupId: group });
  deepEqual(stale(), [[referring, [group]]]);
});

test('a rule goes stale with the peering connection to the group that it names', () => {
  const { peer, VpcId, VpcPeeringConnectionId } = peeredReference();
  peer.call('DeleteVpcPeeringConnection', { VpcPeeringConnectionId });
  const [stale] = peer.call('DescribeStaleSecurityGroups', { VpcId }).StaleSecurityGroupSet ?? [];
  const [pair] = stale?.StaleIpPermissions?.[0]?.UserIdGroupPairs ?? [];
  deepEqual([pair?.VpcPeeringConnectionId, pair?.PeeringStatus], [VpcPeeringConnectionId, 'deleted']);
});

test('rules name groups behind a transit gateway while it and both attachments support that, and go stale with it', () => {
  const account = testAccount();
  const gateway = gatewayWith(account, { SecurityGroupReferencingSupport: 'enable' });
  const other = account.in({ account: '210987654321' });
  const mine = attach(account, gateway, '10.0.0.0/16');
  const theirs = attach(other, gateway, '10.1.0.0/16');
  account.call('AcceptTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: theirs.id });
  const [group, referring] = [groupIn(other, theirs.vpc.id), groupIn(account, mine.vpc.id)];
  const refer = () =>
    account.call('AuthorizeSecurityGroupIngress', {
      GroupId: referring,
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group, UserId: other.scope.account }] }],
    });
  const support = (SecurityGroupReferencingSupport: 'enable' | 'disable') =>
    other.call('ModifyTransitGatewayVpcAttachment', {
      TransitGatewayAttachmentId: theirs.id,
      Options: { SecurityGroupReferencingSupport },
    });
  support('disable');
  equal(account.faultCode(refer), 'InvalidGroup.NotFound');
  support('enable');
  refer();
  deepEqual(other.call('DescribeSecurityGroupReferences', { GroupId: [group] }).SecurityGroupReferenceSet, [
    { GroupId: group, ReferencingVpcId: mine.vpc.id, TransitGatewayId: gateway },
  ]);
  const stale = () => account.call('DescribeStaleSecurityGroups', { VpcId: mine.vpc.id }).StaleSecurityGroupSet?.length;
  equal(stale(), 0);
  other.call('DeleteTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: theirs.id });
  equal(stale(), 1);
});
