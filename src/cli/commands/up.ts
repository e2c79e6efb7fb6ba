/** `localvpc up`: runs localvpc in the foreground until it is told to end. */
import { mkdirSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Command, InvalidArgumentError, Option } from 'commander';
import { MACHINE_INTERFACE, NO_HOST_ACCESS } from '../../host/machine-link.ts';
import type { Context } from '../context.ts';
import { controllerProgram } from '../controller-program.ts';
import { DEFAULT_HOST, DEFAULT_PORT, Endpoint } from '../endpoint.ts';
import { exportsFor } from '../exports.ts';
import { CommandFailure, errorCodeOf, messageOf } from '../failure.ts';
import { ratesText } from '../rates-text.ts';
import {
  GUEST_CHOICES,
  LOG_LEVELS,
  NIC_CHOICES,
  type RunningServer,
  type RunServer,
  type ServerOptions,
  SWITCH,
} from '../server-options.ts';
import { WIDTH, wrap } from '../style.ts';
import { VERSION } from '../version.ts';

const HELP = `
The controller answers EC2 calls at http://${DEFAULT_HOST}:${DEFAULT_PORT}; the machine room
runs the instances and moves their packets. Ctrl-C, SIGTERM or "localvpc down"
end it and everything it started. Resources are kept and come back with the next
"up", the running instances too, unless it is started with --ephemeral.

With --host-access on, as root, every program on this machine reaches public
addresses of IPv4 and IPv6 at once: ssh -i key.pem ec2-user@PUBLIC-ADDRESS. The
interface localvpc0 and routes through it are there until localvpc ends, however
it ends. An instance sees the addresses 198.51.100.1 and 2001:db8:fffe::1.
Guests answer through it and cannot open connections to this machine, and it
serves no other machine. "localvpc shell" needs neither root nor a route.

Instances send as fast as this machine can. With --rates aws each has the
bandwidth, credits, packets and flow limits of its type; with a number, such as
0.01, so much of them, which makes them felt on any machine. What exceeds a rate
waits, then is dropped: "localvpc ena INSTANCE" counts it as ENA's driver does.
What is below its rates is switched without the fabric where --nic has it so.

--nic says how interfaces go to their guests where no tag does: mediated, every
frame through the fabric; sriov, flows switched without it once it has decided;
auto, sriov where the instance has enhanced networking. The tag localvpc:nic of
an instance or interface has the last word; it also takes passthrough:DEVICE, a
network device of this machine for one instance alone. "localvpc nics" shows it.

Packets arrive at once, however far apart. With --latency on they take their
time from host to host, less in one rack than in one zone, most to another
Region; "localvpc hosts" says who is where. A file sets the milliseconds for one
way:

  {"sameHost": 0.02, "sameRack": 0.04, "sameZone": 0.12, "otherZone": 0.5,
   "otherRegion": 30}

Only this machine can reach it: whoever may call the API can run programs in
guests, so other than loopback addresses are refused.

A test suite in any language starts it with --ephemeral --port 0 and a pipe for
--ready-fd: the endpoint comes as one line when every call is answered, and the
end of the pipe instead where localvpc could not start. With --end-with-stdin
and a pipe as standard input that the suite never closes, localvpc ends with the
suite, however that ends.

With --hosts, zones are as small as a file says, and what AWS answers when it
has no room can be met. A file of two racks of one host each, with one zone that
is smaller still:

  {"others": {"racks": 2, "hosts": 1, "virtualFunctions": 16},
   "zones": {"us-east-1b": {"racks": [{"virtualFunctions": 2}], "hosts": 1}}}

Examples:
  $ localvpc up
  $ localvpc up --ephemeral --port 0          for one test run, at any free port
  $ localvpc up --ephemeral --port 0 --ready-fd 3 3> endpoint
  $ localvpc up --data ./network              state in a folder of your project
  $ localvpc up --images images.json          with the AMI ids of your templates
`;

/** The options as commander gives them. */
interface UpOptions {
  readonly port: number;
  readonly host: string;
  readonly data?: string;
  readonly ephemeral?: boolean;
  readonly images?: string;
  readonly hosts?: string;
  readonly credentials?: string;
  readonly guests: ServerOptions['guests'];
  readonly hostAccess: (typeof SWITCH)[number];
  /** `off`: nothing limits instances. (A parser that gives undefined is taken for one that has failed.) */
  readonly rates: number | 'off';
  readonly nic: ServerOptions['nic'];
  readonly latency: NonNullable<ServerOptions['latency']> | 'off';
  readonly logLevel: ServerOptions['logLevel'];
  readonly readyFd?: number;
  readonly endWithStdin?: boolean;
}

