/** A permission for another account to use an interface; stands as an equal row in the scope of each side. */
import type { Id, NetworkInterfaceId } from '../../net/identifiers.ts';
import { kind, type Row } from '../kind.ts';

export interface NetworkInterfacePermission extends Row {
  readonly id: Id<'eni-perm'>;
  readonly networkInterfaceId: NetworkInterfaceId;
  /** Twelve digits: whose interface it is. */
  readonly ownerId: string;
  /** Twelve digits: who may use it. */
  readonly accountId: string;
  readonly permission: 'INSTANCE-ATTACH' | 'EIP-ASSOCIATE';
}

/** Ids are made by hand: permissions carry no tags. */
export const NetworkInterfacePermission = kind<NetworkInterfacePermission>()({
  name: 'network-interface-permission',
  notFound: 'InvalidPermissionID.NotFound',
  indexes: { networkInterfaceId: (row) => row.networkInterfaceId },
});
