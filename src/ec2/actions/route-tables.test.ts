/** Route tables, through their calls: routes, their targets and states, associations. */
import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { NatGateway } from '../../model/resources/nat-gateway.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import type { Vpc } from '../../model/resources/vpc.ts';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import {
  instanceWith,
  interfaceWith,
  natGatewayWith,
  setInstanceState,
  subnetWith,
  vpcWith,
} from '../../testing/vpc-parts.ts';
import type { RequestOf } from '../operation.ts';

type RouteRequest = RequestOf<'CreateRoute'>;

const newTable = (account: TestAccount, VpcId: string): string =>
  account.call('CreateRouteTable', { VpcId }).RouteTable?.RouteTableId ?? '';

const describeTable = (account: TestAccount, id: string) =>
  account.call('DescribeRouteTables', { RouteTableIds: [id] }).RouteTables?.[0];

const mainTableOf = (account: TestAccount, vpcId: string) =>
  account.call('DescribeRouteTables', {
    Filters: [
      { Name: 'vpc-id', Values: [vpcId] },
      { Name: 'association.main', Values: ['true'] },
    ],
  }).RouteTables?.[0];

/** Routes as lines: destination, target, state. */
const linesOf = (account: TestAccount, id: string): string[] =>
  (describeTable(account, id)?.Routes ?? []).map((route) =>
    [
      route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock,
      route.GatewayId ??
        route.NatGatewayId ??
        route.NetworkInterfaceId ??
        route.VpcPeeringConnectionId ??
        route.EgressOnlyInternetGatewayId,
      route.State,
    ].join(' '),
  );

const attachedGateway = (account: TestAccount, vpc: Vpc): string => {
  const id = account.call('CreateInternetGateway').InternetGateway?.InternetGatewayId ?? '';
  account.call('AttachInternetGateway', { InternetGatewayId: id, VpcId: vpc.id });
  return id;
};

test('a table is born with a local route for each block of its VPC', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16', '2600:1f18::/56');
  const id = newTable(account, vpc.id);
  deepEqual(linesOf(account, id), ['10.0.0.0/16 local active', '2600:1f18::/56 local active']);
  deepEqual(describeTable(account, id)?.Associations, []);
  deepEqual(linesOf(account, mainTableOf(account, vpc.id)?.RouteTableId ?? ''), linesOf(account, id));
  equal(mainTableOf(account, vpc.id)?.Associations?.[0]?.Main, true);
});

test('creating a route tells each mistake, one after the other is mended', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const RouteTableId = newTable(account, vpc.id);
  const GatewayId = attachedGateway(account, vpc);
  const NetworkInterfaceId = interfaceWith(account, subnetWith(account, vpc, '10.0.1.0/24'), '10.0.1.10').id;
  const mended: readonly Partial<RouteRequest>[] = [
    {},
    { DestinationCidrBlock: '0.0.0.0', DestinationIpv6CidrBlock: '::/0' },
    { DestinationIpv6CidrBlock: undefined },
    { DestinationCidrBlock: '169.254.169.0/24' },
    { GatewayId: 'nat-00000000000000001', NatGatewayId: 'nat-00000000000000001' },
    { NatGatewayId: undefined },
    { RouteTableId },
    { GatewayId },
    { DestinationCidrBlock: '10.0.0.0/16' },
    { GatewayId: undefined, NetworkInterfaceId },
  ];
  let request: RouteRequest = { RouteTableId: 'rtb-00000000000000001' };
  const faults = mended.map((fields) => {
    request = { ...request, ...fields };
    return account.fault(() => account.call('CreateRoute', request));
  });
  deepEqual(faults, [
    'MissingParameter: The request must contain the parameter destinationCidrBlock',
    'InvalidParameterCombination: The parameter destinationCidrBlock cannot be used with the parameter destinationIpv6CidrBlock',
    'InvalidParameterValue: Value (0.0.0.0) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.',
    'MissingParameter: The request must contain exactly one of: gatewayId, egressOnlyInternetGatewayId, natGatewayId, instanceId, networkInterfaceId, vpcPeeringConnectionId, transitGatewayId, vpcEndpointId, carrierGatewayId, localGatewayId, coreNetworkArn, odbNetworkArn',
    'InvalidParameterCombination: The parameter gatewayId cannot be used with the parameter natGatewayId',
    "InvalidRouteTableID.NotFound: The routeTable ID 'rtb-00000000000000001' does not exist",
    "InvalidGatewayID.NotFound: The gateway ID 'nat-00000000000000001' does not exist",
    'InvalidParameterValue: The destination CIDR block 169.254.169.0/24 is reserved.',
    "InvalidParameterValue: The destination CIDR block 10.0.0.0/16 is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.",
    'RouteAlreadyExists: The route identified by 10.0.0.0/16 already exists.',
  ]);
  const create = () => account.call('CreateRoute', { ...request, DestinationCidrBlock: '100.68.0.18/18' });
  deepEqual(create(), { Return: true });
  equal(account.fault(create), 'RouteAlreadyExists: The route identified by 100.68.0.0/18 already exists.');
});

