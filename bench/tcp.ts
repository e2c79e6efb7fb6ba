/** TCP and round trips between two places, measured by iperf3 and ping; and a bare veth pair to compare with. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Two places of which one can reach the other. */
export interface TcpPath {
  /** The server's address. */
  readonly address: string;
  /** Start a program there, with its standard output piped. */
  readonly onServer: (command: readonly string[]) => ChildProcess;
  readonly onClient: (command: readonly string[]) => ChildProcess;
}

/** What one TCP connection carries, as its receiver counts it, in Gbit/s. */
export async function tcpGigabits(path: TcpPath, seconds: number): Promise<number> {
  const server = path.onServer(['iperf3', '-s', '-1', '--forceflush']);
  const ended = once(server, 'exit');
  if (server.stdout) await once(server.stdout, 'data'); // It listens.
  const report = await output(path.onClient(['iperf3', '-c', path.address, '-t', String(seconds), '-J']));
  await ended;
  const bits = /"sum_received":\s*\{[^}]*"bits_per_second":\s*([0-9.e+]+)/.exec(report)?.[1];
  if (bits === undefined) throw new Error(`iperf3 printed no sum: ${report.slice(-400)}`);
  return Number(bits) / 1e9;
}

/** Average of 200 echoes at 5 ms. */
export async function roundTripMs(path: TcpPath): Promise<number> {
  const report = await output(path.onClient(['ping', '-n', '-q', '-i', '0.005', '-c', '200', path.address]));
  const average = /= [\d.]+\/([\d.]+)\//.exec(report)?.[1];
  if (average === undefined) throw new Error(`ping printed no summary: ${report}`);
  return Number(average);
}

/** Runs `work` with two namespaces of its own and a veth pair between them, which end with it. */
export async function withVethPair<Result>(work: (path: TcpPath) => Promise<Result>): Promise<Result> {
  const holders = await Promise.all([holdNamespace(), holdNamespace()]);
  const [server, client] = holders;
  try {
    inside(server, 'ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(client.pid));
    for (const [index, holder] of holders.entries()) {
      inside(holder, 'ip', 'address', 'add', `10.9.0.${index + 1}/24`, 'dev', 'eth0');
      inside(holder, 'ip', 'link', 'set', 'eth0', 'up', 'mtu', '9001');
    }
    return await work(pathBetween(client, server, '10.9.0.1'));
  } finally {
    for (const holder of holders) holder.kill('SIGKILL');
  }
}

/** The path from one held namespace to an address in another. */
export function pathBetween(client: ChildProcess, server: ChildProcess, address: string): TcpPath {
  const start = (holder: ChildProcess, command: readonly string[]): ChildProcess =>
    spawn('nsenter', into(holder, command), { stdio: ['ignore', 'pipe', 'inherit'] });
  return { address, onServer: (command) => start(server, command), onClient: (command) => start(client, command) };
}

/** A process in a network namespace of its own, which ends with this one: its input ends. */
export async function holdNamespace(): Promise<ChildProcess> {
  const holder = spawn('unshare', ['--net', 'sh', '-c', 'echo; read -r line'], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (holder.stdout) await once(holder.stdout, 'data');
  return holder;
}

/** Arguments of nsenter(1) that run a command in the network namespace that a process holds. */
export const into = (holder: ChildProcess, command: readonly string[]): string[] => [
  `--net=/proc/${holder.pid}/ns/net`,
  ...command,
];

/** Runs a command in that namespace to its end. */
export const inside = (holder: ChildProcess, ...command: string[]): string =>
  execFileSync('nsenter', into(holder, command), { encoding: 'utf8' });

async function output(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  return text;
}
