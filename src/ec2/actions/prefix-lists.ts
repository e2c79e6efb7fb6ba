/** Managed prefix lists: create, change, restore, delete, describe, and what refers to them. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import type { Row } from '../../model/kind.ts';
import {
  createPrefixList,
  deletePrefixList,
  entriesOf,
  modifyPrefixList,
  restorePrefixListVersion,
} from '../../model/prefix-list-lifecycle.ts';
import { referencesTo } from '../../model/prefix-lists.ts';
import { arnOf } from '../../model/regions.ts';
import { PrefixList } from '../../model/resources/prefix-list.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatCidr } from '../../net/cidr.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import { type PageRequest, paginate } from '../paginate.ts';
import { describeTags } from '../tag-set.ts';

/** CreateManagedPrefixList. Answers say that the work is under way, as AWS's do; the next Describe that it is done. */
export const CreateManagedPrefixList = action('CreateManagedPrefixList', (request, tx) => {
  const addressFamily = choice(request.AddressFamily, ['IPv4', 'IPv6'], 'addressFamily') ?? 'IPv4';
  const list = createPrefixList(tx, {
    name: request.PrefixListName,
    addressFamily,
    maxEntries: request.MaxEntries,
    entries: request.Entries ?? [],
    tags: tagsOf(request.TagSpecifications, 'prefix-list'),
  });
  return { PrefixList: describeAs(list, tx, 'create-in-progress') };
});

/** ModifyManagedPrefixList. */
export const ModifyManagedPrefixList = action('ModifyManagedPrefixList', (request, tx) => {
  if (request.IpamPrefixListResolverSyncEnabled) {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve IPAM prefix list resolvers.');
  }
  const list = modifyPrefixList(tx, tx.get(PrefixList, request.PrefixListId), {
    currentVersion: request.CurrentVersion,
    name: request.PrefixListName,
    maxEntries: request.MaxEntries,
    add: request.AddEntries ?? [],
    remove: (request.RemoveEntries ?? []).map((entry) => entry.Cidr),
  });
  return { PrefixList: describeAs(list, tx, 'modify-in-progress') };
});

/** RestoreManagedPrefixListVersion. */
export const RestoreManagedPrefixListVersion = action('RestoreManagedPrefixListVersion', (request, tx) => {
  const versions = { previous: request.PreviousVersion, current: request.CurrentVersion };
  const list = restorePrefixListVersion(tx, tx.get(PrefixList, request.PrefixListId), versions);
  return { PrefixList: describeAs(list, tx, 'restore-in-progress') };
});

/** DeleteManagedPrefixList. */
export const DeleteManagedPrefixList = action('DeleteManagedPrefixList', (request, tx) => {
  const list = tx.get(PrefixList, request.PrefixListId);
  deletePrefixList(tx, list);
  return { PrefixList: describeAs(list, tx, 'delete-in-progress') };
});

/** A list as the API shows it. */
export const describeManagedPrefixList = (row: PrefixList, tx: Transaction): sdk.ManagedPrefixList =>
  describeAs(row, tx, row.state);

const describeAs = (row: PrefixList, tx: Transaction, state: sdk.PrefixListState): sdk.ManagedPrefixList => ({
  PrefixListId: row.id,
  PrefixListArn: arnOf({ account: row.ownerId.toLowerCase(), region: tx.region }, 'prefix-list', row.id),
  PrefixListName: row.name,
  AddressFamily: row.addressFamily,
  State: state,
  StateMessage: row.stateMessage,
  // Of a service's list AWS shows neither; what it counts for in rules is its weight.
  ...(row.ownerId !== 'AWS' && { MaxEntries: row.maxEntries, Version: row.version }),
  OwnerId: row.ownerId,
  Tags: describeTags(row.tags),
});

/** DescribeManagedPrefixLists. */
export const DescribeManagedPrefixLists = describe('DescribeManagedPrefixLists', 'PrefixLists', {
  kind: PrefixList,
  ids: 'PrefixListIds',
  filters: {
    'owner-id': (row) => row.ownerId,
    'prefix-list-id': (row) => row.id,
    'prefix-list-name': (row) => row.name,
  },
  render: describeManagedPrefixList,
});

/** DescribePrefixLists: those of services alone, of which there are as many as there are services here. */
export const DescribePrefixLists = describe('DescribePrefixLists', 'PrefixLists', {
  kind: PrefixList,
  ids: 'PrefixListIds',
  where: (row) => row.ownerId === 'AWS',
  filters: { 'prefix-list-id': (row) => row.id, 'prefix-list-name': (row) => row.name },
  render: (row) => ({
    PrefixListId: row.id,
    PrefixListName: row.name,
    Cidrs: row.entries.map(({ cidr }) => formatCidr(cidr)),
  }),
});

/** GetManagedPrefixListEntries: of the newest version, or of the one asked for. */
export const GetManagedPrefixListEntries = action('GetManagedPrefixListEntries', (request, tx) => {
  const list = tx.get(PrefixList, request.PrefixListId);
  const entries = entriesOf(tx, list, request.TargetVersion).map((entry) => ({ id: formatCidr(entry.cidr), entry }));
  const question = [list.id, request.TargetVersion];
  const { rows, nextToken } = page('GetManagedPrefixListEntries', entries, question, request);
  return {
    Entries: rows.map(({ id, entry }) => ({ Cidr: id, Description: entry.description })),
    NextToken: nextToken,
  };
});

/** GetManagedPrefixListAssociations: the route tables and security groups that name a list. */
export const GetManagedPrefixListAssociations = action('GetManagedPrefixListAssociations', (request, tx) => {
  const list = tx.get(PrefixList, request.PrefixListId);
  const references = referencesTo(tx, list.id).map((id) => ({ id }));
  const { rows, nextToken } = page('GetManagedPrefixListAssociations', references, [list.id], request);
  return {
    PrefixListAssociations: rows.map(({ id }) => ({ ResourceId: id, ResourceOwner: tx.account })),
    NextToken: nextToken,
  };
});

const page = <R extends Row>(operation: string, rows: readonly R[], question: unknown, request: PageRequest) =>
  paginate({ operation, rows, matches: () => true, keyOf: (row: R) => row.id, question }, request);

export const prefixListActions = [
  CreateManagedPrefixList,
  ModifyManagedPrefixList,
  RestoreManagedPrefixListVersion,
  DeleteManagedPrefixList,
  DescribeManagedPrefixLists,
  DescribePrefixLists,
  GetManagedPrefixListEntries,
  GetManagedPrefixListAssociations,
] as const;
