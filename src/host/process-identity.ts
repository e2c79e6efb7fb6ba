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
