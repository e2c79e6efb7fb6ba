/**
 * Which IPv4 blocks a VPC may have: sizes, ranges that are never allowed, and what may be added to which primary block.
 *
 * Source: VPC user guide, "VPC CIDR blocks" (table of association restrictions).
 */
import { type Cidr, covers, formatCidr, type Ipv4Cidr, overlaps, parseIpv4Cidr } from '../net/cidr.ts';
import { Fault } from './fault.ts';
import { peeringState } from './peering-state.ts';
import { RouteTable } from './resources/route-table.ts';
import type { Vpc } from './resources/vpc.ts';
import { VpcPeeringConnection } from './resources/vpc-peering-connection.ts';
import type { Transaction } from './transaction.ts';

const MIN_LENGTH = 16;
const MAX_LENGTH = 28;

const NET_10 = block('10.0.0.0/8');
const NET_172 = block('172.16.0.0/12');
const NET_192 = block('192.168.0.0/16');
const RFC_1918 = [NET_10, NET_172, NET_192];
const NET_198_19 = block('198.19.0.0/16');

/** Loopback, link-local, multicast and the like. Of these the guide names link-local; the others are unconfirmed. */
const NEVER = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'].map(block);

/** Used by AWS inside: a VPC that has an address of the first range may not add a block of the second. */
const SENSITIVE_10 = block('10.0.0.0/15');
const NEVER_BESIDE_10 = block('10.0.0.0/16');
const NEVER_BESIDE_172 = block('172.31.0.0/16');

const SIZING_GUIDE = 'https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html';

function block(text: string): Ipv4Cidr {
  const cidr = parseIpv4Cidr(text);
  if (!cidr) throw new Error(`not a block: ${text}`);
  return cidr;
}

/**
 * The IPv4 block that a request names, host bits cleared.
 * @throws Fault InvalidParameterValue
 */
export function requestedIpv4Cidr(text: string): Ipv4Cidr {
  const cidr = parseIpv4Cidr(text);
  if (cidr) return cidr;
  const reason = 'This is not a valid CIDR block.';
  throw new Fault('InvalidParameterValue', { value: text, parameter: 'cidrBlock', reason });
}

/** Checks a block by itself. @throws Fault InvalidVpc.Range */
export function checkVpcCidr(cidr: Ipv4Cidr): void {
  const isAllowed = cidr.length >= MIN_LENGTH && cidr.length <= MAX_LENGTH && !NEVER.some((one) => overlaps(one, cidr));
  if (!isAllowed) throw new Fault('InvalidVpc.Range', { cidr: formatCidr(cidr) });
}

/**
 * Checks that a VPC may have this block besides those it has. The sentences for an overlap, a route and a peering are
 * unconfirmed, as is the order.
 * @throws Fault InvalidVpc.Range, OperationNotPermitted (peering; code unconfirmed)
 */
export function checkSecondaryCidr(tx: Transaction, vpc: Vpc, cidr: Ipv4Cidr): void {
  checkVpcCidr(cidr);
  const text = formatCidr(cidr);
  if (isRestricted(vpc, cidr)) {
    throw new Fault(
      'InvalidVpc.Range',
      `The CIDR '${text}' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, or use a publicly-routable CIDR. For additional restrictions, see ${SIZING_GUIDE}`,
    );
  }
  if (vpc.cidrBlocks.some((other) => overlaps(other.cidr, cidr))) {
    throw new Fault('InvalidVpc.Range', `The CIDR '${text}' overlaps with another CIDR block of the VPC '${vpc.id}'.`);
  }
  if (hidesRoute(tx, vpc, cidr)) {
    throw new Fault('InvalidVpc.Range', `The CIDR '${text}' is the same as or larger than the destination of a route.`);
  }
  checkPeers(tx, vpc, cidr);
}

function isRestricted(vpc: Vpc, cidr: Ipv4Cidr): boolean {
  const [primary] = vpc.cidrBlocks;
  if (!primary) return false;
  if (restrictedBeside(primary.cidr).some((range) => overlaps(range, cidr))) return true;
  return vpc.cidrBlocks.some((one) => overlaps(SENSITIVE_10, one.cidr)) && overlaps(NEVER_BESIDE_10, cidr);
}

function restrictedBeside(primary: Ipv4Cidr): readonly Ipv4Cidr[] {
  const own = RFC_1918.find((range) => covers(range, primary));
  if (own === undefined) return covers(NET_198_19, primary) ? RFC_1918 : [...RFC_1918, NET_198_19];
  const others = [...RFC_1918.filter((range) => range !== own), NET_198_19];
  return own === NET_172 ? [...others, NEVER_BESIDE_172] : others;
}

/** Routes that lead elsewhere would lose to the new local route, or contradict it. */
const hidesRoute = (tx: Transaction, vpc: Vpc, cidr: Ipv4Cidr): boolean =>
  tx
    .by(RouteTable, 'vpcId', vpc.id)
    .flatMap((table) => table.routes)
    .some(({ destination, target }) => {
      return target.kind !== 'local' && destination.kind === 'cidr' && covers(cidr, destination.cidr);
    });

function checkPeers(tx: Transaction, vpc: Vpc, cidr: Cidr): void {
  for (const connection of tx.by(VpcPeeringConnection, 'vpcId', vpc.id)) {
    const state = peeringState(connection, tx.nowMs);
    const isRequester = connection.requester.vpcId === vpc.id;
    const peer = isRequester ? connection.accepter : connection.requester;
    if (isRequester && state === 'pending-acceptance') {
      throw new Fault('OperationNotPermitted', `VPC peering connection ${connection.id} is pending acceptance`);
    }
    if (state === 'active' && peer.cidrs.some((other) => overlaps(other, cidr))) {
      throw new Fault('OperationNotPermitted', `The CIDR '${formatCidr(cidr)}' overlaps with a CIDR of a peered VPC`);
    }
  }
}
