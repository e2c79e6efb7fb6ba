/** Random traffic in a random network, through the pipeline and through its second implementation, which must agree. */
import { deepEqual, equal } from 'node:assert/strict';
import { formatAddress } from '../net/address.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../net/protocol.ts';
import type { TraceRequest } from '../tables/data-plane.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';
import { network, OUTSIDE, OUTSIDE_IPV6, type Outcome, type TestNetwork } from './network.ts';
import { destinationsIn, FIREWALL_ENDPOINT, NAT_GATEWAY, type RandomNetwork } from './random-network.ts';
import type { Step } from './random-steps.ts';
import { errorAbout, isIcmp, type ReferencePacket, UNKNOWN_PORT } from './reference-flows.ts';
import { ReferenceNetwork, type ReferenceOutcome } from './reference-network.ts';
import { packetOf, referenceOf } from './reference-packets.ts';
import { addressOf, idOf } from './rows.ts';

/** Of "some other protocol": ESP. */
const ESP = 50;

/** A packet that arrived: at whom, from whom, and as what. */
interface Arrival {
  readonly from: string;
  readonly to: string;
  readonly sent: ReferencePacket;
  readonly arrived: ReferencePacket;
}

/** One network in both implementations, and what went through it last. */
export class AgreeingPair {
  readonly net: TestNetwork;
  readonly reference: ReferenceNetwork;
  readonly counts = new Map<string, number>();
  private readonly senders: readonly string[];
  private readonly destinations: readonly string[];
  private last: Arrival | undefined;
  private sends = 0;

  constructor(private readonly given: RandomNetwork) {
    this.net = network(given.hosts, given.options);
    this.reference = new ReferenceNetwork(given.hosts, given.options);
    const hosts = Object.keys(given.hosts).filter((name) => name !== NAT_GATEWAY && name !== FIREWALL_ENDPOINT);
    this.senders = [...hosts, 'internet'];
    this.destinations = destinationsIn(given);
  }

  run(step: Step): void {
    switch (step.kind) {
      case 'wait':
        this.net.advance(step.seconds * 1000);
        this.reference.nowMs = this.net.nowMs;
        return;
      case 'rules': {
        const name = this.senders[step.host % (this.senders.length - 1)] ?? '';
        this.net.setRules(name, step.rules);
        this.reference.setRules(name, step.rules);
        return;
      }
      case 'acl':
        this.net.setAcl(step.subnet, step.rules, step.subnet.startsWith('10.1') ? 'other' : 'main');
        this.reference.setAcl(step.subnet, step.rules);
        return;
      case 'talk':
        if (this.last) this.talk(this.last, step.says);
        return;
      case 'refuse':
        if (this.last) this.refuse(this.last, step.isExpired);
        return;
      case 'forward':
        if (this.last && this.last.to !== 'internet') this.send(this.last.to, this.last.arrived);
        return;
      case 'send':
        this.begin(step);
    }
  }

  private begin(step: Extract<Step, { kind: 'send' }>): void {
    const from = this.senders[step.from % this.senders.length] ?? '';
    const packet = this.firstPacket(step, from);
    if (!packet) return;
    const traced = step.traffic === 'data' ? undefined : this.trace(from, packet);
    const arrival = this.send(from, packet);
    if (traced) deepEqual(traced.verdict, arrival ? 'delivered' : 'dropped', 'the trace of the question');
    if (!arrival || !step.isAnswered) return;
    const answered = this.send(arrival.to, answerTo(arrival.arrived));
    if (traced?.answer) equal(traced.answer, answered ? 'delivered' : 'dropped', 'the trace of the answer');
  }

  private firstPacket(step: Extract<Step, { kind: 'send' }>, from: string): ReferencePacket | undefined {
    const destination = this.destinations[step.to % this.destinations.length] ?? '';
    const ipv6 = destination.includes(':');
    const own = from === 'internet' ? (ipv6 ? OUTSIDE_IPV6 : OUTSIDE) : this.ownAddress(from, ipv6);
    const other = this.destinations.find((address) => address.includes(':') === ipv6 && address !== own);
    const source = step.isHonest ? own : other;
    // Nobody sends to itself, and nobody without IPv6 sends that.
    if (source === undefined || source === destination || own === destination) return undefined;
    this.sends += 1;
    return { source, destination, quoted: undefined, ...trafficOf(step, ipv6, 40_000 + this.sends) };
  }

  private ownAddress(name: string, ipv6: boolean): string | undefined {
    const spec = this.given.hosts[name];
    return ipv6 ? spec?.ipv6 : spec?.ip;
  }

  /** In the receiver's own name, which need not be the address that the packet was for: routers say so too. */
  private refuse({ to, arrived }: Arrival, isExpired: boolean): void {
    // There are no errors about errors (RFC 1122, section 3.2.2).
    if (arrived.quoted) return;
    const ipv6 = arrived.source.includes(':');
    const source = to === 'internet' ? arrived.destination : this.ownAddress(to, ipv6);
    const [unreachable, expired] = ipv6 ? [1, 3] : [3, 11];
    if (source !== undefined && source !== arrived.source) {
      this.send(to, errorAbout(arrived, source, isExpired ? expired : unreachable));
    }
  }

