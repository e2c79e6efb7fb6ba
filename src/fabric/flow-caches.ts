/** The flow caches of both IP families as one. */
import type { ConnectionTable } from '../pipeline/connection-table.ts';
import type { TranslationTable } from '../pipeline/translation-table.ts';
import { FlowCache, type FlowDecision } from './flow-cache.ts';
import type { FlowCounts } from './flow-counts.ts';
import type { FlowOffload } from './flow-offload.ts';
import { Ipv6FlowCache } from './ipv6-flow-cache.ts';

const DEFAULT_IPV4_ENTRIES = 1 << 19;
const DEFAULT_IPV6_ENTRIES = 1 << 18;

/** Flows and what to do with their frames. */
export class FlowCaches {
  private readonly ipv4: FlowCache;
  private readonly ipv6: Ipv6FlowCache;
  private isLastIpv6 = false;

  /** `maxEntries` of each family: a power of two, or 0 for caches that never remember. */
  constructor(connections: ConnectionTable, translations: TranslationTable, counts: FlowCounts, maxEntries?: number) {
    this.ipv4 = new FlowCache(connections, translations, counts, maxEntries ?? DEFAULT_IPV4_ENTRIES);
    this.ipv6 = new Ipv6FlowCache(connections, counts, maxEntries ?? DEFAULT_IPV6_ENTRIES);
  }

  /** Rewrites the frame and returns the port that it goes to, or -1 when the stages have to look at it; it is then as it was. */
  forward(port: number, bytes: Uint8Array, at: number, length: number, epoch: number, nowMs: number): number {
    const outPort = this.ipv4.forward(port, bytes, at, length, epoch, nowMs);
    this.isLastIpv6 = outPort < 0;
    return outPort < 0 ? this.ipv6.forward(port, bytes, at, length, epoch, nowMs) : outPort;
  }

  /** The terms of the flow whose frame was forwarded last (rate-terms.ts). */
  get terms(): number {
    return this.isLastIpv6 ? this.ipv6.terms : this.ipv4.terms;
  }

  /** Remembers what became of the frame that was looked up last and that now lies rewritten at `at`. */
  remember(bytes: Uint8Array, at: number, decision: FlowDecision): void {
    this.ipv4.remember(bytes, at, decision);
    this.ipv6.remember(bytes, at, decision);
  }

  /** Hands the flow of the frame that was forwarded or remembered last over to the flow switch. */
  offload(to: FlowOffload, nowMs: number): void {
    this.ipv4.offload(to, nowMs);
    if (this.isLastIpv6) this.ipv6.offload(to, nowMs);
  }
}
