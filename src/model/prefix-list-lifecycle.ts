/**
 * How managed prefix lists come, change and go. What refers to a list means its newest version, so a change of entries
 * reaches every rule and route that names it.
 *
 * Source: VPC guide, managed-prefix-lists. The codes and sentences are unconfirmed where a comment does not say otherwise.
 */
import { type Cidr, equalCidrs, formatCidr, isIpv4Cidr, parseCidr } from '../net/cidr.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { referencesTo } from './prefix-lists.ts';
import { quota } from './quotas.ts';
import { PrefixList, type PrefixListEntry, PrefixListVersion, versionKey } from './resources/prefix-list.ts';
import { RouteTable } from './resources/route-table.ts';
import { SecurityGroup } from './resources/security-group.ts';
import { areWithinRouteQuota } from './route-changes.ts';
import { areWithinQuota } from './security-group-rules.ts';
import type { Transaction } from './transaction.ts';

/** An entry as a request has it. */
export interface RequestedEntry {
  readonly Cidr: string;
  readonly Description?: string | undefined;
}

/** What CreateManagedPrefixList asks for. */
export interface NewPrefixList {
  readonly name: string;
  readonly addressFamily: PrefixList['addressFamily'];
  readonly maxEntries: number;
  readonly entries: readonly RequestedEntry[];
  readonly tags: Tags;
}

const MAX_NAME_CHARACTERS = 255;
const MAX_DESCRIPTION_CHARACTERS = 255;
/** Of one request, for adding and for removing (API_CreateManagedPrefixList, API_ModifyManagedPrefixList). */
const MAX_ENTRIES_OF_REQUEST = 100;

/**
 * Makes a list, version 1.
 * @throws Fault InvalidParameterValue, PrefixListMaxEntriesExceeded, ResourceLimitExceeded
 */
export function createPrefixList(tx: Transaction, requested: NewPrefixList): PrefixList {
  const { name, addressFamily, maxEntries, tags } = requested;
  checkName(name);
  checkMaxEntries(tx, maxEntries);
  const entries = withEntries([], readEntries(requested.entries, addressFamily));
  checkRoom(entries, maxEntries);
  if (tx.list(PrefixList, ({ ownerId }) => ownerId === tx.account).length >= quota(tx, 'prefixListsPerRegion')) {
    throw new Fault('ResourceLimitExceeded', 'The maximum number of prefix lists has been reached.');
  }
  const list = tx.insert(PrefixList, {
    ownerId: tx.account,
    name,
    addressFamily,
    maxEntries,
    state: 'create-complete',
    stateMessage: undefined,
    version: 1,
    entries,
    tags,
  });
  keepVersion(tx, list);
  return list;
}

/** What ModifyManagedPrefixList asks for. */
export interface PrefixListChange {
  readonly currentVersion: number | undefined;
  readonly name: string | undefined;
  readonly maxEntries: number | undefined;
  readonly add: readonly RequestedEntry[];
  readonly remove: readonly string[];
}

/**
 * Changes a list. Another name makes no new version; other entries do, and need the current version's number. A size
 * that something which refers to the list cannot take leaves it as it is, in state modify-failed.
 * @throws Fault OperationNotPermitted for a list of a service, PrefixListVersionMismatch, InvalidParameterCombination,
 *   InvalidParameterValue, PrefixListMaxEntriesExceeded, MissingParameter
 */
export function modifyPrefixList(tx: Transaction, list: PrefixList, change: PrefixListChange): PrefixList {
  refuseOthers(list);
  const changesEntries = change.add.length + change.remove.length > 0;
  if (!changesEntries && change.name === undefined && change.maxEntries === undefined) {
    throw new Fault('InvalidParameterCombination', 'No attributes specified.');
  }
  if (changesEntries && change.maxEntries !== undefined) {
    const message = 'You cannot modify the entries and the maximum entries for the prefix list in the same request.';
    throw new Fault('InvalidParameterCombination', message);
  }
  if (changesEntries && change.currentVersion === undefined) {
    throw new Fault('MissingParameter', { parameter: 'currentVersion' });
  }
  checkVersion(list, change.currentVersion);
  if (change.name !== undefined) checkName(change.name);
  const named = tx.update(PrefixList, list.id, {
    name: change.name ?? list.name,
    state: 'modify-complete',
    stateMessage: undefined,
  });
  if (change.maxEntries !== undefined) return resize(tx, named, change.maxEntries);
  return changesEntries ? changeEntries(tx, named, change) : named;
}

