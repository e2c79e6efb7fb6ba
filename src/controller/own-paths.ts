/**
 * localvpc's own HTTP paths, under `/_localvpc/`: for its commands, for test suites and for Prometheus.
 *
 * Pages of other sites are refused as they are by the EC2 endpoint: nobody signs these calls.
 */
import { Hono } from 'hono';
import { stream } from 'hono/streaming';
import { coverageOfAll } from '../apis/coverage.ts';
import { refuseForeignPages } from '../ec2/browser.ts';
import { dropText } from '../fabric/captures.ts';
import { optimisingLater } from '../host/optimising-later.ts';
import { TraceQuestionError } from '../insights/trace-question.ts';
import { Fault } from '../model/fault.ts';
import { failureUnder, hostOf } from '../model/hosts.ts';
import { FlowLog } from '../model/resources/flow-log.ts';
import { Instance } from '../model/resources/instance.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { WORLD } from '../model/scope.ts';
import { formatIpv4 } from '../net/address.ts';
import type { CapturedFrame } from '../tables/data-plane.ts';
import { snapshotText } from '../tables/network-snapshot.ts';
import { pcapngHeader, pcapngPacket } from '../wire/pcapng.ts';
import { addConsolePaths } from './console-paths.ts';
import { answerCosts, CostQuestionError } from './costs-request.ts';
import { enaReport } from './ena-report.ts';
import { find, Refusal } from './found.ts';
import { addHostPaths } from './host-paths.ts';
import { HostQuestionError } from './hosts.ts';
import { OWN_PREFIX } from './http-server.ts';
import { answerImport, type ImportAnswer, ImportQuestionError } from './import-request.ts';
import { snapshotOf } from './network-snapshot.ts';
import { describeNics, summariseNics } from './nic-reports.ts';
import type { Running } from './running.ts';
import { summarise } from './summary.ts';
import { answerTrace, readQuestion } from './trace-request.ts';
import { allInterfaces, watchDrops } from './watch-drops.ts';

/** Characters of an import that is worth holding V8 back for: a network of some thousand interfaces. */
const LARGE_IMPORT = 1_000_000;

