/**
 * A localvpc without its HTTP server: model, journal, compiler and data plane, and the endpoint that they answer by.
 *
 * `localvpc up` puts an HTTP server in front of it; the library for tests calls it in process.
 */
import type { Logger } from 'pino';
import { otherServices } from '../apis/all.ts';
import { Compiler } from '../compile/compiler.ts';
import { catchUp, forget, meter } from '../costs/meter.ts';
import { recordTransfer, TransferMeter } from '../costs/transfer-meter.ts';
import { allActions } from '../ec2/actions/all.ts';
import { createEndpoint, type Endpoint, type EndpointHost } from '../ec2/dispatch.ts';
import { hmacSha256, randomUuid, sha256 } from '../host/clock.ts';
import { NetworkCopy } from '../insights/network-copy.ts';
import { accessAnalyserOf } from '../insights/reachability/access-scope.ts';
import { analyserOf } from '../insights/reachability/analyse.ts';
import type { AnalyserParts } from '../insights/reachability/analysis-question.ts';
import type { TraceQuestion } from '../insights/trace-question.ts';
import type { Environment } from '../model/environment.ts';
import { prepareScope } from '../model/first-state.ts';
import { expire, guestEnded, resume } from '../model/instance-lifecycle.ts';
import type { Scope } from '../model/scope.ts';
import type { RandomSource, Transaction } from '../model/transaction.ts';
import { World } from '../model/world.ts';
import type { IdentitySigner } from '../services/identity-signer.ts';
import type { Journal } from '../store/journal.ts';
import { restoreWorld } from '../store/restore.ts';
import type { DataPlane, DataPlaneEvents } from '../tables/data-plane.ts';
import { Consoles } from './consoles.ts';
import { Engine } from './engine.ts';
import { FlowLogDelivery } from './flow-log-delivery.ts';
import type { FlowLogStore } from './flow-log-store.ts';
import { Hosts } from './hosts.ts';
import { Metrics } from './metrics.ts';
import { callFromEndpoint, scopeOfInstance, serviceAnswers } from './service-answers.ts';
import { type TraceOutcome, traceNow } from './trace.ts';

/** What a service is made of. */
export interface ServiceOptions {
  readonly environment: Environment;
  readonly journal: Journal;
  readonly random: RandomSource;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Logger;
  /** Secret access keys by access key id; undefined: signatures are read and not verified. */
  /** Signs instance identity documents. */
  readonly signer: IdentitySigner;
  readonly credentials: ReadonlyMap<string, string> | undefined;
  /** Told when the data plane is gone by itself. */
  readonly lost: (reason: string) => void;
  /** Where records of flow logs are kept. */
  readonly flowLogStore: FlowLogStore;
  openDataPlane(events: DataPlaneEvents, environment: Environment): Promise<DataPlane>;
}

/** A localvpc that runs. */
export interface Service {
  readonly world: World;
  readonly engine: Engine;
  readonly dataPlane: DataPlane;
  readonly metrics: Metrics;
  readonly endpoint: Endpoint;
  /** What would happen to a packet now, and what would have to change. @throws TraceQuestionError */
  trace(scope: Scope, question: TraceQuestion): Promise<TraceOutcome>;
  readonly flowLogs: FlowLogDelivery;
  /** Starts what ran when the journal was written; resolves when it runs again. */
  resume(): Promise<void>;
  readonly hosts: Hosts;
  /** Puts on the bill what packets moved since the last call. */
  meterTraffic(): Promise<void>;
  /** Forgets what AWS shows no longer, and meters traffic. To be called now and then. */
  expire(): Promise<void>;
  /** Ends guests and data plane, and closes the journal. */
  close(): Promise<void>;
}

