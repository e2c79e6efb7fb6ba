/** VPC Block Public Access: an account's mode in a Region, and the VPCs and subnets that it is not to hold for. */
import type { PublicAccessExclusionId, SubnetId, VpcId } from '../../net/identifiers.ts';
import { kind, type Row, type TaggedRow } from '../kind.ts';

/** One row in each Region whose mode was ever set. */
export interface BlockPublicAccessOptions extends Row {
  readonly id: 'block-public-access-options';
  readonly mode: 'off' | 'block-bidirectional' | 'block-ingress';
  readonly updatedAtMs: number;
}

export const BlockPublicAccessOptions = kind<BlockPublicAccessOptions>()({ name: 'block-public-access-options' });

/** A VPC or a subnet that the mode does not hold for, or not for what begins inside. */
export interface PublicAccessExclusion extends TaggedRow {
  readonly id: PublicAccessExclusionId;
  readonly resource: { readonly kind: 'vpc'; readonly id: VpcId } | { readonly kind: 'subnet'; readonly id: SubnetId };
  readonly mode: 'allow-bidirectional' | 'allow-egress';
  readonly createdAtMs: number;
  /** Undefined until its mode is changed. */
  readonly updatedAtMs: number | undefined;
}

export const PublicAccessExclusion = kind<PublicAccessExclusion>()({
  name: 'vpc-block-public-access-exclusion',
  prefix: 'vpcbpa-exclude',
  notFound: 'InvalidVpcBlockPublicAccessExclusionId.NotFound',
  malformed: 'InvalidVpcBlockPublicAccessExclusionId.Malformed',
  indexes: { resourceId: (row) => row.resource.id },
});
