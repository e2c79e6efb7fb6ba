/** The rows of networks: VPCs, subnets, route tables, network ACLs and security groups as the fabric needs them. */

import { blockModeOfSubnet } from '../model/block-public-access.ts';
import { AMAZON_PROVIDED_DNS } from '../model/dhcp-option-sets.ts';
import { peeringState } from '../model/peering-state.ts';
import { zoneNamed } from '../model/regions.ts';
import { type DhcpOptionKey, DhcpOptions } from '../model/resources/dhcp-options.ts';
import { InternetGateway } from '../model/resources/internet-gateway.ts';
import type { NetworkAcl } from '../model/resources/network-acl.ts';
import { PrefixList } from '../model/resources/prefix-list.ts';
import { RouteTable } from '../model/resources/route-table.ts';
import type { SecurityGroup } from '../model/resources/security-group.ts';
import type { Subnet } from '../model/resources/subnet.ts';
import type { Vpc } from '../model/resources/vpc.ts';
import type { VpcPeeringConnection } from '../model/resources/vpc-peering-connection.ts';
import { VpnGateway } from '../model/resources/vpn.ts';
import { routeState } from '../model/route-state.ts';
import type { Transaction } from '../model/transaction.ts';
import { propagatedRoutes } from '../model/vpn-gateway-lifecycle.ts';
import type { Ipv4, Ipv6 } from '../net/address.ts';
import { ipv4, ipv6, parseIpv4, parseIpv6 } from '../net/address.ts';
import type {
  DhcpRow,
  NetworkAclRow,
  PeeringRow,
  PrefixListRow,
  RouteRow,
  RouteTableRow,
  SecurityGroupRow,
  SubnetRow,
  VpcRow,
} from '../tables/tables.ts';

/** Row of a VPC. */
export function vpcRow(tx: Transaction, vpc: Vpc): VpcRow {
  const internetGatewayId = tx.by(InternetGateway, 'vpcId', vpc.id)[0]?.id;
  const vpnGatewayId = tx.by(VpnGateway, 'vpcId', vpc.id)[0]?.id;
  return {
    kind: 'vpc',
    id: vpc.id,
    cidrs: [...vpc.cidrBlocks, ...vpc.ipv6CidrBlocks].map((block) => block.cidr),
    internetGatewayId,
    edgeRouteTableId: internetGatewayId && tx.by(RouteTable, 'gatewayId', internetGatewayId)[0]?.id,
    vpnGatewayId,
    vpnEdgeRouteTableId: vpnGatewayId && tx.by(RouteTable, 'gatewayId', vpnGatewayId)[0]?.id,
    dnsSupport: vpc.enableDnsSupport,
    dhcp: dhcpRow(tx, vpc),
  };
}

/** 169.254.169.253, which guests of a VPC without an option set are told (Nitro; VPC guide, DHCPOptionSetConcepts). */
const LINK_LOCAL_RESOLVER = ipv4(0xa9fe_a9fd);
/** fd00:ec2::253. */
const IPV6_RESOLVER = ipv6((0xfd00_0ec2n << 96n) | 0x253n);
/** VPC guide, DHCPOptionSetConcepts. */
const PREFERRED_LEASE_SECONDS = 140;

function dhcpRow(tx: Transaction, vpc: Vpc): DhcpRow {
  const options = vpc.dhcpOptionsId === 'default' ? undefined : tx.find(DhcpOptions, vpc.dhcpOptionsId);
  const values = (key: DhcpOptionKey): readonly string[] =>
    options?.configurations.find((configuration) => configuration.key === key)?.values ?? [];
  const nodeType = values('netbios-node-type')[0];
  return {
    id: options?.id,
    domainName: values('domain-name')[0],
    domainNameServers: options ? nameServers(vpc, values('domain-name-servers')) : [LINK_LOCAL_RESOLVER],
    ntpServers: ipv4Values(values('ntp-servers')),
    netbiosNameServers: ipv4Values(values('netbios-name-servers')),
    netbiosNodeType: nodeType === undefined ? undefined : Number(nodeType),
    ipv6NameServers: options ? ipv6NameServers(values('domain-name-servers')) : [IPV6_RESOLVER],
    ipv6NtpServers: ipv6Values(values('ntp-servers')),
    ipv6PreferredLeaseSeconds: Number(values('ipv6-address-preferred-lease-time')[0] ?? PREFERRED_LEASE_SECONDS),
  };
}

