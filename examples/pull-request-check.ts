/** A check of a pull request: what the Terraform plan of a branch opens as against that of main, before anything exists. */
import { fileURLToPath } from 'node:url';
import { processContext } from '../src/cli/context.ts';
import { readNetwork } from '../src/cli/network-source.ts';
import { differenceLines } from '../src/cli/reach-difference-text.ts';
import { NO_COLOURS } from '../src/cli/style.ts';
import { difference } from '../src/reach/difference.ts';
import { example } from './lab.ts';

/** As `terraform show -json plan.out > plan.json` prints them. */
const read = (plan: string) =>
  readNetwork(fileURLToPath(new URL(`plans/${plan}.json`, import.meta.url)), processContext());

await example('What a change opens, before it is deployed', async (show) => {
  show.step('The plan of main: a web server for everybody, and a database for the web server');
  const main = await read('main');

  show.step('The plan of the branch: somebody wanted to look something up in the database');
  const branch = await read('branch');

  show.step('The check: localvpc reach diff main.json branch.json --fail-on internet');
  const found = difference(main, branch);
  for (const line of differenceLines(found, NO_COLOURS)) console.log(`    ${line}`);
  const fromOutside = found.changes.filter(({ from }) => from.some(({ kind }) => kind === 'internet'));
  show.expect(fromOutside.length === 1, 'the check fails: the internet reaches the database');
  show.expect(difference(main, main).changes.length === 0, 'a branch that changes nothing passes');
});
