/**
 * Which Elastic IPs an interface has, and which interface an Elastic IP: the one place that knows that they may be of two
 * accounts (CreateNetworkInterfacePermission, EIP-ASSOCIATE).
 *
 * The association stands on the Elastic IP, in the scope of its owner. Where the interface is another account's, a
 * `BorrowedElasticIp` in that account's scope leads back to it.
 */
import { inAccount, type Owned } from './owned.ts';
import { BorrowedElasticIp } from './resources/borrowed-elastic-ip.ts';
import { ElasticIp } from './resources/elastic-ip.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import type { Transaction } from './transaction.ts';

/** The Elastic IPs on an interface of the account: its own in order of insertion, then those of other accounts. */
export function elasticIpsOn(tx: Transaction, networkInterfaceId: string): readonly Owned<ElasticIp>[] {
  const own = tx.by(ElasticIp, 'networkInterfaceId', networkInterfaceId).map((row) => ({ row, owner: tx }));
  const borrowed = tx.by(BorrowedElasticIp, 'networkInterfaceId', networkInterfaceId);
  return borrowed.length === 0 ? own : [...own, ...borrowed.map((row) => lent(tx, row))];
}

function lent(tx: Transaction, { id, ownerId }: BorrowedElasticIp): Owned<ElasticIp> {
  const owner = inAccount(tx, ownerId);
  return { row: owner.get(ElasticIp, id), owner };
}

/** The interface that an Elastic IP of the account is associated with, if it is. */
export function interfaceOfElasticIp(tx: Transaction, elasticIp: ElasticIp): Owned<NetworkInterface> | undefined {
  const { association } = elasticIp;
  if (!association) return undefined;
  const owner = inAccount(tx, interfaceOwnerOf(tx, association));
  const row = owner.find(NetworkInterface, association.networkInterfaceId);
  return row && { row, owner };
}

/** Twelve digits: whose the interface is that an Elastic IP of the account is associated with. */
export const interfaceOwnerOf = (
  tx: Transaction,
  { networkInterfaceOwnerId }: NonNullable<ElasticIp['association']>,
): string => networkInterfaceOwnerId ?? tx.account;

/** The Elastic IP of an association, the account's own or one that an interface of the account has from another. */
export function elasticIpOfAssociation(tx: Transaction, associationId: string): Owned<ElasticIp> | undefined {
  const [own] = tx.by(ElasticIp, 'associationId', associationId);
  if (own) return { row: own, owner: tx };
  const [borrowed] = tx.by(BorrowedElasticIp, 'associationId', associationId);
  return borrowed && lent(tx, borrowed);
}

/** Sets where an Elastic IP of the account points, or that it points nowhere. */
export function setAssociation(
  tx: Transaction,
  { id, association: before }: ElasticIp,
  association: ElasticIp['association'],
): ElasticIp {
  if (before?.networkInterfaceOwnerId !== undefined) {
    inAccount(tx, before.networkInterfaceOwnerId).remove(BorrowedElasticIp, id);
  }
  if (association?.networkInterfaceOwnerId !== undefined) {
    const { networkInterfaceOwnerId, networkInterfaceId, id: associationId } = association;
    const row = { id, ownerId: tx.account, networkInterfaceId, associationId };
    inAccount(tx, networkInterfaceOwnerId).put(BorrowedElasticIp, row);
  }
  return tx.update(ElasticIp, id, { association });
}
