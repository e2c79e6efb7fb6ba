/** Peering attachments between transit gateways. */
import type * as sdk from '@aws-sdk/client-ec2';
import { TransitGatewayAttachment } from '../../model/resources/transit-gateway.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { isPeeringAttachment } from '../../model/transit-gateway-attachments.ts';
import {
  acceptPeeringAttachment,
  deletePeeringAttachment,
  findPeeringAttachment,
  rejectPeeringAttachment,
  requestPeeringAttachment,
} from '../../model/transit-gateway-peering.ts';
import { action } from '../action.ts';
import { describe } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** CreateTransitGatewayPeeringAttachment. The answer shows the state before the peer's side has looked at it. */
export const CreateTransitGatewayPeeringAttachment = action('CreateTransitGatewayPeeringAttachment', (request, tx) => {
  const row = requestPeeringAttachment(tx, {
    transitGatewayId: request.TransitGatewayId,
    peer: {
      account: request.PeerAccountId,
      region: request.PeerRegion,
      transitGatewayId: request.PeerTransitGatewayId,
    },
    tags: tagsOf(request.TagSpecifications, 'transit-gateway-attachment'),
  });
  return { TransitGatewayPeeringAttachment: describeAs(row, tx, 'initiatingRequest') };
});

/** AcceptTransitGatewayPeeringAttachment. */
export const AcceptTransitGatewayPeeringAttachment = action('AcceptTransitGatewayPeeringAttachment', (request, tx) => {
  const row = acceptPeeringAttachment(tx, findPeeringAttachment(tx, request.TransitGatewayAttachmentId));
  return { TransitGatewayPeeringAttachment: describeAs(row, tx, 'pending') };
});

/** RejectTransitGatewayPeeringAttachment. */
export const RejectTransitGatewayPeeringAttachment = action('RejectTransitGatewayPeeringAttachment', (request, tx) => {
  const row = rejectPeeringAttachment(tx, findPeeringAttachment(tx, request.TransitGatewayAttachmentId));
  return { TransitGatewayPeeringAttachment: describeAs(row, tx, 'rejected') };
});

/** DeleteTransitGatewayPeeringAttachment. */
export const DeleteTransitGatewayPeeringAttachment = action('DeleteTransitGatewayPeeringAttachment', (request, tx) => {
  const row = deletePeeringAttachment(tx, findPeeringAttachment(tx, request.TransitGatewayAttachmentId));
  return { TransitGatewayPeeringAttachment: describeAs(row, tx, 'deleting') };
});

const describePeeringAttachment = (row: TransitGatewayAttachment, tx: Transaction) => describeAs(row, tx, row.state);

function describeAs(
  row: TransitGatewayAttachment,
  tx: Transaction,
  state: sdk.TransitGatewayAttachmentState,
): sdk.TransitGatewayPeeringAttachment {
  const { resource } = row;
  if (resource.kind !== 'peering') throw new Error(`${row.id} is no peering attachment`);
  const here = { TransitGatewayId: row.transitGatewayId, OwnerId: row.transitGatewayOwner, Region: tx.region };
  const there = { TransitGatewayId: resource.transitGatewayId, OwnerId: resource.account, Region: resource.region };
  const isRequester = resource.role === 'requester';
  return {
    TransitGatewayAttachmentId: row.id,
    ...(isRequester &&
      resource.attachmentId !== row.id && { AccepterTransitGatewayAttachmentId: resource.attachmentId }),
    RequesterTgwInfo: isRequester ? here : there,
    AccepterTgwInfo: isRequester ? there : here,
    State: state,
    CreationTime: new Date(row.createdAtMs),
    Tags: describeTags(row.tags),
  };
}

/** DescribeTransitGatewayPeeringAttachments. */
export const DescribeTransitGatewayPeeringAttachments = describe(
  'DescribeTransitGatewayPeeringAttachments',
  'TransitGatewayPeeringAttachments',
  {
    kind: TransitGatewayAttachment,
    ids: 'TransitGatewayAttachmentIds',
    where: isPeeringAttachment,
    filters: {
      'local-owner-id': (_row, tx) => tx.account,
      'remote-owner-id': (row) => row.resource.account,
      state: (row) => row.state,
      'transit-gateway-attachment-id': (row) => row.id,
      'transit-gateway-id': (row) => row.transitGatewayId,
    },
    render: describePeeringAttachment,
  },
);

/** What this file serves. */
export const transitGatewayPeeringActions = [
  CreateTransitGatewayPeeringAttachment,
  AcceptTransitGatewayPeeringAttachment,
  RejectTransitGatewayPeeringAttachment,
  DeleteTransitGatewayPeeringAttachment,
  DescribeTransitGatewayPeeringAttachments,
] as const;
