import { deepEqual, equal, ok } from 'node:assert/strict';
import test from 'node:test';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';

/** A lab with a dual-stack subnet and an IPv6-only one, both /64 of the VPC's /56. */
function dualLab(): Lab & { readonly dual: string; readonly only: string; readonly prefix: string } {
  const net = lab();
  const { account, vpcId: VpcId } = net;
  account.call('AssociateVpcCidrBlock', { VpcId, AmazonProvidedIpv6CidrBlock: true });
  const [vpc] = given(account.call('DescribeVpcs', { VpcIds: [VpcId] }).Vpcs);
  const block = given(vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock);
  const first = block.replace('/56', '/64');
  const second = block.replace(/00::\/56$/, '01::/64');
  const place = { VpcId, AvailabilityZone: 'us-east-1a' };
  const dual = account.call('CreateSubnet', { ...place, CidrBlock: '10.0.9.0/24', Ipv6CidrBlock: first });
  const only = account.call('CreateSubnet', { ...place, Ipv6Native: true, Ipv6CidrBlock: second });
  const idOf = (answer: typeof dual): string => given(answer.Subnet?.SubnetId);
  return { ...net, dual: idOf(dual), only: idOf(only), prefix: first.replace('::/64', '') };
}

const shown = ({ account }: Lab, id: string) =>
  given(account.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [id] }).NetworkInterfaces?.[0]);

test('IPv6 addresses are given by count, by name, and by the subnet where the call does not say', () => {
  const net = dualLab();
  const SubnetId = net.dual;
  equal(shown(net, net.eni({ SubnetId })).Ipv6Addresses?.length, 0);
  equal(shown(net, net.eni({ SubnetId, Ipv6AddressCount: 3 })).Ipv6Addresses?.length, 3);
  const Ipv6Address = `${net.prefix}::beef`;
  equal(shown(net, net.eni({ SubnetId, Ipv6Addresses: [{ Ipv6Address }] })).Ipv6Address, Ipv6Address);
  net.account.call('ModifySubnetAttribute', { SubnetId, AssignIpv6AddressOnCreation: { Value: true } });
  equal(shown(net, net.eni({ SubnetId })).Ipv6Addresses?.length, 1);
  equal(shown(net, net.eni({ SubnetId, Ipv6AddressCount: 0 })).Ipv6Addresses?.length, 0);
});

test('an IPv6 address in use, reserved, or of a subnet without IPv6 is refused', () => {
  const net = dualLab();
  const ask =
    (address: string, SubnetId = net.dual) =>
    () =>
      net.eni({ SubnetId, Ipv6Addresses: [{ Ipv6Address: address }] });
  ask(`${net.prefix}::beef`)();
  equal(net.account.faultCode(ask(`${net.prefix}::beef`)), 'InvalidIPAddress.InUse');
  equal(net.account.faultCode(ask(`${net.prefix}::3`)), 'InvalidParameterValue');
  equal(net.account.faultCode(ask('2001:db8::7')), 'InvalidParameterValue');
  equal(net.account.faultCode(ask(`${net.prefix}::7`, net.subnetId)), 'InvalidParameterValue');
});

test('an IPv6-only subnet gives no IPv4 address, and names by resource', () => {
  const net = dualLab();
  const id = net.instance({ SubnetId: net.only });
  const [instance] = given(net.account.call('DescribeInstances').Reservations?.[0]?.Instances);
  equal(instance?.PrivateIpAddress, undefined);
  ok(instance?.Ipv6Address);
  equal(instance?.PrivateDnsName, `${id}.ec2.internal`);
  equal(
    net.account.faultCode(() => net.eni({ SubnetId: net.only, PrivateIpAddress: '10.0.1.9' })),
    'InvalidParameterCombination',
  );
});

test('a primary IPv6 address stays while the interface is attached', () => {
  const net = dualLab();
  const { account } = net;
  const NetworkInterfaceId = net.eni({ SubnetId: net.dual, Ipv6AddressCount: 2, EnablePrimaryIpv6: true });
  net.attach(NetworkInterfaceId, net.instance());
  const [primary, second] = given(shown(net, NetworkInterfaceId).Ipv6Addresses);
  deepEqual([primary?.IsPrimaryIpv6, second?.IsPrimaryIpv6], [true, false]);
  const unassign = (address: string | undefined) => () =>
    account.call('UnassignIpv6Addresses', { NetworkInterfaceId, Ipv6Addresses: [given(address)] });
  equal(account.faultCode(unassign(primary?.Ipv6Address)), 'InvalidParameterValue');
  deepEqual(unassign(second?.Ipv6Address)().UnassignedIpv6Addresses, [second?.Ipv6Address]);
  const modify = () =>
    account.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, EnablePrimaryIpv6: false });
  equal(account.faultCode(modify), 'OperationNotPermitted');
});

test('IPv6 prefixes are /80, and their range is taken', () => {
  const net = dualLab();
  const { account } = net;
  const NetworkInterfaceId = net.eni({ SubnetId: net.dual });
  const { AssignedIpv6Prefixes } = account.call('AssignIpv6Addresses', { NetworkInterfaceId, Ipv6PrefixCount: 2 });
  equal(new Set(AssignedIpv6Prefixes).size, 2);
  const [prefix = ''] = given(AssignedIpv6Prefixes);
  ok(prefix.endsWith('/80'));
  const inside = prefix.replace(/::\/80$/, '::77').replace(/:0:0:0\/80$/, ':0:0:77');
  const again = () => net.eni({ SubnetId: net.dual, Ipv6Addresses: [{ Ipv6Address: inside }] });
  equal(account.faultCode(again), 'InvalidIPAddress.InUse');
});
