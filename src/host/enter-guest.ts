/**
 * How a program on the host gets into a guest: the arguments of nsenter(1) for `localvpc exec`.
 */

/** What `nsenter` needs to know of a guest. */
export interface GuestEntrance {
  /** The guest's process 1, as the host sees it. */
  readonly hostPid: number;
  /** Whether the room is root's, as `namespacesAvailable` says. */
  readonly privileged: boolean;
}

/** Arguments for nsenter(1), to be followed by the command: root in all of the guest's namespaces, in its root folder. */
export const enterArguments = ({ hostPid, privileged }: GuestEntrance): readonly string[] => [
  // Not --all: an unprivileged user may not even join the time namespace in which it already is.
  ...['--target', String(hostPid), '--user', '--mount', '--uts', '--ipc', '--net', '--cgroup', '--pid'],
  // Whoever made the user namespace is its root already, and may not call setgroups(2), which nsenter otherwise does.
  ...(privileged ? [] : ['--preserve-credentials']),
  '--',
];

/**
 * Arguments for nsenter(1), to be followed by the command: the network of the guest, and nothing else of it. Who is not
 * root may enter a network only as root of the user namespace that owns it.
 */
export const enterNetworkArguments = ({ hostPid, privileged }: GuestEntrance): readonly string[] => [
  ...['--target', String(hostPid), '--net'],
  ...(privileged ? [] : ['--user', '--preserve-credentials']),
  '--',
];

/**
 * The command with a resolver of its own: in a mount namespace in which /etc/resolv.conf says `resolver`. Nothing else
 * of the files differs, and what is mounted later outside is there too.
 */
export const withResolver = (resolver: string, command: readonly string[]): readonly string[] => [
  ...['unshare', '--mount', '--propagation', 'slave', '--', 'sh', '-c', RESOLVE_BY, 'sh', resolver],
  ...command,
];

/** Where a machine has no /etc/resolv.conf, its programs ask nobody that could be replaced. */
const RESOLVE_BY = `
file=$(mktemp) && printf '%s' "$1" >"$file" && chmod 644 "$file" &&
  mount --bind "$file" "$(readlink -f /etc/resolv.conf)" 2>/dev/null
rm -f "$file"
shift
exec "$@"
`;

/** The environment in a guest: nothing of the caller's but the terminal's type. */
export const guestEnvironment = (terminal: string | undefined): Readonly<Record<string, string>> => ({
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/sh',
  LANG: 'C.UTF-8',
  TERM: terminal ?? 'dumb',
});
