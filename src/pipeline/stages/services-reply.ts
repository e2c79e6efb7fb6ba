/** From the link-local services back to the guest that asked. */
import type { IpAddress } from '../../net/address.ts';
import type { Interface } from '../interface.ts';
import { endpointDecider, handToConsumer, leadsTo } from '../interface-endpoint.ts';
import { rewriteIpv6Destination } from '../ipv6-translation.ts';
import type { Packet } from '../packet.ts';
import type { Passage } from '../passage.ts';
import {
  API_ADDRESS,
  INTERNET_CLIENT_ADDRESS,
  INTERNET_RESOLVER_ADDRESS,
  isServiceAddress,
  LINK_LOCAL_POSITION,
  serviceClientOf,
} from '../service-address.ts';
import { edgeStage } from '../stage.ts';
import { translateDestination, translateSource } from '../translation.ts';
import { INTO_GUEST, INTO_INTERNET, OUT_OF_ENDPOINT } from '../verdict.ts';

export const servicesReply = edgeStage({
  name: 'services-reply',
  does: 'puts the guest’s address back in the place of its service address (or the outside world’s), past groups and ACLs; answers of localvpc’s own API go back through interface endpoints',
  drops: {
    'not-a-service': { when: 'the source is not the address of a link-local service' },
    'no-endpoint': { when: 'it is of localvpc’s own API, and answers nothing that came by an interface endpoint' },
    'no-interface': { when: 'the service address belongs to no attached interface' },
  },
  run(packet, passage, drop) {
    if (packet.source === API_ADDRESS) return answerOfApi(packet, passage) ? OUT_OF_ENDPOINT : drop['no-endpoint'];
    if (!isServiceAddress(packet.source)) return drop['not-a-service'];
    if (packet.destination === INTERNET_CLIENT_ADDRESS) {
      translateSource(packet, INTERNET_RESOLVER_ADDRESS);
      translateDestination(packet, passage.internet.address);
      return INTO_INTERNET;
    }
    const client = serviceClientOf(packet.destination);
    const holder = client && passage.network.interfaceAtIndex(client.interfaceIndex);
    const address = holder && client && addressAt(holder, packet.version, client.addressPosition);
    if (!client || !holder || address === undefined) return drop['no-interface'];
    const { resolverAddress } = holder.vpc;
    if (client.asksResolver && resolverAddress !== undefined) translateSource(packet, resolverAddress);
    if (typeof address === 'bigint') rewriteIpv6Destination(packet, address);
    else translateDestination(packet, address);
    passage.to = holder;
    // The frame comes from the router, whichever subnet the guest is in.
    passage.crossesSubnet = true;
    return INTO_GUEST;
  },
});

/** An answer of localvpc's own API goes back through the endpoint that it was asked by. */
function answerOfApi(packet: Packet, passage: Passage): boolean {
  const client = serviceClientOf(packet.destination);
  const endpoint = client && passage.network.interfaceAtIndex(client.interfaceIndex);
  if (!endpoint || leadsTo(endpoint) !== 'api') return false;
  passage.decider = endpointDecider(endpoint);
  return handToConsumer(packet, passage, endpoint) === undefined;
}

/** The address of the guest that asked; `position` as its service address has it. */
function addressAt(holder: Interface, version: number, position: number): IpAddress | undefined {
  const { ipv4Addresses, ipv6Addresses } = holder.row;
  if (version === 6) return ipv6Addresses[position];
  return position === LINK_LOCAL_POSITION ? holder.linkLocalIpv4 : ipv4Addresses[position];
}
