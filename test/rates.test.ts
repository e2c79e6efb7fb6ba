/** The rates of instances, felt by real streams: a hundredth of AWS's, far below what any machine can do. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { CreatePlacementGroupCommand } from '@aws-sdk/client-ec2';
import { enaReport } from '../src/cli/contract.ts';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { skip as skipSwitch } from './fixture/kernel-flow-switch.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { ended } from './fixture/program-run.ts';
import { createGroup, createSubnet, createVpc, EVERYTHING } from './fixture/vpc.ts';

const MEGABIT = 1e6;
/** As text: guests see no files of this project where it lies under /tmp. */
const DATAGRAMS = readFileSync(new URL('fixture/numbered-datagrams.mjs', import.meta.url), 'utf8');
const datagramsProgram = (...words: readonly string[]) => [
  'node',
  '--input-type=module',
  '-e',
  DATAGRAMS,
  '--',
  'datagrams',
  ...words,
];
/** A c5.large has ten gigabits on AWS, one of its flows five, and ten inside a cluster placement group. */
const TYPE = 'c5.large';

describe('rates', { skip }, () => {
  let localvpc: LocalVpc;
  let near: readonly RunningInstance[];
  let far: RunningInstance;

  before(async () => {
    localvpc = await LocalVpc.start({ rates: '0.01' });
    const { ec2 } = localvpc;
    await ec2.send(new CreatePlacementGroupCommand({ GroupName: 'near', Strategy: 'cluster' }));
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    const subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    const groups = [await createGroup(ec2, vpcId, EVERYTHING)];
    const [one, two, other] = await Promise.all([
      launch(localvpc, { subnetId, groups, instanceType: TYPE, placementGroup: 'near' }),
      launch(localvpc, { subnetId, groups, instanceType: TYPE, placementGroup: 'near' }),
      launch(localvpc, { subnetId, groups, instanceType: TYPE }),
    ]);
    near = [one, two];
    far = other;
    for (const server of [two, other])
      await localvpc.sh(server, 'iperf3 -s -D && until ss -ltn | grep -q :5201; do busybox usleep 10000; done');
  });
  after(() => localvpc.close());

  const [from, to] = [
    (): RunningInstance => present(near[0], 'an instance'),
    (): RunningInstance => present(near[1], 'one'),
  ];

  /** Bits a second that arrive, of so many streams together, after the first second: what a burst lets pass does not count. */
  async function measured(server: RunningInstance, streams: number): Promise<number> {
    const command = ['iperf3', '-c', server.address, '-t', '2', '-O', '1', '-P', String(streams), '-J'];
    const { stdout } = await localvpc.exec(from(), ...command);
    const rate = /"sum_received":\s*\{[^}]*"bits_per_second":\s*([\d.e+]+)/.exec(stdout)?.[1];
    ok(rate !== undefined, stdout.slice(-400));
    return Number(rate);
  }

  /** What a stream gets of its rate: never more, and most of it, headers and other programs of the machine allowed for. */
  const near10 = (actual: number, megabits: number): void => {
    ok(actual < 1.1 * megabits * MEGABIT, `${actual} is more than ${megabits} Mbit/s`);
    ok(actual > 0.5 * megabits * MEGABIT, `${actual} is far less than ${megabits} Mbit/s`);
  };

  test('nics says what of their flows the kernel switches', { skip: skipSwitch }, async () => {
    const { path, mode, pathWhy } = present((await localvpc.nics()).get(from().interfaceId), 'nic');
    deepEqual([mode, path], ['sriov', 'offloaded']);
    match(pathWhy, /below --rates/);
  });

  /** Sends numbered datagrams of 1200 bytes to `far`: so many each millisecond, for so many milliseconds. */
  async function datagrams(...phases: readonly string[]) {
    const receiving = localvpc.startCommand('exec', far.id, '--', ...datagramsProgram('receive', '7000'));
    const heard = ended(receiving);
    ok(receiving.stdout);
    const early = await Promise.race([once(receiving.stdout, 'data').then(() => undefined), heard]);
    equal(early, undefined, 'the receiver is ready');
    const before = (await localvpc.status()).fabric;
    const { stdout } = await localvpc.exec(from(), ...datagramsProgram('send', '7000', far.address, ...phases));
    const { stdout: report } = await heard;
    const { received, late }: { received: number; late: number } = JSON.parse(report.replace('ready', ''));
    const { fabric } = await localvpc.status();
    const dropped = (fabric.drops['rate/flow'] ?? 0) - (before.drops['rate/flow'] ?? 0);
    return { sent: Number(stdout), received, late, dropped, mediated: fabric.framesReceived - before.framesReceived };
  }

  test('a stream below its rate goes without the fabric', { skip: skipSwitch }, async () => {
    // A fifth of the rate.
    const { sent, late, mediated } = await datagrams('1:2000');
    ok(sent > 200, `${sent} datagrams were sent`);
    ok(mediated < 0.6 * sent, `the fabric saw ${mediated} frames of ${sent}`);
    equal(late, 0);
  });

  test('a stream that exceeds its rate and no longer does keeps its order', async () => {
    const { received, late, dropped } = await datagrams('1:300', '15:500', '1:500', '15:500', '1:500');
    ok(received > 0);
    ok(dropped > 0);
    equal(late, 0);
  });

  test('one flow has a hundredth of five gigabits, and of ten inside a cluster placement group', async () => {
    near10(await measured(far, 1), 50);
    near10(await measured(to(), 1), 100);
  });

  test('many flows together have the bandwidth of the instance', async () => {
    near10(await measured(far, 4), 100);
  });

  test('what exceeded the bandwidth is counted by the names of ENA’s driver, for the command, metrics and the guest', async () => {
    const { stdout } = await localvpc.command(['ena', from().id, '--json']);
    const report = enaReport(JSON.parse(stdout), 'the report');
    equal(report.networking, 'ena');
    equal(report.rates, 0.01);
    const counted = present(report.interfaces[0]?.counters?.bw_out_allowance_exceeded, 'the counter');
    ok(counted > 0);
    const inside = await localvpc.sh(from(), 'ena-stat eth0');
    match(inside, /^driver: ena\nNIC statistics:\n {5}bw_in_allowance_exceeded: \d+\n/);
    ok(Number(/bw_out_allowance_exceeded: (\d+)/.exec(inside)?.[1]) >= counted);
    match(inside, /conntrack_allowance_available: [1-9]\d+/);
    const metrics = await (await fetch(`${localvpc.url}/_localvpc/metrics`)).text();
    match(
      metrics,
      new RegExp(`localvpc_interface_bw_out_allowance_exceeded\\{interface="${from().interfaceId}"\\} [1-9]`),
    );
  });

  test('where rates are off, as they are unless asked for, nothing limits a stream', async () => {
    const unlimited = await LocalVpc.start({ rates: 'off' });
    equal((await unlimited.status()).rates, undefined);
    await unlimited.close();
    equal((await localvpc.status()).rates, 0.01);
  });

  test('a guest asks about its own interfaces, and there is nothing about others', async () => {
    const { status, stderr } = await localvpc.exec(from(), 'ena-stat', 'eth7');
    equal(status, 1);
    equal(stderr, 'ena-stat: there is no interface eth7\n');
    equal((await localvpc.sh(from(), 'curl -s http://169.254.169.254/localvpc/ena')).trim(), from().mac);
  });
});
