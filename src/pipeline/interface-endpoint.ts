/**
 * What an interface endpoint and the load balancer behind it do to a packet: between a consumer's VPC and a service's,
 * whose addresses may be the same, each side knows the other only by an interface of its own.
 *
 * A client's packet comes to the endpoint's interface. It goes on from a node of the load balancer, with the node's
 * address and a port there as its source, to one of the node's targets. The answer comes to the node, and goes on from the
 * endpoint's interface to the client. One translation holds both ends of the flow.
 *
 * To a service of AWS it is the same, without a load balancer: the service is an address of the outside world, or
 * localvpc's own API, and sees an address that stands for the endpoint's interface there.
 *
 * Sources: AWS PrivateLink guide; Network Load Balancer guide (idle timeouts: 350 s of TCP, 120 s of UDP; client addresses
 * are not preserved for what comes by an endpoint). How a node chooses among its targets is ELB's own; here the flow's
 * addresses and ports decide.
 */
import { type IpAddress, type Ipv4, isRfc6598 } from '../net/address.ts';
import { TCP } from '../net/protocol.ts';
import type { EndpointDestination, EndpointServiceRow } from '../tables/tables.ts';
import { listenerFor } from './balancing.ts';
import { outsideAddressOf } from './endpoints.ts';
import { groupObjection } from './group-filter.ts';
import type { Interface } from './interface.ts';
import {
  answeredAt,
  flowDrops,
  type KnownFlow,
  rewrite,
  translateToTarget,
  UDP_IDLE_TIMEOUT_MS,
} from './load-balancer.ts';
import { advance, CLOSED_INSIDE, CLOSED_OUTSIDE, IDLE_TIMEOUT_MS, isUnknownConnection } from './nat-gateway.ts';
import type { Packet } from './packet.ts';
import { ENDPOINT_MTU_BYTES, endsOf, type Passage, type ToInterface } from './passage.ts';
import { API_ADDRESS, serviceAddressOf } from './service-address.ts';
import { type InsideFlow, NO_TRANSLATION, type OnwardFlow } from './translation-table.ts';
import type { Decider, DropDeclaration } from './verdict.ts';

/** Why neither end takes a packet. */
export const carriedDrops = {
  protocol: {
    when: 'it is neither TCP nor UDP, which is all that an interface endpoint carries',
    code: 'PROTOCOL_RESTRICTION',
  },
  fragment: { when: 'it is a fragment, which a load balancer does not put together' },
  'too-big': { when: 'it is larger than 8500 bytes; endpoints send no ICMP errors' },
} as const satisfies Record<string, DropDeclaration>;

/** Why an endpoint does not take a packet. */
export const serviceDrops = {
  ...flowDrops,
  ...carriedDrops,
  'no-load-balancer': {
    when: 'the service has no load balancer in the zone of the endpoint’s interface',
    code: 'VPCE_SERVICE_NOT_INSTALLED_IN_AZ',
  },
  'balancer-no-rule': {
    when: 'no ingress rule of the load balancer’s groups admits the client, and they are asked about what comes by endpoints',
    code: 'ENI_SG_RULES_MISMATCH',
  },
} as const satisfies Record<string, DropDeclaration>;

/** Why an answer does not come back by an endpoint. */
export const answerDrops = {
  ...carriedDrops,
  unsolicited: {
    when: 'it answers nothing that came through an endpoint, and nothing opens connections the other way',
    code: 'VPCE_INTRA_VPC_TRAFFIC',
  },
} as const satisfies Record<string, DropDeclaration>;

/** Why neither end carries a packet, if so. */
function carriedObjection(packet: Packet): keyof typeof carriedDrops | undefined {
  if (packet.isFirstFragment || packet.isLaterFragment) return 'fragment';
  if (packet.version !== 4 || !packet.hasPorts) return 'protocol';
  return packet.wireLength > ENDPOINT_MTU_BYTES ? 'too-big' : undefined;
}

/** Hands a client's packet over to the service: from now on it leaves a node of the load balancer. */
export function handToService(packet: Packet, passage: ToInterface): keyof typeof serviceDrops | undefined {
  const { source, destination } = packet;
  const objection = carriedObjection(packet);
  if (objection) return objection;
  if (typeof source === 'bigint' || typeof destination === 'bigint') return 'protocol';
  const flow: InsideFlow = {
    owner: passage.to.index,
    protocol: packet.protocol,
    inside: source,
    insidePort: packet.sourcePort,
    remote: destination,
    remotePort: packet.destinationPort,
  };
  const { owner } = passage.to.row;
  if (owner.kind !== 'vpc-endpoint') return 'no-load-balancer';
  const { leadsTo } = owner;
  if (leadsTo.kind === 'service') return handToBalancer(packet, passage, flow, leadsTo);
  const isApi = leadsTo.kind === 'api';
  const addresses = isApi ? apiClients(passage.to) : [outsideAddressOf(passage.to.index)];
  return translateToService(packet, passage, flow, addresses, isApi ? API_ADDRESS : leadsTo.address);
}

/** The address under which the API sees an endpoint's interface. */
function apiClients({ index }: Interface): readonly Ipv4[] {
  const address = serviceAddressOf({ interfaceIndex: index, addressPosition: 0, asksResolver: false });
  return address === undefined ? [] : [address];
}

