/** Between the fabric and the flow switch: which flows are handed over, and whose stay with the fabric. */
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { OffloadCounters } from '../tables/data-plane.ts';
import type { Captures } from './captures.ts';
import type { PortName } from './fabric-options.ts';
import type { FlowCaches } from './flow-caches.ts';
import type { FlowCounts } from './flow-counts.ts';
import { FlowOffload, type FlowSwitchMemory } from './flow-offload.ts';
import type { RateGate } from './rate-gate.ts';
import { UNLIMITED } from './rate-terms.ts';

/** What hands over, and to what it has to pay attention. */
export interface HandoverParts {
  readonly pipeline: Pipeline;
  readonly counts: FlowCounts;
  readonly captures: Captures;
  readonly flows: FlowCaches;
  readonly rates: RateGate;
  readonly ports: ReadonlyMap<PortName, number>;
}

/** Slots that each `expire` looks at. */
const EXPIRE_STEP = 4096;

/** Hands flows over once there is a switch; does nothing before. */
export class Handover {
  private offload: FlowOffload | undefined;
  /** Ports whose flows stay with the fabric because somebody said so. */
  private readonly withheld = new Set<PortName>();
  private isWatching = false;

  constructor(private readonly parts: HandoverParts) {}

  /** To be called once at most, before ports are attached. */
  begin(memory: FlowSwitchMemory): void {
    const { pipeline, counts, rates } = this.parts;
    const { network, connections, translations } = pipeline;
    this.offload = new FlowOffload(memory, network, connections, translations, counts, rates);
    rates.lendTo(memory.loans);
  }

  attach(port: number, representor: number | undefined): void {
    this.offload?.setRepresentor(port, representor);
    this.watch();
  }

  detach(port: number): void {
    this.offload?.evict(port);
    this.offload?.setRepresentor(port, undefined);
  }

  /**
   * Hands over the flow of the frame that has just been emitted by the rate gate, and forwarded by a cache or remembered in
   * it. The switch knows no distances: what takes its time between hosts stays with the fabric. What falls under limits
   * (rate-terms.ts) is the switch's as far as the gate lends, and comes to the fabric when it exceeds that.
   */
  flow(terms: number, nowMs: number): void {
    if (!this.offload) return;
    this.offload.isLimited = (terms & UNLIMITED) === 0;
    this.parts.flows.offload(this.offload, nowMs);
  }

  /** The fabric has done with a frame that it was given at a port. */
  handled(port: number): void {
    this.offload?.handled(port);
  }

  /** No frame waits at a port. */
  drained(port: number): void {
    this.offload?.drained(port);
  }

  /** Takes every flow of a port out of the switch before this returns, and lets none in while `withheld`. */
  withhold(name: PortName, withheld: boolean): void {
    if (withheld) this.withheld.add(name);
    else this.withheld.delete(name);
    this.watch();
  }

  /** Lets the fabric see every frame of the ports that are captured or withheld now; to be called when captures change. */
  watch(): void {
    const { offload, parts } = this;
    const { captures, ports, pipeline } = parts;
    if (!offload || (!captures.active && this.withheld.size === 0 && !this.isWatching)) return;
    const watched = new Set<number>();
    for (const [name, port] of ports) if (captures.has(name) || this.withheld.has(name)) watched.add(port);
    offload.watch(watched);
    this.isWatching = watched.size > 0;
    pipeline.network.epoch += 1;
  }

  /** Adds what the switch has forwarded to the accounts of its flows; true when there was something. */
  settle(): boolean {
    return this.offload?.settle() ?? false;
  }

  /** Gives back some of what is stale or idle. */
  expire(nowMs: number): void {
    this.offload?.sweep(EXPIRE_STEP, nowMs);
  }

  counters(): OffloadCounters | undefined {
    return this.offload?.counters();
  }
}
