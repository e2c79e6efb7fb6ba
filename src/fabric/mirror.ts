/**
 * Traffic mirroring: copies of an interface's packets, as its sessions and their filters want them, in VXLAN to targets.
 *
 * Copied is what the guest sends and its own gates let out, as it sent it, and what reaches the guest, as it gets it
 * (mirroring guide: what the source's groups or ACL drop on the way in is not mirrored; that the same holds on the way
 * out is unconfirmed). ARP, DHCP, metadata and time are never copied, the Amazon DNS where a filter names it as a
 * service. A copy leaves past the groups of its source, but through the ACL and the route table of its subnet, and the
 * target's groups have to let it in. It is in no flow log.
 *
 * Flows of mirrored interfaces are not remembered by the flow cache: a session costs its interface the fast path, and
 * nobody else anything.
 */

import { contains } from '../net/cidr.ts';
import { hasPort } from '../net/port-range.ts';
import { UDP } from '../net/protocol.ts';
import type { Interface } from '../pipeline/interface.ts';
import { Packet } from '../pipeline/packet.ts';
import type { Passage } from '../pipeline/passage.ts';
import type { Origin, Pipeline } from '../pipeline/pipeline.ts';
import type { Drop, Outcome } from '../pipeline/verdict.ts';
import type { MirrorRuleRow, MirrorSessionRow } from '../tables/tables.ts';
import { ETHER_TYPE_IPV4, ETHERNET_HEADER_LENGTH, emitEthernet } from '../wire/ethernet.ts';
import { emitIpv4, IPV4_HEADER_LENGTH } from '../wire/ipv4.ts';
import { emitUdp, UDP_HEADER_LENGTH } from '../wire/udp.ts';
import { emitPlain, VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import { emitVxlan, VXLAN_HEADER_LENGTH, VXLAN_PORT } from '../wire/vxlan.ts';
import { isRefusedBySender } from './flow-log.ts';
import { wireFrames } from './segmentation.ts';

const DNS_PORT = 53;
const NETWORK = VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
/** Bytes of a copy's packet before the frame that it carries. */
const OVERHEAD_BYTES = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH;
const LARGEST_PACKET_BYTES = 65_535;
/** Source ports of copies, chosen by the flow within (RFC 7348, section 5). */
const FIRST_SOURCE_PORT = 49_152;

/** A packet to be copied: its frames as they are on the wire. */
interface Copy {
  readonly source: Interface;
  readonly session: MirrorSessionRow;
  readonly frames: readonly Uint8Array[];
  readonly sourcePort: number;
}

/** What may be copied of a packet that leaves a mirrored interface, before it is known what becomes of it. */
interface Outbound {
  readonly asTraffic: Copy | undefined;
  readonly asDns: Copy | undefined;
}

/** How copies leave the fabric. */
export interface MirrorExit {
  send(port: number, bytes: Uint8Array, length: number): void;
  dropped(drop: Drop, source: Interface): void;
}

/** True for an interface with mirror sessions. */
export const isMirrored = (holder: Interface | undefined): boolean =>
  holder !== undefined && holder.row.mirrorSessions.length > 0;

/** The mirror of one fabric. */
export class Mirror {
  private readonly packet = new Packet();

  constructor(
    private readonly pipeline: Pipeline,
    private readonly exit: MirrorExit,
  ) {}

  /** To be asked before the stages change the packet. */
  outbound(packet: Packet, origin: Origin): Outbound | undefined {
    if (typeof origin === 'string' || !isMirrored(origin) || packet.version === 0) return undefined;
    return {
      asTraffic: this.copyFor(origin, sessionFor(origin, 'egress', packet), packet),
      asDns: packet.destinationPort === DNS_PORT ? this.copyFor(origin, dnsSessionOf(origin), packet) : undefined,
    };
  }

  /** Which copies there are of a packet that has passed the stages; undefined for none, as nearly always. */
  copies(packet: Packet, outcome: Outcome, outbound: Outbound | undefined): readonly Copy[] | undefined {
    const { passage } = this.pipeline;
    if (!outbound && !isMirrored(passage.to)) return undefined;
    const sent = outbound && sentCopy(outbound, passage, outcome);
    const received = this.received(packet, passage, outcome);
    return [sent, received].filter((copy) => copy !== undefined);
  }

  /** Sends copies to their targets. Changes the passage. */
  emit(copies: readonly Copy[], nowMs: number): void {
    for (const copy of copies) for (const frame of copy.frames) this.emitFrame(copy, frame, nowMs);
  }

  private received(packet: Packet, { to, arrivedBy }: Passage, outcome: Outcome): Copy | undefined {
    if (outcome.kind !== 'delivered' || !to || !isMirrored(to)) return undefined;
    if (arrivedBy !== 'services') return this.copyFor(to, sessionFor(to, 'ingress', packet), packet);
    return packet.sourcePort === DNS_PORT ? this.copyFor(to, dnsSessionOf(to), packet) : undefined;
  }

  private copyFor(source: Interface, session: MirrorSessionRow | undefined, packet: Packet): Copy | undefined {
    return session && { source, session, frames: wireFrames(packet), sourcePort: sourcePortOf(packet) };
  }

  /** What does not fit through its way is cut (mirroring guide, truncation). */
  private emitFrame(copy: Copy, frame: Uint8Array, nowMs: number): void {
    const wanted = Math.min(frame.length, copy.session.packetLengthBytes ?? frame.length);
    let outcome = this.run(copy, frame.subarray(0, Math.min(wanted, LARGEST_PACKET_BYTES - OVERHEAD_BYTES)), nowMs);
    if (outcome.kind === 'drop' && outcome.id === 'mtu/too-big') {
      const room = this.pipeline.passage.pathMtuBytes - OVERHEAD_BYTES;
      outcome = this.run(copy, frame.subarray(0, Math.min(wanted, room)), nowMs);
    }
    const { to } = this.pipeline.passage;
    if (outcome.kind === 'drop') this.exit.dropped(outcome, copy.source);
    else if (outcome.kind === 'delivered' && to) this.exit.send(to.port, this.packet.bytes, this.packet.bytes.length);
  }

  private run({ source, session, sourcePort }: Copy, inner: Uint8Array, nowMs: number): Outcome {
    const bytes = new Uint8Array(NETWORK + OVERHEAD_BYTES + inner.length);
    const [address] = source.row.ipv4Addresses;
    const udpLength = UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH + inner.length;
    emitPlain(bytes, 0);
    const macs = { source: source.row.mac, destination: source.subnet.routerMac };
    emitEthernet(bytes, VIRTIO_NET_HEADER_LENGTH, { ...macs, etherType: ETHER_TYPE_IPV4 });
    emitIpv4(bytes, NETWORK, {
      source: address ?? session.targetAddress,
      destination: session.targetAddress,
      protocol: UDP,
      payloadLength: udpLength,
    });
    const udp = NETWORK + IPV4_HEADER_LENGTH;
    emitUdp(bytes, udp, { sourcePort, destinationPort: VXLAN_PORT, length: udpLength });
    emitVxlan(bytes, udp + UDP_HEADER_LENGTH, session.virtualNetworkId);
    bytes.set(inner, NETWORK + OVERHEAD_BYTES);
    this.packet.decode(bytes, 0, bytes.length - VIRTIO_NET_HEADER_LENGTH);
    return this.pipeline.runFrom(this.packet, source, nowMs);
  }
}

function sentCopy({ asTraffic, asDns }: Outbound, { to, edge }: Passage, outcome: Outcome): Copy | undefined {
  if (outcome.kind === 'answered') return undefined;
  if (outcome.kind === 'delivered' && !to && edge === 'services') return asDns;
  return outcome.kind === 'drop' && isRefusedBySender(outcome) ? undefined : asTraffic;
}

/** The first session, in the order of their numbers, whose filter accepts the packet. */
const sessionFor = (
  { row }: Interface,
  direction: 'ingress' | 'egress',
  packet: Packet,
): MirrorSessionRow | undefined =>
  row.mirrorSessions.find((session) => session[direction].find((rule) => isAbout(rule, packet))?.action === 'accept');

/** All traffic of a network service is mirrored, whatever the rules (API_ModifyTrafficMirrorFilterNetworkServices). */
const dnsSessionOf = ({ row }: Interface): MirrorSessionRow | undefined =>
  row.mirrorSessions.find(({ mirrorsAmazonDns }) => mirrorsAmazonDns);

const isAbout = (rule: MirrorRuleRow, packet: Packet): boolean =>
  (rule.protocol === undefined || rule.protocol === packet.protocol) &&
  contains(rule.source, packet.source) &&
  contains(rule.destination, packet.destination) &&
  (rule.sourcePorts === undefined || (packet.hasPorts && hasPort(rule.sourcePorts, packet.sourcePort))) &&
  (rule.destinationPorts === undefined || (packet.hasPorts && hasPort(rule.destinationPorts, packet.destinationPort)));

function sourcePortOf({ source, destination, sourcePort, destinationPort, protocol }: Packet): number {
  let hash = protocol;
  for (const value of [source, destination, sourcePort, destinationPort])
    hash = Math.imul(hash ^ Number(BigInt(value) & 0x7fff_ffffn), 0x9e3779b1) ^ (hash >>> 15);
  return FIRST_SOURCE_PORT + ((hash >>> 0) % (65_536 - FIRST_SOURCE_PORT));
}
