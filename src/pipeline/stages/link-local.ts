/** Link-local services: metadata, DNS and time, which no group, ACL or route touches. */
import { TCP, UDP } from '../../net/protocol.ts';
import type { Interface } from '../interface.ts';
import { rewriteIpv6Source } from '../ipv6-translation.ts';
import type { Packet } from '../packet.ts';
import type { FromInterface } from '../passage.ts';
import {
  ipv6ServiceAddressOf,
  isIpv6ServiceRange,
  isLinkLocal,
  isServiceAddress,
  LINK_LOCAL_POSITION,
  RESOLVER_ADDRESS,
  RESOLVER_IPV6_ADDRESS,
  serviceAddressOf,
} from '../service-address.ts';
import { outStage } from '../stage.ts';
import { translateDestination, translateSource } from '../translation.ts';
import { INTO_SERVICES, NEXT } from '../verdict.ts';

/** Packets a second that one interface may send to all link-local services together (EC2 user guide, ENA metrics). */
const PACKETS_PER_SECOND = 1024;

export const linkLocal = outStage({
  name: 'link-local',
  does: 'hands packets for metadata, DNS and time to the services, past groups, ACLs and routes',
  drops: {
    'unknown-address': { when: 'no service has this link-local address' },
    'unknown-protocol': { when: 'the services take TCP and UDP only' },
    'dns-disabled': { when: 'the VPC’s DNS support is off' },
    'foreign-address': {
      when: 'the source is not an address of the interface',
      code: 'ENI_SOURCE_DEST_CHECK_RESTRICTION',
    },
    'allowance-exceeded': { when: 'the interface sends more than 1024 packets a second to link-local services' },
  },
  run(packet, passage, drop) {
    const { from } = passage;
    const asksResolver = packet.destination === from.vpc.resolverAddress;
    if (!asksResolver && !isForServices(packet)) return NEXT;
    if (!asksResolver && !isServiceAddress(packet.destination)) return drop['unknown-address'];
    if (packet.protocol !== TCP && packet.protocol !== UDP) return drop['unknown-protocol'];
    if (isDns(packet, asksResolver) && !from.vpc.row?.dnsSupport) return drop['dns-disabled'];
    const position = addressPosition(packet, passage);
    if (position < 0) return drop['foreign-address'];
    if (!isAllowed(passage)) return drop['allowance-exceeded'];
    if (!showClient(packet, from, position, asksResolver)) return drop['foreign-address'];
    if (asksResolver) translateDestination(packet, RESOLVER_ADDRESS);
    return INTO_SERVICES;
  },
});

const isForServices = ({ destination }: Packet): boolean => isLinkLocal(destination) || isIpv6ServiceRange(destination);

const isDns = ({ destination }: Packet, asksResolver: boolean): boolean =>
  asksResolver || destination === RESOLVER_ADDRESS || destination === RESOLVER_IPV6_ADDRESS;

/**
 * Which of the interface's addresses the packet comes from, -1 for none. In an IPv6-only subnet a guest has no IPv4
 * address but a link-local one of its own choice, from which it may ask over IPv4.
 */
function addressPosition({ source }: Packet, { from, commits }: FromInterface): number {
  const { ipv4Addresses, ipv6Addresses } = from.row;
  if (typeof source === 'bigint') return ipv6Addresses.indexOf(source);
  if (ipv4Addresses.length > 0 || !isLinkLocal(source)) return ipv4Addresses.indexOf(source);
  if (commits) from.linkLocalIpv4 = source;
  return LINK_LOCAL_POSITION;
}

/** Puts the service address of the interface in the place of its own; false when its numbers do not fit one. */
function showClient(packet: Packet, from: Interface, position: number, asksResolver: boolean): boolean {
  const client = { interfaceIndex: from.index, addressPosition: position, asksResolver };
  if (packet.version === 6) {
    const address = ipv6ServiceAddressOf(client);
    if (address !== undefined) rewriteIpv6Source(packet, address);
    return address !== undefined;
  }
  const address = serviceAddressOf(client);
  if (address !== undefined) translateSource(packet, address);
  return address !== undefined;
}

function isAllowed({ from, nowMs, commits }: FromInterface): boolean {
  if (!commits) return true;
  if (nowMs - from.serviceSecondMs >= 1000) {
    from.serviceSecondMs = nowMs;
    from.servicePackets = 0;
  }
  from.servicePackets += 1;
  return from.servicePackets <= PACKETS_PER_SECOND;
}