  private talk({ from, to, sent, arrived }: Arrival, says: Extract<Step, { kind: 'talk' }>['says']): void {
    if (arrived.quoted) return;
    if (says === 'answer') this.send(to, answerTo(arrived));
    else if (says === 'go on') this.send(from, { ...sent, tcpFlags: sent.protocol === TCP ? ACK : 0 });
    else if (sent.protocol !== TCP) return;
    else if (says === 'finish') this.send(from, { ...sent, tcpFlags: FIN | ACK });
    else this.send(to, { ...answerTo(arrived), tcpFlags: says === 'finish back' ? FIN | ACK : RST | ACK });
  }

  /** Sends through both; twice through the reference, because `TestNetwork.send` does. */
  private send(from: string, packet: ReferencePacket): Arrival | undefined {
    const expected = this.reference.send(from, packet);
    const outcome = this.net.send(packetOf(from, packet));
    const steps = this.net.lastTrace.join('\n');
    const arrived = outcome.verdict === 'delivered' ? referenceOf(this.net.lastPacket) : undefined;
    if (expected.verdict === 'delivered' && arrived) expected.learnPort?.(arrived.sourcePort);
    deepEqual(
      comparable(outcome, arrived),
      expectedOf(expected, arrived),
      `${from} sends ${JSON.stringify(packet)}\n${steps}`,
    );
    this.reference.send(from, packet);
    const gate = expected.verdict === 'delivered' ? 'delivered' : expected.gate;
    const said = packet.quoted ? `error ${gate}` : gate;
    this.counts.set(said, (this.counts.get(said) ?? 0) + 1);
    if (outcome.verdict !== 'delivered' || !arrived) return undefined;
    this.last = { from, to: outcome.to, sent: packet, arrived };
    return this.last;
  }

  private trace(from: string, packet: ReferencePacket) {
    const { fabric } = this.net;
    const question = traceRequest(from, packet);
    const { verdict, deliveredTo, deliveredAs } = fabric.explain(question);
    if (!deliveredAs || deliveredTo === undefined) return { verdict, answer: undefined };
    const receiver = deliveredTo === 'internet' ? deliveredTo : deliveredTo.replace('eni-', '');
    const identifier = deliveredAs.icmp?.identifier;
    const arrived = {
      ...packet,
      source: formatAddress(deliveredAs.source),
      destination: formatAddress(deliveredAs.destination),
      sourcePort: identifier ?? deliveredAs.sourcePort,
      destinationPort: identifier ?? deliveredAs.destinationPort,
    };
    return { verdict, answer: fabric.explain(traceRequest(receiver, answerTo(arrived)), question).verdict };
  }
}

function trafficOf({ traffic, port }: Extract<Step, { kind: 'send' }>, ipv6: boolean, sourcePort: number) {
  const base = { protocol: TCP, sourcePort, destinationPort: port, tcpFlags: 0, icmpType: 0 };
  const echo = { ...base, protocol: ipv6 ? ICMPV6 : ICMP, destinationPort: sourcePort };
  switch (traffic) {
    case 'tcp':
      return { ...base, tcpFlags: SYN };
    case 'data':
      return { ...base, tcpFlags: ACK };
    case 'udp':
      return { ...base, protocol: UDP };
    case 'ping':
      return { ...echo, icmpType: ipv6 ? 128 : 8 };
    case 'echo-reply':
      return { ...echo, icmpType: ipv6 ? 129 : 0 };
    case 'other':
      return { ...base, protocol: ESP, sourcePort: 0, destinationPort: 0 };
  }
}

function answerTo(packet: ReferencePacket): ReferencePacket {
  const { source, destination, sourcePort, destinationPort, tcpFlags, icmpType } = packet;
  return {
    ...packet,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
    tcpFlags: tcpFlags === SYN ? SYN | ACK : tcpFlags === 0 ? 0 : ACK,
    icmpType: icmpType === 8 ? 0 : icmpType === 128 ? 129 : icmpType,
  };
}

const traceRequest = (from: string, packet: ReferencePacket): TraceRequest => ({
  from: from === 'internet' ? { kind: 'internet' } : { kind: 'interface', id: idOf('eni', from) },
  source: addressOf(packet.source),
  destination: addressOf(packet.destination),
  protocol: packet.protocol,
  sourcePort: isIcmp(packet) ? 0 : packet.sourcePort,
  destinationPort: isIcmp(packet) ? 0 : packet.destinationPort,
  icmp: isIcmp(packet) ? { type: packet.icmpType, code: 0, identifier: packet.sourcePort } : undefined,
});

const comparable = (outcome: Outcome, arrived: ReferencePacket | undefined) =>
  outcome.verdict === 'dropped' ? outcome.reason.split('/', 1)[0] : { ...outcome, arrived };

/** A port that the reference leaves to the NAT gateway is the one that was seen. */
function expectedOf(expected: ReferenceOutcome, arrived: ReferencePacket | undefined) {
  if (expected.verdict === 'dropped') return expected.gate;
  const { to, packet, learnPort } = expected;
  if (!arrived) return { verdict: 'delivered', to, arrived: packet };
  if (packet.quoted?.destinationPort === UNKNOWN_PORT) {
    const { sourcePort = 0, destinationPort = 0 } = arrived.quoted ?? {};
    const ports = isIcmp(packet.quoted) ? { sourcePort, destinationPort } : { destinationPort };
    return { verdict: 'delivered', to, arrived: { ...packet, quoted: { ...packet.quoted, ...ports } } };
  }
  if (!learnPort) return { verdict: 'delivered', to, arrived: packet };
  const { sourcePort } = arrived;
  const asSeen = { ...packet, sourcePort, ...(isIcmp(packet) ? { destinationPort: sourcePort } : {}) };
  return { verdict: 'delivered', to, arrived: asSeen };
}
