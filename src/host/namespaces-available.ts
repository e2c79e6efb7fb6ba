/**
 * Finds out whether this machine can run namespace guests, and says in a line what to do where it cannot.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { arch, getuid, platform } from 'node:process';
import { promisify } from 'node:util';

/** Whether a machine room with namespace guests can be made. */
export type NamespacesAvailable =
  | {
      readonly available: true;
      /** True for root: the room shares the host's user namespace, and guests have shifted users. */
      readonly privileged: boolean;
      /** Path of a static busybox. */
      readonly busybox: string;
    }
  | { readonly available: false; readonly reason: string };

const INSTALL = 'apt-get install iproute2 util-linux busybox-static';
const PATH_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** What the programs in a guest use of busybox. */
const APPLETS = ['sh', 'udhcpc', 'nc', 'ip', 'ipcalc', 'pivot_root', 'mount', 'umount', 'poweroff', 'usleep'];
const run = promisify(execFile);

const usable = (path: string, mode: number): boolean => {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
};

const find = (program: string): string | undefined =>
  PATH_FOLDERS.map((folder) => `${folder}/${program}`).find((path) => usable(path, constants.X_OK));

/** True for an ELF program without an interpreter (program header PT_INTERP, elf(5)); 64-bit little-endian only. */
function isStatic(path: string): boolean {
  const file = readFileSync(path);
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f45_4c46 || file[4] !== 2) return false;
  const tableOffset = Number(file.readBigUInt64LE(32));
  const entryBytes = file.readUInt16LE(54);
  const count = file.readUInt16LE(56);
  for (let entry = 0; entry < count; entry++)
    if (file.readUInt32LE(tableOffset + entry * entryBytes) === 3) return false;
  return true;
}

/** The reason why there is no room, or the way to make it. Takes some 10 ms; changes nothing. */
export async function namespacesAvailable(): Promise<NamespacesAvailable> {
  const reason = (text: string): NamespacesAvailable => ({ available: false, reason: text });
  if (platform !== 'linux') return reason(`namespace guests need Linux; this is ${platform}`);
  if (arch !== 'x64' && arch !== 'arm64')
    return reason(`namespace guests need an x64 or arm64 processor; this is ${arch}`);
  const missing = ['ip', 'unshare', 'nsenter', 'setpriv', 'busybox'].filter((program) => find(program) === undefined);
  if (missing.length > 0) return reason(`${missing.join(', ')} not found; as root: ${INSTALL}`);
  const busybox = find('busybox') ?? '';
  if (!isStatic(busybox)) return reason(`${busybox} is not a static program; as root: ${INSTALL}`);
  if (!usable('/dev/net/tun', constants.R_OK | constants.W_OK))
    return reason('/dev/net/tun cannot be opened; as root: modprobe tun && chmod 666 /dev/net/tun');
  const privileged = getuid?.() === 0;
  const [applets, trial] = await Promise.all([missingApplets(busybox), failedTrial(privileged)]);
  const failure = applets ?? trial;
  return failure === undefined ? { available: true, privileged, busybox } : reason(failure);
}

async function missingApplets(busybox: string): Promise<string | undefined> {
  const { stdout } = await run(busybox, ['--list']);
  const applets = new Set(stdout.split('\n'));
  const missing = APPLETS.filter((applet) => !applets.has(applet));
  return missing.length === 0 ? undefined : `${busybox} has no ${missing.join(', ')}; as root: ${INSTALL}`;
}

/** Flags for unshare(1) with which the room is made. */
export const roomNamespaces = (privileged: boolean): readonly string[] => [
  ...(privileged ? [] : ['--user', '--map-root-user']),
  ...['--mount', '--net', '--ipc', '--pid', '--fork', '--kill-child', '--mount-proc'],
];

async function failedTrial(privileged: boolean): Promise<string | undefined> {
  try {
    await run('unshare', [...roomNamespaces(privileged), 'true'], { timeout: 10_000 });
    return undefined;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    const advice = privileged
      ? 'this container or machine does not let root make namespaces'
      : 'run localvpc as root, or allow unprivileged user namespaces';
    return `${said.split('\n').at(-1)}; ${advice}`;
  }
}
