/** The way of a packet through transit gateways: from the attachment that it enters by to the one that it leaves by. */
import { IPV4_HEADER_LENGTH } from '../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH } from '../wire/ipv6.ts';
import { TCP_HEADER_LENGTH } from '../wire/tcp.ts';
import type { Interface } from './interface.ts';
import type { Packet } from './packet.ts';
import { endsOf, type Passage, TRANSIT_GATEWAY_MTU_BYTES, type TransitCrossing, VPN_MTU_BYTES } from './passage.ts';
import { clampSegmentSize } from './segment-size.ts';
import type { TransitAttachment } from './transit-gateway.ts';
import { type DropDeclaration, INTO_INTERFACE, INTO_SITE, OUT_OF_GATEWAY, type Verdict } from './verdict.ts';

/** More transit gateways than any sensible way has: routes that lead in a circle end here. */
const MAX_TRANSIT_GATEWAYS = 8;

/** Why a packet does not get through. */
export const transitDrops = {
  'ipv6-off': { when: 'it is IPv6, and an attachment on its way, or a VPN connection, does not carry that' },
  'no-association': {
    when: 'the attachment that it enters by is associated with no route table',
    code: 'TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION',
  },
  'no-route': {
    when: 'no route of the transit gateway’s table holds the destination',
    code: 'TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT',
  },
  blackhole: {
    when: 'the route of the transit gateway’s table is a blackhole, or its attachment is not available',
    code: 'TGW_RTB_BAD_STATE_ROUTE',
  },
  loop: { when: 'routes lead the packet from transit gateway to transit gateway', code: 'CANNOT_ROUTE' },
} as const satisfies Record<string, DropDeclaration>;

/** One of those reasons. */
export type TransitObjection = keyof typeof transitDrops;

/** Follows the tables of the gateways until one leads into a VPC or to the customer's site. */
export function followTransit(
  packet: Packet,
  passage: Passage,
  entered: TransitAttachment,
): Verdict | TransitObjection {
  let attachment = entered;
  for (;;) {
    passage.decider = attachment;
    if (!carries(attachment, packet)) return 'ipv6-off';
    if (passage.transitCrossings.length >= MAX_TRANSIT_GATEWAYS) return 'loop';
    const crossing = beginCrossing(packet, passage, attachment, attachment === entered);
    const { table } = attachment;
    if (!table) return 'no-association';
    const route = table.lookup(packet.destination);
    passage.decider = route ?? table;
    if (!route) return 'no-route';
    crossing.route = route;
    const next = passage.network.transitGateways.attachment(`${attachment.row.transitGatewayId}/${route.attachmentId}`);
    if (route.isBlackhole || !next) return 'blackhole';
    crossing.left = next;
    const { attached } = next.row;
    if (attached.kind === 'vpc') return leaveIntoVpc(packet, passage, next, attachment === entered);
    if (attached.kind === 'vpn') return leaveToSite(packet, passage, attached.connectionId);
    const farEnd = passage.network.transitGateways.attachment(attached.otherEnd);
    if (!farEnd) return 'blackhole';
    passage.keepsGroupReferences = false;
    attachment = farEnd;
  }
}

function beginCrossing(
  packet: Packet,
  passage: Passage,
  entered: TransitAttachment,
  isFirst: boolean,
): TransitCrossing {
  const entry = isFirst ? passage.to : undefined;
  const crossing = { entered, entry, route: undefined, left: undefined, exit: undefined, ends: endsOf(packet) };
  passage.transitCrossings.push(crossing);
  return crossing;
}

/** A VPC's attachment carries IPv6 if it is switched on there, a peering always, a VPN connection of here never. */
function carries({ row: { attached } }: TransitAttachment, packet: Packet): boolean {
  if (packet.version === 4 || attached.kind === 'peering') return true;
  return attached.kind === 'vpc' && attached.carriesIpv6;
}

/** Zones are known within a Region: behind a peering there is none to stay in. */
function leaveIntoVpc(
  packet: Packet,
  passage: Passage,
  next: TransitAttachment,
  isSameGateway: boolean,
): Verdict | TransitObjection {
  if (!carries(next, packet)) return 'ipv6-off';
  const { to: entry } = passage;
  const exit = next.exitFor(packet, isSameGateway ? entry?.subnet.row?.zoneId : undefined);
  if (!exit) return 'blackhole';
  const crossing = passage.transitCrossings.at(-1);
  if (crossing) crossing.exit = exit;
  const { attached } = next.row;
  if (attached.kind === 'vpc' && !attached.keepsGroupReferences) passage.keepsGroupReferences = false;
  const headers = packet.version === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
  clampSegmentSize(packet, TRANSIT_GATEWAY_MTU_BYTES - headers - TCP_HEADER_LENGTH);
  passage.leaveTransitGateway(entry, exit, endsOf(packet));
  return onward(packet, passage, exit);
}

/** In the attachment's own subnet neither ACL nor route table stands between (user guide, tgw-nacls). */
function onward(packet: Packet, passage: Passage, exit: Interface): Verdict {
  const neighbour = exit.vpc.interfaceAt(packet.destination);
  if (!neighbour || neighbour.subnet !== exit.subnet || neighbour === exit) return OUT_OF_GATEWAY;
  passage.enter(neighbour, false);
  return INTO_INTERFACE;
}

function leaveToSite(packet: Packet, passage: Passage, connectionId: string): Verdict | TransitObjection {
  if (packet.version !== 4) return 'ipv6-off';
  if (!passage.network.vpnConnections.connection(connectionId)) return 'blackhole';
  passage.to = undefined;
  passage.limitMtu(VPN_MTU_BYTES);
  return INTO_SITE;
}
