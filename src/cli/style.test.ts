import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { COLOURS, coloursFor, columns, NO_COLOURS, wrap } from './style.ts';

test('no wrapped line is wider than asked, unless a single word is', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/)), fc.integer({ min: 4, max: 30 }), (words, width) => {
      const lines = wrap(words.join(' '), width);
      deepEqual(lines.join(' ').split(' ').filter(Boolean), words);
      return lines.every((line) => line.length <= width || !line.includes(' '));
    }),
  );
});

test('columns are as wide as their widest cell, and the last is not padded', () => {
  deepEqual(columns([['a', 'bb', 'c'], ['ddd', 'e', 'f'], ['g']]), ['a    bb  c', 'ddd  e   f', 'g']);
});

test('colours are for terminals that have not refused them', () => {
  equal(coloursFor({ isTTY: true }, { TERM: 'xterm' }), COLOURS);
  equal(coloursFor({ isTTY: false }, { TERM: 'xterm' }), NO_COLOURS);
  equal(coloursFor({}, {}), NO_COLOURS);
  equal(coloursFor({ isTTY: true }, { NO_COLOR: '1' }), NO_COLOURS);
  equal(coloursFor({ isTTY: true }, { NO_COLOR: '' }), COLOURS);
  equal(coloursFor({ isTTY: true }, { TERM: 'dumb' }), NO_COLOURS);
});
