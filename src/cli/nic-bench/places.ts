/** Programs in network namespaces: those of guests, and two bare ones with a cable between them to compare with. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A client and a server that can reach one another, each by a process in its network namespace. */
export interface Places {
  readonly client: number;
  readonly server: number;
  readonly serverAddress: string;
}

/** Runs a program in the network namespace of a process, with this machine's files, to its end. @returns what it printed */
export async function runAt(pid: number, command: readonly string[]): Promise<string> {
  const child = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  const [status]: unknown[] = await once(child, 'close');
  if (status !== 0) throw new Error(`${command[0]} ended with status ${String(status)}: ${text.slice(-300)}`);
  return text;
}

/** Starts a server there, and runs `work` when it has said its first word; the server ends by itself. */
export async function whileServing<T>(pid: number, command: readonly string[], work: () => Promise<T>): Promise<T> {
  const server = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  try {
    await once(server.stdout, 'data');
    server.stdout.resume();
    const result = await work();
    await ended;
    return result;
  } finally {
    if (server.exitCode === null && server.signalCode === null) server.kill('SIGKILL');
  }
}

/** Two namespaces and a cable, until `end`. */
export async function cabledPlaces(mtuBytes: number): Promise<Places & { readonly end: () => void }> {
  const holders = await Promise.all([heldNamespace(), heldNamespace()]);
  const [client = 0, server = 0] = holders.map(({ pid }) => pid ?? 0);
  const ip = (pid: number, ...words: readonly string[]): string =>
    execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', ...words], { encoding: 'utf8' });
  ip(client, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(server));
  for (const [index, pid] of [client, server].entries()) {
    ip(pid, 'address', 'add', `10.9.0.${index + 1}/24`, 'dev', 'eth0');
    ip(pid, 'link', 'set', 'eth0', 'up', 'mtu', String(mtuBytes));
  }
  const end = (): void => holders.forEach((holder) => void holder.kill('SIGKILL'));
  return { client, server, serverAddress: '10.9.0.2', end };
}

async function heldNamespace(): Promise<ChildProcess> {
  const holder: ChildProcess = spawn('unshare', ['--net', 'sh', '-c', 'echo; read -r line'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (holder.stdout) await once(holder.stdout, 'data');
  return holder;
}

/** Frames that the device of a namespace has received (/proc/net/dev). */
export async function framesReceivedAt(pid: number, device: string): Promise<number> {
  const counters = await runAt(pid, ['cat', '/proc/net/dev']);
  const line = counters.split('\n').find((text) => text.trim().startsWith(`${device}:`)) ?? '';
  return Number(line.split(':')[1]?.trim().split(/\s+/)[1] ?? 0);
}
