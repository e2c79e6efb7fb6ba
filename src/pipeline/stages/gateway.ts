/** The gateway that the route leads to, and its own work: local delivery, 1:1 translation, or handing over to an appliance, a NAT gateway, a gateway endpoint, a peered VPC, a transit gateway or the customer's site. */
import { type IpAddress, type Ipv4, isRfc1918, isRfc6598 } from '../../net/address.ts';
import type { RouteTarget } from '../../tables/tables.ts';
import { endpointOutboundDrops, leaveThroughEndpoint } from '../gateway-endpoint.ts';
import { isKeptFromEgressOnly, leadToEndpoint } from '../inspection.ts';
import type { Interface } from '../interface.ts';
import { enterThroughGateway, inboundDrops } from '../internet-gateway.ts';
import { ipv6OutboundDrops, leaveOverIpv6 } from '../ipv6-gateway.ts';
import type { Packet } from '../packet.ts';
import { type FromInterface, INTER_REGION_MTU_BYTES, INTERNET_MTU_BYTES, VPN_MTU_BYTES } from '../passage.ts';
import { outStage } from '../stage.ts';
import { quotedDestination, translateSource } from '../translation.ts';
import { INTO_INTERFACE, INTO_INTERNET, INTO_SITE } from '../verdict.ts';

type Objection = keyof typeof drops;
type Way = typeof INTO_SITE | typeof INTO_INTERFACE | typeof INTO_INTERNET | Objection;

const drops = {
  'no-interface': {
    when: 'no attached interface of the VPC has the destination address',
    code: 'NO_POSSIBLE_DESTINATION',
  },
  ...inboundDrops,
  ...ipv6OutboundDrops,
  'no-public-address': {
    when: 'the source has no public address, or no attached interface owns it',
    code: 'IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS',
  },
  'private-destination': {
    when: 'the destination is private (RFC 1918) and the route leads to an internet gateway',
    code: 'IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS',
  },
  'shared-destination': {
    when: 'the destination is shared address space (RFC 6598) and the route leads to an internet gateway',
    code: 'IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS',
  },
  redirected: {
    when: 'the gateway’s route table sends what enters for this subnet to an appliance, which has to send the answers too',
    code: 'INGRESS_RTB_TRAFFIC_REDIRECTION',
  },
  'no-appliance': { when: 'the interface that the route leads to is not attached', code: 'BAD_STATE_ROUTE' },
  'routed-back': { when: 'the route leads back to the interface that sent the packet', code: 'CANNOT_ROUTE' },
  'no-nat-gateway': {
    when: 'the NAT gateway that the route leads to is not available in this VPC',
    code: 'BAD_STATE_ROUTE',
  },
  'no-nat-zone': {
    when: 'the regional NAT gateway that the route leads to does not serve the Availability Zone that the packet comes from',
    code: 'REGIONAL_NGW_ROUTE_AZ_RESTRICTION',
  },
  'no-peering': { when: 'the peering connection that the route leads to is not active', code: 'BAD_STATE' },
  'outside-peer': {
    when: 'the destination is in none of the peered VPC’s blocks; peering leads no further',
    code: 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR',
  },
  'no-transit-attachment': {
    when: 'the VPC has no available attachment to the transit gateway that the route leads to',
    code: 'BAD_STATE_ATTACHMENT',
  },
  'no-transit-zone': {
    when: 'the attachment to the transit gateway has no subnet in the Availability Zone that the packet comes from',
    code: 'TGW_ROUTE_AZ_RESTRICTION',
  },
  'vpn-gateway-detached': {
    when: 'the virtual private gateway that the route leads to is not attached to the VPC',
    code: 'BAD_STATE_ATTACHMENT',
  },
  'foreign-vpn-source': {
    when: 'the route leads to a virtual private gateway, and no attached interface of the VPC has the source',
    code: 'VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS',
  },
  'vpn-ipv6': { when: 'it is IPv6, which no virtual private gateway carries' },
  'no-vpn-connection': {
    when: 'no VPN connection of the virtual private gateway has a static route for the destination',
    code: 'BAD_STATE_VPN',
  },
  ...endpointOutboundDrops,
  'inspected-egress-only': {
    when: 'it comes from a Gateway Load Balancer, and the route leads to an egress-only internet gateway, which drops that',
  },
  'no-inspection-endpoint': {
    when: 'there is no Gateway Load Balancer endpoint in this VPC that the route could lead to, or it is not available',
    code: 'BAD_STATE_ROUTE',
  },
} as const;