/** The paths, for a localvpc that runs. */
export function ownPaths(running: Running): Hono {
  const app = new Hono({ strict: false }).basePath(OWN_PREFIX);
  const dataPlane = {
    drivers: running.dataPlane.drivers,
    preferred: running.dataPlane.drivers[0],
    notice: running.notice,
  };
  const started = { version: running.version, pid: process.pid };

  app.use('*', async (context, next) => {
    refuseForeignPages({ headers: context.req.header() });
    await next();
  });

  app.get('/health', (context) =>
    context.json({ status: 'ok', ...started, dataPlane, startedAt: new Date(running.startedAtMs).toISOString() }),
  );

  app.get('/status', async (context) =>
    context.json({
      ...started,
      endpoint: running.url(),
      uptimeSeconds: (running.now() - running.startedAtMs) / 1000,
      dataDirectory: running.dataDirectory ?? null,
      dataPlane,
      rates: running.world.environment.rates ?? null,
      accounts: summarise(running.world),
      nics: await summariseNics(running.world, running.dataPlane),
      fabric: await running.dataPlane.counters(),
    }),
  );

  app.get('/nics', async (context) =>
    context.json({ nics: await describeNics(running.world, running.dataPlane, running.now) }),
  );

  app.get('/metrics', async (context) => {
    const { text, contentType } = await running.metrics.print(running.dataPlane);
    return context.body(text, 200, { 'content-type': contentType });
  });

  app.get('/costs', async (context) => {
    await running.meterTraffic();
    return context.json(answerCosts(running.world, context.req.query(), running.now()));
  });

  app.get('/network', (context) =>
    context.body(snapshotText(snapshotOf(running.world, running.now)), 200, { 'content-type': 'application/json' }),
  );

  app.get('/coverage', (context) => context.json({ operations: coverageOfAll() }));

  app.get('/instance-identity/certificate', (context) => context.text(running.certificate()));

  app.post('/import', async (context) => {
    const text = await context.req.text();
    const answer = (): Promise<ImportAnswer> => answerImport(running.engine, parsed(text));
    return context.json(text.length < LARGE_IMPORT ? await answer() : await optimisingLater(answer));
  });

  app.post('/reset', async (context) => {
    await running.engine.reset();
    return context.json({});
  });

  app.post('/shutdown', (context) => {
    // After the answer is out: whoever asked waits for the port to close, not for this call.
    setImmediate(() => void running.shutDown());
    return context.json({});
  });

  app.get('/instances/:id/entry', async (context) => {
    const { row } = find(running, Instance, context.req.param('id'));
    const hostPid = running.dataPlane.guestPid(row.id);
    const message = hostPid === undefined ? whyNoEntry(row, running) : null;
    return context.json({ hostPid: hostPid ?? null, driver: row.guestDriver, state: row.state, message });
  });

  app.get('/instances/:id/console', async (context) => {
    const { row } = find(running, Instance, context.req.param('id'));
    return context.text(await running.dataPlane.consoleOutput(row.id));
  });

  app.get('/instances/:id/ena', async (context) => {
    const { row, scope } = find(running, Instance, context.req.param('id'));
    return context.json(await enaReport(running, scope, row));
  });

  app.get('/internet/entry', async (context) => {
    const { internet } = running.dataPlane;
    const hostPid = await internet.hostPid();
    const message =
      hostPid === undefined ? `There is no internet namespace: ${running.notice ?? 'guests are virtual.'}` : null;
    return context.json({ hostPid: hostPid ?? null, address: formatIpv4(internet.address), message });
  });

  app.get('/site/entry', async (context) => {
    const { hostPid } = await running.dataPlane.openSite();
    const message = hostPid === undefined ? `There is no site: ${running.notice ?? 'guests are virtual.'}` : null;
    return context.json({ hostPid: hostPid ?? null, message });
  });

  app.post('/trace', async (context) => context.json(await answerTrace(running, await readQuestion(context.req.raw))));

  app.get('/capture', (context) => {
    const { row } = find(running, NetworkInterface, context.req.query('interface') ?? '');
    const isBeforeRules = context.req.query('before-rules') === 'true';
    context.header('content-type', 'application/x-pcapng');
    return stream(context, async (out) => {
      const ended = new Promise<void>((resolve) => out.onAbort(resolve));
      await out.write(pcapngHeader(row.id));
      const write = (frame: CapturedFrame): void => {
        const reachesGuest = frame.direction === 'out-of-guest' || frame.dropped === undefined;
        if (reachesGuest || isBeforeRules) void out.write(pcapngPacket(asSeenByGuest(frame)));
      };
      const stop = running.dataPlane.capture(row.id, write, 'all');
      await ended;
      stop();
    });
  });

  app.get('/drops', (context) => {
    const asked = context.req.query('interface');
    const ids = asked === undefined ? allInterfaces(running.world) : [find(running, NetworkInterface, asked).row.id];
    context.header('content-type', 'application/x-ndjson');
    return stream(context, async (out) => {
      const ended = new Promise<void>((resolve) => out.onAbort(resolve));
      const stop = watchDrops(running.dataPlane, ids, (drop) => void out.write(`${JSON.stringify(drop)}\n`));
      // The head of the answer tells the asker that the watch has begun.
      await out.write('\n');
      await ended;
      stop();
    });
  });

  app.get('/flow-logs/:id', async (context) => {
    const { row, scope } = find(running, FlowLog, context.req.param('id'));
    const isFollowing = context.req.query('follow') === 'true';
    await running.flowLogs.deliver({ early: context.req.query('now') === 'true' });
    context.header('content-type', 'text/plain; charset=utf-8');
    return stream(context, async (out) => {
      const { flowLogs } = running;
      for await (const text of flowLogs.read(row, scope)) await out.write(text);
      if (!isFollowing) return;
      const ended = new Promise<void>((resolve) => out.onAbort(resolve));
      const stop = flowLogs.listen(row.id, (lines) => void out.write(`${lines.join('\n')}\n`));
      await ended;
      stop();
    });
  });

  addHostPaths(app, running.hosts);
  addConsolePaths(app, running);

  app.notFound((context) => context.json({ error: `localvpc has no path ${context.req.path}` }, 404));
  app.onError((error, context) => {
    if (error instanceof Refusal) return context.json({ error: error.message }, error.status);
    if (error instanceof TraceQuestionError || error instanceof CostQuestionError)
      return context.json({ error: error.message }, 400);
    if (error instanceof HostQuestionError) return context.json({ error: error.message }, 404);
    if (error instanceof ImportQuestionError) return context.json({ error: error.message }, 400);
    if (error instanceof Fault)
      return context.json({ error: `${error.code}: ${error.message}` }, error.status === 403 ? 403 : 400);
    running.log.error({ err: error, path: context.req.path }, 'a call failed');
    return context.json({ error: `localvpc failed: ${error.message}` }, 500);
  });
  return app;
}

/** The JSON of a request's body; undefined where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const asSeenByGuest = ({ direction, dropped, ...frame }: CapturedFrame) =>
  ({
    ...frame,
    comment: dropped && dropText(dropped),
    direction: direction === 'into-guest' ? 'inbound' : 'outbound',
  }) as const;

function whyNoEntry({ id, state, guestDriver }: Instance, { dataPlane, notice, engine }: Running): string {
  if (!dataPlane.drivers.includes(guestDriver))
    return `${id} is a virtual guest here, in which no program can run. ${notice ?? ''}`.trimEnd();
  if (guestDriver === 'virtual')
    return `${id} is a virtual guest: it answers packets, but no program can run in it. Launch from ami-host for a real one.`;
  const host = engine.dryRun(WORLD, (tx) => (failureUnder(tx, id) ? hostOf(tx, id) : undefined));
  if (host) return `The host of ${id} has failed. Put it back into service with: localvpc hosts repair ${host.id}`;
  return `${id} is ${state}; programs run only in a running instance. Start it with: aws ec2 start-instances --instance-ids ${id}`;
}
