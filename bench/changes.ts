/**
 * How soon a change is in force in a network of 10,000 interfaces, as whole calls of the built program, and what an idle
 * interface costs in the fabric. Run alone with `npx tsx bench/changes.ts` (after `npm run build`).
 */
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Fabric } from '../src/fabric/fabric.ts';
import type { Ipv4 } from '../src/net/address.ts';
import type { TableUpdate } from '../src/tables/tables.ts';
import { idOf, interfaceRow, ipv4Of, macOf, openAcl, subnetRow, vpcRow } from '../src/testing/rows.ts';
import { atMost, type Line, median, tableText } from './line.ts';
import { QueryClient } from './query-client.ts';
import { startLocalvpc } from './server-process.ts';

const INTERFACES = 10_000;
/** An account may have 5,000 interfaces in a Region, so they are of two. */
const REGIONS = ['us-east-1', 'eu-west-1'] as const;
const CHANGES = 60;
const INSTANCES_A_CALL = 500;
/** From a call's beginning to its answer, when packets obey it. */
const IN_FORCE_MS = 5;
const BYTES_PER_INTERFACE = 2048;

/** Some 40 s, most of them until the interfaces are there. */
export async function measureChanges(): Promise<readonly Line[]> {
  const memory = atMost('memory of an idle interface in the fabric', bytesPerInterface(), BYTES_PER_INTERFACE, 'bytes');
  const server = await startLocalvpc();
  const clients = REGIONS.map((region) => new QueryClient(server.url, 1, region));
  try {
    const [lab] = await Promise.all(clients.map(populate));
    const [client] = clients;
    if (!lab || !client) throw new Error('no Region');
    return [...(await changeLines(client, lab)), memory];
  } finally {
    for (const client of clients) client.close();
    await server.end();
  }
}

interface Lab {
  readonly subnetId: string;
  readonly groupId: string;
  readonly instanceIds: readonly string[];
}

/** Half of the interfaces, each an instance's, all in the VPC's default group. */
async function populate(client: QueryClient): Promise<Lab> {
  const vpcId = await client.value('vpcId', 'CreateVpc', { CidrBlock: '10.64.0.0/16' });
  const subnet = { VpcId: vpcId, CidrBlock: '10.64.0.0/18' };
  const subnetId = await client.value('subnetId', 'CreateSubnet', subnet);
  const filter = { 'Filter.1.Name': 'vpc-id', 'Filter.1.Value.1': vpcId };
  const groupId = await client.value('groupId', 'DescribeSecurityGroups', filter);
  const count = { MinCount: INSTANCES_A_CALL, MaxCount: INSTANCES_A_CALL };
  const launch = { ImageId: 'ami-virtual', InstanceType: 't3.micro', SubnetId: subnetId, ...count };
  const instanceIds: string[] = [];
  // The interfaces of the changes below are among the 5,000.
  const instances = INTERFACES / REGIONS.length - CHANGES;
  while (instanceIds.length < instances) {
    const left = Math.min(INSTANCES_A_CALL, instances - instanceIds.length);
    const answer = await client.call('RunInstances', { ...launch, MinCount: left, MaxCount: left });
    instanceIds.push(...[...answer.matchAll(/<instanceId>([^<]+)</g)].map(([, id = '']) => id));
  }
  return { subnetId, groupId, instanceIds };
}

async function changeLines(client: QueryClient, lab: Lab): Promise<readonly Line[]> {
  const rule = await medianOf(client, (index) => {
    const action = index % 2 === 0 ? 'AuthorizeSecurityGroupIngress' : 'RevokeSecurityGroupIngress';
    const permission = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '192.0.2.0/24' };
    return [action, { GroupId: lab.groupId, ...permission }];
  });
  const interfaceIds: string[] = [];
  for (let index = 0; index < CHANGES; index++)
    interfaceIds.push(await client.value('networkInterfaceId', 'CreateNetworkInterface', { SubnetId: lab.subnetId }));
  const attach = await medianOf(client, (index) => [
    'AttachNetworkInterface',
    { NetworkInterfaceId: interfaceIds[index] ?? '', InstanceId: lab.instanceIds[index] ?? '', DeviceIndex: 1 },
  ]);
  const first = { NetworkInterfaceId: interfaceIds[0] ?? '', SecondaryPrivateIpAddressCount: 1 };
  const address = await client.value('privateIpAddress', 'AssignPrivateIpAddresses', first);
  const move = await medianOf(client, (index) => [
    'AssignPrivateIpAddresses',
    {
      NetworkInterfaceId: interfaceIds[(index + 1) % 2] ?? '',
      'PrivateIpAddress.1': address,
      AllowReassignment: 'true',
    },
  ]);
  const of = `in force, of ${INTERFACES.toLocaleString('en')} interfaces`;
  return [
    atMost(`a rule of 5,000 interfaces' group changed: ${of}`, rule, IN_FORCE_MS, 'ms'),
    atMost(`an interface attached: ${of}`, attach, IN_FORCE_MS, 'ms'),
    atMost(`an address moved: ${of}`, move, IN_FORCE_MS, 'ms'),
  ];
}

/** Milliseconds of the call, the median. */
async function medianOf(
  client: QueryClient,
  callOf: (index: number) => readonly [action: string, parameters: Record<string, string | number>],
): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < CHANGES; index++) {
    const [action, parameters] = callOf(index);
    const startedAtMs = performance.now();
    await client.call(action, parameters);
    times.push(performance.now() - startedAtMs);
  }
  return median(times);
}

/** Of heap and buffers, with a port, its row included as it comes over the channel. */
function bytesPerInterface(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('no garbage collector to call');
  const fabric = new Fabric({ send: () => true, now: () => 0 });
  const used = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  fabric.apply(structuredClone(networkOf(1, 0)));
  const before = used();
  for (let first = 1; first <= INTERFACES; first += INSTANCES_A_CALL) {
    fabric.apply(structuredClone(networkOf(INSTANCES_A_CALL, first)));
    for (let number = first; number < first + INSTANCES_A_CALL; number++)
      fabric.attach(idOf('eni', idText(number)), number);
  }
  const bytes = (used() - before) / INTERFACES;
  if (fabric.counters().ports !== INTERFACES) throw new Error('the fabric lost interfaces');
  return bytes;
}

/** Ids are as long as real ones. */
const idText = (number: number): string => number.toString(16).padStart(17, '0');

function networkOf(count: number, first: number): readonly TableUpdate[] {
  const vpc = vpcRow(idText(0), ['10.64.0.0/16'], false);
  const subnet = subnetRow(idText(0), idText(0), ['10.64.0.0/18']);
  const members = Array.from({ length: count }, (_, index) =>
    interfaceRow({
      name: idText(first + index),
      mac: macOf(first + index),
      vpcId: vpc.id,
      subnetId: subnet.id,
      securityGroupIds: [idOf('sg', idText(0))],
      ipv4Addresses: [(ipv4Of('10.64.0.4') + first + index) as Ipv4],
    }),
  );
  const shared = first === 0 ? [vpc, openAcl(idText(0)), subnet] : [];
  return [...shared, ...members].map((row): TableUpdate => ({ change: 'put', row }));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(tableText(await measureChanges()));
