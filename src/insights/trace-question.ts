/** From "from web to db, tcp 5432" to the packet that the data plane explains, and to the one that would answer it. */

import { primaryInterface } from '../model/dns-names.ts';
import { publicAddressesOf } from '../model/public-addresses.ts';
import { Instance } from '../model/resources/instance.ts';
import { InternetGateway } from '../model/resources/internet-gateway.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { TransitGatewayAttachment } from '../model/resources/transit-gateway.ts';
import { VpnConnection, VpnGateway } from '../model/resources/vpn.ts';
import type { Transaction } from '../model/transaction.ts';
import { type IpAddress, ipv4, isIpv4, parseAddress } from '../net/address.ts';
import { isId, type NetworkInterfaceId } from '../net/identifiers.ts';
import { INTERNET_IPV6_ADDRESS } from '../net/internet-ipv6.ts';
import { ICMP, ICMPV6, parseProtocol, TCP, UDP } from '../net/protocol.ts';
import { siteAddressIn } from '../net/site-address.ts';
import { answerTo } from '../pipeline/answer-request.ts';
import type { DataPlane, Explanation, TraceRequest, TraceResult } from '../tables/data-plane.ts';

/** What a person asked. */
export interface TraceQuestion {
  readonly from: string;
  readonly to: string;
  /** tcp, udp, icmp, or a number. */
  readonly protocol: string;
  readonly port: number | undefined;
  readonly sourcePort: number | undefined;
  /** Addresses that the packet has in the place of those of its ends: what an appliance forwards, what a forger writes. */
  readonly source?: string | undefined;
  readonly destination?: string | undefined;
  /** The very frame, in hexadecimal, from the destination MAC on; then protocol and ports are its own. */
  readonly frame?: string | undefined;
}

/** The question cannot be asked: an end is unknown or says too little. The message is for the person. */
export class TraceQuestionError extends Error {
  override readonly name = 'TraceQuestionError';
}

/** One end as it was understood. */
export interface TraceEnd {
  readonly instanceId: string | undefined;
  readonly interface: NetworkInterface | undefined;
  /** The gateway that was named as the end: the outside world, a VPC or the customer's site as packets come to and from it. */
  readonly gateway: InternetGateway | TransitGatewayAttachment | VpnGateway | undefined;
  /** VPN connections of a virtual private gateway that was named. */
  readonly connectionIds: readonly string[];
  /** The place beyond the fabric's edge where an end without an interface is. */
  readonly beyond: 'internet' | 'site';
  readonly address: IpAddress;
  /** True for "internet" and internet gateways: any address of the outside world would do as well. */
  readonly isAnyAddress: boolean;
}

/** A question with both ends found, and the packet it is about. */
export interface UnderstoodTrace {
  readonly from: TraceEnd;
  readonly to: TraceEnd;
  readonly request: TraceRequest;
}

/** A port that a client's system might pick: Linux' ephemeral range begins here. */
const EPHEMERAL_PORT = 32768;
/** Any: it tells one ping(1) from another. */
const ECHO_IDENTIFIER = 1;

/** @throws TraceQuestionError */
export function understandTrace(tx: Transaction, question: TraceQuestion, internet: IpAddress): UnderstoodTrace {
  const asked = endsOf(tx, question, internet);
  const from = inFamilyOf(asked.to, asked.from, question.from);
  const to = inFamilyOf(from, asked.to, question.to);
  if (isAttachment(from) && question.source === undefined && question.frame === undefined)
    throw new TraceQuestionError(`Say whose packet comes from ${question.from}: --src ADDRESS.`);
  if (isAttachment(to) && question.destination === undefined && question.frame === undefined)
    throw new TraceQuestionError(`Say where the packet goes beyond ${question.to}: --dst ADDRESS.`);
  const source = overridden('--src', question.source) ?? from.address;
  const destination = overridden('--dst', question.destination) ?? destinationOf(tx, from, to);
  return { from, to, request: { ...requestOf(question, destination), from: originOf(from), source, destination } };
}

/** A VPC's attachment to a transit gateway. */
const isAttachment = ({ gateway }: TraceEnd): boolean => gateway?.id.startsWith('tgw-attach-') ?? false;

type PacketPart = Omit<TraceRequest, 'from' | 'source' | 'destination'>;

function requestOf(question: TraceQuestion, destination: IpAddress): PacketPart {
  if (question.frame !== undefined) return { ...ANY_PACKET, frame: bytesOf(question.frame) };
  const protocol = protocolOf(question.protocol, destination);
  const hasPorts = protocol === TCP || protocol === UDP;
  if (hasPorts && question.port === undefined)
    throw new TraceQuestionError(`Name the destination port: --${question.protocol} PORT.`);
  return {
    protocol,
    sourcePort: hasPorts ? (question.sourcePort ?? EPHEMERAL_PORT) : 0,
    destinationPort: hasPorts ? (question.port ?? 0) : 0,
    icmp: echoRequest(protocol),
  };
}

