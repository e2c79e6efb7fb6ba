/** Tags of load balancers of both kinds and of what belongs to them, by ELB's own codes. Source: API reference, AddTags; sentences are unconfirmed. */
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { MAX_TAGS, type RequestedTag } from './tags.ts';

/**
 * The tags of one after some were added: equal keys are overwritten.
 * @throws Fault DuplicateTagKeys for a key that is named twice, TooManyTags, ValidationError
 */
export function withBalancerTags(before: Tags, requested: readonly RequestedTag[] = []): Tags {
  const keys = requested.map(({ Key: key = '' }) => key);
  if (new Set(keys).size < keys.length) throw new Fault('DuplicateTagKeys');
  const tags = new Map(Object.entries(before));
  for (const { Key: key = '', Value: value = '' } of requested) {
    if (key === '' || [...key].length > 128)
      throw new Fault('ValidationError', 'A tag key must have 1 to 128 characters');
    if ([...value].length > 256) throw new Fault('ValidationError', 'A tag value must have 256 characters at most');
    if (/^aws:/i.test(key)) throw new Fault('ValidationError', "Tag keys starting with 'aws:' are reserved");
    tags.set(key, value);
  }
  if (tags.size > MAX_TAGS) throw new Fault('TooManyTags');
  return Object.fromEntries(tags);
}

/** The tags of one without those of these keys. */
export const withoutBalancerTags = (before: Tags, keys: readonly string[]): Tags =>
  Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key)));
