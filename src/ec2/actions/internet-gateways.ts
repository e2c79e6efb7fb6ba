/** Internet gateways and egress-only internet gateways: create, attach, detach, delete, describe. */
import type * as sdk from '@aws-sdk/client-ec2';
import {
  attachInternetGateway,
  createEgressOnlyInternetGateway,
  createInternetGateway,
  deleteEgressOnlyInternetGateway,
  deleteInternetGateway,
  detachInternetGateway,
} from '../../model/internet-gateway-attachment.ts';
import { EgressOnlyInternetGateway, InternetGateway } from '../../model/resources/internet-gateway.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { describe } from '../describe.ts';
import type { Rendered } from '../operation.ts';
import { describeTags } from '../tag-set.ts';

/** CreateInternetGateway. */
export const CreateInternetGateway = action('CreateInternetGateway', (request, tx) => {
  const gateway = createInternetGateway(tx, tagsOf(request.TagSpecifications, 'internet-gateway'));
  return { InternetGateway: describeInternetGateway(gateway, tx) };
});

/** AttachInternetGateway. */
export const AttachInternetGateway = action('AttachInternetGateway', (request, tx) => {
  const gateway = tx.get(InternetGateway, request.InternetGatewayId);
  attachInternetGateway(tx, gateway, tx.get(Vpc, request.VpcId));
});

/** DetachInternetGateway. */
export const DetachInternetGateway = action('DetachInternetGateway', (request, tx) => {
  const gateway = tx.get(InternetGateway, request.InternetGatewayId);
  detachInternetGateway(tx, gateway, tx.get(Vpc, request.VpcId));
});

/** DeleteInternetGateway. */
export const DeleteInternetGateway = action('DeleteInternetGateway', (request, tx) => {
  deleteInternetGateway(tx, tx.get(InternetGateway, request.InternetGatewayId));
});

/** An internet gateway as the API shows it. */
export const describeInternetGateway = (row: InternetGateway, tx: Transaction): Rendered<sdk.InternetGateway> => ({
  InternetGatewayId: row.id,
  OwnerId: tx.account,
  Attachments: row.vpcId === undefined ? [] : [{ VpcId: row.vpcId, State: 'available' }],
  Tags: describeTags(row.tags),
});

/** DescribeInternetGateways. */
export const DescribeInternetGateways = describe('DescribeInternetGateways', 'InternetGateways', {
  kind: InternetGateway,
  ids: 'InternetGatewayIds',
  filters: {
    'attachment.state': (row) => (row.vpcId === undefined ? undefined : 'available'),
    'attachment.vpc-id': (row) => row.vpcId,
    'internet-gateway-id': (row) => row.id,
    'owner-id': (_row, tx) => tx.account,
  },
  render: describeInternetGateway,
});

/** CreateEgressOnlyInternetGateway. */
export const CreateEgressOnlyInternetGateway = action('CreateEgressOnlyInternetGateway', (request, tx) => {
  const tags = tagsOf(request.TagSpecifications, 'egress-only-internet-gateway');
  const gateway = createEgressOnlyInternetGateway(tx, tx.get(Vpc, request.VpcId), tags);
  return {
    ClientToken: request.ClientToken,
    EgressOnlyInternetGateway: describeEgressOnlyInternetGateway(gateway),
  };
});

/** DeleteEgressOnlyInternetGateway. */
export const DeleteEgressOnlyInternetGateway = action('DeleteEgressOnlyInternetGateway', (request, tx) => {
  deleteEgressOnlyInternetGateway(tx, tx.get(EgressOnlyInternetGateway, request.EgressOnlyInternetGatewayId).id);
  return { ReturnCode: true };
});

/** An egress-only gateway as the API shows it. */
export const describeEgressOnlyInternetGateway = (row: EgressOnlyInternetGateway): sdk.EgressOnlyInternetGateway => ({
  EgressOnlyInternetGatewayId: row.id,
  Attachments: [{ VpcId: row.vpcId, State: 'attached' }],
  Tags: describeTags(row.tags),
});

/** DescribeEgressOnlyInternetGateways. Its only filters are those of tags. */
export const DescribeEgressOnlyInternetGateways = describe(
  'DescribeEgressOnlyInternetGateways',
  'EgressOnlyInternetGateways',
  {
    kind: EgressOnlyInternetGateway,
    ids: 'EgressOnlyInternetGatewayIds',
    filters: {},
    render: describeEgressOnlyInternetGateway,
  },
);

/** What this file serves. */
export const internetGatewayActions = [
  CreateInternetGateway,
  AttachInternetGateway,
  DetachInternetGateway,
  DeleteInternetGateway,
  DescribeInternetGateways,
  CreateEgressOnlyInternetGateway,
  DeleteEgressOnlyInternetGateway,
  DescribeEgressOnlyInternetGateways,
];
