/**
 * User namespaces for guests, made ahead so that no guest waits for one.
 *
 * Root in a guest is user 0 of its namespace and an ordinary user outside: it has every privilege over its own
 * interfaces, mounts and processes, and none over the machine (user_namespaces(7)).
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { IdMap } from './guest-image.ts';

/** A user namespace that lives as long as its descriptor or a process in it. */
export interface UserNamespace {
  /** Descriptor, as /proc/PID/ns/user gives it. */
  readonly fd: number;
  close(): void;
}

/** Makes a user namespace with a map. @throws where the machine does not allow it. */
export async function makeUserNamespace(ids: IdMap): Promise<UserNamespace> {
  const holder = spawn('unshare', ['--user', 'sh', '-c', 'echo; read -r line'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  holder.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(0, 1000);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      holder.once('error', reject);
      holder.once('exit', () => reject(new Error(`no user namespace to be had: ${complaint.trim()}`)));
      holder.stdout.once('data', () => resolve());
    });
    const process = `/proc/${holder.pid}`;
    const map = `0 ${ids.firstHostId} ${ids.count}\n`;
    // One id is all that an unprivileged room has to give, and then the kernel wants setgroups(2) shut first.
    if (ids.count === 1) writeFileSync(`${process}/setgroups`, 'deny');
    writeFileSync(`${process}/uid_map`, map);
    writeFileSync(`${process}/gid_map`, map);
    const fd = openSync(`${process}/ns/user`, 'r');
    return { fd, close: () => closeSync(fd) };
  } finally {
    holder.removeAllListeners('exit');
    holder.stdin.on('error', () => {}); // It may have ended already; then there is nothing to end.
    holder.stdin.end('\n');
  }
}

/** Keeps one user namespace in reserve. */
export class UserNamespaces {
  readonly #ids: IdMap;
  #next: Promise<UserNamespace> | undefined;

  constructor(ids: IdMap) {
    this.#ids = ids;
  }

  /** A user namespace for the caller alone, who closes it. */
  async take(): Promise<UserNamespace> {
    const taken = this.#next ?? makeUserNamespace(this.#ids);
    this.#next = undefined;
    return taken;
  }

  /** Makes the reserve, if it is not there; a failure shows in the next `take`. */
  replenish(): void {
    if (this.#next !== undefined) return;
    this.#next = makeUserNamespace(this.#ids);
    this.#next.catch(() => {});
  }
}
