/**
 * What a node of a Network or Classic Load Balancer does to a packet: a client's goes on to a target of the listener that takes it,
 * the target's answer back to the client.
 *
 * Either the target sees the node's address and a port there, as with a NAT gateway, or the client's own. Then the answer
 * is addressed to the client and does not come to the node by itself: whatever the route table of the target says, the
 * fabric leads it there (`nodeAwaiting`), and so targets need no way to the clients.
 *
 * A node of a Classic Load Balancer does as one that keeps no client's address. At AWS it ends the client's connection and
 * opens one of its own; here packets are translated, which both ends see as one connection between the node and them.
 *
 * Sources: Network Load Balancer guide (client IP preservation; security groups; idle timeouts of 350 s of TCP unless the
 * listener has another one, and 120 s of UDP; troubleshooting, "Connections time out for requests from a target to its load
 * balancer"). Unconfirmed: that network ACLs of the node's subnet see what a target answers with its client's address, and
 * that a load balancer takes no fragments.
 */
import type { Ipv4 } from '../net/address.ts';
import { TCP } from '../net/protocol.ts';
import type { ListenerRow, LoadBalancerRow, TargetGroupRow, TargetRow } from '../tables/load-balancer-rows.ts';
import { nodeOf } from './balancers.ts';
import { balancingDrops, chooseTarget, type classicBalancingDrops, listenerFor } from './balancing.ts';
import type { Interface } from './interface.ts';
import { advance, CLOSED_INSIDE, CLOSED_OUTSIDE, findAnswered, isUnknownConnection } from './nat-gateway.ts';
import type { Packet } from './packet.ts';
import { endsOf, type FromInterface, type Passage, type ToInterface } from './passage.ts';
import { translateDestination, translateDestinationPort, translateSource, translateSourcePort } from './translation.ts';
import { type InsideFlow, NO_TRANSLATION, type OnwardFlow, type TranslationTable } from './translation-table.ts';
import type { Decider, DropDeclaration } from './verdict.ts';

/** Why a flow gets no target, be it sent to a node or to an endpoint. */
export const flowDrops = {
  ...balancingDrops,
  'no-free-port': {
    when: 'the load balancer has no port left for one more flow to this target (55,000 for each of its addresses)',
  },
  'connection-unknown': {
    when: 'the TCP connection is unknown here, was idle for too long, or has lost its target; its sender gets a reset',
  },
} as const satisfies Record<string, DropDeclaration>;

/** Why a target that is to see its client's address cannot. */
const keptDrops = {
  hairpin: {
    when: 'the target that it would go to is the client itself, and sees its own address as the source, which no host answers',
  },
  'port-taken': {
    when: 'a flow of the same client and port goes to the same target already, by another listener, and both would look alike to the target',
  },
} as const satisfies Record<string, DropDeclaration>;

/** Why a node does not take what it is sent. */
export const nodeDrops = {
  protocol: {
    when: 'it is neither TCP nor UDP over IPv4, which is all that a load balancer carries',
    code: 'PROTOCOL_RESTRICTION',
  },
  fragment: { when: 'it is a fragment, which a load balancer does not put together' },
  ...flowDrops,
  ...keptDrops,
} as const satisfies Record<string, DropDeclaration>;

type NodeObjection = keyof typeof nodeDrops;
type FlowObjection = keyof typeof flowDrops | keyof typeof keptDrops;

export const UDP_IDLE_TIMEOUT_MS = 120_000;

/** The load balancer of a node, as the component that decided. */
export const balancerDecider = ({ row: { owner } }: Interface, detail = ''): Decider => ({
  describe: () => ({ kind: 'load-balancer', id: owner.id, detail }),
});

/** Whether a target can be sent to: one that does not run has no interface, which stands for ELB's health check. */
export const isWell = ({ vpc }: Interface, { zone, address }: TargetRow): boolean =>
  zone === undefined || vpc.interfaceAt(address) !== undefined;

/** What an objection of balancing is called at a Classic Load Balancer. */
const CLASSIC_WORDS = { 'no-listener': 'no-classic-listener', 'no-target': 'no-instance' } as const;

/** The reason for which a load balancer does not send a packet on, by its type. */
export const reasonAt = (
  balancer: LoadBalancerRow | undefined,
  objection: NodeObjection,
): NodeObjection | keyof typeof classicBalancingDrops =>
  balancer?.type === 'classic' && (objection === 'no-listener' || objection === 'no-target')
    ? CLASSIC_WORDS[objection]
    : objection;

