import { equal } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PRINTED_PAGES } from '../scripts/printed-pages.ts';

for (const { path, print } of PRINTED_PAGES) {
  test(`${path} says what the code says (npm run docs writes it)`, () => {
    equal(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'), print());
  });
}
