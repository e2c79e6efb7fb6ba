/** The customer's site in the machine room: started with the first VPN connection, or when somebody wants to enter it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { GuestHost, GuestLink, GuestProcess } from '../guest/guest-host.ts';
import { SiteHost } from '../guest/site-host.ts';
import type { Ipv4Cidr } from '../net/cidr.ts';
import { mac } from '../net/mac.ts';
import type { TableUpdate } from '../tables/tables.ts';

const run = promisify(execFile);
/** The pipeline's SITE_NIC_MAC: it need not learn it. */
const SITE_MAC = mac(0x5a00_0000_0004);

/** Runs ip(8) with these lines in the network of a process of the room's. */
async function configure({ roomPid }: GuestProcess, lines: readonly string[]): Promise<void> {
  const configured = run('nsenter', ['--target', String(roomPid), '--net', 'ip', '-batch', '-']);
  configured.child.stdin?.end(`${lines.join('\n')}\n`);
  await configured;
}

/** Follows the tables' VPN connections. */
export class Site {
  private readonly host: SiteHost;
  /** Blocks of the connections by their ids, the oldest connection first. */
  private readonly blocks = new Map<string, readonly Ipv4Cidr[]>();

  constructor(host: GuestHost, attach: (link: GuestLink) => Promise<void>) {
    this.host = new SiteHost({ host, link: { mac: SITE_MAC, mtuBytes: 1500 }, attach, configure });
  }

  /** The site's first process, by the room's process ids. */
  async open(): Promise<{ readonly roomPid: number }> {
    const { roomPid } = await this.host.open();
    return { roomPid };
  }

  /** Resolves when the site stands where these updates have it. */
  async follow(updates: readonly TableUpdate[]): Promise<void> {
    if (!updates.some((update) => this.note(update))) return;
    const [first] = [...this.blocks.values()].flat().filter(({ length }) => length > 0);
    if (first) await this.host.sendFrom(first);
    else if (this.blocks.size > 0) await this.host.open();
  }

  /** True when the update speaks of a connection. */
  private note(update: TableUpdate): boolean {
    if (update.change === 'remove') return update.kind === 'vpn-connection' && this.blocks.delete(update.id);
    const { row } = update;
    if (row.kind !== 'vpn-connection') return false;
    this.blocks.set(row.id, row.siteCidrs);
    return true;
  }
}
