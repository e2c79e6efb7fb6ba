/** Assertions about packets that read as sentences and, when they fail, say why: `expectPacket(vpc, …).toBeDelivered()`. */
import type { TraceResult } from '../tables/data-plane.ts';
import type { LocalVpc, PacketQuestion } from './start-localvpc.ts';

/** What can be asserted of a packet. Each resolves, or rejects with the trace. */
export interface PacketExpectation {
  /** The packet arrives and its answer gets back. */
  toBeDelivered(): Promise<void>;
  /** The packet does not arrive; with `reason` (`stage/reason`, or AWS's explanation code), for that reason. */
  toBeDropped(reason?: string): Promise<void>;
}

/** A packet that is not what was expected of it; the message holds its trace. */
export class PacketExpectationError extends Error {
  override readonly name = 'PacketExpectationError';
}

/** Asserts about a packet that would be sent now. */
export const expectPacket = (vpc: Pick<LocalVpc, 'trace'>, question: PacketQuestion): PacketExpectation => ({
  async toBeDelivered() {
    const { forward, reply } = await vpc.trace(question);
    if (forward.verdict === 'dropped') throw unexpected('delivered, and it is dropped', question, forward);
    if (reply?.verdict === 'dropped') throw unexpected('answered, and its answer is dropped', question, reply);
  },
  async toBeDropped(reason) {
    const { forward } = await vpc.trace(question);
    if (forward.verdict !== 'dropped') throw unexpected(`dropped, and it is ${forward.verdict}`, question, forward);
    if (reason !== undefined && forward.reason !== reason && forward.code !== reason)
      throw unexpected(`dropped for ${reason}, and it is for ${forward.reason}`, question, forward);
  },
});

function unexpected(what: string, question: PacketQuestion, { path, reason, explanation }: TraceResult): Error {
  const steps = path.map(({ stage, component, packet }) =>
    `  ${stage.padEnd(20)} ${packet}  ${component ? `${component.kind} ${component.id} ${component.detail}` : ''}`.trimEnd(),
  );
  const why = reason === undefined ? [] : [`  ${reason}: ${explanation}`];
  return new PacketExpectationError(
    [`Expected the packet ${JSON.stringify(question)} to be ${what}.`, ...steps, ...why].join('\n'),
  );
}
