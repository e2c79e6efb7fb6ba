/** Flow logs of transit gateways, as their owner makes and reads them. */
import { deepEqual, equal } from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateFlowLogsCommand,
  type CreateFlowLogsRequest,
  CreateRouteCommand,
  CreateSubnetCommand,
  CreateTransitGatewayCommand,
  CreateTransitGatewayVpcAttachmentCommand,
  CreateVpcCommand,
  DescribeFlowLogsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { flowLogFormat, TRANSIT_FLOW_LOG_FIELDS } from '../model/flow-log-fields.ts';
import { expectSent, type LocalVpc, startLocalVpc } from './main.ts';

interface Side {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly instanceId: string;
  readonly attachmentId: string;
}

let vpc: LocalVpc;
let gateway = '';
let left: Side;
let right: Side;

before(async () => {
  vpc = await startLocalVpc();
  const { TransitGateway: made } = await vpc.client.send(new CreateTransitGatewayCommand({}));
  gateway = made?.TransitGatewayId ?? '';
  left = await side('10.1.0.0');
  right = await side('10.2.0.0');
});
after(() => vpc.close());

/** A VPC of its own with an instance, attached to the gateway, that lets everything in. */
async function side(block: string): Promise<Side> {
  const { client } = vpc;
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: `${block}/16` }));
  const vpcId = Vpc?.VpcId ?? '';
  const { Subnet } = await client.send(
    new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: `${block}/24`, AvailabilityZone: 'us-east-1b' }),
  );
  const subnetId = Subnet?.SubnetId ?? '';
  const { TransitGatewayVpcAttachment: attachment } = await client.send(
    new CreateTransitGatewayVpcAttachmentCommand({ TransitGatewayId: gateway, VpcId: vpcId, SubnetIds: [subnetId] }),
  );
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
  const { RouteTables: [table] = [] } = await client.send(new DescribeRouteTablesCommand({ Filters }));
  await client.send(
    new CreateRouteCommand({
      RouteTableId: table?.RouteTableId,
      DestinationCidrBlock: '10.0.0.0/8',
      TransitGatewayId: gateway,
    }),
  );
  const { SecurityGroups: [group] = [] } = await client.send(new DescribeSecurityGroupsCommand({ Filters }));
  const IpPermissions = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
  await client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group?.GroupId, IpPermissions }));
  const { Instances: [instance] = [] } = await client.send(
    new RunInstancesCommand({ ImageId: 'ami-virtual', MinCount: 1, MaxCount: 1, SubnetId: subnetId }),
  );
  const attachmentId = attachment?.TransitGatewayAttachmentId ?? '';
  return { vpcId, subnetId, instanceId: instance?.InstanceId ?? '', attachmentId };
}

const make = async (request: Partial<CreateFlowLogsRequest>): Promise<string> => {
  const destination = { LogDestinationType: 's3', LogDestination: 'arn:aws:s3:::logs' } as const;
  const { FlowLogIds: [id = ''] = [] } = await vpc.client.send(
    new CreateFlowLogsCommand({ ResourceType: 'TransitGateway', ResourceIds: [gateway], ...destination, ...request }),
  );
  return id;
};

/** Records with a flow, each by the names of its fields. */
const flowsOf = async (id: string): Promise<readonly Readonly<Record<string, string>>[]> => {
  const [header = '', ...lines] = await vpc.flowLog(id);
  const fields = header.split(' ');
  return lines
    .filter((line) => line !== header)
    .map((line) => Object.fromEntries(line.split(' ').map((value, index) => [fields[index] ?? '', value])))
    .filter((record) => record['log-status'] === 'OK');
};

