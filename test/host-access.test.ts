/** Host access: every program of the machine reaches public addresses, and nobody reaches the machine. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AssignIpv6AddressesCommand, CreateKeyPairCommand, CreateRouteCommand } from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { launch, publicAddressOf, type RunningInstance } from './fixture/instances.ts';
import { createDualStackVpc, createIpv6Subnet, EVERYTHING_IPV6, hasIpv6 } from './fixture/ipv6.ts';
import { CLI, LocalVpc } from './fixture/localvpc.ts';
import { enterNewMachine } from './fixture/machine.ts';
import { present } from './fixture/present.ts';
import { runProgram } from './fixture/program-run.ts';
import { until } from './fixture/until.ts';
import { allow, createGroup, EVERYTHING, makePublic, revoke } from './fixture/vpc.ts';
import { isDropped, serve } from './fixture/web.ts';

/** The machine's own address on its interface to the VPCs. */
const MACHINE = '198.51.100.1';
const MACHINE_IPV6 = '2001:db8:fffe::1';

const ip = async (...args: readonly string[]): Promise<string> => (await runProgram('ip', args)).stdout.trim();
const curl = (address: string) =>
  runProgram('curl', ['-sS', '--connect-timeout', '0.9', `http://${address}/cgi-bin/who`]);

/** What a second localvpc with host access says of why it cannot have it. */
async function refusal(): Promise<string> {
  const run = await runProgram(process.execPath, [CLI, 'up', '--ephemeral', '--port', '0', '--host-access', 'on']);
  equal(run.status, 1, run.stdout);
  return run.stderr;
}

