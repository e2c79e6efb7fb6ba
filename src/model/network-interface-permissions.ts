/**
 * Permissions on network interfaces for other accounts of the Region: granted, revoked, and asked for.
 *
 * Source: API_CreateNetworkInterfacePermission and its kin.
 */
import { Fault } from './fault.ts';
import { requesterManaged } from './network-interface-faults.ts';
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
  tx.in({ account: accountId, region: tx.region }).put(NetworkInterfacePermission, row);
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

/** Takes a permission back. That the other account has the interface attached, which AWS asks first, cannot be yet. */
export function revokePermission(tx: Transaction, { id, accountId }: NetworkInterfacePermission): void {
  tx.in({ account: accountId, region: tx.region }).remove(NetworkInterfacePermission, id);
  tx.remove(NetworkInterfacePermission, id);
}

/** Takes back all permissions on an interface that goes. */
export function revokeAllPermissions(tx: Transaction, { id }: Pick<NetworkInterface, 'id'>): void {
  for (const row of tx.by(NetworkInterfacePermission, 'networkInterfaceId', id)) revokePermission(tx, row);
}

/**
 * The interface that a call is to attach: of the account, or of one that permits it.
 * @throws Fault InvalidNetworkInterfaceID.NotFound, UnsupportedOperation for a permitted one of another account
 */
export function interfaceToAttach(tx: Transaction, id: string): NetworkInterface {
  const isPermitted = tx
    .by(NetworkInterfacePermission, 'networkInterfaceId', id)
    .some((row) => !isGrantor(tx, row) && row.permission === 'INSTANCE-ATTACH');
  if (!isPermitted) return tx.get(NetworkInterface, id);
  throw new Fault('UnsupportedOperation', 'localvpc does not attach network interfaces of other accounts yet.');
}
