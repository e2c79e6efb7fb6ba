/** What `npm start` does, as a test: the built program up on a free port, the tour on it, and nothing left afterwards. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

let server: ChildProcess;
let endpoint = '';

before(async () => {
  const args = [CLI, 'up', '--ephemeral', '--port', '0', '--ready-fd', '3'];
  server = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const ready = server.stdio[3];
  endpoint = await new Promise<string>((resolve, reject) => {
    ready?.once('data', (line: Buffer) => resolve(line.toString().trim()));
    server.once('exit', (status) => reject(new Error(`localvpc ended with status ${status} instead of coming up`)));
  });
});

after(() => {
  server.kill('SIGKILL');
});

/** Runs a command of localvpc against the one that is up. */
async function localvpc(
  ...args: readonly string[]
): Promise<{ readonly status: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { env: { ...process.env, LOCALVPC_ENDPOINT: endpoint } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, output };
}

test('the tour keeps every promise that it makes', async () => {
  const { status, output } = await localvpc('tour');
  equal(status, 0, output);
  const steps = [...output.matchAll(/^(\d+)\. /gm)].map((step) => Number(step[1]));
  deepEqual(steps, [1, 2, 3, 4, 5, 6, 7], output);
});

test('instances of the tour are entered by their names', async () => {
  const { status, output } = await localvpc('exec', 'web', '--', 'cat', '/proc/sys/kernel/hostname');
  equal(status, 0, output);
  match(output, /^ip-10-20-1-\d+\.ec2\.internal\n$/);
});

test('down ends it, and the process is gone when the command returns', async () => {
  const exited = new Promise<number | null>((resolve) => server.once('exit', resolve));
  const { status, output } = await localvpc('down');
  equal(status, 0, output);
  equal(await exited, 0);
});
