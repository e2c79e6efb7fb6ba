/** DHCP for IPv6 (RFC 8415). Offsets are relative to the first byte after the UDP header. */
import type { Ipv6 } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { readUint16, readUint32, writeUint16, writeUint32 } from './big-endian.ts';
import { writeMac } from './ethernet.ts';
import { readIpv6, writeIpv6 } from './ipv6.ts';

export const DHCPV6_CLIENT_PORT = 546;
export const DHCPV6_SERVER_PORT = 547;

/** Message types (section 7.3). */
export const DHCPV6_SOLICIT = 1;
export const DHCPV6_ADVERTISE = 2;
export const DHCPV6_REQUEST = 3;
export const DHCPV6_CONFIRM = 4;
export const DHCPV6_RENEW = 5;
export const DHCPV6_REBIND = 6;
export const DHCPV6_REPLY = 7;
export const DHCPV6_RELEASE = 8;
export const DHCPV6_DECLINE = 9;
export const DHCPV6_INFORMATION_REQUEST = 11;

/** Options that are asked or answered here (section 21; RFC 3646, RFC 5908). */
export const OPTION_CLIENT_IDENTIFIER = 1;
export const OPTION_SERVER_IDENTIFIER = 2;
export const OPTION_IA_NA = 3;
export const OPTION_IA_ADDRESS = 5;
export const OPTION_STATUS = 13;
export const OPTION_RAPID_COMMIT = 14;
export const OPTION_NAME_SERVERS = 23;
export const OPTION_DOMAIN_SEARCH = 24;
export const OPTION_NTP = 56;
const NTP_SERVER_ADDRESS = 1;

export const STATUS_SUCCESS = 0;
export const STATUS_NO_ADDRESSES = 2;
export const STATUS_NOT_ON_LINK = 4;

const TRANSACTION_MASK = 0xff_ffff;
const HEADER_LENGTH = 4;
const OPTION_HEADER_LENGTH = 4;
/** IAID, T1 and T2. */
const IA_LENGTH = 12;
const IA_ADDRESS_LENGTH = 24;

/** A non-temporary association of the client's. */
export interface Association {
  readonly id: number;
  /** Addresses that the client names in it. */
  readonly addresses: readonly Ipv6[];
}

/** What a client sends; options by their first occurrence, each as its bytes. */
export interface Dhcpv6Request {
  readonly messageType: number;
  /** 24 bits. */
  readonly transaction: number;
  readonly options: ReadonlyMap<number, Uint8Array>;
  readonly associations: readonly Association[];
}

interface Option {
  readonly code: number;
  readonly content: Uint8Array;
}

/** Reads a client's message; undefined when it is cut short or an option runs past the end. */
export function parseDhcpv6(bytes: Uint8Array, at: number, length: number): Dhcpv6Request | undefined {
  if (length < HEADER_LENGTH) return undefined;
  const list = parseOptions(bytes.subarray(at + HEADER_LENGTH, at + length));
  if (!list) return undefined;
  const options = new Map<number, Uint8Array>();
  const associations: Association[] = [];
  for (const { code, content } of list) {
    if (!options.has(code)) options.set(code, content);
    if (code !== OPTION_IA_NA) continue;
    const association = parseAssociation(content);
    if (!association) return undefined;
    associations.push(association);
  }
  const first = readUint32(bytes, at);
  return { messageType: first >>> 24, transaction: first & TRANSACTION_MASK, options, associations };
}

function parseOptions(content: Uint8Array): readonly Option[] | undefined {
  const options: Option[] = [];
  let at = 0;
  while (at < content.length) {
    const end = at + OPTION_HEADER_LENGTH + readUint16(content, at + 2);
    if (at + OPTION_HEADER_LENGTH > content.length || end > content.length) return undefined;
    options.push({ code: readUint16(content, at), content: content.subarray(at + OPTION_HEADER_LENGTH, end) });
    at = end;
  }
  return options;
}

