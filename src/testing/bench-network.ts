/** Two interfaces in two subnets, for the benchmark: every stage has work to do, and the receiver has as many rules as asked for. */
import { ipv4, ipv6, isIpv6 } from '../net/address.ts';
import { ANY_IPV4, ANY_IPV6, type Cidr, cidrOf } from '../net/cidr.ts';
import { UDP } from '../net/protocol.ts';
import { Network } from '../pipeline/network.ts';
import type {
  NetworkAclEntryRow,
  NetworkAclRow,
  SecurityGroupRuleRow,
  TableRow,
  TableUpdate,
} from '../tables/tables.ts';
import type { FrameSpec } from '../wire/frame.ts';
import {
  addressOf,
  cidrOfText,
  idOf,
  interfaceRow,
  ipv4Of,
  macOf,
  openAcl,
  routeRow,
  subnetRow,
  vpcRow,
} from './rows.ts';

export const CLIENT = idOf('eni', 'client');
export const SERVER = idOf('eni', 'server');

/** The family of the packets. */
export type BenchFamily = 'ipv4' | 'ipv6';

const ADDRESSES = {
  ipv4: { vpc: '10.0.0.0/16', one: '10.0.1.0/24', two: '10.0.2.0/24', client: '10.0.1.10', server: '10.0.2.10' },
  ipv6: { vpc: '3fff::/56', one: '3fff::/64', two: '3fff:0:0:1::/64', client: '3fff::10', server: '3fff:0:0:1::10' },
} as const;

const ingressRule = (family: BenchFamily): SecurityGroupRuleRow => ({
  id: idOf('sgr', 'last'),
  traffic: { kind: 'ports', protocol: UDP, ports: { from: 53, to: 100 } },
  peer: { kind: 'cidr', cidr: cidrOfText(ADDRESSES[family].one) },
});

/** A rule that matches no packet of the benchmark. */
const idleRule = (number: number, family: BenchFamily): SecurityGroupRuleRow => ({
  id: idOf('sgr', String(number)),
  traffic: { kind: 'ports', protocol: UDP, ports: { from: 53, to: 100 } },
  peer: {
    kind: 'cidr',
    cidr: idleBlock(number, family),
  },
});

/** A block that no packet of the benchmark has an address in. */
const idleBlock = (number: number, family: BenchFamily): Cidr =>
  family === 'ipv4' ? cidrOf(ipv4(0xac10_0000 + number), 32) : cidrOf(ipv6((0x3ffen << 112n) + BigInt(number)), 128);

/** An ACL of so many entries in each direction, of which the last (for either family) admits everything and the others match nothing. */
function acl(name: string, entries: number, family: BenchFamily): NetworkAclRow {
  const idle = Array.from({ length: entries - 1 }, (_, index): NetworkAclEntryRow => {
    const { traffic } = idleRule(index, family);
    return { number: index + 1, action: 'deny', traffic, cidr: idleBlock(index, family) };
  });
  const last = { number: 100, action: 'allow', traffic: { kind: 'all' } } as const;
  const all = [...idle, { ...last, cidr: family === 'ipv4' ? ANY_IPV4 : ANY_IPV6 }];
  return { ...openAcl(name), ingress: all, egress: all };
}

/** The rows, and what a frame from the client to the server starts from. Of rules and of ACL entries the last one matches. */
export function benchNetwork(
  rules: number,
  family: BenchFamily = 'ipv4',
  aclEntries = 1,
): {
  readonly updates: readonly TableUpdate[];
  readonly frame: Pick<FrameSpec, 'source' | 'destination' | 'sourceMac' | 'destinationMac'>;
} {
  const at = ADDRESSES[family];
  const local = routeRow(cidrOfText(at.vpc), { kind: 'local' });
  const groups = { vpcId: idOf('vpc', 'bench') };
  const egress = [
    {
      id: idOf('sgr', 'out'),
      traffic: { kind: 'all' },
      peer: { kind: 'cidr', cidr: family === 'ipv4' ? ANY_IPV4 : ANY_IPV6 },
    },
  ] as const;
  const ingress = [...Array.from({ length: rules - 1 }, (_, index) => idleRule(index, family)), ingressRule(family)];
  const edge = (name: string): TableRow[] => [
    acl(name, aclEntries, family),
    { kind: 'route-table', id: idOf('rtb', name), vpcId: idOf('vpc', 'bench'), routes: [local] },
  ];
  const holder = (name: string, number: number, subnet: string, host: 'client' | 'server'): TableRow =>
    interfaceRow({
      name,
      mac: macOf(number),
      vpcId: idOf('vpc', 'bench'),
      subnetId: idOf('subnet', subnet),
      securityGroupIds: [idOf('sg', name)],
      ipv4Addresses: [ipv4Of(ADDRESSES.ipv4[host])],
      ipv6Addresses: [addressOf(ADDRESSES.ipv6[host])].filter(isIpv6),
    });
  const blocks = (name: 'one' | 'two') => [ADDRESSES.ipv4[name], ...(family === 'ipv6' ? [ADDRESSES.ipv6[name]] : [])];
  const rows: readonly TableRow[] = [
    vpcRow('bench', [ADDRESSES.ipv4.vpc, ADDRESSES.ipv6.vpc], false),
    { kind: 'security-group', id: idOf('sg', 'client'), ...groups, ingress: [], egress },
    { kind: 'security-group', id: idOf('sg', 'server'), ...groups, ingress, egress },
    ...edge('one'),
    ...edge('two'),
    subnetRow('bench', 'one', blocks('one')),
    subnetRow('bench', 'two', blocks('two')),
    holder('client', 1, 'one', 'client'),
    holder('server', 2, 'two', 'server'),
  ];
  const updates = rows.map((row): TableUpdate => ({ change: 'put', row }));
  const network = new Network();
  network.apply(updates);
  const client = network.interfaceById(CLIENT);
  if (!client) throw new Error('the client has no interface');
  const frame = {
    sourceMac: client.row.mac,
    destinationMac: client.subnet.routerMac,
    source: addressOf(at.client),
    destination: addressOf(at.server),
  };
  return { updates, frame };
}
