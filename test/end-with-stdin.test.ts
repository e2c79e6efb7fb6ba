/** `up --end-with-stdin`: what a test suite started ends with it, however the suite ends. */
import { equal, match } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { startLocalvpcFor } from '../src/cli/started-localvpc.ts';
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
  try {
    const [line]: unknown[] = await once(suite.stdout, 'data');
    match(String(line), /^\d+ http:/);
    const [pid, url] = String(line).trim().split(' ');
    // Its answer comes when the machine room is there.
    equal((await fetch(`${url}/_localvpc/nics`)).status, 200);
    const belongings = belongingsOf(Number(pid));
    suite.kill('SIGKILL');
    await until('localvpc is gone', () => remainsOf(belongings) === '');
  } finally {
    suite.kill('SIGKILL');
    await over;
  }
});

test('the end of its input ends it in order, with status 0', async () => {
  const { process: localvpc, gone } = await startLocalvpcFor(CLI, ['--ephemeral', '--guests', 'virtual']);
  localvpc.stdin?.end();
  await gone;
  equal(localvpc.exitCode, 0);
});