test('targets of another network, and unknown ones, are refused by their own names', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const other = vpcWith(account, '10.1.0.0/16');
  const RouteTableId = newTable(account, vpc.id);
  const away = subnetWith(account, other, '10.1.1.0/24');
  const eni = interfaceWith(account, away, '10.1.1.10');
  const igw = attachedGateway(account, other);
  const two = instanceWith(account, subnetWith(account, vpc, '10.0.1.0/24'), '10.0.1.10', '10.0.1.11');
  const route = (target: Partial<RouteRequest>) =>
    account.fault(() => account.call('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', ...target }));
  deepEqual(
    [
      route({ GatewayId: igw }),
      route({ NetworkInterfaceId: eni.id }),
      route({ NatGatewayId: natGatewayWith(account, away, 'available').id }).slice(0, 40),
      route({ NatGatewayId: natGatewayWith(account, away, 'deleted').id }).slice(0, 18),
      route({ InstanceId: two.instance.id }),
      route({ GatewayId: 'local' }),
      route({ TransitGatewayId: 'tgw-00000000000000001' }),
      route({ CarrierGatewayId: 'cagw-00000000000000001' }),
      route({ CoreNetworkArn: 'arn:aws:x' }).slice(0, 20),
    ],
    [
      `InvalidParameterValue: route table ${RouteTableId} and network gateway ${igw} belong to different networks`,
      `InvalidParameterValue: route table ${RouteTableId} and interface interface-${eni.id.slice(4)} belong to different networks`,
      `InvalidParameterValue: route table ${RouteTableId}`.slice(0, 40),
      'NatGatewayNotFound',
      `InvalidInstanceID: There are multiple interfaces attached to instance '${two.instance.id}'. Please specify an interface ID for the operation instead.`,
      "InvalidGatewayID.NotFound: The gateway ID 'local' does not exist",
      'InvalidTransitGatewayID.NotFound: Transit Gateway tgw-00000000000000001 was deleted or does not exist.',
      "InvalidCarrierGatewayID.NotFound: The carrierGateway ID 'cagw-00000000000000001' does not exist",
      'UnsupportedOperation',
    ],
  );
});

test('inside the VPC a route takes a whole subnet to an appliance, and nothing else', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const subnet = subnetWith(account, vpc, '10.0.1.0/24');
  subnetWith(account, vpc, '10.0.2.0/24');
  const eni = interfaceWith(account, subnet, '10.0.1.10');
  const RouteTableId = newTable(account, vpc.id);
  const GatewayId = attachedGateway(account, vpc);
  const create = (DestinationCidrBlock: string, target: Partial<RouteRequest>) => () =>
    account.call('CreateRoute', { RouteTableId, DestinationCidrBlock, ...target });
  equal(
    account.fault(create('10.0.2.0/24', { GatewayId })),
    "InvalidParameterValue: The destination CIDR block 10.0.2.0/24 is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.",
  );
  equal(account.faultCode(create('10.0.2.0/25', { NetworkInterfaceId: eni.id })), 'InvalidParameterValue');
  equal(account.faultCode(create('10.0.2.0/23', { NetworkInterfaceId: eni.id })), 'InvalidParameterValue');
  create('10.0.2.0/24', { NetworkInterfaceId: eni.id })();
  create('10.0.0.0/8', { GatewayId })();
});