const withRoot = (): void => {
  let localvpc: LocalVpc;
  let web: RunningInstance;
  let groupId = '';
  let address = '';
  let ipv6Address = '';
  let folder = '';
  let onMachine: Server;
  let port = 0;

  before(async () => {
    await enterNewMachine();
    localvpc = await LocalVpc.start({ hostAccess: true });
    const { ec2 } = localvpc;
    folder = mkdtempSync(join(tmpdir(), 'host-access-'));
    const { KeyMaterial } = await ec2.send(new CreateKeyPairCommand({ KeyName: 'mine', KeyType: 'ed25519' }));
    writeFileSync(join(folder, 'key.pem'), present(KeyMaterial, 'KeyMaterial'), { mode: 0o600 });
    const vpc = await createDualStackVpc(ec2, '10.0.0.0/16');
    const subnetId = await createIpv6Subnet(ec2, vpc.id, '10.0.1.0/24', vpc.network(1));
    const { routeTableId, gatewayId } = await makePublic(ec2, vpc.id, subnetId);
    await ec2.send(
      new CreateRouteCommand({ RouteTableId: routeTableId, DestinationIpv6CidrBlock: '::/0', GatewayId: gatewayId }),
    );
    groupId = await createGroup(ec2, vpc.id, EVERYTHING);
    const groups = [groupId, await createGroup(ec2, vpc.id, EVERYTHING_IPV6)];
    web = await launch(localvpc, { subnetId, groups, isPublic: true, keyName: 'mine' });
    const assigned = { NetworkInterfaceId: web.interfaceId, Ipv6AddressCount: 1 };
    const { AssignedIpv6Addresses } = await ec2.send(new AssignIpv6AddressesCommand(assigned));
    ipv6Address = present(AssignedIpv6Addresses?.[0], 'Ipv6Address');
    await hasIpv6(localvpc, web, 'eth0', ipv6Address);
    address = await publicAddressOf(ec2, web);
    await serve(localvpc, web, 80);
    onMachine = createServer((_, response) => response.end('the machine'));
    onMachine.listen(0, '::');
    await once(onMachine, 'listening');
    const bound = onMachine.address();
    port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  });
  after(async () => {
    onMachine.close();
    rmSync(folder, { recursive: true });
    await localvpc.close();
  });

  const uninvited = async (): Promise<number> => (await localvpc.status()).fabric.drops['machine-door/uninvited'] ?? 0;

  test('a program of the machine reaches a public address as it is described, from an address that is nobody’s', async () => {
    const { status, stdout, stderr } = await curl(address);
    equal(status, 0, stderr);
    match(stdout, new RegExp(`${MACHINE}\\D*$`));
    equal((await runProgram('ping', ['-c', '1', '-W', '1', address])).status, 0);
  });

  test('over IPv6 the machine reaches an instance’s address, and is reached by no guest', async () => {
    const { status, stdout, stderr } = await curl(`[${ipv6Address}]`);
    equal(status, 0, stderr);
    match(stdout, new RegExp(`${MACHINE_IPV6}\\D*$`));
    equal((await runProgram('ping', ['-6', '-c', '1', '-W', '1', ipv6Address])).status, 0);
    const before = await uninvited();
    await isDropped(localvpc, web, `[${MACHINE_IPV6}]`, port);
    equal((await localvpc.exec(web, 'ping', '-6', '-c', '1', '-W', '1', MACHINE_IPV6)).status, 1);
    ok((await uninvited()) >= before + 2);
  });

  if (['/usr/sbin/sshd', '/usr/bin/ssh'].every((path) => existsSync(path))) {
    test('ssh logs in at the public address, as on AWS, with the key pair’s key and nothing else', async () => {
      await until('sshd listens', async () => /sshd listens/.test(await localvpc.consoleOf(web)));
      // A known_hosts of the test's own and no questions: the rest is what anybody types.
      const options = ['StrictHostKeyChecking=accept-new', `UserKnownHostsFile=${folder}/known_hosts`, 'BatchMode=yes'];
      for (const host of [address, ipv6Address]) {
        const words = [...options.flatMap((option) => ['-o', option]), '-i', `${folder}/key.pem`, `ec2-user@${host}`];
        const run = await runProgram('ssh', [...words, 'whoami']);
        deepEqual([run.status, run.stdout], [0, 'ec2-user\n'], run.stderr);
      }
    });
  }

  test('the group of the instance decides about the machine as about anybody', async () => {
    await revoke(localvpc.ec2, groupId, EVERYTHING);
    equal((await curl(address)).status, 28);
    await allow(localvpc.ec2, groupId, EVERYTHING);
    equal((await curl(address)).status, 0);
  });

  test('what is sent is what arrives, in both directions, more than one frame holds', async () => {
    const much = 'head -c 20000000 /dev/zero | tr "\\0" x';
    await localvpc.sh(web, `${much} > /srv/who/much`);
    await localvpc.sh(web, `cd /srv/who/cgi-bin && printf '#!/bin/sh\\necho; sha256sum' > sum && chmod 755 sum`);
    const script = `${much} | sha256sum; curl -sS http://${address}/much | sha256sum
      ${much} | curl -sS --data-binary @- http://${address}/cgi-bin/sum`;
    const { stdout, stderr } = await runProgram('sh', ['-c', script]);
    const [expected, received, sent] = stdout.split('\n');
    deepEqual([received, sent], [expected, expected], stderr);
  });

  test('a guest reaches nothing that listens on the machine, and pings it in vain', async () => {
    const before = await uninvited();
    await isDropped(localvpc, web, MACHINE, port);
    await isDropped(localvpc, web, MACHINE, Number(new URL(localvpc.url).port));
    equal((await localvpc.exec(web, 'ping', '-c', '1', '-W', '1', MACHINE)).status, 1);
    ok((await uninvited()) >= before + 3);
  });

  test('the internet namespace reaches nothing of the machine either', async () => {
    const run = await localvpc.internet('curl', '-sS', '--connect-timeout', '0.5', `http://${MACHINE}:${port}/`);
    ok([7, 28].includes(run.status), run.stderr);
  });

  test('the machine forwards nothing into the VPCs for others', async () => {
    await ip('address', 'add', '10.77.0.1/32', 'dev', 'lo');
    const run = await runProgram('ping', ['-c', '1', '-W', '1', '-I', '10.77.0.1', address]);
    equal(run.status, 1, run.stdout);
    equal((await localvpc.status()).fabric.drops['machine-door/foreign-source'], 1);
  });

  test('a second localvpc with host access is told why it cannot have it', async () => {
    match(await refusal(), /^Host access cannot be had: localvpc0 is there already[^\n]*\n[^\n]*localvpc shell\n$/);
  });

  test('interface and route are there while localvpc runs, and gone after kill -9', async () => {
    match(await ip('route', 'show', '198.18.0.0/15'), /dev localvpc0 src 198.51.100.1/);
    match(await ip('-6', 'route', 'show', '3fff::/20'), /dev localvpc0 src 2001:db8:fffe::1/);
    await localvpc.kill9();
    await until('localvpc0 is gone', async () => (await ip('-o', 'link', 'show', 'type', 'tun')) === '');
    equal(await ip('route', 'show', 'table', 'all', 'root', '198.18.0.0/15'), '');
    equal(await ip('-6', 'route', 'show', 'table', 'all', 'root', '3fff::/20'), '');
  });

  test('a route of the machine’s own is not touched', async () => {
    await ip('route', 'add', 'blackhole', '198.18.7.0/24');
    match(await refusal(), /this machine has a route of its own into 198.18.0.0\/15 \(blackhole 198.18.7.0\/24\)/);
    await until('localvpc0 is gone', async () => (await ip('-o', 'link', 'show', 'type', 'tun')) === '');
    await ip('route', 'delete', 'blackhole', '198.18.7.0/24');
  });

  test('without the option the machine’s interfaces and routes stay as they are', async () => {
    const look = async (): Promise<readonly string[]> => [
      await ip('-o', 'link'),
      await ip('route', 'show', 'table', 'all'),
    ];
    const before = await look();
    const other = await LocalVpc.start();
    deepEqual(await look(), before);
    await other.close();
  });
};

const withoutRoot = (): void => {
  test('host access is refused with what to do instead', async () => {
    match(await refusal(), /^Host access cannot be had: only root [^\n]*\n[^\n]*localvpc shell\n$/);
  });
};

describe('host access', { skip }, process.geteuid?.() === 0 ? withRoot : withoutRoot);
