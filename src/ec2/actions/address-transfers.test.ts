import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';

const THERE = '210987654321';
const DAY_MS = 86_400_000;

function offered() {
  const net: Lab = lab();
  const { account } = net;
  const other = account.in({ account: THERE });
  const AllocationId = net.elasticIp();
  account.call('CreateTags', { Resources: [AllocationId], Tags: [{ Key: 'a', Value: 'b' }] });
  const Address = given(account.call('DescribeAddresses', { AllocationIds: [AllocationId] }).Addresses?.[0]?.PublicIp);
  const { AddressTransfer } = account.call('EnableAddressTransfer', { AllocationId, TransferAccountId: THERE });
  const accept = () => other.call('AcceptAddressTransfer', { Address }).AddressTransfer;
  const statuses = () =>
    account.call('DescribeAddressTransfers').AddressTransfers?.map((one) => one.AddressTransferStatus);
  return { net, account, other, AllocationId, Address, offer: given(AddressTransfer), accept, statuses };
}

test('an accepted address belongs to the other account, without its tags', () => {
  const { account, other, Address, offer, accept, statuses } = offered();
  equal(offer.AddressTransferStatus, 'pending');
  equal(offer.TransferOfferExpirationTimestamp?.toISOString(), '2024-01-09T03:04:05.000Z');
  equal(accept()?.AddressTransferStatus, 'accepted');
  deepEqual(account.call('DescribeAddresses').Addresses, []);
  const addresses = other.call('DescribeAddresses').Addresses;
  deepEqual(
    addresses?.map((one) => [one.PublicIp, one.Tags]),
    [[Address, []]],
  );
  deepEqual(statuses(), ['accepted']);
  account.advance(15 * DAY_MS);
  deepEqual(statuses(), []);
  other.call('ReleaseAddress', { AllocationId: given(addresses?.[0]?.AllocationId) });
});

test('an offer lapses after seven days, and can be taken back before', () => {
  const { account, other, AllocationId, accept, statuses } = offered();
  account.advance(7 * DAY_MS);
  deepEqual(statuses(), ['disabled']);
  equal(other.faultCode(accept), 'InvalidAddress.NotFound');
  account.call('EnableAddressTransfer', { AllocationId, TransferAccountId: THERE });
  deepEqual(statuses(), ['pending']);
  equal(account.call('DisableAddressTransfer', { AllocationId }).AddressTransfer?.AddressTransferStatus, 'disabled');
  equal(other.faultCode(accept), 'InvalidAddress.NotFound');
  equal(
    account.faultCode(() => account.call('DisableAddressTransfer', { AllocationId })),
    'InvalidParameterValue',
  );
});

test('what keeps an address from being accepted, each row mending the fault of the row above', () => {
  const { net, account, other, AllocationId, Address, accept } = offered();
  const third = account.in({ account: '111122223333' });
  equal(
    third.faultCode(() => third.call('AcceptAddressTransfer', { Address })),
    'InvalidAddress.NotFound',
  );
  equal(
    other.faultCode(() => other.call('AcceptAddressTransfer', { Address: 'x' })),
    'InvalidAddress.Malformed',
  );
  const own = Array.from({ length: 5 }, () => given(other.call('AllocateAddress').AllocationId));
  const { AssociationId } = account.call('AssociateAddress', { AllocationId, NetworkInterfaceId: net.eni() });
  account.call('ModifyAddressAttribute', { AllocationId, DomainName: 'mail.example.com' });
  equal(other.faultCode(accept), 'AddressLimitExceeded');
  other.call('ReleaseAddress', { AllocationId: given(own[0]) });
  equal(other.faultCode(accept), 'InvalidTransfer.AddressCustomPtrSet');
  account.call('ResetAddressAttribute', { AllocationId, Attribute: 'domain-name' });
  equal(other.faultCode(accept), 'InvalidTransfer.AddressAssociated');
  account.call('DisassociateAddress', { AssociationId: given(AssociationId) });
  equal(accept()?.PublicIp, Address);
});

test('what EnableAddressTransfer and DescribeAddressTransfers refuse', () => {
  const { account, AllocationId } = offered();
  const enable = (id: string, TransferAccountId: string) => () =>
    account.call('EnableAddressTransfer', { AllocationId: id, TransferAccountId });
  equal(account.faultCode(enable(AllocationId, '12')), 'InvalidParameterValue');
  equal(account.faultCode(enable('eipalloc-0123456789abcdef0', THERE)), 'InvalidAllocationID.NotFound');
  equal(account.faultCode(enable(AllocationId, account.scope.account)), 'InvalidParameterValue');
  const AllocationIds = ['eipalloc-0123456789abcdef0'];
  equal(
    account.faultCode(() => account.call('DescribeAddressTransfers', { AllocationIds })),
    'InvalidAllocationID.NotFound',
  );
});

test('a released address takes its offer with it', () => {
  const { account, other, AllocationId, accept, statuses } = offered();
  account.call('ReleaseAddress', { AllocationId });
  deepEqual(statuses(), []);
  equal(other.faultCode(accept), 'InvalidAddress.NotFound');
});
