/**
 * DHCP (RFC 2131): the fabric answers each interface with its primary private address and the VPC's option set.
 *
 * The lease is the address that the table says, so there is no pool and no state. Server identity base + 1 is
 * observed on AWS; the lease of 3600 s and the exact set of options are unconfirmed.
 */
import { type Ipv4, ipv4 } from '../../net/address.ts';
import { BROADCAST_MAC } from '../../net/mac.ts';
import { UDP } from '../../net/protocol.ts';
import * as wire from '../../wire/dhcp.ts';
import { UDP_HEADER_LENGTH } from '../../wire/udp.ts';
import type { Answer } from '../answer.ts';
import type { Interface } from '../interface.ts';
import type { Packet } from '../packet.ts';
import { VPC_MTU_BYTES } from '../passage.ts';
import { outStage } from '../stage.ts';
import { ANSWERED, NEXT } from '../verdict.ts';

const LEASE_SECONDS = 3600;
const LIMITED_BROADCAST = ipv4(0xffff_ffff);
const UNSPECIFIED = ipv4(0);

export const dhcp = outStage({
  name: 'dhcp',
  does: 'answers DHCP with the interface’s primary private address and the option set of its VPC',
  drops: {
    malformed: { when: 'it is no DHCP request' },
    'foreign-client': { when: 'the request is for another MAC than that of the interface' },
    'other-server': { when: 'the request is for another DHCP server' },
    'no-address': { when: 'the interface has no private IPv4 address to lease' },
  },
  run(packet, { from, answer }, drop) {
    if (!isForServer(packet, from)) return NEXT;
    const at = packet.transport + UDP_HEADER_LENGTH;
    const request = wire.parseDhcp(packet.bytes, at, packet.transportLength - UDP_HEADER_LENGTH);
    if (request?.operation !== wire.BOOT_REQUEST) return drop.malformed;
    if (request.clientMac !== from.row.mac) return drop['foreign-client'];
    const lease = leaseOf(from);
    if (!lease) return drop['no-address'];
    const server = wire.addressOption(request, wire.OPTION_SERVER_IDENTIFIER);
    if (server !== undefined && server !== lease.router) return drop['other-server'];
    return reply(request, lease, from, answer) ? ANSWERED : drop.malformed;
  },
});

const isForServer = (packet: Packet, from: Interface): boolean =>
  packet.version === 4 &&
  packet.protocol === UDP &&
  packet.destinationPort === wire.DHCP_SERVER_PORT &&
  !packet.isLaterFragment &&
  (packet.destination === LIMITED_BROADCAST || packet.destination === from.subnet.routerAddress);

interface Lease {
  readonly address: Ipv4;
  readonly router: Ipv4;
  readonly broadcast: Ipv4;
  readonly mask: Ipv4;
}

function leaseOf(from: Interface): Lease | undefined {
  const { subnet, row } = from;
  const [address] = row.ipv4Addresses;
  const { routerAddress: router, broadcastAddress: broadcast } = subnet;
  const length = subnet.row?.ipv4Cidr?.length;
  if (address === undefined || router === undefined || broadcast === undefined || length === undefined)
    return undefined;
  return { address, router, broadcast, mask: ipv4((-1 << (32 - length)) >>> 0) };
}

/** False for a message type that no client sends. */
function reply(request: wire.Dhcp, lease: Lease, from: Interface, answer: Answer): boolean {
  switch (request.messageType) {
    case wire.DHCP_DISCOVER:
      send(request, wire.DHCP_OFFER, lease, from, answer);
      return true;
    case wire.DHCP_REQUEST:
      send(request, wantsAnother(request, lease) ? wire.DHCP_NAK : wire.DHCP_ACK, lease, from, answer);
      return true;
    case wire.DHCP_INFORM:
      send(request, wire.DHCP_ACK, lease, from, answer);
      return true;
    case wire.DHCP_RELEASE:
    case wire.DHCP_DECLINE:
      return true;
    default:
      return false;
  }
}

function wantsAnother(request: wire.Dhcp, lease: Lease): boolean {
  const requested = wire.addressOption(request, wire.OPTION_REQUESTED_ADDRESS) ?? request.clientAddress;
  return requested !== lease.address;
}

function send(request: wire.Dhcp, messageType: number, lease: Lease, from: Interface, answer: Answer): void {
  const isNak = messageType === wire.DHCP_NAK;
  const isInform = request.messageType === wire.DHCP_INFORM;
  // RFC 2131 section 4.1: to the client's address if it has one, else to the one it gets, unless it asks for broadcast.
  const isBroadcast = isNak || (request.broadcast && request.clientAddress === UNSPECIFIED);
  const client = request.clientAddress === UNSPECIFIED ? lease.address : request.clientAddress;
  const path = {
    sourceMac: from.subnet.routerMac,
    destinationMac: isBroadcast ? BROADCAST_MAC : from.row.mac,
    source: lease.router,
    destination: isBroadcast ? LIMITED_BROADCAST : client,
  };
  const message: wire.Dhcp = {
    ...request,
    operation: wire.BOOT_REPLY,
    clientAddress: isNak ? UNSPECIFIED : request.clientAddress,
    yourAddress: isNak || isInform ? UNSPECIFIED : lease.address,
    messageType,
    options: isNak ? identity(lease) : options(lease, from, !isInform),
  };
  const ports = { sourcePort: wire.DHCP_SERVER_PORT, destinationPort: wire.DHCP_CLIENT_PORT };
  answer.udp(path, ports, (bytes, at) => wire.emitDhcp(bytes, at, message));
}

const identity = (lease: Lease): Map<number, Uint8Array> =>
  new Map([[wire.OPTION_SERVER_IDENTIFIER, wire.addressesContent([lease.router])]]);

function options(lease: Lease, from: Interface, hasLease: boolean): Map<number, Uint8Array> {
  const given = identity(lease);
  const set = from.vpc.row?.dhcp;
  if (hasLease) given.set(wire.OPTION_LEASE_TIME, wire.numberContent(LEASE_SECONDS, 4));
  given.set(wire.OPTION_SUBNET_MASK, wire.addressesContent([lease.mask]));
  given.set(wire.OPTION_ROUTER, wire.addressesContent([lease.router]));
  given.set(wire.OPTION_BROADCAST_ADDRESS, wire.addressesContent([lease.broadcast]));
  given.set(wire.OPTION_INTERFACE_MTU, wire.numberContent(VPC_MTU_BYTES, 2));
  given.set(wire.OPTION_HOST_NAME, wire.textContent(from.row.hostName));
  addAddresses(given, wire.OPTION_DOMAIN_NAME_SERVERS, set?.domainNameServers);
  addAddresses(given, wire.OPTION_NTP_SERVERS, set?.ntpServers);
  addAddresses(given, wire.OPTION_NETBIOS_NAME_SERVERS, set?.netbiosNameServers);
  if (set?.domainName) given.set(wire.OPTION_DOMAIN_NAME, wire.textContent(set.domainName));
  if (set?.netbiosNodeType) given.set(wire.OPTION_NETBIOS_NODE_TYPE, wire.numberContent(set.netbiosNodeType, 1));
  return given;
}

function addAddresses(options: Map<number, Uint8Array>, code: number, addresses: readonly Ipv4[] | undefined): void {
  if (addresses && addresses.length > 0) options.set(code, wire.addressesContent(addresses));
}
