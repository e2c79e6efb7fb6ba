/** From the user's own terminal: logging in to instances, and a shell in which public addresses are reached. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CreateKeyPairCommand, DescribeKeyPairsCommand, RebootInstancesCommand } from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { launch, publicAddressOf, type RunningInstance } from './fixture/instances.ts';
import { CLI, LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { type ProgramRun, runProgram } from './fixture/program-run.ts';
import { until } from './fixture/until.ts';
import { createGroup, createSubnet, createVpc, EVERYTHING, makePublic } from './fixture/vpc.ts';
import { serve } from './fixture/web.ts';

const isRoot = process.geteuid?.() === 0;

/** Stand-ins in the guest, found before the machine's own: what they are told is what counts. */
const PLANT = `
cd /usr/local/sbin
printf '#!/bin/sh\\necho "$@" >/run/sshd-arguments\\n' >sshd
printf '#!/bin/sh\\nwhile [ $# -gt 1 ]; do [ "$1" = -f ] && file=$2; shift; done\\n[ -f $file ] || touch $file $file.pub\\n' >ssh-keygen
chmod 755 sshd ssh-keygen
`;

describe('the own terminal', { skip }, () => {
  let localvpc: LocalVpc;
  let folder = '';
  let keyFile = '';
  let web: RunningInstance;
  let address = '';

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    folder = mkdtempSync(join(tmpdir(), 'own-terminal-'));
    keyFile = join(folder, 'key.pem');
    const { KeyMaterial } = await ec2.send(new CreateKeyPairCommand({ KeyName: 'mine', KeyType: 'ed25519' }));
    writeFileSync(keyFile, present(KeyMaterial, 'KeyMaterial'), { mode: 0o600 });
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    const subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    await makePublic(ec2, vpcId, subnetId);
    const groups = [await createGroup(ec2, vpcId, EVERYTHING)];
    web = await launch(localvpc, { subnetId, groups, isPublic: true, keyName: 'mine' });
    address = await publicAddressOf(ec2, web);
    await serve(localvpc, web, 80);
  });
  after(async () => {
    await localvpc.close();
    rmSync(folder, { recursive: true });
  });

  /** Types lines into a command that has a terminal: util-linux's script(1) opens one. */
  const inTerminal = (words: string, lines: string, env: Readonly<Record<string, string>> = {}): Promise<ProgramRun> =>
    runProgram('script', ['-qec', `${process.execPath} ${CLI} ${words}`, '/dev/null'], {
      env: { ...localvpc.environment, ...env },
      stdin: lines,
    });

  test('a command of ssh is read by a login shell of root in its home', async () => {
    const run = await localvpc.command(['ssh', web.id, '--', 'pwd;', 'id -u; echo "$USER"; exit 7']);
    deepEqual([run.status, run.stdout], [7, '/root\n0\nroot\n']);
  });

  test('ssh without a command reads a pipe, as a shell does', async () => {
    const run = await localvpc.command(['ssh', web.id], { stdin: 'echo from $(cat /etc/hostname)\nexit 3\n' });
    equal(run.status, 3);
    match(run.stdout, /^from ip-10-0-1-/);
  });

  test('ssh in a terminal opens a terminal of the guest', async () => {
    const run = await inTerminal(`ssh ${web.id}`, 'tty\nexit 5\n');
    equal(run.status, 5, run.stdout);
    match(run.stdout, /\/dev\/pts\/\d/);
  });

  test('a program of shell has the own files and folder, public addresses, and neither private ones nor proxies', async () => {
    const script =
      `test -r ${keyFile} && pwd; echo "$http_proxy"; ` +
      `curl -s -m 5 http://${address}/cgi-bin/who; echo; curl -s -m 1 http://${web.address}/cgi-bin/who`;
    const run = await runProgram(process.execPath, [CLI, 'shell', '--', 'sh', '-c', script], {
      env: { ...localvpc.environment, http_proxy: 'http://127.0.0.1:9' },
    });
    match(run.stdout, new RegExp(`^${process.cwd()}\n\n\\D*192\\.0\\.2\\.1\\D*\n$`));
    ok(run.status !== 0, 'a private address has answered');
  });

  test('the prompt of shell says where it is, and its status is that of the shell', async () => {
    const run = await inTerminal('shell', 'exit 4\n', { SHELL: '/bin/sh' });
    equal(run.status, 4, run.stdout);
    match(run.stdout, /^\(localvpc\) [#$] /m);
  });

  const reboot = async (): Promise<void> => {
    const before = (await localvpc.consoleOf(web)).length;
    await localvpc.ec2.send(new RebootInstancesCommand({ InstanceIds: [web.id] }));
    await until('the guest has said what became of sshd', async () =>
      /localvpc: sshd .*\n/.test((await localvpc.consoleOf(web)).slice(before)),
    );
  };

  if (isRoot && ['/usr/sbin/sshd', '/usr/bin/ssh'].every((path) => existsSync(path))) {
    test('ssh logs in at the public address with the key pair’s key, where this machine has sshd', async () => {
      await until('sshd listens', async () => /sshd listens/.test(await localvpc.consoleOf(web)));
      const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes'];
      const ssh = ['ssh', ...options.flatMap((option) => ['-o', option]), '-i', keyFile, `ec2-user@${address}`];
      const run = await localvpc.command(['shell', '--', ...ssh, 'whoami']);
      deepEqual([run.status, run.stdout], [0, 'ec2-user\n'], run.stderr);
    });
  }

  if (isRoot) {
    test('sshd starts at boot with host keys of the guest’s own, and the key pair’s key lets ec2-user in', async () => {
      await localvpc.sh(web, PLANT);
      await reboot();
      await reboot();
      match(await localvpc.sh(web, 'cat /run/sshd-arguments'), /^-f \/etc\/ssh\/sshd_config.localvpc /);
      match(await localvpc.sh(web, 'cat /etc/ssh/sshd_config.localvpc'), /^PasswordAuthentication no$/m);
      const request = { KeyNames: ['mine'], IncludePublicKey: true };
      const { KeyPairs } = await localvpc.ec2.send(new DescribeKeyPairsCommand(request));
      const key = present(KeyPairs?.[0]?.PublicKey, 'PublicKey').trim();
      equal(await localvpc.sh(web, 'cat /home/ec2-user/.ssh/authorized_keys'), key);
      equal(
        await localvpc.sh(
          web,
          'cd ~ec2-user && stat -c "%U %a" . .ssh .ssh/authorized_keys | tr "\\n" " "; ls /etc/ssh/ssh_host_ed25519_key',
        ),
        'ec2-user 700 ec2-user 700 ec2-user 600 /etc/ssh/ssh_host_ed25519_key',
      );
    });
  } else {
    test('the console says that sshd needs more users than a room without root has', async () => {
      await until('the console says so', async () =>
        (await localvpc.consoleOf(web)).includes('sshd needs localvpc to run as root: log in with localvpc ssh'),
      );
    });
  }
});
