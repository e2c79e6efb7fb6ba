/** Placement groups. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import {
  createPlacementGroup,
  deletePlacementGroup,
  placementGroupNamed,
  placementGroupWithId,
} from '../../model/placement-groups.ts';
import { regionNamed } from '../../model/regions.ts';
import { PLACEMENT_STRATEGIES, PlacementGroup } from '../../model/resources/placement-group.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { compileFilters, type FilterTable } from '../filter.ts';
import { describeTags } from '../tag-set.ts';

const arnOf = ({ name }: PlacementGroup, tx: Transaction): string =>
  `arn:${regionNamed(tx.region).partition.name}:ec2:${tx.region}:${tx.account}:placement-group/${name}`;

const spreadLevelOf = ({ strategy, spreadLevel }: PlacementGroup) =>
  strategy === 'spread' ? (spreadLevel ?? 'rack') : undefined;

/** A group as DescribePlacementGroups shows it. */
export const describePlacementGroup = (row: PlacementGroup, tx: Transaction): sdk.PlacementGroup => ({
  GroupName: row.name,
  GroupId: row.id,
  GroupArn: arnOf(row, tx),
  State: 'available',
  Strategy: row.strategy,
  PartitionCount: row.partitionCount,
  SpreadLevel: spreadLevelOf(row),
  Tags: describeTags(row.tags),
});

/** CreatePlacementGroup. That the strategy defaults to cluster is unconfirmed. */
export const CreatePlacementGroup = action('CreatePlacementGroup', (request, tx) => {
  if (request.LinkedGroupId ?? request.ParentGroupId ?? request.Operator) {
    throw new Fault('UnsupportedOperation', 'localvpc serves neither linked placement groups nor operators.');
  }
  const group = createPlacementGroup(tx, {
    name: request.GroupName,
    strategy: choice(request.Strategy, PLACEMENT_STRATEGIES, 'strategy') ?? 'cluster',
    partitionCount: request.PartitionCount,
    spreadLevel: choice(request.SpreadLevel, ['rack', 'host'], 'spreadLevel'),
    tags: tagsOf(request.TagSpecifications, 'placement-group'),
  });
  return { PlacementGroup: describePlacementGroup(group, tx) };
});

/** DeletePlacementGroup. */
export const DeletePlacementGroup = action('DeletePlacementGroup', (request, tx) =>
  deletePlacementGroup(tx, request.GroupName),
);

const filters: FilterTable<PlacementGroup> = {
  'group-arn': arnOf,
  'group-name': (row) => row.name,
  'spread-level': spreadLevelOf,
  state: () => 'available',
  strategy: (row) => row.strategy,
};

/** DescribePlacementGroups. It has no pages. */
export const DescribePlacementGroups = action('DescribePlacementGroups', (request, tx) => {
  const { GroupNames: names, GroupIds: ids } = request;
  const holds = compileFilters(request.Filters, filters);
  const named = [
    ...(names ?? []).map((name) => placementGroupNamed(tx, name)),
    ...(ids ?? []).map((id) => placementGroupWithId(tx, id)),
  ];
  const rows = names || ids ? [...new Set(named)] : tx.list(PlacementGroup);
  return { PlacementGroups: rows.filter((row) => holds(row, tx)).map((row) => describePlacementGroup(row, tx)) };
});

export const placementGroupActions = [CreatePlacementGroup, DeletePlacementGroup, DescribePlacementGroups] as const;
