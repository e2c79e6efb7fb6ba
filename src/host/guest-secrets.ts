/**
 * Finds what guests must not read of the machine's own file system: what not everybody on the machine may read.
 *
 * Root in a guest owns root's files there, so that it can install and configure; a file's mode does not keep it out.
 */
import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A file that is to be absent or a folder that is to be empty in guests. */
export interface HostSecret {
  readonly kind: 'file' | 'directory';
  readonly path: string;
  /** Mode bits on the host. */
  readonly mode: number;
}

/** Folders searched, and how deep: settings wholly, elsewhere only whole folders (data of services) are looked at. */
const SEARCHED: ReadonlyMap<string, number> = new Map([
  ['/', 1],
  ['/etc', 16],
  ['/opt', 1],
  ['/usr/local', 2],
  ['/var', 1],
  ['/var/cache', 2],
  ['/var/lib', 2],
]);
/** Not secret though not for everybody, and needed. */
const KEPT = new Set(['/etc/sudoers', '/etc/sudoers.d']);
const OTHERS_MAY_READ = 0o004;
const OTHERS_MAY_ENTER = 0o005;

/** Every secret of the host; some 10 ms for 2,000 files in /etc. */
export const hostSecrets = (): HostSecret[] =>
  [...SEARCHED].flatMap(([directory, depth]) => secretsBelow(directory, depth));

/** The secrets below a folder, down to a depth; nothing where the folder does not exist. */
export function secretsBelow(directory: string, depth: number): HostSecret[] {
  if (depth === 0) return [];
  return entriesOf(directory).flatMap((entry) => secretsAt(join(directory, entry.name), entry, depth));
}

function secretsAt(path: string, entry: Dirent, depth: number): HostSecret[] {
  if (KEPT.has(path) || !(entry.isFile() || entry.isDirectory())) return [];
  const mode = (lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0o777) & 0o7777;
  if (entry.isFile()) return (mode & OTHERS_MAY_READ) === 0 ? [{ kind: 'file', path, mode }] : [];
  if ((mode & OTHERS_MAY_ENTER) !== OTHERS_MAY_ENTER) return [{ kind: 'directory', path, mode }];
  return secretsBelow(path, depth - 1);
}

const entriesOf = (directory: string): Dirent[] => {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return []; // The host does not have the folder, so there is nothing in it to hide.
  }
};
