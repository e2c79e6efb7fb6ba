import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeInstanceStatusCommand,
  DescribeSubnetsCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expectPacket, type LocalVpc, startLocalVpc } from './main.ts';

const RACK = { hosts: 1, virtualFunctions: 2 };

let vpc: LocalVpc;
let web = '';
let database = '';
before(async () => {
  vpc = await startLocalVpc({ hosts: { zones: {}, others: [RACK, RACK] } });
  const { Subnets } = await vpc.client.send(new DescribeSubnetsCommand({}));
  const { GroupId } = await vpc.client.send(new CreateSecurityGroupCommand({ GroupName: 'all', Description: 'all' }));
  const IpPermissions = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
  await vpc.client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  const launch = { ImageId: 'ami-virtual', InstanceType: 't3.micro' as const, SecurityGroupIds: [GroupId ?? ''] };
  const { Instances } = await vpc.client.send(
    new RunInstancesCommand({ ...launch, MinCount: 2, MaxCount: 2, SubnetId: Subnets?.[0]?.SubnetId }),
  );
  [web = '', database = ''] = Instances?.map(({ InstanceId }) => InstanceId ?? '') ?? [];
});
after(() => vpc.close());

const check = async (): Promise<string | undefined> => {
  const { InstanceStatuses } = await vpc.client.send(new DescribeInstanceStatusCommand({ InstanceIds: [database] }));
  return InstanceStatuses?.[0]?.SystemStatus?.Status;
};

test('a suite fails a host: its instance is out of reach, then recovers on another after a minute', async () => {
  const question = { from: web, to: database, tcp: 80 };
  await expectPacket(vpc, question).toBeDelivered();
  const { hostId } = vpc.hosts.of(database);
  await vpc.hosts.fail(hostId);
  await expectPacket(vpc, question).toBeDropped();
  assert.equal(await check(), 'impaired');
  await vpc.advance(30_000);
  assert.equal(await check(), 'impaired');
  await vpc.advance(31_000);
  assert.equal(await check(), 'ok');
  assert.equal(vpc.hosts.of(database).hostId, vpc.hosts.of(web).hostId);
  await expectPacket(vpc, question).toBeDelivered();
  await vpc.hosts.repair(hostId);
});

test('where no host has room, recovery waits until one has', async () => {
  const [first = '', second = ''] = ['us-east-1a-r1-h1', 'us-east-1a-r2-h1'];
  assert.deepEqual(vpc.hosts.of(database).hostId, first);
  await vpc.hosts.drain(second);
  await vpc.hosts.fail(first, 0);
  assert.equal(await check(), 'impaired');
  await vpc.hosts.repair(second);
  assert.equal(await check(), 'impaired');
  await vpc.advance(61_000);
  assert.equal(await check(), 'ok');
  assert.deepEqual(
    vpc.hosts.list().map(({ id, state, nic }) => [id, state, nic.held]),
    [
      [first, 'failed', 0],
      [second, 'available', 2],
    ],
  );
});

test('what is not there is said', async () => {
  await assert.rejects(vpc.hosts.drain('us-east-1a-r9-h1'), /^Error: There is no host us-east-1a-r9-h1/);
  assert.throws(() => vpc.hosts.list('us-east-1z'), /^Error: AWS has no zone us-east-1z\.$/);
  assert.throws(() => vpc.hosts.of('i-0123456789abcdef0'), /^Error: i-0123456789abcdef0 is on no host/);
});
