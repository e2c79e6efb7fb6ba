/** Frames of somebody who wants to be heard where he may not be: for property tests, as fast-check makes and shrinks them. */
import fc from 'fast-check';
import { isIpv4, isIpv6 } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { readUint16, writeUint16 } from '../wire/big-endian.ts';
import { checksumOf, sumBytes } from '../wire/checksum.ts';
import { ETHER_TYPE, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, ETHERNET_HEADER_LENGTH, writeMac } from '../wire/ethernet.ts';
import { IPV4_CHECKSUM } from '../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH, IPV6_NEXT_HEADER, IPV6_PAYLOAD_LENGTH } from '../wire/ipv6.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import type { TestNetwork } from './network.ts';
import { icmp, ping, protocol, tcp, udp } from './packets.ts';
import { addressOf, macOf } from './rows.ts';

const FRAME = VIRTIO_NET_HEADER_LENGTH;
const NETWORK = FRAME + ETHERNET_HEADER_LENGTH;
const BROADCAST = 0xffff_ffff_ffff as Mac;
/** 802.1Q and 802.1ad tags, LLDP, slow protocols, MPLS, wake-on-LAN, EAPOL: nothing that a VPC carries. */
const FOREIGN_TYPES = [0x8100, 0x88a8, 0x88cc, 0x8809, 0x8847, 0x0842, 0x888e] as const;
const EXTENSION_HEADERS = [0, 43, 44, 51, 60] as const;

type Change = (frame: Uint8Array) => Uint8Array;

