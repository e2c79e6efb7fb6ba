/** How far each operation of EC2 is served: what its action declares, or not at all. */
import type { AnyAction } from './action.ts';
import { allActions } from './actions/all.ts';
import { operationNames } from './schema.ts';

/** One operation, in the words that users read. */
export interface OperationCoverage {
  readonly name: string;
  readonly state: 'works' | 'record only' | 'not served';
  /** What is missing; only of those that are recorded. */
  readonly note?: string;
}

/** Every operation of EC2's model, sorted by name. Walks the whole model: not for the path of a request. */
export function coverage(actions: readonly AnyAction[] = allActions): readonly OperationCoverage[] {
  const served = new Map<string, AnyAction>(actions.map((action) => [action.name, action]));
  return operationNames().map((name) => {
    const declared = served.get(name)?.coverage;
    if (!declared) return { name, state: 'not served' };
    return declared.state === 'works'
      ? { name, state: 'works' }
      : { name, state: 'record only', note: declared.because };
  });
}
