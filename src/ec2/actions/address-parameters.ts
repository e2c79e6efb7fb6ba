/** The parameters about private addresses that CreateNetworkInterface, RunInstances and the Assign calls share. */
import { Fault } from '../../model/fault.ts';
import type { AddressAsk } from '../../model/network-interface-choice.ts';
import { DEFAULT_CONNECTION_TRACKING } from '../../model/network-interface-creation.ts';
import {
  type ConnectionTracking,
  IPV4_PREFIX_LENGTH,
  IPV6_PREFIX_LENGTH,
} from '../../model/resources/network-interface.ts';
import { type Ipv4, type Ipv6, parseIpv4, parseIpv6 } from '../../net/address.ts';
import { type Ipv4Cidr, type Ipv6Cidr, parseIpv4Cidr, parseIpv6Cidr } from '../../net/cidr.ts';

/** As CreateNetworkInterface and NetworkInterface.N of RunInstances have them. */
export interface AddressParameters {
  readonly PrivateIpAddress?: string | undefined;
  readonly PrivateIpAddresses?:
    | readonly { readonly PrivateIpAddress?: string | undefined; readonly Primary?: boolean | undefined }[]
    | undefined;
  readonly SecondaryPrivateIpAddressCount?: number | undefined;
  readonly Ipv4Prefixes?: readonly { readonly Ipv4Prefix?: string | undefined }[] | undefined;
  readonly Ipv4PrefixCount?: number | undefined;
  readonly Ipv6Addresses?: readonly { readonly Ipv6Address?: string | undefined }[] | undefined;
  readonly Ipv6AddressCount?: number | undefined;
  readonly Ipv6Prefixes?: readonly { readonly Ipv6Prefix?: string | undefined }[] | undefined;
  readonly Ipv6PrefixCount?: number | undefined;
}

/** What they ask for. */
export interface AddressRequest {
  readonly primaryIpv4: Ipv4 | undefined;
  readonly ipv4: AddressAsk<Ipv4>;
  readonly ipv6: AddressAsk<Ipv6>;
}

/** @throws Fault InvalidParameterValue (not an address), InvalidParameterCombination (more than one way at once) */
export function addressRequest(parameters: AddressParameters): AddressRequest {
  const listed = parameters.PrivateIpAddresses ?? [];
  const primaries = [
    ...(parameters.PrivateIpAddress === undefined ? [] : [parameters.PrivateIpAddress]),
    ...listed.filter((entry) => entry.Primary).map((entry) => entry.PrivateIpAddress ?? ''),
  ];
  if (primaries.length > 1) {
    // The rule is documented, the sentence is unconfirmed.
    throw new Fault('InvalidParameterValue', 'Only one primary private IP address can be specified.');
  }
  const secondaries = listed.filter((entry) => !entry.Primary).map((entry) => entry.PrivateIpAddress ?? '');
  const [primary] = primaries;
  return {
    primaryIpv4: primary === undefined ? undefined : requestedIpv4(primary),
    ipv4: ipv4Ask({
      addresses: secondaries,
      count: parameters.SecondaryPrivateIpAddressCount,
      prefixes: parameters.Ipv4Prefixes?.map((entry) => entry.Ipv4Prefix ?? ''),
      prefixCount: parameters.Ipv4PrefixCount,
    }),
    ipv6: ipv6Ask({
      addresses: parameters.Ipv6Addresses?.map((entry) => entry.Ipv6Address ?? ''),
      count: parameters.Ipv6AddressCount,
      prefixes: parameters.Ipv6Prefixes?.map((entry) => entry.Ipv6Prefix ?? ''),
      prefixCount: parameters.Ipv6PrefixCount,
    }),
  };
}

/** One family's parameters as texts and counts. */
export interface AskTexts {
  readonly addresses?: readonly string[] | undefined;
  readonly count?: number | undefined;
  readonly prefixes?: readonly string[] | undefined;
  readonly prefixCount?: number | undefined;
}

/** IPv4 addresses and prefixes that are asked for. @throws Fault as of `addressRequest` */
export function ipv4Ask(texts: AskTexts): AddressAsk<Ipv4> {
  checkWays(texts, ['privateIpAddresses', 'secondaryPrivateIpAddressCount', 'ipv4Prefixes', 'ipv4PrefixCount']);
  return {
    addresses: (texts.addresses ?? []).map(requestedIpv4),
    count: texts.count,
    prefixes: (texts.prefixes ?? []).map(requestedIpv4Prefix),
    prefixCount: texts.prefixCount ?? 0,
  };
}

