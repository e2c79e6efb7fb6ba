/**
 * AWS Network Firewall a second time: slow, obvious, and written from AWS's and Suricata's documents.
 *
 * Sources: Network Firewall developer guide (firewall-policy-processing, suricata-rule-evaluation-order: "If a packet within a
 * flow matches a rule containing pass action, then Suricata doesn't scan the other packets in that flow"), API reference
 * (StatefulEngineOptions: what becomes of connections that are not known, idle timeout); Suricata's guide (rule format; the
 * keyword flow). Timeouts of other flows than established TCP are this project's choices.
 */
import { formatCidr } from '../net/cidr.ts';
import { TCP, UDP } from '../net/protocol.ts';
import { ACK, FIN, RST } from '../wire/tcp.ts';
import type { FirewallOptions } from './firewall-rows.ts';
import {
  hasPorts,
  isEchoReply,
  isEchoRequest,
  isFirstSegment,
  isIcmp,
  type ReferencePacket,
} from './reference-flows.ts';
import { inBlock } from './reference-rules.ts';

export type FirewallFate = 'passes' | 'is dropped' | 'is rejected';

interface Flow {
  readonly endpoint: string;
  readonly key: string;
  /** Who has sent its first packet. */
  readonly client: string;
  isAnswered: boolean;
  readonly finished: Set<string>;
  decided: 'passed' | 'blocked' | undefined;
  /** A UDP flow with more than a question and its answer. */
  isStream: boolean;
  expiresMs: number;
}

/** All firewalls' flows, each endpoint's for itself. */
export class ReferenceFirewall {
  private flows: Flow[] = [];

  inspect(endpoint: string, options: FirewallOptions, packet: ReferencePacket, nowMs: number): FirewallFate {
    const action = statelessAction(options, packet);
    if (action !== 'forward') return action === 'pass' ? 'passes' : 'is dropped';
    const flow = this.flows.find(
      (one) => one.endpoint === endpoint && one.key === keyOf(packet) && one.expiresMs > nowMs && !isAnew(one, packet),
    );
    if (flow) return this.inFlow(flow, options, packet, nowMs);
    if (packet.quoted && this.isPassed(endpoint, packet.quoted, nowMs)) return 'passes';
    const isUnknown = packet.protocol === TCP && !isFirstSegment(packet);
    if (isUnknown && options.midstream !== 'continue') {
      return options.midstream === 'reject' ? 'is rejected' : 'is dropped';
    }
    const said = statefulVerdict(options, packet, true, false);
    if (said === 'drop') return 'is dropped';
    if (said === 'reject') return 'is rejected';
    if (!isUnknown) this.open(endpoint, packet, said === 'pass', nowMs);
    return 'passes';
  }

  private inFlow(flow: Flow, options: FirewallOptions, packet: ReferencePacket, nowMs: number): FirewallFate {
    const isToServer = packet.source === flow.client;
    if (flow.decided === 'blocked') return 'is dropped';
    if (flow.decided === undefined) {
      const isEstablished = flow.isAnswered || (packet.protocol !== TCP && !isToServer);
      const said = statefulVerdict(options, packet, isToServer, isEstablished);
      if (said === 'drop' || said === 'reject') {
        flow.decided = 'blocked';
        return said === 'drop' ? 'is dropped' : 'is rejected';
      }
      if (said === 'pass') flow.decided = 'passed';
    }
    this.note(flow, packet, isToServer, nowMs);
    return 'passes';
  }

  private note(flow: Flow, packet: ReferencePacket, isToServer: boolean, nowMs: number): void {
    if (packet.protocol === TCP && (packet.tcpFlags & RST) !== 0) {
      this.flows = this.flows.filter((one) => one !== flow);
      return;
    }
    if (flow.isAnswered && isToServer) flow.isStream = true;
    if (!isToServer && (packet.protocol !== TCP || (packet.tcpFlags & ACK) !== 0)) flow.isAnswered = true;
    if (packet.protocol === TCP && (packet.tcpFlags & FIN) !== 0) flow.finished.add(packet.source);
    flow.expiresMs = nowMs + idleMs(flow, packet);
  }

  private open(endpoint: string, packet: ReferencePacket, isPassed: boolean, nowMs: number): void {
    const key = keyOf(packet);
    this.flows = this.flows.filter((one) => one.endpoint !== endpoint || one.key !== key);
    const flow: Flow = {
      endpoint,
      key,
      client: packet.source,
      isAnswered: false,
      finished: new Set(),
      decided: isPassed ? 'passed' : undefined,
      isStream: false,
      expiresMs: 0,
    };
    flow.expiresMs = nowMs + idleMs(flow, packet);
    this.flows.push(flow);
  }

  /** An ICMP error belongs to the flow of the packet that it is about. */
  private isPassed(endpoint: string, cause: ReferencePacket, nowMs: number): boolean {
    return this.flows.some(
      (one) =>
        one.endpoint === endpoint && one.key === keyOf(cause) && one.expiresMs > nowMs && one.decided === 'passed',
    );
  }
}

/** A first segment begins a connection anew that was answered before. */
const isAnew = (flow: Flow, packet: ReferencePacket): boolean => isFirstSegment(packet) && flow.isAnswered;

