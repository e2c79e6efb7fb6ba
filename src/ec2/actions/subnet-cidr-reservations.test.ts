import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { parseIpv4 } from '../../net/address.ts';
import { contains, parseIpv4Cidr } from '../../net/cidr.ts';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { given } from '../../testing/instance-parts.ts';

/** A subnet 10.0.1.0/27: addresses 4 to 30 can be given. */
function smallSubnet(): { readonly account: TestAccount; readonly SubnetId: string } {
  const account = testAccount();
  const VpcId = given(account.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc?.VpcId);
  const { Subnet } = account.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/27' });
  return { account, SubnetId: given(Subnet?.SubnetId) };
}

const reserve = (account: TestAccount, SubnetId: string, Cidr: string, ReservationType = 'explicit'): string => {
  const answer = account.call('CreateSubnetCidrReservation', { SubnetId, Cidr, ReservationType });
  return given(answer.SubnetCidrReservation?.SubnetCidrReservationId);
};

test('no address is chosen from a reservation, but one that is named is given', () => {
  const { account, SubnetId } = smallSubnet();
  reserve(account, SubnetId, '10.0.1.16/28');
  const block = given(parseIpv4Cidr('10.0.1.16/28'));
  for (let count = 0; count < 12; count++) {
    const { NetworkInterface } = account.call('CreateNetworkInterface', { SubnetId });
    ok(!contains(block, given(parseIpv4(given(NetworkInterface?.PrivateIpAddress)))));
  }
  const another = () => account.call('CreateNetworkInterface', { SubnetId });
  equal(account.faultCode(another), 'InsufficientFreeAddressesInSubnet');
  const PrivateIpAddress = '10.0.1.20';
  const named = account.call('CreateNetworkInterface', { SubnetId, PrivateIpAddress });
  equal(named.NetworkInterface?.PrivateIpAddress, PrivateIpAddress);
});

test('a prefix is chosen from a reservation of type prefix, and from no explicit one', () => {
  const account = testAccount();
  const VpcId = given(account.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc?.VpcId);
  const SubnetId = given(account.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet?.SubnetId);
  const prefixes = (Ipv4PrefixCount: number) =>
    account
      .call('CreateNetworkInterface', { SubnetId, Ipv4PrefixCount })
      .NetworkInterface?.Ipv4Prefixes?.map((one) => one.Ipv4Prefix);
  const explicit = reserve(account, SubnetId, '10.0.1.64/26');
  const ofPrefixType = reserve(account, SubnetId, '10.0.1.128/27', 'prefix');
  deepEqual(prefixes(2)?.sort(), ['10.0.1.128/28', '10.0.1.144/28']);
  equal(
    account.faultCode(() => prefixes(1)),
    'InvalidParameterValue',
  );
  account.call('DeleteSubnetCidrReservation', { SubnetCidrReservationId: ofPrefixType });
  const block = given(parseIpv4Cidr('10.0.1.64/26'));
  for (const prefix of prefixes(4) ?? []) ok(!contains(block, given(parseIpv4Cidr(given(prefix))).address));
  account.call('DeleteSubnetCidrReservation', { SubnetCidrReservationId: explicit });
});

test('reservations are listed by family and go with their subnet', () => {
  const { account, SubnetId } = smallSubnet();
  const id = reserve(account, SubnetId, '10.0.1.16/30', 'prefix');
  reserve(account, SubnetId, '10.0.1.8/30');
  account.call('CreateTags', { Resources: [id], Tags: [{ Key: 'Name', Value: 'a' }] });
  const cidrs = (Filters?: readonly { Name: string; Values: readonly string[] }[]) =>
    account
      .call('GetSubnetCidrReservations', { SubnetId, Filters })
      .SubnetIpv4CidrReservations?.map((reservation) => reservation.Cidr);
  deepEqual(cidrs(), ['10.0.1.16/30', '10.0.1.8/30']);
  deepEqual(cidrs([{ Name: 'reservationType', Values: ['prefix'] }]), ['10.0.1.16/30']);
  deepEqual(cidrs([{ Name: 'tag:Name', Values: ['a'] }]), ['10.0.1.16/30']);
  account.call('DeleteSubnet', { SubnetId });
  equal(
    account.faultCode(() => account.call('DeleteSubnetCidrReservation', { SubnetCidrReservationId: id })),
    'InvalidSubnetCidrReservationID.NotFound',
  );
});

test('a reservation lies inside its subnet and touches no other', () => {
  const { account, SubnetId } = smallSubnet();
  reserve(account, SubnetId, '10.0.1.16/29');
  const cases: readonly (readonly [string, string, string])[] = [
    ['x', '10.0.1.16/30', 'InvalidParameterValue'],
    ['explicit', '10.0.1', 'InvalidParameterValue'],
    ['explicit', '10.0.2.0/28', 'InvalidParameterValue'],
    ['explicit', '10.0.1.20/30', 'InvalidParameterValue'],
    ['explicit', 'fd00::/64', 'InvalidParameterValue'],
  ];
  for (const [type, cidr, code] of cases) {
    equal(
      account.faultCode(() => reserve(account, SubnetId, cidr, type)),
      code,
      cidr,
    );
  }
});
