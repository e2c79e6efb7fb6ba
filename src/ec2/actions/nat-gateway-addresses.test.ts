import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';

const gatewayOf = ({ account, subnetId: SubnetId }: Lab, request: object): string =>
  given(account.call('CreateNatGateway', { SubnetId, ...request }).NatGateway?.NatGatewayId);

const addressesOf = ({ account }: Lab, id: string) =>
  account.call('DescribeNatGateways', { NatGatewayIds: [id] }).NatGateways?.[0]?.NatGatewayAddresses ?? [];

/** Private addresses of the gateway's interface. */
const ofInterface = ({ account }: Lab) =>
  account
    .call('DescribeNetworkInterfaces', { Filters: [{ Name: 'interface-type', Values: ['nat_gateway'] }] })
    .NetworkInterfaces?.[0]?.PrivateIpAddresses?.map((one) => one.PrivateIpAddress);

test('a private gateway gets further addresses by name and by number, up to eight, and loses them', () => {
  const net = lab();
  const { account } = net;
  const NatGatewayId = gatewayOf(net, { ConnectivityType: 'private', PrivateIpAddress: '10.0.1.9' });
  const assign = (request: object) => () =>
    account.call('AssignPrivateNatGatewayAddress', { NatGatewayId, ...request });
  const named = assign({ PrivateIpAddresses: ['10.0.1.10'] })();
  deepEqual(
    named.NatGatewayAddresses?.map((one) => [one.PrivateIp, one.Status]),
    [['10.0.1.10', 'assigning']],
  );
  assign({ PrivateIpAddressCount: 6 })();
  equal(addressesOf(net, NatGatewayId).length, 8);
  deepEqual(
    ofInterface(net),
    addressesOf(net, NatGatewayId).map((one) => one.PrivateIp),
  );
  equal(account.faultCode(assign({ PrivateIpAddressCount: 1 })), 'PrivateIpAddressLimitExceeded');
  const unassign = (address: string) => () =>
    account.call('UnassignPrivateNatGatewayAddress', { NatGatewayId, PrivateIpAddresses: [address] });
  equal(unassign('10.0.1.10')().NatGatewayAddresses?.[0]?.Status, 'unassigning');
  equal(addressesOf(net, NatGatewayId).length, 7);
  equal(ofInterface(net)?.includes('10.0.1.10'), false);
  equal(account.faultCode(unassign('10.0.1.10')), 'InvalidParameterValue');
  equal(account.faultCode(unassign('10.0.1.9')), 'InvalidParameterValue');
});

test('a public gateway gets a second Elastic IP with a private address, and gives both back', () => {
  const net = lab();
  const { account } = net;
  const [first, second, third] = [net.elasticIp(), net.elasticIp(), net.elasticIp()];
  const NatGatewayId = gatewayOf(net, { AllocationId: first });
  const associate = (id: string) => () =>
    account.call('AssociateNatGatewayAddress', { NatGatewayId, AllocationIds: [id] });
  equal(account.faultCode(associate(first)), 'Resource.AlreadyAssociated');
  equal(associate(second)().NatGatewayAddresses?.[0]?.Status, 'associating');
  equal(account.faultCode(associate(third)), 'AddressLimitExceeded');
  const [primary, added] = addressesOf(net, NatGatewayId);
  equal(added?.AllocationId, second);
  deepEqual(ofInterface(net), [primary?.PrivateIp, added?.PrivateIp]);
  const disassociate = (AssociationId: string | undefined) => () =>
    account.call('DisassociateNatGatewayAddress', { NatGatewayId, AssociationIds: [given(AssociationId)] });
  equal(account.faultCode(disassociate(primary?.AssociationId)), 'InvalidParameterValue');
  disassociate(added?.AssociationId)();
  deepEqual(ofInterface(net), [primary?.PrivateIp]);
  account.call('ReleaseAddress', { AllocationId: second });
  equal(account.faultCode(disassociate(added?.AssociationId)), 'InvalidAssociationID.NotFound');
});

test('what changes of a NAT gateway’s addresses are refused', () => {
  const net = lab();
  const { account } = net;
  const elasticIp = net.elasticIp();
  const privateGateway = gatewayOf(net, { ConnectivityType: 'private' });
  const publicGateway = gatewayOf(net, { AllocationId: elasticIp });
  const assign = (NatGatewayId: string, request: object) => () =>
    account.call('AssignPrivateNatGatewayAddress', { NatGatewayId, ...request });
  equal(account.faultCode(assign('nat-0123456789abcdef0', { PrivateIpAddressCount: 1 })), 'NatGatewayNotFound');
  equal(account.faultCode(assign(privateGateway, {})), 'MissingParameter');
  equal(
    account.faultCode(assign(privateGateway, { PrivateIpAddressCount: 1, PrivateIpAddresses: ['10.0.1.9'] })),
    'InvalidParameterCombination',
  );
  equal(account.faultCode(assign(publicGateway, { PrivateIpAddressCount: 1 })), 'InvalidParameterValue');
  const request = { NatGatewayId: privateGateway, AllocationIds: [net.elasticIp()] };
  equal(
    account.faultCode(() => account.call('AssociateNatGatewayAddress', request)),
    'InvalidParameterValue',
  );
  account.call('DeleteNatGateway', { NatGatewayId: privateGateway });
  equal(account.faultCode(assign(privateGateway, { PrivateIpAddressCount: 1 })), 'IncorrectState');
});
