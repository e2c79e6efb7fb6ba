import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { testAccount } from '../../testing/account.ts';

const option = (Key: string, ...Values: readonly string[]) => ({ Key, Values });

test('every VPC begins with the set of its Region', () => {
  const account = testAccount();
  for (const [region, domain] of [
    ['us-east-1', 'ec2.internal'],
    ['eu-west-3', 'eu-west-3.compute.internal'],
  ] as const) {
    const there = account.in({ region });
    const [set, ...others] = there.call('DescribeDhcpOptions').DhcpOptions ?? [];
    equal(others.length, 0);
    deepEqual(set?.DhcpConfigurations, [
      { Key: 'domain-name', Values: [{ Value: domain }] },
      { Key: 'domain-name-servers', Values: [{ Value: 'AmazonProvidedDNS' }] },
    ]);
    equal(there.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc?.DhcpOptionsId, set?.DhcpOptionsId);
  }
});

test('a set says what its keys allow', () => {
  const account = testAccount();
  const rows: [configuration: ReturnType<typeof option>[], accepted: boolean][] = [
    [[], false],
    [[option('domain')], false],
    [[option('domain-name')], false],
    [[option('domain-name', 'a', 'b')], false],
    [[option('domain-name', 'example.com')], true],
    [[option('domain-name', 'a'), option('domain-name', 'b')], false],
    [[option('domain-name-servers', 'AmazonProvidedDNS')], true],
    [[option('domain-name-servers', '10.0.0.300')], false],
    [[option('domain-name-servers', '10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '2001:db8::1')], true],
    [[option('domain-name-servers', '10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5')], false],
    [[option('domain-name-servers', '10.0.0.1,10.0.0.2')], true],
    [[option('ntp-servers', '169.254.169.123')], true],
    [[option('ntp-servers', 'time.example.com')], false],
    [[option('netbios-name-servers', '2001:db8::1')], false],
    [[option('netbios-name-servers', '10.0.0.1')], true],
    [[option('netbios-node-type', '3')], false],
    [[option('netbios-node-type', '8')], true],
    [[option('ipv6-address-preferred-lease-time', '139')], false],
    [[option('ipv6-address-preferred-lease-time', '140')], true],
    [[option('ipv6-address-preferred-lease-time', '2147483648')], false],
  ];
  for (const [DhcpConfigurations, accepted] of rows) {
    const create = () => account.call('CreateDhcpOptions', { DhcpConfigurations });
    if (accepted) equal(create().DhcpOptions?.DhcpConfigurations?.length, DhcpConfigurations.length);
    else account.faultCode(create);
  }
});

test('servers in one text are taken apart', () => {
  const account = testAccount();
  const request = { DhcpConfigurations: [option('domain-name-servers', '10.0.0.1, 10.0.0.2')] };
  deepEqual(account.call('CreateDhcpOptions', request).DhcpOptions?.DhcpConfigurations?.[0]?.Values, [
    { Value: '10.0.0.1' },
    { Value: '10.0.0.2' },
  ]);
});

test('the own resolver has one spelling, whatever the request', () => {
  const account = testAccount();
  const request = { DhcpConfigurations: [option('domain-name-servers', 'amazonprovideddns')] };
  deepEqual(account.call('CreateDhcpOptions', request).DhcpOptions?.DhcpConfigurations?.[0]?.Values, [
    { Value: 'AmazonProvidedDNS' },
  ]);
});

test('a set stays while a VPC has it, and a VPC can have none', () => {
  const account = testAccount();
  const VpcId = account.call('DescribeVpcs').Vpcs?.[0]?.VpcId ?? '';
  const request = { DhcpConfigurations: [option('domain-name', 'corp.example')] };
  const DhcpOptionsId = account.call('CreateDhcpOptions', request).DhcpOptions?.DhcpOptionsId ?? '';
  account.call('AssociateDhcpOptions', { VpcId, DhcpOptionsId });
  equal(
    account.fault(() => account.call('DeleteDhcpOptions', { DhcpOptionsId })),
    `DependencyViolation: The dhcpOptions '${DhcpOptionsId}' has dependencies and cannot be deleted.`,
  );
  account.call('AssociateDhcpOptions', { VpcId, DhcpOptionsId: 'default' });
  equal(account.call('DescribeVpcs').Vpcs?.[0]?.DhcpOptionsId, 'default');
  account.call('DeleteDhcpOptions', { DhcpOptionsId });
  equal(
    account.fault(() => account.call('AssociateDhcpOptions', { VpcId, DhcpOptionsId })),
    `InvalidDhcpOptionID.NotFound: The dhcpOption ID '${DhcpOptionsId}' does not exist`,
  );
});

test('sets are found by their keys and values', () => {
  const account = testAccount();
  account.call('CreateDhcpOptions', { DhcpConfigurations: [option('domain-name', 'corp.example')] });
  const count = (Name: string, value: string) =>
    account.call('DescribeDhcpOptions', { Filters: [{ Name, Values: [value] }] }).DhcpOptions?.length;
  equal(count('key', 'domain-name'), 2);
  equal(count('value', 'corp.*'), 1);
  equal(count('value', 'AmazonProvidedDNS'), 1);
});
