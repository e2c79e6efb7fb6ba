/** The UDP header (RFC 768). Offsets are relative to its first byte. */
import { readUint16, writeUint16 } from './big-endian.ts';

export const UDP_SOURCE_PORT = 0;
export const UDP_DESTINATION_PORT = 2;
export const UDP_LENGTH = 4;
export const UDP_CHECKSUM = 6;
export const UDP_HEADER_LENGTH = 8;

/** A UDP header. */
export interface Udp {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Header and payload, in bytes. */
  readonly length: number;
}

/** Reads a UDP header; undefined when it is cut short. */
export function parseUdp(bytes: Uint8Array, at: number, length: number): Udp | undefined {
  if (length < UDP_HEADER_LENGTH) return undefined;
  return {
    sourcePort: readUint16(bytes, at + UDP_SOURCE_PORT),
    destinationPort: readUint16(bytes, at + UDP_DESTINATION_PORT),
    length: readUint16(bytes, at + UDP_LENGTH),
  };
}

/** Writes a header; the checksum is left zero, which in IPv4 says that there is none. */
export function emitUdp(bytes: Uint8Array, at: number, udp: Udp): void {
  writeUint16(bytes, at + UDP_SOURCE_PORT, udp.sourcePort);
  writeUint16(bytes, at + UDP_DESTINATION_PORT, udp.destinationPort);
  writeUint16(bytes, at + UDP_LENGTH, udp.length);
  writeUint16(bytes, at + UDP_CHECKSUM, 0);
}
