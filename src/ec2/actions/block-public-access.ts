/** VPC Block Public Access: the account's mode, and exclusions of VPCs and subnets. */
import type * as sdk from '@aws-sdk/client-ec2';
import { blockPublicAccessOptions, createExclusion, setBlockMode } from '../../model/block-public-access.ts';
import { Fault } from '../../model/fault.ts';
import { arnOf } from '../../model/regions.ts';
import { PublicAccessExclusion } from '../../model/resources/block-public-access.ts';
import { Subnet } from '../../model/resources/subnet.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** ModifyVpcBlockPublicAccessOptions: in force when it answers, though it answers, as AWS does, that it will be. */
export const ModifyVpcBlockPublicAccessOptions = action('ModifyVpcBlockPublicAccessOptions', (request, tx) => {
  const modes = ['off', 'block-bidirectional', 'block-ingress'] as const;
  setBlockMode(tx, choice(request.InternetGatewayBlockMode, modes, 'internetGatewayBlockMode') ?? 'off');
  return { VpcBlockPublicAccessOptions: { ...describeOptions(tx), State: 'update-in-progress' } };
});

/** DescribeVpcBlockPublicAccessOptions. */
export const DescribeVpcBlockPublicAccessOptions = action('DescribeVpcBlockPublicAccessOptions', (_request, tx) => ({
  VpcBlockPublicAccessOptions: describeOptions(tx),
}));

/** There are no Organizations here, so the account itself manages its mode. */
function describeOptions(tx: Transaction): sdk.VpcBlockPublicAccessOptions {
  const options = blockPublicAccessOptions(tx);
  return {
    AwsAccountId: tx.account,
    AwsRegion: tx.region,
    State: options ? 'update-complete' : 'default-state',
    InternetGatewayBlockMode: options?.mode ?? 'off',
    LastUpdateTimestamp: options && new Date(options.updatedAtMs),
    ManagedBy: 'account',
    ExclusionsAllowed: 'allowed',
  };
}

/** CreateVpcBlockPublicAccessExclusion. */
export const CreateVpcBlockPublicAccessExclusion = action('CreateVpcBlockPublicAccessExclusion', (request, tx) => {
  const tags = tagsOf(request.TagSpecifications, 'vpc-block-public-access-exclusion');
  const exclusion = createExclusion(tx, excluded(request, tx), exclusionMode(request), tags);
  return { VpcBlockPublicAccessExclusion: describeExclusion(exclusion, tx, 'create-in-progress') };
});

/** The sentences are unconfirmed. */
function excluded(
  { VpcId: vpcId, SubnetId: subnetId }: { readonly VpcId?: string | undefined; readonly SubnetId?: string | undefined },
  tx: Transaction,
): PublicAccessExclusion['resource'] {
  if (vpcId !== undefined && subnetId !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: 'vpcId', other: 'subnetId' });
  }
  if (vpcId !== undefined) return { kind: 'vpc', id: tx.get(Vpc, vpcId).id };
  if (subnetId !== undefined) return { kind: 'subnet', id: tx.get(Subnet, subnetId).id };
  throw new Fault('MissingParameter', { parameter: 'vpcId or subnetId' });
}

const exclusionMode = (request: {
  readonly InternetGatewayExclusionMode?: string | undefined;
}): PublicAccessExclusion['mode'] =>
  choice(
    request.InternetGatewayExclusionMode,
    ['allow-bidirectional', 'allow-egress'],
    'internetGatewayExclusionMode',
  ) ?? 'allow-bidirectional';

/** ModifyVpcBlockPublicAccessExclusion. */
export const ModifyVpcBlockPublicAccessExclusion = action('ModifyVpcBlockPublicAccessExclusion', (request, tx) => {
  const { id } = tx.get(PublicAccessExclusion, request.ExclusionId);
  const change = { mode: exclusionMode(request), updatedAtMs: tx.nowMs };
  const exclusion = tx.update(PublicAccessExclusion, id, change);
  return { VpcBlockPublicAccessExclusion: describeExclusion(exclusion, tx, 'update-in-progress') };
});

/** DeleteVpcBlockPublicAccessExclusion: it is gone at once (AWS shows it as deleted for a while). */
export const DeleteVpcBlockPublicAccessExclusion = action('DeleteVpcBlockPublicAccessExclusion', (request, tx) => {
  const exclusion = tx.get(PublicAccessExclusion, request.ExclusionId);
  tx.remove(PublicAccessExclusion, exclusion.id);
  return { VpcBlockPublicAccessExclusion: describeExclusion(exclusion, tx, 'delete-in-progress') };
});

const stateOf = ({ updatedAtMs }: PublicAccessExclusion): sdk.VpcBlockPublicAccessExclusionState =>
  updatedAtMs === undefined ? 'create-complete' : 'update-complete';

const resourceArn = ({ resource }: PublicAccessExclusion, tx: Transaction): string =>
  arnOf(tx, resource.kind, resource.id);

const describeExclusion = (
  row: PublicAccessExclusion,
  tx: Transaction,
  state: sdk.VpcBlockPublicAccessExclusionState = stateOf(row),
): sdk.VpcBlockPublicAccessExclusion => ({
  ExclusionId: row.id,
  InternetGatewayExclusionMode: row.mode,
  ResourceArn: resourceArn(row, tx),
  State: state,
  CreationTimestamp: new Date(row.createdAtMs),
  LastUpdateTimestamp: new Date(row.updatedAtMs ?? row.createdAtMs),
  Tags: describeTags(row.tags),
});

/** DescribeVpcBlockPublicAccessExclusions. */
export const DescribeVpcBlockPublicAccessExclusions = describe(
  'DescribeVpcBlockPublicAccessExclusions',
  'VpcBlockPublicAccessExclusions',
  {
    kind: PublicAccessExclusion,
    ids: 'ExclusionIds',
    filters: {
      'internet-gateway-exclusion-mode': (row) => row.mode,
      'resource-arn': resourceArn,
      state: stateOf,
    },
    render: (row, tx) => describeExclusion(row, tx),
  },
);

/** What this file serves. */
export const blockPublicAccessActions = [
  ModifyVpcBlockPublicAccessOptions,
  DescribeVpcBlockPublicAccessOptions,
  CreateVpcBlockPublicAccessExclusion,
  ModifyVpcBlockPublicAccessExclusion,
  DeleteVpcBlockPublicAccessExclusion,
  DescribeVpcBlockPublicAccessExclusions,
] as const;
