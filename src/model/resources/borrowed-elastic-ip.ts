/** An Elastic IP of another account on an interface of this one: a row in the scope of the interface, which finds it there. */
import type { AllocationId, AssociationId, NetworkInterfaceId } from '../../net/identifiers.ts';
import { kind, type Row } from '../kind.ts';

export interface BorrowedElasticIp extends Row {
  readonly id: AllocationId;
  /** Twelve digits: whose address it is. */
  readonly ownerId: string;
  readonly networkInterfaceId: NetworkInterfaceId;
  readonly associationId: AssociationId;
}

export const BorrowedElasticIp = kind<BorrowedElasticIp>()({
  name: 'borrowed-elastic-ip',
  indexes: { networkInterfaceId: (row) => row.networkInterfaceId, associationId: (row) => row.associationId },
});
