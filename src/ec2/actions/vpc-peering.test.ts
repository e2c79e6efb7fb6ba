/** VPC peering connections, through their calls. */
import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { Vpc } from '../../model/resources/vpc.ts';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { vpcWith } from '../../testing/vpc-parts.ts';

const DAY_MS = 86_400_000;
const THERE = '210987654321';

const request = (account: TestAccount, vpc: Vpc, peer: Vpc, where: { owner?: string; region?: string } = {}) =>
  account.call('CreateVpcPeeringConnection', {
    VpcId: vpc.id,
    PeerVpcId: peer.id,
    PeerOwnerId: where.owner,
    PeerRegion: where.region,
  }).VpcPeeringConnection;

const describePeering = (account: TestAccount, id: string | undefined) =>
  account.call('DescribeVpcPeeringConnections', { VpcPeeringConnectionIds: [id ?? ''] }).VpcPeeringConnections?.[0];

const stateOf = (account: TestAccount, id: string | undefined) => describePeering(account, id)?.Status?.Code;

const accept = (account: TestAccount, id: string | undefined) => () =>
  account.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: id ?? '' });

const remove = (account: TestAccount, id: string | undefined) => () =>
  account.call('DeleteVpcPeeringConnection', { VpcPeeringConnectionId: id ?? '' });

test('a request is pending on both sides, and the accepter’s blocks show once it has accepted', () => {
  const account = testAccount();
  const [near, far] = [vpcWith(account, '10.0.0.0/16'), vpcWith(account, '10.1.0.0/16')];
  const made = request(account, near, far);
  deepEqual(made?.Status, { Code: 'initiating-request', Message: 'Initiating Request to 123456789012' });
  const id = made?.VpcPeeringConnectionId;
  const pending = describePeering(account, id);
  deepEqual(pending?.Status, { Code: 'pending-acceptance', Message: 'Pending Acceptance by 123456789012' });
  equal(pending?.ExpirationTime?.toISOString(), '2024-01-09T03:04:05.000Z');
  deepEqual(pending?.AccepterVpcInfo, { OwnerId: '123456789012', VpcId: far.id, Region: 'us-east-1' });
  equal(accept(account, id)().VpcPeeringConnection?.Status?.Code, 'provisioning');
  const active = describePeering(account, id);
  deepEqual(active?.Status, { Code: 'active', Message: 'Active' });
  deepEqual(active?.AccepterVpcInfo?.CidrBlockSet, [{ CidrBlock: '10.1.0.0/16' }]);
  equal(active?.ExpirationTime, undefined);
});

test('the other account accepts, each side may delete, and each sees what became of it', () => {
  const account = testAccount();
  const other = account.in({ account: THERE });
  const [near, far] = [vpcWith(account, '10.0.0.0/16'), vpcWith(other, '10.1.0.0/16')];
  const id = request(account, near, far, { owner: THERE })?.VpcPeeringConnectionId;
  equal(account.fault(accept(account, id)), `OperationNotPermitted: User (123456789012) cannot accept peering ${id}`);
  equal(
    account.fault(remove(other, id)),
    `InvalidStateTransition: Invalid state transition for ${id}, attempted to transition from pending-acceptance to deleting`,
  );
  accept(other, id)();
  deepEqual([stateOf(account, id), stateOf(other, id)], ['active', 'active']);
  remove(other, id)();
  deepEqual([stateOf(account, id), stateOf(other, id)], ['deleted', 'deleted']);
  equal(describePeering(account, id)?.Status?.Message, `Deleted by ${THERE}`);
  equal(account.faultCode(accept(other, id)), 'InvalidStateTransition');
  // The one who deleted sees it for two hours, the other for two days.
  account.advance(3 * 3_600_000);
  deepEqual([stateOf(account, id), stateOf(other, id)], ['deleted', undefined]);
});

