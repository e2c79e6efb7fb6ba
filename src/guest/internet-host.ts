/**
 * The outside world: one guest that is not an instance, from which public addresses are reached.
 */

import { SRIOV } from '../net/nic-mode.ts';
import type { GuestInterface } from '../tables/data-plane.ts';
import { ConsoleRing } from './console-ring.ts';
import type { GuestHost, GuestLink, GuestProcess } from './guest-host.ts';

/** Where the outside world stands. Texts are addresses and prefixes as `ip` reads them. */
export interface InternetHostOptions {
  readonly host: GuestHost;
  readonly hostName: string;
  /** Its interface; the Internet's usual MTU is 1500. */
  readonly link: Pick<GuestInterface, 'mac' | 'mtuBytes'>;
  /** Its own address, outside of every public range of localvpc: "192.0.2.1". */
  readonly address: string;
  /** The fabric's address on the link, which answers ARP: "192.0.2.254". */
  readonly gateway: string;
  /** Ranges behind the fabric: "198.18.0.0/15". */
  readonly ranges: readonly string[];
  /** Ranges that are its own: whatever listens there is a service of the outside world: "198.51.100.64/26". */
  readonly serviceRanges: readonly string[];
  /** Its IPv6 address and the IPv6 ranges behind the fabric: "2001:db8:ffff::1", "3fff::/20". */
  readonly ipv6Address: string;
  readonly ipv6Ranges: readonly string[];
  /** Name server for public names: "192.0.2.53", reached through the gateway. */
  readonly nameServer: string;
  readonly attach: (link: GuestLink) => Promise<void>;
}

/** Name of the interface inside. */
export const INTERNET_INTERFACE = 'internet0';

/** Starts the outside world; the process's end ends it. */
export async function startInternetHost(options: InternetHostOptions): Promise<GuestProcess> {
  const { host, hostName } = options;
  const files = new Map([
    ['/etc/hostname', `${hostName}\n`],
    ['/etc/hosts', '127.0.0.1 localhost\n::1 localhost\n'],
    ['/etc/resolv.conf', `nameserver ${options.nameServer}\n`],
  ]);
  const root = host.makeRoot('internet', files);
  const ring = new ConsoleRing();
  const process = await host.launch({ name: 'internet', hostName, root, console: (bytes) => ring.append(bytes) });
  await options.attach(host.plug(process, INTERNET_INTERFACE, { ...options.link, nic: SRIOV }));
  const ranges = [`${options.nameServer}/32`, ...options.ranges].join(' ');
  process.tell(`static ${INTERNET_INTERFACE} ${options.address} ${options.gateway} ${ranges}`);
  process.tell(`local lo ${options.serviceRanges.join(' ')}`);
  process.tell(`static6 ${INTERNET_INTERFACE} ${options.ipv6Address} ${options.ipv6Ranges.join(' ')}`);
  return process;
}
