/** Managed prefix lists: named sets of blocks that security group rules and routes refer to, and their versions. */
import type { Cidr } from '../../net/cidr.ts';
import type { PrefixListId } from '../../net/identifiers.ts';
import { kind, type Row, type TaggedRow } from '../kind.ts';

/** A block of a list. */
export interface PrefixListEntry {
  readonly cidr: Cidr;
  readonly description: string | undefined;
}

export interface PrefixList extends TaggedRow {
  readonly id: PrefixListId;
  /** Twelve digits, or "AWS" for a list of a service, which nobody can change. */
  readonly ownerId: string;
  readonly name: string;
  /** All entries of a list are of one family. */
  readonly addressFamily: 'IPv4' | 'IPv6';
  /** How many entries it may have; counts in full against the quotas of what refers to it. */
  readonly maxEntries: number;
  readonly state: 'create-complete' | 'modify-complete' | 'modify-failed' | 'restore-complete';
  /** Why the last change failed. */
  readonly stateMessage: string | undefined;
  /** 1 for a new list; every change of entries makes the next one. */
  readonly version: number;
  /** Those of the newest version: what references mean. */
  readonly entries: readonly PrefixListEntry[];
}

export const PrefixList = kind<PrefixList>()({
  name: 'prefix-list',
  prefix: 'pl',
  notFound: 'InvalidPrefixListID.NotFound',
  malformed: 'InvalidPrefixListId.Malformed',
});

/** The entries that a list had in one version; a row of its own, so that a change writes no older version again. */
export interface PrefixListVersion extends Row {
  /** See `versionKey`. */
  readonly id: string;
  readonly prefixListId: PrefixListId;
  readonly version: number;
  readonly entries: readonly PrefixListEntry[];
}

export const PrefixListVersion = kind<PrefixListVersion>()({
  name: 'prefix-list-version',
  indexes: { prefixListId: (row) => row.prefixListId },
});

/** Id of a version's row. */
export const versionKey = (id: PrefixListId, version: number): string => `${id}/${version}`;
