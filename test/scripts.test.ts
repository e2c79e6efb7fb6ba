/** The parts of the set-up's scripts that can be wrong while everything seems to work. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, run, test } from 'node:test';
import { withSourcePlaces } from '../scripts/source-places.mjs';
import { asSuite, grouped } from '../scripts/test-groups.mjs';
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

/** What is reported of a test file with this text. */
async function reported(
  text: string,
  sourcesOf = (path: string): readonly string[] => [path],
  timeout = 60_000,
): Promise<TestReport> {
  const folder = mkdtempSync(join(tmpdir(), 'localvpc-report-'));
  const file = join(folder, 'some.test.mjs');
  writeFileSync(file, `import { after, describe, test } from 'node:test';\n${text}\n`);
  // By this variable a runner knows that it is in a test, and then runs nothing.
  const { NODE_TEST_CONTEXT: context } = process.env;
  delete process.env.NODE_TEST_CONTEXT;
  try {
    const report = new TestReport(sourcesOf);
    for await (const event of run({ files: [file], timeout })) report.take(event);
    return report;
  } finally {
    if (context !== undefined) process.env.NODE_TEST_CONTEXT = context;
    rmSync(folder, { recursive: true });
  }
}

test('a suite that skips is told like a test that skips: what is not run is not known', async () => {
  const suite = `describe('of guests', { skip: 'no namespaces' }, () => test('boots', () => undefined));`;
  const { skipped } = await reported(`${suite}\ntest('alone', { skip: 'why' }, () => {});`);
  deepEqual(
    skipped.map(({ name, why }) => [name, why]),
    [
      ['of guests', 'no namespaces'],
      ['alone', 'why'],
    ],
  );
});

test('a file whose own hook throws has failed, though every test in it passed', async () => {
  const { failures } = await reported("after(() => { throw new Error('left open'); });\ntest('passes', () => {});");
  equal(failures.length, 1);
});

test('a file that hangs is told with the test that hangs', async () => {
  const text =
    "describe('guests', () => { test('boot', () => {}); test('talk', () => new Promise((end) => setTimeout(end, 60_000))); });";
  const lines = (await reported(text, undefined, 2_000)).summary(2);
  ok(lines.includes('It had not finished: guests > talk'), lines.join('\n'));
});

test('where several files ran in one process, one that fails is told by its name', async () => {
  const suite = (name: string, body: string): string => `describe('${name}', () => { ${body} });`;
  const text = suite('a.test.ts', "test('passes', () => {});") + suite('b.test.ts', "throw new Error('whole');");
  const { failures } = await reported(text, () => ['a.test.ts', 'b.test.ts']);
  deepEqual(
    failures.map(({ name }) => name),
    ['b.test.ts'],
  );
});

test('the text of a test file becomes a suite behind its imports, on the same lines', () => {
  const [before, after] = [
    readFileSync(new URL('../src/ec2/xml.test.ts', import.meta.url), 'utf8'),
    asSuite('src/ec2/xml.test.ts'),
  ];
  match(after, /;suiteOfFile\("src\/ec2\/xml\.test\.ts", \(\) => \{/m);
  deepEqual(after.split('\n').slice(-4, -1), before.split('\n').slice(-3));
  equal(after.split('\n').length, before.split('\n').length + 1);
});

test('what starts programs, or awaits before its tests, has a process of its own', () => {
  deepEqual(grouped(['test/tour.test.ts', 'src/host/namespace-host.test.ts']).length, 2);
  deepEqual(grouped(['src/ec2/xml.test.ts', 'src/ec2/filter.test.ts']).length, 1);
});

test('where a compiled test failed is told as the place in its source', () => {
  const { stack = '' } = new Error('here');
  match(withSourcePlaces(stack), /at .*\(test\/scripts\.test\.ts:\d+:\d+\)/);
  const elsewhere = 'at run (node:internal/main.js:1:2) and (/no/such/file.js:3:4)';
  equal(withSourcePlaces(elsewhere), elsewhere);
});

test('a file in which a test failed is one failure, and not two', async () => {
  const { failures } = await reported("test('fails', () => { throw new Error('no'); });\ntest('passes', () => {});");
  deepEqual(
    failures.map(({ name }) => name),
    ['fails'],
  );
});
