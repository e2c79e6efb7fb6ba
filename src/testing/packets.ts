/** Packets as tests write them: who sends what to whom. */
import { ICMP, ICMPV6, TCP, UDP } from '../net/protocol.ts';
import type { FrameSpec } from '../wire/frame.ts';
import { ACK, SYN } from '../wire/tcp.ts';

/** What may differ from the packet that the names imply. Addresses are texts. */
export interface PacketOptions
  extends Partial<
    Pick<
      FrameSpec,
      | 'tcpFlags'
      | 'sourcePort'
      | 'icmpType'
      | 'icmpCode'
      | 'icmpIdentifier'
      | 'icmpSequence'
      | 'fragment'
      | 'identification'
      | 'payload'
      | 'lengthBytes'
      | 'ttl'
      | 'sourceMac'
      | 'destinationMac'
    >
  > {
  readonly source?: string;
  readonly destination?: string;
  /** True for a packet between the hosts' IPv6 addresses. */
  readonly ipv6?: boolean;
  /** Changes the frame, virtio header included, after it was made. */
  readonly mangle?: (bytes: Uint8Array) => Uint8Array;
}

/** A packet from one host to another; names are those of the network, `internet`, or an address as text. */
export interface TestPacket {
  readonly from: string;
  readonly to: string;
  readonly protocol: number;
  readonly destinationPort: number;
  readonly options: PacketOptions;
}

const packet = (
  protocol: number,
  from: string,
  to: string,
  destinationPort: number,
  options: PacketOptions,
): TestPacket => ({ from, to, protocol, destinationPort, options: { sourcePort: 40_000, ...options } });

/** The first segment of a TCP connection. */
export const tcp = (from: string, to: string, port: number, options: PacketOptions = {}): TestPacket =>
  packet(TCP, from, to, port, { tcpFlags: SYN, ...options });

/** A segment in the midst of a TCP connection. */
export const data = (from: string, to: string, port: number, options: PacketOptions = {}): TestPacket =>
  packet(TCP, from, to, port, { tcpFlags: ACK, ...options });

export const udp = (from: string, to: string, port: number, options: PacketOptions = {}): TestPacket =>
  packet(UDP, from, to, port, options);

/** An echo request. */
export const ping = (from: string, to: string, options: PacketOptions = {}): TestPacket =>
  packet(options.ipv6 ? ICMPV6 : ICMP, from, to, 0, { icmpType: options.ipv6 ? 128 : 8, icmpCode: 0, ...options });

/** An ICMP message. */
export const icmp = (from: string, to: string, type: number, code: number, options: PacketOptions = {}): TestPacket =>
  ping(from, to, { ...options, icmpType: type, icmpCode: code });

/** A packet of some other protocol. */
export const protocol = (number: number, from: string, to: string, options: PacketOptions = {}): TestPacket =>
  packet(number, from, to, 0, options);

/** The answer to a packet: hosts and ports swapped; SYN-ACK to a SYN, echo reply to an echo request. */
export function reply(to: TestPacket, options: PacketOptions = {}): TestPacket {
  const { tcpFlags, icmpType, source, destination, ...rest } = to.options;
  const swapped = { ...(destination ? { source: destination } : {}), ...(source ? { destination: source } : {}) };
  return {
    from: to.to,
    to: to.from,
    protocol: to.protocol,
    destinationPort: to.options.sourcePort ?? 0,
    options: {
      ...rest,
      ...swapped,
      sourcePort: to.destinationPort,
      ...(tcpFlags === undefined ? {} : { tcpFlags: tcpFlags === SYN ? SYN | ACK : ACK }),
      ...(icmpType === undefined ? {} : { icmpType: icmpType === 8 ? 0 : 129 }),
      ...options,
    },
  };
}
