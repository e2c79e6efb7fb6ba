/** The rows of a test's network, made from a few words per host. */

import { isIpv6, parseAddress } from '../net/address.ts';
import { ANY_IPV4, type Cidr, cidrOf, equalCidrs, isIpv4Cidr } from '../net/cidr.ts';
import type { ConnectionLimits } from '../pipeline/connection-table.ts';
import type { TranslationLimits } from '../pipeline/translation-table.ts';
import type { PlaceRow } from '../tables/place-row.ts';
import type {
  AllowanceRow,
  SubnetRow,
  TableRow,
  TransitGatewayAttached,
  TransitGatewayRouteRow,
} from '../tables/tables.ts';
import { type BalancerSpec, balancerRows } from './balancer-rows.ts';
import { type FirewallOptions, firewallRowOf } from './firewall-rows.ts';
import type { TestFlowSwitch } from './flow-switch.ts';
import { type GatewayBalancerSpec, gatewayBalancerRow } from './gateway-balancer-rows.ts';
import { ownerOf } from './host-owners.ts';
import { type RegionalNatSpec, regionalNatRows } from './regional-nat-rows.ts';
import { cidrOfText, idOf, interfaceRow, ipv4Of, macOf, openAcl, routeRow, subnetRow, vpcRow } from './rows.ts';
import { aclEntry, groupRule, routeOf } from './rule-text.ts';

/** A host with one interface and a group of its own name. */
export interface HostSpec {
  readonly ip: string;
  /** Further private addresses. */
  readonly more?: readonly string[];
  readonly ipv6?: string;
  readonly public?: string;
  /** Ingress rules of its own group; none unless given. */
  readonly in?: readonly string[];
  /** Egress rules of its own group; everything unless given. */
  readonly out?: readonly string[];
  /** Groups instead of its own one. */
  readonly groups?: readonly string[];
  /** Source/destination check; on unless given. */
  readonly check?: boolean;
  /** Name of its VPC; `main` unless given. */
  readonly vpc?: string;
  /** False for a host whose machine does not run. */
  readonly plugged?: boolean;
  /** True for a NAT gateway of the host's name instead of a host; no rules apply to it. */
  readonly nat?: boolean;
  /** True for one that has a device of the machine in its interface's place. */
  readonly passthrough?: boolean;
  /** True for one whose flows are wanted. */
  readonly logged?: boolean;
  /** What it may send and receive; nothing limits it unless given. */
  readonly allowance?: AllowanceRow | undefined;
  readonly place?: PlaceRow | undefined;
  /** An interface endpoint instead of a host, to this service ("shop", "aws 192.0.2.66", "api"); its group is the host's. */
  readonly endpointTo?: string;
  /** A node of this load balancer (`balancers` of the network) instead of a host. */
  readonly nodeOf?: string;
  /** A Gateway Load Balancer endpoint instead of a host, behind which there is the firewall of this ARN. */
  readonly firewall?: string;
  /** The same, to this Gateway Load Balancer. */
  readonly inspectedBy?: string;
  /** A node of this Gateway Load Balancer instead of a host. */
  readonly gatewayNodeOf?: string;
  /** Zone of an endpoint or a node; `a` unless given. */
  readonly zone?: string;
  /** Public addresses of `more`, in its order. */
  readonly morePublic?: readonly string[];
}

/** A peering connection, by the names of its VPCs. */
export interface PeeringSpec {
  readonly between: readonly [string, string];
  readonly interRegion?: boolean;
}

/** A transit gateway: what is attached to it, and its tables, whose routes are texts: "10.1.0.0/16 peer", "10.9.0.0/16 blackhole". */
export interface TransitSpec {
  readonly vpcs: Readonly<Record<string, TransitVpcSpec>>;
  /** Peering attachments: by name the other gateway, whose attachment has the name of this one. */
  readonly peers?: Readonly<Record<string, { readonly table?: string }>>;
  /** VPN attachments by the names of their connections. */
  readonly vpns?: Readonly<Record<string, { readonly table?: string }>>;
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** Names of attachments whose flows are wanted. */
  readonly logged?: readonly string[];
}

