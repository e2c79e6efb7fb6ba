/** Whether a packet is what a test expects of it, with a text about either outcome that holds the packet's way. */
import type { TraceResult } from '../tables/data-plane.ts';
import type { LocalVpc, PacketQuestion } from './start-localvpc.ts';

/** A packet that is not what was expected of it; the message holds its trace. */
export class PacketExpectationError extends Error {
  override readonly name = 'PacketExpectationError';
}

/** What answers questions about packets. */
export type Tracer = Pick<LocalVpc, 'trace'>;

/** The outcome of an expectation, in the form in which vitest and jest take it from a matcher. */
export interface PacketCheck {
  readonly pass: boolean;
  /** Why it failed, or where it passed: why one that was negated failed. */
  message(): string;
}

/** That the packet arrives and its answer gets back. */
export async function checkDelivered(vpc: Tracer, question: PacketQuestion): Promise<PacketCheck> {
  const { forward, reply } = await vpc.trace(question);
  if (forward.verdict === 'dropped') return arrived(question, forward);
  if (reply?.verdict === 'dropped') return failed('answered, and its answer is dropped', question, reply);
  return arrived(question, forward);
}

/** That the packet does not arrive; with `reason` (`stage/reason`, or AWS's explanation code), for that reason. */
export async function checkDropped(vpc: Tracer, question: PacketQuestion, reason?: string): Promise<PacketCheck> {
  return checkLost((await vpc.trace(question)).forward, question, reason);
}

/** That a packet which was sent arrived. */
export const checkArrived = (sent: TraceResult): PacketCheck => arrived(undefined, sent);

function arrived(question: PacketQuestion | undefined, way: TraceResult): PacketCheck {
  return way.verdict === 'dropped'
    ? failed('delivered, and it is dropped', question, way)
    : passed(`not delivered, and it is ${way.verdict}`, question, way);
}

/** That a packet was lost; with `reason`, for that reason. */
export function checkLost(forward: TraceResult, question?: PacketQuestion, reason?: string): PacketCheck {
  if (forward.verdict !== 'dropped') return failed(`dropped, and it is ${forward.verdict}`, question, forward);
  if (reason !== undefined && forward.reason !== reason && forward.code !== reason)
    return failed(`dropped for ${reason}, and it is for ${forward.reason}`, question, forward);
  return passed(reason === undefined ? 'not dropped, and it is' : `not dropped for ${reason}`, question, forward);
}

const failed = (what: string, question: PacketQuestion | undefined, way: TraceResult): PacketCheck => ({
  pass: false,
  message: () => report(what, question, way),
});

const passed = (what: string, question: PacketQuestion | undefined, way: TraceResult): PacketCheck => ({
  pass: true,
  message: () => report(what, question, way),
});

function report(
  what: string,
  question: PacketQuestion | undefined,
  { path, reason, explanation }: TraceResult,
): string {
  const steps = path.map(({ stage, component, packet }) =>
    `  ${stage.padEnd(20)} ${packet}  ${component ? `${component.kind} ${component.id} ${component.detail}` : ''}`.trimEnd(),
  );
  const why = reason === undefined ? [] : [`  ${reason}: ${explanation}`];
  return [
    `Expected the packet ${question ? JSON.stringify(question) : path[0]?.packet} to be ${what}.`,
    ...steps,
    ...why,
  ].join('\n');
}
