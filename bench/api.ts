/** Start-up, memory, and the rate of API calls, against moto_server with the same client. Run with `npx tsx bench/api.ts`. */
import { pathToFileURL } from 'node:url';
import { atMost, compared, figure, type Line, median, thousands } from './line.ts';
import { QueryClient } from './query-client.ts';
import { type ServerProcess, startLocalvpc, startMoto } from './server-process.ts';

const STARTS = 5;
/** Creates of one round; localvpc and moto_server have their rounds in turn, so that both have the same machine. */
const CREATED = 1000;
/**
 * Creates before the first round, of each server: localvpc's machine code is made while it runs, and is what is measured
 * after some thousand calls (of 540 µs of its main thread for a create of the first 4,000, 170 are left after 8,000).
 */
const WARM_UP = 8000;
/** A server that is slow has found its pace after so long. */
const WARM_UP_AT_MOST_MS = 12_000;
/** Interfaces that one Describe shows. */
const INTERFACES = 1000;
const CONNECTIONS = 16;
/** Of an account in a Region there are at most 5,000 interfaces: each step has a Region of its own. */
const WARM_UP_REGIONS = ['eu-west-1', 'eu-west-2'] as const;
const ROUND_REGIONS = ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'eu-central-1'] as const;

interface Rates {
  /** Creates a second, at 16 connections, while there come to be 1,000. */
  readonly creates: number;
  /** Describe of 1,000, in milliseconds. */
  readonly describeMs: number;
}

/** Some two minutes, most of them moto_server's. */
export async function measureApi(): Promise<readonly Line[]> {
  const starts: number[] = [];
  for (let start = 1; start < STARTS; start++) {
    const server = await startLocalvpc();
    starts.push(server.startedInMs);
    await server.end();
  }
  const ours = await startLocalvpc();
  try {
    starts.push(ours.startedInMs);
    const moto = await startMoto();
    try {
      return await measureBoth(ours, median(starts), moto);
    } finally {
      await moto?.end();
    }
  } finally {
    await ours.end();
  }
}

async function measureBoth(
  ours: ServerProcess,
  startMs: number,
  moto: ServerProcess | undefined,
): Promise<readonly Line[]> {
  const resident = ours.residentMebibytes();
  const [rates, motoRates] = await measureRates(moto ? [ours, moto] : [ours]);
  const after = ours.residentMebibytes();
  const lines = [
    {
      ...atMost('start to first answered call', startMs, 350, 'ms'),
      reference: moto ? `${moto.startedInMs.toFixed(0)} ms (moto_server)` : '',
    },
    atMost('resident memory of the controller, started', resident, 120, 'MiB'),
    figure('the same, after the calls below', `${after.toFixed(0)} MiB`),
  ];
  if (!rates) return lines;
  return [...lines, ...(motoRates ? comparison(rates, motoRates) : alone(rates))];
}

const CREATES = `CreateNetworkInterface, ${CONNECTIONS} connections`;
const DESCRIBE = `DescribeNetworkInterfaces(${INTERFACES})`;

const comparison = (ours: Rates, moto: Rates): readonly Line[] => [
  compared(CREATES, {
    measured: `${thousands(ours.creates)} a second`,
    reference: `${thousands(moto.creates)} a second (moto_server)`,
    ratio: ours.creates / moto.creates,
    target: 20,
  }),
  compared(DESCRIBE, {
    measured: `${ours.describeMs.toFixed(1)} ms`,
    reference: `${moto.describeMs.toFixed(0)} ms (moto_server)`,
    ratio: moto.describeMs / ours.describeMs,
    target: 15,
  }),
];

const alone = (ours: Rates): readonly Line[] => [
  figure(CREATES, `${thousands(ours.creates)} a second`),
  figure(DESCRIBE, `${ours.describeMs.toFixed(1)} ms`),
];

/** Medians of rounds that the servers have in turn, after each has been warmed up. */
async function measureRates(servers: readonly ServerProcess[]): Promise<readonly Rates[]> {
  for (const server of servers) await warmUp(server);
  const rounds: Rates[][] = servers.map(() => []);
  for (const region of ROUND_REGIONS)
    for (const [index, { url }] of servers.entries()) rounds[index]?.push(await roundOf(url, region));
  return rounds.map((rates) => ({
    creates: median(rates.map(({ creates }) => creates)),
    describeMs: median(rates.map(({ describeMs }) => describeMs)),
  }));
}

async function warmUp({ url }: ServerProcess): Promise<void> {
  const endsAtMs = performance.now() + WARM_UP_AT_MOST_MS;
  for (const region of WARM_UP_REGIONS) {
    const client = new QueryClient(url, CONNECTIONS, region);
    await createInterfaces(client, WARM_UP / WARM_UP_REGIONS.length, endsAtMs);
    client.close();
  }
}

async function roundOf(url: string, region: string): Promise<Rates> {
  const client = new QueryClient(url, CONNECTIONS, region);
  const startedAtMs = performance.now();
  await createInterfaces(client, CREATED);
  const creates = CREATED / ((performance.now() - startedAtMs) / 1000);
  const describe = await describeMs(client);
  client.close();
  return { creates, describeMs: describe };
}

/** In a VPC of its own, so that every server has as many addresses to look through. */
async function createInterfaces(
  client: QueryClient,
  count: number,
  endsAtMs = Number.POSITIVE_INFINITY,
): Promise<void> {
  const vpc = await client.value('vpcId', 'CreateVpc', { CidrBlock: '10.77.0.0/16' });
  const subnet = await client.value('subnetId', 'CreateSubnet', { VpcId: vpc, CidrBlock: '10.77.0.0/16' });
  let made = 0;
  const createSome = async (): Promise<void> => {
    // With a token, as every SDK sends one.
    while (made < count && performance.now() < endsAtMs)
      await client.call('CreateNetworkInterface', { SubnetId: subnet, ClientToken: `bench-${made++}` });
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, createSome));
}

async function describeMs(client: QueryClient): Promise<number> {
  const startedAtMs = performance.now();
  const answer = await client.call('DescribeNetworkInterfaces', { MaxResults: INTERFACES });
  const took = performance.now() - startedAtMs;
  const found = answer.split('<networkInterfaceId>').length - 1;
  if (found < INTERFACES) throw new Error(`${found} network interfaces are described instead of ${INTERFACES}`);
  return took;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const { name, measured, reference, ratio } of await measureApi())
    console.log(`${name.padEnd(50)} ${measured}  ${reference}  ${ratio}`);
