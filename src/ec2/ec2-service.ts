/** EC2 as a service of the endpoint: decode, dry run, run once per client token, encode. */
import { Fault } from '../model/fault.ts';
import type { Transaction } from '../model/transaction.ts';
import type { AnyAction } from './action.ts';
import { type DecodedStructure, decode } from './decode.ts';
import { encodeAnswer, encodeFault, encodeMembersOf } from './encode.ts';
import type { Hash } from './hash.ts';
import { answerOnce } from './idempotency.ts';
import { isOperation, type OperationShape, operationShape } from './schema.ts';
import { notServed, queryOfCall, type Service } from './service.ts';

/** EC2's version, the only one served. */
export const EC2_VERSION = '2016-11-15';

/** What EC2 needs of those who run it. */
interface Ec2Host {
  readonly actions: readonly AnyAction[];
  prepare?(operation: string, request: DecodedStructure): Promise<void>;
  readonly hash: Hash;
}

/** @throws Error where two actions serve one operation */
export function ec2Service(host: Ec2Host): Service {
  const actions = new Map<string, AnyAction>(host.actions.map((action) => [action.name, action]));
  if (actions.size !== host.actions.length) throw new Error('two actions serve one operation');
  return {
    signingName: 'ec2',
    protocol: { kind: 'query', version: EC2_VERSION },
    // Unconfirmed.
    contentType: 'text/xml;charset=UTF-8',
    isOperation,
    encodeFault,
    async answer(call) {
      const { action: name, requestId } = call;
      const action = actions.get(name);
      const shape = operationShape(name);
      if (!action || !shape) throw notServed(name);
      const request = decode(shape, queryOfCall(call));
      const work = (tx: Transaction): string => perform(action, shape, request, tx, host.hash);
      if (request.DryRun === true) {
        call.dryRun(work);
        throw new Fault('DryRunOperation');
      }
      await host.prepare?.(name, request);
      return encodeAnswer(name, requestId, await call.execute(work));
    },
  };
}

/** Encodes inside the transaction: a result that does not fit the schema undoes what the action did. */
const perform = (
  action: AnyAction,
  shape: OperationShape,
  request: DecodedStructure,
  tx: Transaction,
  hash: Hash,
): string => answerOnce(tx, action, request, hash, () => encodeMembersOf(shape, action.call(request, tx)));
