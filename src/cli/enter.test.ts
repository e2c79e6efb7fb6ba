/** Programs in a guest, as a user runs them: the command in a process of its own, a namespace of the test's own to enter. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const INSTANCE = 'i-0123456789abcdef0';

/** A stand-in for a guest: namespaces with nothing in them but a sleep, which ends with this process. */
let guest: ChildProcess;
let endpoint = '';

const server = createServer((_, response) => {
  const entry = { hostPid: guestPid(), driver: 'namespace', state: 'running', message: null };
  response.end(JSON.stringify(entry));
});

/** unshare forks for the process namespace: the guest's first process is its child. */
const guestPid = (): number => Number(readFileSync(`/proc/${guest.pid}/task/${guest.pid}/children`, 'utf8'));

before(async () => {
  const namespaces = ['--user', '--map-root-user', '--mount', '--uts', '--ipc', '--net', '--cgroup', '--pid'];
  const options = [...namespaces, '--fork', '--kill-child', '--mount-proc'];
  guest = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'unshare', ...options, 'sleep', '120'], { stdio: 'ignore' });
  while (!(guestPid() > 0)) await sleep(10);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});

after(() => {
  guest.kill('SIGKILL');
  server.close();
});

interface Ended {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Starts `localvpc exec` with a program, hands it an input, and gives the process to whoever wants to disturb it. */
function start(...program: readonly string[]): ChildProcess {
  const args = [CLI, 'exec', INSTANCE, '--', ...program];
  const env = { ...process.env, LOCALVPC_ENDPOINT: endpoint, HTTP_PROXY: 'http://outside', TERM: 'xterm' };
  return spawn(process.execPath, args, { env });
}

async function ended(child: ChildProcess, input = ''): Promise<Ended> {
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  child.stdin?.end(input);
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, output, errors };
}

test('input, output, error stream and exit status are those of the program', async () => {
  const run = await ended(start('sh', '-c', 'cat; echo trouble >&2; exit 7'), 'through the pipe');
  deepEqual(run, { status: 7, output: 'through the pipe', errors: 'trouble\n' });
});

test('the program is in the namespaces of the guest, as its root', async () => {
  const { output } = await ended(start('sh', '-c', 'id -u; readlink /proc/self/ns/net; echo /proc/[0-9]* | wc -w'));
  const [user, network, processes] = output.trim().split('\n');
  equal(user, '0');
  equal(network, readlinkSync(`/proc/${guestPid()}/ns/net`));
  equal(Number(processes) < 10, true);
});

test('nothing of the environment outside reaches the program but the type of the terminal', async () => {
  const { output } = await ended(start('env'));
  match(output, /^TERM=xterm$/m);
  equal(/PROXY|LOCALVPC|NODE/.test(output), false);
});

test('a program that is not there has the exit status of a shell for it', async () => {
  const { status, errors } = await ended(start('no-such-program'));
  equal(status, 127);
  match(errors, /no-such-program/);
});

test('a signal to the command ends the program inside', async () => {
  const child = start('sh', '-c', 'echo started; exec sleep 60');
  child.stdout?.once('data', () => child.kill('SIGTERM'));
  const { status } = await ended(child);
  equal(status, 128 + 15);
});
