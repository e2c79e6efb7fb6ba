/** Assertions about packets that read as sentences and, when they fail, say why: `expectPacket(vpc, …).toBeDelivered()`. */
import { checkDelivered, checkDropped, type PacketCheck, type Tracer } from './packet-check.ts';
import type { PacketQuestion } from './start-localvpc.ts';

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
export const expectPacket = (vpc: Tracer, question: PacketQuestion): PacketExpectation => ({
  toBeDelivered: async () => hold(await checkDelivered(vpc, question)),
  toBeDropped: async (reason) => hold(await checkDropped(vpc, question, reason)),
});

function hold(check: PacketCheck): void {
  if (!check.pass) throw new PacketExpectationError(check.message());
}
