/** Transfers of Elastic IPs between accounts: offer, take back, accept, describe. */
import type * as sdk from '@aws-sdk/client-ec2';
import {
  acceptAddress,
  isTransferShown,
  offerAddress,
  transferStatus,
  withdrawOffer,
} from '../../model/address-transfers.ts';
import { Fault } from '../../model/fault.ts';
import { AddressTransfer } from '../../model/resources/address-transfer.ts';
import { ElasticIp } from '../../model/resources/elastic-ip.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatIpv4, parseIpv4 } from '../../net/address.ts';
import { action } from '../action.ts';
import { describe } from '../describe.ts';

/** EnableAddressTransfer. */
export const EnableAddressTransfer = action('EnableAddressTransfer', (request, tx) => {
  const account = readAccount(request.TransferAccountId);
  const transfer = offerAddress(tx, tx.get(ElasticIp, request.AllocationId), account);
  return { AddressTransfer: describeTransfer(transfer, tx) };
});

/** The sentence is unconfirmed. */
function readAccount(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  const reason = 'Invalid account ID.';
  throw new Fault('InvalidParameterValue', { value: text, parameter: 'transferAccountId', reason });
}

/** DisableAddressTransfer. */
export const DisableAddressTransfer = action('DisableAddressTransfer', (request, tx) => ({
  AddressTransfer: describeTransfer(withdrawOffer(tx, tx.get(ElasticIp, request.AllocationId)), tx),
}));

/** AcceptAddressTransfer. */
export const AcceptAddressTransfer = action('AcceptAddressTransfer', (request, tx) => {
  const tags = tagsOf(request.TagSpecifications, 'elastic-ip');
  const address = parseIpv4(request.Address);
  if (address === undefined) throw new Fault('InvalidAddress.Malformed', { address: request.Address });
  return { AddressTransfer: describeTransfer(acceptAddress(tx, address, tags), tx) };
});

/** DescribeAddressTransfers: what this account offered, pending or ended a short time ago. */
export const DescribeAddressTransfers = describe('DescribeAddressTransfers', 'AddressTransfers', {
  kind: AddressTransfer,
  named: ({ AllocationIds }, tx) => AllocationIds?.flatMap((id) => transferOf(tx, id) ?? []),
  where: (row, tx) => isTransferShown(row, tx.nowMs),
  filters: {},
  render: (row, tx) => describeTransfer(row, tx),
});

/** An address that was never offered has none; one that is unknown is a fault. */
const transferOf = (tx: Transaction, id: string): AddressTransfer | undefined =>
  tx.find(AddressTransfer, id) ?? tx.find(AddressTransfer, tx.get(ElasticIp, id).id);

const describeTransfer = (row: AddressTransfer, tx: Transaction): sdk.AddressTransfer => ({
  PublicIp: formatIpv4(row.publicIp),
  AllocationId: row.id,
  TransferAccountId: row.transferAccountId,
  TransferOfferExpirationTimestamp: new Date(row.expiresAtMs),
  TransferOfferAcceptedTimestamp: row.acceptedAtMs === undefined ? undefined : new Date(row.acceptedAtMs),
  AddressTransferStatus: transferStatus(row, tx.nowMs),
});

export const addressTransferActions = [
  EnableAddressTransfer,
  DisableAddressTransfer,
  AcceptAddressTransfer,
  DescribeAddressTransfers,
] as const;
