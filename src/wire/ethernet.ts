/** Ethernet II frames (IEEE 802.3): destination, source, type, payload. Offsets are relative to the frame's first byte. */
import { BROADCAST_MAC, type Mac } from '../net/mac.ts';
import { readUint16, readUint32, writeUint16, writeUint32 } from './big-endian.ts';

export const DESTINATION_MAC = 0;
export const SOURCE_MAC = 6;
export const ETHER_TYPE = 12;
/** Bytes before the payload. */
export const ETHERNET_HEADER_LENGTH = 14;

export const ETHER_TYPE_IPV4 = 0x0800;
export const ETHER_TYPE_ARP = 0x0806;
export const ETHER_TYPE_IPV6 = 0x86dd;

/** The MAC address at this offset. */
export const readMac = (bytes: Uint8Array, at: number): Mac =>
  (readUint16(bytes, at) * 0x1_0000_0000 + readUint32(bytes, at + 2)) as Mac;

/** Writes a MAC address. */
export function writeMac(bytes: Uint8Array, at: number, address: Mac): void {
  writeUint16(bytes, at, Math.floor(address / 0x1_0000_0000));
  writeUint32(bytes, at + 2, address >>> 0);
}

/** True for group addresses, broadcast among them: the lowest bit of the first octet is set. */
export const isGroupMac = (address: Mac): boolean => Math.floor(address / 0x100_0000_0000) % 2 === 1;

/** True for ff:ff:ff:ff:ff:ff. */
export const isBroadcastMac = (address: Mac): boolean => address === BROADCAST_MAC;

/** Writes the header of a frame. */
export function emitEthernet(
  bytes: Uint8Array,
  at: number,
  header: { readonly destination: Mac; readonly source: Mac; readonly etherType: number },
): void {
  writeMac(bytes, at + DESTINATION_MAC, header.destination);
  writeMac(bytes, at + SOURCE_MAC, header.source);
  writeUint16(bytes, at + ETHER_TYPE, header.etherType);
}
