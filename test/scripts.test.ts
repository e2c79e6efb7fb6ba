/** The parts of the set-up's scripts that can be wrong while everything seems to work. */
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, run, test } from 'node:test';
import { TestReport } from '../scripts/test-report.mjs';
import { within } from '../scripts/within.mjs';

test('what came in time is not called late afterwards', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const late = mock.fn();
    equal(await within(30_000, Promise.resolve('up'), late), 'up');
    mock.timers.tick(60_000);
    equal(late.mock.callCount(), 0);
    const waiting = within(30_000, new Promise(() => undefined), () => {
      throw new Error('late');
    });
    mock.timers.tick(30_000);
    await rejects(waiting, /late/);
  } finally {
    mock.timers.reset();
  }
});

test('a suite that skips is told like a test that skips: what is not run is not known', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'localvpc-report-'));
  const file = join(folder, 'skips.test.mjs');
  const suite = `describe('of guests', { skip: 'no namespaces' }, () => test('boots', () => undefined));`;
  writeFileSync(
    file,
    `import { describe, test } from 'node:test';\n${suite}\ntest('alone', { skip: 'why' }, () => {});\n`,
  );
  // By this variable a runner knows that it is in a test, and then runs nothing.
  const { NODE_TEST_CONTEXT: context } = process.env;
  delete process.env.NODE_TEST_CONTEXT;
  try {
    const report = new TestReport((path) => path);
    for await (const event of run({ files: [file] })) report.take(event);
    deepEqual(
      report.skipped.map(({ name, why }) => [name, why]),
      [
        ['of guests', 'no namespaces'],
        ['alone', 'why'],
      ],
    );
  } finally {
    if (context !== undefined) process.env.NODE_TEST_CONTEXT = context;
    rmSync(folder, { recursive: true });
  }
});
