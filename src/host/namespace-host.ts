/**
 * Runs guests in namespaces of this machine: the room's side of processes, root file systems and interfaces.
 *
 * Belongs into the room process, which has mount, network and process namespaces of its own: everything made here
 * ends with it. A guest gets a network, mount, UTS, IPC, cgroup and process namespace that belong to a user namespace
 * of its own, in which its root is an unprivileged user of the machine (see user-namespace.ts). Its root is an overlay
 * over the image; where an overlay over / is refused (an unprivileged room), overlays over its folders.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  GuestEnd,
  GuestHost,
  GuestLaunch,
  GuestLink,
  GuestName,
  GuestNic,
  GuestProcess,
} from '../guest/guest-host.ts';
import { sealDescriptors } from './descriptors.ts';
import { guestEnvironment } from './enter-guest.ts';
import { FlowSwitch, type FlowSwitchDescriptors } from './flow-switch.ts';
import { GUEST_LIBRARY, type GuestImage, type IdMap, makeGuestImage } from './guest-image.ts';
import { plugInterface } from './guest-interface.ts';
import {
  bindMount,
  bindTree,
  detachMount,
  GUEST_DEVICES,
  makeDevice,
  makeDirectory,
  makeFifo,
  makeReadOnly,
  mountMemory,
  mountOverlay,
} from './mount.ts';
import { namespaceOfProcess } from './network-namespace.ts';
import { UserNamespaces } from './user-namespace.ts';

/** What the room's guests are made of. */
export interface NamespaceHostOptions {
  /** True for a room made by root: guests get shifted users and a root that is one overlay. */
  readonly privileged: boolean;
  /** Static busybox of the host. */
  readonly busybox: string;
  /** The first program of a guest: sh text, arguments root and host name. */
  readonly bootScript: string;
  /** Programs of the image: path to text. */
  readonly programs: ReadonlyMap<string, string>;
  /** Folders that guests must not see. */
  readonly hiddenDirectories: readonly string[];
  /** Most that one guest's root may hold, in bytes; it is memory. */
  readonly rootSizeBytes: number;
}

/** Root's users in guests, outside: beyond every range that systemd and distributions give out (UIDS-GIDS.md of systemd). */
const SHIFTED_IDS: IdMap = { firstHostId: 1_879_048_192, count: 65_536 };
const OWN_ID: IdMap = { firstHostId: 0, count: 1 };
/** A folder that every Linux has and nothing in the room needs; the room's own memory is mounted over it. */
const ROOM_DIRECTORY = '/dev/shm';
/** A guest that floods its console is read no faster than this, in bytes a second; it waits, nobody else does. */
const CONSOLE_BYTES_PER_SECOND = 4_194_304;

/** The host of this room's guests. Make one per process, with `open`. */
export class NamespaceHost implements GuestHost {
  readonly #options: NamespaceHostOptions;
  readonly #userNamespaces: UserNamespaces;
  readonly #image: GuestImage;
  readonly #ids: IdMap;
  #flowSwitch: FlowSwitch | undefined;

  private constructor(options: NamespaceHostOptions, ids: IdMap, image: GuestImage, userNamespaces: UserNamespaces) {
    this.#options = options;
    this.#ids = ids;
    this.#image = image;
    this.#userNamespaces = userNamespaces;
  }

  /** Makes the image and what guests share. @throws with the reason where this machine cannot run guests. */
  static async open(options: NamespaceHostOptions): Promise<NamespaceHost> {
    sealDescriptors();
    const ids = options.privileged ? SHIFTED_IDS : OWN_ID;
    const userNamespaces = new UserNamespaces(ids);
    const map = await userNamespaces.take();
    userNamespaces.replenish();
    try {
      mountMemory(ROOM_DIRECTORY, { sizeBytes: 2 ** 26, mode: 0o755, devices: options.privileged });
      makeDirectory(join(ROOM_DIRECTORY, 'guests'), 0o755);
      makeDevices(makeDirectory(join(ROOM_DIRECTORY, 'dev'), 0o755), options.privileged);
      writeFileSync(join(ROOM_DIRECTORY, 'boot'), options.bootScript, { mode: 0o755 });
      const image = makeGuestImage({
        directory: ROOM_DIRECTORY,
        ids,
        userNamespaceFd: options.privileged ? map.fd : undefined,
        busybox: options.busybox,
        hiddenDirectories: options.hiddenDirectories,
        programs: options.programs,
      });
      return new NamespaceHost(options, ids, image, userNamespaces);
    } finally {
      map.close();
    }
  }

  /** Gives guests whose interfaces are to be virtual functions those of this switch from now on. */
  useFlowSwitch(descriptors: FlowSwitchDescriptors): void {
    this.#flowSwitch = new FlowSwitch(descriptors);
  }

