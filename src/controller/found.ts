/** Resources that localvpc's own paths are asked about. */
import type { Kind, Row } from '../model/kind.ts';
import type { Scope } from '../model/scope.ts';
import type { Running } from './running.ts';

/** A request that cannot be done; the message goes to the person who sent it. */
export class Refusal extends Error {
  constructor(
    readonly status: 400 | 404,
    message: string,
  ) {
    super(message);
  }
}

/** Ids are unique over all accounts and Regions, so the commands need not say where a resource is. */
export function find<R extends Row>(
  running: Running,
  kind: Kind<R>,
  id: string,
): { readonly row: R; readonly scope: Scope } {
  for (const scope of running.world.scopes()) {
    const row = running.world.table(scope, kind).get(id);
    if (row) return { row, scope };
  }
  throw new Refusal(404, `There is no ${kind.name} ${id || '(no id given)'}.`);
}
