import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vpc } from '../../model/resources/vpc.ts';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { defaultTable, gatewayWith, routes } from '../../testing/transit-parts.ts';
import { subnetWith, vpcWith } from '../../testing/vpc-parts.ts';

const ipsec = { Type: 'ipsec.1' } as const;

/** A VPC with an attached virtual private gateway and a static connection to a site. */
function connected(account: TestAccount, cidr = '10.0.0.0/16') {
  const vpc = vpcWith(account, cidr);
  const { VpnGateway: gateway } = account.call('CreateVpnGateway', ipsec);
  const vpnGatewayId = gateway?.VpnGatewayId ?? '';
  account.call('AttachVpnGateway', { VpcId: vpc.id, VpnGatewayId: vpnGatewayId });
  const { CustomerGateway: customer } = account.call('CreateCustomerGateway', { ...ipsec, IpAddress: '203.0.113.5' });
  const customerGatewayId = customer?.CustomerGatewayId ?? '';
  const { VpnConnection: connection } = account.call('CreateVpnConnection', {
    ...ipsec,
    CustomerGatewayId: customerGatewayId,
    VpnGatewayId: vpnGatewayId,
    Options: { StaticRoutesOnly: true },
  });
  return { vpc, vpnGatewayId, customerGatewayId, vpnConnectionId: connection?.VpnConnectionId ?? '' };
}

const mainTable = (account: TestAccount, vpc: Vpc) =>
  account.call('DescribeRouteTables', { Filters: [{ Name: 'vpc-id', Values: [vpc.id] }] }).RouteTables?.[0];

const routesOf = (account: TestAccount, vpc: Vpc): string[] =>
  (mainTable(account, vpc)?.Routes ?? [])
    .filter(({ GatewayId }) => GatewayId !== 'local')
    .map((route) => `${route.DestinationCidrBlock} ${route.Origin} ${route.State}`);

test('a virtual private gateway is attached to one VPC, which has one', () => {
  const account = testAccount();
  const { vpc, vpnGatewayId } = connected(account);
  const [shown] = account.call('DescribeVpnGateways').VpnGateways ?? [];
  assert.deepEqual(shown?.VpcAttachments, [{ VpcId: vpc.id, State: 'attached' }]);
  assert.equal(shown?.AmazonSideAsn, 64512);
  const { VpnGateway: other } = account.call('CreateVpnGateway', ipsec);
  const second = { VpcId: vpc.id, VpnGatewayId: other?.VpnGatewayId ?? '' };
  assert.equal(
    account.faultCode(() => account.call('AttachVpnGateway', second)),
    'VpnGatewayAttachmentLimitExceeded',
  );
  assert.equal(
    account.faultCode(() => account.call('DetachVpnGateway', second)),
    'InvalidVpnGatewayAttachment.NotFound',
  );
  assert.equal(
    account.faultCode(() => account.call('DeleteVpc', { VpcId: vpc.id })),
    'DependencyViolation',
  );
  assert.equal(
    account.faultCode(() => account.call('DeleteVpnGateway', { VpnGatewayId: vpnGatewayId })),
    'IncorrectState',
  );
});

test('static routes are propagated to tables that ask for them, a static route of the same block stands beside them', () => {
  const account = testAccount();
  const { vpc, vpnGatewayId, vpnConnectionId } = connected(account);
  const table = mainTable(account, vpc)?.RouteTableId ?? '';
  const route = { VpnConnectionId: vpnConnectionId, DestinationCidrBlock: '192.168.0.0/16' };
  account.call('CreateVpnConnectionRoute', route);
  assert.deepEqual(routesOf(account, vpc), []);
  const propagation = { GatewayId: vpnGatewayId, RouteTableId: table };
  account.call('EnableVgwRoutePropagation', propagation);
  assert.deepEqual(routesOf(account, vpc), ['192.168.0.0/16 EnableVgwRoutePropagation active']);
  assert.deepEqual(mainTable(account, vpc)?.PropagatingVgws, [{ GatewayId: vpnGatewayId }]);
  account.call('CreateRoute', { ...propagation, DestinationCidrBlock: '192.168.0.0/16' });
  assert.deepEqual(routesOf(account, vpc), [
    '192.168.0.0/16 CreateRoute active',
    '192.168.0.0/16 EnableVgwRoutePropagation active',
  ]);
  account.call('DeleteVpnConnectionRoute', route);
  assert.equal(
    account.faultCode(() => account.call('DeleteVpnConnectionRoute', route)),
    'InvalidRoute.NotFound',
  );
  assert.deepEqual(routesOf(account, vpc), ['192.168.0.0/16 CreateRoute active']);
  account.call('DetachVpnGateway', { VpcId: vpc.id, VpnGatewayId: vpnGatewayId });
  assert.deepEqual(routesOf(account, vpc), ['192.168.0.0/16 CreateRoute blackhole']);
  const [detached] = account.call('DescribeVpnGateways').VpnGateways ?? [];
  assert.deepEqual(detached?.VpcAttachments, [{ VpcId: vpc.id, State: 'detached' }]);
  assert.equal(
    account.faultCode(() => account.call('EnableVgwRoutePropagation', propagation)),
    'Gateway.NotAttached',
  );
});

