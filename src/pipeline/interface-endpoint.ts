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
import type { EndpointDestination, LoadBalancerNodeRow } from '../tables/tables.ts';
import { ACK, RST, SYN } from '../wire/tcp.ts';
import { outsideAddressOf } from './endpoints.ts';
import type { Interface } from './interface.ts';
import { advance, CLOSED_INSIDE, CLOSED_OUTSIDE, findAnswered, IDLE_TIMEOUT_MS } from './nat-gateway.ts';
import type { Packet } from './packet.ts';
import { ENDPOINT_MTU_BYTES, type Ends, endsOf, type Passage, type ToInterface } from './passage.ts';
import { API_ADDRESS, serviceAddressOf } from './service-address.ts';
import { translateDestination, translateDestinationPort, translateSource, translateSourcePort } from './translation.ts';
import { type InsideFlow, NO_TRANSLATION, type OnwardFlow, type TranslationTable } from './translation-table.ts';
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
  ...carriedDrops,
  'no-load-balancer': {
    when: 'the service has no load balancer in the zone of the endpoint’s interface',
    code: 'VPCE_SERVICE_NOT_INSTALLED_IN_AZ',
  },
  'no-target': {
    when: 'no instance that the load balancer of this zone sends to is running',
    code: 'ELBV2_NO_TARGETS_IN_AZ',
  },
  'no-free-port': {
    when: 'the load balancer has no port left for one more flow to this target (55,000 for each of its addresses)',
  },
  'connection-unknown': {
    when: 'the TCP connection is unknown here or was idle for more than 350 seconds; its sender gets a reset',
  },
} as const satisfies Record<string, DropDeclaration>;

/** Why a load balancer does not take one. */
export const answerDrops = {
  ...carriedDrops,
  unsolicited: {
    when: 'it answers nothing that came through an endpoint, and nothing opens connections the other way',
    code: 'VPCE_INTRA_VPC_TRAFFIC',
  },
} as const satisfies Record<string, DropDeclaration>;

const UDP_IDLE_TIMEOUT_MS = 120_000;

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
  const onward = onwardFrom(passage);
  if (!onward) return 'no-load-balancer';
  const flow: InsideFlow = {
    owner: passage.to.index,
    protocol: packet.protocol,
    inside: source,
    insidePort: packet.sourcePort,
    remote: destination,
    remotePort: packet.destinationPort,
  };
  return translateToTarget(packet, passage, flow, onward);
}

/** From where an endpoint's packets go on, and where to. */
interface Onward {
  /** The interface that they leave: a load balancer's, or the endpoint's own to a service of AWS. */
  readonly holder: Interface;
  /** What the service sees as their source. */
  readonly addresses: readonly Ipv4[];
  /** Those that can be sent to. */
  readonly targets: readonly Ipv4[];
}

function onwardFrom({ to, network }: ToInterface): Onward | undefined {
  const { owner } = to.row;
  if (owner.kind !== 'vpc-endpoint') return undefined;
  const { leadsTo } = owner;
  if (leadsTo.kind === 'aws-service') {
    return { holder: to, addresses: [outsideAddressOf(to.index)], targets: [leadsTo.address] };
  }
  if (leadsTo.kind === 'api') return { holder: to, addresses: apiClients(to), targets: [API_ADDRESS] };
  const isThere = (node: LoadBalancerNodeRow): boolean =>
    node.zone === leadsTo.zone && network.interfaceById(node.interfaceId) !== undefined;
  const row = network.endpoints.service(leadsTo.id)?.nodes.find(isThere);
  const holder = row && network.interfaceById(row.interfaceId);
  // A target that does not run has no interface, which stands for ELB's health check.
  const isHealthy = (target: Ipv4): boolean => holder?.vpc.interfaceAt(target) !== undefined;
  return holder && { holder, addresses: holder.row.ipv4Addresses, targets: row.targets.filter(isHealthy) };
}

/** The address under which the API sees an endpoint's interface. */
function apiClients({ index }: Interface): readonly Ipv4[] {
  const address = serviceAddressOf({ interfaceIndex: index, addressPosition: 0, asksResolver: false });
  return address === undefined ? [] : [address];
}