/** A VPN connection: the VPC at whose virtual private gateway it ends, or a transit gateway's attachment of its name. */
export interface VpnSpec {
  readonly vpc?: string;
  readonly transit?: string;
  readonly site: readonly string[];
}

/** A VPC's attachment, by the /24 subnets that it uses. */
export interface TransitVpcSpec {
  readonly subnets: readonly string[];
  /** The associated table, if there is one. */
  readonly table?: string;
  readonly ipv6?: boolean;
  readonly applianceMode?: boolean;
  readonly references?: boolean;
}

/** Rules of a group or entries of an ACL, as texts. */
export interface RuleTexts {
  readonly in?: readonly string[];
  readonly out?: readonly string[];
}

/** What the hosts' network has beside open ACLs and local routes. Subnets are /24 blocks, named by their text. */
export interface NetworkOptions {
  /** Whether VPCs have an internet gateway; true unless given. */
  readonly internetGateway?: boolean;
  readonly acls?: Readonly<Record<string, RuleTexts>>;
  readonly routes?: Readonly<Record<string, readonly string[]>>;
  readonly groups?: Readonly<Record<string, RuleTexts>>;
  readonly prefixLists?: Readonly<Record<string, readonly string[]>>;
  readonly dnsSupport?: boolean;
  /** Blocks of VPCs by name; 10.0.0.0/16, fd01::/56 and 3fff::/56 unless given. */
  readonly blocks?: Readonly<Record<string, readonly string[]>>;
  readonly peerings?: Readonly<Record<string, PeeringSpec>>;
  readonly transit?: Readonly<Record<string, TransitSpec>>;
  readonly vpns?: Readonly<Record<string, VpnSpec>>;
  /** Routes of the virtual private gateway's own table, by VPC; without local ones. */
  readonly vpnEdgeRoutes?: Readonly<Record<string, readonly string[]>>;
  /** What VPC Block Public Access leaves of subnets; everything unless given. */
  readonly blockModes?: Readonly<Record<string, SubnetRow['internetGatewayBlockMode']>>;
  /** Zone ids of subnets; use1-az1 unless given. */
  readonly zones?: Readonly<Record<string, string>>;
  /** Routes of the internet gateway's own table, by VPC; without local ones. */
  readonly edgeRoutes?: Readonly<Record<string, readonly string[]>>;
  /** By their ARNs; a firewall that only hosts name lets everything through. */
  readonly firewalls?: Readonly<Record<string, FirewallOptions>>;
  readonly regionalNats?: Readonly<Record<string, RegionalNatSpec>>;
  /** VPCs with a gateway endpoint, to which routes lead by `endpoint`. */
  readonly gatewayEndpoints?: readonly string[];
  /** VPCs whose gateway endpoint is DynamoDB's. */
  readonly dynamoDbEndpoints?: readonly string[];
  /** Load balancers by name; a service of the same name stands before each. */
  readonly balancers?: Readonly<Record<string, BalancerSpec>>;
  readonly gatewayBalancers?: Readonly<Record<string, GatewayBalancerSpec>>;
  readonly translationLimits?: TranslationLimits;
  /** Frames go through it as well, beside the stages and the flow cache: all three must say the same. */
  readonly flowSwitch?: TestFlowSwitch;
  /** Room for tracked connections. */
  readonly limits?: ConnectionLimits;
}

const VPC_BLOCKS = ['10.0.0.0/16', 'fd01::/56', '3fff::/56'];

/** Name of a subnet, its ACL and its route table. */
export const edgeName = (vpc: string, subnet: string): string => `${vpc}/${subnet}`;
const blockOf = (ip: string): string => `${ip.split('.').slice(0, 3).join('.')}.0/24`;

/** A firewall that nothing is said of. */
const PASSING: FirewallOptions = { otherwise: 'pass', fragments: 'pass' };