function changeEntries(tx: Transaction, list: PrefixList, { add, remove }: PrefixListChange): PrefixList {
  const added = readEntries(add, list.addressFamily);
  const removed = remove.map((text) => readCidr(text, list.addressFamily));
  if (removed.length > MAX_ENTRIES_OF_REQUEST) throw tooManyOfRequest();
  const both = added.find(({ cidr }) => removed.some((other) => equalCidrs(cidr, other)));
  if (both) {
    const message = `Request cannot contain Cidr ${formatCidr(both.cidr)} in both AddPrefixListEntries and RemovePrefixListEntries`;
    throw new Fault('InvalidParameterValue', message);
  }
  const entries = withEntries(withoutEntries(list.entries, removed), added);
  checkRoom(entries, list.maxEntries);
  return newVersion(tx, list, entries, 'modify-complete');
}

function resize(tx: Transaction, list: PrefixList, maxEntries: number): PrefixList {
  checkMaxEntries(tx, maxEntries);
  checkRoom(list.entries, maxEntries);
  const resized = tx.update(PrefixList, list.id, { maxEntries });
  const unable = unableToTake(tx, resized);
  if (unable.length === 0) return resized;
  return tx.update(PrefixList, list.id, {
    maxEntries: list.maxEntries,
    state: 'modify-failed',
    stateMessage: `The following resources do not support the new maximum size: ${unable.slice(0, 10).join(', ')}`,
  });
}

/** What refers to a list and is beyond its own quota with the list as large as it is now. */
const unableToTake = (tx: Transaction, { id }: PrefixList): readonly string[] => [
  ...tx
    .by(RouteTable, 'prefixListId', id)
    .filter(({ routes }) => !areWithinRouteQuota(tx, routes))
    .map((one) => one.id),
  ...tx
    .by(SecurityGroup, 'prefixListId', id)
    .filter(({ rules }) => !areWithinQuota(tx, rules))
    .map((one) => one.id),
];

/**
 * Gives a list the entries of an earlier version again, as a new version.
 * @throws Fault OperationNotPermitted, PrefixListVersionMismatch, InvalidParameterValue, PrefixListMaxEntriesExceeded
 */
export function restorePrefixListVersion(
  tx: Transaction,
  list: PrefixList,
  versions: { readonly previous: number; readonly current: number },
): PrefixList {
  refuseOthers(list);
  checkVersion(list, versions.current);
  const entries = entriesOf(tx, list, versions.previous);
  checkRoom(entries, list.maxEntries);
  return newVersion(tx, list, entries, 'restore-complete');
}

/** The entries of a version, the newest one without a number. @throws Fault InvalidParameterValue for one that never was */
export function entriesOf(tx: Transaction, list: PrefixList, version: number | undefined): readonly PrefixListEntry[] {
  if (version === undefined || version === list.version) return list.entries;
  const kept = tx.find(PrefixListVersion, versionKey(list.id, version));
  if (kept) return kept.entries;
  const message = `The prefix list ${list.id} has no version ${version}.`;
  throw new Fault('InvalidParameterValue', message);
}

/** Takes a list that nothing refers to away, with its versions. @throws Fault OperationNotPermitted, DependencyViolation */
export function deletePrefixList(tx: Transaction, list: PrefixList): void {
  refuseOthers(list);
  if (referencesTo(tx, list.id).length > 0) {
    throw new Fault('DependencyViolation', { resource: 'prefixList', id: list.id });
  }
  for (const { id } of tx.by(PrefixListVersion, 'prefixListId', list.id)) tx.remove(PrefixListVersion, id);
  tx.remove(PrefixList, list.id);
}

function newVersion(
  tx: Transaction,
  list: PrefixList,
  entries: readonly PrefixListEntry[],
  state: PrefixList['state'],
): PrefixList {
  const changed = tx.update(PrefixList, list.id, {
    entries,
    version: list.version + 1,
    state,
    stateMessage: undefined,
  });
  keepVersion(tx, changed);
  return changed;
}

