/** Rows come back from the journal's text exactly as they went in. */
import { deepEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRowText, rowText } from './row-text.ts';

test('undefined fields, bigints and tags that look like marks survive', () => {
  const row = {
    id: 'eni-1',
    attachment: undefined,
    ipv6Addresses: [1n << 127n, 0n],
    list: [undefined, null, ''],
    tags: { $bigint: '5', $undefined: 'x', $$bigint: 'y', ['__proto__']: 'z', '': '' },
    nested: { $bigint: '7' },
  };
  deepEqual(parseRowText(rowText(row)), row);
});

test('any plain row survives', () => {
  const value = fc.letrec((tie) => ({
    leaf: fc.oneof(
      fc.string(),
      fc.integer(),
      fc.bigInt(),
      fc.boolean(),
      fc.constantFrom(undefined, null, '$bigint', '$undefined'),
    ),
    key: fc.oneof(fc.string(), fc.constantFrom('$bigint', '$undefined', '$$bigint', '__proto__', '$')),
    node: fc.oneof(
      { depthSize: 'small' },
      tie('leaf'),
      fc.array(tie('node'), { maxLength: 4 }),
      fc
        .array(fc.tuple(tie('key'), tie('node')), { maxLength: 4 })
        .map((pairs) => Object.fromEntries(pairs as [string, unknown][])),
    ),
  }));
  fc.assert(
    fc.property(value.node, (content) => {
      deepEqual(parseRowText(rowText({ id: 'x', ...{ content } })), { id: 'x', content });
    }),
  );
});

test('what a row cannot hold is refused instead of changed', () => {
  for (const content of [new Date(0), new Map(), () => 1, Number.NaN, Number.POSITIVE_INFINITY, Symbol('s')]) {
    const row = { id: 'x', content };
    throws(() => rowText(row), TypeError);
  }
});

test('a text that is no row is refused', () => {
  for (const text of ['', '{', '1', 'null', '[]', '{}', '{"id":1}', '{"id":"x","a":{"$other":1,"b":2}}'])
    throws(() => parseRowText(text), Error);
});
