/**
 * Mounts, made by the room in its own mount namespace: nothing of them is seen or left outside.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import {
  attachMount,
  checked,
  close,
  FrameBuffer,
  MNT_DETACH,
  MS_BIND,
  MS_NODEV,
  MS_NOSUID,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  makeNode,
  mount,
  openTree,
  S_IFCHR,
  S_IFIFO,
  setExtendedAttribute,
  setMountAttributes,
  unmount,
} from './system-calls.ts';

const MOUNT_ATTR_IDMAP = 0x0010_0000;

/** Mounts a folder at a second place, without the mounts below it. */
export const bindMount = (source: string, target: string): void => {
  checked(`bind mount ${source} at ${target}`, mount(source, target, '', MS_BIND, ''));
};

/** The same with the mounts below it. */
export const bindTree = (source: string, target: string): void => {
  checked(`bind mount ${source} at ${target}`, mount(source, target, '', MS_BIND | MS_REC, ''));
};

/** Makes a bind mount read-only; device nodes on it stay writable. */
export const makeReadOnly = (target: string): void => {
  checked(`remount ${target} read-only`, mount('', target, '', MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID, ''));
};

/** Mounts the file system at `source` at a second place, with its owners shifted by the map of a user namespace. */
export function mountIdMapped(source: string, target: string, userNamespaceFd: number): void {
  const detached = checked(`open_tree ${source}`, openTree(source));
  try {
    const attributes = new FrameBuffer(32); // struct mount_attr: attr_set, attr_clr, propagation, userns_fd
    attributes.view.setBigUint64(0, BigInt(MOUNT_ATTR_IDMAP), true);
    attributes.view.setBigUint64(24, BigInt(userNamespaceFd), true);
    checked(`mount_setattr ${source} (id map)`, setMountAttributes(detached, attributes.address));
    checked(`move_mount ${source} to ${target}`, attachMount(detached, target));
  } finally {
    close(detached);
  }
}

/** Mounts a file system in memory that holds at most `sizeBytes`; devices on it work only where `devices`. */
export function mountMemory(target: string, options: { sizeBytes: number; mode: number; devices: boolean }): void {
  // Inodes are memory too, and are not counted in the size.
  const inodes = Math.max(1024, Math.floor(options.sizeBytes / 4096));
  const text = `size=${options.sizeBytes},nr_inodes=${inodes},mode=${options.mode.toString(8)}`;
  const flags = options.devices ? MS_NOSUID : MS_NOSUID | MS_NODEV;
  checked(`mount tmpfs at ${target}`, mount('tmpfs', target, 'tmpfs', flags, text));
}

/** Where the layers of an overlay lie; none of the paths may hold a comma or a colon. */
export interface OverlayLayers {
  /** Uppermost first. */
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
  /** Where the overlay keeps its marks: `trusted` needs root, `user` works in a user namespace. */
  readonly attributes: 'trusted' | 'user';
}

/** Mounts an overlay. */
export function mountOverlay(target: string, layers: OverlayLayers): void {
  const marks = layers.attributes === 'user' ? ',userxattr' : '';
  const options = `lowerdir=${layers.lower.join(':')},upperdir=${layers.upper},workdir=${layers.work}${marks}`;
  checked(`mount overlay at ${target}`, mount('overlay', target, 'overlay', 0, options));
}

/** Takes a mount away, with what is mounted below it, at once for new users and later for present ones. */
export const detachMount = (target: string): void => {
  checked(`unmount ${target}`, unmount(target, MNT_DETACH));
};

/** Marks a folder of an overlay's layer: what lies below it in lower layers does not show. */
export const makeOpaque = (path: string, attributes: 'trusted' | 'user'): void => {
  checked(`mark ${path} as opaque`, setExtendedAttribute(path, `${attributes}.overlay.opaque`, 'y'));
};

/** Makes the mark in an overlay's layer that a file of a lower layer is not there. */
export const makeWhiteout = (path: string): void => {
  checked(`whiteout ${path}`, makeNode(path, S_IFCHR, 0));
};

/** Makes a named pipe. */
export const makeFifo = (path: string, mode: number): void => {
  checked(`mkfifo ${path}`, makeNode(path, S_IFIFO | mode, 0));
  chmodSync(path, mode); // whatever the umask took away
};

/** The device nodes that a guest has: name, major and minor number. */
export const GUEST_DEVICES: readonly (readonly [name: string, major: number, minor: number])[] = [
  ['null', 1, 3],
  ['zero', 1, 5],
  ['full', 1, 7],
  ['random', 1, 8],
  ['urandom', 1, 9],
  ['tty', 5, 0],
];

/** Makes a character device that everybody may use. */
export const makeDevice = (path: string, major: number, minor: number): void => {
  checked(`mknod ${path}`, makeNode(path, S_IFCHR | 0o666, major * 256 + minor));
  chmodSync(path, 0o666); // whatever the umask took away
};

/** Makes a folder and returns its path. */
export function makeDirectory(path: string, mode: number): string {
  mkdirSync(path, { mode });
  return path;
}