/** The rows of a network of these hosts; the n-th host has the MAC `macOf(n + 2)`. */
export function rowsOf(hosts: Readonly<Record<string, HostSpec>>, options: NetworkOptions): TableRow[] {
  const rows: TableRow[] = [];
  const specs = Object.entries(hosts);
  for (const vpc of new Set(specs.map(([, { vpc = 'main' }]) => vpc))) {
    const row = vpcRow(vpc, blocksOf(vpc, options), options.internetGateway ?? true);
    const edgeRoutes = options.edgeRoutes?.[vpc];
    if (edgeRoutes) rows.push(tableRow(`${vpc}/edge`, vpc, edgeRoutes, options));
    const edgeRouteTableId = edgeRoutes && idOf('rtb', `${vpc}/edge`);
    const vpnEdgeRoutes = options.vpnEdgeRoutes?.[vpc];
    if (vpnEdgeRoutes) rows.push(tableRow(`${vpc}/vpn-edge`, vpc, vpnEdgeRoutes, options));
    const hasVpn = Object.values(options.vpns ?? {}).some((vpn) => vpn.vpc === vpc);
    const vpn = {
      vpnGatewayId: hasVpn ? idOf('vgw', vpc) : undefined,
      vpnEdgeRouteTableId: vpnEdgeRoutes && idOf('rtb', `${vpc}/vpn-edge`),
    };
    rows.push({ ...row, ...vpn, dnsSupport: options.dnsSupport ?? true, edgeRouteTableId });
  }
  for (const [name, cidrs] of Object.entries(options.prefixLists ?? {})) {
    rows.push({ kind: 'prefix-list', id: idOf('pl', name), cidrs: cidrs.map(cidrOfText) });
  }
  for (const [name, rules] of Object.entries(options.groups ?? {})) rows.push(groupRow(name, 'main', rules));
  for (const [name, spec] of specs) rows.push(groupRow(name, spec.vpc ?? 'main', spec));
  const edges = new Map(
    specs.map(([, { ip, vpc = 'main' }]) => [edgeName(vpc, blockOf(ip)), { vpc, block: blockOf(ip) }]),
  );
  for (const { vpcs } of Object.values(options.transit ?? {})) {
    for (const [vpc, { subnets }] of Object.entries(vpcs)) {
      for (const block of subnets) edges.set(edgeName(vpc, block), { vpc, block });
    }
  }
  for (const { vpc, block } of edges.values()) rows.push(...subnetRows(vpc, block, options));
  for (const [name, spec] of Object.entries(options.peerings ?? {})) rows.push(peeringRow(name, spec));
  for (const [name, spec] of Object.entries(options.transit ?? {})) rows.push(...transitRows(name, spec, specs.length));
  for (const [name, spec] of Object.entries(options.vpns ?? {})) rows.push(vpnRow(name, spec));
  for (const [index, [name, spec]] of specs.entries()) rows.push(hostRow(name, spec, index + 2));
  for (const vpc of options.gatewayEndpoints ?? []) {
    const isTracked = options.dynamoDbEndpoints?.includes(vpc) ?? false;
    rows.push({ kind: 'gateway-endpoint', id: idOf('vpce', vpc), vpcId: idOf('vpc', vpc), isTracked });
  }
  for (const [name, spec] of Object.entries(options.regionalNats ?? {}))
    rows.push(...regionalNatRows(name, spec, options));
  const named = specs.flatMap(([, { firewall }]) => (firewall === undefined ? [] : [firewall]));
  for (const arn of new Set(named)) rows.push(firewallRowOf(options.firewalls?.[arn] ?? PASSING, arn));
  for (const [name, spec] of Object.entries(options.balancers ?? {})) rows.push(...balancerRows(name, spec, hosts));
  for (const [name, spec] of Object.entries(options.gatewayBalancers ?? {}))
    rows.push(gatewayBalancerRow(name, spec, hosts));
  return rows.map((row) => (row.kind === 'subnet' ? withIpv6(row, Object.values(hosts)) : row));
}

