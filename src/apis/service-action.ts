/** An action of a service beside EC2: what one operation does to the model. */
import type { Coverage } from '../ec2/action.ts';
import type { OperationCoverage } from '../ec2/coverage.ts';
import type { DecodedStructure } from '../ec2/decode.ts';
import { type OperationShape, type SchemaSource, shapesOf } from '../ec2/schema.ts';
import { notServed } from '../ec2/service.ts';
import type { Transaction } from '../model/transaction.ts';
import type { OperationNameOf, RequestOf, ResultOf } from './operation.ts';

/** An action without the types of its operation. */
export interface ServiceAction {
  readonly name: string;
  readonly coverage: Coverage;
  /** Runs on a decoded request. `request` must have been decoded for the operation of this name. */
  call(request: DecodedStructure, tx: Transaction): object;
}

/**
 * The function that declares actions of a service, `Sdk` being its SDK's module.
 *
 * ```ts
 * export const action = actionsOf<typeof sdk>();
 * export const DeleteListener = action('DeleteListener', (request, tx) => { …; return {}; });
 * ```
 *
 * An action is synchronous: its reads and writes are one transaction, which its throwing undoes. The result has the
 * SDK's member names without `$metadata`; it is `{}` where the operation only succeeds.
 */
export const actionsOf =
  <Sdk>() =>
  <const N extends OperationNameOf<Sdk> & string>(
    name: N,
    run: (request: RequestOf<Sdk, N>, tx: Transaction) => ResultOf<Sdk, N>,
    coverage: Coverage = { state: 'works' },
  ): ServiceAction => {
    // The SDK's types and the schema that decodes requests are generated from one model, so the schema is the parse.
    const decoded: unknown = run;
    const untyped = decoded as (request: DecodedStructure, tx: Transaction) => object;
    return { name, coverage, call: (request, tx) => untyped(request, tx) };
  };

/** What a service has of its operations. */
export interface Served {
  /** Whether AWS's service has an operation of this name, served or not. */
  isOperation(name: string): boolean;
  /** Every operation and how far it is served, sorted by name. Walks the whole model. */
  coverage(): readonly OperationCoverage[];
  /** @throws Fault where no action serves the operation */
  find(name: string): { readonly action: ServiceAction; readonly shape: OperationShape };
}

/** The operations of a service whose schemas these are. @throws Error where two actions serve one */
export function servedBy(schemas: SchemaSource, actions: readonly ServiceAction[]): Served {
  const { isOperation, operationShape, operationNames } = shapesOf(schemas, 'aws');
  const byName = new Map(actions.map((action) => [action.name, action]));
  if (byName.size !== actions.length) throw new Error('two actions serve one operation');
  return {
    isOperation,
    coverage: () => operationNames().map((name) => coverageOf(name, byName.get(name))),
    find(name) {
      const [action, shape] = [byName.get(name), operationShape(name)];
      if (!action || !shape) throw notServed(name);
      return { action, shape };
    },
  };
}

function coverageOf(name: string, action: ServiceAction | undefined): OperationCoverage {
  if (!action) return { name, state: 'not served' };
  const { coverage } = action;
  return coverage.state === 'works' ? { name, state: 'works' } : { name, state: 'record only', note: coverage.because };
}
