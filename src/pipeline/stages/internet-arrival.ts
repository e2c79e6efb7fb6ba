/** From the outside world through the internet gateway of the VPC that has the public destination. */
import { type Ipv6, isRfc1918, isRfc6598 } from '../../net/address.ts';
import { endpointInboundDrops, enterThroughEndpoint } from '../gateway-endpoint.ts';
import { endpointAtOutside, endpointDecider, handToConsumer } from '../interface-endpoint.ts';
import { enterThroughGateway, inboundDrops } from '../internet-gateway.ts';
import { enterOverIpv6, ipv6InboundDrops } from '../ipv6-gateway.ts';
import type { Packet } from '../packet.ts';
import { INTERNET_MTU_BYTES, type Passage } from '../passage.ts';
import { isPublicIpv6 } from '../public-ipv6.ts';
import { INTERNET_CLIENT_ADDRESS, INTERNET_RESOLVER_ADDRESS, RESOLVER_ADDRESS } from '../service-address.ts';
import { edgeStage } from '../stage.ts';
import { translateDestination, translateSource } from '../translation.ts';
import { INTO_INTERFACE, INTO_SERVICES, OUT_OF_ENDPOINT } from '../verdict.ts';

export const internetArrival = edgeStage({
  name: 'internet-arrival',
  does: 'puts the private address in the place of the public IPv4 destination and leads the packet to its interface; answers of services go back through endpoints, and questions to the public resolver to the services',
  drops: {
    'unmapped-destination': {
      when: 'the destination is not the public address of an attached interface',
      code: 'IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS',
    },
    ...inboundDrops,
    ...endpointInboundDrops,
    ...ipv6InboundDrops,
    'private-source': {
      when: 'the source is private (RFC 1918)',
      code: 'IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS',
    },
    'shared-source': {
      when: 'the source is shared address space (RFC 6598)',
      code: 'IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS',
    },
    'spoofed-source': {
      when: 'the source is a public address of an interface here, which the outside world cannot have',
      code: 'GATEWAY_REJECTS_SPOOFED_TRAFFIC',
    },
  },
  run(packet, passage, drop) {
    if (typeof packet.source === 'number') {
      if (isRfc1918(packet.source)) return drop['private-source'];
      if (isRfc6598(packet.source)) return drop['shared-source'];
      if (passage.network.publicMapping(packet.source)) return drop['spoofed-source'];
    }
    if (typeof packet.source === 'bigint') {
      const objection = arriveOverIpv6(packet, packet.source, passage);
      return objection ? drop[objection] : INTO_INTERFACE;
    }
    if (asksResolver(packet, passage)) return INTO_SERVICES;
    passage.pathMtuBytes = INTERNET_MTU_BYTES;
    const { destination } = packet;
    const interfaceEndpoint = endpointAtOutside(passage, destination);
    if (interfaceEndpoint) {
      passage.decider = endpointDecider(interfaceEndpoint);
      return handToConsumer(packet, passage, interfaceEndpoint) ? drop['endpoint-unsolicited'] : OUT_OF_ENDPOINT;
    }
    const endpoint = typeof destination === 'number' ? passage.network.endpoints.gatewayAt(destination) : undefined;
    if (endpoint) {
      const refusal = enterThroughEndpoint(packet, passage, endpoint);
      return refusal ? drop[refusal] : INTO_INTERFACE;
    }
    const mapping = typeof destination === 'number' ? passage.network.publicMapping(destination) : undefined;
    if (!mapping) return drop['unmapped-destination'];
    passage.decider = mapping.holder.vpc.internetGateway;
    const objection = enterThroughGateway(packet, passage, mapping);
    return objection ? drop[objection] : INTO_INTERFACE;
  },
});

function arriveOverIpv6(packet: Packet, source: Ipv6, passage: Passage) {
  const { network } = passage;
  const { destination } = packet;
  if (!isPublicIpv6(source)) return 'private-ipv6';
  if (network.publicIpv6Holder(source)) return 'spoofed-source';
  passage.pathMtuBytes = INTERNET_MTU_BYTES;
  const holder = typeof destination === 'bigint' ? network.publicIpv6Holder(destination) : undefined;
  if (!holder) return 'unmapped-destination';
  passage.decider = holder.vpc.internetGateway;
  return enterOverIpv6(packet, passage, holder, source);
}

/** Turns a question to the public resolver into one from the outside world's service address. */
function asksResolver(packet: Packet, { internet, commits }: Passage): boolean {
  if (packet.destination !== INTERNET_RESOLVER_ADDRESS || typeof packet.source !== 'number') return false;
  if (commits) internet.address = packet.source;
  translateSource(packet, INTERNET_CLIENT_ADDRESS);
  translateDestination(packet, RESOLVER_ADDRESS);
  return true;
}