  makeRoot(name: GuestName, files: ReadonlyMap<string, string>): string {
    const directory = guestDirectory(name);
    const root = join(directory, 'root');
    if (existsSync(directory)) return root;
    mkdirSync(directory, { mode: 0o755 });
    mountMemory(directory, { sizeBytes: this.#options.rootSizeBytes, mode: 0o755, devices: false });
    try {
      this.#mountRoot(directory, root, files);
    } catch (error) {
      this.removeRoot(name);
      throw error;
    }
    return root;
  }

  removeRoot(name: GuestName): void {
    const directory = guestDirectory(name);
    if (!existsSync(directory)) return;
    detachMount(directory); // and with it every mount below
    rmSync(directory, { recursive: true });
  }

  async launch(launch: GuestLaunch): Promise<GuestProcess> {
    const console = openConsole(join(guestDirectory(launch.name), 'console'), launch.console);
    const userNamespace = await this.#userNamespaces.take();
    try {
      const child = this.#spawn(launch, userNamespace.fd, console.fd);
      const ended = endOf(child).finally(() => console.close());
      const stream = child.stdio[3];
      if (!(stream instanceof Readable)) throw new Error('a guest has a status descriptor');
      const status = new BootStatus(stream, ended, launch.name);
      await status.says('ready');
      const booted = status.says('booted').finally(() => status.close());
      booted.catch(() => {}); // whoever awaits it hears of it
      return guestProcess(child, ended, booted);
    } finally {
      userNamespace.close();
      this.#userNamespaces.replenish();
    }
  }

  plug(process: GuestProcess, name: string, { mac, mtuBytes, nic }: GuestNic): GuestLink {
    const namespace = namespaceOfProcess(process.roomPid);
    try {
      const flowSwitch = nic.kind === 'sriov' ? this.#flowSwitch : undefined;
      return plugInterface({ name, mac, mtuBytes, namespace }, flowSwitch);
    } finally {
      namespace.close();
    }
  }

  delay(ms: number): Promise<void> {
    return delay(ms, undefined, { ref: false });
  }

  #spawn(launch: GuestLaunch, userNamespaceFd: number, consoleFd: number): ChildProcess {
    const enter = [
      `--user=/proc/${process.pid}/fd/${userNamespaceFd}`,
      ...(this.#options.privileged ? [] : ['--preserve-credentials']), // see enter-guest.ts
    ];
    const namespaces = ['--mount', '--uts', '--ipc', '--net', '--cgroup', '--pid', '--fork', '--kill-child'];
    const boot = [`${ROOM_DIRECTORY}/image${GUEST_LIBRARY}/busybox`, 'sh', `${ROOM_DIRECTORY}/boot`];
    return spawn('nsenter', [...enter, 'unshare', ...namespaces, ...boot, launch.root, launch.hostName], {
      cwd: '/',
      env: guestEnvironment(undefined),
      stdio: ['pipe', consoleFd, consoleFd, 'pipe'],
    });
  }

  #mountRoot(directory: string, root: string, files: ReadonlyMap<string, string>): void {
    makeFifo(join(directory, 'console'), 0o622);
    makeDirectory(root, 0o755);
    if (this.#options.privileged) this.#mountWhole(directory, root, files);
    else this.#mountFolders(directory, root, files);
    for (const path of ['proc', 'sys', 'dev', 'run', 'tmp'])
      if (!existsSync(join(root, path))) makeDirectory(join(root, path), 0o755);
    bindTree(join(ROOM_DIRECTORY, 'dev'), join(root, 'dev'));
    bindMount(join(directory, 'console'), join(root, 'dev/console'));
  }

  /** One overlay over the whole image. */
  #mountWhole(directory: string, root: string, files: ReadonlyMap<string, string>): void {
    const upper = makeDirectory(join(directory, 'upper'), 0o755);
    const work = makeDirectory(join(directory, 'work'), 0o755);
    this.#give(upper);
    for (const [path, text] of files) this.#write(upper, path, text);
    mountOverlay(root, { lower: this.#image.layers, upper, work, attributes: 'trusted' });
  }

  /** Overlays over the folders that a guest changes; links and the other folders as on the host. */
  #mountFolders(directory: string, root: string, files: ReadonlyMap<string, string>): void {
    for (const name of readdirSync('/')) {
      const found = lstatSync(`/${name}`);
      if (found.isSymbolicLink()) symlinkSync(readlinkSync(`/${name}`), join(root, name));
      else if (found.isDirectory()) this.#mountFolder(directory, root, name, files);
    }
  }

  #mountFolder(directory: string, root: string, name: string, files: ReadonlyMap<string, string>): void {
    const target = makeDirectory(join(root, name), 0o755);
    if (/^lib/.test(name) || name === 'bin' || name === 'sbin') {
      bindTree(`/${name}`, target);
      return;
    }
    if (name !== 'etc' && name !== 'usr' && name !== 'var' && name !== 'opt') return;
    const upper = join(directory, 'upper', name);
    const work = join(directory, 'work', name);
    for (const path of [upper, work]) mkdirSync(path, { recursive: true, mode: 0o755 });
    for (const [path, text] of files)
      if (path.startsWith(`/${name}/`)) this.#write(join(directory, 'upper'), path, text);
    const lower = this.#image.layers.map((layer) => join(layer, name)).filter((path) => existsSync(path));
    mountOverlay(target, { lower, upper, work, attributes: 'user' });
  }

  #write(upper: string, path: string, text: string): void {
    const parent = join(upper, dirname(path));
    if (!existsSync(parent)) {
      mkdirSync(parent, { mode: 0o755 });
      this.#give(parent);
    }
    writeFileSync(join(upper, path), text, { mode: 0o644 });
    this.#give(join(upper, path));
  }

