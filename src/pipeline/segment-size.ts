/** The maximum segment size that a TCP connection is opened with (RFC 9293 section 3.7.1), lowered on the way. */
import { TCP } from '../net/protocol.ts';
import { readInt32, readUint16, writeUint16 } from '../wire/big-endian.ts';
import { replacement, updateChecksum } from '../wire/checksum.ts';
import { SYN, TCP_CHECKSUM, TCP_HEADER_LENGTH, tcpHeaderLength } from '../wire/tcp.ts';
import { needsChecksum } from '../wire/virtio-net-header.ts';
import type { Packet } from './packet.ts';

const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
const MAXIMUM_SEGMENT_SIZE = 2;
const OPTION_LENGTH = 4;

/** Lowers the size that a segment with SYN announces to `bytes` at most; other packets stay as they are. */
export function clampSegmentSize(packet: Packet, mostBytes: number): void {
  if (packet.protocol !== TCP || packet.isLaterFragment || (packet.tcpFlags & SYN) === 0) return;
  const { bytes, virtio, transport } = packet;
  const at = sizeOption(packet);
  if (at < 0 || readUint16(bytes, at + 2) <= mostBytes) return;
  // Checksums are of 16-bit words from the header on, wherever an option begins.
  const word = transport + ((at + 1 - transport) & ~1);
  const before = readInt32(bytes, word);
  writeUint16(bytes, at + 2, mostBytes);
  const difference = replacement(before, readInt32(bytes, word));
  if (!needsChecksum(bytes, virtio)) updateChecksum(bytes, transport + TCP_CHECKSUM, difference);
}

/** Where the option begins, -1 if there is none or the options contradict themselves. */
function sizeOption({ bytes, transport, transportLength }: Packet): number {
  const end = transport + Math.min(tcpHeaderLength(bytes, transport), transportLength);
  let at = transport + TCP_HEADER_LENGTH;
  while (at < end && bytes[at] !== END_OF_OPTIONS) {
    if (bytes[at] === NO_OPERATION) {
      at += 1;
      continue;
    }
    const length = at + 1 < end ? (bytes[at + 1] ?? 0) : 0;
    if (length < 2 || at + length > end) return -1;
    if (bytes[at] === MAXIMUM_SEGMENT_SIZE) return length === OPTION_LENGTH ? at : -1;
    at += length;
  }
  return -1;
}
