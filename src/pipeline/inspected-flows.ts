/**
 * Flows that Gateway Load Balancers have sent to appliances: each stays with its target, in both directions, until it has
 * been idle for too long.
 *
 * Sources: Gateway Load Balancer guide (flow stickiness, target failover, idle timeouts of 350 s of TCP and 120 s of
 * everything else); Elastic Load Balancing FAQs (what makes a flow; a packet of one that was forgotten begins a new one).
 */
import type { IpAddress, Ipv4 } from '../net/address.ts';
import { TCP } from '../net/protocol.ts';
import type { FlowStickiness } from '../tables/gateway-load-balancer-row.ts';
import type { Interface } from './interface.ts';
import type { Packet } from './packet.ts';
import type { PassageHistory } from './passage-history.ts';

const TCP_TIMEOUT_MS = 350_000;
const OTHER_TIMEOUT_MS = 120_000;
/** Flows in all: some 200 MB when all are in use. AWS does not say when it evicts flows. */
export const MAX_INSPECTED_FLOWS = 1 << 18;
/** Flows that each new one looks at for expired ones. */
const SWEEP_STEP = 8;

/** A flow at one endpoint. */
export interface InspectedFlow {
  readonly key: string;
  /** Tells the flow in the tunnel; 32 bits. */
  readonly cookie: number;
  readonly endpoint: Interface;
  node: Interface;
  target: Ipv4;
  /** By the packets' source: what their way had been when they were last sent to the target. */
  readonly ways: Map<IpAddress, PassageHistory>;
  expiresAtMs: number;
}

/** The flows of one data plane. */
export class InspectedFlows {
  private readonly flows = new Map<string, InspectedFlow>();
  private lastCookie = 0;
  maxFlows = MAX_INSPECTED_FLOWS;

  get size(): number {
    return this.flows.size;
  }

  /** A flow that is not forgotten. */
  find(key: string, nowMs: number): InspectedFlow | undefined {
    const flow = this.flows.get(key);
    if (!flow || flow.expiresAtMs > nowMs) return flow;
    this.flows.delete(key);
    return undefined;
  }

  /** Remembers a flow, which `touch` keeps; undefined where there is no room for one more. */
  open(key: string, at: Pick<InspectedFlow, 'endpoint' | 'node' | 'target'>, nowMs: number): InspectedFlow | undefined {
    this.sweep(nowMs);
    if (this.flows.size >= this.maxFlows) return undefined;
    this.lastCookie = (this.lastCookie + 1) >>> 0;
    const flow = { ...at, key, cookie: this.lastCookie, ways: new Map<IpAddress, PassageHistory>(), expiresAtMs: 0 };
    this.flows.set(key, flow);
    return flow;
  }

  /** Forgets expired ones among those that have been here longest without a packet, as `touch` leaves them in front. */
  private sweep(nowMs: number): void {
    let looked = 0;
    for (const [key, flow] of this.flows) {
      if (flow.expiresAtMs <= nowMs) this.flows.delete(key);
      if (++looked >= SWEEP_STEP) return;
    }
  }

  /** The flow has a packet now. */
  touch(flow: InspectedFlow, { protocol }: Packet, nowMs: number): void {
    flow.expiresAtMs = nowMs + (protocol === TCP ? TCP_TIMEOUT_MS : OTHER_TIMEOUT_MS);
    this.flows.delete(flow.key);
    this.flows.set(flow.key, flow);
  }
}

/** Of TCP and UDP the ports are part of a flow, unless it is wider; of everything else there are none to tell. */
const hasPartPorts = ({ hasPorts }: Packet, stickiness: FlowStickiness): boolean =>
  hasPorts && stickiness === 'five-tuple';

/** True for a packet that does not show which flow it belongs to. */
export const hidesItsFlow = (packet: Packet, stickiness: FlowStickiness): boolean =>
  packet.isFragment && hasPartPorts(packet, stickiness);

/** What a flow is found by, whichever of its two directions the packet goes. */
export function flowKeyOf(packet: Packet, stickiness: FlowStickiness): string {
  const { source, destination, sourcePort, destinationPort, protocol } = packet;
  const withPorts = hasPartPorts(packet, stickiness);
  const one = withPorts ? `${source} ${sourcePort}` : `${source}`;
  const other = withPorts ? `${destination} ${destinationPort}` : `${destination}`;
  const ends = one < other ? `${one} ${other}` : `${other} ${one}`;
  return stickiness === 'two-tuple' ? ends : `${protocol} ${ends}`;
}

/** A whole number from 0 on, of 32 bits (FNV-1a): the same for both directions of a flow. */
export function hashOfKey(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