const keepVersion = (tx: Transaction, { id, version, entries }: PrefixList): PrefixListVersion =>
  tx.put(PrefixListVersion, { id: versionKey(id, version), prefixListId: id, version, entries });

function refuseOthers({ id, ownerId }: PrefixList): void {
  if (ownerId === 'AWS') throw new Fault('OperationNotPermitted', `The prefix list ${id} is managed by AWS.`);
}

/** The sentence is AWS's, as clients quote it. */
function checkVersion({ version }: PrefixList, said: number | undefined): void {
  if (said === undefined || said === version) return;
  throw new Fault('PrefixListVersionMismatch', 'The prefix list has the incorrect version number.');
}

function checkName(name: string): void {
  if (name.length === 0 || name.length > MAX_NAME_CHARACTERS || name.startsWith('com.amazonaws')) {
    throw new Fault('InvalidParameterValue', {
      value: name,
      parameter: 'prefixListName',
      reason: `A name has up to ${MAX_NAME_CHARACTERS} characters and cannot start with com.amazonaws.`,
    });
  }
}

function checkMaxEntries(tx: Transaction, maxEntries: number): void {
  const limit = quota(tx, 'entriesPerPrefixList');
  if (maxEntries >= 1 && maxEntries <= limit) return;
  throw new Fault('InvalidParameterValue', {
    value: maxEntries,
    parameter: 'maxEntries',
    reason: `It must be between 1 and ${limit}.`,
  });
}

function checkRoom(entries: readonly PrefixListEntry[], maxEntries: number): void {
  if (entries.length <= maxEntries) return;
  const message = `You've reached the maximum number of entries (${maxEntries}) for the prefix list.`;
  throw new Fault('PrefixListMaxEntriesExceeded', message);
}

function readEntries(
  requested: readonly RequestedEntry[],
  family: PrefixList['addressFamily'],
): readonly PrefixListEntry[] {
  if (requested.length > MAX_ENTRIES_OF_REQUEST) throw tooManyOfRequest();
  return requested.map(({ Cidr: text, Description: description }) => {
    if (description !== undefined && description.length > MAX_DESCRIPTION_CHARACTERS) {
      const reason = `A description has up to ${MAX_DESCRIPTION_CHARACTERS} characters.`;
      throw new Fault('InvalidParameterValue', { value: description, parameter: 'description', reason });
    }
    return { cidr: readCidr(text, family), description: description || undefined };
  });
}

const tooManyOfRequest = (): Fault =>
  new Fault('InvalidParameterValue', `A request can add or remove up to ${MAX_ENTRIES_OF_REQUEST} entries.`);

function readCidr(text: string, family: PrefixList['addressFamily']): Cidr {
  const cidr = parseCidr(text);
  if (cidr && isIpv4Cidr(cidr) === (family === 'IPv4')) return cidr;
  throw new Fault('InvalidParameterValue', {
    value: text,
    parameter: 'cidr',
    reason: `This is not a valid ${family} CIDR block.`,
  });
}

/** A block that is there already is refused, whatever its description. */
function withEntries(
  before: readonly PrefixListEntry[],
  added: readonly PrefixListEntry[],
): readonly PrefixListEntry[] {
  const blocks = new Set(before.map(({ cidr }) => formatCidr(cidr)));
  for (const { cidr } of added) {
    const text = formatCidr(cidr);
    if (blocks.has(text)) {
      throw new Fault('InvalidParameterValue', `The CIDR ${text} is already an entry of the prefix list.`);
    }
    blocks.add(text);
  }
  return [...before, ...added];
}

function withoutEntries(before: readonly PrefixListEntry[], removed: readonly Cidr[]): readonly PrefixListEntry[] {
  const blocks = new Set(removed.map(formatCidr));
  const kept = before.filter(({ cidr }) => !blocks.delete(formatCidr(cidr)));
  const [unknown] = blocks;
  if (unknown === undefined) return kept;
  throw new Fault('InvalidParameterValue', `The CIDR ${unknown} is not an entry of the prefix list.`);
}
