/**
 * What a gateway endpoint does: it carries TCP and ICMP echoes to the addresses of its service, and what answers them.
 *
 * The service stands in the outside world and is reached there at its public address. On AWS it sees the client's private
 * address and, apart from the packet, its VPC. Two VPCs may have the same private addresses, so here it sees an address
 * that stands for the endpoint, with a port that stands for the flow. What answers no flow is dropped: a service never
 * opens a connection into a VPC.
 *
 * Source: AWS PrivateLink guide, gateway-endpoints; Reachability Analyzer guide, explanation-codes. That a flow is
 * forgotten after 350 seconds without a packet is ours: AWS keeps none.
 */
import { ICMP, TCP } from '../net/protocol.ts';
import { ICMP_ECHO_REPLY, ICMP_ECHO_REQUEST, isIcmpError } from '../wire/icmp.ts';
import type { GatewayEndpoint } from './endpoints.ts';
import {
  advance,
  CLOSED_INSIDE,
  CLOSED_OUTSIDE,
  errorFromOutside,
  findAnswered,
  IDLE_TIMEOUT_MS,
} from './nat-gateway.ts';
import type { Packet } from './packet.ts';
import { type FromInterface, INTERNET_MTU_BYTES, type Passage } from './passage.ts';
import { translateDestination, translateDestinationPort, translateSource, translateSourcePort } from './translation.ts';
import { type InsideFlow, NO_TRANSLATION } from './translation-table.ts';
import type { DropDeclaration } from './verdict.ts';

/** Why a packet does not leave through an endpoint. */
export const endpointOutboundDrops = {
  'no-endpoint': { when: 'there is no gateway endpoint in this VPC that the route could lead to', code: 'BAD_STATE' },
  'endpoint-protocol': {
    when: 'it is neither TCP nor an ICMP echo, or a fragment: a gateway endpoint carries nothing else',
    code: 'VPCE_GATEWAY_PROTOCOL_RESTRICTION',
  },
  'endpoint-foreign-source': {
    when: 'the source is not the address of an attached interface of the gateway endpoint’s VPC',
  },
  'endpoint-full': { when: 'the gateway endpoint has to remember the flow, and there is no room for one more' },
} as const satisfies Record<string, DropDeclaration>;

/** Why a packet does not come in through one. */
export const endpointInboundDrops = {
  'endpoint-unsolicited': {
    when: 'it answers nothing that was sent through the gateway endpoint, and a service opens no connections into a VPC',
    code: 'VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION',
  },
} as const satisfies Record<string, DropDeclaration>;

/** Sends a packet on to the service, or says why not. */
export function leaveThroughEndpoint(
  id: string,
  packet: Packet,
  passage: FromInterface,
): keyof typeof endpointOutboundDrops | undefined {
  const endpoint = passage.network.endpoints.gateway(id);
  const { source, destination, protocol } = packet;
  if (!endpoint || endpoint.vpc !== passage.from.vpc) return 'no-endpoint';
  if (typeof source === 'bigint' || typeof destination === 'bigint' || !isCarried(packet, ICMP_ECHO_REQUEST)) {
    return 'endpoint-protocol';
  }
  if (!endpoint.vpc.interfaceAt(source)) return 'endpoint-foreign-source';
  const flow: InsideFlow = {
    owner: endpoint.index,
    protocol,
    inside: source,
    insidePort: packet.isIcmp ? packet.icmpIdentifier : packet.sourcePort,
    remote: destination,
    remotePort: packet.destinationPort,
  };
  return translate(packet, passage, flow, endpoint) ? undefined : 'endpoint-full';
}

const isCarried = (packet: Packet, icmpType: number): boolean =>
  !packet.isFirstFragment &&
  !packet.isLaterFragment &&
  (packet.protocol === TCP || (packet.protocol === ICMP && packet.icmpType === icmpType));

/** Puts the endpoint's address and a port in the place of the client's; false when there is no room for the flow. */
function translate(packet: Packet, passage: Passage, flow: InsideFlow, endpoint: GatewayEndpoint): boolean {
  const { translations, nowMs, commits } = passage;
  const { owner, protocol, inside, insidePort, remote, remotePort } = flow;
  let slot = translations.findInside(owner, protocol, inside, insidePort, remote, remotePort, nowMs);
  if (slot === NO_TRANSLATION) {
    if (!translations.choose(flow, [endpoint.address], nowMs)) return false;
    if (commits) slot = translations.open(flow, IDLE_TIMEOUT_MS, nowMs);
    else passage.assumedTranslations?.openAt(flow, translations, IDLE_TIMEOUT_MS, nowMs);
    if (commits && slot === NO_TRANSLATION) return false;
  }
  const port = slot === NO_TRANSLATION ? translations.chosenPort : translations.gatewayPort(slot);
  if (commits) advance(passage, slot, packet, CLOSED_INSIDE);
  translateSource(packet, endpoint.address);
  translateSourcePort(packet, port);
  passage.isTranslated = true;
  passage.limitMtu(INTERNET_MTU_BYTES);
  return true;
}

/** Leads an answer back to the client that awaits it. */
export function enterThroughEndpoint(
  packet: Packet,
  passage: Passage,
  endpoint: GatewayEndpoint,
): keyof typeof endpointInboundDrops | undefined {
  if (!restoreClient(packet, passage, endpoint)) return 'endpoint-unsolicited';
  const holder = endpoint.vpc.interfaceAt(packet.destination);
  if (!holder) return 'endpoint-unsolicited';
  passage.to = holder;
  passage.cameThroughEndpoint = true;
  passage.isTranslated = true;
  passage.crossesSubnet = true;
  return undefined;
}

function restoreClient(packet: Packet, passage: Passage, endpoint: GatewayEndpoint): boolean {
  if (packet.isIcmp && !packet.isLaterFragment && isIcmpError(4, packet.icmpType)) {
    return errorFromOutside(packet, passage, endpoint) === undefined;
  }
  if (!isCarried(packet, ICMP_ECHO_REPLY)) return false;
  const { translations, assumedTranslations, commits } = passage;
  const known = findAnswered(translations, packet, passage, endpoint);
  const table = known === NO_TRANSLATION && assumedTranslations ? assumedTranslations : translations;
  const slot = table === translations ? known : findAnswered(table, packet, passage, endpoint);
  if (slot === NO_TRANSLATION) return false;
  const [address, port] = [table.insideAddress(slot), table.insidePort(slot)];
  if (commits) advance(passage, slot, packet, CLOSED_OUTSIDE);
  translateDestination(packet, address);
  translateDestinationPort(packet, port);
  return true;
}
