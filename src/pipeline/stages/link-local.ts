/** Link-local services: metadata, DNS and time, which no group, ACL or route touches. */
import type { Ipv4 } from '../../net/address.ts';
import { TCP, UDP } from '../../net/protocol.ts';
import type { Interface } from '../interface.ts';
import type { Packet } from '../packet.ts';
import type { FromInterface } from '../passage.ts';
import { isLinkLocal, isServiceAddress, RESOLVER_ADDRESS, serviceAddressOf } from '../service-address.ts';
import { outStage } from '../stage.ts';
import { translateDestination, translateSource } from '../translation.ts';
import { INTO_SERVICES, NEXT } from '../verdict.ts';

/** Packets a second that one interface may send to all link-local services together (EC2 user guide, ENA metrics). */
const PACKETS_PER_SECOND = 1024;
/** fd00:ec2::/32, where the services have their IPv6 addresses. */
const IPV6_SERVICES = 0xfd00_0ec2n;

export const linkLocal = outStage({
  name: 'link-local',
  does: 'hands packets for metadata, DNS and time to the services, past groups, ACLs and routes',
  drops: {
    'unknown-address': { when: 'no service has this link-local address' },
    'unknown-protocol': { when: 'the services take TCP and UDP only' },
    'dns-disabled': { when: 'the VPC’s DNS support is off' },
    'foreign-address': {
      when: 'the source is not an IPv4 address of the interface',
      code: 'ENI_SOURCE_DEST_CHECK_RESTRICTION',
    },
    'allowance-exceeded': { when: 'the interface sends more than 1024 packets a second to link-local services' },
    'ipv6-not-served': { when: 'localvpc does not serve these services over IPv6 yet' },
  },
  run(packet, passage, drop) {
    const { from } = passage;
    if (typeof packet.destination === 'bigint') {
      return packet.destination >> 96n === IPV6_SERVICES ? drop['ipv6-not-served'] : NEXT;
    }
    const asksResolver = packet.destination === from.vpc.resolverAddress;
    if (!asksResolver && !isLinkLocal(packet.destination)) return NEXT;
    if (!asksResolver && !isServiceAddress(packet.destination)) return drop['unknown-address'];
    if (packet.protocol !== TCP && packet.protocol !== UDP) return drop['unknown-protocol'];
    if (isDns(packet, asksResolver) && !from.vpc.row?.dnsSupport) return drop['dns-disabled'];
    const client = clientAddress(packet, from, asksResolver);
    if (client === undefined) return drop['foreign-address'];
    if (!isAllowed(passage)) return drop['allowance-exceeded'];
    translateSource(packet, client);
    if (asksResolver) translateDestination(packet, RESOLVER_ADDRESS);
    return INTO_SERVICES;
  },
});

const isDns = (packet: Packet, asksResolver: boolean): boolean =>
  asksResolver || packet.destination === RESOLVER_ADDRESS;

function clientAddress(packet: Packet, from: Interface, asksResolver: boolean): Ipv4 | undefined {
  if (typeof packet.source !== 'number') return undefined;
  const addressPosition = from.row.ipv4Addresses.indexOf(packet.source);
  return serviceAddressOf({ interfaceIndex: from.index, addressPosition, asksResolver });
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
