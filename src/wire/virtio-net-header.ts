/**
 * The header that stands before each frame of a port: struct virtio_net_hdr_v1 (virtio 1.2, section 5.1.6), as a TAP
 * device with IFF_VNET_HDR and a header size of 12 takes and gives it. Its fields are little-endian. It comes from
 * the guest's kernel or from a hostile guest itself, and is believed only after `checkOffload`.
 */
import { TCP, UDP } from '../net/protocol.ts';
import { TCP_CHECKSUM, TCP_HEADER_LENGTH, tcpHeaderLength } from './tcp.ts';
import { UDP_CHECKSUM, UDP_HEADER_LENGTH } from './udp.ts';

export const VIRTIO_FLAGS = 0;
export const VIRTIO_GSO_TYPE = 1;
export const VIRTIO_HEADER_LENGTH_HINT = 2;
export const VIRTIO_GSO_SIZE = 4;
export const VIRTIO_CHECKSUM_START = 6;
export const VIRTIO_CHECKSUM_OFFSET = 8;
export const VIRTIO_BUFFERS = 10;
/** Bytes of the header. */
export const VIRTIO_NET_HEADER_LENGTH = 12;

/** Flag: the checksum at start + offset is partial (the pseudo-header's sum) and must be completed. */
export const NEEDS_CHECKSUM = 1;
/** Flag: the checksum has been verified. */
export const CHECKSUM_VALID = 2;

export const GSO_NONE = 0;
export const GSO_TCP_IPV4 = 1;
export const GSO_TCP_IPV6 = 4;
export const GSO_UDP = 5;
/** Bit of the GSO type: the frame carries explicit congestion notification. */
export const GSO_ECN = 0x80;

const readLittle = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
function writeLittle(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}

/** Payload bytes per segment of a segmentation-offload frame. */
export const gsoSize = (bytes: Uint8Array, at: number): number => readLittle(bytes, at + VIRTIO_GSO_SIZE);
/** Sets the payload bytes per segment. */
export const setGsoSize = (bytes: Uint8Array, at: number, size: number): void =>
  writeLittle(bytes, at + VIRTIO_GSO_SIZE, size);
/** The GSO type without its ECN bit; GSO_NONE for an ordinary frame. */
export const gsoType = (bytes: Uint8Array, at: number): number => (bytes[at + VIRTIO_GSO_TYPE] ?? 0) & ~GSO_ECN;
/** True when the transport checksum is partial. */
export const needsChecksum = (bytes: Uint8Array, at: number): boolean =>
  ((bytes[at + VIRTIO_FLAGS] ?? 0) & NEEDS_CHECKSUM) !== 0;
/** True for a header that asks for nothing: no offload of any kind. */
export const isPlain = (bytes: Uint8Array, at: number): boolean =>
  ((bytes[at + VIRTIO_FLAGS] ?? 0) & NEEDS_CHECKSUM) === 0 && (bytes[at + VIRTIO_GSO_TYPE] ?? 0) === GSO_NONE;

/** Fits a header to the packet in the other IP family: `transport` is where the transport header begins in the frame now. */
export function changeFamily(bytes: Uint8Array, at: number, version: 4 | 6, transport: number): void {
  const type = gsoType(bytes, at);
  if (type === GSO_TCP_IPV4 || type === GSO_TCP_IPV6) {
    const ecn = (bytes[at + VIRTIO_GSO_TYPE] ?? 0) & GSO_ECN;
    bytes[at + VIRTIO_GSO_TYPE] = (version === 6 ? GSO_TCP_IPV6 : GSO_TCP_IPV4) | ecn;
  }
  if (needsChecksum(bytes, at)) writeLittle(bytes, at + VIRTIO_CHECKSUM_START, transport);
}

/** Writes a header that asks for nothing. */
export function emitPlain(bytes: Uint8Array, at: number): void {
  bytes.fill(0, at, at + VIRTIO_NET_HEADER_LENGTH);
  bytes[at + VIRTIO_BUFFERS] = 1;
}

/** Writes a header that asks for a checksum, and for segmentation unless `gsoType` is GSO_NONE. */
export function emitOffload(
  bytes: Uint8Array,
  at: number,
  offload: {
    readonly gsoType: number;
    readonly gsoSize: number;
    readonly checksumStart: number;
    readonly checksumOffset: number;
  },
): void {
  emitPlain(bytes, at);
  bytes[at + VIRTIO_FLAGS] = NEEDS_CHECKSUM;
  bytes[at + VIRTIO_GSO_TYPE] = offload.gsoType;
  writeLittle(bytes, at + VIRTIO_GSO_SIZE, offload.gsoSize);
  writeLittle(bytes, at + VIRTIO_CHECKSUM_START, offload.checksumStart);
  writeLittle(bytes, at + VIRTIO_CHECKSUM_OFFSET, offload.checksumOffset);
}

/**
 * Whether the header fits the frame behind it: known flags and type, a checksum inside the frame and exactly at the
 * transport header's own, a segment size for the right protocol. A header that lies would make the receiver's kernel
 * write or segment where the sender chose. Resets the hint and the fields that mean nothing on the way out.
 * `transport` is the offset of the transport header in the frame, `frameLength` the frame's length, both in bytes.
 */
export function checkOffload(
  bytes: Uint8Array,
  at: number,
  version: number,
  protocol: number,
  transport: number,
  frameLength: number,
): boolean {
  const type = gsoType(bytes, at);
  const partial = needsChecksum(bytes, at);
  writeLittle(bytes, at + VIRTIO_HEADER_LENGTH_HINT, 0);
  bytes[at + VIRTIO_FLAGS] = partial ? NEEDS_CHECKSUM : 0;
  if (!partial) return type === GSO_NONE;
  if (protocol !== TCP && protocol !== UDP) return false;
  const offset = protocol === TCP ? TCP_CHECKSUM : UDP_CHECKSUM;
  if (readLittle(bytes, at + VIRTIO_CHECKSUM_START) !== transport) return false;
  if (readLittle(bytes, at + VIRTIO_CHECKSUM_OFFSET) !== offset || transport + offset + 2 > frameLength) return false;
  if (type === GSO_NONE) return true;
  return gsoSize(bytes, at) > 0 && gsoTypeFits(type, version, protocol);
}

function gsoTypeFits(type: number, version: number, protocol: number): boolean {
  if (type === GSO_TCP_IPV4) return version === 4 && protocol === TCP;
  if (type === GSO_TCP_IPV6) return version === 6 && protocol === TCP;
  return type === GSO_UDP && protocol === UDP;
}

/**
 * Length in bytes of the largest packet that a frame becomes on the wire: of its segments, or its own. `network` and
 * `transport` are positions of the headers in `bytes`, `length` is that of the packet.
 */
export function wirePacketLength(
  bytes: Uint8Array,
  virtio: number,
  network: number,
  transport: number,
  protocol: number,
  length: number,
): number {
  if (gsoType(bytes, virtio) === GSO_NONE) return length;
  return Math.min(length, segmentHeadersLength(bytes, network, transport, protocol) + gsoSize(bytes, virtio));
}

/** Bytes of network and transport headers that each segment carries. */
export function segmentHeadersLength(bytes: Uint8Array, network: number, transport: number, protocol: number): number {
  const transportLength =
    protocol === TCP ? Math.max(TCP_HEADER_LENGTH, tcpHeaderLength(bytes, transport)) : UDP_HEADER_LENGTH;
  return transport - network + transportLength;
}
