/**
 * The customer's site: one guest that is not an instance, at the other end of every VPN connection.
 *
 * It has every address there is: whatever is sent to it is its own, and its programs may send from any address
 * (`curl --interface 192.168.7.5`). So one site stands for as many networks as there are connections, and which
 * connection a packet belongs to is told by its addresses.
 */

import { formatIpv4, type Ipv4, ipv4 } from '../net/address.ts';
import type { Ipv4Cidr } from '../net/cidr.ts';
import { MEDIATED } from '../net/nic-mode.ts';
import { siteAddressIn } from '../net/site-address.ts';
import type { GuestInterface } from '../tables/data-plane.ts';
import { ConsoleRing } from './console-ring.ts';
import type { GuestHost, GuestLink, GuestProcess } from './guest-host.ts';

/** What the site is made of. */
export interface SiteHostOptions {
  readonly host: GuestHost;
  readonly link: Pick<GuestInterface, 'mac' | 'mtuBytes'>;
  readonly attach: (link: GuestLink) => Promise<void>;
  /** Runs lines of ip(8) in the network of a guest. */
  readonly configure: (process: GuestProcess, lines: readonly string[]) => Promise<void>;
}

const SITE_INTERFACE = 'site0';
/** RFC 5737; only ARP asks for it. */
const GATEWAY = '192.0.2.254';
/** Source of what no program gives one, while no connection says better. */
const ANY_SITE_ADDRESS = ipv4(0xc0a8_0001);

/** What goes in is local whatever its destination, which rules by interface say; what goes out has the one way there is. */
const NETWORK = [
  'link set lo up',
  `link set ${SITE_INTERFACE} up`,
  `route add ${GATEWAY}/32 dev ${SITE_INTERFACE}`,
  `rule add pref 1 iif ${SITE_INTERFACE} lookup local`,
  'rule add pref 2 to 127.0.0.0/8 lookup local',
  'rule delete pref 0',
  'route add local 0.0.0.0/0 dev lo table local',
];

const defaultRoute = (source: Ipv4): string =>
  `route replace default via ${GATEWAY} dev ${SITE_INTERFACE} src ${formatIpv4(source)}`;

/** The site, started when it is first needed. */
export class SiteHost {
  private started: Promise<GuestProcess> | undefined = undefined;
  private source = ANY_SITE_ADDRESS;

  constructor(private readonly options: SiteHostOptions) {}

  /** The running site. */
  open(): Promise<GuestProcess> {
    this.started ??= this.start();
    return this.started;
  }

  /** Programs without an address of their own send from the first host of this block from now on. */
  async sendFrom(block: Ipv4Cidr): Promise<void> {
    const process = await this.open();
    const source = siteAddressIn(block);
    if (source === this.source) return;
    this.source = source;
    await this.options.configure(process, [defaultRoute(source)]);
  }

  private async start(): Promise<GuestProcess> {
    const { host, link, attach, configure } = this.options;
    const files = new Map([
      ['/etc/hostname', 'site\n'],
      ['/etc/hosts', '127.0.0.1 localhost\n'],
      ['/etc/resolv.conf', '# The site has no name server but those that you start.\n'],
    ]);
    const ring = new ConsoleRing();
    const root = host.makeRoot('site', files);
    const process = await host.launch({ name: 'site', hostName: 'site', root, console: (bytes) => ring.append(bytes) });
    await attach(host.plug(process, SITE_INTERFACE, { ...link, nic: MEDIATED }));
    await configure(process, [...NETWORK, defaultRoute(this.source)]);
    return process;
  }
}
