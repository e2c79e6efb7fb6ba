/** An action: what one EC2 operation does to the model. Its types come from its name; its wire form from the SDK's schema. */
import type { Transaction } from '../model/transaction.ts';
import type { DecodedStructure } from './decode.ts';
import type { OperationName, Run } from './operation.ts';

/** How far an operation is served. What no action serves is "not served". */
export type Coverage =
  | { readonly state: 'works' }
  /** Recorded and shown truly, but with no effect on packets yet; the sentence says what is missing. */
  | { readonly state: 'record-only'; readonly because: string };

/** An action without the types of its operation, as the dispatcher and the registry see it. */
export interface AnyAction {
  readonly name: OperationName;
  readonly coverage: Coverage;
  /** Runs on a decoded request. `request` must have come from `decode` for the operation of this name. */
  call(request: DecodedStructure, tx: Transaction): object | undefined;
  /**
   * Whether the answer of an earlier call with this client token still holds; what is made of a token for good needs none.
   * @throws Fault when it does not
   */
  readonly repeated?: (token: string, tx: Transaction) => void;
}

/** An action with its types; tests call `run`. */
export interface Action<N extends OperationName, F> extends AnyAction {
  readonly name: N;
  // `F` spares the compiler half a minute, in which it would compare `Run` for all 823 operations.
  readonly run: F;
}

const WORKS: Coverage = { state: 'works' };

/** Coverage of an action that keeps true records and moves no packets yet. The sentence is shown to users. */
export const recordOnly = (because: string): Coverage => ({ state: 'record-only', because });

/**
 * Declares an action. It is synchronous: its reads and writes are one transaction, which its throwing undoes.
 *
 * ```ts
 * export const DeleteSubnet = action('DeleteSubnet', (request, tx) => {
 *   tx.remove(Subnet, tx.get(Subnet, request.SubnetId).id);
 * });
 * export const CreateNatGateway = action('CreateNatGateway', create, recordOnly('No packet is translated yet.'));
 * ```
 *
 * `request` has the SDK's member names; what the schema requires is present, strings are not yet checked (see
 * `choice`). The result has the SDK's member names without `$metadata`; an operation without output returns nothing.
 * DryRun, ClientToken, the wire form and unknown parameters are not the action's business.
 */
export function action<const N extends OperationName>(
  name: N,
  run: Run<N, Transaction>,
  coverage: Coverage = WORKS,
): Action<N, Run<N, Transaction>> {
  // The SDK's types and the schema that `decode` follows are generated from one model, so the schema is the parse.
  // Over `unknown`, or the compiler compares the function with the types of all 823 operations.
  const decoded: unknown = run;
  return { ...untypedAction(name, coverage, decoded as DecodedRun), name, run };
}

/** An action's function, without the types of its operation. */
export type DecodedRun = (request: DecodedStructure, tx: Transaction) => unknown;

/** An action without types, for what declares actions of a common pattern. */
export function untypedAction(
  name: OperationName,
  coverage: Coverage = WORKS,
  run: DecodedRun,
): Action<OperationName, DecodedRun> {
  return {
    name,
    coverage,
    run,
    call(request, tx) {
      const result = run(request, tx);
      return typeof result === 'object' && result !== null ? result : undefined;
    },
  };
}
