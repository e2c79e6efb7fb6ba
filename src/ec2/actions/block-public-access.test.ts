/** VPC Block Public Access through its calls: the mode, exclusions, and what VPCs and subnets say of both. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { testAccount } from '../../testing/account.ts';
import { subnetWith, vpcWith } from '../../testing/vpc-parts.ts';

/** A VPC with two subnets, and what Describe says of the mode that holds for them. */
function network() {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const [one, other] = [subnetWith(account, vpc, '10.0.1.0/24'), subnetWith(account, vpc, '10.0.2.0/24')];
  const modes = () => {
    const { Vpcs } = account.call('DescribeVpcs', { VpcIds: [vpc.id] });
    const { Subnets } = account.call('DescribeSubnets', { SubnetIds: [one.id, other.id] });
    const rows = [...(Vpcs ?? []), ...(Subnets ?? [])];
    return rows.map(({ BlockPublicAccessStates: states }) => states?.InternetGatewayBlockMode);
  };
  return { account, vpc, one, other, modes };
}

const block = (account: ReturnType<typeof testAccount>, InternetGatewayBlockMode: 'off' | 'block-bidirectional') =>
  account.call('ModifyVpcBlockPublicAccessOptions', { InternetGatewayBlockMode }).VpcBlockPublicAccessOptions;

test('the mode is off until it is set, holds for every VPC and subnet of the account, and goes off again', () => {
  const { account, modes } = network();
  const described = () => account.call('DescribeVpcBlockPublicAccessOptions').VpcBlockPublicAccessOptions;
  deepEqual([described()?.State, described()?.InternetGatewayBlockMode], ['default-state', 'off']);
  deepEqual(modes(), ['off', 'off', 'off']);
  equal(block(account, 'block-bidirectional')?.State, 'update-in-progress');
  deepEqual(
    [described()?.State, described()?.ManagedBy, described()?.ExclusionsAllowed],
    ['update-complete', 'account', 'allowed'],
  );
  deepEqual(modes(), ['block-bidirectional', 'block-bidirectional', 'block-bidirectional']);
  block(account, 'off');
  deepEqual(modes(), ['off', 'off', 'off']);
});

test('an exclusion of a subnet goes before that of its VPC, and both end with being deleted', () => {
  const { account, vpc, one, modes } = network();
  block(account, 'block-bidirectional');
  const exclude = (of: object, InternetGatewayExclusionMode: 'allow-egress' | 'allow-bidirectional') =>
    account.call('CreateVpcBlockPublicAccessExclusion', { ...of, InternetGatewayExclusionMode })
      .VpcBlockPublicAccessExclusion?.ExclusionId ?? '';
  const ofVpc = exclude({ VpcId: vpc.id }, 'allow-egress');
  const ofSubnet = exclude({ SubnetId: one.id }, 'allow-bidirectional');
  deepEqual(modes(), ['block-ingress', 'off', 'block-ingress']);
  const { VpcBlockPublicAccessExclusions: all = [] } = account.call('DescribeVpcBlockPublicAccessExclusions', {
    Filters: [{ Name: 'internet-gateway-exclusion-mode', Values: ['allow-egress'] }],
  });
  deepEqual(
    all.map(({ ExclusionId, ResourceArn, State }) => [ExclusionId, ResourceArn?.split(':').at(-1), State]),
    [[ofVpc, `vpc/${vpc.id}`, 'create-complete']],
  );
  account.call('ModifyVpcBlockPublicAccessExclusion', {
    ExclusionId: ofVpc,
    InternetGatewayExclusionMode: 'allow-bidirectional',
  });
  deepEqual(modes(), ['off', 'off', 'off']);
  account.call('DeleteVpcBlockPublicAccessExclusion', { ExclusionId: ofVpc });
  deepEqual(modes(), ['block-bidirectional', 'off', 'block-bidirectional']);
  account.call('DeleteSubnet', { SubnetId: one.id });
  const gone = () => account.call('DescribeVpcBlockPublicAccessExclusions', { ExclusionIds: [ofSubnet] });
  equal(account.faultCode(gone), 'InvalidVpcBlockPublicAccessExclusionId.NotFound');
});

test('an exclusion is of one VPC or one subnet, and only one of each', () => {
  const { account, vpc, one } = network();
  const exclude = (of: object) => () =>
    account.call('CreateVpcBlockPublicAccessExclusion', { ...of, InternetGatewayExclusionMode: 'allow-egress' });
  equal(account.faultCode(exclude({})), 'MissingParameter');
  equal(account.faultCode(exclude({ VpcId: vpc.id, SubnetId: one.id })), 'InvalidParameterCombination');
  equal(account.faultCode(exclude({ SubnetId: 'subnet-00000000000000001' })), 'InvalidSubnetID.NotFound');
  exclude({ VpcId: vpc.id })();
  equal(account.faultCode(exclude({ VpcId: vpc.id })), 'InvalidParameterValue');
});
