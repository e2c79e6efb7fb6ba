/** Which blocks a subnet may have: part of a block of its VPC, of an allowed size, shared with no other subnet. */
import {
  type Cidr,
  covers,
  formatCidr,
  type Ipv4Cidr,
  type Ipv6Cidr,
  isIpv4Cidr,
  overlaps,
  parseIpv6Cidr,
} from '../net/cidr.ts';
import { Fault } from './fault.ts';
import { Subnet } from './resources/subnet.ts';
import { cidrsOfVpc, type Vpc } from './resources/vpc.ts';
import type { Transaction } from './transaction.ts';

/** All blocks of a subnet, its IPv4 block first. */
export const cidrsOfSubnet = (subnet: Subnet): readonly Cidr[] => [
  ...(subnet.cidr ? [subnet.cidr] : []),
  ...subnet.ipv6CidrBlocks.map((block) => block.cidr),
];

/** The IPv6 block that a request names. @throws Fault InvalidParameterValue */
export function requestedIpv6Cidr(text: string): Ipv6Cidr {
  const cidr = parseIpv6Cidr(text);
  if (cidr) return cidr;
  const reason = 'This is not a valid CIDR block.';
  throw new Fault('InvalidParameterValue', { value: text, parameter: 'ipv6CidrBlock', reason });
}

/** /16 to /28 for IPv4; /44 to /64 in steps of four for IPv6 (VPC user guide, subnet sizing). */
const isAllowedSize = (cidr: Ipv4Cidr | Ipv6Cidr): boolean =>
  isIpv4Cidr(cidr)
    ? cidr.length >= 16 && cidr.length <= 28
    : cidr.length >= 44 && cidr.length <= 64 && cidr.length % 4 === 0;

/**
 * Checks a block for a subnet of this VPC.
 * @throws Fault InvalidSubnet.Range, InvalidSubnet.Conflict
 */
export function checkSubnetCidr(tx: Transaction, vpc: Vpc, cidr: Ipv4Cidr | Ipv6Cidr): void {
  const text = formatCidr(cidr);
  if (!isAllowedSize(cidr) || !cidrsOfVpc(vpc).some((block) => covers(block, cidr))) {
    throw new Fault('InvalidSubnet.Range', { cidr: text });
  }
  const isTaken = tx
    .by(Subnet, 'vpcId', vpc.id)
    .flatMap(cidrsOfSubnet)
    .some((other) => overlaps(other, cidr));
  if (isTaken) throw new Fault('InvalidSubnet.Conflict', { cidr: text });
}
