/**
 * Measures TCP between two network namespaces over TAP devices and the bare frame loop, against a plain veth pair.
 *
 * `npx tsx bench/tap-forwarding.ts [seconds]`, as root. Everything happens in namespaces of its own, which end with
 * the process; it takes about 2 × seconds + 1.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
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

async function gigabitsPerSecond(server: number, client: number, seconds: number): Promise<number> {
  const serverProcess = spawn('nsenter', inNamespace(server, ['iperf3', '-s', '-1', '--forceflush']), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await firstOutput(serverProcess);
  const report: unknown = JSON.parse(run(client, 'iperf3', '-c', '10.9.0.1', '-t', String(seconds), '-J'));
  const bits = /"sum_received":\{[^}]*"bits_per_second":([0-9.e+]+)/.exec(JSON.stringify(report))?.[1];
  if (bits === undefined) throw new Error('iperf3 printed no sum');
  return Number(bits) / 1e9;
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
  const veth = await gigabitsPerSecond(server, client, seconds);
  run(server, 'ip', 'link', 'delete', 'eth0');
  const forwarder = spawn(process.execPath, [...nodeArguments, 'forward', ...pids.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await firstOutput(forwarder);
  configure();
  const tap = await gigabitsPerSecond(server, client, seconds);
  const ping = /= [\d.]+\/([\d.]+)/.exec(run(client, 'ping', '-q', '-i', '0.01', '-c', '100', '10.9.0.1'))?.[1];
  for (const child of [forwarder, ...holders]) child.kill('SIGKILL');
  console.log(`veth pair        ${veth.toFixed(1)} Gbit/s`);
  console.log(`TAP, frame loop  ${tap.toFixed(1)} Gbit/s, ratio ${(tap / veth).toFixed(2)}, round trip ${ping} ms`);
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === 'forward') forward(rest.map(Number));
else if (mode === 'measure') await measure(Number(rest[0]));
else {
  const room = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', process.execPath];
  execFileSync('unshare', [...room, ...nodeArguments, 'measure', mode ?? '3'], { stdio: 'inherit' });
}
