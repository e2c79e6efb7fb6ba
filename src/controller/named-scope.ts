/** Where somebody means an instance to be whom they call by its Name tag. */
import { Instance } from '../model/resources/instance.ts';
import type { Scope } from '../model/scope.ts';
import type { World } from '../model/world.ts';

/**
 * The scope that was said, where it has an instance of one of these names; else the only one that has. After an import
 * the instances are of the account that they come from, and the shell still speaks for its own.
 */
export function namedScope(world: World, said: Scope, names: readonly string[]): Scope {
  const hasOne = (scope: Scope): boolean =>
    [...world.table(scope, Instance).values()].some(
      ({ tags, state }) => state !== 'terminated' && tags.Name !== undefined && names.includes(tags.Name),
    );
  if (hasOne(said)) return said;
  const [only, ...others] = world.scopes().filter(hasOne);
  return only && others.length === 0 ? only : said;
}
