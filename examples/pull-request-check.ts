/** A check of a pull request: what the Terraform plan of a branch opens as against that of main, before anything exists. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { example } from './lab.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
/** The command, and plans as `terraform show -json plan.out > plan.json` prints them. */
const LOCALVPC = path('../dist/cli.js');
const MAIN = path('plans/main.json');
const BRANCH = path('plans/branch.json');

/** What a job of the check would run. */
function localvpc(...args: readonly string[]): number | null {
  const { status, stdout, stderr } = spawnSync(process.execPath, [LOCALVPC, ...args], { encoding: 'utf8' });
  for (const line of `${stdout}${stderr}`.trimEnd().split('\n')) console.log(`    ${line}`);
  return status;
}

await example('What a change opens, before it is deployed', async (show) => {
  show.step('The plan of main: a web server for everybody, and a database for the web server');
  localvpc('reach', '--network', MAIN, '--from', 'internet');

  show.step('The branch, in which somebody wanted to look something up: reach diff main.json branch.json');
  const status = localvpc('reach', 'diff', MAIN, BRANCH, '--fail-on', 'internet');
  show.expect(status === 2, 'the check fails with status 2: the internet reaches the database');

  show.step('A branch that opens nothing to the internet');
  const passed = localvpc('reach', 'diff', BRANCH, MAIN, '--fail-on', 'internet');
  show.expect(passed === 0, 'passes with status 0');
});
