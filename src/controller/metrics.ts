/** Counters for Prometheus: API calls as they are answered, the fabric's counters as they stand when asked. */
import { Counter, Gauge, Registry } from 'prom-client';
import { type DataPlane, ENA_COUNTERS, type EnaCounters, type FabricCounters } from '../tables/data-plane.ts';
import type { NicReport } from '../tables/nic-ways.ts';

/** ENA's counters by the names that its driver has for them (EC2 user guide, monitoring-network-performance-ena). */
const ENA_HELP: Readonly<Record<(typeof ENA_COUNTERS)[number], string>> = {
  bw_in_allowance_exceeded: 'Packets queued or dropped because the instance was sent more than its bandwidth.',
  bw_out_allowance_exceeded: 'Packets queued or dropped because the instance sent more than its bandwidth.',
  pps_allowance_exceeded: 'Packets queued or dropped because the instance exceeded its packets a second.',
  conntrack_allowance_exceeded:
    'Packets dropped because no more connections could be tracked for the interface’s instance.',
  linklocal_allowance_exceeded:
    'Packets dropped because the interface sent more than 1024 a second to link-local services.',
  conntrack_allowance_available: 'Connections that can still be tracked for the interface’s instance.',
};

/** Collects and prints metrics. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #calls = new Counter({
    name: 'localvpc_api_calls_total',
    help: 'EC2 API calls by operation and error code (empty: success).',
    labelNames: ['operation', 'code'],
    registers: [this.#registry],
  });
  readonly #frames = new Gauge({
    name: 'localvpc_fabric_frames',
    help: 'Frames since the fabric started, by what became of them.',
    labelNames: ['outcome'],
    registers: [this.#registry],
  });
  readonly #drops = new Gauge({
    name: 'localvpc_fabric_drops',
    help: 'Frames dropped since the fabric started, by stage and reason.',
    labelNames: ['stage', 'reason'],
    registers: [this.#registry],
  });
  readonly #interfaceDrops = new Gauge({
    name: 'localvpc_interface_drops',
    help: 'Frames dropped at an interface, by stage and reason.',
    labelNames: ['interface', 'stage', 'reason'],
    registers: [this.#registry],
  });
  readonly #ena = ENA_COUNTERS.map((name) => ({
    name,
    gauge: new Gauge({
      name: `localvpc_interface_${name}`,
      help: ENA_HELP[name],
      labelNames: ['interface'],
      registers: [this.#registry],
    }),
  }));
  readonly #mediatedFrames = new Gauge({
    name: 'localvpc_interface_mediated_frames',
    help: 'Frames that the fabric mediated for an interface since its guest got it; a segmentation-offload frame is one.',
    labelNames: ['interface', 'direction'],
    registers: [this.#registry],
  });
  readonly #mediatedBytes = new Gauge({
    name: 'localvpc_interface_mediated_bytes',
    help: 'Bytes of these frames.',
    labelNames: ['interface', 'direction'],
    registers: [this.#registry],
  });
  readonly #nics = new Gauge({
    name: 'localvpc_interfaces',
    help: 'Interfaces that guests have, by the way of their frames.',
    labelNames: ['path'],
    registers: [this.#registry],
  });
  readonly #flowCache = new Gauge({
    name: 'localvpc_fabric_flow_cache',
    help: 'Look-ups in the flow cache.',
    labelNames: ['result'],
    registers: [this.#registry],
  });
  readonly #switchedFlows = new Gauge({
    name: 'localvpc_flow_switch_flows',
    help: 'Flows that the kernel forwards now without the fabric.',
    registers: [this.#registry],
  });
  readonly #switchedPackets = new Gauge({
    name: 'localvpc_flow_switch_packets',
    help: 'Packets that the kernel has forwarded without the fabric.',
    registers: [this.#registry],
  });
  readonly #switchedBytes = new Gauge({
    name: 'localvpc_flow_switch_bytes',
    help: 'Their bytes, from the IP header on.',
    registers: [this.#registry],
  });
  readonly #connections = new Gauge({
    name: 'localvpc_fabric_tracked_connections',
    help: 'Connections that security groups track now.',
    registers: [this.#registry],
  });
  readonly #ports = new Gauge({
    name: 'localvpc_fabric_ports',
    help: 'Ports of the fabric: interfaces of running guests and the ones to services and internet.',
    registers: [this.#registry],
  });

  /** Notes an answered call. */
  called(operation: string, code: string): void {
    this.#calls.inc({ operation, code });
  }

  /** Everything in Prometheus' text format, and its content type. */
  async print(dataPlane: DataPlane): Promise<{ readonly text: string; readonly contentType: string }> {
    const counters = await dataPlane.counters();
    this.#frames.set({ outcome: 'received' }, counters.framesReceived);
    this.#frames.set({ outcome: 'delivered' }, counters.framesDelivered);
    this.#frames.set({ outcome: 'answered' }, counters.framesAnswered);
    for (const [id, count] of Object.entries(counters.drops)) {
      const [stage = '', reason = ''] = id.split('/');
      this.#drops.set({ stage, reason }, count);
    }
    this.#setInterfaces(counters.interfaceDrops);
    this.#setEna(await dataPlane.enaCounters());
    this.#setNics(await dataPlane.nics());
    this.#flowCache.set({ result: 'hit' }, counters.flowCacheHits);
    this.#flowCache.set({ result: 'miss' }, counters.flowCacheMisses);
    const { flows, packets, bytes } = counters.offloaded ?? { flows: 0, packets: 0, bytes: 0 };
    this.#switchedFlows.set(flows);
    this.#switchedPackets.set(packets);
    this.#switchedBytes.set(bytes);
    this.#connections.set(counters.trackedConnections);
    this.#ports.set(counters.ports);
    return { text: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }

  #setNics(nics: readonly NicReport[]): void {
    for (const gauge of [this.#mediatedFrames, this.#mediatedBytes]) gauge.reset();
    for (const path of ['mediated', 'offloaded', 'passthrough'] as const) this.#nics.set({ path }, 0);
    for (const { id, way, mediated } of nics) {
      this.#nics.inc({ path: way.path });
      if (!mediated) continue;
      this.#mediatedFrames.set({ interface: id, direction: 'from-guest' }, mediated.fromGuest);
      this.#mediatedFrames.set({ interface: id, direction: 'to-guest' }, mediated.toGuest);
      this.#mediatedBytes.set({ interface: id, direction: 'from-guest' }, mediated.bytesFromGuest);
      this.#mediatedBytes.set({ interface: id, direction: 'to-guest' }, mediated.bytesToGuest);
    }
  }

  /** Interfaces that are gone are forgotten. */
  #setInterfaces(interfaceDrops: FabricCounters['interfaceDrops']): void {
    this.#interfaceDrops.reset();
    for (const [id, drops] of Object.entries(interfaceDrops)) {
      for (const [dropId, frames] of Object.entries(drops)) {
        const [stage = '', reason = ''] = dropId.split('/');
        this.#interfaceDrops.set({ interface: id, stage, reason }, frames);
      }
    }
  }

  #setEna(counters: Readonly<Record<string, EnaCounters>>): void {
    for (const { name, gauge } of this.#ena) {
      gauge.reset();
      for (const [id, own] of Object.entries(counters)) gauge.set({ interface: id }, own[name]);
    }
  }
}
