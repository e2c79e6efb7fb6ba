/** Network interfaces of one account that another uses, at its instances and for its Elastic IPs: who may what, and is shown what. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { TestAccount } from '../../testing/account.ts';
import { settle } from '../../testing/guests.ts';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';

const BORROWER = '210987654321';

/** An account with interfaces to lend, and another one with an instance in the same zone. */
interface Two {
  readonly net: Lab;
  readonly borrower: TestAccount;
  /** An interface that may be attached. */
  lend(request?: Parameters<Lab['eni']>[0]): string;
  grant(interfaceId: string): string;
  launch(zone?: string): string;
  attach(interfaceId: string, instanceId: string, deviceIndex?: number): string;
}

function two(): Two {
  const net = lab();
  const borrower = net.account.in({ account: BORROWER });
  const grant = (NetworkInterfaceId: string): string => {
    const request = { NetworkInterfaceId, AwsAccountId: BORROWER, Permission: 'INSTANCE-ATTACH' } as const;
    const { InterfacePermission } = net.account.call('CreateNetworkInterfacePermission', request);
    return given(InterfacePermission?.NetworkInterfacePermissionId);
  };
  return {
    net,
    borrower,
    grant,
    lend: (request) => {
      const id = net.eni(request);
      grant(id);
      return id;
    },
    launch: (AvailabilityZone = 'us-east-1a') => {
      const request = { ...LAUNCH, Placement: { AvailabilityZone } };
      return given(settle(borrower, borrower.commit('RunInstances', request)).Instances?.[0]?.InstanceId);
    },
    attach: (NetworkInterfaceId, InstanceId, DeviceIndex = 1) => {
      const request = { NetworkInterfaceId, InstanceId, DeviceIndex };
      return given(settle(borrower, borrower.commit('AttachNetworkInterface', request)).AttachmentId);
    },
  };
}

const LAUNCH = { ImageId: 'ami-virtual', InstanceType: 't3.medium', MinCount: 1, MaxCount: 1 } as const;

const interfaceOf = (account: TestAccount, id: string) =>
  given(account.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [id] }).NetworkInterfaces?.[0]);

const instanceOf = (account: TestAccount, id: string) =>
  given(account.call('DescribeInstances', { InstanceIds: [id] }).Reservations?.[0]?.Instances?.[0]);

test('an interface that its owner permits is attached in another account, and each side is shown whose it is', () => {
  const { net, borrower, lend, launch, attach } = two();
  const group = given(
    net.account.call('CreateSecurityGroup', { GroupName: 'lent', Description: 'of the owner', VpcId: net.vpcId })
      .GroupId,
  );
  const eni = lend({ Groups: [group] });
  const instance = launch();
  const attachmentId = attach(eni, instance);
  const { Attachment, Status, OwnerId } = interfaceOf(net.account, eni);
  deepEqual(
    [Attachment?.InstanceOwnerId, Attachment?.InstanceId, Attachment?.AttachmentId, Status, OwnerId],
    [BORROWER, instance, attachmentId, 'in-use', net.account.scope.account],
  );
  const shown = given(instanceOf(borrower, instance).NetworkInterfaces?.find((one) => one.NetworkInterfaceId === eni));
  deepEqual(
    [shown.OwnerId, shown.VpcId, shown.SubnetId, shown.Groups, shown.Attachment?.DeviceIndex],
    [net.account.scope.account, net.vpcId, net.subnetId, [{ GroupId: group, GroupName: 'lent' }], 1],
  );
  // The instance itself stays where its own primary interface is.
  ok(instanceOf(borrower, instance).VpcId !== net.vpcId);
  deepEqual(
    borrower.call('DescribeNetworkInterfaces', { Filters: [{ Name: 'network-interface-id', Values: [eni] }] })
      .NetworkInterfaces,
    [],
  );
  const byOwner = [{ Name: 'network-interface.owner-id', Values: [net.account.scope.account] }];
  equal(borrower.call('DescribeInstances', { Filters: byOwner }).Reservations?.length, 1);
});

