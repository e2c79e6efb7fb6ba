/**
 * Neighbour discovery (RFC 4861): the fabric answers for the router and for the interfaces of the same subnet, as it
 * does for ARP; no guest sees another's messages, so none can pretend to be the router or a neighbour.
 *
 * That AWS answers so for neighbours, their link-local addresses among them, is unconfirmed.
 */
import type { Ipv6 } from '../../net/address.ts';
import type { Mac } from '../../net/mac.ts';
import { IPV6_HOP_LIMIT } from '../../wire/ipv6.ts';
import {
  ALL_NODES,
  DISCOVERY_HOP_LIMIT,
  emitNeighbourAdvertisement,
  isDiscovery,
  isRouterSolicitation,
  NEIGHBOUR_SOLICITATION,
  ROUTER_SOLICITATION,
  solicitedTarget,
} from '../../wire/neighbour-discovery.ts';
import type { Interface } from '../interface.ts';
import type { Packet } from '../packet.ts';
import { advertiseRouter } from '../router-advertisement.ts';
import { outStage } from '../stage.ts';
import { ANSWERED, NEXT } from '../verdict.ts';

const UNSPECIFIED = 0n as Ipv6;

export const neighbourDiscovery = outStage({
  name: 'neighbour-discovery',
  does: 'answers IPv6 neighbour and router solicitations for the router and interfaces of the same subnet; groups and ACLs never see them',
  drops: {
    malformed: { when: 'it is cut short, has an option of a wrong length, or has crossed a router' },
    'no-ipv6': { when: 'the subnet has no IPv6 block' },
    unsolicited: { when: 'it is an advertisement or a redirect; addresses move through the API only' },
    nobody: { when: 'nobody else in the subnet has the address that is asked for, or probed' },
  },
  run(packet, { from, answer }, drop) {
    if (!isDiscoveryMessage(packet)) return NEXT;
    if (packet.bytes[packet.network + IPV6_HOP_LIMIT] !== DISCOVERY_HOP_LIMIT) return drop.malformed;
    if (!from.subnet.hasIpv6) return drop['no-ipv6'];
    const { bytes, transport, transportLength, icmpType, source } = packet;
    if (typeof source !== 'bigint') return drop.malformed;
    if (icmpType === ROUTER_SOLICITATION) {
      if (!isRouterSolicitation(bytes, transport, transportLength)) return drop.malformed;
      advertiseRouter(answer, from, source === UNSPECIFIED ? ALL_NODES : source);
      return ANSWERED;
    }
    if (icmpType !== NEIGHBOUR_SOLICITATION) return drop.unsolicited;
    const target = solicitedTarget(bytes, transport, transportLength);
    if (target === undefined) return drop.malformed;
    const holder = holderOf(from, target);
    if (holder === undefined) return drop.nobody;
    const isSolicited = source !== UNSPECIFIED;
    const path = {
      sourceMac: holder.mac,
      destinationMac: from.row.mac,
      source: target,
      destination: isSolicited ? source : ALL_NODES,
    };
    const advertisement = { target, isSolicited, ...holder };
    answer.discovery(path, (buffer, at) => emitNeighbourAdvertisement(buffer, at, advertisement));
    return ANSWERED;
  },
});

/** True for a message of neighbour discovery, whatever its destination. */
export const isDiscoveryMessage = (packet: Packet): boolean =>
  packet.version === 6 && packet.isIcmp && !packet.isLaterFragment && isDiscovery(packet.icmpType);

interface Holder {
  readonly mac: Mac;
  readonly isRouter: boolean;
}

/** Who has an address in the interface's subnet. Its own is nobody's: a guest that probes it (RFC 4862) may have it. */
function holderOf(from: Interface, address: Ipv6): Holder | undefined {
  const { subnet, vpc } = from;
  if (subnet.isIpv6Router(address)) return { mac: subnet.routerMac, isRouter: true };
  const holder = vpc.interfaceAt(address);
  if (!holder || holder === from || holder.subnet !== subnet) return undefined;
  return { mac: holder.row.mac, isRouter: false };
}
