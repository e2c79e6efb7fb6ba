/** The TCP header (RFC 9293). Offsets are relative to its first byte. */
import { readUint16, readUint32, writeUint16, writeUint32 } from './big-endian.ts';

export const TCP_SOURCE_PORT = 0;
export const TCP_DESTINATION_PORT = 2;
export const TCP_SEQUENCE = 4;
export const TCP_ACKNOWLEDGEMENT = 8;
export const TCP_DATA_OFFSET = 12;
export const TCP_FLAGS = 13;
export const TCP_WINDOW = 14;
export const TCP_CHECKSUM = 16;
/** Bytes of a header without options. */
export const TCP_HEADER_LENGTH = 20;

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

/** Length of the header with its options, in bytes. */
export const tcpHeaderLength = (bytes: Uint8Array, at: number): number =>
  ((bytes[at + TCP_DATA_OFFSET] ?? 0) >>> 4) * 4;

/** A TCP header without options. */
export interface Tcp {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
}

/** Reads a TCP header; undefined when it is cut short. */
export function parseTcp(bytes: Uint8Array, at: number, length: number): Tcp | undefined {
  if (length < TCP_HEADER_LENGTH) return undefined;
  return {
    sourcePort: readUint16(bytes, at + TCP_SOURCE_PORT),
    destinationPort: readUint16(bytes, at + TCP_DESTINATION_PORT),
    sequence: readUint32(bytes, at + TCP_SEQUENCE),
    acknowledgement: readUint32(bytes, at + TCP_ACKNOWLEDGEMENT),
    flags: bytes[at + TCP_FLAGS] ?? 0,
  };
}

/** Writes a header without options; the checksum is left zero. */
export function emitTcp(bytes: Uint8Array, at: number, tcp: Tcp): void {
  writeUint16(bytes, at + TCP_SOURCE_PORT, tcp.sourcePort);
  writeUint16(bytes, at + TCP_DESTINATION_PORT, tcp.destinationPort);
  writeUint32(bytes, at + TCP_SEQUENCE, tcp.sequence);
  writeUint32(bytes, at + TCP_ACKNOWLEDGEMENT, tcp.acknowledgement);
  bytes[at + TCP_DATA_OFFSET] = 5 << 4;
  bytes[at + TCP_FLAGS] = tcp.flags;
  writeUint16(bytes, at + TCP_WINDOW, 0xffff);
  writeUint32(bytes, at + TCP_CHECKSUM, 0);
}
