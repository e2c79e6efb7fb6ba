/**
 * Translates process ids of the room, which has a process namespace of its own, into those of the host.
 */
import { readFileSync } from 'node:fs';

const childrenOf = (pid: number): number[] =>
  (readOrNothing(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);

/** A process's ids from the reader's process namespace inwards (`NSpid` of proc_pid_status(5)). */
const namespacedIds = (pid: number): number[] =>
  (/^NSpid:(.*)$/m.exec(readOrNothing(`/proc/${pid}/status`) ?? '')?.[1] ?? '').trim().split(/\s+/).map(Number);

const readOrNothing = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // The process has ended.
  }
};

/** The only child of a process, undefined when it has none. Used for unshare(1) with --fork, which has one. */
export const childOf = (pid: number): number | undefined => childrenOf(pid)[0];

/**
 * The host's id of the process that the room calls `roomPid`, a child or grandchild of the room; undefined when it has
 * ended. `roomHostPid` is the room itself, seen from the host.
 */
export function hostPidOf(roomHostPid: number, roomPid: number): number | undefined {
  for (const child of childrenOf(roomHostPid)) {
    if (namespacedIds(child)[1] === roomPid) return child;
    for (const grandchild of childrenOf(child)) if (namespacedIds(grandchild)[1] === roomPid) return grandchild;
  }
  return undefined;
}

/** The machine room of a controller, as whoever asks sees it; undefined where there is none. */
export function roomOf(controllerPid: number): number | undefined {
  const holder = childrenOf(controllerPid).find((pid) => readOrNothing(`/proc/${pid}/comm`)?.trim() === 'unshare');
  return holder === undefined ? undefined : childOf(holder);
}

/** Processor time that all threads of a process have taken, in seconds (utime and stime of proc_pid_stat(5)). */
export function processorSeconds(pid: number): number {
  const [, , , , , , , , , , , user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  return (user + system) / TICKS_PER_SECOND;
}

/** sysconf(_SC_CLK_TCK), 100 on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;
