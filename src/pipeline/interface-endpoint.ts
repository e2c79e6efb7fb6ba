/**
 * What an interface endpoint and the load balancer behind it do to a packet: between a consumer's VPC and a service's,
 * whose addresses may be the same, each side knows the other only by an interface of its own.
 *
 * A client's packet comes to the endpoint's interface. It goes on from a node of the load balancer, with the node's
 * address and a port there as its source, to one of the node's targets. The answer comes to the node, and goes on from the
 * endpoint's interface to the client. One translation holds both ends of the flow.
 *
 * Sources: AWS PrivateLink guide; Network Load Balancer guide (idle timeouts: 350 s of TCP, 120 s of UDP; client addresses
 * are not preserved for what comes by an endpoint). How a node chooses among its targets is ELB's own; here the flow's
 * addresses and ports decide.
 */
import type { Ipv4 } from '../net/address.ts';
import { TCP } from '../net/protocol.ts';
import type { LoadBalancerNodeRow } from '../tables/tables.ts';
import { ACK, RST, SYN } from '../wire/tcp.ts';
import type { Interface } from './interface.ts';
import { advance, CLOSED_INSIDE, CLOSED_OUTSIDE, findAnswered, IDLE_TIMEOUT_MS } from './nat-gateway.ts';
import type { Packet } from './packet.ts';
import { ENDPOINT_MTU_BYTES, type Ends, endsOf, type ToInterface } from './passage.ts';
import { translateDestination, translateDestinationPort, translateSource, translateSourcePort } from './translation.ts';
import { type InsideFlow, NO_TRANSLATION, type OnwardFlow, type TranslationTable } from './translation-table.ts';
import type { DropDeclaration } from './verdict.ts';

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
  'no-target': { when: 'no instance that the load balancer of this zone sends to is running' },
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
  const node = nodeOf(passage);
  if (!node) return 'no-load-balancer';
  const flow: InsideFlow = {
    owner: passage.to.index,
    protocol: packet.protocol,
    inside: source,
    insidePort: packet.sourcePort,
    remote: destination,
    remotePort: packet.destinationPort,
  };
  return translateToTarget(packet, passage, flow, node);
}

interface Node {
  readonly holder: Interface;
  readonly targets: readonly Ipv4[];
}

/** The node in the zone of the endpoint's interface. */
function nodeOf({ to, network }: ToInterface): Node | undefined {
  const { owner } = to.row;
  if (owner.kind !== 'vpc-endpoint') return undefined;
  const isThere = (node: LoadBalancerNodeRow): boolean =>
    node.zone === owner.zone && network.interfaceById(node.interfaceId) !== undefined;
  const row = network.endpoints.service(owner.serviceId)?.nodes.find(isThere);
  const holder = row && network.interfaceById(row.interfaceId);
  return holder && { holder, targets: row.targets };
}

function translateToTarget(
  packet: Packet,
  passage: ToInterface,
  flow: InsideFlow,
  node: Node,
): keyof typeof serviceDrops | undefined {
  const { translations, nowMs, commits } = passage;
  const { owner, protocol, inside, insidePort, remote, remotePort } = flow;
  let slot = translations.findInside(owner, protocol, inside, insidePort, remote, remotePort, nowMs);
  if (slot !== NO_TRANSLATION && !isWhole(translations, slot, node)) slot = NO_TRANSLATION;
  let target = slot === NO_TRANSLATION ? undefined : translations.outsideRemote(slot);
  if (target === undefined) {
    if (protocol === TCP && (packet.tcpFlags & (SYN | ACK | RST)) !== SYN) return 'connection-unknown';
    target = chooseTarget(flow, node);
    if (target === undefined) return 'no-target';
    const onward: OnwardFlow = { owner: node.holder.index, protocol, remote: target, remotePort };
    if (!translations.choose({ ...flow, ...onward }, node.holder.row.ipv4Addresses, nowMs)) return 'no-free-port';
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
  leave(packet, passage, node.holder, arrived);
  return undefined;
}

/** With its node or its target a flow is lost. */
const isWhole = (translations: TranslationTable, slot: number, { holder, targets }: Node): boolean =>
  holder.owns(translations.gatewayAddress(slot)) &&
  targets.includes(translations.outsideRemote(slot)) &&
  isHealthy(holder, translations.outsideRemote(slot));

/** A target that does not run has no interface, which stands for ELB's health check. */
const isHealthy = ({ vpc }: Interface, target: Ipv4): boolean => vpc.interfaceAt(target) !== undefined;

function chooseTarget({ inside, insidePort, remotePort }: InsideFlow, { holder, targets }: Node): Ipv4 | undefined {
  const healthy = targets.filter((target) => isHealthy(holder, target));
  const hash = Math.imul(inside ^ Math.imul(insidePort, 0x9e3779b1) ^ Math.imul(remotePort, 0xc2b2ae35), 0x85ebca6b);
  return healthy[((hash ^ (hash >>> 15)) >>> 0) % healthy.length];
}

/** Leads an answer of a target back: from now on it leaves the endpoint's interface. */
export function handToConsumer(packet: Packet, passage: ToInterface): keyof typeof answerDrops | undefined {
  const objection = carriedObjection(packet);
  if (objection) return objection;
  const { translations, assumedTranslations, commits, to } = passage;
  const known = findAnswered(translations, packet, passage, to);
  const table = known === NO_TRANSLATION && assumedTranslations ? assumedTranslations : translations;
  const slot = table === translations ? known : findAnswered(table, packet, passage, to);
  const endpoint = slot === NO_TRANSLATION ? undefined : passage.network.interfaceAtIndex(table.insideOwner(slot));
  if (!endpoint) return 'unsolicited';
  const [address, port, source] = [table.insideAddress(slot), table.insidePort(slot), table.insideRemote(slot)];
  if (commits) advance(passage, slot, packet, CLOSED_OUTSIDE);
  const arrived = endsOf(packet);
  translateDestination(packet, address);
  translateDestinationPort(packet, port);
  translateSource(packet, source);
  leave(packet, passage, endpoint, arrived);
  return undefined;
}

/** The packet is addressed to the router, as one that the interface itself sends beyond its subnet. */
function leave(packet: Packet, passage: ToInterface, holder: Interface, arrived: Ends): void {
  packet.destinationMac = holder.subnet.routerMac;
  passage.leaveEndpointEnd(passage.to, holder, arrived, endsOf(packet));
}
