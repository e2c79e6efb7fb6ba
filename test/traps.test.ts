/**
 * Faults that systems of this kind have shipped with: each has a test here, or names the tests elsewhere that it has.
 *
 * The list is in fixture/traps.ts. A trap without a test, and a test that is not there any more under its name, fail.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  RevokeSecurityGroupEgressCommand,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { addressesOf, describeInstance, launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { freeAddress } from './fixture/network-interface.ts';
import { present } from './fixture/present.ts';
import { ended } from './fixture/program-run.ts';
import { HERE, TRAPS } from './fixture/traps.ts';
import { allow, createGroup, createSubnet, createVpc, EVERYTHING, revoke, tcp } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

const read = (file: string): string => readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), 'utf8');
const hasTest = (file: string, name: string): boolean =>
  ["'", '"', '`'].some((quote) => read(file).includes(`test(${quote}${name}${quote}`));

test('every trap has a test, and every test that is named for one is there', () => {
  for (const [trap, ...tests] of TRAPS) ok(tests.length > 0, trap);
  const missing = TRAPS.flatMap(([, ...tests]) => tests).filter(([file, name]) => !hasTest(file, name));
  deepEqual(missing, []);
});

test('no test is skipped, marked or tried again', () => {
  const files = new Set(TRAPS.flatMap(([, ...tests]) => tests.map(([file]) => file)));
  // Where no namespaces can be made `skip` says so; the word alone stands for that.
  const marks = /\b(?:test|it|describe)\.(?:only|skip|todo)\b|\bskip: true\b|\bretries\b/;
  deepEqual(
    [...files].filter((file) => file !== HERE && marks.test(read(file))),
    [],
  );
});

/** Connects as often as it can until its input ends, then says how often it tried and got in. */
const FLOOD = `
const { connect } = require('node:net');
const [host, port] = process.argv.slice(1);
let tried = 0, entered = 0, isOver = false;
function knock() {
  if (isOver) return;
  tried += 1;
  const socket = connect(Number(port), host);
  socket.on('connect', () => { entered += 1; });
  socket.on('error', () => {});
  socket.on('close', knock);
  setTimeout(() => socket.destroy(), 40);
}
for (let at = 0; at < 40; at++) setTimeout(knock, at);
process.stdin.resume().on('end', () => {
  isOver = true;
  setTimeout(() => { console.log(tried + ' ' + entered); process.exit(); }, 100);
});
`;

