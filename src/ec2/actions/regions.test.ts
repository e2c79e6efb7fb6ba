import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { testAccount } from '../../testing/account.ts';

test('Regions are those of the partition of the caller', () => {
  const account = testAccount();
  const names = (region: string) =>
    account
      .in({ region })
      .call('DescribeRegions')
      .Regions?.map((one) => one.RegionName) ?? [];
  ok(names('us-east-1').length >= 34);
  ok(!names('us-east-1').includes('cn-north-1'));
  deepEqual(names('cn-north-1'), ['cn-north-1', 'cn-northwest-1']);
});

test('a Region that must be switched on at AWS is switched on here', () => {
  const account = testAccount();
  const status = (name: string) => account.call('DescribeRegions', { RegionNames: [name] }).Regions?.[0]?.OptInStatus;
  equal(status('eu-west-1'), 'opt-in-not-required');
  equal(status('eu-south-2'), 'opted-in');
  equal(
    account.faultCode(() => status('eu-south-9')),
    'InvalidParameterValue',
  );
});

test('zones are those of the Region, by name, by id and by filter', () => {
  const account = testAccount({ region: 'us-west-2' });
  const ids = (request: object) =>
    account.call('DescribeAvailabilityZones', request).AvailabilityZones?.map((zone) => zone.ZoneId);
  deepEqual(ids({}), ['usw2-az1', 'usw2-az2', 'usw2-az3', 'usw2-az4']);
  deepEqual(ids({ ZoneNames: ['us-west-2b'] }), ['usw2-az2']);
  deepEqual(ids({ ZoneIds: ['usw2-az4'] }), ['usw2-az4']);
  deepEqual(ids({ Filters: [{ Name: 'zone-type', Values: ['local-zone'] }] }), []);
  equal(
    account.faultCode(() => ids({ ZoneNames: ['us-east-1a'] })),
    'InvalidParameterValue',
  );
});

test('account attributes name the default VPC, or none', () => {
  const account = testAccount();
  const value = (name: string) =>
    account.call('DescribeAccountAttributes', { AttributeNames: [name] }).AccountAttributes?.[0]?.AttributeValues;
  equal(value('default-vpc')?.[0]?.AttributeValue, account.call('DescribeVpcs').Vpcs?.[0]?.VpcId);
  deepEqual(value('supported-platforms'), [{ AttributeValue: 'VPC' }]);
  equal(account.call('DescribeAccountAttributes').AccountAttributes?.length, 6);
  equal(
    account.faultCode(() => value('toString')),
    'InvalidParameterValue',
  );
});