test('a transit gateway writes each flow at the attachment that it comes by and at the one that it leaves by', async () => {
  const id = await make({});
  await expectSent(
    await vpc.send({ from: left.instanceId, to: right.instanceId, udp: 53, fromPort: 40_000 }),
  ).toBeDelivered();
  await vpc.advance(60_000);
  const records = await flowsOf(id);
  equal(records.length, 2);
  for (const [direction, own, other] of [
    ['ingress', left, right],
    ['egress', right, left],
  ] as const) {
    const record = records.find((one) => one['flow-direction'] === direction) ?? {};
    deepEqual(Object.keys(record), [...TRANSIT_FLOW_LOG_FIELDS]);
    const { start, end, bytes, srcaddr, dstaddr, 'tgw-src-eni': entry, 'tgw-dst-eni': exit, ...rest } = record;
    equal(/^10\.1\.0\./.test(srcaddr ?? '') && /^10\.2\.0\./.test(dstaddr ?? ''), true);
    equal(entry?.startsWith('eni-') === true && exit?.startsWith('eni-') === true && entry !== exit, true);
    equal(Number(bytes) >= 28 && Number(end) >= Number(start), true);
    deepEqual(rest, {
      version: '6',
      'resource-type': 'TransitGateway',
      'account-id': '123456789012',
      'tgw-id': gateway,
      'tgw-attachment-id': own.attachmentId,
      'tgw-src-vpc-account-id': '123456789012',
      'tgw-dst-vpc-account-id': '123456789012',
      'tgw-src-vpc-id': left.vpcId,
      'tgw-dst-vpc-id': right.vpcId,
      'tgw-src-subnet-id': left.subnetId,
      'tgw-dst-subnet-id': right.subnetId,
      'tgw-src-az-id': 'use1-az2',
      'tgw-dst-az-id': 'use1-az2',
      'tgw-pair-attachment-id': other.attachmentId,
      srcport: '40000',
      dstport: '53',
      protocol: '17',
      packets: '1',
      'log-status': 'OK',
      type: 'IPv4',
      'packets-lost-no-route': '0',
      'packets-lost-blackhole': '0',
      'packets-lost-mtu-exceeded': '0',
      'packets-lost-ttl-expired': '0',
      'tcp-flags': '0',
      region: 'us-east-1',
      'flow-direction': direction,
      'pkt-src-aws-service': '-',
      'pkt-dst-aws-service': '-',
    });
  }
});

test('an attachment’s flow log has its own side alone, in the fields that were asked for, and says what was lost', async () => {
  const id = await make({
    ResourceType: 'TransitGatewayAttachment',
    ResourceIds: [left.attachmentId],
    LogFormat: flowLogFormat(['flow-direction', 'dstaddr', 'packets', 'packets-lost-no-route', 'log-status']),
  });
  await vpc.send({ from: left.instanceId, to: right.instanceId, udp: 5353 });
  await vpc.send({ from: left.instanceId, to: '10.77.0.1', udp: 53 });
  await vpc.advance(60_000);
  const flows = (await flowsOf(id)).map(
    (one) => `${one['flow-direction']} ${one.packets} ${one['packets-lost-no-route']}`,
  );
  deepEqual([...flows].sort(), ['ingress 1 0', 'ingress 1 1']);
  await vpc.advance(60_000);
  equal((await vpc.flowLog(id)).at(-1), '- - - - NODATA');
});

test('records for CloudWatch Logs are read by the flow log’s id as well, and Describe shows what AWS’s does', async () => {
  const id = await make({
    LogDestinationType: 'cloud-watch-logs',
    LogDestination: undefined,
    LogGroupName: 'hub',
    DeliverLogsPermissionArn: 'arn:aws:iam::123456789012:role/logs',
  });
  await vpc.send({ from: right.instanceId, to: left.instanceId, udp: 7 });
  await vpc.advance(60_000);
  equal((await vpc.flowLog(id)).filter((line) => line.includes(' OK ')).length, 2);
  const { FlowLogs: [shown] = [] } = await vpc.client.send(new DescribeFlowLogsCommand({ FlowLogIds: [id] }));
  equal(shown?.MaxAggregationInterval, 60);
  equal(shown?.TrafficType, undefined);
  equal(shown?.ResourceId, gateway);
});
