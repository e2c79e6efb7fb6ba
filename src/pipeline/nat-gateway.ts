/**
 * What a NAT gateway does to a packet: from inside its source becomes an address of the gateway and a port there, from
 * outside its destination becomes the client's again. The destination of the first and the source of the second stay.
 *
 * User guide, nat-gateway-basics: TCP, UDP and ICMP queries with their errors; a flow that is idle for 350 s is over,
 * and a later TCP segment from inside is answered with a reset. That the same time holds for UDP and ICMP, and the
 * shorter one after a connection was closed, are unconfirmed.
 */
import type { Ipv4 } from '../net/address.ts';
import { ICMP, TCP, UDP } from '../net/protocol.ts';
import { readUint16 } from '../wire/big-endian.ts';
import { ICMP_ECHO_REPLY, ICMP_ECHO_REQUEST, ICMP_HEADER_LENGTH, ICMP_IDENTIFIER, isIcmpError } from '../wire/icmp.ts';
import { IPV4_HEADER_LENGTH, IPV4_PROTOCOL, ipv4Destination, ipv4HeaderLength, ipv4Source } from '../wire/ipv4.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';
import type { Interface } from './interface.ts';
import { answerOverIpv6, errorOverIpv6, FRAGMENTS_FROM_IPV6, FRAGMENTS_TO_IPV6, isOverIpv6 } from './nat64.ts';
import { hasChecksum } from './other-family.ts';
import type { Packet } from './packet.ts';
import type { Passage, ToInterface } from './passage.ts';
import {
  translateDestination,
  translateDestinationPort,
  translateQuotedPort,
  translateSource,
  translateSourcePort,
} from './translation.ts';
import { type InsideFlow, isIpv6Client, NO_TRANSLATION, type TranslationTable } from './translation-table.ts';

/** Why a NAT gateway does not translate a packet. */
export type NatObjection =
  | 'protocol'
  | 'fragment'
  | 'foreign-source'
  | 'no-free-port'
  | 'connection-unknown'
  | 'unsolicited';

/** Of NAT gateways, load balancers and endpoints alike. */
export const IDLE_TIMEOUT_MS = 350_000;
const CLOSED_TIMEOUT_MS = 10_000;
/** As long as a receiver waits for the rest of a datagram (RFC 1122 section 3.3.2). */
const FRAGMENT_TIMEOUT_MS = 60_000;
/** Stand for UDP in the keys of datagrams in fragments; no protocol that is translated has these numbers. */
const FRAGMENTS_FROM_INSIDE = 254;
const FRAGMENTS_FROM_OUTSIDE = 255;

/** What is noted of a TCP connection. */
export const CLOSED_INSIDE = 1;
export const CLOSED_OUTSIDE = 2;
const RESET = 4;

/** Translates a packet that a route has led here. */
export function translateFromInside(packet: Packet, passage: ToInterface): NatObjection | undefined {
  const { source, destination } = packet;
  if (typeof source !== 'number' || typeof destination !== 'number') return 'protocol';
  // Other VPCs share a NAT gateway over a transit gateway (user guide, nat-gateway-basics), and in no other way.
  if (passage.transitCrossings.length === 0 && !passage.to.vpc.interfaceAt(source)) return 'foreign-source';
  if (packet.isLaterFragment) return laterFragmentFromInside(packet, passage, source, destination);
  if (packet.isIcmp && isIcmpError(4, packet.icmpType)) return errorFromInside(packet, passage);
  const objection = untranslatable(packet, ICMP_ECHO_REQUEST);
  if (objection) return objection;
  const flow: InsideFlow = {
    owner: passage.to.index,
    protocol: packet.protocol,
    inside: source,
    insidePort: packet.isIcmp ? packet.icmpIdentifier : packet.sourcePort,
    remote: destination,
    remotePort: packet.destinationPort,
  };
  return translateFlow(packet, passage, flow);
}

