import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from './fault.ts';
import { MAX_TAGS, tagsByType, tagsOf, withoutTags, withTags } from './tags.ts';

const faultOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
};

const many = (count: number) => Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: 'v' }));

test('a tag specification is refused for its type, then for having no tags, then for its tags', () => {
  const rows: [type: string, tags: { Key?: string; Value?: string }[], fault: string][] = [
    ['vpc', [], "InvalidParameterValue: 'vpc' is not a valid taggable resource type for this operation."],
    ['subnet', [], 'InvalidParameterValue: Tag specification must have at least one tag'],
    ['subnet', [{ Key: 'a', Value: '' }, { Key: 'a' }], "InvalidParameterValue: Duplicate tag key 'a' specified."],
    [
      'subnet',
      [{ Key: 'AWS:a' }, { Key: 'b' }],
      "InvalidParameterValue: Tag keys starting with 'aws:' are reserved for internal use",
    ],
    ['subnet', [{ Value: 'x' }], 'InvalidParameterValue: Tag key cannot be empty'],
    ['subnet', many(MAX_TAGS + 1), 'TagLimitExceeded: The maximum number of Tags for a resource has been reached.'],
    ['subnet', many(MAX_TAGS), 'none'],
  ];
  for (const [ResourceType, Tags, fault] of rows) {
    equal(
      faultOf(() => tagsOf([{ ResourceType, Tags }], 'subnet')),
      fault,
    );
  }
});

test('keys have up to 128 characters and values up to 256, whatever the characters', () => {
  const key = '😀'.repeat(128);
  const value = '😀'.repeat(256);
  deepEqual(withTags({}, [{ Key: key, Value: value }]), { [key]: value });
  equal(faultOf(() => withTags({}, [{ Key: `${key}x` }])).split(':')[0], 'InvalidParameterValue');
  equal(faultOf(() => withTags({}, [{ Key: 'k', Value: `${value}x` }])).split(':')[0], 'InvalidParameterValue');
});

test('a launch tags its resources by their types', () => {
  const specifications = [
    { ResourceType: 'instance', Tags: [{ Key: 'a', Value: '1' }] },
    { ResourceType: 'network-interface', Tags: [{ Key: 'b' }] },
    { ResourceType: 'instance', Tags: [{ Key: 'c', Value: '3' }] },
  ];
  const tags = tagsByType(specifications, ['instance', 'network-interface', 'volume']);
  deepEqual(tags.get('instance'), { a: '1', c: '3' });
  deepEqual(tags.get('network-interface'), { b: '' });
  equal(tags.get('volume'), undefined);
});

test('a tag is deleted by its key, or only if it has the value given', () => {
  const tags = { a: '1', b: '', 'aws:made-by': 'aws' };
  deepEqual(withoutTags(tags, [{ Key: 'a' }]), { b: '', 'aws:made-by': 'aws' });
  deepEqual(withoutTags(tags, [{ Key: 'a', Value: '' }]), tags);
  deepEqual(withoutTags(tags, [{ Key: 'b', Value: '' }]), { a: '1', 'aws:made-by': 'aws' });
  deepEqual(withoutTags(tags, undefined), { 'aws:made-by': 'aws' });
});

test("AWS's own tags can be neither given nor taken", () => {
  const sentence =
    "InvalidParameterValue: Value ( aws:x ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use";
  equal(
    faultOf(() => withTags({}, [{ Key: 'aws:x' }])),
    sentence,
  );
  equal(
    faultOf(() => withoutTags({}, [{ Key: 'aws:x' }])),
    sentence,
  );
});

test('what is given is there, and what is taken is gone, for any keys', () => {
  const tag = fc.record({ Key: fc.string({ minLength: 1, maxLength: 20 }), Value: fc.string({ maxLength: 20 }) });
  const ordinary = fc.array(tag, { maxLength: 20 }).map((tags) => tags.filter((one) => !/^aws:/i.test(one.Key)));
  fc.assert(
    fc.property(ordinary, (tags) => {
      const given = withTags({}, tags);
      deepEqual(new Map(Object.entries(given)), new Map(tags.map((one) => [one.Key, one.Value])));
      deepEqual(
        withoutTags(
          given,
          tags.map((one) => ({ Key: one.Key })),
        ),
        {},
      );
    }),
  );
});
