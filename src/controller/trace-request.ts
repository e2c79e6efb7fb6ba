/** From "from web to db, tcp 5432" to the packet that the data plane explains, and to the one that would answer it. */

import { publicAddressesOf } from '../model/public-addresses.ts';
import { Instance } from '../model/resources/instance.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import type { Transaction } from '../model/transaction.ts';
import { formatAddress, type IpAddress, isIpv4, parseAddress } from '../net/address.ts';
import { isId, type NetworkInterfaceId } from '../net/identifiers.ts';
import { ICMP, ICMPV6, parseProtocol, TCP, UDP } from '../net/protocol.ts';
import type { DataPlane, Explanation, TraceRequest, TraceResult } from '../tables/data-plane.ts';
import { INTERNET_IPV6_ADDRESS } from './internet-ipv6.ts';

/** What a person asked. */
export interface TraceQuestion {
  readonly from: string;
  readonly to: string;
  /** tcp, udp, icmp, or a number. */
  readonly protocol: string;
  readonly port: number | undefined;
  readonly sourcePort: number | undefined;
}

/** The question cannot be asked: an end is unknown or says too little. The message is for the person. */
export class TraceQuestionError extends Error {
  override readonly name = 'TraceQuestionError';
}

/** One end as it was understood. */
export interface TraceEnd {
  readonly instanceId: string | undefined;
  readonly interface: NetworkInterface | undefined;
  readonly address: IpAddress;
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
  const asked = { from: endOf(tx, question.from, internet), to: endOf(tx, question.to, internet) };
  const from = inFamilyOf(asked.to, asked.from, question.from);
  const to = inFamilyOf(from, asked.to, question.to);
  // From outside, an instance is reached by its public address; inside, by its private one, unless asked otherwise.
  const destination = from.interface === undefined ? publicAddressOf(tx, to) : to.address;
  const protocol = protocolOf(question.protocol, destination);
  const hasPorts = protocol === TCP || protocol === UDP;
  if (hasPorts && question.port === undefined)
    throw new TraceQuestionError(`Name the destination port: --${question.protocol} PORT.`);
  return {
    from,
    to,
    request: {
      from: from.interface ? { kind: 'interface', id: from.interface.id } : { kind: 'internet' },
      source: from.address,
      destination,
      protocol,
      sourcePort: hasPorts ? (question.sourcePort ?? EPHEMERAL_PORT) : 0,
      destinationPort: hasPorts ? (question.port ?? 0) : 0,
      icmp: echoRequest(protocol),
    },
  };
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

function endOf(tx: Transaction, text: string, internet: IpAddress): TraceEnd {
  if (text === 'internet') return { instanceId: undefined, interface: undefined, address: internet };
  if (text.startsWith('i-')) return endOfInstance(tx, text);
  if (text.startsWith('eni-')) return endOfInterface(tx.get(NetworkInterface, text), undefined);
  const address = parseAddress(text);
  if (address === undefined)
    throw new TraceQuestionError(`"${text}" is neither an instance, an interface, an address nor "internet".`);
  const holders = tx.list(NetworkInterface, (row) => holds(row, address));
  if (holders.length > 1)
    throw new TraceQuestionError(
      `${text} belongs to ${holders.map((row) => row.id).join(' and ')}, of different VPCs: name the interface.`,
    );
  const holder = holders[0];
  return holder ? endOfInterface(holder, address) : { instanceId: undefined, interface: undefined, address };
}

/** An end that was not asked about by its address has one of the other end's family, where it has any. */
function inFamilyOf(other: TraceEnd, end: TraceEnd, text: string): TraceEnd {
  if (isIpv4(other.address) === isIpv4(end.address) || parseAddress(text) !== undefined) return end;
  if (!end.interface) return isIpv4(other.address) ? end : { ...end, address: INTERNET_IPV6_ADDRESS };
  const { ipv4Addresses, ipv6Addresses } = end.interface;
  const address = isIpv4(other.address) ? ipv4Addresses[0] : ipv6Addresses[0];
  return address === undefined ? end : { ...end, address };
}

const holds = (row: NetworkInterface, address: IpAddress): boolean =>
  isIpv4(address) ? row.ipv4Addresses.includes(address) : row.ipv6Addresses.includes(address);

function endOfInstance(tx: Transaction, id: string): TraceEnd {
  const instance = tx.get(Instance, id);
  const primary = tx.by(NetworkInterface, 'instanceId', instance.id).find((row) => row.attachment?.deviceIndex === 0);
  if (!primary) throw new TraceQuestionError(`${id} is ${instance.state} and has no interface.`);
  return endOfInterface(primary, undefined);
}

function endOfInterface(row: NetworkInterface, asked: IpAddress | undefined): TraceEnd {
  const address = asked ?? row.ipv4Addresses[0] ?? row.ipv6Addresses[0];
  if (address === undefined) throw new TraceQuestionError(`${row.id} has no address.`);
  return { instanceId: row.attachment?.instanceId, interface: row, address };
}

function publicAddressOf(tx: Transaction, to: TraceEnd): IpAddress {
  if (!to.interface || !isIpv4(to.address)) return to.address;
  const mapping = publicAddressesOf(tx, to.interface).find((one) => one.privateAddress === to.address);
  if (mapping) return mapping.publicAddress;
  throw new TraceQuestionError(
    `${formatAddress(to.address)} of ${to.interface.id} has no public address, so nothing outside can send to it. ` +
      'Associate an Elastic IP, or launch with AssociatePublicIpAddress.',
  );
}

/** What would happen to a packet, and to its answer where one can be sent. */
export async function traceBothWays(
  dataPlane: DataPlane,
  request: TraceRequest,
): Promise<{ readonly forward: TraceResult; readonly reply: TraceResult | undefined }> {
  const forward = await dataPlane.trace(request, undefined);
  const back = replyTo(request, forward);
  const reply = back && (await dataPlane.trace(back, request));
  return { forward: shown(forward), reply: reply && shown(reply) };
}

/** The packet as it was delivered stands in the last step's text; its addresses as numbers are for this program only. */
const shown = ({ deliveredAs, ...result }: Explanation): TraceResult => result;

/** The packet that would answer the one delivered, sent by where it was delivered to; undefined where none was. */
function replyTo({ protocol }: TraceRequest, { deliveredTo, deliveredAs }: Explanation): TraceRequest | undefined {
  if (deliveredTo === undefined || deliveredAs === undefined) return undefined;
  const { source, destination, sourcePort, destinationPort, icmp } = deliveredAs;
  return {
    from: deliveredTo === 'internet' ? { kind: 'internet' } : { kind: 'interface', id: interfaceIdOf(deliveredTo) },
    protocol,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
    icmp: icmp && { ...icmp, type: icmp.type === 8 ? 0 : 129, code: 0 },
  };
}

function interfaceIdOf(text: string): NetworkInterfaceId {
  if (isId('eni', text)) return text;
  throw new Error(`a packet was delivered to ${text}, which is no interface`);
}