test('a connection across Regions is accepted in the accepter’s Region', () => {
  const account = testAccount();
  const west = account.in({ region: 'us-west-2' });
  const [near, far] = [vpcWith(account, '10.0.0.0/16'), vpcWith(west, '10.1.0.0/16')];
  const id = request(account, near, far, { region: 'us-west-2' })?.VpcPeeringConnectionId;
  equal(
    account.fault(accept(account, id)),
    `OperationNotPermitted: Incorrect region (us-east-1) specified for this request. VPC peering connection ${id} must be accepted in region us-west-2`,
  );
  accept(west, id)();
  equal(stateOf(account, id), 'active');
  equal(
    account.faultCode(() => request(account, near, far, { region: 'eu-nowhere-1' })),
    'InvalidParameterValue',
  );
});

test('a request for overlapping blocks or a missing VPC of another account fails by itself', () => {
  const account = testAccount();
  const other = account.in({ account: THERE });
  const near = vpcWith(account, '10.0.0.0/16');
  const same = vpcWith(other, '10.0.128.0/20');
  const overlapping = request(account, near, same, { owner: THERE });
  equal(overlapping?.Status?.Code, 'initiating-request');
  const id = overlapping?.VpcPeeringConnectionId;
  deepEqual(describePeering(account, id)?.Status, {
    Code: 'failed',
    Message: 'Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range',
  });
  equal(
    other.faultCode(() => describePeering(other, id)),
    'InvalidVpcPeeringConnectionID.NotFound',
  );
  equal(
    account.fault(remove(account, id)),
    `InvalidStateTransition: Invalid state transition for ${id}, attempted to transition from failed to deleting`,
  );
  const missing = request(account, near, near, { owner: THERE });
  equal(stateOf(account, missing?.VpcPeeringConnectionId), 'failed');
  equal(
    account.faultCode(() =>
      account.call('CreateVpcPeeringConnection', { VpcId: near.id, PeerVpcId: 'vpc-00000000000000001' }),
    ),
    'InvalidVpcID.NotFound',
  );
  account.advance(3 * 3_600_000);
  equal(stateOf(account, id), undefined);
});

test('a request that nobody accepts in seven days has expired', () => {
  const account = testAccount();
  const [near, far] = [vpcWith(account, '10.0.0.0/16'), vpcWith(account, '10.1.0.0/16')];
  const id = request(account, near, far)?.VpcPeeringConnectionId;
  account.advance(7 * DAY_MS - 1);
  equal(stateOf(account, id), 'pending-acceptance');
  account.advance(1);
  equal(stateOf(account, id), 'expired');
  equal(account.faultCode(accept(account, id)), 'InvalidStateTransition');
  account.advance(2 * DAY_MS);
  equal(stateOf(account, id), undefined);
});

test('asking twice finds the same request, and of two that cross only one is accepted', () => {
  const account = testAccount();
  const [near, far] = [vpcWith(account, '10.0.0.0/16'), vpcWith(account, '10.1.0.0/16')];
  const id = request(account, near, far)?.VpcPeeringConnectionId;
  equal(request(account, near, far)?.VpcPeeringConnectionId, id);
  const crossing = request(account, far, near)?.VpcPeeringConnectionId;
  notEqual(crossing, id);
  accept(account, id)();
  equal(
    account.fault(accept(account, crossing)),
    `VpcPeeringConnectionAlreadyExists: The vpc peering connection identified by ${crossing} already exists.`,
  );
  remove(account, id)();
  notEqual(request(account, near, far)?.VpcPeeringConnectionId, id);
  accept(account, crossing)();
});

test('tags stay with the side that gave them, and connections are found by their VPCs', () => {
  const account = testAccount();
  const other = account.in({ account: THERE });
  const [near, far] = [vpcWith(account, '10.0.0.0/16'), vpcWith(other, '10.1.0.0/16')];
  account.call('CreateVpcPeeringConnection', {
    VpcId: near.id,
    PeerVpcId: far.id,
    PeerOwnerId: THERE,
    TagSpecifications: [{ ResourceType: 'vpc-peering-connection', Tags: [{ Key: 'a', Value: 'b' }] }],
  });
  const tags = (who: TestAccount) =>
    who
      .call('DescribeVpcPeeringConnections', {
        Filters: [{ Name: 'requester-vpc-info.vpc-id', Values: [near.id] }],
      })
      .VpcPeeringConnections?.map((one) => one.Tags);
  deepEqual(tags(account), [[{ Key: 'a', Value: 'b' }]]);
  deepEqual(tags(other), [[]]);
});

