/**
 * `npm run bench`: one table of what localvpc is measured by, all figures from one run on one machine.
 *
 * `npm run bench -- --write` puts the table into docs/benchmarks.md as well. It takes about a minute and a half, ends
 * whatever it started, and fails only if it could not measure: a target that is not met is a line of the table.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { machineText } from '../src/host/machine-text.ts';
import { namespacesAvailable } from '../src/host/namespaces-available.ts';
import { measureScopes } from './access-scope.ts';
import { measureApi } from './api.ts';
import { measureChanges } from './changes.ts';
import { measureGuests } from './guests.ts';
import { measureImport } from './import.ts';
import { atLeast, atMost, figure, type Line, tableText, thousands } from './line.ts';
import { measureNics } from './nic.ts';
import { measurePipelineApart } from './pipeline.ts';
import { measureDifference, measureReach, measureUnusedRules } from './reach.ts';
import { measureTraces } from './trace.ts';

const PAGE = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));
/** Between these the page is printed. */
const BEGIN = '<!-- printed by npm run bench -- --write -->';
const END = '<!-- end of what is printed -->';
/** Frames a second through the pipeline that the flow cache is made for. */
const FRAMES_A_SECOND = 3_000_000;

// Node.js reads these certificates at every start: on a machine with all of Debian's, they are half of a command's time.
delete process.env.NODE_EXTRA_CA_CERTS;

const say = (line: string): boolean => process.stderr.write(`${line}\n`);

function pipelineLines(): readonly Line[] {
  return measurePipelineApart().map(({ what, value, unit, median, atMost: target }, index) => {
    const name = `pipeline: ${what}`;
    if (target !== undefined) return atMost(name, value, target, unit);
    const line =
      index === 0
        ? atLeast(name, value, FRAMES_A_SECOND, unit)
        : figure(name, `${value >= 1000 ? thousands(value) : value.toFixed(2)} ${unit}`);
    return { ...line, reference: median === undefined ? '' : `${thousands(median)} ${unit} (median round)` };
  });
}

async function guestLines(): Promise<readonly Line[]> {
  const available = await namespacesAvailable();
  if (available.available && available.privileged) return [...(await measureGuests()), ...measureNics()];
  return [figure('guests', available.available ? 'not measured: needs root' : `not measured: ${available.reason}`)];
}

const machine = machineText();
say('Calls …');
const api = await measureApi();
say('Changes …');
const changes = await measureChanges();
const imports = await measureImport();
say('Guests …');
const guests = await guestLines();
function reachLines(): readonly Line[] {
  const network = '1,000 interfaces in 500 groups, one core';
  const seconds = (figure: { readonly seconds: number }): string => `${figure.seconds.toFixed(2)} s`;
  return [
    atMost(`reach: all pairs of ${network}`, measureReach(1000, 500).seconds, 2, 's'),
    figure(`reach diff: a port of one group of ${network}, opened`, seconds(measureDifference(1000, 500))),
    figure(`reach --unused-rules: ${network}`, seconds(measureUnusedRules(1000, 500))),
    ...[300, 1000].flatMap(scopeLines),
  ];
}

function scopeLines(interfaces: number): readonly Line[] {
  return measureScopes(interfaces).map(({ name, seconds }) =>
    figure(
      `access scope: ${name}, ${thousands(interfaces)} interfaces in ${interfaces / 2} groups`,
      `${seconds.toFixed(2)} s`,
    ),
  );
}

say('Traces …');
const traces = await measureTraces();
say('Reach …');
const reach = reachLines();
say('Pipeline …');
const lines = [...api, ...changes, ...imports, ...guests, ...traces, ...pipelineLines(), ...reach];
const printed = `${machine}\n\n${tableText(lines)}`;
console.log(`\n${printed}`);

if (process.argv.includes('--write')) {
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest = ''] = page.split(BEGIN);
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${printed}\n\n${END}${rest.split(END)[1] ?? ''}`);
  say('Written to docs/benchmarks.md.');
}
