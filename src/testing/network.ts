/**
 * A network in a few lines, and what becomes of packets in it.
 *
 * Every `send` goes through two fabrics, one whose flow cache never remembers and one whose cache does, and through each
 * of them twice: the outcomes and the frames that come out must be the same. With a flow switch there is a third one,
 * which gets what the switch does not forward. The outcome carries the trace, which `check` prints when it is not the
 * expected one.
 */
import { AssertionError } from 'node:assert';
import { deepEqual } from 'node:assert/strict';
import { Fabric } from '../fabric/fabric.ts';
import type { PortName } from '../fabric/fabric-options.ts';
import type { IpAddress } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { Network as PipelineNetwork } from '../pipeline/network.ts';
import { Packet } from '../pipeline/packet.ts';
import { packetText } from '../pipeline/packet-text.ts';
import { EDGE_GATEWAY_MAC, INTERNET_NIC_MAC } from '../pipeline/passage.ts';
import { DEFAULT_LIMITS, type DropId } from '../pipeline/pipeline.ts';
import { DEFAULT_TRANSLATION_LIMITS } from '../pipeline/translation-table.ts';
import type { FabricCounters, TrafficCount } from '../tables/data-plane.ts';
import type { InterfaceRow, TableRow, TableUpdate } from '../tables/tables.ts';
import { frameOf } from '../wire/frame.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import type { TestFlowSwitch } from './flow-switch.ts';
import { isGuest } from './host-owners.ts';
import {
  aclRow,
  edgeName,
  groupRow,
  type HostSpec,
  type NetworkOptions,
  type RuleTexts,
  rowsOf,
} from './network-rows.ts';
import type { TestPacket } from './packets.ts';
import { addressOf, idOf } from './rows.ts';

/** What became of a packet. */
export type Outcome =
  | { readonly verdict: 'delivered'; readonly to: string }
  | { readonly verdict: 'answered' }
  | { readonly verdict: 'dropped'; readonly reason: string };

export const delivered = (to: string): Outcome => ({ verdict: 'delivered', to });
export const answered: Outcome = { verdict: 'answered' };
export const dropped = (reason: DropId | 'port/refused' | 'port/not-attached'): Outcome => ({
  verdict: 'dropped',
  reason,
});

const EDGES = ['internet', 'services', 'site'] as const;

/** The outside host of AWS's examples. */
export const OUTSIDE = '203.0.113.9';
/** The same host's IPv6 address. */
export const OUTSIDE_IPV6 = '2001:db8:ffff::9';

/** A host at the customer's site. */
export const SITE = '192.168.0.10';

/** Reasons that some test of this process has seen, for the test that names those that none has. */
export const reasonsSeen = new Set<string>();

interface Sent {
  readonly port: number;
  readonly bytes: Uint8Array;
}

/** One fabric and what came out of it last. */
class Run {
  readonly fabric: Fabric;
  readonly sent: Sent[] = [];
  readonly steps: string[] = [];
  /** The stage and reason that dropped the packet itself: an error that it caused may be dropped besides. */
  dropId: string | undefined;
  /** Frames that the flow switch has forwarded. */
  switched = 0;
  constructor(
    now: () => number,
    flowCacheEntries: number,
    plugged: ReadonlySet<number>,
    { limits = DEFAULT_LIMITS, translationLimits = DEFAULT_TRANSLATION_LIMITS }: NetworkOptions,
    private readonly flowSwitch?: TestFlowSwitch,
  ) {
    this.fabric = new Fabric({
      limits,
      translationLimits,
      now,
      flowCacheEntries,
      send: (port, buffer, offset, length) => {
        if (!plugged.has(port)) return false;
        this.sent.push({ port, bytes: buffer.slice(offset, offset + length) });
        return true;
      },
      observer: (stage, verdict, packet, decider) => {
        const { kind = '', id = '', detail = '' } = decider?.describe() ?? {};
        if (verdict.kind === 'drop') this.dropId = verdict.id;
        const said = verdict.kind === 'drop' ? `dropped: ${verdict.reason}` : verdict.kind;
        this.steps.push(`${stage.name}: ${said} [${packetText(packet)}] ${kind} ${id} ${detail}`.trimEnd());
      },
    });
    flowSwitch?.clear();
    if (flowSwitch) this.fabric.offloadTo(flowSwitch.memory);
  }

  attach(name: PortName, port: number): void {
    this.fabric.attach(name, port, this.flowSwitch?.representorOf(port));
  }

  receive(port: number, bytes: Uint8Array): void {
    const isPlain = bytes.subarray(0, VIRTIO_NET_HEADER_LENGTH - 2).every((octet) => octet === 0);
    const done = isPlain ? this.flowSwitch?.forward(port, bytes.subarray(VIRTIO_NET_HEADER_LENGTH)) : undefined;
    if (!done) {
      this.fabric.receive(port, bytes.slice(), bytes.length);
      return;
    }
    this.switched += 1;
    const out = [...Array(MAX_PORTS).keys()].find(
      (other) => this.flowSwitch?.representorOf(other) === done.representor,
    );
    // What stands before a frame is the fabric's and the same as it was.
    this.sent.push({
      port: out ?? -1,
      bytes: Buffer.concat([bytes.subarray(0, VIRTIO_NET_HEADER_LENGTH), done.frame]),
    });
  }
}

