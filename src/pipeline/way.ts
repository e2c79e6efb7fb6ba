/** The way that a packet takes, there and back, with the filters on it noted instead of asked. */
import type { DeliveredPacket, TraceRequest } from '../tables/data-plane.ts';
import { writeUint16 } from '../wire/big-endian.ts';
import { ACK, SYN } from '../wire/tcp.ts';
import { answerTo } from './answer-request.ts';
import { type AssumedFlows, delivered, macsOf, noFlows, originOf, packetOf } from './explain.ts';
import type { Gate } from './gates.ts';
import type { Interface } from './interface.ts';
import type { Packet } from './packet.ts';
import type { OutsideEdge } from './passage.ts';
import type { Pipeline } from './pipeline.ts';

/** One direction of a way. */
export interface Way {
  /** The filters, in the order in which the packet met them; those behind a drop are not among them. */
  readonly gates: readonly Gate[];
  /** Who gets the packet when all filters let it pass; undefined when it is dropped or answered by the fabric. */
  readonly to: Interface | OutsideEdge | undefined;
  readonly deliveredAs: DeliveredPacket | undefined;
}

/** A way there, and the answer's back where there is one. */
export interface WayBothWays {
  readonly there: Way;
  readonly back: Way | undefined;
}

/** Longer than anything is remembered of a flow: between two ways all that the first has opened is over. */
const BETWEEN_WAYS_MS = 10_000_000;

/** Finds ways in a pipeline that moves no packets. */
export class WayFinder {
  readonly #pipeline: Pipeline;
  readonly #flows: AssumedFlows = noFlows();
  readonly #packets = new Map<string, Packet>();
  #nowMs = 0;

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  /** The way of this packet, and that of its answer. */
  find(request: TraceRequest): WayBothWays {
    this.#nowMs += BETWEEN_WAYS_MS;
    const there = this.#oneWay(request, SYN);
    const { to, deliveredAs } = there;
    if (!to || !deliveredAs) return { there, back: undefined };
    const from: TraceRequest['from'] = typeof to === 'string' ? { kind: to } : { kind: 'interface', id: to.row.id };
    const answer = answerTo(deliveredAs, from);
    return { there, back: answer && this.#oneWay(answer, SYN | ACK) };
  }

  #oneWay(request: TraceRequest, tcpFlags: number): Way {
    const origin = originOf(this.#pipeline, request);
    if (!origin) return { gates: [], to: undefined, deliveredAs: undefined };
    const { source, protocol, icmp } = request;
    const key = `${typeof source} ${protocol} ${icmp?.type} ${icmp?.code} ${tcpFlags}`;
    const packet = this.#packetOf(key, request, tcpFlags, origin);
    const gates: Gate[] = [];
    const { kind } = this.#pipeline.run(packet, origin, this.#nowMs, {
      commits: false,
      observer: undefined,
      assumed: this.#flows.tracker,
      assumedTranslations: this.#flows.translations,
      wantedTargets: request.wantedTargets,
      gates,
    });
    const { to: holder, edge, natGateways } = this.#pipeline.passage;
    // Those alone change bytes that stages read: they count hops, and write packets anew in the other IP family.
    if (natGateways > 0) this.#packets.delete(key);
    const to = kind === 'delivered' ? (holder ?? (edge === 'services' ? undefined : edge)) : undefined;
    return { gates, to, deliveredAs: to && delivered(packet) };
  }

  /** One packet for each protocol, whose bytes are made once: stages read what was decoded, and rewrite it. */
  #packetOf(key: string, request: TraceRequest, tcpFlags: number, origin: Interface | OutsideEdge): Packet {
    const { source, destination, sourcePort, destinationPort, icmp } = request;
    const known = this.#packets.get(key);
    if (!known) {
      const made = packetOf(request, tcpFlags, origin);
      this.#packets.set(key, made);
      return made;
    }
    const { sourceMac, destinationMac } = macsOf(origin, destination);
    // One by one: Object.assign() of the same took a third of the time of finding a way.
    known.sourceMac = sourceMac;
    known.destinationMac = destinationMac;
    known.source = source;
    known.destination = destination;
    known.sourcePort = sourcePort;
    known.destinationPort = destinationPort;
    known.icmpIdentifier = icmp?.identifier ?? 0;
    // What a NAT gateway writes anew in the other IP family is decoded again.
    if (known.hasPorts) writePorts(known);
    return known;
  }
}

function writePorts({ bytes, transport, sourcePort, destinationPort }: Packet): void {
  writeUint16(bytes, transport, sourcePort);
  writeUint16(bytes, transport + 2, destinationPort);
}
