/** `npm run check`: types, lint and format, import rules. The same checks stand at the start of `npm test`. */
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './dependencies.mjs';
import { collect, inProject, main, say } from './project.mjs';

/** What the compiler knows of the files that have not changed since: half of the time of the next check. */
const KNOWN_TYPES = inProject('node_modules/.cache/types.tsbuildinfo');

const CHECKS = [
  {
    name: 'types',
    program: 'tsc',
    args: [
      '--noEmit',
      '--project',
      'tsconfig.json',
      '--checkers',
      '2',
      '--incremental',
      '--tsBuildInfoFile',
      KNOWN_TYPES,
    ],
  },
  { name: 'lint and format', program: 'biome', args: ['check', '--error-on-warnings', '.'] },
  { name: 'boundaries', program: 'tsx', args: ['--test', 'test/boundaries.test.ts'] },
];

/** Runs all checks at once and prints what the failing ones have to say. @returns 0 where all passed. */
export async function check() {
  const results = await Promise.all(CHECKS.map(runCheck));
  return results.every((passed) => passed) ? 0 : 1;
}

async function runCheck({ name, program, args }) {
  const startedAtMs = Date.now();
  const { status, text } = await collect(inProject('node_modules/.bin', program), args);
  say(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${Date.now() - startedAtMs} ms)`);
  if (status !== 0) say(text);
  return status === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(async () => {
    await ensureDependencies();
    return await check();
  });
}
