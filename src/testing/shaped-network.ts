/** A network whose instances have rates, and a clock that the test moves: when which frame arrives. */
import { Fabric } from '../fabric/fabric.ts';
import type { PortName } from '../fabric/fabric-options.ts';
import type { PlaceRow } from '../tables/place-row.ts';
import type { AllowanceRow, TableUpdate } from '../tables/tables.ts';
import { readUint16 } from '../wire/big-endian.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { IPV4_TOTAL_LENGTH } from '../wire/ipv4.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
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

  constructor(hosts: Readonly<Record<string, HostSpec>>, options: NetworkOptions = {}) {
    this.frames = network(hosts, options);
    this.names = ['internet', 'services', ...Object.keys(hosts)];
    this.fabric = new Fabric({
      now: () => this.clockMs,
      wakeAt: (dueMs) => {
        this.wakeMs = dueMs;
      },
      send: (port, buffer, offset, length) => {
        const bytes = buffer.slice(offset, offset + length);
        const lengthBytes = readUint16(bytes, VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH + IPV4_TOTAL_LENGTH);
        this.arrivals.push({ to: this.names[port] ?? 'nobody', atMs: this.clockMs - START_MS, lengthBytes, bytes });
        return true;
      },
    });
    this.fabric.apply(rowsOf(hosts, options).map((row): TableUpdate => ({ change: 'put', row })));
    for (const name of this.names) this.attach(name);
    // Of what routers advertise no test speaks.
    this.arrivals.length = 0;
  }

  /** Milliseconds since the test began. */
  get nowMs(): number {
    return this.clockMs - START_MS;
  }

  /** True while a frame waits. */
  get isWaiting(): boolean {
    return this.wakeMs !== Number.POSITIVE_INFINITY;
  }

  /** Sends a packet now. */
  offer(packet: TestPacket): void {
    const bytes = this.frames.frameFor(packet);
    this.fabric.receive(this.names.indexOf(packet.from), bytes, bytes.length);
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
    this.fabric.attach(name, this.names.indexOf(at));
  }

  get drops(): Readonly<Record<string, number>> {
    return this.fabric.counters().drops;
  }
}
