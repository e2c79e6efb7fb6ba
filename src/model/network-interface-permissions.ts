/**
 * Permissions on network interfaces for other accounts of the Region: granted, revoked, and asked for.
 *
 * Source: API_CreateNetworkInterfacePermission and its kin.
 */
import { Fault } from './fault.ts';
import { requesterManaged } from './network-interface-faults.ts';
import { inAccount, type Owned } from './owned.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { NetworkInterfacePermission } from './resources/network-interface-permission.ts';
import type { Transaction } from './transaction.ts';

/**
 * Grants a permission; granting it again gives the one that stands (unconfirmed).
 * @throws Fault AuthFailure for a service's interface, InvalidParameterValue for the own account (unconfirmed)
 */
export function grantPermission(
  tx: Transaction,
  one: NetworkInterface,
  { accountId, permission }: Pick<NetworkInterfacePermission, 'accountId' | 'permission'>,
): NetworkInterfacePermission {
  if (one.requesterManaged) throw requesterManaged();
  if (accountId === tx.account) {
    const reason = 'The account owns the network interface.';
    throw new Fault('InvalidParameterValue', { value: accountId, parameter: 'awsAccountId', reason });
  }
  const standing = tx
    .by(NetworkInterfacePermission, 'networkInterfaceId', one.id)
    .find((other) => other.accountId === accountId && other.permission === permission);
  if (standing) return standing;
  const id = tx.newId('eni-perm');
  const row = { id, networkInterfaceId: one.id, ownerId: tx.account, accountId, permission };
  inAccount(tx, accountId).put(NetworkInterfacePermission, row);
  return tx.put(NetworkInterfacePermission, row);
}

/** The permission of this id that the account granted. @throws Fault InvalidPermissionID.NotFound */
export function findPermission(tx: Transaction, id: string): NetworkInterfacePermission {
  const row = tx.get(NetworkInterfacePermission, id);
  if (!isGrantor(tx, row)) throw new Fault('InvalidPermissionID.NotFound', { id });
  return row;
}

/** Whether the account granted this permission, or was granted it. */
export const isGrantor = (tx: Transaction, row: NetworkInterfacePermission): boolean => row.ownerId === tx.account;

/**
 * DeleteNetworkInterfacePermission. With `force` an attachment that it led to stays, and no other can follow.
 * @throws Fault OperationNotPermitted while the other account has the interface attached (code and sentence unconfirmed)
 */
export function revokePermission(tx: Transaction, row: NetworkInterfacePermission, force: boolean): void {
  const holder = tx.get(NetworkInterface, row.networkInterfaceId).attachment?.instanceOwnerId;
  if (row.permission === 'INSTANCE-ATTACH' && holder === row.accountId && !force) {
    const message = `Account '${holder}' has the network interface '${row.networkInterfaceId}' attached to an instance. Detach it first, or use Force.`;
    throw new Fault('OperationNotPermitted', message);
  }
  takeBack(tx, row);
}

/** Takes back all permissions on an interface that goes. */
export function revokeAllPermissions(tx: Transaction, { id }: Pick<NetworkInterface, 'id'>): void {
  for (const row of tx.by(NetworkInterfacePermission, 'networkInterfaceId', id)) takeBack(tx, row);
}

function takeBack(tx: Transaction, { id, accountId }: NetworkInterfacePermission): void {
  inAccount(tx, accountId).remove(NetworkInterfacePermission, id);
  tx.remove(NetworkInterfacePermission, id);
}

/**
 * The interface that a call of the account names: its own, or one whose owner permits it such calls. Others do not exist
 * for it (that AWS tells nothing of them either is unconfirmed).
 * @throws Fault InvalidNetworkInterfaceID.NotFound, InvalidNetworkInterfaceId.Malformed, MissingParameter
 */
export function permittedInterface(
  tx: Transaction,
  id: string | undefined,
  permission: NetworkInterfacePermission['permission'],
): Owned<NetworkInterface> {
  const granted = tx
    .by(NetworkInterfacePermission, 'networkInterfaceId', id ?? '')
    .find((row) => !isGrantor(tx, row) && row.permission === permission);
  const owner = granted ? inAccount(tx, granted.ownerId) : tx;
  return { row: owner.get(NetworkInterface, id), owner };
}
