/** Which destinations a route may have, given its table's VPC and its target. */
import {
  type Cidr,
  covers,
  equalCidrs,
  formatCidr,
  isIpv4Cidr,
  parseCidr,
  parseIpv4Cidr,
  parseIpv6Cidr,
} from '../net/cidr.ts';
import type { RouteTarget } from '../net/route-target.ts';
import { Fault } from './fault.ts';
import { findPrefixList } from './prefix-lists.ts';
import { PrefixList } from './resources/prefix-list.ts';
import type { Route, RouteTable } from './resources/route-table.ts';
import { Subnet } from './resources/subnet.ts';
import { cidrsOfVpc, Vpc } from './resources/vpc.ts';
import { cidrsOfSubnet } from './subnet-cidr-rules.ts';
import type { Transaction } from './transaction.ts';

/** The destination parameters of CreateRoute, ReplaceRoute and DeleteRoute. */
export interface RequestedDestination {
  readonly DestinationCidrBlock?: string | undefined;
  readonly DestinationIpv6CidrBlock?: string | undefined;
  readonly DestinationPrefixListId?: string | undefined;
}

export type RouteDestination = Route['destination'];

/** Refused as destinations, with all inside them (user guide, subnet-route-tables); wider ones are not. */
const RESERVED: readonly Cidr[] = ['169.254.168.0/22', 'fd00:ec2::/32'].map(knownCidr);
/** NAT64: the one IPv6 block that a NAT gateway takes (user guide, nat-gateway-nat64-dns64). */
const NAT64_PREFIX: Cidr = knownCidr('64:ff9b::/96');

/**
 * The destination that a request names. The sentences for none and for several are unconfirmed.
 * @throws Fault MissingParameter, InvalidParameterCombination, InvalidParameterValue, InvalidPrefixListID.NotFound
 */
export function findDestination(tx: Transaction, request: RequestedDestination): RouteDestination {
  const { DestinationCidrBlock: ipv4, DestinationIpv6CidrBlock: ipv6, DestinationPrefixListId: list } = request;
  if ([ipv4, ipv6, list].filter((value) => value !== undefined).length > 1) {
    throw new Fault('InvalidParameterCombination', {
      parameter: ipv4 === undefined ? 'destinationIpv6CidrBlock' : 'destinationCidrBlock',
      other: list === undefined ? 'destinationIpv6CidrBlock' : 'destinationPrefixListId',
    });
  }
  if (ipv4 !== undefined) return cidrDestination(ipv4, parseIpv4Cidr(ipv4), 'destinationCidrBlock');
  if (ipv6 !== undefined) return cidrDestination(ipv6, parseIpv6Cidr(ipv6), 'destinationIpv6CidrBlock');
  if (list !== undefined) return { kind: 'prefix-list', id: findPrefixList(tx, list) };
  throw new Fault('MissingParameter', { parameter: 'destinationCidrBlock' });
}

function cidrDestination(text: string, cidr: Cidr | undefined, parameter: string): RouteDestination {
  if (cidr) return { kind: 'cidr', cidr };
  throw new Fault('InvalidParameterValue', { value: text, parameter, reason: 'This is not a valid CIDR block.' });
}

/** The route of a table to exactly this destination. */
export const routeTo = (table: RouteTable, destination: RouteDestination): Route | undefined =>
  table.routes.find((route) => equalDestinations(route.destination, destination));

/** Whether both name the same block or list. */
export const equalDestinations = (one: RouteDestination, other: RouteDestination): boolean =>
  one.kind === 'cidr'
    ? other.kind === 'cidr' && equalCidrs(one.cidr, other.cidr)
    : other.kind === 'prefix-list' && one.id === other.id;

/** Text of a destination in messages. */
export const formatDestination = (destination: RouteDestination): string =>
  destination.kind === 'cidr' ? formatCidr(destination.cidr) : destination.id;

/**
 * Refuses a destination that no route may have, or not with this target.
 * @throws Fault InvalidParameterValue. Only the sentence for a wrong target inside the VPC has been seen.
 */
export function checkDestination(
  tx: Transaction,
  table: RouteTable,
  destination: RouteDestination,
  target: RouteTarget,
): void {
  if (destination.kind === 'prefix-list') {
    // Entries that come later are not looked at (unconfirmed).
    for (const { cidr } of tx.get(PrefixList, destination.id).entries) checkFamily(cidr, target);
    return;
  }
  const { cidr } = destination;
  if (RESERVED.some((reserved) => covers(reserved, cidr))) {
    throw new Fault('InvalidParameterValue', `The destination CIDR block ${formatCidr(cidr)} is reserved.`);
  }
  checkFamily(cidr, target);
  if (isInsideVpc(tx, table, cidr)) checkInsideVpc(tx, table, cidr, target);
}

