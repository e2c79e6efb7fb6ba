/** The entries of a network ACL: what a request says of one, and how they are created, replaced and deleted. */
import { type Cidr, isIpv4Cidr, parseIpv4Cidr, parseIpv6Cidr } from '../net/cidr.ts';
import { ANY_PROTOCOL, ICMP, ICMPV6, TCP, UDP } from '../net/protocol.ts';
import type { TrafficMatch } from '../net/traffic-match.ts';
import { Fault } from './fault.ts';
import { sortedEntries } from './network-acl-lifecycle.ts';
import { quota } from './quotas.ts';
import { NetworkAcl, type NetworkAclEntry } from './resources/network-acl.ts';
import type { Transaction } from './transaction.ts';

/** The parameters of CreateNetworkAclEntry and ReplaceNetworkAclEntry. */
export interface RequestedEntry {
  readonly RuleNumber: number;
  readonly Protocol: string;
  readonly RuleAction: string;
  readonly Egress: boolean;
  readonly CidrBlock?: string | undefined;
  readonly Ipv6CidrBlock?: string | undefined;
  readonly IcmpTypeCode?: { readonly Type?: number | undefined; readonly Code?: number | undefined } | undefined;
  readonly PortRange?: { readonly From?: number | undefined; readonly To?: number | undefined } | undefined;
}

/** The highest number that an entry may have; above it stand the final denies, and nothing else. */
export const MAX_ENTRY_NUMBER = 32766;
/** Number of the final deny for IPv4, which is shown and not stored. */
export const FINAL_IPV4_NUMBER = 32767;
/** Number of the final deny for IPv6. */
export const FINAL_IPV6_NUMBER = 32768;

/**
 * The entry that a request describes. No sentence of its faults has been seen.
 * @throws Fault InvalidParameterValue, InvalidParameterCombination, MissingParameter
 */
export function readEntry(request: RequestedEntry): NetworkAclEntry {
  const number = readNumber(request.RuleNumber);
  const action = readAction(request.RuleAction);
  const protocol = readProtocol(request.Protocol);
  const cidr = readCidr(request);
  return { egress: request.Egress, number, action, cidr, traffic: readTraffic(protocol, cidr, request) };
}

/** Adds an entry. @throws Fault NetworkAclEntryAlreadyExists, NetworkAclEntryLimitExceeded */
export function createEntry(tx: Transaction, acl: NetworkAcl, entry: NetworkAclEntry): void {
  if (acl.entries.some((one) => isAt(one, entry))) {
    throw new Fault('NetworkAclEntryAlreadyExists', { number: entry.number });
  }
  // Families are counted together and the final denies not at all: AWS's texts of today and of 2023 differ (unconfirmed).
  const count = acl.entries.filter((one) => one.egress === entry.egress).length;
  if (count >= quota(tx, 'rulesPerNetworkAcl')) throw new Fault('NetworkAclEntryLimitExceeded');
  setEntries(tx, acl, [...acl.entries, entry]);
}

/** Puts an entry in the place of the one with its number. @throws Fault InvalidNetworkAclEntry.NotFound */
export function replaceEntry(tx: Transaction, acl: NetworkAcl, entry: NetworkAclEntry): void {
  setEntries(tx, acl, [...withoutEntry(acl, entry), entry]);
}

/** Takes the entry with this number and direction away. @throws Fault InvalidNetworkAclEntry.NotFound */
export function deleteEntry(tx: Transaction, acl: NetworkAcl, place: Place): void {
  setEntries(tx, acl, withoutEntry(acl, place));
}

type Place = Pick<NetworkAclEntry, 'egress' | 'number'>;

const isAt = (entry: NetworkAclEntry, { egress, number }: Place): boolean =>
  entry.egress === egress && entry.number === number;

function withoutEntry(acl: NetworkAcl, place: Place): readonly NetworkAclEntry[] {
  const others = acl.entries.filter((entry) => !isAt(entry, place));
  if (others.length === acl.entries.length)
    throw new Fault('InvalidNetworkAclEntry.NotFound', { number: place.number });
  return others;
}

