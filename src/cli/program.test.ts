import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { Context } from './context.ts';
import { Endpoint } from './endpoint.ts';
import { createProgram } from './program.ts';
import { NO_COLOURS } from './style.ts';

/** What a stand-in for a running localvpc answers to "METHOD /path", below /_localvpc/. */
type Answers = Readonly<Record<string, { readonly status?: number; readonly body: string | object }>>;

interface Run {
  readonly lines: readonly string[];
  readonly status: number;
  /** "METHOD /path BODY" of every request, in order. */
  readonly asked: readonly string[];
}

/** Runs a command line against a server of the test's own on a loopback port, and collects what came of it. */
async function run(t: TestContext, answers: Answers, ...words: readonly string[]): Promise<Run> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const question = `${request.method} ${(request.url ?? '').replace('/_localvpc/', '')}`;
    asked.push(`${question} ${await bodyOf(request)}`.trim());
    const answer = answers[question] ?? { status: 404, body: { error: `nothing at ${question}` } };
    response.statusCode = answer.status ?? 200;
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { ...(await runAt(`http://127.0.0.1:${port}`, words)), asked };
}

async function runAt(url: string, words: readonly string[]): Promise<Omit<Run, 'asked'>> {
  const lines: string[] = [];
  let status = 0;
  const context: Context = {
    endpoint: new Endpoint(url),
    environment: {},
    colours: NO_COLOURS,
    find: async () => [{ id: 'i-0aa', state: 'running', interfaceIds: ['eni-01'] }],
    print: (line) => lines.push(line),
    endWith: (given) => {
      status = given;
    },
  };
  await createProgram(() => context).parseAsync(words, { from: 'user' });
  return { lines, status };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}

const DATA_PLANE = { drivers: ['namespace', 'virtual'], preferred: 'namespace', notice: null };

const STATUS = {
  version: '0.1.0',
  pid: 4711,
  endpoint: 'http://127.0.0.1:4566',
  uptimeSeconds: 200.4,
  dataDirectory: null,
  rates: null,
  dataPlane: DATA_PLANE,
  accounts: [
    {
      account: '123456789012',
      region: 'us-east-1',
      vpcs: 2,
      subnets: 8,
      interfaces: 3,
      instances: { running: 2, stopped: 1, pending: 0 },
    },
  ],
  nics: { policy: 'auto', paths: { mediated: 2, offloaded: 0, passthrough: 1 }, notOffloaded: 'it is so' },
  fabric: {
    ports: 3,
    framesReceived: 120,
    framesDelivered: 90,
    framesAnswered: 8,
    flowCacheHits: 75,
    flowCacheMisses: 25,
    trackedConnections: 4,
    drops: { 'source-check/foreign-address': 2, 'security-group-in/no-rule': 20, 'route/no-route': 0 },
    interfaceDrops: {},
  },
};

test('status says what runs, what it holds, and for what reasons frames were dropped, the most frequent first', async (t) => {
  const { lines } = await run(t, { 'GET status': { body: STATUS } }, 'status');
  deepEqual(lines, [
    'localvpc 0.1.0 at http://127.0.0.1:4566, pid 4711, up 3 min 20 s',
    '  guests  namespace, also virtual',
    '  state   in memory only',
    '',
    'ACCOUNT       REGION     VPCS  SUBNETS  INTERFACES  INSTANCES',
    '123456789012  us-east-1  2     8        3           2 running, 1 stopped',
    '',
    'Interfaces of guests (--nic auto): 2 mediated, 1 passthrough; no flow is',
    'offloaded: it is so. See localvpc nics.',
    '',
    '3 ports, 4 tracked connections',
    '120 frames received, 75.0 % from the flow cache',
    '90 delivered, 8 answered, 22 dropped',
    '  security-group-in/no-rule     20',
    '  source-check/foreign-address  2',
  ]);
});

