/** VPC Block Public Access: the account's mode, its exclusions, and what both mean for a VPC and a subnet. */
import type { SubnetId, VpcId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { quota } from './quotas.ts';
import { BlockPublicAccessOptions, PublicAccessExclusion } from './resources/block-public-access.ts';
import type { Subnet } from './resources/subnet.ts';
import type { Transaction } from './transaction.ts';

type Mode = BlockPublicAccessOptions['mode'];

/** The account's mode in the Region, and when it was set; undefined where it never was. */
export const blockPublicAccessOptions = (tx: Transaction): BlockPublicAccessOptions | undefined =>
  tx.find(BlockPublicAccessOptions, 'block-public-access-options');

/** Sets the account's mode in the Region. */
export const setBlockMode = (tx: Transaction, mode: Mode): BlockPublicAccessOptions =>
  tx.put(BlockPublicAccessOptions, { id: 'block-public-access-options', mode, updatedAtMs: tx.nowMs });

/** What holds for a VPC as such; its subnets may have exclusions of their own. */
export const blockModeOfVpc = (tx: Transaction, id: VpcId): Mode =>
  withExclusion(blockPublicAccessOptions(tx)?.mode ?? 'off', exclusionOf(tx, id));

/** What holds for a subnet: its own exclusion goes before that of its VPC (unconfirmed). */
export const blockModeOfSubnet = (tx: Transaction, { id, vpcId }: Pick<Subnet, 'id' | 'vpcId'>): Mode =>
  withExclusion(blockPublicAccessOptions(tx)?.mode ?? 'off', exclusionOf(tx, id) ?? exclusionOf(tx, vpcId));

const exclusionOf = (tx: Transaction, id: VpcId | SubnetId): PublicAccessExclusion | undefined =>
  tx.by(PublicAccessExclusion, 'resourceId', id)[0];

/** That an exclusion for egress leaves what the mode `block-ingress` does, NAT and egress-only gateways, is unconfirmed. */
function withExclusion(mode: Mode, exclusion: PublicAccessExclusion | undefined): Mode {
  if (mode === 'off' || exclusion?.mode === 'allow-bidirectional') return 'off';
  return exclusion?.mode === 'allow-egress' ? 'block-ingress' : mode;
}

/**
 * Excludes a VPC or a subnet.
 * @throws Fault ResourceLimitExceeded, InvalidParameterValue for a second exclusion of the same one (both unconfirmed)
 */
export function createExclusion(
  tx: Transaction,
  resource: PublicAccessExclusion['resource'],
  mode: PublicAccessExclusion['mode'],
  tags: Tags,
): PublicAccessExclusion {
  if (exclusionOf(tx, resource.id)) {
    const reason = 'An exclusion for this resource already exists.';
    throw new Fault('InvalidParameterValue', { value: resource.id, parameter: `${resource.kind}Id`, reason });
  }
  if (tx.size(PublicAccessExclusion) >= quota(tx, 'publicAccessExclusionsPerRegion')) {
    throw new Fault(
      'ResourceLimitExceeded',
      'The maximum number of VPC Block Public Access exclusions has been reached.',
    );
  }
  return tx.insert(PublicAccessExclusion, { resource, mode, createdAtMs: tx.nowMs, updatedAtMs: undefined, tags });
}

/** An exclusion ends with what it is about (unconfirmed). */
export function forgetExclusionOf(tx: Transaction, id: VpcId | SubnetId): void {
  for (const exclusion of tx.by(PublicAccessExclusion, 'resourceId', id))
    tx.remove(PublicAccessExclusion, exclusion.id);
}
