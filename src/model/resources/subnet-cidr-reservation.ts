/** A subnet CIDR reservation: a part of a subnet's block that EC2 does not choose single addresses from. */
import type { Cidr } from '../../net/cidr.ts';
import type { Id, SubnetId } from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

export interface SubnetCidrReservation extends TaggedRow {
  readonly id: Id<'scr'>;
  readonly subnetId: SubnetId;
  readonly cidr: Cidr;
  /** `prefix`: EC2 chooses prefixes for interfaces from it. `explicit`: only who names an address gets it. */
  readonly reservationType: 'prefix' | 'explicit';
  readonly description: string | undefined;
}

export const SubnetCidrReservation = kind<SubnetCidrReservation>()({
  name: 'subnet-cidr-reservation',
  prefix: 'scr',
  notFound: 'InvalidSubnetCidrReservationID.NotFound',
  indexes: { subnetId: (row) => row.subnetId },
});
