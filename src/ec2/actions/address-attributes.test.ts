import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { testAccount } from '../../testing/account.ts';
import { given, lab } from '../../testing/instance-parts.ts';

test('an address with a reverse name shows it and cannot be released until it is reset', () => {
  const { account, elasticIp } = lab();
  const AllocationId = elasticIp();
  const records = () =>
    account
      .call('DescribeAddressesAttribute', { AllocationIds: [AllocationId], Attribute: 'domain-name' })
      .Addresses?.map((one) => one.PtrRecord);
  deepEqual(records(), []);
  const { Address } = account.call('ModifyAddressAttribute', { AllocationId, DomainName: 'mail.example.com' });
  deepEqual(Address?.PtrRecordUpdate, { Value: 'mail.example.com.', Status: 'PENDING' });
  deepEqual(records(), ['mail.example.com.']);
  equal(
    account.fault(() => account.call('ReleaseAddress', { AllocationId })),
    `InvalidAddress.Locked: The address with allocation id ${AllocationId} cannot be released because it is locked to your account`,
  );
  account.call('ResetAddressAttribute', { AllocationId, Attribute: 'domain-name' });
  deepEqual(records(), []);
  account.call('ReleaseAddress', { AllocationId });
});

test('a reverse name must be a domain name, of an address that is there', () => {
  const { account, elasticIp } = lab();
  const AllocationId = elasticIp();
  const modify = (id: string, DomainName?: string) => () =>
    account.call('ModifyAddressAttribute', { AllocationId: id, DomainName });
  equal(account.faultCode(modify('eipalloc-0123456789abcdef0', 'a.b')), 'InvalidAllocationID.NotFound');
  equal(account.faultCode(modify(AllocationId)), 'InvalidParameterCombination');
  for (const name of ['mail', 'a b.example.com', '-a.example.com', `${'a'.repeat(64)}.com`, '']) {
    equal(account.faultCode(modify(AllocationId, name)), 'InvalidParameterValue', name);
  }
});

test('no address is of EC2-Classic, and none moves there', () => {
  const { account, elasticIp } = lab();
  const AllocationId = elasticIp();
  const PublicIp = given(account.call('DescribeAddresses').Addresses?.[0]?.PublicIp);
  deepEqual(account.call('MoveAddressToVpc', { PublicIp }), { AllocationId, Status: 'InVpc' });
  equal(
    account.faultCode(() => account.call('RestoreAddressToClassic', { PublicIp })),
    'UnsupportedOperation',
  );
  equal(
    account.faultCode(() => account.call('MoveAddressToVpc', { PublicIp: '203.0.113.1' })),
    'InvalidAddress.NotFound',
  );
  deepEqual(account.call('DescribeMovingAddresses').MovingAddressStatuses, []);
});

test('there are no pools of brought addresses', () => {
  const account = testAccount();
  deepEqual(account.call('DescribePublicIpv4Pools').PublicIpv4Pools, []);
  deepEqual(account.call('DescribeIpv6Pools').Ipv6Pools, []);
  const PoolIds = ['ipv4pool-ec2-0123456789abcdef0'];
  equal(
    account.faultCode(() => account.call('DescribePublicIpv4Pools', { PoolIds })),
    'InvalidPublicIpv4PoolID.NotFound',
  );
});
