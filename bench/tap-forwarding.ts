/**
 * Measures TCP between two network namespaces over TAP devices and the bare frame loop, against a plain veth pair, and
 * what a gigabyte costs by where sender, loop and receiver run.
 *
 * `npx tsx bench/tap-forwarding.ts [seconds]`, as root, with two processors. Everything happens in namespaces of its
 * own, which end with the process; it takes about 6 × seconds + 1.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FrameLoop } from '../src/host/frame-loop.ts';
import { namespaceOfProcess } from '../src/host/network-namespace.ts';
import { openTap } from '../src/host/tap.ts';
import { mac } from '../src/net/mac.ts';

const self = fileURLToPath(import.meta.url);
const nodeArguments = [...process.execArgv, self];

/** Opens a TAP in the namespaces of two processes and passes every frame to the other side, until killed. */
function forward(pids: readonly number[]): void {
  const loop: FrameLoop = new FrameLoop(
    {
      onFrame: (port, buffer, length) => loop.send(1 - port, buffer, length),
      onWake: () => {},
      onDrained: () => {},
      onIdle: () => {},
      onPortLost: () => loop.stop(),
    },
    { batchFrames: 64, idleTimeoutMs: 100, clock: () => performance.now() },
  );
  for (const [port, pid] of pids.entries()) {
    const namespace = namespaceOfProcess(pid);
    const tap = openTap({ name: 'eth0', mac: mac(0x02_00_00_00_00_01 + port), mtuBytes: 9001, namespace, up: true });
    loop.addPort(port, tap.fd);
  }
  process.stdout.write('ready\n');
  loop.run();
}

const inNamespace = (pid: number, command: readonly string[]): string[] => [`--net=/proc/${pid}/ns/net`, ...command];
const run = (pid: number, ...command: string[]): string =>
  execFileSync('nsenter', inNamespace(pid, command), { encoding: 'utf8' });

const firstOutput = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    child.stdout?.once('data', resolve);
    child.once('exit', (code) => reject(new Error(`ended early with ${code}`)));
  });

/** On which processor each of the three runs, as taskset(1) takes it; where none is given, the kernel decides. */
interface Placement {
  readonly name: string;
  readonly sender: string;
  readonly loop: string;
  readonly receiver: string;
}
const ANYWHERE: Placement = { name: 'where the kernel likes', sender: '0,1', loop: '0,1', receiver: '0,1' };
const PLACEMENTS: readonly Placement[] = [
  { name: 'sender apart', sender: '1', loop: '0', receiver: '0' },
  { name: 'loop apart', sender: '1', loop: '0', receiver: '1' },
  { name: 'receiver apart', sender: '1', loop: '1', receiver: '0' },
  { name: 'all on one', sender: '0', loop: '0', receiver: '0' },
];

/** What iperf3 says of one stream; processor seconds are those of the two programs, their kernel work included. */
interface Stream {
  readonly gigabits: number;
  readonly gigabytes: number;
  readonly senderSeconds: number;
  readonly receiverSeconds: number;
}

async function stream(
  server: number,
  client: number,
  seconds: number,
  { sender, receiver }: Placement,
): Promise<Stream> {
  const at = (cpus: string, ...words: string[]): string[] => ['taskset', '-c', cpus, 'iperf3', ...words];
  const serverProcess = spawn('nsenter', inNamespace(server, at(receiver, '-s', '-1', '--forceflush')), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await firstOutput(serverProcess);
  const report = run(client, ...at(sender, '-c', '10.9.0.1', '-t', String(seconds), '-J'));
  const figure = (pattern: RegExp): number => {
    const text = pattern.exec(report.replaceAll(/\s/g, ''))?.[1];
    if (text === undefined) throw new Error(`iperf3 printed nothing like ${String(pattern)}`);
    return Number(text);
  };
  return {
    gigabits: figure(/"sum_received":\{[^}]*"bits_per_second":([0-9.e+]+)/) / 1e9,
    gigabytes: figure(/"sum_received":\{[^}]*"bytes":([0-9.e+]+)/) / 1e9,
    senderSeconds: (figure(/"host_total":([0-9.e+]+)/) / 100) * seconds,
    receiverSeconds: (figure(/"remote_total":([0-9.e+]+)/) / 100) * seconds,
  };
}

/** Processor seconds of all threads of a process, to the nanosecond. */
const processorSeconds = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, nanoseconds) => sum + nanoseconds / 1e9, 0);

/** A line with the processor seconds per gigabyte of sender, loop and receiver. */
async function placedLine(server: number, client: number, loop: number, seconds: number, placement: Placement) {
  execFileSync('taskset', ['-a', '-c', '-p', placement.loop, String(loop)], { stdio: 'ignore' });
  const before = processorSeconds(loop);
  const { gigabits, gigabytes, senderSeconds, receiverSeconds } = await stream(server, client, seconds, placement);
  const parts = [senderSeconds, processorSeconds(loop) - before, receiverSeconds].map((part) => part / gigabytes);
  const whole = parts.reduce((sum, part) => sum + part, 0);
  const [sender = '', forwarder = '', receiver = ''] = parts.map((part) => part.toFixed(2));
  const shares = `sender ${sender}, loop ${forwarder}, receiver ${receiver}`;
  return `  ${placement.name.padEnd(24)} ${gigabits.toFixed(1)} Gbit/s, ${whole.toFixed(2)} s per GB (${shares})`;
}

async function measure(seconds: number): Promise<void> {
  const holders = [0, 1].map(() => spawn('unshare', ['--net', 'sleep', '600'], { stdio: 'ignore' }));
  const pids = holders.map((holder) => holder.pid ?? 0);
  await sleep(300);
  const [server = 0, client = 0] = pids;
  const configure = (): void => {
    for (const [index, pid] of pids.entries()) {
      run(pid, 'ip', 'address', 'add', `10.9.0.${index + 1}/24`, 'dev', 'eth0');
      run(pid, 'ip', 'link', 'set', 'eth0', 'up', 'mtu', '9001');
    }
  };
  run(server, 'ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(client));
  configure();
  const { gigabits: veth } = await stream(server, client, seconds, ANYWHERE);
  run(server, 'ip', 'link', 'delete', 'eth0');
  const forwarder = spawn(process.execPath, [...nodeArguments, 'forward', ...pids.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await firstOutput(forwarder);
  configure();
  const { gigabits: tap } = await stream(server, client, seconds, ANYWHERE);
  const placed: string[] = [];
  for (const placement of PLACEMENTS)
    placed.push(await placedLine(server, client, forwarder.pid ?? 0, seconds, placement));
  const ping = /= [\d.]+\/([\d.]+)/.exec(run(client, 'ping', '-q', '-i', '0.01', '-c', '100', '10.9.0.1'))?.[1];
  for (const child of [forwarder, ...holders]) child.kill('SIGKILL');
  console.log(`veth pair        ${veth.toFixed(1)} Gbit/s`);
  console.log(`TAP, frame loop  ${tap.toFixed(1)} Gbit/s, ratio ${(tap / veth).toFixed(2)}, round trip ${ping} ms`);
  console.log(placed.join('\n'));
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === 'forward') forward(rest.map(Number));
else if (mode === 'measure') await measure(Number(rest[0]));
else {
  const room = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', process.execPath];
  execFileSync('unshare', [...room, ...nodeArguments, 'measure', mode ?? '3'], { stdio: 'inherit' });
}