/** AmazonProvidedDNS goes out as the primary block's base + 2 (unconfirmed as an option value, observed as behaviour). */
function nameServers(vpc: Vpc, values: readonly string[]): readonly Ipv4[] {
  const base = vpc.cidrBlocks[0]?.cidr.address;
  return values.flatMap((value) => {
    if (value === AMAZON_PROVIDED_DNS) return base === undefined ? [] : [ipv4(base + 2)];
    return ipv4Values([value]);
  });
}

const ipv6NameServers = (values: readonly string[]): readonly Ipv6[] =>
  values.flatMap((value) => (value === AMAZON_PROVIDED_DNS ? [IPV6_RESOLVER] : ipv6Values([value])));

const ipv6Values = (values: readonly string[]): readonly Ipv6[] =>
  values.map(parseIpv6).filter((address) => address !== undefined);

const ipv4Values = (values: readonly string[]): readonly Ipv4[] =>
  values.map(parseIpv4).filter((address) => address !== undefined);

/** Row of a subnet. */
export function subnetRow(tx: Transaction, subnet: Subnet): SubnetRow {
  const [table = tx.by(RouteTable, 'mainOfVpcId', subnet.vpcId)[0]] = tx.by(RouteTable, 'subnetId', subnet.id);
  if (!table) throw new Error(`VPC ${subnet.vpcId} has no main route table`);
  return {
    kind: 'subnet',
    id: subnet.id,
    vpcId: subnet.vpcId,
    zoneId: zoneNamed(tx.region, subnet.zone).id,
    ipv4Cidr: subnet.cidr,
    ipv6Cidrs: subnet.ipv6CidrBlocks.map((block) => block.cidr),
    networkAclId: subnet.networkAclAssociation.networkAclId,
    routeTableId: table.id,
    internetGatewayBlockMode: blockModeOfSubnet(tx, subnet),
  };
}

/** Row of a route table; a destination that is a prefix list stands as one route for each entry. */
export function routeTableRow(tx: Transaction, table: RouteTable): RouteTableRow {
  const routes = [...table.routes, ...propagatedRoutes(tx, table)].flatMap((route): RouteRow[] => {
    const { target, origin, destination } = route;
    const state = routeState(tx, route, table.vpcId);
    if (destination.kind === 'cidr') {
      return [{ destination: destination.cidr, target, origin, state, prefixListId: undefined }];
    }
    const entries = tx.find(PrefixList, destination.id)?.entries ?? [];
    return entries.map(({ cidr }) => ({ destination: cidr, target, origin, state, prefixListId: destination.id }));
  });
  return { kind: 'route-table', id: table.id, vpcId: table.vpcId, routes };
}

/** Row of a peering connection; undefined unless it is active. Both sides' rows give the same. */
export function peeringRow(tx: Transaction, connection: VpcPeeringConnection): PeeringRow | undefined {
  if (peeringState(connection, tx.nowMs) !== 'active') return undefined;
  const { id, requester, accepter } = connection;
  const vpcIds = [requester.vpcId, accepter.vpcId] as const;
  return { kind: 'peering', id, vpcIds, isInterRegion: requester.region !== accepter.region };
}

/** Row of a prefix list: the blocks of its newest version. */
export const prefixListRow = ({ id, entries }: PrefixList): PrefixListRow => ({
  kind: 'prefix-list',
  id,
  cidrs: entries.map(({ cidr }) => cidr),
});

/** Row of a network ACL. */
export function networkAclRow({ id, entries }: NetworkAcl): NetworkAclRow {
  const inDirection = (egress: boolean): NetworkAclRow['ingress'] =>
    entries
      .filter((entry) => entry.egress === egress)
      .map(({ number, action, traffic, cidr }) => ({ number, action, traffic, cidr }))
      .sort((one, other) => one.number - other.number);
  return { kind: 'network-acl', id, ingress: inDirection(false), egress: inDirection(true) };
}

/** Row of a security group. */
export function securityGroupRow({ id, vpcId, rules }: SecurityGroup): SecurityGroupRow {
  const inDirection = (egress: boolean): SecurityGroupRow['ingress'] =>
    rules
      .filter((rule) => rule.egress === egress)
      .map(({ id: ruleId, traffic, peer }) => ({ id: ruleId, traffic, peer }));
  return { kind: 'security-group', id, vpcId, ingress: inDirection(false), egress: inDirection(true) };
}