/** Gives a subnet the /64 blocks in which its hosts have IPv6 addresses. */
function withIpv6(row: SubnetRow, hosts: readonly HostSpec[]): SubnetRow {
  const ipv6Cidrs = hosts
    .filter(({ ip, vpc = 'main' }) => row.id === idOf('subnet', edgeName(vpc, blockOf(ip))))
    .map(({ ipv6 = '' }) => parseAddress(ipv6))
    .filter((address) => address !== undefined && isIpv6(address))
    .map((address) => cidrOf(address, 64))
    .filter((cidr, index, all) => all.findIndex((other) => equalCidrs(cidr, other)) === index);
  return { ...row, ipv6Cidrs };
}

function subnetRows(vpc: string, block: string, options: NetworkOptions): TableRow[] {
  const name = edgeName(vpc, block);
  const acl = options.acls?.[block];
  return [
    acl ? aclRow(name, acl) : openAcl(name),
    tableRow(name, vpc, options.routes?.[block] ?? [], options),
    {
      ...subnetRow(vpc, name, [block]),
      zoneId: options.zones?.[block] ?? 'use1-az1',
      internetGatewayBlockMode: options.blockModes?.[block] ?? 'off',
    },
  ];
}

const blocksOf = (vpc: string, { blocks }: NetworkOptions): readonly string[] => blocks?.[vpc] ?? VPC_BLOCKS;

/** A route table of these routes and the local ones that they do not replace. */
export function tableRow(name: string, vpc: string, texts: readonly string[], options: NetworkOptions): TableRow {
  const routes = texts.map((text) => routeOf(text, vpc));
  const isReplaced = (local: Cidr): boolean =>
    routes.some(({ destination: { address, length } }) => address === local.address && length === local.length);
  const locals = blocksOf(vpc, options)
    .map(cidrOfText)
    .filter((local) => !isReplaced(local))
    .map((local) => routeRow(local, { kind: 'local' }));
  return { kind: 'route-table', id: idOf('rtb', name), vpcId: idOf('vpc', vpc), routes: [...locals, ...routes] };
}

const peeringRow = (name: string, { between: [one, other], interRegion = false }: PeeringSpec): TableRow => ({
  kind: 'peering',
  id: idOf('pcx', name),
  vpcIds: [idOf('vpc', one), idOf('vpc', other)],
  isInterRegion: interRegion,
});

function vpnRow(name: string, { vpc, transit, site }: VpnSpec): TableRow {
  return {
    kind: 'vpn-connection',
    id: idOf('vpn', name),
    endsAt:
      vpc === undefined
        ? { kind: 'transit-gateway', attachment: `${idOf('tgw', transit ?? '')}/${idOf('tgw-attach', name)}` }
        : { kind: 'vpc', vpcId: idOf('vpc', vpc) },
    siteCidrs: site.map(cidrOfText).filter(isIpv4Cidr),
  };
}

/** Rows of a transit gateway; its interfaces have the subnets' addresses that end in .200. */
export function transitRows(
  gateway: string,
  { vpcs, peers = {}, vpns = {}, tables, logged = [] }: TransitSpec,
  numberOfHosts = 0,
): TableRow[] {
  const transitGatewayId = idOf('tgw', gateway);
  const attachment = (name: string, table: string | undefined, attached: TransitGatewayAttached): TableRow => ({
    kind: 'transit-gateway-attachment',
    id: `${transitGatewayId}/${idOf('tgw-attach', name)}`,
    attachmentId: idOf('tgw-attach', name),
    transitGatewayId,
    routeTableId: table === undefined ? undefined : idOf('tgw-rtb', table),
    attached,
    isFlowLogged: logged.includes(name),
  });
  const ofVpcs = Object.entries(vpcs).flatMap(([vpc, spec], index) => [
    attachment(vpc, spec.table, {
      kind: 'vpc',
      vpcId: idOf('vpc', vpc),
      carriesIpv6: spec.ipv6 ?? false,
      isApplianceMode: spec.applianceMode ?? false,
      keepsGroupReferences: spec.references ?? false,
    }),
    ...spec.subnets.map((block, number) =>
      interfaceRow({
        name: `${gateway}-${vpc}-${block}`,
        mac: macOf(1000 + numberOfHosts + 100 * index + number),
        vpcId: idOf('vpc', vpc),
        subnetId: idOf('subnet', edgeName(vpc, block)),
        securityGroupIds: [],
        ipv4Addresses: [ipv4Of(block.replace('.0/24', '.200'))],
        sourceDestCheck: false,
        owner: { kind: 'transit-gateway-attachment', id: idOf('tgw-attach', vpc) },
      }),
    ),
  ]);
  const ofPeers = Object.entries(peers).map(([peer, { table }]) =>
    attachment(peer, table, { kind: 'peering', otherEnd: `${idOf('tgw', peer)}/${idOf('tgw-attach', gateway)}` }),
  );
  const ofVpns = Object.entries(vpns).map(([vpn, { table }]) =>
    attachment(vpn, table, { kind: 'vpn', connectionId: idOf('vpn', vpn) }),
  );
  const ofTables = Object.entries(tables).map(
    ([name, routes]): TableRow => ({
      kind: 'transit-gateway-route-table',
      id: idOf('tgw-rtb', name),
      routes: routes.map(transitRouteOf),
    }),
  );
  return [...ofTables, ...ofVpcs, ...ofPeers, ...ofVpns];
}

