/** Transit gateways: create, modify, delete, describe. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { arnOf } from '../../model/regions.ts';
import { TransitGateway, TransitGatewayLocation } from '../../model/resources/transit-gateway.ts';
import { WORLD } from '../../model/scope.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import {
  createTransitGateway,
  DEFAULT_ASN,
  deleteTransitGateway,
  modifyTransitGateway,
  ownerOf,
  ownTransitGateway,
} from '../../model/transit-gateway-lifecycle.ts';
import { type Cidr, formatCidr, parseCidr } from '../../net/cidr.ts';
import { action } from '../action.ts';
import { enableOrDisable, isEnabled } from '../choice.ts';
import { describe } from '../describe.ts';
import type { Rendered } from '../operation.ts';
import { describeTags } from '../tag-set.ts';

/** CreateTransitGateway. The answer says `pending`; the next Describe `available`. */
export const CreateTransitGateway = action('CreateTransitGateway', (request, tx) => {
  const { Options: options = {} } = request;
  refuseMulticast(options.MulticastSupport);
  const gateway = createTransitGateway(tx, {
    description: request.Description ?? '',
    options: {
      amazonSideAsn: options.AmazonSideAsn ?? DEFAULT_ASN,
      cidrBlocks: (options.TransitGatewayCidrBlocks ?? []).map(readCidr),
      autoAcceptSharedAttachments:
        isEnabled(options.AutoAcceptSharedAttachments, 'autoAcceptSharedAttachments') ?? false,
      vpnEcmpSupport: isEnabled(options.VpnEcmpSupport, 'vpnEcmpSupport') ?? true,
      dnsSupport: isEnabled(options.DnsSupport, 'dnsSupport') ?? true,
      securityGroupReferencingSupport:
        isEnabled(options.SecurityGroupReferencingSupport, 'securityGroupReferencingSupport') ?? false,
    },
    defaultRouteTableAssociation:
      isEnabled(options.DefaultRouteTableAssociation, 'defaultRouteTableAssociation') ?? true,
    defaultRouteTablePropagation:
      isEnabled(options.DefaultRouteTablePropagation, 'defaultRouteTablePropagation') ?? true,
    tags: tagsOf(request.TagSpecifications, 'transit-gateway'),
  });
  return { TransitGateway: { ...describeTransitGateway(gateway, tx), State: 'pending' } };
});

function refuseMulticast(value: string | undefined): void {
  if (!isEnabled(value, 'multicastSupport')) return;
  throw new Fault('UnsupportedOperation', 'localvpc has no multicast, so no transit gateway can support it.');
}

function readCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr) return cidr;
  throw new Fault('InvalidParameterValue', { value: text, parameter: 'transitGatewayCidrBlocks', reason: '' });
}

/** ModifyTransitGateway. */
export const ModifyTransitGateway = action('ModifyTransitGateway', (request, tx) => {
  const { Options: options = {} } = request;
  const changed = {
    autoAcceptSharedAttachments: isEnabled(options.AutoAcceptSharedAttachments, 'autoAcceptSharedAttachments'),
    vpnEcmpSupport: isEnabled(options.VpnEcmpSupport, 'vpnEcmpSupport'),
    dnsSupport: isEnabled(options.DnsSupport, 'dnsSupport'),
    securityGroupReferencingSupport: isEnabled(
      options.SecurityGroupReferencingSupport,
      'securityGroupReferencingSupport',
    ),
    amazonSideAsn: options.AmazonSideAsn,
  };
  const gateway = modifyTransitGateway(tx, ownTransitGateway(tx, request.TransitGatewayId), {
    description: request.Description,
    options: Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined)),
    addedCidrBlocks: (options.AddTransitGatewayCidrBlocks ?? []).map(readCidr),
    removedCidrBlocks: (options.RemoveTransitGatewayCidrBlocks ?? []).map(readCidr),
    defaultRouteTableAssociation: isEnabled(options.DefaultRouteTableAssociation, 'defaultRouteTableAssociation'),
    associationDefaultRouteTableId: options.AssociationDefaultRouteTableId,
    defaultRouteTablePropagation: isEnabled(options.DefaultRouteTablePropagation, 'defaultRouteTablePropagation'),
    propagationDefaultRouteTableId: options.PropagationDefaultRouteTableId,
  });
  return { TransitGateway: { ...describeTransitGateway(gateway, tx), State: 'modifying' } };
});

