/**
 * localvpc as a library for tests: EC2 networking in this process, with virtual guests, ready in milliseconds.
 *
 * ```ts
 * const vpc = await startLocalVpc();
 * const { Instances } = await vpc.client.send(new RunInstancesCommand({ ImageId: 'ami-virtual', … }));
 * await expectPacket(vpc, { from: web, to: db, tcp: 5432 }).toBeDelivered();
 * await vpc.close();
 * ```
 *
 * Any number of them can live side by side; each has its own accounts, clock and packets.
 */
import { EC2Client } from '@aws-sdk/client-ec2';
import { pino } from 'pino';
import { flowLogMemory } from '../controller/flow-log-store.ts';
import type { Hosts } from '../controller/hosts.ts';
import { answerImport } from '../controller/import-request.ts';
import { localDataPlane } from '../controller/local-data-plane.ts';
import { snapshotOf } from '../controller/network-snapshot.ts';
import { INTERNET_ADDRESS } from '../controller/open-data-plane.ts';
import { openService, type Service } from '../controller/service.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../ec2/caller.ts';
import { SystemRandom, wallClock } from '../host/clock.ts';
import { InstanceIdentity } from '../host/instance-identity.ts';
import { keyGeneration } from '../host/key-generation.ts';
import type { LeftOut } from '../import/description.ts';
import { type TraceQuestion, understandTrace } from '../insights/trace-question.ts';
import { DEFAULT_ENVIRONMENT } from '../model/environment.ts';
import type { Latencies } from '../model/latencies.ts';
import type { NicPolicy } from '../model/nic-modes.ts';
import { FlowLog } from '../model/resources/flow-log.ts';
import type { Scope } from '../model/scope.ts';
import { Topology, type TopologySizes } from '../model/topology.ts';
import type { Transaction } from '../model/transaction.ts';
import type { ReachQuestion } from '../reach/question.ts';
import { type ReachReport, reach } from '../reach/report.ts';
import { ephemeralJournal } from '../store/ephemeral-journal.ts';
import type { TraceChange, TraceRequest, TraceResult } from '../tables/data-plane.ts';
import { type InProcessHandler, inProcessHandler } from './in-process-handler.ts';
import { openFlow, type PacketFlow, type SentPacket, sendPacket, type TcpFlags } from './send-packets.ts';

/** How a localvpc is to be. */
export interface StartOptions {
  /** Region of `client`; default us-east-1. */
  readonly region?: string;
  /** Account of `client`, twelve digits; default 123456789012. */
  readonly account?: string;
  /** Sizes of zones: racks, hosts, virtual functions. Default: more than anybody needs. */
  readonly hosts?: TopologySizes;
  /** How long packets take between hosts. Default: distance makes no difference. */
  readonly latencies?: Latencies;
  /** How much of AWS's rates instances have: 1 for all of it, 0.01 for a hundredth. Default: nothing limits them. */
  readonly rates?: number;
  /** How interfaces go to their guests where no tag `localvpc:nic` says it; default auto. Guests are virtual here. */
  readonly nic?: NicPolicy;
}

/** A packet to ask about: who sends it to whom, each an instance, interface, address or `internet`, and what it is. */
export type PacketQuestion = {
  readonly from: string;
  readonly to: string;
  readonly fromPort?: number;
  /** Addresses that the packet has in the place of those of its ends. */
  readonly source?: string;
  readonly destination?: string;
} & ({ readonly tcp: number } | { readonly udp: number } | { readonly icmp: true } | { readonly protocol: number });

/** What would happen to a packet, and to its answer where it arrives. */
export interface PacketTrace {
  readonly forward: TraceResult;
  /** Undefined where the packet does not arrive, or nothing could answer it. */
  readonly reply: TraceResult | undefined;
  /** The smallest change that would let both pass; undefined where they do. */
  readonly change: TraceChange | undefined;
}

/** A file that describes a network; its path says no more than its name, and where folders are accounts and Regions, these. */
export interface DescribedFile {
  readonly path: string;
  readonly text: string;
}

/** A network that could not be taken over as it is described. */
export class ImportFailure extends Error {
  override readonly name = 'ImportFailure';
  readonly leftOut: readonly LeftOut[];

  constructor(leftOut: readonly LeftOut[]) {
    super(
      [`${leftOut.length} could not be understood:`, ...leftOut.map(({ what, why }) => `  ${what}: ${why}`)].join('\n'),
    );
    this.leftOut = leftOut;
  }
}

/** Options of a client of the official SDK. */
export interface ClientOptions {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
  readonly requestHandler: InProcessHandler;
}

