/**
 * Network devices of this machine that guests have, and the processes that see to their return.
 *
 * With a network namespace the kernel takes every virtual device in it away, and only physical ones come home by
 * themselves. So each device has a keeper: a small shell outside the machine room, in a session of its own, that holds
 * the guest's network namespace open and waits for the end of its input. That end comes when the device is asked back,
 * when the guest has ended, and by the kernel when the controller is gone, in whatever way: the keeper then brings the
 * device back under its name, and ends. It heeds no signal but the one that cannot be ignored.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { DeviceHandover } from '../guest/guest-host.ts';
import { HANDED_ALIAS } from '../guest/guest-paths.ts';
import type { NetworkInterfaceId } from '../net/identifiers.ts';
import { formatMac } from '../net/mac.ts';

/** Arguments: device, name in the guest, the guest's process, MAC, addresses. Says `ready`, then waits for its input's end. */
const KEEPER = `
trap '' HUP INT QUIT TERM PIPE
device=$1 name=$2 guest=$3 mac=$4
shift 4
exec 8</proc/self/ns/net 9</proc/$guest/ns/net
inside() { nsenter --net=/proc/self/fd/9 "$@"; }
was=$(ip -o link show dev "$device") || exit 1
own_mac=$(echo "$was" | sed -n 's/.*link.ether \\([0-9a-f:]*\\).*/\\1/p')
mtu=$(echo "$was" | sed -n 's/.* mtu \\([0-9]*\\).*/\\1/p')
alias=$(echo "$was" | sed -n 's/.*[\\\\] *alias \\(.*\\)$/\\1/p')
state=down
case $was in *'<UP'[,\\>]* | *,UP[,\\>]*) state=up ;; esac

# The guest may have named it otherwise; its number stays.
bring_back() {
  now=$(inside ip -o link show | sed -n "s/^$index: \\([^:@]*\\)[@:].*/\\1/p")
  [ -n "$now" ] || { echo "the guest has taken $device away" >&2; return 1; }
  inside ip link set dev "$now" down
  inside ip link set dev "$now" alias "$alias"
  inside ip link set dev "$now" netns /proc/self/fd/8 name "$device" || return 1
  [ -z "$own_mac" ] || ip link set dev "$device" address "$own_mac"
  ip link set dev "$device" mtu "$mtu"
  ip link set dev "$device" $state
}

give() {
  inside ip link set dev "$name" alias ${HANDED_ALIAS} || return 1
  # A function of a NIC may have to keep its own.
  inside ip link set dev "$name" address "$mac" 2>/dev/null
  inside ip link set dev "$name" up || return 1
  for address in "$@"; do
    case $address in
    *:*) inside ip -6 address add "$address" dev "$name" nodad || return 1 ;;
    *) inside ip address add "$address" brd + dev "$name" || return 1 ;;
    esac
  done
}

ip link set dev "$device" netns /proc/self/fd/9 name "$name" || exit 1
index=$(inside ip -o link show dev "$name" | sed 's/:.*//')
if give "$@"; then
  echo ready
  while read -r line; do :; done
  bring_back
else
  bring_back
  exit 1
fi
`;

type Keeper = ChildProcessByStdio<Writable, Readable, Readable>;

interface Kept {
  readonly keeper: Keeper;
  /** Resolves with what went wrong, if something did, when the keeper is gone. */
  readonly ended: Promise<string | undefined>;
}

/** The devices that guests of one machine room have. */
export class DeviceKeepers {
  readonly #kept = new Map<NetworkInterfaceId, Kept>();

  /**
   * Moves a device into the network namespace of a process (`hostPid`); resolves when the guest has it.
   * @throws Error with the reason, and then the machine has it
   */
  async hand(handover: Omit<DeviceHandover, 'roomPid'>, hostPid: number): Promise<void> {
    const { interfaceId, device, name, mac, addresses } = handover;
    const words = [device, name, String(hostPid), formatMac(mac), ...addresses];
    const keeper = spawn('sh', ['-c', KEEPER, 'localvpc-device-keeper', ...words], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const ended = endOf(keeper);
    const kept = { keeper, ended };
    this.#kept.set(interfaceId, kept);
    const first = await Promise.race([once(keeper.stdout, 'data').then(() => true as const), ended]);
    if (first === true) return;
    this.#kept.delete(interfaceId);
    throw new Error(`the device ${device} cannot be handed to the guest: ${first ?? 'its keeper ended'}`);
  }

  /** Resolves when the machine has the device of an interface back. @throws Error with the reason where it has not */
  async takeBack(interfaceId: NetworkInterfaceId): Promise<void> {
    const kept = this.#kept.get(interfaceId);
    if (!kept) return;
    this.#kept.delete(interfaceId);
    kept.keeper.stdin.end();
    const failure = await kept.ended;
    if (failure !== undefined) throw new Error(`the device of ${interfaceId} did not come back: ${failure}`);
  }

  /** Brings every device back, as far as that goes; resolves when no keeper is left. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#kept.keys()].map((interfaceId) => this.takeBack(interfaceId)));
  }
}

async function endOf(keeper: Keeper): Promise<string | undefined> {
  let said = '';
  keeper.stderr.on('data', (text: Buffer) => {
    said += text.toString();
  });
  keeper.stdin.on('error', () => {}); // It has ended, which is told below.
  return new Promise((resolve) => {
    keeper.once('error', (error) => resolve(error.message));
    keeper.once('close', (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(said.trim().replaceAll('\n', '; ') || `its keeper ended with ${signal ?? `status ${code}`}`);
    });
  });
}