const changed = (frame: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array => {
  const copy = frame.slice();
  change(copy);
  return copy;
};

function inserted(frame: Uint8Array, at: number, bytes: readonly number[]): Uint8Array {
  if (frame.length < at) return frame;
  const longer = new Uint8Array(frame.length + bytes.length);
  longer.set(frame.subarray(0, at));
  longer.set(bytes, at);
  longer.set(frame.subarray(at), at + bytes.length);
  return longer;
}

const etherTypeOf = (frame: Uint8Array): number => (frame.length < NETWORK ? 0 : readUint16(frame, FRAME + ETHER_TYPE));

const toMac =
  (mac: Mac): Change =>
  (frame) =>
    changed(frame, (copy) => writeMac(copy, FRAME, mac));
const fromMac =
  (mac: Mac): Change =>
  (frame) =>
    changed(frame, (copy) => writeMac(copy, FRAME + 6, mac));

/** A tag in front of the type; twice in a row it is a hop between VLANs. */
const tagged =
  (type: number, vlan: number): Change =>
  (frame) =>
    inserted(frame, FRAME + ETHER_TYPE, [type >> 8, type & 0xff, vlan >> 8, vlan & 0xff]);

/** Loose source and record route (RFC 791) by way of an address; of IPv4 only. */
const sourceRouted =
  (via: string): Change =>
  (frame) => {
    const address = addressOf(via);
    if (etherTypeOf(frame) !== ETHER_TYPE_IPV4 || frame[NETWORK] !== 0x45 || !isIpv4(address)) return frame;
    const hops = [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff);
    const longer = inserted(frame, NETWORK + 20, [131, 7, 4, ...hops, 0]);
    longer[NETWORK] = 0x47;
    writeUint16(longer, NETWORK + 2, readUint16(longer, NETWORK + 2) + 8);
    writeUint16(longer, NETWORK + IPV4_CHECKSUM, 0);
    writeUint16(longer, NETWORK + IPV4_CHECKSUM, checksumOf(sumBytes(longer, NETWORK, 28)));
    return longer;
  };

/** An extension header in front of what follows the fixed one; of IPv6 only. */
const extended =
  (header: number): Change =>
  (frame) => {
    if (etherTypeOf(frame) !== ETHER_TYPE_IPV6 || frame.length < NETWORK + IPV6_HEADER_LENGTH) return frame;
    const next = frame[NETWORK + IPV6_NEXT_HEADER] ?? 0;
    const longer = inserted(frame, NETWORK + IPV6_HEADER_LENGTH, [next, 0, 0, 0, 0, 0, 0, 0]);
    longer[NETWORK + IPV6_NEXT_HEADER] = header;
    writeUint16(longer, NETWORK + IPV6_PAYLOAD_LENGTH, readUint16(longer, NETWORK + IPV6_PAYLOAD_LENGTH) + 8);
    return longer;
  };

/** An ARP message that says that `address` is at `mac`, as a question or an answer. */
function arpClaim(operation: number, mac: Mac, address: string, target: string, to: Mac): Uint8Array {
  const frame = new Uint8Array(NETWORK + 28);
  writeMac(frame, FRAME, to);
  writeMac(frame, FRAME + 6, mac);
  frame.set([8, 6, 0, 1, 8, 0, 6, 4, 0, operation], FRAME + ETHER_TYPE);
  writeMac(frame, NETWORK + 8, mac);
  frame.set(address.split('.').map(Number), NETWORK + 14);
  writeMac(frame, NETWORK + 18, to);
  frame.set(target.split('.').map(Number), NETWORK + 24);
  return frame;
}

/** The 16 bytes of an IPv6 address. */
function bytesOf(text: string): number[] {
  const address = addressOf(text);
  return isIpv6(address)
    ? Array.from({ length: 16 }, (_, at) => Number((address >> BigInt(120 - 8 * at)) & 0xffn))
    : [];
}

/** What a host with the name `from` may begin with: packets to everybody, claims of other addresses, false routers and leases. */
function beginnings(net: TestNetwork, from: string, addresses: readonly string[], macs: readonly Mac[]): Uint8Array[] {
  const own = net.rowOf(from).mac;
  const ofVersion4 = addresses.filter((address) => !address.includes(':'));
  const ofVersion6 = addresses.filter((address) => address.includes(':'));
  const over = { ipv6: true, ttl: 255 } as const;
  const packets = [
    ...ofVersion4.flatMap((to) => [
      tcp(from, to, 80),
      udp(from, to, 68, { sourcePort: 67 }),
      ping(from, to),
      protocol(47, from, to),
    ]),
    ...ofVersion4.map((source) => tcp(from, ofVersion4[0] ?? '', 80, { source })),
    ...ofVersion6.flatMap((to) => [tcp(from, to, 80, over), ping(from, to, over)]),
    ...ofVersion6.flatMap((to) =>
      [134, 136, 137].map((type) => icmp(from, to, type, 0, { ...over, payload: Uint8Array.from(bytesOf(to)) })),
    ),
  ];
  const claims = ofVersion4.flatMap((address) =>
    [...macs, BROADCAST].flatMap((to) =>
      [1, 2].map((operation) => arpClaim(operation, own, address, ofVersion4[0] ?? '', to)),
    ),
  );
  return [...packets.map((packet) => net.frameFor(packet)), ...claims];
}

/**
 * Frames that begin as something that a host may send or claim, and are then wrapped, redirected, disguised, damaged.
 * `addresses` are those that it would like to be or to reach.
 */
export function hostileFrames(net: TestNetwork, from: string, addresses: readonly string[]): fc.Arbitrary<Uint8Array> {
  const macs = [...Array.from({ length: 6 }, (_, index) => macOf(index + 2)), net.routerMacOf(from)];
  const mac = fc.constantFrom(...macs, BROADCAST, 0x0100_5e00_00fb as Mac, 0x3333_0000_0001 as Mac);
  const change: fc.Arbitrary<Change> = fc.oneof(
    mac.map(toMac),
    mac.map(fromMac),
    fc.tuple(fc.constantFrom(...FOREIGN_TYPES), fc.nat(4095)).map(([type, vlan]) => tagged(type, vlan)),
    fc.constantFrom(...addresses).map(sourceRouted),
    fc.constantFrom(...EXTENSION_HEADERS).map(extended),
    fc.tuple(fc.nat(100), fc.nat(255)).map(
      ([at, value]): Change =>
        (frame) =>
          changed(frame, (copy) => {
            copy[at] = value;
          }),
    ),
    fc.nat(100).map(
      (length): Change =>
        (frame) =>
          frame.slice(0, Math.max(FRAME, length)),
    ),
  );
  const begun = fc.constantFrom(...beginnings(net, from, addresses, macs));
  return fc
    .tuple(begun, fc.array(change, { maxLength: 4 }))
    .map(([frame, changes]) => changes.reduce((so, next) => next(so), frame));
}