/** Sends a client's packet on to a target: from now on it leaves the node. */
export function sendToTarget(packet: Packet, passage: ToInterface): NodeObjection | undefined {
  const { to: node, network } = passage;
  const { source, destination } = packet;
  if (packet.isFirstFragment || packet.isLaterFragment) return 'fragment';
  if (typeof source === 'bigint' || typeof destination === 'bigint' || !packet.hasPorts) return 'protocol';
  const balancer = network.balancers.balancerOf(node);
  const listener = balancer && listenerFor(balancer, packet.protocol, packet.destinationPort);
  if (!balancer || !listener) return 'no-listener';
  const flow: InsideFlow = {
    owner: node.index,
    protocol: packet.protocol,
    inside: source,
    insidePort: packet.sourcePort,
    remote: destination,
    remotePort: packet.destinationPort,
  };
  return translateToTarget(packet, passage, { flow, node, balancer, listener });
}

/** A flow that a node has, or is to get. */
export interface NodeFlow {
  /** As it came: to the node itself, or to an interface endpoint. */
  readonly flow: InsideFlow;
  readonly node: Interface;
  readonly balancer: LoadBalancerRow;
  readonly listener: ListenerRow;
}

/** Gives a packet of a flow its target, and a source; what of both is known of the flow stays as it is. */
export function translateToTarget(packet: Packet, passage: ToInterface, of: NodeFlow): FlowObjection | undefined {
  const { translations, nowMs, commits } = passage;
  const { flow, listener } = of;
  const { owner, protocol, inside, insidePort, remote, remotePort } = flow;
  const found = translations.findInside(owner, protocol, inside, insidePort, remote, remotePort, nowMs);
  const known = found !== NO_TRANSLATION && isWhole(passage, found, of) ? found : NO_TRANSLATION;
  const idleTimeoutMs = protocol === TCP ? listener.idleTimeoutMs : UDP_IDLE_TIMEOUT_MS;
  if (known !== NO_TRANSLATION) {
    if (commits) advance(passage, known, packet, CLOSED_INSIDE, idleTimeoutMs);
    const target = { remote: translations.outsideRemote(known), remotePort: translations.outsideRemotePort(known) };
    sendOn(packet, passage, of, translations.gatewayAddress(known), translations.gatewayPort(known), target);
    return undefined;
  }
  if (isUnknownConnection(packet)) return 'connection-unknown';
  const onward = onwardOf(passage, of);
  if (typeof onward === 'string') return onward;
  const { chosenAddress, chosenPort } = translations;
  if (commits) {
    const slot = translations.open(flow, idleTimeoutMs, nowMs, onward);
    if (slot === NO_TRANSLATION) return 'no-free-port';
    advance(passage, slot, packet, CLOSED_INSIDE, idleTimeoutMs);
  } else passage.assumedTranslations?.openAt(flow, translations, idleTimeoutMs, nowMs, onward);
  sendOn(packet, passage, of, chosenAddress, chosenPort, onward);
  return undefined;
}

function sendOn(
  packet: Packet,
  passage: ToInterface,
  { node }: NodeFlow,
  source: Ipv4,
  sourcePort: number,
  { remote, remotePort }: Pick<OnwardFlow, 'remote' | 'remotePort'>,
): void {
  const arrived = endsOf(packet);
  rewrite(packet, source, sourcePort, remote, remotePort);
  leaveNode(packet, passage, passage.to, node, arrived);
}

/** Chooses a target and a source for a new flow. */
function onwardOf({ translations, wantedTargets, nowMs }: Passage, of: NodeFlow): OnwardFlow | FlowObjection {
  const { flow, node, balancer, listener } = of;
  const { protocol, inside, insidePort, remotePort } = flow;
  const asked = { source: inside, sourcePort: insidePort, destinationPort: remotePort };
  const zone = nodeOf(balancer, node)?.zone ?? '';
  const isWanted =
    wantedTargets &&
    (({ address, port: sentTo = remotePort }: TargetRow) =>
      wantedTargets.some(
        ({ interfaceId, port = sentTo }) => port === sentTo && node.vpc.interfaceAt(address)?.row.id === interfaceId,
      ));
  const choice = chooseTarget(listener, asked, zone, (target) => isWell(node, target), isWanted);
  if (typeof choice === 'string') return choice;
  const { address: remote, port = remotePort } = choice.target;
  const onward: OnwardFlow = { owner: node.index, protocol, remote, remotePort: port };
  // What comes by an endpoint never shows its client, nor do targets outside of the VPC see any (which is unconfirmed for peered VPCs).
  const isKept = choice.group.keepsClients && flow.owner === node.index && node.vpc.interfaceAt(remote) !== undefined;
  if (!isKept) {
    return translations.choose({ ...flow, ...onward }, node.row.ipv4Addresses, nowMs) ? onward : 'no-free-port';
  }
  // AWS delivers it and the target's system ignores it (NLB guide, troubleshooting); that it ends here is our choice, to be seen.
  if (inside === remote) return 'hairpin';
  return translations.keep(flow, onward, nowMs) ? onward : 'port-taken';
}

