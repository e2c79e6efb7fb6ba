/** Runs a program of the user's inside the namespaces of a guest, or of the internet, with the terminal passed through. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import {
  enterArguments,
  enterNetworkArguments,
  type GuestEntrance,
  guestEnvironment,
  withResolver,
} from '../host/enter-guest.ts';
import { CommandFailure, errorCodeOf, messageOf } from './failure.ts';

/**
 * The program that the words after an instance name: those after `--`, which commander leaves there when an operand
 * came before it. A shell where there are none.
 */
export function programOf(words: readonly string[]): readonly string[] {
  const program = words[0] === '--' ? words.slice(1) : words;
  return program.length > 0 ? program : ['/bin/sh'];
}

/** What a program printed and how it ended. */
export interface CollectedRun {
  readonly status: number;
  /** Output and error stream, as they came. */
  readonly output: string;
}

/**
 * Runs a command where the process `hostPid` lives. Standard input, output, error stream and terminal are the caller's.
 * @returns its exit status; 128 + the signal's number where a signal ended it.
 */
export async function runInside(hostPid: number, command: readonly string[]): Promise<number> {
  return await untilEnded(() => startInside(hostPid, command, 'inherit'), childrenOf);
}

/** A network of another process's, as a program of the user's is to see it. */
export interface Network {
  readonly hostPid: number;
  /** What /etc/resolv.conf is to say; the machine's own where it is undefined. */
  readonly resolver: string | undefined;
}

/**
 * Runs a command of the caller's own, in its folder and with its files, at another network.
 * @returns as `runInside`.
 */
export async function runAtNetwork(
  { hostPid, resolver }: Network,
  command: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const program = resolver === undefined ? command : withResolver(resolver, command);
  return await untilEnded(() => startAtNetwork(hostPid, program, { stdio: 'inherit', env }), itself);
}

/** Starts a command of the caller's own at the network of the process `hostPid`; it becomes the child itself. */
export function startAtNetwork(hostPid: number, command: readonly string[], options: SpawnOptions): ChildProcess {
  refuseUnreachable(hostPid);
  return spawn('nsenter', [...enterNetworkArguments(entranceOf(hostPid)), ...command], options);
}

/** nsenter has become the program: it forks for a process namespace only. */
const itself = (pid: number): readonly number[] => [pid];

/**
 * Signals are heeded before the program starts: it may be heard of, and be signalled, before `start` has returned.
 * @param programsOf who is to be signalled, by the id of the process that was started
 */
async function untilEnded(start: () => ChildProcess, programsOf: (pid: number) => readonly number[]): Promise<number> {
  let child: ChildProcess | undefined;
  const release = passSignals(() => child, programsOf);
  try {
    child = start();
    return await exitStatus(child);
  } finally {
    release();
  }
}

/** Runs a command where the process `hostPid` lives and collects what it prints; it reads nothing. */
export async function collectInside(hostPid: number, command: readonly string[]): Promise<CollectedRun> {
  const child = startInside(hostPid, command, 'pipe');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  child.stdin?.end();
  return { status: await exitStatus(child), output };
}

function startInside(hostPid: number, command: readonly string[], stdio: 'inherit' | 'pipe'): ChildProcess {
  refuseUnreachable(hostPid);
  return spawn('nsenter', [...enterArguments(entranceOf(hostPid)), ...command], {
    stdio,
    env: guestEnvironment(process.env.TERM),
  });
}

/** Guests of root's room are entered as root, those of a user's room by that user, who is root inside already. */
const entranceOf = (hostPid: number): GuestEntrance => ({ hostPid, privileged: process.geteuid?.() === 0 });

/** Says why a process cannot be entered before nsenter does so in its own words. */
function refuseUnreachable(hostPid: number): void {
  try {
    readlinkSync(`/proc/${hostPid}/ns/net`);
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === 'EACCES' || code === 'EPERM') {
      throw new CommandFailure(
        'The running localvpc belongs to another user, so its guests cannot be entered.',
        'Type the same again with: sudo --preserve-env=LOCALVPC_ENDPOINT',
      );
    }
    throw new CommandFailure(
      `The process to enter (pid ${hostPid}) is gone: the guest has ended, or localvpc runs on another machine.`,
      'Look at: localvpc status',
    );
  }
}

/** `close` comes when the child has ended and its output is read to the end. */
export function exitStatus(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      const missing = errorCodeOf(error) === 'ENOENT';
      const advice = missing ? 'It is in the package util-linux: apt-get install util-linux' : undefined;
      reject(new CommandFailure(`nsenter could not be started: ${messageOf(error)}`, advice));
    });
    child.once('close', (status, signal) => resolve(status ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

/**
 * Keys such as Ctrl-C reach the program by the terminal itself, so they only must not end this process. A signal sent
 * to this process is handed to the program: nsenter waits for it and hands nothing on.
 */
function passSignals(
  childOf: () => ChildProcess | undefined,
  programsOf: (pid: number) => readonly number[],
): () => void {
  const ignore = (): void => undefined;
  const pass = (signal: NodeJS.Signals): void => {
    const child = childOf();
    const programs = child?.pid === undefined ? [] : programsOf(child.pid);
    for (const pid of programs) process.kill(pid, signal);
    // nsenter has not started the program yet: without nsenter it never will.
    if (programs.length === 0) child?.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, ignore);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, pass);
  return () => {
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.off(signal, ignore);
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, pass);
  };
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    // The process has just ended, and with it what was to be told.
    return [];
  }
}
