/** The NIC of a virtual guest: learns its address by DHCP, resolves neighbours by ARP, and sends and takes IPv4 packets. */
import { type Ipv4, ipv4 } from '../net/address.ts';
import { cidrOf, contains, type Ipv4Cidr } from '../net/cidr.ts';
import { BROADCAST_MAC, type Mac, mac } from '../net/mac.ts';
import { UDP } from '../net/protocol.ts';
import { ARP_LENGTH, ARP_REPLY, ARP_REQUEST, type Arp, emitArp, parseArp } from '../wire/arp.ts';
import { readUint16 } from '../wire/big-endian.ts';
import * as dhcp from '../wire/dhcp.ts';
import { ETHER_TYPE, ETHER_TYPE_ARP, ETHER_TYPE_IPV4, ETHERNET_HEADER_LENGTH, emitEthernet } from '../wire/ethernet.ts';
import { type FrameSpec, frameOf } from '../wire/frame.ts';
import {
  IPV4_HEADER_LENGTH,
  IPV4_PROTOCOL,
  ipv4ChecksumHolds,
  ipv4Destination,
  ipv4HeaderLength,
  ipv4Source,
  ipv4TotalLength,
} from '../wire/ipv4.ts';
import { parseUdp, UDP_HEADER_LENGTH } from '../wire/udp.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';

/** How an IPv4 interface is configured. */
export interface Ipv4Configuration {
  readonly address: Ipv4;
  readonly subnet: Ipv4Cidr;
  readonly router: Ipv4;
  /** Largest packet, in bytes. */
  readonly mtuBytes: number;
}

/** An IPv4 packet that reached the NIC; `transport` to `end` is what the IP header carries. */
export interface ReceivedPacket {
  readonly bytes: Uint8Array;
  readonly source: Ipv4;
  readonly destination: Ipv4;
  readonly protocol: number;
  readonly transport: number;
  readonly end: number;
}

/** A packet to be sent; the NIC adds the MACs. */
export type PacketSpec = Omit<FrameSpec, 'sourceMac' | 'destinationMac' | 'source' | 'destination'> & {
  readonly source: Ipv4;
  readonly destination: Ipv4;
};

/** Frames waiting for a neighbour's MAC; later ones push out earlier ones, as in kernels. */
const MAX_WAITING = 16;
const UNSPECIFIED = ipv4(0);

/** One NIC. `transmit` takes frames without virtio header; `receivePacket` is told every packet for the guest. */
export class VirtualNic {
  /** Undefined until DHCP has answered. */
  configuration: Ipv4Configuration | undefined = undefined;
  /** Further addresses that the guest was told of. */
  secondaryAddresses: readonly Ipv4[] = [];
  /** What DHCP answered last, for whoever wants to see. */
  lastLease: dhcp.Dhcp | undefined = undefined;
  private readonly neighbours = new Map<Ipv4, Mac>();
  private readonly waiting: PacketSpec[] = [];

  constructor(
    readonly mac: Mac,
    private readonly transmit: (frame: Uint8Array) => void,
    private readonly receivePacket: (packet: ReceivedPacket) => void,
  ) {}

  /** Asks for an address. */
  discover(): void {
    this.sendDhcp(dhcp.DHCP_DISCOVER, new Map());
  }

  /** Takes a frame from the fabric. */
  receive(frame: Uint8Array): void {
    const etherType = readUint16(frame, ETHER_TYPE);
    if (etherType === ETHER_TYPE_ARP) this.receiveArp(frame);
    else if (etherType === ETHER_TYPE_IPV4) this.receiveIpv4(frame);
  }

  /** Sends a packet, after asking for the next hop's MAC where it is not known. */
  send(packet: PacketSpec): void {
    const nextHop = this.nextHop(packet.destination);
    if (nextHop === undefined) return;
    const destinationMac = this.neighbours.get(nextHop);
    if (destinationMac !== undefined) {
      this.sendFrame({ ...packet, sourceMac: this.mac, destinationMac });
      return;
    }
    this.waiting.push(packet);
    if (this.waiting.length > MAX_WAITING) this.waiting.shift();
    this.sendArp(BROADCAST_MAC, {
      operation: ARP_REQUEST,
      senderMac: this.mac,
      senderAddress: packet.source,
      targetMac: mac(0),
      targetAddress: nextHop,
    });
  }

  private nextHop(destination: Ipv4): Ipv4 | undefined {
    if (!this.configuration) return undefined;
    const { subnet, router } = this.configuration;
    return contains(subnet, destination) ? destination : router;
  }

