/** The VXLAN header (RFC 7348): a whole Ethernet frame as the payload of a UDP datagram. */
import { readUint32, writeUint32 } from './big-endian.ts';

/** Its UDP port. */
export const VXLAN_PORT = 4789;
export const VXLAN_HEADER_LENGTH = 8;
const VALID_VNI = 0x0800_0000;

/** Writes the header for a virtual network (24 bits). */
export function emitVxlan(bytes: Uint8Array, at: number, virtualNetworkId: number): void {
  writeUint32(bytes, at, VALID_VNI);
  writeUint32(bytes, at + 4, virtualNetworkId << 8);
}

/** The virtual network of a header. */
export const vxlanNetwork = (bytes: Uint8Array, at: number): number => readUint32(bytes, at + 4) >>> 8;
