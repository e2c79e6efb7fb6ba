import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { testAccount } from '../../testing/account.ts';
import { given } from '../../testing/instance-parts.ts';

test('no VPC is linked to EC2-Classic', () => {
  const account = testAccount();
  const VpcId = given(account.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc?.VpcId);
  deepEqual(account.call('DescribeVpcClassicLink', { VpcIds: [VpcId] }).Vpcs, [
    { VpcId, ClassicLinkEnabled: false, Tags: [] },
  ]);
  const enabled = { Filters: [{ Name: 'is-classic-link-enabled', Values: ['true'] }] };
  deepEqual(account.call('DescribeVpcClassicLink', enabled).Vpcs, []);
  deepEqual(account.call('DescribeVpcClassicLinkDnsSupport', { VpcIds: [VpcId] }).Vpcs, [
    { VpcId, ClassicLinkDnsSupported: false },
  ]);
  equal(
    account.faultCode(() => account.call('DescribeVpcClassicLink', { VpcIds: ['vpc-0123456789abcdef0'] })),
    'InvalidVpcID.NotFound',
  );
});
