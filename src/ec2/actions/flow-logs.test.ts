import { deepEqual, equal, ok } from 'node:assert/strict';
import test from 'node:test';
import { DEFAULT_FLOW_LOG_FORMAT, flowLogFormat, TRANSIT_FLOW_LOG_FIELDS } from '../../model/flow-log-fields.ts';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';
import { attach, gatewayWith } from '../../testing/transit-parts.ts';
import type { RequestOf } from '../operation.ts';

type Request = RequestOf<'CreateFlowLogs'>;

const BUCKET = { LogDestinationType: 's3', LogDestination: 'arn:aws:s3:::flows' } as const;
const GROUP = { LogGroupName: 'flows', DeliverLogsPermissionArn: 'arn:aws:iam::123456789012:role/flows' } as const;

const vpcOf = ({ account }: Lab): string => given(account.call('DescribeVpcs').Vpcs?.[0]?.VpcId);
const create = (net: Lab, more: Partial<Request> = {}) =>
  net.account.call('CreateFlowLogs', {
    ResourceType: 'VPC',
    ResourceIds: [vpcOf(net)],
    TrafficType: 'ALL',
    ...BUCKET,
    ...more,
  });
const describe = ({ account }: Lab, request: RequestOf<'DescribeFlowLogs'> = {}) =>
  account.call('DescribeFlowLogs', request).FlowLogs ?? [];

test('a flow log is shown as it was made, found by every filter, and deleted', () => {
  const net = lab();
  const tags = [{ Key: 'Name', Value: 'flows' }];
  const { FlowLogIds = [], Unsuccessful } = create(net, {
    MaxAggregationInterval: 60,
    DestinationOptions: { FileFormat: 'plain-text', HiveCompatiblePartitions: true, PerHourPartition: false },
    TagSpecifications: [{ ResourceType: 'vpc-flow-log', Tags: tags }],
  });
  deepEqual(Unsuccessful, []);
  const [toBucket] = describe(net);
  const { CreationTime, ...shown } = given(toBucket);
  ok(CreationTime instanceof Date);
  deepEqual(JSON.parse(JSON.stringify(shown)), {
    FlowLogId: FlowLogIds[0],
    FlowLogStatus: 'ACTIVE',
    ResourceId: vpcOf(net),
    TrafficType: 'ALL',
    DeliverLogsStatus: 'SUCCESS',
    LogDestinationType: 's3',
    LogDestination: 'arn:aws:s3:::flows',
    LogFormat: DEFAULT_FLOW_LOG_FORMAT,
    MaxAggregationInterval: 60,
    DestinationOptions: { FileFormat: 'plain-text', HiveCompatiblePartitions: true, PerHourPartition: false },
    Tags: tags,
  });
  const { FlowLogIds: others = [] } = create(net, {
    ...GROUP,
    LogDestinationType: undefined,
    LogDestination: undefined,
    TrafficType: 'REJECT',
    LogFormat: flowLogFormat(['srcaddr', 'az-id']),
  });
  const toGroup = given(describe(net, { FlowLogIds: others })[0]);
  deepEqual(
    [toGroup.LogDestinationType, toGroup.LogGroupName, toGroup.LogFormat, toGroup.MaxAggregationInterval],
    ['cloud-watch-logs', 'flows', flowLogFormat(['srcaddr', 'az-id']), 600],
  );
  for (const [name, value] of [
    ['flow-log-id', others[0]],
    ['log-destination-type', 'cloud-watch-logs'],
    ['log-group-name', 'flows'],
    ['traffic-type', 'REJECT'],
  ]) {
    const found = describe(net, { Filter: [{ Name: name, Values: [given(value)] }] });
    deepEqual([name, found.map(({ FlowLogId }) => FlowLogId)], [name, others]);
  }
  equal(describe(net, { Filter: [{ Name: 'resource-id', Values: [vpcOf(net)] }] }).length, 2);
  equal(describe(net, { Filter: [{ Name: 'tag:Name', Values: ['flows'] }] }).length, 1);
  net.account.call('DeleteFlowLogs', { FlowLogIds });
  deepEqual(
    describe(net).map(({ FlowLogId }) => FlowLogId),
    others,
  );
});

test('what stands already and what is too many is listed as unsuccessful, and the others are made', () => {
  const net = lab();
  const vpc = vpcOf(net);
  create(net);
  const { Subnets = [] } = net.account.call('DescribeSubnets');
  const again = create(net);
  deepEqual(again.FlowLogIds, []);
  deepEqual(
    again.Unsuccessful?.map((item) => [item.ResourceId, item.Error?.Code]),
    [[vpc, 'FlowLogAlreadyExists']],
  );
  create(net, { TrafficType: 'ACCEPT' });
  equal(create(net, { TrafficType: 'REJECT' }).Unsuccessful?.[0]?.Error?.Code, 'FlowLogsLimitExceeded');
  const ids = Subnets.map(({ SubnetId }) => given(SubnetId));
  equal(create(net, { ResourceType: 'Subnet', ResourceIds: ids }).FlowLogIds?.length, ids.length);
});