test('only IPv6 goes to an egress-only gateway, and only NAT64 of IPv6 to a NAT gateway', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16', '2600:1f18::/56');
  const RouteTableId = newTable(account, vpc.id);
  const eigw = account.call('CreateEgressOnlyInternetGateway', { VpcId: vpc.id }).EgressOnlyInternetGateway;
  const EgressOnlyInternetGatewayId = eigw?.EgressOnlyInternetGatewayId ?? '';
  const NatGatewayId = natGatewayWith(account, subnetWith(account, vpc, '10.0.1.0/24'), 'available').id;
  const create = (route: Partial<RouteRequest>) => () => account.call('CreateRoute', { RouteTableId, ...route });
  equal(
    account.faultCode(create({ DestinationCidrBlock: '0.0.0.0/0', EgressOnlyInternetGatewayId })),
    'InvalidParameterValue',
  );
  equal(account.faultCode(create({ DestinationIpv6CidrBlock: '::/0', NatGatewayId })), 'InvalidParameterValue');
  create({ DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId })();
  create({ DestinationIpv6CidrBlock: '64:ff9b::/96', NatGatewayId })();
  create({ DestinationCidrBlock: '0.0.0.0/0', NatGatewayId })();
});

test('a route is a blackhole while its target is away, and active again when it returns', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const other = vpcWith(account, '10.1.0.0/16');
  const subnet = subnetWith(account, vpc, '10.0.1.0/24');
  const RouteTableId = newTable(account, vpc.id);
  const igw = attachedGateway(account, vpc);
  const nat = natGatewayWith(account, subnet, 'available');
  const { instance, interfaces } = instanceWith(account, subnet, '10.0.1.10');
  const [eni] = interfaces;
  const peering = account.call('CreateVpcPeeringConnection', { VpcId: vpc.id, PeerVpcId: other.id });
  const VpcPeeringConnectionId = peering.VpcPeeringConnection?.VpcPeeringConnectionId ?? '';
  const routes: readonly Partial<RouteRequest>[] = [
    { DestinationCidrBlock: '0.0.0.0/0', GatewayId: igw },
    { DestinationCidrBlock: '1.0.0.0/8', NatGatewayId: nat.id },
    { DestinationCidrBlock: '2.0.0.0/8', InstanceId: instance.id },
    { DestinationCidrBlock: '10.1.0.0/16', VpcPeeringConnectionId },
  ];
  for (const route of routes) account.call('CreateRoute', { RouteTableId, ...route });
  /** What is not as it was when all targets were there. */
  const blackholes = () =>
    linesOf(account, RouteTableId)
      .filter((line) => line.endsWith('blackhole'))
      .map((line) => line.split(' ')[0]);
  deepEqual(blackholes(), ['10.1.0.0/16']);
  account.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId });
  deepEqual(blackholes(), []);

  account.call('DetachInternetGateway', { InternetGatewayId: igw, VpcId: vpc.id });
  deepEqual(blackholes(), ['0.0.0.0/0']);
  account.call('AttachInternetGateway', { InternetGatewayId: igw, VpcId: other.id });
  deepEqual(blackholes(), ['0.0.0.0/0']);
  account.call('DetachInternetGateway', { InternetGatewayId: igw, VpcId: other.id });
  account.call('AttachInternetGateway', { InternetGatewayId: igw, VpcId: vpc.id });
  deepEqual(blackholes(), []);

  setInstanceState(account, instance.id, 'stopped');
  deepEqual(blackholes(), ['2.0.0.0/8']);
  setInstanceState(account, instance.id, 'running');
  deepEqual(blackholes(), []);
  const route = describeTable(account, RouteTableId)?.Routes?.find((one) => one.NetworkInterfaceId !== undefined);
  deepEqual([route?.NetworkInterfaceId, route?.InstanceId], [eni?.id, instance.id]);

  account.transact((tx) => {
    tx.update(NatGateway, nat.id, { state: 'deleted' });
    if (eni) tx.remove(NetworkInterface, eni.id);
  });
  account.call('DeleteVpcPeeringConnection', { VpcPeeringConnectionId });
  deepEqual(blackholes(), ['1.0.0.0/8', '2.0.0.0/8', '10.1.0.0/16']);
});

