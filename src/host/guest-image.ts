/**
 * The image `ami-host`: the machine's own file system, without its secrets, as the lower layers of every guest's root.
 *
 * Two layers, made once per room. `host` is the file system that is mounted at / and nothing mounted below it; for a
 * privileged room it is an id-mapped mount, so that root inside a guest is an unprivileged user outside and yet owns
 * the files that root owns. `image` lies over it: what is hidden, and what localvpc adds. Overlay layers are described
 * in Documentation/filesystems/overlayfs.rst of Linux, id-mapped mounts in mount_setattr(2) (Linux 5.12; as a layer of
 * an overlay, 5.19).
 */
import { chmodSync, chownSync, copyFileSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hostSecrets } from './guest-secrets.ts';
import { bindMount, makeOpaque, makeWhiteout, mountIdMapped } from './mount.ts';
import { SystemCallError } from './system-calls.ts';

/** Where the parts of localvpc lie inside a guest. */
export const GUEST_LIBRARY = '/usr/lib/localvpc';

/** Folders of the host that a guest sees empty, with their mode: homes, logs, backups, other people's data. */
const HIDDEN_FOLDERS: ReadonlyMap<string, number> = new Map([
  ['/root', 0o700],
  ['/home', 0o755],
  ['/boot', 0o755],
  ['/mnt', 0o755],
  ['/media', 0o755],
  ['/srv', 0o755],
  ['/lost+found', 0o700],
  ['/var/backups', 0o755],
  ['/var/lib/cloud', 0o755],
  ['/var/log', 0o755],
  ['/var/mail', 0o755],
  ['/var/spool', 0o755],
  ['/var/tmp', 0o1777],
]);

/** Whose files the guests' are, outside: inside, user 0 to `count - 1`. */
export interface IdMap {
  readonly firstHostId: number;
  readonly count: number;
}

/** What the image is made of. */
export interface GuestImageOptions {
  /** An empty folder of the room, in a file system that takes trusted or user extended attributes. */
  readonly directory: string;
  readonly ids: IdMap;
  /** User namespace with that map, to mount the host's files id-mapped; undefined in an unprivileged room. */
  readonly userNamespaceFd: number | undefined;
  /** Static busybox of the host. */
  readonly busybox: string;
  /** Further folders of the host that guests must not see (localvpc's own data). Absolute, no symbolic links. */
  readonly hiddenDirectories: readonly string[];
  /** Programs added to the guest: path to text; all executable. */
  readonly programs: ReadonlyMap<string, string>;
}

/** The layers of a guest's root below its own. */
export interface GuestImage {
  /** Folders, uppermost first, for `lowerdir=`. */
  readonly layers: readonly string[];
  /** False where the host's files could not be id-mapped: root in a guest then cannot change them. */
  readonly idMapped: boolean;
}

/** Makes the image. @throws where the room's own file system does not take it. */
export function makeGuestImage(options: GuestImageOptions): GuestImage {
  const image = join(options.directory, 'image');
  mkdirSync(image, { mode: 0o755 });
  const { path: host, idMapped } = hostLayer(join(options.directory, 'host'), options.userNamespaceFd);
  const layer = new ImageLayer(image, host, idMapped, options);
  for (const [path, mode] of HIDDEN_FOLDERS) layer.hideDirectory(path, mode);
  for (const path of options.hiddenDirectories) layer.hideDirectory(path, 0o755);
  if (options.userNamespaceFd !== undefined) hideSecrets(layer);
  // Where user data is kept; above it, an unprivileged guest could not make it.
  layer.makeDirectory('/var/lib/cloud');
  layer.write('/etc/shadow', lockedPasswords(), 0o640);
  layer.write('/etc/resolv.conf', '', 0o644);
  layer.write('/etc/hostname', '', 0o644);
  for (const [path, text] of options.programs) layer.write(path, text, 0o755);
  layer.copy(options.busybox, `${GUEST_LIBRARY}/busybox`, 0o755);
  return { layers: [image, host], idMapped };
}