/** DeleteTransitGateway. */
export const DeleteTransitGateway = action('DeleteTransitGateway', (request, tx) => {
  const gateway = deleteTransitGateway(tx, ownTransitGateway(tx, request.TransitGatewayId));
  return { TransitGateway: { ...describeTransitGateway(gateway, tx), State: 'deleting' } };
});

const ownerIdOf = (row: TransitGateway, tx: Transaction): string =>
  tx.in(WORLD).find(TransitGatewayLocation, row.id)?.account ?? tx.account;

/** A transit gateway as the API shows it. */
export function describeTransitGateway(row: TransitGateway, tx: Transaction): Rendered<sdk.TransitGateway> {
  const { options } = row;
  const ownerId = ownerIdOf(row, tx);
  return {
    TransitGatewayId: row.id,
    TransitGatewayArn: arnOf({ account: ownerId, region: tx.region }, 'transit-gateway', row.id),
    State: row.state,
    OwnerId: ownerId,
    Description: row.description,
    CreationTime: new Date(row.createdAtMs),
    Options: {
      AmazonSideAsn: options.amazonSideAsn,
      ...(options.cidrBlocks.length > 0 && { TransitGatewayCidrBlocks: options.cidrBlocks.map(formatCidr) }),
      AutoAcceptSharedAttachments: enableOrDisable(options.autoAcceptSharedAttachments),
      DefaultRouteTableAssociation: enableOrDisable(options.associationDefaultRouteTableId !== undefined),
      AssociationDefaultRouteTableId: options.associationDefaultRouteTableId,
      DefaultRouteTablePropagation: enableOrDisable(options.propagationDefaultRouteTableId !== undefined),
      PropagationDefaultRouteTableId: options.propagationDefaultRouteTableId,
      VpnEcmpSupport: enableOrDisable(options.vpnEcmpSupport),
      DnsSupport: enableOrDisable(options.dnsSupport),
      SecurityGroupReferencingSupport: enableOrDisable(options.securityGroupReferencingSupport),
      MulticastSupport: 'disable',
    },
    Tags: describeTags(row.tags),
  };
}

/** Gateways by id, those of other accounts too, since every gateway counts as shared. */
const namedGateways = (
  { TransitGatewayIds: ids }: { readonly TransitGatewayIds?: readonly string[] | undefined },
  tx: Transaction,
): readonly TransitGateway[] | undefined =>
  ids?.map((id) => {
    const location = tx.in(WORLD).find(TransitGatewayLocation, id);
    return (location?.region === tx.region ? ownerOf(tx, location.account) : tx).get(TransitGateway, id);
  });

/** DescribeTransitGateways: the caller's own, and any that is named. */
export const DescribeTransitGateways = describe('DescribeTransitGateways', 'TransitGateways', {
  kind: TransitGateway,
  named: namedGateways,
  filters: {
    'options.amazon-side-asn': (row) => row.options.amazonSideAsn,
    'options.association-default-route-table-id': (row) => row.options.associationDefaultRouteTableId,
    'options.auto-accept-shared-attachments': (row) => enableOrDisable(row.options.autoAcceptSharedAttachments),
    'options.default-route-table-association': (row) =>
      enableOrDisable(row.options.associationDefaultRouteTableId !== undefined),
    'options.default-route-table-propagation': (row) =>
      enableOrDisable(row.options.propagationDefaultRouteTableId !== undefined),
    'options.dns-support': (row) => enableOrDisable(row.options.dnsSupport),
    'options.propagation-default-route-table-id': (row) => row.options.propagationDefaultRouteTableId,
    'options.vpn-ecmp-support': (row) => enableOrDisable(row.options.vpnEcmpSupport),
    'owner-id': ownerIdOf,
    state: (row) => row.state,
    'transit-gateway-id': (row) => row.id,
  },
  render: describeTransitGateway,
});

/** What this file serves. */
export const transitGatewayActions = [
  CreateTransitGateway,
  ModifyTransitGateway,
  DeleteTransitGateway,
  DescribeTransitGateways,
] as const;
