/** Hosts that are drained, fail and are repaired, as guests and packets see it. */
import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DescribeInstanceStatusCommand } from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { booted, type RunningInstance } from './fixture/instances.ts';
import type { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { FIRST, SECOND, type TwoHosts, twoHosts } from './fixture/two-hosts.ts';

describe('hosts', { skip }, () => {
  let scene: TwoHosts;
  let localvpc: LocalVpc;
  let one: RunningInstance;
  let other: RunningInstance;

  before(async () => {
    scene = await twoHosts({ isKept: true });
    ({ localvpc, one, other } = scene);
  });
  after(async () => await scene.close());

  const hosts = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await localvpc.command(['hosts', ...args]);
    equal(status, 0, `hosts ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  const hostOf = async ({ id }: RunningInstance): Promise<unknown> =>
    JSON.parse(await hosts('--instance', id, '--json')).hostId;
  const checkOf = async ({ id }: RunningInstance): Promise<string | undefined> => {
    const { InstanceStatuses } = await localvpc.ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [id] }));
    return present(InstanceStatuses?.[0], 'status').SystemStatus?.Status;
  };
  const answers = async (): Promise<boolean> =>
    (await localvpc.exec(one, 'ping', '-c', '1', '-W', '1', other.address)).status === 0;

  test('instances on a drained host run on another one, without a boot', async () => {
    const guest = await localvpc.guestPid(other);
    match(await hosts('drain', SECOND), new RegExp(`^${other.id} runs on ${FIRST} now`));
    await hosts('repair', SECOND);
    await hosts('drain', FIRST);
    deepEqual([await hostOf(one), await hostOf(other)], [SECOND, SECOND]);
    equal(await localvpc.guestPid(other), guest);
    await hosts('repair', FIRST);
  });

  test('what is on a failed host is gone for packets, over a restart too, and boots when it is repaired', async () => {
    await hosts('fail', SECOND, '--recover-after', '3600');
    deepEqual([await checkOf(one), await checkOf(other)], ['impaired', 'impaired']);
    equal(await localvpc.guestPid(other), undefined);
    await localvpc.kill9();
    await localvpc.restart();
    equal(await checkOf(other), 'impaired');
    match(await hosts(), /us-east-1a-r2-h1\s+failed\s+2/);
    await hosts('repair', SECOND);
    await Promise.all([booted(localvpc, one), booted(localvpc, other)]);
    deepEqual([await checkOf(other), await answers()], ['ok', true]);
  });

  test('an instance recovers on another host, with its interface and its files, without its memory', async () => {
    await localvpc.sh(other, 'echo kept > /root/file; echo lost > /dev/shm/file');
    const before = await localvpc.guestPid(other);
    await hosts('fail', SECOND, '--recover-after', '0');
    await Promise.all([booted(localvpc, one), booted(localvpc, other)]);
    notEqual(await localvpc.guestPid(other), before);
    deepEqual([await hostOf(other), await checkOf(other)], [FIRST, 'ok']);
    equal(await localvpc.sh(other, 'cat /root/file; cat /sys/class/net/eth0/address'), `kept\n${other.mac}`);
    notEqual((await localvpc.exec(other, 'cat', '/dev/shm/file')).status, 0);
    equal(await answers(), true);
  });
});
