/** Packets that a test sends: connection tracking forgets them when AWS's does, and logs and bills know of them. */
import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateFlowLogsCommand,
  CreateSecurityGroupCommand,
  DescribeSubnetsCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expectSent, type LocalVpc, PacketExpectationError, startLocalVpc } from './main.ts';

let vpc: LocalVpc;
before(async () => {
  vpc = await startLocalVpc();
});
after(() => vpc.close());

interface Host {
  readonly id: string;
  readonly interfaceId: string;
  readonly groupId: string;
}

/** An instance of the default VPC with a group of its own, which lets nothing in. */
async function host(): Promise<Host> {
  const { Subnets } = await vpc.client.send(new DescribeSubnetsCommand({}));
  const GroupName = `group-${performance.now()}`;
  const group = await vpc.client.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName }));
  const { Instances: [one] = [] } = await vpc.client.send(
    new RunInstancesCommand({
      ImageId: 'ami-virtual',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: Subnets?.[0]?.SubnetId,
      SecurityGroupIds: [group.GroupId ?? ''],
    }),
  );
  const interfaceId = one?.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? '';
  return { id: one?.InstanceId ?? '', interfaceId, groupId: group.GroupId ?? '' };
}

/** For everybody of the VPC: a flow that a rule for all the world admits is not tracked. */
const rule = ({ groupId }: Host, protocol: 'tcp' | 'udp', port: number) => ({
  GroupId: groupId,
  IpPermissions: [{ IpProtocol: protocol, FromPort: port, ToPort: port, IpRanges: [{ CidrIp: '172.31.0.0/16' }] }],
});

const admit = async (to: Host, protocol: 'tcp' | 'udp', port: number): Promise<unknown> =>
  await vpc.client.send(new AuthorizeSecurityGroupIngressCommand(rule(to, protocol, port)));

test('a datagram is answered for 30 seconds, and for 180 once there was more than one request with an answer', async () => {
  const [client, server] = [await host(), await host()];
  await admit(server, 'udp', 53);
  const asked = await vpc.send({ from: client.id, to: server.id, udp: 53 });
  await vpc.advance(29_000);
  await expectSent(await asked.answer()).toBeDelivered();
  await vpc.advance(31_000);
  await expectSent(await asked.answer()).toBeDropped('security-group-in/no-rule');

  const stream = await vpc.connect({ from: client.id, to: server.id, udp: 53, fromPort: 40_000 });
  await stream.forth();
  await stream.back();
  await vpc.advance(179_000);
  await expectSent(await stream.back()).toBeDelivered();
  await vpc.advance(181_000);
  await expectSent(await stream.back()).toBeDropped('ENI_SG_RULES_MISMATCH');
});

test('a connection outlives the rule that let it in, until it has been idle for five days', async () => {
  const [client, server] = [await host(), await host()];
  await admit(server, 'tcp', 5432);
  const flow = await vpc.connect({ from: client.id, to: server.id, tcp: 5432 });
  await vpc.client.send(new RevokeSecurityGroupIngressCommand(rule(server, 'tcp', 5432)));
  await vpc.advance(431_000_000);
  await expectSent(await flow.forth()).toBeDelivered();
  await expectSent(await flow.back()).toBeDelivered();
  await vpc.advance(433_000_000);
  await expectSent(await flow.forth()).toBeDropped('security-group-in/no-rule');
  await rejects(vpc.connect({ from: client.id, to: server.id, tcp: 5432 }), (error: unknown) => {
    equal(error instanceof PacketExpectationError, true);
    match(String(error), /first packet of the flow is lost, security-group-in\/no-rule/);
    return true;
  });
});

test('an interface’s own timeout counts', async () => {
  const [client, server] = [await host(), await host()];
  await vpc.client.send(
    new ModifyNetworkInterfaceAttributeCommand({
      NetworkInterfaceId: server.interfaceId,
      ConnectionTrackingSpecification: { TcpEstablishedTimeout: 60 },
    }),
  );
  await admit(server, 'tcp', 5432);
  const flow = await vpc.connect({ from: client.id, to: server.id, tcp: 5432 });
  await vpc.client.send(new RevokeSecurityGroupIngressCommand(rule(server, 'tcp', 5432)));
  await vpc.advance(59_000);
  await expectSent(await flow.forth()).toBeDelivered();
  await vpc.advance(61_000);
  await expectSent(await flow.forth()).toBeDropped();
});

test('what was sent stands in flow logs, and a packet that was lost has no answer', async () => {
  const [client, server] = [await host(), await host()];
  const { FlowLogIds: [log = ''] = [] } = await vpc.client.send(
    new CreateFlowLogsCommand({
      ResourceType: 'NetworkInterface',
      ResourceIds: [server.interfaceId],
      TrafficType: 'ALL',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::logs',
      MaxAggregationInterval: 60,
    }),
  );
  const lost = await vpc.send({ from: client.id, to: server.id, tcp: 22 });
  await rejects(lost.answer(), /dropped \(security-group-in\/no-rule\) has no answer/);
  await admit(server, 'tcp', 22);
  await vpc.connect({ from: client.id, to: server.id, tcp: 22, fromPort: 40_000 });
  await vpc.advance(120_000);
  const actions = (await vpc.flowLog(log))
    .map((line) => line.split(' ')[12])
    .filter((word) => /^[A-Z]/.test(word ?? ''));
  deepEqual(actions.sort(), ['ACCEPT', 'ACCEPT', 'REJECT']);
});

test('the outside world is reached and answers by the public address', async () => {
  const client = await host();
  const out = await vpc.send({ from: client.id, to: 'internet', tcp: 443 });
  equal(out.deliveredTo, 'internet');
  await expectSent(await out.answer()).toBeDelivered();
  const unasked = await vpc.send({ from: 'internet', to: client.id, tcp: 443 });
  await expectSent(unasked).toBeDropped('security-group-in/no-rule');
  await rejects(async () => await expectSent(unasked).toBeDelivered(), /Expected the packet .*> .* to be delivered/);
});
