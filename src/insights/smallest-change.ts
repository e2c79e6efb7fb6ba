/**
 * The smallest change of a network that lets a packet and its answer through, found and proved.
 *
 * Each candidate is made as a call of EC2's API in a transaction that is put back, so EC2's own rules decide whether it
 * may be made; the tables that would follow are laid over a copy of those in force, and the pipeline runs the packet and
 * its answer again. Of all lists of calls, those with fewer calls are tried first, and between equal ones those that
 * open less; what is found has therefore no call too many.
 */
import { Fault } from '../model/fault.ts';
import type { Scope } from '../model/scope.ts';
import type { Transaction } from '../model/transaction.ts';
import type { World } from '../model/world.ts';
import type { IpAddress } from '../net/address.ts';
import type { Explanation } from '../tables/data-plane.ts';
import { type ApiCall, type CallOperation, continuing, makeCalls } from './api-call.ts';
import type { NetworkCopy } from './network-copy.ts';
import type { LostPacket } from './repairs/lost-packet.ts';
import { repairsFor } from './repairs/repairs.ts';
import { explainBothWays, type TraceQuestion, TraceQuestionError, understandTrace } from './trace-question.ts';

/** Most calls of a change; a network that lacks more is not one mistake away from working. */
const MAX_CALLS = 10;
/** Most what-ifs that are tried for one question. */
const MAX_TRIALS = 400;

/** What the search works on. */
export interface ChangeSearch {
  readonly world: World;
  readonly copy: NetworkCopy;
  readonly call: CallOperation;
  /** The outside world's own address. */
  readonly internet: IpAddress;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** What a list of calls leads to: the packet passes, or what could be tried besides. */
type Trial =
  | { readonly passes: true }
  | { readonly passes: false; readonly loss: string; readonly next: readonly (readonly ApiCall[])[] };

/** The calls to make, none where the packet passes as it is; undefined where nothing was found that helps. */
export function smallestChange(
  search: ChangeSearch,
  scope: Scope,
  question: TraceQuestion,
): readonly ApiCall[] | undefined {
  const trials = { left: MAX_TRIALS };
  const known = new Map<string, Trial | undefined>();
  for (let most = 0; most <= MAX_CALLS && trials.left > 0; most++) {
    const found = within(most, [], []);
    if (found) return found;
  }
  return undefined;

  /** Depth first, and no deeper than `most` calls: what it finds at the first depth where it finds something is smallest. */
  function within(most: number, calls: readonly ApiCall[], losses: readonly string[]): readonly ApiCall[] | undefined {
    const trial = trialOf(calls);
    if (!trial) return undefined;
    if (trial.passes) return calls;
    // A change that leaves the packet lost where it was before is no step on the way.
    if (losses.includes(trial.loss)) return undefined;
    for (const further of trial.next) {
      if (calls.length + further.length > most || trials.left <= 0) continue;
      const found = within(most, [...calls, ...further], [...losses, trial.loss]);
      if (found) return found;
    }
    return undefined;
  }

  /** Each list of calls is tried once, however often a deeper search comes by. */
  function trialOf(calls: readonly ApiCall[]): Trial | undefined {
    const key = JSON.stringify(calls);
    if (!known.has(key)) {
      trials.left -= 1;
      known.set(key, tryCalls(search, scope, question, calls));
    }
    return known.get(key);
  }
}

/** Undefined where EC2 refuses one of the calls. */
function tryCalls(
  search: ChangeSearch,
  scope: Scope,
  question: TraceQuestion,
  calls: readonly ApiCall[],
): Trial | undefined {
  const { world, copy, nowMs, internet } = search;
  const work = (tx: Transaction): Trial => {
    const saved = makeCalls(calls, tx, search.call);
    return copy.asIfCommitted(tx, () => {
      const understood = understandTrace(tx, question, internet);
      const { forward, reply } = explainBothWays(
        (request, assumed) => copy.explain(request, assumed, nowMs),
        understood,
      );
      const lost = lossOf('forward', forward) ?? (reply && lossOf('reply', reply));
      if (!lost) return { passes: true };
      const scopes = world.accountScopes();
      const next = repairsFor({ ...lost, tx, scopes, question: understood }).map((further) =>
        continuing(calls, further, saved),
      );
      return {
        passes: false,
        loss: `${lost.way} ${lost.reason} ${lost.step?.component?.id} ${lost.path.length}`,
        next,
      };
    });
  };
  try {
    return world.transact(scope, nowMs, work, { dryRun: true }).result;
  } catch (error) {
    if (error instanceof Fault || error instanceof TraceQuestionError) return undefined;
    throw error;
  }
}

function lossOf(
  way: LostPacket['way'],
  { verdict, reason, path }: Explanation,
): Pick<LostPacket, 'way' | 'reason' | 'step' | 'path'> | undefined {
  if (verdict !== 'dropped' || reason === undefined) return undefined;
  return { way, reason, step: path.at(-1), path };
}