test('nics says of each interface which way its frames go, what was asked for, and why', async (t) => {
  const nic = {
    account: '123456789012',
    region: 'us-east-1',
    instanceId: 'i-0a',
    instanceName: 'web',
    interfaceId: 'eni-0a',
    deviceIndex: 0,
    mode: 'sriov',
    modeWhy: 't3.micro has enhanced networking (ena)',
    path: 'mediated',
    pathWhy: 'flows are not offloaded here',
    mediated: { fromGuest: 7, toGuest: 5, bytesFromGuest: 700, bytesToGuest: 500 },
  };
  const handed = { ...nic, interfaceId: 'eni-0b', deviceIndex: 1, mode: 'passthrough:wire0', path: 'passthrough' };
  const body = { nics: [nic, { ...handed, modeWhy: 'a tag asks for it', pathWhy: 'it has it', mediated: null }] };
  const { lines } = await run(t, { 'GET nics': { body } }, 'nics');
  deepEqual(lines, [
    'i-0a (web)',
    '  eth0  eni-0a  mediated, 7 frames out, 5 in',
    '        sriov because t3.micro has enhanced networking (ena); mediated because',
    '        flows are not offloaded here',
    '  eth1  eni-0b  passthrough, no frame is seen',
    '        passthrough:wire0 because a tag asks for it; passthrough because it has',
    '        it',
  ]);
});

test('an answer of another form is not taken for ours', async (t) => {
  const answers = { 'GET status': { body: { ...STATUS, pid: 'x' } } };
  await rejects(run(t, answers, 'status'), /does not answer as this version of localvpc does: pid is not a number/);
});

test('where nothing runs the message says how to start it', async () => {
  // Port 2 (compressnet) is below the ephemeral range, so no server of another test can have it.
  await rejects(runAt('http://127.0.0.1:2', ['status']), /No localvpc is running[\s\S]*localvpc up/);
});

test('down is content where nothing runs', async () => {
  const { lines, status } = await runAt('http://127.0.0.1:2', ['down']);
  deepEqual([lines, status], [['No localvpc is running at http://127.0.0.1:2.'], 0]);
});

test('an error document becomes the message', async (t) => {
  const answers = { 'POST reset': { status: 403, body: { error: 'refused: sent by a page' } } };
  await rejects(run(t, answers, 'reset'), /^Error: refused: sent by a page$/);
});

test('coverage selects by name and state, and counts what it selected', async (t) => {
  const operations = [
    { name: 'CreateVpc', state: 'works' },
    { name: 'CreateNatGateway', state: 'record only', note: 'No packet is translated yet.' },
    { name: 'CreateFleet', state: 'not served' },
  ];
  const answers = { 'GET coverage': { body: { operations } } };
  deepEqual((await run(t, answers, 'coverage', 'natgate')).lines, [
    'CreateNatGateway  record only',
    '    No packet is translated yet.',
    '',
    '1 operations: 0 works, 1 record only, 0 not served',
  ]);
  const everything = (await run(t, answers, 'coverage')).lines.join('\n');
  ok(!everything.includes('CreateFleet'));
  match(everything, /3 operations: 1 works, 1 record only, 1 not served/);
});

const RESULT = { verdict: 'delivered', deliveredTo: 'eni-02', path: [] };
const END = { instanceId: 'i-0aa', interfaceId: 'eni-01', address: '10.0.0.4' };

test('trace asks about the packet that was described, and leaves names to who knows them', async (t) => {
  const answers = { 'POST trace': { body: { forward: RESULT, reply: null, from: END, to: END } } };
  const { asked, status } = await run(t, answers, 'trace', 'web', '10.0.0.9', '--tcp', '443', '--from-port', '4000');
  deepEqual(asked, ['POST trace {"from":"web","to":"10.0.0.9","protocol":"tcp","port":443,"sourcePort":4000}']);
  equal(status, 0);
});

test('trace ends with status 2 where the packet or its answer is lost', async (t) => {
  const lost = { verdict: 'dropped', reason: 'route/no-route', path: [] };
  const there = { 'POST trace': { body: { forward: lost, reply: null, from: END, to: END } } };
  equal((await run(t, there, 'trace', 'web', 'internet')).status, 2);
  const back = { 'POST trace': { body: { forward: RESULT, reply: lost, from: END, to: END } } };
  equal((await run(t, back, 'trace', 'web', 'internet')).status, 2);
});

test('an instance that does not run cannot be entered, and the message says how to start it', async (t) => {
  const entry = { hostPid: null, driver: 'namespace', state: 'stopped', message: null };
  const answers = { 'GET instances/i-0aa/entry': { body: entry } };
  await rejects(run(t, answers, 'exec', 'web', '--', 'true'), /i-0aa is stopped[\s\S]*aws ec2 start-instances/);
});