/** On to a target, from the node in the endpoint's zone of one of the service's load balancers. */
function handToBalancer(
  packet: Packet,
  passage: ToInterface,
  flow: InsideFlow,
  { id, zone }: Extract<EndpointDestination, { kind: 'service' }>,
): keyof typeof serviceDrops | undefined {
  const { network } = passage;
  const node = nodeOfService(passage, network.endpoints.service(id), zone);
  const balancer = node && network.balancers.balancerOf(node);
  if (!node || !balancer) return 'no-load-balancer';
  const listener = listenerFor(balancer, packet.protocol, packet.destinationPort);
  if (!listener) return 'no-listener';
  if (balancer.filtersPrivateLink && isRefused(packet, passage, node)) return 'balancer-no-rule';
  const objection = translateToTarget(packet, passage, { flow, node, balancer, listener });
  // What comes by an endpoint never keeps its client's address: the first two cannot be.
  return objection === 'hairpin' || objection === 'port-taken' ? 'no-target' : objection;
}

function nodeOfService(
  { network }: Passage,
  service: EndpointServiceRow | undefined,
  zone: string,
): Interface | undefined {
  for (const id of service?.loadBalancerIds ?? []) {
    for (const node of network.balancers.balancer(id)?.nodes ?? []) {
      const holder = node.zone === zone ? network.interfaceById(node.interfaceId) : undefined;
      if (holder) return holder;
    }
  }
  return undefined;
}

/** Rules see the client's own address (unconfirmed), and none of its groups. */
function isRefused(packet: Packet, passage: Passage, node: Interface): boolean {
  passage.peer.address = packet.source;
  passage.peer.groups = [];
  return groupObjection(packet, passage, node, false) !== undefined;
}

/** On to a service of AWS or localvpc's own API, which sees an address that stands for the endpoint's interface. */
function translateToService(
  packet: Packet,
  passage: ToInterface,
  flow: InsideFlow,
  addresses: readonly Ipv4[],
  remote: Ipv4,
): keyof typeof flowDrops | undefined {
  const { translations, nowMs, commits, to } = passage;
  const { owner, protocol, inside, insidePort, remotePort } = flow;
  const found = translations.findInside(owner, protocol, inside, insidePort, flow.remote, remotePort, nowMs);
  let slot = found;
  if (found !== NO_TRANSLATION) {
    const isWhole = addresses.includes(translations.gatewayAddress(found));
    if (!isWhole || translations.outsideRemote(found) !== remote) slot = NO_TRANSLATION;
  }
  const timeoutMs = protocol === TCP ? IDLE_TIMEOUT_MS : UDP_IDLE_TIMEOUT_MS;
  if (slot === NO_TRANSLATION) {
    if (isUnknownConnection(packet)) return 'connection-unknown';
    const onward: OnwardFlow = { owner: to.index, protocol, remote, remotePort };
    if (!translations.choose({ ...flow, ...onward }, addresses, nowMs)) return 'no-free-port';
    if (commits) slot = translations.open(flow, timeoutMs, nowMs, onward);
    else passage.assumedTranslations?.openAt(flow, translations, timeoutMs, nowMs, onward);
    if (commits && slot === NO_TRANSLATION) return 'no-free-port';
  }
  const isKnown = slot !== NO_TRANSLATION;
  const address = isKnown ? translations.gatewayAddress(slot) : translations.chosenAddress;
  const port = isKnown ? translations.gatewayPort(slot) : translations.chosenPort;
  if (commits) advance(passage, slot, packet, CLOSED_INSIDE);
  const arrived = endsOf(packet);
  rewrite(packet, address, port, remote, remotePort);
  packet.destinationMac = to.subnet.routerMac;
  passage.leaveEndpointEnd(to, to, arrived, endsOf(packet));
  return undefined;
}

/** The interface of an endpoint to a service of AWS that this address stands for outside. */
export function endpointAtOutside({ network }: Passage, address: IpAddress): Interface | undefined {
  const holder =
    typeof address === 'number' && isRfc6598(address)
      ? network.interfaceAtIndex(address - outsideAddressOf(0))
      : undefined;
  return holder && leadsTo(holder) === 'aws-service' ? holder : undefined;
}

/** The endpoint of this interface, as the component that decided. */
export const endpointDecider = ({ row: { owner } }: Interface): Decider => ({
  describe: () => ({ kind: 'vpc-endpoint', id: owner.id, detail: '' }),
});

/** Where an endpoint of this interface leads; undefined for other interfaces. */
export const leadsTo = ({ row: { owner } }: Interface): EndpointDestination['kind'] | undefined =>
  owner.kind === 'vpc-endpoint' ? owner.leadsTo.kind : undefined;

/**
 * Leads an answer back that came to `at`, a load balancer's node or the endpoint's interface itself: from now on it leaves
 * the endpoint's interface.
 */
export function handToConsumer(packet: Packet, passage: Passage, at: Interface): keyof typeof answerDrops | undefined {
  const objection = carriedObjection(packet);
  if (objection) return objection;
  const flow = answeredAt(at, packet, passage);
  return flow && returnByEndpoint(packet, passage, at, flow) ? undefined : 'unsolicited';
}

/** Leads the answer to a known flow back by its endpoint; false where that is gone. */
function returnByEndpoint(packet: Packet, passage: Passage, at: Interface, { table, slot }: KnownFlow): boolean {
  const endpoint = passage.network.interfaceAtIndex(table.insideOwner(slot));
  if (!endpoint) return false;
  const [address, port] = [table.insideAddress(slot), table.insidePort(slot)];
  const [source, sourcePort] = [table.insideRemote(slot), table.insideRemotePort(slot)];
  if (passage.commits) advance(passage, slot, packet, CLOSED_OUTSIDE, table.timeoutMs(slot));
  const arrived = endsOf(packet);
  rewrite(packet, source, sourcePort, address, port);
  packet.destinationMac = endpoint.subnet.routerMac;
  passage.leaveEndpointEnd(at, endpoint, arrived, endsOf(packet));
  return true;
}
