/** Records and files are AWS's: the user guide's "Flow log record examples", one by one, and the names of objects and streams. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import {
  DEFAULT_FLOW_LOG_FORMAT,
  FLOW_LOG_FIELDS,
  flowLogFormat,
  parseFlowLogFormat,
} from '../model/flow-log-fields.ts';
import type { FlowLog } from '../model/resources/flow-log.ts';
import { ICMP, TCP } from '../net/protocol.ts';
import type { FlowRecord } from '../tables/flow-report.ts';
import { addressOf, idOf } from '../testing/rows.ts';
import { objectPath, streamPath } from './places.ts';
import { type InterfaceRecord, type LoggedInterface, recordLine, valuelessFields } from './record.ts';

const ENI = idOf('eni', '1235b8ca123456789');

const INTERFACE: LoggedInterface = {
  interfaceId: ENI,
  accountId: '123456789010',
  region: 'ap-southeast-2',
  zoneId: 'apse2-az3',
  vpcId: idOf('vpc', 'abcdefab012345678'),
  subnetId: idOf('subnet', 'aaaaaaaa012345678'),
  instanceId: idOf('i', '01234567890123456'),
  isNitro: true,
};

interface Example {
  readonly what: string;
  /** Names of fields; the default format unless given. */
  readonly format?: string;
  readonly of?: Partial<LoggedInterface>;
  readonly flow?: Partial<Omit<FlowRecord, 'source' | 'destination' | 'interfaceAddress'>> & {
    readonly source: string;
    readonly destination: string;
    readonly own?: string;
  };
  readonly times: readonly [number, number];
  readonly status?: 'NODATA' | 'SKIPDATA';
  readonly line: string;
}

function recordOf({ of, flow, times, status }: Example): InterfaceRecord {
  const { source, destination, own, ...rest } = flow ?? { source: '0.0.0.0', destination: '0.0.0.0' };
  const direction = rest.direction ?? 'ingress';
  const [from, to] = [addressOf(source), addressOf(destination)];
  const record: FlowRecord = {
    interfaceId: ENI,
    vpcId: INTERFACE.vpcId,
    subnetId: INTERFACE.subnetId,
    owner: { kind: 'instance', id: idOf('i', '01234567890123456') },
    direction,
    action: 'ACCEPT',
    rejectReason: undefined,
    protocol: TCP,
    source: from,
    destination: to,
    sourcePort: 0,
    destinationPort: 0,
    interfaceAddress: own === undefined ? (direction === 'egress' ? from : to) : addressOf(own),
    by: undefined,
    isInterRegion: false,
    packets: 0,
    bytes: 0,
    tcpFlags: 0,
    firstMs: 0,
    lastMs: 0,
    ...rest,
  };
  const content = status ? { status } : ({ status: 'OK', flow: record } as const);
  return { of: { ...INTERFACE, ...of }, startMs: times[0] * 1000, endMs: times[1] * 1000, content };
}

const S3 = addressOf('52.95.128.179');
const serviceOf = (address: unknown): string | undefined => (address === S3 ? 'S3' : undefined);

const TCP_SEQUENCE =
  'version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr pkt-dstaddr protocol bytes packets start end action tcp-flags log-status';
const NAT = 'instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr';
const TRANSIT =
  'version interface-id account-id vpc-id subnet-id instance-id srcaddr dstaddr srcport dstport protocol tcp-flags type pkt-srcaddr pkt-dstaddr action log-status';
const SERVICES =
  'version srcaddr dstaddr srcport dstport protocol start end type packets bytes account-id vpc-id subnet-id instance-id interface-id region az-id sublocation-type sublocation-id action tcp-flags pkt-srcaddr pkt-dstaddr pkt-src-aws-service pkt-dst-aws-service traffic-path flow-direction log-status';
const PREFIX =
  '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4';