/** An unprivileged room may not mount / a second time, and takes its folders one by one from where they are. */
function hostLayer(target: string, userNamespaceFd: number | undefined): { path: string; idMapped: boolean } {
  if (userNamespaceFd === undefined) return { path: '/', idMapped: false };
  mkdirSync(target, { mode: 0o755 });
  try {
    mountIdMapped('/', target, userNamespaceFd);
    return { path: target, idMapped: true };
  } catch (error) {
    // An older kernel, or a root file system without id-mapped mounts: the plain one does, see `idMapped`.
    if (!(error instanceof SystemCallError)) throw error;
    bindMount('/', target);
    return { path: target, idMapped: false };
  }
}

/** A shadow file in which every user of the host has a password that nothing matches. */
const lockedPasswords = (): string =>
  readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':')[0] ?? '')
    .filter((name) => name !== '')
    .map((name) => `${name}:*:19000:0:99999:7:::\n`)
    .join('');

/** Hides what guest-secrets.ts finds; an unprivileged user cannot read it anyway. */
function hideSecrets(layer: ImageLayer): void {
  for (const secret of hostSecrets())
    if (secret.kind === 'directory') layer.hideDirectory(secret.path, secret.mode);
    else layer.hideFile(secret.path);
}

/** Writes the layer that lies over the host's files. */
class ImageLayer {
  readonly #directory: string;
  readonly #host: string;
  readonly #idMapped: boolean;
  readonly #options: GuestImageOptions;

  constructor(directory: string, host: string, idMapped: boolean, options: GuestImageOptions) {
    this.#directory = directory;
    this.#host = host;
    this.#idMapped = idMapped;
    this.#options = options;
    this.#give(directory);
  }

  hideDirectory(path: string, mode: number): void {
    if (this.#kindOnHost(path) !== 'directory') return;
    const target = this.#directories(path);
    chmodSync(target, mode);
    makeOpaque(target, this.#attributes);
  }

  makeDirectory(path: string): void {
    this.#directories(path);
  }

  hideFile(path: string): void {
    this.#directories(dirname(path));
    makeWhiteout(this.#directory + path);
  }

  write(path: string, text: string, mode: number): void {
    this.#directories(dirname(path));
    rmSync(this.#directory + path, { force: true }); // It may have been hidden.
    writeFileSync(this.#directory + path, text, { mode });
    chmodSync(this.#directory + path, mode);
    this.#give(this.#directory + path);
  }

  copy(source: string, path: string, mode: number): void {
    this.#directories(dirname(path));
    copyFileSync(source, this.#directory + path);
    chmodSync(this.#directory + path, mode);
    this.#give(this.#directory + path);
  }

  get #attributes(): 'trusted' | 'user' {
    return this.#options.userNamespaceFd === undefined ? 'user' : 'trusted';
  }

  /** Makes the folder in the layer, and those above it, with the modes that they have on the host. */
  #directories(path: string): string {
    const target = join(this.#directory, path);
    if (path === '/' || path === '.') return target;
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) return target;
    this.#directories(dirname(path));
    const onHost = lstatSync(join(this.#host, path), { throwIfNoEntry: false });
    mkdirSync(target);
    chmodSync(target, onHost === undefined ? 0o755 : onHost.mode & 0o7777);
    if (this.#idMapped && onHost !== undefined) chownSync(target, onHost.uid, onHost.gid);
    else this.#give(target);
    return target;
  }

  #kindOnHost(path: string): 'directory' | 'other' | 'none' {
    const found = lstatSync(join(this.#host, path), { throwIfNoEntry: false });
    if (found === undefined) return 'none';
    return found.isDirectory() ? 'directory' : 'other';
  }

  #give(path: string): void {
    chownSync(path, this.#options.ids.firstHostId, this.#options.ids.firstHostId);
  }
}
