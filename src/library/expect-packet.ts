/** Assertions about packets that read as sentences and, when they fail, say why: `expectPacket(vpc, …).toBeDelivered()`. */
import {
  checkArrived,
  checkDelivered,
  checkDropped,
  checkLost,
  type PacketCheck,
  PacketExpectationError,
  type Tracer,
} from './packet-check.ts';
import type { SentPacket } from './send-packets.ts';
import type { PacketQuestion } from './start-localvpc.ts';

/** What can be asserted of a packet. Each resolves, or rejects with the trace. */
export interface PacketExpectation {
  /** The packet arrives, and its answer gets back where that is asked about too. */
  toBeDelivered(): Promise<void>;
  /** The packet does not arrive; with `reason` (`stage/reason`, or AWS's explanation code), for that reason. */
  toBeDropped(reason?: string): Promise<void>;
}

/** Asserts about a packet that would be sent now. */
export const expectPacket = (vpc: Tracer, question: PacketQuestion): PacketExpectation => ({
  toBeDelivered: async () => hold(await checkDelivered(vpc, question)),
  toBeDropped: async (reason) => hold(await checkDropped(vpc, question, reason)),
});

/** Asserts about a packet that was sent. */
export const expectSent = (sent: SentPacket): PacketExpectation => ({
  toBeDelivered: async () => hold(checkArrived(sent)),
  toBeDropped: async (reason) => hold(checkLost(sent, undefined, reason)),
});

function hold(check: PacketCheck): void {
  if (!check.pass) throw new PacketExpectationError(check.message());
}
