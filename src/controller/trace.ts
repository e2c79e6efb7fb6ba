/** A trace of the network that runs: the data plane explains the packet, and what would save a lost one is worked out here. */
import { allActions } from '../ec2/actions/all.ts';
import { awsCommand, type CallOperation } from '../insights/api-call.ts';
import type { NetworkCopy } from '../insights/network-copy.ts';
import { smallestChange } from '../insights/smallest-change.ts';
import {
  shownTrace,
  type TraceEnd,
  type TraceQuestion,
  traceBothWays,
  understandTrace,
} from '../insights/trace-question.ts';
import type { Scope } from '../model/scope.ts';
import type { World } from '../model/world.ts';
import type { DataPlane, TraceChange, TraceResult } from '../tables/data-plane.ts';
import type { Engine } from './engine.ts';

/** What a trace asks. */
export interface TraceParts {
  readonly world: World;
  readonly engine: Engine;
  readonly dataPlane: DataPlane;
  readonly copy: NetworkCopy;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The packet's way, its answer's, and what would have to change where one of them does not arrive. */
export interface TraceOutcome {
  readonly from: TraceEnd;
  readonly to: TraceEnd;
  readonly forward: TraceResult;
  /** Undefined where the packet does not arrive, or nothing could answer it. */
  readonly reply: TraceResult | undefined;
  /** Undefined where both arrive. */
  readonly change: TraceChange | undefined;
}

/** @throws TraceQuestionError, and Fault of an unknown id */
export async function traceNow(parts: TraceParts, scope: Scope, question: TraceQuestion): Promise<TraceOutcome> {
  const { engine, dataPlane } = parts;
  const understood = await engine.execute(scope, (tx) => understandTrace(tx, question, dataPlane.internet.address));
  const { forward, reply } = await traceBothWays(dataPlane, understood);
  const isLost = forward.verdict === 'dropped' || reply?.verdict === 'dropped';
  return {
    from: understood.from,
    to: understood.to,
    forward: shownTrace(forward),
    reply: reply && shownTrace(reply),
    change: isLost ? changeFor(parts, scope, question) : undefined,
  };
}

function changeFor({ world, dataPlane, copy, now }: TraceParts, scope: Scope, question: TraceQuestion): TraceChange {
  const search = { world, copy, call: callAction, internet: dataPlane.internet.address, nowMs: now() };
  const calls = smallestChange(search, scope, question);
  return {
    found: calls !== undefined,
    calls: (calls ?? []).map((call) => ({ ...call, command: awsCommand(call, scope) })),
  };
}

/** The very actions that serve the API. */
const callAction: CallOperation = (operation, parameters, tx) => {
  const action = allActions.find(({ name }) => name === operation);
  if (!action) throw new Error(`no action serves ${operation}`);
  return action.call(parameters, tx);
};