/** Translates a packet that came to an address of the gateway. */
export function translateFromOutside(packet: Packet, passage: ToInterface): NatObjection | undefined {
  const { source, destination } = packet;
  if (typeof source !== 'number' || typeof destination !== 'number') return 'unsolicited';
  if (packet.isLaterFragment) return laterFragmentFromOutside(packet, passage, source, destination);
  if (packet.isIcmp && isIcmpError(4, packet.icmpType)) return errorFromOutside(packet, passage, passage.to);
  const objection = untranslatable(packet, ICMP_ECHO_REPLY);
  if (objection) return objection === 'protocol' ? 'unsolicited' : objection;
  const { translations, assumedTranslations, commits } = passage;
  const known = findAnswered(translations, packet, passage, passage.to);
  const table = known === NO_TRANSLATION && assumedTranslations ? assumedTranslations : translations;
  const slot = table === translations ? known : findAnswered(table, packet, passage, passage.to);
  if (slot === NO_TRANSLATION) return 'unsolicited';
  const inside = table.insideAddress(slot);
  const isForIpv6 = isOverIpv6(table, slot);
  // The rest of the datagram, over which a checksum would have to be computed, is not here (RFC 7915, section 4.5).
  if (isForIpv6 && packet.isFirstFragment && !hasChecksum(packet)) return 'fragment';
  if (commits) {
    advance(passage, slot, packet, CLOSED_OUTSIDE);
    const kind = isForIpv6 ? FRAGMENTS_TO_IPV6 : FRAGMENTS_FROM_OUTSIDE;
    rememberFragments(packet, passage, kind, inside, destination, source);
  }
  if (isForIpv6) {
    translateDestinationPort(packet, table.insidePort(slot));
    return answerOverIpv6(packet, passage, table, slot) ? undefined : 'unsolicited';
  }
  translateDestination(packet, inside);
  translateDestinationPort(packet, table.insidePort(slot));
  return undefined;
}

/** True for an answer to what was sent through this NAT gateway. */
export function isAwaited(packet: Packet, passage: Passage, holder: Interface): boolean {
  const { translations, assumedTranslations } = passage;
  const awaits = (table: TranslationTable): boolean => findAnswered(table, packet, passage, holder) !== NO_TRANSLATION;
  return awaits(translations) || (assumedTranslations !== undefined && awaits(assumedTranslations));
}

/** The translation that a packet from outside belongs to. */
export function findAnswered(
  table: TranslationTable,
  packet: Packet,
  { nowMs }: Passage,
  holder: Pick<Interface, 'index'>,
): number {
  const { source, destination, protocol, sourcePort, destinationPort, icmpIdentifier, isIcmp } = packet;
  if (typeof source !== 'number' || typeof destination !== 'number') return NO_TRANSLATION;
  const port = isIcmp ? icmpIdentifier : destinationPort;
  return table.findOutside(holder.index, protocol, destination, port, source, sourcePort, nowMs);
}

/** ICMP is translated as far as it is a query of this type (from inside) or a reply (from outside). */
function untranslatable(packet: Packet, icmpType: number): NatObjection | undefined {
  const { protocol } = packet;
  if (protocol !== TCP && protocol !== UDP && protocol !== ICMP) return 'protocol';
  if (packet.isFirstFragment && protocol !== UDP) return 'fragment';
  return protocol === ICMP && packet.icmpType !== icmpType ? 'protocol' : undefined;
}

/** The translation of a flow; NO_TRANSLATION for a new one. With an address that the gateway has lost its flows are lost too. */
export function slotOf({ translations, nowMs, to }: ToInterface, flow: InsideFlow): number {
  const { owner, protocol, inside, insidePort, remote, remotePort } = flow;
  const known = translations.findInside(owner, protocol, inside, insidePort, remote, remotePort, nowMs);
  return known !== NO_TRANSLATION && to.owns(translations.gatewayAddress(known)) ? known : NO_TRANSLATION;
}

