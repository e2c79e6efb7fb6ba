/**
 * IPv6 at the gateways to the internet: no translation, so what an address may do is decided by its route alone.
 *
 * An internet gateway lets packets through both ways. An egress-only one lets flows begin inside only; the sender's
 * interface has tracked every flow that leaves by it, whatever its groups say (automatic-tracking.ts).
 * By which of the two a packet from outside comes in is decided by the route back to its source: unconfirmed.
 */
import type { Ipv6 } from '../net/address.ts';
import { NO_CONNECTION } from './connection-table.ts';
import type { ConnectionTracker } from './connection-tracking.ts';
import type { Interface } from './interface.ts';
import { type InboundObjection, redirectAtEdge } from './internet-gateway.ts';
import type { Packet } from './packet.ts';
import { type FromInterface, INTERNET_MTU_BYTES, type Passage } from './passage.ts';
import { isPublicIpv6 } from './public-ipv6.ts';
import { type DropDeclaration, INTO_INTERFACE, INTO_INTERNET } from './verdict.ts';

/** Why an IPv6 packet does not come in from the internet. */
export type Ipv6InboundObjection = InboundObjection | 'egress-only';
/** Why it does not leave. */
export type Ipv6OutboundObjection = Ipv6InboundObjection | 'private-ipv6' | 'foreign-ipv6-source';

const egressOnly = {
  when: 'the receiver is behind an egress-only internet gateway, and the packet answers no flow from inside',
} as const;
const privateIpv6 = {
  when: 'source or destination is a private IPv6 address, which no gateway to the internet carries',
} as const;

/** The drops of the stage where packets come in. */
export const ipv6InboundDrops = {
  'egress-only': egressOnly,
  'private-ipv6': privateIpv6,
} as const satisfies Partial<Record<Ipv6InboundObjection | 'private-ipv6', DropDeclaration>>;

/** The drops of the stage where packets leave. */
export const ipv6OutboundDrops = {
  ...ipv6InboundDrops,
  'foreign-ipv6-source': { when: 'no attached interface of the VPC has the IPv6 source' },
} as const satisfies Partial<Record<Ipv6OutboundObjection, DropDeclaration>>;

/** Leads an IPv6 packet out through an internet gateway that is attached, or back in if its destination is here. */
export function leaveOverIpv6(
  packet: Packet,
  passage: FromInterface,
): typeof INTO_INTERFACE | typeof INTO_INTERNET | Ipv6OutboundObjection {
  const { source, destination } = packet;
  if (typeof source !== 'bigint' || typeof destination !== 'bigint') return 'private-ipv6';
  if (!isPublicIpv6(source) || !isPublicIpv6(destination)) return 'private-ipv6';
  if (!passage.from.vpc.interfaceAt(source)) return 'foreign-ipv6-source';
  passage.pathMtuBytes = Math.min(passage.pathMtuBytes, INTERNET_MTU_BYTES);
  const holder = passage.network.publicIpv6Holder(destination);
  return holder ? (enterOverIpv6(packet, passage, holder, source) ?? INTO_INTERFACE) : INTO_INTERNET;
}

/** Leads an IPv6 packet from outside to its interface. */
export function enterOverIpv6(
  packet: Packet,
  passage: Passage,
  holder: Interface,
  source: Ipv6,
): Ipv6InboundObjection | undefined {
  const { subnet, vpc } = holder;
  passage.crossesSubnet = true;
  passage.to = holder;
  if (subnet.routeTable?.lookup(source)?.target.kind === 'egress-only-internet-gateway') {
    return answersFlow(packet, passage, holder) ? undefined : 'egress-only';
  }
  if (!vpc.row?.internetGatewayId) return 'detached';
  return vpc.edgeRouteTable ? redirectAtEdge(vpc.edgeRouteTable, packet.destination, passage) : undefined;
}

function answersFlow(packet: Packet, { tracker, assumed, nowMs }: Passage, holder: Interface): boolean {
  const answers = (known: ConnectionTracker): boolean => {
    if (packet.isLaterFragment) return known.isKnownFragment(holder, packet, false, nowMs);
    const slot = known.find(holder, packet, false, nowMs);
    if (slot === NO_CONNECTION) return known.isRelatedError(holder, packet, false, nowMs);
    return known.isOpenedOutbound(slot) && !known.isReopened(slot, packet);
  };
  return answers(tracker) || (assumed !== undefined && answers(assumed));
}
