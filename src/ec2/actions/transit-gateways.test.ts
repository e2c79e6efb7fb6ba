import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testAccount } from '../../testing/account.ts';
import { attach, defaultTable, gatewayWith, routeState, routes, routeTo } from '../../testing/transit-parts.ts';
import { subnetWith, vpcWith } from '../../testing/vpc-parts.ts';

const OTHER = '222222222222';

test('a transit gateway has AWS’s defaults and one table that is the default of both kinds', () => {
  const account = testAccount();
  const { TransitGateway: made } = account.call('CreateTransitGateway', {
    Description: 'hub',
    TagSpecifications: [{ ResourceType: 'transit-gateway', Tags: [{ Key: 'Name', Value: 'hub' }] }],
  });
  assert.equal(made?.State, 'pending');
  const [shown] = account.call('DescribeTransitGateways').TransitGateways ?? [];
  const table = defaultTable(account);
  assert.deepEqual(shown, {
    TransitGatewayId: made?.TransitGatewayId,
    TransitGatewayArn: `arn:aws:ec2:us-east-1:123456789012:transit-gateway/${made?.TransitGatewayId}`,
    State: 'available',
    OwnerId: '123456789012',
    Description: 'hub',
    CreationTime: shown?.CreationTime,
    Options: {
      AmazonSideAsn: 64512,
      AutoAcceptSharedAttachments: 'disable',
      DefaultRouteTableAssociation: 'enable',
      AssociationDefaultRouteTableId: table,
      DefaultRouteTablePropagation: 'enable',
      PropagationDefaultRouteTableId: table,
      VpnEcmpSupport: 'enable',
      DnsSupport: 'enable',
      SecurityGroupReferencingSupport: 'disable',
      MulticastSupport: 'disable',
    },
    Tags: [{ Key: 'Name', Value: 'hub' }],
  });
});

test('options that are out of range, and multicast, are refused', () => {
  const account = testAccount();
  for (const [options, code] of [
    [{ AmazonSideAsn: 1 }, 'InvalidParameterValue'],
    [{ TransitGatewayCidrBlocks: ['10.0.0.0/25'] }, 'InvalidParameterValue'],
    [{ TransitGatewayCidrBlocks: ['10.0.0.0/23', '10.0.1.0/24'] }, 'InvalidParameterValue'],
    [{ DnsSupport: 'on' }, 'InvalidParameterValue'],
    [{ MulticastSupport: 'enable' }, 'UnsupportedOperation'],
  ] as const) {
    assert.equal(
      account.faultCode(() => gatewayWith(account, options)),
      code,
      JSON.stringify(options),
    );
  }
  for (let made = 0; made < 5; made++) gatewayWith(account);
  assert.equal(
    account.faultCode(() => gatewayWith(account)),
    'TransitGatewayLimitExceeded',
  );
});

test('a VPC is attached with one interface in each subnet, associated and propagated by default', () => {
  const account = testAccount();
  const gateway = gatewayWith(account);
  const { id, subnet, vpc, state } = attach(account, gateway, '10.0.0.0/16');
  assert.equal(state, 'pending');
  const [shown] = account.call('DescribeTransitGatewayVpcAttachments').TransitGatewayVpcAttachments ?? [];
  assert.equal(shown?.State, 'available');
  assert.deepEqual(shown?.SubnetIds, [subnet.id]);
  assert.deepEqual(shown?.Options, {
    DnsSupport: 'enable',
    SecurityGroupReferencingSupport: 'enable',
    Ipv6Support: 'disable',
    ApplianceModeSupport: 'disable',
  });
  const [eni] =
    account.call('DescribeNetworkInterfaces', { Filters: [{ Name: 'vpc-id', Values: [vpc.id] }] }).NetworkInterfaces ??
    [];
  assert.equal(eni?.InterfaceType, 'transit_gateway');
  assert.equal(eni?.Status, 'in-use');
  assert.equal(eni?.RequesterManaged, true);
  assert.equal(eni?.SourceDestCheck, false);
  assert.deepEqual(eni?.Groups, []);
  assert.equal(eni?.Description, `Network Interface for Transit Gateway Attachment ${id}`);
  assert.equal(
    account.faultCode(() =>
      account.call('DeleteNetworkInterface', { NetworkInterfaceId: eni?.NetworkInterfaceId ?? '' }),
    ),
    'AuthFailure',
  );
  assert.equal(
    account.faultCode(() => account.call('DeleteSubnet', { SubnetId: subnet.id })),
    'DependencyViolation',
  );
  const [listed] = account.call('DescribeTransitGatewayAttachments').TransitGatewayAttachments ?? [];
  assert.deepEqual(listed?.Association, { TransitGatewayRouteTableId: defaultTable(account), State: 'associated' });
  assert.deepEqual(routes(account, defaultTable(account)), [`10.0.0.0/16 propagated active ${id}`]);
});

