/**
 * A virtual guest: a small responder inside the process that behaves on the wire as a machine does. It does DHCP at its
 * start, answers ARP and ICMP echo, serves TCP and UDP on ports that are declared open, and can ping and connect.
 */
import type { Ipv4 } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { ICMP, TCP, UDP } from '../net/protocol.ts';
import { readUint16 } from '../wire/big-endian.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import {
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER_LENGTH,
  ICMP_IDENTIFIER,
  ICMP_SEQUENCE,
} from '../wire/icmp.ts';
import { parseUdp, UDP_HEADER_LENGTH } from '../wire/udp.ts';
import { type Ipv4Configuration, type ReceivedPacket, VirtualNic } from './virtual-nic.ts';
import { type ConnectVerdict, VirtualTcp } from './virtual-tcp.ts';

/** How a ping ended. */
export type PingVerdict = 'answered' | 'unanswered';

/** What a virtual guest is made of. */
export interface VirtualGuestOptions {
  readonly mac: Mac;
  /** Gives a frame (from the destination MAC on) to the fabric. */
  readonly transmit: (frame: Uint8Array) => void;
  /** Lets frames travel until none is under way; `ping` and `connect` wait so. */
  readonly settle: () => void;
  readonly openTcpPorts?: readonly number[];
  readonly openUdpPorts?: readonly number[];
  /** Fixed addressing; without it the guest asks by DHCP when it starts. */
  readonly configuration?: Ipv4Configuration;
}

const FIRST_EPHEMERAL_PORT = 32_768;
/** ICMP code 3, port unreachable, is what closed UDP ports answer (RFC 1122 section 4.1.3.1). */
const PORT_UNREACHABLE = 3;
/** An error quotes the IP header and eight bytes (RFC 792). */
const QUOTED_TRANSPORT_LENGTH = 8;

/** A guest with one NIC. */
export class VirtualGuest {
  readonly nic: VirtualNic;
  /** UDP payloads that reached open ports, the latest last; at most MAX_RECEIVED. */
  readonly received: { readonly source: Ipv4; readonly port: number; readonly payload: Uint8Array }[] = [];
  private readonly tcp: VirtualTcp;
  private readonly openTcpPorts: Set<number>;
  private readonly openUdpPorts: Set<number>;
  private readonly echoes = new Set<number>();
  private nextPort = FIRST_EPHEMERAL_PORT;
  private nextEcho = 1;

  constructor(private readonly options: VirtualGuestOptions) {
    this.openTcpPorts = new Set(options.openTcpPorts);
    this.openUdpPorts = new Set(options.openUdpPorts);
    this.nic = new VirtualNic(options.mac, options.transmit, (packet) => this.receivePacket(packet));
    this.nic.configuration = options.configuration;
    this.tcp = new VirtualTcp(
      (port) => this.openTcpPorts.has(port),
      (packet) => this.nic.send(packet),
    );
  }

  /** The address that the guest has learned, if any. */
  get address(): Ipv4 | undefined {
    return this.nic.configuration?.address;
  }

  /** Begins to live: asks for an address, unless it has a fixed one. */
  start(): void {
    if (!this.nic.configuration) this.nic.discover();
    this.options.settle();
  }

  /** Takes a frame (from the destination MAC on) from the fabric. */
  receive(frame: Uint8Array): void {
    this.nic.receive(frame);
  }

  /** Opens a port from now on. */
  open(protocol: 'tcp' | 'udp', port: number): void {
    (protocol === 'tcp' ? this.openTcpPorts : this.openUdpPorts).add(port);
  }

  /** Sends one echo request and waits until nothing travels any more. */
  ping(destination: Ipv4): PingVerdict {
    if (this.address === undefined) return 'unanswered';
    const icmpIdentifier = this.nextEcho++ & 0xffff;
    this.echoes.add(icmpIdentifier);
    this.nic.send({ source: this.address, destination, protocol: ICMP, icmpType: ICMP_ECHO_REQUEST, icmpIdentifier });
    this.options.settle();
    return this.echoes.delete(icmpIdentifier) ? 'unanswered' : 'answered';
  }

  /** Opens a connection from a new port, closes it again, and says how that went. */
  connect(destination: Ipv4, port: number): ConnectVerdict {
    if (this.address === undefined) return 'unanswered';
    const attempt = this.tcp.connect(this.address, this.takePort(), destination, port);
    this.options.settle();
    return attempt.verdict;
  }

  /** Sends a datagram from a new port; returns the port. */
  sendUdp(destination: Ipv4, destinationPort: number, payload: Uint8Array): number {
    const sourcePort = this.takePort();
    if (this.address !== undefined) {
      this.nic.send({ source: this.address, destination, protocol: UDP, sourcePort, destinationPort, payload });
    }
    this.openUdpPorts.add(sourcePort);
    this.options.settle();
    return sourcePort;
  }

  private takePort(): number {
    const port = this.nextPort;
    this.nextPort = port === 60_999 ? FIRST_EPHEMERAL_PORT : port + 1;
    return port;
  }

  private receivePacket(packet: ReceivedPacket): void {
    if (packet.protocol === TCP) this.tcp.receive(packet);
    else if (packet.protocol === UDP) this.receiveUdp(packet);
    else if (packet.protocol === ICMP) this.receiveIcmp(packet);
  }

  private receiveIcmp({ bytes, transport, end, source, destination }: ReceivedPacket): void {
    if (end - transport < ICMP_HEADER_LENGTH) return;
    const icmpIdentifier = readUint16(bytes, transport + ICMP_IDENTIFIER);
    if (bytes[transport] === ICMP_ECHO_REPLY) this.echoes.delete(icmpIdentifier);
    if (bytes[transport] !== ICMP_ECHO_REQUEST) return;
    this.nic.send({
      source: destination,
      destination: source,
      protocol: ICMP,
      icmpType: ICMP_ECHO_REPLY,
      icmpIdentifier,
      icmpSequence: readUint16(bytes, transport + ICMP_SEQUENCE),
      payload: bytes.slice(transport + ICMP_HEADER_LENGTH, end),
    });
  }

  /** Open ports below the ephemeral ones echo; a closed port says so. */
  private receiveUdp(packet: ReceivedPacket): void {
    const { bytes, transport, end, source, destination } = packet;
    const udp = parseUdp(bytes, transport, end - transport);
    if (!udp) return;
    if (!this.openUdpPorts.has(udp.destinationPort)) {
      this.refuseUdp(packet);
      return;
    }
    const payload = bytes.slice(transport + UDP_HEADER_LENGTH, end);
    this.received.push({ source, port: udp.destinationPort, payload });
    if (this.received.length > MAX_RECEIVED) this.received.shift();
    if (udp.destinationPort >= FIRST_EPHEMERAL_PORT) return;
    const ports = { sourcePort: udp.destinationPort, destinationPort: udp.sourcePort };
    this.nic.send({ source: destination, destination: source, protocol: UDP, ...ports, payload });
  }

  private refuseUdp({ bytes, transport, source, destination }: ReceivedPacket): void {
    const quote = bytes.slice(ETHERNET_HEADER_LENGTH, transport + QUOTED_TRANSPORT_LENGTH);
    this.nic.send({
      source: destination,
      destination: source,
      protocol: ICMP,
      icmpType: ICMP_DESTINATION_UNREACHABLE,
      icmpCode: PORT_UNREACHABLE,
      icmpIdentifier: 0,
      icmpSequence: 0,
      payload: quote,
    });
  }
}

/** Datagrams that are kept for whoever looks. */
const MAX_RECEIVED = 1024;
