/** Who pays for what two accounts use together. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { given, lab } from '../testing/instance-parts.ts';
import { meter } from './meter.ts';
import { UsageInterval } from './usage-interval.ts';

test('the owner of an Elastic IP pays for it on an interface of another account, whose instance decides how much', () => {
  const net = lab({ observe: meter });
  const other = net.account.in({ account: '210987654321' });
  const AllocationId = given(other.call('AllocateAddress').AllocationId);
  const NetworkInterfaceId = net.eni();
  const instance = net.instance();
  net.attach(NetworkInterfaceId, instance);
  const grant = { NetworkInterfaceId, AwsAccountId: other.scope.account, Permission: 'EIP-ASSOCIATE' } as const;
  net.account.call('CreateNetworkInterfacePermission', grant);
  other.call('AssociateAddress', { AllocationId, NetworkInterfaceId });
  const standing = () => {
    const [open] = other.transact((tx) => tx.by(UsageInterval, 'open', AllocationId));
    return open?.use.kind === 'elastic-ip' ? open.use.standing : undefined;
  };
  deepEqual(standing(), { kind: 'in-use', holder: instance });
  net.stop(instance);
  deepEqual(standing(), { kind: 'idle', why: 'instance-not-running', at: instance });
  equal(net.account.transact((tx) => tx.by(UsageInterval, 'open', AllocationId)).length, 0);
});
