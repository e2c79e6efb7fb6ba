import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateFlowLogsCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  expectPacket,
  ImportFailure,
  type LocalVpc,
  PacketExpectationError,
  packetMatchers,
  startLocalVpc,
} from './main.ts';

let vpc: LocalVpc;
before(async () => {
  vpc = await startLocalVpc();
});
after(() => vpc.close());

/** An instance with a group of its own. */
async function launch(name: string, on = vpc): Promise<{ readonly id: string; readonly groupId: string }> {
  const { Subnets } = await on.client.send(new DescribeSubnetsCommand({}));
  const group = await on.client.send(new CreateSecurityGroupCommand({ GroupName: name, Description: name }));
  const { Instances } = await on.client.send(
    new RunInstancesCommand({
      ImageId: 'ami-virtual',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: Subnets?.[0]?.SubnetId,
      SecurityGroupIds: [group.GroupId ?? ''],
    }),
  );
  return { id: Instances?.[0]?.InstanceId ?? '', groupId: group.GroupId ?? '' };
}

test('a packet is dropped until a rule admits it, and then delivered and answered', async () => {
  const web = await launch('web');
  const database = await launch('db');
  const question = { from: web.id, to: database.id, tcp: 5432 };
  await expectPacket(vpc, question).toBeDropped('security-group-in/no-rule');
  await expectPacket(vpc, question).toBeDropped('ENI_SG_RULES_MISMATCH');
  await vpc.client.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: database.groupId,
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId: web.groupId }] },
      ],
    }),
  );
  await expectPacket(vpc, question).toBeDelivered();
  await expectPacket(vpc, { ...question, tcp: 5433 }).toBeDropped();
});

test('who reaches an instance is one question, over all ports', async () => {
  const web = await launch('reach-web');
  const database = await launch('reach-db');
  const { flows: before } = await vpc.reach({ from: web.id, to: database.id });
  assert.deepEqual(before, []);
  await vpc.client.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: database.groupId,
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId: web.groupId }] },
      ],
    }),
  );
  const { flows } = await vpc.reach({ from: web.id, to: database.id });
  assert.deepEqual(
    flows.map(({ traffic, answered }) => ({ traffic, answered })),
    [{ traffic: [{ protocol: 'tcp', fromPort: 5432, toPort: 5432 }], answered: 'yes' }],
  );
});

test('an expectation that is not met tells the way of the packet and the reason', async () => {
  const one = await launch('one');
  const other = await launch('other');
  await assert.rejects(expectPacket(vpc, { from: one.id, to: other.id, udp: 53 }).toBeDelivered(), (error) => {
    assert.ok(error instanceof PacketExpectationError);
    assert.match(error.message, /security-group-in\/no-rule: no ingress rule/);
    return true;
  });
  await assert.rejects(expectPacket(vpc, { from: one.id, to: other.id, icmp: true }).toBeDropped('mtu/x'));
});

test('matchers of vitest and jest say the same, and have a sentence for either outcome', async () => {
  const one = await launch('matched');
  const other = await launch('matching');
  const question = { from: one.id, to: other.id, tcp: 443 };
  const delivered = await packetMatchers.toDeliver(vpc, question);
  assert.equal(delivered.pass, false);
  assert.match(delivered.message(), /to be delivered, and it is dropped\.(?:.|\n)*security-group-in\/no-rule/);
  const dropped = await packetMatchers.toDrop(vpc, question, 'ENI_SG_RULES_MISMATCH');
  assert.equal(dropped.pass, true);
  assert.match(dropped.message(), /to be not dropped for ENI_SG_RULES_MISMATCH/);
  assert.equal((await packetMatchers.toDrop(vpc, question, 'route/no-route')).pass, false);
});

test('a hundred of them live side by side, each with an account of its own', async () => {
  const all = await Promise.all(Array.from({ length: 100 }, () => startLocalVpc()));
  const blocks = await Promise.all(
    all.map(async (each, index) => {
      const { Vpc } = await each.client.send(new CreateVpcCommand({ CidrBlock: `10.${index}.0.0/16` }));
      const { Vpcs } = await each.client.send(new DescribeVpcsCommand({}));
      return Vpcs?.map(({ CidrBlock: block }) => block).includes(Vpc?.CidrBlock) ? Vpcs.length : 0;
    }),
  );
  assert.deepEqual(new Set(blocks), new Set([2]));
  await Promise.all(all.map((each) => each.close()));
});

test('two of them know nothing of each other', async () => {
  const other = await startLocalVpc({ region: 'eu-west-1' });
  const idsOf = async ({ client }: LocalVpc) =>
    (await client.send(new DescribeVpcsCommand({}))).Vpcs?.map((v) => v.VpcId);
  assert.notDeepEqual(await idsOf(vpc), await idsOf(other));
  await other.close();
});