function transitRouteOf(text: string): TransitGatewayRouteRow {
  const [destination = '', end = ''] = text.split(' ');
  const isBlackhole = end === 'blackhole';
  return {
    destination: cidrOfText(destination),
    attachmentId: isBlackhole ? undefined : idOf('tgw-attach', end),
    state: isBlackhole ? 'blackhole' : 'active',
    prefixListId: undefined,
  };
}

/** A network ACL of these entries. */
export function aclRow(name: string, rules: RuleTexts): TableRow {
  const entries = (texts: readonly string[] = []) =>
    texts.map(aclEntry).sort((one, other) => one.number - other.number);
  return { kind: 'network-acl', id: idOf('acl', name), ingress: entries(rules.in), egress: entries(rules.out) };
}

/** A security group of these rules; egress is open unless given. */
export function groupRow(name: string, vpc: string, rules: RuleTexts): TableRow {
  const openEgress = {
    id: idOf('sgr', `${name}-open`),
    traffic: { kind: 'all' },
    peer: { kind: 'cidr', cidr: ANY_IPV4 },
  } as const;
  return {
    kind: 'security-group',
    id: idOf('sg', name),
    vpcId: idOf('vpc', vpc),
    ingress: (rules.in ?? []).map((text, index) => groupRule(text, `${name}-in-${index}`)),
    egress: rules.out?.map((text, index) => groupRule(text, `${name}-out-${index}`)) ?? [openEgress],
  };
}

function hostRow(name: string, spec: HostSpec, number: number): TableRow {
  const vpc = spec.vpc ?? 'main';
  const ipv6 = spec.ipv6 ? parseAddress(spec.ipv6) : undefined;
  const publicAddress = spec.public ? ipv4Of(spec.public) : undefined;
  const privateAddress = ipv4Of(spec.ip);
  return interfaceRow({
    name,
    mac: macOf(number),
    vpcId: idOf('vpc', vpc),
    subnetId: idOf('subnet', edgeName(vpc, blockOf(spec.ip))),
    securityGroupIds: (spec.groups ?? [name]).map((group) => idOf('sg', group)),
    ipv4Addresses: [privateAddress, ...(spec.more ?? []).map(ipv4Of)],
    ipv6Addresses: ipv6 !== undefined && isIpv6(ipv6) ? [ipv6] : [],
    publicAddresses: [
      ...(publicAddress === undefined ? [] : [{ publicAddress, privateAddress }]),
      ...(spec.morePublic ?? []).map((address, index) => ({
        publicAddress: ipv4Of(address),
        privateAddress: ipv4Of(spec.more?.[index] ?? spec.ip),
      })),
    ],
    sourceDestCheck: spec.check ?? true,
    isFlowLogged: spec.logged ?? false,
    isPassthrough: spec.passthrough ?? false,
    allowance: spec.allowance,
    place: spec.place,
    ...ownerOf(name, spec),
  });
}