  #give(path: string): void {
    chownSync(path, this.#ids.firstHostId, this.#ids.firstHostId);
  }
}

const guestDirectory = (name: GuestName): string => join(ROOM_DIRECTORY, 'guests', name);

/** The folder that is every guest's /dev: read-only, with the places where each guest mounts its own. */
function makeDevices(directory: string, privileged: boolean): void {
  for (const [name, major, minor] of GUEST_DEVICES) {
    const path = join(directory, name);
    if (privileged) {
      makeDevice(path, major, minor);
      continue;
    }
    writeFileSync(path, '');
    bindMount(`/dev/${name}`, path);
  }
  for (const name of ['pts', 'shm']) makeDirectory(join(directory, name), 0o755);
  writeFileSync(join(directory, 'console'), '');
  for (const [name, target] of DEVICE_LINKS) symlinkSync(target, join(directory, name));
  bindTree(directory, directory);
  makeReadOnly(directory);
}

const DEVICE_LINKS = [
  ['ptmx', 'pts/ptmx'],
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
] as const;

/** Opens the reading end of a console, which stays open while no guest writes. */
function openConsole(path: string, sink: (bytes: Uint8Array) => void): { readonly fd: number; close(): void } {
  // Opened for both, or opening would wait for the other end, and reading would end with the last writer.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY);
  const socket = new Socket({ fd, readable: true, writable: false });
  let budgetBytes = CONSOLE_BYTES_PER_SECOND;
  const refill = setInterval(() => {
    budgetBytes = CONSOLE_BYTES_PER_SECOND;
    socket.resume();
  }, 1000).unref();
  socket.on('data', (bytes) => {
    sink(bytes);
    budgetBytes -= bytes.length;
    if (budgetBytes <= 0) socket.pause();
  });
  const close = (): void => {
    clearInterval(refill);
    closeSync(writeEnd);
    // What the last process wrote is still in the pipe; one turn of the event loop reads it.
    setTimeout(() => socket.destroy(), 50).unref();
  };
  return { fd: writeEnd, close };
}

/** How the guest ended: unshare(1) dies of the signal of which process 1 died (see init-script.ts). */
const endOf = (child: ChildProcess): Promise<GuestEnd> =>
  new Promise((resolve) => {
    child.once('error', () => resolve('crash'));
    child.once('exit', (_code, signal) => {
      resolve(signal === 'SIGINT' ? 'poweroff' : signal === 'SIGHUP' ? 'reboot' : 'crash');
    });
  });

/** Waits for what a booting guest says on its status descriptor. */
class BootStatus {
  readonly #stream: Readable;
  readonly #ended: Promise<GuestEnd>;
  readonly #name: GuestName;
  #said = '';

  constructor(stream: Readable, ended: Promise<GuestEnd>, name: GuestName) {
    this.#stream = stream;
    this.#ended = ended;
    this.#name = name;
    stream.on('data', (text: Buffer) => {
      // No more than the words expected: what follows is a hostile guest's.
      if (this.#said.length < 64) this.#said += text.toString();
    });
  }

  /** Resolves when the word has been said. @throws where the guest ends first. */
  async says(word: string): Promise<void> {
    const heard = new Promise<true>((resolve) => {
      const look = (): void => {
        if (this.#said.includes(word)) resolve(true);
      };
      this.#stream.on('data', look);
      look();
    });
    const first = await Promise.race([heard, this.#ended]);
    if (first !== true) throw new Error(`${this.#name} did not start: it ended before it was ${word}`);
  }

  close(): void {
    this.#stream.destroy();
  }
}

function guestProcess(child: ChildProcess, ended: Promise<GuestEnd>, booted: Promise<void>): GuestProcess {
  const outer = child.pid ?? 0;
  const roomPid = Number(readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8').trim());
  const { stdin } = child;
  stdin?.on('error', () => {}); // The guest has ended, which `ended` tells.
  const signals = { poweroff: 'SIGUSR2', reboot: 'SIGTERM', kill: 'SIGKILL' } as const;
  let alive = true;
  void ended.then(() => {
    alive = false;
  });
  return {
    roomPid,
    booted,
    ended,
    tell(line) {
      if (!alive || stdin === null || stdin.writableLength > 0) return false;
      return stdin.write(`${line}\n`);
    },
    signal(request) {
      if (alive) signalProcess(roomPid, signals[request]);
    },
  };
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has just ended, and its end is about to be told.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
