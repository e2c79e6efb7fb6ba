/**
 * Subnet CIDR reservations: which there may be. What they mean for the choice of addresses stands in free-addresses.ts.
 *
 * Source: VPC guide, subnet-cidr-reservation. Codes and sentences are unconfirmed.
 */
import { type Cidr, covers, formatCidr, overlaps } from '../net/cidr.ts';
import { Fault } from './fault.ts';
import type { Subnet } from './resources/subnet.ts';
import { SubnetCidrReservation } from './resources/subnet-cidr-reservation.ts';
import { cidrsOfSubnet } from './subnet-cidr-rules.ts';
import type { Transaction } from './transaction.ts';

/** What CreateSubnetCidrReservation asks for. */
export type NewReservation = Pick<SubnetCidrReservation, 'cidr' | 'reservationType' | 'description' | 'tags'>;

/**
 * Reserves a block inside the subnet that no other reservation touches; addresses in it that are in use stay so.
 * @throws Fault InvalidParameterValue
 */
export function createReservation(tx: Transaction, subnet: Subnet, requested: NewReservation): SubnetCidrReservation {
  const { cidr } = requested;
  if (!cidrsOfSubnet(subnet).some((block) => covers(block, cidr))) throw refused(cidr, 'It is not within the subnet.');
  const other = tx.by(SubnetCidrReservation, 'subnetId', subnet.id).find((one) => overlaps(one.cidr, cidr));
  if (other) throw refused(cidr, `It overlaps with the reservation ${other.id} of ${formatCidr(other.cidr)}.`);
  return tx.insert(SubnetCidrReservation, { ...requested, subnetId: subnet.id });
}

const refused = (cidr: Cidr, reason: string): Fault =>
  new Fault('InvalidParameterValue', { value: formatCidr(cidr), parameter: 'cidr', reason });
