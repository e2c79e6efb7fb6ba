/**
 * Capture files in pcapng form (draft-ietf-opsawg-pcapng), as wireshark and tcpdump read them from a file or a pipe:
 * one section, one Ethernet interface, then one enhanced packet block per frame. Little-endian.
 */

const SECTION_HEADER = 0x0a0d_0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const LINKTYPE_ETHERNET = 1;
/** Option codes: opt_comment, if_name, epb_flags. */
const COMMENT = 1;
const IF_NAME = 2;
const EPB_FLAGS = 2;
/** epb_flags bits 0-1. */
const DIRECTION = { inbound: 1, outbound: 2 } as const;
/** Nothing is cut below this many bytes of a packet: room for an offload frame. */
const SNAP_LENGTH_BYTES = 262_144;

/** A frame to be written. */
export interface PcapngFrame {
  /** Milliseconds since the epoch, fractions allowed; written in microseconds. */
  readonly atMs: number;
  /** As the captured interface sees it: inbound came to it, outbound was sent by it. */
  readonly direction: 'inbound' | 'outbound';
  /** From the destination MAC on. */
  readonly bytes: Uint8Array;
  /** Length on the wire, when `bytes` was cut. */
  readonly lengthBytes: number;
  /** What is to be said of it: opt_comment, which Wireshark shows with the packet. */
  readonly comment?: string | undefined;
}

/** The beginning of a file: section header and the one interface, named. */
export function pcapngHeader(interfaceName: string): Uint8Array {
  const section = block(SECTION_HEADER, 16, (view) => {
    view.setUint32(0, BYTE_ORDER_MAGIC, true);
    view.setUint16(4, 1, true);
    view.setBigInt64(8, -1n, true); // section length unknown: a stream
  });
  const name = new TextEncoder().encode(interfaceName);
  const description = block(INTERFACE_DESCRIPTION, 8 + 4 + padded(name.length) + 4, (view, bytes) => {
    view.setUint16(0, LINKTYPE_ETHERNET, true);
    view.setUint32(4, SNAP_LENGTH_BYTES, true);
    view.setUint16(8, IF_NAME, true);
    view.setUint16(10, name.length, true);
    bytes.set(name, 12);
  });
  const header = new Uint8Array(section.length + description.length);
  header.set(section);
  header.set(description, section.length);
  return header;
}

/** One enhanced packet block. */
export function pcapngPacket(frame: PcapngFrame): Uint8Array {
  const data = padded(frame.bytes.length);
  const comment = new TextEncoder().encode(frame.comment ?? '');
  const commentBytes = comment.length === 0 ? 0 : 4 + padded(comment.length);
  return block(ENHANCED_PACKET, 20 + data + 12 + commentBytes, (view, bytes) => {
    const microseconds = BigInt(Math.round(frame.atMs * 1000));
    view.setUint32(4, Number(microseconds >> 32n), true);
    view.setUint32(8, Number(microseconds & 0xffff_ffffn), true);
    view.setUint32(12, frame.bytes.length, true);
    view.setUint32(16, frame.lengthBytes, true);
    bytes.set(frame.bytes, 20);
    view.setUint16(20 + data, EPB_FLAGS, true);
    view.setUint16(22 + data, 4, true);
    view.setUint32(24 + data, DIRECTION[frame.direction], true);
    if (comment.length === 0) return;
    view.setUint16(28 + data, COMMENT, true);
    view.setUint16(30 + data, comment.length, true);
    bytes.set(comment, 32 + data);
  });
}

const padded = (length: number): number => (length + 3) & ~3;

/** A block of this type with a body of this many bytes (a multiple of four), which `fill` writes. */
function block(type: number, bodyBytes: number, fill: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(bodyBytes + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, bytes.length, true);
  fill(new DataView(bytes.buffer, 8, bodyBytes), bytes.subarray(8, 8 + bodyBytes));
  view.setUint32(bytes.length - 4, bytes.length, true);
  return bytes;
}
