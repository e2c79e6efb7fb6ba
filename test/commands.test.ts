/** The commands of localvpc on one that runs: exec, internet, capture, status, trace, reset, down. */
import { equal, match, ok } from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DescribeInstancesCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { belongingsOf, remainsOf } from './fixture/processes.ts';
import { ended, runProgram } from './fixture/program-run.ts';
import { until } from './fixture/until.ts';
import { createGroup, createSubnet, createVpc, EVERYTHING } from './fixture/vpc.ts';
import { serve } from './fixture/web.ts';

describe('commands', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'localvpc-test-'));
  let localvpc: LocalVpc;
  let client: RunningInstance;
  let server: RunningInstance;
  let portsAtFirst = 0;

  before(async () => {
    localvpc = await LocalVpc.start();
    portsAtFirst = (await localvpc.status()).fabric.ports;
    const { ec2 } = localvpc;
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    const groups = [await createGroup(ec2, vpcId, EVERYTHING)];
    [client, server] = await Promise.all([
      launch(localvpc, { subnetId: await createSubnet(ec2, vpcId, '10.0.1.0/24'), groups }),
      launch(localvpc, { subnetId: await createSubnet(ec2, vpcId, '10.0.2.0/24'), groups }),
    ]);
    await serve(localvpc, server, 80);
  });
  after(async () => {
    try {
      await localvpc.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('exec passes exit status, standard input, output and error stream', async () => {
    const run = await localvpc.command(
      ['exec', client.id, '--', 'sh', '-c', 'cat; echo to the error stream >&2; exit 41'],
      { stdin: 'from the caller\n' },
    );
    equal(run.status, 41);
    equal(run.stdout, 'from the caller\n');
    equal(run.stderr, 'to the error stream\n');
  });

  test('exec passes bytes as they are, many of them', async () => {
    const bytes = Buffer.alloc(1_000_000, 'localvpc ');
    const run = await localvpc.command(['exec', client.id, '--', 'md5sum'], { stdin: bytes });
    equal(run.stdout, (await runProgram('md5sum', [], { stdin: bytes })).stdout);
  });

  test('exec hands a signal to the program, and ends as the program does', async () => {
    const script = 'trap "echo asked to end; exit 7" TERM; echo ready; while :; do sleep 0.1; done';
    const child = localvpc.startCommand('exec', client.id, '--', 'sh', '-c', script);
    const end = ended(child);
    await once(present(child.stdout, 'stdout'), 'data');
    child.kill('SIGTERM');
    const { status, stdout } = await end;
    equal(stdout, 'ready\nasked to end\n');
    equal(status, 7);
  });

  test('exec says what is wrong with an instance that cannot be entered', async () => {
    const { status, stderr } = await localvpc.command(['exec', 'i-0123456789abcdef0', '--', 'true']);
    equal(status, 1);
    match(stderr, /i-0123456789abcdef0/);
  });

  test('internet runs programs outside, with their status', async () => {
    const { status, stdout } = await localvpc.command(['internet', '--', 'sh', '-c', 'ip -4 -o address; exit 3']);
    equal(status, 3);
    match(stdout, /192\.0\.2\.1\/32/);
  });

  test('a capture holds the packets of the interface, for tcpdump to read', async () => {
    const file = join(folder, 'client.pcapng');
    const capture = localvpc.startCommand('capture', client.id, '--output', file);
    const end = ended(capture);
    const read = () => runProgram('tcpdump', ['-n', '-r', file]);
    await until('the capture has begun', async () => {
      await localvpc.exec(client, 'ping', '-c', '1', '-W', '1', server.address);
      return (await read()).stdout.includes('ICMP echo request');
    });
    equal((await localvpc.exec(client, 'curl', '-s', '-m', '2', `http://${server.address}/cgi-bin/who`)).status, 0);
    await until('all of it is written', async () => (await read()).stdout.includes('Flags [F'));
    capture.kill('SIGINT');
    equal((await end).status, 0);
    const { status, stdout, stderr } = await read();
    equal(status, 0, stderr);
    ok(stdout.includes(`${client.address} > ${server.address}: ICMP echo request`), stdout);
    match(stdout, new RegExp(`${client.address}\\.\\d+ > ${server.address}\\.80: Flags \\[S\\]`));
    match(stdout, new RegExp(`${server.address}\\.80 > ${client.address}\\.\\d+: Flags \\[S\\.\\]`));
    ok(!/bad|truncated/.test(stdout), stdout);
  });

  test('a capture ends in a pipe as well', async () => {
    const capture = localvpc.startCommand('capture', client.interfaceId);
    const end = ended(capture);
    const first = once(present(capture.stdout, 'stdout'), 'data');
    await first;
    capture.kill('SIGINT');
    equal((await end).status, 0);
  });

  test('drops shows a packet as it is dropped, with the route table that decided', async () => {
    const drops = localvpc.startCommand('drops', client.interfaceId, '--json');
    const end = ended(drops);
    let told = '';
    present(drops.stdout, 'stdout').on('data', (part: Buffer) => {
      told += part.toString();
    });
    await until('a drop is told', async () => {
      await localvpc.exec(client, 'ping', '-c', '1', '-W', '1', '192.0.2.1');
      return told.includes('"route/no-route"');
    });
    match(told, /"packet":"[^"]* > 192\.0\.2\.1 icmp 8\/0".*"kind":"route-table","id":"rtb-/);
    drops.kill('SIGINT');
    equal((await end).status, 0);
  });

  test('trace says by its status whether the packet arrives', async () => {
    equal((await localvpc.command(['trace', client.id, server.id, '--tcp', '80'])).status, 0);
    const lost = await localvpc.command(['trace', client.id, '192.0.2.1', '--tcp', '80']);
    equal(lost.status, 2, lost.stdout);
    match(lost.stdout, /Dropped, route\//);
  });

  test('status says what runs', async () => {
    const { status, stdout } = await localvpc.command(['status']);
    equal(status, 0);
    match(stdout, /2 running/);
  });

  test('reset brings back the first state, and no guest lives on', async () => {
    const { ec2 } = localvpc;
    const guests = (await Promise.all([client, server].map((guest) => localvpc.guestPid(guest)))).map((pid) =>
      belongingsOf(present(pid, 'guest')),
    );
    equal((await localvpc.command(['reset'])).status, 0);
    for (const guest of guests) equal(remainsOf(guest), '');
    equal((await ec2.send(new DescribeInstancesCommand({}))).Reservations?.length, 0);
    const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
    equal(Vpcs.map(({ CidrBlock, IsDefault }) => `${CidrBlock} ${IsDefault}`).join(), '172.31.0.0/16 true');
    equal((await localvpc.status()).fabric.ports, portsAtFirst);
  });

  test('after a reset everything works as at first', async () => {
    const { ec2 } = localvpc;
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    const groups = [await createGroup(ec2, vpcId, EVERYTHING)];
    const subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    const [one, other] = await Promise.all([
      launch(localvpc, { subnetId, groups }),
      launch(localvpc, { subnetId, groups }),
    ]);
    equal((await localvpc.exec(one, 'ping', '-c', '1', '-W', '1', other.address)).status, 0);
  });

  test('down leaves nothing: no process, no namespace', async () => {
    const belongings = belongingsOf(localvpc.pid);
    ok(belongings.pids.length > 5, `${belongings.pids}`);
    const exited = localvpc.exited();
    equal((await localvpc.command(['down'])).status, 0);
    equal(await exited, 0);
    equal(remainsOf(belongings), '');
    const again = await localvpc.command(['down']);
    equal(again.status, 0, 'nothing to do is no error');
  });
});
