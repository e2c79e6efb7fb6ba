/** What an internet gateway does with a packet from outside, be it from the internet or turned round at the gateway itself. */
import type { IpAddress } from '../net/address.ts';
import { contains } from '../net/cidr.ts';
import { leadToEndpoint } from './inspection.ts';
import type { PublicMapping } from './network.ts';
import type { Packet } from './packet.ts';
import type { Passage } from './passage.ts';
import type { RouteTable } from './route-table.ts';
import { translateDestination } from './translation.ts';
import type { DropDeclaration } from './verdict.ts';

/** Why a packet does not come in through an internet gateway. */
export type InboundObjection = 'outside-vpc' | 'detached' | 'edge-no-route' | 'edge-blackhole' | 'appliance-not-public';

/** The drops of the stages that let packets in. */
export const inboundDrops = {
  'outside-vpc': {
    when: 'the private address behind the public one is outside the VPC’s blocks',
    code: 'IGW_DESTINATION_ADDRESS_IN_VPC_CIDRS',
  },
  'edge-no-route': {
    when: 'the route table of the internet gateway has no local route, interface or endpoint for the destination',
    code: 'NO_ROUTE_TO_DESTINATION',
  },
  'edge-blackhole': {
    when: 'the appliance or endpoint that the internet gateway’s route table leads to is not available',
    code: 'BAD_STATE_ROUTE',
  },
  'appliance-not-public': {
    when: 'the appliance that the internet gateway’s route table leads to has no public address of its own',
    code: 'INGRESS_RTB_NO_PUBLIC_IP',
  },
  detached: { when: 'the internet gateway is not attached to the VPC', code: 'BAD_STATE_ATTACHMENT' },
} as const satisfies Record<InboundObjection, DropDeclaration>;

/** Puts the private destination in the public one's place and leads the packet to its interface. */
export function enterThroughGateway(
  packet: Packet,
  passage: Passage,
  { holder, privateAddress }: PublicMapping,
): InboundObjection | undefined {
  const vpc = holder.vpc.row;
  if (!vpc?.internetGatewayId) return 'detached';
  const isRegional = holder.row.owner.kind === 'regional-nat-gateway';
  if (!isRegional && !vpc.cidrs.some((cidr) => contains(cidr, privateAddress))) return 'outside-vpc';
  translateDestination(packet, privateAddress);
  passage.isTranslated = true;
  passage.crossesSubnet = true;
  passage.to = holder;
  // A regional NAT gateway is in no subnet that the gateway's own table could have a route for (unconfirmed).
  const table = isRegional ? undefined : holder.vpc.edgeRouteTable;
  return table && redirectAtEdge(table, privateAddress, passage);
}

/** What the gateway's own route table says: on to the receiver, or to an appliance first (user guide, gateway-route-tables). */
export function redirectAtEdge(
  table: RouteTable,
  destination: IpAddress,
  passage: Passage,
  { isPublic }: { readonly isPublic: boolean } = { isPublic: true },
): InboundObjection | undefined {
  const route = table.lookup(destination);
  if (route?.target.kind === 'local') return undefined;
  if (route?.target.kind === 'gateway-load-balancer-endpoint') {
    const vpc = passage.to?.vpc;
    const isThere = !route.isBlackhole && vpc !== undefined && leadToEndpoint(route.target.id, vpc, passage);
    return isThere ? undefined : 'edge-blackhole';
  }
  if (route?.target.kind !== 'interface') return 'edge-no-route';
  const appliance = route.isBlackhole ? undefined : passage.network.interfaceById(route.target.id);
  if (!appliance) return 'edge-blackhole';
  // Every IPv6 address that comes this far is public; only for IPv4 from the internet has the appliance to have one besides.
  if (isPublic && typeof destination === 'number' && appliance.row.publicAddresses.length === 0)
    return 'appliance-not-public';
  passage.to = appliance;
  return undefined;
}