/** What stands in a request that is about a frame. */
export const ANY_PACKET = {
  source: ipv4(0),
  destination: ipv4(0),
  protocol: 0,
  sourcePort: 0,
  destinationPort: 0,
  icmp: undefined,
} as const satisfies Omit<TraceRequest, 'from'>;

const originOf = (from: TraceEnd): TraceRequest['from'] =>
  from.interface ? { kind: 'interface', id: from.interface.id } : { kind: from.beyond };

/** From outside, an instance is reached by its public address; inside, by its private one, unless asked otherwise. */
const destinationOf = (tx: Transaction, from: TraceEnd, to: TraceEnd): IpAddress =>
  from.interface === undefined && from.beyond === 'internet' ? publicAddressOf(tx, to) : to.address;

function overridden(option: string, text: string | undefined): IpAddress | undefined {
  if (text === undefined) return undefined;
  const address = parseAddress(text);
  if (address === undefined) throw new TraceQuestionError(`${option} takes an address; "${text}" is none.`);
  return address;
}

/** Longer than any frame with an offload header could be. */
const MAX_FRAME_BYTES = 65_600;

function bytesOf(text: string): Uint8Array {
  const digits = text.replace(/[\s:]/g, '');
  if (!/^([0-9a-fA-F]{2})+$/.test(digits) || digits.length > 2 * MAX_FRAME_BYTES)
    throw new TraceQuestionError('A frame is written as hexadecimal bytes, from the destination MAC on.');
  return Uint8Array.from(digits.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

function echoRequest(protocol: number): TraceRequest['icmp'] {
  if (protocol === ICMP) return { type: 8, code: 0, identifier: ECHO_IDENTIFIER };
  return protocol === ICMPV6 ? { type: 128, code: 0, identifier: ECHO_IDENTIFIER } : undefined;
}

function protocolOf(text: string, destination: IpAddress): number {
  const protocol = parseProtocol(text);
  if (protocol === undefined || protocol < 0)
    throw new TraceQuestionError(`Not a protocol: "${text}". Use tcp, udp, icmp or a number from 0 to 255.`);
  return protocol === ICMP && !isIpv4(destination) ? ICMPV6 : protocol;
}

/** A transit gateway is where the other end's VPC is attached to it. */
function endsOf(
  tx: Transaction,
  { from, to }: TraceQuestion,
  internet: IpAddress,
): Pick<UnderstoodTrace, 'from' | 'to'> {
  const end = (text: string): TraceEnd => endOf(tx, text, internet);
  if (isTransitGateway(from)) {
    const known = end(to);
    return { from: endAtTransitGateway(tx, from, known), to: known };
  }
  const known = end(from);
  return { from: known, to: isTransitGateway(to) ? endAtTransitGateway(tx, to, known) : end(to) };
}

const isTransitGateway = (text: string): boolean => text.startsWith('tgw-') && !text.startsWith('tgw-attach-');

function endAtTransitGateway(tx: Transaction, id: string, other: TraceEnd): TraceEnd {
  const vpcId = other.interface?.vpcId;
  if (vpcId === undefined)
    throw new TraceQuestionError(
      `The other end of ${id} is in no VPC. Name an attachment (tgw-attach-…) in its place.`,
    );
  const attachments = tx.list(TransitGatewayAttachment, ({ transitGatewayId }) => transitGatewayId === id);
  const here = attachments.find(({ resource }) => resource.kind === 'vpc' && resource.vpcId === vpcId);
  if (!here) throw new TraceQuestionError(`${vpcId} has no attachment to ${id} in this account and Region.`);
  return endOfAttachment(tx, here.id);
}

function endOf(tx: Transaction, text: string, internet: IpAddress): TraceEnd {
  if (text === 'internet') return outside(internet, { isAnyAddress: true });
  if (text.startsWith('igw-')) return outside(internet, { isAnyAddress: true, gateway: tx.get(InternetGateway, text) });
  if (text.startsWith('tgw-attach-')) return endOfAttachment(tx, text);
  if (text === 'site') return endAtSite(text, tx.list(VpnConnection));
  if (text.startsWith('vgw-')) return endAtVpnGateway(tx, text);
  if (isTransitGateway(text))
    throw new TraceQuestionError(
      `${text} cannot be both ends. Name one of its attachments (tgw-attach-…) as one of them.`,
    );
  if (text.startsWith('i-')) return endOfInstance(tx, text);
  if (text.startsWith('eni-')) return endOfInterface(tx.get(NetworkInterface, text), undefined);
  const address = parseAddress(text);
  if (address === undefined) return endOfInstance(tx, instanceNamed(tx, text));
  const holders = tx.list(NetworkInterface, (row) => holds(row, address));
  if (holders.length > 1)
    throw new TraceQuestionError(
      `${text} belongs to ${holders.map((row) => row.id).join(' and ')}, of different VPCs: name the interface.`,
    );
  const holder = holders[0];
  return holder ? endOfInterface(holder, address) : outside(address, { isAnyAddress: false });
}

/** A VPC's attachment: packets enter the VPC by the interface in its first subnet. Which addresses, --src and --dst say. */
function endOfAttachment(tx: Transaction, id: string): TraceEnd {
  const attachment = tx.get(TransitGatewayAttachment, id);
  const { resource } = attachment;
  const interfaceId = resource.kind === 'vpc' ? resource.subnets[0]?.networkInterfaceId : undefined;
  const row = interfaceId && tx.find(NetworkInterface, interfaceId);
  if (!row)
    throw new TraceQuestionError(`${id} has no interface in this account and Region: it is ${attachment.state}.`);
  return { ...endOfInterface(row, undefined), gateway: attachment };
}

/** The customer's site as a virtual private gateway leads to it. */
function endAtVpnGateway(tx: Transaction, id: string): TraceEnd {
  const gateway = tx.get(VpnGateway, id);
  const connections = tx.by(VpnConnection, 'vpnGatewayId', gateway.id);
  return { ...endAtSite(id, connections), gateway, connectionIds: connections.map((one) => one.id) };
}

/** The site sends from the first static route of its oldest connection, as the machine at the site does. */
function endAtSite(text: string, connections: readonly VpnConnection[]): TraceEnd {
  const routes = connections.filter(({ state }) => state === 'available').flatMap((one) => one.staticRoutes);
  const [block] = routes.filter(({ length }) => length > 0);
  if (!block)
    throw new TraceQuestionError(
      `No VPN connection of ${text} has a static route, so it has no address: make one with CreateVpnConnectionRoute, or ask about an address.`,
    );
  return outside(siteAddressIn(block), { isAnyAddress: false, beyond: 'site' });
}

const outside = (address: IpAddress, more: Pick<TraceEnd, 'isAnyAddress'> & Partial<TraceEnd>): TraceEnd => ({
  instanceId: undefined,
  interface: undefined,
  gateway: undefined,
  connectionIds: [],
  beyond: 'internet',
  address,
  ...more,
});

/** An end that was not asked about by its address has one of the other end's family, where it has any. */
function inFamilyOf(other: TraceEnd, end: TraceEnd, text: string): TraceEnd {
  if (isIpv4(other.address) === isIpv4(end.address) || parseAddress(text) !== undefined) return end;
  if (!end.interface && end.beyond === 'site') return end;
  if (!end.interface) return isIpv4(other.address) ? end : { ...end, address: INTERNET_IPV6_ADDRESS };
  const { ipv4Addresses, ipv6Addresses } = end.interface;
  const address = isIpv4(other.address) ? ipv4Addresses[0] : ipv6Addresses[0];
  return address === undefined ? end : { ...end, address };
}

const holds = (row: NetworkInterface, address: IpAddress): boolean =>
  isIpv4(address) ? row.ipv4Addresses.includes(address) : row.ipv6Addresses.includes(address);

/** The one instance that is not terminated and has the Name tag. */
function instanceNamed(tx: Transaction, name: string): string {
  const found = tx.list(Instance, ({ tags, state }) => tags.Name === name && state !== 'terminated');
  const [first, ...others] = found;
  if (!first)
    throw new TraceQuestionError(
      `"${name}" is neither an id, an address, "internet" nor "site", and no instance in this account and Region has the Name tag ${name}.`,
    );
  if (others.length === 0) return first.id;
  const each = found.map(({ id, state }) => `${id} (${state})`).join(', ');
  throw new TraceQuestionError(`${found.length} instances are called ${name}. Say which: ${each}.`);
}

function endOfInstance(tx: Transaction, id: string): TraceEnd {
  const instance = tx.get(Instance, id);
  const primary = primaryInterface(tx, instance.id);
  if (!primary) throw new TraceQuestionError(`${id} is ${instance.state} and has no interface.`);
  return endOfInterface(primary, undefined);
}

function endOfInterface(row: NetworkInterface, asked: IpAddress | undefined): TraceEnd {
  const address = asked ?? row.ipv4Addresses[0] ?? row.ipv6Addresses[0];
  if (address === undefined) throw new TraceQuestionError(`${row.id} has no address.`);
  return {
    instanceId: row.attachment?.instanceId,
    interface: row,
    gateway: undefined,
    connectionIds: [],
    beyond: 'internet',
    address,
    isAnyAddress: false,
  };
}

/** Without one the private address is asked for, and the trace says at the internet gateway what is missing. */
function publicAddressOf(tx: Transaction, to: TraceEnd): IpAddress {
  if (!to.interface || !isIpv4(to.address)) return to.address;
  const mapping = publicAddressesOf(tx, to.interface).find((one) => one.privateAddress === to.address);
  return mapping?.publicAddress ?? to.address;
}

/** A packet and its answer, as somebody explains them. */
export interface ExplainedTrace {
  readonly forward: Explanation;
  readonly reply: Explanation | undefined;
}

/** Explains a packet: `assumed` is taken to have passed just before. */
type Explain = (request: TraceRequest, assumed: TraceRequest | undefined) => Explanation;

/** What would happen to a packet, and to its answer where one can be sent. */
export function explainBothWays(explain: Explain, { from, to, request }: UnderstoodTrace): ExplainedTrace {
  const forward = asAsked({ from, to }, explain(request, undefined));
  const back = replyTo(forward);
  return { forward, reply: back && endingAt(from, explain(back, request)) };
}

/** The same, asked of the data plane that runs. */
export async function traceBothWays(
  dataPlane: DataPlane,
  { from, to, request }: UnderstoodTrace,
): Promise<ExplainedTrace> {
  const forward = asAsked({ from, to }, await dataPlane.trace(request, undefined));
  const back = replyTo(forward);
  return { forward, reply: back && endingAt(from, await dataPlane.trace(back, request)) };
}

const asAsked = ({ from, to }: Pick<UnderstoodTrace, 'from' | 'to'>, explanation: Explanation): Explanation =>
  throughGateways([from, to], endingAt(to, explanation));

/** A packet to a VPC's attachment has arrived once it is past the ACL there; what becomes of it beyond was not asked. */
function endingAt(end: TraceEnd, explanation: Explanation): Explanation {
  if (!isAttachment(end)) return explanation;
  const { path } = explanation;
  const isLed = path.some(({ stage, component }) => stage === 'gateway' && component?.kind === 'transit-gateway');
  const entered = path.findIndex(({ at, stage }) => at?.ownerId === end.gateway?.id && stage === 'network-acl-in');
  if (!isLed || entered < 0 || entered === path.length - 1) return explanation;
  return {
    ...explanation,
    path: path.slice(0, entered + 1),
    verdict: 'delivered',
    reason: undefined,
    code: undefined,
    explanation: undefined,
    deliveredTo: end.gateway?.id,
    deliveredAs: undefined,
  };
}

/** A packet that was asked about from or to a gateway and passes by another one is not what was asked about. Of what comes from the site the connection is told. */
function throughGateways(ends: readonly TraceEnd[], explanation: Explanation): Explanation {
  if (explanation.verdict !== 'delivered') return explanation;
  const passed = new Set(
    explanation.path.flatMap(({ component, at }) => [
      component?.id,
      component?.rule?.kind === 'route' ? component.rule.target : undefined,
      at?.ownerId,
    ]),
  );
  const missed = ends.find(
    ({ gateway, connectionIds }) => gateway && ![gateway.id, ...connectionIds].some((id) => passed.has(id)),
  )?.gateway;
  if (!missed) return explanation;
  return {
    ...explanation,
    verdict: 'dropped',
    reason: 'end/other-gateway',
    code: 'NO_PATH',
    explanation: `the packet would be delivered, but its way does not lead through ${missed.id}`,
    deliveredTo: undefined,
    deliveredAs: undefined,
  };
}

/** The packet as it was delivered stands in the last step's text; its addresses as numbers are for this program only. */
export const shownTrace = ({ deliveredAs, ...result }: Explanation): TraceResult => result;

/** The packet that would answer the one delivered, sent by where it was delivered to; undefined where none was. */
export function replyTo({ deliveredTo, deliveredAs }: Explanation): TraceRequest | undefined {
  if (deliveredTo === undefined || deliveredAs === undefined) return undefined;
  return answerTo(deliveredAs, senderAt(deliveredTo));
}

function senderAt(place: string): TraceRequest['from'] {
  if (place === 'internet' || place === 'site') return { kind: place };
  return { kind: 'interface', id: interfaceIdOf(place) };
}

function interfaceIdOf(text: string): NetworkInterfaceId {
  if (isId('eni', text)) return text;
  throw new Error(`a packet was delivered to ${text}, which is no interface`);
}