/** True for a segment that begins no connection: without a translation there is none that it could be of. */
export const isUnknownConnection = ({ protocol, tcpFlags }: Packet): boolean =>
  protocol === TCP && (tcpFlags & (SYN | ACK | RST)) !== SYN;

/** Gives a packet the source of its flow at the gateway; of a new one what is free. `onward`: as the flow is outside. */
export function translateFlow(
  packet: Packet,
  passage: ToInterface,
  flow: InsideFlow,
  onward: InsideFlow = flow,
): NatObjection | undefined {
  const { translations, nowMs, commits, to } = passage;
  const { inside, remote } = flow;
  let slot = slotOf(passage, flow);
  if (slot === NO_TRANSLATION) {
    if (isUnknownConnection(packet)) return 'connection-unknown';
    if (!translations.choose(onward, to.row.ipv4Addresses, nowMs)) return 'no-free-port';
    if (commits) slot = translations.open(flow, IDLE_TIMEOUT_MS, nowMs, onward);
    if (commits && slot === NO_TRANSLATION) return 'no-free-port';
    if (!commits) passage.assumedTranslations?.openAt(flow, translations, IDLE_TIMEOUT_MS, nowMs, onward);
  }
  const address = slot === NO_TRANSLATION ? translations.chosenAddress : translations.gatewayAddress(slot);
  const port = slot === NO_TRANSLATION ? translations.chosenPort : translations.gatewayPort(slot);
  if (commits) {
    advance(passage, slot, packet, CLOSED_INSIDE);
    const kind = isIpv6Client(flow.protocol) ? FRAGMENTS_FROM_IPV6 : FRAGMENTS_FROM_INSIDE;
    rememberFragments(packet, passage, kind, inside, address, remote);
  }
  translateSource(packet, address);
  translateSourcePort(packet, port);
  return undefined;
}

/** Takes note of a packet of a flow. `closing` is what a FIN of this side means. */
export function advance(
  passage: Passage,
  slot: number,
  packet: Packet,
  closing: number,
  idleTimeoutMs = IDLE_TIMEOUT_MS,
): void {
  const { translations } = passage;
  passage.translation = slot;
  passage.translationsMet += 1;
  if (packet.protocol === TCP) {
    const state = nextState(translations.state(slot), packet.tcpFlags, closing);
    const isOver = (state & RESET) !== 0 || state === (CLOSED_INSIDE | CLOSED_OUTSIDE);
    translations.setState(slot, state, isOver ? CLOSED_TIMEOUT_MS : idleTimeoutMs);
  }
  translations.touch(slot, passage.nowMs);
}

function nextState(state: number, flags: number, closing: number): number {
  if ((flags & RST) !== 0) return state | RESET;
  // The client begins anew with the same port.
  if ((flags & (SYN | ACK)) === SYN && closing === CLOSED_INSIDE) return 0;
  return (flags & FIN) !== 0 ? state | closing : state;
}

function rememberFragments(
  packet: Packet,
  { translations, to, nowMs }: ToInterface,
  protocol: number,
  inside: Ipv4,
  address: Ipv4,
  remote: Ipv4,
): void {
  if (!packet.isFirstFragment) return;
  const datagram = { owner: to.index, protocol, inside, insidePort: packet.identification, remote, remotePort: 0 };
  translations.openFragments(datagram, address, FRAGMENT_TIMEOUT_MS, nowMs);
}

function laterFragmentFromInside(
  packet: Packet,
  { translations, to, nowMs }: ToInterface,
  source: Ipv4,
  destination: Ipv4,
): NatObjection | undefined {
  if (packet.protocol !== UDP) return 'fragment';
  const kind = FRAGMENTS_FROM_INSIDE;
  const slot = translations.findInside(to.index, kind, source, packet.identification, destination, 0, nowMs);
  if (slot === NO_TRANSLATION) return 'fragment';
  translateSource(packet, translations.gatewayAddress(slot));
  return undefined;
}