export const upCommand = (context: () => Context): Command =>
  new Command('up')
    .description('start localvpc and stay in the foreground')
    .option('--port <number>', 'port to listen at; 0 for any free one', parsePort, DEFAULT_PORT)
    .option('--host <address>', 'loopback address to listen at', parseLoopback, DEFAULT_HOST)
    .option('--data <folder>', 'folder that keeps the resources (default: ~/.local/state/localvpc)')
    .addOption(new Option('--ephemeral', 'keep everything in memory only').conflicts('data'))
    .option('--images <file>', 'catalogue that maps further AMI ids and names to guests')
    .option('--hosts <file>', 'sizes of zones: racks, hosts and their virtual functions, as JSON or YAML')
    .option('--credentials <file>', 'access keys, as in ~/.aws/credentials, that callers must sign with')
    .addOption(new Option('--guests <kind>', 'what runs instances').choices(GUEST_CHOICES).default('auto'))
    .addOption(new Option('--host-access <switch>', 'a route here to public addresses').choices(SWITCH).default('off'))
    .option('--rates <rates>', 'bandwidth of instances: off, aws, or a part of it such as 0.01', parseRates, 'off')
    .addOption(new Option('--nic <mode>', 'how interfaces go to guests').choices(NIC_CHOICES).default('auto'))
    .option('--latency <latency>', 'time between hosts: off, on, or a file that says it', parseLatency, 'off')
    .addOption(new Option('--log-level <level>', 'what is logged').choices(LOG_LEVELS).default('warn'))
    .option('--ready-fd <number>', 'descriptor to write the endpoint to, once it answers', parseDescriptor)
    .option('--end-with-stdin', 'end when standard input does, as with whoever holds its other end')
    .addHelpText('after', HELP)
    .action(async (options: UpOptions) => await up(options, context()));

async function up(options: UpOptions, context: Context): Promise<void> {
  const startedAtMs = performance.now();
  const serverOptions = serverOptionsOf(options, context.environment);
  if (serverOptions.dataDirectory !== undefined) makeDataDirectory(serverOptions.dataDirectory);
  // V8 otherwise lets the memory for short-lived objects grow to 48 MB in one step, and keeps it. Growing it not at all
  // saved 10 MB more and cost a sixth of the start and a twelfth of the creates.
  setFlagsFromString('--semi-space-growth-factor=2');
  const runServer = await loadController();
  const server = await start(runServer, serverOptions);
  const release = endWhenAsked(server, options.endWithStdin === true);
  for (const line of banner(server, serverOptions, performance.now() - startedAtMs)) context.print(line);
  if (options.readyFd !== undefined) writeSync(options.readyFd, `${server.endpoint}\n`);
  await server.ended;
  release();
}

function serverOptionsOf(options: UpOptions, environment: NodeJS.ProcessEnv): ServerOptions {
  return {
    host: options.host,
    port: options.port,
    dataDirectory: options.ephemeral ? undefined : resolve(options.data ?? defaultDataDirectory(options, environment)),
    imagesFile: options.images === undefined ? undefined : resolve(options.images),
    hostsFile: options.hosts === undefined ? undefined : resolve(options.hosts),
    credentialsFile: options.credentials === undefined ? undefined : resolve(options.credentials),
    guests: options.guests,
    hostAccess: options.hostAccess === 'on',
    rates: options.rates === 'off' ? undefined : options.rates,
    nic: options.nic,
    latency: options.latency === 'off' ? undefined : options.latency,
    logLevel: options.logLevel,
  };
}

function makeDataDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CommandFailure(
      `The data folder ${path} cannot be made: ${messageOf(error)}`,
      'Name another one with --data FOLDER, or keep everything in memory: localvpc up --ephemeral',
    );
  }
}

/** One folder for each port, so that two localvpcs of one user do not share a journal (XDG base directories). */
export function defaultDataDirectory(options: { readonly port: number }, environment: NodeJS.ProcessEnv): string {
  const state = environment.XDG_STATE_HOME || join(homedir(), '.local', 'state');
  return join(state, options.port === DEFAULT_PORT ? 'localvpc' : `localvpc-${options.port}`);
}

