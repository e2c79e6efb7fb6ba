/** Packets that a test sends in the place of its instances: they are tracked, translated, logged and billed as any are. */
import type { LocalDataPlane } from '../controller/local-data-plane.ts';
import { replyTo, shownTrace } from '../insights/trace-question.ts';
import { TCP } from '../net/protocol.ts';
import type { Explanation, TraceRequest, TraceResult } from '../tables/data-plane.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';
import { PacketExpectationError } from './packet-check.ts';

/** What a TCP packet says of its connection. */
export type TcpFlags = 'syn' | 'syn-ack' | 'ack' | 'fin' | 'rst';

const FLAG_BITS: Readonly<Record<TcpFlags, number>> = {
  syn: SYN,
  'syn-ack': SYN | ACK,
  ack: ACK,
  fin: FIN | ACK,
  rst: RST,
};

/** A packet that was sent, and what became of it. */
export interface SentPacket extends TraceResult {
  /**
   * Has who received it answer: of TCP with SYN-ACK to a SYN and ACK to the rest, unless the flags say otherwise.
   * @throws Error where it did not arrive, or nothing could answer it
   */
  answer(flags?: TcpFlags): Promise<SentPacket>;
}

/** A flow whose first packets arrived: packets each way, as long as it is remembered or rules let them through. */
export interface PacketFlow {
  /** Sends one more in the direction in which it was opened; of TCP an ACK unless the flags say otherwise. */
  forth(flags?: TcpFlags): Promise<SentPacket>;
  /** Sends one back. */
  back(flags?: TcpFlags): Promise<SentPacket>;
}

/** Sends a packet. */
export function sendPacket(dataPlane: LocalDataPlane, request: TraceRequest, flags: TcpFlags): SentPacket {
  const explanation = dataPlane.send(request, FLAG_BITS[flags]);
  return {
    ...shownTrace(explanation),
    answer: async (answer) =>
      sendPacket(dataPlane, answerTo(explanation), answer ?? (flags === 'syn' ? 'syn-ack' : 'ack')),
  };
}

function answerTo(explanation: Explanation): TraceRequest {
  const answer = replyTo(explanation);
  if (answer) return answer;
  const { verdict, reason } = explanation;
  throw new Error(`A packet that was ${verdict}${reason === undefined ? '' : ` (${reason})`} has no answer.`);
}

/**
 * Opens a flow: of TCP with the three packets of a handshake, otherwise with one and its answer.
 * @throws PacketExpectationError where one of them is lost
 */
export async function openFlow(dataPlane: LocalDataPlane, request: TraceRequest): Promise<PacketFlow> {
  const first = dataPlane.send(request, SYN);
  requireArrival('The first packet', first);
  const reversed = answerTo(first);
  requireArrival('The answer', dataPlane.send(reversed, SYN | ACK));
  if (request.protocol === TCP) requireArrival('The last packet of the handshake', dataPlane.send(request, ACK));
  return {
    forth: async (flags = 'ack') => sendPacket(dataPlane, request, flags),
    back: async (flags = 'ack') => sendPacket(dataPlane, reversed, flags),
  };
}

function requireArrival(what: string, { verdict, reason, explanation, path }: Explanation): void {
  if (verdict !== 'dropped') return;
  const way = path.map(({ stage, packet }) => `  ${stage.padEnd(20)} ${packet}`);
  throw new PacketExpectationError([`${what} of the flow is lost, ${reason}: ${explanation}.`, ...way].join('\n'));
}
