/** What a NAT gateway does to packets of clients that speak IPv6 alone: from here on they are ones over IPv4 (NAT64). */
import { type Ipv4, ipv4 } from '../net/address.ts';
import { ICMPV6, UDP } from '../net/protocol.ts';
import { readUint16 } from '../wire/big-endian.ts';
import { ICMP_HEADER_LENGTH, ICMP_IDENTIFIER, ICMPV6_ECHO_REQUEST, isIcmpError } from '../wire/icmp.ts';
import { IPV6_DESTINATION, IPV6_HEADER_LENGTH, IPV6_SOURCE, ipv6UpperLayer, readIpv6 } from '../wire/ipv6.ts';
import { isUnknownConnection, type NatObjection, slotOf, translateFlow } from './nat-gateway.ts';
import { clientNumber, embeddedIpv4, FRAGMENTS_FROM_IPV6, insideProtocol, protocolOverIpv4 } from './nat64.ts';
import type { Packet } from './packet.ts';
import type { ToInterface } from './passage.ts';
import { translateQuotedPort } from './translation.ts';
import { type InsideFlow, NO_TRANSLATION } from './translation-table.ts';

/** Translates a packet that an IPv6 client sends to 64:ff9b::/96. */
export function translateFromIpv6(packet: Packet, passage: ToInterface): NatObjection | undefined {
  const { source, destination } = packet;
  const remote = embeddedIpv4(destination);
  if (typeof source === 'number' || remote === undefined) return 'protocol';
  const holder = passage.to.vpc.interfaceAt(source);
  const inside = holder && clientNumber(holder, source);
  if (inside === undefined) return 'foreign-source';
  if (packet.isLaterFragment) return laterFragment(packet, passage, inside, remote);
  if (packet.isIcmp && isIcmpError(6, packet.icmpType)) return errorFromIpv6(packet, passage, remote);
  if (!packet.hasPorts && !(packet.isIcmp && packet.icmpType === ICMPV6_ECHO_REQUEST)) return 'protocol';
  if (packet.isFirstFragment && packet.protocol !== UDP) return 'fragment';
  const protocol = protocolOverIpv4(packet);
  const flow: InsideFlow = {
    owner: passage.to.index,
    protocol: insideProtocol(protocol),
    inside,
    insidePort: packet.isIcmp ? packet.icmpIdentifier : packet.sourcePort,
    remote,
    remotePort: packet.destinationPort,
  };
  // Asked before the packet is one over IPv4, for the reset goes back over IPv6.
  if (slotOf(passage, flow) === NO_TRANSLATION && isUnknownConnection(packet)) return 'connection-unknown';
  passage.reframe(4, packet.isFragment).toIpv4(packet, ipv4(0), remote);
  return translateFlow(packet, passage, flow, { ...flow, protocol });
}

/** Of its identification the half that there is in IPv4 names the datagram. */
function laterFragment(packet: Packet, passage: ToInterface, inside: Ipv4, remote: Ipv4): NatObjection | undefined {
  const { translations, to, nowMs } = passage;
  if (packet.protocol !== UDP) return 'fragment';
  const identification = packet.identification & 0xffff;
  const slot = translations.findInside(to.index, FRAGMENTS_FROM_IPV6, inside, identification, remote, 0, nowMs);
  if (slot === NO_TRANSLATION) return 'fragment';
  passage.reframe(4, true).toIpv4(packet, translations.gatewayAddress(slot), remote);
  return undefined;
}

/** An error from a client quotes a packet that came to it: to whom that had been sent at the gateway, its sender knows. */
function errorFromIpv6(packet: Packet, passage: ToInterface, destination: Ipv4): NatObjection | undefined {
  const { translations, to, nowMs } = passage;
  const quoted = quotedOf(packet, to);
  if (!quoted) return 'protocol';
  const { protocol, inside, insidePort, remote, remotePort } = quoted;
  const slot = translations.findInside(to.index, protocol, inside, insidePort, remote, remotePort, nowMs);
  if (slot === NO_TRANSLATION) return 'protocol';
  const gateway = translations.gatewayAddress(slot);
  const ends = { source: gateway, destination };
  const isWritten = passage.reframe(4, false).errorToIpv4(packet, ends, { source: remote, destination: gateway });
  if (!isWritten) return 'protocol';
  translateQuotedPort(packet, false, translations.gatewayPort(slot));
  return undefined;
}

/** RFC 4443 quotes as much as fits; eight bytes of the transport header are what tells the flow. */
const QUOTED_TRANSPORT_LENGTH = 8;

/** The flow that a quoted packet answered. */
function quotedOf({ bytes, transport, transportLength }: Packet, to: ToInterface['to']): InsideFlow | undefined {
  const at = transport + ICMP_HEADER_LENGTH;
  const available = transportLength - ICMP_HEADER_LENGTH;
  if (available < IPV6_HEADER_LENGTH) return undefined;
  const upper = ipv6UpperLayer(bytes, at, available);
  if (!upper || (upper.fragment?.offset ?? 0) > 0 || available < upper.offset + QUOTED_TRANSPORT_LENGTH)
    return undefined;
  const remote = embeddedIpv4(readIpv6(bytes, at + IPV6_SOURCE));
  const client = readIpv6(bytes, at + IPV6_DESTINATION);
  const holder = to.vpc.interfaceAt(client);
  const inside = holder && clientNumber(holder, client);
  if (remote === undefined || inside === undefined) return undefined;
  const isIcmp = upper.protocol === ICMPV6;
  const ports = at + upper.offset;
  return {
    owner: to.index,
    protocol: insideProtocol(protocolOverIpv4({ isIcmp, protocol: upper.protocol })),
    inside,
    insidePort: readUint16(bytes, isIcmp ? ports + ICMP_IDENTIFIER : ports + 2),
    remote,
    remotePort: isIcmp ? 0 : readUint16(bytes, ports),
  };
}
