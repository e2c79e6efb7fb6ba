/**
 * Two namespaces behind Open vSwitch in user space, led by OVN: what localvpc's TCP is compared with.
 *
 * Configured as localvpc's guests are: two switches for the subnets and a router between them, both ports in one group
 * whose members may talk, tracked, and everything else dropped. All daemons are children of this process with their
 * sockets in a folder of their own, and end with it. Debian: ovn-central, ovn-host, openvswitch-switch, ethtool.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdNamespace, inside, into, pathBetween, type TcpPath } from './tcp.ts';

const PROGRAMS = [
  'ovsdb-server',
  'ovs-vswitchd',
  'ovs-vsctl',
  'ovn-northd',
  'ovn-controller',
  'ovn-nbctl',
  'ethtool',
] as const;
const SCHEMAS = {
  conf: '/usr/share/openvswitch/vswitch.ovsschema',
  nb: '/usr/share/ovn/ovn-nb.ovsschema',
  sb: '/usr/share/ovn/ovn-sb.ovsschema',
} as const;
/** A daemon is up within this. */
const STARTS_WITHIN_MS = 10_000;
const CONTROLLER_RESTARTS = 5;

/** Runs `work` with a path through OVN, or with undefined where its programs are not installed. */
export async function withOvn<Result>(work: (path: TcpPath | undefined) => Promise<Result>): Promise<Result> {
  if (!PROGRAMS.every(isInstalled)) return work(undefined);
  const lab = new OvnLab(await holdNamespace());
  try {
    return await work(await lab.open());
  } finally {
    await lab.close();
  }
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The daemons, their folder, and the namespaces of the switch and of the two ends. */
class OvnLab {
  private readonly folder = mkdtempSync(join(tmpdir(), 'localvpc-ovn-'));
  private readonly daemons: ChildProcess[] = [];
  private readonly ends: ChildProcess[] = [];
  private isClosing = false;

  constructor(private readonly switchHolder: ChildProcess) {}

  async open(): Promise<TcpPath> {
    inside(this.switchHolder, 'ip', 'link', 'set', 'lo', 'up');
    for (const [name, schema] of Object.entries(SCHEMAS)) await this.startDatabase(name, schema);
    await this.startSwitch();
    this.configureNetwork();
    for (const number of [1, 2]) await this.plug(number);
    await this.follows();
    const [client, server] = this.ends;
    if (!client || !server) throw new Error('the ends are not plugged');
    return pathBetween(client, server, '10.78.2.10');
  }

  async close(): Promise<void> {
    this.isClosing = true;
    for (const child of [...this.daemons.reverse(), ...this.ends, this.switchHolder]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async startDatabase(name: string, schema: string): Promise<void> {
    execFileSync('ovsdb-tool', ['create', this.at(`${name}.db`), schema]);
    const remote = `--remote=punix:${this.at(`${name}.sock`)}`;
    this.start('ovsdb-server', this.at(`${name}.db`), remote, `--unixctl=${this.at(`${name}.ctl`)}`);
    await this.appears(`${name}.sock`);
  }

  private async startSwitch(): Promise<void> {
    const settings = [
      `ovn-remote=${this.socket('sb')}`,
      'ovn-encap-type=geneve',
      'ovn-encap-ip=127.0.0.1',
      'system-id=bench',
      'ovn-bridge-datapath-type=netdev',
    ];
    this.vswitch('--no-wait', 'init');
    this.vswitch('--no-wait', 'set', 'open', '.', ...settings.map((setting) => `external-ids:${setting}`));
    this.start('ovs-vswitchd', this.socket('conf'), '--disable-system', `--unixctl=${this.at('switch.ctl')}`);
    const bridge = ['datapath_type=netdev', 'fail-mode=secure', 'other-config:disable-in-band=true'];
    this.vswitch('add-br', 'br-int', '--', 'set', 'bridge', 'br-int', ...bridge);
    await this.appears('br-int.mgmt');
    const databases = [`--ovnnb-db=${this.socket('nb')}`, `--ovnsb-db=${this.socket('sb')}`];
    this.start('ovn-northd', ...databases, `--unixctl=${this.at('northd.ctl')}`);
    this.startController(CONTROLLER_RESTARTS);
  }

  /** As EC2's default group: its members may talk, and nobody else. */
  private configureNetwork(): void {
    this.northbound('lr-add', 'router');
    for (const number of [1, 2]) {
      const [subnet, mac] = [`subnet${number}`, macOf(number)];
      this.northbound('ls-add', subnet);
      this.northbound('lrp-add', 'router', `gateway${number}`, `02:00:00:00:01:0${number}`, `10.78.${number}.1/24`);
      this.northbound('lsp-add', subnet, `to-router${number}`);
      this.northbound('lsp-set-type', `to-router${number}`, 'router');
      this.northbound('lsp-set-addresses', `to-router${number}`, 'router');
      this.northbound('lsp-set-options', `to-router${number}`, `router-port=gateway${number}`);
      this.northbound('lsp-add', subnet, `port${number}`);
      this.northbound('lsp-set-addresses', `port${number}`, `${mac} 10.78.${number}.10`);
      this.northbound('lsp-set-port-security', `port${number}`, `${mac} 10.78.${number}.10`);
    }
    this.northbound('pg-add', 'members', 'port1', 'port2');
    const rule = (direction: string, priority: string, match: string, action: string): void =>
      this.northbound('acl-add', 'members', direction, priority, match, action);
    rule('to-lport', '1000', 'outport == @members && ip4 && ip4.src == $members_ip4', 'allow-related');
    rule('from-lport', '1000', 'inport == @members && ip4', 'allow-related');
    rule('to-lport', '900', 'outport == @members && ip', 'drop');
    rule('from-lport', '900', 'inport == @members && ip', 'drop');
  }

  /** A namespace with a veth pair whose other end is the switch's. Without offloads: its user-space ports have none. */
  private async plug(number: number): Promise<void> {
    const holder = await holdNamespace();
    this.ends.push(holder);
    const [port, peer] = [`port${number}`, String(holder.pid)];
    inside(this.switchHolder, 'ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', peer);
    inside(this.switchHolder, 'ip', 'link', 'set', port, 'up', 'mtu', '9001');
    inside(holder, 'ip', 'link', 'set', 'eth0', 'address', macOf(number), 'mtu', '9001', 'up');
    inside(holder, 'ip', 'address', 'add', `10.78.${number}.10/24`, 'dev', 'eth0');
    inside(holder, 'ip', 'route', 'add', 'default', 'via', `10.78.${number}.1`);
    const noOffloads = ['tx', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off'];
    inside(holder, 'ethtool', '-K', 'eth0', ...noOffloads);
    inside(this.switchHolder, 'ethtool', '-K', port, ...noOffloads);
    this.vswitch('add-port', 'br-int', port, '--', 'set', 'interface', port, `external-ids:iface-id=${port}`);
  }

  /** In the switch's namespace; it ends when this process does, however that ends. */
  private start(...command: readonly string[]): ChildProcess {
    const inNamespace = ['--pdeathsig', 'KILL', 'nsenter', ...into(this.switchHolder, command)];
    const daemon = spawn('setpriv', inNamespace, { stdio: 'ignore', env: this.environment() });
    this.daemons.push(daemon);
    return daemon;
  }

  /** Debian 12's sometimes ends by a segmentation fault when the first configuration comes; once more it stays. */
  private startController(restarts: number): void {
    this.start('ovn-controller', this.socket('conf')).once('exit', (_code, signal) => {
      if (signal === 'SIGSEGV' && restarts > 0 && !this.isClosing) this.startController(restarts - 1);
    });
  }

  private vswitch(...words: readonly string[]): void {
    execFileSync('ovs-vsctl', [`--db=${this.socket('conf')}`, '--timeout=20', ...words], { stdio: 'pipe' });
  }

  private northbound(...words: readonly string[]): void {
    execFileSync('ovn-nbctl', [`--db=${this.socket('nb')}`, '--timeout=20', ...words], { stdio: 'pipe' });
  }

  /** Waits until the switch has what was configured; a controller may have to be started anew meanwhile. */
  private async follows(): Promise<void> {
    const command = [`--db=${this.socket('nb')}`, '--timeout=20', '--wait=hv', 'sync'];
    const [code] = await once(spawn('ovn-nbctl', command, { stdio: 'ignore' }), 'exit');
    if (code !== 0) throw new Error('OVN did not configure the switch within 20 s');
  }

  private async appears(name: string): Promise<void> {
    const deadlineMs = performance.now() + STARTS_WITHIN_MS;
    while (!existsSync(this.at(name))) {
      if (performance.now() > deadlineMs) throw new Error(`OVN did not come up: there is no ${name}`);
      await sleep(10);
    }
  }

  private environment(): NodeJS.ProcessEnv {
    const { folder } = this;
    const ofSwitch = { OVS_RUNDIR: folder, OVS_LOGDIR: folder, OVS_DBDIR: folder, OVS_SYSCONFDIR: folder };
    return { ...process.env, ...ofSwitch, OVN_RUNDIR: folder, OVN_LOGDIR: folder, OVN_DBDIR: folder };
  }

  private readonly at = (name: string): string => join(this.folder, name);
  private readonly socket = (name: string): string => `unix:${this.at(`${name}.sock`)}`;
}

const macOf = (number: number): string => `02:00:00:00:00:0${number}`;