test('each reason for which an interface is not attached in another account has its fault', () => {
  const { net, borrower, lend, grant, launch, attach } = two();
  const instance = launch();
  const notPermitted = net.eni();
  const revoked = net.eni();
  net.account.call('DeleteNetworkInterfacePermission', { NetworkInterfacePermissionId: grant(revoked) });
  const associateOnly = net.eni();
  net.account.call('CreateNetworkInterfacePermission', {
    NetworkInterfaceId: associateOnly,
    AwsAccountId: BORROWER,
    Permission: 'EIP-ASSOCIATE',
  });
  const toAnother = net.eni();
  net.account.call('CreateNetworkInterfacePermission', {
    NetworkInterfaceId: toAnother,
    AwsAccountId: '333333333333',
    Permission: 'INSTANCE-ATTACH',
  });
  const elsewhere = lend({ SubnetId: net.subnet('10.0.9.0/24', 'us-east-1b') });
  const inUse = lend();
  attach(inUse, launch());
  const cases: readonly (readonly [string, string, object, string])[] = [
    ['no permission', notPermitted, {}, 'InvalidNetworkInterfaceID.NotFound'],
    ['a permission that was taken back', revoked, {}, 'InvalidNetworkInterfaceID.NotFound'],
    ['a permission for Elastic IPs alone', associateOnly, {}, 'InvalidNetworkInterfaceID.NotFound'],
    ['a permission for another account', toAnother, {}, 'InvalidNetworkInterfaceID.NotFound'],
    ['another zone', elsewhere, {}, 'InvalidParameterCombination'],
    ['attached elsewhere', inUse, {}, 'InvalidNetworkInterface.InUse'],
    ['the primary place, which is taken', lend(), { DeviceIndex: 0 }, 'InvalidParameterValue'],
    ['an instance of the owner', lend(), { InstanceId: net.instance() }, 'InvalidInstanceID.NotFound'],
  ];
  for (const [why, NetworkInterfaceId, more, code] of cases) {
    const request = { NetworkInterfaceId, InstanceId: instance, DeviceIndex: 1, ...more };
    equal(
      borrower.faultCode(() => borrower.call('AttachNetworkInterface', request)),
      code,
      why,
    );
  }
  const third = attach(lend(), instance) && lend();
  attach(lend(), instance, 2);
  const overFull = { NetworkInterfaceId: third, InstanceId: instance, DeviceIndex: 3 };
  equal(
    borrower.faultCode(() => borrower.call('AttachNetworkInterface', overFull)),
    'AttachmentLimitExceeded',
  );
});

test('no permission is given for an interface that a service made', () => {
  const { net } = two();
  const AllocationId = net.elasticIp();
  net.account.call('CreateNatGateway', { SubnetId: net.subnetId, AllocationId });
  const Filters = [{ Name: 'interface-type', Values: ['nat_gateway'] }];
  const [one] = net.account.call('DescribeNetworkInterfaces', { Filters }).NetworkInterfaces ?? [];
  const NetworkInterfaceId = given(one?.NetworkInterfaceId);
  const request = { NetworkInterfaceId, AwsAccountId: BORROWER, Permission: 'INSTANCE-ATTACH' } as const;
  equal(
    net.account.faultCode(() => net.account.call('CreateNetworkInterfacePermission', request)),
    'AuthFailure',
  );
});

for (const side of ['owner', 'borrower'] as const) {
  test(`the ${side} detaches a borrowed interface from a running and from a stopped instance`, () => {
    const { net, borrower, lend, launch, attach } = two();
    const account = side === 'owner' ? net.account : borrower;
    const eni = lend();
    const instance = launch();
    const AttachmentId = attach(eni, instance);
    const { orders } = account.commit('DetachNetworkInterface', { AttachmentId });
    equal(interfaceOf(net.account, eni).Attachment?.Status, 'detaching');
    deepEqual(
      orders.map(({ scope, order }) => [scope.account, order.kind]),
      [[BORROWER, 'unplug']],
    );
    settle(account, { result: undefined, changes: [], orders });
    equal(interfaceOf(net.account, eni).Status, 'available');
    equal(instanceOf(borrower, instance).NetworkInterfaces?.length, 1);
    settle(borrower, borrower.commit('StopInstances', { InstanceIds: [instance] }));
    const again = attach(eni, instance);
    account.call('DetachNetworkInterface', { AttachmentId: again });
    equal(interfaceOf(net.account, eni).Status, 'available');
  });
}