/** With its target, or the address at the node, a flow is lost. */
function isWhole(passage: Passage, slot: number, { flow, node, balancer }: NodeFlow): boolean {
  const { translations } = passage;
  if (isEnded(balancer, { table: translations, slot }, passage)) return false;
  const source = translations.gatewayAddress(slot);
  if (translations.insideOwner(slot) === node.index && source === flow.inside) {
    return node.vpc.interfaceAt(translations.outsideRemote(slot)) !== undefined;
  }
  const target = translations.outsideRemote(slot);
  return node.owns(source) && (!node.vpc.holds(target) || node.vpc.interfaceAt(target) !== undefined);
}

/**
 * Whether a load balancer has ended a flow, because its target was taken out. Network Load Balancers keep what they have;
 * a Classic one does for as long as it drains connections (guides, deregistration delay and connection draining). A flow
 * that drains goes through the stages packet by packet, since it may end at any time.
 */
export function isEnded(balancer: LoadBalancerRow, { table, slot }: KnownFlow, passage: Passage): boolean {
  if (balancer.type !== 'classic') return false;
  const { groups = [] } = listenerFor(balancer, TCP, table.insideRemotePort(slot)) ?? {};
  const address = table.outsideRemote(slot);
  if (groups.some(({ targets }) => targets.some((target) => target.address === address))) return false;
  passage.isJudgedAlone = true;
  const isDraining = ({ draining = [] }: TargetGroupRow): boolean =>
    draining.some((one) => one.address === address && one.untilMs > passage.nowMs);
  return !groups.some(isDraining);
}

/** A flow that is known, with the table in which it stands. */
export interface KnownFlow {
  readonly table: TranslationTable;
  readonly slot: number;
}

/** The flow at `node` that a packet answers, in what is remembered or what a question takes for granted. */
export function answeredAt(node: Interface, packet: Packet, passage: Passage): KnownFlow | undefined {
  const { translations, assumedTranslations } = passage;
  if (!packet.hasPorts || packet.isFirstFragment || packet.isLaterFragment) return undefined;
  for (const table of [translations, assumedTranslations]) {
    const slot = table ? findAnswered(table, packet, passage, node) : NO_TRANSLATION;
    if (table && slot !== NO_TRANSLATION) return { table, slot };
  }
  return undefined;
}

/** The node that a packet belongs to which a target sends to its client: by that node the client has come. */
export function nodeAwaiting(packet: Packet, passage: FromInterface): Interface | undefined {
  for (const node of passage.from.vpc.balancerNodes) {
    if (node !== passage.from && !node.owns(packet.destination) && answeredAt(node, packet, passage)) return node;
  }
  return undefined;
}

/** Leads an answer back to the client: from now on it leaves the node. */
export function returnToClient(packet: Packet, passage: ToInterface, { table, slot }: KnownFlow): void {
  const { to: node } = passage;
  const source = table.insideRemote(slot);
  const sourcePort = table.insideRemotePort(slot);
  const destination = table.insideAddress(slot);
  const destinationPort = table.insidePort(slot);
  if (passage.commits) advance(passage, slot, packet, CLOSED_OUTSIDE, table.timeoutMs(slot));
  const arrived = endsOf(packet);
  rewrite(packet, source, sourcePort, destination, destinationPort);
  leaveNode(packet, passage, node, node, arrived);
}

/** Writes both ends anew, as an endpoint and a node do with answers. */
export function rewrite(
  packet: Packet,
  source: Ipv4,
  sourcePort: number,
  destination: Ipv4,
  destinationPort: number,
): void {
  translateSource(packet, source);
  translateSourcePort(packet, sourcePort);
  translateDestination(packet, destination);
  translateDestinationPort(packet, destinationPort);
}

/** The packet is addressed to the router, as one that the interface itself sends beyond its subnet. */
function leaveNode(
  packet: Packet,
  passage: Passage,
  entered: Interface,
  node: Interface,
  arrived: ReturnType<typeof endsOf>,
): void {
  packet.destinationMac = node.subnet.routerMac;
  passage.leaveEndpointEnd(entered, node, arrived, endsOf(packet));
}
