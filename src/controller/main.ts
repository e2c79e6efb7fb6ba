/** Composes a localvpc: model, journal, compiler, data plane, and the HTTP server in front of them. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { type Logger, pino } from 'pino';
import type { RunningServer, RunServer, ServerOptions } from '../cli/server-options.ts';
import { VERSION } from '../cli/version.ts';
import { Compiler } from '../compile/compiler.ts';
import { catchUp, forget, meter } from '../costs/meter.ts';
import { allActions } from '../ec2/actions/all.ts';
import { createEndpoint } from '../ec2/dispatch.ts';
import { hmacSha256, randomUuid, SystemRandom, sha256, wallClock } from '../host/clock.ts';
import { keyGeneration } from '../host/key-generation.ts';
import { DEFAULT_ENVIRONMENT, type Environment } from '../model/environment.ts';
import { prepareScope } from '../model/first-state.ts';
import { catalogueWith, parseImages } from '../model/image-catalogue.ts';
import { expire, guestEnded, resume } from '../model/instance-lifecycle.ts';
import type { Scope } from '../model/scope.ts';
import { World } from '../model/world.ts';
import { ephemeralJournal } from '../store/ephemeral-journal.ts';
import type { Journal } from '../store/journal.ts';
import { restoreWorld } from '../store/restore.ts';
import { openJournal } from '../store/sqlite-journal.ts';
import { readCredentials } from './credentials.ts';
import { Engine } from './engine.ts';
import { httpServer, OWN_PREFIX } from './http-server.ts';
import { Metrics } from './metrics.ts';
import { openDataPlane } from './open-data-plane.ts';
import { ownPaths } from './own-paths.ts';
import type { Running } from './running.ts';
import { scopeOfInstance, serviceAnswers } from './service-answers.ts';

/** How often what is over (terminated instances) is looked for, in milliseconds. */
const EXPIRE_EVERY_MS = 60_000;

/** Starts a localvpc; resolves when it answers calls. */
export const runServer: RunServer = async (options) => {
  const log = pino({ level: options.logLevel, base: null }, pino.destination(2));
  const startedAtMs = wallClock();
  const random = new SystemRandom();
  const world = new World(random, prepareScope, environmentOf(options), meter);
  const credentials =
    options.credentialsFile === undefined ? undefined : await readCredentials(options.credentialsFile);
  const compiler = new Compiler(wallClock);
  const journal = journalOf(options);
  const end = new Ending();
  try {
    restoreWorld(journal, world);
    const opened = await openDataPlane(options, {
      publicPool: world.environment.publicPool,
      now: wallClock,
      events: {
        guestEnded(instanceId, how) {
          const scope = scopeOfInstance(world, instanceId);
          if (!scope) return;
          engine.execute(scope, (tx) => guestEnded(tx, instanceId, how)).catch((error: unknown) => mistake(log, error));
        },
        serve: serviceAnswers({ world, random, now: wallClock }),
        failed: (what, reason) => log.warn({ what, reason }, 'the data plane had a failure'),
        lost(reason) {
          log.fatal({ reason }, 'the data plane is gone: no packet moves any more');
          end.because(new Error(`The data plane is gone: ${reason}.`));
        },
      },
    });
    const { dataPlane, notice } = opened;
    const engine: Engine = new Engine({
      world,
      journal,
      compiler,
      dataPlane,
      now: wallClock,
      orderFailed: ({ order }, reason) => log.error({ order, reason }, 'a guest order failed'),
    });
    await dataPlane.apply(compiler.compileAll(world));

    const metrics = new Metrics();
    const endpoint = createEndpoint({
      actions: allActions,
      execute: (scope, work) => engine.execute(scope, work),
      dryRun: (scope, work) => engine.dryRun(scope, work),
      hash: { sha256, hmacSha256 },
      newRequestId: randomUuid,
      credentials,
      mistake: (error, requestId) => mistake(log.child({ requestId }), error),
      answered: ({ action, scope, status, fault }) => {
        metrics.called(action ?? '', fault ?? '');
        log.debug({ action, scope, status, fault }, 'answered');
      },
    });
    let address = '';
    const running: Running = {
      version: VERSION,
      startedAtMs,
      now: wallClock,
      log,
      world,
      engine,
      dataPlane,
      notice,
      dataDirectory: options.dataDirectory,
      metrics,
      endpoint: () => address,
      reset: () => engine.reset(),
      shutDown: () => close(),
    };
    const own = ownPaths(running);
    const server = httpServer({ endpoint, own, now: wallClock, failed: (error) => mistake(log, error) });
    server.listen(options.port, options.host);
    await once(server, 'listening');
    address = endpointAddress(options.host, server.address());
    const expiry = setInterval(() => {
      void eachScope(world, engine, expire, log);
      void eachScope(world, engine, forget, log);
    }, EXPIRE_EVERY_MS);
    void eachScope(world, engine, catchUp, log);
    void eachScope(world, engine, resume, log);

    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => {
      closing ??= (async () => {
        clearInterval(expiry);
        server.close();
        server.closeAllConnections();
        await dataPlane.close();
        await journal.close();
        end.now();
      })();
      return closing;
    };
    end.onFailure(close);
    return {
      endpoint: address,
      drivers: dataPlane.drivers,
      notice,
      ended: end.promise,
      close,
    } satisfies RunningServer;
  } catch (error) {
    await journal.close();
    throw error;
  }
};

/** How a run ends: once, well or with an error. */
class Ending {
  readonly promise: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #failure: (() => Promise<void>) | undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.promise.catch(() => undefined); // Whoever starts a server may not wait for its end.
  }
  now(): void {
    this.#resolve();
  }
  /** What is to be done when it ends by an error. */
  onFailure(work: () => Promise<void>): void {
    this.#failure = work;
  }
  because(error: Error): void {
    this.#reject(error);
    void this.#failure?.();
  }
}

function environmentOf({ imagesFile }: ServerOptions): Environment {
  const environment = { ...DEFAULT_ENVIRONMENT, keyGeneration };
  return imagesFile === undefined
    ? environment
    : { ...environment, images: catalogueWith(parseImages(readFileSync(imagesFile, 'utf8'))) };
}

function journalOf({ dataDirectory, port }: ServerOptions): Journal {
  if (dataDirectory === undefined) return ephemeralJournal();
  return openJournal({ directory: dataDirectory, holder: `localvpc, process ${process.pid}, port ${port}` });
}

const endpointAddress = (host: string, bound: AddressInfo | string | null): string => {
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
};

async function eachScope(
  world: World,
  engine: Engine,
  work: Parameters<typeof engine.execute<void>>[1],
  log: Logger,
): Promise<void> {
  const scopes = world.scopes().filter((scope: Scope) => scope.account !== '*');
  await Promise.all(scopes.map((scope) => engine.execute(scope, work).catch((error: unknown) => mistake(log, error))));
}

const mistake = (log: Logger, error: unknown): void => log.error({ err: error }, 'localvpc made a mistake');

export { OWN_PREFIX };
