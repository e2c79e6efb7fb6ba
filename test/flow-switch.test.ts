/** Virtual functions with real guests: who forwards what, and what becomes of it when somebody changes something. */
import { equal, match, ok } from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { DescribeNetworkAclsCommand } from '@aws-sdk/client-ec2';
import { launch, publicAddressOf, type RunningInstance } from './fixture/instances.ts';
import { skip } from './fixture/kernel-flow-switch.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { addEntry, deleteEntry } from './fixture/network-acl.ts';
import { present } from './fixture/present.ts';
import { until } from './fixture/until.ts';
import { createGroup, createSubnet, createVpc, EVERYTHING, makePublic } from './fixture/vpc.ts';

const FILE_BYTES = 60_000_000;
/** A segmentation-offload frame holds at most this. */
const FRAME_BYTES = 65_536;

describe('a virtual function', { skip }, () => {
  let localvpc: LocalVpc;
  let client: RunningInstance;
  let server: RunningInstance;
  let aclId = '';
  let publicAddress = '';
  const running: ChildProcess[] = [];

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    const [one, two] = [await createSubnet(ec2, vpcId, '10.0.1.0/24'), await createSubnet(ec2, vpcId, '10.0.2.0/24')];
    const group = await createGroup(ec2, vpcId, EVERYTHING);
    await makePublic(ec2, vpcId, two);
    [client, server] = await Promise.all([
      launch(localvpc, { subnetId: one, groups: [group], nic: 'sriov' }),
      launch(localvpc, { subnetId: two, groups: [group], nic: 'sriov', isPublic: true }),
    ]);
    publicAddress = await publicAddressOf(ec2, server);
    const { NetworkAcls } = await ec2.send(
      new DescribeNetworkAclsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }),
    );
    aclId = present(NetworkAcls?.[0]?.NetworkAclId, 'NetworkAclId');
    await localvpc.sh(
      server,
      `mkdir -p /srv/www && head -c ${FILE_BYTES} /dev/zero >/srv/www/big && busybox httpd -p 80 -h /srv/www`,
    );
  });
  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await localvpc.close();
  });

  const switched = async () => present((await localvpc.status()).fabric.offloaded, 'a flow switch');
  const mediated = async (): Promise<number> => (await localvpc.status()).fabric.framesReceived;

  test('is what an instance with enhanced networking has, and nics says so', async () => {
    equal(present((await localvpc.nics()).get(client.interfaceId), 'nic').path, 'offloaded');
  });

  for (const [from, address] of [
    ['another subnet', () => server.address],
    ['the internet', () => publicAddress],
  ] as const) {
    test(`carries a transfer to ${from} of which the fabric sees the beginning and the end`, async () => {
      const [packetsBefore, framesBefore] = [await switched(), await mediated()];
      const download = ['curl', '-s', '-o', '/dev/null', '-w', '%{size_download}', `http://${address()}/big`];
      const { stdout } =
        from === 'the internet' ? await localvpc.internet(...download) : await localvpc.exec(client, ...download);
      equal(stdout, String(FILE_BYTES));
      const bytes = (await switched()).bytes - packetsBefore.bytes;
      const frames = (await mediated()) - framesBefore;
      ok(bytes > 0.9 * FILE_BYTES, `${bytes} bytes were switched`);
      ok(frames < (0.3 * FILE_BYTES) / FRAME_BYTES, `the fabric saw ${frames} frames`);
    });
  }

  test('forwards no packet more when a rule against it is confirmed, and goes on when it is gone', async () => {
    await transferSlowly();
    const rule = { number: 1, direction: 'ingress', action: 'deny' } as const;
    await addEntry(localvpc.ec2, aclId, rule);
    const atConfirmation = (await switched()).packets;
    const dropsBefore = await drops();
    await until('the fabric drops what comes', async () => (await drops()) > dropsBefore);
    equal((await switched()).packets, atConfirmation);
    await deleteEntry(localvpc.ec2, aclId, rule);
    await until('packets are switched again', async () => (await switched()).packets > atConfirmation + 10);
  });

  test('shows a capture every packet', async () => {
    await transferSlowly();
    const capture = localvpc.startCommand('capture', client.id, '--output', '/dev/null');
    running.push(capture);
    const nic = async () => present((await localvpc.nics()).get(client.interfaceId), 'nic');
    await until('nics says that it is mediated', async () => (await nic()).path === 'mediated');
    match((await nic()).pathWhy, /captured/);
    await until('the fabric sees the frames of the transfer', async () => {
      const [packets, frames] = [(await switched()).packets, await mediated()];
      await new Promise((resolve) => setTimeout(resolve, 100));
      return (await mediated()) > frames && (await switched()).packets === packets;
    });
    const ended = once(capture, 'exit');
    capture.kill('SIGINT');
    await ended;
    const { packets } = await switched();
    await until('packets are switched again', async () => (await switched()).packets > packets + 10);
  });

  const drops = async (): Promise<number> => (await localvpc.status()).fabric.drops['network-acl-in/denied'] ?? 0;

  /** Begins a transfer that lasts longer than its test. */
  async function transferSlowly(): Promise<void> {
    const { packets } = await switched();
    const command = ['curl', '-s', '--limit-rate', '2M', '-o', '/dev/null', `http://${server.address}/big`];
    const transfer = localvpc.startCommand('exec', client.id, '--', ...command);
    running.push(transfer);
    await until('packets of the transfer are switched', async () => (await switched()).packets > packets + 10);
  }
});
