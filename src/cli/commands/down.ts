/** `localvpc down`: ends the running localvpc and waits until it is gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { health } from '../contract.ts';
import type { Endpoint } from '../endpoint.ts';
import { CommandFailure, errorCodeOf } from '../failure.ts';

const POLL_MS = 50;
const GONE_WITHIN_MS = 30_000;

const HELP = `
Guests are shut down, the journal is flushed, and every namespace, process and
device of localvpc is gone when the command returns. What "up" kept in its data
folder stays there. Where none is running there is nothing to do, which is no
error.

Example:
  $ localvpc down
`;

export const downCommand = (context: () => Context): Command =>
  new Command('down')
    .description('end the running localvpc')
    .addHelpText('after', HELP)
    .action(async () => await down(context()));

async function down({ endpoint, print }: Context): Promise<void> {
  if (!(await endpoint.answers())) {
    print(`No localvpc is running at ${endpoint.url}.`);
    return;
  }
  const { pid } = await endpoint.get('health', health);
  const seesProcess = isAlive(pid);
  await endpoint.request('shutdown', { method: 'POST' });
  const givesUpAtMs = performance.now() + GONE_WITHIN_MS;
  while ((seesProcess && isAlive(pid)) || (await endpoint.answers())) {
    if (performance.now() > givesUpAtMs) throw stillThere(endpoint, pid);
    await sleep(POLL_MS);
  }
  print('localvpc has ended.');
}

const stillThere = (endpoint: Endpoint, pid: number): CommandFailure =>
  new CommandFailure(
    `localvpc at ${endpoint.url} was asked to end but is still there after ${GONE_WITHIN_MS / 1000} s.`,
    `To end it at once, with everything it started: kill -9 ${pid}`,
  );

/** A process of another user is alive too; signals to it are refused. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCodeOf(error) === 'EPERM';
  }
}
