/** Attachments to transit gateways: of VPCs, and all kinds as one list. */
import type * as sdk from '@aws-sdk/client-ec2';
import { TransitGatewayAttachment } from '../../model/resources/transit-gateway.ts';
import { tagsOf } from '../../model/tags.ts';
import {
  endAttachment,
  findVpcAttachment,
  isVpcAttachment,
  requireState,
} from '../../model/transit-gateway-attachments.ts';
import {
  acceptVpc,
  attachVpc,
  modifyVpcAttachment,
  requireGatewayOwner,
  type VpcAttachmentOptions,
} from '../../model/transit-gateway-vpc-attachments.ts';
import { action } from '../action.ts';
import { enableOrDisable, isEnabled } from '../choice.ts';
import { describe } from '../describe.ts';
import type { RequestOf } from '../operation.ts';
import { describeTags } from '../tag-set.ts';

type Options = NonNullable<RequestOf<'CreateTransitGatewayVpcAttachment'>['Options']>;

/** The options that a request names. */
function readOptions(options: Options = {}): Partial<VpcAttachmentOptions> {
  const read = {
    dnsSupport: isEnabled(options.DnsSupport, 'dnsSupport'),
    securityGroupReferencingSupport: isEnabled(
      options.SecurityGroupReferencingSupport,
      'securityGroupReferencingSupport',
    ),
    ipv6Support: isEnabled(options.Ipv6Support, 'ipv6Support'),
    applianceModeSupport: isEnabled(options.ApplianceModeSupport, 'applianceModeSupport'),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

/** API_CreateTransitGatewayVpcAttachmentRequestOptions. */
const DEFAULT_OPTIONS: VpcAttachmentOptions = {
  dnsSupport: true,
  securityGroupReferencingSupport: true,
  ipv6Support: false,
  applianceModeSupport: false,
};

/** CreateTransitGatewayVpcAttachment. The answer says `pending`, or `pendingAcceptance` where somebody has to accept. */
export const CreateTransitGatewayVpcAttachment = action('CreateTransitGatewayVpcAttachment', (request, tx) => {
  const row = attachVpc(tx, {
    transitGatewayId: request.TransitGatewayId,
    vpcId: request.VpcId,
    subnetIds: request.SubnetIds,
    options: { ...DEFAULT_OPTIONS, ...readOptions(request.Options) },
    tags: tagsOf(request.TagSpecifications, 'transit-gateway-attachment'),
  });
  return { TransitGatewayVpcAttachment: describeChanging(row, row.state === 'available' ? 'pending' : row.state) };
});

/** ModifyTransitGatewayVpcAttachment. */
export const ModifyTransitGatewayVpcAttachment = action('ModifyTransitGatewayVpcAttachment', (request, tx) => {
  const row = modifyVpcAttachment(tx, findVpcAttachment(tx, request.TransitGatewayAttachmentId), {
    addedSubnetIds: request.AddSubnetIds ?? [],
    removedSubnetIds: request.RemoveSubnetIds ?? [],
    options: readOptions(request.Options),
  });
  return { TransitGatewayVpcAttachment: describeChanging(row, 'modifying') };
});

/** AcceptTransitGatewayVpcAttachment. */
export const AcceptTransitGatewayVpcAttachment = action('AcceptTransitGatewayVpcAttachment', (request, tx) => {
  const row = acceptVpc(tx, findVpcAttachment(tx, request.TransitGatewayAttachmentId));
  return { TransitGatewayVpcAttachment: describeChanging(row, 'pending') };
});

/** RejectTransitGatewayVpcAttachment. */
export const RejectTransitGatewayVpcAttachment = action('RejectTransitGatewayVpcAttachment', (request, tx) => {
  const attachment = findVpcAttachment(tx, request.TransitGatewayAttachmentId);
  requireGatewayOwner(tx, attachment);
  requireState(attachment, 'pendingAcceptance');
  return { TransitGatewayVpcAttachment: describeChanging(endAttachment(tx, attachment, 'rejected'), 'rejecting') };
});

/** DeleteTransitGatewayVpcAttachment, by the owner of either side. */
export const DeleteTransitGatewayVpcAttachment = action('DeleteTransitGatewayVpcAttachment', (request, tx) => {
  const attachment = findVpcAttachment(tx, request.TransitGatewayAttachmentId);
  return { TransitGatewayVpcAttachment: describeChanging(endAttachment(tx, attachment, 'deleted'), 'deleting') };
});

/** An attachment of a VPC as the API shows it. */
export function describeVpcAttachment(row: TransitGatewayAttachment): sdk.TransitGatewayVpcAttachment {
  const { resource } = row;
  if (resource.kind !== 'vpc') throw new Error(`${row.id} is no attachment of a VPC`);
  return {
    TransitGatewayAttachmentId: row.id,
    TransitGatewayId: row.transitGatewayId,
    VpcId: resource.vpcId,
    VpcOwnerId: resource.account,
    State: row.state,
    SubnetIds: resource.subnets.map(({ subnetId }) => subnetId),
    CreationTime: new Date(row.createdAtMs),
    Options: {
      DnsSupport: enableOrDisable(resource.dnsSupport),
      SecurityGroupReferencingSupport: enableOrDisable(resource.securityGroupReferencingSupport),
      Ipv6Support: enableOrDisable(resource.ipv6Support),
      ApplianceModeSupport: enableOrDisable(resource.applianceModeSupport),
    },
    Tags: describeTags(row.tags),
  };
}

/** As an answer shows it, before the change is done. */
const describeChanging = (
  row: TransitGatewayAttachment,
  state: sdk.TransitGatewayAttachmentState,
): sdk.TransitGatewayVpcAttachment => ({ ...describeVpcAttachment(row), State: state });

/** DescribeTransitGatewayVpcAttachments: those of the caller's VPCs and to the caller's gateways. */
export const DescribeTransitGatewayVpcAttachments = describe(
  'DescribeTransitGatewayVpcAttachments',
  'TransitGatewayVpcAttachments',
  {
    kind: TransitGatewayAttachment,
    ids: 'TransitGatewayAttachmentIds',
    where: isVpcAttachment,
    filters: {
      state: (row) => row.state,
      'transit-gateway-attachment-id': (row) => row.id,
      'transit-gateway-id': (row) => row.transitGatewayId,
      'vpc-id': ({ resource }) => (resource.kind === 'vpc' ? resource.vpcId : undefined),
    },
    render: describeVpcAttachment,
  },
);

function resourceId(resource: TransitGatewayAttachment['resource']): string {
  if (resource.kind === 'vpc') return resource.vpcId;
  return resource.kind === 'vpn' ? resource.vpnConnectionId : resource.transitGatewayId;
}

/** What is attached, as several calls show it. */
export const describeResource = ({ id, resource }: TransitGatewayAttachment) => ({
  TransitGatewayAttachmentId: id,
  ResourceId: resourceId(resource),
  ResourceType: resource.kind,
});

const describeAttachment = (row: TransitGatewayAttachment): sdk.TransitGatewayAttachment => ({
  ...describeResource(row),
  TransitGatewayId: row.transitGatewayId,
  TransitGatewayOwnerId: row.transitGatewayOwner,
  ResourceOwnerId: row.resource.account,
  State: row.state,
  Association:
    row.associatedRouteTableId === undefined
      ? undefined
      : { TransitGatewayRouteTableId: row.associatedRouteTableId, State: 'associated' },
  CreationTime: new Date(row.createdAtMs),
  Tags: describeTags(row.tags),
});

/** Filters of what is attached, which several calls have. */
export const RESOURCE_FILTERS = {
  'resource-id': (row: TransitGatewayAttachment) => describeResource(row).ResourceId,
  'resource-type': (row: TransitGatewayAttachment) => row.resource.kind,
  'transit-gateway-attachment-id': (row: TransitGatewayAttachment) => row.id,
} as const;

/** DescribeTransitGatewayAttachments. */
export const DescribeTransitGatewayAttachments = describe(
  'DescribeTransitGatewayAttachments',
  'TransitGatewayAttachments',
  {
    kind: TransitGatewayAttachment,
    ids: 'TransitGatewayAttachmentIds',
    filters: {
      ...RESOURCE_FILTERS,
      'association.state': (row) => (row.associatedRouteTableId === undefined ? undefined : 'associated'),
      'association.transit-gateway-route-table-id': (row) => row.associatedRouteTableId,
      'resource-owner-id': (row) => row.resource.account,
      state: (row) => row.state,
      'transit-gateway-id': (row) => row.transitGatewayId,
      'transit-gateway-owner-id': (row) => row.transitGatewayOwner,
    },
    render: describeAttachment,
  },
);

/** What this file serves. */
export const transitGatewayAttachmentActions = [
  CreateTransitGatewayVpcAttachment,
  ModifyTransitGatewayVpcAttachment,
  AcceptTransitGatewayVpcAttachment,
  RejectTransitGatewayVpcAttachment,
  DeleteTransitGatewayVpcAttachment,
  DescribeTransitGatewayVpcAttachments,
  DescribeTransitGatewayAttachments,
] as const;
