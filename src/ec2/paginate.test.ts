import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../model/fault.ts';
import { type Page, type PageRequest, paginate } from './paginate.ts';

const rowsTo = (count: number): string[] => Array.from({ length: count }, (_, i) => `row-${i}`);

const page = (rows: readonly string[], request: PageRequest, question: unknown = [], operation = 'DescribeVpcs') =>
  paginate({ operation, rows, matches: () => true, keyOf: (row) => row, question }, request);

const pageAfter = (rows: readonly string[], { nextToken }: Page<string>): Page<string> =>
  page(rows, { MaxResults: 5, ...(nextToken !== undefined && { NextToken: nextToken }) });

test('without MaxResults everything comes at once', () => {
  assert.deepEqual(page(rowsTo(2000), {}), { rows: rowsTo(2000), nextToken: undefined });
});

test('pages together are the whole list, each row once, and the last page has no token', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 5, max: 20 }), (count, size) => {
      const seen: string[] = [];
      let request: PageRequest = { MaxResults: size };
      for (;;) {
        const { rows, nextToken } = page(rowsTo(count), request);
        seen.push(...rows);
        if (nextToken === undefined) break;
        assert.equal(rows.length, size);
        request = { MaxResults: size, NextToken: nextToken };
      }
      assert.deepEqual(seen, rowsTo(count));
    }),
  );
});

test('rows that go or come between pages hide and repeat no other', () => {
  const all = rowsTo(12);
  const first = page(all, { MaxResults: 5 });
  assert.deepEqual(first.rows, all.slice(0, 5));
  assert.deepEqual(pageAfter(all.slice(5), first).rows, all.slice(5, 10), 'the first page was deleted');
  assert.deepEqual(
    pageAfter(
      all.filter((row) => row !== 'row-5'),
      first,
    ).rows,
    all.slice(6, 11),
    'the next row was deleted',
  );
  assert.deepEqual(pageAfter(['new', ...all], first).rows, all.slice(5, 10), 'a row came before');
  assert.deepEqual(
    pageAfter([...all.slice(0, 4), ...all.slice(6)], first).rows.length,
    5,
    'both neighbours were deleted',
  );
});

test('a key of any characters stands in a token', () => {
  const rows = [...rowsTo(5), 'Schlüssel 🦊 \\ "', 'z'];
  assert.deepEqual(pageAfter(rows, page(rows, { MaxResults: 5 })).rows, rows.slice(5));
});

test('MaxResults outside the range of the operation is refused in AWS’s words', () => {
  assert.throws(() => page([], { MaxResults: 4 }), {
    code: 'InvalidParameterValue',
    message: 'Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.',
  });
  assert.throws(() => page([], { MaxResults: 1001 }), { code: 'InvalidParameterValue' });
  assert.throws(() => page([], { MaxResults: 101 }, [], 'DescribeRouteTables'), { code: 'InvalidParameterValue' });
  assert.deepEqual(page([], { MaxResults: 1 }, [], 'DescribeManagedPrefixLists').rows, []);
});

test('a token of other filters is refused', () => {
  const { nextToken = '' } = page(rowsTo(9), { MaxResults: 5 }, ['a']);
  assert.throws(() => page(rowsTo(9), { NextToken: nextToken }, ['b']), { code: 'InvalidParameterValue' });
});

test('a text that is no token is a fault, whatever it is', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ minLength: 1 }),
        fc.json().map((json) => btoa(encodeURIComponent(json))),
      ),
      (text) => {
        assert.throws(() => page(rowsTo(9), { NextToken: text }), Fault);
      },
    ),
  );
});
