/**
 * What the reference network remembers of flows: a plain list, searched from its beginning.
 *
 * Written from AWS's documents and not from the pipeline: EC2 user guide, security-group-connection-tracking (what a
 * flow is told by, timeouts) and VPC user guide, nat-gateway-basics. Choices of this project where AWS says nothing
 * (timeouts of TCP before it is established and after its end, and of ICMP) are marked as such.
 */
import { ICMP, ICMPV6, TCP, UDP } from '../net/protocol.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';

/** A packet as the reference sees it: addresses are texts; an ICMP query has its identifier as both ports. */
export interface ReferencePacket {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly tcpFlags: number;
  readonly icmpType: number;
  /** Of an ICMP error: the packet that caused it, as the error's sender had got it. */
  readonly quoted: ReferencePacket | undefined;
}

/** Which way a packet crosses an interface. */
export type Way = 'in' | 'out';

export const isIcmp = ({ protocol }: ReferencePacket): boolean => protocol === ICMP || protocol === ICMPV6;
export const isEchoRequest = (packet: ReferencePacket): boolean =>
  isIcmp(packet) && packet.icmpType === (packet.protocol === ICMP ? 8 : 128);
export const isEchoReply = (packet: ReferencePacket): boolean =>
  isIcmp(packet) && packet.icmpType === (packet.protocol === ICMP ? 0 : 129);
export const hasPorts = ({ protocol }: ReferencePacket): boolean => protocol === TCP || protocol === UDP;
/** The packet that asks for a connection. */
export const isFirstSegment = ({ protocol, tcpFlags }: ReferencePacket): boolean =>
  protocol === TCP && (tcpFlags & (SYN | ACK | RST)) === SYN;

/** An error about the packet, from its receiver or from a router before that. */
export const errorAbout = (packet: ReferencePacket, source: string, icmpType: number): ReferencePacket => ({
  source,
  destination: packet.source,
  protocol: packet.source.includes(':') ? ICMPV6 : ICMP,
  sourcePort: 0,
  destinationPort: 0,
  tcpFlags: 0,
  icmpType,
  quoted: packet,
});

const SECOND = 1000;
const IDLE = { tcpEstablished: 432_000 * SECOND, udp: 30 * SECOND, udpStream: 180 * SECOND, other: 600 * SECOND };
/** Unconfirmed: this project's choices. */
const UNDOCUMENTED = { tcpOpening: 60 * SECOND, tcpClosing: 10 * SECOND, icmp: 30 * SECOND, natClosed: 10 * SECOND };
const NAT_IDLE = 350 * SECOND;

/** A flow that some interface tracks. */
interface TrackedFlow {
  readonly holder: string;
  readonly key: string;
  readonly openedBy: Way;
  phase: 'opening' | 'established' | 'stream' | 'closing';
  closedIn: boolean;
  closedOut: boolean;
  expiresMs: number;
}

/** The tracked flows of all interfaces. */
export class ReferenceTracking {
  private flows: TrackedFlow[] = [];

  /** The live flow that the packet belongs to; one that asks for a new connection belongs to none that is beyond its opening. */
  find(holder: string, packet: ReferencePacket, way: Way, nowMs: number): TrackedFlow | undefined {
    const key = flowKey(packet, way);
    const found = this.flows.find((flow) => flow.holder === holder && flow.key === key && flow.expiresMs > nowMs);
    return found && isFirstSegment(packet) && found.phase !== 'opening' ? undefined : found;
  }

  /** True for an ICMP error about a packet of a live flow, which had crossed the interface the other way. Keeps nothing alive. */
  knowsCause(holder: string, { quoted }: ReferencePacket, way: Way, nowMs: number): boolean {
    if (!quoted) return false;
    const key = flowKey(quoted, way === 'in' ? 'out' : 'in');
    return this.flows.some((flow) => flow.holder === holder && flow.key === key && flow.expiresMs > nowMs);
  }

  /** Begins a flow with this packet, in the place of a former one. */
  open(holder: string, packet: ReferencePacket, way: Way, nowMs: number): void {
    const key = flowKey(packet, way);
    this.flows = this.flows.filter((flow) => flow.holder !== holder || flow.key !== key);
    const isMidStream = packet.protocol === TCP && (packet.tcpFlags & SYN) === 0;
    const phase = isMidStream ? 'established' : 'opening';
    const flow: TrackedFlow = {
      holder,
      key,
      openedBy: way,
      phase,
      closedIn: false,
      closedOut: false,
      expiresMs: 0,
    };
    flow.expiresMs = nowMs + idleTimeMs(flow, packet);
    this.flows.push(flow);
  }

