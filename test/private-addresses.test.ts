/** Private addresses from the user's own terminal: by every program in `localvpc shell`, and by the SOCKS proxy. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { DescribeInstancesCommand, ModifyVpcAttributeCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { launch, publicAddressOf, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { ended, runProgram } from './fixture/program-run.ts';
import { createGroup, createSubnet, createVpc, makePublic, tcp } from './fixture/vpc.ts';
import { serve } from './fixture/web.ts';

/** Both VPCs have the same block, and in both an instance has this address. */
const BLOCK = '10.0.0.0/16';
const TWIN = '10.0.1.20';

describe('private addresses from the own terminal', { skip }, () => {
  let localvpc: LocalVpc;
  const vpcs: { readonly subnetId: string; readonly groupId: string; readonly twin: RunningInstance }[] = [];
  let web: RunningInstance;
  let publicAddress = '';

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    for (const name of ['first', 'second']) {
      const vpcId = await createVpc(ec2, BLOCK);
      await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: true } }));
      const subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
      if (name === 'first') await makePublic(ec2, vpcId, subnetId);
      const groupId = await createGroup(ec2, vpcId);
      const groups = [await createGroup(ec2, vpcId, tcp(80, groupId))];
      const twin = await launch(localvpc, { subnetId, groups, privateAddress: TWIN, isPublic: name === 'first' });
      await serve(localvpc, twin, 80);
      await localvpc.sh(twin, `echo ${name} > /srv/who/name`);
      vpcs.push({ subnetId, groupId, twin });
    }
    const [{ subnetId, groupId, twin }] = vpcs as [(typeof vpcs)[0]];
    web = await launch(localvpc, { subnetId, groups: [groupId] });
    publicAddress = await publicAddressOf(ec2, twin);
  });
  after(async () => await localvpc.close());

  const inShell = (options: readonly string[], script: string) =>
    localvpc.command(['shell', ...options, '--', 'sh', '-c', script]);
  const CURL = 'curl -sS --connect-timeout 0.9 --max-time 5';
  const plain = (text: string): string => text.replaceAll(/\[?(?:::ffff:)?([\d.]+)\]?/g, '$1');

  test('a shell via an instance reaches private addresses with own files, and the receiver sees the instance’s address', async () => {
    const run = await inShell(['--via', web.id], `pwd; ${CURL} http://${TWIN}/cgi-bin/who`);
    deepEqual([run.status, plain(run.stdout)], [0, `${process.cwd()}\n${web.address}`], run.stderr);
  });

  test('names resolve as in the VPC, and the machine’s own resolver stays as it is', async () => {
    const before = readFileSync('/etc/resolv.conf', 'utf8');
    const run = await inShell(['--via', web.id], `${CURL} http://ip-10-0-1-20.ec2.internal/name`);
    deepEqual([run.status, run.stdout], [0, 'first\n'], run.stderr);
    equal(readFileSync('/etc/resolv.conf', 'utf8'), before);
  });

  test('public names resolve in a shell of the outside world', async () => {
    const name = `ec2-${publicAddress.replaceAll('.', '-')}.compute-1.amazonaws.com`;
    const { stdout } = await inShell([], `getent hosts ${name}`);
    match(stdout, new RegExp(`^${publicAddress} `));
  });

  test('two VPCs with the same addresses are told apart by the subnet that one says', async () => {
    for (const [index, name] of ['first', 'second'].entries()) {
      const { subnetId, groupId } = present(vpcs[index], 'vpc');
      const run = await inShell(['--subnet', subnetId, '--group', groupId], `${CURL} http://${TWIN}/name`);
      deepEqual([run.status, run.stdout], [0, `${name}\n`], run.stderr);
    }
  });

  test('the group of the receiver decides over the shell’s packets, and what was launched is terminated', async () => {
    const { subnetId } = present(vpcs[1], 'vpc');
    const run = await inShell(['--subnet', subnetId], `${CURL} http://${TWIN}/name`);
    equal(run.status, 28, run.stdout);
    const { Reservations = [] } = await localvpc.ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'tag:Name', Values: ['localvpc-shell'] }] }),
    );
    const states = Reservations.flatMap(({ Instances = [] }) => Instances).map(({ State }) => State?.Name);
    deepEqual([...new Set(states)], ['terminated']);
  });

  test('a subnet that is not there is refused in EC2’s words, with the advice where ids are looked up', async () => {
    const run = await localvpc.command(['shell', '--subnet', 'subnet-0aaaaaaaaaaaaaaaa', '--', 'true']);
    equal(run.status, 1);
    match(run.stderr, /subnet-0aaaaaaaaaaaaaaaa.*\nIds are looked up with AWS_REGION/);
  });

  describe('through the proxy', () => {
    let proxy: ChildProcess;
    let url = '';

    before(async () => {
      proxy = localvpc.startCommand('proxy', '--via', web.id, '--port', '0');
      const [line] = await once(present(proxy.stdout, 'stdout').setEncoding('utf8'), 'data');
      url = present(/socks5h:\/\/127\.0\.0\.1:\d+/.exec(String(line))?.[0], `address in ${line}`);
    });

    const curl = (target: string, ...options: readonly string[]) =>
      runProgram('curl', ['-sS', '--max-time', '5', '--proxy', url, ...options, target]);

    test('a program of the machine reaches private and public addresses, and the receiver sees the instance’s', async () => {
      const { status, stdout, stderr } = await curl(`http://${TWIN}/cgi-bin/who`);
      deepEqual([status, plain(stdout)], [0, web.address], stderr);
    });

    test('names are resolved where the proxy connects from', async () => {
      equal((await curl('http://ip-10-0-1-20.ec2.internal/name')).stdout, 'first\n');
      const { status, stderr } = await curl('http://nobody.ec2.internal/');
      deepEqual([status, /\(4\)/.test(stderr)], [97, true], stderr);
    });

    test('much arrives as it was sent, and a port at which nobody listens refuses', async () => {
      const script = `cd /srv/who && head -c 5000000 /dev/urandom > much && sha256sum < much`;
      const expected = await localvpc.sh(present(vpcs[0], 'vpc').twin, script);
      const run = await runProgram('sh', ['-c', `curl -sS --proxy ${url} http://${TWIN}/much | sha256sum`]);
      equal(run.stdout.trim(), expected);
      // Its own address: the group of the other lets port 80 in only.
      match((await curl(`http://${web.address}:81/`)).stderr, /\(5\)/);
    });

    test('who speaks something else than SOCKS gets nothing', async () => {
      const run = await runProgram('curl', ['-sS', '--max-time', '5', url.replace('socks5h', 'http')]);
      ok([52, 56].includes(run.status), run.stderr);
    });

    test('it ends in order when it is asked to, and by itself with its instance', async () => {
      const other = localvpc.startCommand('proxy', '--via', web.id, '--port', '0');
      const [first, second] = [ended(other), ended(proxy)];
      await once(present(other.stdout, 'stdout'), 'data');
      equal((await curl(`http://${TWIN}/name`)).stdout, 'first\n');
      other.kill('SIGTERM');
      equal((await first).status, 0);
      await localvpc.ec2.send(new TerminateInstancesCommand({ InstanceIds: [web.id] }));
      const { status, stderr } = await second;
      equal(status, 1);
      match(stderr, /has ended, and the proxy with it/);
    });
  });
});
