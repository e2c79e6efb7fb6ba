import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../model/fault.ts';
import type { TaggedRow } from '../model/kind.ts';
import { World } from '../model/world.ts';
import { compileFilters, type FilterRequest } from './filter.ts';
import { compilePattern } from './wildcard.ts';

interface Thing extends TaggedRow {
  readonly state: string;
  readonly groups: readonly string[];
  readonly open: boolean;
  readonly since: Date | undefined;
}

const world = new World({ integer: () => 0 }, () => undefined);
const tx = world.transact({ account: '123456789012', region: 'us-east-1' }, 0, (own) => own).result;

const thing: Thing = {
  id: 'thing-1',
  state: 'available',
  groups: ['sg-1', 'sg-2'],
  open: true,
  since: new Date('2024-01-02T03:04:05Z'),
  tags: { Name: 'web', empty: '' },
};

const holds = (...filters: FilterRequest[]): boolean =>
  compileFilters<Thing>(filters, {
    state: (row) => row.state,
    'group-id': (row) => row.groups,
    open: (row) => row.open,
    since: (row) => row.since,
  })(thing, tx);

const filter = (Name: string, ...Values: string[]): FilterRequest => ({ Name, Values });

test('values of a filter are alternatives, and filters must all hold', () => {
  assert.equal(holds(filter('state', 'pending', 'available')), true);
  assert.equal(holds(filter('state', 'available'), filter('group-id', 'sg-2')), true);
  assert.equal(holds(filter('state', 'available'), filter('group-id', 'sg-3')), false);
  assert.equal(holds(filter('state', 'available'), filter('state', 'pending')), false);
});

test('names and values compare by case', () => {
  assert.equal(holds(filter('state', 'Available')), false);
  assert.throws(() => holds(filter('State', 'available')), { message: "The filter 'State' is invalid" });
});

test('booleans and times compare as the API prints them', () => {
  assert.equal(holds(filter('open', 'true')), true);
  assert.equal(holds(filter('since', '2024-01-02T03:04:05.000Z')), true);
  assert.equal(holds(filter('since', '2024-01-*')), true);
});

test('tags filter by key with values and by key alone', () => {
  assert.equal(holds(filter('tag:Name', 'w?b')), true);
  assert.equal(holds(filter('tag:empty', '')), true);
  assert.equal(holds(filter('tag:absent', '*')), false);
  assert.equal(holds(filter('tag-key', 'Na*')), true);
  assert.equal(holds(filter('tag:toString', '*')), false);
});

test('an unknown filter is refused even under the name of something every object has', () => {
  for (const name of ['nonsense', 'toString', '__proto__', 'constructor']) {
    assert.throws(() => holds(filter(name, 'x')), { code: 'InvalidParameterValue' });
  }
});

test('more than 50 filters, 200 values or 255 characters are refused, and as many are not', () => {
  const many = <T>(count: number, of: T): T[] => Array.from({ length: count }, () => of);
  assert.equal(holds(...many(50, filter('state', 'available'))), true);
  assert.throws(() => holds(...many(51, filter('state', 'available'))), { code: 'FilterLimitExceeded' });
  assert.equal(holds(filter('state', ...many(200, 'available'))), true);
  assert.throws(() => holds(filter('state', ...many(201, 'available'))), { code: 'FilterLimitExceeded' });
  assert.equal(holds(filter('state', 'x'.repeat(255))), false);
  assert.throws(() => holds(filter('state', 'x'.repeat(256))), Fault);
});

test('wildcards match as in the user guide', () => {
  const cases: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
    ['*', '', true],
    ['a*', 'abc', true],
    ['*c', 'abc', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['?', '🦊', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['a\\?', 'a?', true],
    ['a\\\\', 'a\\', true],
    ['a\\b', 'a\\b', true],
    ['**', 'x', true],
    ['[a-z]+', 'abc', false],
    ['.*', 'abc', false],
  ];
  for (const [pattern, text, expected] of cases) {
    assert.equal(compilePattern(pattern)(text), expected, `${pattern} on ${text}`);
  }
});

test('a pattern matches what a naive matcher matches', () => {
  const naive = (pattern: string, text: string): boolean => {
    if (pattern === '') return text === '';
    const [first, rest] = [pattern[0], pattern.slice(1)];
    if (first === '*') return naive(rest, text) || (text !== '' && naive(pattern, text.slice(1)));
    return text !== '' && (first === '?' || first === text[0]) && naive(rest, text.slice(1));
  };
  const word = (letters: string): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(...letters), { maxLength: 9 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(word('ab*?'), word('ab'), (pattern, text) => {
      assert.equal(compilePattern(pattern)(text), naive(pattern, text));
    }),
  );
});

test('a pattern made to explode ends at once', () => {
  // A backtracking matcher would need some 2^40 steps and never come back to the test.
  assert.equal(compilePattern('a*'.repeat(120))(`${'a'.repeat(254)}b`), true);
  assert.equal(compilePattern(`${'*a'.repeat(120)}c`)('a'.repeat(255)), false);
});
