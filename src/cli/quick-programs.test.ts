import { deepEqual, equal } from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createProgram } from './program.ts';

/** The built program, which chooses a quick one by the first word. */
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

function run(...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: process.env.PATH, LOCALVPC_ENDPOINT: 'http://127.0.0.1:1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...words], { encoding: 'utf8', env });
  return { status, stdout, stderr };
}

/** What the program of all commands prints and how it ends, in this process. */
async function runWhole(...words: readonly string[]): Promise<ReturnType<typeof run>> {
  const printed = { stdout: '', stderr: '' };
  const program = createProgram(() => {
    throw new Error('needs no running localvpc');
  });
  for (const one of [program, ...program.commands])
    one.exitOverride().configureOutput({
      writeOut: (text) => {
        printed.stdout += text;
      },
      writeErr: (text) => {
        printed.stderr += text;
      },
    });
  const status = await program.parseAsync(words, { from: 'user' }).then(
    () => 0,
    (error: { exitCode: number }) => error.exitCode,
  );
  return { status, ...printed };
}

for (const name of ['env', 'status', 'trace'])
  test(`${name}, a program of its own, helps and complains as the program of all commands does`, async () => {
    for (const words of [
      [name, '--help'],
      [name, '--wrong'],
      [name, '1', '2', '3'],
    ])
      deepEqual(run(...words), await runWhole(...words), words.join(' '));
  });

test('What a quick command cannot do is told as others tell it', () => {
  const { status, stdout, stderr } = run('trace', 'a', 'b', '--json');
  equal(stderr, 'No localvpc is running at http://127.0.0.1:1.\nTo start one, type: localvpc up\n');
  deepEqual([status, stdout], [1, '']);
  equal(run('env').stdout.split('\n')[0], 'export AWS_ENDPOINT_URL=http://127.0.0.1:1');
});

for (const name of ['env', 'status', 'export'])
  test(`A reader of ${name} that goes away is no failure`, async () => {
    const child = spawn(process.execPath, [CLI, name, '--help'], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.destroy();
    deepEqual(await once(child, 'exit'), [0, null]);
  });
