/** Table rows with everything that a case does not speak of filled in. */
import { type IpAddress, type Ipv4, type Ipv6, ipv6, parseAddress, parseIpv4 } from '../net/address.ts';
import { ANY_IPV4, type Cidr, type Ipv4Cidr, isIpv4Cidr, isIpv6Cidr, parseCidr } from '../net/cidr.ts';
import type { Arn, Id } from '../net/identifiers.ts';
import { type Mac, mac } from '../net/mac.ts';
import type {
  InterfaceRow,
  NetworkAclRow,
  RouteRow,
  RouteTarget,
  SubnetRow,
  TrackingTimeoutsRow,
  VpcRow,
} from '../tables/tables.ts';

/** An id made of a prefix and a readable rest. */
export const idOf = <Prefix extends string>(prefix: Prefix, rest: string): Id<Prefix> =>
  `${prefix}-${rest}` as Id<Prefix>;

/** An ARN of a test's load balancing. */
export const arnOf = <Resource extends string>(resource: Resource, rest: string): Arn<Resource> =>
  `arn:aws:elasticloadbalancing:us-east-1:123456789012:${resource}/${rest}` as Arn<Resource>;

/** The address of a text. @throws when it is none. */
export function addressOf(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}

/** The IPv4 address of a text. @throws when it is none. */
export function ipv4Of(text: string): Ipv4 {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(`not an IPv4 address: ${text}`);
  return address;
}

/** The block of a text. @throws when it is none. */
export function cidrOfText(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(`not a block: ${text}`);
  return cidr;
}

/** The MAC of the n-th interface of a test. */
export const macOf = (number: number): Mac => mac(0x0200_0000_0000 + number);

/** AWS's defaults. */
export const DEFAULT_TIMEOUTS: TrackingTimeoutsRow = {
  tcpEstablishedTimeoutMs: 432_000_000,
  udpTimeoutMs: 30_000,
  udpStreamTimeoutMs: 180_000,
};

/** A VPC with DNS support. */
export function vpcRow(name: string, cidrs: readonly string[], internetGateway: boolean): VpcRow {
  const blocks = cidrs.map(cidrOfText);
  const primary = blocks.find(isIpv4Cidr);
  return {
    kind: 'vpc',
    id: idOf('vpc', name),
    cidrs: blocks,
    internetGatewayId: internetGateway ? idOf('igw', name) : undefined,
    edgeRouteTableId: undefined,
    vpnGatewayId: undefined,
    vpnEdgeRouteTableId: undefined,
    dnsSupport: true,
    dhcp: {
      id: idOf('dopt', name),
      domainName: 'ec2.internal',
      domainNameServers: primary ? [(primary.address + 2) as Ipv4] : [],
      ntpServers: [],
      netbiosNameServers: [],
      netbiosNodeType: undefined,
      ipv6NameServers: [ipv6((0xfd00_0ec2n << 96n) | 0x253n)],
      ipv6NtpServers: [],
      ipv6PreferredLeaseSeconds: 140,
    },
  };
}

/** A subnet named by its IPv4 block. */
export function subnetRow(vpc: string, name: string, cidrs: readonly string[]): SubnetRow {
  const blocks = cidrs.map(cidrOfText);
  return {
    kind: 'subnet',
    id: idOf('subnet', name),
    vpcId: idOf('vpc', vpc),
    zoneId: 'use1-az1',
    ipv4Cidr: blocks.find(isIpv4Cidr),
    ipv6Cidrs: blocks.filter(isIpv6Cidr),
    networkAclId: idOf('acl', name),
    routeTableId: idOf('rtb', name),
    internetGatewayBlockMode: 'off',
  };
}

/** The default network ACL: everything passes. */
export const openAcl = (name: string): NetworkAclRow => ({
  kind: 'network-acl',
  id: idOf('acl', name),
  ingress: [{ number: 100, action: 'allow', traffic: { kind: 'all' }, cidr: ANY_IPV4 }],
  egress: [{ number: 100, action: 'allow', traffic: { kind: 'all' }, cidr: ANY_IPV4 }],
});

/** An active route. */
export const routeRow = (destination: Cidr, target: RouteTarget): RouteRow => ({
  destination,
  target,
  state: 'active',
  origin: target.kind === 'local' ? 'CreateRouteTable' : 'CreateRoute',
  prefixListId: undefined,
});

/** An interface with default timers, the check on and nothing but its addresses. */
export function interfaceRow(
  given: Pick<InterfaceRow, 'vpcId' | 'subnetId' | 'securityGroupIds'> & {
    readonly name: string;
    readonly mac: Mac;
    readonly ipv4Addresses: readonly Ipv4[];
    readonly ipv6Addresses?: readonly Ipv6[];
    readonly ipv4Prefixes?: readonly Ipv4Cidr[];
    readonly publicAddresses?: InterfaceRow['publicAddresses'];
    readonly sourceDestCheck?: boolean;
    readonly isFlowLogged?: boolean;
    readonly isPassthrough?: boolean;
    readonly allowance?: InterfaceRow['allowance'];
    readonly place?: InterfaceRow['place'];
    readonly owner?: InterfaceRow['owner'];
  },
): InterfaceRow {
  const { name, ...row } = given;
  return {
    kind: 'interface',
    id: idOf('eni', name),
    owner: { kind: 'instance', id: idOf('i', name) },
    ipv4Prefixes: [],
    ipv6Addresses: [],
    ipv6Prefixes: [],
    publicAddresses: [],
    sourceDestCheck: true,
    hostName: name,
    timeouts: DEFAULT_TIMEOUTS,
    isFlowLogged: false,
    isPassthrough: false,
    allowance: undefined,
    place: undefined,
    mirrorSessions: [],
    ...row,
  };
}
