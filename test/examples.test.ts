/** The programs of examples/ keep what they promise: each runs on a localvpc of its own account and ends with status 0. */
import { equal } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { skip } from './fixture/guests-here.ts';
import { LocalVpc } from './fixture/localvpc.ts';

const EXAMPLES = fileURLToPath(new URL('../examples', import.meta.url));
/** The other files are what the examples stand on. */
const programs = readdirSync(EXAMPLES).filter(
  (name) => name.endsWith('.ts') && readFileSync(`${EXAMPLES}/${name}`, 'utf8').includes('await example('),
);
/** `npm test` has compiled them with the tests; a reader of the README lets tsx do it, which takes a second for each. */
const COMPILED = fileURLToPath(new URL('../dist-test/examples', import.meta.url));

let localvpc: LocalVpc;
/** Started for the first example that asks for rates. */
let withRates: LocalVpc | undefined;

before(async () => {
  localvpc = await LocalVpc.start();
});
after(async () => {
  await localvpc.close();
  await withRates?.close();
});

/** The localvpc that an example is for: it says itself with which rates that is to be started. */
async function localvpcFor(program: string): Promise<LocalVpc> {
  const rates = /`localvpc up --rates (\S+)`/.exec(readFileSync(`${EXAMPLES}/${program}`, 'utf8'))?.[1];
  if (rates === undefined) return localvpc;
  withRates ??= await LocalVpc.start({ rates });
  return withRates;
}

for (const program of programs) {
  test(`${program} does what it says`, { skip }, async () => {
    const its = await localvpcFor(program);
    const child = spawn(process.execPath, [`${COMPILED}/${program.replace(/\.ts$/, '.js')}`], {
      env: { ...process.env, LOCALVPC_ENDPOINT: its.url },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    equal(status, 0, output);
    equal((await its.command(['reset'])).status, 0);
  });
}