test('a route leads to a gateway of the VPC alone, and a table for what enters by it is an edge table', () => {
  const account = testAccount();
  const { vpc, vpnGatewayId } = connected(account);
  const other = mainTable(account, vpcWith(account, '10.9.0.0/16'))?.RouteTableId ?? '';
  assert.equal(
    account.fault(() =>
      account.call('CreateRoute', { RouteTableId: other, DestinationCidrBlock: '0.0.0.0/0', GatewayId: vpnGatewayId }),
    ),
    `InvalidParameterValue: route table ${other} and network gateway ${vpnGatewayId} belong to different networks`,
  );
  const { RouteTable: edge } = account.call('CreateRouteTable', { VpcId: vpc.id });
  const named = { RouteTableId: edge?.RouteTableId ?? '', GatewayId: vpnGatewayId };
  account.call('AssociateRouteTable', named);
  assert.equal(
    account.faultCode(() => account.call('EnableVgwRoutePropagation', named)),
    'InvalidParameterValue',
  );
  subnetWith(account, vpc, '10.0.1.0/24');
  assert.equal(
    account.faultCode(() =>
      account.call('CreateRoute', { ...named, DestinationCidrBlock: '10.0.1.0/24', GatewayId: vpnGatewayId }),
    ),
    'InvalidParameterValue',
  );
});

test('customer gateways and connections that are made again are the ones that are there', () => {
  const account = testAccount();
  const { customerGatewayId, vpnGatewayId, vpnConnectionId } = connected(account);
  const again = account.call('CreateCustomerGateway', { ...ipsec, IpAddress: '203.0.113.5' });
  assert.equal(again.CustomerGateway?.CustomerGatewayId, customerGatewayId);
  const ends = { ...ipsec, CustomerGatewayId: customerGatewayId, VpnGatewayId: vpnGatewayId };
  assert.equal(account.call('CreateVpnConnection', ends).VpnConnection?.VpnConnectionId, vpnConnectionId);
  assert.equal(
    account.faultCode(() => account.call('DeleteCustomerGateway', { CustomerGatewayId: customerGatewayId })),
    'IncorrectState',
  );
  account.call('DeleteVpnConnection', { VpnConnectionId: vpnConnectionId });
  account.call('DeleteCustomerGateway', { CustomerGatewayId: customerGatewayId });
  assert.equal(account.call('DescribeVpnConnections').VpnConnections?.[0]?.State, 'deleted');
  assert.equal(
    account.faultCode(() => account.call('DeleteVpnConnection', { VpnConnectionId: vpnConnectionId })),
    'InvalidVpnConnectionID.NotFound',
  );
});

test('a connection has two tunnels with what the request says, and a configuration that names them', () => {
  const account = testAccount();
  const { customerGatewayId, vpnGatewayId, vpnConnectionId } = connected(account);
  account.call('DeleteVpnConnection', { VpnConnectionId: vpnConnectionId });
  const create = (TunnelInsideCidr: string, PreSharedKey = 'longEnoughKey') =>
    account.call('CreateVpnConnection', {
      ...ipsec,
      CustomerGatewayId: customerGatewayId,
      VpnGatewayId: vpnGatewayId,
      Options: { StaticRoutesOnly: true, TunnelOptions: [{ TunnelInsideCidr, PreSharedKey }] },
    });
  for (const cidr of ['10.0.0.0/30', '169.254.5.0/30', '169.254.10.0/29']) {
    assert.equal(
      account.faultCode(() => create(cidr)),
      'InvalidParameterValue',
      cidr,
    );
  }
  assert.equal(
    account.faultCode(() => create('169.254.10.0/30', '0short')),
    'InvalidParameterValue',
  );
  const { VpnConnection: made } = create('169.254.10.0/30');
  const [first, second, third] = made?.Options?.TunnelOptions ?? [];
  assert.equal(third, undefined);
  assert.equal(first?.TunnelInsideCidr, '169.254.10.0/30');
  assert.equal(first?.PreSharedKey, 'longEnoughKey');
  assert.match(second?.PreSharedKey ?? '', /^[\w.]{32}$/);
  assert.match(made?.CustomerGatewayConfiguration ?? '', /<ip_address>169.254.10.1<\/ip_address>/);
  assert.match(made?.CustomerGatewayConfiguration ?? '', /<pre_shared_key>longEnoughKey<\/pre_shared_key>/);
});

test('a connection to a transit gateway is an attachment, whose routes are the tables’ own', () => {
  const account = testAccount();
  const hub = gatewayWith(account);
  const { customerGatewayId } = connected(account);
  const { VpnConnection: made } = account.call('CreateVpnConnection', {
    ...ipsec,
    CustomerGatewayId: customerGatewayId,
    TransitGatewayId: hub,
  });
  const [attachment] = account.call('DescribeTransitGatewayAttachments').TransitGatewayAttachments ?? [];
  assert.deepEqual(
    [attachment?.ResourceType, attachment?.ResourceId, attachment?.State],
    ['vpn', made?.VpnConnectionId, 'available'],
  );
  const id = attachment?.TransitGatewayAttachmentId ?? '';
  const table = defaultTable(account);
  account.call('CreateTransitGatewayRoute', {
    TransitGatewayRouteTableId: table,
    DestinationCidrBlock: '192.168.0.0/16',
    TransitGatewayAttachmentId: id,
  });
  assert.deepEqual(routes(account, table), [`192.168.0.0/16 static active ${id}`]);
  const named = { VpnConnectionId: made?.VpnConnectionId ?? '' };
  assert.equal(
    account.faultCode(() => account.call('CreateVpnConnectionRoute', { ...named, DestinationCidrBlock: '1.0.0.0/8' })),
    'InvalidVpnConnection.InvalidType',
  );
  assert.equal(
    account.fault(() => account.call('DeleteTransitGateway', { TransitGatewayId: hub })),
    `IncorrectState: ${hub} has non-deleted VPN Attachments: ${id}.`,
  );
  account.call('DeleteVpnConnection', named);
  assert.deepEqual(routes(account, table), [`192.168.0.0/16 static blackhole ${id}`]);
});
