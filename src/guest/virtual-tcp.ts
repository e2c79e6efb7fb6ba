/** TCP of a virtual guest: handshake, echo of what is sent to an open port, close. No retransmission: no frame is lost in memory. */
import type { Ipv4 } from '../net/address.ts';
import { TCP } from '../net/protocol.ts';
import { ACK, FIN, PSH, parseTcp, RST, SYN, type Tcp, tcpHeaderLength } from '../wire/tcp.ts';
import type { PacketSpec, ReceivedPacket } from './virtual-nic.ts';

/** How an attempt to connect ended; unanswered: neither SYN-ACK nor RST came. */
export type ConnectVerdict = 'connected' | 'refused' | 'unanswered';

interface Attempt {
  verdict: ConnectVerdict;
  /** Next sequence number of ours. */
  sequence: number;
}

const FIRST_SEQUENCE = 1000;

/** The TCP side of one guest. */
export class VirtualTcp {
  private readonly attempts = new Map<string, Attempt>();

  constructor(
    private readonly isOpen: (port: number) => boolean,
    private readonly send: (packet: PacketSpec) => void,
  ) {}

  /** Sends a SYN; the returned attempt's verdict changes when an answer comes. */
  connect(
    source: Ipv4,
    sourcePort: number,
    destination: Ipv4,
    destinationPort: number,
  ): { readonly verdict: ConnectVerdict } {
    const attempt: Attempt = { verdict: 'unanswered', sequence: FIRST_SEQUENCE + 1 };
    this.attempts.set(keyOf(destination, destinationPort, sourcePort), attempt);
    this.send({
      source,
      destination,
      protocol: TCP,
      sourcePort,
      destinationPort,
      sequence: FIRST_SEQUENCE,
      tcpFlags: SYN,
    });
    return attempt;
  }

  /** Takes a segment for this guest. */
  receive(packet: ReceivedPacket): void {
    const { bytes, transport, end } = packet;
    const tcp = parseTcp(bytes, transport, end - transport);
    if (!tcp) return;
    const data = bytes.slice(Math.min(end, transport + tcpHeaderLength(bytes, transport)), end);
    const attempt = this.attempts.get(keyOf(packet.source, tcp.sourcePort, tcp.destinationPort));
    if (attempt) this.continueAttempt(attempt, packet, tcp, data);
    else if (!this.isOpen(tcp.destinationPort)) this.refuse(packet, tcp, data.length);
    else this.serve(packet, tcp, data);
  }

  private continueAttempt(attempt: Attempt, packet: ReceivedPacket, tcp: Tcp, data: Uint8Array): void {
    const key = keyOf(packet.source, tcp.sourcePort, tcp.destinationPort);
    if ((tcp.flags & RST) !== 0) {
      attempt.verdict = 'refused';
      this.attempts.delete(key);
    } else if ((tcp.flags & (SYN | ACK)) === (SYN | ACK)) {
      attempt.verdict = 'connected';
      this.reply(packet, tcp, { flags: ACK, sequence: attempt.sequence, acknowledgement: tcp.sequence + 1 });
      this.reply(packet, tcp, { flags: FIN | ACK, sequence: attempt.sequence, acknowledgement: tcp.sequence + 1 });
      attempt.sequence += 1;
    } else if ((tcp.flags & FIN) !== 0) {
      const acknowledgement = tcp.sequence + data.length + 1;
      this.reply(packet, tcp, { flags: ACK, sequence: attempt.sequence, acknowledgement });
      this.attempts.delete(key);
    }
  }

  private serve(packet: ReceivedPacket, tcp: Tcp, data: Uint8Array): void {
    if ((tcp.flags & RST) !== 0) return;
    if ((tcp.flags & SYN) !== 0) {
      const acknowledgement = tcp.sequence + 1;
      this.reply(packet, tcp, { flags: SYN | ACK, sequence: FIRST_SEQUENCE, acknowledgement });
    } else if ((tcp.flags & FIN) !== 0) {
      const acknowledgement = tcp.sequence + data.length + 1;
      this.reply(packet, tcp, { flags: FIN | ACK, sequence: tcp.acknowledgement, acknowledgement });
    } else if (data.length > 0) {
      const acknowledgement = tcp.sequence + data.length;
      this.reply(packet, tcp, { flags: PSH | ACK, sequence: tcp.acknowledgement, acknowledgement }, data);
    }
  }

  /** RFC 9293 section 3.10.7.1: a segment to a closed port is answered with RST, unless it is one. */
  private refuse(packet: ReceivedPacket, tcp: Tcp, dataLength: number): void {
    if ((tcp.flags & RST) !== 0) return;
    const length = dataLength + ((tcp.flags & SYN) !== 0 ? 1 : 0) + ((tcp.flags & FIN) !== 0 ? 1 : 0);
    const hasAck = (tcp.flags & ACK) !== 0;
    this.reply(packet, tcp, {
      flags: hasAck ? RST : RST | ACK,
      sequence: hasAck ? tcp.acknowledgement : 0,
      acknowledgement: hasAck ? 0 : tcp.sequence + length,
    });
  }

  private reply(
    packet: ReceivedPacket,
    tcp: Tcp,
    answer: Pick<Tcp, 'flags' | 'sequence' | 'acknowledgement'>,
    payload?: Uint8Array,
  ): void {
    this.send({
      source: packet.destination,
      destination: packet.source,
      protocol: TCP,
      sourcePort: tcp.destinationPort,
      destinationPort: tcp.sourcePort,
      tcpFlags: answer.flags,
      sequence: answer.sequence,
      acknowledgement: answer.acknowledgement,
      payload: payload ?? new Uint8Array(0),
    });
  }
}

const keyOf = (remote: Ipv4, remotePort: number, localPort: number): string => `${remote}/${remotePort}/${localPort}`;
