/**
 * NAT64: how a NAT gateway knows clients that speak IPv6 alone, and leads answers over IPv4 back to them (RFC 6146).
 *
 * Such a client sends to 64:ff9b:: and an IPv4 address (RFC 6052). In a translation it is named by its interface and which
 * of that one's addresses it used, and the protocol by a number of its own, so that the table needs no room for more.
 * From outside its flows look like any other.
 *
 * Source: VPC user guide, nat-gateway-nat64-dns64. TCP, UDP, echoes and errors about them are translated both ways, and
 * fragments of UDP as of any that a NAT gateway translates. What AWS does with the fragments and errors of an IPv6 client
 * is not documented; here it is what RFC 7915 says (unconfirmed).
 */
import { type IpAddress, type Ipv4, type Ipv6, ipv4, ipv6 } from '../net/address.ts';
import { ICMP } from '../net/protocol.ts';
import type { Interface } from './interface.ts';
import type { Packet } from './packet.ts';
import type { Passage } from './passage.ts';
import { CLIENT_POSITION_BITS, IPV6_CLIENT, isIpv6Client, type TranslationTable } from './translation-table.ts';

/** 64:ff9b::/96, the well-known prefix, without the 32 bits of the IPv4 address. */
const WELL_KNOWN_PREFIX = 0x0064_ff9bn << 96n;
const POSITIONS = 1 << CLIENT_POSITION_BITS;

/** The IPv4 address in an address of 64:ff9b::/96; undefined for others. */
export const embeddedIpv4 = (address: IpAddress): Ipv4 | undefined =>
  typeof address === 'bigint' && address >> 32n === WELL_KNOWN_PREFIX >> 32n
    ? ipv4(Number(address & 0xffff_ffffn))
    : undefined;

/** The address of 64:ff9b::/96 that stands for an IPv4 address. */
export const nat64Address = (address: Ipv4): Ipv6 => ipv6(WELL_KNOWN_PREFIX | BigInt(address));

/** The protocol of a packet over IPv6, as it is over IPv4. */
export const protocolOverIpv4 = ({ isIcmp, protocol }: Pick<Packet, 'isIcmp' | 'protocol'>): number =>
  isIcmp ? ICMP : protocol;

/** Stand for UDP in the keys of datagrams in fragments, of which one end is such a client; no protocol of theirs has these numbers. */
export const FRAGMENTS_FROM_IPV6 = IPV6_CLIENT | 0x3e;
export const FRAGMENTS_TO_IPV6 = IPV6_CLIENT | 0x3f;

/** What stands for a protocol in the inside key of such a client's flow. */
export const insideProtocol = (protocol: number): number => protocol | IPV6_CLIENT;

/** What stands for a client in a translation; undefined for an address that is not listed with its interface. */
export function clientNumber(holder: Interface, address: Ipv6): Ipv4 | undefined {
  const position = holder.row.ipv6Addresses.indexOf(address);
  return position < 0 || position >= POSITIONS ? undefined : ipv4(holder.index * POSITIONS + position);
}

/** The client that a translation stands for, if it has it still; undefined for a client that speaks IPv4. */
function clientOf(passage: Passage, table: TranslationTable, slot: number): Ipv6 | undefined {
  const number = table.insideAddress(slot);
  return passage.network.interfaceAtIndex(number >>> CLIENT_POSITION_BITS)?.row.ipv6Addresses[number & (POSITIONS - 1)];
}

/** Makes an answer one over IPv6, if it is for such a client; false when the client is gone. Its port is the client's already. */
export function answerOverIpv6(packet: Packet, passage: Passage, table: TranslationTable, slot: number): boolean {
  const client = clientOf(passage, table, slot);
  if (client === undefined || typeof packet.source !== 'number') return false;
  passage.reframe(6, packet.isFragment).toIpv6(packet, nat64Address(packet.source), client);
  return true;
}

/** The same for an error, whose quoted port is the client's already. */
export function errorOverIpv6(packet: Packet, passage: Passage, table: TranslationTable, slot: number): boolean {
  const client = clientOf(passage, table, slot);
  if (client === undefined || typeof packet.source !== 'number') return false;
  const remote = nat64Address(table.outsideRemote(slot));
  const ends = { source: nat64Address(packet.source), destination: client };
  return passage.reframe(6, false).errorToIpv6(packet, ends, { source: client, destination: remote });
}

/** True for a translation of such a client. */
export const isOverIpv6 = (table: TranslationTable, slot: number): boolean => isIpv6Client(table.insideKind(slot));
