/**
 * Client tokens: a call that is repeated with its token does nothing again and gets the first answer. What was answered
 * is a row, written by the transaction of the first call, so that it outlives the process as its effects do.
 */
import { Fault } from '../model/fault.ts';
import { kind, type Row } from '../model/kind.ts';
import type { Transaction } from '../model/transaction.ts';
import type { AnyAction } from './action.ts';
import type { DecodedStructure } from './decode.ts';
import { type Hash, hex } from './hash.ts';

/** A call that was made with a client token. */
export interface IdempotentCall extends Row {
  /** "RunInstances:token" */
  readonly id: string;
  /** Hash of the call's parameters, token and DryRun apart. */
  readonly parameters: string;
  /** The answer's document, without its request id. */
  readonly answer: string;
  readonly atMs: number;
}

export const IdempotentCall = kind<IdempotentCall>()({ name: 'idempotent-call' });

/** AWS's documentation: up to 64 ASCII characters. */
const TOKEN = /^[\x21-\x7e]{1,64}$/;

/** How long AWS remembers is documented for few calls; a day is the least of them. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;
/** Beyond this many in one account and Region the older half is forgotten, whatever its age. */
const MAX_REMEMBERED = 8192;

/**
 * Answers from memory or makes the answer. The scope of a token is the account and Region; that of RunInstances is the
 * zone at AWS, which makes a difference only to who uses one token in two zones.
 * @param answer makes the answer; its throwing leaves nothing behind
 * @throws Fault IdempotentParameterMismatch, what the action says of a repeated call, InvalidParameterValue for a bad token (the sentence is unconfirmed)
 */
export function answerOnce(
  tx: Transaction,
  { name: operation, repeated }: Pick<AnyAction, 'name' | 'repeated'>,
  request: DecodedStructure,
  hash: Hash,
  answer: () => string,
): string {
  const { ClientToken: token, DryRun: _, ...rest } = request;
  if (typeof token !== 'string' || token === '') return answer();
  if (!TOKEN.test(token)) throw new Fault('InvalidParameterValue', 'Invalid client token: up to 64 ASCII characters.');
  const id = `${operation}:${token}`;
  const parameters = hex(hash.sha256(JSON.stringify(rest)));
  const known = tx.find(IdempotentCall, id);
  if (known && known.atMs + REMEMBERED_MS > tx.nowMs) {
    const before = answerAgain(known, parameters);
    repeated?.(token, tx);
    return before;
  }
  const made = answer();
  if (known) tx.remove(IdempotentCall, id);
  tx.put(IdempotentCall, { id, parameters, answer: made, atMs: tx.nowMs });
  forgetOld(tx);
  return made;
}

function answerAgain(known: IdempotentCall, parameters: string): string {
  if (known.parameters !== parameters) throw new Fault('IdempotentParameterMismatch');
  return known.answer;
}

/** Half at once, so that the walk over all rows is rare. */
function forgetOld(tx: Transaction): void {
  if (tx.size(IdempotentCall) <= MAX_REMEMBERED) return;
  for (const { id } of tx.list(IdempotentCall).slice(0, MAX_REMEMBERED / 2)) tx.remove(IdempotentCall, id);
}