/** IPv6 addresses and prefixes that are asked for. @throws Fault as of `addressRequest` */
export function ipv6Ask(texts: AskTexts): AddressAsk<Ipv6> {
  checkWays(texts, ['ipv6Addresses', 'ipv6AddressCount', 'ipv6Prefixes', 'ipv6PrefixCount']);
  return {
    addresses: (texts.addresses ?? []).map(requestedIpv6),
    count: texts.count,
    prefixes: (texts.prefixes ?? []).map(requestedIpv6Prefix),
    prefixCount: texts.prefixCount ?? 0,
  };
}

/** Larger counts fit no interface of any type; refusing them here keeps a call short. */
const MAX_COUNT = 1024;

/** A list, a count, prefixes, a count of prefixes: one of the four. The sentences are unconfirmed. */
function checkWays({ addresses, count, prefixes, prefixCount }: AskTexts, names: readonly string[]): void {
  for (const [value, name] of [[count, names[1]] as const, [prefixCount, names[3]] as const]) {
    if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= MAX_COUNT)) continue;
    throw new Fault('InvalidParameterValue', { value, parameter: name ?? '', reason: '' });
  }
  const given = [(addresses?.length ?? 0) > 0, (count ?? 0) > 0, (prefixes?.length ?? 0) > 0, (prefixCount ?? 0) > 0];
  const [parameter, other] = names.filter((_, index) => given[index]);
  if (parameter !== undefined && other !== undefined)
    throw new Fault('InvalidParameterCombination', { parameter, other });
}

const notAnAddress = (text: string): Fault =>
  new Fault('InvalidParameterValue', `invalid value for parameter address: ${text}`);

/** An IPv4 address of a request. @throws Fault InvalidParameterValue */
export function requestedIpv4(text: string): Ipv4 {
  const address = parseIpv4(text);
  if (address === undefined) throw notAnAddress(text);
  return address;
}

/** An IPv6 address of a request. @throws Fault InvalidParameterValue */
export function requestedIpv6(text: string): Ipv6 {
  const address = parseIpv6(text);
  if (address === undefined) throw notAnAddress(text);
  return address;
}

/** A /28 of a request. The sentence is unconfirmed. @throws Fault InvalidParameterValue */
export function requestedIpv4Prefix(text: string): Ipv4Cidr {
  const prefix = parseIpv4Cidr(text);
  if (prefix?.length === IPV4_PREFIX_LENGTH) return prefix;
  throw new Fault('InvalidParameterValue', { value: text, parameter: 'ipv4Prefix', reason: 'It must be a /28.' });
}

/** A /80 of a request. The sentence is unconfirmed. @throws Fault InvalidParameterValue */
export function requestedIpv6Prefix(text: string): Ipv6Cidr {
  const prefix = parseIpv6Cidr(text);
  if (prefix?.length === IPV6_PREFIX_LENGTH) return prefix;
  throw new Fault('InvalidParameterValue', { value: text, parameter: 'ipv6Prefix', reason: 'It must be a /80.' });
}

/** ConnectionTrackingSpecification of a request. */
export interface ConnectionTrackingParameters {
  readonly TcpEstablishedTimeout?: number | undefined;
  readonly UdpTimeout?: number | undefined;
  readonly UdpStreamTimeout?: number | undefined;
}

/** Idle timeouts in seconds (security-group-connection-tracking). @throws Fault InvalidParameterValue out of range */
export function connectionTracking(given: ConnectionTrackingParameters | undefined): ConnectionTracking {
  if (!given) return DEFAULT_CONNECTION_TRACKING;
  return {
    tcpEstablishedTimeoutSeconds: inRange(given.TcpEstablishedTimeout, 60, 432_000, 'tcpEstablishedTimeout'),
    udpTimeoutSeconds: inRange(given.UdpTimeout, 30, 60, 'udpTimeout'),
    udpStreamTimeoutSeconds: inRange(given.UdpStreamTimeout, 60, 180, 'udpStreamTimeout'),
  };
}

function inRange(value: number | undefined, min: number, max: number, parameter: string): number | undefined {
  if (value === undefined || (value >= min && value <= max)) return value;
  const reason = `Expecting a value between ${min} and ${max}.`;
  throw new Fault('InvalidParameterValue', { value, parameter, reason });
}

/** EnaSrdSpecification of a request. */
export interface EnaSrdParameters {
  readonly EnaSrdEnabled?: boolean | undefined;
  readonly EnaSrdUdpSpecification?: { readonly EnaSrdUdpEnabled?: boolean | undefined } | undefined;
}

/** ENA Express as an attachment records it. */
export const enaSrd = (given: EnaSrdParameters | undefined) =>
  given && {
    enabled: given.EnaSrdEnabled ?? false,
    udpEnabled: given.EnaSrdUdpSpecification?.EnaSrdUdpEnabled ?? false,
  };