  /** Takes note of one more packet of the flow. */
  advance(flow: TrackedFlow, packet: ReferencePacket, way: Way, nowMs: number): void {
    if (packet.protocol === TCP && (packet.tcpFlags & RST) !== 0) {
      this.flows = this.flows.filter((other) => other !== flow);
      return;
    }
    const isAnswer = way !== flow.openedBy;
    if (packet.protocol === TCP) {
      if (flow.phase === 'opening' && isAnswer && (packet.tcpFlags & ACK) !== 0) flow.phase = 'established';
      if ((packet.tcpFlags & FIN) !== 0 && way === 'in') flow.closedIn = true;
      if ((packet.tcpFlags & FIN) !== 0 && way === 'out') flow.closedOut = true;
      if (flow.closedIn && flow.closedOut) flow.phase = 'closing';
    }
    if (packet.protocol === UDP) {
      if (flow.phase === 'established' && !isAnswer) flow.phase = 'stream';
      if (flow.phase === 'opening' && isAnswer) flow.phase = 'established';
    }
    flow.expiresMs = nowMs + idleTimeMs(flow, packet);
  }
}

/** TCP and UDP by addresses and ports, echoes by their identifier and who asked, other protocols by addresses alone. */
function flowKey(packet: ReferencePacket, way: Way): string {
  const { source, destination, protocol, sourcePort, destinationPort, icmpType } = packet;
  const isOut = way === 'out';
  const ends = isOut ? [source, destination] : [destination, source];
  if (hasPorts(packet)) {
    const ports = isOut ? [sourcePort, destinationPort] : [destinationPort, sourcePort];
    return [protocol, ...ends, ...ports].join(' ');
  }
  if (isEchoRequest(packet)) return [protocol, ...ends, sourcePort, `asked ${way}`].join(' ');
  if (isEchoReply(packet)) return [protocol, ...ends, sourcePort, `asked ${isOut ? 'in' : 'out'}`].join(' ');
  if (isIcmp(packet)) return [protocol, ...ends, `type ${icmpType} ${way}`].join(' ');
  return [protocol, ...ends].join(' ');
}

function idleTimeMs({ phase }: TrackedFlow, packet: ReferencePacket): number {
  if (packet.protocol === UDP) return phase === 'stream' ? IDLE.udpStream : IDLE.udp;
  if (packet.protocol === TCP) {
    if (phase === 'opening') return UNDOCUMENTED.tcpOpening;
    return phase === 'closing' ? UNDOCUMENTED.tcpClosing : IDLE.tcpEstablished;
  }
  return isIcmp(packet) ? UNDOCUMENTED.icmp : IDLE.other;
}

/** Of a flow at a NAT gateway none of whose packets has arrived yet. */
export const UNKNOWN_PORT = -1;

/** A flow that a NAT gateway translates. */
interface NatFlow {
  readonly gateway: string;
  readonly protocol: number;
  readonly client: string;
  readonly clientPort: number;
  readonly server: string;
  readonly serverPort: number;
  /** The port at the gateway; undefined until it was seen, because any free one will do. */
  port: number | undefined;
  closedInside: boolean;
  closedOutside: boolean;
  isReset: boolean;
  expiresMs: number;
}

/** The translations of all NAT gateways. */
export class ReferenceTranslations {
  private flows: NatFlow[] = [];

  /** The flow that a packet from inside belongs to, a new one if need be; undefined for a segment of an unknown connection. */
  fromInside(gateway: string, packet: ReferencePacket, nowMs: number): NatFlow | undefined {
    const { protocol, source, destination, sourcePort } = packet;
    const serverPort = isIcmp(packet) ? 0 : packet.destinationPort;
    const known = this.flows.find(
      (flow) =>
        flow.gateway === gateway &&
        flow.protocol === protocol &&
        flow.client === source &&
        flow.clientPort === sourcePort &&
        flow.server === destination &&
        flow.serverPort === serverPort &&
        flow.expiresMs > nowMs,
    );
    if (!known && protocol === TCP && !isFirstSegment(packet)) return undefined;
    const flow = known ?? {
      gateway,
      protocol,
      client: source,
      clientPort: sourcePort,
      server: destination,
      serverPort,
      port: undefined,
      closedInside: false,
      closedOutside: false,
      isReset: false,
      expiresMs: 0,
    };
    if (!known) this.flows.push(flow);
    advance(flow, packet, 'inside', nowMs);
    return flow;
  }

