/** The door to the machine: what it sends goes out, what answers it comes in, and nobody else speaks first. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { type Ipv4, ipv6, parseIpv4, parseIpv6 } from '../net/address.ts';
import { mac } from '../net/mac.ts';
import { ICMP, TCP, UDP } from '../net/protocol.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { type FrameSpec, frameOf } from '../wire/frame.ts';
import { MORE_FRAGMENTS } from '../wire/ipv4.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import { MachineDoor } from './machine-door.ts';

const at = (text: string): Ipv4 => {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(`no address: ${text}`);
  return address;
};
const MACHINE = at('198.51.100.1');
const GUEST = at('198.18.0.7');
const MACHINE_IPV6 = parseIpv6('2001:db8:fffe::1') ?? ipv6(0n);
const GUEST_IPV6 = parseIpv6('3fff::7') ?? ipv6(0n);

type Segment = Partial<FrameSpec>;

/** A door, and frames through it: the machine's port is 40000, the guest's 22, unless said otherwise. */
class Scene {
  nowMs = 0;
  readonly door = new MachineDoor({ ipv4: MACHINE, ipv6: MACHINE_IPV6 }, () => this.nowMs);

  fromMachine(segment: Segment = {}): boolean {
    const bytes = outward(segment);
    return this.door.letsOut(bytes, bytes.length);
  }

  fromGuest(segment: Segment = {}): boolean {
    const ports = { sourcePort: 22, destinationPort: 40_000, tcpFlags: ACK };
    const bytes = frame({ source: GUEST, destination: MACHINE, ...ports, ...segment });
    equal(this.door.isForMachine(bytes, 0), true);
    return this.door.letsIn(bytes, 0, bytes.length);
  }
}

const frame = (segment: Segment & Pick<FrameSpec, 'source' | 'destination'>): Uint8Array =>
  frameOf({ sourceMac: mac(1), destinationMac: mac(2), protocol: TCP, ...segment });

const outward = (segment: Segment): Uint8Array =>
  frame({ source: MACHINE, destination: GUEST, sourcePort: 40_000, destinationPort: 22, ...segment });

test('answers to a connection of the machine come in, until it has ended', () => {
  const scene = new Scene();
  deepEqual([scene.fromMachine(), scene.fromGuest({ tcpFlags: SYN | ACK }), scene.fromGuest()], [true, true, true]);
  deepEqual([scene.fromMachine({ tcpFlags: RST }), scene.fromGuest()], [true, false]);
  deepEqual(scene.door.drops(), { 'machine-door/uninvited': 1 });
});

test('nobody opens a connection to the machine, not even where one of its own was', () => {
  const scene = new Scene();
  equal(scene.fromGuest({ tcpFlags: SYN }), false);
  scene.fromMachine();
  for (const segment of [
    { tcpFlags: SYN },
    { tcpFlags: SYN | FIN },
    { tcpFlags: SYN | RST },
    { destinationPort: 4566 },
    { sourcePort: 23 },
  ])
    equal(scene.fromGuest(segment), false, JSON.stringify(segment));
  equal(scene.fromGuest({ source: at('198.18.0.8') }), false);
  equal(scene.fromGuest({ tcpFlags: SYN | ACK }), true);
});

test('a connection that was idle for an hour is still one, a question by UDP is not after its timeout', () => {
  const scene = new Scene();
  scene.fromMachine();
  scene.fromGuest({ tcpFlags: SYN | ACK });
  scene.fromMachine({ protocol: UDP });
  equal(scene.fromGuest({ protocol: UDP }), true);
  scene.nowMs += 3_600_000;
  equal(scene.fromGuest(), true);
  equal(scene.fromGuest({ protocol: UDP }), false);
});

test('a port of the machine can be used again at once after a connection has ended', () => {
  const scene = new Scene();
  scene.fromMachine();
  scene.fromGuest({ tcpFlags: SYN | ACK });
  scene.fromMachine({ tcpFlags: FIN | ACK });
  scene.fromGuest({ tcpFlags: FIN | ACK });
  equal(scene.fromMachine(), true);
  equal(scene.fromGuest({ tcpFlags: SYN | ACK }), true);
});

