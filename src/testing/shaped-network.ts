/** A network whose instances have rates, and a clock that the test moves: when which frame arrives. */
import { Fabric } from '../fabric/fabric.ts';
import type { PortName } from '../fabric/fabric-options.ts';
import type { PlaceRow } from '../tables/place-row.ts';
import type { AllowanceRow, TableUpdate } from '../tables/tables.ts';
import { readUint16 } from '../wire/big-endian.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { IPV4_TOTAL_LENGTH } from '../wire/ipv4.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import type { TestFlowSwitch } from './flow-switch.ts';
import { network, type TestNetwork } from './network.ts';
import { type HostSpec, type NetworkOptions, rowsOf } from './network-rows.ts';
import type { TestPacket } from './packets.ts';
import { idOf } from './rows.ts';

/** An allowance without limits but those given; bytes and packets a second. */
export const allowance = (id: string, limits: Partial<Omit<AllowanceRow, 'id'>>): AllowanceRow => ({
  id,
  baselineBytesPerSecond: limits.peakBytesPerSecond ?? 1e12,
  peakBytesPerSecond: 1e12,
  creditBytes: 0,
  packetsPerSecond: 1e12,
  internetBytesPerSecond: 1e12,
  flowBytesPerSecond: 1e12,
  cluster: undefined,
  express: undefined,
  ...limits,
});

/** A frame that came out. */
export interface Arrival {
  readonly to: string;
  /** Milliseconds since the test began. */
  readonly atMs: number;
  /** Of the IP packet. */
  readonly lengthBytes: number;
  readonly bytes: Uint8Array;
}

const START_MS = 1_000_000;

/** One fabric with rates. */
export class ShapedNetwork {
  readonly arrivals: Arrival[] = [];
  readonly fabric: Fabric;
  private readonly frames: TestNetwork;
  private readonly names: readonly string[];
  private clockMs = START_MS;
  private wakeMs = Number.POSITIVE_INFINITY;
  private readonly flowSwitch: TestFlowSwitch | undefined;
  private switched = 0;
  /** Frames that have left the flow switch for the fabric, while these are held up. */
  private slowFrames: { readonly port: number; readonly bytes: Uint8Array }[] | undefined = undefined;

  /** With a flow switch every frame meets that first, and the fabric sees what it does not forward. */
  constructor(hosts: Readonly<Record<string, HostSpec>>, { flowSwitch, ...options }: NetworkOptions = {}) {
    this.frames = network(hosts, options);
    this.names = ['internet', 'services', ...Object.keys(hosts)];
    this.fabric = new Fabric({
      now: () => this.clockMs,
      wakeAt: (dueMs) => {
        this.wakeMs = dueMs;
      },
      send: (port, buffer, offset, length) => {
        this.arrives(port, buffer.slice(offset, offset + length));
        return true;
      },
    });
    this.flowSwitch = flowSwitch;
    flowSwitch?.clear();
    if (flowSwitch) this.fabric.offloadTo(flowSwitch.memory);
    this.fabric.apply(rowsOf(hosts, options).map((row): TableUpdate => ({ change: 'put', row })));
    for (const name of this.names) this.attach(name);
    // Of what routers advertise no test speaks.
    this.arrivals.length = 0;
  }

  /** Milliseconds since the test began. */
  get nowMs(): number {
    return this.clockMs - START_MS;
  }

  /** True while a frame waits, or something is lent to a flow switch. */
  get isWaiting(): boolean {
    return this.wakeMs !== Number.POSITIVE_INFINITY;
  }

  /** Sends a packet now. */
  offer(packet: TestPacket): void {
    const bytes = this.frames.frameFor(packet);
    const port = this.names.indexOf(packet.from);
    const switched = this.flowSwitch?.forward(port, bytes.subarray(VIRTIO_NET_HEADER_LENGTH));
    if (switched) {
      this.switched += 1;
      const to = this.names.findIndex((_, other) => this.flowSwitch?.representorOf(other) === switched.representor);
      this.arrives(to, Buffer.concat([new Uint8Array(VIRTIO_NET_HEADER_LENGTH), switched.frame]));
    } else if (this.slowFrames) this.slowFrames.push({ port, bytes });
    else this.receive(port, bytes);
  }

  /** Frames that the flow switch has forwarded. */
  get framesSwitched(): number {
    return this.switched;
  }

  /** Lets frames wait on their way from the flow switch to the fabric, or all of them arrive there. */
  holdUp(areHeldUp: boolean): void {
    const waiting = this.slowFrames ?? [];
    this.slowFrames = areHeldUp ? waiting : undefined;
    if (!areHeldUp) for (const { port, bytes } of waiting) this.receive(port, bytes);
  }

  /** The queue of the way to the fabric is full: what waits there is lost. */
  loseHeldUp(): void {
    this.slowFrames = [];
  }

  private receive(port: number, bytes: Uint8Array): void {
    this.fabric.receive(port, bytes, bytes.length);
    this.fabric.drained(port);
  }

  private arrives(port: number, bytes: Uint8Array): void {
    const lengthBytes = readUint16(bytes, VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH + IPV4_TOTAL_LENGTH);
    this.arrivals.push({ to: this.names[port] ?? 'nobody', atMs: this.clockMs - START_MS, lengthBytes, bytes });
  }

  /** Sends the same packet again and again, and lets the time pass. */
  offerEvery(everyMs: number, forMs: number, ...packets: readonly TestPacket[]): void {
    for (let passedMs = 0; passedMs < forMs; passedMs += everyMs) {
      for (const packet of packets) this.offer(packet);
      this.advance(everyMs);
    }
  }

  /** Lets time pass, and what waits leave when it is due. */
  advance(ms: number): void {
    const untilMs = this.clockMs + ms;
    while (this.wakeMs <= untilMs) {
      this.clockMs = Math.max(this.clockMs, this.wakeMs);
      this.fabric.release();
    }
    this.clockMs = untilMs;
  }

  /** Bytes a second that came to a host in a time, milliseconds since the test began. */
  rateOf(to: string, fromMs: number, untilMs: number): number {
    const heard = this.arrivals.filter((one) => one.to === to && one.atMs >= fromMs && one.atMs < untilMs);
    return (1000 * heard.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0)) / (untilMs - fromMs);
  }

  /** The interface of a host has this allowance from now on. */
  allow(host: string, row: AllowanceRow | undefined): void {
    this.fabric.apply([{ change: 'put', row: { ...this.frames.rowOf(host), allowance: row } }]);
  }

  /** A host's instance stops: nobody is there, and EC2's network does not know its interface any more. */
  stop(host: string): void {
    this.detach(host);
    this.fabric.apply([{ change: 'remove', kind: 'interface', id: idOf('eni', host) }]);
  }

  /** A host is elsewhere from now on: at this place, and behind another's port where one is named. */
  move(host: string, place: PlaceRow | undefined, at = host): void {
    this.fabric.apply([{ change: 'put', row: { ...this.frames.rowOf(host), place } }]);
    if (at !== host) this.fabric.attach(idOf('eni', host), this.names.indexOf(at));
  }

  /** Pulls a host's plug, or puts it in, at its own port or another's. */
  detach(host: string): void {
    this.fabric.detach(this.names.indexOf(host));
  }

  attach(host: string, at = host): void {
    const name: PortName = host === 'internet' || host === 'services' ? host : idOf('eni', host);
    const port = this.names.indexOf(at);
    this.fabric.attach(name, port, name === 'services' ? undefined : this.flowSwitch?.representorOf(port));
  }

  get drops(): Readonly<Record<string, number>> {
    return this.fabric.counters().drops;
  }
}