/** A TCP flow of the section "TCP flag sequence". */
function sequence(
  client: boolean,
  port: number,
  counts: readonly [bytes: number, packets: number, flags: number],
  times: readonly [number, number],
): Example {
  const [bytes, packets, tcpFlags] = counts;
  const [source, destination] = client ? ['52.213.180.42', '10.0.0.62'] : ['10.0.0.62', '52.213.180.42'];
  const [sourcePort, destinationPort] = client ? [port, 5001] : [5001, port];
  const direction = client ? 'ingress' : 'egress';
  const ends = `${source} ${destination} ${sourcePort} ${destinationPort} ${source} ${destination}`;
  return {
    what: `TCP flags ${tcpFlags} of port ${port}`,
    format: TCP_SEQUENCE,
    flow: { source, destination, sourcePort, destinationPort, bytes, packets, tcpFlags, direction },
    times,
    line: `${PREFIX} ${ends} 6 ${bytes} ${packets} ${times[0]} ${times[1]} ACCEPT ${tcpFlags} OK`,
  };
}

const FIRST = [1566848875, 1566848933] as const;
const SECOND = [1566848933, 1566849113] as const;
const SHORT = [1566933133, 1566933193] as const;

const examples: readonly Example[] = [
  {
    what: 'accepted',
    flow: {
      source: '172.31.16.139',
      destination: '172.31.16.21',
      sourcePort: 20641,
      destinationPort: 22,
      packets: 20,
      bytes: 4249,
    },
    times: [1418530010, 1418530070],
    line: '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK',
  },
  {
    what: 'rejected',
    flow: {
      source: '172.31.9.69',
      destination: '172.31.9.12',
      sourcePort: 49761,
      destinationPort: 3389,
      packets: 20,
      bytes: 4249,
      action: 'REJECT',
    },
    times: [1418530010, 1418530070],
    line: '2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK',
  },
  {
    what: 'no data',
    times: [1431280876, 1431280934],
    status: 'NODATA',
    line: '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA',
  },
  {
    what: 'skipped data',
    of: { interfaceId: idOf('eni', '11111111aaaaaaaaa') },
    times: [1431280876, 1431280934],
    status: 'SKIPDATA',
    line: '2 123456789010 eni-11111111aaaaaaaaa - - - - - - - 1431280876 1431280934 - SKIPDATA',
  },
  {
    what: 'a ping that the group lets in',
    flow: { source: '203.0.113.12', destination: '172.31.16.139', protocol: ICMP, packets: 4, bytes: 336 },
    times: [1432917027, 1432917142],
    line: '2 123456789010 eni-1235b8ca123456789 203.0.113.12 172.31.16.139 0 0 1 4 336 1432917027 1432917142 ACCEPT OK',
  },
  {
    what: 'its answer, which the network ACL does not let out',
    flow: {
      source: '172.31.16.139',
      destination: '203.0.113.12',
      protocol: ICMP,
      packets: 4,
      bytes: 336,
      direction: 'egress',
      action: 'REJECT',
    },
    times: [1432917094, 1432917142],
    line: '2 123456789010 eni-1235b8ca123456789 172.31.16.139 203.0.113.12 0 0 1 4 336 1432917094 1432917142 REJECT OK',
  },
  {
    what: 'IPv6',
    flow: {
      source: '2001:db8:1234:a100:8d6e:3477:df66:f105',
      destination: '2001:db8:1234:a102:3304:8879:34cf:4071',
      sourcePort: 34892,
      destinationPort: 22,
      packets: 54,
      bytes: 8855,
    },
    times: [1477913708, 1477913820],
    line: '2 123456789010 eni-1235b8ca123456789 2001:db8:1234:a100:8d6e:3477:df66:f105 2001:db8:1234:a102:3304:8879:34cf:4071 34892 22 6 54 8855 1477913708 1477913820 ACCEPT OK',
  },
  sequence(true, 43416, [568, 8, 2], FIRST),
  sequence(false, 43416, [376, 7, 18], FIRST),
  sequence(true, 43418, [100701, 70, 2], FIRST),
  sequence(false, 43418, [632, 12, 18], FIRST),
  sequence(false, 43418, [63388, 1219, 1], SECOND),
  sequence(true, 43418, [23294588, 15774, 1], SECOND),
  sequence(true, 43638, [1260, 17, 3], SHORT),
  sequence(false, 43638, [967, 14, 19], SHORT),
  ...(
    [
      ['10.0.1.5', '203.0.113.5', 'ingress', '10.0.1.5 10.0.0.220 10.0.1.5 203.0.113.5'],
      ['10.0.0.220', '203.0.113.5', 'egress', '10.0.0.220 203.0.113.5 10.0.0.220 203.0.113.5'],
      ['203.0.113.5', '10.0.0.220', 'ingress', '203.0.113.5 10.0.0.220 203.0.113.5 10.0.0.220'],
      ['203.0.113.5', '10.0.1.5', 'egress', '10.0.0.220 10.0.1.5 203.0.113.5 10.0.1.5'],
    ] as const
  ).map(
    ([source, destination, direction, addresses]): Example => ({
      what: `a NAT gateway’s interface, ${direction}: ${addresses}`,
      format: NAT,
      of: { instanceId: undefined },
      flow: { source, destination, direction, own: '10.0.0.220' },
      times: FIRST,
      line: `- eni-1235b8ca123456789 ${addresses}`,
    }),
  ),
  {
    what: 'the client behind the NAT gateway',
    format: NAT,
    of: { interfaceId: idOf('eni', '1111aaaa2222bbbb3') },
    flow: { source: '10.0.1.5', destination: '203.0.113.5', direction: 'egress' },
    times: FIRST,
    line: 'i-01234567890123456 eni-1111aaaa2222bbbb3 10.0.1.5 203.0.113.5 10.0.1.5 203.0.113.5',
  },
  {
    what: 'the interface of a transit gateway',
    format: TRANSIT,
    of: {
      interfaceId: idOf('eni', '11111111111111111'),
      subnetId: idOf('subnet', '11111111aaaaaaaaa'),
      instanceId: undefined,
    },
    flow: {
      source: '10.20.33.164',
      destination: '10.40.2.236',
      own: '10.40.1.175',
      direction: 'egress',
      sourcePort: 39812,
      destinationPort: 80,
      tcpFlags: 3,
    },
    times: FIRST,
    line: '3 eni-11111111111111111 123456789010 vpc-abcdefab012345678 subnet-11111111aaaaaaaaa - 10.40.1.175 10.40.2.236 39812 80 6 3 IPv4 10.20.33.164 10.40.2.236 ACCEPT OK',
  },
  {
    what: 'from an AWS service',
    format: SERVICES,
    flow: {
      source: '52.95.128.179',
      destination: '10.0.0.71',
      sourcePort: 80,
      destinationPort: 34210,
      packets: 14,
      bytes: 15044,
      tcpFlags: 19,
    },
    times: [1616729292, 1616729349],
    line: '5 52.95.128.179 10.0.0.71 80 34210 6 1616729292 1616729349 IPv4 14 15044 123456789010 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 ap-southeast-2 apse2-az3 - - ACCEPT 19 52.95.128.179 10.0.0.71 S3 - - ingress OK',
  },
  {
    what: 'to an AWS service, through an internet gateway',
    format: SERVICES,
    flow: {
      source: '10.0.0.71',
      destination: '52.95.128.179',
      sourcePort: 34210,
      destinationPort: 80,
      packets: 7,
      bytes: 471,
      tcpFlags: 3,
      direction: 'egress',
      by: 'internet-gateway',
    },
    times: [1616729292, 1616729349],
    line: '5 10.0.0.71 52.95.128.179 34210 80 6 1616729292 1616729349 IPv4 7 471 123456789010 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 ap-southeast-2 apse2-az3 - - ACCEPT 3 10.0.0.71 52.95.128.179 - S3 8 egress OK',
  },
];

