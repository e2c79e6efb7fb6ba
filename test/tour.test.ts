/** What `npm start` does, as a test: the built program up on a free port, the tour on it, and nothing left afterwards. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { skip } from './fixture/guests-here.ts';
import { LocalVpc } from './fixture/localvpc.ts';

let localvpc: LocalVpc;

before(async () => {
  localvpc = await LocalVpc.start();
});
after(() => localvpc.close());

test('the tour keeps every promise that it makes', { skip }, async () => {
  const { status, stdout, stderr } = await localvpc.command(['tour']);
  equal(status, 0, stdout + stderr);
  const steps = [...stdout.matchAll(/^(\d+)\. /gm)].map((step) => Number(step[1]));
  deepEqual(steps, [1, 2, 3, 4, 5, 6, 7], stdout);
});

test('instances of the tour are entered by their names', { skip }, async () => {
  const { status, stdout, stderr } = await localvpc.command(['exec', 'web', '--', 'cat', '/proc/sys/kernel/hostname']);
  equal(status, 0, stderr);
  match(stdout, /^ip-10-20-1-\d+\.ec2\.internal\n$/);
});

test('down ends it, and the process is gone when the command returns', async () => {
  const exited = localvpc.exited();
  const { status, stderr } = await localvpc.command(['down']);
  equal(status, 0, stderr);
  equal(await exited, 0);
});
