/**
 * DNS names of instances and interfaces: the one place that knows their forms, for Describe, metadata and the resolver.
 *
 * Sources: user guide, hostname-types and vpc-dns. That an interface's privateDnsName disappears with enableDnsHostnames,
 * and an instance's only with enableDnsSupport, is unconfirmed.
 */
import { formatIpv4, type Ipv4 } from '../net/address.ts';
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

/** The interface at device index 0 of card 0; undefined once an instance is terminated. */
export const primaryInterface = (tx: Transaction, instanceId: InstanceId): NetworkInterface | undefined =>
  tx.by(NetworkInterface, 'instanceId', instanceId).find(isPrimary);

/** Whether the interface is attached as the primary one. */
export const isPrimary = ({ attachment }: NetworkInterface): boolean =>
  attachment?.deviceIndex === 0 && attachment.networkCardIndex === 0;
