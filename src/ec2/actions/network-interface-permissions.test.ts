import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { given, lab } from '../../testing/instance-parts.ts';

const THERE = '210987654321';
const Permission = 'INSTANCE-ATTACH';

test('a permission is shown to the account that granted it, until it is revoked', () => {
  const { account, eni } = lab();
  const other = account.in({ account: THERE });
  const NetworkInterfaceId = eni();
  const grant = () =>
    account.call('CreateNetworkInterfacePermission', { NetworkInterfaceId, AwsAccountId: THERE, Permission })
      .InterfacePermission;
  const granted = grant();
  equal(granted?.PermissionState?.State, 'GRANTED');
  equal(grant()?.NetworkInterfacePermissionId, granted?.NetworkInterfacePermissionId);
  const id = given(granted?.NetworkInterfacePermissionId);
  const Filters = [{ Name: 'network-interface-permission.aws-account-id', Values: [THERE] }];
  const shown = account.call('DescribeNetworkInterfacePermissions', { Filters }).NetworkInterfacePermissions;
  deepEqual(shown, [granted]);
  deepEqual(other.call('DescribeNetworkInterfacePermissions').NetworkInterfacePermissions, []);
  const revoke = () => account.call('DeleteNetworkInterfacePermission', { NetworkInterfacePermissionId: id });
  equal(
    other.faultCode(() => other.call('DeleteNetworkInterfacePermission', { NetworkInterfacePermissionId: id })),
    'InvalidPermissionID.NotFound',
  );
  equal(revoke().Return, true);
  equal(account.faultCode(revoke), 'InvalidPermissionID.NotFound');
});

test('permissions go with their interface', () => {
  const { account, eni } = lab();
  const NetworkInterfaceId = eni();
  account.call('CreateNetworkInterfacePermission', { NetworkInterfaceId, AwsAccountId: THERE, Permission });
  account.call('DeleteNetworkInterface', { NetworkInterfaceId });
  deepEqual(account.call('DescribeNetworkInterfacePermissions').NetworkInterfacePermissions, []);
});

test('each mistake in a permission has its fault', () => {
  const { account, eni } = lab();
  const NetworkInterfaceId = eni();
  const cases: readonly (readonly [object, string])[] = [
    [{ Permission: 'x', AwsAccountId: THERE }, 'InvalidParameterValue'],
    [{ Permission }, 'MissingParameter'],
    [{ Permission, AwsService: 'elb', AwsAccountId: THERE }, 'InvalidParameterValue'],
    [{ Permission, AwsAccountId: '1' }, 'InvalidParameterValue'],
    [{ Permission, AwsAccountId: account.scope.account }, 'InvalidParameterValue'],
    [{ Permission, AwsAccountId: THERE, NetworkInterfaceId: 'eni-1' }, 'InvalidNetworkInterfaceId.Malformed'],
  ];
  for (const [request, code] of cases) {
    equal(
      account.faultCode(() =>
        account.call('CreateNetworkInterfacePermission', { NetworkInterfaceId, Permission, ...request }),
      ),
      code,
      JSON.stringify(request),
    );
  }
});

test('resetting the source/destination check turns it on', () => {
  const { account, eni } = lab();
  const NetworkInterfaceId = eni();
  account.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, SourceDestCheck: { Value: false } });
  equal(
    account.faultCode(() => account.call('ResetNetworkInterfaceAttribute', { NetworkInterfaceId })),
    'InvalidParameterCombination',
  );
  account.call('ResetNetworkInterfaceAttribute', { NetworkInterfaceId, SourceDestCheck: 'true' });
  equal(account.call('DescribeNetworkInterfaces').NetworkInterfaces?.[0]?.SourceDestCheck, true);
});