/** More than any network here has. */
const MAX_PORTS = 32;

/** A network under test. */
export class TestNetwork {
  nowMs = 1_000_000;
  /** The stages that the last packet passed. */
  lastTrace: readonly string[] = [];
  /** What came out for the last packet: frames behind virtio headers. */
  lastFrames: readonly Uint8Array[] = [];
  /** The hosts and edges at which they came out, in the same order. */
  lastHearers: readonly string[] = [];
  private readonly hosts = new Map<string, { spec: HostSpec; number: number }>();
  private readonly names: string[] = [...EDGES];
  private readonly plugged = new Set([0, 1, 2]);
  private readonly staged: Run;
  private readonly cached: Run;
  private readonly switched: Run | undefined;
  private readonly flowSwitch: TestFlowSwitch | undefined;
  /** The same tables, to ask for the MACs that a guest would have learned by ARP. */
  private readonly shadow = new PipelineNetwork();

  constructor(hosts: Readonly<Record<string, HostSpec>>, options: NetworkOptions) {
    const now = (): number => this.nowMs;
    this.staged = new Run(now, 0, this.plugged, options);
    this.cached = new Run(now, 1 << 12, this.plugged, options);
    const { flowSwitch } = options;
    this.flowSwitch = flowSwitch;
    this.switched = flowSwitch && new Run(now, 1 << 12, this.plugged, options, flowSwitch);
    for (const [name, spec] of Object.entries(hosts)) this.addHost(name, spec);
    this.apply(rowsOf(hosts, options).map((row): TableUpdate => ({ change: 'put', row })));
    this.attach();
  }

  /** The fabric with the flow cache. */
  get fabric(): Fabric {
    return this.cached.fabric;
  }

  /** The fabric behind the flow switch. */
  get switchedRun(): { readonly fabric: Fabric } {
    if (!this.switched) throw new Error('this network has no flow switch');
    return this.switched;
  }

  /** How many frames the flow switch has forwarded. */
  get framesSwitched(): number {
    return this.switched?.switched ?? 0;
  }

  get counters(): FabricCounters {
    return this.cached.fabric.counters();
  }

  /** What was delivered on each way since the last call: the stages and the flow cache must have counted the same. */
  takeTraffic(): readonly TrafficCount[] {
    const [staged, ...others] = this.runs.map(({ fabric }) => fabric.takeTraffic());
    for (const other of others) deepEqual(other, staged, 'stages and flow cache or flow switch count differently');
    return staged ?? [];
  }

  private get runs(): readonly Run[] {
    return [this.staged, this.cached, ...(this.switched ? [this.switched] : [])];
  }

  /** Applies table updates to every fabric. */
  apply(updates: readonly TableUpdate[]): void {
    for (const { fabric } of this.runs) fabric.apply(updates);
    this.shadow.apply(updates);
  }

  put(...rows: readonly TableRow[]): void {
    this.apply(rows.map((row): TableUpdate => ({ change: 'put', row })));
  }

  /** Replaces the rules of a group (a host's own has its name). */
  setRules(group: string, rules: RuleTexts): void {
    this.put(groupRow(group, this.hosts.get(group)?.spec.vpc ?? 'main', rules));
  }

  /** Replaces the entries of a subnet's ACL. */
  setAcl(subnet: string, rules: RuleTexts, vpc = 'main'): void {
    this.put(aclRow(edgeName(vpc, subnet), rules));
  }

  /** The row of a host's interface, to be changed and put back. */
  rowOf(name: string): InterfaceRow {
    const row = this.shadow.interfaceById(idOf('eni', name))?.row;
    if (!row) throw new Error(`no host ${name}`);
    return row;
  }

  /** The MAC of the router in a host's subnet. */
  routerMacOf(name: string): Mac {
    return this.shadow.interfaceById(idOf('eni', name))?.subnet.routerMac ?? EDGE_GATEWAY_MAC;
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.nowMs += ms;
    this.flowSwitch?.advance(ms);
  }

  /** Sends a packet and says what became of it. */
  send(packet: TestPacket): Outcome {
    return this.sendFrame(packet.from, this.frameFor(packet));
  }

  /** Sends the bytes of a frame (behind a virtio header) from a host's port, or from `internet`, `services` or `site`. */
  sendFrame(from: string, bytes: Uint8Array): Outcome {
    const port = this.portOf(from);
    const first = this.all(port, bytes, 'the first time');
    const trace = [...this.staged.steps];
    const frames = this.staged.sent.map((sent) => sent.bytes);
    const hearers = this.staged.sent.map((sent) => this.names[sent.port] ?? 'nobody');
    this.all(port, bytes, 'the second time');
    this.lastTrace = trace;
    this.lastFrames = frames;
    this.lastHearers = hearers;
    return first;
  }

