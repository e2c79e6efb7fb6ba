/** VPCs attached to transit gateways: one interface in one subnet of each zone, by which packets leave and enter. */
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { createServiceInterface } from './network-interface-creation.ts';
import { Subnet } from './resources/subnet.ts';
import { type AttachedVpc, TransitGatewayAttachment, type TransitGatewaySubnet } from './resources/transit-gateway.ts';
import { cidrsOfVpc, Vpc } from './resources/vpc.ts';
import type { Transaction } from './transaction.ts';
import {
  defaultTables,
  refuseTooManyAttachments,
  removeInterfaces,
  requireState,
  updateAttachment,
  type VpcAttachment,
} from './transit-gateway-attachments.ts';
import { anyTransitGateway, isStanding, ownerOf, ownTransitGateway } from './transit-gateway-lifecycle.ts';

/** The options of a VPC's attachment. */
export type VpcAttachmentOptions = Pick<
  AttachedVpc,
  'dnsSupport' | 'securityGroupReferencingSupport' | 'ipv6Support' | 'applianceModeSupport'
>;

/** What CreateTransitGatewayVpcAttachment says. */
export interface VpcAttachmentSpec {
  readonly transitGatewayId: string | undefined;
  readonly vpcId: string | undefined;
  readonly subnetIds: readonly string[];
  readonly options: VpcAttachmentOptions;
  readonly tags: Tags;
}

/** Who AWS says made the interface. That it is this text is unconfirmed. */
const REQUESTER = 'amazon-aws';

/**
 * Attaches a VPC: available at once to a gateway of the same account or one that accepts by itself, else when its owner
 * accepts.
 * @throws Fault DuplicateTransitGatewayAttachment, DuplicateSubnetsInSameZone, InvalidSubnet, those of unknown ids
 */
export function attachVpc(tx: Transaction, spec: VpcAttachmentSpec): TransitGatewayAttachment {
  const { gateway, owner } = anyTransitGateway(tx, spec.transitGatewayId);
  const vpc = tx.get(Vpc, spec.vpcId);
  const subnets = subnetsOf(tx, vpc, spec.subnetIds);
  checkIpv6(subnets, spec.options);
  const standing = tx.by(TransitGatewayAttachment, 'vpcId', vpc.id).filter(isStanding);
  if (standing.some((other) => other.transitGatewayId === gateway.id)) {
    throw new Fault('DuplicateTransitGatewayAttachment', { id: gateway.id });
  }
  refuseTooManyAttachments(owner, gateway);
  const row = tx.insert(TransitGatewayAttachment, {
    transitGatewayId: gateway.id,
    transitGatewayOwner: owner.account,
    state: 'pendingAcceptance',
    createdAtMs: tx.nowMs,
    deletedAtMs: undefined,
    resource: {
      kind: 'vpc',
      account: tx.account,
      vpcId: vpc.id,
      cidrs: cidrsOfVpc(vpc),
      subnets: subnets.map(({ id }) => ({ subnetId: id, networkInterfaceId: undefined })),
      ...spec.options,
    },
    associatedRouteTableId: undefined,
    propagatedRouteTableIds: [],
    tags: spec.tags,
  });
  if (owner !== tx) owner.put(TransitGatewayAttachment, { ...row, tags: {} });
  const isOwn = owner === tx || gateway.options.autoAcceptSharedAttachments;
  return isOwn ? becomeAvailable(tx, row) : row;
}

/** Accepts an attachment, as the owner of the gateway. @throws Fault IncorrectState, OperationNotPermitted (unconfirmed) */
export function acceptVpc(tx: Transaction, row: VpcAttachment): TransitGatewayAttachment {
  requireGatewayOwner(tx, row);
  requireState(row, 'pendingAcceptance');
  return becomeAvailable(tx, row);
}

/** Only the gateway's account accepts and rejects. Code and sentence are unconfirmed. */
export function requireGatewayOwner(tx: Transaction, row: TransitGatewayAttachment): void {
  if (row.transitGatewayOwner === tx.account) return;
  throw new Fault('OperationNotPermitted', `User (${tx.account}) does not own the transit gateway of ${row.id}.`);
}

