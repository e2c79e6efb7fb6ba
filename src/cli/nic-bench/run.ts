/**
 * The NIC benchmark itself: a localvpc of its own, two guests for each way of frames, and real traffic between them.
 *
 * Runs in network, mount and process namespaces made for it (see commands/bench.ts): the cable whose ends are handed to
 * guests is laid there, and whatever this starts ends with it. Ways are measured in turn, the TCP stream and round
 * trips in several rounds, so that what else the machine does meets all of them.
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeSubnetsCommand, type EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { machineText } from '../../host/machine-text.ts';
import { processorSeconds, roomOf } from '../../host/process-identity.ts';
import { type DescribedNic, instanceEntry, nics } from '../contract.ts';
import { ec2Client } from '../ec2.ts';
import { Endpoint } from '../endpoint.ts';
import { number, object } from '../shape.ts';
import { startLocalvpcFor } from '../started-localvpc.ts';
import { measureFlows } from './flows.ts';
import { cabledPlaces, framesReceivedAt, type Places, runAt, whileServing } from './places.ts';
import type { NicResult, NicRun } from './result.ts';

/** A large type with enhanced networking, so that nothing that AWS limits is in the way. */
const INSTANCE_TYPE = 'c5n.18xlarge';
const MTU_BYTES = 9001;
const CABLE = ['nicbench0', 'nicbench1'] as const;
const ROUND_TRIPS_PORT = 5301;

/** How long is measured, for each way. */
export interface NicBenchTimes {
  readonly tcpRounds: number;
  readonly tcpSeconds: number;
  readonly packetsSeconds: number;
  readonly roundTripRounds: number;
  /** In each round. */
  readonly roundTripsMs: number;
  /** Of BATCH_FLOWS new flows each. */
  readonly flowBatches: number;
}

/** Long enough for figures that mean something. */
export const THOROUGH: NicBenchTimes = {
  tcpRounds: 2,
  tcpSeconds: 4,
  packetsSeconds: 2,
  roundTripRounds: 5,
  roundTripsMs: 500,
  flowBatches: 512,
};
/** Just long enough to see that everything works. */
export const QUICK: NicBenchTimes = {
  tcpRounds: 1,
  tcpSeconds: 1,
  packetsSeconds: 1,
  roundTripRounds: 1,
  roundTripsMs: 200,
  flowBatches: 5,
};

/** What is read of iperf3's reports: of a TCP stream as its receiver counted it, and of UDP packets. */
const streamReport = object<{ end: { sum_received: { bytes: number; bits_per_second: number } } }>({
  end: object({ sum_received: object({ bytes: number, bits_per_second: number }) }),
});
const packetReport = object<{ end: { sum: { packets: number; lost_packets: number; seconds: number } } }>({
  end: object({ sum: object({ packets: number, lost_packets: number, seconds: number }) }),
});

/** Two guests whose frames go one way. */
interface Way {
  readonly name: string;
  readonly places: Places;
  /** Interfaces of both, where the fabric counts what it mediates; empty for the bare cable. */
  readonly interfaceIds: readonly string[];
}

/** A localvpc that was started for this. */
interface OwnLocalvpc {
  readonly endpoint: Endpoint;
  readonly ec2: EC2Client;
  readonly roomPid: number;
  end(): Promise<void>;
}