  /** The last delivered frame, decoded. */
  get lastPacket(): Packet {
    const bytes = this.lastFrames[0] ?? new Uint8Array(VIRTIO_NET_HEADER_LENGTH);
    const packet = new Packet();
    packet.decode(bytes, 0, bytes.length - VIRTIO_NET_HEADER_LENGTH);
    return packet;
  }

  /** The frame that a test packet stands for. */
  frameFor({ from, to, protocol, destinationPort, options }: TestPacket): Uint8Array {
    const { mangle = (bytes: Uint8Array) => bytes, ipv6 = false, ...rest } = options;
    const source = options.source ? addressOf(options.source) : this.sourceOf(from, ipv6);
    const destination = options.destination ? addressOf(options.destination) : this.destinationOf(from, to, ipv6);
    const macs = this.macsOf(from, destination);
    return mangle(frameOf({ ...macs, ...rest, protocol, destinationPort, source, destination }));
  }

  private all(port: number, bytes: Uint8Array, when: string): Outcome {
    const expected = this.once(this.staged, port, bytes);
    assertSame(
      expected,
      this.once(this.cached, port, bytes),
      this.staged,
      this.cached,
      `and flow cache disagree ${when}`,
    );
    const { switched } = this;
    if (switched)
      assertSame(expected, this.once(switched, port, bytes), this.staged, switched, `and flow switch disagree ${when}`);
    return expected;
  }

  private once(run: Run, port: number, bytes: Uint8Array): Outcome {
    run.sent.length = 0;
    run.steps.length = 0;
    run.dropId = undefined;
    const before = run.fabric.counters();
    run.receive(port, bytes);
    return this.outcomeOf(before, run);
  }

  private outcomeOf(before: FabricCounters, { fabric, sent, dropId }: Run): Outcome {
    const after = fabric.counters();
    const reason = dropId ?? Object.keys(after.drops).find((id) => after.drops[id] !== before.drops[id]);
    if (reason !== undefined) {
      reasonsSeen.add(reason);
      return { verdict: 'dropped', reason };
    }
    if (after.framesAnswered > before.framesAnswered) return answered;
    return delivered(this.names[sent[0]?.port ?? -1] ?? 'nobody');
  }

  private addHost(name: string, spec: HostSpec): void {
    const number = this.names.length;
    this.names.push(name);
    this.hosts.set(name, { spec, number });
    if (isGuest(spec)) this.plugged.add(number);
  }

  private attach(): void {
    for (const run of this.runs) {
      for (const [port, name] of this.names.entries()) if (this.plugged.has(port)) run.attach(portName(name), port);
    }
  }

  /** The port of a host or edge. */
  portOf(name: string): number {
    const port = this.names.indexOf(name);
    if (port < 0) throw new Error(`no host ${name}`);
    return port;
  }

  private sourceOf(name: string, ipv6: boolean): IpAddress {
    const spec = this.hosts.get(name)?.spec;
    const outside: Readonly<Record<string, string>> = { internet: ipv6 ? OUTSIDE_IPV6 : OUTSIDE, site: SITE };
    return addressOf((ipv6 ? spec?.ipv6 : spec?.ip) ?? outside[name] ?? name);
  }

  private destinationOf(from: string, to: string, ipv6: boolean): IpAddress {
    const spec = this.hosts.get(to)?.spec;
    if (from === 'internet' && spec && !ipv6) return addressOf(spec.public ?? spec.ip);
    return this.sourceOf(to, ipv6);
  }

  private macsOf(from: string, destination: IpAddress): { sourceMac: Mac; destinationMac: Mac } {
    const sender = this.shadow.interfaceById(idOf('eni', from));
    if (!sender) return { sourceMac: INTERNET_NIC_MAC, destinationMac: EDGE_GATEWAY_MAC };
    const holder = sender.vpc.interfaceAt(destination);
    const neighbour = holder && holder !== sender && holder.subnet === sender.subnet;
    return { sourceMac: sender.row.mac, destinationMac: neighbour ? holder.row.mac : sender.subnet.routerMac };
  }
}

/** A network of these hosts. */
export const network = (hosts: Readonly<Record<string, HostSpec>>, options: NetworkOptions = {}): TestNetwork =>
  new TestNetwork(hosts, options);

/** Sends and compares; a difference shows the stages that the packet passed. */
export function check(net: TestNetwork, packet: TestPacket, expected: Outcome): void {
  const actual = net.send(packet);
  if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  const message = `the packet was ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}\n${net.lastTrace.join('\n')}`;
  throw new AssertionError({ message, actual, expected, operator: 'check', stackStartFn: check });
}

const portName = (name: string): PortName => EDGES.find((edge) => edge === name) ?? idOf('eni', name);

function assertSame(staged: Outcome, cached: Outcome, one: Run, other: Run, how: string): void {
  const text = ({ sent }: Run): string =>
    sent.map(({ port, bytes }) => `${port}: ${Buffer.from(bytes).toString('hex')}`).join('\n');
  if (JSON.stringify(staged) === JSON.stringify(cached) && text(one) === text(other)) return;
  throw new AssertionError({
    message: `stages ${how}\n${one.steps.join('\n')}`,
    actual: { ...cached, frames: text(other) },
    expected: { ...staged, frames: text(one) },
    operator: 'assertSame',
  });
}