test('a local route cannot be deleted, but leads to an appliance and back', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const subnet = subnetWith(account, vpc, '10.0.1.0/24');
  const { interfaces } = instanceWith(account, subnet, '10.0.1.10');
  const NetworkInterfaceId = interfaces[0]?.id ?? '';
  const RouteTableId = newTable(account, vpc.id);
  const GatewayId = attachedGateway(account, vpc);
  const local = { RouteTableId, DestinationCidrBlock: '10.0.0.0/16' };
  const remove = () => account.call('DeleteRoute', local);
  equal(
    account.fault(remove),
    `InvalidParameterValue: cannot remove local route 10.0.0.0/16 in route table ${RouteTableId}`,
  );
  equal(
    account.faultCode(() => account.call('ReplaceRoute', { ...local, GatewayId })),
    'InvalidParameterValue',
  );
  account.call('ReplaceRoute', { ...local, NetworkInterfaceId });
  deepEqual(linesOf(account, RouteTableId), [`10.0.0.0/16 ${NetworkInterfaceId} active`]);
  equal(account.faultCode(remove), 'InvalidParameterValue');
  account.call('ReplaceRoute', { ...local, LocalTarget: true });
  deepEqual(linesOf(account, RouteTableId), ['10.0.0.0/16 local active']);
  account.call('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId });
  equal(
    account.faultCode(() =>
      account.call('ReplaceRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', LocalTarget: true }),
    ),
    'InvalidParameterValue',
  );
});

test('replacing and deleting need a route to that very destination', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const RouteTableId = newTable(account, vpc.id);
  const GatewayId = attachedGateway(account, vpc);
  const route = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0' };
  equal(
    account.fault(() => account.call('ReplaceRoute', { ...route, GatewayId })),
    "InvalidParameterValue: There is no route defined for '0.0.0.0/0' in the route table. Use CreateRoute instead.",
  );
  equal(
    account.fault(() => account.call('DeleteRoute', route)),
    `InvalidRoute.NotFound: no route with destination-cidr-block 0.0.0.0/0 in route table ${RouteTableId}`,
  );
  account.call('CreateRoute', { ...route, GatewayId });
  account.call('DeleteRoute', route);
  deepEqual(linesOf(account, RouteTableId), ['10.0.0.0/16 local active']);
});

test('a subnet has one table of its own at most, and without one the main table', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const SubnetId = subnetWith(account, vpc, '10.0.1.0/24').id;
  const [one, two] = [newTable(account, vpc.id), newTable(account, vpc.id)];
  const elsewhere = newTable(account, vpcWith(account, '10.1.0.0/16').id);
  const associate = (RouteTableId: string) => () => account.call('AssociateRouteTable', { RouteTableId, SubnetId });
  equal(
    account.fault(associate(elsewhere)),
    `InvalidParameterValue: route table ${elsewhere} and subnet ${SubnetId} belong to different networks`,
  );
  const { AssociationId = '' } = associate(one)();
  equal(associate(one)().AssociationId, AssociationId);
  equal(
    account.fault(associate(two)),
    `Resource.AlreadyAssociated: the specified association for route table ${two} conflicts with an existing association`,
  );
  equal(
    account.fault(() => account.call('DeleteRouteTable', { RouteTableId: one })),
    `DependencyViolation: The routeTable '${one}' has dependencies and cannot be deleted.`,
  );
  const { NewAssociationId = '' } = account.call('ReplaceRouteTableAssociation', { AssociationId, RouteTableId: two });
  notEqual(NewAssociationId, AssociationId);
  deepEqual(describeTable(account, one)?.Associations, []);
  equal(describeTable(account, two)?.Associations?.[0]?.SubnetId, SubnetId);
  equal(
    account.faultCode(() => account.call('DisassociateRouteTable', { AssociationId })),
    'InvalidAssociationID.NotFound',
  );
  account.call('DisassociateRouteTable', { AssociationId: NewAssociationId });
  account.call('DeleteRouteTable', { RouteTableId: two });
  equal(
    account.faultCode(() => describeTable(account, two)),
    'InvalidRouteTableID.NotFound',
  );
});

