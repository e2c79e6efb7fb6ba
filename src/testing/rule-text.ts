/** Rules, entries and routes as tests write them: "tcp 80 from 0.0.0.0/0", "100 allow tcp 443 10.0.0.0/8". */
import { parseCidr } from '../net/cidr.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../net/protocol.ts';
import type {
  NetworkAclEntryRow,
  RouteRow,
  RouteTarget,
  RulePeer,
  SecurityGroupRuleRow,
  TrafficMatch,
} from '../tables/tables.ts';
import { cidrOfText, idOf } from './rows.ts';

/** "all", "tcp 80", "udp 1000-2000", "icmp", "icmp 8/0", "icmpv6 128", "protocol 50". @throws for anything else. */
export function trafficOf(text: string): TrafficMatch {
  const [word, rest] = text.split(' ');
  if (word === 'all') return { kind: 'all' };
  if (word === 'protocol') return { kind: 'protocol', protocol: Number(rest) };
  if (word === 'tcp' || word === 'udp') {
    const [from, to = from] = (rest ?? '0-65535').split('-').map(Number);
    if (from === undefined || to === undefined) throw new Error(`no ports: ${text}`);
    return { kind: 'ports', protocol: word === 'tcp' ? TCP : UDP, ports: { from, to } };
  }
  if (word !== 'icmp' && word !== 'icmpv6') throw new Error(`not a kind of traffic: ${text}`);
  const [type = -1, code = -1] = (rest ?? '-1').split('/').map(Number);
  return { kind: 'icmp', protocol: word === 'icmp' ? ICMP : ICMPV6, type, code };
}

/** "tcp 80 from 0.0.0.0/0", "all to web", "udp 53 to pl-dns". `groups` are the names that stand for groups. */
export function groupRule(text: string, id: string): SecurityGroupRuleRow {
  const match = /^(.+) (?:from|to) (\S+)$/.exec(text);
  if (!match) throw new Error(`not a group rule: ${text}`);
  return { id: idOf('sgr', id), traffic: trafficOf(match[1] ?? ''), peer: peerOf(match[2] ?? '') };
}

function peerOf(text: string): RulePeer {
  const cidr = parseCidr(text);
  if (cidr) return { kind: 'cidr', cidr };
  if (text.startsWith('pl-')) return { kind: 'prefix-list', id: idOf('pl', text.slice(3)) };
  return { kind: 'security-group', id: idOf('sg', text) };
}

/** "100 allow tcp 443 0.0.0.0/0". */
export function aclEntry(text: string): NetworkAclEntryRow {
  const match = /^(\d+) (allow|deny) (.+) (\S+)$/.exec(text);
  if (!match) throw new Error(`not an ACL entry: ${text}`);
  const [, number = '', action = '', traffic = '', cidr = ''] = match;
  return {
    number: Number(number),
    action: action === 'allow' ? 'allow' : 'deny',
    traffic: trafficOf(traffic),
    cidr: cidrOfText(cidr),
  };
}

/**
 * "0.0.0.0/0 internet", "10.0.2.0/24 to-host web", "10.0.2.0/24 vgw propagated", "0.0.0.0/0 nat blackhole",
 * "10.1.0.0/16 internet listed" for an entry of a prefix list.
 */
export function routeOf(text: string, vpc: string): RouteRow {
  const [destination = '', word = '', ...rest] = text.split(' ');
  return {
    destination: cidrOfText(destination),
    target: targetOf(word, vpc, rest[0] ?? ''),
    state: rest.includes('blackhole') ? 'blackhole' : 'active',
    origin: rest.includes('propagated') ? 'EnableVgwRoutePropagation' : 'CreateRoute',
    prefixListId: rest.includes('listed') ? idOf('pl', vpc) : undefined,
  };
}

function targetOf(word: string, vpc: string, name: string): RouteTarget {
  switch (word) {
    case 'local':
      return { kind: 'local' };
    case 'internet':
      return { kind: 'internet-gateway', id: idOf('igw', vpc) };
    case 'to-host':
      return { kind: 'interface', id: idOf('eni', name) };
    case 'nat':
      return { kind: 'nat-gateway', id: idOf('nat', name || vpc) };
    case 'eigw':
      return { kind: 'egress-only-internet-gateway', id: idOf('eigw', vpc) };
    case 'peering':
      return { kind: 'peering', id: idOf('pcx', name || vpc) };
    case 'tgw':
      return { kind: 'transit-gateway', id: idOf('tgw', name || vpc) };
    case 'vgw':
      return { kind: 'vpn-gateway', id: idOf('vgw', vpc) };
    case 'inspect':
      return { kind: 'gateway-load-balancer-endpoint', id: idOf('vpce', name) };
    case 'endpoint':
      return { kind: 'endpoint', id: idOf('vpce', vpc) };
    default:
      throw new Error(`not a route target: ${word}`);
  }
}
