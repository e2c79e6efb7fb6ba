/** The gateway that the route leads to, and its own work: local delivery, 1:1 translation, or handing over to an appliance. */
import { isRfc1918, isRfc6598 } from '../../net/address.ts';
import type { RouteTarget } from '../../tables/tables.ts';
import { enterThroughGateway, inboundDrops } from '../internet-gateway.ts';
import type { Packet } from '../packet.ts';
import { type FromInterface, INTERNET_MTU_BYTES } from '../passage.ts';
import { outStage } from '../stage.ts';
import { translateSource } from '../translation.ts';
import { INTO_INTERFACE, INTO_INTERNET } from '../verdict.ts';

type Objection = keyof typeof drops;
type Way = typeof INTO_INTERFACE | typeof INTO_INTERNET | Objection;

const drops = {
  'no-interface': {
    when: 'no attached interface of the VPC has the destination address',
    code: 'NO_POSSIBLE_DESTINATION',
  },
  ...inboundDrops,
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
  'no-appliance': { when: 'the interface that the route leads to is not attached', code: 'BAD_STATE_ROUTE' },
  'routed-back': { when: 'the route leads back to the interface that sent the packet', code: 'CANNOT_ROUTE' },
  'ipv6-internet-not-served': { when: 'localvpc does not carry IPv6 through internet gateways yet' },
  'nat-gateway-not-served': { when: 'localvpc keeps NAT gateways as records only; they carry no packets yet' },
  'egress-only-internet-gateway-not-served': {
    when: 'localvpc keeps egress-only internet gateways as records only; they carry no packets yet',
  },
  'peering-not-served': { when: 'localvpc keeps peering connections as records only; they carry no packets yet' },
  'transit-gateway-not-served': { when: 'localvpc does not serve transit gateways yet' },
  'vpn-gateway-not-served': { when: 'localvpc does not serve virtual private gateways yet' },
  'endpoint-not-served': { when: 'localvpc does not serve VPC endpoints yet' },
} as const;

export const gateway = outStage({
  name: 'gateway',
  does: 'does the work of the gateway that the route leads to: local delivery, translation at an internet gateway, handing over to an appliance',
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
    case 'interface':
      return handToAppliance(target.id, passage);
    default:
      return `${target.kind}-not-served`;
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

/** One to one by the packet's source, whichever interface sent it; a destination that is public here turns round (5.2). */
function leaveThroughGateway(id: string, packet: Packet, passage: FromInterface): Way {
  const { from, network } = passage;
  const { source, destination } = packet;
  if (from.vpc.row?.internetGatewayId !== id) return 'detached';
  if (typeof source === 'bigint' || typeof destination === 'bigint') return 'ipv6-internet-not-served';
  if (isRfc1918(destination)) return 'private-destination';
  if (isRfc6598(destination)) return 'shared-destination';
  const publicSource = from.vpc.interfaceAt(source)?.publicAddressOf(source);
  if (publicSource === undefined) return 'no-public-address';
  translateSource(packet, publicSource);
  passage.isTranslated = true;
  passage.pathMtuBytes = INTERNET_MTU_BYTES;
  const mapping = network.publicMapping(destination);
  return mapping ? (enterThroughGateway(packet, passage, mapping) ?? INTO_INTERFACE) : INTO_INTERNET;
}