  /** The flow that a packet from outside answers. */
  fromOutside(gateway: string, packet: ReferencePacket, nowMs: number): NatFlow | undefined {
    const serverPort = isIcmp(packet) ? 0 : packet.sourcePort;
    const flow = this.flows.find(
      (one) =>
        one.gateway === gateway &&
        one.protocol === packet.protocol &&
        one.port === packet.destinationPort &&
        one.server === packet.source &&
        one.serverPort === serverPort &&
        one.expiresMs > nowMs,
    );
    if (flow) advance(flow, packet, 'outside', nowMs);
    return flow;
  }

  /**
   * An ICMP error from inside as the gateway sends it on: the packet that it quotes had come to the client, and before that
   * to the gateway. Undefined where it is about no flow; what is quoted keeps no flow alive (RFC 5508, section 4).
   */
  errorFromInside(
    gateway: string,
    address: string,
    packet: ReferencePacket,
    nowMs: number,
  ): ReferencePacket | undefined {
    const { quoted } = packet;
    if (!quoted) return undefined;
    const flow = this.flows.find(
      (one) =>
        one.gateway === gateway &&
        one.protocol === quoted.protocol &&
        one.client === quoted.destination &&
        one.clientPort === quoted.destinationPort &&
        one.server === quoted.source &&
        one.serverPort === (isIcmp(quoted) ? 0 : quoted.sourcePort) &&
        one.expiresMs > nowMs,
    );
    if (!flow) return undefined;
    const port = flow.port ?? UNKNOWN_PORT;
    const ports = { destinationPort: port, ...(isIcmp(quoted) ? { sourcePort: port } : {}) };
    return { ...packet, source: address, quoted: { ...quoted, destination: address, ...ports } };
  }

  /** The same from outside: what is quoted had left the gateway, and before that the client. */
  errorFromOutside(gateway: string, packet: ReferencePacket, nowMs: number): ReferencePacket | undefined {
    const { quoted } = packet;
    if (!quoted) return undefined;
    const flow = this.flows.find(
      (one) =>
        one.gateway === gateway &&
        one.protocol === quoted.protocol &&
        one.port === quoted.sourcePort &&
        one.server === quoted.destination &&
        one.serverPort === (isIcmp(quoted) ? 0 : quoted.destinationPort) &&
        one.expiresMs > nowMs,
    );
    if (!flow) return undefined;
    const { client, clientPort } = flow;
    const ports = { sourcePort: clientPort, ...(isIcmp(quoted) ? { destinationPort: clientPort } : {}) };
    return { ...packet, destination: client, quoted: { ...quoted, source: client, ...ports } };
  }

  /** True when the gateway waits for this packet. Changes nothing. */
  awaits(gateway: string, packet: ReferencePacket, nowMs: number): boolean {
    const copy = this.flows.map((flow) => ({ ...flow }));
    const awaited = this.fromOutside(gateway, packet, nowMs) !== undefined;
    this.flows = copy;
    return awaited;
  }

  /** Tells a new flow's port, as it was seen outside. @throws when another flow to the same destination has it */
  learnPort(flow: NatFlow, port: number, nowMs: number): void {
    const { gateway, protocol, server, serverPort } = flow;
    const other = this.flows.find(
      (one) =>
        one !== flow &&
        one.gateway === gateway &&
        one.protocol === protocol &&
        one.server === server &&
        one.serverPort === serverPort &&
        one.port === port &&
        one.expiresMs > nowMs,
    );
    if (other) throw new Error(`port ${port} of ${gateway} serves two flows to ${server}`);
    if (port < 1024) throw new Error(`port ${port} is none that a NAT gateway uses`);
    flow.port = port;
  }
}

function advance(
  flow: NatFlow,
  { protocol, tcpFlags }: ReferencePacket,
  side: 'inside' | 'outside',
  nowMs: number,
): void {
  if (protocol === TCP) {
    if ((tcpFlags & RST) !== 0) flow.isReset = true;
    else if ((tcpFlags & (SYN | ACK)) === SYN && side === 'inside') {
      flow.isReset = false;
      flow.closedInside = false;
      flow.closedOutside = false;
    } else if ((tcpFlags & FIN) !== 0) {
      if (side === 'inside') flow.closedInside = true;
      else flow.closedOutside = true;
    }
  }
  const isOver = flow.isReset || (flow.closedInside && flow.closedOutside);
  flow.expiresMs = nowMs + (isOver ? UNDOCUMENTED.natClosed : NAT_IDLE);
}