function laterFragmentFromOutside(
  packet: Packet,
  passage: ToInterface,
  source: Ipv4,
  destination: Ipv4,
): NatObjection | undefined {
  const { translations, to, nowMs } = passage;
  if (packet.protocol !== UDP) return 'fragment';
  const find = (kind: number): number =>
    translations.findOutside(to.index, kind, destination, packet.identification, source, 0, nowMs);
  const slot = find(FRAGMENTS_FROM_OUTSIDE);
  if (slot !== NO_TRANSLATION) {
    translateDestination(packet, translations.insideAddress(slot));
    return undefined;
  }
  const ofIpv6 = find(FRAGMENTS_TO_IPV6);
  if (ofIpv6 === NO_TRANSLATION) return 'fragment';
  return answerOverIpv6(packet, passage, translations, ofIpv6) ? undefined : 'unsolicited';
}

/** An error from inside quotes a packet that came to the client: its destination is what has to become the gateway's. */
function errorFromInside(packet: Packet, { translations, to, nowMs }: ToInterface): NatObjection | undefined {
  const quoted = quotedOf(packet);
  if (!quoted) return 'protocol';
  const { protocol, source, destination, sourcePort, destinationPort } = quoted;
  const slot = translations.findInside(
    to.index,
    protocol,
    destination,
    protocol === ICMP ? sourcePort : destinationPort,
    source,
    protocol === ICMP ? 0 : sourcePort,
    nowMs,
  );
  if (slot === NO_TRANSLATION) return 'protocol';
  translateSource(packet, translations.gatewayAddress(slot));
  translateQuotedPort(packet, false, translations.gatewayPort(slot));
  return undefined;
}

/** An error from outside quotes a packet that the gateway sent: its source is what has to become the client's. */
export function errorFromOutside(
  packet: Packet,
  passage: Passage,
  holder: Pick<Interface, 'index'>,
): NatObjection | undefined {
  const { translations, nowMs } = passage;
  const quoted = quotedOf(packet);
  if (!quoted) return 'unsolicited';
  const { protocol, source, destination, sourcePort, destinationPort } = quoted;
  const slot = translations.findOutside(
    holder.index,
    protocol,
    source,
    sourcePort,
    destination,
    protocol === ICMP ? 0 : destinationPort,
    nowMs,
  );
  if (slot === NO_TRANSLATION) return 'unsolicited';
  if (isOverIpv6(translations, slot)) {
    translateQuotedPort(packet, true, translations.insidePort(slot));
    return errorOverIpv6(packet, passage, translations, slot) ? undefined : 'unsolicited';
  }
  translateDestination(packet, translations.insideAddress(slot));
  translateQuotedPort(packet, true, translations.insidePort(slot));
  return undefined;
}

interface Quoted {
  readonly protocol: number;
  readonly source: Ipv4;
  readonly destination: Ipv4;
  /** Of an ICMP query: its identifier. */
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** RFC 792: an error carries the header and at least eight bytes of what caused it. */
const QUOTED_TRANSPORT_LENGTH = 8;

function quotedOf({ bytes, transport, transportLength }: Packet): Quoted | undefined {
  const at = transport + ICMP_HEADER_LENGTH;
  const available = transportLength - ICMP_HEADER_LENGTH;
  if (available < IPV4_HEADER_LENGTH) return undefined;
  const headerLength = ipv4HeaderLength(bytes, at);
  if (headerLength < IPV4_HEADER_LENGTH || available < headerLength + QUOTED_TRANSPORT_LENGTH) return undefined;
  const protocol = bytes[at + IPV4_PROTOCOL] ?? 0;
  const ports = at + headerLength;
  return {
    protocol,
    source: ipv4Source(bytes, at),
    destination: ipv4Destination(bytes, at),
    sourcePort: readUint16(bytes, protocol === ICMP ? ports + ICMP_IDENTIFIER : ports),
    destinationPort: readUint16(bytes, ports + 2),
  };
}