/** Builds a service from what the journal holds. The journal is the caller's until this has resolved. */
export async function openService(options: ServiceOptions): Promise<Service> {
  const { journal, random, now, log } = options;
  const consoles = new Consoles();
  const analyser: AnalyserParts = {
    copy: () => copy,
    internet: () => dataPlane.internet.address,
    scopes: () => world.accountScopes(),
  };
  const environment: Environment = {
    ...options.environment,
    consoles: (instanceId) => consoles.read(instanceId),
    analyseReachability: analyserOf(analyser),
    analyseAccess: accessAnalyserOf(analyser),
  };
  const mistake = (error: unknown): void => log.error({ err: error }, 'localvpc made a mistake');
  const transfers = new TransferMeter();
  const world = new World(random, prepareScope, environment, (tx, changes) => {
    meter(tx, changes);
    transfers.note(changes);
  });
  const compiler = new Compiler(now);
  const copy = new NetworkCopy(compiler);
  restoreWorld(journal, world);
  const dataPlane: DataPlane = await options.openDataPlane(
    eventsOf(options, world, {
      guestEnded(instanceId, how) {
        const scope = scopeOfInstance(world, instanceId);
        if (scope) engine.execute(scope, (tx) => guestEnded(tx, instanceId, how)).catch(mistake);
      },
      enaCounters: (ids) => dataPlane.enaCounters(ids),
      callApi: (request) => callFromEndpoint({ world, now, endpoint }, request),
    }),
    environment,
  );
  const engine: Engine = new Engine({
    world,
    journal,
    compiler,
    dataPlane,
    now,
    compiled: (updates) => copy.follow(updates),
    orderFailed: ({ order }, reason) => log.error({ order, reason }, 'a guest order failed'),
    notWritten: (error) => log.error({ err: error }, 'how guests took their orders is not on disk yet'),
  });
  const metrics = new Metrics();
  const endpoint = endpointOf(options, engine, metrics, (operation, { InstanceId: instanceId }) =>
    consoles.prepare(operation, instanceId, { now, consoleOutput: (id) => dataPlane.consoleOutput(id) }),
  );
  await dataPlane.apply(compiler.compileAll(world));
  const flowLogs = new FlowLogDelivery({
    world,
    dataPlane,
    store: options.flowLogStore,
    now,
  });
  const inEachScope = async (work: (tx: Transaction) => void): Promise<void> => {
    await Promise.all(world.accountScopes().map((scope) => engine.execute(scope, work).catch(mistake)));
  };
  const meterTraffic = async (): Promise<void> => {
    const departed = transfers.takeDeparted();
    const charges = transfers.charges(world, await dataPlane.takeTraffic(), departed);
    await Promise.all(charges.map(([scope, own]) => engine.execute(scope, (tx) => recordTransfer(tx, own))));
  };
  const hosts = new Hosts(world, engine, now);
  return {
    world,
    engine,
    dataPlane,
    metrics,
    meterTraffic,
    hosts,
    trace: (scope, question) => traceNow({ world, engine, dataPlane, copy, now }, scope, question),
    flowLogs,
    endpoint,
    async resume() {
      await inEachScope(catchUp);
      await inEachScope(resume);
    },
    async expire() {
      await hosts.recover().catch(mistake);
      await meterTraffic().catch(mistake);
      await inEachScope(expire);
      await inEachScope(forget);
    },
    async close() {
      // The data plane may be what is broken.
      await meterTraffic().catch((error: unknown) => log.warn({ err: error }, 'the last bytes were not metered'));
      engine.end();
      await dataPlane.close();
      await journal.close();
    },
  };
}

function eventsOf(
  { random, now, log, lost, signer }: ServiceOptions,
  world: World,
  {
    guestEnded: ended,
    callApi,
    enaCounters,
  }: Pick<DataPlaneEvents, 'guestEnded' | 'callApi'> & Pick<DataPlane, 'enaCounters'>,
): DataPlaneEvents {
  return {
    guestEnded: ended,
    callApi,
    serve: serviceAnswers({ world, random, now, signer, enaCounters }),
    failed: (what, reason) => log.warn({ what, reason }, 'the data plane had a failure'),
    lost(reason) {
      log.fatal({ reason }, 'the data plane is gone: no packet moves any more');
      lost(reason);
    },
  };
}

function endpointOf(
  { credentials, log }: ServiceOptions,
  engine: Engine,
  metrics: Metrics,
  prepare: NonNullable<EndpointHost['prepare']>,
): Endpoint {
  return createEndpoint({
    actions: allActions,
    services: otherServices,
    prepare,
    execute: (scope, work) => engine.execute(scope, work),
    dryRun: (scope, work) => engine.dryRun(scope, work),
    hash: { sha256, hmacSha256 },
    newRequestId: randomUuid,
    credentials,
    mistake: (error, requestId) => log.error({ err: error, requestId }, 'localvpc made a mistake'),
    answered: ({ action, scope, status, fault }) => {
      metrics.called(action ?? '', fault ?? '');
      log.debug({ action, scope, status, fault }, 'answered');
    },
  });
}
