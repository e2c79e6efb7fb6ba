/**
 * What rules of groups, entries of ACLs and routes mean to the reference network: their texts are read anew for every
 * packet. From AWS's documents: VPC user guide, security-group-rules, nacl-basics, route-tables-priority.
 */
import { contains, parseCidr } from '../net/cidr.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../net/protocol.ts';
import { isIcmp, type ReferencePacket } from './reference-flows.ts';
import { addressOf, cidrOfText } from './rows.ts';

/** Who stands at the far end, as far as rules can tell. */
export interface ReferencePeer {
  readonly address: string;
  /** Groups of the interface that has the address; none where the way there hides them. */
  readonly groups: readonly string[];
}

/** True when an address lies in a block; families never mix. */
export const inBlock = (address: string, block: string): boolean => contains(cidrOfText(block), addressOf(address));

/** RFC 1918 and RFC 6598: no internet gateway carries them. */
const NOT_PUBLIC = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];
export const isNotPublic = (address: string): boolean =>
  !address.includes(':') && NOT_PUBLIC.some((block) => inBlock(address, block));

const isBlock = (text: string): boolean => parseCidr(text) !== undefined;

/** "tcp 80", "udp 1-6", "icmp 8/0", "protocol 50", "all". */
function coversTraffic(text: string, packet: ReferencePacket): boolean {
  const [word = '', rest = ''] = text.split(' ');
  switch (word) {
    case 'all':
      return true;
    case 'tcp':
    case 'udp': {
      const [low = 0, high = low] = rest.split('-').map(Number);
      const port = packet.destinationPort;
      return packet.protocol === (word === 'tcp' ? TCP : UDP) && low <= port && port <= high;
    }
    case 'icmp':
    case 'icmpv6': {
      const [type = ''] = rest.split('/');
      const isSameProtocol = packet.protocol === (word === 'icmp' ? ICMP : ICMPV6);
      return isSameProtocol && isIcmp(packet) && (type === '' || Number(type) === packet.icmpType);
    }
    default:
      return packet.protocol === Number(rest);
  }
}

/** A group's rule taken apart: "tcp 80 from 0.0.0.0/0". */
function ruleParts(text: string): { readonly traffic: string; readonly peer: string } {
  const [traffic = '', peer = ''] = text.split(/ (?:from|to) /);
  return { traffic, peer };
}

/** True when the rule allows the packet. */
export function ruleAllows(
  text: string,
  packet: ReferencePacket,
  peer: ReferencePeer,
  prefixLists: Readonly<Record<string, readonly string[]>>,
): boolean {
  const rule = ruleParts(text);
  if (!coversTraffic(rule.traffic, packet)) return false;
  if (isBlock(rule.peer)) return inBlock(peer.address, rule.peer);
  if (rule.peer.startsWith('pl-')) {
    return (prefixLists[rule.peer.slice(3)] ?? []).some((block) => inBlock(peer.address, block));
  }
  return peer.groups.includes(rule.peer);
}

/** True for a rule whose peers are everybody of the address's family. */
export const isForEverybody = (text: string, address: string): boolean =>
  ruleParts(text).peer === (address.includes(':') ? '::/0' : '0.0.0.0/0');

/** True when the rule covers every port of the packet's protocol. */
export function coversAllPorts(text: string, packet: ReferencePacket): boolean {
  const { traffic } = ruleParts(text);
  return traffic === 'all' || traffic === `${packet.protocol === TCP ? 'tcp' : 'udp'} 0-65535`;
}

/** Whether the entries let the packet by: the lowest number that matches decides, and without any it is denied. */
export function aclAllows(entries: readonly string[], packet: ReferencePacket, address: string): boolean {
  const parts = entries.map((text) => /^(\d+) (allow|deny) (.+) (\S+)$/.exec(text) ?? []);
  const matching = parts.filter(
    ([, , , traffic = '', block = '']) => coversTraffic(inFamilyOf(block, traffic), packet) && inBlock(address, block),
  );
  const [first] = matching.sort(([, one], [, other]) => Number(one) - Number(other));
  return first?.[2] === 'allow';
}

/** An entry for ICMPv6 with an IPv4 block matches every ICMP type (API reference, CreateNetworkAclEntry). */
const inFamilyOf = (block: string, traffic: string): string =>
  traffic.startsWith('icmpv6') && !block.includes(':') ? 'icmp' : traffic;

/** A route's text taken apart: "0.0.0.0/0 nat gate blackhole". */
export interface ReferenceRoute {
  readonly block: string;
  readonly target: string;
  /** Name of the host, NAT gateway or peering connection. */
  readonly name: string;
  readonly isBlackhole: boolean;
  /** 0 for a static route, 1 for one from a prefix list, 2 for a propagated one. */
  readonly rank: number;
}

export function routeParts(text: string): ReferenceRoute {
  const [block = '', target = '', ...rest] = text.split(' ');
  const rank = rest.includes('propagated') ? 2 : rest.includes('listed') ? 1 : 0;
  return { block, target, name: rest[0] ?? '', isBlackhole: rest.includes('blackhole'), rank };
}

const lengthOf = (block: string): number => Number(block.split('/')[1]);

/** The route for a destination: the longest block; of equal ones the static one, then a prefix list's. */
export function chooseRoute(routes: readonly ReferenceRoute[], destination: string): ReferenceRoute | undefined {
  const locals = routes.filter(({ target }) => target === 'local');
  const isWithin = (inner: string, outer: string): boolean =>
    lengthOf(inner) >= lengthOf(outer) && inBlock(inner.split('/')[0] ?? '', outer);
  return routes
    .filter(({ block }) => inBlock(destination, block))
    .filter(({ rank, block }) => rank !== 2 || !locals.some((local) => isWithin(block, local.block)))
    .sort((one, other) => lengthOf(other.block) - lengthOf(one.block) || one.rank - other.rank)[0];
}
