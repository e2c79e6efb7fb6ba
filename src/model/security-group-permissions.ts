/** What a request says of security group rules, made into rules: protocols, ports, ICMP types, peers, descriptions. */
import { type Cidr, parseIpv4Cidr, parseIpv6Cidr } from '../net/cidr.ts';
import { ICMP, ICMPV6, parseProtocol, TCP, UDP } from '../net/protocol.ts';
import type { RulePeer } from '../net/rule-peer.ts';
import type { TrafficMatch } from '../net/traffic-match.ts';
import { Fault } from './fault.ts';
import { findPrefixList } from './prefix-lists.ts';
import type { SecurityGroupRule } from './resources/security-group.ts';
import type { RequestedGroup } from './security-group-references.ts';
import type { Transaction } from './transaction.ts';

/** A rule before it has an id: what a request asks for, or asks to revoke. */
export type RuleContent = Omit<SecurityGroupRule, 'id' | 'tags'>;

/** Protocol and ports (or ICMP type and code) as a request has them. */
export interface RequestedTraffic {
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
}

/** API_IpPermission. */
export interface RequestedPermission extends RequestedTraffic {
  readonly IpRanges?:
    | readonly { readonly CidrIp?: string | undefined; readonly Description?: string | undefined }[]
    | undefined;
  readonly Ipv6Ranges?:
    | readonly { readonly CidrIpv6?: string | undefined; readonly Description?: string | undefined }[]
    | undefined;
  readonly PrefixListIds?:
    | readonly { readonly PrefixListId?: string | undefined; readonly Description?: string | undefined }[]
    | undefined;
  readonly UserIdGroupPairs?: readonly (RequestedGroup & { readonly Description?: string | undefined })[] | undefined;
}

/** API_SecurityGroupRuleRequest. */
export interface RequestedRule extends RequestedTraffic {
  readonly CidrIpv4?: string | undefined;
  readonly CidrIpv6?: string | undefined;
  readonly PrefixListId?: string | undefined;
  readonly ReferencedGroupId?: string | undefined;
  readonly Description?: string | undefined;
}

/** The group of a peer; whoever calls decides whether it must exist. */
export type FindGroup = (requested: RequestedGroup) => Pick<RuleContent, 'peer' | 'peerOwnerId'>;

/** For whom rules are read: a group's ingress or egress rules. */
export interface RuleReader {
  readonly tx: Transaction;
  readonly egress: boolean;
  readonly findGroup: FindGroup;
}

/**
 * The rules of an IpPermission: one for each peer.
 * @throws Fault InvalidParameterValue, InvalidPermission.Malformed for a permission without peers (unconfirmed), and those
 *   of unknown groups and prefix lists
 */
export function readPermission(
  { tx, egress, findGroup }: RuleReader,
  permission: RequestedPermission,
): readonly RuleContent[] {
  const traffic = readTraffic(permission);
  const rule = (peer: Pick<RuleContent, 'peer' | 'peerOwnerId'>, description: string | undefined): RuleContent => ({
    egress,
    traffic,
    ...peer,
    description: readDescription(description),
  });
  const rules = [
    ...(permission.IpRanges ?? []).map((range) => rule(ipv4Peer(range.CidrIp), range.Description)),
    ...(permission.Ipv6Ranges ?? []).map((range) => rule(ipv6Peer(range.CidrIpv6), range.Description)),
    ...(permission.PrefixListIds ?? []).map((list) => rule(prefixListPeer(tx, list.PrefixListId), list.Description)),
    ...(permission.UserIdGroupPairs ?? []).map((pair) => rule(findGroup(pair), pair.Description)),
  ];
  if (rules.length > 0) return rules;
  throw new Fault(
    'InvalidPermission.Malformed',
    'The permission must name at least one IPv4 range, IPv6 range, prefix list or security group.',
  );
}

/**
 * The rule of a SecurityGroupRuleRequest, which must name exactly one peer.
 * @throws Fault InvalidParameterCombination, and as `readPermission`
 */
export function readRule({ tx, egress, findGroup }: RuleReader, request: RequestedRule): RuleContent {
  const peers = [
    request.CidrIpv4 === undefined ? undefined : () => ipv4Peer(request.CidrIpv4),
    request.CidrIpv6 === undefined ? undefined : () => ipv6Peer(request.CidrIpv6),
    request.PrefixListId === undefined ? undefined : () => prefixListPeer(tx, request.PrefixListId),
    request.ReferencedGroupId === undefined ? undefined : () => findGroup({ GroupId: request.ReferencedGroupId }),
  ].filter((peer) => peer !== undefined);
  const [peer, other] = peers;
  if (!peer || other) {
    // The sentence is unconfirmed.
    throw new Fault(
      'InvalidParameterCombination',
      'You must specify exactly one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId.',
    );
  }
  return { egress, traffic: readTraffic(request), ...peer(), description: readDescription(request.Description) };
}

