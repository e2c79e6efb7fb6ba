/** The programs of examples/ keep what they promise: each runs on a localvpc that is empty and ends with status 0. */
import { equal } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { skip } from './fixture/guests-here.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { runProgram } from './fixture/program-run.ts';

const EXAMPLES = fileURLToPath(new URL('../examples', import.meta.url));
/** The other files are what the examples stand on. */
const programs = readdirSync(EXAMPLES).filter(
  (name) => name.endsWith('.ts') && readFileSync(`${EXAMPLES}/${name}`, 'utf8').includes('await example('),
);
/** `npm test` has compiled them with the tests; a reader of the README lets tsx do it, which takes a second for each. */
const COMPILED = fileURLToPath(new URL('../dist-test/examples', import.meta.url));

/** As many run at a time, each on a localvpc that no other uses meanwhile: half of their time they wait. */
const LANES = 2;

describe('examples', { concurrency: LANES, skip }, () => {
  const all: LocalVpc[] = [];
  const free: LocalVpc[] = [];

  before(async () => {
    all.push(...(await Promise.all(Array.from({ length: LANES }, () => LocalVpc.start()))));
    free.push(...all);
  });
  after(() => Promise.all(all.map((localvpc) => localvpc.close())));

  /** The one that an example asks for: it says itself with which rates that is to be started. */
  async function withRates(rates: string): Promise<LocalVpc> {
    const localvpc = await LocalVpc.start({ rates });
    all.push(localvpc);
    return localvpc;
  }

  for (const program of programs) {
    const rates = /`localvpc up --rates (\S+)`/.exec(readFileSync(`${EXAMPLES}/${program}`, 'utf8'))?.[1];
    test(`${program} does what it says`, async () => {
      const its = rates === undefined ? present(free.pop(), 'a free localvpc') : await withRates(rates);
      try {
        const compiled = `${COMPILED}/${program.replace(/\.ts$/, '.js')}`;
        const env = { ...process.env, LOCALVPC_ENDPOINT: its.url };
        const { status, stdout, stderr } = await runProgram(process.execPath, [compiled], { env, timeoutMs: 120_000 });
        equal(status, 0, stdout + stderr);
      } finally {
        equal((await its.command(['reset'])).status, 0);
        if (rates === undefined) free.push(its);
      }
    });
  }
});
