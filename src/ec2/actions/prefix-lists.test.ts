import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { given, lab } from '../../testing/instance-parts.ts';

function listOf(account: TestAccount, MaxEntries: number, ...cidrs: readonly string[]): string {
  const { PrefixList } = account.call('CreateManagedPrefixList', {
    PrefixListName: 'offices',
    AddressFamily: 'IPv4',
    MaxEntries,
    Entries: cidrs.map((Cidr) => ({ Cidr })),
  });
  return given(PrefixList?.PrefixListId);
}

const entriesOf = (account: TestAccount, PrefixListId: string, TargetVersion?: number) =>
  account.call('GetManagedPrefixListEntries', { PrefixListId, TargetVersion }).Entries?.map((entry) => entry.Cidr);

const stateOf = (account: TestAccount, id: string) => {
  const [list] = account.call('DescribeManagedPrefixLists', { PrefixListIds: [id] }).PrefixLists ?? [];
  return [list?.State, list?.Version, list?.MaxEntries];
};

test('a change of entries makes a new version, a change of the name does not', () => {
  const account = testAccount();
  const PrefixListId = listOf(account, 5, '10.0.0.0/8');
  deepEqual(stateOf(account, PrefixListId), ['create-complete', 1, 5]);
  account.call('ModifyManagedPrefixList', { PrefixListId, PrefixListName: 'homes' });
  deepEqual(stateOf(account, PrefixListId), ['modify-complete', 1, 5]);
  const { PrefixList } = account.call('ModifyManagedPrefixList', {
    PrefixListId,
    CurrentVersion: 1,
    AddEntries: [{ Cidr: '192.0.2.0/24', Description: 'new' }],
    RemoveEntries: [{ Cidr: '10.0.0.0/8' }],
  });
  equal(PrefixList?.State, 'modify-in-progress');
  deepEqual(stateOf(account, PrefixListId), ['modify-complete', 2, 5]);
  deepEqual(entriesOf(account, PrefixListId), ['192.0.2.0/24']);
  deepEqual(entriesOf(account, PrefixListId, 1), ['10.0.0.0/8']);
});

test('an earlier version is restored as a new one', () => {
  const account = testAccount();
  const PrefixListId = listOf(account, 5, '10.0.0.0/8');
  account.call('ModifyManagedPrefixList', { PrefixListId, CurrentVersion: 1, RemoveEntries: [{ Cidr: '10.0.0.0/8' }] });
  account.call('RestoreManagedPrefixListVersion', { PrefixListId, PreviousVersion: 1, CurrentVersion: 2 });
  deepEqual(stateOf(account, PrefixListId), ['restore-complete', 3, 5]);
  deepEqual(entriesOf(account, PrefixListId), ['10.0.0.0/8']);
});

test('rules and routes can name a list, which then cannot be deleted', () => {
  const { account, vpcId } = lab();
  const PrefixListId = listOf(account, 5, '192.0.2.0/24');
  const group = given(account.call('CreateSecurityGroup', { VpcId: vpcId, GroupName: 'g', Description: 'g' }).GroupId);
  const table = given(account.call('CreateRouteTable', { VpcId: vpcId }).RouteTable?.RouteTableId);
  const gateway = given(account.call('DescribeInternetGateways').InternetGateways?.at(-1)?.InternetGatewayId);
  account.call('AuthorizeSecurityGroupIngress', {
    GroupId: group,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, PrefixListIds: [{ PrefixListId }] }],
  });
  account.call('CreateRoute', { RouteTableId: table, DestinationPrefixListId: PrefixListId, GatewayId: gateway });
  deepEqual(
    account
      .call('GetManagedPrefixListAssociations', { PrefixListId })
      .PrefixListAssociations?.map((one) => one.ResourceId),
    [table, group],
  );
  const remove = () => account.call('DeleteManagedPrefixList', { PrefixListId });
  equal(account.faultCode(remove), 'DependencyViolation');
  account.call('DeleteSecurityGroup', { GroupId: group });
  account.call('DeleteRoute', { RouteTableId: table, DestinationPrefixListId: PrefixListId });
  equal(remove().PrefixList?.State, 'delete-in-progress');
  equal(
    account.faultCode(() => entriesOf(account, PrefixListId)),
    'InvalidPrefixListID.NotFound',
  );
});