test('a third account knows nothing of the attachment', () => {
  const { net, lend, launch, attach } = two();
  const AttachmentId = attach(lend(), launch());
  const third = net.account.in({ account: '333333333333' });
  equal(
    third.faultCode(() => third.call('DetachNetworkInterface', { AttachmentId })),
    'InvalidAttachmentID.NotFound',
  );
});

test('a permission in use is taken back by force alone, and the attachment stays', () => {
  const { net, grant, launch, attach } = two();
  const eni = net.eni();
  const NetworkInterfacePermissionId = grant(eni);
  const AttachmentId = attach(eni, launch());
  const revoke = (Force: boolean) =>
    net.account.call('DeleteNetworkInterfacePermission', { NetworkInterfacePermissionId, Force });
  equal(
    net.account.faultCode(() => revoke(false)),
    'OperationNotPermitted',
  );
  equal(revoke(true).Return, true);
  equal(interfaceOf(net.account, eni).Attachment?.AttachmentId, AttachmentId);
});

test('an instance that ends gives a borrowed interface back, or takes it along where its owner said so', () => {
  const { net, borrower, lend, launch, attach } = two();
  const instance = launch();
  const kept = lend();
  const doomed = lend();
  attach(kept, instance);
  const AttachmentId = attach(doomed, instance, 2);
  net.account.call('ModifyNetworkInterfaceAttribute', {
    NetworkInterfaceId: doomed,
    Attachment: { AttachmentId, DeleteOnTermination: true },
  });
  settle(borrower, borrower.commit('TerminateInstances', { InstanceIds: [instance] }));
  equal(interfaceOf(net.account, kept).Status, 'available');
  equal(
    net.account.faultCode(() => interfaceOf(net.account, doomed)),
    'InvalidNetworkInterfaceID.NotFound',
  );
});

test('a launch takes an interface of another account as a further one, not as the primary one', () => {
  const { borrower, lend } = two();
  const eni = lend();
  const launch = (NetworkInterfaces: readonly object[]) =>
    borrower.commit('RunInstances', {
      ...LAUNCH,
      Placement: { AvailabilityZone: 'us-east-1a' },
      NetworkInterfaces: [...NetworkInterfaces],
    });
  equal(
    borrower.faultCode(() => launch([{ DeviceIndex: 0, NetworkInterfaceId: eni }])),
    'InvalidParameterCombination',
  );
  const launched = settle(borrower, launch([{ DeviceIndex: 0 }, { DeviceIndex: 1, NetworkInterfaceId: eni }]));
  const id = given(launched.Instances?.[0]?.InstanceId);
  equal(instanceOf(borrower, id).NetworkInterfaces?.[1]?.NetworkInterfaceId, eni);
});

/** An interface with two private addresses that may be associated, and an Elastic IP of the other account. */
function addresses() {
  const { net, borrower } = two();
  const eni = net.eni({ SecondaryPrivateIpAddressCount: 1 });
  const grant = { NetworkInterfaceId: eni, AwsAccountId: BORROWER, Permission: 'EIP-ASSOCIATE' } as const;
  const { InterfacePermission } = net.account.call('CreateNetworkInterfacePermission', grant);
  const AllocationId = given(borrower.call('AllocateAddress').AllocationId);
  const associate = (more: object = {}) =>
    given(borrower.call('AssociateAddress', { AllocationId, NetworkInterfaceId: eni, ...more }).AssociationId);
  const permissionId = given(InterfacePermission?.NetworkInterfacePermissionId);
  return { net, borrower, eni, AllocationId, associate, permissionId };
}

const addressOf = (account: TestAccount, id: string) =>
  given(account.call('DescribeAddresses', { AllocationIds: [id] }).Addresses?.[0]);