test('wrong requests are refused, each for the reason that is mended in the next', () => {
  const net = lab();
  const fault = (more: Partial<Request>): string => {
    const text = net.account.fault(() =>
      create(net, { LogDestination: undefined, LogDestinationType: undefined, ...more }),
    );
    return given(text);
  };
  const cases: readonly (readonly [Partial<Request>, string])[] = [
    [{ ResourceType: 'RegionalNatGateway' }, 'UnsupportedOperation'],
    [{ TrafficType: undefined }, 'MissingParameter'],
    [{}, "InvalidParameter: LogDestination can't be empty if LogGroupName is not provided."],
    [{ ...GROUP, ...BUCKET }, 'InvalidParameter: Please only provide LogGroupName'],
    [{ LogGroupName: 'flows' }, "InvalidParameter: DeliverLogsPermissionArn can't be empty"],
    [{ ...GROUP, LogGroupName: 'a b' }, 'InvalidParameter: LogDestination: a b is not a log group'],
    [{ ...BUCKET, LogDestination: 'flows' }, 'InvalidParameter: LogDestination: flows is not a bucket'],
    [{ ...BUCKET, LogDestination: 'arn:aws:s3:::flows/AWSLogs/' }, 'InvalidParameter: AWSLogs is a reserved term'],
    [{ ...BUCKET, DestinationOptions: { FileFormat: 'parquet' } }, 'UnsupportedOperation'],
    [{ ...BUCKET, LogDestinationType: 'kinesis-data-firehose' }, 'UnsupportedOperation'],
    [{ ...BUCKET, LogFormat: 'srcaddr' }, 'InvalidParameter: LogFormat'],
    [{ ...BUCKET, MaxAggregationInterval: 61 }, 'InvalidParameter: Invalid Flow Log Max Aggregation Interval'],
    [{ ...BUCKET, TagSpecifications: [{ ResourceType: 'vpc', Tags: [] }] }, 'InvalidParameterValue'],
    [{ ...BUCKET, ResourceIds: ['vpc-0123456789abcdef0'] }, 'InvalidVpcID.NotFound'],
  ];
  for (const [request, expected] of cases) ok(fault(request).startsWith(expected), `${fault(request)} ≠ ${expected}`);
  equal(create(net, { LogDestinationType: 's3', LogDestination: 'arn:aws:s3:::flows/logs/' }).Unsuccessful?.length, 0);
  equal(
    net.account.fault(() => net.account.call('DeleteFlowLogs', { FlowLogIds: ['fl-0123456789abcdef0'] })),
    'InvalidFlowLogId.NotFound: These flow log ids in the input list are not found: [TotalCount: 1] fl-0123456789abcdef0',
  );
});

test('flow logs of transit gateways have no traffic type, one interval and fields of their own, and are their owner’s', () => {
  const net = lab();
  const gateway = gatewayWith(net.account);
  const { id } = attach(net.account, gateway, '10.9.0.0/16');
  const transit = { TrafficType: undefined, ResourceType: 'TransitGateway', ResourceIds: [gateway] } as const;
  const ofAttachment = { ResourceType: 'TransitGatewayAttachment', ResourceIds: [id] } as const;
  const missing = 'tgw-attach-0123456789abcdef0';
  const cases: readonly (readonly [Partial<Request>, string])[] = [
    [{ TrafficType: 'ALL' }, 'InvalidParameter: TrafficType'],
    [{ MaxAggregationInterval: 600 }, 'InvalidParameter: Invalid Flow Log Max Aggregation Interval'],
    [{ LogFormat: flowLogFormat(['interface-id']) }, 'InvalidParameter: LogFormat'],
    [{ ResourceIds: Array.from({ length: 26 }, () => gateway) }, 'InvalidParameter: At most 25'],
    [{ ResourceIds: ['tgw-0123456789abcdef0'] }, 'InvalidTransitGatewayID.NotFound'],
    [{ ...ofAttachment, ResourceIds: [missing] }, 'InvalidTransitGatewayAttachmentID.NotFound'],
  ];
  for (const [request, expected] of cases) {
    const text = given(net.account.fault(() => create(net, { ...transit, ...request })));
    ok(text.startsWith(expected), `${text} ≠ ${expected}`);
  }
  const made = [create(net, transit), create(net, { ...transit, ...ofAttachment })];
  const ids = made.flatMap(({ FlowLogIds = [] }) => FlowLogIds);
  for (const { LogFormat, MaxAggregationInterval, TrafficType } of describe(net, { FlowLogIds: ids })) {
    deepEqual(
      [LogFormat, MaxAggregationInterval, TrafficType],
      [flowLogFormat(TRANSIT_FLOW_LOG_FIELDS), 60, undefined],
    );
  }
  equal(create(net, transit).Unsuccessful?.[0]?.Error?.Code, 'FlowLogAlreadyExists');
});
