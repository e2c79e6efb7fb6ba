/** Flow logs of a VPC whose guests really talk: what programs did stands in the files, as AWS would have it. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { CreateFlowLogsCommand, type CreateFlowLogsRequest } from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { createAcl } from './fixture/network-acl.ts';
import { present } from './fixture/present.ts';
import { createGroup, createSubnet, createVpc, tcp } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

const FIELDS =
  'interface-id flow-direction srcaddr dstaddr dstport protocol packets bytes tcp-flags action log-status'.split(' ');
const FORMAT = FIELDS.map((field) => `\${${field}}`).join(' ');

describe('flow logs', { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'localvpc-flow-logs-'));
  let localvpc: LocalVpc;
  let vpcId = '';
  let client: RunningInstance;
  let web: RunningInstance;
  let log = '';
  let farSubnet = '';

  const create = async (more: Partial<CreateFlowLogsRequest>): Promise<string> => {
    const { FlowLogIds } = await localvpc.ec2.send(
      new CreateFlowLogsCommand({
        ResourceType: 'VPC',
        ResourceIds: [vpcId],
        TrafficType: 'ALL',
        MaxAggregationInterval: 60,
        LogDestinationType: 's3',
        LogDestination: 'arn:aws:s3:::flows/team',
        LogFormat: FORMAT,
        ...more,
      }),
    );
    return present(FlowLogIds?.[0], 'FlowLogId');
  };
  /** Records since the last call, by the command that users have. */
  let known = 0;
  const records = async (): Promise<readonly (readonly string[])[]> => {
    const { status, stdout, stderr } = await localvpc.command(['flow-logs', log, '--now']);
    equal(status, 0, stderr);
    const lines = stdout
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('eni-') && line.endsWith(' OK'));
    const fresh = lines.slice(known);
    known = lines.length;
    return fresh.map((line) => line.split(' '));
  };

  before(async () => {
    localvpc = await LocalVpc.start({ dataDirectory: directory });
    vpcId = await createVpc(localvpc.ec2, '10.71.0.0/16');
    const near = await createSubnet(localvpc.ec2, vpcId, '10.71.1.0/24');
    farSubnet = await createSubnet(localvpc.ec2, vpcId, '10.71.2.0/24');
    const groups = [
      await createGroup(localvpc.ec2, vpcId, tcp(80), {
        IpProtocol: 'icmp',
        FromPort: -1,
        ToPort: -1,
        IpRanges: [{ CidrIp: '0.0.0.0/0' }],
      }),
    ];
    [client, web] = await Promise.all([
      launch(localvpc, { subnetId: near, groups }),
      launch(localvpc, { subnetId: farSubnet, groups }),
    ]);
    await serve(localvpc, web, 80, 81);
    log = await create({});
    await records();
  });
  after(async () => {
    await localvpc.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test('a request and its answer are four records with SYN and FIN; what a group drops is a REJECT at the receiver', async () => {
    await reaches(localvpc, client, web.address, 80);
    await isDropped(localvpc, client, web.address, 81);
    const all = await records();
    const of = (eni: string, direction: string, port?: string) =>
      all.find(([id, way, , , toPort]) => id === eni && way === direction && (port === undefined || toPort === port));
    const request = present(of(web.interfaceId, 'ingress', '80'), 'request');
    deepEqual(request.slice(2, 6), [client.address, web.address, '80', '6']);
    ok(Number(request[6]) >= 4 && Number(request[7]) > 200, request.join(' '));
    deepEqual(request.slice(8), ['3', 'ACCEPT', 'OK']);
    equal(present(of(web.interfaceId, 'egress'), 'answer')[8], '19');
    equal(present(of(client.interfaceId, 'egress', '80'), 'sent')[9], 'ACCEPT');
    equal(present(of(client.interfaceId, 'egress', '81'), 'sent to 81')[9], 'ACCEPT');
    deepEqual(present(of(web.interfaceId, 'ingress', '81'), 'dropped').slice(8), ['2', 'REJECT', 'OK']);
    equal(of(client.interfaceId, 'egress', '53'), undefined);
  });

  test('a ping whose answer the network ACL stops is the guide’s pair of records', async () => {
    await createAcl(
      localvpc.ec2,
      vpcId,
      farSubnet,
      { number: 100, action: 'allow', direction: 'ingress' },
      { number: 100, action: 'allow', direction: 'egress', port: 1024 },
    );
    await localvpc.exec(client, 'ping', '-c', '2', '-i', '0.2', '-W', '1', web.address);
    const pings = (await records()).filter(([id, , , , , protocol]) => id === web.interfaceId && protocol === '1');
    deepEqual(
      pings
        .map(([, direction, , , port, , packets, bytes, , action]) => [direction, port, packets, bytes, action])
        .sort(),
      [
        ['egress', '0', '2', '168', 'REJECT'],
        ['ingress', '0', '2', '168', 'ACCEPT'],
      ],
    );
  });

  test('the records lie in objects named as in S3, and streams as in CloudWatch Logs', async () => {
    const objects = readdirSync(join(directory, 'flow-logs/s3/flows/team/AWSLogs/123456789012/vpcflowlogs/us-east-1'), {
      recursive: true,
      encoding: 'utf8',
    }).filter((path) => path.endsWith('.gz'));
    ok(objects.length >= 2);
    const path = present(objects[0], 'object');
    match(
      path,
      new RegExp(
        `^\\d{4}/\\d\\d/\\d\\d/123456789012_vpcflowlogs_us-east-1_${log}_\\d{8}T\\d{4}Z_[0-9a-f]{8}\\.log\\.gz$`,
      ),
    );
    const text = gunzipSync(
      readFileSync(join(directory, 'flow-logs/s3/flows/team/AWSLogs/123456789012/vpcflowlogs/us-east-1', path)),
    ).toString();
    equal(text.split('\n')[0], FIELDS.join(' '));
    const group = {
      LogDestinationType: undefined,
      LogDestination: undefined,
      LogGroupName: 'vpc/flows',
      DeliverLogsPermissionArn: 'arn:aws:iam::123456789012:role/flows',
    };
    const stream = await create({
      ...group,
      LogFormat: undefined,
      ResourceType: 'NetworkInterface',
      ResourceIds: [client.interfaceId],
    });
    await localvpc.exec(client, 'ping', '-c', '1', '-W', '1', web.address);
    equal((await localvpc.command(['flow-logs', stream, '--now'])).status, 0);
    const line = readFileSync(join(directory, `flow-logs/log-groups/vpc/flows/${client.interfaceId}-all`), 'utf8');
    match(
      line,
      new RegExp(
        `^2 123456789012 ${client.interfaceId} ${client.address} ${web.address} 0 0 1 1 84 \\d{10} \\d{10} ACCEPT OK\\n$`,
      ),
    );
  });
});