/** Measures everything; takes about a minute. `say` is told what is under way. */
export async function runNicBench(cli: string, times: NicBenchTimes, say: (line: string) => void): Promise<NicRun> {
  const machine = machineText();
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  execFileSync('ip', [
    'link',
    'add',
    CABLE[0],
    'mtu',
    String(MTU_BYTES),
    'type',
    'veth',
    'peer',
    'name',
    CABLE[1],
    'mtu',
    String(MTU_BYTES),
  ]);
  say('Starting a localvpc and its guests …');
  const own = await startOwn(cli);
  const bare = await cabledPlaces(MTU_BYTES);
  try {
    const reference = { name: 'bare veth pair', places: bare, interfaceIds: [] };
    const mediated = await guests(own, 'mediated', ['mediated', 'mediated']);
    const sriov = await guests(own, 'SR-IOV', ['sriov', 'sriov']);
    const passthrough = await guests(
      own,
      'passthrough',
      CABLE.map((device) => `passthrough:${device}`),
    );
    const fallback = await notOffloaded(own, sriov);
    const ways = [reference, mediated, ...(fallback === undefined ? [sriov] : []), passthrough];
    const streams = new Map(ways.map(({ name }) => [name, [] as Stream[]]));
    for (let round = 1; round <= times.tcpRounds; round++)
      for (const way of ways) {
        say(`TCP, round ${round} of ${times.tcpRounds}: ${way.name} …`);
        streams.get(way.name)?.push(await measureStream(way, own, times));
      }
    const trips = new Map(ways.map(({ name }) => [name, [] as RoundTrips[]]));
    for (let round = 1; round <= times.roundTripRounds; round++) {
      say(`Round trips, round ${round} of ${times.roundTripRounds} …`);
      for (const way of ways) trips.get(way.name)?.push(await measureRoundTrips(cli, way, times));
    }
    const results: NicResult[] = [];
    for (const way of ways) {
      say(`Small packets: ${way.name} …`);
      results.push({
        way: way.name,
        ...summary(streams.get(way.name) ?? [], way),
        packetsPerSecond: await measurePackets(way, times),
        ...middleOf(trips.get(way.name) ?? []),
      });
    }
    if (fallback !== undefined)
      return { machine, results, flows: undefined, missing: [{ way: 'SR-IOV', why: fallback }] };
    say('Many flows: SR-IOV …');
    const flows = await measureFlows(cli, sriov.places, own.endpoint, times.flowBatches);
    return { machine, results, flows, missing: [] };
  } finally {
    bare.end();
    await own.end();
  }
}

async function startOwn(cli: string): Promise<OwnLocalvpc> {
  const { process: child, url, gone } = await startLocalvpcFor(cli, ['--ephemeral']);
  const endpoint = new Endpoint(url);
  // Its answer comes when the machine room is there.
  await endpoint.get('nics', nics);
  const roomPid = roomOf(child.pid ?? 0);
  if (roomPid === undefined)
    throw new Error('the localvpc of the benchmark has no machine room: guests are virtual here');
  return {
    endpoint,
    ec2: ec2Client(url, {}),
    roomPid,
    async end() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Launches two guests, each with its `localvpc:nic` tag, into one subnet of the default VPC, whose default group joins them. */
async function guests({ ec2, endpoint }: OwnLocalvpc, name: string, tags: readonly string[]): Promise<Way> {
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
  const SubnetId = Subnets?.[0]?.SubnetId;
  const launched = await Promise.all(
    tags.map(async (Value) => {
      const { Instances } = await ec2.send(
        new RunInstancesCommand({
          ImageId: 'ami-host',
          InstanceType: INSTANCE_TYPE,
          MinCount: 1,
          MaxCount: 1,
          SubnetId,
          TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'localvpc:nic', Value }] }],
        }),
      );
      const [instance] = Instances ?? [];
      const { InstanceId: id, PrivateIpAddress: address = '', NetworkInterfaces: [nic] = [] } = instance ?? {};
      const { hostPid, message } = await endpoint.get(`instances/${id}/entry`, instanceEntry);
      if (hostPid === undefined) throw new Error(`the guest for ${Value} does not run: ${message}`);
      await hasAddress(hostPid, address);
      return { hostPid, address, interfaceId: nic?.NetworkInterfaceId ?? '' };
    }),
  );
  const [client, server] = launched;
  if (!client || !server) throw new Error('two guests are needed');
  const places = { client: client.hostPid, server: server.hostPid, serverAddress: server.address };
  return { name, places, interfaceIds: launched.map(({ interfaceId }) => interfaceId) };
}

/** The lease comes when the guest has booted. */
async function hasAddress(pid: number, address: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if ((await runAt(pid, ['ip', '-4', '-o', 'address', 'show', 'dev', 'eth0'])).includes(` ${address}/`)) return;
    await delay(20);
  }
  throw new Error(`a guest did not get its address ${address} within 10 s`);
}

/** Why the interfaces of a way are mediated, where they are. */
async function notOffloaded({ endpoint }: OwnLocalvpc, { interfaceIds }: Way): Promise<string | undefined> {
  const described = await endpoint.get('nics', nics);
  return described.find(({ interfaceId, path }) => interfaceIds.includes(interfaceId) && path === 'mediated')?.pathWhy;
}

