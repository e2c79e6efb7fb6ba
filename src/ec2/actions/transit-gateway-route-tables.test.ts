import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testAccount } from '../../testing/account.ts';
import { attach, defaultTable, gatewayWith, routes } from '../../testing/transit-parts.ts';

test('a static route hides a propagated one of its block, and a blackhole shows as one', () => {
  const account = testAccount();
  const gateway = gatewayWith(account);
  const one = attach(account, gateway, '10.0.0.0/16');
  const two = attach(account, gateway, '10.1.0.0/16');
  const table = defaultTable(account);
  const route = { TransitGatewayRouteTableId: table, DestinationCidrBlock: '10.0.0.0/16' };
  account.call('CreateTransitGatewayRoute', { ...route, Blackhole: true });
  account.call('CreateTransitGatewayRoute', {
    ...route,
    DestinationCidrBlock: '0.0.0.0/0',
    TransitGatewayAttachmentId: two.id,
  });
  assert.deepEqual(routes(account, table), [
    '10.0.0.0/16 static blackhole',
    `0.0.0.0/0 static active ${two.id}`,
    `10.1.0.0/16 propagated active ${two.id}`,
  ]);
  assert.deepEqual(routes(account, table, { Name: 'route-search.longest-prefix-match', Values: ['10.1.2.3/32'] }), [
    `10.1.0.0/16 propagated active ${two.id}`,
  ]);
  assert.deepEqual(routes(account, table, { Name: 'state', Values: ['blackhole'] }), ['10.0.0.0/16 static blackhole']);
  assert.equal(
    account.faultCode(() => account.call('CreateTransitGatewayRoute', { ...route, Blackhole: true })),
    'RouteAlreadyExists',
  );
  account.call('ReplaceTransitGatewayRoute', { ...route, TransitGatewayAttachmentId: two.id });
  assert.equal(routes(account, table)[0], `10.0.0.0/16 static active ${two.id}`);
  account.call('DeleteTransitGatewayRoute', route);
  assert.ok(routes(account, table).includes(`10.0.0.0/16 propagated active ${one.id}`));
  assert.equal(
    account.faultCode(() => account.call('DeleteTransitGatewayRoute', route)),
    'InvalidRoute.NotFound',
  );
});

test('a block that overlaps an attached one is not propagated, and further blocks are', () => {
  const account = testAccount();
  const gateway = gatewayWith(account);
  const one = attach(account, gateway, '10.0.0.0/16');
  attach(account, gateway, '10.0.0.0/16');
  account.call('AssociateVpcCidrBlock', { VpcId: one.vpc.id, CidrBlock: '100.64.0.0/16' });
  assert.deepEqual(routes(account, defaultTable(account)), [
    `10.0.0.0/16 propagated active ${one.id}`,
    `100.64.0.0/16 propagated active ${one.id}`,
  ]);
});

test('associations and propagations are made and undone, and an attachment has one table', () => {
  const account = testAccount();
  const gateway = gatewayWith(account, {
    DefaultRouteTableAssociation: 'disable',
    DefaultRouteTablePropagation: 'disable',
  });
  const { id } = attach(account, gateway, '10.0.0.0/16');
  const { TransitGatewayRouteTable: made } = account.call('CreateTransitGatewayRouteTable', {
    TransitGatewayId: gateway,
  });
  const table = made?.TransitGatewayRouteTableId ?? '';
  const pair = { TransitGatewayRouteTableId: table, TransitGatewayAttachmentId: id };
  account.call('AssociateTransitGatewayRouteTable', pair);
  account.call('EnableTransitGatewayRouteTablePropagation', pair);
  assert.equal(
    account.faultCode(() => account.call('AssociateTransitGatewayRouteTable', pair)),
    'Resource.AlreadyAssociated',
  );
  assert.equal(
    account.faultCode(() => account.call('EnableTransitGatewayRouteTablePropagation', pair)),
    'TransitGatewayRouteTablePropagation.Duplicate',
  );
  assert.equal(
    account.call('GetTransitGatewayRouteTableAssociations', pair).Associations?.[0]?.TransitGatewayAttachmentId,
    id,
  );
  assert.equal(
    account.call('GetTransitGatewayRouteTablePropagations', pair).TransitGatewayRouteTablePropagations?.[0]?.State,
    'enabled',
  );
  assert.equal(
    account.call('GetTransitGatewayAttachmentPropagations', pair).TransitGatewayAttachmentPropagations?.[0]
      ?.TransitGatewayRouteTableId,
    table,
  );
  assert.equal(
    account.faultCode(() => account.call('DeleteTransitGatewayRouteTable', pair)),
    'IncorrectState',
  );
  account.call('DisableTransitGatewayRouteTablePropagation', pair);
  account.call('DisassociateTransitGatewayRouteTable', pair);
  assert.equal(
    account.faultCode(() => account.call('DisassociateTransitGatewayRouteTable', pair)),
    'InvalidAssociation.NotFound',
  );
  assert.equal(
    account.faultCode(() => account.call('DisableTransitGatewayRouteTablePropagation', pair)),
    'TransitGatewayRouteTablePropagation.NotFound',
  );
  account.call('DeleteTransitGatewayRouteTable', pair);
});

test('a blackhole with an empty attachment, as Terraform asks for it, is a blackhole', () => {
  const account = testAccount();
  attach(account, gatewayWith(account), '10.0.0.0/16');
  const table = defaultTable(account);
  account.call('CreateTransitGatewayRoute', {
    TransitGatewayRouteTableId: table,
    DestinationCidrBlock: '10.9.0.0/16',
    TransitGatewayAttachmentId: '',
    Blackhole: true,
  });
  assert.deepEqual(routes(account, table, { Name: 'state', Values: ['blackhole'] }), ['10.9.0.0/16 static blackhole']);
});

test('a reference to a prefix list stands for its entries, and holds the list', () => {
  const account = testAccount();
  const { id } = attach(account, gatewayWith(account), '10.0.0.0/16');
  const table = defaultTable(account);
  const { PrefixList: list } = account.call('CreateManagedPrefixList', {
    PrefixListName: 'sites',
    AddressFamily: 'IPv4',
    MaxEntries: 3,
    Entries: [{ Cidr: '192.168.0.0/24' }, { Cidr: '192.168.1.0/24' }],
  });
  const reference = { TransitGatewayRouteTableId: table, PrefixListId: list?.PrefixListId ?? '' };
  account.call('CreateTransitGatewayPrefixListReference', { ...reference, TransitGatewayAttachmentId: id });
  assert.deepEqual(routes(account, table, { Name: 'prefix-list-id', Values: [reference.PrefixListId] }), [
    `192.168.0.0/24 static active ${id}`,
    `192.168.1.0/24 static active ${id}`,
  ]);
  account.call('ModifyTransitGatewayPrefixListReference', { ...reference, Blackhole: true });
  assert.deepEqual(
    account.call('GetTransitGatewayPrefixListReferences', reference).TransitGatewayPrefixListReferences,
    [{ ...reference, PrefixListOwnerId: account.scope.account, State: 'available', Blackhole: true }],
  );
  assert.throws(() => account.call('DeleteManagedPrefixList', reference));
  account.call('DeleteTransitGatewayPrefixListReference', reference);
  account.call('DeleteManagedPrefixList', reference);
});
