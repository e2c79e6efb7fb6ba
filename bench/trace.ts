/** Traces: in this process, and as a command against a localvpc that runs. Run with `npx tsx bench/trace.ts`. */
import { execFile } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { DescribeSubnetsCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { type LocalVpc, startLocalVpc } from '../src/library/main.ts';
import { atMost, figure, type Line, median } from './line.ts';
import { CLI, startLocalvpc } from './server-process.ts';

const run = promisify(execFile);
const WARM_UP = 500;
const TRACES = 2000;
const COMMANDS = 25;
const COMMAND_TIMES = fileURLToPath(new URL('command-times.mjs', import.meta.url));
const TARGET_US = 1000;
const TARGET_COMMAND_MS = 60;

/** Some ten seconds. */
export async function measureTraces(): Promise<readonly Line[]> {
  return [...(await inProcessLines()), ...(await commandLines())];
}

async function inProcessLines(): Promise<readonly Line[]> {
  const vpc = await startLocalVpc();
  try {
    const [web, database] = [await launch(vpc), await launch(vpc)];
    // Both are in the VPC's default group, whose members may talk; nobody outside may.
    const delivered = await microseconds(vpc, { from: web, to: database, tcp: 5432 });
    const lost = await microseconds(vpc, { from: 'internet', to: web, tcp: 22 });
    return [
      atMost('trace in process, there and back, median', delivered, TARGET_US, 'µs'),
      figure('trace in process of a lost packet, with the change that saves it, median', `${lost.toFixed(0)} µs`),
    ];
  } finally {
    await vpc.close();
  }
}

async function launch({ client }: LocalVpc): Promise<string> {
  const { Subnets } = await client.send(new DescribeSubnetsCommand({}));
  const request = { ImageId: 'ami-virtual', MinCount: 1, MaxCount: 1, SubnetId: Subnets?.[0]?.SubnetId };
  const { Instances } = await client.send(new RunInstancesCommand(request));
  const id = Instances?.[0]?.InstanceId;
  if (id === undefined) throw new Error('RunInstances answered without an instance');
  return id;
}

async function microseconds(vpc: LocalVpc, question: Parameters<LocalVpc['trace']>[0]): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < WARM_UP + TRACES; index++) {
    const startedAtMs = performance.now();
    await vpc.trace(question);
    if (index >= WARM_UP) times.push((performance.now() - startedAtMs) * 1000);
  }
  return median(times);
}

/** Beside it stands how long a Node.js program takes that does nothing: less cannot be had. */
async function commandLines(): Promise<readonly Line[]> {
  const server = await startLocalvpc();
  try {
    const env = { ...process.env, LOCALVPC_ENDPOINT: server.url };
    // The status says that the packet is lost; that is no failure here.
    const words = [
      [CLI, 'trace', '192.0.2.1', '192.0.2.2', '--tcp', '80'],
      ['-e', '0'],
    ];
    const { stdout } = await run(process.execPath, [COMMAND_TIMES, String(COMMANDS), JSON.stringify(words)], { env });
    const [command = Number.NaN, nothing = Number.NaN] = numbersOf(JSON.parse(stdout));
    const line = atMost('trace as a command, median', command, TARGET_COMMAND_MS, 'ms');
    return [{ ...line, reference: `${nothing.toFixed(0)} ms (node -e 0)` }];
  } finally {
    await server.end();
  }
}

function numbersOf(value: unknown): readonly number[] {
  if (!Array.isArray(value)) throw new Error(`command-times.mjs printed ${JSON.stringify(value)}`);
  return value.map(Number);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const { name, measured, reference, target } of await measureTraces())
    console.log(`${name.padEnd(80)} ${measured}  ${target}  ${reference}`);
}