/** One TCP stream, and what it cost. */
interface Stream {
  readonly gigabits: number;
  readonly gigabytes: number;
  readonly mediatorSeconds: number;
  readonly framesMediated: number;
  readonly framesDelivered: number;
}

async function measureStream(way: Way, own: OwnLocalvpc, { tcpSeconds }: NicBenchTimes): Promise<Stream> {
  const { client, server, serverAddress } = way.places;
  const before = await costs(way, own);
  const report = await whileServing(server, ['iperf3', '-s', '-1', '--forceflush'], () =>
    runAt(client, ['iperf3', '-c', serverAddress, '-t', String(tcpSeconds), '-J']),
  );
  const after = await costs(way, own);
  const { bytes, bits_per_second: bits } = streamReport(JSON.parse(report), '').end.sum_received;
  return {
    gigabits: bits / 1e9,
    gigabytes: bytes / 1e9,
    mediatorSeconds: after.mediatorSeconds - before.mediatorSeconds,
    framesMediated: after.framesMediated - before.framesMediated,
    framesDelivered: after.framesDelivered - before.framesDelivered,
  };
}

async function costs({ places, interfaceIds }: Way, { endpoint, roomPid }: OwnLocalvpc) {
  const described = await endpoint.get('nics', nics);
  const own = described.filter(({ interfaceId }) => interfaceIds.includes(interfaceId));
  const received = await Promise.all([places.client, places.server].map((pid) => framesReceivedAt(pid, 'eth0')));
  return {
    mediatorSeconds: processorSeconds(roomPid),
    framesMediated: own.reduce((sum, { mediated }: DescribedNic) => sum + (mediated?.fromGuest ?? 0), 0),
    framesDelivered: received.reduce((sum, frames) => sum + frames, 0),
  };
}

function summary(
  streams: readonly Stream[],
  { interfaceIds }: Way,
): Pick<NicResult, 'gigabits' | 'mediatorSecondsPerGigabyte' | 'mediatedPerDelivered'> {
  const sum = (of: (stream: Stream) => number): number => streams.reduce((total, stream) => total + of(stream), 0);
  const isBare = interfaceIds.length === 0;
  return {
    gigabits: sum(({ gigabits }) => gigabits) / streams.length,
    mediatorSecondsPerGigabyte: isBare ? undefined : sum((one) => one.mediatorSeconds) / sum((one) => one.gigabytes),
    mediatedPerDelivered: isBare ? undefined : sum((one) => one.framesMediated) / sum((one) => one.framesDelivered),
  };
}

/** Packets a second that arrive. */
async function measurePackets({ places }: Way, { packetsSeconds }: NicBenchTimes): Promise<number> {
  const { client, server, serverAddress } = places;
  const udp = ['iperf3', '-c', serverAddress, '-u', '-b', '0', '-l', '64', '-t', String(packetsSeconds), '-J'];
  const report = await whileServing(server, ['iperf3', '-s', '-1', '--forceflush'], () => runAt(client, udp));
  const { packets, lost_packets: lost, seconds } = packetReport(JSON.parse(report), '').end.sum;
  return (packets - lost) / seconds;
}

type RoundTrips = Pick<NicResult, 'medianMicroseconds' | 'p99Microseconds'>;

async function measureRoundTrips(cli: string, { places }: Way, { roundTripsMs }: NicBenchTimes): Promise<RoundTrips> {
  const { client, server, serverAddress } = places;
  const peer = [process.execPath, cli, 'bench', 'peer'];
  const port = String(ROUND_TRIPS_PORT);
  const printed = await whileServing(server, [...peer, 'serve', port], () =>
    runAt(client, [...peer, 'ask', port, serverAddress, String(roundTripsMs)]),
  );
  const [median = Number.NaN, p99 = Number.NaN] = printed.trim().split(' ').map(Number);
  return { medianMicroseconds: median, p99Microseconds: p99 };
}

/** The median of the rounds, of each figure: whether both ends come to one processor is chance, and halves a round. */
function middleOf(rounds: readonly RoundTrips[]): RoundTrips {
  const middle = (of: (one: RoundTrips) => number): number =>
    rounds.map(of).sort((one, other) => one - other)[Math.floor(rounds.length / 2)] ?? Number.NaN;
  return {
    medianMicroseconds: middle(({ medianMicroseconds }) => medianMicroseconds),
    p99Microseconds: middle(({ p99Microseconds }) => p99Microseconds),
  };
}