function idleMs(flow: Flow, { protocol, ...packet }: ReferencePacket): number {
  if (protocol === TCP) {
    if (!flow.isAnswered) return 60_000;
    return flow.finished.size === 2 ? 10_000 : 350_000;
  }
  if (protocol === UDP) return flow.isStream ? 180_000 : 30_000;
  return isIcmp({ protocol, ...packet }) ? 30_000 : 600_000;
}

/** The same for both directions. */
function keyOf(packet: ReferencePacket): string {
  const { protocol, source, destination, sourcePort, destinationPort, icmpType } = packet;
  if (isIcmp(packet)) {
    if (isEchoRequest(packet)) return `echo ${source} ${destination} ${sourcePort}`;
    if (isEchoReply(packet)) return `echo ${destination} ${source} ${sourcePort}`;
    return `icmp ${icmpType} ${source} ${destination}`;
  }
  const ends = hasPorts(packet)
    ? [`${source} ${sourcePort}`, `${destination} ${destinationPort}`]
    : [source, destination];
  return `${protocol} ${ends.sort().join(' ')}`;
}

function statelessAction(options: FirewallOptions, packet: ReferencePacket): 'pass' | 'forward' | 'drop' {
  for (const rule of options.stateless ?? []) {
    const { protocols = [], sources = [], destinations = [], destinationPorts = [] } = rule;
    const isAmong = (blocks: typeof sources, address: string): boolean =>
      blocks.length === 0 || blocks.some((block) => inBlock(address, formatCidr(block)));
    const isMatched =
      (protocols.length === 0 || protocols.includes(packet.protocol)) &&
      isAmong(sources, packet.source) &&
      isAmong(destinations, packet.destination) &&
      (destinationPorts.length === 0 ||
        destinationPorts.some(({ from, to }) => packet.destinationPort >= from && packet.destinationPort <= to));
    if (isMatched) return rule.action ?? 'drop';
  }
  return options.otherwise ?? 'forward';
}

function statefulVerdict(
  options: FirewallOptions,
  packet: ReferencePacket,
  isToServer: boolean,
  isEstablished: boolean,
): 'pass' | 'drop' | 'reject' | 'nothing' {
  const matching = (options.rules ?? '')
    .split('\n')
    .filter((line) => line !== '' && matches(line, packet, isToServer, isEstablished))
    .map((line) => line.split(' ')[0])
    .filter((action) => action !== 'alert');
  const first =
    options.order === 'strict' ? matching[0] : ['pass', 'drop', 'reject'].find((one) => matching.includes(one));
  if (first === 'pass' || first === 'drop' || first === 'reject') return first;
  const isDropped = options.drops === 'all' || (options.drops === 'established' && isEstablished);
  return isDropped ? 'drop' : 'nothing';
}

function matches(line: string, packet: ReferencePacket, isToServer: boolean, isEstablished: boolean): boolean {
  const [, protocol = '', source = '', from = '', arrow, destination = '', to = '', ...options] = line.split(' ');
  const words = /flow:([^;]*);/.exec(options.join(' '))?.[1]?.split(',') ?? [];
  const isOfFlow = words.every((word) => {
    if (word === 'to_server') return isToServer;
    if (word === 'to_client') return !isToServer;
    return word === 'established' ? isEstablished : !isEstablished;
  });
  const isOfProtocol =
    protocol === 'ip' || (protocol === 'icmp' ? isIcmp(packet) : packet.protocol === (protocol === 'tcp' ? TCP : UDP));
  const fits = (one: string, onePort: number, other: string, otherPort: number): boolean =>
    isAddressIn(source, one) && isPortIn(from, onePort) && isAddressIn(destination, other) && isPortIn(to, otherPort);
  const { sourcePort, destinationPort } = packet;
  const isForth = fits(packet.source, sourcePort, packet.destination, destinationPort);
  const isBack = arrow === '<>' && fits(packet.destination, destinationPort, packet.source, sourcePort);
  return isOfFlow && isOfProtocol && (isForth || isBack);
}

/** The block of random networks that is the firewall's own. */
const HOME = '10.0.0.0/16';

function isAddressIn(expression: string, address: string): boolean {
  if (expression === 'any') return true;
  if (expression.startsWith('!')) return !isAddressIn(expression.slice(1), address);
  if (expression === '$HOME_NET') return inBlock(address, HOME);
  if (expression === '$EXTERNAL_NET') return !inBlock(address, HOME);
  if (!expression.startsWith('[')) return inBlock(address, expression);
  const parts = expression.slice(1, -1).split(',');
  const isIn = parts.some((part) => !part.startsWith('!') && isAddressIn(part, address));
  return isIn && parts.every((part) => !part.startsWith('!') || isAddressIn(part, address));
}

function isPortIn(expression: string, port: number): boolean {
  if (expression === 'any') return true;
  if (expression.startsWith('!')) return !isPortIn(expression.slice(1), port);
  const [from = '', to] = expression.split(':');
  if (to === undefined) return port === Number(from);
  return port >= Number(from) && (to === '' || port <= Number(to));
}
