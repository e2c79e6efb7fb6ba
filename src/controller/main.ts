/** `localvpc up` as a server: a service with the parts that its options ask for, and HTTP in front of it. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import type { RunningServer, RunServer, ServerOptions } from '../cli/server-options.ts';
import { VERSION } from '../cli/version.ts';
import { SystemRandom, wallClock } from '../host/clock.ts';
import { InstanceIdentity } from '../host/instance-identity.ts';
import { keyGeneration } from '../host/key-generation.ts';
import { deviceRefusal } from '../host/machine-devices.ts';
import { DEFAULT_ENVIRONMENT, type Environment } from '../model/environment.ts';
import { catalogueWith, parseImages } from '../model/image-catalogue.ts';
import { DEFAULT_LATENCIES, parseLatencies } from '../model/latencies.ts';
import { parseSizes, Topology } from '../model/topology.ts';
import { ephemeralJournal } from '../store/ephemeral-journal.ts';
import type { Journal } from '../store/journal.ts';
import { openJournal } from '../store/sqlite-journal.ts';
import { readCredentials } from './credentials.ts';
import { Ending } from './ending.ts';
import { type FlowLogStore, flowLogFiles, flowLogMemory } from './flow-log-store.ts';
import { httpServer, type OwnListener } from './http-server.ts';
import { startJournalThread } from './journal-thread.ts';
import { openDataPlane } from './open-data-plane.ts';
import type { Running } from './running.ts';
import { openService, type Service } from './service.ts';
import { readSettings } from './settings-file.ts';

/** How often what is over (terminated instances) is looked for, in milliseconds. */
const EXPIRE_EVERY_MS = 60_000;
/** How often is looked whether records of flow logs are due, in milliseconds. */
const DELIVER_EVERY_MS = 1000;
/** How often is looked whether instances of a failed host are to be brought up elsewhere, in milliseconds. */
const RECOVER_EVERY_MS = 1000;

/** Starts a localvpc; resolves when it answers calls. */
export const runServer: RunServer = async (options) => {
  const startedAtMs = wallClock();
  const log: Logger = pino({ level: options.logLevel, base: null }, pino.destination(2));
  const ending = new Ending();
  const environment = await environmentOf(options);
  const { credentialsFile } = options;
  const credentials = credentialsFile === undefined ? undefined : await readCredentials(credentialsFile);
  const journal = journalOf(options);
  const identity = new InstanceIdentity(options.dataDirectory);
  let notice: string | undefined;
  try {
    const service = await openService({
      environment,
      journal,
      random: new SystemRandom(),
      now: wallClock,
      log,
      signer: identity,
      credentials,
      flowLogStore: flowLogStoreOf(options),
      lost: (reason) => ending.fail(new Error(`The data plane is gone: ${reason}.`)),
      async openDataPlane(events, { publicPool }) {
        const opened = await openDataPlane(options, { events, now: wallClock, publicPool });
        notice = opened.notice;
        return opened.dataPlane;
      },
    });
    return await serve(service, options, { startedAtMs, log, notice, ending, identity });
  } catch (error) {
    await journal.close();
    throw error;
  }
};

interface Circumstances {
  readonly startedAtMs: number;
  readonly log: Logger;
  readonly notice: string | undefined;
  readonly ending: Ending;
  readonly identity: InstanceIdentity;
}

async function serve(
  service: Service,
  { host, port, dataDirectory }: ServerOptions,
  { startedAtMs, log, notice, ending, identity }: Circumstances,
): Promise<RunningServer> {
  let address = '';
  const running: Running = {
    ...service,
    version: VERSION,
    startedAtMs,
    now: wallClock,
    log,
    notice,
    certificate: () => identity.certificate(),
    dataDirectory,
    url: () => address,
    shutDown: () => ending.end(),
  };
  let listener: Promise<OwnListener> | undefined;
  const own = (): Promise<OwnListener> => {
    listener ??= import('./own-listener.ts').then(({ ownListener }) => ownListener(running));
    return listener;
  };
  const failed = (error: unknown): void => log.error({ err: error }, 'localvpc made a mistake');
  const server = httpServer({ endpoint: service.endpoint, own, now: wallClock, failed });
  server.listen(port, host);
  await once(server, 'listening');
  address = endpointAddress(host, server.address());
  const expiry = setInterval(() => void service.expire(), EXPIRE_EVERY_MS);
  const delivery = setInterval(() => void service.flowLogs.deliver().catch(failed), DELIVER_EVERY_MS);
  const recovery = setInterval(() => void service.hosts.recover().catch(failed), RECOVER_EVERY_MS);
  void service.resume();
  ending.before(async () => {
    clearInterval(expiry);
    clearInterval(delivery);
    clearInterval(recovery);
    server.close();
    server.closeAllConnections();
    await service.close();
  });
  return {
    endpoint: address,
    drivers: service.dataPlane.drivers,
    notice,
    ended: ending.ended,
    close: () => ending.end(),
  };
}

async function environmentOf({
  imagesFile,
  hostsFile,
  latency,
  rates,
  nic,
  guests,
}: ServerOptions): Promise<Environment> {
  return {
    ...DEFAULT_ENVIRONMENT,
    keyGeneration,
    rates,
    nicPolicy: nic,
    ...(guests !== 'virtual' && { deviceRefusal }),
    latencies:
      latency && (latency.file === undefined ? DEFAULT_LATENCIES : await readSettings(latency.file, parseLatencies)),
    ...(imagesFile !== undefined && { images: catalogueWith(parseImages(readFileSync(imagesFile, 'utf8'))) }),
    ...(hostsFile !== undefined && { topology: new Topology(await readSettings(hostsFile, parseSizes)) }),
  };
}

function journalOf({ dataDirectory, port }: ServerOptions): Journal {
  if (dataDirectory === undefined) return ephemeralJournal();
  const holder = `localvpc, process ${process.pid}, port ${port}`;
  return openJournal({ directory: dataDirectory, holder, startWriter: startJournalThread });
}

const flowLogStoreOf = ({ dataDirectory }: ServerOptions): FlowLogStore =>
  dataDirectory === undefined ? flowLogMemory() : flowLogFiles(join(dataDirectory, 'flow-logs'));

function endpointAddress(host: string, bound: AddressInfo | string | null): string {
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