const isInsideVpc = (tx: Transaction, table: RouteTable, cidr: Cidr): boolean =>
  cidrsOfVpc(tx.get(Vpc, table.vpcId)).some((block) => covers(block, cidr));

function checkFamily(cidr: Cidr, target: RouteTarget): void {
  const isIpv4 = isIpv4Cidr(cidr);
  if (target.kind === 'egress-only-internet-gateway' && isIpv4) {
    throw new Fault(
      'InvalidParameterValue',
      `The destination CIDR block ${formatCidr(cidr)} cannot target an egress-only internet gateway, which carries IPv6 only.`,
    );
  }
  if (target.kind === 'nat-gateway' && !isIpv4 && !covers(NAT64_PREFIX, cidr)) {
    throw new Fault(
      'InvalidParameterValue',
      `The destination CIDR block ${formatCidr(cidr)} cannot target a NAT gateway, which takes of IPv6 only ${formatCidr(NAT64_PREFIX)}.`,
    );
  }
}

/**
 * More specific than local: only whole subnets, and only towards an appliance (user guide, route-tables-priority). As
 * specific as local: the local route itself, whose target can be replaced.
 */
function checkInsideVpc(tx: Transaction, table: RouteTable, cidr: Cidr, target: RouteTarget): void {
  if (!isAppliance(target) && target.kind !== 'local') {
    throw new Fault(
      'InvalidParameterValue',
      `The destination CIDR block ${formatCidr(cidr)} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.`,
    );
  }
  const isLocal = cidrsOfVpc(tx.get(Vpc, table.vpcId)).some((block) => equalCidrs(block, cidr));
  const isSubnet = tx
    .by(Subnet, 'vpcId', table.vpcId)
    .some((subnet) => cidrsOfSubnet(subnet).some((block) => equalCidrs(block, cidr)));
  if (!isLocal && !isSubnet) {
    throw new Fault(
      'InvalidParameterValue',
      `The destination CIDR block ${formatCidr(cidr)} is more specific than one of this VPC's CIDR blocks and does not match the CIDR block of a subnet in this VPC.`,
    );
  }
}

/** Targets that may stand between the subnets of a VPC. */
export const isAppliance = (target: RouteTarget): boolean =>
  target.kind === 'interface' || target.kind === 'nat-gateway' || target.kind === 'gateway-load-balancer-endpoint';

const EDGE_TARGETS: ReadonlySet<RouteTarget['kind']> = new Set([
  'local',
  'interface',
  'gateway-load-balancer-endpoint',
]);

/**
 * Refuses a route that no edge (gateway) table may hold: only local, an interface or a Gateway Load Balancer endpoint as
 * target, and nothing that leaves the VPC's blocks (user guide, gateway-route-tables). The sentences are unconfirmed.
 * @throws Fault InvalidParameterValue
 */
export function checkEdgeRoute(
  tx: Transaction,
  table: RouteTable,
  { destination, target }: Omit<Route, 'origin'>,
): void {
  const text = formatDestination(destination);
  if (!EDGE_TARGETS.has(target.kind)) {
    throw new Fault(
      'InvalidParameterValue',
      `The target of route ${text} is not supported in gateway route table ${table.id}`,
    );
  }
  const { kind } = destination;
  const blocks = cidrsOfVpc(tx.get(Vpc, table.vpcId));
  if (kind === 'prefix-list' || !blocks.some((block) => covers(block, destination.cidr))) {
    throw new Fault(
      'InvalidParameterValue',
      `The destination ${text} is not supported in gateway route table ${table.id}: it must lie in a CIDR block of the VPC`,
    );
  }
}

/** Whether a table steers what enters through a gateway. */
export const isEdgeTable = (table: RouteTable): boolean => table.associations.some((one) => one.kind === 'gateway');

/** Whether it is the table of a regional NAT gateway. */
export const isTableOfNatGateway = (table: RouteTable): boolean =>
  table.associations.some((one) => one.kind === 'nat-gateway');

/** What the table of a regional NAT gateway cannot hold: it takes no peering connection (seen by a reader; sentence unconfirmed). */
export function checkNatGatewayRoute(table: RouteTable, { destination, target }: Omit<Route, 'origin'>): void {
  if (target.kind !== 'peering' || !isTableOfNatGateway(table)) return;
  const text = formatDestination(destination);
  throw new Fault(
    'InvalidParameterValue',
    `The target of route ${text} is not supported in gateway route table ${table.id}`,
  );
}

function knownCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(`not a CIDR block: ${text}`);
  return cidr;
}
