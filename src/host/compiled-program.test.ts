import { deepEqual, equal } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** What runs programs, as it is built. */
const RUNNER = fileURLToPath(new URL('../../dist/compiled-program.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'localvpc-programs-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs a program in a process of its own. @returns what it printed */
function run(name: string, body: string, ...args: readonly string[]): string {
  const program = join(folder, name);
  writeFileSync(program, `(function(exports,require,module,__filename){"use strict";${body}\n})`);
  writeFileSync(
    join(folder, 'start.cjs'),
    `require(${JSON.stringify(RUNNER)}).runProgram(${JSON.stringify(program)}, { exports, require, module, filename: __filename }, process.argv[2])`,
  );
  return execFileSync(process.execPath, [join(folder, 'start.cjs'), ...args], { encoding: 'utf8' });
}

const keptOf = (name: string): readonly string[] => readdirSync(folder).filter((file) => file.startsWith(`${name}.`));

test('A program is compiled once for each purpose, and says the same when it is not compiled', () => {
  const body = "const say = () => console.log(require('node:path').basename(__filename)); say();";
  deepEqual([run('a.js', body, 'up'), run('a.js', body, 'up')], ['start.cjs\n', 'start.cjs\n']);
  equal(keptOf('a.js').length, 1);
  run('a.js', body, 'down');
  equal(keptOf('a.js').length, 2);
});

test('A program that fails keeps nothing: its purpose may be a misspelt word', () => {
  run('b.js', 'process.on("exit", () => { process.exitCode = 0; }); process.exit(1);', 'statsu');
  deepEqual(keptOf('b.js'), []);
});

test('A program that answers no has run as one that answers yes, and keeps what was compiled', () => {
  run('d.js', 'process.exitCode = 2; process.on("exit", () => { process.exitCode = 0; });', 'trace');
  equal(keptOf('d.js').length, 1);
});

test('What was damaged is compiled again', () => {
  const body = "const say = () => console.log('said'); say();";
  run('c.js', body);
  const [kept] = keptOf('c.js');
  writeFileSync(join(folder, kept ?? ''), 'nothing that V8 wrote');
  equal(run('c.js', body), 'said\n');
});
