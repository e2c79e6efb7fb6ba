/** A placement group: how far apart, or how close together, its instances shall be. */
import type { Id } from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

export type PlacementGroupId = Id<'pg'>;

export const PLACEMENT_STRATEGIES = ['cluster', 'spread', 'partition'] as const;
export type PlacementStrategy = (typeof PLACEMENT_STRATEGIES)[number];

export interface PlacementGroup extends TaggedRow {
  readonly id: PlacementGroupId;
  readonly name: string;
  readonly strategy: PlacementStrategy;
  /** 1 to 7 with the strategy partition, otherwise undefined. */
  readonly partitionCount: number | undefined;
  /** With the strategy spread, otherwise undefined; also in journals from before there were levels, and then `rack`. */
  readonly spreadLevel: 'rack' | 'host' | undefined;
}

export const PlacementGroup = kind<PlacementGroup>()({
  name: 'placement-group',
  prefix: 'pg',
  malformed: 'InvalidPlacementGroupId.Malformed',
  indexes: { name: (row) => row.name },
});