const formatOf = (names: string): string =>
  names
    .split(' ')
    .map((name) => `\${${name}}`)
    .join(' ');

for (const example of examples) {
  test(`the user guide’s example is written as there: ${example.what}`, () => {
    const format = example.format === undefined ? DEFAULT_FLOW_LOG_FORMAT : formatOf(example.format);
    equal(recordLine(parseFlowLogFormat(format) ?? [], recordOf(example), serviceOf), example.line);
  });
}

test('the path of egress traffic is that of the gateway, and of the instance’s hypervisor', () => {
  const path = (by: FlowRecord['by'], isNitro: boolean, isInterRegion = false): string => {
    const flow = { source: '10.0.0.1', destination: '10.0.0.2', direction: 'egress', by, isInterRegion } as const;
    return recordLine(
      ['traffic-path'],
      recordOf({ what: '', of: { isNitro }, flow, times: FIRST, line: '' }),
      serviceOf,
    );
  };
  deepEqual([path(undefined, true), path('local', true), path('nat-gateway', true)], ['1', '1', '1']);
  deepEqual([path('internet-gateway', false), path('internet-gateway', true), path('endpoint', true)], ['2', '8', '7']);
  deepEqual([path('vpn-gateway', true), path('peering', true), path('peering', true, true)], ['3', '4', '5']);
});