test('an Elastic IP is associated with an interface whose owner permits it, and each side is shown whose it is', () => {
  const { net, borrower, eni, AllocationId, associate } = addresses();
  const AssociationId = associate();
  const { NetworkInterfaceOwnerId, NetworkInterfaceId, PublicIp } = addressOf(borrower, AllocationId);
  deepEqual([NetworkInterfaceOwnerId, NetworkInterfaceId], [net.account.scope.account, eni]);
  const { Association } = interfaceOf(net.account, eni);
  deepEqual(
    [Association?.PublicIp, Association?.IpOwnerId, Association?.AssociationId],
    [PublicIp, BORROWER, AssociationId],
  );
  const Filters = [{ Name: 'association.ip-owner-id', Values: [BORROWER] }];
  equal(net.account.call('DescribeNetworkInterfaces', { Filters }).NetworkInterfaces?.length, 1);
  deepEqual(net.account.call('DescribeAddresses').Addresses, []);
});

test('each reason for which an Elastic IP is not associated with an interface of another account has its fault', () => {
  const { net, borrower, AllocationId, associate, permissionId } = addresses();
  const attachOnly = net.eni();
  net.account.call('CreateNetworkInterfacePermission', {
    NetworkInterfaceId: attachOnly,
    AwsAccountId: BORROWER,
    Permission: 'INSTANCE-ATTACH',
  });
  const cases: readonly (readonly [string, object, string])[] = [
    ['no permission', { NetworkInterfaceId: net.eni() }, 'InvalidNetworkInterfaceID.NotFound'],
    ['a permission to attach alone', { NetworkInterfaceId: attachOnly }, 'InvalidNetworkInterfaceID.NotFound'],
    ['an address that the interface does not have', { PrivateIpAddress: '10.0.1.99' }, 'InvalidParameterValue'],
    ['an allocation of the owner', { AllocationId: net.elasticIp() }, 'InvalidAllocationID.NotFound'],
  ];
  for (const [why, more, code] of cases)
    equal(
      borrower.faultCode(() => associate(more)),
      code,
      why,
    );
  net.account.call('DeleteNetworkInterfacePermission', { NetworkInterfacePermissionId: permissionId });
  equal(
    borrower.faultCode(() => associate()),
    'InvalidNetworkInterfaceID.NotFound',
  );
  equal(addressOf(borrower, AllocationId).AssociationId, undefined);
});

for (const side of ['owner of the interface', 'owner of the address'] as const) {
  test(`the ${side} ends an association of two accounts`, () => {
    const { net, borrower, eni, AllocationId, associate } = addresses();
    const account = side === 'owner of the interface' ? net.account : borrower;
    account.call('DisassociateAddress', { AssociationId: associate() });
    equal(addressOf(borrower, AllocationId).AssociationId, undefined);
    equal(interfaceOf(net.account, eni).Association, undefined);
  });
}

test("another account's Elastic IP goes where the private address goes, and is free when that or the interface goes", () => {
  const { net, borrower, eni, AllocationId, associate } = addresses();
  const secondary = given(interfaceOf(net.account, eni).PrivateIpAddresses?.[1]?.PrivateIpAddress);
  const AssociationId = associate({ PrivateIpAddress: secondary });
  const other = net.eni();
  net.account.call('AssignPrivateIpAddresses', {
    NetworkInterfaceId: other,
    PrivateIpAddresses: [secondary],
    AllowReassignment: true,
  });
  deepEqual(
    [addressOf(borrower, AllocationId).NetworkInterfaceId, addressOf(borrower, AllocationId).AssociationId],
    [other, AssociationId],
  );
  net.account.call('UnassignPrivateIpAddresses', { NetworkInterfaceId: other, PrivateIpAddresses: [secondary] });
  equal(addressOf(borrower, AllocationId).AssociationId, undefined);
  associate();
  net.account.call('DeleteNetworkInterface', { NetworkInterfaceId: eni });
  equal(addressOf(borrower, AllocationId).AssociationId, undefined);
});

test('an internet gateway stays while an Elastic IP of another account is behind it', () => {
  const { net, associate } = addresses();
  associate();
  const [gateway] =
    net.account.call('DescribeInternetGateways', {
      Filters: [{ Name: 'attachment.vpc-id', Values: [net.vpcId] }],
    }).InternetGateways ?? [];
  const detach = { InternetGatewayId: given(gateway?.InternetGatewayId), VpcId: net.vpcId };
  equal(
    net.account.faultCode(() => net.account.call('DetachInternetGateway', detach)),
    'DependencyViolation',
  );
});