const setEntries = (tx: Transaction, acl: NetworkAcl, entries: readonly NetworkAclEntry[]): NetworkAcl =>
  tx.update(NetworkAcl, acl.id, { entries: sortedEntries(entries) });

/** @throws Fault InvalidParameterValue for a number that AWS reserves */
export function readNumber(number: number): number {
  if (number >= 1 && number <= MAX_ENTRY_NUMBER) return number;
  throw new Fault('InvalidParameterValue', {
    value: number,
    parameter: 'ruleNumber',
    reason: `The rule number must be between 1 and ${MAX_ENTRY_NUMBER}.`,
  });
}

function readAction(text: string): 'allow' | 'deny' {
  if (text === 'allow' || text === 'deny') return text;
  throw new Fault('InvalidParameterValue', { value: text, parameter: 'ruleAction', reason: 'Use allow or deny.' });
}

/** Numbers only; the AWS CLI makes numbers of names before it asks. */
function readProtocol(text: string): number {
  const protocol = /^(-1|\d{1,3})$/.test(text) ? Number(text) : Number.NaN;
  if (protocol <= 255) return protocol;
  throw new Fault('InvalidParameterValue', `Invalid value '${text}' for IP protocol. Unknown protocol.`);
}

function readCidr({ CidrBlock: ipv4, Ipv6CidrBlock: ipv6 }: RequestedEntry): Cidr {
  if (ipv4 !== undefined && ipv6 !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: 'cidrBlock', other: 'ipv6CidrBlock' });
  }
  if (ipv4 !== undefined) return parseIpv4Cidr(ipv4) ?? notCidr('cidrBlock', ipv4);
  if (ipv6 !== undefined) return parseIpv6Cidr(ipv6) ?? notCidr('ipv6CidrBlock', ipv6);
  throw new Fault('MissingParameter', 'The request must contain the parameter cidrBlock or ipv6CidrBlock');
}

function notCidr(parameter: string, value: string): never {
  throw new Fault('InvalidParameterValue', { value, parameter, reason: 'This is not a valid CIDR block.' });
}

/** API_CreateNetworkAclEntry: which protocols need ports or an ICMP type, and which ignore them. */
function readTraffic(protocol: number, cidr: Cidr, request: RequestedEntry): TrafficMatch {
  if (protocol === ANY_PROTOCOL) return { kind: 'all' };
  if (protocol === TCP || protocol === UDP) return { kind: 'ports', protocol, ports: readPorts(request) };
  if (protocol === ICMP) return { kind: 'icmp', protocol, ...readIcmp(request) };
  // With an IPv4 block, protocol 58 means all ICMP types, whatever is given.
  if (protocol === ICMPV6 && !isIpv4Cidr(cidr)) return { kind: 'icmp', protocol, ...readIcmp(request) };
  return { kind: 'protocol', protocol };
}

function readPorts({ PortRange: range }: RequestedEntry): { from: number; to: number } {
  const { From: from, To: to } = range ?? {};
  if (from === undefined) throw new Fault('MissingParameter', { parameter: 'portRange.from' });
  if (to === undefined) throw new Fault('MissingParameter', { parameter: 'portRange.to' });
  for (const port of [from, to]) {
    if (port < 0 || port > 65535) throw new Fault('InvalidParameterValue', `TCP/UDP port (${port}) out of range`);
  }
  if (from > to) throw new Fault('InvalidParameterValue', `Invalid TCP/UDP port range (${from}:${to})`);
  return { from, to };
}

function readIcmp({ IcmpTypeCode: typeCode }: RequestedEntry): { type: number; code: number } {
  const { Type: type, Code: code } = typeCode ?? {};
  if (type === undefined) throw new Fault('MissingParameter', { parameter: 'icmpTypeCode.type' });
  if (code === undefined) throw new Fault('MissingParameter', { parameter: 'icmpTypeCode.code' });
  for (const [what, value] of [['type', type] as const, ['code', code] as const]) {
    if (value < -1 || value > 255) throw new Fault('InvalidParameterValue', `ICMP ${what} (${value}) out of range`);
  }
  if (type === -1 && code !== -1) {
    throw new Fault('InvalidParameterValue', `ICMP code (${code}) must be -1 when all types (-1) are specified`);
  }
  return { type, code };
}
