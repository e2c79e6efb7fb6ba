/** Subnet CIDR reservations: create, delete, get. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { Subnet } from '../../model/resources/subnet.ts';
import { SubnetCidrReservation } from '../../model/resources/subnet-cidr-reservation.ts';
import { createReservation } from '../../model/subnet-cidr-reservations.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { type Cidr, formatCidr, isIpv4Cidr, parseCidr } from '../../net/cidr.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { select } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** CreateSubnetCidrReservation. */
export const CreateSubnetCidrReservation = action('CreateSubnetCidrReservation', (request, tx) => {
  const cidr = readCidr(request.Cidr);
  const reservationType = choice(request.ReservationType, ['prefix', 'explicit'], 'reservationType') ?? 'explicit';
  const tags = tagsOf(request.TagSpecifications, 'subnet-cidr-reservation');
  const subnet = tx.get(Subnet, request.SubnetId);
  const description = request.Description;
  const reservation = createReservation(tx, subnet, { cidr, reservationType, description, tags });
  return { SubnetCidrReservation: describeReservation(reservation, tx) };
});

/** Other calls answer a malformed block so; for this one it is unconfirmed. */
function readCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr) return cidr;
  const reason = 'This is not a valid CIDR block.';
  throw new Fault('InvalidParameterValue', { value: text, parameter: 'cidr', reason });
}

/** DeleteSubnetCidrReservation. Interfaces keep what they have of it. */
export const DeleteSubnetCidrReservation = action('DeleteSubnetCidrReservation', (request, tx) => {
  const reservation = tx.get(SubnetCidrReservation, request.SubnetCidrReservationId);
  tx.remove(SubnetCidrReservation, reservation.id);
  return { DeletedSubnetCidrReservation: describeReservation(reservation, tx) };
});

/** GetSubnetCidrReservations: those of one subnet, by family. */
export const GetSubnetCidrReservations = action('GetSubnetCidrReservations', (request, tx) => {
  const subnet = tx.get(Subnet, request.SubnetId);
  const { rows, nextToken } = select(
    'GetSubnetCidrReservations',
    {
      kind: SubnetCidrReservation,
      where: (row) => row.subnetId === subnet.id,
      filters: { reservationType: (row) => row.reservationType, 'subnet-id': (row) => row.subnetId },
    },
    request,
    tx,
  );
  const ofFamily = (isIpv4: boolean) =>
    rows.filter(({ cidr }) => isIpv4Cidr(cidr) === isIpv4).map((row) => describeReservation(row, tx));
  return {
    SubnetIpv4CidrReservations: ofFamily(true),
    SubnetIpv6CidrReservations: ofFamily(false),
    NextToken: nextToken,
  };
});

/** A reservation as the API shows it. */
const describeReservation = (row: SubnetCidrReservation, tx: Transaction): sdk.SubnetCidrReservation => ({
  SubnetCidrReservationId: row.id,
  SubnetId: row.subnetId,
  Cidr: formatCidr(row.cidr),
  ReservationType: row.reservationType,
  OwnerId: tx.account,
  Description: row.description,
  Tags: describeTags(row.tags),
});

export const subnetCidrReservationActions = [
  CreateSubnetCidrReservation,
  DeleteSubnetCidrReservation,
  GetSubnetCidrReservations,
] as const;