test('echo replies come in where the machine has asked, and echo requests never', () => {
  const scene = new Scene();
  const echo = { protocol: ICMP, icmpIdentifier: 7 };
  equal(scene.fromGuest({ ...echo, icmpType: 0 }), false);
  scene.fromMachine({ ...echo, icmpType: 8 });
  equal(scene.fromGuest({ ...echo, icmpType: 0 }), true);
  equal(scene.fromGuest({ ...echo, icmpType: 8 }), false);
  equal(scene.fromGuest({ ...echo, icmpType: 0, icmpIdentifier: 8 }), false);
});

test('errors about what the machine sent come in; others, and redirects, do not', () => {
  const scene = new Scene();
  const asked = outward({ protocol: UDP });
  const about = (bytes: Uint8Array, icmpType: number): Segment => ({
    protocol: ICMP,
    icmpType,
    icmpCode: 3,
    payload: bytes.slice(VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH),
  });
  equal(scene.fromGuest(about(asked, 3)), false);
  scene.fromMachine({ protocol: UDP });
  equal(scene.fromGuest(about(asked, 3)), true);
  equal(scene.fromGuest(about(asked, 5)), false);
  equal(scene.fromGuest(about(outward({ protocol: UDP, destinationPort: 23 }), 3)), false);
});

test('later fragments come in after a first one that did', () => {
  const scene = new Scene();
  const part = { protocol: UDP, identification: 9 };
  const later = { ...part, fragment: 185 };
  equal(scene.fromGuest(later), false);
  scene.fromMachine({ protocol: UDP });
  equal(scene.fromGuest({ ...part, fragment: MORE_FRAGMENTS }), true);
  equal(scene.fromGuest(later), true);
  equal(scene.fromGuest({ ...later, identification: 10 }), false);
});

test('the machine serves nobody else: what it forwards, and what is no IP, stays out', () => {
  const scene = new Scene();
  equal(scene.fromMachine({ source: at('192.168.1.5') }), false);
  const arp = outward({});
  arp[VIRTIO_NET_HEADER_LENGTH + 13] = 6;
  equal(scene.door.letsOut(arp, arp.length), false);
  equal(scene.door.isForMachine(arp, 0), false);
  equal(scene.door.letsOut(arp, 20), false);
  deepEqual(scene.door.drops(), { 'machine-door/foreign-source': 1, 'machine-door/not-ip': 2 });
});

test('what goes to others in the outside world is not for the machine', () => {
  const { door } = new Scene();
  equal(door.isForMachine(frame({ source: GUEST, destination: at('198.51.100.2') }), 0), false);
});

test('more connections than are tracked are refused, and taken again when some have expired', () => {
  const scene = new Scene();
  const ask = (number: number): boolean =>
    scene.fromMachine({ protocol: UDP, sourcePort: number & 0xffff, destinationPort: 53 + (number >> 16) });
  for (let number = 0; number < 1 << 16; number++) ask(number);
  equal(ask(1 << 16), false);
  scene.nowMs += 31_000;
  equal(ask(1 << 16), true);
  scene.door.expire();
});

test('over IPv6 answers come in as well, and nobody speaks first', () => {
  const scene = new Scene();
  const out = { source: MACHINE_IPV6, destination: GUEST_IPV6, sourcePort: 40_000, destinationPort: 22 };
  const back = { source: GUEST_IPV6, destination: MACHINE_IPV6, sourcePort: 22, destinationPort: 40_000 };
  equal(scene.fromGuest({ ...back, tcpFlags: SYN | ACK }), false);
  equal(scene.fromMachine(out), true);
  equal(scene.fromGuest({ ...back, tcpFlags: SYN | ACK }), true);
  equal(scene.fromGuest({ ...back, tcpFlags: SYN }), false);
  equal(scene.fromGuest({ ...back, sourcePort: 23 }), false);
  equal(scene.door.isForMachine(frame({ source: GUEST_IPV6, destination: GUEST_IPV6 }), 0), false);
});

test('what the machine says to its link over IPv6 goes nowhere, and is nobody’s fault', () => {
  const scene = new Scene();
  equal(scene.fromMachine({ source: parseIpv6('fe80::1') ?? ipv6(0n), destination: GUEST_IPV6 }), false);
  equal(scene.fromMachine({ source: GUEST_IPV6, destination: GUEST_IPV6 }), false);
  deepEqual(scene.door.drops(), { 'machine-door/link-local': 1, 'machine-door/foreign-source': 1 });
});