export const gateway = outStage({
  name: 'gateway',
  does: 'does the work of the gateway that the route leads to: local delivery, translation at an internet gateway, handing over to an appliance, a NAT gateway, a gateway or Gateway Load Balancer endpoint, a peered VPC, a transit gateway or the customer’s site',
  drops,
  run(packet, passage, drop) {
    const { route } = passage;
    passage.decider = route?.gateway;
    const way = route ? through(route.target, packet, passage) : 'no-interface';
    return typeof way === 'string' ? drop[way] : way;
  },
});

function through(target: RouteTarget, packet: Packet, passage: FromInterface): Way {
  switch (target.kind) {
    case 'local':
      return deliverLocally(packet, passage);
    case 'internet-gateway':
      return leaveThroughGateway(target.id, packet, passage);
    case 'egress-only-internet-gateway':
      return isKeptFromEgressOnly(passage.from) ? 'inspected-egress-only' : leaveOverIpv6(packet, passage);
    case 'interface':
      return handToAppliance(target.id, passage);
    case 'nat-gateway':
      return handToNatGateway(target.id, passage);
    case 'peering':
      return crossPeering(target.id, packet, passage);
    case 'transit-gateway':
      return handToTransitGateway(target.id, passage);
    case 'endpoint':
      return leaveThroughEndpoint(target.id, packet, passage) ?? INTO_INTERNET;
    case 'gateway-load-balancer-endpoint':
      return handToInspection(target.id, passage);
    case 'vpn-gateway':
      return leaveForSite(target.id, packet, passage);
  }
}

function deliverLocally(packet: Packet, passage: FromInterface): Way {
  const holder = passage.from.vpc.interfaceAt(packet.destination);
  if (!holder) return 'no-interface';
  passage.to = holder;
  return INTO_INTERFACE;
}

function handToAppliance(id: string, passage: FromInterface): Way {
  const appliance = passage.network.interfaceById(id);
  if (!appliance || appliance.vpc !== passage.from.vpc) return 'no-appliance';
  if (appliance === passage.from) return 'routed-back';
  passage.to = appliance;
  passage.crossesSubnet = appliance.subnet !== passage.from.subnet;
  return INTO_INTERFACE;
}

function handToNatGateway(id: string, passage: FromInterface): Way {
  const { from, network } = passage;
  const regional = network.regionalNatGateway(id);
  const holder = regional ? regional.places.get(from.subnet.row?.zoneId ?? '') : network.natGateway(id);
  if ((regional?.links ?? holder)?.vpc !== from.vpc) return 'no-nat-gateway';
  if (!holder) return 'no-nat-zone';
  if (holder === from) return 'routed-back';
  passage.to = holder;
  passage.crossesSubnet = holder.subnet !== from.subnet;
  return INTO_INTERFACE;
}

function handToInspection(id: string, passage: FromInterface): Way {
  const { from } = passage;
  if (from.row.owner.id === id) return 'routed-back';
  return leadToEndpoint(id, from.vpc, passage) ? INTO_INTERFACE : 'no-inspection-endpoint';
}