describe('traps', { skip }, () => {
  let localvpc: LocalVpc;
  let vpcId = '';
  let subnetId = '';
  let closedGroupId = '';
  let openGroupId = '';
  let client: RunningInstance;
  let server: RunningInstance;

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    vpcId = await createVpc(ec2, '10.0.0.0/16');
    subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    [closedGroupId, openGroupId] = [await createGroup(ec2, vpcId), await createGroup(ec2, vpcId, EVERYTHING)];
    [client, server] = await Promise.all([
      launch(localvpc, { subnetId, groups: [openGroupId] }),
      launch(localvpc, { subnetId, groups: [closedGroupId] }),
    ]);
    await serve(localvpc, server, 80);
  });
  after(() => localvpc.close());

  /** Starts a flood; the returned function ends it and says how often it tried and got in. */
  function flood(from: RunningInstance, address: string) {
    const child = localvpc.startCommand('exec', from.id, '--', process.execPath, '-e', FLOOD, address, '80');
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const over = ended(child);
    return async (): Promise<{ readonly tried: number; readonly entered: number }> => {
      child.stdin?.end();
      await over;
      const [tried = 0, entered = 0] = output.trim().split(' ').map(Number);
      return { tried, entered };
    };
  }

  test('a flood of connections to a closed port during a thousand re-applies gets nothing through', async () => {
    const { ec2 } = localvpc;
    await allow(ec2, closedGroupId, tcp(80));
    const endOpen = flood(client, server.address);
    await reaches(localvpc, client, server.address, 80);
    ok((await endOpen()).entered > 0, 'the flood gets in where it may');
    await revoke(ec2, closedGroupId, tcp(80));
    const end = flood(client, server.address);
    for (let change = 0; change < 500; change++) {
      const rule = tcp(1000 + (change % 50));
      await allow(ec2, closedGroupId, rule);
      await revoke(ec2, closedGroupId, rule);
    }
    const { tried, entered } = await end();
    equal(entered, 0, `of ${tried}`);
    ok(tried > 500, `only ${tried} connections were tried`);
  });

  test('user data cannot send before the groups of its guest are in force', async () => {
    const { ec2 } = localvpc;
    const groupId = await createGroup(ec2, vpcId, EVERYTHING);
    await revokeAllEgress(localvpc, groupId);
    await allow(ec2, closedGroupId, tcp(80));
    const knock = `curl -s -o /dev/null --connect-timeout 0.1 http://${server.address}/cgi-bin/who && echo got in >> /root/knocks`;
    const userData = `#!/bin/sh\necho began > /root/knocks\nfor i in 1 2 3 4 5; do ${knock}; done\necho ended >> /root/knocks\n`;
    const guest = await launch(localvpc, { subnetId, groups: [groupId], userData });
    await localvpc.sh(guest, 'until grep -qs ended /root/knocks; do busybox usleep 50000; done');
    equal(await localvpc.sh(guest, 'cat /root/knocks'), 'began\nended');
    await revoke(ec2, closedGroupId, tcp(80));
  });

  test('nothing reaches a guest before its groups are in force', async () => {
    const address = await freeAddress(localvpc.ec2, subnetId, closedGroupId);
    const end = flood(client, address);
    const script = `ping -n -q -i 0.01 -w 3 ${address} || :`;
    const pinging = localvpc.sh(client, script);
    const guest = await launch(localvpc, { subnetId, groups: [closedGroupId], privateAddress: address });
    await serve(localvpc, guest, 80);
    match(await pinging, /, 0 received/);
    equal((await end()).entered, 0);
  });

  test('root in a guest can do nothing to what guards it', async () => {
    await isDropped(localvpc, client, server.address, 80);
    const attempts = [
      'ip link set dev eth0 promisc on',
      'ip address add 10.0.1.200/24 dev eth0',
      'ip route replace default dev eth0',
      'ip neigh flush all',
      'for filter in iptables nft; do command -v $filter && $filter -F; done',
      'mount -t sysfs none /mnt && ls /mnt/class/net',
    ];
    for (const attempt of attempts) await localvpc.exec(server, 'sh', '-c', attempt);
    await isDropped(localvpc, client, server.address, 80);
    const { forward } = await localvpc.trace(client.id, server.id, { port: 80 });
    equal(forward.reason, 'security-group-in/no-rule');
  });

  test('attaching an internet gateway changes no address and opens nothing', async () => {
    const { ec2 } = localvpc;
    const open = await launch(localvpc, { subnetId, groups: [openGroupId] });
    await serve(localvpc, open, 80);
    const before = [await addressesOf(localvpc, open, 'eth0'), (await describeInstance(ec2, open)).PrivateIpAddress];
    const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
    const InternetGatewayId = present(InternetGateway?.InternetGatewayId, 'InternetGatewayId');
    await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpcId, InternetGatewayId }));
    const { PrivateIpAddress, PublicIpAddress, PublicDnsName } = await describeInstance(ec2, open);
    deepEqual([await addressesOf(localvpc, open, 'eth0'), PrivateIpAddress], before);
    deepEqual([PublicIpAddress, PublicDnsName ?? ''], [undefined, '']);
    await isDropped(localvpc, open, '192.0.2.1', 80);
    await reaches(localvpc, client, open.address, 80);
  });

  test('a VPC may have any block that AWS allows: shared, public, and the one that this machine itself is in', async () => {
    const ec2 = localvpc.client({ account: '444455556666' });
    const talk = async (cidr: string): Promise<void> => {
      const ofVpc = await createVpc(ec2, cidr);
      const ofSubnet = await createSubnet(ec2, ofVpc, cidr.replace(/\/\d+$/, '/24'));
      const groups = [await createGroup(ec2, ofVpc, EVERYTHING)];
      const [one, other] = await Promise.all([
        launch(localvpc, { ec2, subnetId: ofSubnet, groups }),
        launch(localvpc, { ec2, subnetId: ofSubnet, groups }),
      ]);
      await serve(localvpc, other, 80);
      equal(await reaches(localvpc, one, other.address, 80), one.address, cidr);
      ok(one.address.startsWith(cidr.split('.').slice(0, 2).join('.')), `${one.address} is not in ${cidr}`);
    };
    await Promise.all(['100.64.0.0/16', '8.8.0.0/16', machineBlock()].map(talk));
  });
});

/** A block of 65,536 addresses with one of this machine's own in it, or Docker's where it has none that a VPC may have. */
function machineBlock(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list = []) => list);
  const own = addresses.find(
    ({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'),
  );
  return own ? `${own.address.split('.').slice(0, 2).join('.')}.0.0/16` : '172.17.0.0/16';
}

async function revokeAllEgress({ ec2 }: LocalVpc, groupId: string): Promise<void> {
  await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: groupId, IpPermissions: [EVERYTHING] }));
}
