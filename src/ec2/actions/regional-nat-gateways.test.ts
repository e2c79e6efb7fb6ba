/** Regional NAT gateways as calls show them: both modes, their route table and Elastic IPs, and what is refused. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';
import type { RequestOf } from '../operation.ts';

type Asked = Partial<RequestOf<'CreateNatGateway'>>;

/** Makes a regional gateway; its id. */
const regional = ({ account, vpcId }: Lab, asked: Asked = {}): string =>
  given(
    account.call('CreateNatGateway', { VpcId: vpcId, AvailabilityMode: 'regional', ...asked }).NatGateway?.NatGatewayId,
  );

const shown = ({ account }: Lab, id: string) =>
  given(account.call('DescribeNatGateways', { NatGatewayIds: [id] }).NatGateways?.[0]);

/** Zones of its addresses, with the addresses' allocation ids. */
const zonesOf = (net: Lab, id: string): (readonly [string | undefined, string | undefined])[] =>
  (shown(net, id).NatGatewayAddresses ?? []).map((one) => [one.AvailabilityZone, one.AllocationId]);

const internetGatewayOf = ({ account, vpcId }: Lab): string => {
  const Filters = [{ Name: 'attachment.vpc-id', Values: [vpcId] }];
  return given(account.call('DescribeInternetGateways', { Filters }).InternetGateways?.[0]?.InternetGatewayId);
};

const refused = (net: Lab, asked: Asked): string =>
  net.account.faultCode(() => net.account.call('CreateNatGateway', { AvailabilityMode: 'regional', ...asked }));

test('in automatic mode it stands where the VPC has interfaces, with Elastic IPs that it manages', () => {
  const net = lab();
  const { account } = net;
  const other = net.subnet('10.0.2.0/24', 'us-east-1b');
  net.eni();
  const id = regional(net);
  const { CreateTime, NatGatewayAddresses, RouteTableId, ...rest } = shown(net, id);
  deepEqual(rest, {
    NatGatewayId: id,
    VpcId: net.vpcId,
    SubnetId: undefined,
    ConnectivityType: 'public',
    AvailabilityMode: 'regional',
    AutoScalingIps: 'enabled',
    AutoProvisionZones: 'enabled',
    State: 'available',
    DeleteTime: undefined,
    FailureCode: undefined,
    FailureMessage: undefined,
    Tags: [],
  });
  const [address] = given(NatGatewayAddresses);
  deepEqual(
    [address?.AvailabilityZone, address?.AvailabilityZoneId, address?.Status],
    ['us-east-1a', 'use1-az1', 'succeeded'],
  );
  const [managed] = given(account.call('DescribeAddresses').Addresses);
  deepEqual(
    [managed?.ServiceManaged, managed?.PublicIp, managed?.AllocationId, managed?.AssociationId],
    ['rnat', address?.PublicIp, address?.AllocationId, address?.AssociationId],
  );
  const there = net.eni({ SubnetId: other });
  deepEqual(
    zonesOf(net, id).map(([zone]) => zone),
    ['us-east-1a', 'us-east-1b'],
  );
  account.call('DeleteNetworkInterface', { NetworkInterfaceId: there });
  deepEqual(
    zonesOf(net, id).map(([zone]) => zone),
    ['us-east-1a'],
  );
  equal(account.call('DescribeAddresses').Addresses?.length, 1);
});

test('its route table leads to the internet gateway, and goes with it', () => {
  const net = lab();
  const { account } = net;
  const id = regional(net);
  const RouteTableIds = [given(shown(net, id).RouteTableId)];
  const [table] = given(account.call('DescribeRouteTables', { RouteTableIds }).RouteTables);
  deepEqual(
    table?.Routes?.map(({ DestinationCidrBlock, GatewayId, State }) => [
      DestinationCidrBlock,
      GatewayId?.slice(0, 3),
      State,
    ]),
    [
      ['10.0.0.0/16', 'loc', 'active'],
      ['0.0.0.0/0', 'igw', 'active'],
    ],
  );
  const [association] = given(table?.Associations);
  equal(association?.GatewayId, id);
  const AssociationId = given(association?.RouteTableAssociationId);
  equal(
    account.faultCode(() => account.call('DisassociateRouteTable', { AssociationId })),
    'InvalidParameterValue',
  );
  equal(
    account.faultCode(() => account.call('DeleteRouteTable', { RouteTableId: given(table?.RouteTableId) })),
    'DependencyViolation',
  );
  account.call('DeleteNatGateway', { NatGatewayId: id });
  equal(shown(net, id).State, 'deleted');
  equal(shown(net, id).RouteTableId, undefined);
  equal(
    account.faultCode(() => account.call('DescribeRouteTables', { RouteTableIds })),
    'InvalidRouteTableID.NotFound',
  );
  equal(account.call('DescribeAddresses').Addresses?.length, 0);
});

