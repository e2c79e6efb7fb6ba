/** From the customer's site over the VPN connection that its addresses are of, to a VPC or into a transit gateway. */
import { inboundDrops, redirectAtEdge } from '../internet-gateway.ts';
import type { Packet } from '../packet.ts';
import { type Passage, VPN_MTU_BYTES } from '../passage.ts';
import { edgeStage } from '../stage.ts';
import { followTransit, transitDrops } from '../transit-way.ts';
import { INTO_INTERFACE, type Verdict } from '../verdict.ts';
import type { Vpn } from '../vpn.ts';

const drops = {
  'no-connection': {
    when: 'no VPN connection has the source among its static routes and leads to the destination',
    code: 'BAD_STATE_VPN',
  },
  'no-interface': {
    when: 'no attached interface of the VPC has the destination address',
    code: 'VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS',
  },
  'edge-no-route': inboundDrops['edge-no-route'],
  'edge-blackhole': inboundDrops['edge-blackhole'],
  'no-attachment': {
    when: 'the attachment of the VPN connection to the transit gateway is not available',
    code: 'BAD_STATE_ATTACHMENT',
  },
  ...transitDrops,
} as const;

export const siteArrival = edgeStage({
  name: 'site-arrival',
  does: 'finds the VPN connection that the packet comes by, and leads it by the virtual private gateway to its interface, or into the transit gateway; no address is translated',
  drops,
  run(packet, passage, drop) {
    if (packet.version !== 4) return drop['ipv6-off'];
    const vpn = passage.network.vpnConnections.from(packet.source, packet.destination);
    passage.decider = vpn;
    if (!vpn) return drop['no-connection'];
    passage.limitMtu(VPN_MTU_BYTES);
    const way = vpn.vpc ? enterVpc(packet, passage, vpn.vpc) : enterTransitGateway(packet, passage, vpn);
    return typeof way === 'string' ? drop[way] : way;
  },
});

function enterVpc(packet: Packet, passage: Passage, vpc: NonNullable<Vpn['vpc']>): Verdict | keyof typeof drops {
  const holder = vpc.interfaceAt(packet.destination);
  if (!holder) return 'no-interface';
  passage.enter(holder, true);
  const table = vpc.vpnEdgeRouteTable;
  const objection = table && redirectAtEdge(table, packet.destination, passage, { isPublic: false });
  if (objection === 'edge-no-route' || objection === 'edge-blackhole') return objection;
  return INTO_INTERFACE;
}

function enterTransitGateway(packet: Packet, passage: Passage, { row }: Vpn): Verdict | keyof typeof drops {
  const { endsAt } = row;
  const entered =
    endsAt.kind === 'transit-gateway' ? passage.network.transitGateways.attachment(endsAt.attachment) : undefined;
  return entered ? followTransit(packet, passage, entered) : 'no-attachment';
}
