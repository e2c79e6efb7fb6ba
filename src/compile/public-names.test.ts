/** Public names of interfaces: which there are, which one Describe and the resolver show, and when they are refused. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { addressesOfInterfaceName, interfaceName } from '../model/dns-names.ts';
import { formatAddress, parseIpv4, parseIpv6 } from '../net/address.ts';
import { isId, type NetworkInterfaceId } from '../net/identifiers.ts';
import { type TestAccount, testAccount } from '../testing/account.ts';
import { dnsView } from './dns-view.ts';

/** A name that AWS gave out, and the addresses that it was made of. */
const OF_AWS = '28zmx-sibu3-yy3oc-zmvxf-smpwu-058cv95.us-east-2.ip.aws';
const IPV6 = '2600:1f16:37:6705:3f65:713d:10ba:34ae';
const IPV4 = '18.219.101.57';

const given = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('a value is missing');
  return value;
};

test('a dual-stack name has the form of AWS’s, and gives its addresses back', () => {
  const [address, publicAddress] = [given(parseIpv6(IPV6)), given(parseIpv4(IPV4))];
  equal(interfaceName('us-east-2', address, publicAddress), OF_AWS);
  deepEqual(addressesOfInterfaceName(OF_AWS.split('.')[0] ?? ''), { address, publicAddress });
  equal(interfaceName('us-east-2', address), OF_AWS.replace('-058cv95', ''));
  for (const label of [
    'web',
    'zzzzz-zzzzz-zzzzz-zzzzz-zzzzz',
    '28zmx-sibu3-yy3oc-zmvxf',
    `${'00000-'.repeat(5)}zzzzzzz`,
  ])
    equal(addressesOfInterfaceName(label), undefined, label);
});

/** A dual-stack VPC with names and a gateway, and an interface with an IPv6 address. */
function lab() {
  const account = testAccount();
  const { Vpc } = account.call('CreateVpc', { CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock: true });
  const VpcId = given(Vpc?.VpcId);
  account.call('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: true } });
  const { InternetGateway } = account.call('CreateInternetGateway');
  account.call('AttachInternetGateway', { VpcId, InternetGatewayId: given(InternetGateway?.InternetGatewayId) });
  const [vpc] = account.call('DescribeVpcs', { VpcIds: [VpcId] }).Vpcs ?? [];
  const block = given(vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock);
  const Ipv6CidrBlock = block.replace('/56', '/64');
  const { Subnet } = account.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24', Ipv6CidrBlock });
  const { NetworkInterface } = account.call('CreateNetworkInterface', {
    SubnetId: given(Subnet?.SubnetId),
    PrivateIpAddress: '10.0.1.10',
    Ipv6AddressCount: 1,
  });
  const NetworkInterfaceId = given(NetworkInterface?.NetworkInterfaceId);
  const choose = (HostnameType: string) =>
    account.call('ModifyPublicIpDnsNameOptions', { NetworkInterfaceId, HostnameType });
  const shown = () => given(account.call('DescribeNetworkInterfaces').NetworkInterfaces?.[0]);
  return { account, VpcId, NetworkInterfaceId, choose, shown, address: given(shown().Ipv6Address) };
}

function publish(account: TestAccount, NetworkInterfaceId: string): string {
  const { AllocationId, PublicIp } = account.call('AllocateAddress', { Domain: 'vpc' });
  account.call('AssociateAddress', { AllocationId, NetworkInterfaceId });
  return given(PublicIp);
}

function resolve(account: TestAccount, from: string, name: string): readonly string[] | undefined {
  const asker: NetworkInterfaceId | 'internet' | undefined =
    from === 'internet' ? from : isId('eni', from) ? from : undefined;
  return account.transact((tx) => {
    const found = dnsView(tx, given(asker))?.addressesOf(name);
    return found && [...found.ipv4, ...found.ipv6].map(formatAddress);
  });
}

test('the chosen name is the public one, and leads to private IPv4 inside and public IPv4 outside', () => {
  const { account, NetworkInterfaceId, choose, shown, address } = lab();
  const publicIp = publish(account, NetworkInterfaceId);
  equal(shown().PublicIpDnsNameOptions, undefined);
  equal(choose('public-dual-stack-dns-name').Successful, true);
  const { PublicDnsName, PublicIpDnsNameOptions: options } = shown();
  const dualStack = given(options?.PublicDualStackDnsName);
  deepEqual([PublicDnsName, options?.DnsHostnameType], [dualStack, 'public-dual-stack-dns-name']);
  deepEqual(resolve(account, NetworkInterfaceId, dualStack), ['10.0.1.10', address]);
  deepEqual(resolve(account, 'internet', dualStack), [publicIp, address]);
  deepEqual(resolve(account, 'internet', given(options?.PublicIpv6DnsName)), [address]);
  deepEqual(resolve(account, 'internet', given(options?.PublicIpv4DnsName)), [publicIp]);
  choose('public-ipv6-dns-name');
  equal(shown().PublicDnsName, options?.PublicIpv6DnsName);
});

test('a name of addresses that the interface has no longer leads nowhere', () => {
  const { account, NetworkInterfaceId, choose, shown, address } = lab();
  publish(account, NetworkInterfaceId);
  choose('public-dual-stack-dns-name');
  const { PublicDualStackDnsName, PublicIpv6DnsName } = given(shown().PublicIpDnsNameOptions);
  publish(account, NetworkInterfaceId);
  equal(resolve(account, 'internet', given(PublicDualStackDnsName)), undefined);
  deepEqual(resolve(account, 'internet', given(PublicIpv6DnsName)), [address]);
  account.call('UnassignIpv6Addresses', { NetworkInterfaceId, Ipv6Addresses: [address] });
  equal(resolve(account, 'internet', given(PublicIpv6DnsName)), undefined);
  equal(shown().PublicIpDnsNameOptions?.PublicIpv6DnsName, undefined);
});

test('a kind of name for which addresses or the VPC’s DNS are missing is refused', () => {
  const { account, VpcId, NetworkInterfaceId, choose } = lab();
  const refused = (type: string) => account.faultCode(() => choose(type));
  equal(refused('public-dual-stack-dns-name'), 'InvalidParameterValue');
  equal(refused('public-ipv4-dns-name'), 'InvalidParameterValue');
  equal(refused('public-name'), 'InvalidParameterValue');
  equal(choose('public-ipv6-dns-name').Successful, true);
  publish(account, NetworkInterfaceId);
  equal(choose('public-dual-stack-dns-name').Successful, true);
  account.call('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: false } });
  equal(refused('public-dual-stack-dns-name'), 'InvalidParameterValue');
});