test('a guest whose process is gone is not entered', async (t) => {
  // Process ids end at 2^22 on Linux.
  const entry = { hostPid: 2 ** 22 + 1, driver: 'namespace', state: 'running', message: null };
  const answers = { 'GET instances/i-0aa/entry': { body: entry } };
  await rejects(run(t, answers, 'exec', 'web', '--', 'true'), /The process to enter .* is gone[\s\S]*localvpc status/);
});

test('env quotes what a shell would take apart', async () => {
  const { lines } = await runAt('http://127.0.0.1:4600', ['env', '--account', '111122223333', '--region', 'a b']);
  deepEqual(lines, [
    'export AWS_ENDPOINT_URL=http://127.0.0.1:4600',
    "export AWS_ACCESS_KEY_ID=111122223333 AWS_SECRET_ACCESS_KEY=test AWS_REGION='a b' AWS_DEFAULT_REGION='a b'",
    'export LOCALVPC_ENDPOINT=http://127.0.0.1:4600',
  ]);
});

test('the console is printed as it is', async (t) => {
  const answers = { 'GET instances/i-0aa/console': { body: 'first\nsecond\n' } };
  deepEqual((await run(t, answers, 'console', 'web')).lines, ['first\nsecond']);
});

test('ENA’s counters stand beside each other by interface, under the kind of networking', async (t) => {
  const counters = (bwOut: number) => ({
    bw_in_allowance_exceeded: 0,
    bw_out_allowance_exceeded: bwOut,
    pps_allowance_exceeded: 0,
    conntrack_allowance_exceeded: 0,
    linklocal_allowance_exceeded: 7,
    conntrack_allowance_available: 900_000,
  });
  const body = {
    instanceId: 'i-0aa',
    instanceType: 'm5.large',
    networking: 'ena',
    rates: 0.01,
    interfaces: [
      { id: 'eni-1', networkCardIndex: 0, deviceIndex: 0, queues: 2, counters: counters(12) },
      { id: 'eni-2', networkCardIndex: 0, deviceIndex: 1, queues: 2, counters: counters(0) },
    ],
  };
  const answers = { 'GET instances/i-0aa/ena': { body } };
  deepEqual((await run(t, answers, 'ena', 'web')).lines, [
    "i-0aa, m5.large: Elastic Network Adapter; rates AWS's, times 0.01",
    '                               eni-1   eni-2',
    'network card, device           0, 0    0, 1',
    'ENA queues                     2       2',
    'bw_in_allowance_exceeded       0       0',
    'bw_out_allowance_exceeded      12      0',
    'pps_allowance_exceeded         0       0',
    'conntrack_allowance_exceeded   0       0',
    'linklocal_allowance_exceeded   7       7',
    'conntrack_allowance_available  900000  900000',
  ]);
  const stopped = {
    ...body,
    networking: 'none',
    rates: null,
    interfaces: [{ ...body.interfaces[0], queues: null, counters: null }],
  };
  deepEqual((await run(t, { 'GET instances/i-0aa/ena': { body: stopped } }, 'ena', 'web')).lines, [
    'i-0aa, m5.large: paravirtual NIC, no enhanced networking; rates off',
    'No guest has its interfaces now.',
  ]);
});

const withoutContext = (): never => {
  throw new Error('help needs no running localvpc');
};

test('the program for a command has that command alone, and the one for any other word has all', () => {
  const names = (word?: string): readonly string[] =>
    createProgram(withoutContext, word).commands.map((command) => command.name());
  const all = names();
  ok(all.includes('trace'));
  for (const name of all) deepEqual(names(name), [name]);
  for (const word of ['help', '--version', 'tracee', 'toString']) deepEqual(names(word), all);
});

test('every command has a description and examples', () => {
  const program = createProgram(withoutContext);
  for (const command of program.commands) {
    let help = '';
    command.configureOutput({
      writeOut: (text) => {
        help += text;
      },
    });
    command.outputHelp();
    ok(command.description() !== '' && /Examples?:\n {2}\$ /.test(help), `${command.name()} teaches by examples`);
    deepEqual(
      help.split('\n').filter((line) => line.length > 80),
      [],
    );
  }
});