test('a list counts with its maximum size against the rules of a group, and cannot outgrow them', () => {
  const { account, vpcId } = lab();
  const PrefixListId = listOf(account, 60, '192.0.2.0/24');
  const GroupId = given(
    account.call('CreateSecurityGroup', { VpcId: vpcId, GroupName: 'g', Description: 'g' }).GroupId,
  );
  const authorize = (peer: object) =>
    account.call('AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, ...peer }],
    });
  authorize({ PrefixListIds: [{ PrefixListId }] });
  authorize({ Ipv6Ranges: [{ CidrIpv6: '::/0' }] });
  equal(
    account.faultCode(() => authorize({ IpRanges: [{ CidrIp: '10.0.0.0/8' }] })),
    'RulesPerSecurityGroupLimitExceeded',
  );
  account.call('ModifyManagedPrefixList', { PrefixListId, MaxEntries: 61 });
  deepEqual(stateOf(account, PrefixListId), ['modify-failed', 1, 60]);
});

test('entries come page by page', () => {
  const account = testAccount();
  const PrefixListId = listOf(account, 5, '10.0.0.0/8', '11.0.0.0/8', '12.0.0.0/8');
  const first = account.call('GetManagedPrefixListEntries', { PrefixListId, MaxResults: 2 });
  const second = account.call('GetManagedPrefixListEntries', {
    PrefixListId,
    MaxResults: 2,
    NextToken: given(first.NextToken),
  });
  deepEqual([first.Entries?.length, second.Entries?.map((entry) => entry.Cidr)], [2, ['12.0.0.0/8']]);
});

test('lists of services are listed apart', () => {
  const account = testAccount();
  listOf(account, 5);
  deepEqual(
    account.call('DescribePrefixLists').PrefixLists?.map((list) => list.PrefixListName),
    ['com.amazonaws.us-east-1.s3', 'com.amazonaws.us-east-1.dynamodb'],
  );
});

test('each mistake in a change has its fault', () => {
  const account = testAccount();
  const PrefixListId = listOf(account, 2, '10.0.0.0/8', '11.0.0.0/8');
  const AddEntries = [{ Cidr: '12.0.0.0/8' }];
  const cases: readonly (readonly [object, string])[] = [
    [{ PrefixListId: 'pl-1' }, 'InvalidPrefixListId.Malformed'],
    [{ PrefixListId: 'pl-0123456789abcdef0' }, 'InvalidPrefixListID.NotFound'],
    [{}, 'InvalidParameterCombination'],
    [{ AddEntries, MaxEntries: 9 }, 'InvalidParameterCombination'],
    [{ AddEntries }, 'MissingParameter'],
    [{ AddEntries, CurrentVersion: 7 }, 'PrefixListVersionMismatch'],
    [{ AddEntries: [{ Cidr: '::/0' }], CurrentVersion: 1 }, 'InvalidParameterValue'],
    [{ AddEntries: [{ Cidr: '10.0.0.0/8' }], CurrentVersion: 1 }, 'InvalidParameterValue'],
    [{ RemoveEntries: AddEntries, CurrentVersion: 1 }, 'InvalidParameterValue'],
    [{ AddEntries, CurrentVersion: 1 }, 'PrefixListMaxEntriesExceeded'],
    [{ MaxEntries: 1 }, 'PrefixListMaxEntriesExceeded'],
    [{ MaxEntries: 1001 }, 'InvalidParameterValue'],
    [{ PrefixListName: 'com.amazonaws.mine' }, 'InvalidParameterValue'],
  ];
  for (const [change, code] of cases) {
    equal(
      account.faultCode(() => account.call('ModifyManagedPrefixList', { PrefixListId, ...change })),
      code,
      JSON.stringify(change),
    );
  }
  deepEqual(stateOf(account, PrefixListId), ['create-complete', 1, 2]);
});
