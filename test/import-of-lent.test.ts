/** Interfaces and Elastic IPs that are of one account and used by another, in networks that are imported. */
import { deepEqual, equal } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DescribeFile } from '../src/import/describe-files.ts';
import type { TestAccount } from '../src/testing/account.ts';
import { settle } from '../src/testing/guests.ts';
import { lab } from '../src/testing/instance-parts.ts';
import { checkInterfaces } from '../src/testing/interface-invariants.ts';
import { describeFiles, imported, sorted } from './fixture/described-network.ts';
import { present } from './fixture/present.ts';

describe('what one account lends another', () => {
  const net = lab();
  const other = net.account.in({ account: '222222222222' });
  const NetworkInterfaceId = net.eni({ SecondaryPrivateIpAddressCount: 1 });
  for (const Permission of ['INSTANCE-ATTACH', 'EIP-ASSOCIATE'] as const) {
    const grant = { NetworkInterfaceId, AwsAccountId: other.scope.account, Permission };
    net.account.call('CreateNetworkInterfacePermission', grant);
  }
  const { Instances: [instance] = [] } = settle(
    other,
    other.commit('RunInstances', {
      ImageId: 'ami-virtual',
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      Placement: { AvailabilityZone: 'us-east-1a' },
      NetworkInterfaces: [{ DeviceIndex: 0 }, { DeviceIndex: 1, NetworkInterfaceId }],
    }),
  );
  const { AllocationId } = other.call('AllocateAddress');
  other.call('AssociateAddress', { AllocationId, NetworkInterfaceId });
  const inFolder = (account: TestAccount): DescribeFile[] =>
    describeFiles(account).map(({ path, text: document }) => ({
      path: `${account.scope.account}/${path}`,
      text: document,
    }));

  test('is lent where both accounts are described, in whatever order: interface, Elastic IP, permissions', () => {
    for (const accounts of [
      [net.account, other],
      [other, net.account],
    ]) {
      const { account, done } = imported(accounts.flatMap(inFolder));
      deepEqual(done.leftOut, []);
      const of = (owner: TestAccount) => account.in({ account: owner.scope.account });
      for (const one of accounts) {
        for (const call of ['DescribeNetworkInterfaces', 'DescribeAddresses', 'DescribeNetworkInterfacePermissions']) {
          const answer = (from: TestAccount) => sorted((from.call as (name: string) => object)(call));
          deepEqual(answer(of(one)), answer(one), call);
        }
      }
      const shown = of(other).call('DescribeInstances', { InstanceIds: [present(instance?.InstanceId, 'id')] });
      deepEqual(
        shown.Reservations?.[0]?.Instances?.[0]?.NetworkInterfaces?.map((one) => [
          one.NetworkInterfaceId === NetworkInterfaceId,
          one.OwnerId,
          one.Attachment?.DeviceIndex,
        ]),
        [
          [false, other.scope.account, 0],
          [true, net.account.scope.account, 1],
        ],
      );
      for (const one of accounts) of(one).transact(checkInterfaces);
    }
  });

  test('stays with its owner where the other account is not described, and the import says so', () => {
    const lender = imported(inFolder(net.account));
    const id = present(instance?.InstanceId, 'InstanceId');
    deepEqual(lender.done.ignored, [
      { what: NetworkInterfaceId, why: `${id} of account 222222222222 is not there, so it comes in unattached` },
    ]);
    const [one] =
      lender.account.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [NetworkInterfaceId] })
        .NetworkInterfaces ?? [];
    equal(one?.Status, 'available');
    deepEqual(imported(inFolder(other)).done.ignored, [
      { what: NetworkInterfaceId, why: `it comes with the description of its owner, ${net.account.scope.account}` },
      {
        what: AllocationId,
        why: `${NetworkInterfaceId} of account ${net.account.scope.account} is not there, so it comes in unassociated`,
      },
    ]);
  });
});
