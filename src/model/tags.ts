/** Tags: what a request may say about them, and what a resource may carry. One place for all kinds of resources. */
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { NIC_TAG, nicModeOfTag } from './nic-modes.ts';

/** A tag as a request has it. */
export interface RequestedTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** A TagSpecification of a create call. */
export interface TagSpecification {
  readonly ResourceType?: string | undefined;
  readonly Tags?: readonly RequestedTag[] | undefined;
}

const MAX_KEY_CHARACTERS = 128;
const MAX_VALUE_CHARACTERS = 256;
/** Tags of AWS's own ("aws:…") do not count. */
export const MAX_TAGS = 50;

/**
 * Tags that a create call gives to what it makes: `tagsOf(request.TagSpecifications, 'subnet')`.
 * @param types resource types that the call can tag; the first is the one asked for. Launches tag several: see `tagsByType`.
 * @throws Fault InvalidParameterValue (another resource type, no tags, a key twice, a reserved or too long key),
 *   TagLimitExceeded
 */
export const tagsOf = (specifications: readonly TagSpecification[] | undefined, type: string): Tags =>
  tagsByType(specifications, [type]).get(type) ?? {};

/**
 * Tags by resource type, for calls that make several resources (RunInstances).
 * That the sentences of a missing tag and of a repeated key are these is unconfirmed; so is that for some calls the code
 * of a wrong resource type is InvalidParameter.
 */
export function tagsByType(
  specifications: readonly TagSpecification[] | undefined,
  types: readonly string[],
): ReadonlyMap<string, Tags> {
  const byType = new Map<string, Tags>();
  for (const { ResourceType: type = '', Tags: tags = [] } of specifications ?? []) {
    if (!types.includes(type)) {
      throw new Fault('InvalidParameterValue', `'${type}' is not a valid taggable resource type for this operation.`);
    }
    if (tags.length === 0) throw new Fault('InvalidParameterValue', 'Tag specification must have at least one tag');
    byType.set(type, newTags(byType.get(type) ?? {}, tags));
  }
  return byType;
}

function newTags(before: Tags, requested: readonly RequestedTag[]): Tags {
  const tags = new Map(Object.entries(before));
  for (const { Key: key = '', Value: value = '' } of requested) {
    if (tags.has(key)) throw new Fault('InvalidParameterValue', `Duplicate tag key '${key}' specified.`);
    if (isReserved(key)) {
      throw new Fault('InvalidParameterValue', "Tag keys starting with 'aws:' are reserved for internal use");
    }
    tags.set(key, checkedTag(key, value));
  }
  return limited(tags);
}

/**
 * The tags of a resource after CreateTags: equal keys are overwritten.
 * @throws Fault InvalidParameterValue for a reserved, empty or too long key or value, TagLimitExceeded
 */
export function withTags(before: Tags, requested: readonly RequestedTag[]): Tags {
  const tags = new Map(Object.entries(before));
  for (const { Key: key = '', Value: value = '' } of requested) {
    refuseReserved(key);
    tags.set(key, checkedTag(key, value));
  }
  return limited(tags);
}

/**
 * The tags of a resource after DeleteTags: a key without a value goes whatever its value, one with a value only if that
 * is its value; with no tags given all go that are not AWS's own.
 * @throws Fault InvalidParameterValue for a reserved key
 */
export function withoutTags(before: Tags, requested: readonly RequestedTag[] | undefined): Tags {
  const kept = new Map(Object.entries(before));
  const own = [...kept.keys()].filter((key) => !isReserved(key));
  const keys = requested ?? own.map((key): RequestedTag => ({ Key: key }));
  for (const { Key: key = '', Value: value } of keys) {
    refuseReserved(key);
    if (value === undefined || kept.get(key) === value) kept.delete(key);
  }
  return toTags(kept);
}

const isReserved = (key: string): boolean => key.toLowerCase().startsWith('aws:');

function refuseReserved(key: string): void {
  if (!isReserved(key)) return;
  throw new Fault(
    'InvalidParameterValue',
    `Value ( ${key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use`,
  );
}

/** The sentences for keys and values of a wrong length are unconfirmed. */
function checkedTag(key: string, value: string): string {
  if (key === '') throw new Fault('InvalidParameterValue', 'Tag key cannot be empty');
  if ([...key].length > MAX_KEY_CHARACTERS) {
    throw new Fault('InvalidParameterValue', `Tag key exceeds the maximum length of ${MAX_KEY_CHARACTERS} characters`);
  }
  if ([...value].length > MAX_VALUE_CHARACTERS) {
    throw new Fault(
      'InvalidParameterValue',
      `Tag value exceeds the maximum length of ${MAX_VALUE_CHARACTERS} characters`,
    );
  }
  if (key === NIC_TAG) nicModeOfTag(value);
  return value;
}

function limited(tags: ReadonlyMap<string, string>): Tags {
  const own = [...tags.keys()].filter((key) => !isReserved(key));
  if (own.length > MAX_TAGS) throw new Fault('TagLimitExceeded');
  return toTags(tags);
}

/** `__proto__` is a tag key like any other, and stays one. */
const toTags = (tags: ReadonlyMap<string, string>): Tags => Object.fromEntries(tags);