test('an attachment is refused twice, without subnets, and with two in one zone', () => {
  const account = testAccount();
  const gateway = gatewayWith(account);
  const { vpc, subnet } = attach(account, gateway, '10.0.0.0/16');
  const again = (id: string, ...SubnetIds: string[]) =>
    account.faultCode(() =>
      account.call('CreateTransitGatewayVpcAttachment', { TransitGatewayId: id, VpcId: vpc.id, SubnetIds }),
    );
  assert.equal(again(gateway, subnet.id), 'DuplicateTransitGatewayAttachment');
  assert.equal(again(gateway), 'InvalidParameterValue');
  assert.equal(again(gateway, subnet.id, subnetWith(account, vpc, '10.0.5.0/24').id), 'DuplicateSubnetsInSameZone');
  assert.equal(again('tgw-00000000000000000', subnet.id), 'InvalidTransitGatewayID.NotFound');
  assert.equal(again('tgw-1', subnet.id), 'InvalidTransitGatewayID.Malformed');
  const other = subnetWith(account, vpcWith(account, '10.7.0.0/16'), '10.7.0.0/24');
  assert.equal(again(gateway, other.id), 'InvalidSubnetID.NotFound');
});

test('subnets and options of an attachment change, and its interfaces with them', () => {
  const account = testAccount();
  const { id, vpc, subnet } = attach(account, gatewayWith(account), '10.0.0.0/16');
  const { Subnet: made } = account.call('CreateSubnet', {
    VpcId: vpc.id,
    CidrBlock: '10.0.5.0/24',
    AvailabilityZone: 'us-east-1b',
  });
  const second = made?.SubnetId ?? '';
  account.call('ModifyTransitGatewayVpcAttachment', {
    TransitGatewayAttachmentId: id,
    AddSubnetIds: [second],
    RemoveSubnetIds: [subnet.id],
    Options: { ApplianceModeSupport: 'enable' },
  });
  const [shown] = account.call('DescribeTransitGatewayVpcAttachments').TransitGatewayVpcAttachments ?? [];
  assert.deepEqual(shown?.SubnetIds, [second]);
  assert.equal(shown?.Options?.ApplianceModeSupport, 'enable');
  assert.equal(shown?.Options?.DnsSupport, 'enable');
  const { NetworkInterfaces = [] } = account.call('DescribeNetworkInterfaces', {
    Filters: [{ Name: 'vpc-id', Values: [vpc.id] }],
  });
  assert.deepEqual(
    NetworkInterfaces.map(({ SubnetId }) => SubnetId),
    [second],
  );
  assert.equal(
    account.faultCode(() =>
      account.call('ModifyTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: id, RemoveSubnetIds: [second] }),
    ),
    'InvalidParameterValue',
  );
});

test('another account attaches when the owner accepts, or at once where the gateway accepts by itself', () => {
  const owner = testAccount();
  const other = owner.in({ account: OTHER });
  const gateway = gatewayWith(owner);
  const { id, state, vpc } = attach(other, gateway, '10.1.0.0/16');
  assert.equal(state, 'pendingAcceptance');
  assert.equal(
    other.faultCode(() => other.call('AcceptTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: id })),
    'OperationNotPermitted',
  );
  routeTo(other, vpc, gateway);
  assert.equal(routeState(other, vpc, '10.0.0.0/8'), 'blackhole');
  owner.call('AcceptTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: id });
  assert.equal(routeState(other, vpc, '10.0.0.0/8'), 'active');
  assert.deepEqual(routes(owner, defaultTable(owner)), [`10.1.0.0/16 propagated active ${id}`]);
  for (const account of [owner, other]) {
    const [shown] = account.call('DescribeTransitGatewayAttachments').TransitGatewayAttachments ?? [];
    assert.deepEqual(
      [shown?.State, shown?.ResourceOwnerId, shown?.TransitGatewayOwnerId],
      ['available', OTHER, owner.scope.account],
    );
  }
  const rejected = attach(other, gateway, '10.2.0.0/16');
  owner.call('RejectTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: rejected.id });
  assert.equal(
    owner.faultCode(() => owner.call('AcceptTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: rejected.id })),
    'IncorrectState',
  );
  owner.call('ModifyTransitGateway', { TransitGatewayId: gateway, Options: { AutoAcceptSharedAttachments: 'enable' } });
  assert.equal(attach(other, gateway, '10.3.0.0/16').state, 'pending');
});

test('routes to an attachment that is deleted are blackholes on both sides, and what it propagated is gone', () => {
  const account = testAccount();
  const gateway = gatewayWith(account);
  const { id, vpc } = attach(account, gateway, '10.0.0.0/16');
  const table = defaultTable(account);
  routeTo(account, vpc, gateway);
  account.call('CreateTransitGatewayRoute', {
    TransitGatewayRouteTableId: table,
    DestinationCidrBlock: '0.0.0.0/0',
    TransitGatewayAttachmentId: id,
  });
  assert.equal(routeState(account, vpc, '10.0.0.0/8'), 'active');
  assert.equal(
    account.fault(() => account.call('DeleteTransitGateway', { TransitGatewayId: gateway })),
    `IncorrectState: ${gateway} has non-deleted Transit Gateway Attachments: ${id}.`,
  );
  account.call('DeleteTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: id });
  assert.equal(routeState(account, vpc, '10.0.0.0/8'), 'blackhole');
  assert.deepEqual(routes(account, table), [`0.0.0.0/0 static blackhole ${id}`]);
  account.call('DeleteTransitGateway', { TransitGatewayId: gateway });
  assert.equal(account.call('DescribeTransitGateways').TransitGateways?.[0]?.State, 'deleted');
  assert.deepEqual(account.call('DescribeTransitGatewayRouteTables').TransitGatewayRouteTables, []);
});

test('two gateways in two Regions are peered when the other side accepts, and static routes lead over it', () => {
  const near = testAccount();
  const far = near.in({ region: 'eu-west-1' });
  const [here, there] = [gatewayWith(near), gatewayWith(far)];
  const request = {
    TransitGatewayId: here,
    PeerTransitGatewayId: there,
    PeerAccountId: near.scope.account,
    PeerRegion: 'eu-west-1',
  };
  const { TransitGatewayPeeringAttachment: made } = near.call('CreateTransitGatewayPeeringAttachment', request);
  const named = { TransitGatewayAttachmentId: made?.TransitGatewayAttachmentId ?? '' };
  assert.equal(made?.State, 'initiatingRequest');
  assert.equal(
    near.faultCode(() => near.call('CreateTransitGatewayPeeringAttachment', request)),
    'DuplicateTransitGatewayAttachment',
  );
  assert.equal(
    near.faultCode(() => near.call('AcceptTransitGatewayPeeringAttachment', named)),
    'OperationNotPermitted',
  );
  const [asked] = far.call('DescribeTransitGatewayPeeringAttachments').TransitGatewayPeeringAttachments ?? [];
  assert.deepEqual(
    [asked?.State, asked?.RequesterTgwInfo?.Region, asked?.AccepterTgwInfo?.Region],
    ['pendingAcceptance', 'us-east-1', 'eu-west-1'],
  );
  far.call('AcceptTransitGatewayPeeringAttachment', named);
  for (const account of [near, far]) {
    const route = { ...named, TransitGatewayRouteTableId: defaultTable(account), DestinationCidrBlock: '10.0.0.0/8' };
    account.call('CreateTransitGatewayRoute', route);
    assert.deepEqual(routes(account, defaultTable(account)), [
      `10.0.0.0/8 static active ${named.TransitGatewayAttachmentId}`,
    ]);
    assert.equal(
      account.faultCode(() => account.call('EnableTransitGatewayRouteTablePropagation', route)),
      'InvalidParameterValue',
    );
  }
  far.call('DeleteTransitGatewayPeeringAttachment', named);
  assert.deepEqual(routes(near, defaultTable(near)), [
    `10.0.0.0/8 static blackhole ${named.TransitGatewayAttachmentId}`,
  ]);
});
