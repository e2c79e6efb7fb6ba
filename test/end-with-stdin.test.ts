/** `up --end-with-stdin`: what a test suite started ends with it, however the suite ends. */
import { equal, match } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { skip } from './fixture/guests-here.ts';
import { CLI } from './fixture/localvpc.ts';
import { belongingsOf, remainsOf } from './fixture/processes.ts';
import { ended } from './fixture/program-run.ts';
import { until } from './fixture/until.ts';

const UP = [CLI, 'up', '--ephemeral', '--port', '0', '--ready-fd', '3', '--end-with-stdin'];

/** A suite: starts localvpc with a pipe as its input, and prints its process and its endpoint. */
const SUITE = `
const { spawn } = require('node:child_process');
const child = spawn(process.execPath, ${JSON.stringify(UP)}, { stdio: ['pipe', 'ignore', 'inherit', 'pipe'] });
child.stdio[3].once('data', (line) => console.log(child.pid + ' ' + line));
`;

test('a suite that is killed takes localvpc with it, guests and all', { skip }, async () => {
  const suite = spawn(process.execPath, ['-e', SUITE], { stdio: ['ignore', 'pipe', 'inherit'] });
  const over = ended(suite);
  const [line]: unknown[] = await once(suite.stdout, 'data');
  match(String(line), /^\d+ http:/);
  const [pid, url] = String(line).trim().split(' ');
  // Its answer comes when the machine room is there.
  equal((await fetch(`${url}/_localvpc/nics`)).status, 200);
  const belongings = belongingsOf(Number(pid));
  suite.kill('SIGKILL');
  await over;
  await until('localvpc is gone', () => remainsOf(belongings) === '');
});

test('the end of its input ends it in order, with status 0', async () => {
  const localvpc = spawn(process.execPath, [...UP, '--guests', 'virtual'], {
    stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
  });
  const over = once(localvpc, 'exit');
  const ready = localvpc.stdio[3];
  if (ready) await once(ready, 'data');
  localvpc.stdin?.end();
  equal((await over)[0], 0);
});
