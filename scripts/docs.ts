/** Writes the pages of docs/ that are printed from the code. A test compares each page with the code. */
import { writeFileSync } from 'node:fs';
import { PRINTED_PAGES } from './printed-pages.ts';

for (const { path, print } of PRINTED_PAGES) {
  writeFileSync(new URL(`../${path}`, import.meta.url), print());
  process.stdout.write(`${path}\n`);
}
