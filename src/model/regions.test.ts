import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { testAccount } from '../testing/account.ts';
import { allRegions, arnOf, findRegion, findZone, findZoneById, publicDnsDomain, zonesOf } from './regions.ts';

test('every partition has Regions, and every Region two zones or more', () => {
  const partitions = new Set(allRegions().map((region) => region.partition.name));
  deepEqual(partitions.size, 8);
  for (const region of allRegions()) ok(region.zones.length >= 2, region.name);
});

test('no zone name and no AZ id stands for two zones', () => {
  const zones = allRegions().flatMap((region) => region.zones);
  equal(new Set(zones.map((zone) => zone.name)).size, zones.length);
  equal(new Set(zones.map((zone) => zone.id)).size, zones.length);
});

test('a zone is found by its name and by its id, and only in its own Region', () => {
  equal(findZone('us-east-1', 'us-east-1f')?.id, 'use1-az6');
  equal(findZoneById('ap-northeast-1', 'apne1-az4')?.name, 'ap-northeast-1a');
  equal(findZone('us-east-1', 'us-east-2a'), undefined);
  equal(zonesOf('eu-central-1').length, 3);
});

test('names that come from a Region have the suffix of its partition', () => {
  const scope = { account: '123456789012', region: 'cn-north-1' };
  equal(arnOf(scope, 'subnet', 'subnet-1'), 'arn:aws-cn:ec2:cn-north-1:123456789012:subnet/subnet-1');
  equal(findRegion('cn-north-1')?.endpoint, 'ec2.cn-north-1.amazonaws.com.cn');
  equal(publicDnsDomain('us-east-1'), 'compute-1.amazonaws.com');
  equal(publicDnsDomain('cn-north-1'), 'cn-north-1.compute.amazonaws.com.cn');
});

test('a Region that AWS does not have cannot be used', () => {
  const nowhere = testAccount({ region: 'us-east-9' });
  equal(
    nowhere.fault(() => nowhere.call('DescribeVpcs')),
    "AuthFailure: Credential should be scoped to a valid region, not 'us-east-9'.",
  );
  throws(() => zonesOf('us-east-9'), /no such Region/);
});

test('every Region of every partition begins with a default VPC of a subnet for each zone', () => {
  const account = testAccount();
  for (const { name, zones } of allRegions()) {
    const { Subnets: subnets = [] } = account.in({ region: name }).call('DescribeSubnets');
    deepEqual(
      subnets.map((subnet) => subnet.AvailabilityZone),
      zones.map((zone) => zone.name),
    );
  }
});