/** A localvpc in this process. */
export interface LocalVpc {
  /** An EC2 client of the official SDK, bound to it. */
  readonly client: EC2Client;
  /** Another client: another account or Region. */
  clientFor(options: Pick<StartOptions, 'account' | 'region'>): EC2Client;
  /**
   * What a client of another service needs to be bound to it, of whatever version of the SDK:
   * `new ElasticLoadBalancingV2Client(vpc.clientOptions())`.
   */
  clientOptions(options?: Pick<StartOptions, 'account' | 'region'>): ClientOptions;
  /** What would happen to this packet now. @throws Error that says what is wrong with the question */
  trace(question: PacketQuestion): Promise<PacketTrace>;
  /**
   * Sends this packet, as the instance would: it is tracked, translated, logged and billed. A TCP packet is a SYN unless
   * `flags` says otherwise. Nobody answers it but `answer()` of what this resolves with.
   */
  send(question: PacketQuestion & { readonly flags?: TcpFlags }): Promise<SentPacket>;
  /** Opens a flow: a TCP handshake, or a packet and its answer. @throws PacketExpectationError where one is lost */
  connect(question: PacketQuestion): Promise<PacketFlow>;
  /**
   * Who reaches whom with which packets, over all addresses and ports: `reach({ to: 'db' })`.
   * @throws ReachQuestionError for an end that is nobody
   */
  reach(question?: ReachQuestion): Promise<ReachReport>;
  /**
   * Takes a described network over: the texts of describe-JSON, of a Terraform plan as JSON, of a CloudFormation template.
   * @param parameters values of templates' parameters, by their names
   * @returns what no packet notices, and was passed by
   * @throws ImportFailure with all that could not be understood; then nothing was changed
   */
  import(files: readonly DescribedFile[], parameters?: Readonly<Record<string, string>>): Promise<readonly LeftOut[]>;
  /** Moves its clock forward: timeouts run out, terminated instances vanish. */
  advance(milliseconds: number): Promise<void>;
  /** Who is on which host and which virtual function of its NIC, and `drain`, `fail` and `repair` of hosts. */
  readonly hosts: Omit<Hosts, 'recover'>;
  /** Lines of a flow log as far as they were delivered: of the intervals that `advance` has brought to their end. */
  flowLog(id: string): Promise<readonly string[]>;
  /** Back to the first state. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one. */
export async function startLocalVpc(options: StartOptions = {}): Promise<LocalVpc> {
  let aheadMs = 0;
  const now = (): number => wallClock() + aheadMs;
  const { region = DEFAULT_REGION, account = DEFAULT_ACCOUNT } = options;
  const dataPlane = localDataPlane({ now, internet: INTERNET_ADDRESS });
  const service = await openService({
    environment: {
      ...DEFAULT_ENVIRONMENT,
      keyGeneration,
      rates: options.rates,
      nicPolicy: options.nic ?? 'auto',
      latencies: options.latencies,
      topology: new Topology(options.hosts),
    },
    journal: ephemeralJournal(),
    random: new SystemRandom(),
    now,
    log: pino({ level: 'error', base: null }, pino.destination(2)),
    signer: new InstanceIdentity(undefined),
    credentials: undefined,
    flowLogStore: flowLogMemory(),
    lost: () => undefined, // It lives in this process and cannot be lost.
    openDataPlane: async () => dataPlane,
  });
  const clientOptions = (wanted: Pick<StartOptions, 'account' | 'region'> = {}): ClientOptions => ({
    region: wanted.region ?? region,
    endpoint: 'http://localhost',
    credentials: { accessKeyId: wanted.account ?? account, secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: inProcessHandler(service.endpoint, now),
  });
  const requestOf = async (question: PacketQuestion): Promise<TraceRequest> => {
    const understand = (tx: Transaction) => understandTrace(tx, asked(question), INTERNET_ADDRESS);
    return (await service.engine.execute({ account, region }, understand)).request;
  };
  return {
    client: new EC2Client(clientOptions()),
    clientFor: (wanted) => new EC2Client(clientOptions(wanted)),
    clientOptions,
    reach: async (question = {}) => reach(snapshotOf(service.world, now), question),
    send: async ({ flags = 'syn', ...question }) => sendPacket(dataPlane, await requestOf(question), flags),
    connect: async (question) => await openFlow(dataPlane, await requestOf(question)),
    trace: (question) => trace(service, { account, region }, question),
    async import(files, parameters = {}) {
      const question = { files, account, region, parameters };
      const { taken, leftOut, ignored } = await answerImport(service.engine, question);
      if (!taken) throw new ImportFailure(leftOut);
      return ignored;
    },
    async advance(milliseconds) {
      await service.meterTraffic();
      // What has passed until now belongs to the intervals of now.
      await service.flowLogs.deliver();
      aheadMs += milliseconds;
      await service.expire();
      await service.flowLogs.deliver();
    },
    hosts: service.hosts,
    flowLog: (id) => flowLogLines(service, id),
    reset: () => service.engine.reset(),
    close: () => service.close(),
  };
}

async function trace(service: Service, scope: Scope, question: PacketQuestion): Promise<PacketTrace> {
  const { forward, reply, change } = await service.trace(scope, asked(question));
  return { forward, reply, change };
}

function asked(question: PacketQuestion): TraceQuestion {
  const { from, to, fromPort: sourcePort, source, destination } = question;
  return { from, to, sourcePort, source, destination, ...packetOf(question) };
}

async function flowLogLines({ world, flowLogs }: Service, id: string): Promise<readonly string[]> {
  for (const scope of world.scopes()) {
    const log = world.table(scope, FlowLog).get(id);
    if (!log) continue;
    let text = '';
    for await (const part of flowLogs.read(log, scope)) text += part;
    return text.split('\n').filter((line) => line !== '');
  }
  throw new Error(`There is no flow log ${id}.`);
}

function packetOf(question: PacketQuestion): { readonly protocol: string; readonly port: number | undefined } {
  if ('tcp' in question) return { protocol: 'tcp', port: question.tcp };
  if ('udp' in question) return { protocol: 'udp', port: question.udp };
  if ('icmp' in question) return { protocol: 'icmp', port: undefined };
  return { protocol: String(question.protocol), port: undefined };
}
