/** What records tell of attachments and of the VPCs behind them, as the model knows it. */
import { loggedAttachments } from '../model/flow-log-lifecycle.ts';
import { inAccount } from '../model/owned.ts';
import { findZone } from '../model/regions.ts';
import type { LoggedAttachments } from '../model/resources/flow-log.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { Subnet } from '../model/resources/subnet.ts';
import { TransitGatewayAttachment } from '../model/resources/transit-gateway.ts';
import type { Transaction } from '../model/transaction.ts';
import type { NetworkInterfaceId, TransitGatewayAttachmentId } from '../net/identifiers.ts';
import { awsServiceOf } from './logged-interfaces.ts';
import type { AttachmentFlow, LoggedAttachment, TransitPlace, TransitPlaces } from './transit-record.ts';

/** The attachments of a flow log that carry packets. */
export const watchedAttachments = (tx: Transaction, resource: LoggedAttachments): readonly LoggedAttachment[] =>
  loggedAttachments(tx, resource)
    .filter(({ state }) => state === 'available')
    .map(({ id, transitGatewayId }) => ({
      attachmentId: id,
      transitGatewayId,
      accountId: tx.account,
      region: tx.region,
    }));

/** Where the packets of a flow came from and went to. */
export const placesOfFlow = (tx: Transaction, { entered, entry, left, exit }: AttachmentFlow): TransitPlaces => ({
  source: placeOf(tx, entered, entry),
  destination: placeOf(tx, left, exit),
  serviceOf: (address) => awsServiceOf(tx, address),
});

/** Behind VPN connections and peerings there is no VPC that this gateway knows. */
function placeOf(
  tx: Transaction,
  attachmentId: TransitGatewayAttachmentId | undefined,
  interfaceId: NetworkInterfaceId | undefined,
): TransitPlace {
  const attachment = attachmentId && tx.find(TransitGatewayAttachment, attachmentId);
  if (attachment?.resource.kind !== 'vpc') {
    return { accountId: undefined, vpcId: undefined, subnetId: undefined, zoneId: undefined };
  }
  const { account, vpcId } = attachment.resource;
  const owner = inAccount(tx, account);
  const subnetId = interfaceId && owner.find(NetworkInterface, interfaceId)?.subnetId;
  const zone = subnetId && owner.find(Subnet, subnetId)?.zone;
  return { accountId: account, vpcId, subnetId, zoneId: zone && findZone(tx.region, zone)?.id };
}