async function loadController(): Promise<RunServer> {
  const loaded = await controllerProgram();
  if (offersRunServer(loaded)) return loaded.runServer;
  throw new Error('the controller exports no runServer');
}

const offersRunServer = (loaded: unknown): loaded is { readonly runServer: RunServer } =>
  typeof loaded === 'object' && loaded !== null && 'runServer' in loaded && typeof loaded.runServer === 'function';

async function start(runServer: RunServer, options: ServerOptions): Promise<RunningServer> {
  try {
    return await runServer(options);
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === 'EADDRINUSE') throw await portTaken(options);
    // The journal's errors are sentences for whoever starts localvpc: the folder is in use, damaged, of another version.
    // So are those of files that it is given.
    if (error instanceof Error && (error.name === 'JournalError' || error.name === 'SettingsError'))
      throw new CommandFailure(error.message);
    if (code === NO_HOST_ACCESS) {
      throw new CommandFailure(messageOf(error), 'Without it a shell reaches public addresses: localvpc shell');
    }
    if (code === 'EACCES' && options.port < 1024) {
      throw new CommandFailure(`Port ${options.port} is reserved for root.`, 'Take one above 1023: --port 4566');
    }
    throw error;
  }
}

async function portTaken({ host, port }: ServerOptions): Promise<CommandFailure> {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return (await new Endpoint(url).answers())
    ? new CommandFailure(`localvpc is running at ${url} already.`, 'Use it, or end it first with: localvpc down')
    : new CommandFailure(
        `Another program listens at port ${port}.`,
        `Take another one: localvpc up --port ${port + 1}`,
      );
}

/**
 * The first signal ends localvpc in order, the second at once: the kernel then takes the machine room down.
 * @param withInput whether the end of standard input asks for an end too, as the first signal does
 */
function endWhenAsked(server: RunningServer, withInput: boolean): () => void {
  let asked = false;
  const close = (): void => {
    if (asked) return;
    asked = true;
    server.close().catch((error: unknown) => {
      process.stderr.write(`localvpc did not end in order: ${messageOf(error)}\n`);
      process.exit(1);
    });
  };
  const end = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(signal === 'SIGINT' ? 130 : 143);
    close();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  // A starter that is killed may leave an error instead of an end.
  if (withInput) process.stdin.once('end', close).once('error', close).resume();
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, end);
    if (withInput) process.stdin.destroy();
  };
}

function banner(server: RunningServer, options: ServerOptions, tookMs: number): readonly string[] {
  return [
    `localvpc ${VERSION} is up at ${server.endpoint} (${Math.round(tookMs)} ms)`,
    `  guests  ${server.drivers.join(', ')}`,
    `  state   ${options.dataDirectory ?? 'in memory only'}`,
    `  browser ${server.endpoint}/_localvpc/console`,
    ...(options.latency === undefined ? [] : ['  latency by the distance between hosts']),
    ...(options.rates === undefined ? [] : [`  rates   ${ratesText(options.rates)}`]),
    ...(options.hostAccess ? [`  route   to public addresses, through ${MACHINE_INTERFACE}`] : []),
    ...(server.notice === undefined ? [] : ['', ...wrap(server.notice, WIDTH)]),
    '',
    'In another terminal, point AWS tools at it:',
    '',
    ...exportsFor(server.endpoint).map((line) => `  ${line}`),
    '',
    'Ctrl-C ends it.',
  ];
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

function parseRates(text: string): number | 'off' {
  if (text === 'off') return text;
  const factor = text === 'aws' ? 1 : Number(text);
  if (/^(aws|\d{1,4}(\.\d{1,9})?)$/.test(text) && factor > 0) return factor;
  throw new InvalidArgumentError('Rates are off, aws, or a number above 0: 0.01 is a hundredth of what AWS gives.');
}

/** A file that is called on or off is reached by its path: ./on */
function parseLatency(text: string): NonNullable<ServerOptions['latency']> | 'off' {
  if (text === 'off') return text;
  return { file: text === 'on' ? undefined : resolve(text) };
}

function parseDescriptor(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(
    'A descriptor is a small number: 1 for the output, 3 for the first pipe that you add.',
  );
}

function parseLoopback(text: string): string {
  if (text === 'localhost' || text === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(text)) return text;
  throw new InvalidArgumentError(
    'localvpc listens at loopback addresses only (127.0.0.1, ::1): whoever reaches it can run programs. ' +
      'From another machine use: ssh -L 4566:127.0.0.1:4566 HOST',
  );
}
