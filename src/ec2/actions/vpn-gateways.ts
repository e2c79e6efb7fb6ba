/** Virtual private gateways: create, attach, detach, delete, describe, and the propagation of their routes. */
import type * as sdk from '@aws-sdk/client-ec2';
import { RouteTable } from '../../model/resources/route-table.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { VpnGateway } from '../../model/resources/vpn.ts';
import { tagsOf } from '../../model/tags.ts';
import {
  attachVpnGateway,
  createVpnGateway,
  DEFAULT_VPN_ASN,
  deleteVpnGateway,
  detachVpnGateway,
  disablePropagation,
  enablePropagation,
  findVpnGateway,
} from '../../model/vpn-gateway-lifecycle.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** CreateVpnGateway. */
export const CreateVpnGateway = action('CreateVpnGateway', (request, tx) => {
  choice(request.Type, ['ipsec.1'], 'type');
  const gateway = createVpnGateway(tx, {
    amazonSideAsn: request.AmazonSideAsn ?? DEFAULT_VPN_ASN,
    zone: request.AvailabilityZone,
    tags: tagsOf(request.TagSpecifications, 'vpn-gateway'),
  });
  return { VpnGateway: describeVpnGateway(gateway) };
});

/** AttachVpnGateway. */
export const AttachVpnGateway = action('AttachVpnGateway', (request, tx) => {
  const vpc = tx.get(Vpc, request.VpcId);
  attachVpnGateway(tx, findVpnGateway(tx, request.VpnGatewayId), vpc);
  return { VpcAttachment: { VpcId: vpc.id, State: 'attaching' } };
});

/** DetachVpnGateway. */
export const DetachVpnGateway = action('DetachVpnGateway', (request, tx) => {
  detachVpnGateway(tx, findVpnGateway(tx, request.VpnGatewayId), tx.get(Vpc, request.VpcId));
});

/** DeleteVpnGateway. */
export const DeleteVpnGateway = action('DeleteVpnGateway', (request, tx) => {
  deleteVpnGateway(tx, findVpnGateway(tx, request.VpnGatewayId));
});

/** EnableVgwRoutePropagation. */
export const EnableVgwRoutePropagation = action('EnableVgwRoutePropagation', (request, tx) => {
  enablePropagation(tx, findVpnGateway(tx, request.GatewayId), tx.get(RouteTable, request.RouteTableId));
});

/** DisableVgwRoutePropagation. */
export const DisableVgwRoutePropagation = action('DisableVgwRoutePropagation', (request, tx) => {
  disablePropagation(tx, findVpnGateway(tx, request.GatewayId), tx.get(RouteTable, request.RouteTableId));
});

/**
 * An attachment that ended stays with the state "detached", in which Ansible's ec2_vpc_vgw waits for it (and which Terraform's
 * provider leaves out: hashicorp/terraform#6987). That it goes with the next attachment is unconfirmed.
 */
function describeAttachments({ vpcId, detachedVpcId }: VpnGateway): sdk.VpcAttachment[] {
  if (vpcId !== undefined) return [{ VpcId: vpcId, State: 'attached' }];
  return detachedVpcId === undefined ? [] : [{ VpcId: detachedVpcId, State: 'detached' }];
}

/** A virtual private gateway as the API shows it. */
export const describeVpnGateway = (row: VpnGateway): sdk.VpnGateway => ({
  VpnGatewayId: row.id,
  State: row.state,
  Type: 'ipsec.1',
  AmazonSideAsn: row.amazonSideAsn,
  AvailabilityZone: row.zone,
  VpcAttachments: describeAttachments(row),
  Tags: describeTags(row.tags),
});

/** DescribeVpnGateways. */
export const DescribeVpnGateways = describe('DescribeVpnGateways', 'VpnGateways', {
  kind: VpnGateway,
  ids: 'VpnGatewayIds',
  filters: {
    'amazon-side-asn': (row) => row.amazonSideAsn,
    'attachment.state': (row) => describeAttachments(row).map(({ State }) => State),
    'attachment.vpc-id': (row) => describeAttachments(row).map(({ VpcId }) => VpcId),
    'availability-zone': (row) => row.zone,
    state: (row) => row.state,
    type: () => 'ipsec.1',
    'vpn-gateway-id': (row) => row.id,
  },
  render: describeVpnGateway,
});

/** What this file serves. */
export const vpnGatewayActions = [
  CreateVpnGateway,
  AttachVpnGateway,
  DetachVpnGateway,
  DeleteVpnGateway,
  EnableVgwRoutePropagation,
  DisableVgwRoutePropagation,
  DescribeVpnGateways,
] as const;