test('every field is read in a format, and those that localvpc has no value for say so', () => {
  const names = Object.keys(FLOW_LOG_FIELDS);
  deepEqual(parseFlowLogFormat(formatOf(names.join(' '))), names);
  equal(parseFlowLogFormat(formatOf('srcaddr colour')), undefined);
  equal(parseFlowLogFormat('srcaddr dstaddr'), undefined);
  equal(parseFlowLogFormat(''), undefined);
  equal(flowLogFormat(['version', 'az-id']), formatOf('version az-id'));
  deepEqual(
    valuelessFields().filter((name) => !name.startsWith('ecs-')),
    ['sublocation-type', 'sublocation-id', 'resource-id', 'encryption-status'],
  );
});

test('objects and streams are named as AWS names them, and stay in their folder', () => {
  const scope = { account: '123456789012', region: 'us-east-1' };
  const log = (arn: string, hive = false, hourly = false): FlowLog => ({
    id: idOf('fl', '1234abcd'),
    resource: { type: 'VPC', id: idOf('vpc', '1') },
    trafficType: 'ALL',
    destination: { type: 's3', arn, hiveCompatiblePartitions: hive, perHourPartition: hourly },
    permissionArn: undefined,
    crossAccountRole: undefined,
    logFormat: DEFAULT_FLOW_LOG_FORMAT,
    maxAggregationIntervalSeconds: 60,
    createdAtMs: 0,
    tags: {},
  });
  const atMs = Date.UTC(2018, 5, 20, 16, 20, 9);
  const name = '123456789012_vpcflowlogs_us-east-1_fl-1234abcd_20180620T1620Z_fe123456.log.gz';
  const at = (one: FlowLog): string => objectPath(one, scope, atMs, 'fe123456');
  equal(at(log('arn:aws:s3:::bucket')), `s3/bucket/AWSLogs/123456789012/vpcflowlogs/us-east-1/2018/06/20/${name}`);
  equal(
    at(log('arn:aws:s3:::bucket/logs/', false, true)),
    `s3/bucket/logs/AWSLogs/123456789012/vpcflowlogs/us-east-1/2018/06/20/16/${name}`,
  );
  equal(
    at(log('arn:aws:s3:::bucket', true, true)),
    `s3/bucket/AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=us-east-1/year=2018/month=06/day=20/hour=16/${name}`,
  );
  equal(streamPath('/vpc/flows', ENI, log('')), `log-groups/vpc/flows/${ENI}-all`);
  equal(streamPath('../../etc', ENI, log('')), `log-groups/%2E%2E/%2E%2E/etc/${ENI}-all`);
  equal(at(log('arn:aws:s3:::bucket/../..')).startsWith('s3/bucket/%2E%2E/%2E%2E/AWSLogs/'), true);
});