/**
 * Protocol and ports of a security group rule. Ports of protocols that have none are ignored, as at AWS.
 * @throws Fault MissingParameter, InvalidParameterValue
 */
export function readTraffic({ IpProtocol: name, FromPort: from, ToPort: to }: RequestedTraffic): TrafficMatch {
  if (name === undefined) throw new Fault('MissingParameter', { parameter: 'ipProtocol' });
  const protocol = parseProtocol(name);
  if (protocol === undefined) {
    throw new Fault('InvalidParameterValue', `Invalid value '${name}' for IP protocol. Unknown protocol.`);
  }
  if (protocol === -1) return { kind: 'all' };
  if (protocol === TCP || protocol === UDP) return { kind: 'ports', protocol, ports: readPorts(from, to) };
  if (protocol === ICMP || protocol === ICMPV6) return { kind: 'icmp', protocol, ...readIcmp(protocol, from, to) };
  return { kind: 'protocol', protocol };
}

/** The sentences for a missing port and for one out of range have been seen, the last one's code too. */
function readPorts(from: number | undefined, to: number | undefined): { from: number; to: number } {
  if (from === undefined || to === undefined) {
    throw new Fault(
      'InvalidParameterValue',
      'Invalid value for portRange. Must specify both from and to ports with TCP/UDP.',
    );
  }
  for (const port of [from, to]) {
    if (port < 0 || port > 65535) throw new Fault('InvalidPermission.Malformed', `TCP/UDP port (${port}) out of range`);
  }
  if (from > to) throw new Fault('InvalidParameterValue', `Invalid TCP/UDP port range (${from}:${to})`);
  return { from, to };
}

/** Only ICMPv6 may leave type and code away, which means all (API_IpPermission). Only the first sentence has been seen. */
function readIcmp(
  protocol: 1 | 58,
  type: number | undefined,
  code: number | undefined,
): { type: number; code: number } {
  if (type === undefined || code === undefined) {
    if (protocol === ICMPV6 && type === undefined && code === undefined) return { type: -1, code: -1 };
    throw new Fault(
      'InvalidParameterValue',
      'Invalid value for portRange. Must specify both from and to ports with ICMP.',
    );
  }
  for (const [what, value] of [['type', type] as const, ['code', code] as const]) {
    if (value < -1 || value > 255) throw new Fault('InvalidParameterValue', `ICMP ${what} (${value}) out of range`);
  }
  if (type === -1 && code !== -1) {
    throw new Fault('InvalidParameterValue', `ICMP code (${code}) must be -1 when all types (-1) are specified`);
  }
  return { type, code };
}

type Peer = Pick<RuleContent, 'peer' | 'peerOwnerId'>;

const peerOf = (peer: RulePeer): Peer => ({ peer, peerOwnerId: undefined });

const ipv4Peer = (text: string | undefined): Peer => cidrPeer(text, parseIpv4Cidr);
const ipv6Peer = (text: string | undefined): Peer => cidrPeer(text, parseIpv6Cidr);

function cidrPeer(text: string | undefined, parse: (text: string) => Cidr | undefined): Peer {
  const cidr = parse(text ?? '');
  if (!cidr) throw new Fault('InvalidParameterValue', `CIDR block ${text ?? ''} is malformed`);
  return peerOf({ kind: 'cidr', cidr });
}

const prefixListPeer = (tx: Transaction, id: string | undefined): Peer =>
  peerOf({ kind: 'prefix-list', id: findPrefixList(tx, id ?? '') });

const DESCRIPTION = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,255}$/;

/** A rule's description as it may be; undefined for none. @throws Fault InvalidParameterValue */
export function readDescription(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (DESCRIPTION.test(text)) return text;
  throw new Fault(
    'InvalidParameterValue',
    'Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
  );
}

/** The permissions of a group named alone in the flat form of a request: full TCP, UDP and ICMP access. */
export const FULL_ACCESS: readonly RequestedTraffic[] = [
  { IpProtocol: 'tcp', FromPort: 0, ToPort: 65535 },
  { IpProtocol: 'udp', FromPort: 0, ToPort: 65535 },
  { IpProtocol: 'icmp', FromPort: -1, ToPort: -1 },
];