function translateToTarget(
  packet: Packet,
  passage: ToInterface,
  flow: InsideFlow,
  way: Onward,
): keyof typeof serviceDrops | undefined {
  const { translations, nowMs, commits } = passage;
  const { owner, protocol, inside, insidePort, remote, remotePort } = flow;
  let slot = translations.findInside(owner, protocol, inside, insidePort, remote, remotePort, nowMs);
  if (slot !== NO_TRANSLATION && !isWhole(translations, slot, way)) slot = NO_TRANSLATION;
  let target = slot === NO_TRANSLATION ? undefined : translations.outsideRemote(slot);
  if (target === undefined) {
    if (protocol === TCP && (packet.tcpFlags & (SYN | ACK | RST)) !== SYN) return 'connection-unknown';
    target = chooseTarget(flow, way);
    if (target === undefined) return 'no-target';
    const onward: OnwardFlow = { owner: way.holder.index, protocol, remote: target, remotePort };
    if (!translations.choose({ ...flow, ...onward }, way.addresses, nowMs)) return 'no-free-port';
    const timeoutMs = protocol === TCP ? IDLE_TIMEOUT_MS : UDP_IDLE_TIMEOUT_MS;
    if (commits) slot = translations.open(flow, timeoutMs, nowMs, onward);
    else passage.assumedTranslations?.openAt(flow, translations, timeoutMs, nowMs, onward);
    if (commits && slot === NO_TRANSLATION) return 'no-free-port';
  }
  const address = slot === NO_TRANSLATION ? translations.chosenAddress : translations.gatewayAddress(slot);
  const port = slot === NO_TRANSLATION ? translations.chosenPort : translations.gatewayPort(slot);
  if (commits) advance(passage, slot, packet, CLOSED_INSIDE);
  const arrived = endsOf(packet);
  translateSource(packet, address);
  translateSourcePort(packet, port);
  translateDestination(packet, target);
  leave(packet, passage, way.holder, arrived);
  return undefined;
}

/** With its node or its target a flow is lost. */
const isWhole = (translations: TranslationTable, slot: number, { addresses, targets }: Onward): boolean =>
  addresses.includes(translations.gatewayAddress(slot)) && targets.includes(translations.outsideRemote(slot));

function chooseTarget({ inside, insidePort, remotePort }: InsideFlow, { targets }: Onward): Ipv4 | undefined {
  const hash = Math.imul(inside ^ Math.imul(insidePort, 0x9e3779b1) ^ Math.imul(remotePort, 0xc2b2ae35), 0x85ebca6b);
  return targets[((hash ^ (hash >>> 15)) >>> 0) % targets.length];
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
  const { translations, assumedTranslations, commits } = passage;
  const known = findAnswered(translations, packet, passage, at);
  const table = known === NO_TRANSLATION && assumedTranslations ? assumedTranslations : translations;
  const slot = table === translations ? known : findAnswered(table, packet, passage, at);
  const endpoint = slot === NO_TRANSLATION ? undefined : passage.network.interfaceAtIndex(table.insideOwner(slot));
  if (!endpoint) return 'unsolicited';
  const [address, port, source] = [table.insideAddress(slot), table.insidePort(slot), table.insideRemote(slot)];
  if (commits) advance(passage, slot, packet, CLOSED_OUTSIDE);
  const arrived = endsOf(packet);
  translateDestination(packet, address);
  translateDestinationPort(packet, port);
  translateSource(packet, source);
  packet.destinationMac = endpoint.subnet.routerMac;
  passage.leaveEndpointEnd(at, endpoint, arrived, endsOf(packet));
  return undefined;
}

/** The packet is addressed to the router, as one that the interface itself sends beyond its subnet. */
function leave(packet: Packet, passage: ToInterface, holder: Interface, arrived: Ends): void {
  packet.destinationMac = holder.subnet.routerMac;
  passage.leaveEndpointEnd(passage.to, holder, arrived, endsOf(packet));
}
