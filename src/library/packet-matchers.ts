/**
 * Matchers for vitest and jest: `expect.extend(packetMatchers)`, then `await expect(vpc).toDeliver({ from, to, tcp: 443 })`.
 *
 * Both runners take a matcher as a function of what is expected of and of its arguments, and both await what it returns.
 */
import { checkDelivered, checkDropped, type PacketCheck, type Tracer } from './packet-check.ts';
import type { PacketQuestion } from './start-localvpc.ts';

/** What `expect(vpc)` offers once the matchers are there; for the declaration that tells TypeScript so. */
export interface PacketMatchers<Result = Promise<void>> {
  /** The packet arrives and its answer gets back. To be awaited. */
  toDeliver(question: PacketQuestion): Result;
  /** The packet does not arrive; with `reason` (`stage/reason`, or AWS's explanation code), for that reason. To be awaited. */
  toDrop(question: PacketQuestion, reason?: string): Result;
}

/** For `expect.extend`. */
export const packetMatchers = {
  toDeliver: (vpc: Tracer, question: PacketQuestion): Promise<PacketCheck> => checkDelivered(vpc, question),
  toDrop: (vpc: Tracer, question: PacketQuestion, reason?: string): Promise<PacketCheck> =>
    checkDropped(vpc, question, reason),
};