test('another table becomes the main one, and the main one is neither deleted nor disassociated', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const before = mainTableOf(account, vpc.id);
  const RouteTableId = newTable(account, vpc.id);
  const AssociationId = before?.Associations?.[0]?.RouteTableAssociationId ?? '';
  equal(
    account.fault(() => account.call('DisassociateRouteTable', { AssociationId })),
    `InvalidParameterValue: cannot disassociate the main route table association ${AssociationId}`,
  );
  const remove = (id: string) => () => account.call('DeleteRouteTable', { RouteTableId: id });
  equal(account.faultCode(remove(before?.RouteTableId ?? '')), 'DependencyViolation');
  account.call('ReplaceRouteTableAssociation', { AssociationId, RouteTableId });
  equal(mainTableOf(account, vpc.id)?.RouteTableId, RouteTableId);
  remove(before?.RouteTableId ?? '')();
  equal(account.faultCode(remove(RouteTableId)), 'DependencyViolation');
});

test('an edge table leads to interfaces inside the VPC only, and cannot be the main one', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const subnet = subnetWith(account, vpc, '10.0.1.0/24');
  const NetworkInterfaceId = interfaceWith(account, subnet, '10.0.1.10').id;
  const RouteTableId = newTable(account, vpc.id);
  const GatewayId = attachedGateway(account, vpc);
  const associate = (table: string) => () => account.call('AssociateRouteTable', { RouteTableId: table, GatewayId });
  const main = mainTableOf(account, vpc.id);
  equal(account.faultCode(associate(main?.RouteTableId ?? '')), 'InvalidParameterValue');
  account.call('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId });
  equal(account.faultCode(associate(RouteTableId)), 'InvalidParameterValue');
  account.call('DeleteRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0' });
  associate(RouteTableId)();
  equal(describeTable(account, RouteTableId)?.Associations?.[0]?.GatewayId, GatewayId);
  equal(account.faultCode(associate(newTable(account, vpc.id))), 'Resource.AlreadyAssociated');
  const create = (DestinationCidrBlock: string) => () =>
    account.call('CreateRoute', { RouteTableId, DestinationCidrBlock, NetworkInterfaceId });
  equal(account.faultCode(create('0.0.0.0/0')), 'InvalidParameterValue');
  create('10.0.1.0/24')();
  const AssociationId = main?.Associations?.[0]?.RouteTableAssociationId ?? '';
  equal(
    account.faultCode(() => account.call('ReplaceRouteTableAssociation', { AssociationId, RouteTableId })),
    'InvalidParameterValue',
  );
});

test('tables are found by their routes and associations', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const SubnetId = subnetWith(account, vpc, '10.0.1.0/24').id;
  const RouteTableId = newTable(account, vpc.id);
  const GatewayId = attachedGateway(account, vpc);
  account.call('AssociateRouteTable', { RouteTableId, SubnetId });
  account.call('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId });
  const found = (Name: string, value: string) =>
    account
      .call('DescribeRouteTables', { Filters: [{ Name, Values: [value] }] })
      .RouteTables?.map((table) => table.RouteTableId);
  deepEqual(found('association.subnet-id', SubnetId), [RouteTableId]);
  deepEqual(found('route.gateway-id', GatewayId), [RouteTableId]);
  deepEqual(found('route.state', 'blackhole'), []);
  account.call('DetachInternetGateway', { InternetGatewayId: GatewayId, VpcId: vpc.id });
  deepEqual(found('route.state', 'blackhole'), [RouteTableId]);
});
