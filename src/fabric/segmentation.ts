/** Makes of an offload frame what a network card would put on the wire: whole packets with whole checksums. */
import { TCP, UDP } from '../net/protocol.ts';
import type { Packet } from '../pipeline/packet.ts';
import { readUint16, readUint32, writeUint16, writeUint32 } from '../wire/big-endian.ts';
import { checksumOf, pseudoHeaderSum, sumBytes } from '../wire/checksum.ts';
import { IPV4_IDENTIFICATION, IPV4_TOTAL_LENGTH, ipv4AddressSum, sealIpv4 } from '../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH, IPV6_PAYLOAD_LENGTH, ipv6AddressSum } from '../wire/ipv6.ts';
import { FIN, PSH, TCP_CHECKSUM, TCP_FLAGS, TCP_SEQUENCE, tcpHeaderLength } from '../wire/tcp.ts';
import { UDP_CHECKSUM } from '../wire/udp.ts';
import { GSO_NONE, gsoSize, gsoType, isPlain, needsChecksum } from '../wire/virtio-net-header.ts';

/** The frames of a packet, from the destination MAC on, each in a buffer of its own. */
export function wireFrames(packet: Packet): readonly Uint8Array[] {
  const { bytes, virtio, frame, frameLength, protocol } = packet;
  if (isPlain(bytes, virtio)) return [bytes.slice(frame, frame + frameLength)];
  if (gsoType(bytes, virtio) !== GSO_NONE && protocol === TCP) return tcpSegments(packet);
  const whole = bytes.slice(frame, frame + packet.network - frame + packet.length);
  if (needsChecksum(bytes, virtio)) seal(whole, packet);
  return [whole];
}

function tcpSegments(packet: Packet): readonly Uint8Array[] {
  const { bytes, virtio, frame, network, transport, length } = packet;
  const headers = transport + tcpHeaderLength(bytes, transport);
  const end = network + length;
  const size = Math.max(1, gsoSize(bytes, virtio));
  const segments: Uint8Array[] = [];
  for (let from = headers; from < end || segments.length === 0; from += size) {
    const to = Math.min(end, from + size);
    const segment = new Uint8Array(headers - frame + (to - from));
    segment.set(bytes.subarray(frame, headers));
    segment.set(bytes.subarray(from, to), headers - frame);
    const tcp = transport - frame;
    writeUint32(segment, tcp + TCP_SEQUENCE, (readUint32(bytes, transport + TCP_SEQUENCE) + from - headers) >>> 0);
    if (to < end) segment[tcp + TCP_FLAGS] = (segment[tcp + TCP_FLAGS] ?? 0) & ~(FIN | PSH);
    shorten(segment, packet, segments.length);
    seal(segment, packet);
    segments.push(segment);
  }
  return segments;
}

/** Gives the IP header of a segment its own length. */
function shorten(segment: Uint8Array, { version, frame, network }: Packet, index: number): void {
  const at = network - frame;
  if (version === 6) {
    writeUint16(segment, at + IPV6_PAYLOAD_LENGTH, segment.length - at - IPV6_HEADER_LENGTH);
    return;
  }
  writeUint16(segment, at + IPV4_TOTAL_LENGTH, segment.length - at);
  writeUint16(segment, at + IPV4_IDENTIFICATION, readUint16(segment, at + IPV4_IDENTIFICATION) + index);
  sealIpv4(segment, at);
}

function seal(segment: Uint8Array, { version, protocol, frame, network, transport }: Packet): void {
  if (protocol !== TCP && protocol !== UDP) return;
  const at = transport - frame;
  const field = at + (protocol === TCP ? TCP_CHECKSUM : UDP_CHECKSUM);
  const addresses = (version === 4 ? ipv4AddressSum : ipv6AddressSum)(segment, network - frame);
  const length = segment.length - at;
  writeUint16(segment, field, 0);
  const sum = sumBytes(segment, at, length, pseudoHeaderSum(addresses, protocol, length));
  writeUint16(segment, field, checksumOf(sum) || 0xffff);
}