test('in manual mode it stands in the zones that were given addresses, and follows nobody', () => {
  const net = lab();
  const { account } = net;
  const [one, two, three] = [net.elasticIp(), net.elasticIp(), net.elasticIp()];
  const id = regional(net, {
    AvailabilityZoneAddresses: [{ AvailabilityZone: 'us-east-1a', AllocationIds: [one, two] }],
  });
  deepEqual([shown(net, id).AutoProvisionZones, shown(net, id).AutoScalingIps], ['disabled', 'disabled']);
  net.eni({ SubnetId: net.subnet('10.0.2.0/24', 'us-east-1b') });
  deepEqual(zonesOf(net, id), [
    ['us-east-1a', one],
    ['us-east-1a', two],
  ]);
  const added = account.call('AssociateNatGatewayAddress', {
    NatGatewayId: id,
    AllocationIds: [three],
    AvailabilityZoneId: 'use1-az2',
  });
  deepEqual(
    added.NatGatewayAddresses?.map((address) => [address.AvailabilityZone, address.Status]),
    [['us-east-1b', 'associating']],
  );
  const associations = new Map(
    shown(net, id).NatGatewayAddresses?.map((a) => [a.AllocationId, given(a.AssociationId)]),
  );
  const AssociationIds = [one, three].map((allocation) => given(associations.get(allocation)));
  const gone = account.call('DisassociateNatGatewayAddress', { NatGatewayId: id, AssociationIds });
  deepEqual(
    gone.NatGatewayAddresses?.map(({ Status }) => Status),
    ['disassociating', 'disassociating'],
  );
  deepEqual(zonesOf(net, id), [['us-east-1a', two]]);
  account.call('ReleaseAddress', { AllocationId: one });
  account.call('DeleteNatGateway', { NatGatewayId: id });
  account.call('ReleaseAddress', { AllocationId: two });
});

test('its Elastic IPs are in use by nothing else meanwhile', () => {
  const net = lab();
  const { account } = net;
  const AllocationId = net.elasticIp();
  const AvailabilityZoneAddresses = [{ AvailabilityZone: 'us-east-1a', AllocationIds: [AllocationId] }];
  const id = regional(net, { AvailabilityZoneAddresses });
  const AssociationId = given(shown(net, id).NatGatewayAddresses?.[0]?.AssociationId);
  const faultOf = (call: () => unknown): string => account.faultCode(call);
  equal(
    faultOf(() => account.call('ReleaseAddress', { AllocationId })),
    'InvalidIPAddress.InUse',
  );
  equal(
    faultOf(() => account.call('AssociateAddress', { AllocationId, NetworkInterfaceId: net.eni() })),
    'AuthFailure',
  );
  equal(
    faultOf(() => account.call('DisassociateAddress', { AssociationId })),
    'AuthFailure',
  );
  for (const second of [
    regional(net, { AvailabilityZoneAddresses }),
    given(account.call('CreateNatGateway', { SubnetId: net.subnetId, AllocationId }).NatGateway?.NatGatewayId),
  ]) {
    deepEqual([shown(net, second).State, shown(net, second).FailureCode], ['failed', 'Resource.AlreadyAssociated']);
  }
  equal(
    faultOf(() =>
      account.call('DetachInternetGateway', { InternetGatewayId: internetGatewayOf(net), VpcId: net.vpcId }),
    ),
    'DependencyViolation',
  );
  const VpcId = given(account.call('CreateVpc', { CidrBlock: '10.9.0.0/16' }).Vpc?.VpcId);
  deepEqual(shown(net, regional(net, { VpcId })).FailureCode, 'Gateway.NotAttached');
});

test('what a regional gateway cannot have is refused, and what only it has to a zonal one', () => {
  const net = lab();
  const { account, vpcId: VpcId, subnetId: SubnetId } = net;
  const AllocationId = net.elasticIp();
  const zone = { AvailabilityZone: 'us-east-1a', AllocationIds: [AllocationId] };
  equal(refused(net, { VpcId, SubnetId }), 'InvalidParameterCombination');
  equal(refused(net, { VpcId, AllocationId }), 'InvalidParameterCombination');
  equal(refused(net, { VpcId, ConnectivityType: 'private' }), 'InvalidParameterCombination');
  equal(refused(net, {}), 'MissingParameter');
  equal(refused(net, { VpcId: 'vpc-00000000000000000' }), 'InvalidVpcID.NotFound');
  equal(refused(net, { VpcId, AvailabilityZoneAddresses: [{ AllocationIds: [AllocationId] }] }), 'MissingParameter');
  equal(refused(net, { VpcId, AvailabilityZoneAddresses: [{ AvailabilityZone: 'us-east-1a' }] }), 'MissingParameter');
  equal(refused(net, { VpcId, AvailabilityZoneAddresses: [zone, zone] }), 'InvalidParameterValue');
  const elsewhere = { ...zone, AvailabilityZone: 'us-east-1b' };
  equal(refused(net, { VpcId, AvailabilityZoneAddresses: [zone, elsewhere] }), 'InvalidParameterValue');
  equal(refused(net, { AvailabilityMode: 'zonal', SubnetId, AllocationId, VpcId }), 'InvalidParameterCombination');
  const zonal = given(account.call('CreateNatGateway', { SubnetId, AllocationId }).NatGateway?.NatGatewayId);
  const add = (NatGatewayId: string, more: object): string =>
    account.faultCode(() =>
      account.call('AssociateNatGatewayAddress', { NatGatewayId, AllocationIds: [net.elasticIp()], ...more }),
    );
  equal(add(zonal, { AvailabilityZone: 'us-east-1a' }), 'InvalidParameterCombination');
  equal(add(regional(net), { AvailabilityZone: 'us-east-1a' }), 'InvalidParameterValue');
  equal(add(regional(net), {}), 'MissingParameter');
});

test('a VPC has five, and cannot be deleted while it has one', () => {
  const net = lab();
  const { account, vpcId: VpcId } = net;
  const ids = Array.from({ length: 5 }, () => regional(net));
  equal(refused(net, { VpcId }), 'NatGatewayLimitExceeded');
  account.call('DeleteSubnet', { SubnetId: net.subnetId });
  account.call('DetachInternetGateway', { InternetGatewayId: internetGatewayOf(net), VpcId });
  equal(
    account.faultCode(() => account.call('DeleteVpc', { VpcId })),
    'DependencyViolation',
  );
  for (const NatGatewayId of ids) account.call('DeleteNatGateway', { NatGatewayId });
  account.call('DeleteVpc', { VpcId });
});