  private receiveArp(frame: Uint8Array): void {
    const arp = parseArp(frame, ETHERNET_HEADER_LENGTH, frame.length - ETHERNET_HEADER_LENGTH);
    if (!arp) return;
    if (arp.operation === ARP_REQUEST && this.isOwn(arp.targetAddress)) this.answerArp(arp);
    if (arp.operation !== ARP_REPLY) return;
    this.neighbours.set(arp.senderAddress, arp.senderMac);
    for (const packet of this.waiting.splice(0)) this.send(packet);
  }

  private answerArp(request: Arp): void {
    this.sendArp(request.senderMac, {
      operation: ARP_REPLY,
      senderMac: this.mac,
      senderAddress: request.targetAddress,
      targetMac: request.senderMac,
      targetAddress: request.senderAddress,
    });
  }

  private sendArp(destination: Mac, arp: Arp): void {
    const frame = new Uint8Array(ETHERNET_HEADER_LENGTH + ARP_LENGTH);
    emitEthernet(frame, 0, { destination, source: this.mac, etherType: ETHER_TYPE_ARP });
    emitArp(frame, ETHERNET_HEADER_LENGTH, arp);
    this.transmit(frame);
  }

  private receiveIpv4(frame: Uint8Array): void {
    const at = ETHERNET_HEADER_LENGTH;
    const length = ipv4TotalLength(frame, at);
    if (frame.length < at + IPV4_HEADER_LENGTH || frame.length < at + length || !ipv4ChecksumHolds(frame, at)) return;
    const packet: ReceivedPacket = {
      bytes: frame,
      source: ipv4Source(frame, at),
      destination: ipv4Destination(frame, at),
      protocol: frame[at + IPV4_PROTOCOL] ?? 0,
      transport: at + ipv4HeaderLength(frame, at),
      end: at + length,
    };
    if (!this.receiveDhcp(packet) && this.isOwn(packet.destination)) this.receivePacket(packet);
  }

  private isOwn(address: Ipv4): boolean {
    return address === this.configuration?.address || this.secondaryAddresses.includes(address);
  }

  private receiveDhcp({ bytes, protocol, transport, end }: ReceivedPacket): boolean {
    const udp = protocol === UDP ? parseUdp(bytes, transport, end - transport) : undefined;
    if (udp?.destinationPort !== dhcp.DHCP_CLIENT_PORT || udp.sourcePort !== dhcp.DHCP_SERVER_PORT) return false;
    const at = transport + UDP_HEADER_LENGTH;
    const answer = dhcp.parseDhcp(bytes, at, end - at);
    if (answer?.messageType === dhcp.DHCP_OFFER) this.requestLease(answer);
    if (answer?.messageType === dhcp.DHCP_ACK) this.configure(answer);
    return true;
  }

  private requestLease(offer: dhcp.Dhcp): void {
    const server = dhcp.addressOption(offer, dhcp.OPTION_SERVER_IDENTIFIER) ?? UNSPECIFIED;
    this.sendDhcp(
      dhcp.DHCP_REQUEST,
      new Map([
        [dhcp.OPTION_REQUESTED_ADDRESS, dhcp.addressesContent([offer.yourAddress])],
        [dhcp.OPTION_SERVER_IDENTIFIER, dhcp.addressesContent([server])],
      ]),
    );
  }

  private configure(lease: dhcp.Dhcp): void {
    const mask = dhcp.addressOption(lease, dhcp.OPTION_SUBNET_MASK);
    const router = dhcp.addressOption(lease, dhcp.OPTION_ROUTER);
    const mtu = lease.options.get(dhcp.OPTION_INTERFACE_MTU);
    if (mask === undefined || router === undefined || mtu?.length !== 2) return;
    const length = Math.clz32(~mask);
    this.lastLease = lease;
    this.configuration = {
      address: lease.yourAddress,
      subnet: cidrOf(lease.yourAddress, length),
      router,
      mtuBytes: readUint16(mtu, 0),
    };
  }

  private sendDhcp(messageType: number, options: ReadonlyMap<number, Uint8Array>): void {
    const payload = new Uint8Array(576);
    const length = dhcp.emitDhcp(payload, 0, {
      operation: dhcp.BOOT_REQUEST,
      transaction: this.mac >>> 0,
      broadcast: false,
      clientAddress: UNSPECIFIED,
      yourAddress: UNSPECIFIED,
      clientMac: this.mac,
      messageType,
      options,
    });
    this.sendFrame({
      sourceMac: this.mac,
      destinationMac: BROADCAST_MAC,
      source: UNSPECIFIED,
      destination: ipv4(0xffff_ffff),
      protocol: UDP,
      sourcePort: dhcp.DHCP_CLIENT_PORT,
      destinationPort: dhcp.DHCP_SERVER_PORT,
      payload: payload.subarray(0, length),
    });
  }

  private sendFrame(spec: FrameSpec): void {
    this.transmit(frameOf(spec).subarray(VIRTIO_NET_HEADER_LENGTH));
  }
}
