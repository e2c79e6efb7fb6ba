/**
 * Transfers of Elastic IPs between accounts, within one Region: offered, taken back, accepted, lapsed after seven days.
 *
 * Source: user guide, transfer-EIPs-intro-ec2. That the allocation keeps its id in the other account follows AWS's
 * examples, where both sides show one id (unconfirmed). Sentences are unconfirmed.
 */
import { formatIpv4, type Ipv4 } from '../net/address.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { ownElasticIps } from './public-addresses.ts';
import { quota } from './quotas.ts';
import { associationOf } from './regional-associations.ts';
import { AddressTransfer } from './resources/address-transfer.ts';
import { ElasticIp, PublicAddress } from './resources/elastic-ip.ts';
import { WORLD } from './scope.ts';
import type { Transaction } from './transaction.ts';

const DAY_MS = 86_400_000;
const OFFER_PERIOD_MS = 7 * DAY_MS;
/** How long the source account sees an accepted transfer; that this holds for one that ended otherwise is unconfirmed. */
const SHOWN_MS = 14 * DAY_MS;

/** `disabled` also says that an offer has lapsed (unconfirmed). */
export function transferStatus(transfer: AddressTransfer, nowMs: number): 'pending' | 'accepted' | 'disabled' {
  if (transfer.acceptedAtMs !== undefined) return 'accepted';
  return transfer.disabledAtMs !== undefined || nowMs >= transfer.expiresAtMs ? 'disabled' : 'pending';
}

/** Whether the source account still sees a transfer. */
export const isTransferShown = (transfer: AddressTransfer, nowMs: number): boolean =>
  nowMs < (transfer.acceptedAtMs ?? transfer.disabledAtMs ?? transfer.expiresAtMs) + SHOWN_MS;

/**
 * Offers an Elastic IP to another account; a new offer replaces the old one (unconfirmed).
 * @throws Fault InvalidParameterValue for the own account
 */
export function offerAddress(tx: Transaction, elasticIp: ElasticIp, transferAccountId: string): AddressTransfer {
  if (transferAccountId === tx.account) {
    const reason = 'An address cannot be transferred to the account that owns it.';
    throw new Fault('InvalidParameterValue', { value: transferAccountId, parameter: 'transferAccountId', reason });
  }
  return tx.put(AddressTransfer, {
    id: elasticIp.id,
    publicIp: elasticIp.publicIp,
    transferAccountId,
    expiresAtMs: tx.nowMs + OFFER_PERIOD_MS,
    acceptedAtMs: undefined,
    disabledAtMs: undefined,
  });
}

/** Takes an offer back. @throws Fault InvalidParameterValue where none is pending (code unconfirmed) */
export function withdrawOffer(tx: Transaction, elasticIp: ElasticIp): AddressTransfer {
  const transfer = tx.find(AddressTransfer, elasticIp.id);
  if (!transfer || transferStatus(transfer, tx.nowMs) !== 'pending') {
    throw new Fault(
      'InvalidParameterValue',
      `No transfer of the address with allocation id ${elasticIp.id} is pending.`,
    );
  }
  return tx.update(AddressTransfer, transfer.id, { disabledAtMs: tx.nowMs });
}

/**
 * Takes an address over, without its tags. The caller finds the offer by the address: whose it is, the WORLD knows.
 * @throws Fault InvalidAddress.NotFound where no offer to this account in this Region is pending (code unconfirmed),
 *   AddressLimitExceeded, InvalidTransfer.AddressCustomPtrSet, InvalidTransfer.AddressAssociated
 */
export function acceptAddress(tx: Transaction, address: Ipv4, tags: Tags): AddressTransfer {
  const id = formatIpv4(address);
  const holder = tx.in(WORLD).find(PublicAddress, id);
  if (!holder || holder.region !== tx.region) throw new Fault('InvalidAddress.NotFound', { id });
  const source = tx.in({ account: holder.account, region: holder.region });
  const [elasticIp] = source.by(ElasticIp, 'publicIp', id);
  const transfer = elasticIp && source.find(AddressTransfer, elasticIp.id);
  const isOffered = transfer?.transferAccountId === tx.account && transferStatus(transfer, tx.nowMs) === 'pending';
  if (!elasticIp || !isOffered) throw new Fault('InvalidAddress.NotFound', { id });
  if (ownElasticIps(tx) >= quota(tx, 'elasticIpsPerRegion')) throw new Fault('AddressLimitExceeded');
  refuseBound(source, elasticIp);
  source.remove(ElasticIp, elasticIp.id);
  tx.put(ElasticIp, { ...elasticIp, tags });
  tx.in(WORLD).put(PublicAddress, { id, account: tx.account, region: tx.region });
  return source.update(AddressTransfer, transfer.id, { acceptedAtMs: tx.nowMs });
}

function refuseBound(tx: Transaction, elasticIp: ElasticIp): void {
  const { publicIp, ptrRecord } = elasticIp;
  const address = formatIpv4(publicIp);
  if (ptrRecord !== undefined) {
    throw new Fault('InvalidTransfer.AddressCustomPtrSet', `The address ${address} has a reverse DNS record.`);
  }
  if (associationOf(tx, elasticIp)) {
    throw new Fault('InvalidTransfer.AddressAssociated', `The address ${address} is associated with a resource.`);
  }
}

/** Ends an offer whose address is given back. */
export function forgetOffer(tx: Transaction, { id }: Pick<ElasticIp, 'id'>): void {
  const transfer = tx.find(AddressTransfer, id);
  if (transfer && transferStatus(transfer, tx.nowMs) === 'pending') tx.remove(AddressTransfer, id);
}
