/** The transit gateway itself: the route table of the attachment that the packet enters by, and the attachment it leaves by. */
import { IPV4_HEADER_LENGTH } from '../../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH } from '../../wire/ipv6.ts';
import { TCP_HEADER_LENGTH } from '../../wire/tcp.ts';
import type { Interface } from '../interface.ts';
import type { Packet } from '../packet.ts';
import { endsOf, type ToInterface, TRANSIT_GATEWAY_MTU_BYTES } from '../passage.ts';
import { clampSegmentSize } from '../segment-size.ts';
import { inStage } from '../stage.ts';
import type { TransitAttachment } from '../transit-gateway.ts';
import { INTO_INTERFACE, OUT_OF_GATEWAY, type Verdict } from '../verdict.ts';

/** More transit gateways than any sensible way has: routes that lead in a circle end here. */
const MAX_TRANSIT_GATEWAYS = 8;

const drops = {
  'not-a-host': {
    when: 'it is for the interface of a transit gateway’s attachment, which forwards and answers nothing',
  },
  'ipv6-off': { when: 'it is IPv6, and an attachment on its way does not support that' },
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
} as const;

export const transitGateway = inStage({
  name: 'transit-gateway',
  does: 'looks the destination up in the transit gateway’s route table for what enters by this attachment, and leads the packet to the attachment of the route: into a VPC by its interface in the sender’s zone, or over a peering to the table of the next transit gateway',
  drops,
  run(packet, passage, drop) {
    const entered = passage.transit;
    if (!entered || passage.to.row.owner.kind !== 'transit-gateway-attachment') return drop['not-a-host'];
    const way = follow(packet, passage, entered);
    return typeof way === 'string' ? drop[way] : way;
  },
});

function follow(packet: Packet, passage: ToInterface, entered: TransitAttachment): Verdict | keyof typeof drops {
  let attachment = entered;
  for (;;) {
    passage.decider = attachment;
    if (!carries(attachment, packet)) return 'ipv6-off';
    if (++passage.transitGateways > MAX_TRANSIT_GATEWAYS) return 'loop';
    const { table } = attachment;
    if (!table) return 'no-association';
    const route = table.lookup(packet.destination);
    passage.decider = route ?? table;
    if (!route) return 'no-route';
    const next = passage.network.transitGateways.attachment(`${attachment.row.transitGatewayId}/${route.attachmentId}`);
    if (route.isBlackhole || !next) return 'blackhole';
    if (next.row.attached.kind === 'vpc') return leave(packet, passage, next);
    const farEnd = passage.network.transitGateways.attachment(next.row.attached.otherEnd);
    if (!farEnd) return 'blackhole';
    passage.keepsGroupReferences = false;
    attachment = farEnd;
  }
}

/** A VPC's attachment carries IPv6 if it is switched on there, a peering always. */
const carries = ({ row: { attached } }: TransitAttachment, packet: Packet): boolean =>
  packet.version === 4 || attached.kind !== 'vpc' || attached.carriesIpv6;

function leave(packet: Packet, passage: ToInterface, next: TransitAttachment): Verdict | keyof typeof drops {
  if (!carries(next, packet)) return 'ipv6-off';
  const isPeered = passage.transit?.row.transitGatewayId !== next.row.transitGatewayId;
  const exit = next.exitFor(packet, isPeered ? undefined : passage.to.subnet.row?.zoneId);
  if (!exit) return 'blackhole';
  const { attached } = next.row;
  if (attached.kind === 'vpc' && !attached.keepsGroupReferences) passage.keepsGroupReferences = false;
  const headers = packet.version === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
  clampSegmentSize(packet, TRANSIT_GATEWAY_MTU_BYTES - headers - TCP_HEADER_LENGTH);
  passage.leaveTransitGateway(passage.to, exit, endsOf(packet));
  return onward(packet, passage, exit);
}

/** In the attachment's own subnet neither ACL nor route table stands between (user guide, tgw-nacls). */
function onward(packet: Packet, passage: ToInterface, exit: Interface): Verdict {
  const neighbour = exit.vpc.interfaceAt(packet.destination);
  if (!neighbour || neighbour.subnet !== exit.subnet || neighbour === exit) return OUT_OF_GATEWAY;
  passage.enter(neighbour, false);
  return INTO_INTERFACE;
}