/** Only to addresses of the VPC on the other side: no way leads through it (VPC peering guide, not transitive). */
function crossPeering(id: string, packet: Packet, passage: FromInterface): Way {
  const peering = passage.network.peering(id);
  const vpc = peering?.otherSide(passage.from.vpc);
  if (!peering || !vpc) return 'no-peering';
  if (!vpc.holds(packet.destination)) return 'outside-peer';
  const holder = vpc.interfaceAt(packet.destination);
  if (!holder) return 'no-interface';
  if (peering.row.isInterRegion) passage.limitMtu(INTER_REGION_MTU_BYTES);
  passage.peering = peering;
  passage.to = holder;
  return INTO_INTERFACE;
}

/** The network ACL of the attachment's subnet is asked for the entry, even from within it (user guide, tgw-nacls). */
function handToTransitGateway(id: string, passage: FromInterface): Way {
  const { from, network } = passage;
  const attachment = network.transitGateways.attachmentOf(id, from.vpc.row?.id);
  if (!attachment) return 'no-transit-attachment';
  const holder = attachment.interfaceIn(from.subnet.row?.zoneId ?? '');
  if (!holder) return 'no-transit-zone';
  const { attached } = attachment.row;
  if (attached.kind === 'vpc' && !attached.keepsGroupReferences) passage.keepsGroupReferences = false;
  passage.transit = attachment;
  passage.to = holder;
  passage.crossesSubnet = true;
  return INTO_INTERFACE;
}

/** Over the connection with the longest static route; a virtual private gateway serves the VPC's own interfaces alone. */
function leaveForSite(id: string, { version, source, destination }: Packet, passage: FromInterface): Way {
  const { from, network } = passage;
  if (from.vpc.row?.vpnGatewayId !== id) return 'vpn-gateway-detached';
  if (version !== 4) return 'vpn-ipv6';
  if (!from.vpc.interfaceAt(source)) return 'foreign-vpn-source';
  const vpn = network.vpnConnections.towards(from.vpc, destination);
  if (!vpn) return 'no-vpn-connection';
  passage.decider = vpn;
  passage.limitMtu(VPN_MTU_BYTES);
  return INTO_SITE;
}

/** One to one by the packet's source, whichever interface sent it; a destination that is public here turns round (5.2). */
function leaveThroughGateway(id: string, packet: Packet, passage: FromInterface): Way {
  const { from, network } = passage;
  const { source, destination } = packet;
  if (from.vpc.row?.internetGatewayId !== id) return 'detached';
  if (typeof source === 'bigint' || typeof destination === 'bigint') {
    return isRedirected(source, from) ? 'redirected' : leaveOverIpv6(packet, passage);
  }
  if (isRfc1918(destination)) return 'private-destination';
  if (isRfc6598(destination)) return 'shared-destination';
  const publicSource = from.vpc.interfaceAt(source)?.publicAddressOf(source);
  if (publicSource === undefined) return 'no-public-address';
  if (isRedirected(source, from)) return 'redirected';
  translateSource(packet, publicSource, quotedOutside(packet, from));
  passage.isTranslated = true;
  passage.limitMtu(INTERNET_MTU_BYTES);
  const mapping = network.publicMapping(destination);
  return mapping ? (enterThroughGateway(packet, passage, mapping) ?? INTO_INTERFACE) : INTO_INTERNET;
}

/** The public address of whom the packet was for that an error quotes (RFC 5508, section 4.2); its own where it has none. */
function quotedOutside(packet: Packet, { vpc }: Interface): Ipv4 | undefined {
  const inside = quotedDestination(packet);
  return inside === undefined ? undefined : (vpc.interfaceAt(inside)?.publicAddressOf(inside) ?? inside);
}

/** True when what comes in for this source would meet an appliance, and the packet does not come from there. */
function isRedirected(source: IpAddress, from: Interface): boolean {
  const target = from.vpc.edgeRouteTable?.lookup(source)?.target;
  if (target?.kind === 'gateway-load-balancer-endpoint') return target.id !== from.row.owner.id;
  return target?.kind === 'interface' && target.id !== from.row.id;
}
