/**
 * `npm test`: prepares a fresh clone, runs the checks and every test.
 *
 *   npm test                           everything
 *   npm test -- src/net dhcp           only test files whose path contains one of these; no checks
 *
 * With CI=true a test that skips is a failure: what is not run is not known.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from 'node:test';
import { check } from './check.mjs';
import { prepare } from './prepare.mjs';
import { filesBelow, inProject, main, Stop, say } from './project.mjs';
import { ensureAwsTools } from './system-tools.mjs';
import { compileTests } from './test-bundle.mjs';
import { grouped } from './test-groups.mjs';
import { TestReport } from './test-report.mjs';

/** Test files that run at the same time: two more than the cores that are wanted, since real guests wait a lot. */
const CONCURRENCY = 4;

/**
 * After this a test file counts as hung. The slowest sound one needs a fifth of it; an AWS CLI that is started for each
 * documented command, a second or two each, needs more.
 */
const FILE_TIMEOUT_MS = process.env.LOCALVPC_TEST_AWS === undefined ? 180_000 : 600_000;

main(async () => {
  const wanted = process.argv.slice(2);
  const startedAtMs = Date.now();
  await prepare();
  await ensureAwsTools();
  const checked = wanted.length === 0 ? await check() : 0;
  const report = await test(testFiles(wanted));
  report.summary((Date.now() - startedAtMs) / 1000).forEach(say);
  const skips = process.env.CI === 'true' && report.skipped.length > 0;
  // What a test file left behind that was ended as hung holds its output open, and with it this process.
  process.exit(checked || report.failures.length > 0 || skips ? 1 : 0);
});

/** Those that take longest, the longest first. */
const LONGEST = [
  'test/examples',
  'test/first-session-of-others',
  'test/documented-commands',
  'test/restart',
  'src/reach/agreement',
];

/**
 * Every test file, or those whose path contains one of the words, but none that another of them imports and thereby
 * runs. The boundaries are one of the checks. What takes long begins early, so that no file runs on alone at the end.
 */
function testFiles(wanted) {
  const all = ['test', 'src'].flatMap((folder) => filesBelow(folder, (path) => path.endsWith('.test.ts')));
  const isWanted = (path) =>
    wanted.length === 0 ? path !== 'test/boundaries.test.ts' : wanted.some((word) => path.includes(word));
  const files = all.filter(isWanted);
  if (files.length === 0) throw new Stop(`No test file has ${wanted.join(' or ')} in its path.`);
  const imported = new Set(files.flatMap(testsImportedBy));
  const rank = (path) => [...LONGEST, ''].findIndex((start) => path.startsWith(start));
  return files.filter((path) => !imported.has(path)).sort((one, other) => rank(one) - rank(other));
}

function testsImportedBy(path) {
  const imports = readFileSync(inProject(path), 'utf8').matchAll(/^import '(\..+\.test\.ts)';$/gm);
  return [...imports].map(([, from]) => join(dirname(path), from));
}

/** Runs the test files, a process for each group of them, and prints one line for each file as it ends. */
async function test(files) {
  // Tests talk TLS with nobody, and where this is set each of their thousands of processes reads certificates for 60 ms.
  delete process.env.NODE_EXTRA_CA_CERTS;
  const groups = grouped(files);
  const paths = await compileTests(groups);
  const sources = new Map(paths.map((path, index) => [path, groups[index]]));
  const report = new TestReport((path) => sources.get(inProject(path)) ?? [path]);
  const events = run({ files: paths, concurrency: CONCURRENCY, timeout: FILE_TIMEOUT_MS });
  for await (const event of events) report.take(event).forEach(say);
  return report;
}
