/**
 * DNS names of instances and interfaces: the one place that knows their forms, for Describe, metadata and the resolver.
 *
 * Sources: user guide, hostname-types and vpc-dns; names under ip.aws as instances have them (25 and 7 digits of base 36). That an interface's privateDnsName disappears with enableDnsHostnames,
 * and an instance's only with enableDnsSupport, is unconfirmed.
 */
import { formatIpv4, type Ipv4, type Ipv6, ipv4, ipv6 } from '../net/address.ts';
import type { InstanceId } from '../net/identifiers.ts';
import { privateDnsDomain, publicDnsDomain } from './regions.ts';
import type { Instance } from './resources/instance.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { Vpc } from './resources/vpc.ts';
import type { Transaction } from './transaction.ts';

const dashed = (address: Ipv4): string => formatIpv4(address).replaceAll('.', '-');

/** "ip-10-0-2-157.ec2.internal" */
export const ipName = (region: string, address: Ipv4): string => `ip-${dashed(address)}.${privateDnsDomain(region)}`;

/** "i-0123456789abcdef0.ec2.internal" */
export const resourceName = (region: string, instanceId: InstanceId): string =>
  `${instanceId}.${privateDnsDomain(region)}`;

/** "ec2-203-0-113-25.compute-1.amazonaws.com" */
export const publicName = (region: string, address: Ipv4): string =>
  `ec2-${dashed(address)}.${publicDnsDomain(region)}`;

/** Digits of base 36 that hold any IPv6 address, and any IPv4 address. */
const IPV6_DIGITS = 25;
const IPV4_DIGITS = 7;

/** Domain of the names of interfaces: "eu-central-1.ip.aws". That other partitions have the same one is unconfirmed. */
export const interfaceNameDomain = (region: string): string => `${region}.ip.aws`;

/** "2hk8x-t005r-utebn-ciuf0-tcxfs.eu-central-1.ip.aws"; with an IPv4 address that of both: "…-tcxfs-058cv95.…" */
export function interfaceName(region: string, address: Ipv6, publicAddress?: Ipv4): string {
  const groups = address.toString(36).padStart(IPV6_DIGITS, '0').match(/.{5}/g) ?? [];
  const last = publicAddress === undefined ? [] : [publicAddress.toString(36).padStart(IPV4_DIGITS, '0')];
  return `${[...groups, ...last].join('-')}.${interfaceNameDomain(region)}`;
}

/** The addresses in the first label of such a name; undefined where it is none. */
export function addressesOfInterfaceName(
  label: string,
): { readonly address: Ipv6; readonly publicAddress: Ipv4 | undefined } | undefined {
  const [, groups = '', last] = /^((?:[0-9a-z]{5}-){4}[0-9a-z]{5})(?:-([0-9a-z]{7}))?$/.exec(label) ?? [];
  const address = [...groups.replaceAll('-', '')].reduce((sum, digit) => sum * 36n + BigInt(parseInt(digit, 36)), 0n);
  const publicAddress = last === undefined ? undefined : Number.parseInt(last, 36);
  if (groups === '' || address >= 1n << 128n || (publicAddress ?? 0) >= 2 ** 32) return undefined;
  return { address: ipv6(address), publicAddress: publicAddress === undefined ? undefined : ipv4(publicAddress) };
}

/** The public names of an interface, each where it has the addresses for it and its VPC gives out names. */
export interface PublicNames {
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
  readonly dualStack: string | undefined;
}

/** @param publicAddress that of the primary private address, where there is one to be shown */
export function publicNamesOf(tx: Transaction, row: NetworkInterface, publicAddress: Ipv4 | undefined): PublicNames {
  const [address] = row.ipv6Addresses;
  if (!hasPublicNames(tx.get(Vpc, row.vpcId))) return { ipv4: undefined, ipv6: undefined, dualStack: undefined };
  return {
    ipv4: publicAddress === undefined ? undefined : publicName(tx.region, publicAddress),
    ipv6: address === undefined ? undefined : interfaceName(tx.region, address),
    dualStack:
      address === undefined || publicAddress === undefined
        ? undefined
        : interfaceName(tx.region, address, publicAddress),
  };
}

/**
 * The public name that the interface goes by: of the kind that ModifyPublicIpDnsNameOptions chose, that of its IPv4
 * address where it has none of that kind any more (unconfirmed).
 */
export function chosenPublicName(
  tx: Transaction,
  row: NetworkInterface,
  publicAddress: Ipv4 | undefined,
): string | undefined {
  const names = publicNamesOf(tx, row, publicAddress);
  if (row.publicHostnameType === 'public-ipv6-dns-name') return names.ipv6 ?? names.ipv4;
  if (row.publicHostnameType === 'public-dual-stack-dns-name') return names.dualStack ?? names.ipv4;
  return names.ipv4;
}

/** Whether the VPC gives out public names: both attributes must be on. */
export const hasPublicNames = (vpc: Vpc): boolean => vpc.enableDnsSupport && vpc.enableDnsHostnames;

/** Name of a public address as interfaces of this VPC show it, or undefined where the VPC gives out none. */
export const publicDnsName = (tx: Transaction, vpcId: Vpc['id'], address: Ipv4): string | undefined =>
  hasPublicNames(tx.get(Vpc, vpcId)) ? publicName(tx.region, address) : undefined;

/** Private name of an address of an interface, as DescribeNetworkInterfaces shows it. */
export const interfacePrivateDnsName = (tx: Transaction, vpcId: Vpc['id'], address: Ipv4): string | undefined =>
  hasPublicNames(tx.get(Vpc, vpcId)) ? ipName(tx.region, address) : undefined;

/**
 * Host name of an instance, which is also its private DNS name: by its option the resource name or the name of its
 * primary address; the resource name where it has no IPv4.
 */
export function instanceHostName(tx: Transaction, instance: Instance): string {
  const address = primaryInterface(tx, instance.id)?.ipv4Addresses[0];
  const byAddress = instance.privateDnsNameOptions.hostnameType === 'ip-name' && address !== undefined;
  return byAddress ? ipName(tx.region, address) : resourceName(tx.region, instance.id);
}

/** Private DNS name that DescribeInstances shows; undefined where the VPC has no DNS or the instance no interface. */
export function instancePrivateDnsName(tx: Transaction, instance: Instance): string | undefined {
  const primary = primaryInterface(tx, instance.id);
  if (!primary || !tx.get(Vpc, primary.vpcId).enableDnsSupport) return undefined;
  return instanceHostName(tx, instance);
}

/** The interface at device index 0 of card 0, which is the account's own; undefined once an instance is terminated. */
export const primaryInterface = (tx: Transaction, instanceId: InstanceId): NetworkInterface | undefined =>
  tx.by(NetworkInterface, 'instanceId', instanceId).find(isPrimary);

/** Whether the interface is attached as the primary one. */
export const isPrimary = ({ attachment }: NetworkInterface): boolean =>
  attachment?.deviceIndex === 0 && attachment.networkCardIndex === 0;
