/** Start-up, memory, and the rate of API calls, against moto_server with the same client. */
import { atMost, compared, figure, type Line, median, thousands } from './line.ts';
import { QueryClient } from './query-client.ts';
import { type ServerProcess, startLocalvpc, startMoto } from './server-process.ts';

const STARTS = 5;
/** Creates that are measured: enough for both servers to keep their pace for a while. */
const CREATED = 4000;
/** Interfaces that one Describe shows. */
const INTERFACES = 1000;
const CONNECTIONS = 16;
const DESCRIBES = 5;
/** Calls of each kind are made in another Region first: both servers are measured once they have found their pace. */
const WARM_UP_REGION = 'eu-west-1';

interface Rates {
  /** Creates a second, at 16 connections, while there come to be 4,000. */
  readonly creates: number;
  /** Describe of 1,000, in milliseconds. */
  readonly describeMs: number;
}

/** Some 40 s, most of them moto_server's. */
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
  const rates = await measureRates(ours);
  const after = ours.residentMebibytes();
  const lines = [
    {
      ...atMost('start to first answered call', startMs, 350, 'ms'),
      reference: moto ? `${moto.startedInMs.toFixed(0)} ms (moto_server)` : '',
    },
    atMost('resident memory of the controller, started', resident, 120, 'MiB'),
    atMost(`the same, after the calls below`, after, 120, 'MiB'),
  ];
  return moto ? [...lines, ...comparison(rates, await measureRates(moto))] : [...lines, ...alone(rates)];
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

async function measureRates({ url, client }: ServerProcess): Promise<Rates> {
  const elsewhere = new QueryClient(url, CONNECTIONS, WARM_UP_REGION);
  await ratesOf(elsewhere);
  elsewhere.close();
  return ratesOf(client);
}

/** In a VPC of its own, so that every server has as many addresses to look through. */
async function ratesOf(client: QueryClient): Promise<Rates> {
  const vpc = await client.value('vpcId', 'CreateVpc', { CidrBlock: '10.77.0.0/16' });
  const subnet = await client.value('subnetId', 'CreateSubnet', { VpcId: vpc, CidrBlock: '10.77.0.0/16' });
  let made = 0;
  const createSome = async (): Promise<void> => {
    // With a token, as every SDK sends one.
    while (made < CREATED)
      await client.call('CreateNetworkInterface', { SubnetId: subnet, ClientToken: `bench-${made++}` });
  };
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, createSome));
  const creates = CREATED / ((performance.now() - startedAtMs) / 1000);
  const times: number[] = [];
  for (let describe = 0; describe < DESCRIBES; describe++) times.push(await describeMs(client));
  return { creates, describeMs: median(times) };
}

async function describeMs(client: QueryClient): Promise<number> {
  const startedAtMs = performance.now();
  const answer = await client.call('DescribeNetworkInterfaces', { MaxResults: INTERFACES });
  const took = performance.now() - startedAtMs;
  const found = answer.split('<networkInterfaceId>').length - 1;
  if (found < INTERFACES) throw new Error(`${found} network interfaces are described instead of ${INTERFACES}`);
  return took;
}
