/** An interface of another account at an instance of this one: a row in the scope of the instance, which finds it there. */
import type { AttachmentId, InstanceId, NetworkInterfaceId } from '../../net/identifiers.ts';
import { kind, type Row } from '../kind.ts';

export interface BorrowedInterface extends Row {
  readonly id: NetworkInterfaceId;
  /** Twelve digits: whose interface it is. */
  readonly ownerId: string;
  readonly instanceId: InstanceId;
  readonly attachmentId: AttachmentId;
}

export const BorrowedInterface = kind<BorrowedInterface>()({
  name: 'borrowed-interface',
  indexes: { instanceId: (row) => row.instanceId, attachmentId: (row) => row.attachmentId },
});
