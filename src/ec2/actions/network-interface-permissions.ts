/** Permissions for other accounts to use network interfaces: grant, revoke, describe. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import {
  findPermission,
  grantPermission,
  isGrantor,
  revokePermission,
} from '../../model/network-interface-permissions.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { NetworkInterfacePermission } from '../../model/resources/network-interface-permission.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';

/** CreateNetworkInterfacePermission. */
export const CreateNetworkInterfacePermission = action('CreateNetworkInterfacePermission', (request, tx) => {
  const permission = choice(request.Permission, ['INSTANCE-ATTACH', 'EIP-ASSOCIATE'], 'permission');
  if (permission === undefined) throw new Fault('MissingParameter', { parameter: 'permission' });
  const accountId = readAccount(request.AwsAccountId, request.AwsService);
  const one = tx.get(NetworkInterface, request.NetworkInterfaceId);
  return { InterfacePermission: describePermission(grantPermission(tx, one, { accountId, permission })) };
});

/** One account a call; services are in AWS's model and "currently not supported". The sentences are unconfirmed. */
function readAccount(account: string | undefined, service: string | undefined): string {
  if (service !== undefined) {
    throw new Fault('InvalidParameterValue', {
      value: service,
      parameter: 'awsService',
      reason: 'AWS services are not supported.',
    });
  }
  if (account === undefined) throw new Fault('MissingParameter', { parameter: 'awsAccountId' });
  if (/^\d{12}$/.test(account)) return account;
  const reason = 'Invalid account ID.';
  throw new Fault('InvalidParameterValue', { value: account, parameter: 'awsAccountId', reason });
}

/** DeleteNetworkInterfacePermission. */
export const DeleteNetworkInterfacePermission = action('DeleteNetworkInterfacePermission', (request, tx) => {
  revokePermission(tx, findPermission(tx, request.NetworkInterfacePermissionId), request.Force ?? false);
  return { Return: true };
});

/** DescribeNetworkInterfacePermissions: those that the account granted. */
export const DescribeNetworkInterfacePermissions = describe(
  'DescribeNetworkInterfacePermissions',
  'NetworkInterfacePermissions',
  {
    kind: NetworkInterfacePermission,
    named: ({ NetworkInterfacePermissionIds: ids }, tx) => ids?.map((id) => findPermission(tx, id)),
    where: (row, tx) => isGrantor(tx, row),
    filters: {
      'network-interface-permission.network-interface-permission-id': (row) => row.id,
      'network-interface-permission.network-interface-id': (row) => row.networkInterfaceId,
      'network-interface-permission.aws-account-id': (row) => row.accountId,
      'network-interface-permission.aws-service': () => undefined,
      'network-interface-permission.permission': (row) => row.permission,
    },
    render: (row) => describePermission(row),
  },
);

/** In capitals, as in the examples of AWS's CLI and as Terraform's provider waits for it, though not in the SDK's enumeration. */
const GRANTED = 'GRANTED' as 'granted';

/**
 * A permission is granted when the call returns and gone when it is deleted, as in all of AWS's examples: the enumeration's
 * `pending`, `revoking` and `revoked` stand in no document of AWS's beside the list itself (that some call shows them is
 * unconfirmed).
 */
const describePermission = (row: NetworkInterfacePermission): sdk.NetworkInterfacePermission => ({
  NetworkInterfacePermissionId: row.id,
  NetworkInterfaceId: row.networkInterfaceId,
  AwsAccountId: row.accountId,
  Permission: row.permission,
  PermissionState: { State: GRANTED },
});

export const networkInterfacePermissionActions = [
  CreateNetworkInterfacePermission,
  DeleteNetworkInterfacePermission,
  DescribeNetworkInterfacePermissions,
] as const;
