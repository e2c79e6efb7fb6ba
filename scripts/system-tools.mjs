/** The programs of the machine that localvpc's guests, tests and benchmarks use, and how to come by them. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { collect, say } from './project.mjs';

/** Debian has each version under a name of its own; those before 11 do not know what the flow switch is built with. */
const VERSIONED_CLANGS = [21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11].map((version) => `clang-${version}`);

/** What is needed, the Debian package that has it, and what it is for. */
export const SYSTEM_TOOLS = [
  { program: 'ip', debianPackage: 'iproute2', why: 'interfaces and routes of the machine room and of guests' },
  { program: 'unshare', debianPackage: 'util-linux', why: 'namespaces of the machine room and of guests' },
  { program: 'nsenter', debianPackage: 'util-linux', why: 'localvpc exec and localvpc internet' },
  { program: 'setpriv', debianPackage: 'util-linux', why: 'guests that end when what started them ends' },
  { program: 'busybox', debianPackage: 'busybox-static', why: 'the guest agent and small guests', static: true },
  { program: 'ping', debianPackage: 'iputils-ping', why: 'the tests' },
  { program: 'curl', debianPackage: 'curl', why: 'the tour and the tests' },
  { program: 'tcpdump', debianPackage: 'tcpdump', why: 'the tests of capture' },
  { program: 'openssl', debianPackage: 'openssl', why: 'the tests of signatures' },
  { program: 'ssh', debianPackage: 'openssh-client', why: 'the tests of logging in' },
  { program: 'sshd', debianPackage: 'openssh-server', why: 'instances that are logged in to', startsService: true },
  { program: 'dhclient', debianPackage: 'isc-dhcp-client', why: 'the tests of DHCPv6' },
  { program: 'rdate', debianPackage: 'rdate', why: 'the tests of the time service' },
  { program: 'nft', debianPackage: 'nftables', why: 'the NAT instance among the examples' },
  { program: 'traceroute', debianPackage: 'traceroute', why: 'the tests of routes' },
  { program: 'tracepath', debianPackage: 'iputils-tracepath', why: 'the tests of path MTUs' },
  { program: 'dig', debianPackage: 'bind9-dnsutils', why: 'the tests of DNS' },
  { program: 'ntpdig', debianPackage: 'ntpsec-ntpdig', why: 'the tests of time' },
  { program: 'clang', or: VERSIONED_CLANGS, debianPackage: 'clang', why: 'the eBPF programs of the flow switch' },
  { program: 'iperf3', debianPackage: 'iperf3', why: 'the benchmarks' },
];

/**
 * AWS's own tools, with which the tests type the README and the documentation's commands. They are large, not needed to
 * run localvpc, and not in every distribution: a set-up of their own, for the tests alone.
 */
export const AWS_TOOLS = [
  { program: 'aws', debianPackage: 'awscli', why: 'the tests of documented commands and of the first session' },
  { module: 'boto3', debianPackage: 'python3-boto3', why: 'the tests of the first session' },
];

/** Folders that a user's PATH often lacks and where Debian keeps such programs. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/**
 * Looks for the tools; installs the missing ones with apt where this is root, and otherwise says what to type.
 * Never fails: localvpc runs without them, with virtual guests, and says so.
 */
export async function ensureSystemTools() {
  if (process.platform !== 'linux') {
    say('Real guests need Linux. Here localvpc runs with virtual guests.');
    return;
  }
  await ensure(missingTools());
}

/** The same for AWS's tools. Tests that need one say so where it is missing. */
export async function ensureAwsTools() {
  if (process.platform !== 'linux') return;
  const there = await Promise.all(
    AWS_TOOLS.map((tool) => (tool.module ? isPythonModule(tool.module) : findProgram(tool.program) !== undefined)),
  );
  await ensure(AWS_TOOLS.filter((_, index) => !there[index]));
}

async function ensure(missing) {
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((tool) => tool.debianPackage))];
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() !== 0 || !findProgram('apt-get')) {
    say(`Missing: ${missing.map((tool) => tool.program ?? tool.module).join(', ')}. Type: sudo ${command}`);
    return;
  }
  await install(packages, command);
}

/** Whether one of the machine's Python interpreters has the module; a user's PATH may begin with one of his own. */
async function isPythonModule(name) {
  const find = `import importlib.util, sys; sys.exit(importlib.util.find_spec('${name}') is None)`;
  const found = await Promise.all(
    ['python3', '/usr/bin/python3'].map((python) => collect(python, ['-c', find]).catch(() => ({ status: 1 }))),
  );
  return found.some(({ status }) => status === 0);
}

/** The tools that are not there, or are there in a form that does not serve. */
export const missingTools = () => SYSTEM_TOOLS.filter((tool) => isWanted(tool) && !isUsable(tool));

/** A package that starts a server listening to the network is nobody's to install on a machine where systemd runs it. */
const isWanted = (tool) => !tool.startsService || !existsSync('/run/systemd/system');

function isUsable(tool) {
  const path = [tool.program, ...(tool.or ?? [])].map(findProgram).find((found) => found !== undefined);
  return path !== undefined && (!tool.static || isStatic(path));
}

/** The path of a clang, if there is one. */
export const findClang = () => ['clang', ...VERSIONED_CLANGS].map(findProgram).find((path) => path !== undefined);

/** The path of a program, if it is installed. */
export function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** True for a 64-bit ELF program without an interpreter segment: it runs in a root that holds nothing else. */
function isStatic(path) {
  const PROGRAM_INTERPRETER = 3;
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 0, 5) !== '\x7fELF\x02') return false;
  const tableAt = Number(bytes.readBigUInt64LE(32));
  const entryBytes = bytes.readUInt16LE(54);
  const entries = bytes.readUInt16LE(56);
  for (let index = 0; index < entries; index++) {
    if (bytes.readUInt32LE(tableAt + index * entryBytes) === PROGRAM_INTERPRETER) return false;
  }
  return true;
}

async function install(packages, command) {
  say(`Installing ${packages.join(', ')} with apt …`);
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const update = await collect('apt-get', ['update', '-q'], options);
  const result = await collect('apt-get', [...command.split(' ').slice(1), '-q'], options);
  if (result.status === 0) return;
  // A failed update alone is no fault: one dead source of many does not matter when the packages are to be had.
  say(`${update.status === 0 ? '' : update.text}${result.text}`);
  say(`apt could not install them (see above). localvpc goes on without. Type: ${command}`);
}
