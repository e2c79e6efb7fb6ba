/** DHCP for IPv4 (RFC 2131, options of RFC 2132). Offsets are relative to the first byte after the UDP header. */
import type { Ipv4 } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { readUint16, readUint32, writeUint16, writeUint32 } from './big-endian.ts';
import { readMac, writeMac } from './ethernet.ts';

export const DHCP_SERVER_PORT = 67;
export const DHCP_CLIENT_PORT = 68;

const OPERATION = 0;
const HARDWARE_TYPE = 1;
const TRANSACTION = 4;
const FLAGS = 10;
const CLIENT_ADDRESS = 12;
const YOUR_ADDRESS = 16;
const CLIENT_MAC = 28;
const MAGIC = 236;
const OPTIONS = 240;
const MAGIC_COOKIE = 0x6382_5363;
/** Shortest message some clients take (RFC 951: 300 bytes of BOOTP). */
const MIN_LENGTH = 300;

export const BOOT_REQUEST = 1;
export const BOOT_REPLY = 2;

/** Message types (option 53). */
export const DHCP_DISCOVER = 1;
export const DHCP_OFFER = 2;
export const DHCP_REQUEST = 3;
export const DHCP_DECLINE = 4;
export const DHCP_ACK = 5;
export const DHCP_NAK = 6;
export const DHCP_RELEASE = 7;
export const DHCP_INFORM = 8;

/** Options that are asked or answered here. */
export const OPTION_SUBNET_MASK = 1;
export const OPTION_ROUTER = 3;
export const OPTION_DOMAIN_NAME_SERVERS = 6;
export const OPTION_HOST_NAME = 12;
export const OPTION_DOMAIN_NAME = 15;
export const OPTION_INTERFACE_MTU = 26;
export const OPTION_BROADCAST_ADDRESS = 28;
export const OPTION_NTP_SERVERS = 42;
export const OPTION_NETBIOS_NAME_SERVERS = 44;
export const OPTION_NETBIOS_NODE_TYPE = 46;
export const OPTION_REQUESTED_ADDRESS = 50;
export const OPTION_LEASE_TIME = 51;
export const OPTION_MESSAGE_TYPE = 53;
export const OPTION_SERVER_IDENTIFIER = 54;
export const OPTION_END = 255;
const OPTION_PAD = 0;

/** A DHCP message; options by their code, each as its bytes. */
export interface Dhcp {
  readonly operation: number;
  readonly transaction: number;
  readonly broadcast: boolean;
  readonly clientAddress: Ipv4;
  readonly yourAddress: Ipv4;
  readonly clientMac: Mac;
  readonly messageType: number;
  readonly options: ReadonlyMap<number, Uint8Array>;
}

/** Reads a message; undefined when it is cut short, malformed, not for Ethernet or not DHCP. */
export function parseDhcp(bytes: Uint8Array, at: number, length: number): Dhcp | undefined {
  if (length < OPTIONS || readUint32(bytes, at + MAGIC) !== MAGIC_COOKIE) return undefined;
  if (readUint16(bytes, at + HARDWARE_TYPE) !== 0x0106) return undefined;
  const options = parseOptions(bytes, at + OPTIONS, at + length);
  const messageType = options?.get(OPTION_MESSAGE_TYPE);
  if (!options || messageType?.length !== 1) return undefined;
  return {
    operation: bytes[at + OPERATION] ?? 0,
    transaction: readUint32(bytes, at + TRANSACTION),
    broadcast: (readUint16(bytes, at + FLAGS) & 0x8000) !== 0,
    clientAddress: readUint32(bytes, at + CLIENT_ADDRESS) as Ipv4,
    yourAddress: readUint32(bytes, at + YOUR_ADDRESS) as Ipv4,
    clientMac: readMac(bytes, at + CLIENT_MAC),
    messageType: messageType[0] ?? 0,
    options,
  };
}

function parseOptions(bytes: Uint8Array, start: number, end: number): Map<number, Uint8Array> | undefined {
  const options = new Map<number, Uint8Array>();
  let at = start;
  while (at < end) {
    const code = bytes[at] ?? OPTION_END;
    if (code === OPTION_END) return options;
    if (code === OPTION_PAD) {
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (at + 2 + length > end) return undefined;
    options.set(code, bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return options;
}

/** The address in an option of four bytes; undefined when it is absent or has another length. */
export function addressOption(message: Dhcp, code: number): Ipv4 | undefined {
  const option = message.options.get(code);
  return option?.length === 4 ? (readUint32(option, 0) as Ipv4) : undefined;
}

/** An option's content: one number of this many bytes. */
export function numberContent(value: number, lengthBytes: 1 | 2 | 4): Uint8Array {
  const content = new Uint8Array(4);
  writeUint32(content, 0, value);
  return content.subarray(4 - lengthBytes);
}

/** An option's content: addresses one after the other. */
export function addressesContent(addresses: readonly Ipv4[]): Uint8Array {
  const content = new Uint8Array(4 * addresses.length);
  addresses.forEach((address, index) => {
    writeUint32(content, 4 * index, address);
  });
  return content;
}

/** An option's content: text, cut to the 255 bytes that an option holds. */
export const textContent = (text: string): Uint8Array => new TextEncoder().encode(text).subarray(0, 255);

/** Writes a message, the message type as its first option; returns its length in bytes. */
export function emitDhcp(bytes: Uint8Array, at: number, message: Dhcp): number {
  bytes.fill(0, at, at + MIN_LENGTH);
  bytes[at + OPERATION] = message.operation;
  writeUint16(bytes, at + HARDWARE_TYPE, 0x0106);
  writeUint32(bytes, at + TRANSACTION, message.transaction);
  writeUint16(bytes, at + FLAGS, message.broadcast ? 0x8000 : 0);
  writeUint32(bytes, at + CLIENT_ADDRESS, message.clientAddress);
  writeUint32(bytes, at + YOUR_ADDRESS, message.yourAddress);
  writeMac(bytes, at + CLIENT_MAC, message.clientMac);
  writeUint32(bytes, at + MAGIC, MAGIC_COOKIE);
  let end = emitOption(bytes, at + OPTIONS, OPTION_MESSAGE_TYPE, numberContent(message.messageType, 1));
  for (const [code, content] of message.options) {
    if (code !== OPTION_MESSAGE_TYPE) end = emitOption(bytes, end, code, content);
  }
  bytes[end] = OPTION_END;
  return Math.max(MIN_LENGTH, end + 1 - at);
}

function emitOption(bytes: Uint8Array, at: number, code: number, content: Uint8Array): number {
  bytes[at] = code;
  bytes[at + 1] = content.length;
  bytes.set(content, at + 2);
  return at + 2 + content.length;
}
