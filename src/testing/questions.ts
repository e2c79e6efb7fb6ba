/** Questions about packets in a test account: traces, what would let a lost packet pass, and that change made. */
import { allActions } from '../ec2/actions/all.ts';
import { type ApiCall, awsCommand, type CallOperation, makeCalls } from '../insights/api-call.ts';
import { smallestChange } from '../insights/smallest-change.ts';
import {
  type ExplainedTrace,
  explainBothWays,
  type TraceQuestion,
  understandTrace,
} from '../insights/trace-question.ts';
import type { TestAccount } from './account.ts';
import { settle } from './guests.ts';
import { copyOf, outsideWorld } from './network-copy.ts';

/** A question in few words: `ask('i-web', 'i-db', { tcp: 5432 })`. */
export type Asked = Partial<Pick<TraceQuestion, 'source' | 'destination' | 'sourcePort' | 'frame'>> &
  ({ readonly tcp: number } | { readonly udp: number } | { readonly protocol: string });

/** A question as the trace takes it. */
export function questionOf(from: string, to: string, asked: Asked): TraceQuestion {
  const { source, destination, sourcePort, frame } = asked;
  const rest = { from, to, source, destination, sourcePort, frame };
  if ('tcp' in asked) return { ...rest, protocol: 'tcp', port: asked.tcp };
  if ('udp' in asked) return { ...rest, protocol: 'udp', port: asked.udp };
  return { ...rest, protocol: asked.protocol, port: undefined };
}

/** The very actions that serve the API. */
const callAction: CallOperation = (operation, parameters, tx) => {
  const action = allActions.find(({ name }) => name === operation);
  if (!action) throw new Error(`no action serves ${operation}`);
  return action.call(parameters, tx);
};

/** What would happen to a packet in the account's network as it is now. */
export function traceIn(account: TestAccount, question: TraceQuestion): ExplainedTrace {
  const nowMs = nowOf(account);
  const copy = copyOf(account.world, nowMs);
  const understood = account.transact((tx) => understandTrace(tx, question, outsideWorld));
  return explainBothWays((request, assumed) => copy.explain(request, assumed, nowMs), understood);
}

/** The smallest change that would let it and its answer pass; undefined where there is none. */
export function changeIn(account: TestAccount, question: TraceQuestion): readonly ApiCall[] | undefined {
  const nowMs = nowOf(account);
  const copy = copyOf(account.world, nowMs);
  const search = { world: account.world, copy, call: callAction, internet: outsideWorld, nowMs };
  return smallestChange(search, account.scope, question);
}

/** Makes calls for good, and lets guests do what follows from them. */
export function make(account: TestAccount, calls: readonly ApiCall[]): void {
  const nowMs = nowOf(account);
  settle(
    account,
    account.world.transact(account.scope, nowMs, (tx) => void makeCalls(calls, tx, callAction)),
  );
}

/** Calls as a person types them. */
export const commandsOf = (account: TestAccount, calls: readonly ApiCall[]): readonly string[] =>
  calls.map((call) => awsCommand(call, account.scope));

const nowOf = (account: TestAccount): number => account.transact((tx) => tx.nowMs);
