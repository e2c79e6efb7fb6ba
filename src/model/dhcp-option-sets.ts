/** DHCP option sets: what may stand in one, the set that new VPCs get, and when a set may go. */
import { parseAddress, parseIpv4, parseIpv6 } from '../net/address.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { privateDnsDomain } from './regions.ts';
import { type DhcpOptionKey, DhcpOptions } from './resources/dhcp-options.ts';
import { Vpc } from './resources/vpc.ts';
import type { Transaction } from './transaction.ts';

/** One option of a request. */
export interface RequestedDhcpOption {
  readonly Key?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

type Configurations = DhcpOptions['configurations'];

/** The value of domain-name-servers that stands for the VPC's own resolver. */
export const AMAZON_PROVIDED_DNS = 'AmazonProvidedDNS';

/** Lower and upper bound of the preferred lease time of an IPv6 address, in seconds (API_CreateDhcpOptions). */
const LEASE_SECONDS = { min: 140, max: 2_147_483_647 };
const ADDRESSES_OF_A_FAMILY = 4;

/** Creates a set. @throws Fault InvalidParameterValue */
export const createDhcpOptions = (
  tx: Transaction,
  requested: readonly RequestedDhcpOption[],
  tags: Tags,
): DhcpOptions => tx.insert(DhcpOptions, { configurations: checkedConfigurations(requested), tags });

/** The set that a new VPC gets: the Region's default one, made again if it was deleted. */
export function defaultDhcpOptions(tx: Transaction): DhcpOptions {
  const configurations = defaultConfigurations(tx.region);
  const text = JSON.stringify(configurations);
  const [found] = tx.list(DhcpOptions, (row) => JSON.stringify(row.configurations) === text);
  return found ?? tx.insert(DhcpOptions, { configurations, tags: {} });
}

const defaultConfigurations = (region: string): Configurations => [
  { key: 'domain-name', values: [privateDnsDomain(region)] },
  { key: 'domain-name-servers', values: [AMAZON_PROVIDED_DNS] },
];

/** Deletes a set that no VPC has. @throws Fault DependencyViolation */
export function deleteDhcpOptions(tx: Transaction, options: DhcpOptions): void {
  if (tx.count(Vpc, 'dhcpOptionsId', options.id) > 0) {
    throw new Fault('DependencyViolation', { resource: 'dhcpOptions', id: options.id });
  }
  tx.remove(DhcpOptions, options.id);
}

/**
 * Gives a VPC another set, or none for "default".
 * @throws Fault InvalidDhcpOptionID.NotFound, InvalidVpcID.NotFound
 */
export function associateDhcpOptions(tx: Transaction, optionsId: string, vpcId: string): void {
  const dhcpOptionsId = optionsId === 'default' ? optionsId : tx.get(DhcpOptions, optionsId).id;
  tx.update(Vpc, tx.get(Vpc, vpcId).id, { dhcpOptionsId });
}

/** The options in the order in which Describe shows them: that of the keys here, whatever the request's (observed). */
const CHECKS: Readonly<Record<DhcpOptionKey, (values: readonly string[]) => boolean>> = {
  'domain-name': (values) => values.length === 1,
  'domain-name-servers': (values) => isAmazonDns(values) || areAddresses(values),
  'ntp-servers': (values) => areAddresses(values),
  'netbios-name-servers': (values) =>
    values.length <= ADDRESSES_OF_A_FAMILY && values.every((value) => parseIpv4(value) !== undefined),
  'netbios-node-type': (values) => values.length === 1 && ['1', '2', '4', '8'].includes(values[0] ?? ''),
  'ipv6-address-preferred-lease-time': (values) => values.length === 1 && isLeaseTime(values[0] ?? ''),
};

const isKey = (key: string): key is DhcpOptionKey => Object.hasOwn(CHECKS, key);

/** The sentences are unconfirmed. */
function checkedConfigurations(requested: readonly RequestedDhcpOption[]): Configurations {
  if (requested.length === 0) throw new Fault('MissingParameter', { parameter: 'dhcpConfiguration' });
  const byKey = new Map<DhcpOptionKey, readonly string[]>();
  for (const { Key: key = '', Values: values = [] } of requested) {
    if (!isKey(key)) throw invalid(key, 'The option is not known.');
    if (byKey.has(key)) throw invalid(key, 'The option is given more than once.');
    // Clients send the servers as one value with commas as well.
    const list = key === 'domain-name' ? values : values.flatMap((value) => value.split(',')).map((one) => one.trim());
    if (list.length === 0 || list.includes('') || !CHECKS[key](list)) throw invalid(list.join(','), `For key ${key}.`);
    byKey.set(key, key === 'domain-name-servers' && isAmazonDns(list) ? [AMAZON_PROVIDED_DNS] : list);
  }
  return Object.keys(CHECKS)
    .filter(isKey)
    .flatMap((key) => {
      const values = byKey.get(key);
      return values ? [{ key, values }] : [];
    });
}

const invalid = (value: string, reason: string): Fault =>
  new Fault('InvalidParameterValue', { value, parameter: 'dhcpConfiguration', reason });

/** AmazonProvidedDNS may stand beside other servers on no page; alone it may be written in any case (unconfirmed). */
const isAmazonDns = (values: readonly string[]): boolean =>
  values.length === 1 && values[0]?.toLowerCase() === AMAZON_PROVIDED_DNS.toLowerCase();

function areAddresses(values: readonly string[]): boolean {
  const ipv6Count = values.filter((value) => parseIpv6(value) !== undefined).length;
  return (
    values.every((value) => parseAddress(value) !== undefined) &&
    ipv6Count <= ADDRESSES_OF_A_FAMILY &&
    values.length - ipv6Count <= ADDRESSES_OF_A_FAMILY
  );
}

const isLeaseTime = (text: string): boolean =>
  /^\d{1,10}$/.test(text) && Number(text) >= LEASE_SECONDS.min && Number(text) <= LEASE_SECONDS.max;
