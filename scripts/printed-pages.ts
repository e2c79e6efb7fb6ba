/** The pages of docs/ that are printed from the code, so that nobody retypes what the code says. */

import { describePipeline } from '../src/pipeline/describe.ts';
import { commandReference } from './command-reference.ts';
import { coveragePage } from './coverage-page.ts';

/** A page and how its text comes about. */
export interface PrintedPage {
  /** Path inside the project. */
  readonly path: string;
  print(): string;
}

export const PRINTED_PAGES: readonly PrintedPage[] = [
  { path: 'docs/cli.md', print: commandReference },
  { path: 'docs/coverage.md', print: coveragePage },
  { path: 'docs/pipeline.md', print: describePipeline },
];
