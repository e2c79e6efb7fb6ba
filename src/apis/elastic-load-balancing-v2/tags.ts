/** Tags as Elastic Load Balancing takes and shows them. */
import { Fault } from '../../model/fault.ts';
import type { Tags } from '../../model/kind.ts';
import { MAX_TAGS } from '../../model/tags.ts';

interface RequestedTag {
  readonly Key: string;
  readonly Value?: string | undefined;
}

/**
 * The tags after these were added to those before.
 * @throws Fault DuplicateTagKeys, TooManyTags, ValidationError (sentence unconfirmed)
 */
export function withAdded(before: Tags, asked: readonly RequestedTag[] | undefined): Tags {
  const keys = (asked ?? []).map(({ Key }) => Key);
  if (new Set(keys).size < keys.length) throw new Fault('DuplicateTagKeys');
  const bad = keys.find((key) => key === '' || [...key].length > 128 || key.toLowerCase().startsWith('aws:'));
  if (bad !== undefined) throw new Fault('ValidationError', `The tag key '${bad}' is not valid`);
  const tags = new Map(Object.entries(before));
  for (const { Key, Value = '' } of asked ?? []) tags.set(Key, Value);
  if (tags.size > MAX_TAGS) throw new Fault('TooManyTags');
  return Object.fromEntries(tags);
}

/** The tags without those of these keys. */
export const withoutKeys = (before: Tags, keys: readonly string[]): Tags =>
  Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key)));

export const describeTags = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
