/** Types of test-report.mjs, for its test. */
import type { TestEvent } from 'node:test/reporters';

export class TestReport {
  readonly failures: readonly { readonly file: string; readonly name: string }[];
  readonly skipped: readonly { readonly file: string; readonly name: string; readonly why: string | true }[];
  constructor(sourcesOf: (path: string) => readonly string[]);
  take(event: TestEvent): readonly string[];
  summary(seconds: number): readonly string[];
}