function parseAssociation(content: Uint8Array): Association | undefined {
  const inner = content.length < IA_LENGTH ? undefined : parseOptions(content.subarray(IA_LENGTH));
  if (!inner) return undefined;
  const named = inner.filter(({ code }) => code === OPTION_IA_ADDRESS).map((option) => option.content);
  if (named.some((address) => address.length < IA_ADDRESS_LENGTH)) return undefined;
  return { id: readUint32(content, 0), addresses: named.map((address) => readIpv6(address, 0)) };
}

/** An address with its lifetimes in seconds; two zeros take it away. */
export interface LeasedAddress {
  readonly address: Ipv6;
  readonly preferredSeconds: number;
  readonly validSeconds: number;
}

/** What the server puts into an association. */
export interface LeasedAssociation {
  readonly id: number;
  readonly renewSeconds: number;
  readonly rebindSeconds: number;
  readonly addresses: readonly LeasedAddress[];
  readonly status: number | undefined;
}

/** Writes the header of a message; returns where its options begin. */
export function emitDhcpv6(bytes: Uint8Array, at: number, messageType: number, transaction: number): number {
  writeUint32(bytes, at, (messageType << 24) | transaction);
  return at + HEADER_LENGTH;
}

/** Writes an option; returns where the next one begins. */
export function emitOption(bytes: Uint8Array, at: number, code: number, content: Uint8Array): number {
  writeUint16(bytes, at, code);
  writeUint16(bytes, at + 2, content.length);
  bytes.set(content, at + OPTION_HEADER_LENGTH);
  return at + OPTION_HEADER_LENGTH + content.length;
}

/** Content of an association. */
export function associationContent(association: LeasedAssociation): Uint8Array {
  const { addresses, status } = association;
  const statusLength = status === undefined ? 0 : OPTION_HEADER_LENGTH + 2;
  const each = OPTION_HEADER_LENGTH + IA_ADDRESS_LENGTH;
  const content = new Uint8Array(IA_LENGTH + each * addresses.length + statusLength);
  writeUint32(content, 0, association.id);
  writeUint32(content, 4, association.renewSeconds);
  writeUint32(content, 8, association.rebindSeconds);
  let at = IA_LENGTH;
  for (const leased of addresses) at = emitOption(content, at, OPTION_IA_ADDRESS, leasedContent(leased));
  if (status !== undefined) emitOption(content, at, OPTION_STATUS, statusContent(status));
  return content;
}

function leasedContent({ address, preferredSeconds, validSeconds }: LeasedAddress): Uint8Array {
  const content = new Uint8Array(IA_ADDRESS_LENGTH);
  writeIpv6(content, 0, address);
  writeUint32(content, 16, preferredSeconds);
  writeUint32(content, 20, validSeconds);
  return content;
}

/** Content of a status option, without its text. */
export function statusContent(status: number): Uint8Array {
  const content = new Uint8Array(2);
  writeUint16(content, 0, status);
  return content;
}

/** Content of a DUID made of a MAC (DUID-LL, section 11.4). */
export function macIdentifier(mac: Mac): Uint8Array {
  const content = new Uint8Array(10);
  writeUint16(content, 0, 3);
  writeUint16(content, 2, 1);
  writeMac(content, 4, mac);
  return content;
}

/** Content of an option that lists addresses. */
export function ipv6Content(addresses: readonly Ipv6[]): Uint8Array {
  const content = new Uint8Array(16 * addresses.length);
  for (const [index, address] of addresses.entries()) writeIpv6(content, 16 * index, address);
  return content;
}

/** Content of the option for NTP servers: one suboption for each address. */
export function ntpContent(addresses: readonly Ipv6[]): Uint8Array {
  const content = new Uint8Array((OPTION_HEADER_LENGTH + 16) * addresses.length);
  let at = 0;
  for (const address of addresses) at = emitOption(content, at, NTP_SERVER_ADDRESS, ipv6Content([address]));
  return content;
}

/** Content of a list of one domain name in DNS form (RFC 1035, section 3.1), cut to 253 bytes; what fits no label is left out. */
export function domainContent(name: string): Uint8Array {
  const labels = name
    .slice(0, 253)
    .split('.')
    .map((label) => new TextEncoder().encode(label))
    .filter(({ length }) => length > 0 && length < 64);
  return Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0]);
}