test('time is the test’s: a terminated instance is forgotten when an hour has passed', async () => {
  const { id } = await launch('short-lived');
  await vpc.client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  const named = new DescribeInstancesCommand({ InstanceIds: [id] });
  const { Reservations } = await vpc.client.send(named);
  assert.equal(Reservations?.[0]?.Instances?.[0]?.State?.Name, 'terminated');
  await vpc.advance(2 * 3_600_000);
  await assert.rejects(vpc.client.send(named), { name: 'InvalidInstanceID.NotFound' });
});

test('flow logs follow the clock of the test: an interval is written when it is brought to its end', async () => {
  const other = await startLocalVpc();
  const { id } = await launch('logged', other);
  const { Vpcs } = await other.client.send(new DescribeVpcsCommand({}));
  const { FlowLogIds } = await other.client.send(
    new CreateFlowLogsCommand({
      ResourceType: 'VPC',
      ResourceIds: [Vpcs?.[0]?.VpcId ?? ''],
      TrafficType: 'ALL',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::flows',
      MaxAggregationInterval: 60,
    }),
  );
  const log = FlowLogIds?.[0] ?? '';
  await other.advance(180_000);
  const records = (await other.flowLog(log)).filter((line) => !line.startsWith('version '));
  // Three whole minutes; a fourth when the machine's own clock has begun one meanwhile.
  assert.ok(records.length === 3 || records.length === 4, records.join('\n'));
  for (const record of records)
    assert.match(record, /^2 123456789012 eni-[0-9a-f]{17} (?:- ){7}\d{10} \d{10} - NODATA$/);
  await assert.rejects(other.flowLog(id), /There is no flow log i-/);
  await other.close();
});

test('a template is taken over and its packets are asked about; one that cannot be understood changes nothing', async () => {
  const copy = await startLocalVpc({ region: 'eu-west-1' });
  const template = (cidr: string) => ({
    path: 'network.yaml',
    text: `
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: ${cidr} } }
  Net: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.9.1.0/24 } }
  One: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Net, InstanceType: t3.micro } }
  Two: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Net, InstanceType: t3.micro } }
  Role: { Type: AWS::IAM::Role }`,
  });
  await assert.rejects(copy.import([template('!ImportValue block')]), (error) => {
    assert.ok(error instanceof ImportFailure);
    assert.match(error.message, /Vpc: it needs block, which another stack exports/);
    return true;
  });
  assert.deepEqual(await copy.import([template('10.9.0.0/16')]), [
    { what: 'network.yaml: Role', why: 'no packet notices it here' },
  ]);
  const { Reservations = [] } = await copy.client.send(new DescribeInstancesCommand({}));
  const [from = '', to = ''] = Reservations.flatMap(({ Instances = [] }) =>
    Instances.map((one) => one.InstanceId ?? ''),
  );
  await expectPacket(copy, { from, to, tcp: 80 }).toBeDelivered();
  await expectPacket(copy, { from: 'internet', to, tcp: 80 }).toBeDropped();
  await copy.close();
});

test('clients of other services are bound to it too: a load balancer hands a packet on to its target', async () => {
  const own = await startLocalVpc();
  const balancing = new ElasticLoadBalancingV2Client(own.clientOptions());
  const [web, client] = [await launch('target', own), await launch('client', own)];
  const { Reservations } = await own.client.send(new DescribeInstancesCommand({ InstanceIds: [web.id] }));
  const { SubnetId = '', VpcId } = Reservations?.[0]?.Instances?.[0] ?? {};
  const made = await balancing.send(
    new CreateLoadBalancerCommand({ Name: 'web', Type: 'network', Scheme: 'internal', Subnets: [SubnetId] }),
  );
  const group = await balancing.send(new CreateTargetGroupCommand({ Name: 'web', Protocol: 'TCP', Port: 8080, VpcId }));
  const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn;
  await balancing.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: web.id }] }));
  await balancing.send(
    new CreateListenerCommand({
      LoadBalancerArn: made.LoadBalancers?.[0]?.LoadBalancerArn,
      Protocol: 'TCP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    }),
  );
  const Filters = [{ Name: 'interface-type', Values: ['network_load_balancer'] }];
  const { NetworkInterfaces } = await own.client.send(new DescribeNetworkInterfacesCommand({ Filters }));
  const question = { from: client.id, to: NetworkInterfaces?.[0]?.NetworkInterfaceId ?? '', tcp: 80 };
  await expectPacket(own, question).toBeDropped('ENI_SG_RULES_MISMATCH');
  const rule = { IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  await own.client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: web.groupId, IpPermissions: [rule] }));
  await expectPacket(own, question).toBeDelivered();
  await expectPacket(own, { ...question, tcp: 81 }).toBeDropped('ELBV2_LISTENERS_MISMATCH');
  await own.close();
});