test('a connection shows the blocks that its VPCs have now, on both sides', () => {
  const account = testAccount();
  const west = account.in({ region: 'us-west-2' });
  const [near, far] = [vpcWith(account, '10.0.0.0/16'), vpcWith(west, '10.1.0.0/16')];
  const id = request(account, near, far, { region: 'us-west-2' })?.VpcPeeringConnectionId;
  accept(west, id)();
  west.call('AssociateVpcCidrBlock', { VpcId: far.id, CidrBlock: '10.2.0.0/16' });
  for (const side of [account, west]) {
    deepEqual(describePeering(side, id)?.AccepterVpcInfo?.CidrBlockSet, [
      { CidrBlock: '10.1.0.0/16' },
      { CidrBlock: '10.2.0.0/16' },
    ]);
  }
});

test('a rejected request stays rejected, and who rejected it forgets it first', () => {
  const account = testAccount();
  const other = account.in({ account: THERE });
  const [near, far] = [vpcWith(account, '10.0.0.0/16'), vpcWith(other, '10.1.0.0/16')];
  const id = request(account, near, far, { owner: THERE })?.VpcPeeringConnectionId;
  const reject = (by: TestAccount) => () => by.call('RejectVpcPeeringConnection', { VpcPeeringConnectionId: id ?? '' });
  equal(account.fault(reject(account)), `OperationNotPermitted: User (123456789012) cannot reject peering ${id}`);
  reject(other)();
  deepEqual([stateOf(account, id), stateOf(other, id)], ['rejected', 'rejected']);
  equal(other.faultCode(accept(other, id)), 'InvalidStateTransition');
  equal(other.faultCode(reject(other)), 'InvalidStateTransition');
  account.advance(DAY_MS);
  equal(stateOf(account, id), 'rejected');
  equal(other.faultCode(reject(other)), 'InvalidVpcPeeringConnectionID.NotFound');
});

test('each account sets the DNS option of its own side of an active connection', () => {
  const account = testAccount();
  const other = account.in({ account: THERE });
  const [near, far] = [vpcWith(account, '10.0.0.0/16'), vpcWith(other, '10.1.0.0/16')];
  const id = request(account, near, far, { owner: THERE })?.VpcPeeringConnectionId ?? '';
  const allow = { AllowDnsResolutionFromRemoteVpc: true };
  const modify = (by: TestAccount, side: 'Requester' | 'Accepter') => () =>
    by.call('ModifyVpcPeeringConnectionOptions', {
      VpcPeeringConnectionId: id,
      [`${side}PeeringConnectionOptions`]: allow,
    });
  equal(account.faultCode(modify(account, 'Requester')), 'InvalidStateTransition');
  accept(other, id)();
  equal(account.faultCode(modify(account, 'Accepter')), 'OperationNotPermitted');
  const disabled = 'InvalidVpcPeeringConnectionState.DnsHostnamesDisabled';
  equal(account.faultCode(modify(account, 'Requester')), disabled);
  account.call('ModifyVpcAttribute', { VpcId: near.id, EnableDnsHostnames: { Value: true } });
  equal(account.faultCode(modify(account, 'Requester')), disabled);
  other.call('ModifyVpcAttribute', { VpcId: far.id, EnableDnsHostnames: { Value: true } });
  equal(modify(account, 'Requester')().RequesterPeeringConnectionOptions?.AllowDnsResolutionFromRemoteVpc, true);
  const shown = describePeering(other, id);
  deepEqual(
    [shown?.RequesterVpcInfo, shown?.AccepterVpcInfo].map(
      (one) => one?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc,
    ),
    [true, false],
  );
  modify(other, 'Accepter')();
  equal(describePeering(account, id)?.AccepterVpcInfo?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc, true);
});
