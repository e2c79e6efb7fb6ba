/** Cuts an IPv4 packet into fragments (RFC 791, section 3.2) for a way with a smaller MTU. */

import { TCP } from '../net/protocol.ts';
import type { Packet } from '../pipeline/packet.ts';
import { readUint16, writeUint16 } from '../wire/big-endian.ts';
import { checksumOf, pseudoHeaderSum, sumBytes } from '../wire/checksum.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import {
  FRAGMENT_OFFSET_MASK,
  IPV4_FRAGMENT,
  IPV4_TOTAL_LENGTH,
  ipv4AddressSum,
  MORE_FRAGMENTS,
  sealIpv4,
} from '../wire/ipv4.ts';
import { TCP_CHECKSUM } from '../wire/tcp.ts';
import { UDP_CHECKSUM } from '../wire/udp.ts';
import { emitPlain, needsChecksum, VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';

/** Hands each fragment of at most `mtuBytes` to `send`, in order, as virtio header and frame in a buffer of its own. */
export function sendFragments(
  packet: Packet,
  mtuBytes: number,
  send: (bytes: Uint8Array, length: number) => void,
): void {
  completeChecksum(packet);
  const { bytes, frame, network, transport, length } = packet;
  const headerLength = transport - network;
  const room = (mtuBytes - headerLength) & ~7;
  const before = readUint16(bytes, network + IPV4_FRAGMENT);
  const start = VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
  for (let done = 0; done < length - headerLength; done += room) {
    const payload = Math.min(room, length - headerLength - done);
    const isLast = done + payload === length - headerLength;
    const cut = new Uint8Array(start + headerLength + payload);
    emitPlain(cut, 0);
    cut.set(bytes.subarray(frame, transport), VIRTIO_NET_HEADER_LENGTH);
    cut.set(bytes.subarray(transport + done, transport + done + payload), start + headerLength);
    writeUint16(cut, start + IPV4_TOTAL_LENGTH, headerLength + payload);
    const more = isLast ? before & MORE_FRAGMENTS : MORE_FRAGMENTS;
    writeUint16(cut, start + IPV4_FRAGMENT, more | ((before & FRAGMENT_OFFSET_MASK) + done / 8));
    sealIpv4(cut, start);
    send(cut, cut.length);
  }
}

/** What the device would have done: a partial checksum becomes a whole one, because no device computes it over fragments. */
function completeChecksum(packet: Packet): void {
  const { bytes, virtio, network, transport, transportLength, protocol } = packet;
  if (!needsChecksum(bytes, virtio)) return;
  const field = transport + (protocol === TCP ? TCP_CHECKSUM : UDP_CHECKSUM);
  writeUint16(bytes, field, 0);
  const addresses = ipv4AddressSum(bytes, network);
  const sum = sumBytes(bytes, transport, transportLength, pseudoHeaderSum(addresses, protocol, transportLength));
  writeUint16(bytes, field, checksumOf(sum) || 0xffff);
}
