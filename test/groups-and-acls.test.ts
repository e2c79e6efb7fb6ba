/** Security groups and network ACLs decide over real connections, each for itself, from the next packet on. */
import { equal, match, notEqual, ok } from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateNetworkAclEntryCommand } from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { ALLOW_ALL, addEntry, createAcl, deleteEntry } from './fixture/network-acl.ts';
import { present } from './fixture/present.ts';
import { ended } from './fixture/program-run.ts';
import { allow, createGroup, createSubnet, createVpc, EVERYTHING, revoke, tcp } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

describe('groups and ACLs', { skip }, () => {
  let localvpc: LocalVpc;
  let vpcId = '';
  let serverSubnetId = '';
  let clientGroupId = '';
  let serverGroupId = '';
  let client: RunningInstance;
  let server: RunningInstance;
  let neighbour: RunningInstance;

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    vpcId = await createVpc(ec2, '10.0.0.0/16');
    const clientSubnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    serverSubnetId = await createSubnet(ec2, vpcId, '10.0.2.0/24');
    clientGroupId = await createGroup(ec2, vpcId);
    serverGroupId = await createGroup(ec2, vpcId);
    [client, server, neighbour] = await Promise.all([
      launch(localvpc, { subnetId: clientSubnetId, groups: [clientGroupId] }),
      launch(localvpc, { subnetId: serverSubnetId, groups: [serverGroupId] }),
      launch(localvpc, { subnetId: serverSubnetId, groups: [clientGroupId] }),
    ]);
    await serve(localvpc, server, 80, 81);
  });
  after(() => localvpc.close());

  test('two guests in different subnets talk, and stop talking when the rule goes', async () => {
    const { ec2 } = localvpc;
    await isDropped(localvpc, client, server.address, 80);
    for (let round = 0; round < 3; round++) {
      await allow(ec2, serverGroupId, tcp(80, clientGroupId));
      equal(await reaches(localvpc, client, server.address, 80), client.address);
      equal((await localvpc.trace(client.id, server.id, { port: 80 })).forward.verdict, 'delivered');
      await revoke(ec2, serverGroupId, tcp(80, clientGroupId));
      await isDropped(localvpc, client, server.address, 80);
      const { forward } = await localvpc.trace(client.id, server.id, { port: 80 });
      equal(forward.reason, 'security-group-in/no-rule');
      equal(forward.code, 'ENI_SG_RULES_MISMATCH');
    }
  });

  test('a rule taken away leaves the other rules of the group', async () => {
    const { ec2 } = localvpc;
    await allow(ec2, serverGroupId, tcp(80, '10.0.1.0/24'), tcp(80, clientGroupId), tcp(81, clientGroupId));
    await revoke(ec2, serverGroupId, tcp(80, clientGroupId));
    await reaches(localvpc, client, server.address, 80);
    await reaches(localvpc, client, server.address, 81);
    await isDropped(localvpc, neighbour, server.address, 80);
    await revoke(ec2, serverGroupId, tcp(80, '10.0.1.0/24'), tcp(81, clientGroupId));
    await isDropped(localvpc, client, server.address, 81);
  });

  test('a rule for a group admits that group and nobody else', async () => {
    const { ec2 } = localvpc;
    const otherGroupId = await createGroup(ec2, vpcId);
    await allow(ec2, serverGroupId, tcp(80, otherGroupId));
    await isDropped(localvpc, client, server.address, 80);
    await isDropped(localvpc, neighbour, server.address, 80);
    await revoke(ec2, serverGroupId, tcp(80, otherGroupId));
  });

  test('groups filter inside one subnet too', async () => {
    const { ec2 } = localvpc;
    await isDropped(localvpc, neighbour, server.address, 80);
    await allow(ec2, serverGroupId, tcp(80, clientGroupId));
    equal(await reaches(localvpc, neighbour, server.address, 80), neighbour.address);
    await revoke(ec2, serverGroupId, tcp(80, clientGroupId));
  });

  test('a group that admits and an ACL that denies: closed, until the ACL opens', async () => {
    const { ec2 } = localvpc;
    await allow(ec2, serverGroupId, tcp(80));
    await reaches(localvpc, client, server.address, 80);
    const deny = { number: 50, action: 'deny', direction: 'ingress', port: 80 } as const;
    const aclId = await createAcl(ec2, vpcId, serverSubnetId, deny, ...ALLOW_ALL);
    await isDropped(localvpc, client, server.address, 80);
    const { forward } = await localvpc.trace(client.id, server.id, { port: 80 });
    match(forward.reason ?? '', /^network-acl-in\//);
    ok(
      forward.path.some(({ component }) => component?.id === aclId),
      JSON.stringify(forward.path),
    );
    await deleteEntry(ec2, aclId, deny);
    await reaches(localvpc, client, server.address, 80);
    await addEntry(ec2, aclId, deny);
    await isDropped(localvpc, client, server.address, 80);
    await deleteEntry(ec2, aclId, deny);
    await revoke(ec2, serverGroupId, tcp(80));
  });

  test('an ACL that denies before the group admits: closed as well', async () => {
    const { ec2 } = localvpc;
    const deny = { number: 50, action: 'deny', direction: 'ingress', port: 80 } as const;
    const aclId = await createAcl(ec2, vpcId, serverSubnetId, deny, ...ALLOW_ALL);
    await allow(ec2, serverGroupId, EVERYTHING);
    await isDropped(localvpc, client, server.address, 80);
    await reaches(localvpc, client, server.address, 81);
    await deleteEntry(ec2, aclId, deny);
    await revoke(ec2, serverGroupId, EVERYTHING);
  });

  test('an ACL that allows and a group that does not: closed, whichever was changed last', async () => {
    const { ec2 } = localvpc;
    const allowed = { number: 50, action: 'allow', direction: 'ingress', port: 80 } as const;
    const aclId = await createAcl(ec2, vpcId, serverSubnetId, ...ALLOW_ALL);
    await allow(ec2, serverGroupId, tcp(81));
    await addEntry(ec2, aclId, allowed);
    await isDropped(localvpc, client, server.address, 80);
    equal((await localvpc.trace(client.id, server.id, { port: 80 })).forward.reason, 'security-group-in/no-rule');
    await reaches(localvpc, client, server.address, 81);
    await revoke(ec2, serverGroupId, tcp(81));
  });

  test('an ACL has no memory: answers need an entry of their own', async () => {
    const { ec2 } = localvpc;
    await allow(ec2, serverGroupId, tcp(80));
    const [ingress] = ALLOW_ALL;
    ok(ingress);
    const aclId = await createAcl(ec2, vpcId, serverSubnetId, ingress);
    await isDropped(localvpc, client, server.address, 80);
    const { forward, reply } = await localvpc.trace(client.id, server.id, { port: 80 });
    equal(forward.verdict, 'delivered');
    match(reply?.reason ?? '', /^network-acl-out\//);
    await addEntry(ec2, aclId, { number: 100, action: 'allow', direction: 'egress', cidr: '10.0.1.0/24' });
    await reaches(localvpc, client, server.address, 80);
    await revoke(ec2, serverGroupId, tcp(80));
  });

  test('an ACL filters between subnets and never inside one', async () => {
    const { ec2 } = localvpc;
    await allow(ec2, serverGroupId, tcp(80));
    await createAcl(ec2, vpcId, serverSubnetId);
    await isDropped(localvpc, client, server.address, 80);
    equal(await reaches(localvpc, neighbour, server.address, 80), neighbour.address);
    await createAcl(ec2, vpcId, serverSubnetId, ...ALLOW_ALL);
    await reaches(localvpc, client, server.address, 80);
    await revoke(ec2, serverGroupId, tcp(80));
  });

  test('ping passes where ICMP is allowed, by its type', async () => {
    const { ec2 } = localvpc;
    const ping = () => localvpc.exec(client, 'ping', '-c', '1', '-W', '0.5', server.address);
    equal((await ping()).status, 1);
    const replies = { IpProtocol: 'icmp', FromPort: 0, ToPort: -1, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    const requests = { IpProtocol: 'icmp', FromPort: 8, ToPort: -1, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    await allow(ec2, serverGroupId, replies);
    equal((await ping()).status, 1, 'a rule for replies admits no request');
    await allow(ec2, serverGroupId, requests);
    equal((await ping()).status, 0);
    await revoke(ec2, serverGroupId, replies, requests);
    equal((await ping()).status, 1);
  });

  test('UDP port 53 is closed like any other until a rule of UDP opens it', async () => {
    const { ec2 } = localvpc;
    const range = { FromPort: 53, ToPort: 53, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    await serveDatagrams();
    const send = () =>
      localvpc.exec(client, 'timeout', '1', 'iperf3', '-c', server.address, '-p', '53', '-u', '-n', '10K');
    await allow(ec2, serverGroupId, { IpProtocol: 'tcp', ...range });
    notEqual((await send()).status, 0, 'the rule of TCP is for TCP');
    // It serves one client at a time, and the one that got no datagrams through has not taken its leave.
    await localvpc.sh(
      server,
      'kill $(cat /run/iperf3.pid) && while [ -e /run/iperf3.pid ]; do busybox usleep 10000; done',
    );
    await serveDatagrams();
    await allow(ec2, serverGroupId, { IpProtocol: 'udp', ...range });
    const { status, stdout } = await send();
    equal(status, 0, stdout);
    await revoke(ec2, serverGroupId, { IpProtocol: 'tcp', ...range }, { IpProtocol: 'udp', ...range });
  });

  test('rules for IPv6 neither open nor close IPv4', async () => {
    const { ec2 } = localvpc;
    const ipv6 = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, Ipv6Ranges: [{ CidrIpv6: '::/0' }] };
    await allow(ec2, serverGroupId, ipv6);
    await isDropped(localvpc, client, server.address, 80);
    await allow(ec2, serverGroupId, tcp(80));
    const aclId = await createAcl(ec2, vpcId, serverSubnetId, ...ALLOW_ALL);
    await ec2.send(
      new CreateNetworkAclEntryCommand({
        ...{ NetworkAclId: aclId, RuleNumber: 10, RuleAction: 'deny', Egress: false, Protocol: '-1' },
        Ipv6CidrBlock: '::/0',
      }),
    );
    await reaches(localvpc, client, server.address, 80);
    await revoke(ec2, serverGroupId, ipv6, tcp(80));
  });

  test('a tracked connection outlives its rule, and no new one follows it', async () => {
    const { ec2 } = localvpc;
    await allow(ec2, serverGroupId, tcp(82, clientGroupId));
    const connection = await openConnection(82);
    equal(await connection.echo('before'), 'before');
    await revoke(ec2, serverGroupId, tcp(82, clientGroupId));
    equal(await connection.echo('after'), 'after');
    await isDropped(localvpc, client, server.address, 82);
    await connection.end();
  });

  test('a connection through rules for everybody is not tracked, and ends with its rule', async () => {
    const { ec2 } = localvpc;
    await allow(ec2, serverGroupId, tcp(82));
    const connection = await openConnection(82);
    equal(await connection.echo('before'), 'before');
    await revoke(ec2, serverGroupId, tcp(82));
    equal(await Promise.race([connection.echo('after'), delay(1000, 'nothing')]), 'nothing');
    await connection.end();
  });

  const listening = (port: number): string => `until ss -ltn | grep -q :${port}; do busybox usleep 10000; done`;

  const serveDatagrams = () => localvpc.sh(server, `iperf3 -s -D -p 53 -I /run/iperf3.pid && ${listening(53)}`);

  /** A TCP connection of the client to a server that says back what it hears. */
  async function openConnection(port: number) {
    const background = '> /dev/null 2>&1 & echo $! > /run/echo.pid';
    await localvpc.sh(server, `busybox nc -ll -p ${port} -e cat ${background}; ${listening(port)}`);
    const child = localvpc.startCommand('exec', client.id, '--', 'busybox', 'nc', server.address, String(port));
    const over = ended(child);
    const stdout = present(child.stdout, 'stdout');
    return {
      async echo(text: string): Promise<string> {
        const heard = once(stdout, 'data');
        child.stdin?.write(`${text}\n`);
        return String((await heard)[0]).trim();
      },
      async end(): Promise<void> {
        child.kill('SIGTERM');
        await over;
        await localvpc.sh(server, 'kill $(cat /run/echo.pid)');
      },
    };
  }
});
