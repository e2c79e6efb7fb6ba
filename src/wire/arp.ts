/** ARP for IPv4 over Ethernet (RFC 826). Offsets are relative to the first byte after the Ethernet header. */
import type { Ipv4 } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { readUint16, readUint32, writeUint16, writeUint32 } from './big-endian.ts';
import { readMac, writeMac } from './ethernet.ts';

const HARDWARE_TYPE = 0;
const PROTOCOL_TYPE = 2;
const ADDRESS_LENGTHS = 4;
const OPERATION = 6;
const SENDER_MAC = 8;
const SENDER_ADDRESS = 14;
const TARGET_MAC = 18;
const TARGET_ADDRESS = 24;
/** Bytes of an ARP packet for IPv4 over Ethernet. */
export const ARP_LENGTH = 28;

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

/** An ARP packet for IPv4 over Ethernet. */
export interface Arp {
  readonly operation: number;
  readonly senderMac: Mac;
  readonly senderAddress: Ipv4;
  readonly targetMac: Mac;
  readonly targetAddress: Ipv4;
}

/** Reads an ARP packet; undefined when it is cut short or not for IPv4 over Ethernet. */
export function parseArp(bytes: Uint8Array, at: number, length: number): Arp | undefined {
  if (length < ARP_LENGTH || readUint16(bytes, at + HARDWARE_TYPE) !== 1) return undefined;
  if (readUint16(bytes, at + PROTOCOL_TYPE) !== 0x0800 || readUint16(bytes, at + ADDRESS_LENGTHS) !== 0x0604) {
    return undefined;
  }
  return {
    operation: readUint16(bytes, at + OPERATION),
    senderMac: readMac(bytes, at + SENDER_MAC),
    senderAddress: readUint32(bytes, at + SENDER_ADDRESS) as Ipv4,
    targetMac: readMac(bytes, at + TARGET_MAC),
    targetAddress: readUint32(bytes, at + TARGET_ADDRESS) as Ipv4,
  };
}

/** Writes an ARP packet, ARP_LENGTH bytes. */
export function emitArp(bytes: Uint8Array, at: number, arp: Arp): void {
  writeUint16(bytes, at + HARDWARE_TYPE, 1);
  writeUint16(bytes, at + PROTOCOL_TYPE, 0x0800);
  writeUint16(bytes, at + ADDRESS_LENGTHS, 0x0604);
  writeUint16(bytes, at + OPERATION, arp.operation);
  writeMac(bytes, at + SENDER_MAC, arp.senderMac);
  writeUint32(bytes, at + SENDER_ADDRESS, arp.senderAddress);
  writeMac(bytes, at + TARGET_MAC, arp.targetMac);
  writeUint32(bytes, at + TARGET_ADDRESS, arp.targetAddress);
}
