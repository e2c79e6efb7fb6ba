/**
 * Described bonds between accounts: permissions on interfaces, interfaces at instances of others, and Elastic IPs on
 * interfaces of others. Where the other account is not described, its side of the bond is not there, and neither is the bond.
 */
import type * as sdk from '@aws-sdk/client-ec2';
import { bind } from '../model/instance-interfaces.ts';
import { setAssociation } from '../model/interface-elastic-ips.ts';
import { inAccount } from '../model/owned.ts';
import { ElasticIp } from '../model/resources/elastic-ip.ts';
import { Instance } from '../model/resources/instance.ts';
import { type Attachment, NetworkInterface } from '../model/resources/network-interface.ts';
import { NetworkInterfacePermission } from '../model/resources/network-interface-permission.ts';
import type { Transaction } from '../model/transaction.ts';
import { existing, idOf, idOrNew, ipv4Of, type Place, place, Unplaceable } from './placing.ts';

/** The account that is named, where it is not the one of the transaction. */
export const otherThan = (tx: Transaction, account: string | undefined): string | undefined =>
  account === tx.account ? undefined : account;

/** A permission on an interface of the account; one that was revoked is over. @throws Unplaceable */
export function placePermission({ tx, whenAllIsThere }: Place, one: sdk.NetworkInterfacePermission): void {
  const { AwsAccountId: accountId, Permission: permission } = one;
  const state = one.PermissionState?.State;
  if (state === 'revoked' || state === 'revoking') return;
  if (accountId === undefined || !/^\d{12}$/.test(accountId))
    throw new Unplaceable(`${accountId} is not an account id`);
  if (permission !== 'INSTANCE-ATTACH' && permission !== 'EIP-ASSOCIATE')
    throw new Unplaceable(`${permission} is not a permission`);
  const row = place(tx, NetworkInterfacePermission, {
    id: idOf('eni-perm', one.NetworkInterfacePermissionId),
    networkInterfaceId: existing(tx, NetworkInterface, one.NetworkInterfaceId).id,
    ownerId: tx.account,
    accountId,
    permission,
  });
  whenAllIsThere(() => inAccount(tx, accountId).put(NetworkInterfacePermission, row));
}

/** Attaches an interface to the instance of another account that its attachment names. */
export function attachElsewhere(where: Place, id: NetworkInterface['id'], attachment: Attachment): void {
  const { tx, ignore, whenAllIsThere } = where;
  const { instanceOwnerId: account = tx.account, instanceId } = attachment;
  whenAllIsThere(() => {
    if (inAccount(tx, account).find(Instance, instanceId)) bind(tx, id, attachment);
    else ignore({ what: id, why: `${instanceId} of account ${account} is not there, so it comes in unattached` });
  });
}

/** Associates an Elastic IP with the interface of another account that its description names. */
export function associateElsewhere(where: Place, id: ElasticIp['id'], one: sdk.Address): void {
  const { tx, leaveOut, ignore, whenAllIsThere } = where;
  const { NetworkInterfaceOwnerId: account = tx.account, NetworkInterfaceId: interfaceId = '' } = one;
  whenAllIsThere(() => {
    const holder = inAccount(tx, account).find(NetworkInterface, interfaceId);
    if (!holder) {
      ignore({ what: id, why: `${interfaceId} of account ${account} is not there, so it comes in unassociated` });
      return;
    }
    try {
      const association = associationWith(tx, one, holder);
      setAssociation(tx, tx.get(ElasticIp, id), { ...association, networkInterfaceOwnerId: account });
    } catch (error) {
      if (!(error instanceof Unplaceable)) throw error;
      leaveOut({ what: `Addresses ${id}`, why: error.message });
    }
  });
}

/** The association of a described Elastic IP with an interface of its own account. @throws Unplaceable */
export function associationWith(
  tx: Transaction,
  one: sdk.Address,
  holder: NetworkInterface,
): NonNullable<ElasticIp['association']> {
  const privateIpAddress = one.PrivateIpAddress === undefined ? holder.ipv4Addresses[0] : ipv4Of(one.PrivateIpAddress);
  if (privateIpAddress === undefined || !holder.ipv4Addresses.includes(privateIpAddress))
    throw new Unplaceable(`${holder.id} does not have its private address ${one.PrivateIpAddress}`);
  return {
    id: idOrNew(tx, 'eipassoc', one.AssociationId),
    networkInterfaceId: holder.id,
    networkInterfaceOwnerId: undefined,
    privateIpAddress,
  };
}