function becomeAvailable(tx: Transaction, row: TransitGatewayAttachment): TransitGatewayAttachment {
  if (row.resource.kind !== 'vpc') return row;
  const vpcOwner = ownerOf(tx, row.resource.account);
  const gateway = ownTransitGateway(ownerOf(tx, row.transitGatewayOwner), row.transitGatewayId);
  const subnets = row.resource.subnets.map(({ subnetId }) =>
    withInterface(vpcOwner, row, vpcOwner.get(Subnet, subnetId)),
  );
  return updateAttachment(tx, row, {
    state: 'available',
    resource: { ...row.resource, subnets },
    ...defaultTables(gateway, 'vpc'),
  });
}

function withInterface(tx: Transaction, row: TransitGatewayAttachment, subnet: Subnet): TransitGatewaySubnet {
  const { id } = createServiceInterface(tx, {
    subnet,
    description: `Network Interface for Transit Gateway Attachment ${row.id}`,
    interfaceType: 'transit_gateway',
    requesterId: REQUESTER,
  });
  return { subnetId: subnet.id, networkInterfaceId: id };
}

/** What ModifyTransitGatewayVpcAttachment changes: undefined stays. */
export interface VpcAttachmentChange {
  readonly addedSubnetIds: readonly string[];
  readonly removedSubnetIds: readonly string[];
  readonly options: Partial<VpcAttachmentOptions>;
}

/**
 * Changes subnets and options of an attachment, as the VPC's owner.
 * @throws Fault IncorrectState, InvalidSubnet, DuplicateSubnetsInSameZone, InvalidParameterValue when no subnet would stay
 */
export function modifyVpcAttachment(
  tx: Transaction,
  row: VpcAttachment,
  change: VpcAttachmentChange,
): TransitGatewayAttachment {
  requireState(row, 'available');
  if (row.resource.account !== tx.account) {
    throw new Fault('OperationNotPermitted', `User (${tx.account}) does not own the VPC of ${row.id}.`);
  }
  const { resource } = row;
  const isRemoved = ({ subnetId }: TransitGatewaySubnet): boolean => change.removedSubnetIds.includes(subnetId);
  const missing = change.removedSubnetIds.find((id) => !resource.subnets.some(({ subnetId }) => subnetId === id));
  if (missing !== undefined) throw new Fault('InvalidSubnetID.NotFound', { id: missing });
  const kept = resource.subnets.filter((one) => !isRemoved(one));
  const ids = [...kept.map(({ subnetId }) => subnetId), ...change.addedSubnetIds];
  const subnets = subnetsOf(tx, tx.get(Vpc, resource.vpcId), ids);
  const options = { ...resource, ...change.options };
  checkIpv6(subnets, options);
  removeInterfaces(tx, { subnets: resource.subnets.filter(isRemoved) });
  const added = subnets.slice(kept.length).map((subnet) => withInterface(tx, row, subnet));
  return updateAttachment(tx, row, { resource: { ...options, subnets: [...kept, ...added] } });
}

/** The subnets of these ids: of the VPC, with IPv4, one in each zone. The sentences are unconfirmed. */
function subnetsOf(tx: Transaction, vpc: Vpc, ids: readonly string[]): readonly Subnet[] {
  if (ids.length === 0) throw new Fault('InvalidParameterValue', 'At least one subnet is required.');
  const subnets = ids.map((id) => tx.get(Subnet, id));
  for (const [index, { id, vpcId, zone, ipv6Native }] of subnets.entries()) {
    if (vpcId !== vpc.id) throw new Fault('InvalidSubnetID.NotFound', { id });
    if (ipv6Native) throw new Fault('InvalidSubnet', `The subnet ${id} is IPv6-only.`);
    if (subnets.slice(0, index).some((other) => other.zone === zone)) {
      throw new Fault('DuplicateSubnetsInSameZone', 'Duplicate Subnets for same AZ');
    }
  }
  return subnets;
}

/** Code and sentence are unconfirmed. */
function checkIpv6(subnets: readonly Subnet[], { ipv6Support }: VpcAttachmentOptions): void {
  const without = ipv6Support ? subnets.find(({ ipv6CidrBlocks }) => ipv6CidrBlocks.length === 0) : undefined;
  if (!without) return;
  throw new Fault('InvalidParameterValue', `The subnet ${without.id} has no IPv6 CIDR block for IPv6 support.`);
}
