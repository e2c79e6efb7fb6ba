/** Servers that the benchmark starts and ends: the built localvpc, and moto_server where it is installed. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startLocalvpcFor } from '../src/cli/started-localvpc.ts';
import { QueryClient } from './query-client.ts';

/** The built program. */
export const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const CONNECTIONS = 16;
const STARTS_WITHIN_MS = 20_000;

/** A server that answers calls. */
export interface ServerProcess {
  readonly url: string;
  readonly client: QueryClient;
  /** From the start of its process to the first answered call, in milliseconds. */
  readonly startedInMs: number;
  /** Resident memory of its process now, in MiB; that of moto_server is of no interest here. */
  residentMebibytes(): number;
  /** Ends it and waits until it is gone. */
  end(): Promise<void>;
}

/** Starts localvpc as users do, with its journal on disk, in a folder that is removed with it. */
export async function startLocalvpc(): Promise<ServerProcess> {
  const data = mkdtempSync(join(tmpdir(), 'localvpc-bench-'));
  const startedAtMs = performance.now();
  const { process: child, url } = await startLocalvpcFor(CLI, ['--data', data]);
  const client = new QueryClient(url, CONNECTIONS);
  await client.call('DescribeVpcs');
  return {
    url,
    client,
    startedInMs: performance.now() - startedAtMs,
    residentMebibytes: () => residentMebibytes(child),
    async end() {
      await endProcess(child, client);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Starts moto_server at a free port; undefined where it is not installed. */
export async function startMoto(): Promise<ServerProcess | undefined> {
  const program = motoProgram();
  if (program === undefined) return undefined;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const startedAtMs = performance.now();
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const client = new QueryClient(url, CONNECTIONS);
  while (!(await answers(client))) {
    if (performance.now() - startedAtMs < STARTS_WITHIN_MS && child.exitCode === null) continue;
    await endProcess(child, client);
    return undefined;
  }
  const startedInMs = performance.now() - startedAtMs;
  return { url, client, startedInMs, residentMebibytes: () => 0, end: () => endProcess(child, client) };
}

/** Where a version manager puts a script that starts the program, the program itself: a signal is to reach it. */
function motoProgram(): string | undefined {
  for (const command of [
    ['pyenv', 'which', 'moto_server'],
    ['which', 'moto_server'],
  ] as const) {
    try {
      return execFileSync(command[0], command.slice(1), {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {
      // Not by this way.
    }
  }
  return undefined;
}

async function answers(client: QueryClient): Promise<boolean> {
  try {
    await client.call('DescribeVpcs');
    return true;
  } catch {
    await sleep(10);
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function endProcess(child: ChildProcess, client: QueryClient): Promise<void> {
  client.close();
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}

function residentMebibytes(child: ChildProcess): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) / 1024;
}
